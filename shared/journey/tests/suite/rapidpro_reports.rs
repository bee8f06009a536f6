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
    assert_eq!(reports.iter().filter(|report| *report == left).count(), 1, "{reports:?}");
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
            "trigger(interval: \"+1w\", relative_to: \"contact.due\") when contact.group_mothers == true",
            "trigger(interval: \"-2d\", relative_to: \"contact.due\") when contact.group_mothers == true",
            "trigger(interval: \"+0m\", relative_to: \"contact.created_on\") when contact.group_mothers == true",
        ]
    );
    let event = |which: &str, what: &str| format!("The event {which} of the campaign `Mums` {what}");
    assert_eq!(
        reports,
        [
            event("1 week after `due`", "came at 9:00, and comes at the time of day of the date now."),
            event("2 days before `due`", "did not interrupt a flow that was under way; a trigger by the clock does."),
            event("0 minutes after `created_on`", "counts from `contact.created_on`, which nothing sets here."),
            event("3 Y after `due`", "was left out: its time is not known."),
            "The group `Mothers` became the profile field `group_mothers`: true for who is in it.".to_owned(),
            "An event of the campaign `Mums` starts the flow `Gone`, which is not in this file.".to_owned(),
        ]
    );
    let all = import_all(&file.to_string()).unwrap();
    let names: Vec<_> = all.iter().map(|one| (one.id.as_str(), one.name.as_str())).collect();
    assert_eq!(names, [("f", "F"), ("m", "Mums 2 hours after due"), ("m2", "Mums 2 hours after due2")]);
    let expected = "```stack\ntrigger(interval: \"+2h\", relative_to: \"contact.due\") when contact.group_mothers == true\nlanguage(\"eng\")\n\ncard Message do\n  \
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
    let inside = "and (contact.group_mothers == true and not (contact.group_staff == true))";
    let said: Vec<&str> = notebook.split("trigger(on: \"MESSAGE RECEIVED\", global: true)").skip(1).collect();
    assert_eq!(said.len(), 2, "{notebook}");
    for (trigger, keyword) in said.iter().zip(["join", "start"]) {
        let trigger = trigger.split_whitespace().collect::<Vec<_>>().join(" ");
        let expected = format!("when has_only_phrase(event.message.text.body, \"{keyword}\") {inside}");
        assert!(trigger.starts_with(&expected), "{trigger}");
    }
    let field = |name: &str, field: &str| {
        format!("The group `{name}` became the profile field `{field}`: true for who is in it.")
    };
    assert_eq!(
        reports,
        [
            "A trigger was for one channel, and is for every message now.".to_owned(),
            field("Mothers", "group_mothers"),
            field("Staff", "group_staff"),
            "A trigger starts the flow `Gone`, which is not in this file.".to_owned(),
        ]
    );
}

/// What the first trigger of a keyword answers to.
fn answers(keyword: &str, match_type: Value, said: &str) -> bool {
    let trigger =
        json!({ "trigger_type": "K", "keywords": [keyword], "match_type": match_type, "flow": { "uuid": "f" } });
    let file = json!({ "flows": [flow(&[message("hi")])], "triggers": [trigger] });
    let first = import_all(&file.to_string()).unwrap().swap_remove(0);
    let program = compile(&first.journey).unwrap();
    let (event, nothing) = (json!({ "message": { "text": { "body": said } } }).into(), json!({}).into());
    let env =
        journey::Env { event: &event, contact: &nothing, ..journey::Env::at("2026-03-01T10:00:00Z".parse().unwrap()) };
    program.triggers()[0].matches(&env)
}

#[test]
fn keywords_match_as_they_did() {
    for (keyword, match_type, said, matches) in [
        ("stop", json!("O"), "stop", true),
        ("stop", json!("O"), "stop now", false),
        ("stop", json!("F"), "stop now", true),
        ("stop", json!("F"), "Stop, please", true),
        ("stop", json!("F"), "do not stop", false),
        ("stop", Value::Null, "STOP.", true),
        ("stop", Value::Null, "stopped", false),
        ("👍", json!("O"), "👍", true),
        ("👍", json!("F"), "👍 fine", true),
        ("👍", json!("F"), "fine 👍", false),
        ("opt out", json!("F"), "opt out now", true),
    ] {
        assert_eq!(answers(keyword, match_type.clone(), said), matches, "{keyword} {match_type} {said}");
    }
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
    assert!(notebook.starts_with("```stack\ninteraction_timeout"), "{notebook}");
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

    let enter = json!({ "type": "enter_flow", "uuid": "a", "flow": { "uuid": "f", "name": "F" } });
    let child = |status: &str, operand: &str| {
        let mut node = router(operand, case(status), json!({}));
        node["actions"] = json!([enter]);
        read(&flow(&[node, message("late"), message("done")]))
    };
    let (notebook, reports) = child("expired", "@child.status");
    assert!(
        notebook.contains("card EnterFlow, on_timeout: Late, then: Done do\n  run_stack(\"f\")\nend"),
        "{notebook}"
    );
    assert_eq!(reports, [""; 0]);
    let (notebook, reports) = child("completed", "@child.run.status");
    assert!(
        notebook.contains("card EnterFlow, on_timeout: Done, then: Done do\n  run_stack(\"f\")\n  then(Late)"),
        "{notebook}"
    );
    assert_eq!(reports, [""; 0]);
    assert_eq!(child("failed", "@child.status").1, ["The way for a flow that ended as `failed` is never taken."]);
    assert_eq!(child("x", "@fields.y").1, ["When nobody answers the flow that is run, this one ends with it."]);
    let (notebook, _) = read(&flow(&[act(enter.clone()), message("next")]));
    assert!(notebook.contains("card EnterFlow, on_timeout: Next, then: Next do"), "{notebook}");

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
        ]
    );
}

/// A question, alone on its node, that ends after so many seconds by the category `late`.
fn question(name: &str, seconds: u32, to: [Option<&str>; 2]) -> Value {
    json!({ "uuid": name, "actions": [{ "type": "send_msg", "uuid": format!("{name}-a"), "text": format!("{name}?") }],
        "router": { "type": "switch", "operand": "@input.text", "result_name": name, "cases": [], "default_category_uuid": "all",
            "wait": { "type": "msg", "timeout": { "seconds": seconds, "category_uuid": "late" } },
            "categories": [{ "uuid": "all", "name": "All", "exit_uuid": "x1" }, { "uuid": "late", "name": "No Response", "exit_uuid": "x2" }] },
        "exits": [{ "uuid": "x1", "destination_uuid": to[0] }, { "uuid": "x2", "destination_uuid": to[1] }] })
}

#[test]
fn each_question_keeps_its_time_and_where_it_leads() {
    let last = json!({ "uuid": "end", "actions": [{ "type": "send_msg", "uuid": "z", "text": "[@results.one @results.two.category]" }],
        "exits": [{ "uuid": "x", "destination_uuid": null }] });
    let nodes = [
        question("one", 60, [Some("two"), Some("one")]),
        question("two", 120, [Some("three"), Some("end")]),
        question("three", 300, [Some("end"), None]),
        last,
    ];
    let file = json!({ "uuid": "f", "name": "F", "expire_after_minutes": 30, "nodes": nodes });
    let (notebook, _) = read(&file);
    for head in [
        "interaction_timeout(1800)",
        "card One, timeout: 60, on_timeout: One, then: Two do",
        "card Two, timeout: 120, on_timeout: TwoNoResponse, then: TwoAll do",
        "card Three, timeout: 300, then: SendMsg do",
    ] {
        assert!(notebook.contains(head), "{head}: {notebook}");
    }
    let first = import_all(&file.to_string()).unwrap().swap_remove(0);
    let shelf =
        || Shelf { programs: vec![("main".to_owned(), Arc::new(compile(&first.journey).unwrap()))], migrate: false };
    let mut talk = Talk::on(shelf(), json!({}));
    assert_eq!(talk.ring().shown(), ["text: one?"]);
    talk.say("1");
    let shown: Vec<String> = talk.ring().shown();
    assert_eq!(shown, ["text: [1 No Response]"]);

    // What runs such a flow goes on when its last question ends unanswered, as when it is answered.
    let run = json!({ "uuid": "g", "name": "G", "nodes": [
        { "uuid": "n", "actions": [{ "type": "enter_flow", "uuid": "a", "flow": { "uuid": "f", "name": "F" } }], "exits": [{ "uuid": "x", "destination_uuid": null }] }] });
    let both = json!({ "flows": [file, run] });
    let first = import_all(&both.to_string()).unwrap().swap_remove(0);
    let notebook = print(&first.journey);
    assert!(notebook.contains("card Three, timeout: 300, on_timeout: End, then: SendMsg do"), "{notebook}");
}

#[test]
fn groups_are_profile_fields() {
    let groups = |kind: &str, more: Value| {
        let mut action = json!({ "type": kind, "uuid": "a", "groups": [{ "uuid": "g", "name": "Mothers" }] });
        action.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        act(action)
    };
    let in_group = router("@contact.groups", json!({ "type": "has_group", "arguments": ["g", "Mothers"] }), json!({}));
    let mut file =
        flow(&[in_group, groups("remove_contact_groups", json!({})), groups("add_contact_groups", json!({}))]);
    let (notebook, reports) = read(&file);
    for line in [
        "then(RemoveContactGroups when contact.group_mothers == true)",
        "update_contact(group_mothers: false)",
        "update_contact(group_mothers: true)",
    ] {
        assert!(notebook.contains(line), "{line}: {notebook}");
    }
    assert_eq!(reports, ["The group `Mothers` became the profile field `group_mothers`: true for who is in it."]);
    file = json!({ "flows": [file], "groups": [{ "uuid": "g", "name": "Mothers", "query": "age > 18" }] });
    assert_eq!(
        read(&file).1,
        ["The group `Mothers`, which `age > 18` filled, became the profile field `group_mothers`, which nothing sets."]
    );
    let (_, reports) = read(&flow(&[groups("remove_contact_groups", json!({ "all_groups": true }))]));
    assert_eq!(reports, ["`remove_contact_groups from all groups` could not be imported."]);
}

#[test]
fn expressions_of_older_versions_and_of_other_languages_are_translated_or_reported() {
    for (theirs, ours) in [
        ("@step.value @step @input.text", "@event.message.text.body @event.message.text.body @event.message.text.body"),
        ("@flow.age @flow.age.category @flow.age.value", "@age @age_category @age"),
        ("@contact.age @contact.tel", "@contact.age @contact.whatsapp_id"),
        ("@contact.fields.age.value", "@contact.age"),
        ("<%= @results.a + 1 %>", "a + 1"),
    ] {
        assert_eq!(said(theirs), (ours.to_owned(), vec![]), "{theirs}");
    }
    for (theirs, reported) in [
        ("Hi <%= String.upcase(\"@contact.name\") %>", "<%= String.upcase(\"@contact.name\") %>"),
        ("Hi {{ contact.name }}", "{{ contact.name }}"),
        ("{% if x %}a{% endif %}", "{% if x %}"),
        ("@child.results.x", "@child.results.x"),
        ("@contact.created_on", "@contact.created_on"),
        ("@channel.name", "@channel.name"),
    ] {
        let (_, reports) = said(theirs);
        assert!(reports.iter().any(|report| report.contains(reported)), "{theirs}: {reports:?}");
    }
}
