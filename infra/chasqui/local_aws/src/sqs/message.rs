//! A message: what a sender gives, what is kept, what a receiver gets, and the limits of each.
//!
//! Limits: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>.

use std::{collections::BTreeMap, sync::Arc};

use base64::{Engine, prelude::BASE64_STANDARD};
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

use crate::aws_error::AwsError;

/// Longest group id and deduplication id, in characters.
const MAX_ID: usize = 128;
/// Most user attributes of a message.
const MAX_ATTRIBUTES: usize = 10;
/// Longest delay of one message, in seconds.
const MAX_DELAY: i64 = 900;

/// A user attribute of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MessageAttribute {
    /// `String`, `Number` or `Binary`, optionally followed by `.` and a label.
    pub data_type: String,
    /// The value of a `String` or `Number`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub string_value: Option<String>,
    /// The value of a `Binary`, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binary_value: Option<String>,
}

impl MessageAttribute {
    /// A text attribute.
    pub fn text(value: impl Into<String>) -> Self {
        Self { data_type: "String".to_owned(), string_value: Some(value.into()), binary_value: None }
    }

    fn bytes(&self) -> Option<Vec<u8>> {
        match (&self.string_value, &self.binary_value) {
            (Some(text), None) if !self.data_type.starts_with("Binary") => Some(text.clone().into_bytes()),
            (None, Some(base64)) if self.data_type.starts_with("Binary") => BASE64_STANDARD.decode(base64).ok(),
            _ => None,
        }
    }
}

/// User attributes by name.
pub type MessageAttributes = BTreeMap<String, MessageAttribute>;

/// A message to send.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct SendMessage {
    /// The body: 1 byte to the queue's `MaximumMessageSize`, of the characters XML 1.0 allows.
    pub message_body: String,
    /// The group: required in a FIFO queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_group_id: Option<String>,
    /// The deduplication id: required in a FIFO queue without content-based deduplication.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_deduplication_id: Option<String>,
    /// Seconds before the message can be received (0 to 900); standard queues only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay_seconds: Option<i64>,
    /// User attributes.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub message_attributes: MessageAttributes,
    /// System attributes: only `AWSTraceHeader`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub message_system_attributes: MessageAttributes,
}

impl SendMessage {
    /// A message for a standard queue.
    pub fn new(body: impl Into<String>) -> Self {
        Self { message_body: body.into(), ..Self::default() }
    }

    /// A message of `group`.
    pub fn in_group(body: impl Into<String>, group: impl Into<String>) -> Self {
        Self { message_group_id: Some(group.into()), ..Self::new(body) }
    }

    /// Bytes that count towards size limits and bills: body and attributes.
    pub(crate) fn size(&self) -> usize {
        let attributes = self.message_attributes.iter().map(|(name, attribute)| {
            let value = attribute.bytes().map_or(0, |bytes| bytes.len());
            name.len() + attribute.data_type.len() + value
        });
        self.message_body.len() + attributes.sum::<usize>()
    }

    /// Checks everything that does not depend on the queue's content.
    pub(crate) fn check(&self, fifo: bool, content_deduplication: bool, max_size: usize) -> Result<(), AwsError> {
        if self.message_body.is_empty() {
            return Err(missing("MessageBody"));
        }
        if self.size() > max_size {
            return Err(AwsError::refused(
                "InvalidParameterValue",
                format!("One or more parameters are invalid. Reason: Message must be shorter than {max_size} bytes."),
            ));
        }
        if !self.message_body.chars().all(allowed) {
            return Err(AwsError::refused(
                "InvalidMessageContents",
                "The message contains characters outside the allowed set #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF.",
            ));
        }
        check_attributes(&self.message_attributes)?;
        check_id("MessageGroupId", self.message_group_id.as_deref())?;
        check_id("MessageDeduplicationId", self.message_deduplication_id.as_deref())?;
        let delay = self.delay_seconds.unwrap_or(0);
        if !(0..=MAX_DELAY).contains(&delay) {
            return Err(AwsError::refused(
                "InvalidParameterValue",
                format!(
                    "Value {delay} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900."
                ),
            ));
        }
        let foreign = |name: &str, value: &str| {
            AwsError::refused(
                "InvalidParameterValue",
                format!(
                    "Value {value} for parameter {name} is invalid. Reason: The request includes a parameter that is not valid for this queue type."
                ),
            )
        };
        match (fifo, &self.message_group_id, &self.message_deduplication_id) {
            (true, None, _) => Err(missing("MessageGroupId")),
            (true, _, None) if !content_deduplication => Err(AwsError::refused(
                "InvalidParameterValue",
                "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
            )),
            (true, ..) if delay > 0 => Err(foreign("DelaySeconds", &delay.to_string())),
            (false, _, Some(id)) => Err(foreign("MessageDeduplicationId", id)),
            _ => Ok(()),
        }
    }
}

fn missing(parameter: &str) -> AwsError {
    AwsError::refused("MissingParameter", format!("The request must contain the parameter {parameter}."))
}

/// The characters of <https://www.w3.org/TR/REC-xml/#charsets>.
fn allowed(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Group and deduplication ids: 1 to 128 letters, digits and ASCII punctuation.
fn check_id(parameter: &str, id: Option<&str>) -> Result<(), AwsError> {
    match id {
        Some(id) if id.is_empty() || id.len() > MAX_ID || !id.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Err(AwsError::refused(
                "InvalidParameterValue",
                format!(
                    "Value {id} for parameter {parameter} is invalid. Reason: {parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length."
                ),
            ))
        }
        _ => Ok(()),
    }
}

fn check_attributes(attributes: &MessageAttributes) -> Result<(), AwsError> {
    let invalid = |reason: String| AwsError::refused("InvalidParameterValue", reason);
    if attributes.len() > MAX_ATTRIBUTES {
        return Err(invalid(format!(
            "Number of message attributes [{}] exceeds the allowed maximum [10].",
            attributes.len()
        )));
    }
    for (name, attribute) in attributes {
        let named = !name.is_empty()
            && name.len() <= 256
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
        let kind = attribute.data_type.split('.').next().unwrap_or_default();
        if !named || !["String", "Number", "Binary"].contains(&kind) {
            return Err(invalid(format!("The message attribute '{name}' has an invalid name or type.")));
        }
        if attribute.bytes().is_none_or(|bytes| bytes.is_empty()) {
            return Err(invalid(format!(
                "The message attribute '{name}' must contain a non-empty value of its type '{kind}'."
            )));
        }
    }
    Ok(())
}

/// Where a kept message stands. Times are milliseconds since 1970, real clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Standing {
    /// Can be received.
    Ready,
    /// Cannot be received before this time.
    Delayed(i64),
    /// Received; comes back at this time unless it is deleted.
    InFlight(i64),
}

/// A message as a queue keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Message {
    /// Position among all messages of this machine: the order of a queue.
    pub(crate) id: u64,
    pub(crate) message_id: String,
    pub(crate) body: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) attributes: MessageAttributes,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) trace_header: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) group: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) deduplication_id: Option<String>,
    pub(crate) sent_at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) first_received_at: Option<i64>,
    #[serde(default)]
    pub(crate) receive_count: u32,
    /// ARN of the queue it failed in, once it is in a dead-letter queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) source_arn: Option<String>,
    pub(crate) standing: Standing,
}

impl Message {
    /// The 20-digit number by which a FIFO queue orders.
    pub(crate) fn sequence_number(&self) -> String {
        sequence_number(self.id)
    }
}

/// Sequence numbers have 20 digits and leave gaps, as the real ones do.
pub(crate) fn sequence_number(id: u64) -> String {
    (10_000_000_000_000_000_000_u128 + u128::from(id) * 256).to_string()
}

/// The answer to a message sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Sent {
    /// Id that SQS gave.
    pub message_id: String,
    /// MD5 of the body, in hex.
    #[serde(rename = "MD5OfMessageBody")]
    pub md5_of_body: String,
    /// MD5 of the user attributes, in hex.
    #[serde(rename = "MD5OfMessageAttributes", skip_serializing_if = "Option::is_none")]
    pub md5_of_attributes: Option<String>,
    /// Order in a FIFO queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence_number: Option<String>,
}

/// A message received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Received {
    /// Id that SQS gave.
    pub message_id: String,
    /// What deletes this message or changes its visibility.
    pub receipt_handle: String,
    /// The body.
    pub body: String,
    /// MD5 of the body, in hex.
    #[serde(rename = "MD5OfBody")]
    pub md5_of_body: String,
    /// System attributes such as `ApproximateReceiveCount` and `MessageGroupId`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// User attributes.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub message_attributes: MessageAttributes,
    /// MD5 of the user attributes, in hex.
    #[serde(rename = "MD5OfMessageAttributes", skip_serializing_if = "Option::is_none")]
    pub md5_of_attributes: Option<String>,
}

impl Received {
    pub(crate) fn new(message: &Message, receipt_handle: String, sender: &str) -> Self {
        let mut attributes = BTreeMap::new();
        let mut put = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                attributes.insert(name.to_owned(), value);
            }
        };
        put("SenderId", Some(sender.to_owned()));
        put("SentTimestamp", Some(message.sent_at.to_string()));
        put("ApproximateReceiveCount", Some(message.receive_count.to_string()));
        put("ApproximateFirstReceiveTimestamp", message.first_received_at.map(|at| at.to_string()));
        put("MessageGroupId", message.group.as_deref().map(str::to_owned));
        put("MessageDeduplicationId", message.deduplication_id.clone());
        // Only FIFO messages have a deduplication id, and only they are numbered.
        put("SequenceNumber", message.deduplication_id.as_ref().map(|_| message.sequence_number()));
        put("AWSTraceHeader", message.trace_header.clone());
        put("DeadLetterQueueSourceArn", message.source_arn.clone());
        Self {
            message_id: message.message_id.clone(),
            receipt_handle,
            md5_of_body: md5_hex(message.body.as_bytes()),
            body: message.body.clone(),
            attributes,
            md5_of_attributes: md5_of_attributes(message.attributes.iter()),
            message_attributes: message.attributes.clone(),
        }
    }
}

/// MD5, in hex.
pub(crate) fn md5_hex(bytes: &[u8]) -> String {
    hex::encode(Md5::digest(bytes))
}

/// MD5 of user attributes in order of their names, in hex; nothing if there are none. The encoding is that of
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation>.
pub(crate) fn md5_of_attributes<'a>(
    attributes: impl Iterator<Item = (&'a String, &'a MessageAttribute)>,
) -> Option<String> {
    let mut hash = Md5::new();
    let mut any = false;
    let part = |hash: &mut Md5, bytes: &[u8]| {
        hash.update(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
        hash.update(bytes);
    };
    for (name, attribute) in attributes {
        any = true;
        part(&mut hash, name.as_bytes());
        part(&mut hash, attribute.data_type.as_bytes());
        hash.update([if attribute.binary_value.is_some() { 2 } else { 1 }]);
        part(&mut hash, &attribute.bytes().unwrap_or_default());
    }
    any.then(|| hex::encode(hash.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_real_queue_refuses_is_refused_with_its_code() {
        let fifo = |change: fn(&mut SendMessage)| {
            let mut message = SendMessage::in_group("hello", "g");
            message.message_deduplication_id = Some("d".to_owned());
            change(&mut message);
            message.check(true, false, 1_000).map_err(|error| error.name)
        };
        let standard = |change: fn(&mut SendMessage)| {
            let mut message = SendMessage::new("hello");
            change(&mut message);
            message.check(false, false, 1_000).map_err(|error| error.name)
        };
        let refused = |name: &str| Err(name.to_owned());
        assert_eq!(fifo(|_| ()), Ok(()));
        assert_eq!(fifo(|m| m.message_group_id = None), refused("MissingParameter"));
        assert_eq!(fifo(|m| m.message_deduplication_id = None), refused("InvalidParameterValue"));
        assert_eq!(fifo(|m| m.message_group_id = Some("a b".into())), refused("InvalidParameterValue"));
        assert_eq!(fifo(|m| m.message_group_id = Some("g".repeat(129))), refused("InvalidParameterValue"));
        assert_eq!(fifo(|m| m.message_deduplication_id = Some(String::new())), refused("InvalidParameterValue"));
        assert_eq!(fifo(|m| m.delay_seconds = Some(1)), refused("InvalidParameterValue"));
        assert_eq!(standard(|_| ()), Ok(()));
        assert_eq!(standard(|m| m.message_group_id = Some("tenant".into())), Ok(()));
        assert_eq!(standard(|m| m.message_deduplication_id = Some("d".into())), refused("InvalidParameterValue"));
        assert_eq!(standard(|m| m.delay_seconds = Some(901)), refused("InvalidParameterValue"));
        assert_eq!(standard(|m| m.message_body.clear()), refused("MissingParameter"));
        assert_eq!(standard(|m| m.message_body = "a\u{1}".into()), refused("InvalidMessageContents"));
        assert_eq!(standard(|m| m.message_body = "a".repeat(1_001)), refused("InvalidParameterValue"));
        assert_eq!(
            standard(|m| drop(m.message_attributes.insert("empty".into(), MessageAttribute::text("")))),
            refused("InvalidParameterValue")
        );
    }

    #[test]
    fn digests_follow_the_published_algorithm() {
        assert_eq!(md5_hex(b"hello"), "5d41402abc4b2a76b9719d911017c592");
        assert_eq!(md5_of_attributes(MessageAttributes::new().iter()), None);
        let attributes = MessageAttributes::from([("a".to_owned(), MessageAttribute::text("b"))]);
        let encoded = b"\0\0\0\x01a\0\0\0\x06String\x01\0\0\0\x01b";
        assert_eq!(md5_of_attributes(attributes.iter()), Some(md5_hex(encoded)));
    }
}
