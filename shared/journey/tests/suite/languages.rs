//! Texts in the language of the contact.

use serde_json::json;

use crate::talk::{Shelf, Talk};

const NOTEBOOK: &str = r#"
language("es")

card Start, then: Start do
  answer = buttons(Topics: text("Sí", en: "Yes", pt: "Sim"), Bye: "No") do
    header("Hola", en: "Hello")
    image("https://example.org/a.png", caption: text("Foto", en: "Picture"))
    text("¿Seguimos, @contact.name?", en: "Shall we go on, @contact.name?")
    footer("Gratis", en: "Free of charge")
  end
end

card Topics, then: Topics do
  topic = list(text("Temas", en: "Topics"), [Water, Sun]) do
    text("Elige", en: "Choose")
  end
end

card Water, "Agua", en: "Water" do
  x = buttons([text("Uno", en: "One"), text("Dos", en: "Two")]) do
    text("¿Cuál?", en: "Which?")
  end
  text("@x", en: "@x!")
end

card Sun, "Sol", en: "Sun", version: "1" do
  name = ask("¿Nombre?", en: "Name?")
end

card Bye, then: Start do
  update_contact(language: "eng")
end
"#;

fn talk(language: serde_json::Value) -> Talk {
    Talk::on(Shelf::default().with("main", NOTEBOOK), json!({"name": "Ana", "language": language}))
}

#[test]
fn an_unknown_language_gets_the_first_text() {
    for language in
        [json!(null), json!(""), json!("Klingon"), json!(7), json!("qu"), json!("es"), json!("spa"), json!("ES-419")]
    {
        let shown = talk(language.clone()).shown();
        assert_eq!(shown[0], "image: https://example.org/a.png [\"Foto\"]", "{language}");
        assert_eq!(shown[1], "buttons: [Hola] ¿Seguimos, Ana? _Gratis_ [\"Sí\", \"No\"]", "{language}");
    }
}

#[test]
fn every_text_of_a_card_is_in_the_contacts_language() {
    for language in ["en", "eng", "en_GB", "EN"] {
        let mut talk = talk(json!(language));
        assert_eq!(
            talk.shown()[1],
            "buttons: [Hello] Shall we go on, Ana? _Free of charge_ [\"Yes\", \"No\"]",
            "{language}"
        );
        talk.tap("Yes");
        assert_eq!(talk.shown(), ["list: Choose <Topics> [\"Water\", \"Sun\"]"]);
        talk.say("sun");
        assert_eq!(talk.shown(), ["text: Name?"]);
    }
    assert_eq!(talk(json!("pt_BR")).shown()[1], "buttons: [Hola] ¿Seguimos, Ana? _Gratis_ [\"Sim\", \"No\"]");
}

#[test]
fn files_may_be_there_in_several_languages() {
    let notebook = "card A do\n  audio(\"https://a/es.ogg\", en: \"https://a/en.ogg\")\n  image(text(\"es\", en: \"en\"), caption: text(\"Foto\", en: \"Picture\"))\nend";
    for (language, shown) in [
        ("es", ["audio: https://a/es.ogg []", "image: es [\"Foto\"]"]),
        ("en", ["audio: https://a/en.ogg []", "image: en [\"Picture\"]"]),
    ] {
        let talk = Talk::on(Shelf::default().with("main", notebook), json!({"language": language}));
        assert_eq!(talk.shown(), shown);
    }
}

#[test]
fn what_stands_for_a_choice_is_the_same_in_every_language() {
    for (language, title, shown) in [("es", "Uno", "text: Uno"), ("en", "One", "text: Uno!")] {
        let mut talk = talk(json!(language));
        let first = talk.choices().remove(0).1;
        talk.tap(&first);
        let water = talk.choices().remove(0).1;
        talk.tap(&water);
        talk.tap(title);
        assert_eq!(talk.shown(), [shown]);
    }
}

#[test]
fn a_language_that_changes_counts_at_once() {
    let mut talk = talk(json!("es"));
    talk.tap("No");
    assert!(talk.shown()[2].ends_with("[\"Yes\", \"No\"]"), "{:?}", talk.shown());
}
