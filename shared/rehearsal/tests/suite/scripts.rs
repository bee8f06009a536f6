//! What is wrong with a script is shown at its line; what is wrong with a journey, with both sides of the conversation.

use rehearsal::script::{OpenError, Script};
use rehearsal::{Paint, report};

use crate::run;

#[test]
fn bad_scripts_are_refused_where_they_are_wrong() {
    let mut misplaced = Vec::new();
    for (script, line, column, message, hint) in [
        ("", 1, 1, "This file is empty", "Write `journey:`"),
        ("- start", 1, 1, "A map is expected here, not a list", "A script begins with `journey:`"),
        ("steps: [start]", 1, 1, "does not say which journey", "Begin with `journey: signup.md`."),
        ("journey: a.md", 1, 1, "The script has no steps", "Add `steps:`"),
        ("journey: a.md\nsteps:", 2, 6, "A list is expected here, not nothing", "Write `[a, b]`"),
        ("journey: a.md\nsteps: []", 2, 8, "The script has no steps", "Begin with `- start`"),
        ("journey: {}\nsteps: [start]", 1, 10, "This names no journey", "Write a file, or `{name: …}`."),
        ("journey: [a]\nsteps: [start]", 1, 10, "A text is expected here, not a list", ""),
        ("journey: a.md\nclok: x\nsteps: [start]", 2, 1, "A script has no `clok`", "Did you mean `clock`?"),
        ("journey: a.md\nclock: 10:00\nsteps: [start]", 2, 8, "`10:00` is not a moment", "2026-03-01T10:00:00Z"),
        ("journey: a.md\nseed: -1\nsteps: [start]", 2, 7, "`-1` is not a whole number from 0", ""),
        ("journey: a.md\ncontact: Ana\nsteps: [start]", 2, 10, "A map is expected here, not a text", ""),
        (
            "journey: a.md\nline: {a: 1}\nglobals: {line: {a: 2}}\nsteps: [start]",
            2,
            7,
            "`globals` has it already",
            "Leave one of them out.",
        ),
        ("journey: a.md\nsteps: [contact: {name: {start: A}}]", 2, 26, "`start` is no comparison", "`starts`"),
        ("journey: a.md\nhttp: [{method: get}]\nsteps: [start]", 2, 8, "needs the `url`", "`*` in it"),
        (
            "journey: a.md\nhttp: [{method: fetch, url: x}]\nsteps: [start]",
            2,
            17,
            "`fetch` is not an HTTP method",
            "get, post",
        ),
        ("journey: a.md\nhttp: [{url: x, status: 99}]\nsteps: [start]", 2, 25, "`99` is not an HTTP status", ""),
        ("journey: a.md\nhttp: [{url: x, json: 1, text: a}]\nsteps: [start]", 2, 32, "A response has one body", ""),
        ("journey: a.md\nhttp: [{url: x, fail: timeout, status: 500}]\nsteps: [start]", 2, 23, "no response came", ""),
        (
            "journey: a.md\nhttp: [{url: x, staus: 500}]\nsteps: [start]",
            2,
            17,
            "has no `staus`",
            "Did you mean `status`?",
        ),
        ("journey: a.md\nsteps: [begin]", 2, 9, "A script has no `begin`", "There are: start, user"),
        ("journey: a.md\nsteps: [finish]", 2, 9, "A script has no `finish`", "Did you mean `finished`?"),
        ("journey: a.md\nsteps: [start: 1]", 2, 16, "`start` stands alone", "Write `- start`."),
        ("journey: a.md\nsteps: [user]", 2, 9, "`user` of what?", "Write `- user: …`."),
        ("journey: a.md\nsteps:\n  - user: a\n    bot: {}", 4, 5, "A step does one thing", "Put `- ` before it"),
        ("journey: a.md\nsteps: [user: {imagen: {}}]", 2, 16, "has no `imagen`", "Did you mean `image`?"),
        ("journey: a.md\nsteps: [user: {image: {}, audio: {}}]", 2, 15, "A message is one thing", ""),
        ("journey: a.md\nsteps: [user: {location: {lat: 91, lon: 0}}]", 2, 32, "`91` is not a number of degrees", ""),
        ("journey: a.md\nsteps: [user: {location: {lat: 9}}]", 2, 26, "A location needs `lon`", ""),
        ("journey: a.md\nsteps: [tap: {}]", 2, 14, "This taps nothing", ""),
        ("journey: a.md\nsteps: [advance: 23]", 2, 18, "`23` is not a length of time", "`23h`"),
        ("journey: a.md\nsteps: [bot: Hola]", 2, 14, "The parts of a message have names", "Write `bot: {text: …}`."),
        ("journey: a.md\nsteps: [bot: {txt: Hola}]", 2, 15, "A message has no `txt`", "Did you mean `text`?"),
        ("journey: a.md\nsteps: [bot: {image: a, video: b}]", 2, 32, "A message has one file", ""),
        ("journey: a.md\nsteps: [bot: {list: {row: [a]}}]", 2, 22, "A list has no `row`", "Did you mean `rows`?"),
        ("journey: a.md\nsteps: [bot: {text: {matches: \"(\"}}]", 2, 31, "is not a regular expression", ""),
        ("journey: a.md\nsteps: [template: {text: a}]", 2, 20, "A template has no `text`", ""),
        ("journey: a.md\nsteps: [labels: help]", 2, 17, "A list is expected here", ""),
        ("journey: a.md\nsteps: [scheduled: [{in: 1h}]]", 2, 21, "Which journey is scheduled?", "Add `journey: …`."),
        ("journey: a.md\nsteps: [scheduled: [{journey: a, in: 1h, at: 2026-03-01T10:00:00Z}]]", 2, 46, "one time", ""),
    ] {
        let problems = Script::read(script).map(|_| ()).unwrap_err();
        let problem = &problems[0];
        assert_eq!(problems.len(), 1, "{script}\n{problems:#?}");
        assert!(problem.message.contains(message), "{script}\n{problem}");
        assert!(problem.hint.as_deref().unwrap_or_default().contains(hint), "{script}\n{problem}");
        if (problem.line, problem.column) != (line, column) {
            misplaced.push(format!("{script}\n{problem}"));
        }
    }
    assert_eq!(misplaced, Vec::<String>::new());
}

#[test]
fn a_header_with_nothing_behind_it_is_not_there() {
    let headers = "clock:\nseed:\nline:\ncontact:\nglobals: ~\nchildren:\nhttp: null\n";
    let read = |headers: &str| Script::read(&format!("journey: a.md\n{headers}steps: [start]")).unwrap();
    assert_eq!(format!("{:?}", read(headers).options), format!("{:?}", read("").options));
    assert_eq!(read(headers).children, []);
}

#[test]
fn all_mistakes_are_found_at_once() {
    let script = "journey: a.md\nclok: 1\nsteps:\n  - begin\n  - user:\n  - bot: {txt: a}\n  - start\n";
    let lines: Vec<u32> = Script::read(script).map(|_| ()).unwrap_err().iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [2, 4, 5, 6]);
}

#[test]
fn journeys_that_cannot_be_played() {
    let files = |file: &str| match file {
        "bad.md" => Ok("```stack\nstack A do\n```\n".to_owned()),
        "good.md" => Ok("```stack\ncard A do\nend\n```\n".to_owned()),
        "data.txt" => Ok(String::new()),
        _ => Err("there is no such file".to_owned()),
    };
    let open = |head: &str| Script::read(&format!("{head}\nsteps: [start]")).unwrap().open(&files);
    for (head, line, column, message) in [
        ("journey: none.md", 1, 10, "`none.md` cannot be read: there is no such file."),
        ("journey: data.txt", 1, 10, "`data.txt` is not a journey"),
        ("journey: {name: none}", 1, 10, "There is no journey `none` beside the script."),
        ("journey: good.md\nchildren: {x: none.md}", 2, 15, "`none.md` cannot be read"),
    ] {
        let Err(OpenError::Script(problem)) = open(head) else { panic!("{head} opens") };
        assert!(problem.message.contains(message), "{head}: {problem}");
        assert_eq!((problem.line, problem.column), (line, column), "{head}");
    }
    let Err(OpenError::Journey { file, problems, .. }) = open("journey: {name: bad}") else { panic!("bad.md opens") };
    assert_eq!((file.as_str(), problems[0].code), ("bad.md", "no-card"));
    let shelf = open("journey: good.md\nchildren: {5c6b: good.md}").unwrap();
    assert_eq!(shelf.books().iter().map(|book| book.id.as_str()).collect::<Vec<_>>(), ["5c6b"]);
}

#[test]
fn a_failure_shows_the_place_and_both_sides() {
    let code = "card Ask, then: Ask do\n  name = ask(\"What is your name?\")\n  text(\"Hello @nme.first\")\nend";
    let script = "journey: a.md\nsteps:\n  - start\n  - bot: {text: What is your name?}\n  - user: Eva\n  - bot: {text: Hello Eva}\n";
    let outcome = run(&[("a.md", code)], script);
    let failure = outcome.failure.unwrap();
    assert_eq!((failure.line, failure.place.as_ref().unwrap().line), (6, Some(4)), "{failure:?}");
    let text = report::failure("a.test.yaml", &failure, &outcome.conversation, Paint::default());
    for part in [
        "a.test.yaml:6: The journey sent a text that is not as expected.",
        "expected Hello Eva",
        "actual   Hello @nme.first",
        "card Ask, a.md:4",
        "> Eva                                          │ > Eva",
        "!   Hello Eva                                    │   Hello @nme.first",
        "!                                                │   What is your name?",
    ] {
        assert!(text.contains(part), "{part}\n---\n{text}");
    }
}

#[test]
fn a_failure_about_how_things_stand_shows_the_last_card_and_a_row() {
    let code = "card Ask, then: Say do\n  age = ask(\"¿Edad?\")\nend\ncard Say do\n  update_contact(age: \"@age\")\n\
        \x20 write_result(\"age\", age)\n  add_label(\"x\")\n  schedule_stack(\"r\", in: 60)\n  text(\"Gracias\")\n\
        \x20 ask(\"¿Más?\")\nend";
    for (step, expected, actual) in [
        ("contact: {age: 35, name: Ana}", vec!["age: 35"], vec!["age: 34"]),
        ("results: {age: 35}", vec!["age: 35"], vec!["age: 34"]),
        ("labels: []", vec!["labels: (none)"], vec!["labels: x"]),
        ("assigned: ana@example.org", vec!["assigned: ana@example.org"], vec!["assigned: (nobody)"]),
        ("scheduled: []", vec!["scheduled: (nothing)"], vec!["scheduled: r in 1m"]),
        ("handed_over", vec!["in charge: the team"], vec!["in charge: automation"]),
        ("finished", vec!["journey: finished"], vec!["journey: waiting"]),
    ] {
        let script = format!(
            "journey: a.md\ncontact: {{name: Ana}}\nsteps:\n  - start\n  - bot: {{}}\n  - user: \"34\"\n  - {step}\n\
             \x20 - bot: {{text: Gracias}}\n  - bot: {{text: Adiós}}\n"
        );
        let outcome = run(&[("a.md", code)], &script);
        let failure = outcome.failure.unwrap();
        let place = failure.place.as_ref().unwrap();
        assert_eq!((failure.line, place.card.as_str(), place.line), (7, "Say", Some(5)), "{step}: {failure:?}");
        let rows = &outcome.conversation[outcome.conversation.len() - 3..];
        assert_eq!(
            (&rows[0].expected, &rows[0].actual),
            (
                &expected.iter().map(|line| (*line).to_owned()).collect(),
                &actual.iter().map(|line| (*line).to_owned()).collect()
            ),
            "{step}"
        );
        // What both sides still hold is compared: marked is only what differs.
        assert_eq!(rows.iter().map(|row| row.same).collect::<Vec<_>>(), [false, true, false], "{step}");
        let text = report::failure("a.test.yaml", &failure, &outcome.conversation, Paint::default());
        assert!(text.contains(&format!("! = {}", expected[0])), "{step}: {text}");
    }
    let script = "journey: a.md\nsteps:\n  - start\n  - bot: {}\n  - user: x\n  - bot: {}\n  - bot: {}\n  - user: y\n  - waiting\n";
    let outcome = run(&[("a.md", code)], script);
    assert_eq!(outcome.failure.unwrap().place.unwrap().card, "Say");
    assert_eq!(outcome.conversation.last().unwrap().actual, ["journey: finished"]);
}

#[test]
fn after_a_call_that_nothing_answers_only_what_differs_is_marked() {
    let code = "card A do\n  text(\"Hola\")\n  r = get(\"https://x.example/y\")\n  text(\"Status @r.status\")\n  text(\"Adiós\")\nend";
    let script = "journey: a.md\nsteps:\n  - start\n  - bot: {text: Hola}\n  - bot: {text: Status 200}\n  - bot: {text: Adiós}\n";
    let outcome = run(&[("a.md", code)], script);
    assert_eq!(outcome.failure.unwrap().line, 3);
    let rows: Vec<(bool, &str)> =
        outcome.conversation.iter().map(|row| (row.same, row.expected.first().map_or("", String::as_str))).collect();
    assert_eq!(rows, [(true, "(start)"), (false, ""), (true, "Hola"), (false, "Status 200"), (true, "Adiós")]);
    assert!(outcome.conversation[1].actual[0].contains("GET https://x.example/y"), "{rows:?}");
}

const PLAN: &str = "card Start do\n  who = ask(\"¿Quién?\")\n  send_message_template(\"plan\", \"es\", [[\"who\", \"@who\"], [\"day\", \"\"]],\n    \
                    document: \"https://example.org/a.pdf\", filename: \"plan.pdf\", url: \"x1\", copy_code: \"AB12\")\n  \
                    send_message_template(\"place\", \"es\", [], location: [[\"latitude\", 4.6], [\"longitude\", -74.1], [\"name\", \"Clínica\"]])\n  \
                    send_message_template(\"hello\", \"es\", [\"@who\"], header: \"@who\")\nend";

#[test]
fn templates_are_compared_as_they_go_out() {
    crate::passes(
        &[("plan.md", PLAN)],
        "journey: plan.md\nsteps:\n  - start\n  - bot: {}\n  - user: \"Ana      María\\nPérez\"\n\
         \x20 - template: {name: plan, parameters: {who: Ana María Pérez, day: \"-\"}, document: {ends: a.pdf}, filename: plan.pdf, url: x1, copy_code: AB12}\n\
         \x20 - template: {name: place, location: {starts: \"4.6, -74.1 Clínica\"}}\n\
         \x20 - template: {name: hello, parameters: [Ana María Pérez], header: Ana María Pérez}\n  - finished",
    );
    let wrong = |step: &str| {
        let script = format!("journey: plan.md\nsteps:\n  - start\n  - bot: {{}}\n  - user: Ana\n  - template: {step}");
        run(&[("plan.md", PLAN)], &script).failure.expect("it differs").differences[0].what.to_string()
    };
    assert_eq!(wrong("{parameters: {name: Ana, day: \"-\"}}"), "names of parameters");
    assert_eq!(wrong("{parameters: [Eva, \"-\"]}"), "parameters");
    assert_eq!(wrong("{url: x2}"), "url");
    assert_eq!(wrong("{copy_code: x2}"), "copy_code");
    assert_eq!(wrong("{filename: Eva.pdf}"), "filename");
    assert_eq!(wrong("{location: x}"), "location");
}

/// What a published notebook holds, runs: also where it leads to a card that is not there.
#[test]
fn a_journey_with_faults_is_played() {
    crate::passes(
        &[("a.md", "card A do\n  buttons([Gone, B]) do\n    text(\"¿?\")\n  end\nend\ncard B do\n  text(\"b\")\nend")],
        "journey: a.md\nsteps:\n  - start\n  - bot: {buttons: [Gone, B]}\n  - tap: Gone\n  - bot: {buttons: [Gone, B]}\n  - tap: B\n  - bot: {text: b}\n  - finished",
    );
}

#[test]
fn a_script_need_not_tell_all_that_time_brings() {
    let code = "card Ask, timeout: 60, on_timeout: Late, then: Done do\n  ask(\"¿Sigues ahí?\")\nend\n\
                card Late, then: Ask do\n  text(\"Pregunto otra vez.\")\nend\ncard Done do\n  text(\"Bien.\")\n  text(\"Adiós.\")\nend";
    let files = [("a.md", code)];
    let script = |steps: &str| format!("journey: a.md\nsteps:\n  - start\n  - bot: {{}}\n{steps}");
    let by_time = run(&files, &script("  - advance: 90s\n  - bot: {text: Pregunto otra vez.}\n"));
    assert_eq!(by_time.failure, None);
    let remark = "The script ends before the conversation does. The journey sent a text that no step expects.";
    assert!(by_time.remarks.iter().any(|said| said == remark), "{:?}", by_time.remarks);
    for steps in ["  - user: sí\n  - bot: {text: Bien.}\n", "  - advance: 90s\n"] {
        assert!(run(&files, &script(steps)).failure.is_some(), "{steps}");
    }
}
