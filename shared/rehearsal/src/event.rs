//! What happens in a rehearsal.

use std::fmt;

use domain::room;
use jiff::Timestamp;
use journey::{Call, Effect, JourneyId, Origin, TraceEvent};

use crate::http::Answer;
use crate::message::Parts;
use crate::rehearsal::MOST_ALARMS;
use crate::shelf::Shelf;

/// One thing that happened, in the order in which it did.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The clock came to a moment at which something was due.
    Rang {
        /// The moment.
        at: Timestamp,
        /// What was due.
        alarm: Alarm,
    },
    /// The host began a journey for the contact; one that was under way has ended.
    Began {
        /// Its id.
        journey: JourneyId,
        /// Why.
        cause: Cause,
    },
    /// The engine noted what it did.
    Noted {
        /// The journey that ran.
        journey: JourneyId,
        /// What it did.
        note: TraceEvent,
    },
    /// The host carried out an effect.
    Did {
        /// The effect.
        effect: Effect,
        /// The card it comes from.
        origin: Origin,
    },
    /// A web service was asked, and answered as it is written down.
    Called {
        /// The request.
        call: Call,
        /// What came back; nothing when nothing is written down for it, which fails like a service that is gone.
        answer: Option<Answer>,
        /// The card it comes from.
        origin: Origin,
    },
    /// Nobody answered a message.
    Unanswered(Unanswered),
    /// A journey was due and did not start.
    NotStarted {
        /// Its id, or the reference as it is written.
        journey: String,
        /// Why not.
        why: NotStarted,
    },
    /// It would have gone on for ever.
    Stopped(Stopped),
}

/// Why the host began a journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The team, a reminder or a schedule asked for it.
    Asked,
    /// One of its triggers matches the message.
    Trigger,
}

/// What can be due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alarm {
    /// The end of the time to reply.
    Wait,
    /// A journey that was scheduled.
    Journey(String),
    /// Triggers that fire by the clock.
    Triggers,
}

/// Why nobody answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unanswered {
    /// The contact is blocked.
    Blocked,
    /// A human is in charge.
    Human,
    /// No trigger matches, so the message waits in the inbox.
    Inbox,
}

/// Why a journey did not start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotStarted {
    /// There is none of this id or name.
    Unknown,
    /// A human is in charge, or the contact is blocked.
    Silenced,
}

/// What did not come to an end by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// A journey that asked web services again and again; it was ended.
    Calls,
    /// Alarms that set each other, in one advance of the clock; it stands where they were stopped.
    Alarms,
}

impl Event {
    /// The message, when one was sent.
    #[must_use]
    pub fn sent(&self) -> Option<(Parts, &Origin)> {
        match self {
            Self::Did { effect, origin } => Parts::of(effect).map(|parts| (parts, origin)),
            _ => None,
        }
    }

    /// What a journey's author should see even where nothing failed: mistakes, lines of the log, silence.
    #[must_use]
    pub fn remark(&self, shelf: &Shelf) -> Option<String> {
        match self {
            Self::Noted { journey, note } => match note {
                TraceEvent::StaleChoice { .. }
                | TraceEvent::NotAwaited
                | TraceEvent::Repeated { .. }
                | TraceEvent::Mistake { .. }
                | TraceEvent::BudgetExceeded { .. }
                | TraceEvent::MissingCard { .. } => Some(shelf.note(journey, note)),
                _ => None,
            },
            Self::Did { effect: Effect::Log { message }, origin } => {
                let line = shelf.line(&origin.journey, origin.line);
                Some(format!("Card \"{}\"{line} logged: {message}", origin.card))
            }
            Self::Unanswered(why) => Some(why.to_string()),
            Self::NotStarted { journey, why } => Some(format!("The journey `{journey}` was due: {why}")),
            Self::Called { call, answer: None, .. } => {
                Some(format!("Nothing is written down that answers {} {}.", call.method.name(), call.url))
            }
            Self::Stopped(what) => Some(what.to_string()),
            Self::Called { .. } | Self::Rang { .. } | Self::Began { .. } | Self::Did { .. } => None,
        }
    }
}

impl Event {
    /// The journey that was called and is not there, by its id or name.
    pub(crate) fn journey_not_run(&self) -> Option<&str> {
        let Self::Noted { note: TraceEvent::Mistake { journey, .. }, .. } = self else { return None };
        journey.as_deref()
    }
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blocked => "Nobody answered: the contact is blocked.",
            Self::Human => "Nobody answered: a human is in charge of the conversation.",
            Self::Inbox => "Nobody answered: no trigger matches, so the message waits in the inbox.",
        })
    }
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Calls => f.write_str(&room::too_many_calls()),
            Self::Alarms => write!(
                f,
                "More than {MOST_ALARMS} timers and scheduled journeys were due before this time had passed; do journeys schedule each other without end?"
            ),
        }
    }
}

impl fmt::Display for NotStarted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "there is no such journey here.",
            Self::Silenced => "it did not start, because a human is in charge or the contact is blocked.",
        })
    }
}
