//! One sprint under way.

use std::sync::Arc;

use expression::{DateTime, Environment, EvaluationError, ExprKind, Scope, Value};
use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};

use super::env::{holds, moment};
use super::input::{Answer, Input};
use super::session::{Frame, Session, Wait};
use super::size::stored_size;
use super::{
    AdvanceError, Budget, Call, Effect, Env, JourneyId, Library, Message, Misunderstood, Next, Repeats, Sprint,
    TraceEvent, chance, limits,
};
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
    /// The wait that stays, when the input did not end it.
    open: Option<Wait>,
    repeats: Repeats,
    waits: u32,
    blocks: u32,
    output: usize,
    /// Why the journey has to stop, once it has to.
    exceeded: Option<Budget>,
    effects: Vec<Effect>,
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
            open: None,
            repeats: env.repeats.clone(),
            waits: 0,
            blocks: 0,
            output: 0,
            exceeded: None,
            effects: Vec::new(),
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

    /// Puts the frames of a session back and gives the input to the statement that waits.
    pub(super) fn of(
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
        let Session { frames, wait, waits } = session;
        for (live, frame) in run.frames.iter_mut().zip(frames) {
            live.frame = frame;
        }
        run.waits = waits;
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
            Some(card) => {
                self.enter_here(card);
                if let Some(live) = self.frames.last_mut() {
                    live.frame.back = Some(place);
                }
            }
            None if then == Misunderstood::StaysOpen => self.open = Some(wait),
            None => self.follow(Next::Continue),
        }
    }

    /// Runs to the next wait or the end.
    pub(super) fn sprint(mut self) -> Sprint {
        let wait = self.open.take().or_else(|| self.proceed());
        self.trim();
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
        Sprint { session, effects: self.effects, trace: self.trace, repeats: self.repeats }
    }

    /// Gives up what is too large to be stored while the journey waits; what is gone is an error value then.
    fn trim(&mut self) {
        let size = |value: &Value, limit| stored_size(value, limit);
        for index in 0..self.frames.len() {
            let Some(live) = self.frames.get_mut(index) else { return };
            let too_large = |(_, value): &(&String, &mut Value)| size(value, limits::VARIABLE).is_none();
            let lost: Vec<String> = live
                .frame
                .variables
                .iter_mut()
                .filter(too_large)
                .map(|(name, value)| {
                    *value = Value::error("it was too large to be kept");
                    name.clone()
                })
                .collect();
            for name in lost {
                self.lost(&name, limits::VARIABLE);
            }
        }
        loop {
            let sizes = self.frames.iter().enumerate().flat_map(|(index, live)| {
                let sized =
                    move |(name, value): (&String, &Value)| (size(value, usize::MAX).unwrap_or(0), index, name.clone());
                live.frame.variables.iter().map(sized)
            });
            let (total, largest) =
                sizes.fold((0, None), |(total, largest): (usize, Option<(usize, usize, String)>), next| {
                    (total + next.0, largest.max(Some(next)))
                });
            let Some((_, index, name)) = largest.filter(|_| total > limits::VARIABLES) else { return };
            if let Some(value) = self.frames.get_mut(index).and_then(|live| live.frame.variables.get_mut(&name)) {
                *value = Value::error("it was too large to be kept");
            }
            self.lost(&name, limits::VARIABLES);
        }
    }

    fn lost(&mut self, name: &str, limit: usize) {
        self.mistake(format!(
            "`{name}` was not kept while the journey waits: it is larger than {} KB. Keep only the part you need in a \
             variable, and set this one to nil.",
            limit / 1024
        ));
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
            Next::Continue | Next::Wait(_) | Next::NotUnderstood => {
                if let Some(live) = self.frames.last_mut() {
                    live.frame.statement += 1;
                }
            }
            Next::Card(card) => self.enter(card),
            Next::Child(reference) => self.call(&reference),
        }
    }

    /// Enters the first card of a name whose guard holds, else the one without a guard.
    fn enter(&mut self, card: CardRef) {
        let card = if self.env.migrate { self.migrate(card) } else { card };
        if let Some(live) = self.frames.last_mut() {
            live.frame.back = None;
        }
        self.enter_here(card);
    }

    /// The same, in the present revision.
    fn enter_here(&mut self, CardRef(number): CardRef) {
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

    /// Moves the running journey to its published revision, if that is another one and has a card of this name too; gives
    /// the name's number there.
    fn migrate(&mut self, card: CardRef) -> CardRef {
        let CardRef(number) = card;
        let Some(live) = self.frames.last_mut() else { return card };
        let name = live.program.groups.get(number as usize).map(|group| &group.name);
        let published = self.library.published(live.frame.journey.as_str());
        let (Some(name), Some((journey, revision, program))) = (name, published) else { return card };
        let found = program.groups.iter().position(|group| group.name == *name);
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

    /// What a button is called, in the contact's language and no longer than WhatsApp shows.
    pub(crate) fn title(&mut self, words: &Words, limit: usize) -> String {
        let title = self.words(words);
        let mut title = limits::shorten(&title, limit, self);
        if title.is_empty() {
            self.mistake("The button has no title.".to_owned());
            title.push('…');
        }
        title
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

    /// The value of an expression as names and values: a map, or a list of pairs.
    pub(crate) fn pairs(&mut self, formula: &Formula) -> Vec<(String, Value)> {
        let value = self.value(formula);
        let items = match value.acting() {
            Value::Null => return Vec::new(),
            Value::Map(map) => return map.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
            Value::List(items) => Arc::clone(items),
            _ => Arc::default(),
        };
        let pair = |item: &Value| match item.acting() {
            Value::List(pair) => Some((pair.first()?.text(), pair.get(1)?.clone())),
            _ => None,
        };
        let pairs: Vec<_> = items.iter().filter_map(pair).collect();
        if pairs.len() < items.len() || items.is_empty() {
            self.mistake(format!("`{formula}` is not a list of pairs such as `[[\"name\", \"value\"]]`."));
        }
        pairs
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
        self.output += message.texts().iter().map(|text| text.len()).sum::<usize>();
        if self.output > self.env.budgets.output {
            self.exceeded = Some(Budget::Output);
            return;
        }
        if !self.repeats.count(&message, self.env.now, self.env.budgets.repetitions) {
            let (card, line) = (self.card_name(), self.line(0));
            self.trace(TraceEvent::Repeated { card, line });
            return;
        }
        self.effect(Effect::Send(message));
    }

    pub(crate) fn effect(&mut self, effect: Effect) {
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

    /// The line of the present statement, or of one before it.
    pub(super) fn line(&self, back: usize) -> u32 {
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
        let live = self.frames.last();
        let timeout = live.map_or(0, |live| live.program.interaction_timeout());
        let claim = live.map_or(0, |live| live.program.claim_timeout());
        let deadline = self.after(i64::from(timeout));
        let claim = self.after(i64::from(claim)).filter(|_| claim < timeout);
        let wakes = self.frames.iter().any(|live| live.program.on_timeout.is_some());
        Wait::Reply { id: self.wait_id(), titles, values, deadline, wakes, claim }
    }

    /// An id for a new wait.
    pub(super) fn wait_id(&mut self) -> u32 {
        self.waits += 1;
        let (seed, now) = (self.env.seed, self.env.now.as_microsecond().cast_unsigned());
        let state = seed ^ now.rotate_left(20) ^ u64::from(self.waits).rotate_left(50);
        u32::try_from(chance::mix(state) >> 32).unwrap_or_default()
    }

    /// A pause until a moment.
    pub(crate) fn pause(&mut self, at: Timestamp) -> Next {
        Next::Wait(Wait::Timer { id: self.wait_id(), at })
    }

    /// Gives the conversation to the team.
    pub(crate) fn hand_over(&mut self, reason: Option<String>) {
        let card = self.card_name();
        self.trace(TraceEvent::HandedOver { card });
        self.effect(Effect::HandOver { reason });
    }

    /// Notes in the trace where an experiment leads.
    pub(crate) fn note_experiment(&mut self, name: &Arc<str>, arm: &Arc<str>) {
        self.trace(TraceEvent::Experiment { name: Arc::clone(name), arm: Arc::clone(arm) });
    }

    /// A wait for the team to give the conversation back.
    pub(crate) fn hand_back(&mut self) -> Next {
        Next::Wait(Wait::HandBack { id: self.wait_id() })
    }

    /// Has the host make a request, and waits for its outcome.
    pub(crate) fn call_service(&mut self, call: impl FnOnce(u32) -> Call) -> Next {
        let call = call(self.wait_id());
        let id = call.id;
        let (card, line) = (self.card_name(), self.line(0));
        let url = call.url.split('?').next().unwrap_or_default().to_owned();
        self.trace(TraceEvent::Calling { card, line, method: call.method, url });
        self.effect(Effect::Call(call));
        Next::Wait(Wait::Call { id })
    }

    /// Notes in the trace what came of a request.
    pub(crate) fn note_call(&mut self, status: Option<u16>, error: Option<String>) {
        let (card, line) = (self.card_name(), self.line(0));
        self.trace(TraceEvent::Called { card, line, status, error, took_ms: None });
    }

    /// A number that is always the same for this contact and this name.
    pub(crate) fn lot(&self, name: &str) -> u64 {
        chance::hash([self.env.contact_id, name])
    }

    /// Forgets the contact's fields and what the journeys have learnt, as the host does outside.
    pub(crate) fn forget_contact(&mut self) {
        if let Value::Map(fields) = &self.contact {
            self.contact = Value::map(fields.keys().map(|name| (name.clone(), Value::Null)));
        }
        for live in &mut self.frames {
            live.frame.variables.clear();
        }
        self.block = Value::Null;
    }
}
