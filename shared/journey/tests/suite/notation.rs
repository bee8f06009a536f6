//! The notation: mistakes are all found, and what is read is printed again.

use crate::checks::without_a_closer_look;
use journey::model::{Cell, Code, Content, Formula, Item};
use journey::statements::{Action, Assign, Statement};
use journey::{Journey, Severity, check, compile, format, parse, print};

fn code(source: &str) -> String {
    format!("# Notes\n\n```stack\n{source}\n```\n")
}

/// `line:column code message` of everything that is wrong in code that begins in line 4.
fn wrong(source: &str) -> Vec<String> {
    let parsed = parse(&code(source));
    let mut problems = parsed.problems;
    if problems.is_empty() {
        problems = without_a_closer_look(check(&parsed.journey));
    }
    problems
        .iter()
        .map(|problem| format!("{}:{} {} {}", problem.line, problem.column, problem.code, problem.message))
        .collect()
}

#[test]
fn mistakes_say_where_and_what() {
    let cases: &[(&str, &[&str])] = &[
        ("", &["1:1 no-card The journey has no card."]),
        ("hello", &["4:1 syntax Found `hello`."]),
        ("card do\nend", &["4:6 syntax Found `do`."]),
        (
            "card 7 do\n  text(\"a\")\nend",
            &["4:6 syntax The name of a card is one word: letters, digits and `_`, with a letter first."],
        ),
        ("card [a] do\n  text(\"a\")\nend", &["4:6 syntax Found `[`."]),
        ("card A\n  text(\"a\")\nend", &["4:7 syntax Found the end of the line."]),
        ("card A do\n  text(\"a\")\n", &["4:1 open-card The card `A` is never closed."]),
        ("card A do\n  text(\"a\")\ncard B do\nend", &["4:1 open-card The card `A` is never closed."]),
        ("card A do\n  text(\"a\nend", &["5:8 syntax This text is never closed."]),
        ("card A do\n  text()\nend", &["5:3 missing-argument `text` needs a text."]),
        ("card A do\n  text(\"a\", 2)\nend", &["5:3 too-many-arguments `text` does not take `2` as well."]),
        ("card A do\n  log(\"a\", to: 2)\nend", &["5:3 unknown-argument `log` has no argument `to:`."]),
        ("card A do\n  x = log(\"a\")\nend", &["5:3 no-value `log` gives no value that could be kept in `x`."]),
        (
            "card A do\n  log(\"a\") do\n    text(\"b\")\n  end\nend",
            &["5:3 unexpected-content `log` has no `do … end`; what stands there is not run."],
        ),
        ("card A do\n  log(\"a\") log(\"b\")\nend", &["5:12 syntax Found `log`."]),
        ("card A do\n  schedule_stack(\"x\")\nend", &["5:3 bad-argument It is not clear when the journey starts."]),
        ("card A do\n  update_contact()\nend", &["5:3 missing-argument `update_contact` changes nothing."]),
        (
            "card A do\n  buttons(1, x) do\n    text(\"a\")\n  end\nend",
            &["5:3 bad-argument `1` is not the name of a card."],
        ),
        ("card A do\nend\ninteraction_timeout(0)", &["6:1 bad-argument `0` is not a number of seconds."]),
        (
            "trigger(on: 1)\ncard A do\nend",
            &["4:1 bad-trigger It is not clear what starts the journey; this does not."],
        ),
        (
            "trigger(at: \"9:00\", on: \"CATCH ALL\")\ncard A do\nend",
            &["4:1 bad-trigger It is not clear what starts the journey; this does not."],
        ),
        (
            "trigger(every: \"day\")\ncard A do\nend",
            &["4:1 bad-trigger It is not clear what starts the journey; this does not."],
        ),
        ("trigger(at: \"tomorrow\")\ncard A do\nend", &["4:1 bad-time `tomorrow` is not a date and time of day."]),
        ("trigger(every: \"noon\", at: \"9:00\")\ncard A do\nend", &["4:1 bad-time `noon` are no days."]),
        ("trigger(every: \"day\", at: \"noon\")\ncard A do\nend", &["4:1 bad-time `noon` is not a time of day."]),
        (
            "trigger(every: \"day\", at: \"9:00\", time_zone: \"Bogota\")\ncard A do\nend",
            &["4:1 bad-time-zone There is no time zone `Bogota`."],
        ),
        (
            "card A do\nend\ninteraction_timeout(60, then: \"A\")",
            &["6:1 bad-argument `then:` is `\"A\"`, not the name of a card."],
        ),
        ("card A do\nend\nclaim_timeout(60)\nclaim_timeout(50)", &["7:1 set-twice `claim_timeout` is there already."]),
        ("card A do\nend\ninteraction_timeout(60, then: B)", &["6:1 unknown-card There is no card `B`."]),
        ("card A, on_timeout: B do\nend", &["4:1 unknown-card There is no card `B`."]),
        (
            "trigger(on: \"MESSAGE RECEIVED\", on: \"CATCH ALL\") when true\ncard A do\nend",
            &["4:1 unknown-argument `trigger` has `on:` already."],
        ),
        ("card A, timeout: soon do\nend", &["4:9 unknown-option `timeout: soon` says nothing here."]),
        ("card A, timeout: 0 do\nend", &["4:9 unknown-option `timeout: 0` says nothing here."]),
        ("card A, on_timeout: \"B\" do\nend", &["4:9 unknown-option `on_timeout: \"B\"` says nothing here."]),
        ("card A do\nend\ninvalid_input()", &["6:1 bad-argument `invalid_input` leads nowhere."]),
        ("card A do\nend\nlanguage(\"Spanish\")", &["6:1 bad-argument `\"Spanish\"` is not the code of a language."]),
        ("card A do\nend\nclaim_timeout(1.5)", &["6:1 bad-argument `1.5` is not a number of seconds."]),
        (
            "card A do\n  text(\"a\", en: \"b\", en: \"c\")\nend",
            &["5:3 same-language This text is there twice in the language `en`."],
        ),
        ("card A do\n  send_content(\"a\", 1)\nend", &["5:3 bad-argument `wait:` is either true or false."]),
        (
            "card A do\n  experiment(\"a\", [\"x\"])\nend",
            &["5:3 bad-argument The ways of the experiment are not cards."],
        ),
        (
            "card A do\n  call_to_action(\"Go\")\nend",
            &["5:3 missing-argument `call_to_action` needs the address of a web page."],
        ),
        (
            "card A do\n  whatsapp_flow(\"1\")\nend",
            &["5:3 missing-argument `whatsapp_flow` needs the text of the button that opens the Flow."],
        ),
        ("card A do\n  wait()\nend", &["5:3 missing-argument `wait` needs a number of seconds."]),
        ("card A do\n  x = wait(1)\nend", &["5:3 no-value `wait` gives no value that could be kept in `x`."]),
        ("card A do\n  get(\"https://a\", delay: 2)\nend", &["5:3 unknown-argument `get` has no argument `delay:`."]),
        ("trigger(on: \"DOOMSDAY\")\ncard A do\nend", &["4:1 unknown-trigger Nothing here starts on `DOOMSDAY`."]),
        (
            "trigger(interval: \"soon\", relative_to: \"contact.x\")\ncard A do\nend",
            &["4:1 bad-interval `soon` is not a span of time."],
        ),
        ("card A, then: Bee do\nend\ncard Be do\nend", &["4:1 unknown-card There is no card `Bee`."]),
        ("card A do\n  then(Nowhere)\nend", &["5:3 unknown-card There is no card `Nowhere`."]),
        (
            "card A do\n  contact = 1\nend",
            &["5:3 reserved-name A variable cannot be called `contact`: every journey has that already."],
        ),
        ("card A do\n  header(\"a\")\nend", &["5:3 stray-header A header belongs to a question."]),
        (
            "card A do\n  write_result(\"a\", 1, label: \"@x\")\nend",
            &["5:3 dynamic-label The label \"@x\" is not a constant text."],
        ),
        ("card A do\n  app(\"a\", \"b\")\nend", &["5:3 not-supported `app` does nothing here yet."]),
        ("card A do\n  tetx(\"a\")\nend", &["5:3 unknown-statement There is no statement or function `tetx`."]),
        (
            "card A do\n  buttons([A, B, C, D]) do\n    text(\"a\")\n  end\nend\ncard B do\nend\ncard C do\nend\ncard D do\nend",
            &["5:3 choice-count There are 4 choices."],
        ),
        (
            "card A do\n  buttons(A: \"more than twenty characters\") do\n    log(\"a\")\n  end\nend",
            &[
                "5:3 long-title `more than twenty characters` is longer than 20 characters.",
                "6:5 bad-content This cannot stand inside `buttons … do`.",
                "6:5 no-body These buttons have no text.",
            ],
        ),
    ];
    for (source, expected) in cases {
        assert_eq!(wrong(source), *expected, "{source}");
    }
}

#[test]
fn all_mistakes_of_a_notebook_are_found_at_once() {
    let source = "```stack\ncard A do\n  text(\"a\" \"b\")\n  buttons(A: \"x\"\n    B: \"y\") do\n    text(1 +)\n  end\n  text(\"fine\")\nend\n\ntrigger(on)\n\ncard B when == 1 do\n  text(\"b\")\nend\n```\n\nnote\n\n```stack\ncard C do\n  ask(\"x\"\nend\n";
    let parsed = parse(source);
    let lines: Vec<u32> = parsed.problems.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [3, 5, 6, 13, 20, 23], "{:#?}", parsed.problems);
    assert!(parsed.problems.iter().all(|problem| problem.severity == Severity::Error && problem.column > 0));
    let names: Vec<&str> = parsed.journey.cards().map(|card| card.name.as_str()).collect();
    assert_eq!(names, ["A", "B", "C"], "the cards are there all the same");
    assert!(matches!(parsed.journey.cards().next().unwrap().statements.last().unwrap().action, Action::Text(_)));
}

#[test]
fn languages_the_canvas_makes_up_are_refused() {
    let journey = |language: &str| -> Journey {
        let words = serde_json::json!({"text": "\"a\"", "languages": [[language, "\"b\""]]});
        let items = serde_json::json!([
            {"setting": {"language": language}},
            {"card": {"name": "A", "label": words, "statements": [{"type": "text", "body": words}]}},
        ]);
        serde_json::from_value(serde_json::json!({"cells": [{"code": {"items": items}}]})).unwrap()
    };
    for language in ["", "xx", "e n", "Spanish", "en\nend"] {
        let codes: Vec<&str> = check(&journey(language)).iter().map(|problem| problem.code).collect();
        assert_eq!(codes, ["bad-language"; 3], "{language}");
    }
    assert_eq!(check(&journey("quz")), []);
}

#[test]
fn put_is_a_statement_and_a_function() {
    let source = code(
        "card A do\n  x = put(event, \"a\", 1)\n  put(\"https://example.org\", body: \"b\")\n  y = put(\"https://example.org\")\nend",
    );
    let parsed = parse(&source);
    assert_eq!(parsed.problems, []);
    assert_eq!(check(&parsed.journey), []);
    let kinds: Vec<bool> = parsed
        .journey
        .cards()
        .next()
        .unwrap()
        .statements
        .iter()
        .map(|statement| matches!(statement.action, Action::Http(_)))
        .collect();
    assert_eq!(kinds, [false, true, true]);
}

#[test]
fn the_ways_of_an_experiment_may_be_a_list() {
    for (written, printed) in
        [("[A, B]", "A: 1, B: 1"), ("[[A, 70], [B, 30]]", "A: 70, B: 30"), ("A: 70, B: 30", "A: 70, B: 30")]
    {
        let notebook = |ways: &str| code(&format!("card A do\n  experiment(\"x\", {ways})\nend\n\ncard B do\nend"));
        assert_eq!(format(&notebook(written)).unwrap(), notebook(printed));
    }
    for (ways, problem) in [
        ("A: 1", "one-way"),
        ("A: 1, B: 0", "one-way"),
        ("A: 1, B: 1.5", "bad-weight"),
        ("A: 1, B: -1", "bad-weight"),
        ("A: 1, C: 1", "unknown-card"),
        ("[A, [B, 1, 2]]", "bad-argument"),
        ("[[A, 1], \"B\"]", "bad-argument"),
    ] {
        let found = wrong(&format!("card A do\n  experiment(\"x\", {ways})\nend\ncard B do\nend"));
        assert!(found.len() == 1 && found[0].contains(problem), "{ways}: {found:?}");
    }
    let found = wrong("card A do\n  experiment(\"@contact.name\", A: 1, B: 1)\nend\ncard B do\nend");
    assert!(found.len() == 1 && found[0].contains("dynamic-name"), "{found:?}");
}

#[test]
fn misspelt_words_are_recognised() {
    for (source, hint) in [
        ("interaction_timout(60)", "Did you mean `interaction_timeout`?"),
        ("crad A do\nend", "Did you mean `card`?"),
        ("triger(on: \"CATCH ALL\")", "Did you mean `trigger`?"),
        ("trigger(on: \"CATCH ALL\", globl: true)", "Did you mean `global:`?"),
        ("card A do\n  get(\"https://a\", header: [])\nend", "Did you mean `headers:`?"),
        ("card A do\n  image(\"https://a\", captoin: \"x\")\nend", "Did you mean `caption:`?"),
    ] {
        let problems = parse(&code(source)).problems;
        assert_eq!(problems[0].hint.as_deref(), Some(hint), "{source}");
    }
    let problems = parse(&code("zebra(60)")).problems;
    assert_eq!(problems[0].code, "unknown-setting");
}

#[test]
fn a_mistake_in_any_construct_hides_no_other() {
    let source = r#"```stack
trigger(at: , every: "x")
interaction_timeout(60 then: A)
invalid_input(then A)
language(es)
card A, "x", en: do
  x = get("https://a", query: [["a", ])
  experiment("e", A 50)
  wait 5
  whatsapp_flow("1", "b" do
    text(1 +)
  end
  send_content()
  y = call_to_action(text("Ver" en: "a"), "https://b") do
    text("z")
  end
  then(B when)
end

card B do
  request_location() do
    text("a")
end

card C do
  text("ok")
end
```
"#;
    let parsed = parse(source);
    let lines: Vec<u32> = parsed.problems.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14, 17, 20], "{:#?}", parsed.problems);
    assert_eq!(parsed.journey.cards().last().unwrap().statements.len(), 1);
    assert_eq!(format(source), Err(parsed.problems), "what could not be read must not be lost");
}

/// All comments of the code of a notebook.
fn comments(source: &str) -> Vec<String> {
    let (tokens, _) = expression::lexer::tokenize(source);
    let comment = |token: expression::lexer::Token| match token.kind {
        expression::lexer::TokenKind::Comment(text) => Some(text),
        _ => None,
    };
    let mut comments: Vec<String> = tokens.into_iter().filter_map(comment).collect();
    comments.sort();
    comments
}

#[test]
fn formatting_keeps_notes_places_and_every_comment() {
    let messy = "# Title   \n\n  a note | with   spaces\n\n```elixir\nIO.puts   1\n```\n<!-- {section: \"s\", x: 1,   y: -2.5} -->\n````stack\n# one\ntrigger( on:\"CATCH ALL\" )   # two\n# three\ncard   A,\"a\", # four\n  en:\"b\", then:A   # five\n  do # six\n# seven\n x=get( \"https://a\", # eight\n  query:[ # nine\n  [\"a\",1] ] ) # ten\n buttons( [A] ) do # eleven\n text(\"a\") # twelve\n # thirteen\n end # fourteen\n then( A # fifteen\n when x ) \n # sixteen\n end # seventeen\n # eighteen\n````\n\nlast note\n";
    let formatted = format(messy).unwrap();
    assert_eq!(format(&formatted).unwrap(), formatted);
    assert_eq!(parse(&formatted).journey, parse(messy).journey);
    assert_eq!(comments(&formatted), comments(messy), "{formatted}");
    for kept in
        ["# Title   \n\n  a note | with   spaces\n\n```elixir\nIO.puts   1\n```\n", "x: 1, y: -2.5", "last note\n"]
    {
        assert!(formatted.contains(kept), "{formatted}");
    }
}

#[test]
fn what_an_editor_on_windows_saves_is_the_same_notebook() {
    let unix = "# Notes\n\nTwo lines.\n\n```stack\ncard A, then: B do\n  # One.\n  text(\"a\nb\")\n  log(\"\"\"\nc\nd\n\"\"\")\nend\ncard B do\n  text(1 1)\nend\n```\n";
    let windows = format!("\u{feff}{}", unix.replace('\n', "\r\n"));
    assert_eq!(parse(&windows), parse(unix));
    assert_eq!(parse(unix).problems.len(), 1);
    let (unix, windows) = (unix.replace("1 1", "\"e\""), windows.replace("1 1", "\"e\""));
    assert_eq!(format(&windows), format(&unix));
    let code_only = "\u{feff}```stack\r\ncard A do\r\nend\r\n```\r\n";
    assert_eq!(parse(code_only).journey.cards().count(), 1);
}

#[test]
fn a_variable_may_be_called_as_blocks_of_other_languages_are() {
    for word in ["switch", "case", "match", "repeat", "for", "while", "unless"] {
        let card =
            format!("card A do\n  {word} = buttons([\"Sí\"]) do\n    text(\"¿?\")\n  end\n  text(\"@{word}\")\nend");
        assert_eq!(wrong(&card), [""; 0], "{card}");
    }
}

#[test]
fn arbitrary_bytes_never_panic() {
    let source = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/statements/buttons.md")).unwrap();
    for end in (0..source.len()).filter(|end| source.is_char_boundary(*end)) {
        let parsed = parse(&source[..end]);
        let _ = check(&parsed.journey);
        let _ = print(&parsed.journey);
    }
}

#[test]
fn comments_wrapper_and_metadata_survive() {
    let source = "```stack\nstack Sign_Up do\n  # why it starts\n  trigger(on: \"MESSAGE RECEIVED\", global: true) when has_phrase(event.message.text.body, \"help\")\n  interaction_timeout(60)\n\n  # first card\n  card A, \"Uno @x\", version: \"1\", code_generator: \"TEXT_MESSAGE\" when not is_error(x), then: A do\n    # first\n    x = 1\n\n    # second\n    x = buttons(A: \"Go\") do\n      # inner\n      text(\"a\")\n    end\n    # last\n  end\n\n  # the end\nend\n```\n";
    let parsed = parse(source);
    assert_eq!(parsed.problems, []);
    assert_eq!(print(&parsed.journey), source);
    let messy = "```stack\n# above\nstack S do card A do # behind\n x = # why\n [1, # one\n 2]\n end # done\n end\n```";
    let tidy = print(&parse(messy).journey);
    assert_eq!(
        tidy,
        "```stack\nstack S do\n  # above\n  card A do\n    # behind\n    # why\n    # one\n    x = [1, 2]\n  end\n\n  # done\nend\n```\n"
    );
    assert_eq!(print(&parse(&tidy).journey), tidy);
}

#[test]
fn a_program_knows_why_it_starts_and_how_long_it_waits() {
    let source = code(
        "interaction_timeout(60)\ntrigger(on: \"CATCH ALL\")\ntrigger(on: \"MESSAGE RECEIVED\", global: true)\ntrigger(interval: \"-2d\", relative_to: \"contact.due_date\")\ncard A do\nend",
    );
    let program = compile(&parse(&source).journey).unwrap();
    assert_eq!(program.interaction_timeout(), 60);
    let kinds: Vec<String> = program.triggers().iter().map(|trigger| format!("{:?}", trigger.kind())).collect();
    assert_eq!(
        kinds,
        ["CatchAll", "MessageReceived", "Interval { offset: Offset { amount: -2, unit: Days }, field: \"due_date\" }"]
    );
    assert_eq!(program.triggers().iter().map(journey::Trigger::is_global).collect::<Vec<_>>(), [false, true, false]);
    let plain = compile(&parse(&code("card A do\nend")).journey).unwrap();
    assert_eq!(plain.interaction_timeout(), 300);
}

#[test]
fn names_the_notation_cannot_write_are_refused() {
    for (card, variable) in [
        ("My card", "x"),
        ("", "x"),
        ("7up", "x"),
        ("end", "x"),
        ("If", "x"),
        ("A", "my var"),
        ("A", "Not"),
        ("A", "do"),
    ] {
        let statement =
            Statement::from(Action::Assign(Assign { variable: variable.into(), value: Formula::text("a") }));
        let item: Item =
            serde_json::from_value(serde_json::json!({"card": {"name": card, "statements": [statement]}})).unwrap();
        let content = Content::Code(Code { items: vec![item], ..Code::default() });
        let journey = Journey { cells: vec![Cell { place: None, content }] };
        let codes: Vec<&str> = check(&journey).iter().map(|problem| problem.code).collect();
        assert_eq!(codes, ["bad-name"], "{card} {variable}");
    }
}

/// A block that is never closed is read once, not twice for every block around it, and what lies too deep is told.
#[test]
fn blocks_inside_each_other_are_read_once_and_not_too_deep() {
    for line in ["buttons([A]) do\n", "buttons([A]) do ", "buttons([A]) do )\n", "x = list(\"Ver\", [A]) do\n"] {
        let open = line.repeat(20_000);
        let parsed = parse(&format!("```stack\ncard A do\n{open}\nend\ncard B do\nend\n```\n"));
        let told: Vec<&str> = parsed.problems.iter().map(|problem| problem.message.as_str()).collect();
        assert!(told.contains(&"Blocks lie too deep inside each other here."), "{line}: {:?}", &told[..3]);
    }
    let nested = |levels: usize| {
        let (open, close) = ("app() do\n".repeat(levels), "end\n".repeat(levels));
        parse(&format!("```stack\ncard A do\n{open}text(\"x\")\n{close}end\n```\n")).problems
    };
    assert_eq!(nested(20), []);
    let told: Vec<String> = nested(21).iter().map(ToString::to_string).collect();
    assert_eq!(
        told[0],
        "23:1: error: card A: Blocks lie too deep inside each other here. Write the statements one after the other."
    );
}

/// Long calls, conditions and triggers are broken; the journey stays the same, and so does what is broken already.
#[test]
fn what_is_too_long_for_a_line_is_broken() {
    let long = "if(contact.language == \"en\", \"Please write your age with digits, for example 34.\", \"Con números, por favor.\")";
    let source = code(&format!(
        "trigger(on: \"MESSAGE RECEIVED\", global: true) when has_only_phrase(event.message.text.body, \"ayuda\") and contact.opted_in\n\
         card A when len(name) < 2 or len(name) > 60 or isnumber(name) or has_member([\"image\", \"audio\", \"video\"], name) or not known, then: A do\n\
         age = ask({long})\ny = {long}\n{long}\nthen(A when isnumber(age) and age > 12 and age < 120 and contact.opted_in == true and not is_error(age))\n\
         x = buttons([\"{0}\", \"{0}\", \"{0}\"]) do\ntext({long}, en: \"x\")\nend\ntext(\"{0} {0} {0} {0}\")\nend",
        "a text of thirty letters or so"
    ));
    let expected = r#"# Notes

```stack
trigger(on: "MESSAGE RECEIVED", global: true)
when has_only_phrase(event.message.text.body, "ayuda") and contact.opted_in

card A
     when len(name) < 2 or len(name) > 60 or isnumber(name) or
       has_member(["image", "audio", "video"], name) or not known,
     then: A do
  age = ask(
    if(
      contact.language == "en",
      "Please write your age with digits, for example 34.",
      "Con números, por favor."
    )
  )

  y = if(
    contact.language == "en",
    "Please write your age with digits, for example 34.",
    "Con números, por favor."
  )

  if(
    contact.language == "en",
    "Please write your age with digits, for example 34.",
    "Con números, por favor."
  )

  then(A when isnumber(age) and age > 12 and age < 120 and contact.opted_in == true and
    not is_error(age))

  x = buttons(
    [
      "a text of thirty letters or so",
      "a text of thirty letters or so",
      "a text of thirty letters or so"
    ]
  ) do
    text(
      if(
        contact.language == "en",
        "Please write your age with digits, for example 34.",
        "Con números, por favor."
      ),
      en: "x"
    )
  end

  text("a text of thirty letters or so a text of thirty letters or so a text of thirty letters or so a text of thirty letters or so")
end
```
"#;
    let parsed = parse(&source);
    assert_eq!(parsed.problems, []);
    let printed = print(&parsed.journey);
    assert_eq!(printed, expected);
    assert_eq!(parse(&printed).journey, parsed.journey);
    assert_eq!(journey::format(expected).as_deref(), Ok(expected));
}

/// `line:column message expected hint` of all that is wrong, of the checks too; of hints nothing.
fn told(source: &str) -> Vec<String> {
    let problems = parse(&code(source)).check(&journey::checks::Surroundings::default());
    let problems = problems.iter().filter(|problem| problem.severity != Severity::Hint);
    problems
        .map(|problem| problem.to_string().replace("error: ", "").replace("fault: ", "").replace("card A: ", ""))
        .collect()
}

const B: &str = "\ncard B do\n  text(\"b\")\nend";

/// What people write who know another language, each told once, with what to write; nothing else is said because of it.
#[test]
fn habits_of_other_languages_are_told_once_with_their_remedy() {
    let cases: &[(&str, &[&str])] = &[
        (
            "card A when contact.x == true && contact.y > 17, then: B do\n  text(\"a\")\nend\ncard A, then: B do\n  text(\"a\")\nend",
            &["4:31: `&&` has no meaning here. Write `and`."],
        ),
        (
            "card A when contact.x == true || !contact.y, then: B do\n  text(\"a\")\nend\ncard A, then: B do\n  text(\"a\")\nend",
            &["4:31: `||` has no meaning here. Write `or`.", "4:34: `!` has no meaning here. Write `not`."],
        ),
        ("card A do\n  text(\"a\")\n  then(B when contact.x != 1)\nend", &[]),
        (
            "card A when contact.x = 1, then: B do\n  text(\"a\")\n  then(B when contact.x = 2)\nend\ncard A do\n  text(\"d\")\nend",
            &[],
        ),
        ("card A, then: B do\n  x = contact.a = \"b\"\n  log(\"@x\")\nend", &[]),
        (
            "card A, then: B do\n  write_result(\"a\", \"b\", label = \"x\")\n  update_contact(name = \"x\")\nend",
            &[
                "5:32: An argument is not named with `=`. Write `label: …`.",
                "6:23: An argument is not named with `=`. Write `name: …`.",
            ],
        ),
        (
            "card A, then: B do\n  contact.name = \"x\"\n  event.message.id = 1\nend",
            &[
                "5:3: `contact.name` cannot be set as a variable is. Write `update_contact(name: …)`.",
                "6:3: `event.message.id` cannot be set as a variable is. Keep the value in a variable with a name of its own.",
            ],
        ),
        (
            "card A, then: B do\n  if contact.a do\n    text(\"a\")\n    x = 1\n  else\n    text(\"b\")\n  end\nend",
            &[
                "5:3: Statements cannot stand in `if`. Give cards a condition with `when`, or lead on with `then(Card when …)`; `if` chooses between values.",
            ],
        ),
        (
            "card A, then: B do\n  if(contact.a, text(\"a\"), text(\"b\"))\n  if contact.a, do: then(B)\nend",
            &[
                "5:3: Statements cannot stand in `if`. Give cards a condition with `when`, or lead on with `then(Card when …)`; `if` chooses between values.",
                "6:3: Statements cannot stand in `if`. Give cards a condition with `when`, or lead on with `then(Card when …)`; `if` chooses between values.",
            ],
        ),
        (
            "card A, then: B do\n  if contact.age > 3:\n  text(\"a\")\nend",
            &[
                "5:3: Statements cannot stand in `if`. Give cards a condition with `when`, or lead on with `then(Card when …)`; `if` chooses between values.",
            ],
        ),
        (
            "card A, then: B do\n  x = if contact.a do\n    1\n  elsif contact.b do\n    2\n  else\n    3\n  end\n  log(\"@x\")\nend",
            &["7:3: There is no `elsif`. Write `else`, and another `if … do … end` behind it."],
        ),
        (
            "card A, then: B do\n  case contact.a do\n    1 -> text(\"a\")\n  end\n  for x in xs do\n    text(\"a\")\n  end\nend",
            &[
                "5:3: There is no `case`. Write a card of the same name with `when …` for each case, or `then(Card when …)`; `if` and `switch` choose values.",
                "8:3: There is no `for`. Lead back to a card with `then:` to repeat it; `map` makes a list of another.",
            ],
        ),
        (
            "card A, then: B {\n  x = buttons([B]) {\n    text(\"a\")\n  }\n}",
            &[
                "4:17: Found `{`. Expected `do`. Write `do` and `end` in place of `{` and `}`.",
                "5:20: Found `{`. Expected `do`. Write `do` and `end` in place of `{` and `}`.",
            ],
        ),
        (
            "// what it does\ncard A, then: B do // don't\n  text(\"a\") // 'quoted\n  /* two\n  lines */\n  log(\"https://a\" & 1..3//2)\nend",
            &[
                "4:1: `//` has no meaning here. A comment begins with `#`.",
                "5:20: `//` has no meaning here. A comment begins with `#`.",
                "6:13: `//` has no meaning here. A comment begins with `#`.",
                "7:3: `/*` has no meaning here. A comment begins with `#`.",
            ],
        ),
        (
            "card A do\n  text(\"a\")\n  card B do\n    text(\"b\")\n  end\nend\ncard C, then: A do\nend",
            &[
                "4:1: The card `A` is never closed. Expected `end`. Write `end` after its last statement, before the card `B`.",
                "6:3: warning: card B: No card leads to `B`. Lead there with `then: B` or a button, or delete it.",
                "10:1: warning: card C: No card leads to `C`. Lead there with `then: C` or a button, or delete it.",
            ],
        ),
        (
            "card A, then: B do\n  trigger(on: \"CATCH ALL\") when has_text(event.message.text.body)\n  interaction_timeout(60)\n  text(\"a\")\nend",
            &[
                "5:3: `trigger` cannot stand in a card. Write it above the first card.",
                "6:3: `interaction_timeout` cannot stand in a card. Write it above the first card.",
            ],
        ),
        (
            "card A, then: B do\n  x = delete(\"https://a.example\")\n  log(delete([1], 1))\nend",
            &["5:3: `delete` calls no web service. Web services are called with `get`, `post`, `put` and `patch`."],
        ),
        (
            "card A, then: B do\n  text(\"a\"); text(\"b\")\nend",
            &["5:12: `;` has no meaning here. Write one statement a line."],
        ),
        (
            "card A, then: B do\n  text(\"a\")\nend\nend",
            &[
                "7:1: Found `end`. Expected `card`, `trigger` or a setting such as `interaction_timeout`. Remove it, or write the `do` it belongs to.",
            ],
        ),
        (
            "card A, then: B do\n  text(\"say \"hi\" now\")\nend",
            &["5:14: `hi` cannot stand here. Expected `,` or `)`. Write `\\\"` for a quotation mark inside a text."],
        ),
    ];
    for (source, expected) in cases {
        let source = if source.contains("card B") { (*source).to_owned() } else { format!("{source}{B}") };
        assert_eq!(told(&source), *expected, "{source}");
    }
}

/// What word processors and chats make of quotes and spaces.
#[test]
fn what_word_processors_make_of_the_text_is_told() {
    for (source, expected) in [
        (
            "card A, “L”, then: B do\n  text(“hola, ‘tú’”)\n  text(\"it’s “fine”\")\nend",
            &[
                "4:9: `“` has no meaning here. Write straight quotes: \"…\".",
                "5:8: `“` has no meaning here. Write straight quotes: \"…\".",
            ][..],
        ),
        (
            "card A, then: B do\n  text(\"hola”)\n  text(\"a\")\nend",
            &["5:8: This text is never closed. Expected `\"`. `”` does not close it: write straight quotes."],
        ),
        ("card A, then: B do\n  text(`a`)\nend", &["5:8: `\x60` has no meaning here. Write quotes: \"…\"."]),
        (
            "card\u{200b} A, then: B do\n  text(\"a\")\nend",
            &["4:5: The invisible character U+200B has no meaning here. Delete it."],
        ),
        (
            "card A, then: B do\n  text(\"a\")\u{2028}\nend",
            &["5:12: The invisible character U+2028 has no meaning here. Delete it."],
        ),
        ("card\u{a0}A,\u{202f}then:\u{2003}B do\n\u{3000}\u{a0}text(\"a\")\nend", &[]),
    ] {
        assert_eq!(told(&format!("{source}{B}")), expected, "{source}");
    }
}

#[test]
fn an_open_text_hides_no_mistake_below() {
    let cases: &[(&str, &[&str])] = &[
        (
            "card A, then: B do\n  text(\"hello)\nend\ncard B do\n  text(\"b\")\n  tex(\"c\")\nend",
            &[
                "5:8: This text is never closed. Expected `\"`.",
                "9:3: card B: There is no statement or function `tex`. Did you mean `text`?",
            ],
        ),
        (
            "card A, then: B do\n  text(\"hello\n  text(\"c\" 2)\nend\ncard B do\n  text(\"b\" 1)\nend",
            &[
                "5:8: This text is never closed. Expected `\"`.",
                "6:12: `2` cannot stand here. Expected `,` or `)`.",
                "9:12: card B: `1` cannot stand here. Expected `,` or `)`.",
            ],
        ),
        (
            "card A, \"Label, then: B do\n  text(\"hello\")\nend\ncard B, then: A do\n  text(\"b\")\nend",
            &[
                "4:9: This text is never closed. Expected `\"`.",
                "7:1: warning: card B: No card leads to `B`. Lead there with `then: B` or a button, or delete it.",
            ],
        ),
        (
            "card A, then: B do\n  text(\"\"\"\n    hello\n  )\nend\ncard B do\n  text(\"\"\"\n    b\n  \"\"\")\n  tex(\"c\")\nend",
            &[
                "5:8: This text is never closed. Expected `\"\"\"`.",
                "13:3: card B: There is no statement or function `tex`. Did you mean `text`?",
            ],
        ),
        ("card A do\n  text(\"one\nend\ncard X do\n  text(\")\n  log(\"x\")\nend", &[]),
        (
            "card A, then: B do\n  x =\n    get(\n      \"https://a.example\",\n      query: [[\"a\" \"b\"]]\n    )\n  text(\"@x\")\nend\ncard B do\n  text(\"b\")\nend",
            &["8:20: A text cannot stand here. Expected `,` or `]`."],
        ),
        ("card A do\n  text(\"one\n  two", &["5:8: This text is never closed. Expected `\"`."]),
    ];
    for (source, expected) in cases {
        assert_eq!(told(source), *expected, "{source}");
    }
}

/// A mistake in one part of a card's head hides none of the others, and no check is misled by what is missing.
#[test]
fn a_mistake_in_the_head_of_a_card_hides_nothing_else() {
    let name = "The name of a card is one word: letters, digits and `_`, with a letter first.";
    let cases: &[(&str, &[&str])] = &[
        (
            "card \"A\", then: \"My card\" do\n  text(\"a\")\nend\ncard My_card do\n  text(\"b\")\nend",
            &[
                "4:6: The name of a card stands without quotes. Write `A`.",
                "4:17: The name of a card stands without quotes. Write `My_card`.",
            ],
        ),
        (
            "card First Card, then: My-card do\n  then(My card when contact.x)\nend\ncard My_card do\n  text(\"b\")\nend",
            &[
                &format!("4:6: {name} Write `First_Card`."),
                &format!("4:24: card First_Card: {name} Write `My_card`."),
                &format!("5:8: card First_Card: {name} Write `My_card`."),
            ],
        ),
        (
            "card 1, then: 2 do\n  text(\"a\")\nend\ncard _2 do\n  text(\"b\")\nend",
            &[&format!("4:6: {name} Write `_1`."), &format!("4:15: card _1: {name} Write `_2`.")],
        ),
        (
            "card A when contact.name ==, then: B do\n  text(\"a\")\nend\ncard A, then: B do\n  text(\"a\")\nend",
            &["4:28: `,` cannot stand here. Expected a value: a name, number, text, list or function call."],
        ),
        (
            "card A when contact.name \"x\", then: B do\n  text(\"a\")\nend\ncard A when contact.y ?, then: B do\n  text(\"a\")\nend\ncard A do\n  text(\"c\")\nend",
            &[
                "4:26: Found a text. Expected `do`, `when`, or `,` and an option such as `then: Card`.",
                "7:23: `?` has no meaning here.",
            ],
        ),
        (
            "card A do\n  text(\"a\")\n  then(B when contact.x ==)\nend",
            &["6:27: `)` cannot stand here. Expected a value: a name, number, text, list or function call."],
        ),
        (
            "trigger(on: \"MESSAGE RECEIVED\") when has_phrase(, \"a\")\ncard A, then: B do\n  text(\"a\")\nend",
            &["4:49: `,` cannot stand here. Expected a value: a name, number, text, list or function call."],
        ),
        ("card A then: B do\n  text(\"a\")\nend", &["4:8: Found `then`. Expected `,`. Write a comma before it."]),
        (
            "card A, \"l1\", \"l2\", version: \"1\", version: \"2\", then: B, then: C when contact.x when contact.y do\n  text(\"a\")\nend\ncard A, then: B do\n  text(\"a\")\nend",
            &[
                "4:15: The card has a label already. Remove one of them.",
                "4:35: warning: The card has `version:` already. Remove one of them.",
                "4:58: The card has `then:` already. Only one card can follow; write `then(Card when …)` where it depends on something.",
                "4:81: The card has `when` already. Join both conditions with `and`.",
            ],
        ),
        (
            "card A, color: \"blue\", the: C, then: B do\n  text(\"a\")\nend",
            &["4:24: warning: Cards have no `the:` that means anything. Did you mean `then:`?"],
        ),
        (
            "card A, then: B\n  text(\"a\")\nend",
            &["4:16: Found the end of the line. Expected `do`, `when`, or `,` and an option such as `then: Card`."],
        ),
        (
            "card A When contact.x, then: B do\n  text(\"a\")\nend",
            &[
                "4:8: Found `When`. Expected `do`, `when`, or `,` and an option such as `then: Card`. Did you mean `when`?",
            ],
        ),
    ];
    for (source, expected) in cases {
        let source = if source.contains("My_card") || source.contains("_2") {
            (*source).to_owned()
        } else {
            format!("{source}{B}")
        };
        assert_eq!(told(&source), *expected, "{source}");
    }
}

#[test]
fn a_condition_goes_on_in_the_next_line() {
    let source = code(
        "trigger(on: \"MESSAGE RECEIVED\")\n  when contact.a == 1\n  and contact.b == 2\ncard A when contact.a == 1 # one\n  and contact.b == 2\n  or contact.c\n  != 3, then: B do\n  x = 1\n    + 2\n  then(B when contact.a\n    and x)\n  not_so = -1\nend",
    );
    let parsed = parse(&source);
    assert_eq!(parsed.problems, []);
    let card = parsed.journey.cards().next().unwrap();
    assert_eq!(card.guard.as_ref().unwrap().to_string(), "contact.a == 1 and contact.b == 2 or contact.c != 3");
    assert_eq!(card.then.as_deref(), Some("B"));
    assert_eq!(card.statements.len(), 3);
    let trigger = parsed.journey.triggers().next().unwrap();
    assert_eq!(trigger.condition.as_ref().unwrap().to_string(), "contact.a == 1 and contact.b == 2");
}

#[test]
fn what_is_denied_keeps_its_brackets() {
    let source = code("card A when not (contact.a == contact.b) and not contact.c do\nend");
    assert_eq!(format(&source).unwrap(), source);
}

#[test]
fn cards_in_a_cell_that_is_no_code_are_found() {
    let cell = |open: &str, close: &str| format!("# Notes\n\n{open}\ncard A do\n  text(\"a\")\nend\n{close}\n");
    for (open, close) in [("```elixir", "```"), ("~~~stack", "~~~"), ("```", "```"), ("````Stack", "````")] {
        let problems = parse(&cell(open, close)).check(&journey::checks::Surroundings::default());
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let expected = "3:1: error: These cards stand in a note, which is not run. Expected a code cell. Code cells begin with ```stack.";
        assert_eq!(told, [expected], "{open}");
    }
    assert_eq!(parse("card A do\nend").problems[0].line, 1);
    let beside_code = format!("{}\n{}", cell("```elixir", "```"), code("card B do\nend"));
    assert_eq!(parse(&beside_code).problems, []);
    assert_eq!(parse("# Cards\n\nA card shows what to do\n").problems, []);
}

#[test]
fn an_unknown_argument_is_answered_with_those_there_are() {
    let found = told("card A do\n  x = get(\"https://a.example\", delay: 1)\nend");
    assert_eq!(
        found[0],
        "5:3: warning: `get` has no argument `delay:`. Expected `query:`, `headers:`, `body:`, `timeout:`, `cache_ttl:`, \
         `mode:`. It is kept as it is written, and means nothing when the journey runs."
    );
}

#[test]
fn a_comment_behind_a_card_stays_below_it() {
    let source = code("# above\ncard A do\nend # behind A\n# above B\ncard B do\nend # behind B");
    let formatted = format(&source).unwrap();
    let expected = code("# above\ncard A do\nend\n\n# behind A\n# above B\ncard B do\nend\n\n# behind B");
    assert_eq!(formatted, expected);
    assert_eq!(format(&formatted).unwrap(), formatted);
}

#[test]
fn the_catch_all_is_known_in_all_its_spellings() {
    for on in ["CATCH ALL", "CATCH-ALL", "catch_all", "Catchall"] {
        let source = code(&format!("trigger(on: \"{on}\")\ncard A do\nend"));
        assert_eq!(format(&source).unwrap(), code("trigger(on: \"CATCH ALL\")\n\ncard A do\nend"), "{on}");
    }
}

#[test]
fn code_full_of_foreign_blocks_is_read_in_time() {
    for unit in [
        "if x do\n",
        "if x do ",
        "case x do\n",
        "x.",
        "card A B-",
        "card A, then: \"b\" {\n",
        "text(\"a\n",
        "if then(",
        "? x\n",
    ] {
        let source = code(&unit.repeat(32 * 1024 / unit.len()));
        let before = std::time::Instant::now();
        assert!(!parse(&source).problems.is_empty(), "{unit:?}");
        assert!(before.elapsed().as_secs() < 5, "{unit:?}: {:?}", before.elapsed());
    }
}
