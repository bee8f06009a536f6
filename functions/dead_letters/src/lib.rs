//! Keeps what failed again and again where the team sees it: each dead letter becomes a row that the HTTP API lists and
//! sends on its way again. What it was to do shows that it failed: a reply that never left, a reminder that did not fire.
//!
//! A letter that cannot be kept stays in its queue, whose alarm rings.

use std::sync::Arc;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use domain::dead_letter::{DeadLetter, Origin, Payload};
use domain::message::Message;
use domain::reminder::{ReminderState, When};
use jiff::Timestamp;
use platform::aws::Aws;
use platform::{Clock, SettingError, Settings, batch, telemetry};
use serde_json::Value;
use store::{Store, StoreError};

/// The function.
pub struct DeadLetters {
    store: Store,
    /// The ARN of each dead-letter queue.
    queues: Vec<(String, Origin)>,
    clock: Clock,
}

/// A letter that was not kept; it stays in its queue.
#[derive(Debug, thiserror::Error)]
pub enum LetterError {
    /// It comes from a queue that none of the settings names.
    #[error("`{0}` is no dead-letter queue of this service")]
    Stranger(String),
    /// The table failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl DeadLetters {
    /// Reads the settings; a missing one is an error that names it.
    pub fn new(settings: &Settings) -> Result<Arc<Self>, SettingError> {
        let aws = Aws::new(settings)?;
        let queue = |origin| {
            let name = match origin {
                Origin::Inbound => "INBOUND_DEAD_LETTERS_ARN",
                Origin::Outbound => "OUTBOUND_DEAD_LETTERS_ARN",
                Origin::Bulk => "BULK_DEAD_LETTERS_ARN",
                Origin::Statuses => "STATUSES_DEAD_LETTERS_ARN",
                Origin::Schedule => "SCHEDULE_DEAD_LETTERS_ARN",
            };
            Ok((settings.required(name)?, origin))
        };
        Ok(Arc::new(Self {
            store: Store::new(aws.dynamodb(), settings.required("TABLE_NAME")?),
            queues: Origin::ALL.into_iter().map(queue).collect::<Result<_, SettingError>>()?,
            clock: Clock::new(settings),
        }))
    }

    /// Handles a batch; each letter fails alone.
    pub async fn handle(&self, batch: SqsEvent) -> SqsBatchResponse {
        batch::in_groups(batch, |record| self.keep(record)).await
    }

    async fn keep(&self, record: SqsMessage) -> Result<(), LetterError> {
        let arn = record.event_source_arn.clone().unwrap_or_default();
        let origin = self.queues.iter().find(|(queue, _)| *queue == arn).map(|(_, origin)| *origin);
        let now = self.clock.now();
        let letter = letter(record, origin.ok_or(LetterError::Stranger(arn))?, now);
        self.store.add_dead_letter(&letter, now).await?;
        telemetry::count("DeadLetters", 1);
        tracing::error!(
            letter = letter.id,
            origin = letter.origin.as_str(),
            reason = letter.reason,
            "a dead letter was kept"
        );
        match letter.payload() {
            Payload::Message(sent) => {
                let row = Message::outbound(&sent.key, sent.message, sent.author);
                self.store.give_up_message(&sent.key, &row).await?;
            }
            Payload::Reminder(alarm) => {
                let reminder = self.store.reminder(&alarm.line, &alarm.reminder).await?;
                // One that repeats has its next occurrence before it.
                if let Some(When::Once { .. }) = reminder.map(|reminder| reminder.when) {
                    self.store.settle_reminder(&alarm.line, &alarm.reminder, ReminderState::Failed, None).await?;
                }
            }
            Payload::Event(_) | Payload::Notices(_) | Payload::Clock(_) | Payload::Unreadable => {}
        }
        Ok(())
    }
}

/// The letter in a record. SQS keeps a message's id and the time it was sent when it sets the message aside.
fn letter(record: SqsMessage, origin: Origin, now: Timestamp) -> DeadLetter {
    let attribute = |name: &str| record.attributes.get(name).cloned();
    let number = |name: &str| attribute(name).and_then(|text| text.parse::<i64>().ok());
    let queued_at = number("SentTimestamp").and_then(|at| Timestamp::from_millisecond(at).ok()).unwrap_or(now);
    let body = record.body.clone().unwrap_or_default();
    // Receiving it from its dead-letter queue counts as well.
    let received = number("ApproximateReceiveCount").unwrap_or(1).saturating_sub(1);
    DeadLetter {
        id: DeadLetter::id_of(queued_at, record.message_id.as_deref().unwrap_or_default()),
        origin,
        queued_at,
        attempts: u32::try_from(received).unwrap_or_default(),
        group: attribute("MessageGroupId"),
        reason: reason(&record, &body),
        body,
    }
}

/// Why it failed: EventBridge Scheduler says so beside the message, Lambda in its record of a function that failed.
fn reason(record: &SqsMessage, body: &str) -> Option<String> {
    let scheduler = record.message_attributes.get("ERROR_MESSAGE").and_then(|message| message.string_value.clone());
    let lambda = || {
        let record: Value = serde_json::from_str(body).ok()?;
        Some(record.pointer("/responsePayload/errorMessage")?.as_str()?.to_owned())
    };
    scheduler.or_else(lambda)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn record(body: &str, more: Value) -> SqsMessage {
        let mut record = json!({
            "messageId": "5f0c-7",
            "body": body,
            "attributes": {"SentTimestamp": "1772359200000", "ApproximateReceiveCount": "6", "MessageGroupId": "g"},
        });
        record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(record).unwrap()
    }

    #[test]
    fn a_letter_has_the_same_id_however_often_it_is_delivered() {
        let read = |now| letter(record("{}", json!({})), Origin::Inbound, Timestamp::from_second(now).unwrap());
        assert_eq!(read(1), read(2));
        assert_eq!(read(1).id, "1772359200000-5f0c-7");
        assert_eq!((read(1).attempts, read(1).group.as_deref(), read(1).reason), (5, Some("g"), None));
    }

    #[test]
    fn a_letter_says_why_it_failed_where_scheduler_or_lambda_do() {
        let attributes = json!({"messageAttributes": {"ERROR_MESSAGE": {"stringValue": "no such queue", "dataType": "String",
            "stringListValues": [], "binaryListValues": []}}});
        let of = |record| letter(record, Origin::Schedule, Timestamp::UNIX_EPOCH).reason;
        assert_eq!(of(record("{}", attributes)).as_deref(), Some("no such queue"));
        let failed =
            json!({"requestPayload": {}, "responsePayload": {"errorType": "E", "errorMessage": "the table failed"}});
        assert_eq!(of(record(&failed.to_string(), json!({}))).as_deref(), Some("the table failed"));
    }
}
