//! Who answers an inbound message. The order is the product's promise to its operators: a blocked person gets no
//! answer; where a human is in charge no automation speaks; a live journey goes on unless an interrupting trigger
//! matches; otherwise the best matching trigger starts its journey; otherwise the message waits in the inbox.

use jiff::Timestamp;

use crate::contact::Contact;
use crate::conversation::{Conversation, Mode};
use crate::id::JourneyId;

/// A trigger that matches the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The journey it starts.
    pub journey: JourneyId,
    /// How it came to match.
    pub reason: Reason,
    /// Whether it may interrupt a live journey (`global: true`).
    pub interrupts: bool,
    /// When its journey was published; of two equal offers the newest wins.
    pub published_at: Timestamp,
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
    Start(JourneyId),
    /// The team: nothing automatic matches.
    Inbox,
}

/// Decides. `offers` are the triggers that match the message, in any order.
pub fn who_answers(contact: &Contact, conversation: &Conversation, offers: &[Offer], now: Timestamp) -> Answer {
    let best = |interrupting: bool| {
        offers
            .iter()
            .filter(|offer| offer.interrupts || !interrupting)
            .max_by_key(|offer| (offer.reason, offer.published_at, offer.journey.clone()))
            .map(|offer| Answer::Start(offer.journey.clone()))
    };
    if contact.blocked {
        Answer::Blocked
    } else if conversation.mode == Mode::Human {
        Answer::Human
    } else if conversation.live_session(now).is_some() {
        best(true).unwrap_or(Answer::Session)
    } else {
        best(false).unwrap_or(Answer::Inbox)
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
    fn the_more_specific_wins_then_the_newest() {
        let (contact, conversation, now) = subjects();
        let start = |id: &str| Answer::Start(JourneyId::from(id));
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
    fn a_blocked_person_and_a_human_in_charge_silence_automation() {
        let (mut contact, mut conversation, now) = subjects();
        let offers = [offer("help", Reason::Message { specificity: 1 }, true, 1)];
        conversation.mode = Mode::Human;
        assert_eq!(who_answers(&contact, &conversation, &offers, now), Answer::Human);
        contact.blocked = true;
        assert_eq!(who_answers(&contact, &conversation, &offers, now), Answer::Blocked);
    }
}
