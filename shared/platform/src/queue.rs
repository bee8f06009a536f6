//! An SQS queue one puts messages on. A send is done only when SQS accepted *every* entry: a batch call can fail in
//! part under HTTP 200.

use std::time::Duration;

use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;

/// SQS takes at most so many messages in one call.
const MAX_ENTRIES: usize = 10;
/// SQS takes at most 1 MiB in one call, and in one message; some room is left for the envelope.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>
pub const MAX_BYTES: usize = 1_000_000;
/// Entries SQS refused for its own reasons are offered again so many times before the send is given up.
const ATTEMPTS: u32 = 3;

/// A message to put on a queue.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The text.
    pub body: String,
    /// For a FIFO queue, the group within which order holds and the id by which repetitions within five minutes are
    /// recognised.
    pub fifo: Option<Fifo>,
}

/// Order and identity of a message on a FIFO queue.
#[derive(Clone, Debug)]
pub struct Fifo {
    /// Order holds within a group (at most 128 characters).
    pub group: String,
    /// The same message has the same id (at most 128 characters).
    pub deduplication: String,
}

/// A send that SQS did not accept whole.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// One message is larger than SQS takes.
    #[error("a message of {bytes} bytes is larger than the {MAX_BYTES} a queue takes; shorten its content")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// The call failed.
    #[error("the queue {queue} cannot be reached: {cause}; the caller should try again")]
    Unreachable {
        /// The queue's address.
        queue: String,
        /// What the SDK said.
        cause: String,
    },
    /// Some entries were refused.
    #[error("the queue {queue} refused {refused} of {total} messages ({first}); the caller should try again")]
    Refused {
        /// The queue's address.
        queue: String,
        /// How many.
        refused: usize,
        /// Of how many.
        total: usize,
        /// SQS's code and message for the first.
        first: String,
    },
}

/// A queue.
#[derive(Clone, Debug)]
pub struct Queue {
    client: aws_sdk_sqs::Client,
    url: String,
}

impl Queue {
    /// The queue at this address.
    pub fn new(client: aws_sdk_sqs::Client, url: String) -> Self {
        Self { client, url }
    }

    /// Puts every entry on the queue, in order, in as few calls as SQS allows. An error means that some may be on the
    /// queue and some not; doing it again is safe where entries carry deduplication ids.
    pub async fn send_all(&self, entries: Vec<Entry>) -> Result<(), SendError> {
        if let Some(entry) = entries.iter().find(|entry| entry.body.len() > MAX_BYTES) {
            return Err(SendError::TooLarge { bytes: entry.body.len() });
        }
        for batch in batches(entries) {
            self.send_batch(batch).await?;
        }
        Ok(())
    }

    async fn send_batch(&self, mut pending: Vec<Entry>) -> Result<(), SendError> {
        let total = pending.len();
        let mut attempt = 0;
        loop {
            attempt += 1;
            let answer = self
                .client
                .send_message_batch()
                .queue_url(&self.url)
                .set_entries(Some(pending.iter().enumerate().filter_map(|(n, entry)| wire(n, entry)).collect()))
                .send()
                .await
                .map_err(|error| SendError::Unreachable {
                    queue: self.url.clone(),
                    cause: DisplayErrorContext(&error).to_string(),
                })?;
            let Some(first) = answer.failed().first() else { return Ok(()) };
            let refused = SendError::Refused {
                queue: self.url.clone(),
                refused: answer.failed().len(),
                total,
                first: format!("{}: {}", first.code(), first.message().unwrap_or_default()),
            };
            // Within a FIFO group a later entry must not overtake a refused one: everything from the first refusal on
            // is offered again, and the deduplication ids keep what was accepted from being doubled.
            let again = answer.failed().iter().filter_map(|entry| entry.id().parse::<usize>().ok()).min();
            if attempt >= ATTEMPTS || answer.failed().iter().any(|entry| entry.sender_fault()) {
                return Err(refused);
            }
            let fifo = pending.iter().any(|entry| entry.fifo.is_some());
            let failed: Vec<usize> = answer.failed().iter().filter_map(|entry| entry.id().parse().ok()).collect();
            let mut n = 0;
            pending.retain(|_| {
                let keep = if fifo { again.is_none_or(|first| n >= first) } else { failed.contains(&n) };
                n += 1;
                keep
            });
            tokio::time::sleep(Duration::from_millis(50 << attempt)).await;
        }
    }
}

fn wire(number: usize, entry: &Entry) -> Option<SendMessageBatchRequestEntry> {
    SendMessageBatchRequestEntry::builder()
        .id(number.to_string())
        .message_body(&entry.body)
        .set_message_group_id(entry.fifo.as_ref().map(|fifo| fifo.group.clone()))
        .set_message_deduplication_id(entry.fifo.as_ref().map(|fifo| fifo.deduplication.clone()))
        .build()
        .ok() // id and body are set, which is all the builder asks for
}

/// Splits entries into the calls SQS allows: ten messages and a megabyte each.
fn batches(entries: Vec<Entry>) -> Vec<Vec<Entry>> {
    let mut batches: Vec<Vec<Entry>> = Vec::new();
    let mut bytes = 0;
    for entry in entries {
        let size = entry.body.len();
        match batches.last_mut() {
            Some(batch) if batch.len() < MAX_ENTRIES && bytes + size <= MAX_BYTES => {
                bytes += size;
                batch.push(entry);
            }
            _ => {
                bytes = size;
                batches.push(vec![entry]);
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(bytes: usize) -> Entry {
        Entry { body: "x".repeat(bytes), fifo: None }
    }

    #[test]
    fn batches_respect_both_limits_and_keep_the_order() {
        assert!(batches(Vec::new()).is_empty());
        let sizes = |entries: Vec<Entry>| batches(entries).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(sizes((0..23).map(|_| entry(1)).collect()), [10, 10, 3]);
        assert_eq!(sizes(vec![entry(600_000), entry(400_000), entry(1)]), [2, 1]);
        let order: Vec<usize> = batches((1..=12).map(entry).collect()).concat().iter().map(|e| e.body.len()).collect();
        assert_eq!(order, (1..=12).collect::<Vec<_>>());
    }
}
