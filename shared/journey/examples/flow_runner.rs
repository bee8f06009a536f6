//! Holds the conversations of `tests/flow_runner` with a flow, for the comparison there.
//!
//! ```text
//! flow_runner <folder>             what is shown, a line of JSON a conversation
//! flow_runner <folder> <seconds>   how long it takes, as one line of JSON
//! ```

#![allow(clippy::expect_used, clippy::print_stdout, reason = "a comparison that cannot go on has failed")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use expression::Value;
use jiff::Timestamp;
use journey::{
    Effect, Env, Input, JourneyId, Library, Message, Program, Reply, Session, Sprint, advance, compile, floip, start,
};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Talks {
    contact: serde_json::Value,
    conversations: Vec<Vec<Answer>>,
}

/// What a contact says.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    /// The name of a choice, as the flow has it.
    Choice(String),
    Number(i64),
    Text(String),
}

struct One(Arc<Program>);

impl Library for One {
    fn published(&self, _: &str) -> Option<(JourneyId, u32, Arc<Program>)> {
        Some(("flow".into(), 1, Arc::clone(&self.0)))
    }

    fn revision(&self, _: &str, _: u32) -> Option<Arc<Program>> {
        Some(Arc::clone(&self.0))
    }
}

/// Everything that is needed to talk.
struct Host {
    library: One,
    talks: Talks,
    contact: Value,
    titles: serde_json::Value,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().expect("the folder with flow.json and conversations.json");
    let host = Host::of(Path::new(&folder));
    match arguments.next().map(|seconds| seconds.parse().expect("a number of seconds")) {
        None => {
            for answers in &host.talks.conversations {
                let mut told = Vec::new();
                let over = host.talk(answers, |sprint| told.push(shown(sprint)));
                println!("{}", json!({ "told": told, "over": over }));
            }
        }
        Some(seconds) => println!("{}", host.time(Duration::from_secs(seconds))),
    }
}

impl Host {
    fn of(folder: &Path) -> Self {
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("a file");
        let flow = read("flow.json");
        let (journey, problems) = floip::import(&flow).expect("a flow");
        assert_eq!(problems, [], "all of it is imported");
        let talks: Talks = serde_json::from_str(&read("conversations.json")).expect("conversations");
        let flow: serde_json::Value = serde_json::from_str(&flow).expect("JSON");
        let mut titles = json!({});
        for block in flow["flows"][0]["blocks"].as_array().into_iter().flatten() {
            for (name, title) in block["config"]["choices"].as_object().into_iter().flatten() {
                titles[name] = title.clone();
            }
        }
        let library = One(Arc::new(compile(&journey).expect("it compiles")));
        Self { library, contact: talks.contact.clone().into(), talks, titles }
    }

    /// Holds a conversation; the session is written and read back at each answer. Says whether the flow is over then.
    fn talk(&self, answers: &[Answer], mut see: impl FnMut(&Sprint)) -> bool {
        let env = Env { contact: &self.contact, ..Env::at(Timestamp::now()) };
        let mut sprint = start(&self.library, "flow", &env).expect("it starts");
        see(&sprint);
        for answer in answers {
            let stored = serde_json::to_string(&sprint.session.take().expect("it waits")).expect("it is written");
            let text = match answer {
                Answer::Choice(name) => self.titles[name].as_str().expect("a choice").to_owned(),
                Answer::Number(number) => number.to_string(),
                Answer::Text(text) => text.clone(),
            };
            let session: Session = serde_json::from_str(&stored).expect("it is read");
            let env = Env { repeats: &sprint.repeats, contact: &self.contact, ..Env::at(Timestamp::now()) };
            let next = advance(&self.library, session, Input::Reply(Reply::text(&text)), &env).expect("it goes on");
            sprint = next;
            see(&sprint);
        }
        sprint.session.is_none()
    }

    /// Talks for so long.
    fn time(&self, duration: Duration) -> serde_json::Value {
        let hold = |duration| {
            let (began, mut sprints) = (Instant::now(), 0_u64);
            while began.elapsed() < duration {
                for answers in &self.talks.conversations {
                    self.talk(answers, |_| sprints += 1);
                }
            }
            sprints
        };
        hold(Duration::from_secs(2));
        let (began, cpu) = (Instant::now(), cpu_seconds());
        let sprints = hold(duration);
        let (seconds, cpu) = (began.elapsed().as_secs_f64(), cpu_seconds().zip(cpu).map(|(now, then)| now - then));
        json!({ "sprints": sprints, "seconds": seconds, "cpu_seconds": cpu, "memory_mb": memory_mb() })
    }
}

/// What a sprint shows, a line a message: the text, and what can be chosen.
fn shown(sprint: &Sprint) -> Vec<String> {
    let line = |effect: &Effect| match effect {
        Effect::Send(Message::Text { body }) => Some(body.clone()),
        Effect::Send(Message::Buttons { body, buttons, .. }) => {
            let titles = buttons.iter().map(|button| button.title.as_str());
            Some([body.as_str()].into_iter().chain(titles).collect::<Vec<_>>().join(" | "))
        }
        _ => None,
    };
    sprint.effects.iter().filter_map(line).collect()
}

/// Processor time of this program so far; Linux says it.
fn cpu_seconds() -> Option<f64> {
    let said = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    let nanoseconds: f64 = said.split(' ').next()?.parse().ok()?;
    Some(nanoseconds / 1e9)
}

/// Memory of this program; Linux says it.
fn memory_mb() -> Option<f64> {
    let said = std::fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes: f64 =
        said.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kilobytes / 1024.0)
}
