//! Telling a person that their message was read and that an answer is being written.

use serde_json::{Value, json};

/// Marks a message, and all before it, as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkAsRead {
    /// The person's message, at most 30 days old.
    pub message_id: String,
    /// Show "typing…" until the answer comes, for at most 25 seconds.
    pub typing: bool,
}

impl MarkAsRead {
    /// The request body of `POST /{phone number id}/messages`.
    pub fn render(&self) -> Value {
        let mut body = json!({"messaging_product": "whatsapp", "status": "read", "message_id": self.message_id});
        if self.typing {
            body["typing_indicator"] = json!({"type": "text"});
        }
        body
    }

    /// What [`Self::render`] wrote; nothing for a body that is a message.
    pub fn of(body: &Value) -> Option<Self> {
        let message_id = body.get("message_id").filter(|_| body["status"] == "read")?.as_str()?.to_owned();
        Some(Self { message_id, typing: body.get("typing_indicator").is_some() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rendered() {
        let mut read = MarkAsRead { message_id: "wamid.A".into(), typing: false };
        assert_eq!(read.render(), json!({"messaging_product":"whatsapp","status":"read","message_id":"wamid.A"}));
        assert_eq!(MarkAsRead::of(&read.render()), Some(read.clone()));
        read.typing = true;
        assert_eq!(MarkAsRead::of(&read.render()), Some(read.clone()));
        assert_eq!(MarkAsRead::of(&json!({"type": "text", "text": {"body": "hola"}})), None);
        assert_eq!(
            read.render(),
            json!({"messaging_product":"whatsapp","status":"read","message_id":"wamid.A","typing_indicator":{"type":"text"}})
        );
    }
}
