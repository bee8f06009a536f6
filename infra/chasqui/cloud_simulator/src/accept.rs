//! A well-formed send meets the simulated world: is it allowed, and what will become of it?

use serde_json::{Value, json};

use crate::graph_error::{GraphError, asynchronous};
use crate::message::{Author, Message, State, new_wamid};
use crate::options::{Line, UnknownRecipient, WindowRule};
use crate::people::{NewPerson, TYPING_MS};
use crate::request::{Outbound, Recipient};
use crate::world::World;

const THIRTY_DAYS_MS: i64 = 30 * 24 * 60 * 60 * 1_000;

/// A send that was accepted: the answer, the message, the person.
#[derive(Debug)]
pub(crate) struct Accepted {
    pub(crate) answer: Value,
    pub(crate) message: String,
    pub(crate) person: String,
}

/// Accepts or refuses a send. An accepted one may still be `doomed` to fail later, as in reality.
pub(crate) fn message(
    world: &mut World,
    line: &Line,
    outbound: Outbound,
    fail_later: Option<Value>,
    now_ms: i64,
) -> Result<Accepted, GraphError> {
    let by_user_id = matches!(outbound.recipient, Recipient::UserId(_));
    for used in &outbound.media {
        let media = world.kept.media.get(&used.id).filter(|media| now_ms < media.expires_ms);
        media
            .ok_or_else(|| GraphError::invalid(format!("Media id {} does not exist or has expired.", used.id)))?
            .serves(used.kind)?;
    }
    let mut rendered = None;
    let mut category = "service".to_owned();
    if let Some(used) = &outbound.template {
        let template = world
            .kept
            .templates
            .iter()
            .find(|template| template.name == used.name && template.language == used.language);
        let template = template.ok_or_else(|| {
            GraphError::new(132_001, format!("template name ({}) does not exist in {}", used.name, used.language))
        })?;
        if by_user_id && template.category == "AUTHENTICATION" {
            return Err(GraphError::new(131_062, "Authentication templates need a phone number."));
        }
        rendered = Some(template.fill(used)?);
        category = template.category.to_lowercase();
    }
    let person_id = find_person(world, line, &outbound.recipient, now_ms)?;
    if outbound.kind == "reaction" {
        let target = outbound.content["message_id"].as_str().and_then(|id| world.kept.messages.get(id));
        if !target.is_some_and(|target| target.person == person_id && now_ms - target.at_ms <= THIRTY_DAYS_MS) {
            return Err(GraphError::invalid(
                "reaction['message_id'] is not a message of the last 30 days with this person.",
            ));
        }
    }
    let behaviour = world.behaviour.clone();
    let Some(person) = world.kept.people.get_mut(&person_id) else {
        return Err(GraphError::new(131_000, "The recipient vanished."));
    };
    if behaviour.pair_rate_limit && !person.take_pair_token(now_ms) {
        return Err(GraphError::new(
            131_056,
            "Message failed to send because there were too many messages sent from this phone number to the same phone number in a short period of time.",
        ));
    }
    let window_is_closed =
        outbound.template.is_none() && behaviour.window_rule != WindowRule::Off && !person.window_is_open(now_ms);
    if window_is_closed && behaviour.window_rule == WindowRule::Synchronous {
        let details = asynchronous(131_047, None)["error_data"]["details"].as_str().unwrap_or_default().to_owned();
        return Err(GraphError::new(131_047, details));
    }
    let doomed = if fail_later.is_some() {
        fail_later
    } else if !person.on_whatsapp || person.blocks_business {
        Some(asynchronous(131_026, None))
    } else if window_is_closed {
        Some(asynchronous(131_047, None))
    } else if category == "marketing" && person.refuses_marketing {
        Some(asynchronous(131_050, None))
    } else {
        None
    };

    let on_phone = doomed.is_none() && person.online;
    person.typing_until_ms = None;
    let mut contact = json!({"input": outbound.recipient.input()});
    if let Recipient::Phone { digits, .. } = &outbound.recipient {
        contact["wa_id"] = digits.as_str().into();
    }
    if let Some(user_id) = &person.user_id {
        contact["user_id"] = user_id.as_str().into();
    }
    let id = new_wamid(person.phone.as_deref().unwrap_or_default());
    let pricing = (outbound.kind != "reaction" && doomed.is_none()).then(|| price(world, &category, now_ms));
    world.add_message(Message {
        id: id.clone(),
        person: person_id.clone(),
        author: Author::Business,
        kind: outbound.kind.to_owned(),
        content: outbound.content,
        reply_to: outbound.reply_to,
        at_ms: now_ms,
        state: State::Accepted,
        error: None,
        doomed,
        on_phone,
        callback_data: outbound.callback_data,
        by_user_id,
        rendered,
        pricing,
    });
    let mut sent = json!({"id": id});
    if outbound.template.is_some() {
        sent["message_status"] = "accepted".into();
    }
    Ok(Accepted {
        answer: json!({"messaging_product": "whatsapp", "contacts": [contact], "messages": [sent]}),
        message: id,
        person: person_id,
    })
}

fn find_person(world: &mut World, line: &Line, recipient: &Recipient, now_ms: i64) -> Result<String, GraphError> {
    match recipient {
        Recipient::UserId(user_id) => {
            let person = world.person_with_user_id(user_id);
            person.map(|person| person.id.clone()).ok_or_else(|| {
                GraphError::invalid(format!("recipient {user_id} is not a user id of this business portfolio."))
            })
        }
        Recipient::Phone { digits, .. } if *digits == line.digits() => {
            Err(GraphError::new(131_021, "Recipient cannot be sender"))
        }
        Recipient::Phone { digits, .. } => {
            if let Some(person) = world.person_with_phone(digits) {
                return Ok(person.id.clone());
            }
            let new = NewPerson { phone: Some(digits.clone()), ..NewPerson::default() };
            let id = world.add_person(new, now_ms).map_err(|problem| GraphError::new(131_000, problem))?;
            if world.behaviour.unknown_recipient == UnknownRecipient::Undeliverable
                && let Some(person) = world.kept.people.get_mut(&id)
            {
                person.on_whatsapp = false;
            }
            Ok(id)
        }
    }
}

/// The `pricing` object: templates are always charged, service messages beyond the month's free ones.
fn price(world: &mut World, category: &str, now_ms: i64) -> Value {
    let free = category == "service" && {
        let month = month(now_ms);
        if world.kept.service_messages.0 != month {
            world.kept.service_messages = (month, 0);
        }
        world.kept.service_messages.1 += 1;
        world.kept.service_messages.1 <= world.behaviour.free_service_messages
    };
    let kind = if free { "free_customer_service" } else { "regular" };
    json!({"billable": !free, "pricing_model": "PMP", "type": kind, "category": category})
}

fn month(now_ms: i64) -> String {
    let moment = jiff::Timestamp::from_millisecond(now_ms).unwrap_or_default();
    moment.strftime("%Y-%m").to_string()
}

/// A read receipt: marks that message and the earlier ones of its author as read. Returns the person.
pub(crate) fn read_receipt(
    world: &mut World,
    message_id: &str,
    typing: bool,
    now_ms: i64,
) -> Result<String, GraphError> {
    let target = world
        .kept
        .messages
        .get(message_id)
        .filter(|message| message.author == Author::Person && now_ms - message.at_ms <= THIRTY_DAYS_MS);
    let (person_id, at_ms) = target.map(|message| (message.person.clone(), message.at_ms)).ok_or_else(|| {
        GraphError::invalid(format!("message_id {message_id} is not a message received in the last 30 days."))
    })?;
    let earlier: Vec<String> = world
        .thread(&person_id)
        .filter(|message| message.author == Author::Person && message.at_ms <= at_ms)
        .map(|message| message.id.clone())
        .collect();
    for id in earlier {
        if let Some(message) = world.kept.messages.get_mut(&id) {
            message.state = message.state.max(State::Read);
        }
    }
    if typing && let Some(person) = world.kept.people.get_mut(&person_id) {
        person.typing_until_ms = Some(now_ms + TYPING_MS);
    }
    world.dirty = true;
    Ok(person_id)
}
