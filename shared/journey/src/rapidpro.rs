//! Flows of RapidPro and TextIt, definition version 13: read as far as a journey can say the same, with a report of the
//! rest.
//!
//! A node becomes a card: its actions the statements, its router the ways out. Where a message leads to a wait for an
//! answer, both become a question, with the quick replies as buttons or a list.

mod actions;
mod definition;
mod expressions;
mod flow;
mod routers;

use std::collections::HashMap;

use serde_json::Value;

use crate::floip::{ImportError, Imported, MAX_BLOCKS, MAX_BYTES};
use crate::model::{Formula, Trigger, TriggerEvent};
use crate::problem::{Position, Problem};
use definition::{Export, File, Starter};

/// Whether a file is one of RapidPro, of any version.
pub(crate) fn recognises(file: &Value) -> bool {
    let flow = file.get("flows").and_then(|flows| flows.get(0)).unwrap_or(file);
    ["nodes", "action_sets", "rule_sets", "definition"].into_iter().any(|key| flow.get(key).is_some())
}

/// Reads the first flow of an export, or a single definition. What no card can do is reported, and leaves a line in the
/// journey's log.
///
/// # Errors
/// When the file is not one of flows of version 13.
pub fn import(json: &str) -> Result<(crate::Journey, Vec<Problem>), ImportError> {
    crate::floip::first_of(import_all(json)?).map(|first| (first.journey, first.problems))
}

/// Reads all flows of an export, with the triggers that start them.
///
/// # Errors
/// As [`import`], for any of the flows.
pub fn import_all(json: &str) -> Result<Vec<Imported>, ImportError> {
    if json.len() > MAX_BYTES {
        return Err(ImportError::TooLarge);
    }
    if ["\"action_sets\"", "\"rule_sets\""].into_iter().any(|old| json.contains(old)) {
        let message =
            "its flows are older than version 13; open and save them in a current RapidPro, then export again";
        return Err(ImportError::Malformed(message.to_owned()));
    }
    let File(Export { flows, triggers }) =
        serde_json::from_str(json).map_err(|error| ImportError::Malformed(error.to_string()))?;
    if flows.is_empty() {
        return Err(ImportError::NoFlow);
    }
    let names: HashMap<&str, &str> = flows.iter().map(|flow| (flow.uuid.as_str(), flow.name.as_str())).collect();
    let mut all = Vec::new();
    for flow in &flows {
        if flow.nodes.len() > MAX_BLOCKS {
            return Err(ImportError::TooManyBlocks(flow.name.clone()));
        }
        let mut problems = Vec::new();
        let starters = triggers.iter().filter(|starter| starter.flow.as_ref().is_some_and(|to| to.uuid == flow.uuid));
        let starters: Vec<Trigger> = starters.flat_map(|starter| read_starter(starter, &mut problems)).collect();
        let journey = flow::read(flow, starters, &names, &mut problems);
        all.push(Imported { id: flow.uuid.clone(), name: flow.name.clone(), journey, problems });
    }
    Ok(all)
}

/// What starts a flow.
fn read_starter(starter: &Starter, problems: &mut Vec<Problem>) -> Vec<Trigger> {
    let plain = |event| Trigger { event, global: false, condition: None, position: Position::default() };
    match starter.kind.as_str() {
        "K" => {
            let keywords = starter.keyword.iter().chain(&starter.keywords);
            let trigger = |keyword: &String| {
                let keyword = Formula::text(&keyword.to_lowercase());
                let said = "event.message.text.body";
                let condition = match starter.match_type.as_deref() {
                    Some("O") => format!("has_only_phrase({said}, {keyword})"),
                    _ => format!("lower(first_word({said})) == {keyword}"),
                };
                let condition = Formula::parse(&condition).ok();
                Trigger { condition, ..plain(TriggerEvent::MessageReceived) }
            };
            keywords.map(trigger).collect()
        }
        "C" => vec![plain(TriggerEvent::CatchAll)],
        "N" => vec![plain(TriggerEvent::FirstVisit)],
        other => {
            let message = format!("A trigger of the kind `{other}` was left out.");
            let hint = "Set it up anew: a reminder for a schedule, or a trigger of the journey.";
            problems.push(Problem::warning("not-imported", Position::default(), message).hint(hint));
            Vec::new()
        }
    }
}
