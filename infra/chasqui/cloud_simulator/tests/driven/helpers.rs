//! The other side: a webhook receiver that remembers, and a client.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use bytes::Bytes;
use cloud_simulator::{CloudSimulator, Handle, Line, Options};
use hmac::{Hmac, KeyInit, Mac};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

pub(crate) const PHONE_ID: &str = "106540352242922";
pub(crate) const WABA: &str = "102290129340398";
pub(crate) const SECRET: &str = "simulated-app-secret";

/// One webhook as it came.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) signature: Option<String>,
    pub(crate) raw: String,
    pub(crate) body: Value,
}

#[derive(Default)]
pub(crate) struct Receiver {
    pub(crate) received: Mutex<Vec<Received>>,
    /// Answers to give before 200 again.
    pub(crate) answers: Mutex<Vec<u16>>,
}

async fn receive(State(receiver): State<Arc<Receiver>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let raw = String::from_utf8(body.to_vec()).unwrap();
    let signature = headers.get("x-hub-signature-256").map(|value| value.to_str().unwrap().to_owned());
    receiver.received.lock().unwrap().push(Received {
        signature,
        body: serde_json::from_str(&raw).unwrap_or(Value::Null),
        raw,
    });
    StatusCode::from_u16(receiver.answers.lock().unwrap().pop().unwrap_or(200)).unwrap()
}

async fn challenge(Query(query): Query<std::collections::HashMap<String, String>>) -> (StatusCode, String) {
    if query.get("hub.verify_token").map(String::as_str) == Some("simulated-verify-token")
        && query.get("hub.mode").map(String::as_str) == Some("subscribe")
    {
        (StatusCode::OK, query["hub.challenge"].clone())
    } else {
        (StatusCode::FORBIDDEN, "no".into())
    }
}

pub(crate) struct Stage {
    pub(crate) simulator: Handle,
    pub(crate) receiver: Arc<Receiver>,
    pub(crate) webhook_url: String,
}

pub(crate) fn line() -> Line {
    Line { phone_number_id: PHONE_ID.into(), waba_id: WABA.into(), display_phone_number: "+57 601 555 0100".into() }
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Options)) -> Self {
        let receiver = Arc::new(Receiver::default());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let webhook_url = format!("http://{}/webhook", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/webhook", axum::routing::get(challenge).post(receive))
            .with_state(Arc::clone(&receiver));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let mut options = Options::new(line(), Some(webhook_url.clone()));
        options.behaviour.sent_after_ms = 1;
        options.behaviour.delivered_after_ms = 1;
        options.behaviour.read_after_ms = 1;
        options.behaviour.retry_first_ms = 5;
        change(&mut options);
        Self { simulator: CloudSimulator::start(options).await.unwrap(), receiver, webhook_url }
    }

    /// A call with any token; `None` as answer when the connection gave none within the timeout.
    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
        token: Option<&str>,
    ) -> Option<(u16, Value)> {
        let mut request = http::Request::builder().method(method).uri(format!("{}{path}", self.simulator.url()));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let bytes = body.map(Value::to_string).unwrap_or_default();
        exchange(request.body(Full::new(Bytes::from(bytes))).unwrap())
            .await
            .map(|(status, bytes)| (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null)))
    }

    pub(crate) async fn graph(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        self.call(method, path, body, Some("simulated-access-token")).await.unwrap()
    }

    /// Sends a message and returns what the API answered, if it did.
    pub(crate) async fn send(&self, body: &Value) -> Option<(u16, Value)> {
        self.call("POST", &format!("/v25.0/{PHONE_ID}/messages"), Some(body), Some("simulated-access-token")).await
    }

    /// Sends a message that must be accepted and returns its id.
    pub(crate) async fn sent(&self, body: &Value) -> String {
        let (status, answer) = self.send(body).await.unwrap();
        assert_eq!(status, 200, "{answer}");
        answer["messages"][0]["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn sim(&self, path: &str, body: &Value) -> Value {
        let (status, answer) = self.call("POST", &format!("/_sim{path}"), Some(body), None).await.unwrap();
        assert_eq!(status, 200, "{path} {body}: {answer}");
        answer
    }

    pub(crate) async fn look(&self, path: &str) -> Value {
        self.call("GET", &format!("/_sim{path}"), None, None).await.unwrap().1
    }

    /// A person who has just written, so that the window is open; webhooks so far are forgotten.
    pub(crate) async fn ana(&self) -> &'static str {
        self.sim("/people", &json!({"name": "Ana", "phone": "+57 300 111 2233"})).await;
        self.sim("/people/573001112233/messages", &json!({"text": "hola"})).await;
        self.webhooks(1).await;
        self.receiver.received.lock().unwrap().clear();
        "573001112233"
    }

    /// Waits until `count` webhooks have come, and a moment longer, so that one too many is seen.
    pub(crate) async fn webhooks(&self, count: usize) -> Vec<Received> {
        for _ in 0..400 {
            if self.receiver.received.lock().unwrap().len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
        let received = self.receiver.received.lock().unwrap().clone();
        assert_eq!(received.len(), count, "{received:#?}");
        received
    }

    /// The status words of all webhooks so far, in order.
    pub(crate) fn statuses(&self) -> Vec<String> {
        let received = self.receiver.received.lock().unwrap();
        let items = received.iter().flat_map(|one| all(&one.body, "statuses"));
        items.map(|status| status["status"].as_str().unwrap().to_owned()).collect()
    }
}

/// Every item of one list in all entries and changes.
pub(crate) fn all(body: &Value, list: &str) -> Vec<Value> {
    let entries = body["entry"].as_array().cloned().unwrap_or_default();
    let changes = entries.iter().flat_map(|entry| entry["changes"].as_array().cloned().unwrap_or_default());
    changes.flat_map(|change| change["value"][list].as_array().cloned().unwrap_or_default()).collect()
}

pub(crate) fn signed(body: &str) -> String {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

pub(crate) async fn exchange(request: http::Request<Full<Bytes>>) -> Option<(u16, Bytes)> {
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let answer = tokio::time::timeout(Duration::from_secs(3), client.request(request)).await.ok()?.ok()?;
    let status = answer.status().as_u16();
    Some((status, answer.into_body().collect().await.ok()?.to_bytes()))
}

pub(crate) fn text(to: &str, body: &str) -> Value {
    json!({"messaging_product": "whatsapp", "recipient_type": "individual", "to": to, "type": "text", "text": {"body": body}})
}
