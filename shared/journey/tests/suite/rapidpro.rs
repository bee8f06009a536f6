//! Flows of RapidPro become journeys that say the same.

use std::sync::Arc;

use journey::floip::ImportError;
use journey::rapidpro::{import, import_all};
use journey::{Effect, compile, parse, print};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::floip_files::{change, mutate};
use crate::talk::{Shelf, Talk};

const CHECK_IN: &str = include_str!("../flows/checkin.rapidpro.json");
const CAMPAIGN: &str = include_str!("../../../../tests/fuzz/seeds/import/rapidpro_campaign");

/// The journeys as notebooks, with what was reported. `UPDATE=1` writes them: read them then.
#[test]
fn an_export_becomes_journeys() {
    let mut printed = String::new();
    for one in import_all(CHECK_IN).unwrap() {
        let told: Vec<String> = one.problems.iter().map(ToString::to_string).collect();
        printed.push_str(&format!(
            "# {} ({})\n\n{}\n<!--\n{}\n-->\n\n",
            one.name,
            one.id,
            print(&one.journey),
            told.join("\n")
        ));
        let problems = journey::check(&one.journey);
        let errors: Vec<_> = problems.iter().filter(|problem| problem.severity == journey::Severity::Error).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/flows/checkin.rapidpro.md"), printed).unwrap();
        return;
    }
    assert_eq!(printed, include_str!("../flows/checkin.rapidpro.md"));
}

fn talk(language: &str) -> Talk {
    let all = import_all(CHECK_IN).unwrap();
    let shelf = all.iter().map(|one| (one.id.clone(), Arc::new(compile(&one.journey).unwrap()))).collect();
    let mut talk = Talk::idle(
        Shelf { programs: shelf, migrate: false },
        json!({"name": "Ana María", "language": language, "district": "sur"}),
    );
    talk.start("f-checkin");
    talk
}

/// What is shown to the contact.
fn said(talk: &Talk) -> Vec<String> {
    let is_shown = |effect: &&Effect| matches!(effect, Effect::Send(_) | Effect::Call(_));
    talk.effects.iter().filter(is_shown).map(crate::talk::show).collect()
}

#[test]
fn the_conversation_is_the_same() {
    let mut talk = talk("spa");
    assert_eq!(
        said(&talk),
        [
            "image: https://clinica.example/sur/hola.jpg []",
            "text: Hola Ana María 👋 (hola)",
            "buttons: ¿Por qué vienes, Ana? [\"Dolor\", \"Control\"]"
        ]
    );
    assert_eq!(said(talk.say("¿eh?")), ["text: No entendí. Escribe dolor o control."]);
    assert_eq!(said(talk.say("Me duele mucho")), [""; 0]);
    assert_eq!(said(talk.say("mil")), [""; 0]);
    let asked = said(talk.say("30"));
    assert_eq!(asked.len(), 1);
    assert!(asked[0].starts_with("POST https://api.example.org/visits?who=Ana%20Mar%C3%ADa"), "{asked:?}");
    assert!(asked[0].contains("{\\\"reason\\\": \\\"Pain\\\"}"), "{asked:?}");
    let booked = said(talk.responds(200, r#"{"when": "lunes", "code": "A7"}"#));
    assert_eq!(
        booked,
        ["text: Tu turno: lunes (A7, sala 1). @parent.results.x", "text: ¿Qué tal?\nMuy bien, gracias por todo\nMal"]
    );
    assert_eq!(
        said(talk.say("bien, gracias")),
        ["template: remember spa [\"Ana María\", \"María\"] []", "text: ¡Gracias!"]
    );
    assert!(talk.is_over());
}

#[test]
fn other_ways_lead_where_they_led() {
    let mut english = talk("eng");
    assert_eq!(said(&english).last().unwrap(), "buttons: Why do you come, Ana? [\"Pain\", \"Check-up\"]");
    // The answer is judged by what it is in the language of the flow.
    english.tap("Check-up").say("5");
    let failed = english.responds(500, "no");
    let told: Vec<String> = failed.shown();
    assert!(told.iter().any(|line| line.contains("hand_over") && line.contains("Sin turno: Ana María")), "{told:?}");
    assert!(told.iter().any(|line| line.contains("Not imported: send_email")), "{told:?}");

    let mut late = talk("spa");
    assert_eq!(said(late.ring()), ["text: Hasta luego."]);
}

#[test]
fn files_that_are_none_say_what_is_wrong() {
    for (json, expected) in [
        ("", "This is not a file of flows: EOF while parsing a value at line 1 column 0."),
        ("{}", "This is not a file of flows: missing field `nodes`."),
        (r#"{"flows": []}"#, "There is no flow in this file."),
        (r#"{"flows": [{"name": "F"}]}"#, "This is not a file of flows: missing field `nodes`."),
        (
            r#"{"flows": [{"action_sets": []}]}"#,
            "This is not a file of flows: its flows are older than version 13; open and save them in a current RapidPro, \
             then export again.",
        ),
    ] {
        assert_eq!(import(json).unwrap_err().to_string(), expected, "{json}");
    }
    let (journey, problems) = import(r#"{"nodes": []}"#).unwrap();
    assert_eq!(problems[0].to_string(), "0:0: warning: The flow has no node. Write what it says.");
    compile(&journey).unwrap();
    assert!(matches!(import(&"[".repeat(10_000)), Err(ImportError::Malformed(_))));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_file_upsets_the_importer(
        changes in prop::collection::vec((0..500_usize, change()), 1..6),
        file in prop::sample::select(&[CHECK_IN, CAMPAIGN][..]),
    ) {
        let mut value: Value = serde_json::from_str(file).unwrap();
        for (mut at, change) in changes {
            mutate(&mut value, &mut at, &change);
        }
        for one in import_all(&value.to_string()).into_iter().flatten() {
            let printed = print(&one.journey);
            let again = parse(&printed);
            prop_assert_eq!(&again.problems, &[], "{}", printed);
            prop_assert_eq!(&again.journey, &one.journey, "{}", printed);
            let _ = compile(&one.journey);
        }
    }

    #[test]
    fn any_text_becomes_one_that_can_be_written(pieces in prop::collection::vec(piece(), 1..24)) {
        let text = pieces.concat();
        let file = json!({"nodes": [{"uuid": "n", "actions": [{"type": "send_msg", "text": text}]}]});
        let (journey, _) = import(&file.to_string()).unwrap();
        let printed = print(&journey);
        let again = parse(&printed);
        prop_assert_eq!(&again.problems, &[], "{}", printed);
        prop_assert_eq!(&again.journey, &journey, "{}", printed);
    }
}

/// A part of an expression of RapidPro, in any order.
fn piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(
        &[
            "@(",
            "@(",
            ")",
            ")",
            "(",
            "\"",
            "\\",
            "x",
            "é",
            " = ",
            " != ",
            " & ",
            "&",
            "&1",
            " + ",
            "-",
            " ^ ",
            " < ",
            "(x) => ",
            "upper(",
            "foreach(x, ",
            "word_slice(\"a b\", ",
            "object(\"a\", ",
            "join(x, ",
            "format_date(x, \"DD\"",
            "1",
            "0.5",
            ".",
            "[",
            "]",
            "@",
            "@@",
            "results.a",
            "globals.b",
            "null",
            "contact.name",
            "2020-01-01",
            ",",
            "not ",
            " or ",
            "\n",
            "#",
            "'",
        ][..],
    )
}
