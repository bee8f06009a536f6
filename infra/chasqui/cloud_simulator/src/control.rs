//! The control endpoints under `/_sim`: everything that is not about one person. See the crate's documentation.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use futures::Stream;
use http::{StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;

use crate::control_people;
use crate::delivery::{Post, client, verify};
use crate::faults::{PlannedFault, WebhookFault};
use crate::graph::review_template;
use crate::graph_error::asynchronous;
use crate::message;
use crate::signature::sign;
use crate::simulation::{Handshake, Simulation};
use crate::templates::Template;
use crate::webhook::{Update, UpdateKind};
use crate::world::PostRecord;

/// A refusal of a control endpoint: a sentence for the author of the test.
#[derive(Debug)]
pub(crate) struct Refusal(StatusCode, String);

impl From<String> for Refusal {
    fn from(sentence: String) -> Self {
        Self(StatusCode::BAD_REQUEST, sentence)
    }
}

impl Refusal {
    pub(crate) fn not_found(what: &str) -> Self {
        Self(StatusCode::NOT_FOUND, format!("there is no {what}"))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1}))).into_response()
    }
}

type Simulated = State<Arc<Simulation>>;
pub(crate) type Answer = Result<Json<Value>, Refusal>;

/// Reads a body strictly, saying what is wrong with it.
pub(crate) fn read<T: serde::de::DeserializeOwned>(body: &Bytes) -> Result<T, Refusal> {
    let body: &[u8] = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| Refusal::from(error.to_string()))
}

/// The routes below `/_sim`.
pub(crate) fn router() -> axum::Router<Arc<Simulation>> {
    axum::Router::new()
        .route("/status", get(status))
        .route("/verify", post(handshake))
        .route("/clock", get(clock).post(advance))
        .route("/behaviour", get(behaviour).post(change_behaviour))
        .route("/faults", get(faults).post(plan_faults).delete(forget_faults))
        .route("/webhooks", get(webhooks).post(write_webhook))
        .route("/webhooks/faults", get(webhook_faults).post(plan_webhook_faults))
        .route("/webhooks/hold", post(hold))
        .route("/webhooks/release", post(release))
        .route("/webhooks/{number}/repeat", post(repeat))
        .route("/changes", post(change))
        .route("/statuses", post(tell_status))
        .route("/templates", get(templates).post(add_template))
        .route("/templates/{name}/{language}", post(review))
        .route("/media/{id}", get(media))
        .route("/log", get(log).delete(forget_log))
        .route("/events", get(events))
        .merge(control_people::router())
        .fallback(|| async { Refusal::not_found("such control endpoint") })
}

async fn status(State(simulation): Simulated) -> Json<Value> {
    let handshake = match &*simulation.handshake.borrow() {
        Handshake::Pending => json!({"state": "pending"}),
        Handshake::Verified => json!({"state": "verified"}),
        Handshake::Failed(reason) => json!({"state": "failed", "reason": reason}),
    };
    let url = simulation.webhook_url.lock().map(|url| url.clone()).unwrap_or_default();
    let world = simulation.world();
    Json(json!({
        "line": simulation.line(), "webhook_url": url, "handshake": handshake, "now_ms": simulation.now_ms(),
        "people": world.kept.people.len(), "messages": world.kept.messages.len(),
        "webhooks_waiting": world.posts.iter().filter(|post| post.state == "waiting").count(),
    }))
}

async fn handshake(State(simulation): Simulated) -> Json<Value> {
    let url = simulation.webhook_url.lock().map(|url| url.clone()).unwrap_or_default();
    if let Some(url) = url {
        let result = verify(&client(), &url, &simulation.options.verify_token).await;
        simulation.handshake.send_replace(result);
    }
    status(State(simulation)).await
}

async fn clock(State(simulation): Simulated) -> Json<Value> {
    Json(json!({"now_ms": simulation.now_ms()}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_ms: i64,
}

async fn advance(State(simulation): Simulated, body: Bytes) -> Answer {
    let Advance { advance_ms } = read(&body)?;
    simulation.options.clock.advance(advance_ms);
    simulation.notify("clock", None);
    Ok(clock(State(simulation)).await)
}

async fn behaviour(State(simulation): Simulated) -> Json<Value> {
    Json(json!(simulation.world().behaviour))
}

async fn change_behaviour(State(simulation): Simulated, body: Bytes) -> Answer {
    let changes: serde_json::Map<String, Value> = read(&body)?;
    let mut world = simulation.world();
    let mut merged = json!(world.behaviour);
    for (key, value) in changes {
        merged[&key] = value;
    }
    world.behaviour = serde_json::from_value(merged).map_err(|error| Refusal::from(error.to_string()))?;
    Ok(Json(json!(world.behaviour)))
}

async fn faults(State(simulation): Simulated) -> Json<Value> {
    Json(json!({"faults": simulation.world().send_faults.planned}))
}

/// One fault, or `{"faults": […]}`.
async fn plan_faults(State(simulation): Simulated, body: Bytes) -> Answer {
    for fault in one_or_many::<PlannedFault>(&body)? {
        if fault.times > 0 {
            simulation.world().send_faults.planned.push_back(fault);
        }
    }
    Ok(faults(State(simulation)).await)
}

fn one_or_many<T: serde::de::DeserializeOwned>(body: &Bytes) -> Result<Vec<T>, Refusal> {
    let mut value: Value = read(body)?;
    let parsed = match value.get_mut("faults").map(Value::take) {
        Some(many) => serde_json::from_value(many),
        None => serde_json::from_value(value).map(|one| vec![one]),
    };
    parsed.map_err(|error| Refusal::from(error.to_string()))
}

async fn forget_faults(State(simulation): Simulated) -> Json<Value> {
    simulation.world().send_faults.planned.clear();
    faults(State(simulation)).await
}

#[derive(Deserialize)]
struct Since {
    #[serde(default)]
    after: u64,
}

async fn webhooks(State(simulation): Simulated, Query(since): Query<Since>) -> Json<Value> {
    let world = simulation.world();
    let posts: Vec<_> = world.posts.iter().filter(|post| post.number > since.after).collect();
    Json(json!({"webhooks": posts}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// JSON, or a text that is posted as it is.
    body: Value,
    /// `valid` (the default), `none` or `wrong`.
    #[serde(default)]
    signature: Option<String>,
}

async fn write_webhook(State(simulation): Simulated, body: Bytes) -> Answer {
    let written: Written = read(&body)?;
    let text = written.body.as_str().map_or_else(|| written.body.to_string(), str::to_owned);
    let secret = &simulation.options.app_secret;
    let signature = match written.signature.as_deref() {
        None | Some("valid") => Some(sign(secret.as_bytes(), text.as_bytes())),
        Some("none") => None,
        Some("wrong") => Some(sign(format!("not {secret}").as_bytes(), text.as_bytes())),
        Some(other) => return Err(Refusal::from(format!("signature is valid, none or wrong, not {other:?}"))),
    };
    let mut world = simulation.world();
    let number = world.number();
    world.log_post(PostRecord {
        number,
        at_ms: simulation.now_ms(),
        body: text.clone(),
        signature: signature.clone(),
        state: "waiting",
        attempts: Vec::new(),
    });
    simulation.enqueue(Post::again(number, text.into(), signature));
    Ok(Json(json!({"number": number})))
}

async fn repeat(State(simulation): Simulated, Path(number): Path<u64>) -> Answer {
    let world = simulation.world();
    let found = world.posts.iter().find(|post| post.number == number);
    let post = found.ok_or_else(|| Refusal::not_found(&format!("webhook {number}")))?;
    simulation.enqueue(Post::again(number, post.body.clone().into(), post.signature.clone()));
    Ok(Json(json!({"number": number})))
}

async fn webhook_faults(State(simulation): Simulated) -> Json<Value> {
    Json(simulation.world().webhooks.view())
}

async fn plan_webhook_faults(State(simulation): Simulated, body: Bytes) -> Answer {
    for fault in one_or_many::<WebhookFault>(&body)? {
        simulation.world().webhooks.plan(fault);
    }
    Ok(webhook_faults(State(simulation)).await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hold {
    #[serde(default)]
    messages: bool,
    #[serde(default)]
    statuses: bool,
}

async fn hold(State(simulation): Simulated, body: Bytes) -> Answer {
    let hold: Hold = read(&body)?;
    {
        let mut world = simulation.world();
        world.webhooks.hold_messages |= hold.messages;
        world.webhooks.hold_statuses |= hold.statuses;
    }
    Ok(webhook_faults(State(simulation)).await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Release {
    #[serde(default)]
    reversed: bool,
    #[serde(default)]
    one_post: bool,
}

async fn release(State(simulation): Simulated, body: Bytes) -> Answer {
    let release: Release = read(&body)?;
    {
        let mut world = simulation.world();
        for updates in world.webhooks.release(release.reversed, release.one_post) {
            simulation.dispatch(&mut world, updates);
        }
    }
    Ok(webhook_faults(State(simulation)).await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    field: String,
    value: Value,
}

async fn change(State(simulation): Simulated, body: Bytes) -> Answer {
    let Change { field, value } = read(&body)?;
    simulation.tell(
        &mut simulation.world(),
        Update { kind: UpdateKind::Change, field, person: None, message_id: None, contact: None, item: value },
    );
    Ok(Json(json!({"success": true})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    message_id: String,
    status: String,
    #[serde(default)]
    error_code: Option<i64>,
    #[serde(default)]
    at_ms: Option<i64>,
    #[serde(default)]
    times: Option<u32>,
}

async fn tell_status(State(simulation): Simulated, body: Bytes) -> Answer {
    let told: Told = read(&body)?;
    let state = message::State::of_word(&told.status).ok_or_else(|| {
        Refusal::from(format!("status {:?} is none of sent, delivered, read, played, failed", told.status))
    })?;
    let mut world = simulation.world();
    let found = world.kept.messages.get(&told.message_id).filter(|message| message.author == message::Author::Business);
    found.ok_or_else(|| Refusal::not_found(&format!("message {} of the business", told.message_id)))?;
    let error = (state == message::State::Failed).then(|| asynchronous(told.error_code.unwrap_or(131_000), None));
    for _ in 0..told.times.unwrap_or(1) {
        simulation.reach(
            &mut world,
            &told.message_id,
            state,
            told.at_ms.unwrap_or_else(|| simulation.now_ms()),
            error.clone(),
        );
    }
    Ok(Json(json!({"success": true})))
}

async fn templates(State(simulation): Simulated) -> Json<Value> {
    let world = simulation.world();
    Json(json!({"templates": world.kept.templates.iter().map(Template::view).collect::<Vec<_>>()}))
}

/// Adds an approved template, in the shape Meta takes for a new one; one of the same name and language is replaced.
async fn add_template(State(simulation): Simulated, body: Bytes) -> Answer {
    let body: Value = read(&body)?;
    let mut world = simulation.world();
    let id = world.numeric_id();
    let mut template = Template::create(&body, id).map_err(|error| Refusal::from(error.to_string()))?;
    "APPROVED".clone_into(&mut template.status);
    let view = template.view();
    world.kept.templates.retain(|other| other.name != template.name || other.language != template.language);
    world.kept.templates.push(template);
    Ok(Json(view))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Review {
    status: String,
    #[serde(default)]
    reason: Option<String>,
}

async fn review(State(simulation): Simulated, Path((name, language)): Path<(String, String)>, body: Bytes) -> Answer {
    let review: Review = read(&body)?;
    Ok(Json(review_template(&simulation, &name, &language, &review.status, review.reason.as_deref())?))
}

/// A file for the phone page: no token, no expiry.
async fn media(State(simulation): Simulated, Path(id): Path<String>) -> Result<Response, Refusal> {
    let world = simulation.world();
    let media = world.kept.media.get(&id).ok_or_else(|| Refusal::not_found(&format!("media {id}")))?;
    Ok(([(header::CONTENT_TYPE, media.mime_type.clone())], media.bytes.clone()).into_response())
}

async fn log(State(simulation): Simulated, Query(since): Query<Since>) -> Json<Value> {
    let world = simulation.world();
    let calls: Vec<_> = world.calls.iter().filter(|call| call.number > since.after).collect();
    Json(json!({"calls": calls}))
}

async fn forget_log(State(simulation): Simulated) -> Json<Value> {
    simulation.world().calls.clear();
    Json(json!({"success": true}))
}

async fn events(State(simulation): Simulated) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let receiver = simulation.events();
    let stopped = simulation.stopped.subscribe();
    let stream = futures::stream::unfold((receiver, stopped), |(mut receiver, mut stopped)| async move {
        let event = tokio::select! {
            event = receiver.recv() => match event {
                Ok(event) => event,
                // A page that fell behind reads everything again.
                Err(RecvError::Lagged(_)) => json!({"kind": "everything"}),
                Err(RecvError::Closed) => return None,
            },
            _ = stopped.wait_for(|stopped| *stopped) => return None,
        };
        Some((Ok(Event::default().data(event.to_string())), (receiver, stopped)))
    });
    Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}
