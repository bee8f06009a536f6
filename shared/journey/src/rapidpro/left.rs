//! What nothing looked at: each member of a file that says something is read, changes nothing here, or is reported.

use serde_json::{Map, Value};

/// The members of each action that are read, or that change nothing in a conversation on WhatsApp. All members of actions
/// that are not named here are reported as one.
const ACTIONS: &[(&str, &[&str])] = &[
    ("add_contact_groups", &["groups"]),
    ("add_input_labels", &["labels"]),
    ("call_webhook", &["method", "url", "headers", "body", "result_name"]),
    ("enter_flow", &["flow", "terminal"]),
    ("open_ticket", &["note", "body", "assignee", "result_name"]),
    ("play_audio", &["audio_url"]),
    ("remove_contact_groups", &["groups", "all_groups"]),
    ("say_msg", &["text", "audio_url"]),
    (
        "send_interactive_msg",
        &["id", "name", "text", "params", "paramsCount", "attachment_type", "attachment_url", "expression"],
    ),
    ("send_msg", &["text", "attachments", "quick_replies", "templating", "template", "template_variables", "topic"]),
    ("set_contact_field", &["field", "value"]),
    ("set_contact_language", &["language"]),
    ("set_contact_name", &["name"]),
    ("set_contact_timezone", &["timezone"]),
    ("set_run_local", &["name", "value", "operation"]),
    ("set_run_result", &["name", "value", "category"]),
    ("wait_for_time", &["delay"]),
];

/// The members of an action that say something and were not read.
pub(super) fn of_action(kind: &str, action: &Value) -> Vec<String> {
    let known = ACTIONS.iter().find(|(known, _)| *known == kind).map(|(_, members)| *members);
    let (Some(known), Some(members)) = (known, action.as_object()) else { return Vec::new() };
    of(members, &[known, &["type", "uuid"]].concat())
}

/// The members that say something, but for the known ones.
pub(super) fn of(members: &Map<String, Value>, known: &[&str]) -> Vec<String> {
    let left = members.iter().filter(|(key, value)| !known.contains(&key.as_str()) && says_something(value));
    left.map(|(key, _)| format!("`{key}`")).collect()
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(values) => values.iter().any(says_something),
        Value::Object(members) => members.values().any(says_something),
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::Bool(true) => true,
    }
}
