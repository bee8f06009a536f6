//! A small HTTP client: JSON there and back, on loopback or over TLS.

use std::sync::OnceLock;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, ResponseFuture};
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// A request that was not answered.
#[derive(Debug, thiserror::Error)]
#[error("{method} {url}: {cause}")]
pub struct HttpError {
    method: String,
    url: String,
    cause: String,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// The body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Whether the status is one of success.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// The client. Clones share connections.
#[derive(Clone, Debug)]
pub struct Http {
    plain: Client<HttpConnector, Full<Bytes>>,
    /// Made at the first secure request: reading certificates takes a while.
    tls: OnceLock<Client<HttpsConnector<HttpConnector>, Full<Bytes>>>,
}

impl Default for Http {
    fn default() -> Self {
        Self { plain: Client::builder(TokioExecutor::new()).build_http(), tls: OnceLock::new() }
    }
}

impl Http {
    /// Sends a request and reads the whole answer.
    pub async fn send(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Result<Answer, HttpError> {
        let failed = |cause: String| HttpError { method: method.to_owned(), url: url.to_owned(), cause };
        let mut request = http::Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body.into())).map_err(|error| failed(error.to_string()))?;
        let answer = self.start(request).map_err(failed)?.await.map_err(|error| failed(format!("{error:?}")))?;
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.map_err(|error| failed(error.to_string()))?.to_bytes();
        Ok(Answer { status, body })
    }

    fn start(&self, request: http::Request<Full<Bytes>>) -> Result<ResponseFuture, String> {
        if request.uri().scheme_str() != Some("https") {
            return Ok(self.plain.request(request));
        }
        if self.tls.get().is_none() {
            let connector = HttpsConnectorBuilder::new()
                .with_native_roots()
                .map_err(|error| format!("no root certificates on this system: {error}"))?
                .https_only()
                .enable_http1()
                .build();
            // Another thread may have been first: its client serves as well.
            let _ = self.tls.set(Client::builder(TokioExecutor::new()).build(connector));
        }
        match self.tls.get() {
            Some(client) => Ok(client.request(request)),
            None => Err("the secure client could not be made".to_owned()),
        }
    }

    /// GET.
    pub async fn get(&self, url: &str) -> Result<Answer, HttpError> {
        self.send("GET", url, &[], Bytes::new()).await
    }

    /// POST of JSON.
    pub async fn post(&self, url: &str, body: &Value) -> Result<Answer, HttpError> {
        self.send("POST", url, &[("content-type", "application/json")], body.to_string()).await
    }
}
