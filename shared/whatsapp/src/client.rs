//! A small HTTP client of the Cloud API.
//!
//! The one question it answers with care is *whether a message went out*. The Cloud API has no idempotency key, so a
//! message may be sent again only when the first attempt certainly did not happen: Meta refused it, or the request never
//! left this machine. Everything else is [`SendError::Ambiguous`]. "Left" is decided by a request body that notices
//! when the connection takes it ([`Watched`]): as long as it was not taken, no server has a whole request.

use crate::errors::{self, Action, Meaning};
use crate::message::MarkAsRead;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::{Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Frame, SizeHint};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::{Connect, HttpConnector};
use hyper_util::client::legacy::{Client, ResponseFuture};
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// An answer of the Cloud API is a few hundred bytes; more than this is not one.
const ANSWER_LIMIT: usize = 64 * 1024;
/// A function has 10 seconds; the rest is for writing down what happened.
const DEADLINE: Duration = Duration::from_secs(8);
const CONNECT_DEADLINE: Duration = Duration::from_secs(3);
/// Connections idle for longer are not used again: the far side may have closed them unnoticed (a function is frozen
/// between calls), and a request lost that way would be ambiguous.
const IDLE: Duration = Duration::from_secs(15);

/// The Cloud API at one address with one access token. Cheap to clone; clones share connections and token.
#[derive(Clone)]
pub struct CloudApi(Arc<Inner>);

struct Inner {
    base: String,
    secure: bool,
    token: RwLock<HeaderValue>,
    deadline: Duration,
    plain: OnceLock<Client<HttpConnector, Watched>>,
    tls: OnceLock<Client<HttpsConnector<HttpConnector>, Watched>>,
}

/// The client cannot be made like this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The address is not `http://host` or `https://host`.
    #[error("the Graph address `{0}` is not http://… or https://…: correct GRAPH_URL")]
    Address(String),
    /// The version is not like `v25.0`.
    #[error("the Graph version `{0}` is not like v25.0: correct GRAPH_VERSION")]
    Version(String),
    /// The token has characters that no HTTP header may have, or is empty.
    #[error("the access token is empty or has line breaks or other characters it cannot have: copy it again")]
    Token,
}

/// Meta took the message over. That is not delivery: statuses tell the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// `wamid.…`: statuses carry it.
    pub message_id: String,
    /// The recipient's number as WhatsApp knows it; may differ from the one given.
    pub wa_id: Option<String>,
    /// The recipient's business-scoped user id.
    pub user_id: Option<String>,
    /// `accepted`, `held_for_quality_assessment`, `paused`.
    pub message_status: Option<String>,
}

/// What Meta says against a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// HTTP status of the answer.
    pub http_status: u16,
    /// Meta's code; `None` when the answer has none.
    pub code: Option<i64>,
    /// Meta's English message.
    pub message: Option<String>,
    /// Meta's English detail.
    pub details: Option<String>,
    /// What Meta's support asks for.
    pub fbtrace_id: Option<String>,
    /// The pause the answer asks for.
    pub retry_after: Option<Duration>,
    /// What it means and what to do.
    pub meaning: Meaning,
}

/// Why a message was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Meta refused it: it certainly did not go out. Its meaning says whether it may be sent again.
    #[error("WhatsApp refused the message: {}", .0)]
    Rejected(Box<Rejection>),
    /// The request never left: it certainly did not go out, and may be sent again.
    #[error("the request did not leave ({why}): it is safe to send it again")]
    NotSent {
        /// What happened.
        why: String,
    },
    /// It may have gone out. Never send it again without a sign: wait for the status with its callback data.
    #[error("nobody knows whether the message went out ({why}): wait for its status, do not send it again")]
    Ambiguous {
        /// What happened.
        why: String,
        /// What Meta said, if it said something.
        answer: Option<Box<Rejection>>,
    },
}

impl SendError {
    /// What it means and what to do.
    pub fn meaning(&self) -> Meaning {
        match self {
            Self::Rejected(rejection) => rejection.meaning,
            Self::NotSent { .. } => errors::not_sent(),
            Self::Ambiguous { answer: Some(answer), .. } => answer.meaning,
            Self::Ambiguous { answer: None, .. } => errors::no_answer(),
        }
    }

    fn ambiguous(why: impl Into<String>) -> Self {
        Self::Ambiguous { why: why.into(), answer: None }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => write!(f, "code {code}, {}", self.meaning.title)?,
            None => write!(f, "HTTP {}, {}", self.http_status, self.meaning.title)?,
        }
        if let Some(details) = self.details.as_ref().or(self.message.as_ref()) {
            write!(f, ": {details}")?;
        }
        Ok(())
    }
}

impl CloudApi {
    /// A client of `base_url` (`https://graph.facebook.com`) at `version` (`v25.0`) with an access token.
    ///
    /// Makes no connection and reads no certificate: that happens with the first request.
    pub fn new(base_url: &str, version: &str, access_token: &str) -> Result<Self, ConfigError> {
        let base = base_url.trim_end_matches('/');
        let address = || ConfigError::Address(base_url.to_owned());
        let uri: Uri = base.parse().map_err(|_| address())?;
        let secure = match (uri.scheme_str(), uri.host()) {
            (Some("https"), Some(_)) => true,
            (Some("http"), Some(_)) => false,
            _ => return Err(address()),
        };
        let numbers = version.strip_prefix('v').and_then(|numbers| numbers.split_once('.'));
        if !numbers.is_some_and(|(major, minor)| major.parse::<u16>().is_ok() && minor.parse::<u16>().is_ok()) {
            return Err(ConfigError::Version(version.to_owned()));
        }
        Ok(Self(Arc::new(Inner {
            base: format!("{base}/{version}"),
            secure,
            token: RwLock::new(bearer(access_token)?),
            deadline: DEADLINE,
            plain: OnceLock::new(),
            tls: OnceLock::new(),
        })))
    }

    /// The same client with another deadline for a whole request (8 seconds by default).
    pub fn with_deadline(self, deadline: Duration) -> Self {
        let token = self.0.token.read().unwrap_or_else(PoisonError::into_inner).clone();
        Self(Arc::new(Inner {
            base: self.0.base.clone(),
            secure: self.0.secure,
            token: RwLock::new(token),
            deadline,
            plain: OnceLock::new(),
            tls: OnceLock::new(),
        }))
    }

    /// Uses another access token from the next request on, in all clones: for a token that was replaced.
    pub fn set_token(&self, access_token: &str) -> Result<(), ConfigError> {
        let token = bearer(access_token)?;
        *self.0.token.write().unwrap_or_else(PoisonError::into_inner) = token;
        Ok(())
    }

    /// Sends `body` ([`crate::OutboundRequest::render_bytes`]) from the number `phone_number_id`.
    pub async fn send(&self, phone_number_id: &str, body: impl Into<Bytes>) -> Result<Accepted, SendError> {
        let answer = self.post(phone_number_id, body.into()).await?;
        #[derive(Deserialize)]
        struct Answer {
            #[serde(default)]
            contacts: Vec<Contact>,
            messages: Vec<Message>,
        }
        #[derive(Deserialize)]
        struct Contact {
            wa_id: Option<String>,
            user_id: Option<String>,
        }
        #[derive(Deserialize)]
        struct Message {
            id: String,
            message_status: Option<String>,
        }
        let answer: Answer = serde_json::from_slice(&answer)
            .map_err(|error| SendError::ambiguous(format!("the answer cannot be read: {error}")))?;
        let message = answer.messages.into_iter().next().filter(|message| !message.id.is_empty());
        let message = message.ok_or_else(|| SendError::ambiguous("the answer names no message"))?;
        let contact = answer.contacts.into_iter().next();
        let (wa_id, user_id) = contact.map_or((None, None), |contact| (contact.wa_id, contact.user_id));
        Ok(Accepted {
            message_id: message.id,
            wa_id: wa_id.filter(|id| !id.is_empty()),
            user_id: user_id.filter(|id| !id.is_empty()),
            message_status: message.message_status,
        })
    }

    /// Marks a message as read and, if wanted, shows "typing…". Doing it twice does no harm.
    pub async fn mark_read(&self, phone_number_id: &str, read: &MarkAsRead) -> Result<(), SendError> {
        self.post(phone_number_id, Bytes::from(read.render().to_string())).await.map(drop)
    }

    /// Posts to `/{phone number id}/messages` and returns the body of a success.
    async fn post(&self, phone_number_id: &str, body: Bytes) -> Result<Bytes, SendError> {
        let not_sent = |why: String| SendError::NotSent { why };
        // The id goes into the path: it must not be able to name another one.
        if phone_number_id.is_empty() || !phone_number_id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(no_such_number(phone_number_id));
        }
        let deadline = Instant::now() + self.0.deadline;
        let taken = Arc::new(AtomicBool::new(false));
        let request =
            self.request(phone_number_id, Watched { body: Some(body), taken: Arc::clone(&taken) }).map_err(not_sent)?;
        let failed = |why: String| match taken.load(Ordering::Acquire) {
            false => SendError::NotSent { why },
            true => SendError::ambiguous(why),
        };
        let response = match timeout_at(deadline, self.0.start(request).map_err(not_sent)?).await {
            Err(_) => return Err(failed(format!("no answer within {:?}", self.0.deadline))),
            Ok(Err(error)) => return Err(failed(describe(&error))),
            Ok(Ok(response)) => response,
        };
        let status = response.status();
        let retry_after = retry_after(&response);
        let answer = match timeout_at(deadline, Limited::new(response.into_body(), ANSWER_LIMIT).collect()).await {
            Ok(Ok(answer)) => Ok(answer.to_bytes()),
            Ok(Err(error)) => Err(format!("the answer broke off or is too long: {error}")),
            Err(_) => Err(format!("the answer was not complete within {:?}", self.0.deadline)),
        };
        match answer {
            Ok(answer) if status.is_success() => Ok(answer),
            Err(why) if status.is_success() => Err(SendError::ambiguous(why)),
            // The status line alone says that it was refused.
            answer => Err(refused(status, retry_after, &answer.unwrap_or_default())),
        }
    }

    fn request(&self, phone_number_id: &str, body: Watched) -> Result<Request<Watched>, String> {
        let token = self.0.token.read().unwrap_or_else(PoisonError::into_inner).clone();
        Request::builder()
            .method(Method::POST)
            .uri(format!("{}/{phone_number_id}/messages", self.0.base))
            .header(AUTHORIZATION, token)
            .header(CONTENT_TYPE, "application/json")
            .body(body)
            .map_err(|error| error.to_string())
    }
}

impl fmt::Debug for CloudApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CloudApi").field("base", &self.0.base).finish_non_exhaustive()
    }
}

impl Inner {
    /// Starts a request on the connections of its scheme. Certificates are read here, at the first secure one: reading
    /// them takes longer than a function may take to start.
    fn start(&self, request: Request<Watched>) -> Result<ResponseFuture, String> {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECT_DEADLINE));
        if !self.secure {
            return Ok(self.plain.get_or_init(|| pool(connector)).request(request));
        }
        if self.tls.get().is_none() {
            connector.enforce_http(false);
            let connector = HttpsConnectorBuilder::new()
                .with_native_roots()
                .map_err(|error| format!("no root certificates on this system: {error}"))?
                .https_only()
                .enable_http1()
                .wrap_connector(connector);
            // Another thread may have been first: its client serves as well.
            let _ = self.tls.set(pool(connector));
        }
        match self.tls.get() {
            Some(client) => Ok(client.request(request)),
            None => Err("the secure client could not be made".to_owned()),
        }
    }
}

fn pool<C: Connect + Clone>(connector: C) -> Client<C, Watched> {
    Client::builder(TokioExecutor::new()).pool_idle_timeout(IDLE).build(connector)
}

fn bearer(token: &str) -> Result<HeaderValue, ConfigError> {
    let token = token.trim();
    if token.is_empty() {
        return Err(ConfigError::Token);
    }
    let mut value = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| ConfigError::Token)?;
    value.set_sensitive(true);
    Ok(value)
}

fn retry_after<B>(response: &Response<B>) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// An answer that is no success: Meta's code decides where it is known, else the HTTP status.
fn refused(status: StatusCode, retry_after: Option<Duration>, answer: &[u8]) -> SendError {
    #[derive(Deserialize)]
    struct Answer {
        error: GraphError,
    }
    #[derive(Deserialize, Default)]
    struct GraphError {
        code: Option<i64>,
        message: Option<String>,
        error_data: Option<GraphErrorData>,
        fbtrace_id: Option<String>,
    }
    #[derive(Deserialize)]
    struct GraphErrorData {
        details: Option<String>,
    }
    let error = serde_json::from_slice::<Answer>(answer).map(|answer| answer.error).unwrap_or_default();
    let details = error.error_data.and_then(|data| data.details);
    let http_status = status.as_u16();
    let meaning = match error.code {
        Some(code) => errors::meaning(code, details.as_deref().or(error.message.as_deref()), Some(http_status)),
        None => errors::by_http_status(Some(http_status)),
    };
    let rejection = Box::new(Rejection {
        http_status,
        code: error.code,
        message: error.message,
        details,
        fbtrace_id: error.fbtrace_id,
        retry_after,
        meaning,
    });
    match meaning.action {
        Action::Ambiguous | Action::Doubt { .. } => {
            SendError::Ambiguous { why: rejection.to_string(), answer: Some(rejection) }
        }
        _ => SendError::Rejected(rejection),
    }
}

/// What Meta answers for a number it does not have; repeating the request would not help.
fn no_such_number(phone_number_id: &str) -> SendError {
    SendError::Rejected(Box::new(Rejection {
        http_status: StatusCode::BAD_REQUEST.as_u16(),
        code: Some(33),
        message: Some(format!("`{phone_number_id}` is no phone number id (found before sending)")),
        details: None,
        fbtrace_id: None,
        retry_after: None,
        meaning: errors::meaning(33, None, None),
    }))
}

/// The error and what is behind it: hyper's own text is only "client error (Connect)".
fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// A request body that notices when the connection takes it.
struct Watched {
    body: Option<Bytes>,
    taken: Arc<AtomicBool>,
}

impl Body for Watched {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.taken.store(true, Ordering::Release);
        Poll::Ready(self.body.take().map(|body| Ok(Frame::data(body))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.body.as_ref().map_or(0, |body| body.len() as u64))
    }
}
