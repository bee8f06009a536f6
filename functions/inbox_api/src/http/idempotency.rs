//! `Idempotency-Key`: a request that changes something, sent again with its key, is carried out once and answered the same.
//!
//! The key belongs to its caller, method and path. It is remembered for a day, with a hash of what was asked; what is
//! created in between is named after the request ([`Asked`]), so that a repetition of one that broke off in the middle
//! makes nothing twice. A request without a key is none that could be repeated, and costs nothing.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::id::MessageId;
use jiff::Timestamp;
use platform::ids::{id_of, new_id};
use serde_json::json;
use sha2::{Digest, Sha256};
use store::{KeptAnswer, KeyedRequest, Taken};

use crate::Shared;
use crate::access::CallerId;
use crate::problem::Problem;

/// The header.
pub(crate) const KEY: &str = "idempotency-key";
/// Says in an answer that it was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// The longest key, in characters.
const LONGEST_KEY: usize = 255;
/// Headers that belong to the content of an answer.
const KEPT: [HeaderName; 3] = [header::CONTENT_TYPE, header::ETAG, header::LOCATION];

/// When a change was asked for, and the name of what it creates: the same for a repetition with its key.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) id: String,
    pub(crate) at: Timestamp,
}

/// Carries out a request with a key once.
pub(crate) async fn once(State(api): State<Shared>, request: Request, next: Next) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let now = api.clock.now();
    let reads = [Method::GET, Method::HEAD].contains(&parts.method);
    let Some(key) = (if reads { None } else { key(&parts.headers)? }) else {
        parts.extensions.insert(Asked { id: new_id(now), at: now });
        return Ok(next.run(Request::from_parts(parts, body)).await);
    };
    let body = to_bytes(body, usize::MAX).await.map_err(|error| Problem::bad_request(error.to_string()))?;
    let keyed = keyed(&parts, &key, &body, new_id(now))?;
    let (at, is_first) = match api.store.take_request(&keyed, now).await? {
        Taken::Ours { at, is_first } => (at, is_first),
        Taken::Answered(answer) => return replayed(&answer),
        Taken::UnderWay { until } => return Ok(under_way(until, now)),
        Taken::SomethingElse { asked, at } => return Err(something_else(&asked, at)),
    };
    parts.extensions.insert(Asked { id: id_of(at, &keyed.id), at });
    let answer = next.run(Request::from_parts(parts, Body::from(body))).await;
    settle(&api, &keyed, is_first, answer).await
}

/// Remembers what was answered, if anything was done.
async fn settle(api: &Shared, keyed: &KeyedRequest, is_first: bool, answer: Response) -> Result<Response, Problem> {
    let status = answer.status();
    if !status.is_success() {
        // A refusal changed nothing, so the key is free for a better request; but what an earlier attempt began goes on.
        let freed = match status.is_server_error() || !is_first {
            true => api.store.release_request(keyed).await,
            false => api.store.forget_request(keyed).await,
        };
        if let Err(error) = freed {
            tracing::warn!(%error, "a request keeps its key until its lease ends");
        }
        return Ok(answer);
    }
    let (parts, body) = answer.into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(Problem::unavailable)?;
    if let Ok(text) = std::str::from_utf8(&body) {
        let headers = KEPT.iter().filter_map(|name| {
            let value = parts.headers.get(name)?.to_str().ok()?;
            Some((name.to_string(), value.to_owned()))
        });
        let kept = KeptAnswer { status: status.as_u16(), headers: headers.collect(), body: text.to_owned() };
        // It is done: that its answer could not be kept is no reason to say otherwise. A repetition does it again under
        // the same name.
        if let Err(error) = api.store.answer_request(keyed, &kept).await {
            tracing::warn!(%error, "an answer was not kept for a repetition");
        }
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut keys = headers.get_all(KEY).iter();
    let Some(key) = keys.next() else { return Ok(None) };
    let key = key.to_str().unwrap_or_default();
    let good = (1..=LONGEST_KEY).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    if good && keys.next().is_none() {
        return Ok(Some(key.to_owned()));
    }
    let detail =
        format!("The Idempotency-Key must be 1 to {LONGEST_KEY} visible ASCII characters without blanks, once.");
    Err(Problem::bad_request(detail))
}

fn keyed(parts: &Parts, key: &str, body: &Bytes, claim: String) -> Result<KeyedRequest, Problem> {
    let CallerId(caller) = parts.extensions.get::<CallerId>().ok_or_else(Problem::unauthorized)?;
    let (method, path) = (parts.method.as_str(), parts.uri.path());
    let id = MessageId::of_request(&["request", caller, method, path, key]).to_string();
    let mut hash = Sha256::new();
    let seen = parts.headers.get(header::IF_MATCH).map_or(&b""[..], HeaderValue::as_bytes);
    for part in [parts.uri.query().unwrap_or_default().as_bytes(), seen, body] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let asked = format!("{method} {path}");
    Ok(KeyedRequest { id, asked, hash: hex::encode(hash.finalize()), claim })
}

fn replayed(answer: &KeptAnswer) -> Result<Response, Problem> {
    let status = StatusCode::from_u16(answer.status).map_err(Problem::unavailable)?;
    let mut response = (status, answer.body.clone()).into_response();
    response.headers_mut().remove(header::CONTENT_TYPE);
    for (name, value) in &answer.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse()) {
            response.headers_mut().insert(name, value);
        }
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

fn under_way(until: Timestamp, now: Timestamp) -> Response {
    let seconds = until.duration_since(now).as_secs().max(1);
    let detail =
        format!("The first request with this Idempotency-Key is still being carried out. Ask again in {seconds} s.");
    let problem = Problem::conflict_of("request-under-way", "The request is under way", detail);
    let mut response = problem.into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.unsigned_abs()));
    response
}

fn something_else(asked: &str, at: Timestamp) -> Problem {
    let detail = format!(
        "This Idempotency-Key belongs to another request: {asked}, at {at}, with another body. Send what was sent then, \
         or take a new key."
    );
    Problem::invalid_of("idempotency-key-reused", "The Idempotency-Key belongs to another request", detail)
        .with("request", json!({"asked": asked, "at": at}))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (HeaderName::from_static(KEY), value.parse().unwrap())).collect()
    }

    #[test]
    fn keys_are_visible_and_not_too_long() {
        assert_eq!(key(&HeaderMap::new()).unwrap(), None);
        for good in ["a", "reply-1", "~!#$%", &"k".repeat(255)] {
            assert_eq!(key(&given(&[good])).unwrap().as_deref(), Some(good));
        }
        for bad in ["", " ", "a b", "a\tb", &"k".repeat(256)] {
            assert!(key(&given(&[bad])).is_err(), "{bad:?}");
        }
        assert!(key(&given(&["a", "b"])).is_err(), "two keys");
        let beyond_ascii =
            HeaderMap::from_iter([(HeaderName::from_static(KEY), HeaderValue::from_bytes(b"\xc3\xb1").unwrap())]);
        assert!(key(&beyond_ascii).is_err());
    }

    fn made(method: &str, path: &str, caller: &str, key: &str, body: &str) -> KeyedRequest {
        let request = Request::builder().method(method).uri(path).body(()).unwrap();
        let (mut parts, ()) = request.into_parts();
        parts.extensions.insert(CallerId(caller.to_owned()));
        keyed(&parts, key, &Bytes::from(body.to_owned()), String::new()).unwrap()
    }

    #[test]
    fn a_key_belongs_to_its_caller_method_and_path_and_the_hash_to_what_was_sent() {
        let first = made("POST", "/v1/conversations/c-1/journey", "ada", "k", "{}");
        assert_eq!(first, made("POST", "/v1/conversations/c-1/journey", "ada", "k", "{}"));
        for other in [
            made("DELETE", "/v1/conversations/c-1/journey", "ada", "k", "{}"),
            made("POST", "/v1/conversations/c-2/journey", "ada", "k", "{}"),
            made("POST", "/v1/conversations/c-1/journey", "eva", "k", "{}"),
            made("POST", "/v1/conversations/c-1/journey", "ada", "l", "{}"),
        ] {
            assert_ne!(other.id, first.id, "{other:?}");
        }
        let body = made("POST", "/v1/conversations/c-1/journey", "ada", "k", "{ }");
        assert_eq!(body.id, first.id);
        assert_ne!(body.hash, first.hash);
    }
}
