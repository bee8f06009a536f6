//! A message of a conversation, inbound or outbound, and the key that names it everywhere: in the table, on the
//! outbound queue, and in the `biz_opaque_callback_data` that comes back with every delivery state.

use jiff::Timestamp;
use journey::TraceEvent;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::amendment::Amendment;
use crate::delivery::DeliveryState;
use crate::id::{ContactId, LineId, MessageId};
use crate::person::Person;
use crate::preview::preview;

/// Which way a message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the person to the organisation.
    Inbound,
    /// From the organisation to the person.
    Outbound,
    /// Neither: something that happened in the conversation, such as a scheduled journey starting.
    Event,
}

/// Who wrote an outbound message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Author {
    /// A journey.
    Journey {
        /// Its id.
        journey: String,
    },
    /// A person of the team, or a program, through the HTTP API.
    Operator {
        /// The name of the user or API token.
        name: String,
    },
    /// A reminder.
    Reminder {
        /// Its id.
        reminder: String,
    },
    /// Somebody in the WhatsApp Business app, or another app that has the thread: we are told of it and never answer.
    BusinessApp,
}

/// The full name of a message. Its order within a conversation is by time, then id.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MessageKey {
    /// The person.
    #[serde(rename = "c")]
    pub contact: ContactId,
    /// The line.
    #[serde(rename = "l")]
    pub line: LineId,
    /// When it was written, in milliseconds since 1970. For an inbound message a moment within the whole second of
    /// Meta's own timestamp ([`crate::Conversation::place`]), so that a repetition days later is found in that second.
    #[serde(rename = "t")]
    pub at: i64,
    /// Its id.
    #[serde(rename = "i")]
    pub id: MessageId,
}

impl MessageKey {
    /// Time and id as one text that sorts by time: `0001772359200000#4f0c…`.
    pub fn position(&self) -> String {
        position(self.at, self.id.as_str())
    }

    /// The key at a position of [`Self::position`].
    pub fn at_position(contact: &ContactId, line: &LineId, position: &str) -> Option<Self> {
        let (at, id) = position.split_once('#')?;
        Some(Self { contact: contact.clone(), line: line.clone(), at: at.parse().ok()?, id: MessageId::new(id) })
    }

    /// The key as `biz_opaque_callback_data` (at most 512 characters), which Meta returns with every status.
    pub fn callback_data(&self) -> String {
        format!("1|{}|{}|{}|{}", self.contact, self.line, self.at, self.id)
    }

    /// Reads [`Self::callback_data`] back; nothing for data some other program put there.
    pub fn from_callback_data(data: &str) -> Option<Self> {
        let mut parts = data.split('|');
        let (version, contact, line, at, id) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        if version != "1" || parts.next().is_some() || contact.is_empty() || id.is_empty() {
            return None;
        }
        Some(Self {
            contact: ContactId::new(contact),
            line: LineId::new(line),
            at: at.parse().ok()?,
            id: MessageId::new(id),
        })
    }
}

/// The latest second that a position can tell; whatever claims to be later stands there.
const LAST_SECOND: i64 = 9_999_999_999_999;

/// The first moment of a message's own second, in milliseconds since 1970, whatever Meta says that second is.
pub fn second(timestamp: i64) -> i64 {
    timestamp.clamp(0, LAST_SECOND) * 1000
}

/// The sortable text of a moment and an id.
pub fn position(at: i64, id: &str) -> String {
    format!("{at:016}#{id}")
}

/// What went wrong with an outbound message, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Meta's error code, or nothing when the message was refused before it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i64>,
    /// What happened.
    pub title: String,
    /// What to do about it.
    pub remedy: String,
}

/// An edit: when it was made, in milliseconds since 1970, and its id. The later one stands; of two of one second, the
/// one whose id sorts last, so that all who apply them end up with the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Edited {
    /// When.
    pub at: i64,
    /// The id of the edit's own row.
    pub by: MessageId,
}

/// What a message said at some time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// The edit it comes from; nothing for what was written at first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited: Option<Edited>,
    /// What it said, in the Cloud API's own shape.
    pub content: Value,
}

/// A message as the table keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Its id within the conversation.
    pub id: MessageId,
    /// When it was written, in milliseconds since 1970.
    pub at: i64,
    /// Which way it went.
    pub direction: Direction,
    /// The Cloud API's name of the type: `text`, `image`, `interactive`, `template`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// The content in the Cloud API's own shape, under its type: `{"text": {"body": "Hola"}}`. Kept as JSON text.
    #[serde(with = "json_text")]
    pub content: Value,
    /// Meta's id of the message; unknown until the Cloud API has named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wamid: Option<String>,
    /// Who wrote it, for outbound messages.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "json_text_option")]
    pub author: Option<Author>,
    /// Where it stands, for outbound messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<DeliveryState>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "json_text_option")]
    pub failure: Option<Failure>,
    /// What Meta said it will charge: its `pricing` object.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "json_text_option")]
    pub pricing: Option<Value>,
    /// When the webhook took it, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_at: Option<i64>,
    /// Who of a group wrote it; nothing in the conversation of one person.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "json_text_option")]
    pub sender: Option<Person>,
    /// What it said before it was edited, oldest first; the first is what was written at first.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "json_text")]
    pub history: Vec<Version>,
    /// The edit that the content comes from.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "json_text_option")]
    pub edited: Option<Edited>,
    /// When whoever wrote it deleted it, in milliseconds since 1970. Its content is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<i64>,
    /// What the journey noted while it handled this message.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<String>,
    /// What journeys did while they handled this message, and why. Not there for a message whose handling was cut short
    /// after its commit.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "json_text")]
    pub trace: Vec<TraceEvent>,
}

impl Message {
    /// A message with this name, going this way, and nothing else known.
    pub fn new(key: &MessageKey, direction: Direction, kind: &str, content: Value) -> Self {
        Self {
            id: key.id.clone(),
            at: key.at,
            direction,
            kind: kind.to_owned(),
            content,
            wamid: None,
            author: None,
            state: None,
            failure: None,
            pricing: None,
            received_at: None,
            sender: None,
            history: Vec::new(),
            edited: None,
            deleted_at: None,
            log: Vec::new(),
            trace: Vec::new(),
        }
    }

    /// An outbound message in the Cloud API's own shape, waiting for its turn.
    pub fn outbound(key: &MessageKey, content: Value, author: Author) -> Self {
        let kind = content.get("type").and_then(Value::as_str).unwrap_or("unknown").to_owned();
        Self {
            author: Some(author),
            state: Some(DeliveryState::Queued),
            ..Self::new(key, Direction::Outbound, &kind, content)
        }
    }

    /// The change that this message makes to an earlier one, if it is an edit or a deletion: the id of that one, and
    /// what becomes of it.
    pub fn amendment(&self) -> Option<(MessageId, Amendment)> {
        Amendment::of(self)
    }

    /// What lists show of it.
    pub fn preview(&self) -> String {
        if self.deleted_at.is_some() { "deleted".to_owned() } else { preview(&self.content) }
    }

    /// When it was written.
    pub fn written_at(&self) -> Timestamp {
        Timestamp::from_millisecond(self.at).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// A JSON value kept as text: one attribute instead of a tree of them, smaller and read back as it was written.
mod json_text {
    use serde::de::{DeserializeOwned, Error as _};
    use serde::ser::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<T: Serialize, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&serde_json::to_string(value).map_err(S::Error::custom)?)
    }

    pub(super) fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
        let text = String::deserialize(from)?;
        serde_json::from_str(&text).map_err(D::Error::custom)
    }
}

/// [`json_text`] for a value that may be absent.
mod json_text_option {
    use serde::de::DeserializeOwned;
    use serde::{Deserializer, Serialize, Serializer};

    pub(super) fn serialize<T: Serialize, S: Serializer>(value: &Option<T>, to: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => super::json_text::serialize(value, to),
            None => to.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
        super::json_text::deserialize(from).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> MessageKey {
        MessageKey {
            contact: ContactId::new("0192f0"),
            line: LineId::new("106540352242922"),
            at: 1_772_359_200_000,
            id: MessageId::new("4f0c"),
        }
    }

    #[test]
    fn the_key_travels_through_metas_callback_data() {
        assert_eq!(MessageKey::from_callback_data(&key().callback_data()), Some(key()));
        assert!(key().callback_data().len() <= 512);
        assert_eq!(MessageKey::at_position(&key().contact, &key().line, &key().position()), Some(key()));
    }

    #[test]
    fn foreign_callback_data_is_not_ours() {
        for foreign in ["", "order-17", "2|a|b|1|c", "1|a|b|x|c", "1|a|b|1|c|d", "1||b|1|c"] {
            assert_eq!(MessageKey::from_callback_data(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn positions_sort_by_time() {
        assert!(position(999, "z") < position(1_000, "a"));
    }
}
