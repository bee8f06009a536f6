//! One sprint under way.

use std::sync::Arc;

use expression::{DateTime, Environment, EvaluationError, ExprKind, Scope, Value};
use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};

use super::env::{holds, moment};
use super::input::{Answer, Reply};
use super::session::{Frame, Session, Wait};
use super::{AdvanceError, Budget, Effect, Env, JourneyId, Library, Message, Next, Origin, Sprint, TraceEvent, limits};
use crate::compiler::{CardRef, Program, ReadyCard};
use crate::model::{Formula, Words};

/// One sprint under way: the frames, and what has been produced so far.
pub(crate) struct Run<'a> {
    library: &'a dyn Library,
    env: &'a Env<'a>,
    environment: Environment,
    /// The running journey last.
    frames: Vec<Live>,
    /// The contact, with the fields set in this sprint.
    contact: Value,
    /// The last answer: `block.value` and `block.response`.
    block: Value,
    waits: u32,
    blocks: u32,
    output: usize,
    /// Why the journey has to stop, once it has to.
    exceeded: Option<Budget>,
    effects: Vec<Effect>,
    origins: Vec<Origin>,
    trace: Vec<TraceEvent>,
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
}

/// The statement one stands at while the guard of a card is judged: none.
const IN_GUARD: usize = usize::MAX;

/// What expressions see.
struct View<'r> {
    variables: Option<&'r IndexMap<String, Value>>,
    program: Option<&'r Program>,
    contact: &'r Value,
    block: &'r Value,
    env: &'r Env<'r>,
}

impl Scope for View<'_> {
    fn get(&self, name: &str) -> Option<Value> {
        if let Some(value) = self.variables.and_then(|variables| variables.get(name)) {
            return Some(value.clone());
        }
        match name {
            "contact" => Some(self.contact.clone()),
            "block" => Some(self.block.clone()).filter(|block| *block != Value::Null),
            _ => self.program.and_then(|program| program.sheets.get(name)).cloned().or_else(|| self.env.lookup(name)),
        }
    }
}

impl<'a> Run<'a> {
    pub(super) fn new(library: &'a dyn Library, env: &'a Env<'a>) -> Self {
        Self {
            library,
            env,
            environment: env.environment(),
            frames: Vec::new(),
            contact: env.contact.clone(),
            block: Value::Null,
            waits: 0,
            blocks: 0,
            output: 0,
            exceeded: None,
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
        let frame = Frame { journey, revision, card: 0, statement: 0, variables: IndexMap::new() };
        self.frames.push(Live { program, frame });
        self.enter(CardRef::FIRST);
        true
    }

    /// Puts the frames of a session back and gives the reply to the statement that waits.
    pub(super) fn resume(&mut self, session: Session, reply: &Reply<'_>) -> Result<(), AdvanceError> {
        for frame in &session.frames {
            let Frame { journey, revision, .. } = frame;
            let Some(program) = self.library.revision(journey.as_str(), *revision) else {
                let (journey, revision) = (journey.clone(), *revision);
                return Err(AdvanceError::UnknownRevision { journey, revision, session: Box::new(session) });
            };
            let steps = program.card(frame.card).map(|card| card.steps.len());
            let is_last = std::ptr::eq(frame, session.frames.last().unwrap_or(frame));
            if !steps.is_some_and(|steps| frame.statement < steps || (!is_last && frame.statement == steps)) {
                let journey = journey.clone();
                return Err(AdvanceError::UnknownPlace { journey, session: Box::new(session) });
            }
            // The variables are moved in below, once nothing can go wrong any more.
            let (card, statement, variables) = (frame.card, frame.statement, IndexMap::new());
            let frame = Frame { journey: journey.clone(), revision: *revision, card, statement, variables };
            self.frames.push(Live { program, frame });
        }
        let (answer, is_stale) = Answer::of(reply, &session.wait);
        for (live, frame) in self.frames.iter_mut().zip(session.frames) {
            live.frame.variables = frame.variables;
        }
        self.waits = session.waits;
        let Some(live) = self.frames.last() else { return Ok(()) };
        let program = Arc::clone(&live.program);
        let (card, statement) = (live.frame.card, live.frame.statement);
        self.note_answer(&answer, is_stale);
        if let Some(placed) = program.card(card).and_then(|card| card.steps.get(statement)) {
            let next = placed.step.resume(self, &answer);
            self.follow(next);
        }
        Ok(())
    }

    /// Runs to the next wait or the end.
    pub(super) fn sprint(mut self) -> Sprint {
        let wait = self.proceed();
        let session = match wait {
            Some(wait) if !self.frames.is_empty() => {
                let frames = self.frames.into_iter().map(|live| live.frame).collect();
                Some(Session { frames, wait, waits: self.waits })
            }
            _ => {
                self.trace.push(TraceEvent::Ended);
                None
            }
        };
        Sprint { session, effects: self.effects, origins: self.origins, trace: self.trace }
    }

    fn proceed(&mut self) -> Option<Wait> {
        loop {
            let live = self.frames.last()?;
            self.blocks += 1;
            if self.blocks > self.env.budgets.blocks {
                self.exceeded = Some(Budget::Blocks);
            } else if self.environment.budget_left() == 0 {
                self.exceeded = self.exceeded.or(Some(Budget::Work));
            }
            if let Some(budget) = self.exceeded {
                let card = self.card_name();
                self.trace(TraceEvent::BudgetExceeded { budget, card });
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
                    Next::Wait(wait) => return Some(wait),
                    next => self.follow(next),
                },
                None => match card.then {
                    Some(then) => self.enter(then),
                    None => self.leave(),
                },
            }
        }
    }

    fn follow(&mut self, next: Next) {
        match next {
            Next::Continue | Next::Wait(_) => {
                if let Some(live) = self.frames.last_mut() {
                    live.frame.statement += 1;
                }
            }
            Next::Card(card) => self.enter(card),
            Next::Child(reference) => self.call(&reference),
        }
    }

    /// Enters the first card of a name whose guard holds, else the one without a guard.
    fn enter(&mut self, CardRef(number): CardRef) {
        let Some(live) = self.frames.last_mut() else { return };
        let program = Arc::clone(&live.program);
        let Some(group) = program.groups.get(number as usize) else {
            self.leave();
            return;
        };
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
        match found.or(group.default) {
            Some(index) => {
                self.stand_at(index, 0);
                if let Some(card) = program.card(index) {
                    let (card, line, guarded) = (card.name.clone(), card.line, found.is_some());
                    self.trace(TraceEvent::CardEntered { card, line, guarded });
                }
            }
            None => {
                self.trace(TraceEvent::MissingDefault { card: group.name.clone() });
                self.leave();
            }
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
        if let Some(caller) = self.frames.last() {
            let journey = caller.frame.journey.clone();
            self.trace(TraceEvent::Returned { journey });
        }
    }

    /// Calls another journey. A caller with nothing left to do is not kept, so menus may call each other for ever.
    fn call(&mut self, reference: &str) {
        let Some(live) = self.frames.last_mut() else { return };
        if self.library.published(reference).is_none() {
            live.frame.statement += 1;
            self.mistake_before(format!("There is no published journey `{reference}`; it was not run."));
            return;
        }
        live.frame.statement += 1;
        let is_done = live.card().is_none_or(|card| card.then.is_none() && live.frame.statement >= card.steps.len());
        if is_done {
            self.frames.pop();
        } else if self.frames.len() >= self.env.budgets.depth {
            self.exceeded = Some(Budget::Depth);
            return;
        }
        self.open(reference);
    }

    fn view(&self) -> View<'_> {
        let live = self.frames.last();
        View {
            variables: live.map(|live| &live.frame.variables),
            program: live.map(|live| &*live.program),
            contact: &self.contact,
            block: &self.block,
            env: self.env,
        }
    }

    /// The value of an expression; nothing, with a note in the trace, when it fails.
    pub(crate) fn value(&mut self, formula: &Formula) -> Value {
        self.try_value(formula).unwrap_or_default()
    }

    /// The value of an expression, or a note in the trace.
    pub(crate) fn try_value(&mut self, formula: &Formula) -> Option<Value> {
        match formula.evaluate(&self.view(), &self.environment) {
            Ok(value) => Some(value),
            Err(error) => {
                self.failed(formula, &error);
                None
            }
        }
    }

    /// The text of an expression. One that fails stays as it was typed when it is a text, so that the rest of it arrives.
    pub(crate) fn text(&mut self, formula: &Formula) -> String {
        let result = match &formula.kind {
            ExprKind::Text(text) => return text.to_string(),
            ExprKind::Interpolated(template) => template.render(&self.view(), &self.environment),
            _ => formula.evaluate(&self.view(), &self.environment).map(|value| value.text()),
        };
        result.unwrap_or_else(|error| {
            self.failed(formula, &error);
            match &formula.kind {
                ExprKind::Interpolated(template) => template.source().to_owned(),
                _ => String::new(),
            }
        })
    }

    /// A text in the contact's language, as far as it is there.
    pub(crate) fn words(&mut self, words: &Words) -> String {
        let text = match words.languages.is_empty() {
            true => &words.text,
            false => {
                let wanted = self.contact.field("language").map(Value::text);
                let own = self.frames.last().and_then(|live| live.program.language());
                words.in_language(wanted.as_deref(), own)
            }
        };
        self.text(text)
    }

    /// Whether a condition holds; one that fails does not.
    pub(crate) fn holds(&mut self, formula: &Formula) -> bool {
        self.try_value(formula).is_some_and(|value| holds(&value))
    }

    /// The value of an expression as a whole number.
    pub(crate) fn whole_number(&mut self, formula: &Formula) -> Option<i64> {
        let value = self.try_value(formula)?;
        let number = match value.acting() {
            Value::Int(number) => Some(*number),
            #[expect(clippy::cast_possible_truncation, reason = "checked: small enough to be exact")]
            Value::Float(number) if number.abs() < 9e15 => Some(number.round() as i64),
            Value::Text(text) => text.trim().parse().ok(),
            _ => None,
        };
        if number.is_none() {
            self.mistake(format!("`{formula}` is `{}`, not a number.", value.text()));
        }
        number
    }

    /// The value of an expression as a moment.
    pub(crate) fn moment(&mut self, formula: &Formula) -> Option<Timestamp> {
        let value = self.try_value(formula)?;
        let moment = moment(&value, &self.environment.time_zone);
        if moment.is_none() {
            self.mistake(format!("`{formula}` is `{}`, not a date and time.", value.text()));
        }
        moment.map(DateTime::timestamp)
    }

    /// The moment some seconds from now.
    pub(crate) fn after(&self, seconds: i64) -> Option<Timestamp> {
        self.env.now.checked_add(SignedDuration::from_secs(seconds)).ok()
    }

    /// The id of a journey; the reference itself when none is published under it.
    pub(crate) fn journey(&self, reference: &str) -> JourneyId {
        self.library.published(reference).map_or_else(|| reference.into(), |(journey, _, _)| journey)
    }

    /// Keeps a value in a variable.
    pub(crate) fn keep(&mut self, variable: Option<&str>, value: Value) {
        if let (Some(variable), Some(live)) = (variable, self.frames.last_mut()) {
            match live.frame.variables.get_mut(variable) {
                Some(kept) => *kept = value,
                None => {
                    live.frame.variables.insert(variable.to_owned(), value);
                }
            }
        }
    }

    /// Makes a field of the contact visible to the rest of the sprint.
    pub(crate) fn set_field(&mut self, name: &str, value: &Value) {
        let mut fields = match &self.contact {
            Value::Map(fields) => (**fields).clone(),
            _ => IndexMap::new(),
        };
        // Names are case-insensitive: a field that is there already keeps its spelling.
        let known = fields.keys().find(|known| known.eq_ignore_ascii_case(name)).cloned();
        fields.insert(known.unwrap_or_else(|| name.to_owned()), value.clone());
        self.contact = Value::from(fields);
    }

    /// Makes the last answer visible as `block.value` and `block.response`.
    pub(super) fn remember(&mut self, response: &str, value: &Value) {
        self.block = Value::map([("value", value.clone()), ("response", Value::from(response))]);
    }

    /// Sends a text, in parts when it is too long, and not at all when it is empty.
    pub(crate) fn say(&mut self, text: &str) {
        let text = text.trim();
        if text.is_empty() {
            self.mistake("The text is empty; nothing was sent.".to_owned());
            return;
        }
        for part in limits::split(text, limits::TEXT) {
            self.send(Message::Text { body: part.to_owned() });
        }
    }

    /// Sends a message.
    pub(crate) fn send(&mut self, message: Message) {
        self.output += match &message {
            Message::Text { body } | Message::Buttons { body, .. } | Message::List { body, .. } => body.len(),
            Message::Media { url, .. } => url.len(),
            Message::Template { parameters, .. } => parameters.iter().map(String::len).sum(),
        };
        if self.output > self.env.budgets.output {
            self.exceeded = Some(Budget::Output);
            return;
        }
        self.effect(Effect::Send(message));
    }

    pub(crate) fn effect(&mut self, effect: Effect) {
        let journey = self.frames.last().map_or_else(|| "".into(), |live| live.frame.journey.clone());
        self.origins.push(Origin { journey, card: self.card_name(), line: self.line(0) });
        self.effects.push(effect);
    }

    pub(super) fn trace(&mut self, event: TraceEvent) {
        self.trace.push(event);
    }

    /// Notes something the author should correct.
    pub(crate) fn mistake(&mut self, message: String) {
        self.mistake_at(message, 0);
    }

    /// The same, about the statement that has just been left behind.
    fn mistake_before(&mut self, message: String) {
        self.mistake_at(message, 1);
    }

    fn mistake_at(&mut self, message: String, back: usize) {
        let (card, line) = (self.card_name(), self.line(back));
        self.trace(TraceEvent::Mistake { card, line, message });
    }

    /// The line of the statement one stands at, or of one before it; that of the card where there is none.
    fn line(&self, back: usize) -> u32 {
        let line = self.frames.last().and_then(|live| {
            let card = live.card()?;
            let index = live.frame.statement.saturating_sub(back);
            Some(card.steps.get(index).map_or(card.line, |placed| placed.line))
        });
        line.unwrap_or(0)
    }

    fn failed(&mut self, formula: &Formula, error: &EvaluationError) {
        if *error == EvaluationError::BudgetExceeded {
            self.exceeded = Some(Budget::Work);
        }
        self.mistake(format!("`{formula}`: {error}."));
    }

    pub(super) fn card_name(&self) -> Arc<str> {
        self.frames.last().and_then(Live::card).map_or_else(|| "".into(), |card| card.name.clone())
    }

    /// A wait for a free answer.
    pub(crate) fn wait(&mut self) -> Wait {
        self.open_wait(Vec::new(), Vec::new())
    }

    /// A wait for an answer, with an id that no other wait of the contact has.
    pub(super) fn open_wait(&mut self, titles: Vec<String>, values: Vec<Value>) -> Wait {
        self.waits += 1;
        let timeout = self.frames.last().map_or(0, |live| live.program.interaction_timeout);
        let deadline = self.after(i64::from(timeout));
        let id = wait_id(self.env.seed, self.env.now, self.waits);
        Wait::Reply { id, titles, values, deadline, wakes: false }
    }
}

/// A number that depends on all of these (the finalizer of SplitMix64: Steele, Lea and Flood, 2014).
fn wait_id(seed: u64, now: Timestamp, waits: u32) -> u32 {
    let mut state = seed ^ now.as_microsecond().cast_unsigned().rotate_left(20) ^ u64::from(waits).rotate_left(50);
    state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    u32::try_from(state >> 32).unwrap_or_default()
}
