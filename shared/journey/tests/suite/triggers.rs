//! Why journeys start: every kind of trigger and every setting has a line here, and the triggers by the clock their moments.

use journey::model::{ItemKind, Setting, TriggerEvent};
use journey::{Env, Program, Trigger, compile, parse, print};
use serde_json::json;

fn notebook(lines: &str) -> String {
    format!("```stack\n{lines}\n\ncard A do\n  text(\"a\")\nend\n```\n")
}

fn program(lines: &str) -> Program {
    let parsed = parse(&notebook(lines));
    assert_eq!(parsed.problems, [], "{lines}");
    compile(&parsed.journey).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// A trigger as it is written, and as it says why it started something.
const TRIGGERS: [(&str, &str); 7] = [
    (
        r#"trigger(on: "MESSAGE RECEIVED", global: true) when has_phrase(event.message.text.body, "ayuda")"#,
        "A message came, and `has_phrase(event.message.text.body, \"ayuda\")` held (line 2).",
    ),
    (r#"trigger(on: "FIRST VISIT")"#, "The contact wrote for the first time (line 2)."),
    (r#"trigger(on: "CATCH ALL")"#, "A message came that nothing else wanted (line 2)."),
    (
        r#"trigger(interval: "+5m", relative_to: "contact.due_date")"#,
        "The time around `contact.due_date` came (line 2).",
    ),
    (r#"trigger(at: "2026-03-01 09:00", time_zone: "America/Bogota")"#, "It was 2026-03-01 09:00 (line 2)."),
    (r#"trigger(every: "monday, thursday", at: "09:00")"#, "It was 09:00 again (line 2)."),
    (r#"trigger(every: "1, 15", at: "18:30", time_zone: "America/Lima")"#, "It was 18:30 again (line 2)."),
];

const SETTINGS: [&str; 6] = [
    "interaction_timeout(60)",
    "interaction_timeout(60, then: A)",
    "claim_timeout(30)",
    "invalid_input(then: A)",
    "language(\"pt_BR\")",
    "ai_auto_memory(false)",
];

#[test]
fn every_kind_of_trigger_is_read_printed_and_explained() {
    let mut seen = Vec::new();
    for (line, why) in TRIGGERS {
        let parsed = parse(&notebook(line));
        assert_eq!(print(&parsed.journey), notebook(line));
        let trigger = parsed.journey.triggers().next().unwrap();
        let json = serde_json::to_value(trigger).unwrap();
        seen.push(json["on"].as_str().unwrap().to_owned());
        assert_eq!(program(line).triggers()[0].to_string(), why);
    }
    for name in TriggerEvent::NAMES {
        assert!(seen.iter().any(|seen| seen == name), "the trigger `{name}` has no line in TRIGGERS");
    }
}

#[test]
fn every_setting_is_read_and_printed() {
    let mut seen = Vec::new();
    for line in SETTINGS {
        let parsed = parse(&notebook(line));
        assert_eq!(print(&parsed.journey), notebook(line));
        let item = parsed.journey.items().next().unwrap();
        assert!(matches!(item.kind, ItemKind::Setting(_)), "{line}");
        seen.push(line.split('(').next().unwrap());
        program(line);
    }
    for name in Setting::NAMES {
        assert!(seen.contains(name), "the setting `{name}` has no line in SETTINGS");
    }
}

#[test]
fn other_spellings_are_taken() {
    for (written, printed) in [
        ("trigger(on: \"message_received\")", "trigger(on: \"MESSAGE RECEIVED\")"),
        ("trigger(on: \"On first visit\")", "trigger(on: \"FIRST VISIT\")"),
        (
            "trigger(interval: \"+1d\", relative_to: contact.due)",
            "trigger(interval: \"+1d\", relative_to: \"contact.due\")",
        ),
        ("trigger(on: \"CATCHALL\")", "trigger(on: \"CATCH ALL\")"),
        (
            "trigger(at: \"2026-03-01 09:00\", timezone: \"UTC\")",
            "trigger(at: \"2026-03-01 09:00\", time_zone: \"UTC\")",
        ),
    ] {
        assert_eq!(print(&parse(&notebook(written)).journey), notebook(printed));
    }
}

fn due(line: &str, contact: serde_json::Value) -> Option<String> {
    let contact = contact.into();
    let now = "2026-03-01T13:00:00Z".parse().unwrap();
    let time_zone = jiff::tz::TimeZone::get("America/Bogota").unwrap();
    program(line).triggers()[0].due(&Env { contact: &contact, time_zone, ..Env::at(now) }).map(|due| due.to_string())
}

#[test]
fn moments_that_are_not_known_or_have_passed_do_not_come() {
    let before = r#"trigger(interval: "-2d", relative_to: "contact.due_date")"#;
    for date in [json!(null), json!(""), json!("soon"), json!("2026-02-30"), json!(7), json!("2026-03-03"), json!({})] {
        assert_eq!(due(before, json!({"due_date": date})), None, "{date}");
    }
    assert_eq!(due(before, json!({})), None);
    assert_eq!(due(before, json!(null)), None);
    assert_eq!(due(r#"trigger(at: "2026-03-01 08:00")"#, json!({})), None, "now is not later than now");
    for line in ["MESSAGE RECEIVED", "FIRST VISIT", "CATCH ALL"] {
        assert_eq!(due(&format!("trigger(on: \"{line}\")"), json!({})), None);
    }
}

#[test]
fn moments_are_told_by_the_clock_of_their_time_zone() {
    let before = r#"trigger(interval: "-2d", relative_to: "contact.due_date")"#;
    assert_eq!(due(before, json!({"due_date": "2026-03-10"})).unwrap(), "2026-03-08T05:00:00Z");
    assert_eq!(due(before, json!({"DUE_DATE": "2026-03-10T12:00:00Z"})).unwrap(), "2026-03-08T12:00:00Z");
    let after = r#"trigger(interval: "+1M", relative_to: "@contact.due_date")"#;
    assert_eq!(due(after, json!({"due_date": "2026-02-28T20:00:00"})).unwrap(), "2026-03-29T01:00:00Z");
    assert_eq!(due(r#"trigger(at: "2026-03-01 08:01")"#, json!({})).unwrap(), "2026-03-01T13:01:00Z");
    let there = r#"trigger(at: "2026-03-01T14:30", time_zone: "Europe/Madrid")"#;
    assert_eq!(due(there, json!({})).unwrap(), "2026-03-01T13:30:00Z");
    assert_eq!(due(r#"trigger(every: "day", at: "08:00")"#, json!({})).unwrap(), "2026-03-02T13:00:00Z");
}

#[test]
fn the_order_of_triggers_can_be_told() {
    let lines: Vec<&str> = TRIGGERS.iter().map(|(line, _)| *line).collect();
    let program = program(&lines.join("\n"));
    let timed: Vec<bool> = program.triggers().iter().map(Trigger::is_timed).collect();
    assert_eq!(timed, [false, false, false, true, true, true, true]);
    assert!(program.triggers()[0].is_global() && !program.triggers()[1].is_global());
}
