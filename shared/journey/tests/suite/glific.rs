//! Exports of Glific become journeys that say the same.

use std::sync::Arc;

use journey::rapidpro::import_all;
use journey::{compile, print};
use serde_json::json;

use crate::talk::{Shelf, Talk};

const ADVICE: &str = include_str!("../flows/advice.glific.json");

/// The journeys as notebooks, with what was reported. `UPDATE=1` writes them: read them then.
#[test]
fn an_envelope_becomes_journeys() {
    let mut printed = String::new();
    for one in import_all(ADVICE).unwrap() {
        let told: Vec<String> = one.problems.iter().map(ToString::to_string).collect();
        printed.push_str(&format!("# {}\n\n{}\n<!--\n{}\n-->\n\n", one.name, print(&one.journey), told.join("\n")));
        compile(&one.journey).unwrap();
    }
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/flows/advice.glific.md"), printed).unwrap();
        return;
    }
    assert_eq!(printed, include_str!("../flows/advice.glific.md"));
}

fn talk(language: &str) -> Talk {
    let all = import_all(ADVICE).unwrap();
    let programs = all.iter().map(|one| (one.id.clone(), Arc::new(compile(&one.journey).unwrap()))).collect();
    let contact = json!({"name": "Asha", "language": language, "village": "Rampur", "whatsapp_id": "919800000000"});
    let mut talk = Talk::idle(Shelf { programs, migrate: false }, contact);
    talk.start("g-advice");
    talk
}

#[test]
fn interactive_messages_are_questions_in_the_language_of_the_contact() {
    let mut english = talk("en");
    let shown = english.shown();
    assert!(
        shown.iter().any(|line| line.contains("Advice for Rampur? _Free of charge_ [\"Yes\", \"No\"]")),
        "{shown:?}"
    );
    let shown = english.tap("Yes").shown();
    assert!(shown.iter().any(|line| line.starts_with("list: ") && line.contains("Which crop?")), "{shown:?}");
    english.tap("Rice");
    english.ring();
    let shown = english.responds(200, r#"{"message": "Wait for rain", "count": 2}"#).shown();
    assert!(shown.iter().any(|line| line.starts_with("text: Wait for rain, 3, <%= ")), "{shown:?}");
    assert!(shown.iter().any(|line| line.starts_with("text: Goodbye 919800000000")), "{shown:?}");

    let mut hindi = talk("hi");
    let shown = hindi.shown();
    // Marks that combine with the letter before them are shown as their numbers.
    assert!(shown.iter().any(|line| line.contains("Rampur के लिए सलाह? _निःशुल्क_")), "{shown:?}");
    // Whatever is said in any of the languages counts.
    let shown = hindi.tap("हाँ").shown();
    assert!(shown.iter().any(|line| line.starts_with("list: ") && line.contains("Which crop?")), "{shown:?}");
    let shown = talk("hi").ring().shown();
    assert!(shown.iter().any(|line| line.starts_with("text: Goodbye")), "{shown:?}");
}

#[test]
fn an_interactive_message_that_the_file_does_not_hold_is_listed() {
    let action = |more: serde_json::Value| {
        let mut action = json!({ "uuid": "a", "type": "send_interactive_msg", "name": "Menu", "id": 3, "text": "" });
        action.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let definition =
            json!({ "uuid": "f", "name": "F", "nodes": [{ "uuid": "n", "actions": [action], "exits": [] }] });
        let all =
            import_all(&json!({ "flows": [{ "definition": definition, "keywords": null }] }).to_string()).unwrap();
        all[0].problems.iter().map(|problem| problem.message.clone()).collect::<Vec<_>>()
    };
    assert_eq!(action(json!({})), ["`send_interactive_msg `Menu`` could not be imported."]);
    let quick = json!({ "type": "quick_reply", "content": { "type": "text", "text": "?" }, "options": [{ "title": "A", "postbackText": "a-1" }] });
    assert_eq!(
        action(json!({ "text": quick.to_string() })),
        [
            "The value behind a choice was left out.",
            "The choices were left out: nothing waits for an answer after this message."
        ]
    );
    assert_eq!(action(json!({ "text": quick.to_string(), "expression": "<%= 1 %>" })).len(), 1);
}
