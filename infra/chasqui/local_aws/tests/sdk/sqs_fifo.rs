//! The FIFO semantics that the promises about order rest on.

use std::time::{Duration, Instant};

use aws_sdk_sqs::{
    Client,
    error::ProvideErrorMetadata,
    types::{Message, MessageSystemAttributeName as System, QueueAttributeName as Name, SendMessageBatchRequestEntry},
};
use local_aws::LocalAws;

use crate::{sqs, start, until};

struct Queue {
    aws: LocalAws,
    client: Client,
    url: String,
}

impl Queue {
    /// High-throughput FIFO, as the template makes them.
    async fn new(content_deduplication: bool) -> Self {
        let aws = start().await;
        let client = sqs(&aws);
        let url = create(&client, "q.fifo", content_deduplication, &[]).await;
        Self { aws, client, url }
    }

    async fn send(&self, group: &str, id: &str) -> String {
        let sent = self.client.send_message().queue_url(&self.url).message_body(id);
        let sent = sent.message_group_id(group).message_deduplication_id(id).send().await.unwrap();
        sent.message_id.unwrap()
    }

    async fn receive(&self, max: i32, visibility: i32) -> Vec<Message> {
        receive(&self.client, &self.url, max, visibility).await
    }

    async fn delete(&self, message: &Message) {
        let handle = message.receipt_handle().unwrap();
        self.client.delete_message().queue_url(&self.url).receipt_handle(handle).send().await.unwrap();
    }
}

async fn create(client: &Client, name: &str, content_deduplication: bool, more: &[(Name, &str)]) -> String {
    let mut request = client
        .create_queue()
        .queue_name(name)
        .attributes(Name::FifoQueue, "true")
        .attributes(Name::DeduplicationScope, "messageGroup")
        .attributes(Name::FifoThroughputLimit, "perMessageGroupId")
        .attributes(Name::ContentBasedDeduplication, content_deduplication.to_string());
    for (name, value) in more {
        request = request.attributes(name.clone(), *value);
    }
    request.send().await.unwrap().queue_url.unwrap()
}

async fn receive(client: &Client, url: &str, max: i32, visibility: i32) -> Vec<Message> {
    let request = client.receive_message().queue_url(url).max_number_of_messages(max).visibility_timeout(visibility);
    let answer = request.message_system_attribute_names(System::All).send().await.unwrap();
    answer.messages.unwrap_or_default()
}

fn bodies(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.body().unwrap()).collect()
}

fn attribute(message: &Message, name: System) -> Option<&str> {
    message.attributes.as_ref().unwrap().get(&name).map(String::as_str)
}

#[tokio::test]
async fn a_group_id_and_a_deduplication_id_are_required() {
    let queue = Queue::new(false).await;
    let send = || queue.client.send_message().queue_url(&queue.url).message_body("x");
    let error = send().message_deduplication_id("d").send().await.unwrap_err();
    assert_eq!(error.code(), Some("MissingParameter"));
    let error = send().message_group_id("g").send().await.unwrap_err();
    assert_eq!(error.code(), Some("InvalidParameterValue"));
    assert!(queue.receive(10, 30).await.is_empty());
}

#[tokio::test]
async fn a_duplicate_is_accepted_and_suppressed_also_after_deletion() {
    let queue = Queue::new(false).await;
    let first = queue.send("g", "one").await;
    assert_eq!(queue.send("g", "one").await, first);
    let received = queue.receive(10, 30).await;
    assert_eq!(bodies(&received), ["one"]);
    queue.delete(&received[0]).await;
    assert_eq!(queue.send("g", "one").await, first);
    assert!(queue.receive(10, 30).await.is_empty());
    // The scope is the group.
    assert_ne!(queue.send("h", "one").await, first);
    assert_eq!(queue.receive(10, 30).await.len(), 1);
}

#[tokio::test]
async fn content_based_deduplication_compares_bodies() {
    let queue = Queue::new(true).await;
    for body in ["a", "a", "b"] {
        let send = queue.client.send_message().queue_url(&queue.url).message_body(body).message_group_id("g");
        send.send().await.unwrap();
    }
    let received = queue.receive(10, 30).await;
    assert_eq!(bodies(&received), ["a", "b"]);
    let sha256_of_a = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";
    assert_eq!(attribute(&received[0], System::MessageDeduplicationId), Some(sha256_of_a));
}

#[tokio::test]
async fn one_receive_gives_several_messages_of_a_group_in_order_and_blocks_it() {
    let queue = Queue::new(false).await;
    for id in ["1", "2", "3", "4"] {
        queue.send("g", id).await;
    }
    queue.send("h", "other").await;
    let first = queue.receive(3, 30).await;
    assert_eq!(bodies(&first), ["1", "2", "3"]);
    let sequence: Vec<u128> =
        first.iter().map(|message| attribute(message, System::SequenceNumber).unwrap().parse().unwrap()).collect();
    assert!(sequence.is_sorted_by(|a, b| a < b));
    assert_eq!(attribute(&first[0], System::MessageGroupId), Some("g"));
    // While any of the group is in flight only other groups flow.
    assert_eq!(bodies(&queue.receive(10, 30).await), ["other"]);
    queue.delete(&first[0]).await;
    queue.delete(&first[1]).await;
    assert!(queue.receive(10, 30).await.is_empty());
    queue.delete(&first[2]).await;
    assert_eq!(bodies(&queue.receive(10, 30).await), ["4"]);
}

#[tokio::test]
async fn after_the_visibility_timeout_the_same_order_comes_again() {
    let queue = Queue::new(false).await;
    for id in ["1", "2", "3"] {
        queue.send("g", id).await;
    }
    let first = queue.receive(10, 1).await;
    assert_eq!(attribute(&first[0], System::ApproximateReceiveCount), Some("1"));
    let mut again = Vec::new();
    until("the messages come back", async || {
        again = queue.receive(10, 30).await;
        !again.is_empty()
    })
    .await;
    assert_eq!(bodies(&again), ["1", "2", "3"]);
    assert_eq!(attribute(&again[2], System::ApproximateReceiveCount), Some("2"));
    assert_eq!(
        attribute(&again[0], System::ApproximateFirstReceiveTimestamp),
        attribute(&first[0], System::ApproximateFirstReceiveTimestamp)
    );
    // The old handles have expired.
    let delete = queue.client.delete_message().queue_url(&queue.url).receipt_handle(first[0].receipt_handle().unwrap());
    assert_eq!(delete.send().await.unwrap_err().code(), Some("InvalidParameterValue"));
}

#[tokio::test]
async fn visibility_zero_gives_a_message_back_at_once() {
    let queue = Queue::new(false).await;
    queue.send("g", "1").await;
    queue.send("g", "2").await;
    let received = queue.receive(10, 30).await;
    for message in &received {
        let change = queue.client.change_message_visibility().queue_url(&queue.url).visibility_timeout(0);
        change.receipt_handle(message.receipt_handle().unwrap()).send().await.unwrap();
    }
    assert_eq!(bodies(&queue.receive(10, 30).await), ["1", "2"]);
}

#[tokio::test]
async fn delays_are_those_of_the_queue() {
    let queue = Queue::new(false).await;
    let refused = queue.client.send_message().queue_url(&queue.url).message_body("x").message_group_id("g");
    let refused = refused.message_deduplication_id("d").delay_seconds(1).send().await.unwrap_err();
    assert_eq!(refused.code(), Some("InvalidParameterValue"));
    let set = queue.client.set_queue_attributes().queue_url(&queue.url).attributes(Name::DelaySeconds, "1");
    set.send().await.unwrap();
    queue.send("g", "later").await;
    assert!(queue.receive(10, 30).await.is_empty());
    let waiting = queue.client.receive_message().queue_url(&queue.url).wait_time_seconds(5).send().await.unwrap();
    assert_eq!(waiting.messages().len(), 1);
}

#[tokio::test]
async fn a_long_poll_wakes_when_a_message_comes_or_a_group_is_freed() {
    let queue = Queue::new(false).await;
    let poll = || queue.client.receive_message().queue_url(&queue.url).wait_time_seconds(20).send();
    let started = Instant::now();
    let (received, _) = tokio::join!(poll(), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        queue.send("g", "1").await
    });
    let received = received.unwrap();
    assert_eq!(received.messages().len(), 1);
    queue.send("g", "2").await;
    let (freed, ()) = tokio::join!(poll(), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        queue.delete(&received.messages()[0]).await;
    });
    assert_eq!(bodies(freed.unwrap().messages()), ["2"]);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[tokio::test]
async fn poison_goes_to_the_dead_letters_in_order_and_can_be_redriven() {
    let queue = Queue::new(false).await;
    let dead_url = create(&queue.client, "dead.fifo", false, &[]).await;
    let dead_arn = queue.aws.sqs().arn("dead.fifo");
    let policy = format!(r#"{{"deadLetterTargetArn":"{dead_arn}","maxReceiveCount":2}}"#);
    let set = queue.client.set_queue_attributes().queue_url(&queue.url).attributes(Name::RedrivePolicy, policy);
    set.send().await.unwrap();
    let start_move = || queue.client.start_message_move_task().source_arn(&dead_arn);
    for id in ["1", "2", "3"] {
        queue.send("g", id).await;
    }
    queue.send("h", "good").await;
    for _ in 0..2 {
        assert_eq!(bodies(&queue.receive(3, 0).await), ["1", "2", "3"]);
    }
    // The poison leaves; its neighbours flow.
    assert_eq!(bodies(&queue.receive(10, 30).await), ["good"]);
    let dead = receive(&queue.client, &dead_url, 10, 0).await;
    assert_eq!(bodies(&dead), ["1", "2", "3"]);
    let source = queue.aws.sqs().arn("q.fifo");
    assert_eq!(attribute(&dead[0], System::DeadLetterQueueSourceArn), Some(source.as_str()));
    assert_eq!(attribute(&dead[0], System::MessageGroupId), Some("g"));
    start_move().send().await.unwrap();
    let tasks = || queue.client.list_message_move_tasks().source_arn(&dead_arn).send();
    until("the messages are moved", async || tasks().await.unwrap().results()[0].status() == Some("COMPLETED")).await;
    assert_eq!(tasks().await.unwrap().results()[0].approximate_number_of_messages_moved(), 3);
    let back = queue.receive(10, 30).await;
    assert_eq!(bodies(&back), ["1", "2", "3"]);
    assert_eq!(attribute(&back[0], System::ApproximateReceiveCount), Some("1"));
    assert_eq!(attribute(&back[0], System::DeadLetterQueueSourceArn), None);
    assert!(receive(&queue.client, &dead_url, 10, 0).await.is_empty());
    let source_is_no_dead_letter_queue = queue.client.start_message_move_task().source_arn(source).send().await;
    assert_eq!(source_is_no_dead_letter_queue.unwrap_err().code(), Some("InvalidParameterValue"));
    let missing = queue.client.start_message_move_task().source_arn("arn:aws:sqs:us-east-1:000000000000:no").send();
    assert!(missing.await.unwrap_err().into_service_error().is_resource_not_found_exception());
}

#[tokio::test]
async fn a_batch_is_accepted_entry_by_entry() {
    let queue = Queue::new(false).await;
    let entry = |id: &str, group: Option<&str>| {
        SendMessageBatchRequestEntry::builder()
            .id(id)
            .message_body(id)
            .set_message_group_id(group.map(str::to_owned))
            .message_deduplication_id(id)
            .build()
            .unwrap()
    };
    let entries = ["a", "b", "c"].map(|id| entry(id, (id != "b").then_some("g")));
    let answer = queue.client.send_message_batch().queue_url(&queue.url).set_entries(Some(entries.to_vec()));
    let answer = answer.send().await.unwrap();
    assert_eq!(answer.successful().iter().map(|entry| entry.id()).collect::<Vec<_>>(), ["a", "c"]);
    assert_eq!((answer.failed()[0].id(), answer.failed()[0].code()), ("b", "MissingParameter"));
    assert!(answer.failed()[0].sender_fault());
    assert_eq!(bodies(&queue.receive(10, 30).await), ["a", "c"]);
}

#[tokio::test]
async fn many_groups_are_worked_off_by_many_receivers_without_loss_or_disorder() {
    let queue = Queue::new(false).await;
    let sqs = queue.aws.sqs();
    const GROUPS: usize = 200;
    const EACH: usize = 10;
    let started = Instant::now();
    for number in 0..EACH {
        for group in 0..GROUPS {
            let mut message = local_aws::sqs::SendMessage::in_group(format!("{group}:{number}"), format!("g{group}"));
            message.message_deduplication_id = Some(number.to_string());
            sqs.send("q.fifo", message).unwrap();
        }
    }
    let (send, mut all) = tokio::sync::mpsc::unbounded_channel();
    let receivers = (0..5).map(|_| {
        let (sqs, send) = (sqs.clone(), send.clone());
        tokio::spawn(async move {
            loop {
                let batch = sqs.receive("q.fifo", 10, Duration::from_secs(1)).await.unwrap();
                if batch.is_empty() {
                    return;
                }
                for message in batch {
                    send.send(message.body.clone()).unwrap();
                    sqs.delete("q.fifo", &message.receipt_handle).unwrap();
                }
            }
        })
    });
    for receiver in receivers.collect::<Vec<_>>() {
        receiver.await.unwrap();
    }
    drop(send);
    let mut seen = vec![0; GROUPS];
    while let Some(body) = all.recv().await {
        let (group, number) = body.split_once(':').unwrap();
        let group: usize = group.parse().unwrap();
        assert_eq!(number.parse::<usize>().unwrap(), seen[group], "group {group}");
        seen[group] += 1;
    }
    assert!(seen.iter().all(|count| *count == EACH));
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
}
