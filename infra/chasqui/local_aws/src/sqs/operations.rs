//! Sending, receiving, deleting, and changing visibility.

use std::{collections::HashSet, time::Duration};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    Sqs,
    message::{Message, Received, SendMessage, Sent, Standing, md5_hex, md5_of_attributes, sequence_number},
    queue::{DEDUPLICATION_WINDOW, Queue},
    store::Store,
};
use crate::{ACCOUNT, aws_error::AwsError, clock::real_now_ms};

/// Most entries of a batch, and most messages of a receive.
const MAX_BATCH: usize = 10;
/// Most bytes of a batch.
const MAX_BATCH_BYTES: usize = 1_048_576;
/// Longest visibility timeout, in seconds.
const MAX_VISIBILITY: i64 = 43_200;

/// What became of each entry of a batch, by entry id, in the order of the request.
pub type BatchResults<T> = Vec<(String, Result<T, AwsError>)>;

/// How to receive.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Receive {
    /// Most messages, 1 to 10; 1 if missing.
    pub max_number_of_messages: Option<i64>,
    /// Seconds to wait for a message, 0 to 20; the queue's setting if missing.
    pub wait_time_seconds: Option<i64>,
    /// Seconds before the messages come back, 0 to 43,200; the queue's setting if missing.
    pub visibility_timeout: Option<i64>,
}

/// What a receipt handle says about its message.
enum Receipt {
    /// The message is gone.
    Gone,
    /// The message is in flight under this very handle.
    Current(u64),
    /// Its visibility timeout ended; the number tells whether it was received again since.
    Ended { id: u64, received_again: bool },
}

impl Sqs {
    /// Sends one message.
    ///
    /// # Errors
    /// `QueueDoesNotExist`, `MissingParameter`, `InvalidParameterValue`, `InvalidMessageContents`.
    pub fn send(&self, queue: &str, message: SendMessage) -> Result<Sent, AwsError> {
        let size = message.size();
        self.counted("SendMessage", size, |store| send(store, queue, message, real_now_ms()))
    }

    /// Sends up to ten messages; each is accepted or refused for itself.
    ///
    /// # Errors
    /// Refusals of the whole batch: its number of entries, their ids, their total size, the queue.
    pub fn send_batch(&self, queue: &str, entries: Vec<(String, SendMessage)>) -> Result<BatchResults<Sent>, AwsError> {
        let size: usize = entries.iter().map(|(_, message)| message.size()).sum();
        self.counted("SendMessageBatch", size, |store| {
            check_batch(entries.iter().map(|(id, _)| id.as_str()))?;
            store.queue(queue)?;
            if size > MAX_BATCH_BYTES {
                return Err(AwsError::refused(
                    "BatchRequestTooLong",
                    format!(
                        "Batch requests cannot be longer than {MAX_BATCH_BYTES} bytes. You have sent {size} bytes."
                    ),
                ));
            }
            let now = real_now_ms();
            Ok(entries.into_iter().map(|(id, message)| (id, send(store, queue, message, now))).collect())
        })
    }

    /// Receives up to `max` messages (1 to 10), waiting up to `wait` (at most 20 s, whole seconds) for the first.
    ///
    /// # Errors
    /// `QueueDoesNotExist`, or the refusal of a number outside its limits.
    pub async fn receive(&self, queue: &str, max: usize, wait: Duration) -> Result<Vec<Received>, AwsError> {
        let request = Receive {
            max_number_of_messages: Some(i64::try_from(max).unwrap_or(i64::MAX)),
            wait_time_seconds: Some(i64::try_from(wait.as_secs()).unwrap_or(i64::MAX)),
            visibility_timeout: None,
        };
        self.receive_with(queue, &request).await
    }

    /// Receives as `request` says.
    ///
    /// # Errors
    /// As [`Self::receive`].
    pub async fn receive_with(&self, queue: &str, request: &Receive) -> Result<Vec<Received>, AwsError> {
        let result = self.wait_for_messages(queue, request).await;
        let payload = result.iter().flatten().map(|message| message.body.len()).sum();
        self.count("ReceiveMessage", payload, result.is_err());
        result
    }

    async fn wait_for_messages(&self, queue: &str, request: &Receive) -> Result<Vec<Received>, AwsError> {
        let max = within("MaxNumberOfMessages", request.max_number_of_messages.unwrap_or(1), 1, 10)?;
        let max = usize::try_from(max).unwrap_or(1);
        let wait = request.wait_time_seconds.map(|s| within("WaitTimeSeconds", s, 0, 20)).transpose()?;
        let visibility =
            request.visibility_timeout.map(|s| within("VisibilityTimeout", s, 0, MAX_VISIBILITY)).transpose()?;
        let started = real_now_ms();
        loop {
            let now = real_now_ms();
            let (changed, left, timer) = {
                let mut store = self.store();
                let attributes = &store.queue(queue)?.attributes;
                let visibility = visibility.map_or(attributes.visibility, |seconds| seconds * 1_000);
                let left = started + wait.map_or(attributes.wait, |seconds| seconds * 1_000) - now;
                let target = attributes.redrive.as_ref().map(|policy| policy.target_arn.clone());
                let target = target.as_deref().and_then(|arn| self.name_of(arn));
                let moved = |message: Message, id: u64| dead_letter(message, id, self.arn(queue), now);
                let ids = store.take(queue, now, max, visibility, target, moved)?;
                let queue = store.queue(queue)?;
                if !ids.is_empty() || left <= 0 {
                    return Ok(ids.into_iter().filter_map(|id| received(queue, id)).collect());
                }
                // Listening starts under the lock: a message sent from now on wakes us.
                (queue.changed.clone().notified_owned(), left, queue.next_timer())
            };
            let pause = timer.map_or(left, |at| left.min((at - now).max(1)));
            let pause = Duration::from_millis(u64::try_from(pause).unwrap_or(0));
            tokio::select! {
                () = changed => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Deletes a received message.
    ///
    /// # Errors
    /// `ReceiptHandleIsInvalid`; in a FIFO queue `InvalidParameterValue` once the visibility timeout has ended.
    pub fn delete(&self, queue: &str, receipt_handle: &str) -> Result<(), AwsError> {
        self.counted("DeleteMessage", 0, |store| delete(store, queue, receipt_handle))
    }

    /// Deletes up to ten received messages, given by entry id and receipt handle; each succeeds or fails for itself.
    ///
    /// # Errors
    /// Refusals of the whole batch: its number of entries, their ids, the queue.
    pub fn delete_batch(&self, queue: &str, entries: &[(String, String)]) -> Result<BatchResults<()>, AwsError> {
        self.counted("DeleteMessageBatch", 0, |store| {
            check_batch(entries.iter().map(|(id, _)| id.as_str()))?;
            store.queue(queue)?;
            let each = entries.iter().map(|(id, handle)| (id.clone(), delete(store, queue, handle)));
            Ok(each.collect())
        })
    }

    /// Makes a received message come back `seconds` (0 to 43,200) from now.
    ///
    /// # Errors
    /// `ReceiptHandleIsInvalid`, `MessageNotInflight`, `InvalidParameterValue`.
    pub fn change_visibility(&self, queue: &str, receipt_handle: &str, seconds: i64) -> Result<(), AwsError> {
        self.counted("ChangeMessageVisibility", 0, |store| change_visibility(store, queue, receipt_handle, seconds))
    }

    /// Changes the visibility of up to ten messages, given by entry id, receipt handle and seconds.
    ///
    /// # Errors
    /// Refusals of the whole batch: its number of entries, their ids, the queue.
    pub fn change_visibility_batch(
        &self,
        queue: &str,
        entries: &[(String, String, i64)],
    ) -> Result<BatchResults<()>, AwsError> {
        self.counted("ChangeMessageVisibilityBatch", 0, |store| {
            check_batch(entries.iter().map(|(id, ..)| id.as_str()))?;
            store.queue(queue)?;
            let each = entries
                .iter()
                .map(|(id, handle, seconds)| (id.clone(), change_visibility(store, queue, handle, *seconds)));
            Ok(each.collect())
        })
    }

    /// All messages of a queue in their order, without receiving them: their receipt handles are empty.
    ///
    /// # Errors
    /// `QueueDoesNotExist`.
    pub fn peek(&self, queue: &str) -> Result<Vec<Received>, AwsError> {
        let mut store = self.store();
        let mut messages: Vec<&Message> = store.queue(queue)?.messages().collect();
        messages.sort_by_key(|message| message.id);
        Ok(messages.into_iter().map(|message| Received::new(message, String::new(), ACCOUNT)).collect())
    }
}

fn send(store: &mut Store, name: &str, message: SendMessage, now: i64) -> Result<Sent, AwsError> {
    let queue = store.queue(name)?;
    let settings = &queue.attributes;
    message.check(settings.fifo, settings.content_deduplication, settings.max_size)?;
    let (fifo, per_group) = (settings.fifo, settings.deduplication_per_group);
    let delay = message.delay_seconds.filter(|_| !fifo).map_or(settings.delay, |seconds| seconds * 1_000);
    let deduplication_id = message
        .message_deduplication_id
        .or_else(|| fifo.then(|| hex::encode(Sha256::digest(message.message_body.as_bytes()))));
    let key = deduplication_id.clone().map(|id| {
        let scope = message.message_group_id.clone().filter(|_| per_group);
        (scope.unwrap_or_default(), id)
    });
    let md5_of_body = md5_hex(message.message_body.as_bytes());
    let md5_of_attributes = md5_of_attributes(message.message_attributes.iter());
    if let Some(first) = key.as_ref().and_then(|key| queue.duplicate(key, now)) {
        return Ok(Sent {
            message_id: first.message_id,
            md5_of_body,
            md5_of_attributes,
            sequence_number: Some(sequence_number(first.id)),
        });
    }
    let id = store.next_id();
    let trace = message.message_system_attributes.get("AWSTraceHeader");
    let message = Message {
        id,
        message_id: Uuid::new_v4().to_string(),
        trace_header: trace.and_then(|attribute| attribute.string_value.clone()),
        body: message.message_body,
        attributes: message.message_attributes,
        group: message.message_group_id.map(Into::into),
        deduplication_id,
        sent_at: now,
        first_received_at: None,
        receive_count: 0,
        source_arn: None,
        standing: if delay > 0 { Standing::Delayed(now + delay) } else { Standing::Ready },
    };
    let sent = Sent {
        message_id: message.message_id.clone(),
        md5_of_body,
        md5_of_attributes,
        sequence_number: fifo.then(|| sequence_number(id)),
    };
    let seen = key.map(|key| (key, now + DEDUPLICATION_WINDOW));
    store.put(vec![(name.to_owned(), message, seen)])?;
    Ok(sent)
}

/// A message as the dead-letter queue gets it: same id, group and body; behind what is already there.
fn dead_letter(message: Message, id: u64, source_arn: String, now: i64) -> Message {
    // A standard queue keeps the time of sending, so that retention counts from there; a FIFO queue sets it anew
    // (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html).
    let sent_at = if message.deduplication_id.is_some() { now } else { message.sent_at };
    Message { id, sent_at, source_arn: Some(source_arn), standing: Standing::Ready, ..message }
}

fn delete(store: &mut Store, name: &str, handle: &str) -> Result<(), AwsError> {
    let queue = store.queue(name)?;
    let fifo = queue.attributes.fifo;
    match receipt(queue, handle)? {
        Receipt::Gone => Ok(()),
        Receipt::Current(id) => store.delete(name, vec![id]),
        Receipt::Ended { .. } if fifo => Err(expired(handle)),
        // SQS deletes with the latest handle only, but says nothing about an older one.
        Receipt::Ended { received_again: true, .. } => Ok(()),
        Receipt::Ended { id, .. } => store.delete(name, vec![id]),
    }
}

fn change_visibility(store: &mut Store, name: &str, handle: &str, seconds: i64) -> Result<(), AwsError> {
    within("VisibilityTimeout", seconds, 0, MAX_VISIBILITY)?;
    let queue = store.queue(name)?;
    let fifo = queue.attributes.fifo;
    match receipt(queue, handle)? {
        Receipt::Current(id) if seconds == 0 => store.stand(name, id, Standing::Ready),
        Receipt::Current(id) => store.stand(name, id, Standing::InFlight(real_now_ms() + seconds * 1_000)),
        Receipt::Ended { .. } if fifo => Err(expired(handle)),
        Receipt::Ended { .. } => {
            Err(AwsError::refused("MessageNotInflight", "The message referred to is not in flight."))
        }
        Receipt::Gone => Err(AwsError::refused(
            "InvalidParameterValue",
            format!(
                "Value {handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change."
            ),
        )),
    }
}

fn expired(handle: &str) -> AwsError {
    AwsError::refused(
        "InvalidParameterValue",
        format!("Value {handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired."),
    )
}

fn received(queue: &Queue, id: u64) -> Option<Received> {
    let message = queue.get(id)?;
    let handle = format!("{}\n{id}\n{}", queue.name, message.receive_count);
    Some(Received::new(message, BASE64_URL_SAFE_NO_PAD.encode(handle), ACCOUNT))
}

/// Reads a receipt handle of `queue`.
fn receipt(queue: &mut Queue, handle: &str) -> Result<Receipt, AwsError> {
    queue.settle(real_now_ms());
    let invalid = || {
        AwsError::refused(
            "ReceiptHandleIsInvalid",
            format!("The input receipt handle \"{handle}\" is not a valid receipt handle."),
        )
    };
    let text = BASE64_URL_SAFE_NO_PAD.decode(handle).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let text = text.ok_or_else(invalid)?;
    let mut parts = text.split('\n');
    let (name, id, count) = (parts.next(), parts.next(), parts.next());
    let id: u64 = id.and_then(|id| id.parse().ok()).ok_or_else(invalid)?;
    let count: u32 = count.and_then(|count| count.parse().ok()).ok_or_else(invalid)?;
    if name != Some(queue.name.as_str()) {
        return Err(invalid());
    }
    Ok(match queue.get(id) {
        None => Receipt::Gone,
        Some(message) if message.receive_count == count && matches!(message.standing, Standing::InFlight(_)) => {
            Receipt::Current(id)
        }
        Some(message) => Receipt::Ended { id, received_again: message.receive_count != count },
    })
}

fn within(parameter: &str, value: i64, least: i64, most: i64) -> Result<i64, AwsError> {
    if (least..=most).contains(&value) {
        return Ok(value);
    }
    Err(AwsError::refused(
        "InvalidParameterValue",
        format!(
            "Value {value} for parameter {parameter} is invalid. Reason: Must be between {least} and {most}, if provided."
        ),
    ))
}

/// The rules of every batch: 1 to 10 entries with distinct ids of 1 to 80 letters, digits, `-` and `_`.
fn check_batch<'a>(ids: impl Iterator<Item = &'a str>) -> Result<(), AwsError> {
    let ids: Vec<&str> = ids.collect();
    if ids.is_empty() {
        return Err(AwsError::refused("EmptyBatchRequest", "There should be at least one entry in the request."));
    }
    if ids.len() > MAX_BATCH {
        return Err(AwsError::refused(
            "TooManyEntriesInBatchRequest",
            format!("Maximum number of entries per request are 10. You have sent {}.", ids.len()),
        ));
    }
    let good = |id: &str| {
        (1..=80).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    if !ids.iter().all(|id| good(id)) {
        return Err(AwsError::refused(
            "InvalidBatchEntryId",
            "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
        ));
    }
    let mut distinct = HashSet::new();
    match ids.iter().find(|id| !distinct.insert(**id)) {
        None => Ok(()),
        Some(id) => Err(AwsError::refused("BatchEntryIdsNotDistinct", format!("Id {id} repeated."))),
    }
}
