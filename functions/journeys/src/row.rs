//! The row that an event leaves in the conversation's history.

use domain::alarm::Due;
use domain::delivery::DeliveryState;
use domain::id::{ContactId, EventId, MessageId};
use domain::message::{self, Author, Direction, Message, MessageKey};
use domain::queue::{Happening, PersonEvent};
use jiff::Timestamp;
use serde_json::{Value, json};
use whatsapp::{Call, InboundMessage};

use crate::render;

/// The row that an event leaves in the conversation's history: the message itself, or a note of what rang. Written last, it
/// marks that everything else is out.
pub struct Row {
    /// The event.
    pub event: EventId,
    /// Where the row stands. What Meta told finds its place within its second when it is handled for the first time.
    pub key: MessageKey,
    /// The row.
    pub message: Message,
    /// Whether Meta told it.
    pub told: bool,
}

impl Row {
    /// The row of this event of this contact; what Meta told stands at the beginning of its second.
    pub fn of(event: &PersonEvent, contact: &ContactId, now: Timestamp) -> Self {
        let key = |id: MessageId, at: i64| MessageKey { contact: contact.clone(), line: event.line.clone(), at, id };
        let note = |id: EventId, at: Timestamp, what: Value| {
            let key = key(MessageId::of_request(&["event", id.as_str()]), at.as_millisecond());
            let message = Message::new(&key, Direction::Event, "event", json!({"event": what}));
            Self { event: id, key, message, told: false }
        };
        match &event.happening {
            Happening::Message { person, message, received_at, .. } => {
                let key = key(MessageId::of_inbound(&message.id), message::second(message.timestamp));
                let sender = message.group_id.as_ref().map(|_| person.clone());
                let row = Message { sender, ..written(&key, Direction::Inbound, message, *received_at) };
                Self { event: EventId::of_message(&message.id), key, message: row, told: true }
            }
            Happening::Echo { message, received_at, .. } => {
                let key = key(MessageId::of_inbound(&message.id), message::second(message.timestamp));
                let row = Message {
                    author: Some(Author::BusinessApp),
                    state: Some(DeliveryState::Sent),
                    ..written(&key, Direction::Outbound, message, *received_at)
                };
                Self { event: EventId::of_message(&message.id), key, message: row, told: true }
            }
            Happening::Call { call, received_at, .. } => {
                let name = call.name();
                let key = key(MessageId::of_inbound(&name), message::second(call.timestamp));
                let row = Message {
                    received_at: Some(received_at.as_millisecond()),
                    ..Message::new(&key, Direction::Event, "call", json!({"type": "call", "call": about(call)}))
                };
                Self { event: EventId::of_message(&name), key, message: row, told: true }
            }
            Happening::Timer { timer, .. } => {
                let at = timer.parse().map_or(now, |due: Due| due.at); // found again if it rings again
                let id = EventId::of_timer(contact, &event.line, timer);
                note(id, at, json!({"type": "timer", "timer": timer}))
            }
            Happening::Start { journey, cause, at, .. } => {
                let what = json!({"type": "journey_start", "journey": journey, "cause": cause});
                note(EventId::of_start(contact, &event.line, cause), *at, what)
            }
            Happening::Command { command, cause, at, .. } => {
                let what = json!({"type": "journey_command", "command": command, "cause": cause});
                note(EventId::of_start(contact, &event.line, cause), *at, what)
            }
        }
    }

    /// Gives the row its place in the history.
    pub fn stand_at(&mut self, at: i64) {
        self.key.at = at;
        self.message.at = at;
    }
}

fn written(key: &MessageKey, direction: Direction, message: &InboundMessage, received_at: Timestamp) -> Message {
    Message {
        wamid: Some(message.id.clone()),
        received_at: Some(received_at.as_millisecond()),
        ..Message::new(key, direction, &message.kind, render::inbound_content(message))
    }
}

/// What is kept of a call: all but the description of its media session, which is of no use any more.
fn about(call: &Call) -> Value {
    let mut about = call.raw.value().unwrap_or_default();
    if let Some(members) = about.as_object_mut() {
        members.shift_remove("session");
    }
    about
}
