//! Where a contact stands in a journey.

use expression::Value;
use indexmap::IndexMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::JourneyId;

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
}

impl Session {
    /// Whether the time to reply is over: the session has ended, and its stored form can be dropped.
    #[must_use]
    pub fn expired(&self, now: Timestamp) -> bool {
        let Wait::Reply { deadline, .. } = &self.wait;
        deadline.is_some_and(|deadline| now >= deadline)
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
        /// Whether the host must set a timer for the deadline. False as long as the end of a session has no effect that
        /// somebody could see: an expired session can be found out at the next message.
        #[serde(rename = "k", default, skip_serializing_if = "std::ops::Not::not")]
        wakes: bool,
    },
}

impl Wait {
    /// The id of the wait.
    #[must_use]
    pub fn id(&self) -> u32 {
        let Self::Reply { id, .. } = self;
        *id
    }

    /// When it ends by itself.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        let Self::Reply { deadline, .. } = self;
        *deadline
    }

    /// Whether the host must set a timer for [`Wait::deadline`].
    #[must_use]
    pub fn wakes(&self) -> bool {
        let Self::Reply { wakes, .. } = self;
        *wakes
    }
}
