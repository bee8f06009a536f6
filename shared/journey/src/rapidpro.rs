//! Flows of RapidPro, TextIt and Glific, definition version 13: read as far as a journey can say the same, with a report of the
//! rest.
//!
//! A node becomes a card: its actions the statements, its router the ways out. Where a message leads to a wait for an
//! answer, both become a question, with the quick replies as buttons or a list.

mod actions;
mod definition;
mod expressions;
mod flow;
mod functions;
mod glific;
mod groups;
mod interactive;
mod left;
mod operators;
mod routers;
mod starters;

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::floip::names::Names;
use crate::floip::{ImportError, Imported, MAX_BLOCKS, MAX_BYTES};
use crate::model::Trigger;
use crate::problem::Problem;
use definition::{Campaign, Event, Export, File, Starter};
use expressions::{Kind, Scope};
use groups::Groups;

/// Whether a file is one of RapidPro, of any version, or of Glific.
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

/// Reads all flows of an export, with the triggers and the events of campaigns that start them. An event that sends a
/// message is a journey of its own.
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
    let File(Export { flows, triggers, campaigns, groups, interactive }) =
        serde_json::from_str(json).map_err(|error| ImportError::Malformed(error.to_string()))?;
    if flows.is_empty() {
        return Err(ImportError::NoFlow);
    }
    let names: HashMap<&str, &str> = flows.iter().map(|flow| (flow.uuid.as_str(), flow.name.as_str())).collect();
    let events: Vec<_> =
        campaigns.iter().flat_map(|campaign| campaign.events.iter().map(move |event| (campaign, event))).collect();
    let mut started: HashMap<&str, Vec<&Starter>> = HashMap::new();
    for (starter, flow) in triggers.iter().filter_map(|starter| Some((starter, starter.flow.as_ref()?))) {
        started.entry(&flow.uuid).or_default().push(starter);
    }
    let mut timed: HashMap<&str, Vec<(&Campaign, &Event)>> = HashMap::new();
    for (campaign, event) in &events {
        if let Some(flow) = starters::starts(event) {
            timed.entry(&flow.uuid).or_default().push((campaign, event));
        }
    }
    let groups = Groups::of(&groups);
    let called: HashSet<&str> = flows.iter().flat_map(flow::runs).collect();
    let mut all = Vec::new();
    for flow in &flows {
        if flow.nodes.len() > MAX_BLOCKS {
            return Err(ImportError::TooManyBlocks(flow.name.clone()));
        }
        let mut problems = Vec::new();
        let mut begins: Vec<Trigger> = Vec::new();
        let kind = if glific::wrote(flow) { Kind::Glific } else { Kind::RapidPro };
        let mut scope = Scope { groups: groups.clone(), kind, ..Scope::default() };
        for starter in started.get(flow.uuid.as_str()).into_iter().flatten() {
            begins.extend(starters::triggers(starter, &mut scope.groups, &mut problems));
        }
        for (campaign, event) in timed.get(flow.uuid.as_str()).into_iter().flatten() {
            begins.extend(starters::timed(campaign, event, &mut scope.groups, &mut problems));
        }
        let others =
            flow::Others { names: &names, is_called: called.contains(flow.uuid.as_str()), interactive: &interactive };
        let mut journey = flow::read(flow, others, scope, &mut problems);
        starters::begin_with(begins, &mut journey);
        all.push(Imported { id: flow.uuid.clone(), name: flow.name.clone(), journey, problems });
    }
    let mut problems = Vec::new();
    let is_here = |flow: Option<&definition::Reference>| flow.is_some_and(|to| names.contains_key(to.uuid.as_str()));
    for starter in triggers.iter().filter(|starter| !is_here(starter.flow.as_ref())) {
        starters::without_flow("A trigger", starter.flow.as_ref(), &mut problems);
    }
    let mut unique = Names::default();
    flows.iter().for_each(|flow| drop(unique.unique(&flow.name)));
    for (campaign, event) in events {
        if event.kind == "M" {
            let mut message = starters::message(campaign, event, &groups);
            message.name = unique.unique(&message.name);
            all.push(message);
        } else if !is_here(starters::starts(event)) {
            let what = format!("An event of the campaign `{}`", campaign.name);
            starters::without_flow(&what, event.flow.as_ref(), &mut problems);
        }
    }
    // What belongs to no flow of the file is told with the first one.
    all.iter_mut().take(1).for_each(|first| first.problems.append(&mut problems));
    Ok(all)
}
