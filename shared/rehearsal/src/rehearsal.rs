//! One contact, one line, one conversation, and a clock that moves only when it is told to.

mod host;
mod phone;
mod time;

use domain::{Contact, ContactId, Conversation, LineId, Mode, Person};
use expression::Value;
use indexmap::IndexMap;
use jiff::Timestamp;
use journey::{Input, JourneyId, Repeats, Session, Wait};
use serde_json::{Map, Value as Json};

use self::phone::Phone;
pub(crate) use self::time::MOST_ALARMS;
use crate::event::{Cause, Event};
use crate::http::Mock;
use crate::incoming::{Choice, Incoming};
use crate::shelf::Shelf;

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
    /// What is known of the line: the global dictionary `line`, such as `@global.line.working_hours`.
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
    /// Its id: the value it stands for, the card it leads to, or what comes back.
    Id(&'a str),
}

/// There is nothing of this label or id to tap.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no button or row `{wanted}`")]
pub struct NothingToTap {
    /// What was to be tapped.
    pub wanted: String,
    /// The labels of what is visible.
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
    phone: Phone,
    /// What was lately sent.
    repeats: Repeats,
    http: Vec<Mock>,
    /// How many calls of web services the present event has led to.
    calls: usize,
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
            globals.insert("line".to_owned(), Json::Object(line));
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
            phone: Phone::default(),
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

    /// The contact writes. A text that is the label of a visible button or row taps it, unless something else was asked
    /// meanwhile.
    pub fn say(&mut self, text: &str) -> Vec<Event> {
        let wait = self.session().map(|session| &session.wait);
        let is_asked = |choice: &&Choice| wait.is_none_or(|wait| wait.offers(&choice.id));
        let choice = self.phone.labelled(text).filter(is_asked).cloned();
        self.send(&choice.map_or_else(|| Incoming::Text(text.to_owned()), Incoming::Choice))
    }

    /// The contact taps a button or row; those of earlier messages can still be tapped, as on a phone.
    ///
    /// # Errors
    /// When there is none.
    pub fn tap(&mut self, tap: Tap<'_>) -> Result<Vec<Event>, NothingToTap> {
        let (Tap::Label(wanted) | Tap::Id(wanted)) = tap;
        match self.phone.find(tap, self.titled(wanted)).cloned() {
            Some(choice) => Ok(self.send(&Incoming::Choice(choice))),
            None => {
                let visible = self.visible_choices().map(|choice| choice.title.clone()).collect();
                Err(NothingToTap { wanted: wanted.to_owned(), visible })
            }
        }
    }

    /// The buttons or rows of the latest message that has any.
    pub fn visible_choices(&self) -> impl Iterator<Item = &Choice> {
        self.phone.visible()
    }

    /// The contact sends something.
    pub fn send(&mut self, incoming: &Incoming) -> Vec<Event> {
        self.begin_turn();
        let from = self.contact.phone.clone().unwrap_or_default();
        let message = self.phone.sends(incoming).inbound(self.turns, &from, self.now.as_second());
        if let Some(message) = message {
            self.receive(&message);
        }
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

    /// The profile fields that have a value, as journeys see them.
    #[must_use]
    pub fn contact(&self) -> Map<String, Json> {
        match self.contact_scope().to_json() {
            Json::Object(fields) => fields.into_iter().filter(|(_, value)| !value.is_null()).collect(),
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

    /// The title of the choice that stands for a value in the present question.
    fn titled(&self, value: &str) -> Option<&str> {
        let Wait::Reply { titles, values, .. } = &self.session()?.wait else { return None };
        let index = values.iter().position(|known| *known != Value::Null && known.text() == value)?;
        titles.get(index).map(String::as_str)
    }
}
