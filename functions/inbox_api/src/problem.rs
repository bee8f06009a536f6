//! Errors as RFC 9457 problem details. `type` is stable and names the kind; `detail` says what is wrong with this
//! request and what to do.
//! <https://www.rfc-editor.org/rfc/rfc9457>

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::registry::Refusal;
use domain::reminder::InvalidReminder;
use platform::queue::SendError;
use platform::schedule::ScheduleError;
use serde_json::{Map, Value, json};
use store::{StoreError, TooLarge};
use whatsapp::LimitError;

use crate::journeys::Obstacle;

/// When to repeat a request that a service behind the API did not answer, in seconds.
const RETRY_AFTER: &str = "1";

/// A problem. Boxed, because an error should not make every result larger.
#[derive(Debug)]
pub struct Problem(Box<Parts>);

#[derive(Debug)]
struct Parts {
    status: StatusCode,
    kind: &'static str,
    title: &'static str,
    detail: String,
    more: Map<String, Value>,
}

impl Problem {
    fn new(status: StatusCode, kind: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self(Box::new(Parts { status, kind, title, detail: detail.into(), more: Map::new() }))
    }

    /// With a further member.
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.0.more.insert(name.to_owned(), value);
        self
    }

    /// 401. It does not say whether the token is missing, wrong or revoked.
    pub fn unauthorized() -> Self {
        let detail = "Send a valid API token: `Authorization: Bearer chq_…`.";
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "Not signed in", detail)
    }

    /// 403.
    pub fn forbidden(needed: &str) -> Self {
        let detail = format!("This needs the role `{needed}`. Ask an administrator for a token with it.");
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Not allowed", detail)
    }

    /// 404.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not found", detail)
    }

    /// 405.
    pub fn method_not_allowed() -> Self {
        let detail = "This route does not take this method. GET /v1/openapi.json lists what it takes.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed", detail)
    }

    /// 400.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", "The request is not understood", detail)
    }

    /// 422.
    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "The request cannot be carried out", detail)
    }

    /// 422 of a kind of its own.
    pub fn invalid_of(kind: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, kind, title, detail)
    }

    /// 409: a free-form message outside the window.
    pub fn window_closed(expired_at: Option<jiff::Timestamp>) -> Self {
        let detail = "The 24-hour customer-service window is closed. Send a template message, give one as `fallback`, \
                      or wait until the person writes.";
        Self::new(StatusCode::CONFLICT, "window-closed", "The window is closed", detail)
            .with("window_expires_at", json!(expired_at))
    }

    /// 409: the contact is blocked.
    pub fn blocked() -> Self {
        let detail = "The contact is blocked: nothing is sent to them. Unblock them first.";
        Self::new(StatusCode::CONFLICT, "contact-blocked", "The contact is blocked", detail)
    }

    /// 409: a group cannot be answered.
    pub fn group() -> Self {
        let detail = "This is the conversation of a WhatsApp group: it can be read, and nothing can be sent to it from here. \
                      To answer one of its members, write to them in their own conversation.";
        Self::new(StatusCode::CONFLICT, "group", "It is a group", detail)
    }

    /// 409: it is too late.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", "It has changed meanwhile", detail)
    }

    /// 409 of a kind of its own.
    pub fn conflict_of(kind: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, kind, title, detail)
    }

    /// 412: the caller has not seen the latest change.
    pub fn precondition_failed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PRECONDITION_FAILED, "changed-meanwhile", "It has changed meanwhile", detail)
    }

    /// 428: the caller does not say what they have seen.
    pub fn precondition_required() -> Self {
        let detail = "Say on what the change is based, so that nobody's work is overwritten: `If-Match` with the `ETag` of \
                      what you read.";
        Self::new(StatusCode::PRECONDITION_REQUIRED, "if-match-required", "If-Match is missing", detail)
    }

    /// 422: a journey that is not published. `acceptable`: with `accept_problems` it is.
    pub(crate) fn notebook(name: &str, obstacle: Obstacle, problems: &[journey::Problem]) -> Self {
        let detail = format!("The journey `{name}` is not published: {}. `problems` says where.", obstacle.told());
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "notebook", "The journey has problems", detail)
            .with("acceptable", json!(obstacle.is_acceptable()))
            .with("problems", json!(problems))
    }

    /// 413.
    pub fn too_large(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The body is too large", detail)
    }

    /// 503: a service behind the API failed; nothing was lost, the same request may be repeated.
    pub fn unavailable(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed");
        let detail = "A service behind the API did not answer. Repeat the request; with the same Idempotency-Key \
                      nothing is done twice.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Try again", detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = Map::new();
        body.insert("type".into(), json!(format!("urn:chasqui:problem:{}", self.0.kind)));
        body.insert("title".into(), json!(self.0.title));
        body.insert("status".into(), json!(self.0.status.as_u16()));
        body.insert("detail".into(), json!(self.0.detail));
        body.extend(self.0.more);
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        let body = Json(Value::Object(body)).into_response().into_body();
        let mut response = (self.0.status, kind, body).into_response();
        if self.0.status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer realm=\"chasqui\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        if self.0.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER));
        }
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => {
                Self::conflict("Somebody else changed it at the same moment. Read it and try again.")
            }
            // The table says what is too large for it; the same again would be refused again.
            StoreError::Refused(reason) => {
                tracing::warn!(reason, "the table refused a request");
                Self::invalid(format!("This is more than can be kept: {reason}"))
            }
            error => Self::unavailable(error),
        }
    }
}

impl From<SendError> for Problem {
    fn from(error: SendError) -> Self {
        match error {
            error @ SendError::TooLarge { .. } => Self::too_large(format!("{}.", capitalised(&error.to_string()))),
            error => Self::unavailable(error),
        }
    }
}

impl From<ScheduleError> for Problem {
    fn from(error: ScheduleError) -> Self {
        match error {
            ScheduleError::Refused { reason, .. } => {
                Self::invalid(format!("EventBridge Scheduler does not take this: {reason}"))
            }
            error => Self::unavailable(error),
        }
    }
}

impl From<serde_json::Error> for Problem {
    fn from(error: serde_json::Error) -> Self {
        Self::unavailable(error)
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => {
                Self::too_large("The body is larger than 256 KB (a notebook: 2 MB of JSON; a set of them: 4 MB).")
            }
            _ => Self::bad_request(rejection.body_text()),
        }
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::bad_request(rejection.body_text())
    }
}

impl From<InvalidReminder> for Problem {
    fn from(error: InvalidReminder) -> Self {
        Self::invalid(error.to_string())
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let detail = format!("{}.", capitalised(&refusal.to_string()));
        match refusal {
            Refusal::Archived(_) => Self::conflict_of("archived", "The journey is archived", detail),
            Refusal::Name { .. } | Refusal::Comment(_) => Self::invalid(detail),
        }
    }
}

impl From<TooLarge> for Problem {
    fn from(error: TooLarge) -> Self {
        Self::too_large(format!("{}.", capitalised(&error.to_string())))
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

impl From<Vec<LimitError>> for Problem {
    fn from(limits: Vec<LimitError>) -> Self {
        let texts: Vec<String> = limits.iter().map(ToString::to_string).collect();
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "message-limit",
            "WhatsApp would refuse the message",
            texts.join("; "),
        )
        .with("limits", json!(texts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_to_be_repeated_says_when() {
        let again = |problem: Problem| problem.into_response().headers().get(header::RETRY_AFTER).cloned();
        assert_eq!(again(Problem::unavailable("the table sleeps")).unwrap(), RETRY_AFTER);
        assert_eq!(again(Problem::bad_request("no")), None);
    }
}
