//! What a session waits for, and what becomes of it when something else happens.

use jiff::SignedDuration;
use journey::{
    AdvanceError, Attachment, CallOutcome, Effect, Input, Message, Reply, Session, TraceEvent, Wait, advance, restart,
    stop,
};
use serde_json::json;

use crate::talk::{Shelf, Talk};

const PAGES: &str = r#"
card Start, then: Show do
  page = get("https://example.org/page")
end

card Show when page.ok, then: Pause do
  text("@page.body.title")
end

card Show, then: Pause do
  text("Nada: @page.error")
end

card Pause, then: Ask do
  wait(60)
end

card Ask do
  answer = ask("¿Te sirvió?")
  text("Dijiste @answer")
end
"#;

fn session(talk: &Talk) -> Session {
    talk.session.clone().unwrap()
}

#[test]
fn a_reply_while_it_waits_for_something_else_changes_nothing() {
    let mut talk = Talk::with(PAGES);
    let before = session(&talk);
    for reply in [Reply::text("hola?"), Reply::of_kind("sticker"), Reply::tap("00000000.0", "Sí")] {
        talk.reply(reply);
        assert_eq!((session(&talk), talk.effects.len()), (before.clone(), 0));
        assert_eq!(talk.told(), ["A message came while the journey waited for something else."]);
    }
    talk.responds(200, r#"{"title": "Agua"}"#);
    assert_eq!(talk.shown(), ["text: Agua"]);
    let before = session(&talk);
    talk.say("¿y?");
    assert_eq!((session(&talk), talk.effects.len()), (before, 0));
    talk.ring();
    assert_eq!(talk.shown(), ["text: ¿Te sirvió?"]);
    talk.say("sí");
    assert_eq!(talk.shown(), ["text: Dijiste sí"]);
}

#[test]
fn a_pause_whose_alarm_is_late_ends_with_the_next_message() {
    let mut talk = Talk::with(PAGES);
    talk.responds(500, "");
    talk.now += SignedDuration::from_secs(60);
    talk.say("¿hola?");
    assert_eq!(talk.shown(), ["text: ¿Te sirvió?"], "what came before the question is no answer to it");
}

#[test]
fn a_service_that_cannot_be_used_is_an_answer_too() {
    let failed = |reason: &str| CallOutcome::Failed { reason: reason.to_owned() };
    for (outcome, shown) in [
        (failed("the address is private"), "text: Nada: the address is private"),
        (
            CallOutcome::Response { status: 200, body: "a".repeat(1024 * 1024 + 1) },
            "text: Nada: the answer is larger than 1024 KB",
        ),
        (CallOutcome::Response { status: 404, body: "<html>".into() }, "text: Nada: @page.error"),
        (CallOutcome::Response { status: 200, body: "[1, 2".into() }, "text: @page.body.title"),
    ] {
        let mut talk = Talk::with(PAGES);
        talk.answered(outcome);
        assert_eq!(talk.shown(), [shown]);
    }
}

#[test]
fn a_request_is_made_again_when_its_outcome_was_lost() {
    let mut talk = Talk::with(PAGES);
    let [Effect::Call(first)] = talk.effects.as_slice() else { panic!("{:?}", talk.effects) };
    let first = first.clone();
    talk.input(Input::Resume);
    let [Effect::Call(second)] = talk.effects.as_slice() else { panic!("{:?}", talk.effects) };
    assert_eq!((&second.url, session(&talk).wait), (&first.url, Wait::Call { id: second.id }));
    assert_ne!(first.id, second.id);

    let (nothing, outcome) = (json!({}).into(), CallOutcome::Failed { reason: "late".into() });
    let late = Input::Call { wait: first.id, outcome };
    let stale = advance(&talk.shelf, session(&talk), late, &talk.env(&nothing, &nothing)).unwrap_err();
    assert_eq!(stale, AdvanceError::StaleCall { wait: first.id, session: Box::new(session(&talk)) });
    for wait in [Input::Timer { wait: second.id }, Input::Timer { wait: first.id }] {
        let stale = advance(&talk.shelf, session(&talk), wait, &talk.env(&nothing, &nothing)).unwrap_err();
        assert!(matches!(stale, AdvanceError::StaleTimer { .. }), "{stale}");
    }
}

#[test]
fn the_trace_says_how_long_a_request_took_and_why_a_journey_began() {
    let talk = Talk::with(PAGES);
    let nothing = json!({}).into();
    let wait = session(&talk).wait.id();
    let outcome = CallOutcome::Response { status: 200, body: "{}".into() };
    let env = talk.env(&nothing, &nothing);
    let sprint = advance(&talk.shelf, session(&talk), Input::Call { wait, outcome }, &env).unwrap();
    let sprint = sprint.after_call_of(340).because("Ana asked for it.");
    assert_eq!(sprint.trace[0].to_string(), "Ana asked for it.");
    assert_eq!(sprint.trace[1].to_string(), "Card \"Start\" (line 4): the service answered 200 (in 340 ms).");
}

const TIMED: &str = r#"
interaction_timeout(60, then: Late)

card Menu, then: Menu do
  buttons([Yes]) do
    text("¿Seguimos?")
  end
end

card Yes do
  text("Bien")
end

card Late do
  text("Te esperamos otro día")
end
"#;

#[test]
fn the_card_for_no_reply_follows_the_alarm() {
    let mut talk = Talk::with(TIMED);
    assert!(session(&talk).wait.wakes(), "the host is to set an alarm");
    talk.ring();
    assert_eq!(talk.shown(), ["text: Te esperamos otro día"]);
    assert_eq!(talk.told()[..2], ["No reply came in time.", "Card \"Late\" (line 15)."]);
    assert!(talk.is_over());
}

#[test]
fn a_reply_between_the_deadline_and_the_alarm_counts() {
    let mut talk = Talk::with(TIMED);
    talk.now += SignedDuration::from_secs(90);
    talk.tap("Yes");
    assert_eq!(talk.shown(), ["text: Bien"]);

    let mut talk = Talk::with(TIMED);
    let nothing = json!({}).into();
    talk.now += SignedDuration::from_secs(60 + 10 * 60);
    assert!(session(&talk).expired(talk.now), "an alarm that late was lost");
    let late = advance(&talk.shelf, session(&talk), Input::Reply(Reply::text("Yes")), &talk.env(&nothing, &nothing));
    assert!(matches!(late, Err(AdvanceError::Expired { .. })));
}

#[test]
fn a_called_journey_may_leave_the_card_for_no_reply_to_its_caller() {
    let child = "interaction_timeout(30)\ncard Child do\n  ask(\"¿?\")\nend";
    let main = "interaction_timeout(60, then: Late)\ncard A, then: Late do\n  run_stack(\"child\")\nend\ncard Late do\n  text(\"tarde\")\nend";
    let mut talk = Talk::on(Shelf::default().with("main", main).with("child", child), json!({}));
    assert_eq!(session(&talk).wait.deadline(), Some(talk.now + SignedDuration::from_secs(30)));
    talk.ring();
    assert_eq!(talk.shown(), ["text: tarde"]);
}

/// Two questions, each with its own time and its own card for when nobody answers.
const EACH: &str = r#"
interaction_timeout(600, then: Bye)

card One, timeout: 60, on_timeout: LateOne, then: Two do
  one = ask("¿uno?")
end

card Two, timeout: 120, on_timeout: LateTwo, then: Three do
  two = ask("¿dos?")
end

card Three, timeout: 30, then: Four do
  three = ask("¿tres?")
end

card Four, on_timeout: LateOne do
  four = ask("¿cuatro?")
end

card LateOne, then: Two do
  text("tarde, uno")
end

card LateTwo, then: Three do
  text("tarde, dos")
end

card Bye do
  text("adiós")
end
"#;

#[test]
fn each_question_may_have_a_time_of_its_own() {
    let mut talk = Talk::with(EACH);
    let waits = |talk: &Talk, seconds: i64| {
        let wait = session(talk).wait;
        assert_eq!(wait.deadline(), Some(talk.now + SignedDuration::from_secs(seconds)));
        assert!(wait.wakes());
        assert!(session(talk).claims(talk.now + SignedDuration::from_secs(seconds - 1)), "nobody else takes it over");
    };
    waits(&talk, 60);
    assert_eq!(talk.ring().shown(), ["text: tarde, uno", "text: ¿dos?"]);
    waits(&talk, 120);
    assert_eq!(talk.ring().shown(), ["text: tarde, dos", "text: ¿tres?"]);
    waits(&talk, 30);
    assert_eq!(talk.say("3").shown(), ["text: ¿cuatro?"]);
    waits(&talk, 600);
    assert_eq!(talk.ring().shown(), ["text: tarde, uno", "text: ¿dos?"]);
    talk.say("2");
    assert_eq!(talk.ring().shown(), ["text: adiós"], "without a card of its own, that of the journey");
    assert!(talk.is_over());
}

#[test]
fn a_card_says_what_follows_when_nobody_answers_the_journey_it_runs() {
    let child = "interaction_timeout(30)\ncard Child do\n  ask(\"¿?\")\nend";
    let main = "card A, on_timeout: Late do\n  run_stack(\"child\")\nend\ncard Late do\n  text(\"tarde\")\nend";
    let shelf = || Shelf::default().with("main", main).with("child", child);
    let mut talk = Talk::on(shelf(), json!({}));
    assert!(session(&talk).wait.wakes());
    assert_eq!(talk.ring().shown(), ["text: tarde"]);
    let mut talk = Talk::on(shelf(), json!({}));
    assert_eq!(talk.say("sí").shown(), [""; 0]);
    assert!(talk.is_over());
}

#[test]
fn somebody_lets_the_journey_go_on() {
    let mut talk = Talk::with(TIMED);
    talk.input(Input::Resume);
    assert_eq!(talk.shown(), ["buttons: ¿Seguimos? [\"Yes\"]"], "a question is asked again");
    let mut talk = Talk::with("card A do\n  wait(3600)\n  text(\"listo\")\nend");
    talk.input(Input::Resume);
    assert_eq!(talk.shown(), ["text: listo"], "a pause ends");

    let handed = "card A do\n  hand_over(\"ayuda\", wait: true)\n  text(\"de vuelta\")\nend";
    let mut talk = Talk::with(handed);
    assert_eq!(talk.effects, [Effect::HandOver { reason: Some("ayuda".into()) }]);
    assert_eq!((session(&talk).wait.deadline(), session(&talk).wait.wakes()), (None, false));
    talk.say("hola");
    assert_eq!(talk.shown(), ["text: de vuelta"], "a message after the hand-back is enough");
}

#[test]
fn somebody_restarts_or_stops_the_journey() {
    let mut talk = Talk::with("card A do\n  x = ask(\"¿uno?\")\n  y = ask(\"¿dos? @x\")\nend");
    talk.say("1");
    assert_eq!(talk.shown(), ["text: ¿dos? 1"]);
    let nothing = json!({}).into();
    let sprint = restart(&talk.shelf, &session(&talk), &talk.env(&nothing, &nothing)).unwrap();
    talk.take(sprint);
    assert_eq!(talk.shown(), ["text: ¿uno?"]);
    let stopped = stop(&talk.env(&nothing, &nothing));
    assert_eq!((stopped.session, stopped.effects, stopped.trace), (None, vec![], vec![TraceEvent::Stopped]));

    talk.shelf = Shelf::default();
    assert!(restart(&talk.shelf, &session(&talk), &talk.env(&nothing, &nothing)).is_err());
}

#[test]
fn a_journey_lets_go_of_the_conversation_before_it_ends() {
    let talk = Talk::with("interaction_timeout(600)\nclaim_timeout(60)\ncard A do\n  ask(\"¿?\")\nend");
    let after = |seconds| talk.now + SignedDuration::from_secs(seconds);
    let session = session(&talk);
    assert_eq!([59, 60, 599].map(|seconds| session.claims(after(seconds))), [true, false, false]);
    assert_eq!([59, 599, 600].map(|seconds| session.expired(after(seconds))), [false, false, true]);
    let whole = Talk::with("claim_timeout(900)\ncard A do\n  ask(\"¿?\")\nend").session.unwrap();
    assert!(whole.claims(after(299)) && !whole.claims(after(300)), "no longer than the journey itself");
    let stored = serde_json::to_string(&whole).unwrap();
    assert!(!stored.contains("\"c\":1"), "{stored}");
}

#[test]
fn the_same_message_does_not_go_out_for_ever() {
    let echo = "card A, then: A do\n  buttons([\"Sí\"]) do\n    text(\"Elige\")\n  end\nend";
    let mut talk = Talk::with(echo);
    let mut sent = talk.effects.len();
    for number in 0..40 {
        talk.say(&format!("soy un robot {number}"));
        sent += talk.effects.len();
    }
    assert_eq!(sent, 20);
    assert!(talk.told().last().unwrap().ends_with("the same went out too often in five minutes."));
    assert!(!talk.is_over(), "the person's place is not lost");
    talk.start("main");
    assert_eq!(talk.effects, [], "nor does a new session begin the count again");
    talk.now += SignedDuration::from_secs(300);
    talk.start("main");
    assert_eq!(talk.effects.len(), 1);
}

#[test]
fn nothing_goes_on_for_ever_without_a_reply() {
    let circles = [
        "card A, then: A do\n  x = get(\"https://example.org\")\nend",
        "card A, then: A do\n  wait(1)\nend",
        "interaction_timeout(60, then: A)\ncard A do\n  ask(\"¿Sigues ahí, @rand_between(1, 100000)?\")\nend",
    ];
    for notebook in circles {
        let mut talk = Talk::with(notebook);
        let mut rounds = 0;
        while let Some(session) = &talk.session {
            rounds += 1;
            match session.wait {
                Wait::Call { .. } => talk.responds(200, "{}"),
                _ => talk.ring(),
            };
        }
        assert_eq!(rounds, 51, "{notebook}");
        assert!(talk.told().iter().any(|line| line.contains("went on too long without a reply")), "{:?}", talk.told());
    }
    let mut talk = Talk::with("card A, then: A do\n  wait(1)\n  ask(\"¿@rand_between(1, 100000)?\")\nend");
    for _ in 0..60 {
        talk.ring().say("sí");
    }
    assert!(!talk.is_over(), "a reply begins the count again");
}

#[test]
fn a_body_that_is_no_json_any_more_is_told() {
    let notebook = "card A do\n  x = ask(\"¿?\")\n  post(\"https://example.org\", body: \"\"\"\n  {\"x\": \"@x\"}\n  \"\"\")\n  post(\"https://example.org\", body: \"\"\"\n  {\"x\": @json(x)}\n  \"\"\")\nend";
    let mut talk = Talk::with(notebook);
    talk.say("dijo \"no\"");
    assert!(talk.told().iter().any(|line| line.contains("The body looks like JSON but is none")), "{:?}", talk.told());
    talk.responds(400, "");
    let [Effect::Call(call)] = talk.effects.as_slice() else { panic!("{:?}", talk.effects) };
    assert_eq!(call.body.as_deref(), Some("{\"x\": \"dijo \\\"no\\\"\"}"));
    assert!(!talk.told().iter().any(|line| line.contains("looks like JSON")), "{:?}", talk.told());
}

#[test]
fn a_large_answer_can_be_worked_with_but_is_not_kept() {
    let notebook = "card A do\n  page = get(\"https://example.org\")\n  first = page.body[0]\n  text(\"@count(page.body) @first.title\")\n  ask(\"¿?\")\n  text(\"@page.status @page.ok @is_error(page.body) @first.title\")\nend";
    let mut talk = Talk::with(notebook);
    let body =
        json!((0..1000).map(|n| json!({"title": format!("Tema {n}"), "text": "x".repeat(150)})).collect::<Vec<_>>());
    talk.responds(200, &body.to_string());
    assert_eq!(talk.shown()[0], "text: 1000 Tema 0");
    let stored = serde_json::to_string(&talk.session).unwrap();
    assert!(stored.len() < 1024, "{} bytes", stored.len());
    assert!(
        talk.told()
            .last()
            .unwrap()
            .contains("`page.body` was not kept while the journey waits: what is kept has 128 KB")
    );
    talk.say("x");
    assert_eq!(talk.shown(), ["text: 200 true true Tema 0"]);
}

#[test]
fn all_variables_together_stay_within_bounds() {
    let mut notebook = "card A do\n".to_owned();
    for number in 0..9 {
        notebook.push_str(&format!("  v{number} = rept(\"ab\", {})\n", 10_000 - number));
    }
    notebook.push_str("  ask(\"¿?\")\n  text(\"@is_error(v0) @is_error(v8)\")\nend");
    let mut talk = Talk::with(&notebook);
    let stored = serde_json::to_string(&talk.session).unwrap();
    assert!(stored.len() < 130 * 1024, "{} bytes", stored.len());
    talk.say("x");
    assert_eq!(talk.shown(), ["text: true false"], "the largest goes first");
}

#[test]
fn what_nests_ever_deeper_is_given_up_before_it_cannot_be_read_back() {
    let mut talk = Talk::with("card A, then: B do\n  x = 0\nend\ncard B, then: B do\n  x = [x]\n  ask(\"¿?\")\nend");
    for _ in 0..200 {
        talk.say("más");
        assert!(!talk.is_over());
    }
}

#[test]
fn a_session_stays_on_its_revision_unless_it_is_told_to_move() {
    let revision = |text: &str, more: &str| {
        format!(
            "card A, then: B do\n  x = ask(\"{text} uno\")\n  y = ask(\"{text} dos @x\")\nend\n{more}\ncard B do\n  z = ask(\"{text} tres @y\")\nend"
        )
    };
    for (migrate, last) in [(false, "text: viejo tres 2"), (true, "text: nuevo tres 2")] {
        let mut talk = Talk::on(Shelf::default().with("main", &revision("viejo", "")), json!({}));
        talk.shelf = std::mem::take(&mut talk.shelf).with("main", &revision("nuevo", "card Other do\nend"));
        talk.shelf.migrate = migrate;
        talk.say("1");
        assert_eq!(talk.shown(), ["text: viejo dos 1"], "a card that has begun is finished as it began");
        talk.say("2");
        assert_eq!(talk.shown(), [last]);
        assert_eq!(session(&talk).frames[0].revision, if migrate { 2 } else { 1 });
        assert_eq!(talk.told().contains(&"Journey `main` goes on with revision 2.".to_owned()), migrate);
    }
}

#[test]
fn a_session_whose_card_is_gone_stays_on_its_revision() {
    let mut talk = Talk::with("card A, then: B do\n  ask(\"uno\")\nend\ncard B do\n  text(\"viejo\")\nend");
    talk.shelf = std::mem::take(&mut talk.shelf).with("main", "card A do\n  text(\"nuevo\")\nend");
    talk.shelf.migrate = true;
    talk.say("1");
    assert_eq!(talk.shown(), ["text: viejo"]);
}

#[test]
fn an_experiment_leads_each_contact_one_way() {
    let notebook = "card A do\n  experiment(\"greeting\", Short: 75, Long: 25, Never: 0)\nend\ncard Short do\n  ask(\"corto\")\nend\ncard Long do\n  ask(\"largo\")\nend\ncard Never do\n  ask(\"nunca\")\nend";
    let mut talk = Talk::with(notebook);
    let mut short = 0;
    for number in 0..2000 {
        talk.contact_id = format!("contact-{number}");
        let mut ways = Vec::new();
        for _ in 0..2 {
            talk.now += SignedDuration::from_secs(301);
            talk.start("main");
            ways.push(talk.shown());
        }
        assert_eq!(ways[0], ways[1]);
        short += i32::from(ways[0].contains(&"text: corto".to_owned()));
        assert!(!ways[0].contains(&"text: nunca".to_owned()));
    }
    assert!((1420..1580).contains(&short), "{short} of 2000 for three in four");
    let renamed = Talk::with(&notebook.replace("greeting", "other"));
    assert!(matches!(&renamed.effects[0], Effect::WriteResult { key, .. } if key == "other"));
}

#[test]
fn forms_bring_what_was_filled_in() {
    let mut talk = Talk::with(
        "card A do\n  form = whatsapp_flow(\"1\", \"Abrir\") do\n    text(\"Formulario\")\n  end\n  text(\"@form.name: @json(form)\")\nend",
    );
    let [Effect::Send(Message::Flow { token, .. })] = talk.effects.as_slice() else { panic!("{:?}", talk.effects) };
    let response = format!("{{\"name\": \"Eva\", \"topics\": [\"a\", \"b\"], \"flow_token\": \"{token}\"}}");
    talk.reply(Reply::with("interactive", Attachment::Form { response: &response }));
    assert_eq!(talk.shown(), ["text: Eva: {\"name\":\"Eva\",\"topics\":[\"a\",\"b\"]}"]);
}

#[test]
fn a_function_in_a_variable_is_not_kept_while_the_journey_waits() {
    let mut talk = Talk::with(
        "card A, then: B do\n  double = & &1 * 2\n  text(\"@(map([1], double))\")\n  ask(\"?\")\nend\n\
         card B do\n  text(\"@(is_nil_or_empty(double))\")\nend",
    );
    assert!(talk.shown()[0].ends_with(": 2"), "{:?}", talk.shown());
    let told = talk.told();
    let expected = "`double` is a function, and not kept while the journey waits. Write it where it is used.";
    assert!(told.iter().any(|line| line.contains(expected)), "{told:?}");
    assert_eq!(talk.say("x").shown(), ["text: true"]);
}
