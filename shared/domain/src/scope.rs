//! What a journey sees of the world: the contact, the event, and an inbound message as the answer to a question.

use std::collections::HashSet;

use expression::Value;
use journey::{Attachment, Reply};
use serde_json::{Map, json};
use whatsapp::InboundMessage;
use whatsapp::webhook::{InboundContent, InteractiveReply};

use crate::contact::Contact;

/// The profile fields that every contact has, as Turn.io names them.
const RESERVED: [&str; 9] = [
    "name",
    "surname",
    "language",
    "location",
    "birthday",
    "opted_in",
    "opted_in_at",
    "whatsapp_profile_name",
    "whatsapp_id",
];

/// What a journey sees as `contact`: the profile, with the fields this event has changed so far. The reserved fields and
/// those that journeys set or read are `known`: without a value they are null, so that a text with one stays empty there
/// instead of showing its name.
pub fn contact<'k>(
    contact: &Contact,
    changed: &Map<String, serde_json::Value>,
    known: impl IntoIterator<Item = &'k str>,
) -> Value {
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
    // Names are read whatever their case. Many journeys know many fields, and each message looks at all of them.
    let mut there: HashSet<String> = scope.keys().map(|name| name.to_ascii_lowercase()).collect();
    for name in RESERVED.into_iter().chain(known) {
        if there.insert(name.to_ascii_lowercase()) {
            scope.insert(name.to_owned(), json!(null));
        }
    }
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

/// What a message of the contact says to a journey.
pub fn reply(message: &InboundMessage) -> Reply<'_> {
    use InboundContent as Content;
    let attachment = match &message.content {
        Content::Image(media)
        | Content::Video(media)
        | Content::Audio(media)
        | Content::Document(media)
        | Content::Sticker(media) => Some(Attachment::File {
            id: &media.id,
            mime_type: media.mime_type.as_deref(),
            caption: media.caption.as_deref(),
            filename: media.filename.as_deref(),
        }),
        Content::Location(place) => match (place.latitude, place.longitude) {
            (Some(latitude), Some(longitude)) => {
                let (name, address) = (place.name.as_deref(), place.address.as_deref());
                Some(Attachment::Place { latitude, longitude, name, address })
            }
            _ => None,
        },
        Content::Interactive(InteractiveReply::NfmReply(form)) => {
            Some(Attachment::Form { response: &form.response_json })
        }
        _ => None,
    };
    let text = message.text_body().or(message.choice_title());
    Reply { kind: &message.kind, text, choice: message.choice_id(), attachment }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ContactId;
    use crate::person::Person;
    use jiff::Timestamp;

    fn message(body: &serde_json::Value) -> InboundMessage {
        let mut whole = json!({"id": "wamid.1", "timestamp": "1772359200"});
        whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        InboundMessage::parse(&whole.to_string()).unwrap()
    }

    #[test]
    fn a_message_as_an_answer() {
        let unreadable = message(&json!({"type": "location", "location": {"latitude": "north"}}));
        assert_eq!(reply(&unreadable), Reply::of_kind("location"));
        let text = message(&json!({"type": "text", "text": {"body": "hola"}}));
        assert_eq!(reply(&text), Reply::text("hola"));
        let row = json!({"type": "list_reply", "list_reply": {"id": "9f3a21c4.1", "title": "Vacunas"}});
        assert_eq!(
            reply(&message(&json!({"type": "interactive", "interactive": row}))),
            Reply::tap("9f3a21c4.1", "Vacunas")
        );
        let place = message(&json!({"type": "location", "location": {"latitude": 4.6, "longitude": -74.1}}));
        let attachment = Attachment::Place { latitude: 4.6, longitude: -74.1, name: None, address: None };
        assert_eq!(reply(&place).attachment, Some(attachment));
    }

    #[test]
    fn a_chosen_button_has_a_text_in_the_event() {
        let button = json!({"type": "button_reply", "button_reply": {"id": "x.1", "title": "Sí"}});
        let event = event(&message(&json!({"type": "interactive", "interactive": button})));
        let text = event.field("message").and_then(|message| message.field("button")?.field("text").cloned());
        assert_eq!(text, Some("Sí".into()));
    }

    #[test]
    fn a_field_that_is_known_is_there_without_a_value_and_no_other() {
        let mut contact = Contact::new(ContactId::new("c"), &Person::default(), Timestamp::UNIX_EPOCH);
        contact.fields.insert("Age".into(), json!(34));
        let scope = super::contact(&contact, &Map::new(), ["age", "city", "city"]);
        let field = |name| scope.field(name).cloned();
        assert_eq!((field("age"), field("city"), field("nick")), (Some(34.into()), Some(Value::Null), None));
        assert_eq!((field("name"), field("opted_in")), (Some(Value::Null), Some(Value::Null)));
    }

    #[test]
    fn a_profile_field_comes_before_the_name_whatsapp_shows_and_a_change_before_both() {
        let person = Person { phone: Some("57300".into()), name: Some("ana ✨".into()), ..Person::default() };
        let mut contact = Contact::new(ContactId::new("c"), &person, Timestamp::UNIX_EPOCH);
        let name = |contact: &Contact, changed: &serde_json::Value| {
            super::contact(contact, changed.as_object().unwrap(), []).field("name").cloned()
        };
        assert_eq!(name(&contact, &json!({})), Some("ana ✨".into()));
        contact.fields.insert("name".into(), json!("Ana María"));
        assert_eq!(name(&contact, &json!({})), Some("Ana María".into()));
        assert_eq!(name(&contact, &json!({"name": "Eva"})), Some("Eva".into()));
    }
}
