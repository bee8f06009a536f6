//! Writes a script from a conversation: one that passes, because it expects just what happened.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use journey::{Call, Effect, TraceEvent};
use serde_json::{Map, Value as Json};

use super::expect::is_comparison;
use super::yaml::plain;
use crate::event::{Event, NotStarted};
use crate::http::{Answer, Mock, UNANSWERED};
use crate::incoming::Incoming;
use crate::load::name_of;
use crate::message::Parts;
use crate::rehearsal::{Options, Rehearsal};
use crate::shelf::{Book, Shelf};

/// How long a line may get before a step is written over several.
const WIDTH: usize = 110;

/// Writes a script while somebody talks to a journey.
#[derive(Debug)]
pub struct Recorder {
    /// The ids of the journeys, and where the script finds them; the first is the one that is rehearsed.
    sources: Vec<(String, String)>,
    options: Options,
    steps: String,
    /// The ids of all journeys that began or were scheduled.
    journeys: BTreeSet<String>,
    /// Journeys that were due and are not there: the session ended and nothing began, as with one that comes back at once.
    unknown: BTreeSet<String>,
    /// Calls that nothing answered.
    unanswered: Vec<Call>,
}

impl Recorder {
    /// Begins a script about journeys; `path` gives the path of a file from where the script will be kept.
    #[must_use]
    pub fn new(shelf: &Shelf, path: impl Fn(&str) -> String, options: &Options) -> Self {
        let source = |book: &Book| book.file.as_deref().map_or_else(|| "return".to_owned(), &path);
        let sources = shelf.books().iter().map(|book| (book.id.to_string(), source(book))).collect();
        Self {
            sources,
            options: options.clone(),
            steps: String::new(),
            journeys: BTreeSet::new(),
            unknown: BTreeSet::new(),
            unanswered: Vec::new(),
        }
    }

    /// The journey was started.
    pub fn start(&mut self) {
        self.steps.push_str("  - start\n");
    }

    /// The contact wrote a text.
    pub fn says(&mut self, text: &str) {
        let _ = writeln!(self.steps, "  - user: {}", scalar(text));
    }

    /// The contact tapped what has this label.
    pub fn taps(&mut self, label: &str) {
        let _ = writeln!(self.steps, "  - tap: {}", scalar(label));
    }

    /// The contact sent something that is no text.
    pub fn sends(&mut self, incoming: &Incoming) {
        let (kind, value) = match incoming {
            Incoming::Text(text) => return self.says(text),
            Incoming::Choice(choice) => return self.taps(&choice.title),
            Incoming::Location { latitude, longitude, name, address } => {
                let mut value = Map::from_iter([
                    ("lat".to_owned(), Json::from(*latitude)),
                    ("lon".to_owned(), Json::from(*longitude)),
                ]);
                for (key, text) in [("name", name), ("address", address)] {
                    value.extend(text.as_ref().map(|text| (key.to_owned(), Json::from(text.as_str()))));
                }
                ("location", value)
            }
            Incoming::Flow(answers) => ("flow", answers.clone()),
            Incoming::Other { kind, body } => (kind.as_str(), body.clone()),
        };
        let _ = writeln!(self.steps, "  - user: {{{kind}: {}}}", flow(&Json::Object(value)));
    }

    /// Time passed; `by` as it was written, such as `23h`.
    pub fn advances(&mut self, by: &str) {
        let _ = writeln!(self.steps, "  - advance: {by}");
    }

    /// The team gave the conversation back.
    pub fn hands_back(&mut self) {
        self.steps.push_str("  - hand_back\n");
    }

    /// A profile field was set.
    pub fn sets(&mut self, field: &str, value: &Json) {
        let _ = writeln!(self.steps, "  - set: {{{}: {}}}", scalar(field), flow(value));
    }

    /// What came of it.
    pub fn events(&mut self, events: &[Event]) {
        for event in events {
            if let Some((message, _)) = event.sent() {
                let _ = writeln!(self.steps, "{}", bot(&message));
            }
            match event {
                Event::Noted { note: TraceEvent::Started { journey, .. }, .. }
                | Event::Did { effect: Effect::ScheduleJourney { journey, .. }, .. } => {
                    self.journeys.insert(journey.to_string());
                }
                Event::NotStarted { journey, why: NotStarted::Unknown } => {
                    self.unknown.insert(journey.clone());
                }
                Event::Called { call, answer: None, .. } => {
                    let is_new = |known: &Call| (known.method, &known.url) != (call.method, &call.url);
                    if self.unanswered.iter().all(is_new) {
                        self.unanswered.push(call.clone());
                    }
                }
                _ => {}
            }
        }
    }

    /// The script so far, which ends with how things stand.
    #[must_use]
    pub fn script(&self, rehearsal: &Rehearsal) -> String {
        let Options { clock, seed, contact, globals, line, http } = &self.options;
        let journey = self.sources.first().map_or("", |(_, source)| source);
        let mut out = format!("journey: {}\nclock: {clock}\nseed: {seed}\n", scalar(journey));
        for (key, values) in [("line", line), ("contact", contact), ("globals", globals)] {
            if !values.is_empty() {
                let _ = writeln!(out, "{key}: {}", flow(&Json::Object(values.clone())));
            }
        }
        // The rehearsed journey has the name of its file, unless a script gave it an id.
        let is_named = |(id, source): &(String, String)| id.as_str() != name_of(source);
        let itself = self.sources.iter().take(1).filter(|first| is_named(first));
        let others = self.sources.iter().skip(1).filter(|(id, _)| self.journeys.contains(id));
        let others = itself.chain(others).map(|(id, source)| (id, source.as_str()));
        let children = others.chain(self.unknown.iter().map(|id| (id, "return")));
        let children: String = children.map(|(id, source)| format!("  {}: {}\n", scalar(id), scalar(source))).collect();
        if !children.is_empty() {
            let _ = write!(out, "children:\n{children}");
        }
        // Behind the others: these are for calls that none of them answers.
        let answers: Vec<String> = http.iter().map(mock).chain(self.unanswered.iter().map(unanswered)).collect();
        if !answers.is_empty() {
            let _ = writeln!(out, "http:\n{}", answers.join("\n"));
        }
        let _ = write!(out, "steps:\n{}", self.steps);
        for step in state(rehearsal, contact) {
            let _ = writeln!(out, "  - {step}");
        }
        out
    }
}

/// The steps that say how things stand.
fn state(rehearsal: &Rehearsal, before: &Map<String, Json>) -> Vec<String> {
    let mut state = Vec::new();
    let contact = rehearsal.contact();
    let mut changed = contact.clone();
    changed.retain(|key, value| before.get(key) != Some(value));
    changed.extend(before.keys().filter(|key| !contact.contains_key(*key)).map(|key| (key.clone(), Json::Null)));
    changed.shift_remove("whatsapp_id");
    if !changed.is_empty() {
        state.push(format!("contact: {}", values(&changed)));
    }
    if !rehearsal.results().is_empty() {
        state.push(format!("results: {}", values(rehearsal.results())));
    }
    let conversation = rehearsal.conversation();
    if !conversation.labels.is_empty() {
        state.push(format!("labels: {}", flow(&Json::from(conversation.labels.clone()))));
    }
    if let Some(operator) = &conversation.assignee {
        state.push(format!("assigned: {}", scalar(operator)));
    }
    if !conversation.scheduled.is_empty() {
        let due = conversation.scheduled.iter().map(|due| {
            let after = due.at.duration_since(rehearsal.now());
            // What should have started already has a moment; no length of time leads back.
            let when = if after.is_negative() { format!("at: {}", due.at) } else { format!("in: {after:#}") };
            format!("{{journey: {}, {when}}}", scalar(&due.journey))
        });
        state.push(format!("scheduled: [{}]", due.collect::<Vec<_>>().join(", ")));
    }
    if conversation.mode == domain::Mode::Human {
        state.push("handed_over".to_owned());
    }
    state.push(if rehearsal.session().is_some() { "waiting" } else { "finished" }.to_owned());
    state
}

/// Names and what their values must be. A value that would read as a comparison is compared as a text.
fn values<'v>(values: impl IntoIterator<Item = (&'v String, &'v Json)>) -> String {
    let pair = |(name, value): (&String, &Json)| match is_comparison(value) {
        true => format!("{}: {{contains: {}}}", scalar(name), scalar(&value.to_string())),
        false => format!("{}: {}", scalar(name), flow(value)),
    };
    format!("{{{}}}", values.into_iter().map(pair).collect::<Vec<_>>().join(", "))
}

/// The step that expects just this message, without a line end.
#[must_use]
pub fn bot(parts: &Parts) -> String {
    let mut pairs: Vec<(&str, String)> = Vec::new();
    let mut text = None;
    let name = if let Some(template) = &parts.template {
        pairs.push(("name", scalar(&template.name)));
        pairs.push(("language", scalar(&template.language)));
        if !template.parameters.is_empty() {
            let named = template.names.iter().cloned().zip(template.parameters.iter().cloned().map(Json::from));
            let parameters = match template.names.is_empty() {
                true => Json::from(template.parameters.clone()),
                false => Json::from_iter(named),
            };
            pairs.push(("parameters", flow(&parameters)));
        }
        pairs.extend(parts.header.as_ref().map(|header| ("header", scalar(header))));
        for (key, text) in
            [("location", &template.location), ("url", &template.url_suffix), ("copy_code", &template.copy_code)]
        {
            pairs.extend(text.as_ref().map(|text| (key, scalar(text))));
        }
        "template"
    } else {
        pairs.extend(parts.header.as_ref().map(|header| ("header", scalar(header))));
        text = parts.text.as_ref();
        "bot"
    };
    if let Some((kind, url)) = &parts.file {
        pairs.push((kind, scalar(url)));
    }
    pairs.extend(parts.filename.as_ref().map(|name| ("filename", scalar(name))));
    pairs.extend(parts.footer.as_ref().filter(|_| name == "bot").map(|footer| ("footer", scalar(footer))));
    pairs.extend(parts.content.as_ref().map(|content| ("content", scalar(content))));
    pairs.extend(parts.request_location.then(|| ("request_location", "true".to_owned())));
    pairs.extend(parts.catalog.then(|| ("catalog", "true".to_owned())));
    for (key, part, what) in
        [("call_to_action", &parts.call_to_action, "url"), ("whatsapp_flow", &parts.whatsapp_flow, "id")]
    {
        let written = |(button, target): &(String, String)| {
            (key, format!("{{button: {}, {what}: {}}}", scalar(button), scalar(target)))
        };
        pairs.extend(part.as_ref().map(written));
    }
    if let Some(list) = &parts.list {
        let rows: Vec<String> = list.rows.iter().map(|(title, description)| row(title, description.as_ref())).collect();
        pairs.push(("list", format!("{{button: {}, rows: [{}]}}", scalar(&list.button), rows.join(", "))));
    }
    if !parts.buttons.is_empty() {
        pairs.push(("buttons", flow(&Json::from(parts.buttons.clone()))));
    }
    let block = text.and_then(|text| block(text));
    if block.is_none() {
        pairs.splice(0..0, text.map(|text| ("text", scalar(text))));
        let pairs: Vec<String> = pairs.iter().map(|(key, value)| format!("{key}: {value}")).collect();
        let line = format!("  - {name}: {{{}}}", pairs.join(", "));
        if line.chars().count() <= WIDTH || pairs.len() < 2 {
            return line;
        }
    }
    let lines = pairs.iter().map(|(key, value)| format!("\n      {key}: {value}")).collect::<String>();
    format!("  - {name}:{}{lines}", block.unwrap_or_default())
}

/// An entry of `http` that answers this call.
#[must_use]
pub fn http(call: &Call) -> String {
    let address = call.url.split_once('?').map_or(call.url.as_str(), |(address, _)| address);
    let method = call.method.name().to_lowercase();
    format!("  - {{method: {method}, url: {}, status: 200, json: {{}}}}", scalar(address))
}

/// The entry of `http` for a call that nothing answered.
fn unanswered(call: &Call) -> String {
    let method = call.method.name().to_lowercase();
    format!("  - {{method: {method}, url: {}, fail: {}}}", scalar(&call.url), scalar(UNANSWERED))
}

/// An entry of `http`.
fn mock(mock: &Mock) -> String {
    let mut pairs = Vec::new();
    pairs.extend(mock.method.as_ref().map(|method| format!("method: {method}")));
    pairs.push(format!("url: {}", scalar(mock.url.as_str())));
    if !mock.query.is_empty() {
        let query = mock.query.iter().map(|(key, value)| (key.clone(), Json::from(value.as_str()))).collect();
        pairs.push(format!("query: {}", flow(&Json::Object(query))));
    }
    pairs.extend(mock.body.as_ref().map(|body| format!("body: {}", flow(body))));
    match &mock.answer {
        Answer::Failure { reason } => pairs.push(format!("fail: {}", scalar(reason))),
        Answer::Response { status, body } => {
            pairs.push(format!("status: {status}"));
            match serde_json::from_str::<Json>(body) {
                Ok(json) => pairs.push(format!("json: {}", flow(&json))),
                Err(_) if body.is_empty() => {}
                Err(_) => pairs.push(format!("text: {}", scalar(body))),
            }
        }
    }
    format!("  - {{{}}}", pairs.join(", "))
}

fn row(title: &str, description: Option<&String>) -> String {
    match description {
        Some(description) => format!("{{title: {}, description: {}}}", scalar(title), scalar(description)),
        None => scalar(title),
    }
}

/// A text of several lines as a block, where YAML can write it so.
fn block(text: &str) -> Option<String> {
    let starts_well = text.starts_with(|first: char| !first.is_whitespace());
    if !text.contains('\n') || !starts_well || text.contains(|letter: char| letter != '\n' && must_escape(letter)) {
        return None;
    }
    let lines = text.trim_end().lines().map(|line| match line.trim_end() {
        "" => "\n".to_owned(),
        line => format!("\n        {line}"),
    });
    Some(format!("\n      text: |-{}", lines.collect::<String>()))
}

/// A value in one line.
fn flow(value: &Json) -> String {
    match value {
        Json::String(text) => scalar(text),
        Json::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Json::Object(map) => {
            let pairs: Vec<String> =
                map.iter().map(|(key, value)| format!("{}: {}", scalar(key), flow(value))).collect();
            format!("{{{}}}", pairs.join(", "))
        }
        other => other.to_string(),
    }
}

/// A text in one line, without quotes where it needs none.
fn scalar(text: &str) -> String {
    let first = text.chars().next().is_some_and(|first| first.is_alphabetic() || matches!(first, '¿' | '¡' | '_'));
    let plain_letter = |letter: char| letter.is_alphanumeric() || " _-./?!¿¡'()@+*=".contains(letter);
    if first && !text.ends_with(' ') && text.chars().all(plain_letter) && plain(text).is_string() {
        return text.to_owned();
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            letter if must_escape(letter) => {
                let _ = write!(quoted, "\\U{:08X}", u32::from(letter));
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

/// Letters that do not survive as they are: control characters, and what some readers take for a line end.
fn must_escape(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::yaml::parse;

    #[test]
    fn every_text_reads_back() {
        for text in [
            "",
            " ",
            "Sí",
            "¿Cómo estás?",
            "34",
            "-",
            "- a",
            "a: b",
            "a #b",
            "#",
            "null",
            "true",
            "No",
            "~",
            "[a]",
            "{a}",
            "a, b",
            "\"x\"",
            "'x'",
            "a\\b",
            "a\nb",
            " a\n b ",
            "a\n\nb",
            "x\n  y\nz",
            "tab\there",
            "\u{0}\u{202e}\u{85}\u{2028}",
            "🙂",
            "https://x.example/?a=1&b=2",
            "007",
            "1e3",
            "*bold*",
            "@name",
            "_x_",
            "?",
            "? a",
            "a  ",
            "\r\n",
            "%",
            "|",
            ">",
        ] {
            let quoted = scalar(text);
            let read = parse(&format!("[{quoted}, {{{quoted}: {quoted}}}]"))
                .unwrap_or_else(|error| panic!("{quoted}: {error}"));
            let expected = serde_json::json!([text, {text: text}]);
            // Long keys are cut in messages only; these are short.
            assert_eq!(read.json(), expected, "{quoted}");
            if let Some(block) = block(text) {
                let read =
                    parse(&format!("bot:{block}\n      end: 1\n")).unwrap_or_else(|error| panic!("{block}: {error}"));
                let written = read.json()["bot"]["text"].as_str().unwrap().to_owned();
                assert_eq!(crate::script::expect::normal(&written), crate::script::expect::normal(text), "{block}");
            }
        }
    }
}
