//! All conversations a journey can have, up to a length: what comparing two journeys needs.

use std::sync::Arc;

use journey::{Input, Journey, Problem, Reply, TraceEvent, Wait, compile};
use serde_json::json;

use crate::talk::{Shelf, Talk};

/// How many inputs a conversation has at most.
const LENGTH: usize = 12;
/// How many conversations are held with one journey.
const CONVERSATIONS: usize = 150;

/// What web services answer: something of everything.
fn answer() -> String {
    let button = |title: &str| json!({"title": title, "value": {"title": title}, "type": "next_message"});
    let buttons = json!([button("First"), button("Second"), button("Third")]);
    let message = json!({"text": "Hello", "value": {"message": "Hello", "buttons": buttons}, "buttons": buttons});
    let page = json!({"id": 7, "slug": "page", "title": "Page", "text": message, "body": {"text": message}});
    json!({
        "id": 1, "title": "Title", "results": [page, page], "messages": [message, message], "body": {"text": message},
        "pages": [page], "answers": ["yes"], "query_id": 3, "urgent": false
    })
    .to_string()
}

/// What can be done next: a tap on each choice, or a word or number in its place.
fn inputs(talk: &Talk) -> Vec<String> {
    match talk.session.as_ref().map(|session| &session.wait) {
        None => Vec::new(),
        Some(Wait::Reply { .. }) => {
            let taps = talk.choices().into_iter().take(3).map(|(_, title)| format!("tap {title}"));
            taps.chain(["say 5".to_owned(), "say hola".to_owned()]).collect()
        }
        Some(_) => vec!["go on".to_owned()],
    }
}

fn give(talk: &mut Talk, input: &str) {
    match (input.split_once(' '), talk.session.as_ref().map(|session| session.wait.clone())) {
        (Some(("tap", title)), _) => talk.tap(title),
        (Some(("say", text)), _) => talk.reply(Reply::text(text)),
        (_, Some(Wait::Call { .. })) => talk.responds(200, &answer()),
        (_, Some(Wait::Timer { .. })) => talk.ring(),
        _ => talk.input(Input::Resume),
    };
}

/// What came out. How often something goes round before it is stopped depends on how many statements say it.
fn shown(talk: &Talk) -> String {
    let is_stopped = talk.trace.iter().any(|event| matches!(event, TraceEvent::BudgetExceeded { .. }));
    if is_stopped { "stopped".to_owned() } else { format!("{:?}", talk.shown()) }
}

/// Holds the conversations; each is a line of what went in and what came out.
pub(crate) fn conversations(journey: &Journey) -> Result<Vec<String>, Vec<Problem>> {
    let program = Arc::new(compile(journey)?);
    let child = "card Child do\n  text(\"From the child\")\nend";
    let shelf = Shelf { programs: vec![("main".to_owned(), program)], migrate: false }.with("child", child);
    let start = Talk::on(shelf, json!({"name": "Ana", "language": "es"}));
    let told = vec![shown(&start)];
    let mut open = vec![(start, told)];
    let mut found = Vec::new();
    while let Some((talk, mut told)) = open.pop() {
        let next = inputs(&talk);
        if told.len() <= LENGTH && found.len() + open.len() < CONVERSATIONS {
            for input in next.into_iter().rev() {
                let (mut talk, mut told) = (talk.clone(), told.clone());
                give(&mut talk, &input);
                told.push(format!("{input} -> {}", shown(&talk)));
                open.push((talk, told));
            }
        }
        if talk.is_over() {
            told.push("end".to_owned());
        }
        found.push(told.join("\n"));
    }
    Ok(found)
}

/// Asserts that two journeys lead to the same conversations.
pub(crate) fn assert_same(what: &str, here: &Journey, there: &Journey) {
    let [here, there] = [here, there].map(|journey| {
        conversations(journey).unwrap_or_else(|problems| panic!("{what}: {problems:#?}\n{}", journey::print(journey)))
    });
    for (here, there) in here.iter().zip(&there) {
        assert_eq!(here, there, "{what}");
    }
    assert_eq!(here.len(), there.len(), "{what}");
}
