//! What the contact sends, as Meta would tell it.

use serde_json::{Map, Value, json};
use whatsapp::InboundMessage;

/// What the contact sends.
#[derive(Debug, Clone, PartialEq)]
pub enum Incoming {
    /// A text.
    Text(String),
    /// A tap on a button or a row.
    Choice(Choice),
    /// Where somebody is.
    Location {
        /// Degrees north.
        latitude: f64,
        /// Degrees east.
        longitude: f64,
        /// What is there.
        name: Option<String>,
        /// Its address.
        address: Option<String>,
    },
    /// The answers of a filled-in WhatsApp Flow.
    Flow(Map<String, Value>),
    /// A message of any other type, such as `image`, with what stands under the type's name in the Cloud API.
    Other {
        /// The type.
        kind: String,
        /// The members, such as `caption`.
        body: Map<String, Value>,
    },
}

/// A button or row that can be tapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What comes back when it is tapped.
    pub id: String,
    /// What is written on it.
    pub title: String,
    /// What it stands on.
    pub on: Surface,
}

/// What a choice stands on: each comes back in its own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// A button of a message.
    Button,
    /// A row of a list.
    List,
    /// A quick reply of a template.
    Template,
}

impl Incoming {
    /// Types of messages that are files.
    pub const FILES: [&'static str; 5] = ["image", "audio", "video", "document", "sticker"];

    /// A file, with members such as `caption`.
    #[must_use]
    pub fn file(kind: &str, body: Map<String, Value>) -> Self {
        Self::Other { kind: kind.to_owned(), body }
    }

    /// The message as it arrives: the `number`-th of this contact, at this second since 1970.
    #[must_use]
    pub fn message(&self, number: u64, from: &str, second: i64) -> Value {
        let (kind, body) = match self {
            Self::Text(text) => ("text", json!({"body": text})),
            Self::Choice(Choice { id, title, on }) => match on {
                Surface::Button => {
                    ("interactive", json!({"type": "button_reply", "button_reply": {"id": id, "title": title}}))
                }
                Surface::List => {
                    ("interactive", json!({"type": "list_reply", "list_reply": {"id": id, "title": title}}))
                }
                Surface::Template => ("button", json!({"payload": id, "text": title})),
            },
            Self::Location { latitude, longitude, name, address } => {
                let mut body = json!({"latitude": latitude, "longitude": longitude});
                for (key, value) in [("name", name), ("address", address)] {
                    if let (Some(body), Some(value)) = (body.as_object_mut(), value) {
                        body.insert(key.to_owned(), json!(value));
                    }
                }
                ("location", body)
            }
            Self::Flow(answers) => {
                let response = Value::Object(answers.clone()).to_string();
                let reply = json!({"name": "flow", "body": "Sent", "response_json": response});
                ("interactive", json!({"type": "nfm_reply", "nfm_reply": reply}))
            }
            Self::Other { kind, body } => {
                let mut body = body.clone();
                if Self::FILES.contains(&kind.as_str()) && !body.contains_key("id") {
                    body.insert("id".to_owned(), json!(format!("{kind}-{number}")));
                }
                (kind.as_str(), Value::Object(body))
            }
        };
        json!({"from": from, "id": format!("wamid.{number}"), "timestamp": second.to_string(), "type": kind, kind: body})
    }

    /// The same, read as the service reads it.
    pub(crate) fn inbound(&self, number: u64, from: &str, second: i64) -> Option<InboundMessage> {
        InboundMessage::parse(&self.message(number, from, second).to_string()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_arrives_as_what_it_is() {
        let choice = |on| Incoming::Choice(Choice { id: "x.1".into(), title: "Sí".into(), on });
        let location =
            Incoming::Location { latitude: 4.6, longitude: -74.1, name: Some("Bogotá".into()), address: None };
        let flow = Incoming::Flow(Map::from_iter([("age".to_owned(), json!(34))]));
        for (incoming, kind) in [
            (Incoming::Text(String::new()), "text"),
            (choice(Surface::Button), "interactive"),
            (choice(Surface::List), "interactive"),
            (choice(Surface::Template), "button"),
            (location, "location"),
            (flow, "interactive"),
            (Incoming::file("image", Map::new()), "image"),
            (Incoming::file("sticker", Map::new()), "sticker"),
        ] {
            let message = incoming.inbound(3, "573001112233", 1_772_359_200).unwrap();
            assert_eq!(message.kind, kind);
            let unknown = whatsapp::webhook::InboundContent::Unknown { kind: kind.into(), why: None };
            assert_ne!(
                std::mem::discriminant(&message.content),
                std::mem::discriminant(&unknown),
                "{incoming:?} is not read: {:?}",
                message.content
            );
            match &incoming {
                Incoming::Choice(_) => {
                    assert_eq!((message.choice_id(), message.choice_title()), (Some("x.1"), Some("Sí")))
                }
                Incoming::Flow(_) => assert_eq!(message.flow_response(), Some(json!({"age": 34}))),
                Incoming::Other { .. } => assert!(message.media().is_some()),
                _ => {}
            }
        }
    }
}
