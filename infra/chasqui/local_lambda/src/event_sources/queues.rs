//! What the pollers need of a queue service, and nothing more.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

/// A queue service. Queues are named by their ARN.
pub trait Queues: Send + Sync + 'static {
    /// `ReceiveMessage`: up to `max` (at most 10) messages, waiting up to `wait` (whole seconds, at most 20) for the first, with
    /// all attributes. They stay hidden for the queue's own visibility timeout.
    fn receive(
        &self,
        queue_arn: &str,
        max: usize,
        wait: Duration,
    ) -> impl Future<Output = Result<Vec<QueueMessage>, QueueError>> + Send;

    /// `DeleteMessageBatch`: at most 10 receipt handles. An error means that one or more were not deleted.
    fn delete(
        &self,
        queue_arn: &str,
        receipt_handles: &[String],
    ) -> impl Future<Output = Result<(), QueueError>> + Send;

    /// `ChangeMessageVisibility`: zero hands the message back at once.
    fn change_visibility(
        &self,
        queue_arn: &str,
        receipt_handle: &str,
        visibility: Duration,
    ) -> impl Future<Output = Result<(), QueueError>> + Send;
}

/// A message as it was received.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct QueueMessage {
    /// The id that a partial batch failure names.
    pub message_id: String,
    /// Needed to delete the message.
    pub receipt_handle: String,
    /// The text.
    pub body: String,
    /// MD5 of the body, in hexadecimal.
    pub md5_of_body: String,
    /// `ApproximateReceiveCount`, `SentTimestamp`, `SenderId`, `ApproximateFirstReceiveTimestamp`; of a FIFO queue also
    /// `MessageGroupId`, `MessageDeduplicationId` and `SequenceNumber`.
    pub attributes: BTreeMap<String, String>,
    /// MD5 of what the sender attached, in hexadecimal.
    pub md5_of_message_attributes: Option<String>,
    /// What the sender attached.
    pub message_attributes: BTreeMap<String, MessageAttribute>,
}

/// An attribute that a sender attached to a message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MessageAttribute {
    /// `String`, `Number` or `Binary`, perhaps with a label after a dot.
    pub data_type: String,
    /// The value of texts and numbers.
    pub string_value: Option<String>,
    /// The value of binaries, in base64.
    pub binary_value: Option<String>,
}

/// Why a queue service did not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct QueueError(pub String);
