//! How a session goes on after an input.

use std::sync::Arc;

use super::{Live, Run};
use crate::engine::input::{Answer, Input};
use crate::engine::session::{Frame, Session, Wait};
use crate::engine::{AdvanceError, Budget, Env, Library, Misunderstood, Next, TraceEvent};

impl<'a> Run<'a> {
    /// Puts the frames of a session back and gives the input to the statement that waits.
    pub(in crate::engine) fn of(
        library: &'a dyn Library,
        session: Session,
        input: Input<'_>,
        env: &'a Env<'a>,
    ) -> Result<Self, AdvanceError> {
        let mut run = Self::new(library, env);
        for frame in &session.frames {
            let Frame { journey, revision, .. } = frame;
            let Some(program) = library.revision(journey.as_str(), *revision) else {
                let (journey, revision) = (journey.clone(), *revision);
                return Err(AdvanceError::UnknownRevision { journey, revision, session: Box::new(session) });
            };
            let steps = program.card(frame.card).map(|card| card.steps.len());
            let is_last = std::ptr::eq(frame, session.frames.last().unwrap_or(frame));
            if !steps.is_some_and(|steps| frame.statement < steps || (!is_last && frame.statement == steps)) {
                let journey = journey.clone();
                return Err(AdvanceError::UnknownPlace { journey, session: Box::new(session) });
            }
            // The rest is moved in below, once nothing can go wrong any more.
            let frame = Frame::at(journey.clone(), *revision, frame.card, frame.statement);
            run.frames.push(Live { program, frame });
        }
        let Session { frames, wait, waits, unattended } = session;
        for (live, frame) in run.frames.iter_mut().zip(frames) {
            live.frame = frame;
        }
        run.waits = waits;
        run.unattended = match input {
            Input::Reply(_) => 0,
            Input::Timer { .. } | Input::Call { .. } | Input::Resume => unattended.saturating_add(1),
        };
        if run.unattended > env.budgets.unattended {
            run.exceeded = Some(Budget::Unattended);
        }
        run.take(wait, &input);
        Ok(run)
    }

    fn take(&mut self, wait: Wait, input: &Input<'_>) {
        let Some(live) = self.frames.last() else { return };
        let program = Arc::clone(&live.program);
        let (card, statement) = (live.frame.card, live.frame.statement);
        let Some(placed) = program.card(card).and_then(|card| card.steps.get(statement)) else { return };
        match (input, &wait) {
            (Input::Reply(_), Wait::HandBack { .. }) => self.follow(Next::Continue),
            (Input::Reply(reply), _) => {
                let (answer, is_stale) = Answer::of(reply, &wait);
                self.note_answer(&answer, is_stale);
                match placed.step.resume(self, &answer) {
                    Next::NotUnderstood => self.not_understood(wait, is_stale || answer.says_nothing()),
                    next => self.follow(next),
                }
            }
            (Input::Timer { .. }, Wait::Reply { .. }) => self.time_out(),
            (Input::Timer { .. }, _) => self.follow(Next::Continue),
            (Input::Call { outcome, .. }, _) => {
                let next = placed.step.called(self, outcome);
                self.follow(next);
            }
            (Input::Resume, wait) => {
                self.trace(TraceEvent::Resumed);
                // What waits for a reply or a web service asks once more.
                if matches!(wait, Wait::Timer { .. } | Wait::HandBack { .. }) {
                    self.follow(Next::Continue);
                }
            }
        }
    }

    /// Nobody replied: the card for that of the running journey, or of the nearest caller that has one.
    fn time_out(&mut self) {
        self.trace(TraceEvent::TimedOut);
        while let Some(live) = self.frames.last() {
            if let Some(card) = live.program.on_timeout {
                return self.enter(card);
            }
            self.leave();
        }
    }

    /// What follows an answer that is none of the choices; `says_nothing` when it can hardly be meant as one.
    fn not_understood(&mut self, wait: Wait, says_nothing: bool) {
        let Some(live) = self.frames.last() else { return };
        let place = (live.frame.card, live.frame.statement);
        let goes_on = live.card().is_some_and(|card| card.then.is_some() || card.steps.len() > place.1 + 1);
        let on_invalid = live.program.on_invalid;
        let (then, card) = match on_invalid.filter(|_| !goes_on) {
            _ if goes_on => (Misunderstood::GoesOn, None),
            Some(card) => (Misunderstood::HasACard, Some(card)),
            None if says_nothing => (Misunderstood::StaysOpen, None),
            None => (Misunderstood::Ends, None),
        };
        let asked = self.card_name();
        self.trace(TraceEvent::NotUnderstood { card: asked, then });
        match card {
            Some(card) if self.enter_here(card) => {
                if let Some(live) = self.frames.last_mut() {
                    live.frame.back = Some(place);
                }
            }
            Some(_) => self.stand_at(place.0, place.1),
            None if then == Misunderstood::StaysOpen => self.open = Some(wait),
            None => self.follow(Next::Continue),
        }
    }
}
