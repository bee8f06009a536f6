//! Runs programs: a pure state machine without input, output, clock or randomness.
//!
//! [`start`] begins a session, [`advance`] goes on with it after an [`Input`]. Both give a [`Sprint`]: the new
//! [`Session`], the [`Effect`]s the host is to carry out in order, and a trace of what ran and why. The same session,
//! input and [`Env`] always give the same sprint, so a host may run a redelivered event again.

mod call;
mod chance;
mod effect;
mod env;
mod input;
mod library;
pub(crate) mod limits;
mod offers;
mod repeats;
mod run;
mod session;
mod size;
mod trace;
mod written;

use std::fmt::Debug;

use serde::Serialize;

pub use call::{Call, CallOutcome, Method};
pub use effect::{ButtonFill, Choice, Effect, FillKind, Header, MediaKind, Message, Row};
pub use env::{Budgets, Env};
pub use input::{Attachment, Input, Reply};
pub use library::{JourneyId, Library};
pub use repeats::Repeats;
pub use session::{Frame, Session, Wait};
pub use trace::{Budget, How, Misunderstood, Origin, TraceEvent};

pub(crate) use call::{DEFAULT_CACHE_TTL_MS, DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS, failure};
pub(crate) use env::{holds, locale};
pub(crate) use input::{Answer, Chosen, write_choice};
pub(crate) use offers::Offer;
pub(crate) use run::{Run, plain};

use crate::compiler::CardRef;

/// What one call produced. Never stored in the session.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sprint {
    /// Where the contact stands now; `None` when the journey has ended.
    pub session: Option<Session>,
    /// What the host is to do, in this order.
    pub effects: Vec<Effect>,
    /// Where each of the effects comes from.
    pub origins: Vec<Origin>,
    /// What ran and why, for the journey's author.
    pub trace: Vec<TraceEvent>,
    /// What was lately sent to the contact: the next [`Env::repeats`], in this session or another.
    pub repeats: Repeats,
}

impl Sprint {
    /// A sprint in which nothing ran.
    fn idle(session: Option<Session>, event: TraceEvent, env: &Env<'_>) -> Self {
        Self { session, effects: Vec::new(), origins: Vec::new(), trace: vec![event], repeats: env.repeats.clone() }
    }

    /// Says at the head of the trace why it began: a [`crate::Trigger`] as text, or who asked for it.
    #[must_use]
    pub fn because(mut self, why: impl Into<String>) -> Self {
        self.trace.insert(0, TraceEvent::Triggered { why: why.into() });
        self
    }

    /// Says in the trace how long the request took whose outcome came in.
    #[must_use]
    pub fn after_call_of(mut self, milliseconds: u32) -> Self {
        let took = self.trace.iter_mut().find_map(|event| match event {
            TraceEvent::Called { took_ms, .. } => Some(took_ms),
            _ => None,
        });
        if let Some(took) = took {
            *took = Some(milliseconds);
        }
        self
    }
}

/// Why a journey could not start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// No published journey has this id or name.
    #[error("there is no published journey `{0}`; publish it, or correct the id or name it is started by")]
    UnknownJourney(String),
}

/// Why a session could not go on. Nothing has happened; the session is handed back as it was.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AdvanceError {
    /// The timer belongs to a wait that is over, or the session waits for something no timer ends.
    #[error("timer {wait} is stale: the session waits for {}; ignore it", session.wait.id())]
    StaleTimer {
        /// The wait the timer was set for.
        wait: u32,
        /// The session, unchanged.
        session: Box<Session>,
    },
    /// The reply came after the deadline: the session is over, and the message belongs to whatever is triggered next.
    #[error("the session ended for lack of a reply before this one came; drop it, and treat the message as a new one")]
    Expired {
        /// The session, unchanged.
        session: Box<Session>,
    },
    /// The request belongs to a wait that is over.
    #[error("the answer to request {wait} is stale: the session waits for {}; ignore it", session.wait.id())]
    StaleCall {
        /// The wait the request was made for.
        wait: u32,
        /// The session, unchanged.
        session: Box<Session>,
    },
    /// The library does not have a revision the session runs on.
    #[error(
        "revision {revision} of journey `{journey}` is missing; revisions must be kept as long as sessions run on them"
    )]
    UnknownRevision {
        /// The journey.
        journey: JourneyId,
        /// The revision.
        revision: u32,
        /// The session, unchanged.
        session: Box<Session>,
    },
    /// The session stands at a place its program does not have: it was made with another program of the same revision.
    #[error("the session stands at a place that journey `{journey}` does not have; end the session")]
    UnknownPlace {
        /// The journey.
        journey: JourneyId,
        /// The session, unchanged.
        session: Box<Session>,
    },
}

/// What follows a step.
#[derive(Debug)]
pub(crate) enum Next {
    /// The next statement of the card.
    Continue,
    /// Another card.
    Card(CardRef),
    /// Nothing, until there is input.
    Wait(Wait),
    /// What follows an answer that is none of the choices: the rest of the card or its `then:`, the journey's card for such
    /// answers, the same question still, or the end.
    NotUnderstood {
        /// Whether the card says itself what follows, because choices lead to other cards.
        by_card: bool,
    },
    /// The question again, behind the journey's card for answers that are not understood.
    AskAgain,
    /// The first card of another journey.
    Child(String),
}

/// A compiled statement.
pub(crate) trait Step: Send + Sync + Debug {
    /// Does it.
    fn run(&self, run: &mut Run<'_>) -> Next;

    /// Goes on after an answer to its [`Next::Wait`].
    fn resume(&self, _run: &mut Run<'_>, _answer: &Answer<'_>) -> Next {
        Next::Continue
    }

    /// Goes on after the outcome of its request.
    fn called(&self, _run: &mut Run<'_>, _outcome: &CallOutcome) -> Next {
        Next::Continue
    }
}

/// The step of a statement that is not run: one in error, or one that belongs to another.
#[derive(Debug)]
pub(crate) struct Nothing;

impl Step for Nothing {
    fn run(&self, _run: &mut Run<'_>) -> Next {
        Next::Continue
    }
}

/// Starts a journey, by its id or name, and runs it to its first wait or its end.
///
/// # Errors
/// When no such journey is published.
pub fn start(library: &dyn Library, journey: &str, env: &Env<'_>) -> Result<Sprint, StartError> {
    let mut run = Run::new(library, env);
    if !run.open(journey) {
        return Err(StartError::UnknownJourney(journey.to_owned()));
    }
    Ok(run.sprint())
}

/// Starts the journey of a session anew, for an operator: in its published revision, from its first card, without its
/// variables. The session itself is to be dropped.
///
/// # Errors
/// When the journey is not published any more.
pub fn restart(library: &dyn Library, session: &Session, env: &Env<'_>) -> Result<Sprint, StartError> {
    start(library, session.frames.first().map_or("", |frame| frame.journey.as_str()), env)
}

/// Gives up what a reply has led to, because it is too much: nothing more of it is done, and the contact stands again where
/// they stood before they replied. They get the journey's card for answers that are not understood, or else the question
/// again. The host does this when it stops asking web services; what exceeds the budgets of a sprint is given up by
/// itself. A session of which that is not known ends.
#[must_use]
pub fn give_up(library: &dyn Library, session: Session, env: &Env<'_>) -> Sprint {
    match session.kept {
        Some(kept) => Run::new(library, env).give_up(kept),
        None => Sprint::idle(None, TraceEvent::Ended, env),
    }
}

/// Ends a session, for an operator: nothing is sent, and its timer is stale from now on.
#[must_use]
pub fn stop(env: &Env<'_>) -> Sprint {
    Sprint::idle(None, TraceEvent::Stopped, env)
}

/// Goes on with a session after an input, to its next wait or its end.
///
/// A reply that comes while the session waits for a web service or the end of a pause changes nothing: the sprint has the
/// session as it was, and the trace says so.
///
/// # Errors
/// When the input does not concern the session or its program is missing; the error hands the session back.
pub fn advance(
    library: &dyn Library,
    session: Session,
    input: Input<'_>,
    env: &Env<'_>,
) -> Result<Sprint, AdvanceError> {
    match (&input, &session.wait) {
        (Input::Timer { wait }, waiting) if *wait != waiting.id() || waiting.deadline().is_none() => {
            Err(AdvanceError::StaleTimer { wait: *wait, session: Box::new(session) })
        }
        (Input::Call { wait, .. }, waiting) if *waiting != (Wait::Call { id: *wait }) => {
            Err(AdvanceError::StaleCall { wait: *wait, session: Box::new(session) })
        }
        (Input::Timer { .. }, Wait::Reply { wakes: false, .. }) => Ok(Sprint::idle(None, TraceEvent::TimedOut, env)),
        (Input::Reply(_), Wait::Reply { .. }) if session.expired(env.said_at) => {
            Err(AdvanceError::Expired { session: Box::new(session) })
        }
        // An alarm that is late: the pause is over all the same.
        (Input::Reply(_), Wait::Timer { at, .. }) if env.said_at >= *at => {
            let wait = session.wait.id();
            Run::of(library, session, Input::Timer { wait }, env).map(Run::sprint)
        }
        (Input::Reply(_), Wait::Call { .. } | Wait::Timer { .. }) => {
            Ok(Sprint::idle(Some(session), TraceEvent::NotAwaited, env))
        }
        _ => Run::of(library, session, input, env).map(Run::sprint),
    }
}
