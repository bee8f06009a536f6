//! The world of the end-to-end tests: the whole service on one machine, people with phones, and an operator's token.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that cannot go on says so by panicking

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chasqui::api::Api;
use chasqui::binaries::{self, Profile};
use chasqui::http::{Answer, Http};
use chasqui::journey::set;
use chasqui::machine::{Machine, Options};
use chasqui::token;
use serde_json::{Value, json};
use store::TokenRole;

/// How long a test waits for something that must happen.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// How long a test watches for something that must not happen.
pub const QUIET: Duration = Duration::from_millis(1500);

/// The service, its people and its operator.
pub struct World {
    /// The running machine.
    pub machine: Machine,
    http: Http,
    administrator: String,
    log: Arc<Mutex<Vec<String>>>,
}

/// What an API call is made with.
#[derive(Clone, Copy)]
pub enum As<'a> {
    /// The administrator's token.
    Administrator,
    /// This token.
    Token(&'a str),
    /// No token.
    Nobody,
}

impl World {
    /// A fresh world in memory with the journeys of `tests/journeys`.
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// A world whose options differ.
    pub async fn with(change: impl FnOnce(&mut Options)) -> Self {
        let folder = binaries::folder(Profile::Dev);
        assert!(
            folder.join("webhook").exists(),
            "the functions are not built; run tests/run, or `cargo build --workspace --bins` first"
        );
        let log = Arc::new(Mutex::new(Vec::new()));
        let lines = log.clone();
        let mut options = Options::new(folder);
        options.log = Arc::new(move |line| lines.lock().unwrap().push(format!("[{}] {}", line.function, line.text)));
        change(&mut options);
        let machine = Machine::start(options).await.unwrap();
        // A message that failed comes back after a second instead of a minute: the same rule, told faster.
        // (Batches of delivery states gather for five seconds, which count.)
        for (queue, seconds) in [("InboundQueue", 1), ("OutboundQueue", 1), ("BulkQueue", 1), ("StatusesQueue", 9)] {
            let name = machine.queue(queue).unwrap();
            let sooner = [("VisibilityTimeout".to_owned(), seconds.to_string())].into();
            machine.aws().sqs().set_attributes(name, sooner).unwrap();
        }
        let now = machine.aws().clock().now();
        let administrator = token::create(machine.store(), "ada", TokenRole::Administrator, now).await.unwrap();
        let api = Api::new(&machine.api_url(), &administrator);
        set::publish(&api, &set::read(&journeys()).unwrap(), None).await.unwrap();
        Self { machine, http: Http::default(), administrator, log }
    }

    /// Ends the world cleanly.
    pub async fn end(self) {
        self.machine.stop().await;
    }

    /// What the functions have written so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().join("\n")
    }

    /// Asks the simulated Cloud API's control.
    pub async fn sim(&self, method: &str, path: &str, body: Value) -> Value {
        let url = format!("{}/_sim/{path}", self.machine.phone_url());
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.http.send(method, &url, &[("content-type", "application/json")], body).await.unwrap();
        assert!(answer.is_success(), "{method} {path}: {} {}", answer.status, answer.json());
        answer.json()
    }

    /// A person with this phone number. Answers their id in the simulation.
    pub async fn person(&self, phone: &str) -> String {
        self.somebody(json!({"name": "Ana", "phone": phone})).await
    }

    /// A person.
    pub async fn somebody(&self, who: Value) -> String {
        self.sim("POST", "people", who).await["id"].as_str().unwrap().to_owned()
    }

    /// A person writes a text.
    pub async fn says(&self, person: &str, text: &str) -> String {
        self.sends(person, json!({"text": text})).await
    }

    /// A person sends something. Answers Meta's id of it.
    pub async fn sends(&self, person: &str, what: Value) -> String {
        self.sim("POST", &format!("people/{person}/messages"), what).await["id"].as_str().unwrap().to_owned()
    }

    /// What the phone shows of the business, oldest first.
    pub async fn phone(&self, person: &str) -> Vec<Value> {
        let shown = self.sim("GET", &format!("people/{person}/messages"), Value::Null).await;
        let all = shown["messages"].as_array().unwrap();
        all.iter().filter(|message| message["from"] == "business").cloned().collect()
    }

    /// The texts on the phone, oldest first.
    pub async fn texts(&self, person: &str) -> Vec<String> {
        self.phone(person).await.iter().map(text).collect()
    }

    /// Waits until the phone shows these texts of the business, all of them and no others.
    pub async fn sees(&self, person: &str, texts: &[&str]) {
        let shown = eventually(|| async {
            let shown = self.texts(person).await;
            if shown.len() >= texts.len() { Ok(shown) } else { Err(format!("{shown:?}")) }
        })
        .await;
        match shown {
            Ok(shown) => assert_eq!(shown, texts, "{}", self.log()),
            Err(shown) => panic!("expected {texts:?}, the phone shows {shown}\n{}", self.log()),
        }
    }

    /// Waits a while and makes sure that nothing has been added to what the phone shows.
    pub async fn sees_no_more_than(&self, person: &str, texts: &[&str]) {
        tokio::time::sleep(QUIET).await;
        self.sees(person, texts).await;
    }

    /// Breaks requests to the local AWS services.
    pub fn fault(&self, fault: Value) {
        self.machine.aws().faults().add(serde_json::from_value(fault).unwrap()).unwrap();
    }

    /// Faults that have not struck yet.
    pub fn armed(&self) -> usize {
        self.machine.aws().faults().armed().len()
    }

    /// Moves the clock.
    pub fn advance(&self, hours: f64) {
        #[allow(clippy::cast_possible_truncation)] // test durations are small
        self.machine.aws().clock().advance((hours * 3_600_000.0) as i64).unwrap();
    }

    /// Calls the HTTP API as the administrator.
    pub async fn api(&self, method: &str, path: &str, body: Value) -> Answer {
        self.call(As::Administrator, method, path, &[], body).await
    }

    /// Calls the HTTP API.
    pub async fn call(&self, who: As<'_>, method: &str, path: &str, more: &[(&str, &str)], body: Value) -> Answer {
        let url = format!("{}{path}", self.machine.api_url());
        let token = match who {
            As::Administrator => self.administrator.as_str(),
            As::Token(token) => token,
            As::Nobody => "",
        };
        let authorization = format!("Bearer {token}");
        let mut headers = vec![("content-type", "application/json")];
        if !token.is_empty() {
            headers.push(("authorization", authorization.as_str()));
        }
        headers.extend_from_slice(more);
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.http.send(method, &url, &headers, body).await.unwrap()
    }

    /// The administrator's token.
    pub fn token(&self) -> &str {
        &self.administrator
    }

    /// Sends any request to the HTTP front.
    pub async fn raw(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Answer {
        let url = format!("{}{path}", self.machine.api_url());
        self.http.send(method, &url, headers, body.into()).await.unwrap()
    }

    /// The line's id.
    pub fn line(&self) -> &str {
        &self.machine.line().phone_number_id
    }

    /// All open conversations.
    pub async fn conversations(&self) -> Vec<Value> {
        let answer = self.api("GET", &format!("/v1/lines/{}/conversations", self.line()), Value::Null).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        answer.json()["conversations"].as_array().unwrap().clone()
    }

    /// The conversation of the person with this phone number, once there is one.
    pub async fn conversation(&self, phone: &str) -> Value {
        let found = eventually(|| async {
            let all = self.conversations().await;
            let found = all.iter().find(|conversation| conversation["contact"]["phone"] == phone).cloned();
            found.ok_or_else(|| format!("{all:?}"))
        })
        .await;
        found.unwrap_or_else(|all| panic!("no conversation with {phone}: {all}\n{}", self.log()))
    }

    /// The messages of a conversation, oldest first.
    pub async fn messages(&self, conversation: &Value) -> Vec<Value> {
        let id = conversation["id"].as_str().unwrap();
        let answer = self.api("GET", &format!("/v1/conversations/{id}/messages?limit=100"), Value::Null).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        let mut messages = answer.json()["messages"].as_array().unwrap().clone();
        messages.reverse();
        messages
    }

    /// Waits until the newest outbound message of the conversation is in one of these states.
    pub async fn reaches(&self, conversation: &Value, states: &[&str]) -> Value {
        let reached = eventually(|| async {
            let messages = self.messages(conversation).await;
            let newest = messages.iter().rfind(|message| message["direction"] == "outbound").cloned();
            match newest {
                Some(message) if states.contains(&message["state"].as_str().unwrap_or_default()) => Ok(message),
                other => Err(format!("{other:?}")),
            }
        })
        .await;
        reached.unwrap_or_else(|message| panic!("expected {states:?}: {message}\n{}", self.log()))
    }

    /// The dead letters, those last queued first.
    pub async fn dead_letters(&self) -> Vec<Value> {
        let answer = self.api("GET", "/v1/dead-letters", Value::Null).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        answer.json()["dead_letters"].as_array().unwrap().clone()
    }

    /// Waits until there are so many dead letters, those last queued first.
    pub async fn has_dead_letters(&self, count: usize) -> Vec<Value> {
        let found = eventually(|| async {
            let letters = self.dead_letters().await;
            if letters.len() == count { Ok(letters) } else { Err(letters) }
        })
        .await;
        found.unwrap_or_else(|letters| panic!("expected {count} dead letters: {letters:?}\n{}", self.log()))
    }

    /// How many messages wait in a queue of the template, seen or unseen.
    pub fn waiting(&self, queue: &str) -> usize {
        let name = self.machine.queue(queue).unwrap();
        self.machine.aws().sqs().peek(name).unwrap().len()
    }
}

/// The journeys of the tests.
pub fn journeys() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("journeys")
}

/// The text of a message on a phone.
pub fn text(message: &Value) -> String {
    let content = &message["content"];
    let places = [content.pointer("/body/text"), content.pointer("/body"), content.pointer("/name")];
    let text = places.into_iter().flatten().find_map(Value::as_str);
    text.or(message["type"].as_str()).unwrap_or_default().to_owned()
}

/// Lets the functions see what was published: they look every two seconds.
pub async fn let_it_be_live() {
    tokio::time::sleep(Duration::from_millis(2500)).await;
}

/// Asks again and again until there is an answer or patience ends; then the last objection.
pub async fn eventually<T, E, F: Future<Output = Result<T, E>>>(mut ask: impl FnMut() -> F) -> Result<T, E> {
    let started = Instant::now();
    loop {
        match ask().await {
            Ok(answer) => return Ok(answer),
            Err(objection) if started.elapsed() > PATIENCE => return Err(objection),
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}
