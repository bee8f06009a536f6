//! Every kind of problem has examples: `checks/<code>.bad.md` has it, and nothing else, in the lines after `wrong:`;
//! `checks/<code>.good.md` has none.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use expression::Value;
use journey::checks::{self, Check, Field, FieldKind, KnownTemplate, Neighbour, Stage, Surroundings};
use journey::model::{Journey, Trigger, TriggerEvent};
use journey::{Position, Problem, Severity, check, check_in, parse};

/// An organisation with a little of everything.
struct Organisation {
    fields: Vec<Field>,
    journeys: Vec<Neighbour>,
    templates: Vec<KnownTemplate>,
    globals: Value,
    languages: Vec<String>,
}

impl Organisation {
    fn new() -> Self {
        let field = |(name, kind, read_only): (&str, FieldKind, bool)| Field { name: name.into(), kind, read_only };
        let template = |name: &str, parameters, buttons: &[&str]| KnownTemplate {
            name: name.into(),
            language: "es".into(),
            parameters,
            buttons: buttons.iter().map(ToString::to_string).collect(),
        };
        let trigger = Trigger {
            event: TriggerEvent::MessageReceived,
            global: false,
            condition: Some(
                journey::model::Formula::parse("has_only_phrase(event.message.text.body, \"ayuda\")").unwrap(),
            ),
            position: Position::default(),
        };
        Self {
            fields: [
                ("name", FieldKind::Text, false),
                ("language", FieldKind::Choice, false),
                ("age", FieldKind::Number, false),
                ("opted_in", FieldKind::Boolean, false),
                ("due_date", FieldKind::Date, false),
                ("next_visit", FieldKind::DateTime, false),
                ("home", FieldKind::Location, false),
                ("first_message_received_at", FieldKind::DateTime, true),
            ]
            .map(field)
            .into(),
            journeys: vec![
                Neighbour { id: "7b6e".into(), name: "help".into(), triggers: vec![trigger], runs: true },
                Neighbour { id: "51c0".into(), name: "reminder".into(), triggers: Vec::new(), runs: true },
                Neighbour { id: "9f10".into(), name: "survey".into(), triggers: Vec::new(), runs: false },
            ],
            templates: vec![template("visit_reminder", 2, &["Voy", "No puedo"]), template("greeting", 0, &[])],
            globals: serde_json::json!({"settings": {"api": "https://api.example.org", "token": "…"}}).into(),
            languages: vec!["es".into(), "en".into()],
        }
    }

    fn surroundings(&self) -> Surroundings<'_> {
        Surroundings {
            id: Some("0a0a"),
            fields: Some(&self.fields),
            journeys: Some(&self.journeys),
            templates: Some(&self.templates),
            globals: Some(&self.globals),
            languages: Some(&self.languages),
        }
    }
}

/// All problems of a notebook: those of its notation, of the compiler and of the checks.
fn problems(source: &str) -> Vec<Problem> {
    let organisation = Organisation::new();
    // What only the canvas can send is shown as it sends it.
    let drawn = source.split_once("```json").and_then(|(_, rest)| rest.split_once("```")).map(|(json, _)| json);
    if let Some(drawn) = drawn {
        return check_in(&serde_json::from_str(drawn).unwrap(), &organisation.surroundings());
    }
    let parsed = parse(source);
    // What does not read well leaves holes, which would be reported once more.
    match parsed.problems.is_empty() {
        true => check_in(&parsed.journey, &organisation.surroundings()),
        false => parsed.problems,
    }
}

/// The lines marked as wrong: those after a comment or note `wrong:`.
fn marked(source: &str) -> BTreeSet<u32> {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let marks = lines.iter().enumerate().filter(|(_, line)| matches!(line.trim_start_matches(['#', ' ']), "wrong:"));
    let next = |(mark, _)| lines.iter().skip(mark + 1).position(|line| !line.is_empty()).map(|after| mark + after + 2);
    marks.filter_map(next).map(|line| u32::try_from(line).unwrap()).collect()
}

#[test]
fn every_code_is_found_in_its_bad_example_and_not_in_its_good_one() {
    let mut wrong = String::new();
    for Check { code, severity, bad, good, .. } in checks::all() {
        let found = problems(bad);
        let lines: BTreeSet<u32> = found.iter().map(|problem| problem.line).collect();
        let is_right = |problem: &Problem| problem.code == *code && problem.severity == *severity;
        let expected = match *code {
            "no-card" => BTreeSet::from([1]),      // there is no line to point at
            "bad-language" => BTreeSet::from([0]), // only the canvas can send it
            _ => marked(bad),
        };
        if found.is_empty() || !found.iter().all(is_right) || lines != expected {
            let _ = writeln!(wrong, "{code}: expected in the lines {expected:?} of the bad example:\n{}", told(&found));
        }
        if !found.iter().all(|problem| (problem.column > 0) == (problem.line > 0)) {
            let _ = writeln!(wrong, "{code}: a problem without a column:\n{}", told(&found));
        }
        let found = problems(good);
        if !found.is_empty() || good.trim().is_empty() {
            let _ = writeln!(wrong, "{code}: the good example has problems:\n{}", told(&found));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn told(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("    {} {problem}\n", problem.code)).collect()
}

#[test]
fn the_registry_is_whole() {
    let codes: Vec<&str> = checks::all().map(|check| check.code).collect();
    let unique: BTreeSet<&str> = codes.iter().copied().collect();
    assert_eq!(unique.len(), codes.len(), "a code is there twice");
    for check in checks::all() {
        let code = check.code;
        assert!(code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{code}");
        assert!(check.summary.ends_with('.') && check.explanation.ends_with('.'), "{code}: sentences end");
        assert_eq!(checks::find(code).map(|found| found.code), Some(code));
    }
    assert!(checks::find("no-such-code").is_none());
    // Every example belongs to a code.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/checks");
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let code = name.strip_suffix(".bad.md").or(name.strip_suffix(".good.md"));
        assert!(code.is_some_and(|code| unique.contains(code)), "{name} belongs to no check");
    }
}

/// The codes in the sources of the crate: what stands in quotes behind `Problem::error(`, `.warning(` and the like.
#[test]
fn every_code_that_is_reported_is_in_the_registry() {
    fn sources(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else {
                found.push(std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut found = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    let mut seen = 0;
    for source in &found {
        for call in ["Problem::error(", "Problem::warning(", ".error(", ".warning(", "problem("] {
            for (at, _) in source.match_indices(call) {
                let rest = source[at + call.len()..].trim_start();
                let Some((code, _)) = rest.strip_prefix('"').and_then(|rest| rest.split_once('"')) else { continue };
                // What an import reports is about the file, and explained there.
                let is_of_import = journey::floip::REPORTS.iter().any(|(known, _)| *known == code);
                assert!(is_of_import || checks::find(code).is_some(), "`{code}` is reported and not in the registry");
                seen += 1;
            }
        }
    }
    assert!(seen > 50, "only {seen} reports were recognised");
}

#[test]
fn the_reference_explains_every_code() {
    let reference = checks::reference();
    for check in checks::all() {
        assert!(reference.contains(&format!("### `{}` ({})", check.code, check.severity)), "{}", check.code);
        assert!(reference.contains(check.bad.trim_end()), "{}", check.code);
    }
    let explained = checks::find("never-true").unwrap().explain();
    assert!(explained.starts_with("# `never-true` (warning)\n\nThis condition never holds"), "{explained}");
}

/// `CHECKS.md` is what people read. `UPDATE=1` writes it.
#[test]
fn the_page_of_checks_is_the_reference() {
    crate::page("CHECKS.md", &checks::reference());
}

/// What is no journey at all: it has no meaning, and what it is meant to do cannot be told. Everything else runs.
const ERRORS: [&str; 10] = [
    "bad-language", // only the canvas can send it; the notation could not write it
    "bad-name",     // the notation could not write it, or reads it as something else
    "bad-weight",   // experiments are known nowhere else
    "dynamic-name",
    "no-card",
    "one-way",
    "open-block",
    "open-card",
    "open-fence",
    "syntax",
];

/// Only an error keeps a journey from running. What a notebook says that is not one is kept by `fmt`, compiles, and runs to
/// the end of its cards whatever is answered.
#[test]
fn only_what_has_no_meaning_keeps_a_journey_from_running() {
    let organisation = Organisation::new();
    for check in checks::all() {
        assert_eq!(check.severity == Severity::Error, ERRORS.contains(&check.code), "{}", check.code);
        assert!(check.explain().contains(check.severity.consequence()), "{}", check.code);
        let found = problems(check.bad);
        let hinders = found.iter().any(Problem::is_error);
        assert_eq!(hinders, check.severity == Severity::Error, "{}", check.code);
        assert_eq!(found.iter().any(Problem::is_fault), check.severity == Severity::Fault, "{}", check.code);
        if hinders {
            continue;
        }
        let parsed = parse(check.bad);
        assert!(!parsed.check(&organisation.surroundings()).iter().any(Problem::is_error), "{}", check.code);
        let formatted = journey::format(check.bad).unwrap();
        assert_eq!(parse(&formatted).journey, parsed.journey, "{}: nothing is lost\n{formatted}", check.code);
        assert_eq!(journey::format(&formatted).as_deref(), Ok(formatted.as_str()), "{}", check.code);
        // Nobody answers within five seconds.
        if check.code == "timeout-range" {
            continue;
        }
        crate::explore::conversations(&parsed.journey)
            .unwrap_or_else(|problems| panic!("{}: {problems:?}", check.code));
    }
}

#[test]
fn what_surrounds_a_journey_is_checked_only_when_it_is_known() {
    let codes = ["unknown-field", "read-only-field", "unknown-journey", "unknown-global", "unknown-template"];
    for code in codes {
        let journey = parse(checks::find(code).unwrap().bad).journey;
        assert_eq!(check(&journey), [], "{code}");
    }
}

#[test]
fn a_journey_does_not_compete_with_itself() {
    let journey = parse(checks::find("same-trigger").unwrap().bad).journey;
    let organisation = Organisation::new();
    let own = Surroundings { id: Some("7b6e"), ..organisation.surroundings() };
    let lines: Vec<u32> = check_in(&journey, &own).iter().map(|problem| problem.line).collect();
    assert_eq!(lines.len(), 1, "only the trigger that is there twice: {lines:?}");
}

#[test]
fn a_drawn_journey_is_checked_without_lines() {
    let notebook = parse(checks::find("never-true").unwrap().bad).journey;
    let json = serde_json::to_string(&notebook).unwrap();
    let drawn: Journey = serde_json::from_str(&json).unwrap();
    let found = check(&drawn);
    assert!(found.iter().all(|problem| problem.line == 0 && problem.code == "never-true"), "{found:?}");
    assert_eq!(found.len(), check(&notebook).len());
    let told = serde_json::to_value(&found[0]).unwrap();
    assert_eq!(told["severity"], "warning");
}

#[test]
fn severities_are_named_in_json() {
    for (severity, name) in [
        (Severity::Error, "error"),
        (Severity::Fault, "fault"),
        (Severity::Warning, "warning"),
        (Severity::Hint, "hint"),
    ] {
        assert_eq!(serde_json::to_value(severity).unwrap(), name);
        assert_eq!(severity.to_string(), name);
    }
}

#[test]
fn strange_journeys_are_checked_too() {
    let deep = format!("card A when {}x{} do\nend", "not (".repeat(30), ")".repeat(30));
    let cards: String =
        (0..300).map(|index| format!("card C{index}, then: C{} do\nend\n", (index + 1) % 300)).collect();
    for (source, expected) in [
        ("", "no-card"),
        ("card A, then: A do\nend", "loop-without-wait"),
        ("card A, then: Nowhere do\nend", "unknown-card"),
        (deep.as_str(), "unknown-name"),
        (cards.as_str(), "loop-without-wait"),
    ] {
        let journey = parse(&format!("```stack\n{source}\n```")).journey;
        let found = check(&journey);
        assert!(found.iter().any(|problem| problem.code == expected), "{source}: {found:?}");
    }
}

#[test]
fn whatever_is_cut_short_is_checked_too() {
    let organisation = Organisation::new();
    for check in checks::all() {
        let lines: Vec<&str> = check.bad.lines().collect();
        for from in 0..lines.len() {
            for to in [lines.len() - 1, lines.len()] {
                let part = lines.get(from..to).unwrap_or_default().join("\n");
                let part = if from > 0 { format!("```stack\n{part}") } else { part };
                for problem in check_in(&parse(&part).journey, &organisation.surroundings()) {
                    assert!(checks::find(problem.code).is_some(), "{part}\n{problem}");
                }
            }
        }
    }
}

#[test]
fn a_large_journey_of_mistakes_takes_no_ages() {
    let cards = (0..2000).fold(String::new(), |mut cards, index| {
        let next = (index * 7 + 3) % 2000;
        let _ = writeln!(
            cards,
            "card A{index}, then: A{next} do\n  text(\"@unknown{index}.x\")\n  v{index} = w{next}\nend"
        );
        cards
    });
    let journey = parse(&format!("```stack\n{cards}```\n")).journey;
    let before = std::time::Instant::now();
    assert!(check(&journey).len() > 4000);
    // A tenth of a second without optimisation; what grows with the square of the journey takes half a minute.
    assert!(before.elapsed().as_secs() < 5, "{:?}", before.elapsed());
}

/// What the compiler alone says: for tests that are about something else.
pub(crate) fn without_a_closer_look(problems: Vec<Problem>) -> Vec<Problem> {
    let is_closer = |problem: &Problem| checks::find(problem.code).is_some_and(|check| check.stage == Stage::Checking);
    problems.into_iter().filter(|problem| !is_closer(problem)).collect()
}
