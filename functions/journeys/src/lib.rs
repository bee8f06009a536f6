//! Advances one person's conversation by one event: a message, a timer, a start asked for from outside.
//!
//! The story of an event: who is it ([`subject`], [`group`]), has it been handled before ([`history`]), who answers and
//! what follows ([`decide`], pure), commit, publish ([`publish`]). The commit is one conditional write; everything before
//! it can be thrown away, everything after it can be repeated.

pub mod calls;
pub mod decide;
mod due;
mod group;
mod history;
mod memory;
mod publish;
mod registry;
pub mod render;
mod row;
mod subject;
pub mod surroundings;

use std::sync::Arc;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use domain::conversation::Conversation;
use domain::queue::{self, PersonEvent, UnreadablePayload};
use domain::room::{self, Room};
use jiff::Timestamp;
use journey::TraceEvent;
use platform::aws::Aws;
use platform::{Clock, Queue, Schedules, SettingError, Settings, Web, batch};
use store::{Store, StoreError};

use crate::calls::{Answered, Calls};
use crate::decide::{Decision, Known};
use crate::history::Before;
use crate::memory::Memory;
use crate::registry::Registry;
pub use crate::row::Row;

/// How often an event is tried again at once when somebody else changed the conversation meanwhile (an operator's
/// click). Beyond it the queue delivers it again.
const ATTEMPTS: usize = 5;

/// How many steps of a trace are kept.
const LONGEST_TRACE: usize = 60;

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
        #[cfg(test)]
        tests::strike(&event);
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
        let found = match group::of(event) {
            Some(group) => Some(self.group(group, &event.line, now).await?),
            None => self.subject(event, now).await?,
        };
        let Some((contact, conversation)) = found else { return Ok(()) };
        let conversation = conversation.unwrap_or_else(|| Conversation {
            group: group::of(event).map(str::to_owned),
            ..Conversation::new(contact.id.clone(), event.line.clone(), now)
        });
        let mut row = Row::of(event, &contact.id, now);
        if conversation.remembers(&row.event) {
            return self.repeat(&contact, &conversation, row).await;
        }
        let Before::New { behind } = self.before(event, &contact, &conversation, &row).await? else { return Ok(()) };
        self.finish_previous(&contact, &conversation).await?;
        if row.told {
            row.stand_at(conversation.place(row.key.at, behind));
        }
        let changes = self.changes(&contact, &conversation, &row).await?;
        let library = self.registry.library(conversation.session.as_ref()).await?;
        let surroundings = self.surroundings.read().await?;
        let mut conversation = loop {
            let known = Known {
                contact: &contact,
                conversation: &conversation,
                row: &row,
                changes: &changes,
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
}

/// What of a trace is kept with the event's row: its beginning, should it be very long.
fn kept(trace: Vec<TraceEvent>) -> Vec<TraceEvent> {
    let mut room = Room::of(room::TRACE);
    trace.into_iter().take(LONGEST_TRACE).take_while(|event| room.take(event)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::id::{ContactId, LineId};
    use domain::queue::Happening;
    use serde_json::{Value, json};
    use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
    use tokio::net::{TcpListener, TcpStream};

    /// The fault of these tests: the program panics over an alarm of this name.
    pub(crate) fn strike(event: &PersonEvent) {
        assert!(!matches!(&event.happening, Happening::Timer { timer, .. } if timer == "poison"), "poison");
    }

    /// A table in which nothing is found: each request is answered by an empty object.
    async fn empty_table() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream));
            }
        });
        url
    }

    async fn answer(stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        let (mut line, mut length) = (String::new(), 0);
        while stream.read_line(&mut line).await.is_ok_and(|read| read > 0) {
            let header = line.trim().to_ascii_lowercase();
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if header.is_empty() {
                stream.read_exact(&mut vec![0; std::mem::take(&mut length)]).await.unwrap();
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await.unwrap();
            }
            line.clear();
        }
    }

    #[tokio::test]
    async fn a_panic_over_one_event_holds_back_its_person_alone() {
        let endpoint = empty_table().await;
        let names = ["TABLE_NAME", "OUTBOUND_QUEUE_URL", "INBOUND_QUEUE_ARN", "SCHEDULE_GROUP", "SCHEDULE_ROLE_ARN"];
        let more = ["SCHEDULE_DEAD_LETTERS_ARN", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
        let settings: Settings = (names.iter().chain(&more).map(|name| ((*name).to_owned(), "x".to_owned())))
            .chain([("AWS_ENDPOINT_URL".to_owned(), endpoint), ("TIME_ZONE".to_owned(), "UTC".to_owned())])
            .collect();
        let journeys = Journeys::new(&settings).unwrap();
        let record = |id: &str, person: &str, timer: &str| -> Value {
            let happening = Happening::Timer { contact: ContactId::new(person), timer: timer.to_owned() };
            let body = queue::write(&PersonEvent { line: LineId::new("l"), happening }).unwrap();
            json!({"messageId": id, "body": body, "attributes": {"MessageGroupId": person}})
        };
        let records = [
            record("a1", "ana", "one"),
            record("e1", "eva", "one"),
            record("a2", "ana", "poison"),
            record("a3", "ana", "two"),
            record("e2", "eva", "two"),
        ];
        let batch = serde_json::from_value(json!({"Records": records})).unwrap();
        let failed = journeys.handle(batch).await.batch_item_failures;
        let failed: Vec<&str> = failed.iter().map(|failure| failure.item_identifier.as_str()).collect();
        assert_eq!(failed, ["a2", "a3"]);
        // The process goes on: what it shares is sound.
        let batch = serde_json::from_value(json!({"Records": [record("a3", "ana", "two")]})).unwrap();
        assert!(journeys.handle(batch).await.batch_item_failures.is_empty());
    }
}
