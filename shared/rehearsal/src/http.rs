//! Answers to the HTTP calls of a journey, written down beforehand.

use percent_encoding::percent_decode_str;
use regex::Regex;
use serde_json::Value;

/// An answer to the calls that look like this. The first of several that match is given.
#[derive(Debug, Clone)]
pub struct Mock {
    /// The method; any when it is not said.
    pub method: Option<String>,
    /// The address.
    pub url: Glob,
    /// Parameters that must be in the query, whatever else is.
    pub query: Vec<(String, String)>,
    /// What must be in the body, whatever else is: a part of its JSON, or a part of its text.
    pub body: Option<Value>,
    /// What comes back.
    pub answer: Answer,
}

/// Why a call failed that nothing here answers: what the journey is told.
pub(crate) const UNANSWERED: &str = "nothing is written down that answers it";

/// What comes back from an HTTP call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A response.
    Response {
        /// The status.
        status: u16,
        /// The body.
        body: String,
    },
    /// No response.
    Failure {
        /// Why, such as `timeout`.
        reason: String,
    },
}

/// An address in which `*` stands for anything; how letters are escaped does not matter.
#[derive(Debug, Clone)]
pub struct Glob {
    pattern: String,
    regex: Option<Regex>,
}

impl Glob {
    /// A pattern as it is written.
    #[must_use]
    pub fn new(pattern: &str) -> Self {
        let parts: Vec<String> = pattern.split('*').map(|part| regex::escape(&decode(part))).collect();
        // Only a pattern of megabytes does not compile; it is then a plain text.
        let regex = Regex::new(&format!("(?s)^{}$", parts.join(".*"))).ok();
        Self { pattern: pattern.to_owned(), regex }
    }

    /// Whether the whole text is like this.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        self.regex.as_ref().map_or(self.pattern == text, |regex| regex.is_match(&decode(text)))
    }

    /// The pattern as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.pattern
    }
}

impl Mock {
    /// Whether this answers the call. The URL has its query in it, percent-encoded.
    #[must_use]
    pub fn matches(&self, method: &str, url: &str, body: Option<&str>) -> bool {
        let (address, query) = url.split_once('?').unwrap_or((url, ""));
        let is_url = self.url.matches(if self.url.pattern.contains('?') { url } else { address });
        let parameters = parameters(query);
        is_url
            && self.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && self.query.iter().all(|wanted| parameters.contains(wanted))
            && self.body.as_ref().is_none_or(|wanted| body.is_some_and(|body| has_body(wanted, body)))
    }
}

/// The answer of the first mock that matches.
#[must_use]
pub fn answer<'m>(mocks: &'m [Mock], method: &str, url: &str, body: Option<&str>) -> Option<&'m Answer> {
    mocks.iter().find(|mock| mock.matches(method, url, body)).map(|mock| &mock.answer)
}

fn has_body(wanted: &Value, body: &str) -> bool {
    match (wanted, serde_json::from_str::<Value>(body)) {
        (wanted, Ok(body)) if contains(&body, wanted) => true,
        (Value::String(wanted), _) => body.contains(wanted.as_str()),
        _ => false,
    }
}

/// Whether `part` is in `whole`: an object may have more members, all else is equal.
fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(key, part)| whole.get(key).is_some_and(|whole| contains(whole, part)))
        }
        (Value::Array(whole), Value::Array(part)) => {
            whole.len() == part.len() && whole.iter().zip(part).all(|(whole, part)| contains(whole, part))
        }
        (Value::Number(whole), Value::Number(part)) => whole.as_f64() == part.as_f64(),
        (whole, part) => whole == part,
    }
}

/// The parameters of a query, decoded.
fn parameters(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (decode(key), decode(value)))
        .collect()
}

/// A part of an address without escapes; a plus is a space.
fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn mock(method: Option<&str>, url: &str) -> Mock {
        let answer = Answer::Response { status: 200, body: String::new() };
        Mock { method: method.map(str::to_owned), url: Glob::new(url), query: Vec::new(), body: None, answer }
    }

    #[test]
    fn other_calls_are_not_answered() {
        let mut pages = mock(Some("get"), "https://cms.example/api/pages/*");
        for (method, url) in [
            ("POST", "https://cms.example/api/pages/1"),
            ("GET", "https://cms.example/api/page/1"),
            ("GET", "http://cms.example/api/pages/1"),
            ("GET", "https://cms.example/api/pages"),
            ("GET", "https://cms-example/api/pages/1"),
        ] {
            assert!(!pages.matches(method, url, None), "{method} {url}");
        }
        assert!(pages.matches("GET", "https://cms.example/api/pages/1?x=1", None));
        pages.query = vec![("slug".into(), "qué tal".into())];
        assert!(!pages.matches("GET", "https://cms.example/api/pages/1", None));
        assert!(!pages.matches("GET", "https://cms.example/api/pages/1?slug=que", None));
        for query in ["slug=qu%C3%A9%20tal", "a=1&slug=qu%c3%a9+tal&b"] {
            assert!(pages.matches("get", &format!("https://cms.example/api/pages/1?{query}"), None), "{query}");
        }
    }

    #[test]
    fn escapes_do_not_matter() {
        let url = "https://x.example/%C3%A1%20b/50%25?q=a%20b%26c";
        for (pattern, is_match) in [
            ("https://x.example/á b/*", true),
            ("https://x.example/%c3%a1%20b/50%25", true),
            ("https://x.example/á b/50%?q=a+b&c", true),
            ("*/%C3%A1+b/*?q=a b%26c", true),
            ("https://x.example/a b/*", false),
            ("https://x.example/á%2A", false),
        ] {
            assert_eq!(mock(None, pattern).matches("GET", url, None), is_match, "{pattern}");
        }
    }

    #[test]
    fn bodies_are_matched_by_their_parts() {
        let mut hook = mock(None, "https://hook.example/x");
        let matches = |hook: &Mock, body| hook.matches("POST", "https://hook.example/x", body);
        assert!(matches(&hook, None));
        hook.body = Some(json!({"name": "Ana", "list": [{"a": 1}]}));
        assert!(!matches(&hook, None));
        for bad in ["", "Ana", "{\"name\": \"Ana\"}", "{\"name\": \"Ana\", \"list\": [{\"a\": 1}, 2]}"] {
            assert!(!matches(&hook, Some(bad)), "{bad}");
        }
        assert!(matches(&hook, Some("{\"list\": [{\"a\": 1.0, \"b\": 2}], \"name\": \"Ana\"}")));
        hook.body = Some(json!("=Ana"));
        assert!(matches(&hook, Some("name=Ana&x=1")));
    }

    #[test]
    fn the_first_that_matches_answers() {
        let failure = Answer::Failure { reason: "timeout".into() };
        let mocks = [mock(Some("get"), "*"), Mock { answer: failure.clone(), ..mock(None, "*") }];
        assert_eq!(answer(&mocks, "POST", "https://x.example", None), Some(&failure));
        assert_eq!(answer(&mocks, "GET", "https://x.example", None), Some(&mocks[0].answer));
        assert_eq!(answer(&[], "GET", "https://x.example", None), None);
    }

    #[test]
    fn odd_escapes_stay() {
        assert_eq!(
            parameters("a=%&b=%zz&%41=%4&=&"),
            [
                ("a".into(), "%".into()),
                ("b".into(), "%zz".into()),
                ("A".into(), "%4".into()),
                (String::new(), String::new())
            ]
        );
    }
}
