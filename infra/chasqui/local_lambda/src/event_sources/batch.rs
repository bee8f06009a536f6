//! What a function is given for a batch of messages, and what its answer means.
//! <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>

use super::queues::{MessageAttribute, QueueMessage};
use bytes::Bytes;
use serde_json::{Map, Value, json};
use std::collections::HashSet;

/// An event may have 6 MB; its frame needs a little.
const EVENT_LIMIT: usize = 6 * 1024 * 1024 - 1024;

/// Messages that go to a function together.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) messages: Vec<QueueMessage>,
    pub(super) event: Bytes,
}

/// Cuts received messages into events that fit: ten messages may have 10 MB together.
pub(super) fn batches(messages: Vec<QueueMessage>, queue_arn: &str) -> Vec<Batch> {
    let region = queue_arn.split(':').nth(3).unwrap_or_default();
    let mut batches = Vec::new();
    let mut messages_of = Vec::new();
    let mut records = String::new();
    for message in messages {
        let record = record(&message, queue_arn, region).to_string();
        if !records.is_empty() && records.len() + record.len() > EVENT_LIMIT {
            batches.push(batch(std::mem::take(&mut messages_of), &records));
            records.clear();
        }
        if !records.is_empty() {
            records.push(',');
        }
        records.push_str(&record);
        messages_of.push(message);
    }
    if !messages_of.is_empty() {
        batches.push(batch(messages_of, &records));
    }
    batches
}

fn batch(messages: Vec<QueueMessage>, records: &str) -> Batch {
    Batch { messages, event: format!(r#"{{"Records":[{records}]}}"#).into() }
}

fn record(message: &QueueMessage, queue_arn: &str, region: &str) -> Value {
    let attributes: Map<_, _> =
        message.message_attributes.iter().map(|(name, value)| (name.clone(), attribute(value))).collect();
    let mut record = json!({
        "messageId": message.message_id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": message.attributes,
        "messageAttributes": attributes,
        "md5OfBody": message.md5_of_body,
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": region,
    });
    if let Some(md5) = &message.md5_of_message_attributes {
        record["md5OfMessageAttributes"] = json!(md5);
    }
    record
}

fn attribute(value: &MessageAttribute) -> Value {
    let mut attribute = json!({"stringListValues": [], "binaryListValues": [], "dataType": value.data_type});
    if let Some(text) = &value.string_value {
        attribute["stringValue"] = json!(text);
    }
    if let Some(encoded) = &value.binary_value {
        attribute["binaryValue"] = json!(encoded);
    }
    attribute
}

/// The receipt handles of the messages that a successful invocation has dealt with; the others come again.
///
/// [Lambda's rules](https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting):
/// nothing reported is success; a report that is not JSON, or names an empty or unknown message, fails the whole batch.
pub(super) fn succeeded(messages: &[QueueMessage], answer: &[u8], reports_failures: bool) -> Vec<String> {
    let failed = if reports_failures { failures(messages, answer) } else { Some(HashSet::new()) };
    let Some(failed) = failed else { return Vec::new() };
    let done = messages.iter().filter(|message| !failed.contains(&message.message_id));
    done.map(|message| message.receipt_handle.clone()).collect()
}

/// The ids reported as failed; `None` when that is the whole batch.
fn failures(messages: &[QueueMessage], answer: &[u8]) -> Option<HashSet<String>> {
    let answer: Value = if answer.is_empty() { Value::Null } else { serde_json::from_slice(answer).ok()? };
    let reported = match answer.get("batchItemFailures") {
        None | Some(Value::Null) => return Some(HashSet::new()),
        Some(reported) => reported.as_array()?,
    };
    let id = |failure: &Value| {
        let id = failure.get("itemIdentifier")?.as_str()?;
        messages.iter().any(|message| message.message_id == id).then(|| id.to_owned())
    };
    reported.iter().map(id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lambda_events::event::sqs::SqsEvent;

    const ARN: &str = "arn:aws:sqs:sa-east-1:000000000000:inbound.fifo";

    fn message(id: &str, body: &str) -> QueueMessage {
        QueueMessage {
            message_id: id.into(),
            receipt_handle: format!("receipt-{id}"),
            body: body.into(),
            md5_of_body: "0123".into(),
            md5_of_message_attributes: Some("4567".into()),
            attributes: [("MessageGroupId".to_owned(), "ana".to_owned())].into_iter().collect(),
            message_attributes: [
                (
                    "n",
                    MessageAttribute { data_type: "Number".into(), string_value: Some("7".into()), binary_value: None },
                ),
                (
                    "b",
                    MessageAttribute {
                        data_type: "Binary".into(),
                        string_value: None,
                        binary_value: Some("AP8=".into()),
                    },
                ),
            ]
            .map(|(name, value)| (name.to_owned(), value))
            .into_iter()
            .collect(),
        }
    }

    #[test]
    fn functions_read_every_field_of_the_event() {
        let batches = batches(vec![message("1", "{\"a\":\"ñ\\n\"}"), message("2", "")], ARN);
        assert_eq!(batches.len(), 1);
        let event: SqsEvent = serde_json::from_slice(&batches[0].event).unwrap();
        assert_eq!(event.records.len(), 2);
        let first = &event.records[0];
        assert_eq!(first.message_id.as_deref(), Some("1"));
        assert_eq!(first.receipt_handle.as_deref(), Some("receipt-1"));
        assert_eq!(first.body.as_deref(), Some("{\"a\":\"ñ\\n\"}"));
        assert_eq!(first.md5_of_body.as_deref(), Some("0123"));
        assert_eq!(first.md5_of_message_attributes.as_deref(), Some("4567"));
        assert_eq!(first.attributes["MessageGroupId"], "ana");
        assert_eq!(first.message_attributes["n"].string_value.as_deref(), Some("7"));
        assert_eq!(first.message_attributes["n"].data_type.as_deref(), Some("Number"));
        assert_eq!(first.message_attributes["b"].binary_value.as_ref().unwrap().0, vec![0, 255]);
        assert_eq!(first.event_source.as_deref(), Some("aws:sqs"));
        assert_eq!(first.event_source_arn.as_deref(), Some(ARN));
        assert_eq!(first.aws_region.as_deref(), Some("sa-east-1"));
    }

    #[test]
    fn large_messages_are_spread_over_events_in_order() {
        let megabyte = "x".repeat(1024 * 1024);
        let messages: Vec<_> = (0..10).map(|id| message(&id.to_string(), &megabyte)).collect();
        let batches = batches(messages, ARN);
        assert_eq!(batches.iter().map(|batch| batch.messages.len()).collect::<Vec<_>>(), [5, 5]);
        assert!(batches.iter().all(|batch| batch.event.len() < 6 * 1024 * 1024));
        let ids: Vec<_> =
            batches.iter().flat_map(|batch| &batch.messages).map(|message| message.message_id.as_str()).collect();
        assert_eq!(ids, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    }

    #[test]
    fn answers_are_judged_as_lambda_does() {
        let messages = [message("1", ""), message("2", ""), message("3", "")];
        let (none, all): (&[&str], &[&str]) = (&[], &["receipt-1", "receipt-2", "receipt-3"]);
        for (answer, deleted) in [
            ("not json", none),
            (r#"{"batchItemFailures":7}"#, none),
            (r#"{"batchItemFailures":[{"itemIdentifier":""}]}"#, none),
            (r#"{"batchItemFailures":[{"itemIdentifier":null}]}"#, none),
            (r#"{"batchItemFailures":[{"id":"2"}]}"#, none),
            (r#"{"batchItemFailures":[{"itemIdentifier":"2"},{"itemIdentifier":"9"}]}"#, none),
            (r#"{"batchItemFailures":[{"itemIdentifier":"2"}]}"#, &["receipt-1", "receipt-3"]),
            (r#"{"batchItemFailures":[]}"#, all),
            (r#"{"batchItemFailures":null}"#, all),
            ("{}", all),
            ("null", all),
            ("", all),
        ] {
            assert_eq!(succeeded(&messages, answer.as_bytes(), true), deleted, "{answer}");
        }
        assert_eq!(succeeded(&messages, b"not json", false), all, "a function that does not report");
    }
}
