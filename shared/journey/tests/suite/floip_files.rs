//! Files of flows that come from anywhere: other programs, people who edit them by hand, people who mean no good.

use journey::floip::{Container, ImportError, MAX_BLOCKS, MAX_BYTES, Options, REPORTS, export, import, import_all};
use journey::{Journey, check, compile, parse, print};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::explore::assert_same;
use crate::properties::cell;

/// A flow of another program, without a word about cards.
#[test]
fn a_flow_of_another_program_becomes_a_journey() {
    let (journey, problems) = import(include_str!("../flows/clinic.json")).unwrap();
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    let expected = include_str!("../flows/clinic.md");
    let printed = format!("{}\n<!--\n{}\n-->\n", print(&journey), told.join("\n"));
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/flows/clinic.md"), printed).unwrap();
        return;
    }
    assert_eq!(printed, expected);
    compile(&journey).unwrap();
}

fn file(flow: &Value) -> String {
    json!({ "flows": [flow], "resources": [] }).to_string()
}

fn block(id: &str, kind: &str, config: &Value, to: Option<&str>) -> Value {
    let exits = json!([{ "uuid": "e", "name": "Default", "default": true, "destination_block": to }]);
    json!({ "uuid": id, "name": id, "type": kind, "config": config, "exits": exits })
}

#[test]
fn files_that_are_none_say_what_is_wrong() {
    for (json, expected) in [
        ("", "This is not a file of flows: it does not begin with `{`."),
        (" 3 ", "This is not a file of flows: it does not begin with `{`."),
        ("{", "This is not a file of flows: EOF while parsing an object at line 1 column 1."),
        ("[]", "This is not a file of flows: it does not begin with `{`."),
        ("{}", "This is not a file of flows: missing field `flows` at line 1 column 2."),
        (
            r#"{"flows": 3}"#,
            "This is not a file of flows: invalid type: integer `3`, expected a sequence at line 1 column 11.",
        ),
        (r#"{"flows": []}"#, "There is no flow in this file."),
        (
            r#"{"flows": [{"name": "F", "first_block_id": "x", "blocks": []}]}"#,
            "The flow `F` begins at the block `x`, which it does not have.",
        ),
        (
            r#"{"flows": [{"blocks": [{"uuid": "x"}]}]}"#,
            "This is not a file of flows: missing field `type` at line 1 column 36.",
        ),
    ] {
        assert_eq!(import(json).unwrap_err().to_string(), expected, "{json}");
    }
    assert_eq!(import(&" ".repeat(MAX_BYTES + 1)), Err(ImportError::TooLarge));
    let many: Vec<Value> = (0..=MAX_BLOCKS).map(|n| block(&n.to_string(), "Core.Case", &json!({}), None)).collect();
    let file = file(&json!({ "name": "F", "first_block_id": "0", "blocks": many }));
    assert_eq!(import(&file), Err(ImportError::TooManyBlocks("F".to_owned())));
    let deep = format!("{{\"flows\": {}{}}}", "[".repeat(5_000), "]".repeat(5_000));
    assert!(matches!(import(&deep), Err(ImportError::Malformed(_))));
}

#[test]
fn a_long_chain_and_a_ring_are_read() {
    let length = 5_000;
    let next = |n: usize| (n + 1).to_string();
    let message = json!({ "prompt": "hola" });
    let blocks: Vec<Value> = (0..length)
        .map(|n| {
            block(
                &n.to_string(),
                "MobilePrimitives.Message",
                &message,
                Some(&next(n)).filter(|_| n + 1 < length).map(String::as_str),
            )
        })
        .collect();
    let (journey, problems) = import(&file(&json!({ "first_block_id": "0", "blocks": blocks }))).unwrap();
    assert_eq!(problems, []);
    assert_eq!(journey.cards().map(|card| card.statements.len()).collect::<Vec<_>>(), [length]);

    let ring = [("a", "b"), ("b", "c"), ("c", "a"), ("x", "y"), ("y", "x"), ("z", "z")];
    let blocks: Vec<Value> =
        ring.iter().map(|(from, to)| block(from, "MobilePrimitives.Message", &message, Some(to))).collect();
    let (journey, problems) = import(&file(&json!({ "first_block_id": "b", "blocks": blocks }))).unwrap();
    assert_eq!(problems, []);
    let told: Vec<_> =
        journey.cards().map(|card| (card.name.as_str(), card.statements.len(), card.then.as_deref())).collect();
    assert_eq!(told, [("B", 3, Some("B")), ("Z", 1, Some("Z")), ("X", 2, Some("X"))]);
}

/// What grows in a file grows no faster when it is read.
#[test]
fn many_steps_of_one_name_and_many_choices_are_read() {
    let message = json!({ "prompt": "hola" });
    let mut blocks: Vec<Value> = (0..MAX_BLOCKS - 1)
        .map(|n| {
            let mut block = block(&n.to_string(), "MobilePrimitives.Message", &message, None);
            block["name"] = "same".into();
            block
        })
        .collect();
    let choices: Vec<Value> = (0..5_000).map(|n| json!({ "name": n.to_string(), "prompt": format!("c{n}") })).collect();
    let mut question =
        block("q", "MobilePrimitives.SelectOneResponse", &json!({ "prompt": "?", "choices": choices }), None);
    question["exits"] = (0..5_000)
        .map(|n| json!({ "name": "e", "test": format!("block.value = \"{n}\""), "destination_block": n.to_string() }))
        .collect();
    blocks.push(question);
    let (journey, problems) = import(&file(&json!({ "first_block_id": "q", "blocks": blocks }))).unwrap();
    assert_eq!(problems, []);
    assert_eq!(journey.cards().count(), MAX_BLOCKS + 5_000);
}

#[test]
fn what_is_wrong_inside_is_told_and_the_rest_is_read() {
    let blocks = json!([
        block("a", "MobilePrimitives.Message", &json!({ "prompt": 3 }), Some("b")),
        block("b", "Core.SetContactProperty", &json!({ "set_contact_property": "x" }), Some("c")),
        block("c", "MobilePrimitives.SelectOneResponse", &json!({ "choices": "x" }), Some("d")),
        block("d", "Io.Turn.Webhook", &json!({ "method": "DELETE", "url": "https://example.org" }), Some("e")),
        block("e", "Core.Output", &json!({ "value": "1 +" }), Some("nowhere")),
        block("e", "Core.Output", &json!({ "value": "2" }), Some("nowhere")),
    ]);
    let (journey, problems) = import(&file(&json!({ "first_block_id": "a", "blocks": blocks }))).unwrap();
    let told: Vec<(&str, &str)> =
        problems.iter().map(|problem| (problem.code, problem.message.split(['.', ':']).next().unwrap())).collect();
    assert_eq!(
        told,
        [
            ("same-id", "Two blocks have the id `e`; only the last one was read"),
            ("no-destination", "The block `e` leads to `nowhere`, which is not in the flow"),
            ("not-as-it-was", "Block `a` (MobilePrimitives"),
            ("not-imported", "The block `a` (MobilePrimitives"),
            ("not-as-it-was", "Block `b` (Core"),
            ("not-imported", "The block `b` (Core"),
            ("not-as-it-was", "Block `c` (MobilePrimitives"),
            ("not-imported", "The block `c` (MobilePrimitives"),
            ("not-imported", "The block `d` (Io"),
        ]
    );
    compile(&journey).unwrap();
}

#[test]
fn every_report_is_explained_once_and_made_somewhere() {
    let (flows, others) = (include_str!("../../src/floip/import.rs"), include_str!("../../src/rapidpro/flow.rs"));
    let more = [include_str!("../../src/floip/import/graph.rs"), include_str!("../../src/floip/import/reader.rs")];
    let exports = include_str!("../../src/floip/not_in_flows.rs");
    let sources = [flows, others, more[0], more[1], exports].concat();
    let mut codes: Vec<&str> = REPORTS.iter().map(|(code, _)| *code).collect();
    for (code, meaning) in REPORTS {
        assert!(sources.contains(&format!("\"{code}\"")), "{code} is never reported");
        assert!(meaning.ends_with('.') && journey::checks::find(code).is_none(), "{code}");
    }
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), REPORTS.len());
}

#[test]
fn several_flows_become_several_journeys() {
    let flow = |id: &str| json!({ "uuid": id, "name": id, "first_block_id": "a", "blocks": [block("a", "Core.RunFlow", &json!({ "flow_id": "two" }), None)] });
    let file = json!({ "flows": [flow("one"), flow("two")], "resources": null }).to_string();
    let all = import_all(&file).unwrap();
    assert_eq!(
        all.iter().map(|one| (one.id.as_str(), one.name.as_str())).collect::<Vec<_>>(),
        [("one", "one"), ("two", "two")]
    );
    let (_, problems) = import(&file).unwrap();
    assert_eq!(problems[0].to_string(), "0:0: warning: The file holds other flows too: `two`. Import them as well.");
}

/// What another program changes in a flow counts; what flows cannot hold stays.
#[test]
fn a_changed_flow_keeps_triggers_and_notes() {
    let notebook = "# Note\n\n```stack\ntrigger(on: \"CATCH ALL\")\n\ncard A do\n  text(\"Hola\")\nend\n```\n";
    let mut container = export(&parse(notebook).journey, &Options::default()).unwrap();
    container.resources[0].values[0].value = "Chau".to_owned();
    let (journey, problems) = import(&serde_json::to_string(&container).unwrap()).unwrap();
    assert_eq!(problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), ["changed-elsewhere"]);
    let expected =
        "# Note\n\n```stack\ntrigger(on: \"CATCH ALL\")\n```\n\n```stack\ncard A do\n  text(\"Chau\")\nend\n```\n";
    assert_eq!(print(&journey), expected);
}

#[test]
fn a_journey_without_cards_is_not_exported() {
    let problems = |code: &str| {
        let journey = parse(&format!("```stack\n{code}\n```")).journey;
        let problems = export(&journey, &Options::default()).unwrap_err();
        problems.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(problems(""), ["0:0: error: The journey has no card. Write `card Start do … end` in a code cell."]);
}

/// A journey of the generator, with the cards that are missing in it.
fn complete(cells: Vec<journey::model::Cell>) -> (Journey, Container) {
    let mut journey = Journey { cells };
    loop {
        match export(&journey, &Options::default()) {
            Ok(container) => return (journey, container),
            Err(problems) => {
                let missing = |message: &str| {
                    message.split('`').nth(1).filter(|name| !name.contains(' ')).unwrap_or("A").to_owned()
                };
                let mut names: Vec<String> = problems.iter().map(|problem| missing(&problem.message)).collect();
                names.sort();
                names.dedup();
                let cards: Vec<String> =
                    names.iter().map(|name| format!("card {name} do\n  text(\"{name}\")\nend\n")).collect();
                journey.cells.extend(parse(&format!("```stack\n{}\n```", cards.join("\n"))).journey.cells);
            }
        }
    }
}

/// The container without anything the specification does not know.
pub(crate) fn bare(container: &Container) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(members) => {
                members.retain(|key, _| key != "vendor_metadata");
                members.values_mut().for_each(strip);
            }
            Value::Array(values) => values.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(container).unwrap();
    strip(&mut value);
    value
}

/// Changes one thing in a JSON value: the `at`th one from the outside in.
pub(crate) fn mutate(value: &mut Value, at: &mut usize, change: &Value) {
    if *at == 0 {
        *value = change.clone();
        *at = usize::MAX;
        return;
    }
    *at -= usize::from(*at != usize::MAX);
    match value {
        Value::Object(members) => members.values_mut().for_each(|member| mutate(member, at, change)),
        Value::Array(values) => values.iter_mut().for_each(|value| mutate(value, at, change)),
        _ => {}
    }
}

pub(crate) fn change() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(json!({})),
        Just(json!([])),
        Just(json!([[["a"]]])),
        Just(json!({ "name": "x", "prompt": { "a": [] } })),
        any::<i64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        "[ -~ñ]{0,12}".prop_map(Value::from),
        proptest::sample::select(
            &["block.value == \"a\"", "@(((", "A_case", "Core.Case", "@flow.x.value", "block.value + 1 ="][..]
        )
        .prop_map(Value::from),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_journey_comes_back_as_it_was(cells in prop::collection::vec(cell(), 0..4)) {
        let (journey, container) = complete(cells);
        let json = serde_json::to_string(&container).unwrap();
        prop_assert_eq!(import(&json).unwrap(), (journey.clone(), Vec::new()));
        let (back, _) = import(&bare(&container).to_string()).unwrap();
        // What does not work here may well work there.
        if !check(&journey).iter().any(|problem| problem.is_error() || problem.is_fault()) {
            assert_same(&print(&journey), &journey, &back);
        }
    }

    #[test]
    fn no_file_upsets_the_importer(
        cells in prop::collection::vec(cell(), 0..3),
        changes in prop::collection::vec((0..600_usize, change()), 1..6),
        is_bare in any::<bool>(),
    ) {
        let (_, container) = complete(cells);
        let mut value = if is_bare { bare(&container) } else { serde_json::to_value(&container).unwrap() };
        for (mut at, change) in changes {
            mutate(&mut value, &mut at, &change);
        }
        if let Ok((journey, _)) = import(&value.to_string()) {
            let printed = print(&journey);
            prop_assert!(!parse(&printed).problems.iter().any(journey::Problem::is_error), "{}", printed);
            let _ = compile(&journey);
        }
    }
}

/// A flow of messages, each with these exits; `@` stands for the next one.
fn messages(kind: &str, exits: &Value) -> String {
    let block = |id: &str, text: &str, next: Option<&str>| {
        let mut exits = exits.clone();
        for exit in exits.as_array_mut().unwrap() {
            let leads = exit["to"].as_str() == Some("@");
            exit["destination_block"] = next.filter(|_| leads).into();
        }
        json!({ "uuid": id, "name": id, "type": kind, "config": { "prompt": text }, "exits": exits })
    };
    let blocks = [block("a", "First", Some("b")), block("b", "Second", None)];
    let flow = json!({ "uuid": "f", "name": "two", "first_block_id": "a", "languages": [], "blocks": blocks, "resources": [] });
    json!({ "specification_version": "1.0.0-rc3", "uuid": "c", "name": "two", "flows": [flow] }).to_string()
}

#[test]
fn an_exit_without_a_test_is_taken_where_none_is_the_default() {
    const MESSAGE: &str = "MobilePrimitives.Message";
    for (exits, goes_on) in [
        (json!([{ "test": null, "default": null, "to": "@" }]), true),
        (json!([{ "to": "@" }]), true),
        (json!([{ "test": " ", "default": false, "to": "@" }]), true),
        (json!([{ "test": "false" }, { "test": null, "to": "@" }]), true),
        (json!([{ "test": null, "to": "@" }, { "default": true }]), false),
        (json!([{ "test": "true", "to": "@" }]), true),
    ] {
        let (journey, _) = import(&messages(MESSAGE, &exits)).unwrap();
        let printed = journey::print(&journey);
        let shelf = crate::talk::Shelf::default().with("main", &printed);
        let talk = crate::talk::Talk::on(shelf, json!({}));
        let expected: &[&str] = if goes_on { &["text: First", "text: Second"] } else { &["text: First"] };
        assert_eq!(talk.shown(), expected, "{exits}: {printed}");
    }
}

#[test]
fn what_another_template_language_computes_is_reported_with_its_card() {
    let text =
        messages("MobilePrimitives.Message", &json!([{ "to": "@" }])).replace("Second", "Hi {{ name }} <%= 1 %>");
    let (_, problems) = import(&text).unwrap();
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("card A") && told[0].contains("`<%= 1 %>` is of another language"), "{told:?}");
}
