//! Identifiers, each its own type so that one cannot be passed for another.
//!
//! Meta's identifiers are opaque strings: their number of digits and their meaning change between API versions.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use journey::JourneyId;

macro_rules! string_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as the identifier, unchecked: identifiers are opaque.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

string_id! {
    /// One WhatsApp business number: Meta's phone number id.
    LineId
}
string_id! {
    /// A person, by our own id. Phone number and BSUID are aliases of it, never the key.
    ContactId
}
string_id! {
    /// A message within its conversation. Derived from what caused it, so that doing it again names the same message.
    MessageId
}
string_id! {
    /// Something that happened to a person: an inbound message, a timer, a start. The same happening has the same id,
    /// however often it is delivered.
    EventId
}
string_id! {
    /// One run of a journey with a person, from its start to its end; journeys it runs in between belong to it.
    SessionId
}
string_id! {
    /// A reminder.
    ReminderId
}

impl ContactId {
    /// What stands for a WhatsApp group where a person stands for themselves: it has no number and no user id, so that
    /// nobody is ever taken for it and nothing is sent to it.
    pub fn of_group(group: &str) -> Self {
        Self(digest(&["group contact", group]))
    }
}

impl EventId {
    /// The event of an inbound message, by Meta's message id (`wamid…`).
    pub fn of_message(wamid: &str) -> Self {
        Self(digest(&["message", wamid]))
    }

    /// The event of a timer that fired.
    pub fn of_timer(contact: &ContactId, line: &LineId, timer: &str) -> Self {
        Self(digest(&["timer", contact.as_str(), line.as_str(), timer]))
    }

    /// The event of a journey start asked for by something outside the conversation (a reminder's occurrence).
    pub fn of_start(contact: &ContactId, line: &LineId, cause: &str) -> Self {
        Self(digest(&["start", contact.as_str(), line.as_str(), cause]))
    }
}

impl SessionId {
    /// The session that began in a conversation at this moment.
    pub fn of_start(contact: &ContactId, line: &LineId, at: Timestamp) -> Self {
        Self(digest(&["session", contact.as_str(), line.as_str(), &at.as_millisecond().to_string()]))
    }
}

impl MessageId {
    /// The id of an inbound message, by Meta's message id (`wamid…`).
    pub fn of_inbound(wamid: &str) -> Self {
        Self(digest(&["in", wamid]))
    }

    /// The id of the `index`-th message that handling an event sends.
    pub fn of_reply(event: &EventId, index: usize) -> Self {
        Self(digest(&["out", event.as_str(), &index.to_string()]))
    }

    /// The id of a message somebody asks for with a key of their own (an API request, a reminder's occurrence).
    pub fn of_request(parts: &[&str]) -> Self {
        Self(digest(parts))
    }
}

/// One contact on one line. Its text form, `<contact>-<line>`, is the `id` the HTTP API shows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConversationId {
    /// The person.
    pub contact: ContactId,
    /// The number they write to.
    pub line: LineId,
}

impl fmt::Display for ConversationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.contact, self.line)
    }
}

impl std::str::FromStr for ConversationId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        match text.split_once('-') {
            Some((contact, line)) if !contact.is_empty() && !line.is_empty() => {
                Ok(Self { contact: ContactId::new(contact), line: LineId::new(line) })
            }
            _ => Err(InvalidId(text.to_owned())),
        }
    }
}

/// A text that is not an identifier of the kind asked for.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a conversation id; one looks like `<contact>-<line>`, as the list of conversations shows it")]
pub struct InvalidId(String);

/// A short name for a list of texts: 120 bits of their SHA-256, in 20 letters that need no escaping anywhere. Parts are
/// length-prefixed, so that no two different lists share a name.
pub(crate) fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    URL_SAFE_NO_PAD.encode(&hash.finalize()[..15])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_cause_names_the_same_thing_and_another_cause_another() {
        assert_eq!(EventId::of_message("wamid.1"), EventId::of_message("wamid.1"));
        assert_ne!(EventId::of_message("wamid.1"), EventId::of_message("wamid.2"));
        let event = EventId::of_message("wamid.1");
        assert_ne!(MessageId::of_reply(&event, 0), MessageId::of_reply(&event, 1));
        assert_ne!(digest(&["ab", "c"]), digest(&["a", "bc"]));
    }

    #[test]
    fn a_conversation_id_reads_back_and_rubbish_does_not() {
        let id = ConversationId { contact: ContactId::new("0192f"), line: LineId::new("1065-x") };
        assert_eq!(id.to_string().parse::<ConversationId>().unwrap(), id);
        for bad in ["", "0192f", "-1065", "0192f-"] {
            assert!(bad.parse::<ConversationId>().is_err(), "{bad}");
        }
    }
}
