//! One sprint under way.

mod act;
mod resume;
mod values;

pub(crate) use values::plain;

use std::sync::Arc;

use expression::{Environment, Value};

use super::session::{Frame, Session, Wait};
use super::{Budget, Effect, Env, Library, Next, Origin, Repeats, Sprint, TraceEvent, limits};
use crate::compiler::{CardRef, Program, ReadyCard};

/// One sprint under way: the frames, and what has been produced so far.
pub(crate) struct Run<'a> {
    library: &'a dyn Library,
    env: &'a Env<'a>,
    environment: Environment,
    /// The work units that are left for expressions.
    work: u64,
    /// The running journey last.
    frames: Vec<Live>,
    /// The contact, with the fields set in this sprint.
    contact: Value,
    /// The last answer: `block.value` and `block.response`.
    block: Value,
    /// The wait that stays, when the input did not end it.
    open: Option<Wait>,
    /// Where the contact stood when they replied.
    kept: Option<Box<Session>>,
    repeats: Repeats,
    waits: u32,
    unattended: u16,
    blocks: u32,
    output: usize,
    messages: usize,
    /// Whether a template was sent whose buttons are not known here: what is tapped may be one of them.
    may_be_tapped: bool,
    /// Why the journey has to stop, once it has to.
    halted: Option<Halt>,
    effects: Vec<Effect>,
    origins: Vec<Origin>,
    trace: Vec<TraceEvent>,
}

/// Why a journey has to stop.
enum Halt {
    /// It did too much.
    Exceeded(Budget),
    /// It was led to a card that is not there.
    MissingCard(Arc<str>),
}

/// A frame with its program.
struct Live {
    program: Arc<Program>,
    frame: Frame,
}

impl Live {
    fn card(&self) -> Option<&ReadyCard> {
        self.program.card(self.frame.card)
    }

    /// Seconds without a reply: those of the card, else those of the journey.
    fn timeout(&self) -> u32 {
        self.card().and_then(|card| card.timeout).unwrap_or(self.program.interaction_timeout())
    }

    /// Where it goes on then: where the card says, else where the journey says.
    fn on_timeout(&self) -> Option<CardRef> {
        self.card().and_then(|card| card.on_timeout).or(self.program.on_timeout)
    }
}

/// The statement one stands at while the guard of a card is judged: none.
const IN_GUARD: usize = usize::MAX;

impl<'a> Run<'a> {
    pub(super) fn new(library: &'a dyn Library, env: &'a Env<'a>) -> Self {
        Self {
            library,
            env,
            environment: env.environment(),
            work: env.budgets.work,
            frames: Vec::new(),
            contact: env.contact.clone(),
            block: Value::Null,
            open: None,
            kept: None,
            repeats: env.repeats.clone(),
            waits: 0,
            unattended: 0,
            blocks: 0,
            output: 0,
            messages: 0,
            halted: None,
            may_be_tapped: false,
            effects: Vec::new(),
            origins: Vec::new(),
            trace: Vec::new(),
        }
    }

    /// Begins a journey; false when there is none of this id or name.
    pub(super) fn open(&mut self, reference: &str) -> bool {
        let Some((journey, revision, program)) = self.library.published(reference) else {
            return false;
        };
        self.trace(TraceEvent::Started { journey: journey.clone(), revision });
        let frame = Frame::at(journey, revision, 0, 0);
        self.frames.push(Live { program, frame });
        self.enter(CardRef::FIRST);
        true
    }

    /// Runs to the next wait or the end.
    pub(super) fn sprint(mut self) -> Sprint {
        let wait = self.open.take().or_else(|| self.proceed());
        match self.kept.take() {
            Some(kept) if self.halted.is_some() => self.give_up(kept),
            kept => self.end(wait, kept),
        }
    }

    /// Puts the contact back where they stood, when their reply led to too much. They get what follows an answer that was
    /// not understood; should that be too much as well, nothing.
    pub(super) fn give_up(self, kept: Box<Session>) -> Sprint {
        let Ok((mut again, _)) = Self::standing(self.library, Session::clone(&kept), self.env) else {
            return self.end(None, None); // cannot be: it stood there a moment ago
        };
        again.trace = self.trace;
        again.ask_again();
        let wait = again.proceed();
        if again.halted.is_none() {
            return again.end(wait, None);
        }
        let mut sprint = Sprint::idle(Some(*kept), TraceEvent::GivenUp, self.env);
        again.trace.append(&mut sprint.trace);
        Sprint { trace: again.trace, ..sprint }
    }

    fn end(mut self, wait: Option<Wait>, kept: Option<Box<Session>>) -> Sprint {
        self.trim();
        let session = match wait {
            Some(wait) if !self.frames.is_empty() => {
                let frames = self.frames.into_iter().map(|live| live.frame).collect();
                let kept = kept.filter(|_| matches!(wait, Wait::Call { .. }));
                Some(Session { frames, wait, waits: self.waits, unattended: self.unattended, kept })
            }
            _ => {
                self.trace.push(TraceEvent::Ended);
                None
            }
        };
        Sprint { session, effects: self.effects, origins: self.origins, trace: self.trace, repeats: self.repeats }
    }

    fn proceed(&mut self) -> Option<Wait> {
        loop {
            let live = self.frames.last()?;
            self.blocks += 1;
            if self.blocks > self.env.budgets.blocks {
                self.halted = Some(Halt::Exceeded(Budget::Blocks));
            } else if self.work == 0 {
                self.halted.get_or_insert(Halt::Exceeded(Budget::Work));
            }
            if let Some(halt) = &self.halted {
                let card = self.card_name();
                let event = match halt {
                    Halt::Exceeded(budget) => TraceEvent::BudgetExceeded { budget: *budget, card },
                    Halt::MissingCard(name) => {
                        TraceEvent::MissingCard { card, line: self.line(), name: Arc::clone(name) }
                    }
                };
                self.trace(event);
                self.frames.clear();
                return None;
            }
            let program = Arc::clone(&live.program);
            let (card, statement) = (live.frame.card, live.frame.statement);
            let Some(card) = program.card(card) else {
                self.leave();
                continue;
            };
            match card.steps.get(statement) {
                Some(placed) => match placed.step.run(self) {
                    Next::Wait(wait) if self.halted.is_none() => return Some(wait),
                    next => self.follow(next),
                },
                None => self.end_of_card(card.then),
            }
        }
    }

    /// What follows the last statement of a card: the card its `then:` names, the question it was a detour from, or the end
    /// of the journey.
    fn end_of_card(&mut self, then: Option<CardRef>) {
        let back = self.frames.last_mut().and_then(|live| live.frame.back.take());
        match (then, back) {
            (Some(then), _) => self.enter(then),
            (None, Some((card, statement))) => self.stand_at(card, statement),
            (None, None) => self.leave(),
        }
    }

    fn follow(&mut self, next: Next) {
        match next {
            Next::Continue | Next::Wait(_) | Next::NotUnderstood { .. } | Next::AskAgain => {
                if let Some(live) = self.frames.last_mut() {
                    live.frame.statement += 1;
                }
            }
            Next::Card(card) => self.enter(card),
            Next::Child(reference) => self.call(&reference),
        }
    }

    /// Enters the first card of a name whose guard holds, else the one without a guard; when there is none, it goes on where
    /// the first card leads. Without any card of the name it has to stop.
    fn enter(&mut self, card: CardRef) {
        let card = self.migrate(card);
        if let Some(live) = self.frames.last_mut() {
            live.frame.back = None;
        }
        self.settle_locale();
        if !self.enter_here(card) {
            let name = self.name_of(card);
            self.halted.get_or_insert(Halt::MissingCard(name));
        }
    }

    /// What a card is called, whether it is there or not.
    pub(super) fn name_of(&self, CardRef(number): CardRef) -> Arc<str> {
        let group = self.frames.last().and_then(|live| live.program.groups.get(number as usize));
        group.map_or_else(|| "".into(), |group| Arc::clone(&group.name))
    }

    /// The same, in the present revision; false when there is no card to enter: it stands where it stood.
    fn enter_here(&mut self, CardRef(number): CardRef) -> bool {
        let Some(live) = self.frames.last_mut() else { return false };
        let program = Arc::clone(&live.program);
        let Some(group) = program.groups.get(number as usize) else { return false };
        let mut found = None;
        for index in &group.guarded {
            // Guards are judged as part of their own card, so that a mistake names its line.
            self.stand_at(*index, IN_GUARD);
            let guard = program.card(*index).and_then(|card| card.guard.as_ref());
            if guard.is_some_and(|guard| self.holds(guard)) {
                found = Some(*index);
                break;
            }
        }
        let Some(index) = found.or(group.default) else {
            // None of them does anything, and it goes on where the first one leads; the author reads of it.
            let Some(first) = group.guarded.first() else { return false };
            self.stand_at(*first, program.card(*first).map_or(0, |card| card.steps.len()));
            let missing = TraceEvent::MissingDefault { card: group.name.clone() };
            self.effect(Effect::Log { message: missing.to_string() });
            self.trace(missing);
            return true;
        };
        self.stand_at(index, 0);
        if let Some(card) = program.card(index) {
            let (card, line, guarded) = (card.name.clone(), card.line, found.is_some());
            self.trace(TraceEvent::CardEntered { card, line, guarded });
        }
        true
    }

    /// Moves the running journey to its published revision, if its people are to move and it has a card of this name too;
    /// gives the name's number there.
    fn migrate(&mut self, card: CardRef) -> CardRef {
        let CardRef(number) = card;
        let Some(live) = self.frames.last_mut().filter(|live| self.library.migrates(live.frame.journey.as_str()))
        else {
            return card;
        };
        let name = live.program.groups.get(number as usize).map(|group| &group.name);
        let published = self.library.published(live.frame.journey.as_str());
        let (Some(name), Some((journey, revision, program))) = (name, published) else { return card };
        let found = program.groups.iter().position(|group| group.name == *name && !group.is_missing());
        match found.and_then(|found| u32::try_from(found).ok()) {
            Some(found) if revision != live.frame.revision && journey == live.frame.journey => {
                live.program = program;
                live.frame.revision = revision;
                self.trace(TraceEvent::Migrated { journey, revision });
                CardRef(found)
            }
            _ => card,
        }
    }

    fn stand_at(&mut self, card: usize, statement: usize) {
        if let Some(live) = self.frames.last_mut() {
            live.frame.card = card;
            live.frame.statement = statement;
        }
    }

    /// Ends the running journey; its caller goes on.
    fn leave(&mut self) {
        self.frames.pop();
        self.settle_locale();
        if let Some(caller) = self.frames.last() {
            let journey = caller.frame.journey.clone();
            self.trace(TraceEvent::Returned { journey });
        }
    }

    /// Calls another journey. A caller with nothing left to do is not kept, so menus may call each other for ever.
    fn call(&mut self, reference: &str) {
        if self.library.published(reference).is_none() {
            let message = format!("There is no published journey `{reference}`; it was not run.");
            self.mistake_about(message, Some(reference.to_owned()));
            return self.follow(Next::Continue);
        }
        let Some(live) = self.frames.last_mut() else { return };
        live.frame.statement += 1;
        let is_end = |card: &ReadyCard| card.then.is_none() && card.on_timeout.is_none();
        let is_last = live.card().is_none_or(|card| is_end(card) && live.frame.statement >= card.steps.len());
        let is_done = is_last && live.frame.back.is_none();
        if is_done {
            self.frames.pop();
        } else if self.frames.len() >= self.env.budgets.depth {
            self.halted = Some(Halt::Exceeded(Budget::Depth));
            return;
        }
        self.open(reference);
    }

    pub(crate) fn effect(&mut self, effect: Effect) {
        let journey = self.frames.last().map_or_else(|| "".into(), |live| live.frame.journey.clone());
        self.origins.push(Origin { journey, card: self.card_name(), line: self.line() });
        self.effects.push(effect);
    }

    pub(super) fn trace(&mut self, event: TraceEvent) {
        self.trace.push(event);
    }

    /// Notes something the author should correct.
    pub(crate) fn mistake(&mut self, message: String) {
        self.mistake_about(message, None);
    }

    /// The same, about a journey that is not there.
    fn mistake_about(&mut self, message: String, journey: Option<String>) {
        let (card, line) = (self.card_name(), self.line());
        let journey = journey.map(limits::abridge);
        self.trace(TraceEvent::Mistake { card, line, message: limits::abridge(message), journey });
    }

    /// The line of the present statement.
    pub(super) fn line(&self) -> u32 {
        let line = self.frames.last().and_then(|live| {
            let card = live.card()?;
            Some(card.steps.get(live.frame.statement).map_or(card.line, |placed| placed.line))
        });
        line.unwrap_or(0)
    }

    pub(super) fn card_name(&self) -> Arc<str> {
        self.frames.last().and_then(Live::card).map_or_else(|| "".into(), |card| card.name.clone())
    }
}
