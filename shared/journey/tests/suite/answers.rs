//! Answers that are none, and everything else that may happen in the wrong order.

use std::sync::LazyLock;

use jiff::SignedDuration;
use journey::{AdvanceError, Attachment, CallOutcome, Input, Reply, TraceEvent, advance};
use serde_json::json;

use crate::talk::{Shelf, Talk};

const INVALID: &str = r#"
invalid_input(then: Help)

card Menu do
  x = buttons(["Sí", "No"]) do
    text("¿Seguimos?")
  end
end

card Help do
  text("No te entendí")
end
"#;

/// What people send that is none of the choices; the last ones can hardly be meant as an answer.
fn invalid() -> Vec<Reply<'static>> {
    static LONG: LazyLock<String> = LazyLock::new(|| "palabra ".repeat(500));
    let place = Attachment::Place { latitude: 0.0, longitude: 0.0, name: None, address: None };
    let file = Attachment::File { id: "1", mime_type: None, caption: None, filename: None };
    vec![
        Reply::text("quizás"),
        Reply::text(&LONG),
        Reply::text(""),
        Reply::text(" \n"),
        Reply::tap("deadbeef.0", "Sí"),
        Reply::of_kind("sticker"),
        Reply::with("image", file),
        Reply::with("location", place),
        Reply::with("interactive", Attachment::Form { response: "{\"flow_token\":\"deadbeef.0\"}" }),
        Reply::default(),
    ]
}

#[test]
fn an_answer_that_is_no_choice_is_explained_and_the_question_asked_again() {
    for reply in invalid() {
        let mut talk = Talk::with(INVALID);
        talk.reply(reply);
        assert_eq!(talk.shown(), ["text: No te entendí", "buttons: ¿Seguimos? [\"Sí\", \"No\"]"], "{reply:?}");
        let told = talk.told();
        assert!(
            told.iter().any(|line| line.ends_with("none of the choices: the journey's card for that follows.")),
            "{told:?}"
        );
        talk.tap("No");
        assert!(talk.is_over());
    }
}

#[test]
fn the_card_for_such_answers_may_ask_something_itself_or_lead_away() {
    let asks = INVALID.replace("  text(\"No te entendí\")", "  why = ask(\"¿Por qué?\")");
    let mut talk = Talk::with(&asks);
    talk.say("quizás");
    assert_eq!(talk.shown(), ["text: ¿Por qué?"]);
    talk.say("no sé");
    assert_eq!(talk.shown(), ["buttons: ¿Seguimos? [\"Sí\", \"No\"]"]);

    let leads = INVALID.replace("card Help do", "card Help, then: Bye do") + "card Bye do\n  text(\"Chau\")\nend";
    let mut talk = Talk::with(&leads);
    talk.say("quizás");
    assert_eq!(talk.shown(), ["text: No te entendí", "text: Chau"]);
    assert!(talk.is_over(), "a card that leads elsewhere does not lead back");

    let own = INVALID.replace("card Menu do", "card Menu, then: Own do") + "card Own do\n  text(\"Propio\")\nend";
    let mut talk = Talk::with(&own);
    talk.say("quizás");
    assert_eq!(talk.shown(), ["text: Propio"], "a card that says what follows is heard");
}

#[test]
fn a_reply_that_leads_to_too_much_costs_nobody_the_place() {
    let question = "buttons: ¿Seguimos? [\"Sí\", \"No\"]";
    let circle = "card Menu, then: Ring do\n  x = buttons([\"Sí\", \"No\"]) do\n    text(\"¿Seguimos?\")\n  end\nend\n\
        card Ring when x == \"No\" do\n  text(\"Bien\")\nend\n\
        card Ring, then: Ring do\n  FIRST\n  update_contact(lost: x)\n  text(\"dando @rand_between(1, 100000)\")\nend";
    let without = circle.replace("FIRST", "log(\"x\")");
    let with = format!("invalid_input(then: Help)\n{without}\ncard Help do\n  text(\"No te entendí\")\nend");
    let asks = with.replace("log(\"x\")", "get(\"https://example.org\", cache_ttl: 0)");
    for (notebook, shown) in [(&without, &[question][..]), (&with, &["text: No te entendí", question])] {
        let mut talk = Talk::with(notebook);
        talk.tap("Sí");
        assert_eq!(talk.shown(), shown, "nothing of what was too much is done: {:?}", talk.told());
        assert!(talk.told().iter().any(|line| line.contains("sent too much at once")), "{:?}", talk.told());
        talk.tap("No");
        assert_eq!(talk.shown(), ["text: Bien"]);
    }

    let mut talk = Talk::with(&asks);
    talk.tap("Sí");
    for _ in 0..60 {
        assert!(talk.session.as_ref().is_some_and(|session| session.kept.is_some()));
        talk.responds(200, "");
        if talk.shown().contains(&question.to_owned()) {
            break;
        }
    }
    assert_eq!(talk.shown(), ["text: No te entendí", question], "also behind web services: {:?}", talk.told());

    // The host is tired of asking.
    talk.tap("Sí");
    let nothing = json!({}).into();
    let session = talk.session.clone().unwrap();
    let sprint = journey::give_up(&talk.shelf, session, &talk.env(&nothing, &nothing));
    talk.take(sprint);
    assert_eq!(talk.shown(), ["text: No te entendí", question]);

    // The card for such answers goes in circles itself.
    let helpless = with.replace("card Help do", "card Help, then: Help do");
    let mut talk = Talk::with(&helpless.replace("No te entendí", "No te entendí @rand_between(1, 100000)"));
    talk.tap("Sí");
    assert_eq!(talk.shown(), [""; 0]);
    assert_eq!(talk.told().last().unwrap(), "The contact stands where they stood before the reply.");
    talk.say("No");
    assert_eq!(talk.shown(), ["text: Bien"]);
}

#[test]
fn one_expression_that_explodes_leaves_the_others_their_share() {
    let explodes = "x = map(1..100000, &map(1..100000, &(&1 * 2)))";
    let code = format!("card A do\n  {explodes}\n  {explodes}\n  text(\"@(1 + 1) y [@x]\")\n  ask(\"¿?\")\nend");
    let talk = Talk::with(&code);
    assert_eq!(talk.shown(), ["text: 2 y []", "text: ¿?"], "{:?}", talk.told());
}

#[test]
fn what_is_no_answer_to_a_question_without_choices_is_explained_too() {
    let code = "invalid_input(then: Help)\ncard Menu, then: Told do\n  x = ask(\"¿Edad?\")\nend\n\
        card Told do\n  text(\"Son @x\")\nend\ncard Help do\n  text(\"No te entendí\")\nend";
    for reply in [Reply::of_kind("sticker"), Reply::text(" "), Reply::of_kind("image"), Reply::of_kind("order")] {
        let mut talk = Talk::with(code);
        talk.reply(reply);
        assert_eq!(talk.shown(), ["text: No te entendí", "text: ¿Edad?"]);
        talk.say("7");
        assert_eq!(talk.shown(), ["text: Son 7"]);
    }
}

#[test]
fn what_follows_a_question_about_values_is_not_for_other_answers() {
    let code = INVALID.replace("  end\nend", "  end\n  text(\"Dijiste @x\")\nend");
    let mut talk = Talk::with(&code);
    talk.say("quizás");
    assert_eq!(talk.shown()[0], "text: No te entendí");
    talk.tap("Sí");
    assert_eq!(talk.shown(), ["text: Dijiste Sí"]);
}

#[test]
fn a_card_for_such_answers_that_cannot_be_entered_costs_nobody_the_place() {
    let never = INVALID.replace("card Help do", "card Help when 1 > 2 do");
    let shelf = Shelf::default().with("child", &never);
    let main = "card A do\n  run_stack(\"child\")\n  text(\"después\")\nend";
    let mut talk = Talk::on(shelf.with("main", main), json!({}));
    talk.say("quizás");
    assert_eq!(talk.shown()[1..], ["buttons: ¿Seguimos? [\"Sí\", \"No\"]"]);
    assert!(talk.told().contains(&"Card \"Help\" is missing a default exit.".to_owned()));
    talk.tap("No");
    assert_eq!(talk.shown(), ["text: después"]);
}

#[test]
fn the_card_for_such_answers_may_call_another_journey() {
    let calls = INVALID.replace("text(\"No te entendí\")", "run_stack(\"child\")");
    let shelf = Shelf::default().with("main", &calls).with("child", "card A do\n  x = ask(\"¿Ayuda?\")\nend");
    let mut talk = Talk::on(shelf, json!({}));
    talk.say("quizás");
    assert_eq!(talk.shown(), ["text: ¿Ayuda?"]);
    talk.say("sí");
    assert_eq!(talk.shown(), ["buttons: ¿Seguimos? [\"Sí\", \"No\"]"]);
}

#[test]
fn without_such_a_card_what_says_nothing_leaves_the_question_open() {
    let plain = INVALID.replace("invalid_input(then: Help)", "");
    for (index, reply) in invalid().into_iter().enumerate() {
        let mut talk = Talk::with(&plain);
        let wait = talk.session.as_ref().unwrap().wait.id();
        talk.reply(reply);
        if index == 4 || index == 8 {
            // A tap on an earlier question, and a form that is filled in late: the question comes again.
            assert_eq!(talk.shown(), ["buttons: ¿Seguimos? [\"Sí\", \"No\"]"], "{reply:?}");
            continue;
        }
        assert_eq!(talk.effects, [], "{reply:?}");
        assert_eq!(talk.is_over(), index < 2, "{reply:?}");
        if let Some(session) = &talk.session {
            assert_eq!(session.wait.id(), wait, "{reply:?}");
            talk.say("sí");
            assert!(talk.is_over() && talk.told()[0].contains("was written"));
        }
    }
}

/// Everything that waits, in circles.
const EVERYTHING: &str = r#"
interaction_timeout(60, then: Late)
invalid_input(then: Help)

card Start, then: Place do
  page = get("https://example.org/@contact.name", query: [["q", answer]])
  wait(5)
  answer = ask("¿?", 20)
end

card Place do
  place = request_location("¿Dónde?", en: "Where?")
  form = whatsapp_flow("1", "Abrir") do
    text("Formulario")
  end
  then(Menu)
end

card Menu do
  buttons([Topics, Give, Start]) do
    text("Elige @answer @place.latitude")
  end
end

card Topics do
  topic = list("Temas", Start, map(1..3, &[&1, concatenate("Tema ", &1)])) do
    text("Temas")
  end
end

card Give do
  hand_over("ayuda", wait: true)
  saved = post("https://example.org", body: form)
  run_stack("child")
  experiment("way", Start: 1, Menu: 1)
end

card Help do
  why = ask("¿Cómo dices?")
end

card Late do
  send_content("adiós", true)
end
"#;

#[test]
fn whatever_happens_in_whatever_order_it_goes_on_or_ends() {
    let child = "card Child do\n  x = ask(\"¿hijo?\")\n  wait(x)\nend";
    let shelf = Shelf::default().with("main", EVERYTHING).with("child", child);
    let mut talk = Talk::on(shelf, json!({"name": "Ana", "language": "es"}));
    let mut cards = std::collections::HashSet::new();
    let mut state = 1_u64;
    let nothing = json!({}).into();
    for _ in 0..5000 {
        for event in &talk.trace {
            if let TraceEvent::CardEntered { card, .. } = event {
                cards.insert(card.to_string());
            }
        }
        let Some(session) = talk.session.clone() else {
            talk.now += SignedDuration::from_secs(301);
            talk.start("main");
            continue;
        };
        // A linear congruential generator (Knuth): always the same story.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let number = usize::try_from(state >> 33).unwrap();
        let (choices, wait) = (talk.choices(), session.wait.id());
        let replies = invalid();
        let body = ["", "{", "{\"a\": [1, 2]}", "null"][number / 16 % 4];
        let place = Attachment::Place { latitude: 1.5, longitude: -2.0, name: None, address: None };
        let input = match number % 16 {
            0 => Input::Resume,
            1 | 2 => Input::Timer { wait },
            3 => Input::Timer { wait: 7 },
            4 | 5 => Input::Call { wait, outcome: CallOutcome::Response { status: 200, body: body.to_owned() } },
            6 => Input::Call { wait, outcome: CallOutcome::Failed { reason: "no".to_owned() } },
            7 => Input::Reply(Reply::with("location", place)),
            8 | 9 => Input::Reply(Reply::with("interactive", Attachment::Form { response: "{\"a\": \"b\"}" })),
            10..=12 if !choices.is_empty() => {
                let (id, title) = &choices[number / 16 % choices.len()];
                Input::Reply(Reply::tap(id, title))
            }
            _ => Input::Reply(replies[number / 16 % replies.len()]),
        };
        talk.now += SignedDuration::from_secs(i64::try_from(number / 16 % 20).unwrap());
        match advance(&talk.shelf, session.clone(), input, &talk.env(&nothing, &nothing)) {
            Ok(sprint) => talk.take(sprint),
            Err(
                AdvanceError::StaleTimer { session: back, .. }
                | AdvanceError::StaleCall { session: back, .. }
                | AdvanceError::Expired { session: back },
            ) => {
                assert_eq!(*back, session);
                if session.expired(talk.now) {
                    talk.session = None;
                }
            }
            Err(other) => panic!("{other}"),
        }
        let stored = serde_json::to_string(&talk.session).unwrap();
        assert!(stored.len() < 16 * 1024, "{} bytes: {stored}", stored.len());
    }
    for card in ["Start", "Place", "Menu", "Topics", "Give", "Help", "Late", "Child"] {
        assert!(cards.contains(card), "the story never came to {card}: {cards:?}");
    }
}
