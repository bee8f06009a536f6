//! A script being played: what was sent and not yet looked at, and the conversation as two columns.

use std::collections::VecDeque;

use journey::{Origin, TraceEvent};
use serde::Serialize;

use super::remarks::remarks;
use super::{Script, Step};
use crate::event::{Event, NotStarted, Stopped};
use crate::message::Parts;
use crate::rehearsal::{Options, Rehearsal};
use crate::shelf::Shelf;

/// How a script ended.
#[derive(Debug)]
pub struct Outcome {
    /// Why it failed, if it did.
    pub failure: Option<Box<Failure>>,
    /// Everything that happened.
    pub events: Vec<Event>,
    /// The conversation, as it was expected and as it was.
    pub conversation: Vec<Row>,
    /// What deserves a look though it does not fail the script: journeys that are not there, entries that are of no use.
    pub remarks: Vec<String>,
    /// The journeys.
    pub shelf: Shelf,
}

/// Why a script failed: the first thing that was not as expected.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The line of the step in the script.
    pub line: u32,
    /// What is wrong.
    pub message: String,
    /// What differs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The place in the notebook it has to do with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What the journey noted since the contact did something: mistakes, lines of its log.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}

/// A part that is not as expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The part, such as `text` or `age`.
    pub what: String,
    /// What was expected.
    pub expected: String,
    /// What came.
    pub actual: String,
}

/// A card in a notebook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file, or the id of a journey that has none.
    pub file: String,
    /// The card.
    pub card: String,
    /// The line; a flow has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}

/// A line of the conversation in two columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Who speaks.
    pub who: Who,
    /// What the script expects; nothing where it expects nothing.
    pub expected: Vec<String>,
    /// What happened; nothing where nothing did.
    pub actual: Vec<String>,
    /// Whether the one is as the other.
    pub same: bool,
}

/// Who speaks in a [`Row`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// The contact, or time.
    Contact,
    /// The journey.
    Journey,
    /// Nobody: this is how things stand.
    State,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Box<Self> {
        Box::new(Self { message: message.into(), ..Self::default() })
    }

    pub(crate) fn hint(mut self: Box<Self>, hint: impl Into<String>) -> Box<Self> {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn differs(
        mut self: Box<Self>,
        what: &str,
        expected: impl Into<String>,
        actual: impl Into<String>,
    ) -> Box<Self> {
        let (what, expected, actual) = (what.to_owned(), expected.into(), actual.into());
        self.differences.push(Difference { what, expected, actual });
        self
    }

    fn at(mut self: Box<Self>, place: Place) -> Box<Self> {
        self.place = Some(place);
        self
    }
}

/// A message nobody has looked at yet.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) message: Parts,
    pub(crate) origin: Origin,
}

/// A script being played.
#[derive(Debug)]
pub(crate) struct Play {
    pub(crate) rehearsal: Rehearsal,
    pending: VecDeque<Sent>,
    rows: Vec<Row>,
    events: Vec<Event>,
    /// Where in `events` the latest action begins.
    latest: usize,
    /// The message that the present step expects, when another one came.
    open: Option<Vec<String>>,
    /// Whether the present step has done what it does: what is left of both sides then begins after it.
    done: bool,
    /// Whether it was time that did something last, not the contact.
    by_time: bool,
}

/// Plays a script.
#[must_use]
pub fn play(script: &Script, shelf: Shelf) -> Outcome {
    let mut play = Play::new(script.options.clone(), shelf);
    let mut failure = None;
    for (index, step) in script.steps.iter().enumerate() {
        play.done = false;
        if let Err(failed) = step.action.play(&mut play) {
            failure = Some(play.explain(failed, &script.steps[index..], step.at.line));
            break;
        }
    }
    let mut untold = None;
    if failure.is_none()
        && let Err(failed) = play.nothing_is_left()
    {
        // Time may bring more than a script wants to tell: a question that is asked again whenever nobody answers.
        let ends_in_time = play.by_time && script.steps.last().is_some_and(|step| step.action.expects().is_some());
        if ends_in_time {
            untold = Some(format!("The script ends before the conversation does. {}", failed.message));
        } else {
            failure = Some(play.explain(failed, &[], script.end));
        }
    }
    let Play { rehearsal, rows, events, .. } = play;
    let shelf = rehearsal.into_shelf();
    let mut remarks = remarks(script, &shelf, &events, failure.is_none());
    remarks.extend(untold);
    Outcome { failure, events, conversation: rows, remarks, shelf }
}

impl Play {
    fn new(options: Options, shelf: Shelf) -> Self {
        let rehearsal = Rehearsal::new(shelf, options);
        let (pending, rows, events) = (VecDeque::new(), Vec::new(), Vec::new());
        Self { rehearsal, pending, rows, events, latest: 0, open: None, done: false, by_time: false }
    }

    /// Time passes.
    pub(crate) fn pass(
        &mut self,
        shown: String,
        pass: impl FnOnce(&mut Rehearsal) -> Vec<Event>,
    ) -> Result<(), Box<Failure>> {
        self.act(shown, |rehearsal| Ok(pass(rehearsal)))?;
        self.by_time = true;
        Ok(())
    }

    /// The contact or time does something: what was sent before must have been looked at.
    pub(crate) fn act(
        &mut self,
        shown: String,
        act: impl FnOnce(&mut Rehearsal) -> Result<Vec<Event>, Box<Failure>>,
    ) -> Result<(), Box<Failure>> {
        self.nothing_is_left()?;
        let line = vec![shown];
        self.rows.push(Row { who: Who::Contact, expected: line.clone(), actual: line, same: true });
        (self.latest, self.by_time) = (self.events.len(), false);
        let events = act(&mut self.rehearsal).inspect_err(|_| {
            if let Some(row) = self.rows.last_mut() {
                (row.actual, row.same) = (Vec::new(), false);
            }
        })?;
        self.done = true;
        for event in &events {
            if let Some((message, origin)) = event.sent() {
                self.pending.push_back(Sent { message, origin: origin.clone() });
            }
        }
        let refused = events.iter().find_map(|event| self.refused(event));
        self.events.extend(events);
        match refused {
            None => Ok(()),
            Some(failure) => {
                let actual = vec![failure.message.clone()];
                self.rows.push(Row { who: Who::State, expected: Vec::new(), actual, same: false });
                Err(failure)
            }
        }
    }

    /// The failure of a script in which this happens, whatever its steps say.
    fn refused(&self, event: &Event) -> Option<Box<Failure>> {
        match event {
            Event::Called { call, answer: None, origin } => {
                let (method, url) = (call.method.name(), &call.url);
                let failure =
                    Failure::new(format!("The journey called {method} {url}, and no entry of `http` answers it."));
                let entry = super::record::http(call);
                let hint = format!("If it is right, add this entry to `http:`\n{entry}");
                Some(failure.hint(hint).at(self.place(origin)))
            }
            Event::NotStarted { journey, why: NotStarted::Unknown } => {
                let failure =
                    Failure::new(format!("The journey `{journey}` was due, and there is none of this id or name."));
                let hint = format!("Add it to the script: `children: {{{journey}: …}}`, with its file or `return`.");
                Some(failure.hint(hint))
            }
            Event::Stopped(Stopped::Alarms) => Some(Failure::new(Stopped::Alarms.to_string())),
            _ => None,
        }
    }

    /// Fails when something was sent that no step has looked at.
    pub(crate) fn nothing_is_left(&self) -> Result<(), Box<Failure>> {
        let Some(sent) = self.pending.front() else { return Ok(()) };
        let what = match self.pending.len() {
            1 => format!("The journey sent {} that no step expects.", sent.message.kind()),
            more => format!("The journey sent {more} messages that no step expects."),
        };
        let step = super::record::bot(&sent.message);
        Err(Failure::new(what).hint(format!("If it is right, add this step:\n{step}")).at(self.place(&sent.origin)))
    }

    /// Looks at the next message.
    pub(crate) fn next_message(&mut self) -> Result<Sent, Box<Failure>> {
        self.pending.pop_front().ok_or_else(|| self.silence("Nothing more was sent."))
    }

    /// A failure because something did not come; it says how things stand instead.
    pub(crate) fn silence(&self, message: &str) -> Box<Failure> {
        let silent = self.events[self.latest..].iter().find_map(|event| match event {
            Event::Unanswered(why) => Some(why.to_string()),
            _ => None,
        });
        let failure = Failure::new(message);
        match (self.rehearsal.place(), silent) {
            (_, Some(silent)) => failure.hint(silent),
            (Some((journey, card, line)), None) => failure
                .hint(format!("The journey waits for a reply in card {card}."))
                .at(self.place(&Origin { journey: journey.clone(), card: card.into(), line })),
            (None, None) if self.events.is_empty() => {
                failure.hint("Nothing has begun yet: put `- start` or `- user: …` first.")
            }
            (None, None) => failure.hint("The journey has ended."),
        }
    }

    /// A message was as expected.
    pub(crate) fn matched(&mut self, expected: Vec<String>, message: &Parts) {
        let actual = message.lines();
        self.rows.push(Row { who: Who::Journey, expected, actual, same: true });
    }

    /// A message was not as expected.
    pub(crate) fn unmatched(&mut self, expected: Vec<String>, sent: Sent, failure: Box<Failure>) -> Box<Failure> {
        let failure = failure.at(self.place(&sent.origin));
        (self.open, self.done) = (Some(expected), true);
        self.pending.push_front(sent);
        failure
    }

    /// Things do not stand as expected.
    pub(crate) fn stands_otherwise(&mut self, failure: Box<Failure>) -> Box<Failure> {
        let side = |of: fn(&Difference) -> &String| {
            let lines = failure.differences.iter().map(|difference| format!("{}: {}", difference.what, of(difference)));
            lines.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
        };
        let (expected, actual) = (side(|difference| &difference.expected), side(|difference| &difference.actual));
        self.rows.push(Row { who: Who::State, expected, actual, same: false });
        self.done = true;
        failure
    }

    fn place(&self, origin: &Origin) -> Place {
        let book = self.rehearsal.shelf().book(origin.journey.as_str());
        let file = book.and_then(|book| book.file.clone()).unwrap_or_else(|| origin.journey.to_string());
        let line = book.is_none_or(|book| book.has_lines).then_some(origin.line);
        Place { file, card: origin.card.to_string(), line }
    }

    /// The last card that ran of a journey somebody wrote.
    fn last_card(&self) -> Option<Place> {
        self.events.iter().rev().find_map(|event| match event {
            Event::Noted { journey, note: TraceEvent::CardEntered { card, line, .. } } => {
                self.rehearsal.shelf().book(journey.as_str())?.file.as_ref()?;
                Some(self.place(&Origin { journey: journey.clone(), card: card.clone(), line: *line }))
            }
            _ => None,
        })
    }

    /// Adds what is known of a failure: its line, what was noted, and the rest of the conversation in both columns.
    fn explain(&mut self, mut failure: Box<Failure>, steps: &[Step], line: u32) -> Box<Failure> {
        failure.line = line;
        failure.place = failure.place.or_else(|| self.last_card());
        let shelf = self.rehearsal.shelf();
        failure.remarks = self.events[self.latest..].iter().filter_map(|event| event.remark(shelf)).collect();
        if failure.hint.is_none()
            && let Some(sent) = self.pending.front()
        {
            failure.hint = hint(steps, sent, &self.pending);
        }
        // What both columns still hold: the expected messages up to the next action, and what was really sent.
        let following = if self.done { steps.get(1..).unwrap_or_default() } else { steps };
        let following = following.iter().map_while(|step| Some((step.action.expects()?, Some(&step.action))));
        let mut expected = self.open.take().map(|lines| (lines, None)).into_iter().chain(following);
        let mut actual = self.pending.iter().map(|sent| &sent.message);
        loop {
            let (expected, message) = (expected.next(), actual.next());
            if expected.is_none() && message.is_none() {
                break;
            }
            let (expected, step) = expected.unwrap_or_default();
            let same = step.zip(message).is_some_and(|(step, message)| step.accepts(message));
            let actual = message.map(Parts::lines).unwrap_or_default();
            self.rows.push(Row { who: Who::Journey, expected, actual, same });
        }
        failure
    }
}

/// What may have gone wrong with a message that is not as its step expects.
fn hint(steps: &[Step], sent: &Sent, pending: &VecDeque<Sent>) -> Option<String> {
    let [step, following @ ..] = steps else { return None };
    step.action.expects()?;
    if pending.iter().skip(1).any(|later| step.action.accepts(&later.message)) {
        let missing = super::record::bot(&sent.message);
        return Some(format!("What this step expects comes later; before it a step is missing:\n{missing}"));
    }
    let mut near = following.iter().take_while(|step| step.action.expects().is_some());
    let line = near.find(|later| later.action.accepts(&sent.message))?.at.line;
    Some(format!("What came instead is what line {line} expects; what this step expects was not sent."))
}
