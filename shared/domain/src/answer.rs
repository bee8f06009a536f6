//! Who answers an inbound message. The order is the product's promise to its operators: a blocked person gets no
//! answer; where a human is in charge no automation speaks; a live journey goes on unless an interrupting trigger
//! matches; otherwise the best matching trigger starts its journey; otherwise the message waits in the inbox.

use jiff::Timestamp;
use journey::{Env, Program, TriggerKind};
use whatsapp::InboundMessage;
use whatsapp::webhook::InboundContent;

use crate::contact::Contact;
use crate::conversation::{Conversation, Mode};
use crate::id::JourneyId;

/// What a message says to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// Something that can be answered: what somebody wrote, sent, tapped or filled in.
    Something,
    /// Something that WhatsApp does not hand over, or that is not understood here: for the team to see to.
    Unreadable,
    /// Nothing by itself: it is about an earlier message, or about the person.
    Aside,
}

/// What a message says to us. Only [`Says::Something`] moves a journey, and an aside is nothing the team has to answer.
#[must_use]
pub fn says(message: &InboundMessage) -> Says {
    use InboundContent as Content;
    match &message.content {
        Content::Text(_)
        | Content::Image(_)
        | Content::Video(_)
        | Content::Audio(_)
        | Content::Document(_)
        | Content::Sticker(_)
        | Content::Location(_)
        | Content::Contacts(_)
        | Content::Button(_)
        | Content::Interactive(_)
        | Content::Order(_) => Says::Something,
        Content::System(_) | Content::Reaction(_) | Content::Edit(_) | Content::Revoke(_) | Content::RequestWelcome => {
            Says::Aside
        }
        // One of a known type that cannot be read is of that type all the same.
        Content::Unknown { kind, .. } if ["system", "reaction", "edit", "revoke"].contains(&kind.as_str()) => {
            Says::Aside
        }
        Content::Unsupported(_) | Content::Unknown { .. } => Says::Unreadable,
    }
}

/// Whether a journey can answer a message: it says something, in a conversation with us alone.
#[must_use]
pub fn is_addressed_to_us(message: &InboundMessage) -> bool {
    says(message) == Says::Something && message.group_id.is_none()
}

/// A trigger that matches the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The journey it starts.
    pub journey: JourneyId,
    /// Which of the journey's triggers it is, in source order.
    pub trigger: usize,
    /// How it came to match.
    pub reason: Reason,
    /// Whether it may interrupt a live journey (`global: true`).
    pub interrupts: bool,
    /// When its journey was published; of two equal offers the newest wins.
    pub published_at: Timestamp,
}

/// A published journey, as far as answering needs it.
#[derive(Clone, Copy, Debug)]
pub struct Published<'a> {
    /// Its id.
    pub journey: &'a JourneyId,
    /// When it was published.
    pub at: Timestamp,
    /// What runs, with its triggers.
    pub program: &'a Program,
}

/// The triggers that match the message in `env`; `first`: nothing was ever received from the contact before.
pub fn offers<'a>(published: impl IntoIterator<Item = Published<'a>>, env: &Env<'_>, first: bool) -> Vec<Offer> {
    let mut offers = Vec::new();
    for Published { journey, at, program } in published {
        for (index, trigger) in program.triggers().iter().enumerate() {
            let reason = match trigger.kind() {
                TriggerKind::MessageReceived => Reason::Message { specificity: trigger.specificity() },
                TriggerKind::CatchAll => Reason::CatchAll,
                TriggerKind::FirstVisit if first => Reason::FirstVisit,
                TriggerKind::FirstVisit
                | TriggerKind::Interval { .. }
                | TriggerKind::At { .. }
                | TriggerKind::Every { .. } => continue,
            };
            if trigger.matches(env) {
                let (journey, interrupts) = (journey.clone(), trigger.is_global());
                offers.push(Offer { journey, trigger: index, reason, interrupts, published_at: at });
            }
        }
    }
    offers
}

/// How a trigger came to match, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// It takes whatever nothing else takes.
    CatchAll,
    /// The message is one it waits for.
    Message {
        /// How narrow its condition is; 0 for none.
        specificity: u32,
    },
    /// The contact writes for the first time.
    FirstVisit,
}

/// Who answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nobody: the person is blocked.
    Blocked,
    /// The team: a human is in charge.
    Human,
    /// The journey the person is in.
    Session,
    /// This journey, from its start.
    Start {
        /// Its id.
        journey: JourneyId,
        /// Which of its triggers wanted the message, in source order.
        trigger: usize,
    },
    /// The team: nothing automatic matches.
    Inbox,
}

/// Decides. `offers` are the triggers that match the message, in any order.
pub fn who_answers(contact: &Contact, conversation: &Conversation, offers: &[Offer], now: Timestamp) -> Answer {
    let best = |may_answer: &dyn Fn(&Offer) -> bool| {
        offers
            .iter()
            .filter(|offer| may_answer(offer))
            .max_by_key(|offer| (offer.reason, offer.published_at, offer.journey.clone()))
            .map(|offer| Answer::Start { journey: offer.journey.clone(), trigger: offer.trigger })
    };
    if contact.blocked {
        Answer::Blocked
    } else if conversation.mode == Mode::Human {
        Answer::Human
    } else if let Some(session) = conversation.live_session(now) {
        // A journey that has waited longer than it may claim the conversation gives way to whatever wants this message.
        let claims = session.claims(now);
        let may_interrupt = |offer: &Offer| offer.interrupts || (!claims && offer.reason > Reason::CatchAll);
        best(&may_interrupt).unwrap_or(Answer::Session)
    } else {
        best(&|_| true).unwrap_or(Answer::Inbox)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{ContactId, LineId};
    use crate::person::Person;

    fn offer(journey: &str, reason: Reason, interrupts: bool, published: i64) -> Offer {
        Offer {
            journey: JourneyId::from(journey),
            trigger: 0,
            reason,
            interrupts,
            published_at: Timestamp::from_second(published).unwrap(),
        }
    }

    fn subjects() -> (Contact, Conversation, Timestamp) {
        let now = Timestamp::from_second(1_000).unwrap();
        let contact = Contact::new(ContactId::new("c"), &Person::by_phone("57300"), now);
        (contact, Conversation::new(ContactId::new("c"), LineId::new("l"), now), now)
    }

    #[test]
    fn what_is_no_message_to_us_moves_nothing() {
        let is_ours = |kind: &str, body: serde_json::Value, group: Option<&str>| {
            let mut message =
                serde_json::json!({"id": "wamid.1", "from": "57300", "timestamp": "1772359200", "type": kind});
            message[kind] = body;
            if let Some(group) = group {
                message["group_id"] = group.into();
            }
            is_addressed_to_us(&InboundMessage::parse(&message.to_string()).unwrap())
        };
        use serde_json::json;
        for (kind, body) in [
            ("text", json!({"body": "hola"})),
            ("image", json!({"id": "1"})),
            ("audio", json!({"id": "1", "voice": true})),
            ("sticker", json!({"id": "1"})),
            ("location", json!({"latitude": 1.0, "longitude": 2.0})),
            ("contacts", json!([{"name": {"formatted_name": "Ana"}}])),
            ("button", json!({"payload": "x", "text": "Sí"})),
            ("interactive", json!({"type": "button_reply", "button_reply": {"id": "x", "title": "Sí"}})),
            ("order", json!({"catalog_id": "1", "product_items": []})),
        ] {
            assert!(is_ours(kind, body.clone(), None), "{kind}");
            assert!(!is_ours(kind, body, Some("group")), "{kind} in a group");
        }
        for (kind, body) in [
            ("unsupported", json!({})),
            ("unknown", json!({})),
            ("something_new", json!({"a": 1})),
            ("reaction", json!({"message_id": "wamid.0", "emoji": "👍"})),
            ("system", json!({"body": "changed", "type": "user_changed_number"})),
            ("edit", json!({})),
            ("revoke", json!({})),
            ("request_welcome", json!({})),
        ] {
            assert!(!is_ours(kind, body, None), "{kind}");
        }
    }

    #[test]
    fn the_more_specific_wins_then_the_newest() {
        let (contact, conversation, now) = subjects();
        let start = |id: &str| Answer::Start { journey: JourneyId::from(id), trigger: 0 };
        let catch_all = offer("all", Reason::CatchAll, false, 99);
        let old = offer("old", Reason::Message { specificity: 1 }, false, 1);
        let new = offer("new", Reason::Message { specificity: 1 }, false, 2);
        assert_eq!(who_answers(&contact, &conversation, &[], now), Answer::Inbox);
        assert_eq!(who_answers(&contact, &conversation, std::slice::from_ref(&catch_all), now), start("all"));
        assert_eq!(who_answers(&contact, &conversation, &[catch_all.clone(), old.clone()], now), start("old"));
        let all = [new, catch_all, old, offer("first", Reason::FirstVisit, false, 0)];
        assert_eq!(who_answers(&contact, &conversation, &all[..3], now), start("new"));
        assert_eq!(who_answers(&contact, &conversation, &all, now), start("first"));
    }

    #[test]
    fn a_live_journey_gives_way_to_what_interrupts_and_later_to_what_fits() {
        let (contact, mut conversation, now) = subjects();
        let session = |claim: i64| {
            let wait = serde_json::json!({"r": {"i": 1, "d": 2_000_000, "c": claim}});
            serde_json::from_value(serde_json::json!({"f": [], "w": wait, "n": 1})).unwrap()
        };
        let plain = offer("plain", Reason::Message { specificity: 1 }, false, 1);
        let all = offer("all", Reason::CatchAll, false, 2);
        let help = offer("help", Reason::Message { specificity: 0 }, true, 0);
        let start = |id: &str| Answer::Start { journey: JourneyId::from(id), trigger: 0 };
        conversation.session = Some(session(1_000_001));
        assert_eq!(who_answers(&contact, &conversation, &[plain.clone(), all.clone()], now), Answer::Session);
        assert_eq!(who_answers(&contact, &conversation, &[plain.clone(), help], now), start("help"));
        conversation.session = Some(session(1_000_000));
        assert_eq!(who_answers(&contact, &conversation, std::slice::from_ref(&all), now), Answer::Session);
        assert_eq!(who_answers(&contact, &conversation, &[all, plain], now), start("plain"));
    }

    #[test]
    fn a_blocked_person_and_a_human_in_charge_silence_automation() {
        let (mut contact, mut conversation, now) = subjects();
        let offers = [offer("help", Reason::Message { specificity: 1 }, true, 1)];
        conversation.mode = Mode::Human;
        assert_eq!(who_answers(&contact, &conversation, &offers, now), Answer::Human);
        contact.blocked = true;
        assert_eq!(who_answers(&contact, &conversation, &offers, now), Answer::Blocked);
    }
}
