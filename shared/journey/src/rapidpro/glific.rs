//! Exports of Glific: an envelope around definitions like those of RapidPro, with the keywords of each flow beside it and
//! the interactive messages that flows send.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::definition::{Definition, Export, Starter};
use super::left;

/// The members beside a definition that are read, or that change nothing for who writes.
const BESIDE: [&str; 7] = ["definition", "keywords", "name", "uuid", "description", "is_pinned", "status"];

/// The languages by their numbers, from 1: as every Glific begins with them.
const LANGUAGES: [&str; 14] = ["en", "hi", "ta", "kn", "ml", "te", "or", "as", "gu", "bn", "pa", "mr", "ur", "es"];

/// Whether a file is such an envelope.
pub(super) fn recognises(file: &Value) -> bool {
    let flow = file.get("flows").and_then(|flows| flows.get(0));
    flow.and_then(|flow| flow.get("definition")?.get("nodes")).is_some()
}

/// Whether a definition comes from Glific: only there it names itself among its variables.
pub(super) fn wrote(definition: &Definition) -> bool {
    definition.rest.contains_key("vars")
}

/// The envelope as an export. As there, a keyword is the whole message, and interrupts what is under way.
pub(super) fn export(file: &Value) -> Result<Export, serde_json::Error> {
    let mut export = Export::default();
    for flow in file.get("flows").and_then(Value::as_array).into_iter().flatten() {
        let definition = flow.get("definition").unwrap_or(flow);
        let mut definition: Definition = serde_json::from_value(definition.clone())?;
        let keywords = flow.get("keywords").and_then(Value::as_array);
        let keywords: Vec<String> =
            keywords.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        if !keywords.is_empty() {
            export.triggers.push(Starter::of_keywords(keywords, &definition.uuid, &definition.name));
        }
        let beside = flow.as_object().filter(|flow| flow.contains_key("definition"));
        definition.left = beside.map(|flow| left::of(flow, &BESIDE)).unwrap_or_default();
        export.flows.push(definition);
    }
    let templates = file.get("interactive_templates").and_then(Value::as_array);
    export.interactive = Interactive(templates.cloned().unwrap_or_default());
    Ok(export)
}

/// The interactive messages of a file.
#[derive(Debug, Default, Clone)]
pub(super) struct Interactive(Vec<Value>);

/// What an interactive message shows.
#[derive(Debug)]
pub(super) struct Shown {
    /// In the language that names none.
    pub(super) content: Value,
    /// In the other languages, by their codes.
    pub(super) languages: BTreeMap<&'static str, Value>,
    /// The numbers of the languages that are not known.
    pub(super) unknown: Vec<String>,
}

impl Interactive {
    /// What an action shows: the message with its number, else the one with its name, else what stands in the action.
    pub(super) fn of(&self, action: &Value) -> Option<Shown> {
        let id = action.get("id").filter(|id| !id.is_null());
        let is_same =
            |known: Option<&Value>| id.is_some_and(|id| known.is_some_and(|known| number(known) == number(id)));
        let by_id = self.0.iter().find(|known| is_same(known.get("source_id").or(known.get("id"))));
        let name = action.get("name").and_then(Value::as_str).filter(|name| !name.is_empty());
        let by_name =
            || self.0.iter().find(|known| name.is_some() && known.get("label").and_then(Value::as_str) == name);
        match by_id.or_else(by_name) {
            Some(template) => Some(shown(template)),
            None => {
                let content = serde_json::from_str(action.get("text")?.as_str()?).ok().filter(Value::is_object)?;
                Some(Shown { content, languages: BTreeMap::new(), unknown: Vec::new() })
            }
        }
    }
}

fn shown(template: &Value) -> Shown {
    let content = template.get("interactive_content").cloned().unwrap_or_default();
    let own = template.get("language_id").map(number);
    let mut shown = Shown { content, languages: BTreeMap::new(), unknown: Vec::new() };
    for (id, content) in template.get("translations").and_then(Value::as_object).unwrap_or(&Map::new()) {
        if own.as_ref() == Some(id) || *content == shown.content {
            continue;
        }
        let code = id.parse::<usize>().ok().and_then(|id| LANGUAGES.get(id.checked_sub(1)?));
        match code {
            Some(code) => drop(shown.languages.insert(code, content.clone())),
            None => shown.unknown.push(id.clone()),
        }
    }
    shown
}

/// A number, or a text that is one.
fn number(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
