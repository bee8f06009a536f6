//! A conversation with whatever journey compiles. The session is stored and read back between all steps, everything is
//! decided twice, and what is to be sent is what WhatsApp takes.

use std::collections::HashSet;
use std::sync::Arc;

use expression::Value;
use jiff::{SignedDuration, Timestamp};
use journey::{
    Attachment, Budgets, CallOutcome, Effect, Env, Input, JourneyId, Library, Message, Program, Repeats, Reply,
    Session, Sprint, Wait, advance, start,
};
use serde_json::json;

/// How often something is said.
const STEPS: usize = 10;
/// Bytes of a stored session: with the conversation around it, it must fit an item of 400 KB.
const LARGEST_SESSION: usize = 300 * 1024;

/// The journey that is talked with, under every name but one: what it runs is itself.
struct Only(Arc<Program>);

impl Library for Only {
    fn published(&self, reference: &str) -> Option<(JourneyId, u32, Arc<Program>)> {
        (reference != "nobody").then(|| ("main".into(), 1, Arc::clone(&self.0)))
    }

    fn revision(&self, _: &str, _: u32) -> Option<Arc<Program>> {
        Some(Arc::clone(&self.0))
    }
}

/// Talks with the journey, until it ends or enough was said; `bytes` decide what.
pub(crate) fn hold(program: Program, mut bytes: impl Iterator<Item = u8>) {
    let library = Only(Arc::new(program));
    let mut contact: Value = json!({"name": "Ana", "language": "es", "age": "34", "city": null}).into();
    let globals = json!({"config": {"clinic": "San Juan"}}).into();
    let event = json!({"message": {"id": "wamid.1", "type": "text", "text": {"body": "hola"}}}).into();
    let budgets = Budgets { blocks: 100, work: 50_000, expression: 20_000, output: 16 * 1024, ..Budgets::default() };
    let mut now = Timestamp::UNIX_EPOCH;
    let mut repeats = Repeats::default();
    let env = Env { globals: &globals, event: &event, budgets, ..Env::at(now) };
    let begin = Env { contact: &contact, ..env.clone() };
    let Ok(mut sprint) = start(&library, "main", &begin) else { panic!("it is published") };
    for seed in 1..STEPS as u64 {
        check(&sprint);
        for effect in &sprint.effects {
            if let (Effect::SetField { name, value }, Value::Map(fields)) = (effect, &contact) {
                let mut fields = (**fields).clone();
                fields.insert(name.clone(), value.clone());
                contact = fields.into();
            }
        }
        repeats.clone_from(&sprint.repeats);
        let Some(session) = sprint.session.as_ref().map(stored) else { return };
        let said = Said::choose(&sprint.effects, &mut bytes);
        now = session
            .wait
            .deadline()
            .filter(|_| said.kind.is_multiple_of(4))
            .unwrap_or(now + SignedDuration::from_secs(5));
        let env = Env { seed, now, said_at: now, contact: &contact, repeats: &repeats, ..env.clone() };
        let go_on = || advance(&library, session.clone(), said.input(&session), &env);
        let next = go_on();
        assert_eq!(next, go_on(), "the same input gives the same sprint");
        match next {
            Ok(next) => sprint = next,
            // The reply came after the deadline.
            Err(error) => {
                assert!(session.expired(now), "{error}");
                return;
            }
        }
    }
}

/// What happens next.
struct Said {
    kind: u8,
    text: String,
    choice: Option<(String, String)>,
}

impl Said {
    fn choose(effects: &[Effect], bytes: &mut impl Iterator<Item = u8>) -> Self {
        let choices = effects.iter().flat_map(choices).collect::<Vec<_>>();
        let kind = bytes.next().unwrap_or(1);
        let pick = usize::from(bytes.next().unwrap_or(0));
        let text: Vec<u8> = bytes.take(pick % 8).collect();
        let text = if text.is_empty() { "5".to_owned() } else { String::from_utf8_lossy(&text).into_owned() };
        let choice = (!choices.is_empty()).then(|| choices[pick % choices.len()].clone());
        Self { kind, text, choice }
    }

    fn input(&self, session: &Session) -> Input<'_> {
        let wait = session.wait.id();
        let text = self.text.as_str();
        match (&session.wait, &self.choice, self.kind % 8) {
            (_, _, 7) => Input::Resume,
            (Wait::Call { .. }, _, 0..4) => {
                let body = r#"{"items": [{"title": "A", "id": 1}], "text": "hola", "n": 3}"#.to_owned();
                Input::Call { wait, outcome: CallOutcome::Response { status: 200, body } }
            }
            (Wait::Call { .. }, _, 4) => Input::Call { wait, outcome: CallOutcome::Failed { reason: text.to_owned() } },
            (Wait::Call { .. }, _, _) => {
                Input::Call { wait, outcome: CallOutcome::Response { status: 404, body: text.to_owned() } }
            }
            (waiting, _, 0) if waiting.deadline().is_some() => Input::Timer { wait },
            (_, Some((id, title)), 1..4) => Input::Reply(Reply::tap(id, title)),
            (_, _, 4) => Input::Reply(Reply::with(
                "location",
                Attachment::Place { latitude: -0.2, longitude: f64::from(self.kind), name: Some(text), address: None },
            )),
            (_, _, 5) => Input::Reply(Reply::with(
                "image",
                Attachment::File { id: text, mime_type: Some("image/png"), caption: Some(text), filename: None },
            )),
            (_, _, 6) => {
                let form = Attachment::Form { response: r#"{"name": "Ana", "flow_token": "unused"}"# };
                Input::Reply(Reply::with("interactive", form))
            }
            _ => Input::Reply(Reply::text(text)),
        }
    }
}

/// The session as it is read back.
fn stored(session: &Session) -> Session {
    let stored = serde_json::to_string(session).unwrap_or_default();
    assert!(stored.len() <= LARGEST_SESSION, "a session of {} bytes", stored.len());
    let read = serde_json::from_str(&stored).ok();
    assert_eq!(read.as_ref(), Some(session), "{stored}");
    read.unwrap_or_else(|| session.clone())
}

/// What holds of every sprint.
fn check(sprint: &Sprint) {
    assert_eq!(sprint.effects.len(), sprint.origins.len());
    let written = serde_json::to_string(&sprint.effects).unwrap_or_default();
    assert_eq!(serde_json::from_str(&written).ok().as_ref(), Some(&sprint.effects), "{written}");
    for (index, effect) in sprint.effects.iter().enumerate() {
        match effect {
            Effect::Send(message) => fits(message),
            Effect::Call(_) => assert_eq!(index + 1, sprint.effects.len(), "a request is the last effect"),
            _ => {}
        }
    }
    for event in &sprint.trace {
        assert!(!event.to_string().is_empty(), "{event:?}");
    }
}

/// What WhatsApp refuses is not sent.
fn fits(message: &Message) {
    let length = |text: &str, most: usize| {
        let length = text.chars().count();
        assert!((1..=most).contains(&length) && !text.trim().is_empty(), "{length} of {most}: {message:?}");
    };
    match message {
        Message::Text { body } => length(body, 4096),
        Message::Buttons { body, buttons, .. } => {
            length(body, 1024);
            assert!((1..=3).contains(&buttons.len()), "{message:?}");
        }
        Message::List { body, button, rows, .. } => {
            length(body, 1024);
            length(button, 20);
            assert!((1..=10).contains(&rows.len()), "{message:?}");
        }
        Message::RequestLocation { body } | Message::Catalog { body, .. } => length(body, 1024),
        Message::CallToAction { body, button, url, .. } => {
            length(body, 1024);
            length(button, 20);
            length(url, usize::MAX);
        }
        Message::Flow { body, button, .. } => {
            length(body, 1024);
            length(button, 30);
        }
        Message::Media { url, .. } => length(url, usize::MAX),
        Message::Template { name, .. } => length(name, usize::MAX),
    }
    let most = if matches!(message, Message::List { .. }) { 24 } else { 25 };
    let choices = choices(&Effect::Send(message.clone()));
    choices.iter().for_each(|(_, title)| length(title, most));
    let titles: HashSet<&str> = choices.iter().map(|(_, title)| title.as_str()).collect();
    assert_eq!(titles.len(), choices.len(), "two choices of one title: {message:?}");
}

/// The ids and titles of what can be tapped.
fn choices(effect: &Effect) -> Vec<(String, String)> {
    match effect {
        Effect::Send(Message::Buttons { buttons, .. } | Message::Template { buttons, .. }) => {
            buttons.iter().map(|button| (button.id.clone(), button.title.clone())).collect()
        }
        Effect::Send(Message::List { rows, .. }) => {
            rows.iter().map(|row| (row.id.clone(), row.title.clone())).collect()
        }
        _ => Vec::new(),
    }
}
