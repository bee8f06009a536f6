//! What a journey sees of the world: the contact, the event, and an inbound message as the answer to a question.

use expression::Value;
use journey::{Attachment, Reply};
use serde_json::{Map, json};
use whatsapp::InboundMessage;
use whatsapp::webhook::{InboundContent, InteractiveReply};

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
