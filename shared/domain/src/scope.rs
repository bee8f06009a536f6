//! What a journey sees of the world: the contact, the event, and an inbound message as the answer to a question.

use expression::Value;
use journey::Reply;
use serde_json::{Map, json};
use whatsapp::InboundMessage;

use crate::contact::Contact;

/// What a journey sees as `contact`: the profile, with the fields this event has changed so far.
pub fn contact(contact: &Contact, changed: &Map<String, serde_json::Value>) -> Value {
    let mut scope = Map::new();
    if let Some(name) = &contact.name {
        scope.insert("name".into(), json!(name));
        scope.insert("whatsapp_profile_name".into(), json!(name));
    }
    if let Some(id) = contact.phone.as_ref().or(contact.user_id.as_ref()) {
        scope.insert("whatsapp_id".into(), json!(id));
    }
    scope.extend(contact.fields.clone());
    scope.extend(changed.clone());
    Value::from(serde_json::Value::Object(scope))
}

/// What a journey sees as `event`: the message as Meta sent it, and for a chosen button or row its text as well.
pub fn event(message: &InboundMessage) -> Value {
    let mut raw = message.raw.value().unwrap_or_default();
    if let (Some(object), Some(title)) = (raw.as_object_mut(), message.choice_title()) {
        object.insert("button".into(), json!({"text": title, "payload": message.choice_id()}));
    }
    Value::from(json!({"message": raw}))
}

/// The message as the answer to what a journey asked.
pub fn reply(message: &InboundMessage) -> Reply<'_> {
    let text = message.text_body().or(message.choice_title());
    Reply { kind: &message.kind, text, choice: message.choice_id() }
}
