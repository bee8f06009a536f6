//! Requests to web services, made between two sprints of one event. A journey waits for the answer, and so does the
//! person's next message: the time for all requests of an event is limited.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::id::EventId;
use http::Method;
use journey::{Call, CallOutcome, Method as CallMethod};
use lru::LruCache;
use platform::Web;
use platform::web::{WebAnswer, WebRequest};

/// How long all requests of one event may take together. The function has ten seconds, and the commit needs some.
const TIME: Duration = Duration::from_secs(7);
/// So many answers are kept to be used again …
const KEPT: NonZeroUsize = NonZeroUsize::MIN.saturating_add(127);
/// … if they are no longer than this, in bytes: some megabytes at most.
const KEPT_LENGTH: usize = 64 * 1024;
/// By which a service tells a repeated request from a new one
/// (<https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/>).
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// Asks web services.
pub(crate) struct Calls {
    web: Web,
    kept: Mutex<LruCache<String, Kept>>,
}

struct Kept {
    until: Instant,
    answer: WebAnswer,
}

/// A request and what came of it.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The request.
    pub call: Call,
    /// What came of it.
    pub outcome: CallOutcome,
    /// How long that took, in milliseconds.
    pub took_ms: u32,
}

impl Calls {
    pub(crate) fn new(web: Web) -> Self {
        Self { web, kept: Mutex::new(LruCache::new(KEPT)) }
    }

    /// Asks, or takes an answer that may be used again. `before` is what the event has asked so far.
    ///
    /// An event that is delivered again may ask again: what is not only read carries a key that is the same then.
    pub(crate) async fn answer(&self, event: &EventId, mut call: Call, before: &[Answered]) -> Answered {
        let used: u64 = before.iter().map(|answered| u64::from(answered.took_ms)).sum();
        let asked = call.clone();
        let started = Instant::now();
        let outcome = match TIME.checked_sub(Duration::from_millis(used)) {
            None => CallOutcome::Failed {
                reason: format!("the requests of this message have taken more than {} seconds", TIME.as_secs()),
            },
            Some(left) => {
                if call.method != CallMethod::Get {
                    add_key(&mut call, event);
                }
                self.ask(&call, left).await
            }
        };
        let took_ms = u32::try_from(started.elapsed().as_millis()).unwrap_or(u32::MAX);
        Answered { call: asked, outcome, took_ms }
    }

    async fn ask(&self, call: &Call, left: Duration) -> CallOutcome {
        let key = (call.cache_ttl_ms > 0).then(|| format!("{}\n{:?}", call.url, call.headers));
        if let Some(answer) = key.as_ref().and_then(|key| self.known(key)) {
            return response(answer);
        }
        let method = match call.method {
            CallMethod::Get => Method::GET,
            CallMethod::Post => Method::POST,
            CallMethod::Put => Method::PUT,
            CallMethod::Patch => Method::PATCH,
        };
        let timeout = Duration::from_millis(u64::from(call.timeout_ms)).min(left);
        let (url, headers) = (call.url.as_str(), call.headers.as_slice());
        match self.web.ask(&WebRequest { method, url, headers, body: call.body.as_deref(), timeout }).await {
            Ok(answer) => {
                if let Some(key) = key {
                    self.keep(key, &answer, Duration::from_millis(u64::from(call.cache_ttl_ms)));
                }
                response(answer)
            }
            Err(error) => CallOutcome::Failed { reason: error.to_string() },
        }
    }

    fn known(&self, key: &str) -> Option<WebAnswer> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(key).filter(|kept| kept.until > Instant::now()).map(|kept| kept.answer.clone())
    }

    fn keep(&self, key: String, answer: &WebAnswer, ttl: Duration) {
        if (200..300).contains(&answer.status) && answer.body.len() <= KEPT_LENGTH {
            let kept = Kept { until: Instant::now() + ttl, answer: answer.clone() };
            self.kept.lock().unwrap_or_else(PoisonError::into_inner).put(key, kept);
        }
    }
}

fn response(WebAnswer { status, body }: WebAnswer) -> CallOutcome {
    CallOutcome::Response { status, body }
}

fn add_key(call: &mut Call, event: &EventId) {
    if !call.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(IDEMPOTENCY_KEY)) {
        call.headers.push((IDEMPOTENCY_KEY.to_owned(), format!("{event}-{:08x}", call.id)));
    }
}
