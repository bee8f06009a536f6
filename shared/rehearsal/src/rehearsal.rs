//! One contact, one line, one conversation, and a clock that moves only when it is told to.

use domain::answer::{self, Answer, Published, who_answers};
use domain::conversation::ScheduledJourney;
use domain::{Contact, ContactId, Conversation, LineId, Mode, Person, scope};
use expression::Value;
use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};
use journey::{
    Call, CallOutcome, Effect, Env, Input, JourneyId, Library as _, Message, Origin, Repeats, Session, Sprint,
    TraceEvent, Wait,
};
use serde_json::{Map, Value as Json, json};
use whatsapp::InboundMessage;

use crate::event::{Alarm, Cause, Event, NotStarted, Unanswered};
use crate::http::{self, Mock};
use crate::incoming::{Choice, Incoming, Surface};
use crate::shelf::Shelf;

/// Alarms that may ring in one advance of the clock: journeys that schedule each other at once never come to an end.
const MOST_ALARMS: usize = 1_000;

/// Calls of web services that one event may lead to: a journey may ask again and again what never answers.
const MOST_CALLS: u32 = 50;

/// What a rehearsal begins with.
#[derive(Debug, Clone)]
pub struct Options {
    /// Now.
    pub clock: Timestamp,
    /// Where random numbers begin: the same seed gives the same conversation.
    pub seed: u64,
    /// The profile fields of the contact.
    pub contact: Map<String, Json>,
    /// The global dictionaries.
    pub globals: Map<String, Json>,
    /// What is known of the line; journeys read it as `global.line`.
    pub line: Map<String, Json>,
    /// The answers to HTTP calls.
    pub http: Vec<Mock>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clock: Timestamp::from_second(1_772_359_200).unwrap_or_default(), // 2026-03-01T10:00:00Z
            seed: 1,
            contact: Map::new(),
            globals: Map::new(),
            line: Map::new(),
            http: Vec::new(),
        }
    }
}

/// What is to be tapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tap<'a> {
    /// What is written on it, whatever its case.
    Label(&'a str),
    /// Its id: the one that comes back, or the value it stands for.
    Id(&'a str),
}

/// There is nothing of this label or id to tap.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no button or row `{wanted}`")]
pub struct NothingToTap {
    /// What was to be tapped.
    pub wanted: String,
    /// What can be tapped on the latest message that has something to tap.
    pub visible: Vec<String>,
}

/// One contact talking to journeys.
#[derive(Debug)]
pub struct Rehearsal {
    shelf: Shelf,
    now: Timestamp,
    seed: u64,
    globals: Value,
    contact: Contact,
    conversation: Conversation,
    results: IndexMap<String, Json>,
    /// Everything that was ever shown to tap, with the turn in which it was; the latest last.
    choices: Vec<(u64, Choice)>,
    /// The token of the form that was sent last: it comes back with the answers.
    form: Option<String>,
    /// What was lately sent.
    repeats: Repeats,
    http: Vec<Mock>,
    /// How many calls of web services the present event has led to.
    calls: u32,
    /// How many events there were: messages, starts, alarms.
    turns: u64,
    events: Vec<Event>,
}

impl Rehearsal {
    /// A contact who has never written, and journeys; the first of them is the one that is rehearsed.
    #[must_use]
    pub fn new(shelf: Shelf, options: Options) -> Self {
        let Options { clock, seed, mut contact, mut globals, line, http } = options;
        let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let phone = contact.shift_remove("whatsapp_id").map(|id| text(&id));
        let person = Person { phone: Some(phone.unwrap_or_else(|| "573001112233".to_owned())), ..Person::default() };
        // Experiments draw by the contact: another seed is another contact.
        let id = ContactId::new(format!("contact-{seed}"));
        if !line.is_empty() {
            globals.entry("line").or_insert(Json::Object(line));
        }
        Self {
            shelf,
            now: clock,
            seed,
            globals: Value::from(Json::Object(globals)),
            // A field that is said to be null stays there: unset, but known.
            contact: Contact { fields: contact, ..Contact::new(id.clone(), &person, clock) },
            conversation: Conversation::new(id, LineId::new("line"), clock),
            results: IndexMap::new(),
            choices: Vec::new(),
            form: None,
            repeats: Repeats::default(),
            http,
            calls: 0,
            turns: 0,
            events: Vec::new(),
        }
    }

    /// Starts the rehearsed journey, as the team or a reminder would. A journey that is under way ends.
    pub fn start(&mut self) -> Vec<Event> {
        if let Some(first) = self.shelf.books().first() {
            let id = first.id.to_string();
            self.begin_turn();
            self.start_from_outside(&id, Cause::Asked);
        }
        self.take_events()
    }

    /// The contact writes. A text that is the label of something to tap in the latest messages taps it, as the
    /// keyboards of phones suggest.
    pub fn say(&mut self, text: &str) -> Vec<Event> {
        let wanted = normal(text);
        let latest = |(turn, choice): &&(u64, Choice)| *turn == self.turns && normal(&choice.title) == wanted;
        let choice = self.choices.iter().rev().find(latest).map(|(_, choice)| choice.clone());
        self.send(&choice.map_or_else(|| Incoming::Text(text.to_owned()), Incoming::Choice))
    }

    /// The contact taps a button or row. Those of earlier messages can still be tapped, as on a phone.
    ///
    /// # Errors
    /// When there is none.
    pub fn tap(&mut self, tap: Tap<'_>) -> Result<Vec<Event>, NothingToTap> {
        let id = match tap {
            Tap::Label(_) => None,
            Tap::Id(id) => self.choice_of_value(id).or_else(|| Some(id.to_owned())),
        };
        let is_meant = |(_, choice): &&(u64, Choice)| match (tap, &id) {
            (Tap::Label(label), _) => normal(&choice.title) == normal(label),
            (Tap::Id(_), id) => Some(&choice.id) == id.as_ref(),
        };
        let found = self.choices.iter().rev().find(is_meant).map(|(_, choice)| choice.clone());
        match (found, tap) {
            (Some(choice), _) => Ok(self.send(&Incoming::Choice(choice))),
            (None, Tap::Label(wanted) | Tap::Id(wanted)) => {
                let wanted = wanted.to_owned();
                let visible = self.visible_choices().map(|choice| choice.title.clone()).collect();
                Err(NothingToTap { wanted, visible })
            }
        }
    }

    /// What can be tapped in the latest turn that showed something to tap.
    pub fn visible_choices(&self) -> impl Iterator<Item = &Choice> {
        let latest = self.choices.last().map(|(turn, _)| *turn);
        self.choices.iter().filter(move |(turn, _)| Some(*turn) == latest).map(|(_, choice)| choice)
    }

    /// The contact sends something.
    pub fn send(&mut self, incoming: &Incoming) -> Vec<Event> {
        self.begin_turn();
        let from = self.contact.phone.clone().unwrap_or_default();
        let incoming = self.with_token(incoming);
        if let Some(message) = incoming.inbound(self.turns, &from, self.now.as_second()) {
            self.receive(&message);
        }
        self.take_events()
    }

    /// Moves the clock. What is due on the way happens at its moment, in order.
    pub fn advance(&mut self, by: SignedDuration) -> Vec<Event> {
        let until = self.now.checked_add(by).unwrap_or(Timestamp::MAX);
        for _ in 0..MOST_ALARMS {
            let Some((at, alarm)) = self.next_alarm(until) else { break };
            let due = if alarm == Alarm::Triggers { self.due_at(at) } else { Vec::new() };
            self.now = self.now.max(at);
            self.begin_turn();
            self.events.push(Event::Rang { at: self.now, alarm: alarm.clone() });
            match alarm {
                Alarm::Wait => self.wait_is_over(),
                Alarm::Triggers => due.iter().for_each(|place| self.fire(*place)),
                Alarm::Journey(journey) => {
                    let scheduled = &mut self.conversation.scheduled;
                    if let Some(index) = scheduled.iter().position(|due| due.at == at && due.journey == journey) {
                        scheduled.remove(index);
                    }
                    self.start_from_outside(&journey, Cause::Asked);
                }
            }
        }
        self.now = self.now.max(until);
        self.take_events()
    }

    /// Changes profile fields, as an operator or an import would; null unsets.
    pub fn set_fields(&mut self, fields: &Map<String, Json>) {
        self.contact.set_fields(fields);
    }

    /// The team gives the conversation back to automation; a journey that waits for that goes on.
    pub fn hand_back(&mut self) -> Vec<Event> {
        self.begin_turn();
        self.conversation.mode = Mode::Automation;
        let waits = self.session().is_some_and(|session| matches!(session.wait, Wait::HandBack { .. }));
        if waits {
            self.resume(Input::Resume, &Value::Null);
        }
        self.take_events()
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Ends the rehearsal, and gives the journeys back.
    #[must_use]
    pub fn into_shelf(self) -> Shelf {
        self.shelf
    }

    /// The journeys.
    #[must_use]
    pub fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// The profile fields, as journeys see them.
    #[must_use]
    pub fn contact(&self) -> Map<String, Json> {
        match self.contact_scope().to_json() {
            Json::Object(fields) => fields,
            _ => Map::new(),
        }
    }

    /// The results written so far, the latest of each key.
    #[must_use]
    pub fn results(&self) -> &IndexMap<String, Json> {
        &self.results
    }

    /// The conversation: labels, assignee, mode, what is scheduled.
    #[must_use]
    pub fn conversation(&self) -> &Conversation {
        &self.conversation
    }

    /// Where the contact stands, while a journey waits for something.
    #[must_use]
    pub fn session(&self) -> Option<&Session> {
        self.conversation.live_session(self.now)
    }

    /// The name of the card at which the contact stands, and its line in the notebook.
    #[must_use]
    pub fn place(&self) -> Option<(&JourneyId, &str, u32)> {
        let frame = self.session()?.frames.last()?;
        let card = self.shelf.book(frame.journey.as_str())?.journey.cards().nth(frame.card)?;
        Some((&frame.journey, &card.name, card.position.line))
    }

    fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    fn begin_turn(&mut self) {
        self.turns += 1;
        self.calls = 0;
    }

    /// The answers of a form come back with the token it was sent with.
    fn with_token(&self, incoming: &Incoming) -> Incoming {
        match (incoming, &self.form) {
            (Incoming::Flow(answers), Some(token)) => {
                let mut answers = answers.clone();
                answers.entry("flow_token").or_insert_with(|| json!(token));
                Incoming::Flow(answers)
            }
            (incoming, _) => incoming.clone(),
        }
    }

    /// The id of the choice that stands for a value in the present question.
    fn choice_of_value(&self, value: &str) -> Option<String> {
        let Wait::Reply { titles, values, .. } = &self.session()?.wait else { return None };
        let index = values.iter().position(|known| *known != Value::Null && known.text() == value)?;
        let title = titles.get(index)?;
        self.choices.iter().rev().find(|(_, choice)| choice.title == *title).map(|(_, choice)| choice.id.clone())
    }

    fn receive(&mut self, message: &InboundMessage) {
        let is_first = self.conversation.last_inbound_at.is_none();
        self.conversation.note_inbound(self.now, self.now, &message.kind);
        let event = scope::event(message);
        let contact = self.contact_scope();
        let env = self.env(&contact, &event);
        let books = self.shelf.books().iter().enumerate();
        // Where two triggers are alike the newest journey answers: the rehearsed one.
        let published = books.map(|(index, book)| Published {
            journey: &book.id,
            at: if index == 0 { self.now } else { Timestamp::UNIX_EPOCH },
            program: &book.program,
        });
        let offers = answer::offers(published, &env, is_first);
        match who_answers(&self.contact, &self.conversation, &offers, self.now) {
            Answer::Blocked => self.events.push(Event::Unanswered(Unanswered::Blocked)),
            Answer::Human => self.events.push(Event::Unanswered(Unanswered::Human)),
            Answer::Inbox => self.events.push(Event::Unanswered(Unanswered::Inbox)),
            Answer::Start(journey) => {
                self.end_session();
                self.begin(journey.as_str(), &event, Cause::Trigger);
            }
            Answer::Session => self.resume(Input::Reply(scope::reply(message)), &event),
        }
    }

    fn start_from_outside(&mut self, journey: &str, cause: Cause) {
        if self.contact.blocked || self.conversation.mode == Mode::Human {
            self.not_started(journey, NotStarted::Silenced);
            return;
        }
        self.end_session();
        self.begin(journey, &Value::Null, cause);
    }

    fn begin(&mut self, journey: &str, event: &Value, cause: Cause) {
        let contact = self.contact_scope();
        match journey::start(&self.shelf, journey, &self.env(&contact, event)) {
            Ok(sprint) => {
                let id = self.shelf.published(journey).map_or_else(|| JourneyId::from(journey), |(id, _, _)| id);
                self.events.push(Event::Began { journey: id.clone(), cause });
                self.take(sprint, id);
            }
            Err(_) => self.not_started(journey, NotStarted::Unknown),
        }
    }

    fn not_started(&mut self, journey: &str, why: NotStarted) {
        self.events.push(Event::NotStarted { journey: journey.to_owned(), why });
    }

    fn resume(&mut self, input: Input<'_>, event: &Value) {
        let Some(session) = self.conversation.session.take() else { return };
        self.end_session();
        let journey = session.frames.last().map_or_else(|| "".into(), |frame| frame.journey.clone());
        let contact = self.contact_scope();
        // A session that cannot go on is over; here it always can: its journey is on the shelf, and its time has not passed.
        let sprint = journey::advance(&self.shelf, session, input, &self.env(&contact, event));
        if let Ok(sprint) = sprint {
            self.take(sprint, journey);
        }
    }

    fn end_session(&mut self) {
        self.conversation.session = None;
        self.conversation.session_expires_at = None;
    }

    /// Carries out what the engine decided. `journey` is the one that ran first.
    fn take(&mut self, sprint: Sprint, mut journey: JourneyId) {
        for note in sprint.trace {
            if let TraceEvent::Started { journey: current, .. } | TraceEvent::Returned { journey: current } = &note {
                journey.clone_from(current);
            }
            self.events.push(Event::Noted { journey: journey.clone(), note });
        }
        let mut call = None;
        for (effect, origin) in sprint.effects.into_iter().zip(sprint.origins) {
            self.carry_out(&effect);
            match effect {
                Effect::Call(request) => call = Some((request, origin)),
                effect => self.events.push(Event::Did { effect, origin }),
            }
        }
        self.repeats = sprint.repeats;
        self.conversation.session = sprint.session.map(stored);
        let wait = self.conversation.session.as_ref().map(|session| &session.wait);
        self.conversation.session_expires_at = wait.filter(|wait| !wait.wakes()).and_then(Wait::deadline);
        if let Some((call, origin)) = call {
            self.answer(call, origin);
        }
    }

    /// Answers a call of a web service as it is written down.
    fn answer(&mut self, call: Call, origin: Origin) {
        let answer = http::answer(&self.http, call.method.name(), &call.url, call.body.as_deref()).cloned();
        let outcome = match &answer {
            Some(http::Answer::Response { status, body }) => {
                CallOutcome::Response { status: *status, body: body.clone() }
            }
            Some(http::Answer::Failure { reason }) => CallOutcome::Failed { reason: reason.clone() },
            None => CallOutcome::Failed { reason: "nothing is written down that answers it".to_owned() },
        };
        let wait = call.id;
        self.events.push(Event::Called { call, answer, origin });
        self.calls += 1;
        if self.calls > MOST_CALLS {
            self.end_session();
            return;
        }
        self.resume(Input::Call { wait, outcome }, &Value::Null);
    }

    fn carry_out(&mut self, effect: &Effect) {
        match effect {
            Effect::Send(message) => self.show(message),
            Effect::SetField { name, value } => {
                self.contact.set_fields(&Map::from_iter([(name.clone(), value.to_json())]));
            }
            Effect::WriteResult { key, value, .. } => {
                self.results.insert(key.clone(), value.to_json());
            }
            Effect::ScheduleJourney { journey, at } => {
                let timer = format!("{}-{}", self.turns, self.conversation.scheduled.len());
                self.conversation.scheduled.push(ScheduledJourney { timer, journey: journey.to_string(), at: *at });
            }
            Effect::CancelScheduled { journey } => {
                self.conversation.scheduled.retain(|scheduled| scheduled.journey != journey.as_str());
            }
            Effect::AddLabel { label } => {
                if !self.conversation.labels.contains(label) {
                    self.conversation.labels.push(label.clone());
                }
            }
            Effect::AssignTo { operator } => self.conversation.assignee = Some(operator.clone()),
            Effect::HandOver { .. } => self.conversation.mode = Mode::Human,
            Effect::EraseContact => self.contact.fields.clear(),
            Effect::SendContent { .. }
            | Effect::MarkAsRead { .. }
            | Effect::ShowTyping
            | Effect::Call(_)
            | Effect::Log { .. } => {}
        }
    }

    /// Remembers what can be tapped.
    fn show(&mut self, message: &Message) {
        let choice = |on| move |(id, title): (&String, &String)| Choice { id: id.clone(), title: title.clone(), on };
        let shown: Vec<Choice> = match message {
            Message::Buttons { buttons, .. } => {
                buttons.iter().map(|button| (&button.id, &button.title)).map(choice(Surface::Button)).collect()
            }
            Message::List { rows, .. } => {
                rows.iter().map(|row| (&row.id, &row.title)).map(choice(Surface::List)).collect()
            }
            Message::Template { buttons, .. } => {
                buttons.iter().map(|button| (&button.id, &button.title)).map(choice(Surface::Template)).collect()
            }
            Message::Flow { token, .. } => {
                self.form = Some(token.clone());
                Vec::new()
            }
            Message::Text { .. }
            | Message::Media { .. }
            | Message::RequestLocation { .. }
            | Message::CallToAction { .. }
            | Message::Catalog { .. } => Vec::new(),
        };
        self.choices.extend(shown.into_iter().map(|choice| (self.turns, choice)));
    }

    /// The next thing that is due until then, if anything is.
    fn next_alarm(&self, until: Timestamp) -> Option<(Timestamp, Alarm)> {
        let wait = self.conversation.session.as_ref().and_then(|session| session.wait.deadline());
        let journeys = self.conversation.scheduled.iter().map(|due| (due.at, Alarm::Journey(due.journey.clone())));
        let triggers = self.timed_triggers().map(|(at, _)| (at, Alarm::Triggers));
        // Of what is due at the same moment the first in the list is first.
        let alarms = wait.map(|at| (at, Alarm::Wait)).into_iter().chain(journeys).chain(triggers);
        alarms.filter(|(at, _)| *at <= until).min_by_key(|(at, _)| *at)
    }

    /// When triggers that go by the clock fire next, and which: the number of the journey, and that of the trigger in it.
    fn timed_triggers(&self) -> impl Iterator<Item = (Timestamp, (usize, usize))> {
        let contact = self.contact_scope();
        let books = self.shelf.books().iter().enumerate();
        books.flat_map(move |(book, journey)| {
            let env = self.env(&contact, &Value::Null);
            let triggers = journey.program.triggers().iter().enumerate();
            let due: Vec<_> =
                triggers.filter_map(|(index, trigger)| Some((trigger.due(&env)?, (book, index)))).collect();
            due
        })
    }

    /// Which triggers fire at this moment.
    fn due_at(&self, at: Timestamp) -> Vec<(usize, usize)> {
        self.timed_triggers().filter(|(due, _)| *due == at).map(|(_, place)| place).collect()
    }

    /// A trigger fires: its journey starts when its condition holds, even inside another one.
    fn fire(&mut self, (book, trigger): (usize, usize)) {
        let Some(book) = self.shelf.books().get(book) else { return };
        let id = book.id.to_string();
        let contact = self.contact_scope();
        let trigger = book.program.triggers().get(trigger);
        if trigger.is_some_and(|trigger| trigger.matches(&self.env(&contact, &Value::Null))) {
            self.start_from_outside(&id, Cause::Trigger);
        }
    }

    /// The time to reply is over. A wait with nothing to do then gets no alarm from the host; here its end is seen too.
    fn wait_is_over(&mut self) {
        let Some(wait) = self.conversation.session.as_ref().map(|session| session.wait.id()) else { return };
        if self.conversation.mode == Mode::Human {
            self.end_session();
            return;
        }
        self.resume(Input::Timer { wait }, &Value::Null);
    }

    fn contact_scope(&self) -> Value {
        scope::contact(&self.contact, &Map::new())
    }

    fn env<'e>(&'e self, contact: &'e Value, event: &'e Value) -> Env<'e> {
        Env {
            seed: self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(self.turns),
            contact,
            globals: &self.globals,
            contact_id: self.contact.id.as_str(),
            repeats: &self.repeats,
            event,
            ..Env::at(self.now)
        }
    }
}

/// A session as it comes back from where it is stored, so that what is not in it cannot be relied on.
fn stored(session: Session) -> Session {
    let text = json!(session).to_string();
    serde_json::from_str(&text).unwrap_or(session)
}

/// A label as it is compared.
fn normal(label: &str) -> String {
    label.trim().to_lowercase()
}
