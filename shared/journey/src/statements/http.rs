//! `page = get("https://…", query: [["lang", "es"]])`, `post`, `put`, `patch`: asks a web service.
//!
//! | argument | |
//! |---|---|
//! | address | begins with `https://`; private addresses are refused |
//! | `query:` | pairs that are added to it, encoded |
//! | `headers:` | pairs |
//! | `body:` | a text, or a list or map that is sent as JSON |
//! | `timeout:` | milliseconds, 5,000 by default and 10,000 at most |
//! | `cache_ttl:` | milliseconds for which an answer to `get` may be used again, 60,000 by default |
//!
//! - The variable has `.status`, `.body` (parsed when it is JSON, at most 1 MB) and `.ok` (the status is 200 to 299). Without an
//!   answer `.status` is missing, and `is_error(page)` holds: lead elsewhere when `page.ok` is not true.
//! - All requests of one message have seven seconds together, and there are ten at most.
//! - What is kept while the journey waits has 128 KB at most: of a larger answer, keep the part you need in a variable of its own.

use expression::{ExprKind, Value};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::Kind;
use crate::compiler::Compiler;
use crate::engine::{
    Call, CallOutcome, DEFAULT_CACHE_TTL_MS, DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS, Method, Next, Run, Step, failure, plain,
};
use crate::model::Formula;
use crate::notation::call::Call as Written;
use crate::notation::printer::{Argument, Printer};
use crate::problem::Problem;

/// Asks a web service, and keeps what it answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Http {
    /// Keeps the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variable: Option<String>,
    /// What is done there.
    pub method: Method,
    /// The address.
    pub url: Formula,
    /// `query:`, pairs that are added to the address: `[["lang", "es"]]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<Formula>,
    /// `headers:`, pairs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers: Option<Formula>,
    /// `body:`, a text, or a list or map that is sent as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Formula>,
    /// `timeout:`, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Formula>,
    /// `cache_ttl:`, how long an answer to `get` may be used again, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_ttl: Option<Formula>,
    /// `mode:`, kept; the journey always waits for the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Formula>,
}

impl Http {
    pub(super) fn read(call: &mut Written) -> Result<Self, Problem> {
        let method = Method::ALL.into_iter().find(|method| method.statement() == call.name).unwrap_or(Method::Get);
        Ok(Self {
            variable: call.take_variable(),
            method,
            url: call.required("the address of a web service")?,
            query: call.named("query"),
            headers: call.named("headers"),
            body: call.named("body"),
            timeout: call.named("timeout"),
            cache_ttl: call.named("cache_ttl"),
            mode: call.named("mode"),
        })
    }
}

impl Kind for Http {
    fn print(&self, printer: &mut Printer) {
        let options = [
            ("query", &self.query),
            ("headers", &self.headers),
            ("body", &self.body),
            ("timeout", &self.timeout),
            ("cache_ttl", &self.cache_ttl),
            ("mode", &self.mode),
        ];
        let mut arguments = vec![Argument::value(&self.url)];
        let given = options.into_iter().filter_map(|(name, value)| Some(Argument::named(name, value.as_ref()?)));
        arguments.extend(given);
        printer.call(self.variable.as_deref(), self.method.statement(), &arguments, &[]);
    }

    fn compile(&self, compiler: &mut Compiler<'_>) -> Box<dyn Step> {
        check_address(&self.url, compiler);
        if self.mode.as_ref().is_some_and(|mode| mode.as_text().is_none_or(|mode| mode != "sync")) {
            let message = "The journey waits for the answer all the same.".to_owned();
            compiler.warning("async-mode", message, Some("Leave `mode:` out.".to_owned()));
        }
        let mut optional = |formula: &Option<Formula>| formula.as_ref().map(|formula| compiler.formula(formula));
        let (query, headers, body) = (optional(&self.query), optional(&self.headers), optional(&self.body));
        let (timeout, cache_ttl) = (optional(&self.timeout), optional(&self.cache_ttl));
        Box::new(Request {
            variable: compiler.variable(self.variable.as_deref()),
            method: self.method,
            url: compiler.formula(&self.url),
            query,
            headers,
            body,
            timeout,
            cache_ttl,
        })
    }
}

/// Checks an address as far as it is constant.
pub(super) fn check_address(url: &Formula, compiler: &mut Compiler<'_>) {
    let start = match &url.kind {
        ExprKind::Text(text) => text.to_string(),
        ExprKind::Interpolated(template) => template.source().to_owned(),
        _ => return,
    };
    let start = start.trim_start();
    if start.starts_with("http://") {
        let hint = "Begin it with `https://`, if the service can.".to_owned();
        compiler.warning("insecure-address", "What is sent to this address can be read on its way.".to_owned(), Some(hint));
    } else if !start.starts_with("https://") && !start.starts_with('@') {
        let hint = "Write the whole address: \"https://…\".".to_owned();
        compiler.fault("bad-address", "An address begins with `https://`.".to_owned(), Some(hint));
    }
}

#[derive(Debug)]
struct Request {
    variable: Option<String>,
    method: Method,
    url: Formula,
    query: Option<Formula>,
    headers: Option<Formula>,
    body: Option<Formula>,
    timeout: Option<Formula>,
    cache_ttl: Option<Formula>,
}

impl Step for Request {
    fn run(&self, run: &mut Run<'_>) -> Next {
        let Some(url) = self.address(run) else {
            run.keep(self.variable.as_deref(), failure(None, "the address is not one of a web service"));
            return Next::Continue;
        };
        let body = self.body.as_ref().map(|body| match &body.kind {
            ExprKind::Text(_) | ExprKind::Interpolated(_) => run.text(body).trim().to_owned(),
            _ => match plain(run.value(body)) {
                value @ (Value::List(_) | Value::Map(_)) => value.to_json().to_string(),
                value => value.text(),
            },
        });
        let mut headers = self.headers(run);
        let is_typed = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if let Some(body) = body.as_ref().filter(|body| body.starts_with(['{', '['])) {
            if !is_typed {
                headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
            }
            if serde_json::from_str::<IgnoredAny>(body).is_err() {
                run.mistake(
                    "The body looks like JSON but is none; an answer with a quote or a line end in it may be the cause. \
                     Write `@json(name)` there, without quotes around it."
                        .to_owned(),
                );
            }
        }
        let timeout_ms = milliseconds(self.timeout.as_ref(), DEFAULT_TIMEOUT_MS, run).clamp(1, MAX_TIMEOUT_MS);
        let cache_ttl_ms = match self.method {
            Method::Get => milliseconds(self.cache_ttl.as_ref(), DEFAULT_CACHE_TTL_MS, run),
            Method::Post | Method::Put | Method::Patch => 0,
        };
        let method = self.method;
        run.call_service(|id| Call { id, method, url, headers, body, timeout_ms, cache_ttl_ms })
    }

    fn called(&self, run: &mut Run<'_>, outcome: &CallOutcome) -> Next {
        let value = outcome.value();
        let error = value.field("error").map(Value::text);
        run.note_call(outcome.status(), error.or_else(|| outcome.is_no_json(&value).then(|| NO_JSON.to_owned())));
        run.keep(self.variable.as_deref(), value);
        Next::Continue
    }
}

/// What the trace says of an answer that is only a text, in which no field can be looked up.
const NO_JSON: &str = "the answer is no JSON, so that its body is a text";

/// What must not stand in an address as it is.
const UNSAFE: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'\\').add(b'^').add(b'`').add(b'{').add(b'|').add(b'}');

/// What may stand in a query as it is.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Headers that belong to the connection: the host's HTTP client sets them.
const OF_THE_CONNECTION: [&str; 5] = ["host", "content-length", "transfer-encoding", "connection", "upgrade"];

impl Request {
    /// The address with the query in it.
    fn address(&self, run: &mut Run<'_>) -> Option<String> {
        let written = run.text(&self.url);
        let written = written.trim();
        if !written.starts_with("https://") && !written.starts_with("http://") {
            run.mistake(format!("`{written}` is no address of a web service; nothing was sent."));
            return None;
        }
        let (address, fragment) = written.split_once('#').unwrap_or((written, ""));
        if !fragment.is_empty() {
            run.mistake(format!("`#{fragment}` means nothing to a web service; it was left out."));
        }
        let mut url = utf8_percent_encode(address, UNSAFE).to_string();
        for (name, value) in self.query.as_ref().map(|query| run.pairs(query)).unwrap_or_default() {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.extend(utf8_percent_encode(&name, QUERY));
            url.push('=');
            url.extend(utf8_percent_encode(&plain(value).text(), QUERY));
        }
        Some(url)
    }

    fn headers(&self, run: &mut Run<'_>) -> Vec<(String, String)> {
        let pairs = self.headers.as_ref().map(|headers| run.pairs(headers)).unwrap_or_default();
        let mut headers = Vec::with_capacity(pairs.len());
        for (name, value) in pairs {
            let (name, value) = (name.trim().to_owned(), value.text().trim().to_owned());
            let is_token = |letter: char| letter.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(letter);
            if name.is_empty() || !name.chars().all(is_token) || value.chars().any(char::is_control) {
                run.mistake(format!("The header `{}` cannot be sent; it was left out.", name.escape_debug()));
            } else if OF_THE_CONNECTION.iter().any(|other| name.eq_ignore_ascii_case(other)) {
                run.mistake(format!("The header `{name}` is set by itself; it was left out."));
            } else {
                headers.push((name, value));
            }
        }
        headers
    }
}

fn milliseconds(formula: Option<&Formula>, default: u32, run: &mut Run<'_>) -> u32 {
    let number = formula.and_then(|formula| run.whole_number(formula));
    number.map_or(default, |number| u32::try_from(number.max(0)).unwrap_or(u32::MAX))
}
