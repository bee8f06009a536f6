//! Talking to a journey line by line: each line of input gives lines of output, so that a terminal and a test can do it.

use std::fmt::Write as _;

use journey::{Effect, TraceEvent};
use serde_json::{Map, Value as Json};

use crate::event::{Alarm, Cause, Event};
use crate::incoming::Incoming;
use crate::paint::Paint;
use crate::rehearsal::{Rehearsal, Tap};
use crate::script::duration;
use crate::script::record::Recorder;
use crate::shelf::Shelf;
use crate::terminal::clean;

/// Somebody who talks to a journey.
#[derive(Debug)]
pub struct Chat {
    rehearsal: Rehearsal,
    recorder: Recorder,
    paint: Paint,
}

/// What becomes of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// This is shown.
    Shown(String),
    /// The chat is over.
    Over,
}

/// What a command is called, what follows it, and what it does.
type Command = (&'static str, &'static str, &'static str);

/// All commands.
const COMMANDS: &[Command] = &[
    ("tap", "2", "taps a button or row, by its number or label"),
    ("advance", "23h", "lets time pass: 90s, 5m, 23h, 2d"),
    ("start", "", "starts the journey again"),
    ("image", "[caption]", "sends a picture; also /audio, /video, /document, /sticker"),
    ("location", "4.6,-74.1 [name]", "sends a place"),
    ("flow", "{\"age\": 34}", "sends a WhatsApp form with these answers"),
    ("contact", "[age=34]", "shows the profile fields, or sets one; nothing after = unsets it"),
    ("back", "", "the team gives the conversation back"),
    ("state", "", "shows where things stand"),
    ("help", "", "shows this"),
    ("quit", "", "ends the chat"),
];

impl Chat {
    /// Begins a chat.
    #[must_use]
    pub fn new(rehearsal: Rehearsal, recorder: Recorder, paint: Paint) -> Self {
        Self { rehearsal, recorder, paint }
    }

    /// Starts the journey.
    pub fn start(&mut self) -> String {
        self.recorder.start();
        let events = self.rehearsal.start();
        self.show(&events)
    }

    /// Does what a line says: a command begins with `/`, anything else is what the contact writes.
    pub fn line(&mut self, line: &str) -> Answer {
        let Some(command) = line.trim().strip_prefix('/') else { return Answer::Shown(self.say(line)) };
        if command.starts_with('/') {
            return Answer::Shown(self.say(command));
        }
        let (name, rest) = command.split_once(' ').map_or((command, ""), |(name, rest)| (name, rest.trim()));
        let shown = match name {
            "quit" | "exit" | "q" => return Answer::Over,
            "help" | "?" => Ok(self.help()),
            "start" => Ok(self.start()),
            "state" => Ok(self.state()),
            "back" => {
                self.recorder.hands_back();
                let events = self.rehearsal.hand_back();
                Ok(self.show(&events))
            }
            "tap" => self.tap(rest),
            "advance" => self.advance(rest),
            "location" => self.location(rest),
            "flow" => self.form(rest),
            "contact" => self.contact(rest),
            kind if Incoming::FILES.contains(&kind) => {
                let caption = (!rest.is_empty()).then(|| ("caption".to_owned(), Json::from(rest)));
                Ok(self.send(&Incoming::file(kind, caption.into_iter().collect())))
            }
            other => {
                let names: Vec<&str> = COMMANDS.iter().map(|(name, ..)| *name).collect();
                let near = journey::nearest(other, &names).map(|near| format!(" Did you mean /{near}?"));
                Err(format!("There is no /{other}.{} /help shows all commands.", near.unwrap_or_default()))
            }
        };
        Answer::Shown(shown.unwrap_or_else(|wrong| format!("{}\n", self.paint.red(wrong))))
    }

    /// The script that was recorded so far.
    #[must_use]
    pub fn script(&self) -> String {
        self.recorder.script(&self.rehearsal)
    }

    fn send(&mut self, incoming: &Incoming) -> String {
        self.recorder.sends(incoming);
        let events = self.rehearsal.send(incoming);
        self.show(&events)
    }

    fn say(&mut self, text: &str) -> String {
        self.recorder.says(text);
        let events = self.rehearsal.say(text);
        self.show(&events)
    }

    fn tap(&mut self, what: &str) -> Result<String, String> {
        let visible: Vec<String> = self.rehearsal.visible_choices().map(|choice| choice.title.clone()).collect();
        let number = what.parse::<usize>().ok().and_then(|number| visible.get(number.checked_sub(1)?));
        let label = number.map_or(what, String::as_str).to_owned();
        match self.rehearsal.tap(Tap::Label(&label)) {
            Ok(events) => {
                self.recorder.taps(&label);
                Ok(self.show(&events))
            }
            Err(_) if visible.is_empty() => Err("There is nothing to tap.".to_owned()),
            Err(nothing) => Err(format!("There is no button or row `{}`.\n{}", nothing.wanted, numbered(&visible))),
        }
    }

    fn advance(&mut self, by: &str) -> Result<String, String> {
        let wrong = || format!("`{by}` is not a length of time. Write /advance 23h, 5m, 90s or 2d.");
        let duration = duration(by).ok_or_else(wrong)?;
        self.recorder.advances(by);
        let events = self.rehearsal.advance(duration);
        let shown = self.show(&events);
        Ok(shown + &self.paint.dim(format!("It is {}.\n", self.rehearsal.now())))
    }

    fn location(&mut self, rest: &str) -> Result<String, String> {
        let (degrees, name) = rest.split_once(' ').map_or((rest, None), |(degrees, name)| (degrees, Some(name)));
        let parsed = degrees.split_once(',').and_then(|(north, east)| {
            let within = |text: &str, most: f64| text.trim().parse().ok().filter(|degrees: &f64| degrees.abs() <= most);
            Some((within(north, 90.0)?, within(east, 180.0)?))
        });
        let (latitude, longitude) =
            parsed.ok_or_else(|| format!("`{degrees}` is not a place. Write /location 4.6,-74.1 Bogotá."))?;
        let name = name.map(|name| name.trim().to_owned());
        Ok(self.send(&Incoming::Location { latitude, longitude, name, address: None }))
    }

    fn form(&mut self, answers: &str) -> Result<String, String> {
        let answers = serde_json::from_str(answers)
            .map_err(|_| format!("`{answers}` is not what a form holds. Write /flow {{\"age\": 34}}."))?;
        Ok(self.send(&Incoming::Flow(answers)))
    }

    fn contact(&mut self, rest: &str) -> Result<String, String> {
        if rest.is_empty() {
            return Ok(lines(self.rehearsal.contact().iter().map(|(key, value)| clean(&format!("{key} = {value}")))));
        }
        let (key, value) = field(rest)?;
        let shown = self.paint.dim(format!("{key} = {value}\n"));
        self.recorder.sets(&key, &value);
        self.rehearsal.set_fields(&Map::from_iter([(key, value)]));
        Ok(shown)
    }

    fn help(&self) -> String {
        lines(COMMANDS.iter().map(|(name, rest, summary)| {
            let usage = format!("/{name} {rest}");
            format!("{usage:<28} {}", self.paint.dim(summary))
        })) + "Anything else is what the contact writes; //text is a text that begins with a /.\n"
    }

    fn state(&self) -> String {
        let rehearsal = &self.rehearsal;
        let conversation = rehearsal.conversation();
        let mut state = vec![format!("clock      {}", rehearsal.now())];
        state.push(match rehearsal.place() {
            Some((journey, card, line)) => {
                let line = rehearsal.shelf().line(journey, line);
                format!("journey    {journey}, waits in card {card}{line}")
            }
            None => "journey    none".to_owned(),
        });
        if let Some(deadline) = rehearsal.session().and_then(|session| session.wait.deadline()) {
            state.push(format!("until      {deadline}"));
        }
        state.extend(rehearsal.contact().iter().map(|(key, value)| format!("contact    {key} = {value}")));
        state.extend(rehearsal.results().iter().map(|(key, value)| format!("result     {key} = {value}")));
        state.extend(conversation.labels.iter().map(|label| format!("label      {label}")));
        state.extend(conversation.assignee.iter().map(|operator| format!("assigned   {operator}")));
        state.extend(conversation.scheduled.iter().map(|due| format!("scheduled  {} at {}", due.journey, due.at)));
        lines(state.iter().map(|line| clean(line)))
    }

    /// What happened, for people.
    fn show(&mut self, events: &[Event]) -> String {
        self.recorder.events(events);
        let mut out = String::new();
        for event in events {
            if let Some((message, _)) = event.sent() {
                for (index, line) in message.lines().iter().enumerate() {
                    let who = self.paint.green(if index == 0 { "bot" } else { "   " });
                    let _ = writeln!(out, "{}", format!("  {who} {}", clean(line)).trim_end());
                }
            } else if let Some(remark) = event.remark(self.rehearsal.shelf()) {
                let _ = writeln!(out, "  {} {}", self.paint.yellow("!"), clean(&remark));
            } else if let Some(fact) = fact(event, self.rehearsal.shelf()) {
                let _ = writeln!(out, "  {}", self.paint.dim(clean(&format!("· {fact}"))));
            }
        }
        let shows_choices =
            events.iter().filter_map(Event::sent).any(|(parts, _)| parts.list.is_some() || !parts.buttons.is_empty());
        if shows_choices {
            let titles: Vec<String> = self.rehearsal.visible_choices().map(|choice| choice.title.clone()).collect();
            let _ = writeln!(out, "  {}", self.paint.dim(format!("/tap {}", numbered(&titles))));
        }
        out
    }
}

/// `age=34`: the name of a field, and its value.
///
/// # Errors
/// When there is no name.
pub fn field(text: &str) -> Result<(String, Json), String> {
    let (key, value) = text.split_once('=').ok_or_else(|| format!("`{text}` is not a field. Write age=34."))?;
    let key = key.trim();
    if key.is_empty() {
        return Err(format!("`{text}` has no name before the `=`."));
    }
    Ok((key.to_owned(), crate::script::value(value.trim())))
}

fn lines(lines: impl IntoIterator<Item = String>) -> String {
    lines.into_iter().map(|line| format!("  {line}\n")).collect()
}

fn numbered(titles: &[String]) -> String {
    let numbered = titles.iter().enumerate().map(|(index, title)| format!("{} {}", index + 1, clean(title)));
    numbered.collect::<Vec<_>>().join(" · ")
}

/// What is worth knowing of an event that is no message and no remark.
fn fact(event: &Event, shelf: &Shelf) -> Option<String> {
    Some(match event {
        Event::Rang { at, alarm: Alarm::Wait } => format!("{at}: the time to reply is over"),
        Event::Rang { at, alarm: Alarm::Journey(journey) } => format!("{at}: journey {journey} is due"),
        Event::Began { journey, cause: Cause::Trigger } => format!("a trigger of journey {journey} matches"),
        Event::Rang { alarm: Alarm::Triggers, .. } => return None,
        Event::Noted { note: TraceEvent::Started { .. } | TraceEvent::Answered { .. }, .. } => return None,
        Event::Noted { journey, note } => shelf.note(journey, note),
        Event::Called { call, .. } => format!("asked {} {}", call.method.name(), call.url),
        Event::Did { effect, .. } => match effect {
            Effect::SetField { name, value } => format!("{name} = {}", value.to_json()),
            Effect::WriteResult { key, value, .. } => format!("result {key} = {}", value.to_json()),
            Effect::ScheduleJourney { journey, at } => format!("journey {journey} is scheduled for {at}"),
            Effect::CancelScheduled { journey } => format!("journey {journey} is no longer scheduled"),
            Effect::AddLabel { label } => format!("label {label}"),
            Effect::AssignTo { operator } => format!("assigned to {operator}"),
            Effect::EraseContact => "the contact's data was erased".to_owned(),
            Effect::MarkAsRead { .. } => "marked as read".to_owned(),
            Effect::ShowTyping => "shows that an answer is being written".to_owned(),
            Effect::HandOver { .. }
            | Effect::Send(_)
            | Effect::SendContent { .. }
            | Effect::Call(_)
            | Effect::Log { .. } => return None,
        },
        Event::Began { .. } | Event::Unanswered(_) | Event::NotStarted { .. } | Event::Stopped(_) => return None,
    })
}
