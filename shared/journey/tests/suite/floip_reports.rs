//! What of a flow and of a journey the other does not hold, and that it is told.

use journey::floip::{export, import, not_in_flows};
use journey::{Severity, parse, print};
use serde_json::{Value, json};

/// A block of its own, without a way out.
fn block(kind: &str, config: Value) -> Value {
    json!({ "uuid": "b", "name": "ask", "type": kind, "config": config, "exits": [{ "uuid": "e", "default": true }] })
}

fn file(languages: Value, block: Value, resources: Value) -> Value {
    json!({ "flows": [{ "name": "F", "first_block_id": "b", "languages": languages, "blocks": [block] }], "resources": resources })
}

/// The notebook of a file, and the reports, without their hints.
fn read(file: &Value) -> (String, Vec<String>) {
    let (journey, problems) = import(&file.to_string()).unwrap();
    (print(&journey), problems.into_iter().map(|problem| problem.message).collect())
}

/// A message in several languages: the languages that are listed, and those of the texts.
fn message(languages: Value, texts: &[&str]) -> (String, Vec<String>) {
    let values: Vec<Value> = texts
        .iter()
        .map(|id| json!({ "language_id": id, "content_type": "TEXT", "value": format!("in {id}") }))
        .collect();
    let resources = json!([{ "uuid": "r", "values": values }]);
    read(&file(languages, block("MobilePrimitives.Message", json!({ "prompt": "r" })), resources))
}

#[test]
fn languages_are_known_by_any_code_or_name() {
    for (languages, texts, text) in [
        (
            json!([{ "id": "eng" }, { "id": "spa", "label": "Castellano" }]),
            ["eng", "spa"],
            "text(\"in eng\", es: \"in spa\")",
        ),
        (
            json!([{ "id": "1", "label": "English" }, { "id": "2", "label": "Spanish" }]),
            ["1", "2"],
            "text(\"in 1\", es: \"in 2\")",
        ),
        (
            json!([{ "id": "1", "iso_639_3": "eng" }, { "id": "2", "label": "pt-BR" }]),
            ["1", "2"],
            "text(\"in 1\", pt_BR: \"in 2\")",
        ),
        (json!([{ "id": "eng", "label": "English" }]), ["eng", "spa"], "text(\"in eng\", es: \"in spa\")"),
        (json!([]), ["spa", "quz"], "text(\"in spa\", quz: \"in quz\")"),
    ] {
        let (notebook, reports) = message(languages.clone(), &texts);
        assert!(notebook.contains(text), "{languages}: {notebook}");
        assert_eq!(reports, [""; 0], "{languages}");
    }
    let (notebook, _) = message(json!([{ "id": "eng" }]), &["eng", "spa"]);
    assert!(notebook.contains("language(\"en\")"), "{notebook}");
}

#[test]
fn languages_that_are_none_are_reported() {
    let (notebook, reports) = message(
        json!([{ "id": "1", "label": "English" }, { "id": "2", "label": "Klingon!" }, { "id": "3", "label": "eng", "variant": "easy" }]),
        &["1", "2", "3", "4"],
    );
    assert!(notebook.contains("text(\"in 1\")\n"), "{notebook}");
    assert_eq!(
        reports,
        [
            "The texts in `Klingon!` were left out: that is no ISO 639 code.",
            "The texts in `eng` were left out: that language is there already.",
            "The texts in `4` were left out: that is no ISO 639 code.",
        ]
    );
}

#[test]
fn media_in_other_languages_are_reported() {
    let value = |language: &str, kind: &str, value: &str| json!({ "language_id": language, "content_type": kind, "value": value });
    let resources = json!([{ "uuid": "r", "values": [
        value("eng", "AUDIO", "https://x.example/en.mp3"), value("eng", "TEXT", "Hi"),
        value("spa", "AUDIO", "https://x.example/es.mp3"), value("spa", "TEXT", "Hola"),
        value("fra", "TEXT", "Salut"), value("fra", "TEXT", "Encore"), value("deu", "AUDIO", "https://x.example/en.mp3"),
    ] }]);
    let (notebook, reports) =
        read(&file(json!([{ "id": "eng" }]), block("MobilePrimitives.Message", json!({ "prompt": "r" })), resources));
    assert!(
        notebook.contains("audio(\"https://x.example/en.mp3\")\n  text(\"Hi\", es: \"Hola\", fr: \"Salut\")"),
        "{notebook}"
    );
    let block = "Block `ask` (MobilePrimitives.Message):";
    assert_eq!(reports, [format!("{block} What else is shown in `es`, `fr` was left out: only texts are told apart.")]);
}

#[test]
fn only_what_is_for_a_chat_is_shown() {
    let value = |modes: &[&str], kind: &str, value: &str| json!({ "language_id": "eng", "content_type": kind, "modes": modes, "value": value });
    let said = |values: Value| {
        let resources = json!([{ "uuid": "r", "values": values }]);
        read(&file(json!([]), block("MobilePrimitives.Message", json!({ "prompt": "r" })), resources)).0
    };
    let (call, sms) = (value(&["IVR"], "AUDIO", "https://x.example/a.mp3"), value(&["SMS"], "TEXT", "short"));
    let notebook = said(json!([
        call,
        sms,
        value(&["RICH_MESSAGING", "OFFLINE"], "TEXT", "long"),
        value(&[], "IMAGE", "https://x.example/a.png")
    ]));
    assert!(notebook.contains("do\n  image(\"https://x.example/a.png\")\n  text(\"long\")\nend"), "{notebook}");
    let notebook = said(json!([call, sms]));
    assert!(notebook.contains("do\n  audio(\"https://x.example/a.mp3\")\n  text(\"short\")\nend"), "{notebook}");
}

#[test]
fn a_question_with_a_recording_keeps_its_limit() {
    let ask = |resources: Value| {
        read(&file(
            json!([]),
            block("MobilePrimitives.OpenResponse", json!({ "prompt": "r", "max_response_characters": 3 })),
            resources,
        ))
    };
    let audio = json!({ "language_id": "eng", "content_type": "AUDIO", "value": "https://x.example/a.mp3" });
    let text = json!({ "language_id": "eng", "content_type": "TEXT", "value": "Open?" });
    let (notebook, reports) = ask(json!([{ "uuid": "r", "values": [audio, text] }]));
    assert!(
        notebook.contains("ask = ask(\"Open?\", 3) do\n    audio(\"https://x.example/a.mp3\")\n  end"),
        "{notebook}"
    );
    assert_eq!(reports, [""; 0]);
    let (notebook, reports) = ask(json!([{ "uuid": "r", "values": [audio] }]));
    assert!(notebook.contains("ask = ask() do\n"), "{notebook}");
    let block = "Block `ask` (MobilePrimitives.OpenResponse):";
    assert_eq!(reports, [format!("{block} Nothing is asked with a text, so the limit of the answer was left out.")]);
}

#[test]
fn a_catalogue_is_imported_with_what_it_shows() {
    let catalog = |config: Value| read(&file(json!([]), block("Io.Turn.WhatsAppCatalog", config), json!([])));
    let (notebook, reports) =
        catalog(json!({ "body": "Have a look", "footer": "Soap", "thumbnail_product_retailer_id": "sku-1" }));
    assert!(
        notebook.contains("catalog(\"sku-1\") do\n    text(\"Have a look\")\n    footer(\"Soap\")\n  end"),
        "{notebook}"
    );
    assert_eq!(reports, [""; 0]);
    let (_, reports) = catalog(json!({ "sections": [1] }));
    let block = "Block `ask` (Io.Turn.WhatsAppCatalog):";
    assert_eq!(
        reports,
        [
            format!("{block} It has no text, and WhatsApp shows none without: write one."),
            format!("{block} Nothing here is like `sections`.")
        ]
    );
}

#[test]
fn what_a_block_says_besides_is_reported() {
    let config = json!({ "prompt": "Hi", "ivr": { "max": 1 }, "set_contact_property": { "property_key": "x" }, "empty": [], "off": false });
    let (_, reports) = read(&file(json!([]), block("MobilePrimitives.Message", config), json!([])));
    let block_name = "Block `ask` (MobilePrimitives.Message):";
    assert_eq!(reports, [format!("{block_name} Nothing here is like `ivr`, `set_contact_property`.")]);

    // A block that is not imported has one report.
    let (_, reports) = read(&file(json!([]), block("Com.Example.Robot", json!({ "arm": 1 })), json!([])));
    assert_eq!(reports, ["The block `ask` (Com.Example.Robot) could not be imported."]);

    let mut ends = file(json!([]), block("MobilePrimitives.Message", json!({ "prompt": "Hi" })), json!([]));
    ends["flows"][0]["exit_block_id"] = "b".into();
    let (_, reports) = read(&ends);
    assert_eq!(reports, ["The block that the flow ends with when it is left early is an ordinary one now."]);
}

#[test]
fn dictionaries_that_are_read_and_not_there_are_reported_once() {
    let mut file = file(
        json!([]),
        block(
            "Io.Turn.Webhook",
            json!({ "url": "@config.items.url", "headers": [["Token", "@(config.items.token)"]] }),
        ),
        json!([{ "uuid": "r", "values": [{ "value": "@config.items.url @quizzes.rows[0].title @ask.items.x @contact.items.y" }] }]),
    );
    let mut next = block("MobilePrimitives.Message", json!({ "prompt": "r" }));
    next["uuid"] = "c".into();
    next["exits"] = json!([{ "uuid": "f", "test": "config.items.open == \"yes\"", "destination_block": "b" }]);
    file["flows"][0]["blocks"][0]["exits"][0]["destination_block"] = "c".into();
    file["flows"][0]["blocks"].as_array_mut().unwrap().push(next);
    let (_, problems) = import(&file.to_string()).unwrap();
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "0:0: warning: The flow reads the dictionary `config`, which flows do not hold. Add a dictionary `config` with the \
             keys `open`, `token`, `url` to the notebook.",
            "0:0: warning: The flow reads the table `quizzes`, which flows do not hold. Add `quizzes` to the notebook.",
        ]
    );
}

const NOTEBOOK: &str = r##"# How to use this

<!-- dictionary: "config"  version: "0.1.0"  columns: [] -->

| Key | Value |
| --- | --- |
| url | x |

<!-- { section: "", x: 10, y: 20} -->

```stack
trigger(on: "CATCH ALL")
interaction_timeout(60, then: Bye)
claim_timeout(120)
invalid_input(then: Bye)
language("es")

# First
card Ask when contact.age > 3, then: Bye do
  text("Hola", ai_generated: true)
  hand_over("Help")
end

card Bye do
  # Tell
  log("x")
end
```
"##;

#[test]
fn what_other_programs_miss_is_listed() {
    let parsed = parse(NOTEBOOK);
    assert_eq!(parsed.problems, []);
    let missing = not_in_flows(&parsed.journey);
    assert!(missing.iter().all(|problem| (problem.code, problem.severity) == ("not-in-flows", Severity::Warning)));
    let told: Vec<String> = missing
        .iter()
        .map(|problem| format!("{} {} {}", problem.line, problem.card.as_deref().unwrap_or("-"), problem.message))
        .collect();
    assert_eq!(
        told,
        [
            "0 - The note `# How to use this` is not in a flow.",
            "3 - The dictionary `config` is not in a flow.",
            "12 - `trigger(on: \"CATCH ALL\")` is not in a flow.",
            "13 - `interaction_timeout(60, then: Bye)` is not in a flow.",
            "14 - `claim_timeout(120)` is not in a flow.",
            "15 - `invalid_input(then: Bye)` is not in a flow.",
            "20 Ask `ai_generated:` of a text is not in a flow.",
            "21 Ask `hand_over` is a block that other programs do not know.",
            "24 Bye Its comments are not in a flow.",
            "0 - Comments are not in a flow.",
            "19 Ask That the cards `Ask` are one with several conditions is not in a flow.",
            "19 Ask Other programs see a card `Ask` without a condition that writes to the log.",
            "0 - Where the cells stand on the canvas is not in a flow.",
        ]
    );
    // All of it comes back here.
    let container = export(&parsed.journey, &journey::floip::Options::default()).unwrap();
    assert_eq!(import(&serde_json::to_string(&container).unwrap()).unwrap(), (parsed.journey, Vec::new()));

    let code = "card A, then: B do\n  then(C)\n  buttons([A, D], weird: 1) do\n    text(\"x\")\n  end\n  \
                send_message_template(\"visit\", \"es\", [[\"name\", \"x\"]], url: \"y\")\nend";
    let faulty = parse(&format!("```stack\n{code}\n```\n")).journey;
    let told: Vec<String> = not_in_flows(&faulty).into_iter().map(|problem| problem.message).collect();
    assert_eq!(
        told,
        [
            "The way to the card `B`, which is not there, is not in a flow.",
            "The way to the card `C`, which is not there, is not in a flow.",
            "The way to the card `D`, which is not there, is not in a flow.",
            "`weird:` of a statement that does not know it is not in a flow.",
            "What fills its header and buttons, and the names of its parameters, is not in a flow.",
        ]
    );
    let container = export(&faulty, &journey::floip::Options::default()).unwrap();
    assert_eq!(import(&serde_json::to_string(&container).unwrap()).unwrap(), (faulty, Vec::new()));

    let plain =
        parse("```stack\nlanguage(\"es\")\ninteraction_timeout(60)\n\ncard A do\n  text(\"Hola\")\nend\n```\n").journey;
    assert_eq!(not_in_flows(&plain), []);
}
