//! One message between the business and a person, and where it stands.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Who wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Author {
    Business,
    Person,
}

/// Where a message stands. For one written by a person, `Delivered` means the webhook answered 200 and `Read`
/// that the business marked it as read. Ordered: a state never goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    Accepted,
    Sent,
    Delivered,
    Read,
    Played,
    Failed,
}

impl State {
    /// The word of a status webhook; `None` for `Accepted`, which has none.
    pub(crate) fn word(self) -> Option<&'static str> {
        match self {
            Self::Accepted => None,
            Self::Sent => Some("sent"),
            Self::Delivered => Some("delivered"),
            Self::Read => Some("read"),
            Self::Played => Some("played"),
            Self::Failed => Some("failed"),
        }
    }

    pub(crate) fn of_word(word: &str) -> Option<Self> {
        [Self::Sent, Self::Delivered, Self::Read, Self::Played, Self::Failed]
            .into_iter()
            .find(|state| state.word() == Some(word))
    }

    /// What a chat draws: a clock, one grey tick, two grey ones, two blue ones, a cross.
    pub(crate) fn ticks(self) -> &'static str {
        match self {
            Self::Accepted => "clock",
            Self::Sent => "one",
            Self::Delivered => "two",
            Self::Read | Self::Played => "blue",
            Self::Failed => "failed",
        }
    }
}

/// One message.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) person: String,
    pub(crate) author: Author,
    /// The wire's `type`.
    pub(crate) kind: String,
    /// What stands under the key named by `kind` on the wire.
    pub(crate) content: Value,
    pub(crate) reply_to: Option<String>,
    /// Milliseconds on the simulated clock.
    pub(crate) at_ms: i64,
    pub(crate) state: State,
    /// The error of a `failed` status.
    pub(crate) error: Option<Value>,
    /// Will fail instead of being sent.
    pub(crate) doomed: Option<Value>,
    /// Visible on the person's phone: it was online at some moment since the message was accepted.
    pub(crate) on_phone: bool,
    pub(crate) callback_data: Option<String>,
    /// Sent with `recipient` (a user id) rather than with `to`.
    pub(crate) by_user_id: bool,
    /// A template with its parameters filled in: `{header, body, footer, buttons}`.
    pub(crate) rendered: Option<Value>,
    /// The `pricing` object of its statuses; reactions have none.
    pub(crate) pricing: Option<Value>,
}

impl Message {
    /// What `GET /_sim/people/{id}/messages` shows.
    pub(crate) fn view(&self) -> Value {
        json!({
            "id": self.id, "from": self.author, "type": self.kind, "content": self.content, "reply_to": self.reply_to,
            "at_ms": self.at_ms, "state": self.state, "ticks": self.state.ticks(), "error": self.error,
            "on_phone": self.on_phone, "biz_opaque_callback_data": self.callback_data, "rendered": self.rendered,
        })
    }

    /// What the person can tap: `(id, title, description)` of reply buttons, list rows and a template's quick replies.
    pub(crate) fn choices(&self) -> Vec<(String, String, Option<String>)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let items = |value: &Value| value.as_array().cloned().unwrap_or_default();
        if let Some(rendered) = &self.rendered {
            let quick = items(&rendered["buttons"]).into_iter().filter(|button| button["type"] == "QUICK_REPLY");
            return quick.map(|button| (text(&button["payload"]), text(&button["text"]), None)).collect();
        }
        let action = &self.content["action"];
        let buttons = items(&action["buttons"])
            .into_iter()
            .map(|button| (text(&button["reply"]["id"]), text(&button["reply"]["title"]), None));
        let rows = items(&action["sections"]).into_iter().flat_map(|section| items(&section["rows"]));
        let rows =
            rows.map(|row| (text(&row["id"]), text(&row["title"]), row["description"].as_str().map(str::to_owned)));
        buttons.chain(rows).collect()
    }
}

/// A message id as WhatsApp writes them: `wamid.` and base64, which may hold `+`, `/` and `=`.
pub(crate) fn new_wamid(digits: &str) -> String {
    use base64::Engine as _;
    let mut bytes = vec![0x1D, 0x07, u8::try_from(digits.len()).unwrap_or(0)];
    bytes.extend_from_slice(digits.as_bytes());
    bytes.extend_from_slice(uuid::Uuid::new_v4().as_bytes());
    format!("wamid.{}", base64::engine::general_purpose::STANDARD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_ordered_and_words_round_trip() {
        assert!(State::Sent < State::Delivered && State::Delivered < State::Read && State::Read < State::Played);
        for word in ["sent", "delivered", "read", "played", "failed"] {
            assert_eq!(State::of_word(word).and_then(State::word), Some(word));
        }
        assert_eq!(State::of_word("accepted"), None);
    }

    #[test]
    fn message_ids_differ() {
        assert_ne!(new_wamid("573001112233"), new_wamid("573001112233"));
        assert!(new_wamid("").starts_with("wamid."));
    }
}
