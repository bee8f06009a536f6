//! Edits and deletions of messages. They come in any order, more than once, and before the message they are about; what
//! is left is the same: the latest edit stands, all others are its history, and what was deleted once stays so.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/reference/messages> (coexistence)

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::MessageId;
use crate::message::{Edited, Message, MessageKey, Version};

/// How long after a message a change of it can come, in milliseconds. WhatsApp lets people edit for a quarter of an hour
/// and delete for some sixty hours.
pub const LATEST: i64 = 3 * 86_400_000;
/// How many earlier texts of a message are kept; of more, those after the first go.
const MOST_VERSIONS: usize = 20;

/// What is done to a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Amendment {
    /// When, and by which row.
    #[serde(rename = "e")]
    pub edited: Edited,
    /// What it says now, as the edit tells; nothing when it was deleted.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Value>,
}

/// An amendment of a certain message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Amended {
    /// The message.
    #[serde(rename = "k")]
    pub key: MessageKey,
    /// What is done to it.
    #[serde(rename = "a")]
    pub amendment: Amendment,
}

impl Amendment {
    /// What the row of an edit or a deletion does, and to which message.
    pub(crate) fn of(row: &Message) -> Option<(MessageId, Self)> {
        let body = row.content.get(&row.kind)?;
        let original = body.get("original_message_id")?.as_str()?;
        let content = match row.kind.as_str() {
            "edit" => Some(body.get("message")?.clone()),
            "revoke" => None,
            _ => return None,
        };
        let edited = Edited { at: row.at, by: row.id.clone() };
        Some((MessageId::of_inbound(original), Self { edited, content }))
    }
}

impl Message {
    /// Applies an amendment. Answers whether it changed anything: one that is applied already does not.
    pub fn amend(&mut self, amendment: &Amendment) -> bool {
        let Some(content) = &amendment.content else {
            let at = amendment.edited.at;
            let first = self.deleted_at.map_or(at, |known| known.min(at));
            return self.deleted_at.replace(first) != Some(first);
        };
        let edited = Some(amendment.edited.clone());
        if self.edited == edited || self.history.iter().any(|version| version.edited == edited) {
            return false;
        }
        let written = self.history.first().map_or(&self.content, |first| &first.content);
        let mut version = Version { content: overlaid(written, content), edited };
        if version.edited > self.edited {
            std::mem::swap(&mut version.content, &mut self.content);
            std::mem::swap(&mut version.edited, &mut self.edited);
            if let Some(kind) = self.content.get("type").and_then(Value::as_str) {
                self.kind = kind.to_owned();
            }
        }
        let place = self.history.partition_point(|known| known.edited < version.edited);
        self.history.insert(place, version);
        if self.history.len() > MOST_VERSIONS {
            self.history.remove(1);
        }
        true
    }
}

/// What was written at first, with what an edit tells in its place: of a picture whose caption changed, the picture
/// stays, and of any message what it answers.
fn overlaid(written: &Value, edit: &Value) -> Value {
    let mut content = written.clone();
    let (Some(members), Some(changes)) = (content.as_object_mut(), edit.as_object()) else { return edit.clone() };
    let same_kind = members.get("type") == changes.get("type");
    if !same_kind && let Some(kind) = members.get("type").and_then(Value::as_str).map(str::to_owned) {
        members.shift_remove(&kind);
    }
    for (name, change) in changes {
        match (members.get_mut(name).and_then(Value::as_object_mut), change.as_object()) {
            (Some(body), Some(change)) if same_kind => {
                body.extend(change.iter().map(|(name, value)| (name.clone(), value.clone())));
            }
            _ => {
                members.insert(name.clone(), change.clone());
            }
        }
    }
    content
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{ContactId, LineId};
    use crate::message::Direction;
    use proptest::prelude::*;
    use serde_json::json;

    fn message(content: Value) -> Message {
        let id = MessageId::of_inbound("wamid.1");
        let key = MessageKey { contact: ContactId::new("c"), line: LineId::new("l"), at: 1_000, id };
        let kind = content["type"].as_str().unwrap().to_owned();
        Message::new(&key, Direction::Inbound, &kind, content)
    }

    fn edit(at: i64, text: &str) -> Amendment {
        let content = json!({"type": "text", "text": {"body": text}});
        Amendment { edited: Edited { at, by: MessageId::of_inbound(text) }, content: Some(content) }
    }

    fn deletion(at: i64) -> Amendment {
        Amendment { edited: Edited { at, by: MessageId::of_inbound("deletion") }, content: None }
    }

    #[test]
    fn the_row_of_an_edit_says_what_it_changes() {
        let body = json!({"original_message_id": "wamid.0", "message": {"type": "text", "text": {"body": "martes"}}});
        let row = message(json!({"type": "edit", "edit": body}));
        let (original, amendment) = row.amendment().unwrap();
        assert_eq!(original, MessageId::of_inbound("wamid.0"));
        assert_eq!(amendment.edited, Edited { at: 1_000, by: row.id });
        assert_eq!(amendment.content.unwrap()["text"]["body"], "martes");
        let row = message(json!({"type": "revoke", "revoke": {"original_message_id": "wamid.0"}}));
        assert_eq!(row.amendment().unwrap().1.content, None);
        for other in [
            json!({"type": "text", "text": {"original_message_id": "wamid.0"}}),
            json!({"type": "edit", "edit": {"original_message_id": "wamid.0"}}),
            json!({"type": "revoke"}),
        ] {
            assert_eq!(message(other.clone()).amendment(), None, "{other}");
        }
    }

    #[test]
    fn an_edit_replaces_the_text_and_keeps_the_old_one() {
        let mut row = message(json!({"type": "text", "text": {"body": "lunes"}, "context": {"id": "wamid.0"}}));
        assert!(row.amend(&edit(2_000, "martes")));
        assert!(!row.amend(&edit(2_000, "martes")), "once");
        assert_eq!(row.content, json!({"type": "text", "text": {"body": "martes"}, "context": {"id": "wamid.0"}}));
        assert_eq!(row.history[0].content["text"]["body"], "lunes");
        assert_eq!((row.history.len(), row.history[0].edited.clone()), (1, None));
    }

    #[test]
    fn a_caption_changes_and_the_picture_stays() {
        let mut row = message(json!({"type": "image", "image": {"id": "7", "caption": "antes"}}));
        let content = Some(json!({"type": "image", "image": {"caption": "después"}}));
        row.amend(&Amendment { content, ..edit(2_000, "x") });
        assert_eq!(row.content["image"], json!({"id": "7", "caption": "después"}));
        row.amend(&edit(3_000, "solo texto"));
        assert_eq!((row.kind.as_str(), row.content.get("image")), ("text", None));
    }

    #[test]
    fn what_is_edited_for_ever_stays_small_and_keeps_what_was_written_first() {
        let mut row = message(json!({"type": "text", "text": {"body": "lunes"}}));
        for number in 0..100 {
            row.amend(&edit(2_000 + number, &number.to_string()));
        }
        assert_eq!((row.history.len(), &row.content["text"]["body"]), (MOST_VERSIONS, &json!("99")));
        assert_eq!(row.history[0].content["text"]["body"], "lunes");
    }

    proptest! {
        /// In whatever order edits and deletions come, and however often, the same is left.
        #[test]
        fn order_and_repetition_change_nothing(
            moments in proptest::collection::vec((1_i64..5, proptest::bool::weighted(0.2)), 1..8),
            order in proptest::collection::vec(0_usize..8, 0..20),
        ) {
            let all: Vec<Amendment> = moments.iter().enumerate().map(|(number, (at, deletes))| {
                if *deletes { deletion(at * 1000) } else { edit(at * 1000, &format!("texto {number}")) }
            }).collect();
            let mut straight = message(json!({"type": "text", "text": {"body": "lunes"}}));
            let mut mixed = straight.clone();
            all.iter().for_each(|amendment| { straight.amend(amendment); });
            order.iter().filter_map(|index| all.get(*index)).chain(all.iter().rev()).for_each(|amendment| {
                mixed.amend(amendment);
            });
            prop_assert_eq!(&straight, &mixed);
            let edits = all.iter().filter(|amendment| amendment.content.is_some()).count();
            prop_assert_eq!(straight.history.len(), edits);
            prop_assert!(straight.history.is_empty() || straight.history[0].content["text"]["body"] == "lunes");
        }
    }
}
