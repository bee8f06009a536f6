//! What ran and why, for the journey's author.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::JourneyId;

/// One thing that happened in a sprint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum TraceEvent {
    /// A journey began.
    Started {
        /// Which.
        journey: JourneyId,
        /// Its revision.
        revision: u32,
    },
    /// A card was entered.
    CardEntered {
        /// Its name.
        card: Arc<str>,
        /// Its line in the notebook: tells cards of one name apart.
        line: u32,
        /// Whether its guard held; otherwise it is the default.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        guarded: bool,
    },
    /// No guard of the cards of this name held, and there is none without a guard.
    MissingDefault {
        /// Their name.
        card: Arc<str>,
    },
    /// The contact answered.
    Answered {
        /// The card that had asked.
        card: Arc<str>,
        /// How.
        #[serde(flatten)]
        how: How,
    },
    /// A tap on a button that is no longer asked about.
    StaleChoice {
        /// The card that asks now.
        card: Arc<str>,
    },
    /// Something the author should correct; the journey went on.
    Mistake {
        /// The card.
        card: Arc<str>,
        /// The line in the notebook.
        line: u32,
        /// What is wrong.
        message: String,
    },
    /// The journey was stopped because it did too much.
    BudgetExceeded {
        /// What it did too much of.
        budget: Budget,
        /// The card it was in.
        card: Arc<str>,
    },
    /// A called journey ended, and its caller goes on.
    Returned {
        /// The caller.
        journey: JourneyId,
    },
    /// No reply came in time.
    TimedOut,
    /// The journey came to its end.
    Ended,
}

/// The place in a notebook that something comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Origin {
    /// The journey.
    pub journey: JourneyId,
    /// The card.
    pub card: Arc<str>,
    /// The line of the statement in the notebook; 0 when the model did not come from one.
    pub line: u32,
}

/// How a contact answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum How {
    /// With a tap on a choice.
    Tapped {
        /// Its number, from 0.
        choice: usize,
    },
    /// By writing the title of a choice.
    Wrote {
        /// Its number, from 0.
        choice: usize,
    },
    /// With a text that is none of the choices.
    Text,
    /// With a message that is no text.
    Other {
        /// Its type in the Cloud API.
        kind: String,
    },
}

/// What can be exceeded; see [`super::Budgets`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Budget {
    /// Statements and cards of one sprint.
    Blocks,
    /// Journeys inside each other.
    Depth,
    /// Work of expressions.
    Work,
    /// Bytes of messages.
    Output,
}

impl fmt::Display for TraceEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Started { journey, revision } => write!(f, "Journey `{journey}`, revision {revision}, began."),
            Self::CardEntered { card, line, guarded: true } => {
                write!(f, "Card \"{card}\" (line {line}): its guard held.")
            }
            Self::CardEntered { card, line, .. } => write!(f, "Card \"{card}\" (line {line})."),
            Self::MissingDefault { card } => write!(f, "Card \"{card}\" is missing a default exit."),
            Self::Answered { card, how } => match how {
                How::Tapped { choice } => write!(f, "Card \"{card}\": choice {} was tapped.", choice + 1),
                How::Wrote { choice } => write!(f, "Card \"{card}\": choice {} was written.", choice + 1),
                How::Text => write!(f, "Card \"{card}\": a text came."),
                How::Other { kind } => write!(f, "Card \"{card}\": a message of type {kind} came."),
            },
            Self::StaleChoice { card } => write!(f, "Card \"{card}\": a button of an earlier message was tapped."),
            Self::Mistake { card, line, message } => write!(f, "Card \"{card}\" (line {line}): {message}"),
            Self::BudgetExceeded { budget, card } => {
                let what = match budget {
                    Budget::Blocks => "ran too many statements without waiting for a reply; does it go in circles?",
                    Budget::Depth => "has too many journeys inside each other; do they call each other?",
                    Budget::Work => "did too much work in expressions.",
                    Budget::Output => "sent too much at once.",
                };
                write!(f, "Card \"{card}\": the journey was stopped, because it {what}")
            }
            Self::Returned { journey } => write!(f, "Back in journey `{journey}`."),
            Self::TimedOut => f.write_str("No reply came in time; the journey ended."),
            Self::Ended => f.write_str("The journey ended."),
        }
    }
}
