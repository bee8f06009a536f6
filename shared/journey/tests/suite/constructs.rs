//! Whatever a flow of RapidPro, TextIt or Glific can hold is in the journey, or is listed: of every construct each text is
//! marked, and every mark is found again.

use journey::rapidpro::import_all;
use journey::{parse, print};
use serde_json::{Value, json};

/// A text that is marked, in whatever stands around it.
const MARK: &str = "§";

/// Marks the texts; gives the marks with the members of the outermost object they stand in.
fn mark(construct: &mut Value) -> Vec<(String, String)> {
    fn walk(value: &mut Value, member: &str, marks: &mut Vec<(String, String)>) {
        match value {
            Value::String(text) if text.contains(MARK) => {
                let mark = format!("mark{}x", marks.len());
                *text = text.replace(MARK, &mark);
                marks.push((mark, member.to_owned()));
            }
            Value::Array(items) => items.iter_mut().for_each(|item| walk(item, member, marks)),
            Value::Object(members) => members.values_mut().for_each(|value| walk(value, member, marks)),
            _ => {}
        }
    }
    let mut marks = Vec::new();
    for (member, value) in construct.as_object_mut().into_iter().flatten() {
        walk(value, member, &mut marks);
    }
    marks
}

/// What a report calls a member.
fn names(member: &str) -> Vec<String> {
    let other = match member {
        "assignee" => "one person",
        "category" => "categories",
        "audio_url" => "recording",
        "templating" | "components" => "template",
        "params" => "choices",
        _ => member,
    };
    vec![format!("`{member}`"), member.replace('_', " "), other.to_owned()]
}

/// The notebook of a file, and what was reported.
fn read(file: &Value) -> (String, Vec<String>) {
    let first = import_all(&file.to_string()).unwrap().swap_remove(0);
    let notebook = print(&first.journey);
    assert_eq!(parse(&notebook).problems, [], "{notebook}");
    (notebook, first.problems.into_iter().map(|problem| problem.message).collect())
}

fn assert_told(what: &str, marks: &[(String, String)], notebook: &str, reports: &[String]) {
    for (mark, member) in marks {
        let is_listed = |report: &String| {
            report.contains(mark)
                || names(member).iter().any(|name| report.contains(name))
                || (report.contains(what) && report.contains("could not be imported"))
        };
        let is_told = notebook.contains(mark) || reports.iter().any(is_listed);
        assert!(is_told, "{what}: `{member}` is neither in the journey nor listed\n{notebook}\n{reports:#?}");
    }
}

fn actions() -> Vec<Value> {
    let group = || json!([{ "uuid": "g", "name": "§" }]);
    vec![
        json!({ "type": "send_msg", "text": "§", "attachments": ["image:https://§.example/a.png", "audio:https://§.example", "geo:§"], "quick_replies": ["§"], "all_urns": true, "labels": [{ "name": "§" }], "delay": "§" }),
        json!({ "type": "send_msg", "text": "x", "templating": { "template": { "name": "§" }, "variables": ["§"] } }),
        json!({ "type": "send_msg", "text": "x", "templating": { "template": { "name": "§" }, "components": [{ "type": "body", "params": [{ "value": "§" }] }, { "type": "header", "params": [{ "value": "§" }] }] } }),
        json!({ "type": "send_msg", "text": "x", "template": { "name": "§" }, "template_variables": ["§"] }),
        json!({ "type": "send_msg", "text": "x", "templating": { "expression": "§", "template": { "name": "" } } }),
        json!({ "type": "say_msg", "text": "§", "audio_url": "https://§.example" }),
        json!({ "type": "play_audio", "audio_url": "https://§.example" }),
        json!({ "type": "set_contact_name", "name": "§" }),
        json!({ "type": "set_contact_language", "language": "§" }),
        json!({ "type": "set_contact_timezone", "timezone": "§" }),
        json!({ "type": "set_contact_status", "status": "§" }),
        json!({ "type": "set_contact_channel", "channel": { "uuid": "c", "name": "§" } }),
        json!({ "type": "set_contact_field", "field": { "key": "§", "name": "x" }, "value": "§" }),
        json!({ "type": "set_contact_field", "field": { "key": "no name", "name": "x" }, "value": "§" }),
        json!({ "type": "set_run_result", "name": "§", "value": "§", "category": "§" }),
        json!({ "type": "set_run_local", "name": "§", "value": "§", "operation": "set" }),
        json!({ "type": "set_run_local", "name": "§", "value": "1", "operation": "increment" }),
        json!({ "type": "set_run_local", "name": "§", "operation": "clear" }),
        json!({ "type": "enter_flow", "flow": { "uuid": "other", "name": "§" } }),
        json!({ "type": "enter_flow", "flow": { "uuid": "", "name": "", "expression": "§" } }),
        json!({ "type": "add_contact_groups", "groups": group() }),
        json!({ "type": "add_contact_groups", "groups": [{ "name_match": "§" }] }),
        json!({ "type": "remove_contact_groups", "groups": group() }),
        json!({ "type": "remove_contact_groups", "groups": group(), "all_groups": true }),
        json!({ "type": "add_contact_urn", "scheme": "tel", "path": "§" }),
        json!({ "type": "add_input_labels", "labels": [{ "uuid": "l", "name": "§" }, { "name_match": "§" }] }),
        json!({ "type": "call_webhook", "method": "POST", "url": "https://§.example", "headers": { "X": "§" }, "body": "§", "result_name": "§" }),
        json!({ "type": "call_webhook", "method": "GET", "url": "https://§.example", "body": "§" }),
        json!({ "type": "call_webhook", "method": "FUNCTION", "url": "§", "body": "§", "result_name": "§" }),
        json!({ "type": "call_resthook", "resthook": "§", "result_name": "§" }),
        json!({ "type": "call_classifier", "classifier": { "name": "§" }, "input": "§", "result_name": "§" }),
        json!({ "type": "call_llm", "llm": { "name": "§" }, "instructions": "§", "input": "§" }),
        json!({ "type": "open_ticket", "note": "§", "topic": { "name": "§" }, "assignee": { "email": "§" }, "result_name": "x" }),
        json!({ "type": "open_ticket", "body": "§", "subject": "§", "ticketer": { "name": "§" } }),
        json!({ "type": "request_optin", "optin": { "name": "§" } }),
        json!({ "type": "send_broadcast", "text": "§", "groups": group(), "contacts": [{ "name": "§" }] }),
        json!({ "type": "send_email", "addresses": ["§"], "subject": "§", "body": "§" }),
        json!({ "type": "start_session", "flow": { "name": "§" }, "groups": group(), "contacts": [{ "name": "§" }] }),
        json!({ "type": "transfer_airtime", "amounts": { "USD": 1 }, "result_name": "§" }),
        json!({ "type": "set_contact_profile", "profile_type": "§", "value": "§" }),
        json!({ "type": "set_wa_group_field", "field": { "key": "§" }, "value": "§" }),
        json!({ "type": "link_google_sheet", "url": "§", "row": { "key": "§" }, "result_name": "§", "range": "§" }),
        json!({ "type": "wait_for_result", "delay": "60", "result_name": "§" }),
        json!({ "type": "wait_for_time", "delay": "§" }),
        json!({ "type": "send_interactive_msg", "id": 1, "name": "§", "text": "§" }),
        json!({ "type": "something_new", "text": "§" }),
        json!({ "text": "§" }),
    ]
}

#[test]
fn every_text_of_every_action_is_there_or_listed() {
    for mut action in actions() {
        let kind = action["type"].as_str().unwrap_or("an action without a type").to_owned();
        action["uuid"] = "a".into();
        let marks = mark(&mut action);
        let node = json!({ "uuid": "n", "actions": [action], "exits": [{ "uuid": "x", "destination_uuid": null }] });
        let (notebook, reports) = read(&json!({ "uuid": "f", "name": "F", "language": "eng", "nodes": [node] }));
        assert_told(&kind, &marks, &notebook, &reports);
        if action.get("all_urns").is_some() {
            assert!(reports.iter().any(|report| report.contains("`all_urns`")), "{reports:#?}");
        }
    }
}

#[test]
fn every_text_of_every_action_in_another_language_is_there_or_listed() {
    for action in actions() {
        let Some(kind) = action["type"].as_str().map(str::to_owned) else { continue };
        let mut texts = json!({});
        for (member, value) in action.as_object().unwrap() {
            if value.to_string().contains(MARK) && !value.is_object() {
                let items = value.as_array().map_or(1, Vec::len);
                texts[member] = json!(vec![MARK; items]);
            }
        }
        let marks = mark(&mut texts);
        let mut action: Value = serde_json::from_str(&action.to_string().replace(MARK, "plain")).unwrap();
        action["uuid"] = "a".into();
        let node = json!({ "uuid": "n", "actions": [action], "exits": [] });
        let file = json!({ "uuid": "f", "name": "F", "language": "eng", "nodes": [node], "localization": { "spa": { "a": texts } } });
        let (notebook, reports) = read(&file);
        assert_told(&kind, &marks, &notebook, &reports);
    }
}

/// A split with one case.
fn split(operand: &str, case: &Value, wait: Option<Value>) -> Value {
    let message = |uuid: &str| json!({ "uuid": uuid, "actions": [{ "uuid": uuid, "type": "send_msg", "text": uuid }], "exits": [] });
    let router = json!({ "type": "switch", "operand": operand, "wait": wait, "cases": [case], "result_name": "Said", "default_category_uuid": "no",
        "categories": [{ "uuid": "yes", "name": "Yes", "exit_uuid": "x1" }, { "uuid": "no", "name": "No", "exit_uuid": "x2" }] });
    let exits = json!([{ "uuid": "x1", "destination_uuid": "yesyes" }, { "uuid": "x2", "destination_uuid": "nono" }]);
    let node = json!({ "uuid": "n", "actions": [], "router": router, "exits": exits });
    json!({ "uuid": "f", "name": "F", "language": "eng", "nodes": [node, message("yesyes"), message("nono")] })
}

/// Every test of these programs, with how many arguments it has.
const CASES: [(&str, usize); 41] = [
    ("has_all_words", 1),
    ("has_any_word", 1),
    ("has_audio", 0),
    ("has_beginning", 1),
    ("has_category", 1),
    ("has_date", 0),
    ("has_date_eq", 1),
    ("has_date_gt", 1),
    ("has_date_lt", 1),
    ("has_district", 1),
    ("has_email", 0),
    ("has_error", 0),
    ("has_file", 0),
    ("has_group", 2),
    ("has_image", 0),
    ("has_intent", 2),
    ("has_location", 0),
    ("has_media", 0),
    ("has_multiple", 1),
    ("has_number", 0),
    ("has_number_between", 2),
    ("has_number_eq", 1),
    ("has_number_gt", 1),
    ("has_number_gte", 1),
    ("has_number_lt", 1),
    ("has_number_lte", 1),
    ("has_only_phrase", 1),
    ("has_only_text", 1),
    ("has_pattern", 1),
    ("has_phone", 1),
    ("has_phrase", 1),
    ("has_state", 0),
    ("has_text", 0),
    ("has_time", 0),
    ("has_top_intent", 2),
    ("has_value", 0),
    ("has_video", 0),
    ("has_wait_timed_out", 0),
    ("has_ward", 2),
    ("has_run_status", 1),
    ("has_something_new", 1),
];

#[test]
fn every_test_decides_or_is_listed() {
    for (kind, count) in CASES {
        let operands =
            [("@input.text", true), ("@fields.x", false), ("@results.other", false), ("@contact.groups", false)];
        for (operand, waits) in operands {
            let mut case = json!({ "uuid": "k", "type": kind, "category_uuid": "yes", "arguments": vec![MARK; count] });
            let marks = mark(&mut case);
            let file = split(operand, &case, waits.then(|| json!({ "type": "msg" })));
            let (notebook, reports) = read(&file);
            let decides = notebook.contains("then(Yesyes when");
            let is_listed = reports.iter().any(|report| report.contains(&format!("`{kind}`")));
            assert!(decides || is_listed, "{kind} of {operand}\n{notebook}\n{reports:#?}");
            // Of a group its id is enough to be told apart, and its name to be called.
            if decides && kind != "has_group" {
                assert_told(kind, &marks, &notebook, &reports);
            }
        }
    }
}

#[test]
fn every_kind_of_split_and_wait_is_there_or_listed() {
    let case = json!({ "uuid": "k", "type": "has_text", "category_uuid": "yes", "arguments": [] });
    for (operand, told) in [
        ("@child.status", "that ended as"),
        ("@contact.created_on", "@contact.created_on"),
        ("@(urn_parts(contact.urn).scheme)", "urn_parts"),
        ("@trigger.params.x", "@trigger.params.x"),
        ("@webhook.status", "@webhook.status"),
        ("@parent.results.x", "@parent.results.x"),
        ("@node.visit_count", "@node.visit_count"),
        ("@ticket.topic", "@ticket.topic"),
    ] {
        let (notebook, reports) = read(&split(operand, &case, None));
        assert!(
            notebook.contains(told) || reports.iter().any(|report| report.contains(told)),
            "{operand}: {notebook}{reports:?}"
        );
    }
    let mut file = split("@input.text", &case, Some(json!({ "type": "dial", "phone": "x" })));
    assert!(read(&file).1.iter().any(|report| report.contains("forwarded")));
    file = split(
        "@input.text",
        &case,
        Some(json!({ "type": "msg", "timeout": { "seconds": 90, "category_uuid": "no" } })),
    );
    let (notebook, _) = read(&file);
    assert!(notebook.contains("timeout: 90, on_timeout: Nono"), "{notebook}");
    file["nodes"][0]["router"]["config"] = json!({ "x": 1 });
    assert!(read(&file).1.iter().any(|report| report.contains("`config`")));
    file["nodes"][0]["router"] =
        json!({ "type": "random", "categories": [{ "uuid": "a", "name": "A", "exit_uuid": "x1" }] });
    let (notebook, reports) = read(&file);
    assert!(notebook.contains("experiment(") && reports.iter().any(|report| report.contains("chance")), "{notebook}");
}

#[test]
fn every_trigger_starts_the_journey_or_is_listed() {
    for kind in ["K", "C", "N", "S", "V", "M", "R", "T", "I", "O", "X"] {
        let trigger = json!({ "trigger_type": kind, "keywords": ["join"], "flow": { "uuid": "f", "name": "F" }, "contacts": [{ "name": "Ana" }] });
        let message = json!({ "uuid": "n", "actions": [{ "type": "send_msg", "text": "hi" }], "exits": [] });
        let file = json!({ "flows": [{ "uuid": "f", "name": "F", "nodes": [message] }], "triggers": [trigger] });
        let (notebook, reports) = read(&file);
        let is_listed = |what: &str| reports.iter().any(|report| report.contains(what));
        assert!(notebook.contains("trigger(") || is_listed(&format!("`{kind}`")), "{kind}: {notebook}{reports:?}");
        assert!(is_listed("`contacts`") || is_listed(&format!("`{kind}`")), "{kind}: {reports:?}");
    }
}
