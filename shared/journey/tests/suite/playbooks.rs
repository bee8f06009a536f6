//! The bundled playbook, talked through.

use std::path::Path;

use journey::{Effect, JourneyId, parse, print};
use serde_json::json;

use crate::talk::{Shelf, Talk};

fn notebook(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/playbooks/welcome").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn shelf() -> Shelf {
    Shelf::default().with("main", &notebook("welcome.md")).with("reminder", &notebook("reminder.md"))
}

#[test]
fn they_compile_without_a_warning() {
    for name in ["welcome.md", "reminder.md"] {
        let parsed = parse(&notebook(name));
        assert_eq!(parsed.problems, [], "{name}");
        assert_eq!(journey::check(&parsed.journey), [], "{name}");
        assert_eq!(parse(&print(&parsed.journey)).journey, parsed.journey, "{name}");
    }
}

/// All of them, whatever playbooks there are.
#[test]
fn they_are_canonical() {
    fn notebooks(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                notebooks(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    notebooks(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/playbooks"), &mut found);
    assert!(found.len() > 1, "{found:?}");
    for path in found {
        let text = std::fs::read_to_string(&path).unwrap();
        let path = path.display();
        assert!(journey::format(&text).as_ref() == Ok(&text), "{path}: `cargo chasqui journey fmt {path}` corrects it");
    }
}

#[test]
fn somebody_signs_up_in_spanish() {
    let mut talk = Talk::on(shelf(), json!({"name": null, "language": null, "opted_in": false}));
    let hello = talk.shown().remove(0);
    assert!(hello.starts_with("buttons: ¡Hola! Te damos"), "{hello}");
    assert!(
        hello.ends_with("Which language do you prefer? _Gratis · Free of charge_ [\"Español\", \"English\"]"),
        "{hello}"
    );
    talk.say("quechua");
    assert_eq!(talk.choices().len(), 2);
    talk.say("español");
    assert_eq!(
        talk.shown(),
        ["{\"effect\":\"set_field\",\"name\":\"language\",\"value\":\"es\"}", "text: ¿Cómo te llamas?"]
    );
    for not_a_name in ["", "7", "x"] {
        talk.say(not_a_name);
        assert_eq!(talk.shown(), ["text: Por favor, escribe tu nombre con letras."], "{not_a_name}");
    }
    talk.reply(journey::Reply::of_kind("audio"));
    assert_eq!(talk.shown(), ["text: Por favor, escribe tu nombre con letras."]);
    talk.say("Ana María");
    assert_eq!(talk.shown()[1], "text: ¿Cuántos años tienes, Ana María?");
    for (age, answer) in
        [("treinta", "números, por ejemplo 34."), ("7", "¿Cuántos años tienes?"), ("200", "¿Cuántos años tienes?")]
    {
        talk.say(age);
        assert!(talk.shown()[0].ends_with(answer), "{age}: {:?}", talk.shown());
    }
    talk.say("34");
    assert_eq!(
        talk.shown(),
        [
            "{\"effect\":\"set_field\",\"name\":\"age\",\"value\":34}",
            "{\"effect\":\"set_field\",\"name\":\"opted_in\",\"value\":true}",
            "{\"effect\":\"write_result\",\"key\":\"signup_age\",\"value\":34,\"label\":\"Age at sign-up\"}",
            "list: ¿Sobre qué tema quieres recibir información? <Ver temas> [\"Embarazo\", \"Vacunas\", \"Alimentación sana\", \"Agua segura\"]",
        ]
    );
    talk.say("no sé");
    assert_eq!(talk.shown()[0], "text: No te entendí. Elige un tema de la lista, por favor.");
    talk.tap("Agua segura");
    assert_eq!(talk.shown()[0], "text: Hierve el agua durante un minuto, déjala enfriar y guárdala tapada.");
    let stored = serde_json::to_string(&talk.session).unwrap();
    assert!(stored.len() < 400, "{} bytes: {stored}", stored.len());
    talk.tap("Sí, por favor");
    let reminder = JourneyId::from("reminder");
    assert_eq!(talk.effects[0], Effect::CancelScheduled { journey: reminder.clone() });
    let at = talk.now + jiff::SignedDuration::from_hours(23);
    assert_eq!(talk.effects[1], Effect::ScheduleJourney { journey: reminder, at });
    assert!(talk.is_over());

    talk.start("reminder");
    assert_eq!(talk.shown(), ["buttons: Hola, Ana María. ¿Cómo estás hoy? [\"Estoy bien\", \"Quiero conversar\"]"]);
    talk.say("me duele la cabeza");
    assert!(talk.shown().contains(&"{\"effect\":\"add_label\",\"label\":\"Needs an operator\"}".to_owned()));
    assert!(talk.is_over());
}

#[test]
fn somebody_comes_back_in_english() {
    let mut talk = Talk::on(shelf(), json!({"name": "Joe", "language": "en", "opted_in": true}));
    assert_eq!(talk.shown()[0], "text: Welcome back, Joe.");
    talk.tap("Vaccines");
    talk.tap("No, thank you");
    assert_eq!(talk.shown()[1], "text: All right. Write *join* whenever you like.");
    assert!(talk.is_over());

    let mut gone = Talk::idle(shelf(), json!({"name": "Joe", "language": "en", "opted_in": false}));
    gone.start("reminder");
    assert_eq!(gone.shown(), ["{\"effect\":\"log\",\"message\":\"Not signed up any more; nothing was sent.\"}"]);
}

#[test]
fn whatever_somebody_sends_it_goes_on_or_ends() {
    let words = [
        "",
        " ",
        "Español",
        "34",
        "-1",
        "1e99",
        "99999999999999999999",
        "@contact.name",
        "@(1/0)",
        "true",
        "ñ\u{0}\u{202e}",
        "🙂🙂",
    ];
    let kinds = ["sticker", "image", "location", "reaction", "unsupported", "order", "", "something new"];
    let mut talk = Talk::on(shelf(), json!({}));
    let mut state = 1_u64;
    for _ in 0..400 {
        if talk.is_over() {
            talk.start("main");
            continue;
        }
        // A linear congruential generator (Knuth): always the same conversation.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let number = usize::try_from(state >> 33).unwrap();
        let choices = talk.choices();
        match number % 4 {
            0 if !choices.is_empty() => talk.tap(&choices[number / 4 % choices.len()].1),
            1 => talk.reply(journey::Reply::of_kind(kinds[number / 4 % kinds.len()])),
            2 => talk.reply(journey::Reply::tap("deadbeef.0", words[number / 4 % words.len()])),
            _ => talk.say(words[number / 4 % words.len()]),
        };
        let stored = serde_json::to_string(&talk.session).unwrap();
        assert!(stored.len() < 1024, "{} bytes: {stored}", stored.len());
    }
}
