//! A service as its HTTP API shows it: the one on this machine or a deployed one.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Map, Value};

use crate::http::{Http, HttpError};

/// How long an answer may take; API Gateway gives up after 30 seconds.
const PATIENCE: Duration = Duration::from_secs(35);

/// Where `cargo chasqui dev` listens and keeps its token.
const LOCAL: &str = "http://127.0.0.1:4001";
const LOCAL_TOKEN: &str = ".chasqui/token";

/// Which service, and with what right.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Connection {
    /// The address of the HTTP API; else CHASQUI_API, else the service that `cargo chasqui dev` runs.
    #[arg(long, global = true)]
    pub api: Option<String>,
    /// The API token; else CHASQUI_TOKEN, else the one that `cargo chasqui dev` made.
    #[arg(long, global = true)]
    pub token: Option<String>,
}

/// The API. Clones share connections.
#[derive(Clone, Debug)]
pub struct Api {
    http: Http,
    url: String,
    authorization: String,
}

/// A request that was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// Nothing says with what right.
    #[error(
        "no API token: give --token or CHASQUI_TOKEN, or run `cargo chasqui dev`, which keeps one in {}",
        .0.display()
    )]
    NoToken(PathBuf),
    /// It was not answered.
    #[error("{0}; is the service running, and is the address right?")]
    Http(#[from] HttpError),
    /// It was not answered in time.
    #[error("{} did not answer within {} seconds", .0, PATIENCE.as_secs())]
    Late(String),
    /// It was refused; the problem says why.
    #[error("{}", explain(.status, .problem))]
    Refused {
        /// HTTP status.
        status: u16,
        /// The problem as the API describes it.
        problem: Map<String, Value>,
    },
    /// The answer is not what this program knows.
    #[error("the answer of {0} cannot be read ({1}); is this program older or newer than the service?")]
    Unreadable(String, String),
}

/// What a problem says, with what is wrong in each journey.
fn explain(status: &u16, problem: &Map<String, Value>) -> String {
    let mut text = match problem.get("detail").and_then(Value::as_str) {
        Some(detail) => detail.to_owned(),
        None => format!("the service answered {status} and did not say why"),
    };
    let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
    for found in list(problem.get("problems")) {
        text.push_str(&format!("\n  {}", sentence(&found)));
    }
    for journey in list(problem.get("journeys")) {
        let word = |name: &str| journey[name].as_str().unwrap_or_default().to_owned();
        text.push_str(&format!("\n{}: {}", word("name"), word("error")));
        for found in list(journey.get("problems")) {
            text.push_str(&format!("\n  {}", sentence(&found)));
        }
    }
    text
}

/// A problem of a notebook as one line: where, how bad, what, and what to do.
pub fn sentence(problem: &Value) -> String {
    let word = |name: &str| problem[name].as_str();
    let mut line = format!("{}:{}: {}: ", problem["line"], problem["column"], word("severity").unwrap_or_default());
    if let Some(card) = word("card") {
        line.push_str(&format!("card {card}: "));
    }
    line.push_str(word("message").unwrap_or_default());
    if let Some(expected) = word("expected") {
        line.push_str(&format!(" Expected {expected}."));
    }
    if let Some(hint) = word("hint") {
        line.push_str(&format!(" {hint}"));
    }
    line
}

impl Connection {
    /// Connects; what is not said comes from the environment, then from the local service.
    pub fn open(&self) -> Result<Api, ApiError> {
        let variable = |name| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        let url = self.api.clone().or_else(|| variable("CHASQUI_API")).unwrap_or_else(|| LOCAL.to_owned());
        let file = Path::new(LOCAL_TOKEN);
        let token = self.token.clone().or_else(|| variable("CHASQUI_TOKEN"));
        // The local token is for the local service: it goes nowhere else.
        let local = || std::fs::read_to_string(file).ok().filter(|_| url.starts_with("http://127.0.0.1:"));
        let token = token.or_else(local).ok_or_else(|| ApiError::NoToken(file.to_owned()))?;
        Ok(Api::new(&url, token.trim()))
    }
}

impl Api {
    /// The API at an address, with a token.
    pub fn new(url: &str, token: &str) -> Self {
        let url = url.trim_end_matches('/').to_owned();
        Self { http: Http::default(), url, authorization: format!("Bearer {token}") }
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Result<Value, ApiError> {
        self.call("GET", path, None, Value::Null).await
    }

    /// POST of JSON.
    pub async fn post(&self, path: &str, body: Value) -> Result<Value, ApiError> {
        self.call("POST", path, None, body).await
    }

    /// Any request; `seen` is the version a change is based on.
    pub async fn call(&self, method: &str, path: &str, seen: Option<u64>, body: Value) -> Result<Value, ApiError> {
        let url = format!("{}{path}", self.url);
        let tag = seen.map(|version| format!("\"{version}\""));
        let mut headers = vec![("authorization", self.authorization.as_str()), ("content-type", "application/json")];
        headers.extend(tag.as_deref().map(|tag| ("if-match", tag)));
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = tokio::time::timeout(PATIENCE, self.http.send(method, &url, &headers, body)).await;
        let answer = answer.map_err(|_| ApiError::Late(url.clone()))??;
        match (answer.is_success(), answer.json()) {
            (true, Value::Null) => Err(ApiError::Unreadable(url, "it is not JSON".to_owned())),
            (true, body) => Ok(body),
            (false, Value::Object(problem)) => Err(ApiError::Refused { status: answer.status, problem }),
            (false, _) => Err(ApiError::Refused { status: answer.status, problem: Map::new() }),
        }
    }

    /// All items of a list that is read page by page, such as `journeys` of `/v1/journeys`.
    pub async fn list(&self, path: &str, name: &str) -> Result<Vec<Value>, ApiError> {
        let mut items = Vec::new();
        let mut next = String::new();
        loop {
            let sign = if path.contains('?') { '&' } else { '?' };
            let mut page = self.get(&format!("{path}{sign}limit=100{next}")).await?;
            items.append(page[name].as_array_mut().unwrap_or(&mut Vec::new()));
            next = match &page["next"] {
                Value::Null => return Ok(items),
                Value::String(text) => format!("&after={}", encode(text)),
                number => format!("&after={number}"),
            };
        }
    }

    /// Reads an answer as what it should be.
    pub(crate) fn read<T: serde::de::DeserializeOwned>(what: &str, answer: Value) -> Result<T, ApiError> {
        serde_json::from_value(answer).map_err(|error| ApiError::Unreadable(what.to_owned(), error.to_string()))
    }
}

/// A text as part of an address.
pub(crate) fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_refusal_says_what_is_wrong_in_which_journey() {
        let problem = json!({"detail": "Nothing was imported.", "journeys": [
            {"name": "menu", "error": "it has errors", "problems": [
                {"line": 4, "column": 3, "severity": "error", "card": "A", "message": "No card `B`.", "hint": "Add it."}]},
            {"name": "a/b", "error": "no name"}]});
        let Value::Object(problem) = problem else { unreachable!() };
        assert_eq!(
            explain(&422, &problem),
            "Nothing was imported.\nmenu: it has errors\n  4:3: error: card A: No card `B`. Add it.\na/b: no name"
        );
        assert!(explain(&502, &Map::new()).contains("502"));
    }

    #[test]
    fn a_sentence_is_what_the_compiler_says() {
        let problem = journey::Problem::error("x", journey::Position { line: 4, column: 7 }, "There is no card `Fin`.")
            .expected("a card")
            .hint("Did you mean `Final`?")
            .card("Start");
        assert_eq!(sentence(&json!(problem)), problem.to_string());
    }

    #[test]
    fn the_local_token_is_for_the_local_service_only() {
        let elsewhere = Connection { api: Some("https://example.org".to_owned()), token: None };
        assert!(matches!(elsewhere.open(), Err(ApiError::NoToken(_))));
        let given = Connection { token: Some(" chq_1\n".to_owned()), ..elsewhere };
        let api = given.open().unwrap();
        assert_eq!((api.url.as_str(), api.authorization.as_str()), ("https://example.org", "Bearer chq_1"));
    }
}
