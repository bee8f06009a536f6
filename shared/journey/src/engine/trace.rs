//! What ran and why, for the journey's author.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{JourneyId, Method};

/// One thing that happened in a sprint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum TraceEvent {
    /// Why a journey began: what its trigger waited for, or who asked for it.
    Triggered {
        /// As a sentence.
        why: String,
    },
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
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        guarded: bool,
    },
    /// No guard of the cards of this name held, and there is none without a guard: it went on where the first one leads.
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
    /// An answer that is none of the choices.
    NotUnderstood {
        /// The card that had asked.
        card: Arc<str>,
        /// What became of it.
        then: Misunderstood,
    },
    /// A message of the contact came while the journey waited for something else; it changed nothing.
    NotAwaited,
    /// A request to a web service went out.
    Calling {
        /// The card.
        card: Arc<str>,
        /// The line in the notebook.
        line: u32,
        /// What is done there.
        method: Method,
        /// The address, without its query.
        url: String,
    },
    /// A request to a web service came to its end.
    Called {
        /// The card.
        card: Arc<str>,
        /// The line in the notebook.
        line: u32,
        /// The status of the answer; none when there was no answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
        /// Why it failed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
        /// How long it took, in milliseconds, when the host said so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        took_ms: Option<u32>,
    },
    /// An experiment led the contact to a card.
    Experiment {
        /// Its name.
        name: Arc<str>,
        /// The card.
        arm: Arc<str>,
    },
    /// The conversation went to the team.
    HandedOver {
        /// The card.
        card: Arc<str>,
    },
    /// The session moved to another revision of its journey.
    Migrated {
        /// The journey.
        journey: JourneyId,
        /// The revision it runs on now.
        revision: u32,
    },
    /// A message was not sent, because the contact was sent the same one too often within five minutes.
    Repeated {
        /// The card.
        card: Arc<str>,
        /// The line in the notebook.
        line: u32,
    },
    /// Somebody let the session go on where it stands.
    Resumed,
    /// Somebody stopped the session.
    Stopped,
    /// Something the author should correct; the journey went on.
    Mistake {
        /// The card.
        card: Arc<str>,
        /// The line in the notebook.
        line: u32,
        /// What is wrong.
        message: String,
        /// The journey that was called and is not there, by its id or name, when that is what is wrong.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        journey: Option<String>,
    },
    /// The journey was stopped because it did too much.
    BudgetExceeded {
        /// What it did too much of.
        budget: Budget,
        /// The card it was in.
        card: Arc<str>,
    },
    /// The journey was stopped because it was led to a card that is not there.
    MissingCard {
        /// The card it was in.
        card: Arc<str>,
        /// The line in the notebook.
        line: u32,
        /// The card that is missing.
        name: Arc<str>,
    },
    /// A called journey ended, and its caller goes on.
    Returned {
        /// The caller.
        journey: JourneyId,
    },
    /// What a reply led to was given up; the contact stands where they stood before it.
    GivenUp,
    /// No reply came in time. The card for that follows, when there is one.
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

/// What becomes of an answer that is none of the choices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Misunderstood {
    /// The card goes on with what follows the question: its own statements, or its `then:`.
    GoesOn,
    /// The journey's card for such answers follows, and then the question again.
    HasACard,
    /// The question is asked again: what the answer led to was too much.
    AskedAgain,
    /// The question stays open: a sticker, an empty text or an old button is hardly meant as an answer.
    StaysOpen,
    /// Nothing follows the question: the journey ends.
    Ends,
}

/// How a contact answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Sprints without a reply.
    Unattended,
}

impl fmt::Display for TraceEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Triggered { why } => f.write_str(why),
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
            Self::NotUnderstood { card, then } => {
                let then = match then {
                    Misunderstood::AskedAgain => return write!(f, "Card \"{card}\": the question is asked again."),
                    Misunderstood::GoesOn => "the card goes on",
                    Misunderstood::HasACard => "the journey's card for that follows",
                    Misunderstood::StaysOpen => "the question stays open",
                    Misunderstood::Ends => "nothing follows it; add `then:` to the card, or `invalid_input`",
                };
                write!(f, "Card \"{card}\": that is none of the choices: {then}.")
            }
            Self::NotAwaited => f.write_str("A message came while the journey waited for something else."),
            Self::Calling { card, line, method, url } => {
                write!(f, "Card \"{card}\" (line {line}): {} {url}", method.name())
            }
            Self::Called { card, line, status, error, took_ms } => {
                write!(f, "Card \"{card}\" (line {line}): ")?;
                match (status, error) {
                    (Some(status), None) => write!(f, "the service answered {status}")?,
                    (Some(status), Some(error)) => write!(f, "the service answered {status}, but {error}")?,
                    (None, error) => write!(f, "the service was not reached: {}", error.as_deref().unwrap_or("?"))?,
                }
                took_ms.map_or(Ok(()), |took| write!(f, " (in {took} ms)"))?;
                f.write_str(".")
            }
            Self::Experiment { name, arm } => write!(f, "Experiment `{name}`: card \"{arm}\"."),
            Self::HandedOver { card } => write!(f, "Card \"{card}\": the team is in charge now."),
            Self::Migrated { journey, revision } => {
                write!(f, "Journey `{journey}` goes on with revision {revision}.")
            }
            Self::Repeated { card, line } => write!(
                f,
                "Card \"{card}\" (line {line}): not sent, because the same went out too often in five minutes."
            ),
            Self::Resumed => f.write_str("Somebody let the journey go on."),
            Self::Stopped => f.write_str("Somebody stopped the journey."),
            Self::Mistake { card, line, message, .. } => write!(f, "Card \"{card}\" (line {line}): {message}"),
            Self::BudgetExceeded { budget, card } => {
                let what = match budget {
                    Budget::Blocks => "ran too many statements without waiting for a reply; does it go in circles?",
                    Budget::Depth => "has too many journeys inside each other; do they call each other?",
                    Budget::Work => "did too much work in expressions.",
                    Budget::Output => "sent too much at once.",
                    Budget::Unattended => "went on too long without a reply; does it go in circles?",
                };
                write!(f, "Card \"{card}\": the journey was stopped, because it {what}")
            }
            Self::MissingCard { card, line, name } => {
                write!(f, "Card \"{card}\" (line {line}): the journey was stopped, because there is no card `{name}`.")
            }
            Self::Returned { journey } => write!(f, "Back in journey `{journey}`."),
            Self::GivenUp => f.write_str("The contact stands where they stood before the reply."),
            Self::TimedOut => f.write_str("No reply came in time."),
            Self::Ended => f.write_str("The journey ended."),
        }
    }
}
