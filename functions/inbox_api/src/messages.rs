//! Messages of a conversation: read, and an operator's reply.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use domain::conversation::Mode;
use domain::id::{ContactId, MessageId};
use domain::message::{Author, Message, MessageKey, Version};
use domain::preview::preview;
use domain::queue::{self, Outbound};
use domain::{DeliveryState, Direction, Person, window};
use jiff::Timestamp;
use journey::TraceEvent;
use platform::queue::{Entry, Fifo};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::ApiToken;
use utoipa::ToSchema;
use whatsapp::{OutboundMessage, OutboundRequest, Recipient};

use crate::Shared;
use crate::conversations::{find, update};
use crate::http::body::{Body, has_array_for_object};
use crate::http::cursor;
use crate::http::idempotency::Asked;
use crate::http::page::{PageQuery, limit};
use crate::problem::Problem;

/// A message.
#[derive(Serialize, ToSchema)]
pub(crate) struct MessageView {
    /// Its id in the conversation.
    id: String,
    /// When it was written.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// `inbound`, `outbound`, or `event` for something that happened.
    #[schema(value_type = String)]
    direction: Direction,
    /// The Cloud API's name of the type.
    r#type: String,
    /// The content in the Cloud API's own shape.
    content: Value,
    /// Meta's id.
    wamid: Option<String>,
    /// Who wrote it, for outbound messages: `type` is `journey`, `operator`, `reminder` or `business_app`.
    #[schema(value_type = Option<Object>)]
    author: Option<Author>,
    /// Who of a group wrote it: `name`, `phone`, `user_id`.
    #[schema(value_type = Option<Object>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    sender: Option<Person>,
    /// What it said before it was edited, oldest first: `content`, and the edit it came from.
    #[schema(value_type = Vec<Object>)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    history: Vec<Version>,
    /// When it was edited last.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    edited_at: Option<Timestamp>,
    /// When whoever wrote it deleted it. Its content is kept.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted_at: Option<Timestamp>,
    /// `queued`, `sending`, `unknown`, `accepted`, `sent`, `failed`, `delivered`, `read` or `played`.
    #[schema(value_type = Option<String>)]
    state: Option<DeliveryState>,
    /// Why it failed: `code`, `title` and `remedy`.
    #[schema(value_type = Option<Object>)]
    failure: Option<domain::message::Failure>,
    /// What Meta charges: its `pricing` object.
    pricing: Option<Value>,
    /// What the journey noted while it handled this message.
    log: Vec<String>,
    /// What journeys did while they handled it, and why, step by step.
    #[schema(value_type = Vec<Object>)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    trace: Vec<TraceEvent>,
}

impl From<Message> for MessageView {
    fn from(message: Message) -> Self {
        Self {
            at: message.written_at(),
            id: message.id.to_string(),
            direction: message.direction,
            r#type: message.kind,
            content: message.content,
            wamid: message.wamid,
            author: message.author,
            sender: message.sender,
            history: message.history,
            edited_at: message.edited.and_then(|edited| Timestamp::from_millisecond(edited.at).ok()),
            deleted_at: message.deleted_at.and_then(|at| Timestamp::from_millisecond(at).ok()),
            state: message.state,
            failure: message.failure,
            pricing: message.pricing,
            log: message.log,
            trace: message.trace,
        }
    }
}

/// A page of messages, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct MessagesPage {
    messages: Vec<MessageView>,
    /// When the 24-hour window closes; null when it never opened.
    #[schema(value_type = Option<String>, format = DateTime)]
    window_expires_at: Option<Timestamp>,
    /// `after` of the next, older page; null at the beginning of the conversation.
    next: Option<String>,
}

/// A reply: either `text`, or `message` in the Cloud API's own shape.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reply {
    /// A plain text of at most 4,096 characters.
    #[schema(min_length = 1, max_length = 4096)]
    text: Option<String>,
    /// Any message: `{"type": "image", "image": {"link": "https://…"}}`, or a template.
    #[schema(value_type = Option<Object>)]
    message: Option<Value>,
    /// A template to send instead if the window has closed by then.
    #[schema(value_type = Option<Object>)]
    fallback: Option<Value>,
    /// The message it answers, by Meta's id: shown as a quotation.
    #[schema(max_length = 512, pattern = r"^wamid\.[A-Za-z0-9+/=_.-]+$")]
    reply_to: Option<String>,
    /// Whether journeys go on answering. By default a reply puts a human in charge.
    #[serde(default)]
    keep_automation: bool,
}

/// Reads a conversation, newest message first.
#[utoipa::path(
    get,
    path = "/v1/conversations/{id}/messages",
    params(("id" = String, Path, description = "The conversation."), PageQuery),
    responses((status = 200, body = MessagesPage), (status = 404, description = "There is none.")),
    tag = "messages"
)]
pub(crate) async fn list(
    State(api): State<Shared>,
    Path(id): Path<String>,
    query: Result<Query<PageQuery>, QueryRejection>,
) -> Result<Json<MessagesPage>, Problem> {
    let Query(query) = query?;
    let limit = limit(query.limit)?;
    let (contact, conversation) = find(&api, &id).await?;
    let mut rows: Vec<ContactId> = vec![contact.id.clone()];
    rows.extend(contact.merged_from.iter().cloned());
    let list = ["messages", id.as_str()];
    let after = cursor::opened(&list, query.after.as_deref())?;
    let page = api.store.messages(&rows, &conversation.line, limit, after.as_deref()).await?;
    Ok(Json(MessagesPage {
        messages: page.messages.into_iter().map(MessageView::from).collect(),
        window_expires_at: conversation.window_expires_at(),
        next: page.next.map(|next| cursor::sealed(&list, &next)),
    }))
}

/// Sends a message. Outside the window only a template, or one with a template as `fallback`.
///
/// With an `Idempotency-Key` header the same request may be repeated for a day: the message is sent once.
#[utoipa::path(
    post,
    path = "/v1/conversations/{id}/messages",
    params(
        ("id" = String, Path, description = "The conversation."),
    ),
    request_body = Reply,
    responses(
        (status = 202, description = "It is queued.", body = MessageView),
        (status = 409, description = "The window is closed, the contact is blocked, or it is a group."),
        (status = 422, description = "WhatsApp would refuse it; says which limit."),
    ),
    tag = "messages"
)]
pub(crate) async fn send(
    State(api): State<Shared>,
    Extension(caller): Extension<ApiToken>,
    Extension(asked): Extension<Asked>,
    Path(id): Path<String>,
    Body(reply): Body<Reply>,
) -> Result<(StatusCode, Json<MessageView>), Problem> {
    if let Some(wamid) = &reply.reply_to {
        check_wamid(wamid)?;
    }
    let (contact, conversation) = find(&api, &id).await?;
    if contact.blocked {
        return Err(Problem::blocked());
    }
    if conversation.group.is_some() {
        return Err(Problem::group());
    }
    let now = api.clock.now();
    let to = Recipient { phone: contact.phone.clone(), user_id: contact.user_id.clone() };
    let message = checked(&to, &content(&reply)?)?;
    let fallback = reply.fallback.as_ref().map(|fallback| checked(&to, fallback)).transpose()?;
    if let Some((template, _)) = &fallback
        && !template.is_template()
    {
        return Err(Problem::invalid(
            "`fallback` is not a template, and only a template can be sent outside the window.",
        ));
    }
    let expires_at = conversation.window_expires_at();
    if !message.0.is_template() && fallback.is_none() && !window::is_open(expires_at, now) {
        return Err(Problem::window_closed(expires_at));
    }

    let domain::ConversationId { contact: whose, line } = conversation.id();
    let key = MessageKey { contact: whose, line, at: asked.at.as_millisecond(), id: MessageId::new(asked.id) };
    let row = Message::outbound(&key, message.1.clone(), Author::Operator { name: caller.name.clone() });
    if !api.store.add_message(&key, &row).await?
        && let Some(first) = api.store.message(&key).await?
        && first.state != Some(DeliveryState::Queued)
    {
        return Ok((StatusCode::ACCEPTED, Json(first.into()))); // a repetition of what is under way already
    }
    let preview = preview(&message.1);
    update(&api, &id, |conversation| {
        if !reply.keep_automation {
            conversation.mode = Mode::Human;
            conversation.assignee.get_or_insert_with(|| caller.name.clone());
        }
        conversation.note_answer(now, &preview);
    })
    .await?;
    let outbound = Outbound {
        key: key.clone(),
        to: contact.person(),
        message: message.1,
        fallback: fallback.map(|(_, fallback)| fallback),
        reply_to: reply.reply_to,
        author: Author::Operator { name: caller.name },
        window_expires_at: expires_at,
    };
    let fifo = Fifo { group: contact.id.to_string(), deduplication: key.id.to_string() };
    api.outbound.send_all(vec![Entry { body: queue::write(&outbound)?, fifo: Some(fifo) }]).await?;
    Ok((StatusCode::ACCEPTED, Json(row.into())))
}

/// Meta's ids of messages: `wamid.` and letters, digits and signs of base64.
fn check_wamid(text: &str) -> Result<(), Problem> {
    let is_sign = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=_-.".contains(&byte);
    let good =
        text.len() <= 512 && text.strip_prefix("wamid.").is_some_and(|id| !id.is_empty() && id.bytes().all(is_sign));
    let detail = "`reply_to` is not the id of a message at WhatsApp; one begins with `wamid.`, as the `wamid` of a message does.";
    if good { Ok(()) } else { Err(Problem::invalid(detail)) }
}

fn content(reply: &Reply) -> Result<Value, Problem> {
    match (&reply.text, &reply.message) {
        (Some(text), None) => Ok(json!({"type": "text", "text": {"body": text}})),
        (None, Some(message)) => Ok(message.clone()),
        _ => Err(Problem::bad_request("Give either `text` or `message`.")),
    }
}

/// Reads a message and checks it against WhatsApp's limits. Answers it together with its wire form.
pub(crate) fn checked(to: &Recipient, given: &Value) -> Result<(OutboundMessage, Value), Problem> {
    let message = OutboundMessage::deserialize(given)
        .map_err(|error| Problem::invalid(format!("The message is not one the Cloud API knows: {error}.")))?;
    OutboundRequest::new(to.clone(), message.clone()).check()?;
    let wire = serde_json::to_value(&message)?;
    if has_array_for_object(given, &wire) {
        return Err(Problem::invalid("The message has an array where the Cloud API has an object."));
    }
    Ok((message, wire))
}
