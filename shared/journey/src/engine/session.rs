//! Where a contact stands in a journey.

use expression::Value;
use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::JourneyId;
use super::input::read_choice;

/// Where a contact stands. Small, because it is stored at every step: never the program, only places in it. Keys are
/// short for the same reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// The running journey last, its callers before it.
    #[serde(rename = "f")]
    pub frames: Vec<Frame>,
    /// What it waits for.
    #[serde(rename = "w")]
    pub wait: Wait,
    /// How many waits there were.
    #[serde(rename = "n")]
    pub waits: u32,
    /// How many sprints there were since the contact last replied: web services, pauses and missing replies could keep a
    /// journey going in circles for ever.
    #[serde(rename = "u", default, skip_serializing_if = "is_zero")]
    pub unattended: u16,
    /// Where the contact stood when they replied, while a web service is asked for what follows: should it come to too
    /// much, they stand there again.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<Box<Session>>,
}

fn is_zero(number: &u16) -> bool {
    *number == 0
}

/// How long after the deadline a reply still counts while the alarm that ends the wait is on its way.
const GRACE: SignedDuration = SignedDuration::from_mins(10);

impl Session {
    /// Whether the time to reply is over: the session has ended, and its stored form can be dropped. A wait that wakes
    /// (see [`Wait::wakes`]) is ended by its alarm, not by the clock: a reply that comes between the two still counts.
    #[must_use]
    pub fn expired(&self, now: Timestamp) -> bool {
        let Wait::Reply { deadline, wakes, .. } = &self.wait else { return false };
        let grace = if *wakes { GRACE } else { SignedDuration::ZERO };
        deadline.is_some_and(|deadline| now.duration_since(deadline) >= grace)
    }

    /// Whether the journey holds the conversation: only a trigger that is global may take it over. Later, any trigger
    /// that waits for a certain message may, while a reply that no trigger wants still belongs to the journey.
    #[must_use]
    pub fn claims(&self, now: Timestamp) -> bool {
        match &self.wait {
            Wait::Reply { claim, deadline, .. } => claim.or(*deadline).is_none_or(|end| now < end),
            Wait::Call { .. } | Wait::Timer { .. } | Wait::HandBack { .. } => true,
        }
    }
}

/// A journey that runs, or waits for the one it called.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// The journey.
    #[serde(rename = "j")]
    pub journey: JourneyId,
    /// The revision it runs on to its end.
    #[serde(rename = "r")]
    pub revision: u32,
    /// The index of the card.
    #[serde(rename = "c")]
    pub card: usize,
    /// The index of the statement that waits, or that is next when the called journey ends.
    #[serde(rename = "s")]
    pub statement: usize,
    /// The variables, by their lower-case names.
    #[serde(rename = "v", default, skip_serializing_if = "IndexMap::is_empty")]
    pub variables: IndexMap<String, Value>,
    /// The card and statement that is asked again when the present card ends: an answer there was none of the choices.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub back: Option<(usize, usize)>,
}

impl Frame {
    /// A journey at a statement of a card, with nothing in its variables.
    pub(super) fn at(journey: JourneyId, revision: u32, card: usize, statement: usize) -> Self {
        Self { journey, revision, card, statement, variables: IndexMap::new(), back: None }
    }
}

/// What a session waits for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Wait {
    /// A reply of the contact.
    #[serde(rename = "r")]
    Reply {
        /// Tells this wait from all others of the contact: part of the ids of choices and of timers.
        #[serde(rename = "i")]
        id: u32,
        /// The titles of the choices; none for a free answer.
        #[serde(rename = "t", default, skip_serializing_if = "Vec::is_empty")]
        titles: Vec<String>,
        /// The values of computed choices; null where it is the title, empty when all are.
        #[serde(rename = "v", default, skip_serializing_if = "Vec::is_empty")]
        values: Vec<Value>,
        /// When the session ends for lack of a reply.
        #[serde(
            rename = "d",
            default,
            skip_serializing_if = "Option::is_none",
            with = "jiff::fmt::serde::timestamp::millisecond::optional"
        )]
        deadline: Option<Timestamp>,
        /// Whether the host must set a timer for the deadline, because a card follows it. False when the end of the
        /// session has no effect that somebody could see: an expired session can be found out at the next message.
        #[serde(rename = "k", default, skip_serializing_if = "std::ops::Not::not")]
        wakes: bool,
        /// When other journeys may take the conversation over; with the deadline when it is not said.
        #[serde(
            rename = "c",
            default,
            skip_serializing_if = "Option::is_none",
            with = "jiff::fmt::serde::timestamp::millisecond::optional"
        )]
        claim: Option<Timestamp>,
        /// Whether buttons that are not named here may answer it: those of a template that was sent right before.
        #[serde(rename = "q", default, skip_serializing_if = "std::ops::Not::not")]
        foreign: bool,
    },
    /// The outcome of the request that was the last effect. A reply that comes meanwhile changes nothing; should the
    /// outcome be lost, [`super::Input::Resume`] makes the request again.
    #[serde(rename = "h")]
    Call {
        /// Tells this wait from all others of the contact.
        #[serde(rename = "i")]
        id: u32,
    },
    /// The end of a pause. A reply that comes meanwhile changes nothing.
    #[serde(rename = "t")]
    Timer {
        /// Tells this wait from all others of the contact.
        #[serde(rename = "i")]
        id: u32,
        /// When it ends; the host must set a timer.
        #[serde(rename = "a", with = "jiff::fmt::serde::timestamp::millisecond::required")]
        at: Timestamp,
    },
    /// The end of the time in which a human is in charge: [`super::Input::Resume`], or a reply that comes after it.
    #[serde(rename = "b")]
    HandBack {
        /// Tells this wait from all others of the contact.
        #[serde(rename = "i")]
        id: u32,
    },
}

impl Wait {
    /// The id of the wait.
    #[must_use]
    pub fn id(&self) -> u32 {
        match self {
            Self::Reply { id, .. } | Self::Call { id } | Self::Timer { id, .. } | Self::HandBack { id } => *id,
        }
    }

    /// Whether this is the id of one of its choices.
    #[must_use]
    pub fn offers(&self, choice: &str) -> bool {
        read_choice(choice, self.id()).is_some()
    }

    /// When it ends by itself.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        match self {
            Self::Reply { deadline, .. } => *deadline,
            Self::Timer { at, .. } => Some(*at),
            Self::Call { .. } | Self::HandBack { .. } => None,
        }
    }

    /// Whether the host must set a timer for [`Wait::deadline`].
    #[must_use]
    pub fn wakes(&self) -> bool {
        match self {
            Self::Reply { wakes, .. } => *wakes,
            Self::Timer { .. } => true,
            Self::Call { .. } | Self::HandBack { .. } => false,
        }
    }
}
