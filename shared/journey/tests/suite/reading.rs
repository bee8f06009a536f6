//! Answers as people write them, and what is no answer.

use journey::{Attachment, Reply};
use serde_json::json;

use crate::talk::{Shelf, Talk};

const FEVER: &str = r#"
card Start, then: Check do
  t = ask("¿Qué temperatura tiene?")
end

card Check, then: Fine do
  then(Fever when has_number_gt(t, 37.4))
end

card Fever do
  text("FIEBRE @(has_number(t).number) @(t > 37.4)")
end

card Fine do
  text("SIN FIEBRE @(has_number(t).number)")
end
"#;

fn of_language(notebook: &str, language: &str) -> Talk {
    Talk::on(Shelf::default().with("main", notebook), json!({"language": language}))
}

#[test]
fn a_fever_is_a_fever_however_it_is_written() {
    for language in ["es", "en", "fr", "hi", ""] {
        for written in ["37,8", "37.8", "३७.८", "37,80", "٣٧٫٨"] {
            let mut talk = of_language(FEVER, language);
            talk.say(written);
            assert_eq!(talk.shown(), ["text: FIEBRE 37.8 true"], "{written} in `{language}`");
        }
    }
}

#[test]
fn the_language_of_the_contact_decides_and_else_that_of_the_journey() {
    let code = "card A do\n  x = ask(\"¿?\")\n  text(\"@(has_number(x).number) @(x * 2)\")\n  update_contact(language: \"en\")\n  text(\"@(has_number(x).number)\")\nend";
    let spanish = format!("language(\"es\")\n{code}");
    for (notebook, language, shown) in [
        (code, "es", ["text: 1234 2468", "text: 1.234"]),
        (&*spanish, "", ["text: 1234 2468", "text: 1.234"]),
        (&*spanish, "eng", ["text: 1.234 2.468", "text: 1.234"]),
        (code, "es_MX", ["text: 1.234 2.468", "text: 1.234"]),
    ] {
        let mut talk = of_language(notebook, language);
        talk.say("1.234");
        let texts: Vec<String> = talk.shown().into_iter().filter(|line| line.starts_with("text")).collect();
        assert_eq!(texts, shown, "{language}");
    }
    // Where nothing decides it is no number at all.
    let mut talk = of_language("card A do\n  x = ask(\"¿?\")\n  text(\"@(isnumber(x))\")\nend", "");
    talk.say("1.234");
    assert_eq!(talk.shown(), ["text: false"]);
}

#[test]
fn numbers_choose_and_are_answers_in_every_script() {
    let menu = "card A, then: A do\n  x = list(\"Ver\", B, [\"Agua\", \"Vacunas\"]) do\n    text(\"¿?\")\n  end\nend\ncard B do\n  text(\"@x\")\nend";
    for written in ["2", "२", "２", "2.", "opción 2", "vacunas", "*VACUNAS*"] {
        let mut talk = Talk::with(menu);
        talk.say(written);
        assert_eq!(talk.shown(), ["text: Vacunas"], "{written}");
    }
}

const POLL: &str = r#"
card Start do
  buttons(Good: "Bien", Bad: "Mal") do
    text("¿Cómo estás?")
  end
end

card Good, then: Name do
  text("Me alegro")
end

card Bad, then: Name do
  text("Lo siento")
end

card Name, then: Done do
  who = ask("¿Cómo te llamas?")
end

card Done, then: Other do
  buttons(Start: "Otra vez", Bye: "Fin") do
    text("Gracias, @who")
  end
end

card Other do
  text("Otra cosa")
end

card Bye do
  text("Chau")
end
"#;

#[test]
fn a_tap_on_an_earlier_question_brings_the_present_one_again() {
    let mut talk = Talk::with(POLL);
    let (old, _) = talk.choices().remove(1);
    talk.tap("Bien");
    for (id, title) in [(old.as_str(), "Mal"), ("payload", "Mal"), ("00000000.7", "Ana")] {
        talk.reply(Reply::tap(id, title));
        assert_eq!(talk.shown(), ["text: ¿Cómo te llamas?"], "{id}");
        talk.reply(Reply { kind: "button", ..Reply::tap(id, title) });
        assert_eq!(talk.shown(), ["text: ¿Cómo te llamas?"], "{id} of a template");
    }
    talk.say("Ana");
    let question = "buttons: Gracias, Ana [\"Otra vez\", \"Fin\"]";
    assert_eq!(talk.shown(), [question]);
    talk.reply(Reply::tap(&old, "Mal"));
    assert_eq!(talk.shown(), [question], "nor does it lead where other answers lead");
    talk.reply(Reply::tap("payload", "Mal"));
    assert_eq!(talk.shown(), [question]);
    talk.reply(Reply::tap("payload", "Fin"));
    assert_eq!(talk.shown(), ["text: Chau"], "the payload of a template is its title when nobody named it");
}

#[test]
fn the_buttons_of_a_template_that_was_sent_with_the_question_answer_it() {
    let code =
        "card A do\n  send_message_template(\"cita\", \"es\")\n  x = ask(\"¿Vienes?\")\n  text(\"Dijiste @x\")\nend";
    let mut talk = Talk::with(code);
    talk.reply(Reply { kind: "button", ..Reply::tap("Sí, voy", "Sí, voy") });
    assert_eq!(talk.shown(), ["text: Dijiste Sí, voy"]);
}

#[test]
fn a_question_for_a_text_takes_nothing_else_and_one_for_more_does() {
    let file = |kind| {
        Reply::with(kind, Attachment::File { id: "77", mime_type: Some("audio/ogg"), caption: None, filename: None })
    };
    let place = Reply::with("location", Attachment::Place { latitude: 1.5, longitude: 2.0, name: None, address: None });
    let everything = [
        file("image"),
        file("audio"),
        file("video"),
        file("document"),
        file("sticker"),
        place,
        Reply::of_kind("contacts"),
        Reply::of_kind("order"),
    ];
    let code = "card A, then: B do\n  x = ask(\"¿Cómo te llamas?\")\nend\ncard B do\n  text(\"Hola, @x\")\nend";
    for reply in everything {
        let mut talk = Talk::with(code);
        talk.reply(reply);
        assert_eq!(talk.shown(), ["text: ¿Cómo te llamas?"], "{reply:?}");
        talk.say("Ana");
        assert_eq!(talk.shown(), ["text: Hola, Ana"], "{reply:?}");
    }
    for (reads, reply, shown) in [
        ("text(\"@x.id\")", file("audio"), "text: 77"),
        ("text(\"@x.latitude\")", place, "text: 1.5"),
        ("text(\"@x @event.message.audio.id\")", file("audio"), "text: audio @event.message.audio.id"),
        ("text(\"@event.message.type\")", Reply::of_kind("order"), "text: @event.message.type"),
        ("text(if(x == \"image\", \"foto\", \"@x\"))", file("image"), "text: foto"),
        ("text(\"Gracias\")", file("image"), "text: Gracias"),
    ] {
        let mut talk = Talk::with(&format!("card A do\n  x = ask(\"¿?\")\n  {reads}\nend"));
        talk.reply(reply);
        assert_eq!(talk.shown(), [shown], "{reads}");
    }
}

#[test]
fn what_has_no_value_yet_is_nothing() {
    let code = "card A do\n  text(\"[@job] [@job.category] [@(job)] [@block.value] info@job.com x@job\")\n  \
        then(B when job == \"nurse\" or job > 3 or has_text(job))\n  text(\"nada\")\n  job = ask(\"¿?\")\nend\ncard B do\n  text(\"algo\")\nend";
    let talk = Talk::with(code);
    assert_eq!(talk.shown()[..2], ["text: [] [] [] [] info@job.com x@job", "text: nada"], "{:?}", talk.told());
    assert!(!talk.told().iter().any(|line| line.contains("not found")), "{:?}", talk.told());
    // A name that nothing ever sets stays as it was typed.
    let talk = Talk::with("card A do\n  text(\"@nobody me@example.org\")\nend");
    assert_eq!(talk.shown(), ["text: @nobody me@example.org"]);
}
