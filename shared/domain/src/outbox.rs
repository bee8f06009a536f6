//! What follows from an event, kept in the conversation's item by the same write that commits the event.
//!
//! Publishing an outbox any number of times changes nothing after the first: every message, timer and row in it has an
//! id derived from the event, and fields carry the version they were decided at.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::amendment::Amended;
use crate::id::{ContactId, EventId, JourneyId, LineId, MessageId, SessionId, digest};
use crate::message::MessageKey;

/// Lines of the log of one event.
pub const LOG_LINES: usize = 60;
/// Bytes of one line of the log.
pub const LOG_LINE: usize = 1000;
const LAST_LINE: usize = LOG_LINES - 1;

/// What follows from one event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outbox {
    /// The event.
    #[serde(rename = "e")]
    pub event: EventId,
    /// The position of the message row that is written when all else is out: where it is missing, publishing was cut
    /// short and is done again.
    #[serde(rename = "k")]
    pub marker: String,
    /// When the event was handled, in milliseconds since 1970.
    #[serde(rename = "t")]
    pub at: i64,
    /// The journey that answered.
    #[serde(rename = "j", default, skip_serializing_if = "Option::is_none")]
    pub journey: Option<String>,
    /// The messages to send, in order, in the Cloud API's own shape.
    #[serde(rename = "m", default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<Value>,
    /// Profile fields to set; `null` unsets.
    #[serde(rename = "f", default, skip_serializing_if = "Map::is_empty")]
    pub fields: Map<String, Value>,
    /// Results written by the journey.
    #[serde(rename = "r", default, skip_serializing_if = "Vec::is_empty")]
    pub results: Vec<JourneyResult>,
    /// The session that the results belong to.
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionId>,
    /// Alarm clocks to set.
    #[serde(rename = "s", default, skip_serializing_if = "Vec::is_empty")]
    pub timers: Vec<Timer>,
    /// Alarm clocks to stop, by id.
    #[serde(rename = "x", default, skip_serializing_if = "Vec::is_empty")]
    pub cancelled: Vec<String>,
    /// Earlier messages that this one changes, or what came before this one and changes it.
    #[serde(rename = "a", default, skip_serializing_if = "Vec::is_empty")]
    pub amended: Vec<Amended>,
    /// What the journey noted.
    #[serde(rename = "n", default, skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<String>,
}

/// A result a journey recorded: `write_result`, or the way an experiment took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JourneyResult {
    /// The journey, by id: one that was run by another records for itself.
    #[serde(rename = "j")]
    pub journey: JourneyId,
    /// The name of the result.
    #[serde(rename = "k")]
    pub key: String,
    /// Its value.
    #[serde(rename = "v")]
    pub value: Value,
    /// What people call it.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// An alarm clock for one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timer {
    /// Its id, unique in the conversation.
    #[serde(rename = "i")]
    pub id: String,
    /// When it rings.
    #[serde(rename = "t")]
    pub at: Timestamp,
}

impl Outbox {
    /// An outbox of an event handled at this moment, from which nothing follows yet.
    pub fn new(event: EventId, marker: String, at: Timestamp) -> Self {
        Self {
            event,
            marker,
            at: at.as_millisecond(),
            journey: None,
            messages: Vec::new(),
            fields: Map::new(),
            results: Vec::new(),
            session: None,
            timers: Vec::new(),
            cancelled: Vec::new(),
            amended: Vec::new(),
            log: Vec::new(),
        }
    }

    /// Notes what the journey did or what went wrong. What is too long is cut, and the log ends at [`LOG_LINES`].
    pub fn note(&mut self, line: &str) {
        match self.log.len() {
            LOG_LINES.. => {}
            LAST_LINE => self.log.push("…".to_owned()),
            _ if line.len() > LOG_LINE => {
                let cut = line.floor_char_boundary(LOG_LINE - '…'.len_utf8());
                self.log.push(format!("{}…", &line[..cut]));
            }
            _ => self.log.push(line.to_owned()),
        }
    }

    /// When the event stands in the history, in milliseconds since 1970.
    pub fn marked_at(&self) -> i64 {
        self.marker.split_once('#').and_then(|(at, _)| at.parse().ok()).unwrap_or(self.at)
    }

    /// When the `index`-th message stands in the history. Even where the clocks of Meta and this machine differ, a
    /// reply comes after its question.
    pub fn message_at(&self, index: usize) -> i64 {
        self.at.max(self.marked_at().saturating_add(1)).saturating_add(index as i64)
    }

    /// The key of the `index`-th message.
    pub fn message_key(&self, contact: &ContactId, line: &LineId, index: usize) -> MessageKey {
        MessageKey {
            contact: contact.clone(),
            line: line.clone(),
            at: self.message_at(index),
            id: MessageId::of_reply(&self.event, index),
        }
    }
}

/// The name of the schedule behind a timer: deterministic, so that setting it twice finds it already set.
/// EventBridge Scheduler allows 64 characters.
pub fn schedule_name(contact: &ContactId, line: &LineId, timer: &str) -> String {
    format!("timer-{}", digest(&["schedule", contact.as_str(), line.as_str(), timer]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outbox_names_its_messages_the_same_each_time_and_in_order() {
        let outbox = Outbox::new(EventId::of_message("wamid.1"), String::new(), Timestamp::UNIX_EPOCH);
        let (contact, line) = (ContactId::new("c"), LineId::new("l"));
        assert_eq!(outbox.message_key(&contact, &line, 1), outbox.message_key(&contact, &line, 1));
        assert!(outbox.message_key(&contact, &line, 0).position() < outbox.message_key(&contact, &line, 1).position());
    }

    #[test]
    fn a_log_is_no_longer_than_can_be_stored() {
        let mut outbox = Outbox::new(EventId::of_message("wamid.1"), String::new(), Timestamp::UNIX_EPOCH);
        for _ in 0..100 {
            outbox.note(&"ñ".repeat(LOG_LINE));
        }
        assert_eq!(outbox.log.len(), LOG_LINES);
        assert!(outbox.log.iter().all(|line| line.len() <= LOG_LINE && line.ends_with('…')));
    }

    #[test]
    fn a_schedule_name_fits_the_scheduler() {
        let name = schedule_name(&ContactId::new("c".repeat(200)), &LineId::new("l"), "w12");
        assert!(name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
    }
}
