//! A flow holds the conversations of its notebook: both are talked through with the same inputs, and everything that
//! comes of it is the same. The bundled playbooks are exported for that; where real notebooks are at hand that have a flow
//! of another program beside them, those too.

use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use journey::floip::{Options as Names, export};
use journey::model::{Content, Journey};
use journey::{Parsed, exchange, parse, references};
use rehearsal::http::{Answer, Glob, Mock};
use rehearsal::{Event, Incoming, Loaded, Options, Parts, Rehearsal, Shelf, Tap};
use serde_json::{Map, Value, json};

/// How many conversations are held, the shortest first.
const BREADTH: usize = 60;
/// How many inputs a long conversation has, and how many of those are held.
const DEPTH: (usize, usize) = (20, 8);

/// What the contact can do.
#[derive(Debug, Clone, PartialEq)]
enum Act {
    Tap(String),
    Say(&'static str),
    Picture,
    /// Says nothing, until what is due has happened.
    Wait,
    /// The team gives the conversation back.
    HandBack,
}

/// A notebook, and the journey that a flow holds.
struct Pair {
    name: String,
    notebook: String,
    flow: Journey,
}

fn files(folder: &Path, suffix: &str, found: &mut Vec<PathBuf>) {
    for path in std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            files(&path, suffix, found);
        } else if path.to_str().is_some_and(|path| path.ends_with(suffix)) {
            found.push(path);
        }
    }
    found.sort();
}

/// What is read from a flow. What flows do not have is taken from the notebook: its dictionaries.
fn read(name: &str, notebook: String, flow: &str) -> Pair {
    let imported = exchange::import(flow).unwrap();
    assert!(
        imported.problems.iter().all(|problem| problem.code == "no-dictionary"),
        "{name}: {:#?}",
        imported.problems
    );
    let mut flow = imported.journey;
    let sheets = parse(&notebook).journey.cells.into_iter().filter(|cell| matches!(cell.content, Content::Sheet(_)));
    flow.cells.extend(sheets);
    Pair { name: name.to_owned(), notebook, flow }
}

fn pairs() -> Vec<Pair> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pairs = Vec::new();
    let mut notebooks = Vec::new();
    files(&here.join("../../infra/playbooks"), ".md", &mut notebooks);
    for path in notebooks {
        let notebook = std::fs::read_to_string(&path).unwrap();
        let journey = parse(&notebook).journey;
        if journey.cards().next().is_some() {
            let mut container = export(&journey, &Names { name: "flow".to_owned(), ..Names::default() }).unwrap();
            // As if another program had written it: without what only we read.
            container.vendor_metadata = Value::Null;
            let flow = serde_json::to_string(&container).unwrap();
            pairs.push(read(&path.display().to_string(), notebook, &flow));
        }
    }
    let corpus = std::env::var_os("JOURNEY_CORPUS").map_or_else(|| here.join("../../../shared/corpus"), PathBuf::from);
    let mut flows = Vec::new();
    files(&corpus, ".flow.json", &mut flows);
    if flows.is_empty() {
        eprintln!("skipped: no flows of other programs in {} (set JOURNEY_CORPUS)", corpus.display());
    }
    for path in flows {
        let notebook = path.to_str().unwrap().replace(".flow.json", ".md");
        let notebook = std::fs::read_to_string(notebook).unwrap();
        pairs.push(read(&path.display().to_string(), notebook, &std::fs::read_to_string(&path).unwrap()));
    }
    pairs
}

/// What web services answer: something of everything.
fn answer() -> Answer {
    let button = |title: &str| json!({"title": title, "value": {"title": title}, "type": "next_message"});
    let buttons = json!([button("First"), button("Second"), button("Third")]);
    let message = json!({"text": "Hello", "value": {"message": "Hello", "buttons": buttons}, "buttons": buttons});
    let page = json!({"id": 7, "slug": "page", "title": "Page", "text": message, "body": {"text": message}});
    let body = json!({
        "id": 1, "title": "Title", "results": [page, page], "messages": [message, message], "body": {"text": message},
        "pages": [page], "answers": ["yes"], "query_id": 3, "urgent": false, "operator_online": true
    });
    Answer::Response { status: 200, body: body.to_string() }
}

/// A journey that people talk to, one after the other: it is compiled once. The journeys it names come back at once.
struct Stage {
    shelf: Option<Shelf>,
    options: Options,
}

impl Stage {
    fn new(journey: &Journey, named: &[String], answer: &Answer, contact: &Value) -> Self {
        let mut shelf = Shelf::default();
        let loaded = Loaded { parsed: Parsed { journey: journey.clone(), problems: Vec::new() }, text: None };
        shelf.add("main", "main", None, loaded).unwrap_or_else(|problems| panic!("{problems:#?}"));
        named.iter().for_each(|name| shelf.add_return(name));
        let any = Mock { method: None, url: Glob::new("*"), query: Vec::new(), body: None, answer: answer.clone() };
        let contact = contact.as_object().cloned().unwrap_or_default();
        Self { shelf: Some(shelf), options: Options { contact, http: vec![any], ..Options::default() } }
    }

    /// Somebody new.
    fn begin(&mut self) -> Rehearsal {
        Rehearsal::new(self.shelf.take().unwrap(), self.options.clone())
    }

    fn end(&mut self, talk: Rehearsal) {
        self.shelf = Some(talk.into_shelf());
    }
}

/// Everything that came of something, and how things stand then: messages, fields, results, labels, calls, plans.
fn told(rehearsal: &Rehearsal, events: &[Event]) -> Vec<String> {
    let mut told: Vec<String> = events
        .iter()
        .filter_map(|event| match event {
            Event::Did { effect, .. } => Some(match Parts::of(effect) {
                Some(parts) => format!("{parts:?}"),
                None => serde_json::to_string(effect).unwrap(),
            }),
            Event::Called { call, answer, .. } => Some(format!("{call:?} -> {}", answer.is_some())),
            Event::Noted { .. } => None,
            other => Some(format!("{other:?}")),
        })
        .collect();
    let conversation = rehearsal.conversation();
    let session = rehearsal.session().map(|session| session.wait.deadline());
    told.push(format!("{}", json!([rehearsal.contact(), rehearsal.results()])));
    told.push(format!(
        "{:?} {:?} {:?} {:?} {session:?}",
        conversation.labels, conversation.assignee, conversation.mode, conversation.scheduled
    ));
    told
}

fn act(rehearsal: &mut Rehearsal, act: &Act) -> Vec<Event> {
    match act {
        Act::Tap(title) => rehearsal.tap(Tap::Label(title)).unwrap_or_default(),
        Act::Say(text) => rehearsal.say(text),
        Act::Picture => rehearsal.send(&Incoming::Other { kind: "image".to_owned(), body: Map::new() }),
        Act::Wait => rehearsal.advance(SignedDuration::from_hours(25)),
        Act::HandBack => rehearsal.hand_back(),
    }
}

/// What can be done next; nothing when nobody waits for anything.
fn acts(rehearsal: &Rehearsal) -> Vec<Act> {
    if rehearsal.session().is_none() {
        return Vec::new();
    }
    let mut acts: Vec<Act> = rehearsal.visible_choices().map(|choice| Act::Tap(choice.title.clone())).collect();
    acts.extend([Act::Say("5"), Act::Say("hola"), Act::Picture, Act::Wait, Act::HandBack]);
    acts
}

/// Holds the same conversation with both; the acts that can follow.
fn compare(name: &str, both: &mut [Stage; 2], way: &[Act]) -> Vec<Act> {
    let mut talks = both.each_mut().map(Stage::begin);
    let [here, there] = talks.each_mut().map(|talk| {
        let events = talk.start();
        told(talk, &events)
    });
    assert_eq!(here, there, "{name}: the beginning");
    for (number, next) in way.iter().enumerate() {
        let [here, there] = talks.each_mut().map(|talk| {
            let events = act(talk, next);
            told(talk, &events)
        });
        assert_eq!(here, there, "{name}: {:?}", &way[..=number]);
    }
    let [here, there] = talks.each_ref().map(acts);
    assert_eq!(here, there, "{name}: {way:?}");
    both.iter_mut().zip(talks).for_each(|(stage, talk)| stage.end(talk));
    here
}

/// All conversations, the shortest first; then long ones, by chance.
fn converse(pair: &Pair, answer: &Answer, contact: &Value) -> usize {
    let notebook = parse(&pair.notebook);
    assert_eq!(notebook.problems, [], "{}", pair.name);
    let named: Vec<String> = references(&pair.notebook).into_iter().filter_map(|place| place.journey).collect();
    let mut both = [&notebook.journey, &pair.flow].map(|journey| Stage::new(journey, &named, answer, contact));
    let mut held = 0;
    let mut open = std::collections::VecDeque::from([Vec::new()]);
    while let Some(way) = open.pop_front().filter(|_| held < BREADTH) {
        held += 1;
        for next in compare(&pair.name, &mut both, &way) {
            open.push_back([&way[..], &[next]].concat());
        }
    }
    // A linear congruential generator (Knuth): always the same conversations.
    let mut state = 1_u64;
    for _ in 0..DEPTH.1 {
        let mut talk = both[0].begin();
        talk.start();
        let mut way: Vec<Act> = Vec::new();
        while let (true, acts) = (way.len() < DEPTH.0, acts(&talk))
            && !acts.is_empty()
        {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let next = acts[usize::try_from(state >> 33).unwrap() % acts.len()].clone();
            act(&mut talk, &next);
            way.push(next);
        }
        both[0].end(talk);
        compare(&pair.name, &mut both, &way);
        held += 1;
    }
    held
}

#[test]
fn a_flow_and_its_notebook_hold_the_same_conversations() {
    let pairs = pairs();
    assert!(pairs.len() >= 2, "the playbooks are always there");
    for pair in &pairs {
        let fails = Answer::Failure { reason: "timeout".to_owned() };
        let mut held = 0;
        for (answer, contact) in [
            (answer(), json!({"name": "Ana", "language": "es", "whatsapp_id": "573001112233"})),
            (answer(), json!({"name": "Joe", "language": "en", "opted_in": true, "route_to_operator_origin": "aaq"})),
            (fails, json!({})),
        ] {
            held += converse(pair, &answer, &contact);
        }
        println!("{}: {held} conversations", pair.name);
    }
}

/// The comparison finds what it is there to find.
#[test]
fn every_difference_is_heard() {
    let code = "card A, then: B do\n  x = buttons(C: \"Sí\") do\n    text(\"¿?\")\n  end\nend\ncard B do\n  text(\"b\")\nend\n\
        card C do\n  y = ask(\"Why?\")\n  update_contact(why: \"@y\")\n  write_result(\"why\", y)\n  add_label(\"why\")\nend";
    let notebook = format!("```stack\n{code}\n```\n");
    let same = Pair { name: "same".to_owned(), flow: parse(&notebook).journey, notebook: notebook.clone() };
    let held = converse(&same, &answer(), &json!({}));
    assert!(held > 30, "{held}");
    for (from, to) in [
        ("text(\"b\")", "text(\"c\")"),
        ("why: \"@y\"", "why: \"@x\""),
        ("write_result(\"why\"", "write_result(\"what\""),
        ("add_label(\"why\")", "add_label(\"what\")"),
        ("C: \"Sí\"", "C: \"No\""),
        ("card C do", "interaction_timeout(60, then: B)\ncard C do"),
        ("ask(\"Why?\")", "ask(\"Why?\", 3)"),
    ] {
        let flow = parse(&notebook.replace(from, to)).journey;
        assert_ne!(flow, same.flow, "{from}");
        let other = Pair { name: to.to_owned(), flow, notebook: notebook.clone() };
        let found = std::panic::catch_unwind(|| converse(&other, &answer(), &json!({})));
        assert!(found.is_err(), "{from} -> {to} was not heard");
    }
}
