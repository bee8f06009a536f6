//! Posting webhooks: signed, in order per person, repeated until they are answered 200.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::sync::mpsc;

use crate::faults::WebhookFault;
use crate::graph_error::asynchronous;
use crate::message::State;
use crate::options::Escaping;
use crate::signature::sign;
use crate::simulation::{Handshake, Simulation};
use crate::webhook::{Update, UpdateKind, compose, escape};
use crate::world::{Attempt, PostRecord, World};

/// POSTs that run beside each other; those of one person share a lane.
pub(crate) const LANES: usize = 8;

/// The HTTP client of all deliveries; connections are kept.
pub(crate) type HttpClient = Client<HttpConnector, Full<Bytes>>;

pub(crate) fn client() -> HttpClient {
    Client::builder(TokioExecutor::new()).build_http()
}

/// One webhook on its way.
#[derive(Debug, Clone)]
pub(crate) struct Post {
    pub(crate) number: u64,
    person: Option<String>,
    /// Messages of people inside: they get their second tick when this is answered 200.
    inbound: Vec<String>,
    body: Bytes,
    signature: Option<String>,
    after_ms: u64,
}

impl Post {
    /// The POST of these updates, and its repetitions where a fault asks for them.
    pub(crate) fn prepare(simulation: &Simulation, world: &mut World, updates: &[Update]) -> Vec<Self> {
        if updates.is_empty() {
            return Vec::new();
        }
        let fault = world.webhooks.posts.pop_front();
        let number = world.number();
        let value =
            compose(simulation.line(), updates, simulation.now_ms(), fault == Some(WebhookFault::MalformedItem));
        let mut text = value.to_string();
        let escaped = match world.behaviour.escaping {
            Escaping::Never => false,
            Escaping::Always => true,
            Escaping::Alternate => number.is_multiple_of(2),
        };
        if escaped {
            text = escape(&text);
        }
        let secret = &simulation.options.app_secret;
        let signature = match fault {
            Some(WebhookFault::Unsigned) => None,
            Some(WebhookFault::WrongSignature) => Some(sign(format!("not {secret}").as_bytes(), text.as_bytes())),
            _ => Some(sign(secret.as_bytes(), text.as_bytes())),
        };
        // A batch of several people has a lane of its own; with batching on, all go there, so that order holds.
        let one_person =
            world.behaviour.batch_window_ms == 0 && updates.iter().all(|update| update.person == updates[0].person);
        let post = Self {
            number,
            person: if one_person { updates[0].person.clone() } else { None },
            inbound: updates
                .iter()
                .filter(|update| update.kind == UpdateKind::Message)
                .filter_map(|update| update.message_id.clone())
                .collect(),
            body: text.clone().into(),
            signature: signature.clone(),
            after_ms: 0,
        };
        let at_ms = simulation.now_ms();
        world.log_post(PostRecord { number, at_ms, body: text, signature, state: "waiting", attempts: Vec::new() });
        let mut posts = vec![post];
        if let Some(WebhookFault::Repeat { times, after_ms }) = fault {
            let again = Self { after_ms, ..posts[0].clone() };
            posts.extend((0..times).map(|_| again.clone()));
        }
        posts
    }

    /// A webhook written or repeated by hand.
    pub(crate) fn again(number: u64, body: Bytes, signature: Option<String>) -> Self {
        Self { number, person: None, inbound: Vec::new(), body, signature, after_ms: 0 }
    }

    /// Which of `lanes` it takes: the same for everything about one person.
    pub(crate) fn lane(&self, lanes: usize) -> usize {
        let mut hasher = DefaultHasher::new();
        self.person.hash(&mut hasher);
        usize::try_from(hasher.finish() % (lanes.max(1) as u64)).unwrap_or(0)
    }
}

/// Delivers the POSTs of one lane, one after the other. A failed one is repeated in the background, so it does not
/// hold up the ones behind it: as in reality, order is lost exactly when something fails.
pub(crate) async fn run_lane(
    simulation: Arc<Simulation>,
    client: HttpClient,
    mut posts: mpsc::UnboundedReceiver<Post>,
) {
    let mut stopped = simulation.stopped.subscribe();
    loop {
        let post = tokio::select! {
            post = posts.recv() => post,
            _ = stopped.wait_for(|stopped| *stopped) => None,
        };
        let Some(post) = post else { return };
        if post.after_ms > 0 {
            tokio::spawn(retry(
                Arc::clone(&simulation),
                client.clone(),
                post.clone(),
                Duration::from_millis(post.after_ms),
            ));
        } else if !attempt(&simulation, &client, &post).await {
            let wait = Duration::from_millis(simulation.world().behaviour.retry_first_ms);
            tokio::spawn(retry(Arc::clone(&simulation), client.clone(), post, wait));
        }
    }
}

async fn retry(simulation: Arc<Simulation>, client: HttpClient, post: Post, first: Duration) {
    let mut wait = first;
    let limit = simulation.world().behaviour.retry_limit;
    for _ in 0..limit {
        tokio::time::sleep(wait).await;
        if *simulation.stopped.borrow() || attempt(&simulation, &client, &post).await {
            return;
        }
        wait = (wait * 2).min(Duration::from_secs(60));
    }
    let mut world = simulation.world();
    if let Some(record) = world.posts.iter_mut().rev().find(|record| record.number == post.number) {
        record.state = "given up";
    }
    for id in &post.inbound {
        if let Some(message) = world.kept.messages.get_mut(id)
            && message.state < State::Delivered
        {
            message.state = State::Failed;
            message.error = Some(asynchronous(0, Some("The webhook never answered 200.")));
        }
    }
    world.dirty = true;
    drop(world);
    simulation.notify("messages", post.person.as_deref());
}

/// One try; true when it was answered 200.
async fn attempt(simulation: &Arc<Simulation>, client: &HttpClient, post: &Post) -> bool {
    let url = simulation.webhook_url.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let Some(url) = url else { return true };
    let timeout = Duration::from_millis(simulation.world().behaviour.webhook_timeout_ms);
    let outcome = send(client, &url, post, timeout).await;
    let delivered = outcome == Ok(200);
    let attempt = match outcome {
        Ok(status) => Attempt { at_ms: simulation.now_ms(), status: Some(status), problem: None },
        Err(problem) => Attempt { at_ms: simulation.now_ms(), status: None, problem: Some(problem) },
    };
    if !delivered {
        tracing::warn!(webhook = post.number, ?attempt, "a webhook was not answered 200");
    }
    let mut world = simulation.world();
    if let Some(record) = world.posts.iter_mut().rev().find(|record| record.number == post.number) {
        record.attempts.push(attempt);
        if delivered {
            record.state = "delivered";
        }
    }
    if delivered {
        for id in &post.inbound {
            if let Some(message) = world.kept.messages.get_mut(id) {
                message.state = message.state.max(State::Delivered);
                world.dirty = true;
            }
        }
    }
    drop(world);
    simulation.notify("webhooks", post.person.as_deref());
    delivered
}

async fn send(client: &HttpClient, url: &str, post: &Post, timeout: Duration) -> Result<u16, String> {
    let mut request =
        http::Request::post(url).header("content-type", "application/json").header("user-agent", "facebookexternalua");
    if let Some(signature) = &post.signature {
        request = request.header("x-hub-signature-256", signature);
    }
    let request = request.body(Full::new(post.body.clone())).map_err(|error| error.to_string())?;
    let answer = tokio::time::timeout(timeout, async {
        let response = client.request(request).await.map_err(|error| error.to_string())?;
        let status = response.status().as_u16();
        // Read to the end, so that the connection can be used again.
        response.into_body().collect().await.map_err(|error| error.to_string())?;
        Ok(status)
    });
    answer.await.unwrap_or_else(|_| Err(format!("no answer within {} ms", timeout.as_millis())))
}

/// The GET handshake: the webhook must return the bare challenge.
pub(crate) async fn verify(client: &HttpClient, url: &str, verify_token: &str) -> Handshake {
    let challenge = (uuid::Uuid::new_v4().as_u128() % 10_000_000_000).to_string();
    let separator = if url.contains('?') { '&' } else { '?' };
    let query = format!("hub.mode=subscribe&hub.challenge={challenge}&hub.verify_token={}", percent(verify_token));
    let Ok(request) = http::Request::get(format!("{url}{separator}{query}")).body(Full::default()) else {
        return Handshake::Failed(format!("{url} is not an address"));
    };
    let answer = tokio::time::timeout(Duration::from_secs(5), async {
        let response = client.request(request).await.map_err(|error| error.to_string())?;
        let status = response.status();
        let body = response.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
        Ok::<_, String>((status, body))
    });
    match answer.await {
        Ok(Ok((status, body))) if status == 200 && body == challenge.as_bytes() => Handshake::Verified,
        Ok(Ok((status, body))) => Handshake::Failed(format!(
            "{url} answered {status} with {:?} instead of 200 with the challenge",
            String::from_utf8_lossy(&body[..body.len().min(80)])
        )),
        Ok(Err(problem)) => Handshake::Failed(format!("{url}: {problem}")),
        Err(_) => Handshake::Failed(format!("{url} did not answer within 5 s")),
    }
}

fn percent(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(encode).collect()
}
