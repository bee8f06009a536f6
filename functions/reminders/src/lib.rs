//! Wakes when a reminder is due, looks up its contact as it is *now*, and hands the message to the bulk queue or the
//! journey start to the person's own queue. Wakes as well when a clock sets off a trigger of a journey, and lets everybody
//! hear of it: whether the trigger is for them, the journeys function decides.
//!
//! What it puts on a queue has an id made of cause, occurrence and contact: the scheduler delivers at least once, and a
//! second firing of the same occurrence adds nothing.

use std::sync::Arc;
use std::time::Duration;

use domain::alarm::Due;
use domain::contact::Contact;
use domain::id::{ContactId, LineId, MessageId};
use domain::message::{Author, MessageKey};
use domain::outbox::schedule_name;
use domain::queue::{self, ClockRing, Happening, Outbound, PersonEvent, ReminderAlarm, Ring, UnreadablePayload};
use domain::reminder::{Action, Reminder, ReminderState, When};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use jiff::Timestamp;
use platform::aws::Aws;
use platform::queue::{Entry, Fifo};
use platform::schedule::ScheduleGroup;
use platform::{Clock, Queue, SettingError, Settings};
use serde_json::Value;
use store::{Store, StoreError};
use tokio::time::Instant;

/// The function.
pub struct Reminders {
    store: Store,
    inbound: Queue,
    bulk: Queue,
    schedules: ScheduleGroup,
    clock: Clock,
}

/// How many contacts are looked up at once.
const AT_ONCE: usize = 16;
/// How many contacts hear in a second that a journey's time has come: few enough that the same queue is free for those
/// who write meanwhile.
const EACH_SECOND: f64 = 200.0;

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
    /// The scheduler failed.
    #[error(transparent)]
    Schedule(#[from] platform::schedule::ScheduleError),
    /// The occurrence is no time.
    #[error("`{0}` is not the time at which a schedule was due")]
    Occurrence(String),
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
            schedules: ScheduleGroup::new(aws.scheduler(), settings)?,
            clock: Clock::new(settings),
        }))
    }

    /// Carries out one firing.
    pub async fn handle(&self, input: Value) -> Result<(), AlarmError> {
        match queue::read(&input.to_string())? {
            Ring::Reminder(alarm) => self.remind(&alarm).await,
            Ring::Clock(ring) => self.tell_everybody(&ring).await,
        }
    }

    /// A trigger is due: everybody hears of it, on every line. An alarm of what does not run any more is stopped.
    async fn tell_everybody(&self, ring: &ClockRing) -> Result<(), AlarmError> {
        let head = self.store.running_journey(&ring.journey).await?;
        let alarm = head.and_then(|head| head.alarms.into_iter().find(|alarm| alarm.name(&head.id) == ring.alarm));
        let Some(alarm) = alarm else { return Ok(self.schedules.stop(&ring.alarm).await?) };
        let rang = ring.occurrence.parse().map_err(|_| AlarmError::Occurrence(ring.occurrence.clone()))?;
        // An alarm for the day on which clocks skip the time of the trigger rings on other days too.
        let Some(at) = alarm.occurrence(rang) else { return Ok(()) };
        let timer = Due { journey: ring.journey.to_string(), trigger: alarm.trigger, at }.to_string();
        let (started, mut told) = (Instant::now(), 0.0);
        for line in self.store.lines().await? {
            let mut everybody = self.store.everybody(&line);
            while let Some(contacts) = everybody.next().await? {
                let entries = stream::iter(contacts).map(|contact| self.news(&line, contact, &timer)).buffered(AT_ONCE);
                let entries: Vec<Option<Entry>> = entries.try_collect().await?;
                for entries in entries.into_iter().flatten().collect::<Vec<_>>().chunks(AT_ONCE) {
                    tokio::time::sleep_until(started + Duration::from_secs_f64(told / EACH_SECOND)).await;
                    told += entries.len() as f64;
                    self.inbound.send_all(entries.to_vec()).await?;
                }
            }
        }
        Ok(())
    }

    /// What a contact hears of; nothing for one that is blocked or gone.
    async fn news(&self, line: &LineId, contact: ContactId, timer: &str) -> Result<Option<Entry>, AlarmError> {
        let found = self.store.contact(&contact).await?.filter(|contact| !contact.blocked);
        let Some(group) = found.and_then(|contact| contact.person().group()) else { return Ok(None) };
        let deduplication = schedule_name(&contact, line, timer);
        let happening = Happening::Timer { contact, timer: timer.to_owned() };
        let event = PersonEvent { line: line.clone(), happening };
        Ok(Some(Entry { body: queue::write(&event)?, fifo: Some(Fifo { group, deduplication }) }))
    }

    /// A reminder is due. One that was cancelled or is not there does nothing.
    async fn remind(&self, alarm: &ReminderAlarm) -> Result<(), AlarmError> {
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
