//! How a session goes on after an input.

use std::sync::Arc;

use super::{Halt, Live, Run};
use crate::compiler::CardRef;
use crate::engine::input::{Answer, Input};
use crate::engine::session::{Frame, Session, Wait};
use crate::engine::{AdvanceError, Budget, Env, Library, Misunderstood, Next, TraceEvent};

impl<'a> Run<'a> {
    /// Puts the frames of a session back and gives the input to the statement that waits.
    pub(in crate::engine) fn of(
        library: &'a dyn Library,
        mut session: Session,
        input: Input<'_>,
        env: &'a Env<'a>,
    ) -> Result<Self, AdvanceError> {
        let kept = match (&input, &session.wait) {
            (Input::Reply(_), Wait::Reply { .. }) => Some(Box::new(session.clone())),
            (Input::Call { .. }, _) => session.kept.take(),
            _ => None,
        };
        let (mut run, wait) = Self::standing(library, session, env)?;
        run.kept = kept;
        run.unattended = match input {
            Input::Reply(_) => 0,
            Input::Timer { .. } | Input::Call { .. } | Input::Resume => run.unattended.saturating_add(1),
        };
        if run.unattended > env.budgets.unattended {
            run.halted = Some(Halt::Exceeded(Budget::Unattended));
        }
        run.take(wait, &input);
        Ok(run)
    }

    /// Puts the frames of a session back; answers what it waits for.
    pub(super) fn standing(
        library: &'a dyn Library,
        session: Session,
        env: &'a Env<'a>,
    ) -> Result<(Self, Wait), AdvanceError> {
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
        let Session { frames, wait, waits, unattended, kept: _ } = session;
        for (live, frame) in run.frames.iter_mut().zip(frames) {
            live.frame = frame;
        }
        run.waits = waits;
        run.unattended = unattended;
        run.settle_locale();
        Ok((run, wait))
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
                if is_stale {
                    // A tap on an earlier question says nothing about this one.
                    return self.ask_again();
                }
                match placed.step.resume(self, &answer) {
                    Next::NotUnderstood { by_card } => {
                        self.not_understood(wait, by_card, answer.says_nothing());
                    }
                    Next::AskAgain => self.ask_again(),
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

    /// Nobody replied: the card for that of the present card or its journey, or of the nearest caller that has one.
    fn time_out(&mut self) {
        self.trace(TraceEvent::TimedOut);
        while let Some(live) = self.frames.last() {
            if let Some(card) = live.on_timeout() {
                return self.enter(card);
            }
            self.leave();
        }
    }

    /// Whether the running journey has a card for answers that are not understood.
    pub(crate) fn has_invalid_card(&self) -> bool {
        self.frames.last().is_some_and(|live| live.program.on_invalid.is_some())
    }

    /// What follows an answer that is none of the choices: what the card says (its `then:`, and `by_card` its own
    /// statements), the journey's card for that, or the rest of the card. `says_nothing`: it can hardly be meant as an
    /// answer.
    fn not_understood(&mut self, wait: Wait, by_card: bool, says_nothing: bool) {
        let Some(live) = self.frames.last() else { return };
        let statement = live.frame.statement;
        let leads = live.card().is_some_and(|card| card.then.is_some());
        let goes_on = leads || live.card().is_some_and(|card| card.steps.len() > statement + 1);
        let is_said = leads || (by_card && goes_on);
        let on_invalid = live.program.on_invalid.filter(|_| !is_said);
        match on_invalid {
            Some(card) => self.detour(card),
            None if goes_on => {
                self.note_misunderstood(Misunderstood::GoesOn);
                self.follow(Next::Continue);
            }
            None if says_nothing => {
                self.note_misunderstood(Misunderstood::StaysOpen);
                self.open = Some(wait);
            }
            None => {
                self.note_misunderstood(Misunderstood::Ends);
                self.follow(Next::Continue);
            }
        }
    }

    /// Asks once more where the contact stands: behind the journey's card for answers that are not understood, if it has one.
    pub(super) fn ask_again(&mut self) {
        match self.frames.last().and_then(|live| live.program.on_invalid) {
            Some(card) => self.detour(card),
            None => self.note_misunderstood(Misunderstood::AskedAgain),
        }
    }

    /// The journey's card for answers that are not understood, and then the question again.
    fn detour(&mut self, card: CardRef) {
        self.note_misunderstood(Misunderstood::HasACard);
        let Some(live) = self.frames.last() else { return };
        let place = (live.frame.card, live.frame.statement);
        if self.enter_here(card) {
            if let Some(live) = self.frames.last_mut() {
                live.frame.back = Some(place);
            }
        } else {
            let name = self.name_of(card);
            self.mistake(format!("There is no card `{name}` for answers that are not understood."));
            self.stand_at(place.0, place.1);
        }
    }

    fn note_misunderstood(&mut self, then: Misunderstood) {
        let card = self.card_name();
        self.trace(TraceEvent::NotUnderstood { card, then });
    }
}
