//! One poller of one queue: receives a batch, invokes the function, deletes what it dealt with, and begins again.

use super::batch::{Batch, batches, succeeded};
use super::queues::{QueueMessage, Queues};
use crate::runtime_api::Lambda;
use crate::template::QueueSource;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// The longest that SQS lets a receive wait.
const LONG_POLL: Duration = Duration::from_secs(20);
/// Most messages of one receive, and of one deletion.
const AT_ONCE: usize = 10;
/// Pause after the queue service or the start of a process failed.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

pub(super) struct Poller<Q> {
    pub(super) lambda: Lambda,
    pub(super) queues: Arc<Q>,
    pub(super) function: String,
    pub(super) source: QueueSource,
    pub(super) stopping: watch::Receiver<bool>,
}

impl<Q: Queues> Poller<Q> {
    pub(super) async fn run(mut self) {
        while let Some(messages) = self.gather().await {
            for batch in batches(messages, &self.source.arn) {
                // What follows a failure may belong to the same group: it must not overtake.
                if !self.process(batch).await {
                    break;
                }
            }
        }
    }

    /// Waits for messages, then up to the window for more. `None` when stopping.
    async fn gather(&mut self) -> Option<Vec<QueueMessage>> {
        let mut messages = self.receive(self.source.batch_size, LONG_POLL).await?;
        if self.source.window.is_zero() || messages.is_empty() {
            return Some(messages);
        }
        let end = Instant::now() + self.source.window;
        let mut more_waits = messages.len() == AT_ONCE;
        let mut last = false;
        while messages.len() < self.source.batch_size && !last {
            let left = end.saturating_duration_since(Instant::now());
            // SQS waits for whole seconds: what is less is waited for here, and not by asking again and again.
            let wait = if more_waits { Duration::ZERO } else { Duration::from_secs(left.as_secs()) };
            last = !more_waits && wait.is_zero();
            let going_on = !last || self.pause(left).await;
            let max = self.source.batch_size - messages.len();
            match if going_on { self.receive(max, wait).await } else { None } {
                Some(more) => {
                    more_waits = more.len() == AT_ONCE && Instant::now() < end;
                    messages.extend(more);
                }
                None => {
                    self.hand_back(&messages).await;
                    return None;
                }
            }
        }
        Some(messages)
    }

    async fn receive(&mut self, max: usize, wait: Duration) -> Option<Vec<QueueMessage>> {
        if *self.stopping.borrow() {
            return None;
        }
        // What was received must not be dropped, or it would stay hidden: the receive goes first.
        let received = tokio::select! {
            biased;
            received = self.queues.receive(&self.source.arn, max.min(AT_ONCE), wait.min(LONG_POLL)) => received,
            _ = self.stopping.wait_for(|stopping| *stopping) => return None,
        };
        match received {
            Ok(messages) => Some(messages),
            Err(error) => {
                tracing::warn!(queue = self.source.arn, %error, "cannot receive");
                self.pause(AFTER_FAILURE).await.then(Vec::new)
            }
        }
    }

    /// Returns whether all of the batch was dealt with.
    async fn process(&mut self, batch: Batch) -> bool {
        let Batch { messages, event } = batch;
        let answer = match self.lambda.invoke(&self.function, event).await {
            Ok(answer) => answer,
            Err(error) => {
                tracing::warn!(queue = self.source.arn, messages = messages.len(), %error, "batch failed");
                if !error.was_delivered() {
                    self.pause(AFTER_FAILURE).await;
                }
                return false;
            }
        };
        let done = succeeded(&messages, &answer, self.source.report_failures);
        if done.len() < messages.len() {
            let failed = messages.len() - done.len();
            tracing::info!(queue = self.source.arn, function = self.function, failed, "messages will come again");
        }
        for receipts in done.chunks(AT_ONCE) {
            if let Err(error) = self.queues.delete(&self.source.arn, receipts).await {
                tracing::warn!(queue = self.source.arn, %error, "cannot delete: the messages will come again");
            }
        }
        done.len() == messages.len()
    }

    async fn hand_back(&self, messages: &[QueueMessage]) {
        // The last first, so that a queue that keeps order gets them back in order.
        for message in messages.iter().rev() {
            let handle = &message.receipt_handle;
            if let Err(error) = self.queues.change_visibility(&self.source.arn, handle, Duration::ZERO).await {
                tracing::warn!(queue = self.source.arn, %error, "cannot hand back: the message will come later");
            }
        }
    }

    /// False when stopping.
    async fn pause(&mut self, pause: Duration) -> bool {
        tokio::select! {
            () = tokio::time::sleep(pause) => true,
            _ = self.stopping.wait_for(|stopping| *stopping) => false,
        }
    }
}
