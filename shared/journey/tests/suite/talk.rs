//! A conversation with a journey. The session is written and read back between all steps, so that what is not in it
//! cannot be relied on.

use std::sync::Arc;

use expression::Value;
use jiff::{SignedDuration, Timestamp};
use journey::{
    Budgets, Call, CallOutcome, Effect, Env, Input, JourneyId, Library, Message, Program, Repeats, Reply, Session,
    Sprint, TraceEvent, advance, compile, parse, start,
};
use serde_json::json;

/// Programs by id. The first one of an id is revision 1, the last one is published.
#[derive(Clone, Default)]
pub(crate) struct Shelf {
    pub(crate) programs: Vec<(String, Arc<Program>)>,
    /// Whether sessions on older revisions move to the published one.
    pub(crate) migrate: bool,
}

impl Shelf {
    pub(crate) fn with(mut self, id: &str, notebook: &str) -> Self {
        self.programs.push((id.to_owned(), Arc::new(program(notebook))));
        self
    }
}

impl Library for Shelf {
    fn published(&self, reference: &str) -> Option<(JourneyId, u32, Arc<Program>)> {
        let (revision, (id, program)) = (1..).zip(self.programs.iter().filter(|(id, _)| id == reference)).last()?;
        Some((id.as_str().into(), revision, Arc::clone(program)))
    }

    fn migrates(&self, _: &str) -> bool {
        self.migrate
    }

    fn revision(&self, id: &str, revision: u32) -> Option<Arc<Program>> {
        let index = usize::try_from(revision).ok()?.checked_sub(1)?;
        self.programs.iter().filter(|(other, _)| other == id).nth(index).map(|(_, program)| Arc::clone(program))
    }
}

/// Compiles a notebook, or code without a notebook around it.
pub(crate) fn program(notebook: &str) -> Program {
    let fenced = format!("```stack\n{notebook}\n```");
    let parsed = parse(if notebook.contains("```stack") { notebook } else { &fenced });
    assert_eq!(parsed.problems, [], "{notebook}");
    compile(&parsed.journey).unwrap_or_else(|problems| panic!("{problems:#?}\n{notebook}"))
}

/// A contact who talks to a journey.
#[derive(Clone)]
pub(crate) struct Talk {
    pub(crate) shelf: Shelf,
    pub(crate) session: Option<Session>,
    pub(crate) contact: Value,
    pub(crate) contact_id: String,
    pub(crate) now: Timestamp,
    pub(crate) budgets: Budgets,
    pub(crate) repeats: Repeats,
    /// What the last step did.
    pub(crate) effects: Vec<Effect>,
    pub(crate) trace: Vec<TraceEvent>,
    /// All steps so far.
    pub(crate) steps: u64,
}

impl Talk {
    /// Starts a journey that is alone on its shelf.
    pub(crate) fn with(notebook: &str) -> Self {
        Self::on(Shelf::default().with("main", notebook), json!({"name": "Ana", "language": "es"}))
    }

    /// Starts the journey `main`.
    pub(crate) fn on(shelf: Shelf, contact: serde_json::Value) -> Self {
        let mut talk = Self::idle(shelf, contact);
        talk.start("main");
        talk
    }

    pub(crate) fn idle(shelf: Shelf, contact: serde_json::Value) -> Self {
        Self {
            shelf,
            session: None,
            contact: contact.into(),
            contact_id: "contact-1".to_owned(),
            now: "2026-03-01T10:00:00Z".parse().unwrap(),
            budgets: Budgets::default(),
            repeats: Repeats::default(),
            effects: Vec::new(),
            trace: Vec::new(),
            steps: 0,
        }
    }

    pub(crate) fn start(&mut self, journey: &str) -> &mut Self {
        let globals = json!({"config": {"clinic": "San Juan"}}).into();
        let event = json!({"message": {"id": "wamid.1", "type": "text", "text": {"body": "hola"}}}).into();
        let env = self.env(&globals, &event);
        let sprint = start(&self.shelf, journey, &env).unwrap();
        self.take(sprint);
        self
    }

    pub(crate) fn env<'a>(&'a self, globals: &'a Value, event: &'a Value) -> Env<'a> {
        Env {
            seed: self.steps,
            contact: &self.contact,
            globals,
            contact_id: &self.contact_id,
            repeats: &self.repeats,
            event,
            budgets: self.budgets,
            ..Env::at(self.now)
        }
    }

    pub(crate) fn take(&mut self, sprint: Sprint) {
        self.steps += 1;
        self.session = sprint.session.map(|session| {
            let stored = serde_json::to_string(&session).unwrap();
            let read: Session = serde_json::from_str(&stored).unwrap();
            assert_eq!(read, session, "{stored}");
            read
        });
        let stored = serde_json::to_string(&sprint.effects).unwrap();
        self.effects = serde_json::from_str(&stored).unwrap();
        assert_eq!(self.effects, sprint.effects, "{stored}");
        for effect in &self.effects {
            if let Effect::SetField { name, value } = effect {
                let Value::Map(fields) = &self.contact else { panic!("the contact is a map") };
                let mut fields = (**fields).clone();
                fields.insert(name.clone(), value.clone());
                self.contact = fields.into();
            }
        }
        let stored = serde_json::to_string(&sprint.trace).unwrap();
        self.trace = serde_json::from_str(&stored).unwrap();
        assert_eq!(self.trace, sprint.trace, "{stored}");
        let stored = serde_json::to_string(&sprint.repeats).unwrap();
        self.repeats = serde_json::from_str(&stored).unwrap();
        let calls = self.effects.iter().position(|effect| matches!(effect, Effect::Call(_)));
        assert!(calls.is_none_or(|index| index + 1 == self.effects.len()), "a request is the last effect");
    }

    pub(crate) fn input(&mut self, input: Input<'_>) -> &mut Self {
        let (globals, event) = (json!({"config": {"clinic": "San Juan"}}).into(), json!({}).into());
        let session = self.session.take().expect("the journey waits for a reply");
        self.now += SignedDuration::from_secs(5);
        let env = self.env(&globals, &event);
        let sprint = advance(&self.shelf, session, input, &env).unwrap();
        self.take(sprint);
        self
    }

    /// The outcome of the request of the last step.
    pub(crate) fn answered(&mut self, outcome: CallOutcome) -> &mut Self {
        let wait = self.session.as_ref().map_or(0, |session| session.wait.id());
        self.input(Input::Call { wait, outcome })
    }

    /// The service answers the request of the last step.
    pub(crate) fn responds(&mut self, status: u16, body: &str) -> &mut Self {
        self.answered(CallOutcome::Response { status, body: body.to_owned() })
    }

    /// The alarm of the wait goes off, at its time.
    pub(crate) fn ring(&mut self) -> &mut Self {
        let wait = self.session.as_ref().map(|session| session.wait.clone()).expect("the journey waits");
        self.now = wait.deadline().expect("the wait ends by itself") - SignedDuration::from_secs(5);
        self.input(Input::Timer { wait: wait.id() })
    }

    pub(crate) fn say(&mut self, text: &str) -> &mut Self {
        self.input(Input::Reply(Reply::text(text)))
    }

    pub(crate) fn reply(&mut self, reply: Reply<'_>) -> &mut Self {
        self.input(Input::Reply(reply))
    }

    /// Taps a button or row of the last step by its title.
    pub(crate) fn tap(&mut self, title: &str) -> &mut Self {
        let id = self.choices().into_iter().find(|(_, shown)| shown == title).map(|(id, _)| id);
        let id = id.unwrap_or_else(|| panic!("no choice `{title}` in {:#?}", self.effects));
        self.input(Input::Reply(Reply::tap(&id, title)))
    }

    /// Ids and titles of the buttons and rows of the last step.
    pub(crate) fn choices(&self) -> Vec<(String, String)> {
        let mut choices = Vec::new();
        for effect in &self.effects {
            match effect {
                Effect::Send(Message::Buttons { buttons, .. } | Message::Template { buttons, .. }) => {
                    choices.extend(buttons.iter().map(|button| (button.id.clone(), button.title.clone())));
                }
                Effect::Send(Message::List { rows, .. }) => {
                    choices.extend(rows.iter().map(|row| (row.id.clone(), row.title.clone())));
                }
                _ => {}
            }
        }
        choices
    }

    /// The effects of the last step, one short line each.
    pub(crate) fn shown(&self) -> Vec<String> {
        self.effects.iter().map(show).collect()
    }

    /// The trace of the last step, as people read it.
    pub(crate) fn told(&self) -> Vec<String> {
        self.trace.iter().map(ToString::to_string).collect()
    }

    pub(crate) fn is_over(&self) -> bool {
        self.session.is_none()
    }
}

/// An effect as one short line; ids of choices are left out, because they change with every wait.
pub(crate) fn show(effect: &Effect) -> String {
    match effect {
        Effect::Send(Message::Text { body }) => format!("text: {body}"),
        Effect::Send(Message::Buttons { header, body, footer, buttons }) => {
            let titles: Vec<&str> = buttons.iter().map(|button| button.title.as_str()).collect();
            format!("buttons: {}{body}{} {titles:?}", above(header.as_ref()), below(footer.as_ref()))
        }
        Effect::Send(Message::List { header, body, footer, button, rows }) => {
            let header = header.as_ref().map_or_else(String::new, |header| format!("[{header}] "));
            let rows: Vec<String> = rows
                .iter()
                .map(|row| match &row.description {
                    Some(description) => format!("{} ({description})", row.title),
                    None => row.title.clone(),
                })
                .collect();
            format!("list: {header}{body}{} <{button}> {rows:?}", below(footer.as_ref()))
        }
        Effect::Send(Message::Media { kind, url, caption, filename }) => {
            let more: Vec<&str> = caption.iter().chain(filename).map(String::as_str).collect();
            format!("{}: {url} {more:?}", kind.name())
        }
        Effect::Send(Message::Template { name, language, header, parameters, names, buttons, fills }) => {
            let titles: Vec<&str> = buttons.iter().map(|button| button.title.as_str()).collect();
            let names = if names.is_empty() { String::new() } else { format!(" {names:?}") };
            let fills: String = fills.iter().map(|fill| format!(" {}:{}", fill.index, fill.text)).collect();
            format!("template: {}{name} {language}{names} {parameters:?} {titles:?}{fills}", above(header.as_ref()))
        }
        Effect::Send(Message::CallToAction { header, body, footer, button, url }) => {
            format!("link: {}{body}{} <{button}> {url}", above(header.as_ref()), below(footer.as_ref()))
        }
        Effect::Send(Message::Flow { header, body, footer, button, flow, screen, data, .. }) => {
            let data = data.as_ref().map(|data| data.to_json().to_string());
            let given: Vec<&str> = screen.iter().chain(&data).map(String::as_str).collect();
            format!("flow: {}{body}{} <{button}> {flow} {given:?}", above(header.as_ref()), below(footer.as_ref()))
        }
        Effect::Send(Message::RequestLocation { body }) => format!("place: {body}"),
        Effect::Send(Message::Catalog { body, footer, product }) => {
            format!("catalog: {body}{} {product:?}", below(footer.as_ref()))
        }
        Effect::Call(Call { method, url, headers, body, timeout_ms, cache_ttl_ms, .. }) => {
            format!("{} {url} {headers:?} {body:?} {timeout_ms} {cache_ttl_ms}", method.name())
        }
        other => serde_json::to_string(other).unwrap(),
    }
}

fn above(header: Option<&journey::Header>) -> String {
    match header {
        None => String::new(),
        Some(journey::Header::Text { text }) => format!("[{text}] "),
        Some(journey::Header::Media { kind, url, filename: None }) => format!("[{} {url}] ", kind.name()),
        Some(journey::Header::Media { kind, url, filename: Some(name) }) => format!("[{} {url} {name}] ", kind.name()),
        Some(journey::Header::Location { latitude, longitude, name, address }) => {
            format!("[{latitude} {longitude} {name} {address}] ")
        }
    }
}

fn below(footer: Option<&String>) -> String {
    footer.map_or_else(String::new, |footer| format!(" _{footer}_"))
}
