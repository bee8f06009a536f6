//! Dead letters: what failed again and again. An administrator looks at them, sends them on their way again, or forgets
//! them.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use domain::dead_letter::{DeadLetter, Origin, Payload};
use jiff::Timestamp;
use platform::queue::{Entry, Fifo};
use platform::schedule::Aim;
use serde::Serialize;
use store::ApiToken;
use utoipa::ToSchema;

use crate::http::cursor;
use crate::http::page::{PageQuery, limit};
use crate::problem::Problem;
use crate::{Api, Shared};

/// The list, for its cursors.
const LIST: [&str; 1] = ["dead letters"];

/// A dead letter.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeadLetterView {
    id: String,
    /// The queue it was set aside from: `inbound` (events of people), `outbound` (replies), `bulk` (messages of
    /// reminders), `statuses` (delivery states, account updates) or `schedule` (alarms).
    #[schema(value_type = String)]
    origin: Origin,
    /// What it is: `message`, `call`, `timer`, `journey_start`, `journey_command`, `reply`, `notices`, `reminder`, `trigger` or
    /// `unreadable`.
    kind: &'static str,
    /// The conversation it is about, where the letter names it.
    conversation: Option<String>,
    /// The reminder it is about.
    reminder: Option<String>,
    /// When it was first queued.
    #[schema(value_type = String, format = DateTime)]
    queued_at: Timestamp,
    /// How often it was tried.
    attempts: u32,
    /// What the last attempt failed of, where that is known; the logs of the function say more.
    reason: Option<String>,
    /// The payload; only when one letter is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
}

impl DeadLetterView {
    fn of(letter: DeadLetter) -> Self {
        let about = letter.about();
        Self {
            id: letter.id,
            origin: letter.origin,
            kind: about.kind,
            conversation: about.conversation.map(|conversation| conversation.to_string()),
            reminder: about.reminder.map(|reminder| reminder.to_string()),
            queued_at: letter.queued_at,
            attempts: letter.attempts,
            reason: letter.reason,
            body: None,
        }
    }
}

/// A page of dead letters, those last queued first.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeadLetterPage {
    dead_letters: Vec<DeadLetterView>,
    /// `after` of the next page; null at the end.
    next: Option<String>,
}

/// Lists what failed again and again and was set aside, for up to 90 days.
#[utoipa::path(
    get,
    path = "/v1/dead-letters",
    params(PageQuery),
    responses((status = 200, body = DeadLetterPage)),
    tag = "dead letters"
)]
pub(crate) async fn list(
    State(api): State<Shared>,
    query: Result<Query<PageQuery>, QueryRejection>,
) -> Result<Json<DeadLetterPage>, Problem> {
    let Query(query) = query?;
    let after = cursor::opened(&LIST, query.after.as_deref())?;
    let (letters, next) = api.store.dead_letters(limit(query.limit)?, after.as_deref()).await?;
    let next = next.map(|next| cursor::sealed(&LIST, &next));
    Ok(Json(DeadLetterPage { dead_letters: letters.into_iter().map(DeadLetterView::of).collect(), next }))
}

/// Reads a dead letter with its payload.
#[utoipa::path(
    get,
    path = "/v1/dead-letters/{id}",
    params(("id" = String, Path, description = "The dead letter.")),
    responses((status = 200, body = DeadLetterView), (status = 404, description = "There is no such dead letter.")),
    tag = "dead letters"
)]
pub(crate) async fn read(State(api): State<Shared>, Path(id): Path<String>) -> Result<Json<DeadLetterView>, Problem> {
    let letter = find(&api, &id).await?;
    let body = Some(letter.input());
    Ok(Json(DeadLetterView { body, ..DeadLetterView::of(letter) }))
}

/// Sends a dead letter on its way again, behind what waits for the same person, and takes it off the list. What it led
/// to already does not happen twice. When it fails again, it comes back as a new one.
#[utoipa::path(
    post,
    path = "/v1/dead-letters/{id}/replay",
    params(("id" = String, Path, description = "The dead letter.")),
    responses(
        (status = 202, description = "It is on its way."),
        (status = 404, description = "There is no such dead letter."),
        (status = 409, description = "It is of no use any more: its person is gone, or no function can read it.")
    ),
    tag = "dead letters"
)]
pub(crate) async fn replay(
    State(api): State<Shared>,
    Extension(caller): Extension<ApiToken>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let letter = find(&api, &id).await?;
    // Repeated within five minutes, as after a lost answer, it is queued once.
    let fifo = |group: String| Some(Fifo { group, deduplication: format!("replay-{}", letter.id) });
    let entry = |fifo| vec![Entry { body: letter.input(), fifo }];
    match (letter.origin, letter.payload()) {
        (Origin::Statuses, _) => api.statuses.send_all(entry(None)).await?,
        (Origin::Outbound | Origin::Bulk, Payload::Message(sent)) => {
            api.store.requeue_message(&sent.key).await?;
            let queue = if letter.origin == Origin::Bulk { &api.bulk } else { &api.outbound };
            queue.send_all(entry(fifo(sent.key.contact.to_string()))).await?;
        }
        (_, Payload::Event(event)) => {
            let group = match &letter.group {
                Some(group) => group.clone(),
                None => group_of(&api, letter.about().conversation.map(|about| about.contact)).await?,
            };
            api.store.note_line(&event.line).await?;
            api.inbound.send_all(entry(fifo(group))).await?;
        }
        (_, Payload::Reminder(_) | Payload::Clock(_)) => {
            let aim = Aim { target: api.reminders_function.clone(), group: None, input: letter.input() };
            api.schedules.set_alarm(&format!("replay-{}", letter.id), api.clock.now(), aim).await?;
        }
        (_, Payload::Message(_) | Payload::Notices(_) | Payload::Unreadable) => {
            return Err(Problem::conflict("This build cannot read it. Deploy the one that wrote it, or forget it."));
        }
    }
    tracing::info!(letter = letter.id, by = caller.name, "a dead letter is sent on its way again");
    api.store.remove_dead_letter(&letter.id).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Forgets a dead letter.
#[utoipa::path(
    delete,
    path = "/v1/dead-letters/{id}",
    params(("id" = String, Path, description = "The dead letter.")),
    responses((status = 204, description = "It is gone."), (status = 404, description = "There is no such dead letter.")),
    tag = "dead letters"
)]
pub(crate) async fn forget(
    State(api): State<Shared>,
    Extension(caller): Extension<ApiToken>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let letter = find(&api, &id).await?;
    api.store.remove_dead_letter(&letter.id).await?;
    tracing::info!(letter = letter.id, by = caller.name, "a dead letter was forgotten");
    Ok(StatusCode::NO_CONTENT)
}

async fn find(api: &Api, id: &str) -> Result<DeadLetter, Problem> {
    let letter = api.store.dead_letter(id).await?;
    letter.ok_or_else(|| Problem::not_found("There is no such dead letter. It may have been sent on its way already."))
}

/// The group in which a contact's events queue.
async fn group_of(api: &Api, contact: Option<domain::ContactId>) -> Result<String, Problem> {
    let found = match contact {
        Some(contact) => api.store.contact(&contact).await?,
        None => None,
    };
    let group = found.and_then(|contact| contact.person().group());
    group.ok_or_else(|| Problem::conflict("Its person is gone. Forget it."))
}
