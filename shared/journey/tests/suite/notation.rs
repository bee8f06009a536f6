//! The notation: mistakes are all found, and every journey survives printing and parsing.

use expression::{Expr, ExprKind};
use journey::model::{
    Card, Cell, Code, Content, Formula, Item, ItemKind, Place, Setting, Sheet, SheetKind, Trigger, TriggerEvent,
};
use journey::statements::{
    Action, AddLabel, Ask, Assign, Buttons, Call, Choices, List, Log, Media, Statement, Text, Then, UpdateContact,
};
use journey::{Journey, MediaKind, Severity, check, compile, parse, print};
use proptest::prelude::*;

fn code(source: &str) -> String {
    format!("# Notes\n\n```stack\n{source}\n```\n")
}

/// `line:column code message` of everything that is wrong in code that begins in line 4.
fn wrong(source: &str) -> Vec<String> {
    let parsed = parse(&code(source));
    let mut problems = parsed.problems;
    if problems.is_empty() {
        problems = check(&parsed.journey);
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
        ("card 7 do\n  text(\"a\")\nend", &["4:6 syntax Found `7`."]),
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
            &["5:3 unexpected-content `log` has no `do … end`."],
        ),
        ("card A do\n  log(\"a\") log(\"b\")\nend", &["5:12 syntax Found `log`."]),
        ("card A do\n  schedule_stack(\"x\")\nend", &["5:3 bad-argument It is not clear when the journey starts."]),
        ("card A do\n  update_contact()\nend", &["5:3 missing-argument `update_contact` changes nothing."]),
        (
            "card A do\n  buttons(1, x) do\n    text(\"a\")\n  end\nend",
            &["5:3 bad-argument `1` is not the name of a card."],
        ),
        ("card A do\nend\ninteraction_timeout(0)", &["6:1 bad-argument `0` is not a number of seconds."]),
        ("trigger(on: 1)\ncard A do\nend", &["4:1 bad-trigger It is not clear what starts the journey."]),
        ("trigger(on: \"DOOMSDAY\")\ncard A do\nend", &["4:1 unknown-trigger Nothing here starts on `DOOMSDAY`."]),
        (
            "trigger(interval: \"soon\", relative_to: \"contact.x\")\ncard A do\nend",
            &["4:1 bad-interval `soon` is not a span of time."],
        ),
        ("card A, then: Bee do\nend\ncard Be do\nend", &["4:1 unknown-card There is no card `Bee`."]),
        ("card A do\n  then(Nowhere)\nend", &["5:3 unknown-card There is no card `Nowhere`."]),
        (
            "card A do\nend\ncard A do\nend",
            &["6:1 unreachable-card Another card `A` without `when` comes first; this one is never used."],
        ),
        (
            "card A do\n  contact = 1\nend",
            &["5:3 reserved-name A variable cannot be called `contact`: every journey has that already."],
        ),
        ("card A do\n  header(\"a\")\nend", &["5:3 stray-header A header belongs to a question."]),
        (
            "card A do\n  write_result(\"a\", 1, label: \"@x\")\nend",
            &["5:3 dynamic-label The label \"@x\" is not a constant text."],
        ),
        ("card A do\n  get(\"https://example.org\")\nend", &["5:3 not-supported `get` is not supported yet."]),
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
    assert_eq!(lines, [3, 5, 6, 11, 13, 20, 23], "{:#?}", parsed.problems);
    assert!(parsed.problems.iter().all(|problem| problem.severity == Severity::Error && problem.column > 0));
    let names: Vec<&str> = parsed.journey.cards().map(|card| card.name.as_str()).collect();
    assert_eq!(names, ["A", "B", "C"], "the cards are there all the same");
    assert!(matches!(parsed.journey.cards().next().unwrap().statements.last().unwrap().action, Action::Text(_)));
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
        "```stack\nstack S do\n  # above\n  # done\n  card A do\n    # behind\n    # why\n    # one\n    x = [1, 2]\n  end\nend\n```\n"
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

// What follows makes arbitrary journeys.

fn name() -> impl Strategy<Value = String> {
    "[A-Z][A-Za-z0-9_]{0,8}".prop_filter("a reserved word", |name| {
        let reserved = ["and", "false", "if", "in", "nil", "not", "null", "or", "true"];
        !reserved.contains(&name.to_lowercase().as_str())
    })
}

fn variable() -> impl Strategy<Value = String> {
    "[a-z]{2}_[a-z0-9]{1,6}"
}

/// Any text, references and odd characters included, as a literal of the code.
fn text() -> impl Strategy<Value = Formula> {
    let plain = "[a-zñ¿ \"'\\\\\\n@`#{}|\\t-]{0,40}".prop_map(|text: String| Formula::text(&text));
    let long = "([ ]{0,3}[a-z\"\\\\`#]{0,12}\\n){1,4}[a-z]{0,3}".prop_map(|text: String| Formula::text(&text));
    prop_oneof![plain, long, Just(Formula::parse("\"Hola @contact.name\\n@(1 + 2) \\\"x\\\"\"").unwrap())]
}

fn formula() -> impl Strategy<Value = Formula> {
    const SOURCES: [&str; 6] = [
        "1",
        "-2.5",
        "contact.age >= 18 and not opted_in",
        "[1, [2, \"x\"]]",
        "map(xs, &[&1.id, &1.title])",
        "if(a, 1, 2)",
    ];
    prop_oneof![
        proptest::sample::select(&SOURCES[..]).prop_map(|source| Formula::parse(source).unwrap()),
        any::<i32>().prop_map(|number| Expr::new(ExprKind::Int(number.into()), expression::Span::default()).into()),
        text(),
    ]
}

fn choices() -> impl Strategy<Value = Choices> {
    let list = Formula::parse("map(items, &[&1, &1])").unwrap();
    prop_oneof![
        prop::collection::vec(name(), 1..4).prop_map(Choices::Cards),
        prop::collection::vec((name(), text()), 1..4).prop_map(Choices::Labelled),
        prop::collection::vec(text(), 1..4).prop_map(Choices::Values),
        prop::option::of(name()).prop_map(move |card| Choices::Dynamic { card, items: list.clone() }),
    ]
}

fn statement() -> impl Strategy<Value = Statement> {
    let kind = prop_oneof![Just(MediaKind::Image), Just(MediaKind::Audio), Just(MediaKind::Document)];
    let simple = prop_oneof![
        text().prop_map(|body| Action::Text(Text { body, options: Vec::new() })),
        (kind, text(), prop::option::of(text())).prop_map(|(kind, url, caption)| Action::Media(Media {
            kind,
            url,
            caption,
            filename: None
        })),
        text().prop_map(|message| Action::Log(Log { message })),
        formula().prop_map(|label| Action::AddLabel(AddLabel { label })),
    ]
    .prop_map(Statement::from);
    let content = prop::collection::vec(simple.clone(), 1..3);
    let action = prop_oneof![
        (prop::option::of(variable()), choices(), content.clone())
            .prop_map(|(variable, choices, content)| Action::Buttons(Buttons { variable, choices, content })),
        (prop::option::of(variable()), text(), choices(), content.clone()).prop_map(
            |(variable, call_to_action, choices, content)| {
                Action::List(List { variable, call_to_action, choices, content })
            }
        ),
        (prop::option::of(variable()), text()).prop_map(|(variable, question)| Action::Ask(Ask {
            variable,
            question: Some(question),
            limit: None,
            content: Vec::new()
        })),
        (variable(), formula()).prop_map(|(variable, value)| Action::Assign(Assign { variable, value })),
        (name(), prop::option::of(formula())).prop_map(|(card, guard)| Action::Then(Then { card, guard })),
        prop::collection::vec((variable(), formula()), 1..6)
            .prop_map(|fields| Action::UpdateContact(UpdateContact { fields })),
        (variable(), prop::collection::vec(formula(), 0..3), content).prop_map(|(name, arguments, content)| {
            Action::Call(Call { variable: Some(name), name: "app".to_owned(), arguments, options: Vec::new(), content })
        }),
    ]
    .prop_map(Statement::from);
    (prop_oneof![simple, action], comments()).prop_map(|(statement, comments)| Statement { comments, ..statement })
}

fn comments() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[ a-z`\"@]{0,12}", 0..2)
}

fn item() -> impl Strategy<Value = Item> {
    let event = prop_oneof![
        Just(TriggerEvent::MessageReceived),
        Just(TriggerEvent::CatchAll),
        Just(TriggerEvent::Interval { interval: "+5m".into(), relative_to: "contact.due".into() }),
        "[A-Z @\"]{1,8}".prop_map(|name| TriggerEvent::Other { name }),
    ];
    let trigger = (event, any::<bool>(), prop::option::of(formula())).prop_map(|(event, global, condition)| {
        ItemKind::Trigger(Trigger { event, global, condition, position: journey::Position::default() })
    });
    let setting = (1..9999_u32).prop_map(|seconds| ItemKind::Setting(Setting::InteractionTimeout(seconds)));
    let head = (name(), prop::option::of(text()), prop::option::of(formula()), prop::option::of(name()));
    let metadata = prop::collection::vec((variable(), text()), 0..3);
    let body = (prop::collection::vec(statement(), 0..5), comments());
    let card = (head, metadata, body).prop_map(|((name, label, guard, then), metadata, (statements, comments))| {
        let position = journey::Position::default();
        ItemKind::Card(Card { name, label, metadata, guard, then, statements, comments, position })
    });
    (comments(), prop_oneof![1 => trigger, 1 => setting, 4 => card]).prop_map(|(comments, kind)| Item {
        comments,
        position: journey::Position::default(),
        kind,
    })
}

fn cell() -> impl Strategy<Value = Cell> {
    let code = (prop::option::of(name()), prop::collection::vec(item(), 0..4), comments())
        .prop_map(|(wrapper, items, comments)| Content::Code(Code { wrapper, items, comments }));
    let note = "[A-Za-z*#] ?[a-z ñ|*#-]{0,30}[a-z](\n\n?[a-z |]{0,20}[a-z]){0,3}".prop_map(Content::Note);
    let row = || prop::collection::vec("[a-z\\\\|ñ]{1,8}", 2..3);
    let sheet = ("[a-z]{1,8}", row(), prop::collection::vec(row(), 0..3), any::<bool>()).prop_map(
        |(name, columns, rows, is_table)| {
            let kind = if is_table { SheetKind::Table } else { SheetKind::Dictionary };
            Content::Sheet(Sheet { kind, name, version: "0.1.0".into(), settings: "[]".into(), columns, rows })
        },
    );
    let place = ("[a-f0-9-]{0,8}", -900..900_i32, -900..900_i32).prop_map(|(section, x, y)| Place {
        section,
        x: f64::from(x) / 2.0,
        y: f64::from(y),
    });
    // Two notes without a place between them are one note.
    (place, any::<bool>(), prop_oneof![3 => code, 2 => note, 1 => sheet]).prop_map(|(place, placed, content)| Cell {
        place: (placed || matches!(content, Content::Note(_))).then_some(place),
        content,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_journey_survives_both_notations(cells in prop::collection::vec(cell(), 0..5)) {
        let journey = Journey { cells };
        let printed = print(&journey);
        let parsed = parse(&printed);
        prop_assert_eq!(&parsed.problems, &[], "{}", &printed);
        prop_assert_eq!(&parsed.journey, &journey, "{}", &printed);
        prop_assert_eq!(print(&parsed.journey), printed);
        let json = serde_json::to_string(&journey).unwrap();
        prop_assert_eq!(serde_json::from_str::<Journey>(&json).unwrap(), journey);
    }

    #[test]
    fn any_text_is_a_notebook(source in "(card A do\n|end\n|```stack\n|text\\(\"x\"\\)\n|buttons\\(\\[A\\]\\) do\n|<!-- |-->|[ -~ñ\n]{0,10}){0,12}") {
        let parsed = parse(&source);
        let _ = check(&parsed.journey);
        let printed = print(&parsed.journey);
        let again = parse(&printed);
        prop_assert_eq!(print(&again.journey), printed);
    }
}
