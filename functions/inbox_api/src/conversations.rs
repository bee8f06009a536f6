//! Conversations: list, read, and what an operator does with one.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::{Extension, Json};
use domain::contact::Contact;
use domain::conversation::{Conversation, LONGEST_NAME, MOST_LABELS, Mode, Status, add_label};
use domain::id::{ConversationId, LineId};
use domain::window;
use futures::future::try_join_all;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::{InboxQuery, StoreError};
use utoipa::{IntoParams, ToSchema};

use crate::Shared;
use crate::http::body::Body;
use crate::http::cursor;
use crate::http::idempotency::Asked;
use crate::http::page::limit;
use crate::openapi::names::{Label, ModeName, StatusName};
use crate::problem::Problem;
use crate::session;

/// How often a change is tried when somebody else changes the same thing at the same moment.
pub(crate) const ATTEMPTS: usize = 5;

/// One contact on one line.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConversationView {
    /// `<contact>-<line>`.
    id: String,
    /// The line: Meta's phone number id.
    line: String,
    /// The person; a group has neither name nor number.
    contact: ContactView,
    /// Meta's id of the WhatsApp group, when it is the conversation of one: it can be read, and not be answered.
    group: Option<String>,
    /// `open` or `done`.
    #[schema(value_type = StatusName)]
    status: Status,
    /// `automation` or `human`: who answers.
    #[schema(value_type = ModeName)]
    mode: Mode,
    /// The operator in charge.
    assignee: Option<String>,
    /// Labels.
    labels: Vec<String>,
    /// The beginning of the latest message.
    preview: String,
    /// Inbound messages no operator has answered since.
    unanswered: u32,
    /// The latest inbound message, by its own timestamp.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_inbound_at: Option<Timestamp>,
    /// The latest moment anything happened.
    #[schema(value_type = String, format = DateTime)]
    last_activity_at: Timestamp,
    /// When the 24-hour window closes; null when it never opened.
    #[schema(value_type = Option<String>, format = DateTime)]
    window_expires_at: Option<Timestamp>,
    /// Whether a free-form message can be sent now.
    window_open: bool,
}

/// A person.
#[derive(Serialize, ToSchema)]
pub(crate) struct ContactView {
    /// Our id.
    id: String,
    /// The name of their WhatsApp profile.
    name: Option<String>,
    /// Phone number, digits only; absent for people who hide it.
    phone: Option<String>,
    /// Business-scoped user id.
    user_id: Option<String>,
    /// Profile fields.
    #[schema(value_type = Object)]
    fields: Map<String, Value>,
    /// Blocked: nothing is answered, nothing is sent.
    blocked: bool,
}

/// A page of conversations, latest activity first.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConversationPage {
    conversations: Vec<ConversationView>,
    /// `after` of the next page; null at the end.
    next: Option<String>,
}

/// Which conversations.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    /// `open` (default) or `done`.
    #[param(value_type = Option<StatusName>)]
    #[serde(default)]
    status: Status,
    /// How many, 1 to 100; 25 by default.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// `next` of the page before.
    #[param(pattern = "^[A-Za-z0-9_-]{8,}$")]
    after: Option<String>,
}

/// What changes. Absent members stay as they are.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    /// `open` or `done`.
    #[schema(value_type = Option<StatusName>)]
    status: Option<Status>,
    /// `automation` gives the conversation back to the journeys, `human` silences them.
    #[schema(value_type = Option<ModeName>)]
    mode: Option<Mode>,
    /// The operator in charge, at most 256 bytes; an empty text for nobody.
    #[schema(max_length = 256)]
    assignee: Option<String>,
    /// All labels: at most 100, of at most 256 bytes each.
    #[schema(max_items = 100, value_type = Option<Vec<Label>>)]
    labels: Option<Vec<String>>,
}

pub(crate) fn view(conversation: &Conversation, contact: &Contact, now: Timestamp) -> ConversationView {
    let window_expires_at = conversation.window_expires_at();
    ConversationView {
        id: conversation.id().to_string(),
        line: conversation.line.to_string(),
        contact: ContactView {
            id: contact.id.to_string(),
            name: contact.name.clone(),
            phone: contact.phone.clone(),
            user_id: contact.user_id.clone(),
            fields: contact.fields.clone(),
            blocked: contact.blocked,
        },
        group: conversation.group.clone(),
        status: conversation.status,
        mode: conversation.mode,
        assignee: conversation.assignee.clone(),
        labels: conversation.labels.clone(),
        preview: conversation.preview.clone(),
        unanswered: conversation.unanswered,
        last_inbound_at: conversation.last_inbound_at,
        last_activity_at: conversation.last_activity_at,
        window_expires_at,
        window_open: window::is_open(window_expires_at, now),
    }
}

/// Lists the conversations of a line, latest activity first.
#[utoipa::path(
    get,
    path = "/v1/lines/{line}/conversations",
    params(("line" = String, Path, description = "The line: Meta's phone number id."), ListQuery),
    responses((status = 200, body = ConversationPage)),
    tag = "conversations"
)]
pub(crate) async fn list(
    State(api): State<Shared>,
    Path(line): Path<String>,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Json<ConversationPage>, Problem> {
    let Query(query) = query?;
    let list = ["conversations", line.as_str(), query.status.as_str()];
    let after = cursor::opened(&list, query.after.as_deref())?;
    let wanted =
        InboxQuery { line: LineId::new(line.clone()), status: query.status, limit: limit(query.limit)?, after };
    let page = api.store.inbox(&wanted).await?;
    let now = api.clock.now();
    let views = page.conversations.iter().map(|conversation| async {
        let contact = api.store.contact(&conversation.contact).await?;
        Ok::<_, StoreError>(contact.map(|contact| view(conversation, &contact, now)))
    });
    let conversations = try_join_all(views).await?.into_iter().flatten().collect();
    let next = page.next.map(|next| cursor::sealed(&list, &next));
    Ok(Json(ConversationPage { conversations, next }))
}

/// Reads a conversation.
#[utoipa::path(
    get,
    path = "/v1/conversations/{id}",
    params(("id" = String, Path, description = "The conversation.")),
    responses((status = 200, body = ConversationView), (status = 404, description = "There is none.")),
    tag = "conversations"
)]
pub(crate) async fn read(State(api): State<Shared>, Path(id): Path<String>) -> Result<Json<ConversationView>, Problem> {
    let (contact, conversation) = find(&api, &id).await?;
    Ok(Json(view(&conversation, &contact, api.clock.now())))
}

/// Changes status, mode, assignee or labels.
#[utoipa::path(
    patch,
    path = "/v1/conversations/{id}",
    params(("id" = String, Path, description = "The conversation.")),
    request_body = Change,
    responses(
        (status = 200, body = ConversationView),
        (status = 400, description = "A label or the operator's name is too long, or there are too many labels."),
        (status = 404, description = "There is none."),
    ),
    tag = "conversations"
)]
pub(crate) async fn change(
    State(api): State<Shared>,
    Extension(asked): Extension<Asked>,
    Path(id): Path<String>,
    Body(change): Body<Change>,
) -> Result<Json<ConversationView>, Problem> {
    if change.assignee.as_ref().is_some_and(|assignee| assignee.len() > LONGEST_NAME) {
        return Err(Problem::bad_request(format!("`assignee` has at most {LONGEST_NAME} bytes.")));
    }
    let labels = change.labels.map(checked).transpose()?;
    let (contact, conversation) = update(&api, &id, |conversation| {
        conversation.status = change.status.unwrap_or(conversation.status);
        conversation.mode = change.mode.unwrap_or(conversation.mode);
        if let Some(assignee) = &change.assignee {
            conversation.assignee = Some(assignee.clone()).filter(|assignee| !assignee.is_empty());
        }
        if let Some(labels) = &labels {
            conversation.labels.clone_from(labels);
        }
    })
    .await?;
    if change.mode == Some(Mode::Automation) {
        session::go_on(&api, &contact, &conversation, &asked).await?;
    }
    Ok(Json(view(&conversation, &contact, api.clock.now())))
}

/// The labels as a conversation takes them.
fn checked(wanted: Vec<String>) -> Result<Vec<String>, Problem> {
    if wanted.len() > MOST_LABELS {
        return Err(Problem::bad_request(format!("`labels` has more than {MOST_LABELS}.")));
    }
    let mut labels = Vec::new();
    for label in wanted {
        if label.trim().is_empty() {
            return Err(Problem::bad_request("`labels`: a label is empty."));
        }
        let shown: String = label.chars().take(40).collect();
        add_label(&mut labels, label)
            .map_err(|error| Problem::bad_request(format!("`labels`, at `{shown}`: {error}.")))?;
    }
    Ok(labels)
}

pub(crate) async fn find(api: &Shared, id: &str) -> Result<(Contact, Conversation), Problem> {
    let missing = || Problem::not_found(format!("There is no conversation `{id}`."));
    let id: ConversationId =
        id.parse().map_err(|error: domain::id::InvalidId| Problem::not_found(error.to_string()))?;
    match api.store.person(&id.contact, &id.line).await? {
        Some((contact, Some(conversation))) => Ok((contact, conversation)),
        _ => Err(missing()),
    }
}

/// Changes a conversation; where the person or a journey changes it at the same moment, on top of that.
pub(crate) async fn update(
    api: &Shared,
    id: &str,
    change: impl Fn(&mut Conversation),
) -> Result<(Contact, Conversation), Problem> {
    for _ in 1..ATTEMPTS {
        let (contact, mut conversation) = find(api, id).await?;
        change(&mut conversation);
        match api.store.commit(&mut conversation).await {
            Ok(()) => return Ok((contact, conversation)),
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Conflict.into())
}
