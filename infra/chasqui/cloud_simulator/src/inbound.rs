//! What people do: write, tap, react, change their number. Each becomes a webhook update.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::media::Media;
use crate::message::{Author, Message, State, new_wamid};
use crate::options::Line;
use crate::webhook::{Update, UpdateKind};
use crate::world::World;

/// What a person writes; exactly one of the content keys.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Draft {
    text: Option<String>,
    /// A button or list row by its title or id; or `{"message_id", "id"}`.
    tap: Option<Value>,
    image: Option<File>,
    video: Option<File>,
    audio: Option<File>,
    document: Option<File>,
    sticker: Option<File>,
    location: Option<Value>,
    contacts: Option<Value>,
    reaction: Option<Value>,
    /// The answer of the newest flow message.
    flow: Option<Value>,
    /// A whole item of `messages`; `id`, `timestamp` and the sender are filled in where they are missing.
    raw: Option<Map<String, Value>>,
    /// Quotes a message.
    reply_to: Option<String>,
    forwarded: bool,
    /// A click-to-WhatsApp advertisement.
    referral: Option<Value>,
    /// Written this long ago and only told now.
    age_ms: i64,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    base64: Option<String>,
    mime_type: Option<String>,
    filename: Option<String>,
    caption: Option<String>,
    voice: bool,
    animated: bool,
}

/// A picture of one pixel, so that a test needs no file.
const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// Records what a person wrote and returns the update to tell.
pub(crate) fn write(
    world: &mut World,
    line: &Line,
    person_id: &str,
    draft: Draft,
    now_ms: i64,
) -> Result<Update, String> {
    let at_ms = now_ms - draft.age_ms;
    let person = world.kept.people.get(person_id).ok_or_else(|| format!("there is no person {person_id:?}"))?;
    let contact = person.contact_block();
    let sender = [
        ("from", person.visible_phone().map(str::to_owned)),
        ("from_user_id", person.user_id.clone()),
        ("from_parent_user_id", person.parent_user_id.clone()),
    ];
    let id = new_wamid(person.phone.as_deref().unwrap_or_default());
    let mut context = Map::new();
    if let Some(quoted) = &draft.reply_to {
        context.insert("from".into(), author_digits(world, line, quoted).into());
        context.insert("id".into(), quoted.as_str().into());
    }
    if draft.forwarded {
        context.insert("forwarded".into(), true.into());
    }
    let mut quoted = draft.reply_to.clone();
    let referral = draft.referral.clone();
    let mut item = Map::new();
    let (kind, content) = if let Some(raw) = draft.raw {
        let kind = raw.get("type").and_then(Value::as_str).unwrap_or("unknown").to_owned();
        let content = raw.get(&kind).cloned().unwrap_or(Value::Null);
        item = raw;
        (kind, content)
    } else {
        let (kind, content) = content(world, person_id, draft, &mut quoted, now_ms)?;
        if quoted.is_some() && context.get("id").is_none() {
            context.insert("from".into(), line.digits().into());
            context.insert("id".into(), quoted.as_deref().unwrap_or_default().into());
        }
        item.insert("type".into(), kind.into());
        item.insert(kind.into(), content.clone());
        (kind.to_owned(), content)
    };
    for (key, value) in sender {
        if let Some(value) = value {
            item.entry(key).or_insert(value.into());
        }
    }
    let id = item.entry("id").or_insert(id.into()).as_str().unwrap_or_default().to_owned();
    item.entry("timestamp").or_insert((at_ms / 1_000).to_string().into());
    if !context.is_empty() {
        item.entry("context").or_insert(context.into());
    }
    if let Some(referral) = referral {
        item.insert("referral".into(), referral);
    }
    if world.kept.messages.contains_key(&id) {
        return Err(format!("there is already a message {id}"));
    }
    world.add_message(Message {
        id: id.clone(),
        person: person_id.to_owned(),
        author: Author::Person,
        kind,
        content,
        reply_to: quoted,
        at_ms,
        state: State::Sent,
        error: None,
        doomed: None,
        on_phone: true,
        callback_data: None,
        by_user_id: false,
        rendered: None,
        pricing: None,
    });
    if let Some(person) = world.kept.people.get_mut(person_id) {
        person.last_inbound_ms = person.last_inbound_ms.max(Some(at_ms));
    }
    Ok(Update {
        kind: UpdateKind::Message,
        field: "messages".into(),
        person: Some(person_id.to_owned()),
        message_id: Some(id),
        contact: Some(contact),
        item: item.into(),
    })
}

fn content(
    world: &mut World,
    person_id: &str,
    draft: Draft,
    quoted: &mut Option<String>,
    now_ms: i64,
) -> Result<(&'static str, Value), String> {
    if let Some(text) = draft.text {
        return Ok(("text", json!({"body": text})));
    }
    if let Some(tap) = draft.tap {
        let (kind, content, message) = tapped(world, person_id, &tap)?;
        *quoted = Some(message);
        return Ok((kind, content));
    }
    for (kind, file, mime_type) in [
        ("image", draft.image, "image/png"),
        ("video", draft.video, "video/mp4"),
        ("audio", draft.audio, "audio/ogg; codecs=opus"),
        ("document", draft.document, "application/pdf"),
        ("sticker", draft.sticker, "image/webp"),
    ] {
        if let Some(file) = file {
            return Ok((kind, received(world, kind, file, mime_type, now_ms)?));
        }
    }
    if let Some(location) = draft.location {
        let both = location["latitude"].is_number() && location["longitude"].is_number();
        return if both {
            Ok(("location", location))
        } else {
            Err("location needs the numbers latitude and longitude".into())
        };
    }
    if let Some(contacts) = draft.contacts {
        return if contacts.is_array() { Ok(("contacts", contacts)) } else { Err("contacts must be a list".into()) };
    }
    if let Some(reaction) = draft.reaction {
        let message = reaction["message_id"].as_str().ok_or("reaction needs message_id")?;
        // WhatsApp leaves the key out when a reaction is taken back.
        let emoji = reaction["emoji"].as_str().filter(|emoji| !emoji.is_empty());
        return Ok((
            "reaction",
            emoji
                .map_or_else(|| json!({"message_id": message}), |emoji| json!({"message_id": message, "emoji": emoji})),
        ));
    }
    if let Some(answer) = draft.flow {
        let flow = world.thread(person_id).rev().find(|message| message.on_phone && message.content["type"] == "flow");
        *quoted = Some(flow.ok_or("there is no flow message to answer")?.id.clone());
        let response = answer.as_str().map_or_else(|| answer.to_string(), str::to_owned);
        return Ok((
            "interactive",
            json!({"type": "nfm_reply", "nfm_reply": {"name": "flow", "body": "Sent", "response_json": response}}),
        ));
    }
    Err("say what is written: text, tap, image, video, audio, document, sticker, location, contacts, reaction, flow or raw".into())
}

/// The answer of a tapped button or row: by title or id in the newest message that has it.
fn tapped(world: &World, person_id: &str, tap: &Value) -> Result<(&'static str, Value, String), String> {
    let (message, wanted) = match tap {
        Value::String(wanted) => (None, wanted.as_str()),
        other => (other["message_id"].as_str(), other["id"].as_str().ok_or("tap needs an id, or is a title")?),
    };
    let visible =
        world.thread(person_id).rev().filter(|candidate| candidate.author == Author::Business && candidate.on_phone);
    for candidate in visible.filter(|candidate| message.is_none_or(|id| id == candidate.id)) {
        let same = |text: &str| text.trim().to_lowercase() == wanted.trim().to_lowercase();
        let choices = candidate.choices();
        let found =
            choices.iter().find(|(id, _, _)| id == wanted).or_else(|| choices.iter().find(|(_, title, _)| same(title)));
        let Some((id, title, description)) = found else { continue };
        let (kind, content) = if candidate.rendered.is_some() {
            ("button", json!({"payload": id, "text": title}))
        } else if candidate.content["type"] == "list" {
            let mut row = json!({"id": id, "title": title});
            if let Some(description) = description {
                row["description"] = description.as_str().into();
            }
            ("interactive", json!({"type": "list_reply", "list_reply": row}))
        } else {
            ("interactive", json!({"type": "button_reply", "button_reply": {"id": id, "title": title}}))
        };
        return Ok((kind, content, candidate.id.clone()));
    }
    Err(format!("nothing to tap called {wanted:?} on the phone of {person_id:?}"))
}

fn received(world: &mut World, kind: &str, file: File, usual_type: &str, now_ms: i64) -> Result<Value, String> {
    let bytes =
        STANDARD.decode(file.base64.as_deref().unwrap_or(PIXEL)).map_err(|error| format!("{kind}.base64: {error}"))?;
    let mime_type = file.mime_type.unwrap_or_else(|| usual_type.to_owned());
    let id = world.numeric_id().to_string();
    let media = Media::received(id.clone(), &mime_type, file.filename.clone(), bytes, now_ms);
    let mut content = json!({"mime_type": mime_type, "sha256": media.sha256_base64(), "id": id});
    if let Some(caption) = file.caption {
        content["caption"] = caption.into();
    }
    match kind {
        "document" => content["filename"] = file.filename.unwrap_or_else(|| "document.pdf".into()).into(),
        "audio" => content["voice"] = file.voice.into(),
        "sticker" => content["animated"] = file.animated.into(),
        _ => {}
    }
    world.kept.media.insert(id, media);
    Ok(content)
}

fn author_digits(world: &World, line: &Line, message_id: &str) -> String {
    let message = world.kept.messages.get(message_id).filter(|message| message.author == Author::Person);
    let person = message.and_then(|message| world.kept.people.get(&message.person));
    person.map_or_else(|| line.digits(), |person| person.visible_phone().unwrap_or_default().to_owned())
}

/// A new number: `user_changed_number`, which also gives the person a new user id.
pub(crate) fn change_number(world: &mut World, person_id: &str, phone: &str, now_ms: i64) -> Result<Update, String> {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    if !(7..=15).contains(&digits.len()) {
        return Err(format!("phone {phone:?} must have 7 to 15 digits, country code included"));
    }
    if world.person_with_phone(&digits).is_some() {
        return Err(format!("somebody already has {digits}"));
    }
    let person = world.kept.people.get_mut(person_id).ok_or_else(|| format!("there is no person {person_id:?}"))?;
    let old = person.visible_phone().map(str::to_owned);
    person.phone = Some(digits.clone());
    let previous = person.rotate_user_id();
    let body = format!("User {} changed from {} to {digits}", person.name, old.as_deref().unwrap_or("a hidden number"));
    let system = json!({"body": body, "type": "user_changed_number", "wa_id": digits});
    Ok(system_update(world, person_id, system, old, previous, now_ms))
}

/// A new user id without a new number: `user_changed_user_id`.
pub(crate) fn change_user_id(world: &mut World, person_id: &str, now_ms: i64) -> Result<Update, String> {
    let person = world.kept.people.get_mut(person_id).ok_or_else(|| format!("there is no person {person_id:?}"))?;
    let previous = person.rotate_user_id().ok_or_else(|| format!("{person_id:?} has no user id to change"))?;
    let from = person.visible_phone().map(str::to_owned);
    let body = format!("User {} changed their user id", person.name);
    Ok(system_update(
        world,
        person_id,
        json!({"body": body, "type": "user_changed_user_id"}),
        from,
        Some(previous),
        now_ms,
    ))
}

/// A `system` message; unlike the others it comes without a `contacts` block.
fn system_update(
    world: &mut World,
    person_id: &str,
    mut system: Value,
    from: Option<String>,
    previous: Option<String>,
    now_ms: i64,
) -> Update {
    let user_id = world.kept.people.get(person_id).and_then(|person| person.user_id.clone());
    let id = new_wamid(from.as_deref().unwrap_or_default());
    let mut item = json!({"id": id, "timestamp": (now_ms / 1_000).to_string(), "type": "system"});
    if let Some(from) = from {
        item["from"] = from.into();
    }
    if let Some(user_id) = user_id {
        item["from_user_id"] = user_id.as_str().into();
        system["user_id"] = user_id.into();
    }
    if let Some(previous) = previous {
        system["previous_user_id"] = previous.into();
    }
    item["system"] = system;
    world.dirty = true;
    Update {
        kind: UpdateKind::Message,
        field: "messages".into(),
        person: Some(person_id.to_owned()),
        message_id: None,
        contact: None,
        item,
    }
}
