//! Pollers over a queue in memory: what is deleted, what comes again, how much at once.

use crate::support::{echo, eventually, options};
use local_lambda::event_sources::{EventSources, QueueError, QueueMessage, Queues};
use local_lambda::runtime_api::Lambda;
use local_lambda::template::{HttpApi, QueueSource, Source, Stack};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const ARN: &str = "arn:aws:sqs:us-east-1:000000000000:statuses";

/// A queue that remembers what was asked of it. Received messages never come back: that is the real queue's business.
#[derive(Default)]
struct Fake {
    waiting: Mutex<VecDeque<QueueMessage>>,
    deletions: Mutex<Vec<Vec<String>>>,
    handed_back: Mutex<Vec<String>>,
    largest_receive: AtomicUsize,
    receives: AtomicUsize,
    broken: AtomicBool,
}

impl Fake {
    fn send(&self, bodies: &[&str]) {
        let mut waiting = self.waiting.lock().unwrap();
        for body in bodies {
            let id = format!("m{}", waiting.len());
            let receipt_handle = format!("{id}:{body}");
            waiting.push_back(QueueMessage {
                message_id: id,
                receipt_handle,
                body: (*body).into(),
                ..Default::default()
            });
        }
    }

    fn deleted(&self) -> Vec<String> {
        self.deletions.lock().unwrap().concat()
    }

    fn left(&self) -> usize {
        self.waiting.lock().unwrap().len()
    }
}

impl Queues for Fake {
    async fn receive(&self, arn: &str, max: usize, wait: Duration) -> Result<Vec<QueueMessage>, QueueError> {
        assert_eq!(arn, ARN);
        assert!((1..=10).contains(&max) && wait <= Duration::from_secs(20));
        assert_eq!(wait.subsec_nanos(), 0, "SQS takes whole seconds");
        self.receives.fetch_add(1, Ordering::Relaxed);
        self.largest_receive.fetch_max(max, Ordering::Relaxed);
        if self.broken.swap(false, Ordering::Relaxed) {
            return Err(QueueError("out of order".into()));
        }
        let end = Instant::now() + wait;
        loop {
            let messages: Vec<_> = {
                let mut waiting = self.waiting.lock().unwrap();
                let count = waiting.len().min(max);
                waiting.drain(..count).collect()
            };
            if !messages.is_empty() || Instant::now() >= end {
                return Ok(messages);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn delete(&self, _: &str, receipts: &[String]) -> Result<(), QueueError> {
        self.deletions.lock().unwrap().push(receipts.to_vec());
        Ok(())
    }

    async fn change_visibility(&self, _: &str, receipt: &str, visibility: Duration) -> Result<(), QueueError> {
        assert_eq!(visibility, Duration::ZERO);
        self.handed_back.lock().unwrap().push(receipt.into());
        Ok(())
    }
}

/// A machine with one function that reads one queue.
struct Machine {
    lambda: Lambda,
    queue: Arc<Fake>,
    stack: Stack,
}

impl Machine {
    fn new(change: impl FnOnce(&mut QueueSource)) -> Self {
        let mut source = QueueSource {
            arn: ARN.into(),
            batch_size: 10,
            window: Duration::ZERO,
            report_failures: true,
            maximum_concurrency: Some(1),
        };
        change(&mut source);
        let mut function = echo();
        function.sources = vec![Source::Queue(source)];
        let stack = Stack {
            functions: vec![function.clone()],
            queues: Vec::new(),
            tables: Vec::new(),
            schedule_groups: Vec::new(),
            secrets: Vec::new(),
            buckets: Vec::new(),
            http: HttpApi::default(),
        };
        Self { lambda: Lambda::new([function], options().0), queue: Arc::default(), stack }
    }

    fn start(&self) -> EventSources {
        EventSources::start(&self.stack, &self.lambda, self.queue.clone())
    }

    fn invocations(&self) -> u64 {
        self.lambda.stats()[0].invocations
    }
}

#[tokio::test]
async fn an_invocation_that_fails_deletes_nothing() {
    for mishap in ["crash", "panic"] {
        let machine = Machine::new(|_| {});
        machine.queue.send(&["ok", mishap, "ok"]);
        let sources = machine.start();
        eventually("the batch fails", || machine.lambda.stats()[0].errors == 1).await;
        sources.stop(Duration::from_secs(5)).await;
        assert!(machine.queue.deleted().is_empty(), "{mishap}");
    }
}

#[tokio::test]
async fn reported_messages_stay_and_the_others_are_deleted() {
    let machine = Machine::new(|_| {});
    machine.queue.send(&["ok", "fail", "ok", "fail"]);
    let sources = machine.start();
    eventually("the rest is deleted", || machine.queue.deleted().len() == 2).await;
    sources.stop(Duration::from_secs(5)).await;
    assert_eq!(machine.queue.deleted(), ["m0:ok", "m2:ok"]);
    assert_eq!((machine.invocations(), machine.lambda.stats()[0].errors), (1, 0));
}

#[tokio::test]
async fn reports_of_functions_that_do_not_report_mean_nothing() {
    let machine = Machine::new(|source| source.report_failures = false);
    machine.queue.send(&["fail", "ok"]);
    let sources = machine.start();
    eventually("all are deleted", || machine.queue.deleted().len() == 2).await;
    sources.stop(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn without_a_window_a_batch_is_what_one_receive_gives() {
    let machine = Machine::new(|source| source.batch_size = 3);
    machine.queue.send(&["ok"; 7]);
    let sources = machine.start();
    eventually("all are deleted", || machine.queue.deleted().len() == 7).await;
    sources.stop(Duration::from_secs(5)).await;
    assert_eq!(machine.invocations(), 3);
    assert_eq!(machine.queue.largest_receive.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn a_window_gathers_more_than_one_receive_and_ends() {
    let machine = Machine::new(|source| (source.batch_size, source.window) = (100, Duration::from_millis(1600)));
    machine.lambda.warm_up().await.unwrap();
    machine.queue.send(&["ok"; 25]);
    let started = Instant::now();
    let sources = machine.start();
    eventually("all are deleted", || machine.queue.deleted().len() == 25).await;
    assert!(started.elapsed() >= Duration::from_millis(1600), "{:?}", started.elapsed());
    sources.stop(Duration::from_secs(5)).await;
    assert_eq!(machine.invocations(), 1);
    let receives = machine.queue.receives.load(Ordering::Relaxed);
    assert!(receives <= 7, "each request costs money: {receives}");
    assert_eq!(machine.queue.deletions.lock().unwrap().iter().map(Vec::len).collect::<Vec<_>>(), [10, 10, 5]);
}

#[tokio::test]
async fn a_full_batch_does_not_wait_for_the_window() {
    let machine = Machine::new(|source| (source.batch_size, source.window) = (20, Duration::from_secs(300)));
    machine.queue.send(&["ok"; 20]);
    let sources = machine.start();
    eventually("all are deleted", || machine.queue.deleted().len() == 20).await;
    assert_eq!(machine.invocations(), 1);
    sources.stop(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn concurrency_is_that_of_the_mapping_and_of_the_pool() {
    for (maximum, expected) in [(Some(1), 1), (Some(50), 2), (None, 2)] {
        let machine = Machine::new(|source| (source.batch_size, source.maximum_concurrency) = (1, maximum));
        machine.queue.send(&["sleep"; 4]);
        let started = Instant::now();
        let sources = machine.start();
        eventually("all are deleted", || machine.queue.deleted().len() == 4).await;
        assert!(started.elapsed() >= Duration::from_millis(300 * 4 / expected), "{maximum:?}");
        assert_eq!(machine.lambda.stats()[0].cold_starts, expected, "{maximum:?}");
        sources.stop(Duration::from_secs(5)).await;
    }
}

#[tokio::test]
async fn a_queue_that_is_out_of_order_is_asked_again() {
    let machine = Machine::new(|_| {});
    machine.queue.broken.store(true, Ordering::Relaxed);
    machine.queue.send(&["ok"]);
    let sources = machine.start();
    eventually("the message is deleted", || machine.queue.deleted().len() == 1).await;
    sources.stop(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn stopping_settles_what_is_under_way() {
    let machine = Machine::new(|_| {});
    machine.queue.send(&["sleep"]);
    let sources = machine.start();
    let taken = || machine.lambda.stats()[0].processes.iter().any(|process| process.invocations == 1);
    eventually("the batch is under way", taken).await;
    machine.queue.send(&["ok"]);
    sources.stop(Duration::from_secs(5)).await;
    assert_eq!(machine.queue.deleted(), ["m0:sleep"]);
    assert_eq!(machine.queue.left(), 1, "nothing more is received");
}

#[tokio::test]
async fn stopping_hands_back_a_batch_that_was_not_full() {
    let machine = Machine::new(|source| (source.batch_size, source.window) = (100, Duration::from_secs(300)));
    machine.queue.send(&["one", "two"]);
    let sources = machine.start();
    eventually("they are received", || machine.queue.left() == 0).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    sources.stop(Duration::from_secs(5)).await;
    assert_eq!(*machine.queue.handed_back.lock().unwrap(), ["m1:two", "m0:one"]);
    assert_eq!(machine.invocations(), 0);
}
