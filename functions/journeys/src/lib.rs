//! Advances one person's conversation by one event: a message, a timer, a start asked for from outside.
//!
//! The story of an event: who is it ([`subject`]), has it been handled before, who answers and what follows
//! ([`decide`], pure), commit, publish ([`publish`]). The commit is one conditional write; everything before it can be
//! thrown away, everything after it can be repeated.

pub mod calls;
pub mod decide;
mod due;
mod memory;
mod publish;
mod registry;
pub mod render;
mod subject;
pub mod surroundings;

use std::sync::Arc;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use domain::alarm::Due;
use domain::contact::Contact;
use domain::conversation::Conversation;
use domain::id::{ContactId, EventId, MessageId};
use domain::message::{Direction, Message, MessageKey};
use domain::queue::{self, Happening, PersonEvent, UnreadablePayload};
use domain::room::{self, Room};
use jiff::Timestamp;
use journey::TraceEvent;
use platform::aws::Aws;
use platform::{Clock, Queue, Schedules, SettingError, Settings, Web, batch};
use serde_json::json;
use store::{Store, StoreError};

use crate::calls::{Answered, Calls};
use crate::decide::{Decision, Known};
use crate::memory::Memory;
use crate::registry::Registry;

/// How often an event is tried again at once when somebody else changed the conversation meanwhile (an operator's
/// click). Beyond it the queue delivers it again.
const ATTEMPTS: usize = 5;

/// How many steps of a trace are kept.
const LONGEST_TRACE: usize = 60;

/// The type of a placeholder row: the event was handled, but its own record never arrived here.
const MISSING: &str = "missing";

/// The function.
pub struct Journeys {
    store: Store,
    outbound: Queue,
    schedules: Schedules,
    inbound_arn: String,
    registry: Registry,
    surroundings: surroundings::Reader,
    memory: Memory,
    calls: Calls,
    clock: Clock,
}

/// An event that was not handled; the queue delivers it again.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// The payload is not readable.
    #[error(transparent)]
    Payload(#[from] UnreadablePayload),
    /// The table failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The outbound queue failed.
    #[error(transparent)]
    Queue(#[from] platform::queue::SendError),
    /// The scheduler failed.
    #[error(transparent)]
    Schedule(#[from] platform::schedule::ScheduleError),
    /// A payload could not be written.
    #[error("a payload could not be written: {0}")]
    Json(#[from] serde_json::Error),
}

impl Journeys {
    /// Reads the settings; a missing one is an error that names it.
    pub fn new(settings: &Settings) -> Result<Arc<Self>, SettingError> {
        let aws = Aws::new(settings)?;
        let store = Store::new(aws.dynamodb(), settings.required("TABLE_NAME")?);
        Ok(Arc::new(Self {
            registry: Registry::new(store.clone()),
            surroundings: surroundings::Reader::new(store.clone(), settings)?,
            store,
            outbound: Queue::new(aws.sqs(), settings.required("OUTBOUND_QUEUE_URL")?),
            schedules: Schedules::new(aws.scheduler(), settings)?,
            inbound_arn: settings.required("INBOUND_QUEUE_ARN")?,
            memory: Memory::new(),
            calls: Calls::new(Web::new(settings)),
            clock: Clock::new(settings),
        }))
    }

    /// Handles a batch: the events of one person one after the other, people side by side.
    pub async fn handle(&self, batch: SqsEvent) -> SqsBatchResponse {
        batch::in_groups(batch, |record| self.handle_record(record)).await
    }

    async fn handle_record(&self, record: SqsMessage) -> Result<(), EventError> {
        let event: PersonEvent = queue::read(record.body.as_deref().unwrap_or_default())?;
        let now = self.clock.now();
        let mut answered = Vec::new();
        for _ in 1..ATTEMPTS {
            match self.handle_event(&event, now, &mut answered).await {
                Err(EventError::Store(StoreError::Conflict)) => {}
                done => return done,
            }
        }
        self.handle_event(&event, now, &mut answered).await
    }

    /// Handles an event. What web services `answered` is kept for the next attempt.
    async fn handle_event(
        &self,
        event: &PersonEvent,
        now: Timestamp,
        answered: &mut Vec<Answered>,
    ) -> Result<(), EventError> {
        if !self.memory.knows_line(&event.line) {
            self.store.note_line(&event.line).await?;
            self.memory.note_line(&event.line);
        }
        let Some((contact, conversation)) = self.subject(event, now).await? else { return Ok(()) };
        let conversation =
            conversation.unwrap_or_else(|| Conversation::new(contact.id.clone(), event.line.clone(), now));
        let mut row = Row::of(event, &contact.id, now);
        if conversation.remembers(&row.event) {
            return self.repeat(&contact, &conversation, &row).await;
        }
        if self.is_old_repetition(event, &contact, &conversation, &row).await? {
            return Ok(());
        }
        self.finish_previous(&contact, &conversation).await?;
        let library = self.registry.library(conversation.session.as_ref()).await?;
        let surroundings = self.surroundings.read().await?;
        let mut conversation = loop {
            let known = Known {
                contact: &contact,
                conversation: &conversation,
                row: &row,
                library: &library,
                surroundings: &surroundings,
                answered: answered.as_slice(),
                now,
            };
            match decide::decide(&known, event) {
                Decision::Commit(conversation, trace) => {
                    row.message.trace = kept(trace);
                    break conversation;
                }
                Decision::Ask(call) => {
                    let answer = self.calls.answer(&row.event, call, answered).await;
                    answered.push(answer);
                }
                Decision::Nothing => return Ok(()),
            }
        };
        self.store.commit(&mut conversation).await?;
        self.publish(&contact, &conversation, Some(&row)).await
    }

    /// An event of the last few, delivered again: what follows from it is published again, if nothing has happened
    /// since; its own row is ensured in any case.
    async fn repeat(&self, contact: &Contact, conversation: &Conversation, row: &Row) -> Result<(), EventError> {
        if conversation.outbox.as_ref().is_some_and(|outbox| outbox.event == row.event) {
            return self.publish(contact, conversation, Some(row)).await;
        }
        if !contact.merged_from.is_empty()
            && let Some((key, found)) = self.kept_as(contact, &row.key).await?
        {
            return self.complete(&found, &key, &row.message).await;
        }
        self.record(&row.key, &row.message).await
    }

    /// Writes an event's row, once; over a placeholder that stands for it.
    async fn record(&self, key: &MessageKey, message: &Message) -> Result<(), EventError> {
        if !self.store.add_message(key, message).await?
            && let Some(found) = self.store.message(key).await?
        {
            self.complete(&found, key, message).await?;
        }
        Ok(())
    }

    /// Puts an event's own row in the place of what was found there, if that is only a placeholder.
    async fn complete(&self, found: &Message, key: &MessageKey, message: &Message) -> Result<(), EventError> {
        if found.kind == MISSING {
            self.store.replace_message(key, message).await?;
        }
        Ok(())
    }

    /// Whether this is an event that comes again after more has happened than the conversation remembers. Only a
    /// message no newer than the newest can be one, so an ordinary message costs no read.
    async fn is_old_repetition(
        &self,
        event: &PersonEvent,
        contact: &Contact,
        conversation: &Conversation,
        row: &Row,
    ) -> Result<bool, EventError> {
        let suspect = match &event.happening {
            Happening::Message { .. } => {
                conversation.last_inbound_at.is_some_and(|last| row.key.at <= last.as_millisecond())
            }
            Happening::Start { .. } | Happening::Command { .. } => conversation.version > 0,
            // The list of live timers decides, which has none of dates.
            Happening::Timer { timer, .. } => timer.parse::<Due>().is_ok(),
        };
        if !suspect {
            return Ok(false);
        }
        let Some((key, found)) = self.kept_as(contact, &row.key).await? else { return Ok(false) };
        self.complete(&found, &key, &row.message).await?; // it may be a replay of one that left only a placeholder
        Ok(true)
    }

    /// An event's row that is there already, and where: with this contact, or with one that it has absorbed since.
    async fn kept_as(&self, contact: &Contact, key: &MessageKey) -> Result<Option<(MessageKey, Message)>, EventError> {
        for contact in std::iter::once(&contact.id).chain(&contact.merged_from) {
            let key = MessageKey { contact: contact.clone(), ..key.clone() };
            if let Some(found) = self.store.message(&key).await? {
                return Ok(Some((key, found)));
            }
        }
        Ok(None)
    }

    /// Publishes what the previous event left unpublished, should its publishing have been cut short for good: its
    /// marker row is missing then. (A replica that lags says so too; publishing again changes nothing.) What stands in
    /// the row is still in the dead-letter queue; a placeholder marks the event as done until it is replayed.
    async fn finish_previous(&self, contact: &Contact, conversation: &Conversation) -> Result<(), EventError> {
        let Some(outbox) = &conversation.outbox else { return Ok(()) };
        let Conversation { contact: id, line, .. } = conversation;
        if self.memory.has_published(conversation) || self.store.has_message(id, line, &outbox.marker).await? {
            return Ok(());
        }
        self.publish(contact, conversation, None).await?;
        if let Some(key) = MessageKey::at_position(id, line, &outbox.marker) {
            let placeholder = Message::new(&key, Direction::Event, MISSING, json!({MISSING: {"event": outbox.event}}));
            self.store.add_message(&key, &placeholder).await?;
        }
        Ok(())
    }
}

/// What of a trace is kept with the event's row: its beginning, should it be very long.
fn kept(trace: Vec<TraceEvent>) -> Vec<TraceEvent> {
    let mut room = Room::of(room::TRACE);
    trace.into_iter().take(LONGEST_TRACE).take_while(|event| room.take(event)).collect()
}

/// The row that an event leaves in the conversation's history: the inbound message itself, or a note of what rang.
/// Written last, it marks that everything else is out.
pub struct Row {
    /// The event.
    pub event: EventId,
    /// Where the row stands.
    pub key: MessageKey,
    /// The row.
    pub message: Message,
}

impl Row {
    /// The row of this event of this contact.
    pub fn of(event: &PersonEvent, contact: &ContactId, now: Timestamp) -> Self {
        let key = |id: MessageId, at: i64| MessageKey { contact: contact.clone(), line: event.line.clone(), at, id };
        match &event.happening {
            Happening::Message { message, received_at, .. } => {
                let key = key(MessageId::of_inbound(&message.id), message.timestamp.saturating_mul(1000));
                let content = render::inbound_content(message);
                let row = Message {
                    wamid: Some(message.id.clone()),
                    received_at: Some(received_at.as_millisecond()),
                    ..Message::new(&key, Direction::Inbound, &message.kind, content)
                };
                Self { event: EventId::of_message(&message.id), key, message: row }
            }
            Happening::Timer { timer, .. } => {
                let id = EventId::of_timer(contact, &event.line, timer);
                let at = timer.parse().map_or(now, |due: Due| due.at); // found again if it rings again
                Self::note(id, at.as_millisecond(), key, json!({"type": "timer", "timer": timer}))
            }
            Happening::Start { journey, cause, at, .. } => {
                let id = EventId::of_start(contact, &event.line, cause);
                let what = json!({"type": "journey_start", "journey": journey, "cause": cause});
                Self::note(id, at.as_millisecond(), key, what)
            }
            Happening::Command { command, cause, at, .. } => {
                let id = EventId::of_start(contact, &event.line, cause);
                let what = json!({"type": "journey_command", "command": command, "cause": cause});
                Self::note(id, at.as_millisecond(), key, what)
            }
        }
    }

    fn note(event: EventId, at: i64, key: impl Fn(MessageId, i64) -> MessageKey, what: serde_json::Value) -> Self {
        let key = key(MessageId::of_request(&["event", event.as_str()]), at);
        let message = Message::new(&key, Direction::Event, "event", json!({"event": what}));
        Self { event, key, message }
    }
}
