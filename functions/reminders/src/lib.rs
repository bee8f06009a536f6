//! Wakes when a reminder is due, looks up its contact as it is *now*, and hands the message to the bulk queue or the
//! journey start to the person's own queue.
//!
//! What it puts on a queue has an id made of reminder, occurrence and contact: the scheduler delivers at least once,
//! and a second firing of the same occurrence adds nothing.

use std::sync::Arc;

use domain::contact::Contact;
use domain::id::MessageId;
use domain::message::{Author, MessageKey};
use domain::queue::{self, Happening, Outbound, PersonEvent, ReminderAlarm, UnreadablePayload};
use domain::reminder::{Action, Reminder, ReminderState, When};
use jiff::Timestamp;
use platform::aws::Aws;
use platform::queue::{Entry, Fifo};
use platform::{Clock, Queue, SettingError, Settings};
use serde_json::Value;
use store::{Store, StoreError};

/// The function.
pub struct Reminders {
    store: Store,
    inbound: Queue,
    bulk: Queue,
    clock: Clock,
}

/// A firing that was not carried out; the scheduler repeats it.
#[derive(Debug, thiserror::Error)]
pub enum AlarmError {
    /// The schedule's input is not readable.
    #[error(transparent)]
    Payload(#[from] UnreadablePayload),
    /// The table failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A queue failed.
    #[error(transparent)]
    Queue(#[from] platform::queue::SendError),
    /// A payload could not be written.
    #[error("a payload could not be written: {0}")]
    Json(#[from] serde_json::Error),
}

impl Reminders {
    /// Reads the settings; a missing one is an error that names it.
    pub fn new(settings: &Settings) -> Result<Arc<Self>, SettingError> {
        let aws = Aws::new(settings)?;
        let sqs = aws.sqs();
        Ok(Arc::new(Self {
            store: Store::new(aws.dynamodb(), settings.required("TABLE_NAME")?),
            inbound: Queue::new(sqs.clone(), settings.required("INBOUND_QUEUE_URL")?),
            bulk: Queue::new(sqs, settings.required("BULK_QUEUE_URL")?),
            clock: Clock::new(settings),
        }))
    }

    /// Carries out one firing. A reminder that was cancelled or is not there does nothing.
    pub async fn handle(&self, input: Value) -> Result<(), AlarmError> {
        let alarm: ReminderAlarm = queue::read(&input.to_string())?;
        let Some(reminder) = self.store.reminder(&alarm.line, &alarm.reminder).await? else { return Ok(()) };
        if reminder.state == ReminderState::Cancelled {
            return Ok(());
        }
        if let Some(contact) = self.store.contact(&reminder.contact).await?
            && !contact.blocked
        {
            self.fire(&reminder, &contact, &alarm.occurrence).await?;
        }
        if let When::Once { .. } = reminder.when {
            let now = self.clock.now();
            self.store.settle_reminder(&reminder.line, &reminder.id, ReminderState::Fired, Some(now)).await?;
        }
        Ok(())
    }

    async fn fire(&self, reminder: &Reminder, contact: &Contact, occurrence: &str) -> Result<(), AlarmError> {
        // The scheduler writes the moment it was due; a repetition of the firing carries the same.
        let due: Timestamp = occurrence.parse().unwrap_or_else(|_| self.clock.now());
        match &reminder.action {
            Action::Message { message, fallback } => {
                let id = MessageId::of_request(&["reminder", reminder.id.as_str(), occurrence, contact.id.as_str()]);
                let conversation = domain::ConversationId { contact: contact.id.clone(), line: reminder.line.clone() };
                let conversation = self.store.conversation(&conversation).await?;
                let deduplication = id.to_string();
                let outbound = Outbound {
                    key: MessageKey {
                        contact: contact.id.clone(),
                        line: reminder.line.clone(),
                        at: due.as_millisecond(),
                        id,
                    },
                    to: contact.person(),
                    message: message.clone(),
                    fallback: fallback.clone(),
                    reply_to: None,
                    author: Author::Reminder { reminder: reminder.id.to_string() },
                    window_expires_at: conversation.and_then(|conversation| conversation.window_expires_at()),
                };
                let fifo = Fifo { group: contact.id.to_string(), deduplication };
                Ok(self.bulk.send_all(vec![Entry { body: queue::write(&outbound)?, fifo: Some(fifo) }]).await?)
            }
            Action::Journey { journey } => {
                let Some(group) = contact.person().group() else { return Ok(()) };
                let cause = format!("reminder {} of {occurrence}", reminder.id);
                let deduplication = MessageId::of_request(&["start", &cause, contact.id.as_str()]).to_string();
                let event = PersonEvent {
                    line: reminder.line.clone(),
                    happening: Happening::Start {
                        by_team: false,
                        contact: contact.id.clone(),
                        journey: journey.clone(),
                        cause,
                        at: due,
                    },
                };
                let fifo = Fifo { group, deduplication };
                Ok(self.inbound.send_all(vec![Entry { body: queue::write(&event)?, fifo: Some(fifo) }]).await?)
            }
        }
    }
}
