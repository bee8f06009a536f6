//! A request to a web service: an effect that the host performs, and answers with an input.

use expression::Value;
use serde::{Deserialize, Serialize};

use super::size;

/// How long the host waits for an answer when the journey does not say, in milliseconds.
pub(crate) const DEFAULT_TIMEOUT_MS: u32 = 5_000;
/// How long it waits at most.
pub(crate) const MAX_TIMEOUT_MS: u32 = 10_000;
/// How long an answer to a GET may be used again when the journey does not say, in milliseconds.
pub(crate) const DEFAULT_CACHE_TTL_MS: u32 = 60_000;
/// The largest answer that is looked at, in bytes.
const MAX_BODY: usize = 1024 * 1024;

/// What is done at a web service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    Get,
    /// Adds.
    Post,
    /// Replaces.
    Put,
    /// Changes.
    Patch,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Get, Self::Post, Self::Put, Self::Patch];

    /// Its name in HTTP.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
        }
    }

    /// The statement that stands for it.
    pub(crate) fn statement(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Put => "put",
            Self::Patch => "patch",
        }
    }
}

/// A request the host is to make. It is the last effect of its sprint, and the session waits for it
/// ([`super::Wait::Call`]) until [`super::Input::Call`] brings the outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The id of the wait.
    pub id: u32,
    /// What is done.
    pub method: Method,
    /// The whole address, `https://` or `http://`, with the query in it, encoded.
    pub url: String,
    /// Names and values, without line ends; none that the host's own HTTP client must set.
    pub headers: Vec<(String, String)>,
    /// What is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// When to give up, in milliseconds: 10,000 at most.
    pub timeout_ms: u32,
    /// How long an answer may be used again for the same request, in milliseconds; 0 for all but GET.
    pub cache_ttl_ms: u32,
}

/// What came of a [`Call`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallOutcome {
    /// The service answered.
    Response {
        /// The status of HTTP.
        status: u16,
        /// What it sent; at most 1 MB is looked at.
        body: String,
    },
    /// It did not, or could not be asked: no connection, no answer in time, an address that is not allowed …
    Failed {
        /// Why, for the journey's author.
        reason: String,
    },
}

impl CallOutcome {
    /// What the journey sees: a map with `status`, `body` (parsed JSON, or the text when it is none) and `ok` (whether the
    /// status is 200 to 299). Without an answer, or with one that is too large, it is an error value besides: `is_error`
    /// holds, `error` says why, and `status` is null when there was none.
    #[must_use]
    pub fn value(&self) -> Value {
        match self {
            Self::Response { status, body } if body.len() > MAX_BODY => {
                failure(Some(*status), &format!("the answer is larger than {} KB", MAX_BODY / 1024))
            }
            Self::Response { status, body } => Value::map([
                ("status", Value::Int(i64::from(*status))),
                ("body", read_body(body)),
                ("ok", Value::Bool((200..300).contains(status))),
            ]),
            Self::Failed { reason } => failure(None, reason),
        }
    }

    /// Whether the service sent something that journeys see as a text in its [`Self::value`], because it cannot be read
    /// as JSON.
    pub(crate) fn is_no_json(&self, value: &Value) -> bool {
        match self {
            Self::Response { body, .. } => {
                !body.is_empty() && !body.starts_with('"') && matches!(value.field("body"), Some(Value::Text(_)))
            }
            Self::Failed { .. } => false,
        }
    }

    /// The status, when the service answered.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Response { status, .. } => Some(*status),
            Self::Failed { .. } => None,
        }
    }
}

/// The value of a request that failed.
pub(crate) fn failure(status: Option<u16>, reason: &str) -> Value {
    let mut fields = match Value::error(reason) {
        Value::Map(fields) => (*fields).clone(),
        _ => return Value::Null,
    };
    fields.insert("error".to_owned(), Value::from(reason));
    fields.insert("status".to_owned(), status.map_or(Value::Null, |status| Value::Int(i64::from(status))));
    fields.insert("body".to_owned(), Value::Null);
    fields.insert("ok".to_owned(), Value::Bool(false));
    fields.insert("success".to_owned(), Value::Bool(false));
    Value::from(fields)
}

/// JSON as values; anything else, and JSON that nests too deeply to be worked with, as text.
fn read_body(body: &str) -> Value {
    let parsed = serde_json::from_str::<serde_json::Value>(body).ok().map(Value::from);
    parsed.filter(size::is_shallow).unwrap_or_else(|| Value::from(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Value {
        CallOutcome::Response { status, body: body.to_owned() }.value()
    }

    fn field(value: &Value, name: &str) -> Value {
        value.field(name).cloned().unwrap()
    }

    #[test]
    fn what_cannot_be_used_is_an_error_that_says_why() {
        let failed = CallOutcome::Failed { reason: "no answer in 5 seconds".to_owned() }.value();
        assert!(failed.is_error());
        assert_eq!((field(&failed, "status"), field(&failed, "body")), (Value::Null, Value::Null));
        assert_eq!(field(&failed, "error"), "no answer in 5 seconds".into());
        assert_eq!(field(&failed, "ok"), Value::Bool(false));

        let large = answer(200, &"a".repeat(MAX_BODY + 1));
        assert!(large.is_error());
        assert_eq!(field(&large, "status"), Value::Int(200));
        assert_eq!(field(&large, "error"), "the answer is larger than 1024 KB".into());
    }

    #[test]
    fn bodies_are_json_or_text() {
        for (body, value) in [
            ("", Value::from("")),
            ("<html>", Value::from("<html>")),
            ("{\"a\": 1", Value::from("{\"a\": 1")),
            (" {\"a\": [1, null]} ", serde_json::json!({"a": [1, null]}).into()),
            ("12", Value::Int(12)),
        ] {
            assert_eq!(field(&answer(200, body), "body"), value, "{body}");
        }
        for depth in [65, 100, 1000, 100_000] {
            let nested = "[".repeat(depth) + &"]".repeat(depth);
            assert_eq!(field(&answer(200, &nested), "body"), Value::from(nested), "{depth}");
        }
    }

    #[test]
    fn ok_is_a_status_in_the_two_hundreds() {
        for (status, ok) in
            [(0, false), (199, false), (200, true), (299, true), (301, false), (404, false), (500, false)]
        {
            let value = answer(status, "");
            assert_eq!(field(&value, "ok"), Value::Bool(ok), "{status}");
            assert!(!value.is_error(), "{status}: the service did answer");
        }
    }
}
