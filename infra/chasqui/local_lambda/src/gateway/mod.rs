//! An API Gateway HTTP API on loopback: finds the route, makes the event, invokes the function, answers.
//!
//! [Its limits](https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html) hold here too: 10 MB
//! of body, 10,240 bytes of request line and headers, 30 s for the function, and the throttles of the template.

mod event;
mod response;
mod routes;
mod throttle;

use crate::runtime_api::{FunctionError, Lambda, trace_root};
use crate::template::HttpApi;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use axum::serve::ListenerExt;
use bytes::Bytes;
use event::Origin;
use jiff::Timestamp;
use response::{internal_error, message, too_large};
use routes::Routes;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use throttle::Bucket;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// The quotas of an HTTP API, which AWS does not raise.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of a request's body.
    pub body: usize,
    /// Bytes of the event that a function can be given.
    pub event: usize,
    /// Bytes of the request line and all headers.
    pub headers: usize,
    /// Time for the function to answer; it goes on working afterwards.
    pub integration: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { body: 10 * 1024 * 1024, event: 6 * 1024 * 1024, headers: 10_240, integration: Duration::from_secs(30) }
    }
}

/// Why the gateway could not start.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// The address is taken or forbidden.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the operating system answered.
        source: std::io::Error,
    },
    /// Other machines could reach it.
    #[error("{0} is not a loopback address: the local machine has no protection against others")]
    NotLoopback(SocketAddr),
}

/// A running gateway. Dropping it closes the address.
pub struct Gateway {
    address: SocketAddr,
    stopping: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Gateway {
    /// Serves the routes of a stack on a loopback address; port 0 takes a free one.
    ///
    /// # Errors
    /// When the address is no loopback one, or cannot be had.
    pub async fn start(
        address: SocketAddr,
        api: &HttpApi,
        lambda: Lambda,
        limits: Limits,
    ) -> Result<Self, GatewayError> {
        if !address.ip().is_loopback() {
            return Err(GatewayError::NotLoopback(address));
        }
        let listen = |source| GatewayError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let now = Instant::now();
        let front = Front {
            routes: Routes::new(&api.routes),
            buckets: api.routes.iter().map(|route| route.throttle.map(|throttle| Bucket::new(throttle, now))).collect(),
            lambda,
            limits,
        };
        let service = Router::new().fallback(answer).with_state(Arc::new(front));
        let service = service.into_make_service_with_connect_info::<SocketAddr>();
        let (stopping, mut stop) = watch::channel(false);
        let task = tokio::spawn(async move {
            let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
            let stopped = async move { drop(stop.wait_for(|stop| *stop).await) };
            let _ = axum::serve(listener, service).with_graceful_shutdown(stopped).await;
        });
        Ok(Self { address, stopping, task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no new requests and waits, at most for `grace`, until those under way are answered.
    pub async fn stop(mut self, grace: Duration) {
        self.stopping.send_replace(true);
        let _ = tokio::time::timeout(grace, &mut self.task).await;
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Front {
    routes: Routes,
    /// By the route's place in the template.
    buckets: Vec<Option<Bucket>>,
    lambda: Lambda,
    limits: Limits,
}

async fn answer(
    State(front): State<Arc<Front>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let request_id = Uuid::new_v4().to_string();
    let (parts, body) = request.into_parts();
    let mut response = front.answer(&parts, body, peer, &request_id).await;
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert("apigw-requestid", value);
    }
    response
}

impl Front {
    async fn answer(&self, parts: &Parts, body: Body, peer: SocketAddr, request_id: &str) -> Response {
        if header_bytes(parts) > self.limits.headers {
            return message(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "Request Header Fields Too Large");
        }
        let Some(path) = event::percent_decode(parts.uri.path()) else {
            return message(StatusCode::BAD_REQUEST, "Bad Request");
        };
        let Some(found) = self.routes.find(parts.method.as_str(), &path) else {
            return message(StatusCode::NOT_FOUND, "Not Found");
        };
        if let Some(Some(bucket)) = self.buckets.get(found.index)
            && !bucket.take(Instant::now())
        {
            return message(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests");
        }
        let Ok(body) = to_bytes(body, self.limits.body).await else {
            return too_large();
        };
        let origin = Origin { peer, request_id: request_id.to_owned(), trace_id: trace_root(), time: Timestamp::now() };
        let event = event::event(parts, &path, &body, &found, &origin).to_string();
        if event.len() > self.limits.event {
            return too_large();
        }
        self.invoke(&found.route.function, event.into()).await
    }

    async fn invoke(&self, function: &str, event: Bytes) -> Response {
        match tokio::time::timeout(self.limits.integration, self.lambda.invoke(function, event)).await {
            Err(_) => {
                tracing::warn!(function, "gave no answer in time");
                message(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable")
            }
            Ok(Err(error @ FunctionError::Stopped { .. })) => {
                tracing::info!(function, %error);
                message(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable")
            }
            Ok(Err(error)) => {
                tracing::warn!(function, %error, "request failed");
                internal_error()
            }
            Ok(Ok(answer)) => response::response(&answer).unwrap_or_else(|reason| {
                tracing::warn!(function, reason, "improper answer");
                internal_error()
            }),
        }
    }
}

/// Size of the request line and the headers as they were sent, but for optional white space.
fn header_bytes(parts: &Parts) -> usize {
    const AROUND_HEADER: usize = ": \r\n".len();
    let target = parts.uri.path_and_query().map_or(1, |target| target.as_str().len());
    let line = parts.method.as_str().len() + target + "  HTTP/1.1\r\n".len();
    line + parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + AROUND_HEADER).sum::<usize>()
}
