//! The [Runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html) as one process sees it.
//!
//! Each process has an address of its own, so requests need nothing to say whose they are. (`lambda_runtime` takes the
//! address as `host:port`, and with a path only as a full URL; Lambda gives `host:port`, so this does too.)

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use bytes::Bytes;
use serde::Deserialize;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::net::TcpListener;
use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use uuid::Uuid;

/// [Most bytes](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html) of an event and of an answer
/// of a synchronous invocation: 6 MB, and 100 bytes of grace that Lambda's own messages mention.
pub(super) const PAYLOAD_LIMIT: usize = 6 * 1024 * 1024 + 100;
/// Error reports are small; Lambda cuts them too.
const DIAGNOSTIC_LIMIT: usize = 256 * 1024;

/// One event on its way to a process.
pub(super) struct Invocation {
    pub(super) request_id: Uuid,
    pub(super) payload: Bytes,
    /// From the moment the process takes the event.
    pub(super) timeout: Duration,
    pub(super) function_arn: String,
    /// Told when the process takes the event.
    pub(super) taken: oneshot::Sender<()>,
    pub(super) answer: oneshot::Sender<Answer>,
}

/// What a process answered.
pub(super) enum Answer {
    Response(Bytes),
    Error(Diagnostic),
    TooLarge,
}

/// What a process reports when it fails.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Diagnostic {
    pub(super) error_type: String,
    pub(super) error_message: String,
}

/// The Runtime API of one process. Dropping it closes the address, upon which an idle process ends by itself.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) events: mpsc::Sender<Invocation>,
    pub(super) phase: watch::Receiver<Phase>,
    task: JoinHandle<()>,
}

/// How far the process has come.
#[derive(Debug, Clone)]
pub(super) enum Phase {
    Starting,
    /// It has asked for its first event.
    Ready,
    Failed(Diagnostic),
}

impl Server {
    pub(super) async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (events, waiting) = mpsc::channel(1);
        let (phase_changed, phase) = watch::channel(Phase::Starting);
        let desk =
            Arc::new(Desk { waiting: AsyncMutex::new(waiting), working: Mutex::default(), phase: phase_changed });
        let routes = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(init_error))
            .with_state(desk);
        let task = tokio::spawn(async move {
            // Small writes: without this each event would wait for the acknowledgement of the last one.
            let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
            let _ = axum::serve(listener, routes).await;
        });
        Ok(Self { address, events, phase, task })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Where events wait for the process, and the one it works on.
struct Desk {
    waiting: AsyncMutex<mpsc::Receiver<Invocation>>,
    working: Mutex<Option<(Uuid, oneshot::Sender<Answer>)>>,
    phase: watch::Sender<Phase>,
}

impl Desk {
    /// Settles the invocation the process works on; false when `id` is not that one.
    fn settle(&self, id: &str, answer: Answer) -> bool {
        let mut working = self.working.lock().unwrap_or_else(PoisonError::into_inner);
        match working.take_if(|(current, _)| id.parse::<Uuid>().is_ok_and(|id| id == *current)) {
            Some((_, sender)) => {
                // Nobody waits any more when the invocation has timed out.
                let _ = sender.send(answer);
                true
            }
            None => false,
        }
    }
}

async fn next(State(desk): State<Arc<Desk>>) -> Response {
    desk.phase.send_if_modified(|phase| {
        let first = matches!(phase, Phase::Starting);
        if first {
            *phase = Phase::Ready;
        }
        first
    });
    let Some(invocation) = desk.waiting.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let Invocation { request_id, payload, timeout, function_arn, taken, answer } = invocation;
    *desk.working.lock().unwrap_or_else(PoisonError::into_inner) = Some((request_id, answer));
    let _ = taken.send(());
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() + timeout;
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (HeaderName::from_static("lambda-runtime-aws-request-id"), request_id.to_string()),
        (HeaderName::from_static("lambda-runtime-deadline-ms"), deadline.as_millis().to_string()),
        (HeaderName::from_static("lambda-runtime-invoked-function-arn"), function_arn),
        (HeaderName::from_static("lambda-runtime-trace-id"), format!("{};Sampled=0", trace_root())),
    ];
    (headers, payload).into_response()
}

async fn response(State(desk): State<Arc<Desk>>, Path(id): Path<String>, body: Body) -> Response {
    match to_bytes(body, PAYLOAD_LIMIT).await {
        Ok(payload) => accepted(desk.settle(&id, Answer::Response(payload))),
        Err(_) => {
            desk.settle(&id, Answer::TooLarge);
            problem(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", "the answer exceeds 6 MB")
        }
    }
}

async fn error(State(desk): State<Arc<Desk>>, Path(id): Path<String>, body: Body) -> Response {
    accepted(desk.settle(&id, Answer::Error(diagnostic(body).await)))
}

async fn init_error(State(desk): State<Arc<Desk>>, body: Body) -> Response {
    desk.phase.send_replace(Phase::Failed(diagnostic(body).await));
    accepted(true)
}

async fn diagnostic(body: Body) -> Diagnostic {
    let bytes = to_bytes(body, DIAGNOSTIC_LIMIT).await.unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_else(|_| Diagnostic {
        error_type: "Runtime.Unknown".into(),
        error_message: String::from_utf8_lossy(&bytes).into_owned(),
    })
}

fn accepted(known: bool) -> Response {
    if known {
        (StatusCode::ACCEPTED, r#"{"status":"OK"}"#).into_response()
    } else {
        problem(StatusCode::BAD_REQUEST, "InvalidRequestID", "this process does not work on that invocation")
    }
}

fn problem(status: StatusCode, kind: &str, message: &str) -> Response {
    (status, format!(r#"{{"errorType":"{kind}","errorMessage":"{message}"}}"#)).into_response()
}

/// A new trace, in X-Ray's notation: `Root=1-<seconds>-<96 bits>`.
pub(crate) fn trace_root() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let random = Uuid::new_v4().simple().to_string();
    format!("Root=1-{seconds:08x}-{}", &random[..24])
}
