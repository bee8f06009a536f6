//! Where a contact stands in a journey, and what the team does about it: start one, stop it, begin it again. What is
//! asked for queues in order with the person's own messages.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use domain::contact::Contact;
use domain::conversation::Conversation;
use domain::id::{EventId, JourneyId};
use domain::queue::{self, Command, Happening, PersonEvent};
use jiff::Timestamp;
use journey::Wait;
use platform::queue::{Entry, Fifo};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Shared;
use crate::conversations::find;
use crate::http::body::Body;
use crate::http::idempotency::Asked;
use crate::problem::Problem;

/// Where a contact stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionView {
    /// The journeys they are in: the one that runs last, its callers before it. Empty when they are in none.
    journeys: Vec<FrameView>,
    /// What it waits for: `reply`, `time`, `web_service` or `team`; null when they are in none.
    waits_for: Option<&'static str>,
    /// Until when; null without an end.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// Journeys that will start by themselves.
    scheduled: Vec<ScheduledView>,
}

/// A journey somebody is in.
#[derive(Serialize, ToSchema)]
pub(crate) struct FrameView {
    /// Its id.
    journey: String,
    /// The revision it runs on to its end.
    revision: u32,
    /// The card they are at.
    card: Option<String>,
}

/// A journey that will start by itself.
#[derive(Serialize, ToSchema)]
pub(crate) struct ScheduledView {
    journey: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// What to start.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Start {
    /// A journey, by its id or name. Absent: the one they are in, from its beginning.
    journey: Option<String>,
}

/// Tells where a contact stands in a journey.
#[utoipa::path(
    get,
    path = "/v1/conversations/{id}/journey",
    params(("id" = String, Path, description = "The conversation.")),
    responses((status = 200, body = SessionView), (status = 404, description = "There is no such conversation.")),
    tag = "conversations"
)]
pub(crate) async fn read(State(api): State<Shared>, Path(id): Path<String>) -> Result<Json<SessionView>, Problem> {
    let (_, conversation) = find(&api, &id).await?;
    let session = conversation.live_session(api.clock.now());
    let mut journeys = Vec::new();
    for frame in session.into_iter().flat_map(|session| &session.frames) {
        let source = api.store.revision(&JourneyId::from(frame.journey.as_str()), frame.revision).await?;
        let card = source
            .and_then(|source| journey::parse(&source).journey.cards().nth(frame.card).map(|card| card.name.clone()));
        journeys.push(FrameView { journey: frame.journey.to_string(), revision: frame.revision, card });
    }
    Ok(Json(SessionView {
        journeys,
        waits_for: session.map(|session| match session.wait {
            Wait::Reply { .. } => "reply",
            Wait::Timer { .. } => "time",
            Wait::Call { .. } => "web_service",
            Wait::HandBack { .. } => "team",
        }),
        until: session.and_then(|session| session.wait.deadline()),
        scheduled: (conversation.scheduled.iter())
            .map(|scheduled| ScheduledView { journey: scheduled.journey.clone(), at: scheduled.at })
            .collect(),
    }))
}

/// Starts a journey for a contact, or begins the one they are in again. It takes the place of the one they are in, and
/// automation answers again where a human was in charge. With an `Idempotency-Key` it starts once.
#[utoipa::path(
    post,
    path = "/v1/conversations/{id}/journey",
    params(("id" = String, Path, description = "The conversation.")),
    request_body = Start,
    responses(
        (status = 202, description = "It will start after what the person has written so far is handled."),
        (status = 404, description = "There is no such conversation, or no such journey."),
        (status = 409, description = "They are in no journey that could begin again.")
    ),
    tag = "conversations"
)]
pub(crate) async fn start(
    State(api): State<Shared>,
    Extension(asked): Extension<Asked>,
    Path(id): Path<String>,
    Body(Start { journey }): Body<Start>,
) -> Result<StatusCode, Problem> {
    let (contact, conversation) = find(&api, &id).await?;
    let present = || Some(conversation.live_session(api.clock.now())?.frames.first()?.journey.to_string());
    let journey = match journey {
        Some(journey) => journey,
        None => present().ok_or_else(|| Problem::conflict("They are in no journey. Say which one to start."))?,
    };
    let known = api.store.running_journeys().await?;
    if !known.iter().any(|head| head.id.as_str() == journey || head.name == journey) {
        return Err(Problem::not_found(format!("There is no published journey `{journey}`.")));
    }
    let happening = |cause, at| {
        let contact = contact.id.clone();
        Happening::Start { contact, journey, cause, at, by_team: true }
    };
    enqueue(&api, &contact, &conversation, &asked, happening).await
}

/// Stops the journey a contact is in. What it has done stays; the next message may start another. With an
/// `Idempotency-Key` it stops once.
#[utoipa::path(
    delete,
    path = "/v1/conversations/{id}/journey",
    params(("id" = String, Path, description = "The conversation.")),
    responses(
        (status = 202, description = "It will stop after what the person has written so far is handled."),
        (status = 404, description = "There is no such conversation.")
    ),
    tag = "conversations"
)]
pub(crate) async fn stop(
    State(api): State<Shared>,
    Extension(asked): Extension<Asked>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let (contact, conversation) = find(&api, &id).await?;
    command(&api, &contact, &conversation, &asked, Command::Stop).await
}

/// Lets a journey go on that waits for the team to give the conversation back.
pub(crate) async fn go_on(
    api: &Shared,
    contact: &Contact,
    conversation: &Conversation,
    asked: &Asked,
) -> Result<(), Problem> {
    let waits = conversation.session.as_ref().is_some_and(|session| matches!(session.wait, Wait::HandBack { .. }));
    if waits {
        command(api, contact, conversation, asked, Command::GoOn).await?;
    }
    Ok(())
}

async fn command(
    api: &Shared,
    contact: &Contact,
    conversation: &Conversation,
    asked: &Asked,
    command: Command,
) -> Result<StatusCode, Problem> {
    let happening = |cause, at| Happening::Command { contact: contact.id.clone(), command, cause, at };
    enqueue(api, contact, conversation, asked, happening).await
}

/// Puts what the team asks for in line with the person's own messages.
async fn enqueue(
    api: &Shared,
    contact: &Contact,
    conversation: &Conversation,
    asked: &Asked,
    happening: impl FnOnce(String, Timestamp) -> Happening,
) -> Result<StatusCode, Problem> {
    let group = contact.person().group();
    let group = group.ok_or_else(|| Problem::conflict("The contact has neither a phone number nor a user id."))?;
    let cause = format!("team:{}", asked.id);
    let deduplication = EventId::of_start(&contact.id, &conversation.line, &cause).to_string();
    let event = PersonEvent { line: conversation.line.clone(), happening: happening(cause, asked.at) };
    let entry = Entry { body: queue::write(&event)?, fifo: Some(Fifo { group, deduplication }) };
    api.inbound.send_all(vec![entry]).await?;
    Ok(StatusCode::ACCEPTED)
}
