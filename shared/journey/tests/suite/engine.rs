//! The engine: bad input first, then what it promises.

use jiff::SignedDuration;
use journey::{
    AdvanceError, Budget, CallOutcome, Effect, Env, Input, Message, Reply, StartError, TraceEvent, Wait, advance, start,
};
use serde_json::json;

use crate::talk::{Shelf, Talk};

const MENU: &str = r#"
card Menu, then: Lost do
  buttons(Yes: "Sí", No: "No") do
    text("¿Seguimos?")
  end
end

card Lost, then: Lost do
  buttons(Yes: "Sí", No: "No") do
    text("Elige un botón")
  end
end

card Yes do
  text("Bien")
end

card No do
  text("Adiós")
end
"#;

#[test]
fn a_variable_without_a_value_shows_nothing_and_fulfils_no_condition() {
    let code = "card A do\n  text(\"[@job] [@Page] [@(job)] [@(upper(job))] [@other] [@(1 + 1)]\")\n  \
                then(B when job == \"x\")\n  then(C when is_nil_or_empty(job))\nend\ncard B do\n  job = ask(\"?\")\n  \
                page = get(\"https://a.example\")\nend\ncard C do\n  text(\"unset\")\nend";
    let talk = crate::talk::Talk::with(code);
    assert_eq!(talk.shown(), ["text: [] [] [] [] [@other] [2]", "text: unset"]);
}

#[test]
fn a_journey_that_is_not_there_does_not_start() {
    let talk = Talk::idle(Shelf::default(), json!({}));
    let env = Env::at(talk.now);
    assert_eq!(start(&talk.shelf, "nowhere", &env), Err(StartError::UnknownJourney("nowhere".into())));
}

#[test]
fn input_that_does_not_concern_the_session_changes_nothing() {
    let talk = Talk::with(MENU);
    let session = talk.session.clone().unwrap();
    let env = |seconds| Env { seed: 1, ..Env::at(talk.now + SignedDuration::from_secs(seconds)) };
    let back = Box::new(session.clone());
    let attempt = |input, seconds| advance(&talk.shelf, session.clone(), input, &env(seconds)).unwrap_err();
    let stale = session.wait.id() ^ 1;
    assert_eq!(
        attempt(Input::Timer { wait: stale }, 10),
        AdvanceError::StaleTimer { wait: stale, session: back.clone() }
    );
    let call = Input::Call { wait: session.wait.id(), outcome: CallOutcome::Failed { reason: "late".into() } };
    let wait = session.wait.id();
    assert_eq!(attempt(call, 10), AdvanceError::StaleCall { wait, session: back.clone() });
    assert_eq!(attempt(Input::Reply(Reply::text("Sí")), 300), AdvanceError::Expired { session: back.clone() });

    let mut moved = session.clone();
    moved.frames[0].revision = 9;
    let lost = advance(&talk.shelf, moved.clone(), Input::Reply(Reply::text("Sí")), &env(10)).unwrap_err();
    let journey = journey::JourneyId::from("main");
    assert_eq!(lost, AdvanceError::UnknownRevision { journey: journey.clone(), revision: 9, session: Box::new(moved) });
    for (card, statement) in [(99, 0), (0, 99), (usize::MAX, usize::MAX)] {
        let mut moved = session.clone();
        (moved.frames[0].card, moved.frames[0].statement) = (card, statement);
        let lost = advance(&talk.shelf, moved.clone(), Input::Reply(Reply::text("Sí")), &env(10)).unwrap_err();
        assert_eq!(lost, AdvanceError::UnknownPlace { journey: journey.clone(), session: Box::new(moved) });
    }

    let ended = advance(&talk.shelf, session.clone(), Input::Timer { wait: session.wait.id() }, &env(300)).unwrap();
    assert_eq!((ended.session, ended.effects, ended.trace), (None, vec![], vec![TraceEvent::TimedOut]));
}

#[test]
fn an_old_button_is_not_a_new_one() {
    let mut talk = Talk::with(MENU);
    let (old, title) = talk.choices().remove(0);
    talk.say("what?");
    assert_eq!(talk.shown(), ["buttons: Elige un botón [\"Sí\", \"No\"]"]);
    talk.reply(Reply::tap(&old, &title));
    assert_eq!(talk.shown(), ["buttons: Elige un botón [\"Sí\", \"No\"]"], "neither its id nor its title counts");
    assert_eq!(
        talk.told(),
        [
            "Card \"Lost\": a button of an earlier message was tapped.",
            "Card \"Lost\": a text came.",
            "Card \"Lost\": the question is asked again."
        ]
    );
    talk.tap("No");
    assert_eq!(talk.shown(), ["text: Adiós"]);
    assert!(talk.is_over());
}

#[test]
fn a_new_session_has_other_ids() {
    let mut talk = Talk::with(MENU);
    let first = talk.choices();
    talk.start("main");
    assert!(first.iter().all(|(id, _)| !talk.choices().iter().any(|(other, _)| other == id)));
}

#[test]
fn what_is_no_choice_follows_then_or_ends() {
    for reply in [Reply::text(""), Reply::of_kind("sticker"), Reply::of_kind("image"), Reply::default()] {
        let mut talk = Talk::with(MENU);
        talk.reply(reply);
        assert_eq!(talk.shown(), ["buttons: Elige un botón [\"Sí\", \"No\"]"], "{reply:?}");
    }
    let mut talk =
        Talk::with("card A do\n  buttons([B]) do\n    text(\"?\")\n  end\nend\ncard B do\n  text(\"b\")\nend");
    talk.say("no");
    assert!(talk.is_over() && talk.effects.is_empty());
    assert_eq!(
        talk.told(),
        [
            "Card \"A\": a text came.",
            "Card \"A\": that is none of the choices: nothing follows it; add `then:` to the card, or `invalid_input`.",
            "The journey ended."
        ]
    );
}

#[test]
fn a_missing_default_is_told() {
    let mut talk = Talk::with("card A, then: B do\nend\ncard B when 1 > 2 do\nend\ncard B when oops + 1 > 2 do\nend");
    assert!(talk.is_over());
    assert_eq!(
        talk.told()[2..],
        [
            "Card \"B\" (line 6): `oops + 1 > 2`: attribute is not found: `oops`.",
            "Card \"B\" is missing a default exit.",
            "The journey ended."
        ]
    );
    talk.start("main");
}

#[test]
fn without_a_default_it_goes_on_where_the_first_card_leads() {
    let code = "card A, then: B do\nend\ncard B when 1 > 2, then: C do\n  text(\"one\")\nend\n\
                card B when 2 > 3, then: D do\n  text(\"two\")\nend\ncard C do\n  text(\"C\")\nend\ncard D do\n  text(\"D\")\nend";
    let talk = Talk::with(code);
    let told = "{\"effect\":\"log\",\"message\":\"Card \\\"B\\\" is missing a default exit.\"}";
    assert_eq!(talk.shown(), [told, "text: C"]);
    assert!(talk.told().contains(&"Card \"B\" is missing a default exit.".to_owned()), "{:?}", talk.told());

    // Also where the journey begins, where it returns to its caller, and where it would never end.
    assert_eq!(Talk::with(&code.replace("card A, then: B do\nend\n", "")).shown(), [told, "text: C"]);
    let child = code.replace("text(\"C\")", "text(\"from the child\")");
    let parent = "card A do\n  run_stack(\"child\")\n  text(\"and back\")\nend";
    let talk = Talk::on(Shelf::default().with("main", parent).with("child", &child), json!({}));
    assert_eq!(talk.shown(), [told, "text: from the child", "text: and back"]);
    let ring = Talk::with("card A, then: B do\nend\ncard B when 1 > 2, then: B do\nend");
    assert!(ring.is_over() && ring.told().iter().any(|line| line.contains("circles")));
}

#[test]
fn guards_are_tried_in_source_order_and_the_default_last() {
    let notebook = "card A, then: B do\n  x = XX\nend\ncard B do\n  text(\"default\")\nend\ncard B when x > 1 do\n  text(\"many\")\nend\ncard B when x == 1 or x == 2 do\n  text(\"one\")\nend\ncard B when x + 1 do\n  text(\"a number is no truth\")\nend";
    for (x, text) in [("0", "default"), ("1", "one"), ("2", "many")] {
        let talk = Talk::with(&notebook.replace("XX", x));
        assert_eq!(talk.shown(), [format!("text: {text}")]);
    }
}

#[test]
fn what_goes_in_circles_is_stopped() {
    let budgets = [
        ("card A, then: A do\nend", Budget::Blocks),
        ("card A, then: A do\n  text(\"again\")\nend", Budget::Blocks),
        ("card A do\n  run_stack(\"main\")\n  text(\"after\")\nend", Budget::Depth),
        ("card A do\n  run_stack(\"main\")\nend", Budget::Blocks),
        ("card A, then: A do\n  x = map(1..100000, &map(1..100000, &(&1 * 2)))\n  text(\"x\")\nend", Budget::Work),
        ("card A do\n  n = 0\n  then(B)\nend\ncard B, then: B do\n  n = n + 1\n  text(\"@n\")\nend", Budget::Output),
        ("card A, then: A do\n  text(rept(\"abc\", 3000))\nend", Budget::Output),
    ];
    for (notebook, budget) in budgets {
        let talk = Talk::with(notebook);
        assert!(talk.is_over(), "{notebook}");
        assert!(talk.effects.len() <= 50, "{notebook}");
        let found = talk.trace.iter().find_map(|event| match event {
            TraceEvent::BudgetExceeded { budget, .. } => Some(*budget),
            _ => None,
        });
        assert_eq!(found, Some(budget), "{notebook}: {:#?}", talk.told());
    }
}

#[test]
fn a_statement_that_is_not_run_yet_fails_and_the_journey_goes_on() {
    let code = "card A do\n  quiz = app(\"quiz\", \"next\")\n  then(B when quiz.success)\n  \
        text(\"sin [@quiz.result.title]: @quiz.error\")\nend\ncard B do\n  text(\"con\")\nend";
    let talk = Talk::with(code);
    assert_eq!(talk.shown(), ["text: sin []: `app` is not supported yet"]);
    assert!(talk.told().iter().any(|line| line.ends_with("`app` does nothing here yet.")), "{:?}", talk.told());
}

#[test]
fn an_empty_parameter_of_a_template_and_one_that_fails_leave_the_others() {
    let code = "card A do\n  send_message_template(\"t\", \"es\", \
        [\"@contact.name\", contact.nick, \"@(1 / 0)\", 1 / 0, 7])\nend";
    let talk = Talk::on(Shelf::default().with("main", code), json!({"name": "Ana", "nick": ""}));
    let [Effect::Send(Message::Template { parameters, .. })] = talk.effects.as_slice() else {
        panic!("{:?}", talk.effects)
    };
    assert_eq!(parameters, &["Ana", "-", "@(1 / 0)", "-", "7"]);
    assert!(talk.told().iter().any(|line| line.contains("Parameter 2 of the template is empty")), "{:?}", talk.told());
}

#[test]
fn children_return_with_their_own_variables() {
    let shelf = Shelf::default()
        .with("main", "card A do\n  x = 1\n  run_stack(\"child\")\n  text(\"x is @x\")\n  run_stack(\"child\")\nend")
        .with("child", "card A do\n  x = ask(\"child?\")\n  update_contact(answer: x)\nend");
    let mut talk = Talk::on(shelf, json!({}));
    assert_eq!(talk.session.as_ref().unwrap().frames.len(), 2);
    talk.say("7");
    assert_eq!(
        talk.shown(),
        ["{\"effect\":\"set_field\",\"name\":\"answer\",\"value\":7}", "text: x is 1", "text: child?"]
    );
    assert_eq!(talk.session.as_ref().unwrap().frames.len(), 1, "a caller with nothing left to do is not kept");
    talk.say("8");
    assert!(talk.is_over());
}

#[test]
fn sessions_are_small_and_hold_no_program() {
    let talk = Talk::with(MENU);
    let session = talk.session.as_ref().unwrap();
    let stored = serde_json::to_string(session).unwrap();
    assert!(stored.len() < 160, "{} bytes: {stored}", stored.len());
    let Wait::Reply { deadline, wakes, .. } = &session.wait else { panic!("{stored}") };
    assert_eq!(*deadline, Some(talk.now + SignedDuration::from_secs(300)));
    assert!(!wakes);
}

#[test]
fn values_of_every_kind_survive_in_the_session() {
    let mut talk = Talk::with(
        "card A do\n  day = date(2026, 3, 1)\n  moment = now()\n  list = [1, 2.5, \"x\", nil, true]\n  range = 1..3\n  ask(\"?\")\n  text(\"@day|@moment|@list|@range|@(year(day))|@count(list)\")\nend",
    );
    talk.say("x");
    assert_eq!(talk.shown(), ["text: 2026-03-01|2026-03-01T10:00:00Z|12.5xtrue|1..3|2026|5"]);
}

#[test]
fn dictionaries_and_tables_are_data() {
    let notebook = "<!--\n dictionary: \"config\"\nversion: \"0.1.0\"\ncolumns: []\n-->\n\n| Key | Value |\n| --- | --- |\n| city | Quito |\n\n<!--\n table: \"topics\"\nversion: \"0.1.0\"\ncolumns: []\n-->\n\n| name | tag |\n| --- | --- |\n| Agua | water |\n| Sol | sun |\n\n```stack\ncard A do\n  topic = list(\"Ver\", B, map(topics.rows, &[&1.tag, &1.name])) do\n    text(\"En @config.items.city\")\n  end\nend\ncard B do\n  text(\"@topic\")\nend\n```";
    let mut talk = Talk::with(notebook);
    assert_eq!(talk.shown(), ["list: En Quito <Ver> [\"Agua\", \"Sol\"]"]);
    talk.tap("Sol");
    assert_eq!(talk.shown(), ["text: sun"]);
}

#[test]
fn the_same_step_twice_is_the_same_step() {
    let mut first = Talk::with(MENU);
    let mut second = Talk::with(MENU);
    first.say("x");
    second.say("x");
    assert_eq!((first.session, first.effects, first.trace), (second.session, second.effects, second.trace));
}

#[test]
fn triggers_say_whether_they_match() {
    let shelf = Shelf::default().with(
        "main",
        "trigger(on: \"MESSAGE RECEIVED\") when has_only_phrase(event.message.text.body, \"hola\")\ntrigger(on: \"MESSAGE RECEIVED\") when has_phrase(event.message.text.body, \"ayuda\")\ntrigger(on: \"MESSAGE RECEIVED\") when event.nothing > 1\ntrigger(on: \"CATCH ALL\")\ncard A do\nend",
    );
    let program = &shelf.programs[0].1;
    let matches = |body: &str| {
        let event = json!({"message": {"text": {"body": body}}}).into();
        let env = Env { event: &event, ..Env::at(jiff::Timestamp::UNIX_EPOCH) };
        program.triggers().iter().map(|trigger| trigger.matches(&env)).collect::<Vec<_>>()
    };
    assert_eq!(matches(" Hola "), [true, false, false, true]);
    assert_eq!(matches("necesito ayuda"), [false, true, false, true]);
    let narrowness: Vec<u32> = program.triggers().iter().map(journey::Trigger::specificity).collect();
    assert!(narrowness.is_sorted_by(|left, right| left > right), "{narrowness:?}");
}

#[test]
fn programs_and_sessions_may_cross_threads() {
    fn crosses<T: Send + Sync>() {}
    crosses::<journey::Program>();
    crosses::<journey::Session>();
    crosses::<journey::Sprint>();
}

#[test]
fn what_is_too_long_arrives_in_parts() {
    let notebook = "card A do\n  update_contact(NAME: \"Eva\")\n  text(rept(\"palabra \", 600))\n  buttons([\"Sí\"]) do\n    text(\"@contact.name @(rept('palabra ', 200))\")\n  end\nend";
    let mut talk = Talk::with(notebook);
    let lengths: Vec<usize> = talk
        .effects
        .iter()
        .filter_map(|effect| match effect {
            journey::Effect::Send(journey::Message::Text { body } | journey::Message::Buttons { body, .. }) => {
                Some(body.chars().count())
            }
            _ => None,
        })
        .collect();
    assert_eq!(lengths, [4095, 703, 1019, 583]);
    assert!(talk.shown()[3].starts_with("text: Eva palabra"));
    talk.tap("Sí");

    let empty = Talk::with("card A do\n  buttons([\"Sí\"]) do\n    text(\"@contact.nothing_here\")\n  end\nend");
    assert_eq!(empty.choices().len(), 1);
    let empty = Talk::with("card A do\n  x = nil\n  buttons([\"Sí\"]) do\n    text(x)\n  end\nend");
    assert_eq!(empty.shown(), ["buttons: … [\"Sí\"]"]);
    let none = Talk::with("card A do\n  x = buttons(filter([1], &(&1 > 1))) do\n    text(\"Elige\")\n  end\nend");
    assert_eq!(none.shown(), ["text: Elige"]);
    assert!(!none.is_over(), "whatever is written next is an answer");
}
