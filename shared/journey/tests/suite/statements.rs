//! Every kind of statement has a fixture: `statements/<kind>.md` is a notebook that uses it, `statements/<kind>.json`
//! what is said to it and what must come of that. `UPDATE=1` writes what came instead of comparing it: read it then.

use std::path::{Path, PathBuf};

use crate::checks::without_a_closer_look;
use crate::talk::{Shelf, Talk};
use journey::model::{Setting, TriggerEvent};
use journey::statements::KINDS;
use journey::{Attachment, CallOutcome, Effect, Message, Reply, compile, parse, print};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Fixture {
    /// Problems of the compiler; the journey is not run when there is an error.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    problems: Vec<String>,
    /// What the contact does, after the start.
    #[serde(default)]
    inputs: Vec<Input>,
    /// What came of each.
    #[serde(default)]
    steps: Vec<Step>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Input {
    Say(String),
    Tap(String),
    Kind(String),
    /// A place: degrees north and east.
    Place(f64, f64),
    /// A form that was filled in, and whether it is the one that was just sent.
    Form {
        fields: serde_json::Value,
        is_new: bool,
    },
    /// A web service answers.
    Responds {
        status: u16,
        body: String,
    },
    /// A web service does not answer.
    Fails(String),
    /// The alarm of the wait.
    Rings,
    /// An operator lets the journey go on.
    Resumes,
}

impl Input {
    fn give<'t>(&self, talk: &'t mut Talk) -> &'t mut Talk {
        match self {
            Self::Say(text) => talk.say(text),
            Self::Tap(title) => talk.tap(title),
            Self::Kind(kind) => talk.reply(Reply::of_kind(kind)),
            Self::Place(latitude, longitude) => {
                let (latitude, longitude) = (*latitude, *longitude);
                let place = Attachment::Place { latitude, longitude, name: Some("Casa"), address: None };
                talk.reply(Reply::with("location", place))
            }
            Self::Form { fields, is_new } => {
                let token = talk.effects.iter().find_map(|effect| match effect {
                    Effect::Send(Message::Flow { token, .. }) => Some(token.clone()),
                    _ => None,
                });
                let mut fields = fields.clone();
                fields["flow_token"] = token.filter(|_| *is_new).unwrap_or_else(|| "00000000.0".to_owned()).into();
                talk.reply(Reply::with("interactive", Attachment::Form { response: &fields.to_string() }))
            }
            Self::Responds { status, body } => talk.responds(*status, body),
            Self::Fails(reason) => talk.answered(CallOutcome::Failed { reason: reason.clone() }),
            Self::Rings => talk.ring(),
            Self::Resumes => talk.input(journey::Input::Resume),
        }
    }
}

#[derive(Default, PartialEq, Debug, Serialize, Deserialize)]
struct Step {
    effects: Vec<String>,
    trace: Vec<String>,
    session: Option<serde_json::Value>,
}

impl Step {
    fn of(talk: &Talk) -> Self {
        let session = talk.session.as_ref().map(|session| serde_json::to_value(session).unwrap());
        Self { effects: talk.shown(), trace: talk.told(), session }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/statements")
}

#[test]
fn every_kind_has_a_fixture_and_keeps_it() {
    for kind in KINDS {
        let path = folder().join(format!("{kind}.md"));
        let source = std::fs::read_to_string(&path)
            .unwrap_or_else(|_| panic!("the statement `{kind}` has no fixture {}", path.display()));
        let parsed = parse(&source);
        assert_eq!(parsed.problems, [], "{kind}");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, print(&parsed.journey)).unwrap();
        }
        let source = std::fs::read_to_string(&path).unwrap();
        assert_eq!(print(&parsed.journey), source, "{kind}: the fixture is canonical code");
        let json = serde_json::to_string(&parsed.journey).unwrap();
        assert!(json.contains(&format!("\"type\":\"{kind}\"")), "{kind}: the fixture does not use it");
        assert_eq!(serde_json::from_str::<journey::Journey>(&json).unwrap(), parsed.journey, "{kind}");
        check(kind, &source);
    }
}

fn check(kind: &str, source: &str) {
    let path = folder().join(format!("{kind}.json"));
    let stored = std::fs::read_to_string(&path).unwrap_or_else(|_| "{}".to_owned());
    let fixture: Fixture = serde_json::from_str(&stored).unwrap_or_else(|error| panic!("{kind}: {error}"));
    let journey = parse(source).journey;
    let problems: Vec<String> =
        without_a_closer_look(journey::check(&journey)).iter().map(ToString::to_string).collect();
    let mut steps = Vec::new();
    if compile(&journey).is_ok() {
        let child = "```stack\ncard Child do\n  text(\"From the child\")\n  ask(\"Child?\")\nend\n```";
        let shelf = Shelf::default().with("main", source).with("child", child);
        let mut talk = Talk::on(shelf, serde_json::json!({"name": "Ana", "language": "es"}));
        steps.push(Step::of(&talk));
        for input in &fixture.inputs {
            steps.push(Step::of(input.give(&mut talk)));
        }
    }
    if std::env::var_os("UPDATE").is_some() {
        let fixture = Fixture { problems, inputs: fixture.inputs, steps };
        std::fs::write(&path, serde_json::to_string_pretty(&fixture).unwrap() + "\n").unwrap();
        return;
    }
    assert_eq!(problems, fixture.problems, "{kind}");
    assert_eq!(steps.len(), fixture.steps.len(), "{kind}: write the fixture with UPDATE=1 and read it");
    for (index, (step, expected)) in steps.iter().zip(&fixture.steps).enumerate() {
        assert_eq!(step, expected, "{kind}, step {index}");
    }
}

/// What a file says of the ways in it that are written with code: so many of them, one an entry.
fn about_each(file: &str, count: usize) -> String {
    let source = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
    let mut entries: Vec<String> = Vec::new();
    let mut is_open = false;
    for line in source.lines() {
        let text = line.strip_prefix("    /// ");
        match text {
            Some(text) if is_open => *entries.last_mut().unwrap() += &format!(" {text}"),
            Some(text) if text.starts_with('`') => entries.push(format!("- {text}")),
            _ => {}
        }
        is_open = text.is_some_and(|text| is_open || text.starts_with('`'));
    }
    assert_eq!(entries.len(), count, "{file}: {entries:#?}");
    entries.join("\n") + "\n"
}

/// The page of all statements: what each module says of itself, and the notebook that uses it.
#[test]
fn the_page_of_statements_is_what_they_say_of_themselves() {
    let mut page = String::from(INTRODUCTION);
    page.push_str(
        "\n# Triggers\n\n`trigger(…)`, with `when` and a condition or without, says why a journey starts.\n\n",
    );
    page.push_str(&about_each("src/model/trigger.rs", TriggerEvent::NAMES.len() + 1));
    page.push_str("\n# Settings\n\nProperties of the whole journey, written before its cards.\n\n");
    page.push_str(&about_each("src/model/setting.rs", Setting::NAMES.len()));
    page.push_str(STATEMENTS);
    let mut kinds = KINDS.to_vec();
    kinds.sort_unstable();
    for kind in kinds {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/statements/{kind}.rs"));
        let source = std::fs::read_to_string(&source).unwrap();
        let about = source.lines().map_while(|line| line.strip_prefix("//!"));
        let about: Vec<&str> = about.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
        let about = about.join("\n");
        let first = about.split("\n\n").next().unwrap_or_default();
        assert!(first.ends_with('.'), "{kind} does not say what it is");
        page.push_str(&format!("\n## {kind}\n\n{about}\n\n[Examples](tests/statements/{kind}.md)\n"));
    }
    crate::page("STATEMENTS.md", &page);
}

const INTRODUCTION: &str = "\
What a journey says, apart from its notes: why it starts, how it is as a whole, and what its cards do.
";

const STATEMENTS: &str = "\n\
# Statements

What a card can do. Texts may be written in several languages (`text(\"Hola\", en: \"Hello\")`); values are expressions of the
[functions](../expression/FUNCTIONS.md). The examples are notebooks that are run as tests, with what is said to each and what
comes of it in the file beside it.
";
