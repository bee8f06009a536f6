//! What notebooks of other platforms hold: it is kept as it is written, told, and runs.

use std::sync::Arc;

use journey::checks::Surroundings;
use journey::{Problem, compile, format, parse};
use serde_json::json;

use crate::talk::{Shelf, Talk};

fn code(source: &str) -> String {
    format!("```stack\n{source}\n```\n")
}

/// `severity code` of all that the notation and the compiler say.
fn told(notebook: &str) -> Vec<String> {
    let problems = crate::checks::without_a_closer_look(parse(notebook).check(&Surroundings::default()));
    problems.iter().map(|Problem { severity, code, .. }| format!("{severity} {code}")).collect()
}

/// A talk with a journey that has problems, as long as it runs.
fn talk(source: &str) -> Talk {
    let program = compile(&parse(&code(source)).journey).unwrap_or_else(|problems| panic!("{problems:#?}\n{source}"));
    let shelf = Shelf { programs: vec![("main".to_owned(), Arc::new(program))], migrate: false };
    Talk::on(shelf, json!({"name": "Ana", "language": "es"}))
}

#[test]
fn what_is_not_known_is_kept_and_told() {
    for (line, canonical, expected) in [
        // Statements: arguments, a variable, a block.
        ("text(\"a\", 2)", "text(\"a\", 2)", "warning too-many-arguments"),
        ("log(\"a\",  to: 2, cc: x)", "log(\"a\", to: 2, cc: x)", "warning unknown-argument, warning unknown-argument"),
        (
            "add_label(\"a\", \"b\", at: 1)",
            "add_label(\"a\", \"b\", at: 1)",
            "warning unknown-argument, warning too-many-arguments",
        ),
        (
            "send_message_template(\"t\", \"es\", [\"a\"], translated_body_params: [[\"b\"]])",
            "send_message_template(\"t\", \"es\", [\"a\"], translated_body_params: [[\"b\"]])",
            "warning unknown-argument",
        ),
        ("ref_A = text(\"a\")", "ref_A = text(\"a\")", "warning no-value"),
        ("log(\"a\") do\ntext(\"b\")\nend", "log(\"a\") do\n    text(\"b\")\n  end", "fault unexpected-content"),
        (
            "buttons([A], columns: 2) do\ntext(\"b\")\nend",
            "buttons([A], columns: 2) do\n    text(\"b\")\n  end",
            "warning unknown-argument",
        ),
        // What is not understood is kept as it stands.
        ("write_result(\"age\")", "write_result(\"age\")", "fault missing-argument"),
        ("write_result(key: \"age\", value: 3)", "write_result(key: \"age\", value: 3)", "fault missing-argument"),
        (
            "x = list([A, B]) do\ntext(\"b\")\nend",
            "x = list([A, B]) do\n    text(\"b\")\n  end",
            "fault missing-argument",
        ),
        ("schedule_stack(\"b\")", "schedule_stack(\"b\")", "fault bad-argument"),
        ("x = send_sms(\"b\", to: y)", "x = send_sms(\"b\", to: y)", "fault unknown-statement"),
        ("x = uper(\"b\")", "x = uper(\"b\")", "fault unknown-statement"),
        // `=` compares.
        ("then(A when contact.language = \"por\")", "then(A when contact.language == \"por\")", ""),
        ("x = contact.a = 1", "x = contact.a == 1", ""),
        ("x = if(contact.a = 1, 2, 3)", "x = if(contact.a == 1, 2, 3)", ""),
        ("x = len(\"@(contact.a = 1)\")", "x = len(\"@(contact.a = 1)\")", ""),
    ] {
        let source = code(&format!("card A do\n  {line}\nend"));
        let formatted = format(&source).unwrap_or_else(|problems| panic!("{line}: {problems:?}"));
        assert_eq!(formatted, code(&format!("card A do\n  {canonical}\nend")), "{line}");
        assert_eq!(told(&source).join(", "), expected, "{line}");
        assert_eq!(told(&formatted), told(&source), "{line}");
        let journey = parse(&source).journey;
        assert_eq!(parse(&formatted).journey, journey, "{line}");
        let drawn: journey::Journey = serde_json::from_str(&serde_json::to_string(&journey).unwrap()).unwrap();
        assert_eq!(drawn, journey, "{line}");
        assert!(compile(&journey).is_ok(), "{line}");
    }
}

#[test]
fn triggers_settings_and_heads_are_kept_too() {
    let card = "card A do\n  text(\"a\")\nend";
    for (line, canonical, expected) in [
        (
            "trigger(on: \"CATCH ALL\", priority: 3)",
            "trigger(on: \"CATCH ALL\", priority: 3)",
            "warning unknown-argument",
        ),
        ("trigger(on: \"CATCH ALL\", 3)", "trigger(3, on: \"CATCH ALL\")", "warning too-many-arguments"),
        (
            "trigger(on: \"CATCH ALL\", time_zone: \"UTC\")",
            "trigger(on: \"CATCH ALL\", time_zone: \"UTC\")",
            "warning unknown-argument",
        ),
        (
            "trigger(schedule: \"daily\") when contact.a",
            "trigger(schedule: \"daily\") when contact.a",
            "fault bad-trigger",
        ),
        ("trigger(on: \"REFERRAL\", global: true)", "trigger(on: \"REFERRAL\", global: true)", "fault unknown-trigger"),
        ("interaction_timeout(60, reset: true)", "interaction_timeout(60, reset: true)", "warning unknown-argument"),
        ("interaction_timeout(\"60\")", "interaction_timeout(60)", ""),
        ("interaction_timeout(\"a minute\")", "interaction_timeout(\"a minute\")", "fault bad-argument"),
        ("ai_memory(\"long\", of: x)", "ai_memory(\"long\", of: x)", "warning unknown-setting"),
    ] {
        let source = code(&format!("{line}\n\n{card}"));
        let formatted = format(&source).unwrap_or_else(|problems| panic!("{line}: {problems:?}"));
        assert_eq!(formatted, code(&format!("{canonical}\n\n{card}")), "{line}");
        assert_eq!(told(&source).join(", "), expected, "{line}");
        assert_eq!(parse(&formatted).journey, parse(&source).journey, "{line}");
        assert!(compile(&parse(&source).journey).is_ok(), "{line}");
    }
    for head in ["card A, \"L\", then(B) do", "card A, \"L\", then( B ) do", "card A, \"L\" then(B) do"] {
        let source = code(&format!("{head}\n  text(\"a\")\nend\n\ncard B do\n  text(\"b\")\nend"));
        assert_eq!(format(&source).unwrap(), source.replace(head, "card A, \"L\", then: B do"), "{head}");
        assert_eq!(told(&source), [""; 0], "{head}");
    }
    let twice = code("card A, version: \"1\", version: \"2\" do\n  text(\"a\")\nend");
    assert_eq!((format(&twice).unwrap(), told(&twice)), (twice.clone(), vec!["warning unknown-option".to_owned()]));
}

#[test]
fn what_is_not_known_means_nothing_when_it_runs() {
    let notebook = "card A do\n  x = text(\"a\", 2, to: 3)\n  log(\"b\") do\n    text(\"c\")\n  end\n  write_result(\"age\")\n  \
                    y = send_sms(\"b\")\n  text(\"@is_error(y)\")\nend";
    assert_eq!(talk(notebook).shown(), ["text: a", "{\"effect\":\"log\",\"message\":\"b\"}", "text: true"]);
}

#[test]
fn a_way_to_a_card_that_is_not_there_leads_back_to_the_question() {
    let mut talk = talk(
        "card A do\n  buttons([Yes, Gone]) do\n    text(\"¿Sí?\")\n  end\nend\ncard Yes, then: Lost do\n  text(\"Bien\")\nend",
    );
    assert_eq!(talk.shown(), ["buttons: ¿Sí? [\"Yes\", \"Gone\"]"]);
    for (tap, line) in [
        ("Gone", "Card \"A\" (line 3): the journey was stopped, because there is no card `Gone`."),
        ("Yes", "Card \"Yes\" (line 7): the journey was stopped, because there is no card `Lost`."),
    ] {
        talk.tap(tap);
        assert_eq!(talk.shown(), ["buttons: ¿Sí? [\"Yes\", \"Gone\"]"], "{tap}: nothing else was done");
        assert!(talk.told().contains(&line.to_owned()), "{tap}: {:?}", talk.told());
    }
}

#[test]
fn a_journey_that_nobody_replied_to_ends_before_a_card_that_is_not_there() {
    let talk = talk("card A, then: Gone do\n  text(\"Hola\")\nend");
    assert_eq!(talk.shown(), ["text: Hola"]);
    assert!(talk.is_over());
    assert!(talk.told().iter().any(|line| line.ends_with("there is no card `Gone`.")), "{:?}", talk.told());
}

#[test]
fn settings_may_lead_to_a_card_that_is_not_there() {
    let settings = "interaction_timeout(60, then: Gone)\ninvalid_input(then: Gone)\n";
    let source =
        format!("{settings}card A do\n  buttons([B]) do\n    text(\"¿?\")\n  end\nend\ncard B do\n  text(\"b\")\nend");
    let mut late = talk(&source);
    late.ring();
    assert!(late.is_over() && late.shown().is_empty(), "{:?}", late.shown());
    let mut wrong = talk(&source);
    wrong.say("x");
    assert_eq!(wrong.shown(), ["buttons: ¿? [\"B\"]"], "the question comes again");
}

#[test]
fn what_is_too_long_or_too_much_is_cut_as_it_is_when_computed() {
    let source = "card A do\n  x = buttons([\"Uno, dos, tres y cuatro\", \"\", \"b\", \"c\"]) do\n    header(\"0123456789 0123456789 0123456789 0123456789 \
                  0123456789 0123456789\")\n    text(\"¿?\")\n  end\nend";
    let talk = talk(source);
    assert_eq!(
        talk.shown(),
        [
            "list: [0123456789 0123456789 0123456789 0123456789 0123456789 0123…] ¿? <☰> [\"Uno, dos, tres y cuatro\", \"2\", \"b\", \"c\"]"
        ]
    );
    assert_eq!(
        told(&code(source)),
        ["fault long-title", "fault empty-title", "fault choice-count", "fault long-header"]
    );
}

#[test]
fn what_a_test_found_is_stored_as_such() {
    for (value, stored) in [
        ("has_date(\"El 25/09/2025.\")", "\"2025-09-25\""),
        ("has_time(\"a las 9:30\")", "\"09:30:00\""),
        ("has_number(\"tengo 34\")", "34"),
        ("has_number_gt(\"tengo 34\", 3)", "34"),
        ("has_phone(\"+593 99 123-4567\")", "\"+593991234567\""),
        ("has_email(\"es ana@example.org\")", "\"ana@example.org\""),
        ("has_number(\"nada\")", "false"),
        ("datevalue(\"2025-09-25\", \"%Y-%m-%d\")", "\"2025-09-25\""),
        ("2025-09-25", "\"2025-09-25\""),
        ("[has_number(\"2\"), \"a\"]", "[2,\"a\"]"),
        ("parse_json(\"{\\\"a\\\": {\\\"__value__\\\": 3, \\\"b\\\": 4}}\")", "{\"a\":3}"),
    ] {
        let source = format!(
            "card A do\n  x = {value}\n  update_contact(due: x)\n  write_result(\"due\", {value})\n  \
             put(\"https://a.example\", body: [x])\nend"
        );
        let talk = talk(&source);
        let effects: Vec<serde_json::Value> = talk
            .effects
            .iter()
            .map(|effect| match effect {
                journey::Effect::SetField { value, .. } | journey::Effect::WriteResult { value, .. } => value.to_json(),
                journey::Effect::Call(call) => serde_json::from_str(call.body.as_deref().unwrap()).unwrap(),
                other => panic!("{other:?}"),
            })
            .collect();
        let stored: serde_json::Value = serde_json::from_str(stored).unwrap();
        assert_eq!(effects, [stored.clone(), stored.clone(), json!([stored])], "{value}");
    }
}

#[test]
fn an_error_erases_nothing() {
    let talk = talk(
        "card A do\n  update_contact(due: datevalue(\"soon\"))\n  write_result(\"due\", datevalue(\"soon\"))\nend",
    );
    assert_eq!(talk.shown(), [""; 0]);
    assert!(talk.told().iter().any(|line| line.contains("was not stored: it is an error value")), "{:?}", talk.told());
}

#[test]
fn a_label_may_be_computed() {
    let source = "card A do\n  write_result(\"age\", 34, label: \"Edad de @contact.name\")\n  write_result(\"b\", 1, label: \"@nobody.knows\")\nend";
    let talk = talk(source);
    let labels: Vec<Option<&str>> = talk
        .effects
        .iter()
        .map(|effect| match effect {
            journey::Effect::WriteResult { label, .. } => label.as_deref(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(labels[0], Some("Edad de Ana"));
    assert_eq!(told(&code(source)), ["hint dynamic-label", "hint dynamic-label"]);
}

#[test]
fn every_part_of_a_template_is_filled() {
    for (arguments, shown) in [
        (
            "[[\"first_name\", \"@contact.name\"], [\"age\", has_number(\"34\")]]",
            "t es [\"first_name\", \"age\"] [\"Ana\", \"34\"] []",
        ),
        ("map([1, 2], &[\"p\" & &1, &1])", "t es [\"p1\", \"p2\"] [\"1\", \"2\"] []"),
        ("[\"a\", [1, 2]]", "t es [\"a\", \"12\"] []"),
        ("[\"\", nil]", "t es [\"-\", \"-\"] []"),
        (
            "[], document: \"https://a/b.pdf\", filename: \"Plan @contact.name\"",
            "[document https://a/b.pdf Plan Ana] t es [] []",
        ),
        ("[], header: \"@contact.name\"", "[Ana] t es [] []"),
        (
            "[], location: [[\"latitude\", 4.6], [\"longitude\", \"-74.1\"], [\"name\", \"Clínica\"]]",
            "[4.6 -74.1 Clínica ] t es [] []",
        ),
        ("[], location: [[\"latitude\", 4.6]]", "t es [] []"),
        ("[], url: \"x1\", copy_code: \"AB\"", "t es [] [] 0:x1 1:AB"),
        ("[], url: \"x1\", copy_code: \"AB\", buttons: [A]", "t es [] [\"A\"] 1:x1 2:AB"),
        ("[], url: [[0, \"x1\"], [2, 7]], copy_code: [[12, \"AB\"]]", "t es [] [] 0:x1 2:7"),
    ] {
        let line = format!("send_message_template(\"t\", \"es\", {arguments})");
        let source = format!("card A do\n  {line}\nend");
        assert_eq!(talk(&source).shown(), [format!("template: {shown}")], "{arguments}");
        assert_eq!(told(&code(&source)), [""; 0], "{arguments}");
        let journey = parse(&code(&source)).journey;
        assert_eq!(parse(&format(&code(&source)).unwrap()).journey, journey, "{arguments}");
        let drawn: journey::Journey = serde_json::from_str(&serde_json::to_string(&journey).unwrap()).unwrap();
        assert_eq!(drawn, journey, "{arguments}");
    }
}
