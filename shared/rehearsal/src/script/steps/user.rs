//! `user: "34"`: the contact writes, or sends something that is no text.

use journey::Problem;

use super::{Kind, StepKind, Takes};
use crate::incoming::Incoming;
use crate::script::header::members;
use crate::script::play::{Failure, Play};
use crate::script::yaml::{Node, NodeKind};

pub(super) const KIND: StepKind = StepKind {
    name: "user",
    summary: "The contact writes a text, or sends `image`, `audio`, `video`, `document`, `sticker`, `location` or `flow`. \
              A text that is the label of a button or row of the latest message that has any chooses it, until one was chosen or something else is asked.",
    takes: Takes::Value,
    example: (
        "trigger(on: \"MESSAGE RECEIVED\") when has_only_phrase(event.message.text.body, \"hola\")\n\
         card Ask, then: Say do\n  what = ask(\"¿Qué traes?\")\nend\n\
         card Say, then: Ask do\n  text(\"Recibí: @what (@event.message.type)\")\nend",
        "  - user: hola\n  - bot: {text: \"¿Qué traes?\"}\n\
         \x20 - user: 34\n  - bot: {text: \"Recibí: 34 (text)\"}\n  - bot: {}\n\
         \x20 - user: {image: {caption: Mi foto}}\n  - bot: {text: {starts: Recibí}}\n  - bot: {}\n\
         \x20 - user: {audio: nota.ogg}\n  - bot: {text: {starts: Recibí}}\n  - bot: {}\n\
         \x20 - user: {location: {lat: 4.6, lon: \"-74.1\", name: Bogotá}}\n  - bot: {}\n  - bot: {}\n\
         \x20 - user: {flow: {age: 34}}\n  - bot: {}\n  - bot: {}",
    ),
    fails: &[
        ("  - user: buenas\n  - bot: {}", "no trigger matches"),
        ("  - user: hola", "The journey sent a text that no step expects"),
    ],
    read,
};

#[derive(Debug)]
enum User {
    Says(String),
    Sends(Incoming, String),
}

fn read(node: &Node) -> Result<Box<dyn Kind>, Problem> {
    let NodeKind::Map(entries) = &node.kind else {
        return Ok(Box::new(User::Says(node.text()?.to_owned())));
    };
    let mut fields = node.fields()?;
    let mut found = Vec::new();
    for kind in Incoming::FILES {
        if let Some(node) = fields.take(kind) {
            found.push(Incoming::file(kind, file(node)?));
        }
    }
    if let Some(node) = fields.take("location") {
        found.push(location(node)?);
    }
    if let Some(node) = fields.take("flow") {
        found.push(Incoming::Flow(node.json_map()?));
    }
    fields.finish("What somebody sends")?;
    match (found.pop(), found.is_empty()) {
        (Some(incoming), true) => {
            let kind = entries.first().map(|(key, _)| key.written()).unwrap_or_default();
            Ok(Box::new(User::Sends(incoming, format!("({kind})"))))
        }
        _ => Err(node.mistake("A message is one thing.").hint("Write a step for each: `- user: {image: {}}`.")),
    }
}

/// A file: its id, or its members.
fn file(node: &Node) -> Result<serde_json::Map<String, serde_json::Value>, Problem> {
    match &node.kind {
        NodeKind::Scalar { .. } if !node.is_null() => {
            Ok(serde_json::Map::from_iter([("id".to_owned(), node.text()?.into())]))
        }
        _ => members(node),
    }
}

fn location(node: &Node) -> Result<Incoming, Problem> {
    let mut fields = node.fields()?;
    let (latitude, longitude) = (fields.take("lat"), fields.take("lon"));
    let (name, address) = (fields.take("name"), fields.take("address"));
    fields.finish("A location")?;
    let degrees = |value: Option<&Node>, name: &str, most: f64| {
        let value = value.ok_or_else(|| node.mistake(format!("A location needs `{name}`.")))?;
        let degrees = value.text()?.trim().parse().ok().filter(|degrees: &f64| degrees.abs() <= most);
        degrees.ok_or_else(|| value.mistake(format!("`{}` is not a number of degrees.", value.written())))
    };
    let text = |value: Option<&Node>| value.map(|value| value.text().map(str::to_owned)).transpose();
    Ok(Incoming::Location {
        latitude: degrees(latitude, "lat", 90.0)?,
        longitude: degrees(longitude, "lon", 180.0)?,
        name: text(name)?,
        address: text(address)?,
    })
}

impl Kind for User {
    fn play(&self, play: &mut Play) -> Result<(), Box<Failure>> {
        match self {
            Self::Says(text) => play.act(text.clone(), |rehearsal| Ok(rehearsal.say(text))),
            Self::Sends(incoming, shown) => play.act(shown.clone(), |rehearsal| Ok(rehearsal.send(incoming))),
        }
    }
}
