//! Reads what stands around and above the steps of a script.

use journey::Problem;
use serde_json::Value as Json;

use super::yaml::{Fields, Node, NodeKind, mistake, unknown};
use super::{
    Child, Named, Script, Source, Step,
    steps::{self, Takes},
};
use crate::http::{Answer, Glob, Mock};
use crate::rehearsal::Options;

/// Reads a whole script; all its mistakes are found at once.
pub(super) fn read(root: &Node) -> Result<Script, Vec<Problem>> {
    let mut problems = Problems::default();
    let mut fields =
        root.fields().map_err(|problem| vec![problem.hint("A script begins with `journey:`, and has `steps:`.")])?;
    let journey = match fields.take("journey") {
        Some(node) => problems.keep(named(node)),
        None => {
            let problem = mistake(root.at, "The script does not say which journey it is about.");
            problems.0.push(problem.hint("Begin with `journey: signup.md`."));
            None
        }
    };
    let options = options(&mut fields, &mut problems);
    let children = given(&mut fields, "children").map(|node| children(node, &mut problems)).unwrap_or_default();
    let steps = match fields.take("steps") {
        Some(node) => steps(node, &mut problems),
        None => {
            problems.0.push(mistake(root.at, "The script has no steps.").hint("Add `steps:` and `- start` below it."));
            Vec::new()
        }
    };
    problems.keep(fields.finish("A script"));
    match journey {
        Some(journey) if problems.0.is_empty() => {
            let end = steps.last().map_or(root.at.line, |step| step.at.line);
            Ok(Script { journey, children, options, steps, end })
        }
        _ => {
            problems.0.sort_by_key(|problem| (problem.line, problem.column));
            Err(problems.0)
        }
    }
}

/// The mistakes so far.
#[derive(Default)]
struct Problems(Vec<Problem>);

impl Problems {
    fn keep<T>(&mut self, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.0.push(problem)).ok()
    }
}

/// The value of a key that may be left out: with nothing behind it, it is.
fn given<'n>(fields: &mut Fields<'n>, key: &'static str) -> Option<&'n Node> {
    fields.take(key).filter(|value| !value.is_null())
}

fn options(fields: &mut Fields<'_>, problems: &mut Problems) -> Options {
    let mut options = Options::default();
    if let Some(clock) = given(fields, "clock").and_then(|node| problems.keep(node.moment())) {
        options.clock = clock;
    }
    if let Some(seed) = given(fields, "seed").and_then(|node| problems.keep(node.number("a whole number from 0"))) {
        options.seed = seed;
    }
    for (key, map) in [("contact", &mut options.contact), ("globals", &mut options.globals)] {
        if let Some(values) = given(fields, key).and_then(|node| problems.keep(node.json_map())) {
            *map = values;
        }
    }
    // What is known of the line is the global dictionary `line`: a journey reads `@global.line.working_hours`.
    if let Some(line) = given(fields, "line") {
        if options.globals.contains_key("line") {
            let twice = line.mistake("`line` is the global dictionary of that name, and `globals` has it already.");
            problems.0.push(twice.hint("Leave one of them out."));
        }
        options.line = problems.keep(line.json_map()).unwrap_or_default();
    }
    if let Some(list) = given(fields, "http").and_then(|node| problems.keep(node.list())) {
        options.http = list.iter().filter_map(|node| problems.keep(mock(node))).collect();
    }
    options
}

/// A file, or `{name: …}`.
fn named(node: &Node) -> Result<Named, Problem> {
    let source = match &node.kind {
        NodeKind::Map(_) => {
            let mut fields = node.fields()?;
            let name = fields.take("name").map(Node::filled_text).transpose()?;
            fields.finish("A journey")?;
            match name {
                Some(name) => Source::Name(name.to_owned()),
                None => return Err(node.mistake("This names no journey.").hint("Write a file, or `{name: …}`.")),
            }
        }
        _ => Source::File(node.filled_text()?.to_owned()),
    };
    Ok(Named { source, at: node.at })
}

fn children(node: &Node, problems: &mut Problems) -> Vec<(String, Child)> {
    let entries = problems.keep(node.entries()).unwrap_or_default();
    let read = |(key, value): &(Node, Node)| -> Result<(String, Child), Problem> {
        let id = key.filled_text()?.to_owned();
        let is_return = value.text() == Ok("return");
        Ok((id, if is_return { Child::Return } else { Child::Journey(named(value)?) }))
    };
    entries.iter().filter_map(|entry| problems.keep(read(entry))).collect()
}

/// `{method: get, url: "…", query: {…}, body: …, status: 200, json: {…}}`, or `fail: timeout`.
fn mock(node: &Node) -> Result<Mock, Problem> {
    let mut fields = node.fields()?;
    let method = fields.take("method").map(method).transpose()?;
    let url = fields.take("url").ok_or_else(|| {
        node.mistake("An HTTP answer needs the `url` it is for.").hint("`*` in it stands for anything.")
    })?;
    let url = Glob::new(url.filled_text()?);
    let mut query = Vec::new();
    for (key, value) in fields.take("query").map(Node::entries).transpose()?.unwrap_or_default() {
        query.push((key.text()?.to_owned(), value.text()?.to_owned()));
    }
    let body = fields.take("body").map(Node::json);
    let status = fields.take("status");
    let answers = [fields.take("json"), fields.take("text"), fields.take("fail")];
    fields.finish("An HTTP answer")?;
    let answer = match answers {
        [None, None, Some(fail)] if status.is_none() => Answer::Failure { reason: fail.filled_text()?.to_owned() },
        [_, _, Some(fail)] => {
            return Err(fail.mistake("A call that fails has no `status`, `json` or `text`: no response came."));
        }
        [Some(_), Some(text), None] => {
            return Err(text.mistake("A response has one body.").hint("Leave out `json` or `text`."));
        }
        [json, text, None] => {
            let status = status.map(self::status).transpose()?.unwrap_or(200);
            let body = match (json, text) {
                (Some(json), _) => json.json().to_string(),
                (None, Some(text)) => text.text()?.to_owned(),
                (None, None) => String::new(),
            };
            Answer::Response { status, body }
        }
    };
    Ok(Mock { method, url, query, body, answer })
}

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

fn method(node: &Node) -> Result<String, Problem> {
    let method = node.text()?.to_lowercase();
    if METHODS.contains(&method.as_str()) {
        return Ok(method);
    }
    Err(node.mistake(format!("`{method}` is not an HTTP method.")).hint(format!("There are: {}.", METHODS.join(", "))))
}

fn status(node: &Node) -> Result<u16, Problem> {
    let status: u16 = node.number("an HTTP status")?;
    if (100..600).contains(&status) {
        Ok(status)
    } else {
        Err(node.mistake(format!("`{status}` is not an HTTP status.")))
    }
}

fn steps(node: &Node, problems: &mut Problems) -> Vec<Step> {
    let Some(items) = problems.keep(node.list()) else { return Vec::new() };
    if items.is_empty() {
        problems.0.push(node.mistake("The script has no steps.").hint("Begin with `- start` or `- user: …`."));
    }
    items.iter().filter_map(|item| problems.keep(step(item))).collect()
}

/// `start`, or `bot: {…}`.
fn step(node: &Node) -> Result<Step, Problem> {
    let nothing = Node { at: node.at, kind: NodeKind::Scalar { text: String::new(), plain: true } };
    let (key, value) = match &node.kind {
        NodeKind::Map(entries) => match entries.as_slice() {
            [(key, value)] => (key, value),
            [_, (second, _), ..] => {
                return Err(second
                    .mistake("A step does one thing.")
                    .hint("Put `- ` before it, to make it another step."));
            }
            [] => return Err(node.mistake("This step is empty.")),
        },
        _ => (node, &nothing),
    };
    let name = key.text()?;
    let Some(kind) = steps::find(name) else {
        let names: Vec<&str> = steps::KINDS.iter().map(|kind| kind.name).collect();
        return Err(unknown(key, "A script", &names));
    };
    match kind.takes {
        Takes::Nothing if !value.is_null() => {
            return Err(value.mistake(format!("`{name}` stands alone.")).hint(format!("Write `- {name}`.")));
        }
        Takes::Value if value.is_null() => {
            return Err(key.mistake(format!("`{name}` of what?")).hint(format!("Write `- {name}: …`.")));
        }
        _ => {}
    }
    Ok(Step { at: key.at, action: (kind.read)(value)? })
}

/// A list of texts.
pub(super) fn texts(node: &Node) -> Result<Vec<String>, Problem> {
    node.list()?.iter().map(|item| item.text().map(str::to_owned)).collect()
}

/// Members of a message that are free.
pub(super) fn members(node: &Node) -> Result<serde_json::Map<String, Json>, Problem> {
    if node.is_null() { Ok(serde_json::Map::new()) } else { node.json_map() }
}
