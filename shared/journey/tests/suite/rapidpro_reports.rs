//! What of a flow of RapidPro is carried over, and that the rest is reported.

use std::sync::Arc;

use journey::rapidpro::import_all;
use journey::statements::Action;
use journey::{check, compile, print};
use serde_json::{Value, json};

use crate::talk::{Shelf, Talk, show};

/// The notebook of the first flow of a file, and the reports, without their hints.
fn read(file: &Value) -> (String, Vec<String>) {
    let first = import_all(&file.to_string()).unwrap().swap_remove(0);
    (print(&first.journey), first.problems.into_iter().map(|problem| problem.message).collect())
}

/// A flow of nodes, each of which leads to the next.
fn flow(nodes: &[Value]) -> Value {
    let mut nodes = nodes.to_vec();
    let count = nodes.len();
    for (index, node) in nodes.iter_mut().enumerate() {
        let next = Some(format!("n{}", index + 1)).filter(|_| index + 1 < count);
        node["uuid"] = format!("n{index}").into();
        if node.get("exits").is_none() {
            node["exits"] = json!([{ "uuid": "x", "destination_uuid": next }]);
        }
    }
    json!({ "uuid": "f", "name": "F", "language": "eng", "nodes": nodes })
}

fn act(action: Value) -> Value {
    let mut node = json!({ "actions": [] });
    node["actions"] = json!([action]);
    node
}

fn message(text: &str) -> Value {
    act(json!({ "type": "send_msg", "uuid": "a", "text": text }))
}

/// A question, or a look at a value, with one case beside the rest.
fn router(operand: &str, case: Value, more: Value) -> Value {
    let mut node = json!({ "actions": [], "router": {
        "type": "switch", "operand": operand, "cases": [],
        "categories": [{ "uuid": "c1", "name": "Yes", "exit_uuid": "x1" }, { "uuid": "c2", "name": "Other", "exit_uuid": "x2" }],
        "default_category_uuid": "c2",
    }, "exits": [{ "uuid": "x1", "destination_uuid": "n1" }, { "uuid": "x2", "destination_uuid": "n2" }] });
    let mut case = case;
    case["category_uuid"] = "c1".into();
    case["uuid"] = "k".into();
    node["router"]["cases"] = json!([case]);
    for (key, value) in more.as_object().unwrap() {
        node["router"][key] = value.clone();
    }
    node
}

/// What a message says here, and what is reported about it.
fn said(text: &str) -> (String, Vec<String>) {
    let file = flow(&[message(text)]);
    let first = import_all(&file.to_string()).unwrap().swap_remove(0);
    let Action::Text(text) = &first.journey.cards().next().unwrap().statements[0].action else { panic!("no text") };
    (text.body.text.to_string().trim_matches('"').replace("\\\"", "\""), read(&file).1)
}

#[test]
fn operators_mean_what_they_meant() {
    let contact = json!({ "age": 3, "name": "Ana" });
    for (theirs, shown) in [
        ("@(if(fields.age > 1 + 1, 1, 2))", "1"),
        ("@(10 - 2 >= 3 * 2 + 1)", "true"),
        ("@(fields.age + 1 = 4)", "true"),
        ("@(contact.name & 2 + 3)", "Ana5"),
        ("so @(1 + 1 & \"=\" & 4 / 2)", "so 2=2"),
        ("@(join(foreach(array(\"a\", \"b\"), (x) => upper(x)), \"-\"))", "A-B"),
        ("@(join(foreach(array(\"a b\", \"c d\"), word, 1), \"\"))", "bd"),
        ("@(text_slice(\"hello\", 1, 3)) @(text_slice(\"hello\", 2)) @(text_slice(\"hello\", -2))", "el llo lo"),
        (
            "@(word_slice(\"a b c d\", 1, 3)) @(word_slice(\"a b c d\", 2, -1)) @(word(\"a-b c\", 0, \" \"))",
            "b c c d a-b",
        ),
        (
            "@(format_date(\"2026-02-28\", \"D MMM YYYY\")) @(format_number(1234.5, 2)) @(weekday(\"2026-02-28\"))",
            "28 Feb 2026 1,234.50 6",
        ),
        ("@(json(object(\"a\", 1, \"b\", array(2)))) @(field(\"x,y\", 1, \",\"))", "{\"a\":1,\"b\":[2]} y"),
        ("@(trim(\"  a b \")) @(datetime_from_epoch(0)) @(mean(1, 2))", "a b 1970-01-01T00:00:00Z 1.5"),
        ("@(contains(array(1, 2), 2)) @(\"a@b\" & \"\") @(date(\"2026-02-28\"))", "true a@b 2026-02-28"),
    ] {
        let first = import_all(&flow(&[message(theirs)]).to_string()).unwrap().swap_remove(0);
        let printed = print(&first.journey);
        let program = Arc::new(compile(&first.journey).unwrap());
        let talk = Talk::on(Shelf { programs: vec![("main".to_owned(), program)], migrate: false }, contact.clone());
        let shown_here: Vec<String> = talk.effects.iter().map(show).collect();
        assert_eq!(shown_here, [format!("text: {shown}")], "{theirs}: {printed}");
    }
}

#[test]
fn what_no_function_here_does_is_reported_once() {
    let (line, reports) =
        said("@(week_number(today())) @(WEEK_NUMBER(today())) @(word(\"a b\", 1, \"-\")) @((x) => (y) => x)");
    assert_eq!(line, "@(week_number(today())) @(week_number(today())) @(word(\"a b\", 1, \"-\")) @@((x) => (y) => x)");
    assert_eq!(
        reports,
        [
            "`@((x) => (y) => x)` has no counterpart here and stays as it is written.",
            "`@week_number(today())` has no counterpart here and stays as it is written.",
            "`@word(\"a b\", 1, \"-\")` has no counterpart here and stays as it is written.",
        ]
    );
    for (theirs, report) in [
        ("@(trim(contact))", "`trim` only took the blanks at both ends away"),
        ("@(format_date(today()))", "`format_date` used the format of the workspace"),
        ("@(split(\"a,b;c\", \",;\"))", "`split` divided at each of several signs"),
        ("@webhook.x", "`@webhook.x` has no counterpart here"),
        ("@(json(results))", "`@results` has no counterpart here"),
    ] {
        let (_, reports) = said(theirs);
        assert!(reports.len() == 1 && reports[0].starts_with(report), "{theirs}: {reports:?}");
    }
}

#[test]
fn globals_are_a_dictionary_of_the_organisation() {
    let (line, reports) = said("@globals.org_name @(upper(globals.city)) @globals.org_name");
    assert_eq!(line, "@global.rapidpro.org_name @(upper(global.rapidpro.city)) @global.rapidpro.org_name");
    assert_eq!(reports, ["The globals of the workspace are read from the dictionary `rapidpro`, which is not here."],);
    let first = import_all(&flow(&[message("@globals.a @globals.b")]).to_string()).unwrap().swap_remove(0);
    assert_eq!(
        (first.problems[0].code, first.problems[0].hint.as_deref()),
        ("no-dictionary", Some("Make a dictionary `rapidpro` of the organisation with the keys `a`, `b`."),)
    );
}

#[test]
fn an_answer_in_any_language_of_the_flow_is_understood() {
    let ask = |kind: &str, arguments: Value| {
        let wait = json!({ "wait": { "type": "msg" }, "result_name": "ok" });
        let case = json!({ "type": kind, "arguments": arguments });
        flow(&[router("@input.text", case, wait), message("good"), message("bad")])
    };
    let in_spanish = |mut file: Value, arguments: Value| {
        file["localization"] =
            json!({ "spa": { "k": { "arguments": arguments } }, "fra": { "k": { "arguments": ["oui"] } } });
        file
    };
    for (file, condition) in [
        (ask("has_any_word", json!(["yes y"])), "has_any_word(ok, \"yes y oui si sí\")"),
        (
            ask("has_any_word", json!(["@fields.x"])),
            "has_any_word(ok, contact.x) or has_any_word(ok, \"oui\") or has_any_word(ok, \"si sí\")",
        ),
        (
            ask("has_only_phrase", json!(["yes"])),
            "has_only_phrase(ok, \"yes\") or has_only_phrase(ok, \"oui\") or has_only_phrase(ok, \"si sí\")",
        ),
    ] {
        let (notebook, reports) = read(&in_spanish(file, json!(["si sí"])));
        assert!(notebook.replace("\n    ", " ").contains(&format!("when {condition}")), "{condition}: {notebook}");
        assert!(!reports.iter().any(|report| report.contains("case")), "{reports:?}");
    }
    let (notebook, reports) = read(&in_spanish(ask("has_number_between", json!(["1", "5"])), json!(["uno"])));
    assert!(notebook.contains("has_number_gte(ok, 1)"), "{notebook}");
    let left = "What the case `has_number_between` looks for in another language was left out.";
    assert_eq!(reports.iter().filter(|report| *report == left).count(), 2, "{reports:?}");
}

#[test]
fn events_of_campaigns_are_triggers_by_the_clock() {
    let mut file = json!({ "flows": [flow(&[message("hi")])], "campaigns": [{ "name": "Mums", "group": { "uuid": "g", "name": "Mothers" }, "events": [
        { "event_type": "F", "offset": 1, "unit": "W", "relative_to": { "key": "due" }, "flow": { "uuid": "f" }, "delivery_hour": 9, "start_mode": "I" },
        { "event_type": "F", "offset": -2, "unit": "D", "relative_to": { "key": "due" }, "flow": { "uuid": "f" }, "delivery_hour": -1, "start_mode": "S" },
        { "event_type": "F", "offset": 0, "unit": "M", "relative_to": { "key": "created_on" }, "flow": { "uuid": "f" } },
        { "event_type": "F", "offset": 3, "unit": "Y", "relative_to": { "key": "due" }, "flow": { "uuid": "f" } },
        { "event_type": "F", "offset": 3, "unit": "D", "relative_to": { "key": "due" }, "flow": { "uuid": "gone", "name": "Gone" } },
        { "uuid": "m", "event_type": "M", "offset": 2, "unit": "H", "relative_to": { "key": "due" }, "base_language": "eng",
          "message": { "spa": "No olvides, @contact.first_name", "eng": "Do not forget, @contact.first_name", "xx": "?" } },
        { "uuid": "m2", "event_type": "M", "offset": 2, "unit": "H", "relative_to": { "key": "due" }, "message": "Again" },
    ] }] });
    let (notebook, reports) = read(&file);
    let triggers: Vec<&str> = notebook.lines().filter(|line| line.starts_with("trigger")).collect();
    assert_eq!(
        triggers,
        [
            "trigger(interval: \"+1w\", relative_to: \"contact.due\")",
            "trigger(interval: \"-2d\", relative_to: \"contact.due\")",
            "trigger(interval: \"+0m\", relative_to: \"contact.created_on\")",
        ]
    );
    let event = |which: &str, what: &str| format!("The event {which} of the campaign `Mums` {what}");
    let group = "was for the group `Mothers`, and is for every contact with a date now.";
    assert_eq!(
        reports,
        [
            event("1 week after `due`", group),
            event("1 week after `due`", "came at 9:00, and comes at the time of day of the date now."),
            event("2 days before `due`", group),
            event("2 days before `due`", "did not interrupt a flow that was under way; a trigger by the clock does."),
            event("0 minutes after `created_on`", "counts from `contact.created_on`, which nothing sets here."),
            event("0 minutes after `created_on`", group),
            event("3 Y after `due`", "was left out: its time is not known."),
            "An event of the campaign `Mums` starts the flow `Gone`, which is not in this file.".to_owned(),
        ]
    );
    let all = import_all(&file.to_string()).unwrap();
    let names: Vec<_> = all.iter().map(|one| (one.id.as_str(), one.name.as_str())).collect();
    assert_eq!(names, [("f", "F"), ("m", "Mums 2 hours after due"), ("m2", "Mums 2 hours after due2")]);
    let expected = "```stack\ntrigger(interval: \"+2h\", relative_to: \"contact.due\")\nlanguage(\"eng\")\n\ncard Message do\n  \
                    text(\n    \"Do not forget, @(first_word(contact.name))\",\n    spa: \"No olvides, @(first_word(contact.name))\"\n  )\nend\n```\n";
    assert_eq!(print(&all[1].journey), expected);
    let codes: Vec<&str> = all[1].problems.iter().map(|problem| problem.code).collect();
    assert_eq!(codes, ["no-language", "not-as-it-was", "not-as-it-was"]);
    assert!(check(&all[1].journey).iter().all(|problem| problem.code == "free-form-trigger"));

    file["campaigns"] = Value::Null;
    assert_eq!(import_all(&file.to_string()).unwrap().len(), 1);
}

#[test]
fn a_keyword_starts_a_flow_once_and_what_narrows_it_is_reported() {
    let trigger = json!({ "trigger_type": "K", "keyword": "join", "keywords": ["Join", "start", ""], "match_type": "O", "flow": { "uuid": "f" },
        "groups": [{ "uuid": "g", "name": "Mothers" }], "exclude_groups": [{ "uuid": "h", "name": "Staff" }], "channel": { "uuid": "c" } });
    let gone = json!({ "trigger_type": "C", "flow": { "uuid": "gone", "name": "Gone" } });
    let (notebook, reports) = read(&json!({ "flows": [flow(&[message("hi")])], "triggers": [trigger, gone] }));
    let triggers: Vec<&str> = notebook.lines().filter_map(|line| line.split("body, ").nth(1)).collect();
    assert_eq!(triggers, ["\"join\")", "\"start\")"]);
    assert_eq!(
        reports,
        [
            "A trigger was for the group `Mothers`, and is for all contacts now.",
            "A trigger was not for the group `Staff`, and is for all contacts now.",
            "A trigger was for one channel, and is for every message now.",
            "A trigger starts the flow `Gone`, which is not in this file.",
        ]
    );
}

#[test]
fn notes_beside_a_flow_are_notes() {
    let mut file = flow(&[message("hi")]);
    file["_ui"] = json!({ "stickies": {
        "b": { "title": "Later", "body": "second", "position": { "top": 200, "left": 0 } },
        "a": { "title": "First", "body": "", "position": { "top": 10, "left": 0 } },
        "c": { "title": " ", "body": "" },
    } });
    let (notebook, reports) = read(&file);
    assert!(notebook.starts_with("First\n\nLater\n\nsecond\n\n```stack\n"), "{notebook}");
    assert_eq!(reports, [""; 0]);
    file["_ui"]["stickies"]["a"]["body"] = "```stack\ncard X do\nend\n```".into();
    let (notebook, reports) = read(&file);
    assert!(notebook.starts_with("```stack\ncard Hi"), "{notebook}");
    assert_eq!(reports, ["The notes beside the flow were left out: a notebook cannot hold them as they are."]);
}

#[test]
fn what_a_ticket_or_a_lost_action_decides_is_not_lost_silently() {
    let case = |outcome: &str| json!({ "type": "has_only_text", "arguments": [outcome] });
    let ticket = |outcome: &str| {
        let mut node = router("@results.help.category", case(outcome), json!({}));
        node["actions"] = json!([{ "type": "open_ticket", "uuid": "a", "result_name": "Help", "note": "x", "assignee": { "email": "ana@example.org" } }]);
        read(&flow(&[node, message("good"), message("bad")]))
    };
    let (notebook, reports) = ticket("Success");
    assert!(notebook.contains("hand_over(\"x\")\n  then(Good)"), "{notebook}");
    assert_eq!(reports, ["The conversation is handed over to everybody, not to one person."]);

    let mut node = router("@results.help.category", case("Success"), json!({}));
    node["actions"] = json!([{ "type": "call_resthook", "uuid": "a", "result_name": "Help" }]);
    let (_, reports) = read(&flow(&[node, message("good"), message("bad")]));
    assert_eq!(
        reports,
        [
            "`call_resthook` could not be imported.",
            "The case `has_only_text` never holds: `call_resthook` was not imported."
        ]
    );

    let (_, reports) =
        read(&flow(&[router("@child.status", case("expired"), json!({})), message("late"), message("done")]));
    assert_eq!(reports, ["The way for a flow that ended as `expired` is never taken."]);

    let other =
        act(json!({ "type": "enter_flow", "uuid": "a", "terminal": true, "flow": { "uuid": "f", "name": "F" } }));
    let (notebook, _) = read(&flow(&[other, message("never")]));
    assert!(notebook.contains("card EnterFlow do\n  run_stack(\"f\")\nend"), "{notebook}");
}

#[test]
fn what_a_message_had_besides_its_text_is_carried_over_or_reported() {
    let mut file = flow(&[act(json!({ "type": "send_msg", "uuid": "a", "text": "Hi",
        "attachments": ["image:https://x.example/a.png", "geo:1,2", "audio"], "quick_replies": [] }))]);
    file["localization"] = json!({ "spa": { "a": { "text": ["Hola"], "attachments": ["image:https://x.example/b.png"] }, "old": { "text": ["?"] } } });
    let (notebook, reports) = read(&file);
    assert!(notebook.contains("image(\"https://x.example/a.png\")\n  text(\"Hi\", spa: \"Hola\")"), "{notebook}");
    assert_eq!(
        reports,
        [
            "The attachment `geo:1,2` was left out.",
            "The attachment `audio` was left out.",
            "Its `attachments` in `spa` were left out; all contacts get the same.",
        ]
    );

    let mut question = act(json!({ "type": "send_msg", "uuid": "a", "text": "Where?",
        "quick_replies": [{ "type": "text", "text": "Here", "extra": "now" }, { "type": "location", "text": "Send" }] }));
    question["router"] = json!({ "type": "switch", "wait": { "type": "msg" }, "categories": [] });
    let (notebook, reports) = read(&flow(&[question]));
    assert!(notebook.contains("buttons([\"Here\"])"), "{notebook}");
    assert_eq!(
        reports,
        [
            "What stood under a quick reply was left out.",
            "The button that asks for the place of the contact was left out.",
        ]
    );

    let calls = [
        act(json!({ "type": "call_webhook", "uuid": "b", "method": "GET", "url": "https://x.example", "body": "x" })),
        act(json!({ "type": "say_msg", "uuid": "c", "text": "Hi", "audio_url": "https://x.example/a.mp3" })),
    ];
    let (_, reports) = read(&flow(&calls));
    assert_eq!(
        reports,
        [
            "The body of the request was left out: `get` sends none.",
            "The recording of the message was left out; its text is sent.",
        ]
    );
}

#[test]
fn templates_take_the_values_of_their_body() {
    let sent = |action: Value| {
        let (notebook, reports) = read(&flow(&[act(action)]));
        let line = notebook.lines().find(|line| line.contains("send_message_template")).unwrap().trim().to_owned();
        let reports: Vec<_> = reports.into_iter().filter(|report| !report.contains("language of the flow")).collect();
        (line, reports)
    };
    let header = "The values for the header and the buttons of the template were left out.".to_owned();
    for (action, line, reports) in [
        (
            json!({ "type": "send_msg", "uuid": "a", "text": "Hi", "template": { "uuid": "t", "name": "hi" }, "template_variables": ["@contact", "x"] }),
            "send_message_template(\"hi\", \"eng\", [\"@contact.name\", \"x\"])",
            vec![],
        ),
        (
            json!({ "type": "send_msg", "uuid": "a", "text": "Hi", "templating": { "template": { "name": "hi" }, "variables": ["img", "b", "a"],
                "components": [{ "name": "header", "type": "header/media", "variables": { "1": 0 } }, { "name": "body", "type": "body/text", "variables": { "2": 1, "1": 2 } }] } }),
            "send_message_template(\"hi\", \"eng\", [\"a\", \"b\"])",
            vec![header.clone()],
        ),
        (
            json!({ "type": "send_msg", "uuid": "a", "text": "Hi", "attachments": ["image:https://x.example/a.png"], "templating": { "template": { "name": "hi" },
                "components": [{ "type": "body", "params": [{ "type": "text", "value": "@contact" }] }, { "type": "button", "params": [{ "value": "y" }] }] } }),
            "send_message_template(\"hi\", \"eng\", [\"@contact.name\"])",
            vec![
                header,
                "The `attachments` of the message were left out: it is sent with the template `hi`.".to_owned(),
            ],
        ),
    ] {
        assert_eq!(sent(action), (line.to_owned(), reports));
    }
}

#[test]
fn results_and_waits_that_mean_something_else_are_reported() {
    let case = json!({ "type": "has_number", "arguments": [] });
    let mut timed = router(
        "@input.text",
        case.clone(),
        json!({ "wait": { "type": "msg", "timeout": { "seconds": 60, "category_uuid": "c2" } }, "result_name": "Age" }),
    );
    timed["router"]["categories"][1]["exit_uuid"] = "x2".into();
    let plain = router("@input.text", case, json!({ "wait": { "type": "msg" }, "result_name": "Weight" }));
    let score = act(json!({ "type": "set_run_result", "uuid": "s", "name": "Score", "value": "1", "category": "Low" }));
    let mut file = flow(&[timed, plain, score]);
    file["type"] = "voice".into();
    let (_, reports) = read(&file);
    assert_eq!(
        reports,
        [
            "The flow was for calls, and is a conversation in writing now.",
            "The results keep their values, not the categories of these: `age`, `score`, `weight`.",
            "These keep the whole answer, not only what a test found in it: `age`, `weight`.",
            "All questions end after 60 seconds without an answer, not only the one that did.",
        ]
    );
}
