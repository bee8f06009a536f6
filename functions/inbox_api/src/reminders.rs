//! Reminders: create, look at, cancel.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use domain::id::{ContactId, LineId, ReminderId};
use domain::queue::{self, ReminderAlarm};
use domain::reminder::{Action, Reminder, ReminderState, When};
use jiff::Timestamp;
use platform::schedule::Aim;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::ApiToken;
use utoipa::ToSchema;
use whatsapp::Recipient;

use crate::Shared;
use crate::http::body::Body;
use crate::http::cursor;
use crate::http::guard::check_name;
use crate::http::idempotency::Asked;
use crate::http::page::{PageQuery, limit};
use crate::messages::checked;
use crate::problem::Problem;

/// A new reminder for one contact.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewReminder {
    /// The contact.
    #[schema(max_length = 512)]
    contact: String,
    /// Once, at this time of the wall clock in `time_zone`: `2026-03-01T09:00:00`. A time that clocks skip because they are
    /// put forward is the first moment after it; one that they show twice is the first. Either this or `cron`.
    at: Option<String>,
    /// Again and again: minutes, hours, day of month, month, day of week, year, as EventBridge Scheduler takes them:
    /// `0 9 ? * MON-FRI *`. A time that clocks skip is left out that day, one that they show twice fires once.
    cron: Option<String>,
    /// An IANA time zone: `America/Bogota`.
    time_zone: String,
    /// A message in the Cloud API's own shape. Either this or `journey`.
    #[schema(value_type = Option<Object>)]
    message: Option<Value>,
    /// The template to send instead when the window is closed.
    #[schema(value_type = Option<Object>)]
    fallback: Option<Value>,
    /// A journey to start, by id or name.
    journey: Option<String>,
}

/// A reminder.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReminderView {
    id: String,
    line: String,
    contact: String,
    /// `{"at": …}` or `{"cron": …}`.
    #[schema(value_type = Object)]
    when: When,
    time_zone: String,
    /// `{"type": "message", …}` or `{"type": "journey", …}`.
    #[schema(value_type = Object)]
    action: Action,
    /// `scheduled`, `fired`, `cancelled`, or `failed`: see the dead letters.
    #[schema(value_type = String)]
    state: ReminderState,
    /// The token that created it.
    created_by: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    fired_at: Option<Timestamp>,
}

impl From<Reminder> for ReminderView {
    fn from(reminder: Reminder) -> Self {
        Self {
            id: reminder.id.to_string(),
            line: reminder.line.to_string(),
            contact: reminder.contact.to_string(),
            when: reminder.when,
            time_zone: reminder.time_zone,
            action: reminder.action,
            state: reminder.state,
            created_by: reminder.created_by,
            created_at: reminder.created_at,
            fired_at: reminder.fired_at,
        }
    }
}

/// A page of reminders, the latest created first.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReminderPage {
    reminders: Vec<ReminderView>,
    /// `after` of the next page; null at the end.
    next: Option<String>,
}

/// Lists the reminders of a line.
#[utoipa::path(
    get,
    path = "/v1/lines/{line}/reminders",
    params(("line" = String, Path, description = "The line."), PageQuery),
    responses((status = 200, body = ReminderPage)),
    tag = "reminders"
)]
pub(crate) async fn list(
    State(api): State<Shared>,
    Path(line): Path<String>,
    query: Result<Query<PageQuery>, QueryRejection>,
) -> Result<Json<ReminderPage>, Problem> {
    let Query(query) = query?;
    let line = LineId::new(line);
    let list = ["reminders", line.as_str()];
    let after = cursor::opened(&list, query.after.as_deref())?;
    let (reminders, next) = api.store.reminders(&line, limit(query.limit)?, after.as_deref()).await?;
    let next = next.map(|next| cursor::sealed(&list, &next));
    Ok(Json(ReminderPage { reminders: reminders.into_iter().map(ReminderView::from).collect(), next }))
}

/// Creates a reminder for one contact.
///
/// With an `Idempotency-Key` header the same request may be repeated: the reminder is created once.
#[utoipa::path(
    post,
    path = "/v1/lines/{line}/reminders",
    params(
        ("line" = String, Path, description = "The line it is sent from."),
    ),
    request_body = NewReminder,
    responses(
        (status = 201, body = ReminderView),
        (status = 404, description = "There is no such contact."),
        (status = 422, description = "The time, the zone or the message cannot be; says why."),
    ),
    tag = "reminders"
)]
pub(crate) async fn create(
    State(api): State<Shared>,
    Extension(caller): Extension<ApiToken>,
    Extension(asked): Extension<Asked>,
    Path(line): Path<String>,
    Body(new): Body<NewReminder>,
) -> Result<(StatusCode, Json<ReminderView>), Problem> {
    let now = api.clock.now();
    let line = LineId::new(line);
    let id = ReminderId::new(asked.id);
    // A repetition is answered with what the first request made, whatever has become of it.
    if let Some(first) = api.store.reminder(&line, &id).await? {
        return Ok((StatusCode::CREATED, Json(first.into())));
    }
    let missing = || Problem::not_found(format!("There is no contact `{}`.", new.contact));
    check_name(&new.contact)?;
    let contact = api.store.contact(&ContactId::new(new.contact.clone())).await?.ok_or_else(missing)?;
    if contact.person().group().is_none() {
        return Err(Problem::group()); // nobody has neither a number nor a user id
    }
    let when = when(&new)?;
    let ring = when.ring(&new.time_zone, now)?;
    let to = Recipient { phone: contact.phone.clone(), user_id: contact.user_id.clone() };
    let action = action(&new, &to)?;
    let reminder = Reminder {
        id,
        line,
        contact: contact.id,
        when,
        time_zone: new.time_zone,
        action,
        state: ReminderState::Scheduled,
        created_by: caller.name,
        created_at: asked.at,
        fired_at: None,
    };
    // The alarm first: one without a reminder does nothing, a reminder without an alarm would never fire.
    let alarm = ReminderAlarm {
        line: reminder.line.clone(),
        reminder: reminder.id.clone(),
        occurrence: queue::OCCURRENCE.into(),
    };
    let aim = Aim { target: api.reminders_function.clone(), group: None, input: queue::write(&alarm)? };
    api.schedules.set(&schedule(&reminder.id), &ring.expression, &ring.time_zone, aim).await?;
    if !api.store.add_reminder(&reminder).await?
        && let Some(first) = api.store.reminder(&reminder.line, &reminder.id).await?
    {
        return Ok((StatusCode::CREATED, Json(first.into())));
    }
    Ok((StatusCode::CREATED, Json(reminder.into())))
}

/// Reads a reminder.
#[utoipa::path(
    get,
    path = "/v1/lines/{line}/reminders/{id}",
    params(("line" = String, Path, description = "The line."), ("id" = String, Path, description = "The reminder.")),
    responses((status = 200, body = ReminderView), (status = 404, description = "There is none.")),
    tag = "reminders"
)]
pub(crate) async fn read(
    State(api): State<Shared>,
    Path((line, id)): Path<(String, String)>,
) -> Result<Json<ReminderView>, Problem> {
    Ok(Json(find(&api, &LineId::new(line), &ReminderId::new(id)).await?.into()))
}

/// Cancels a reminder. One that is cancelled already stays so; one that has fired is too late.
#[utoipa::path(
    delete,
    path = "/v1/lines/{line}/reminders/{id}",
    params(("line" = String, Path, description = "The line."), ("id" = String, Path, description = "The reminder.")),
    responses(
        (status = 200, body = ReminderView),
        (status = 404, description = "There is none."),
        (status = 409, description = "It has fired."),
    ),
    tag = "reminders"
)]
pub(crate) async fn cancel(
    State(api): State<Shared>,
    Path((line, id)): Path<(String, String)>,
) -> Result<Json<ReminderView>, Problem> {
    let (line, id) = (LineId::new(line), ReminderId::new(id));
    find(&api, &line, &id).await?;
    // The row first: an alarm that rings meanwhile finds it cancelled.
    api.store.settle_reminder(&line, &id, ReminderState::Cancelled, None).await?;
    let reminder = find(&api, &line, &id).await?;
    if reminder.state == ReminderState::Fired {
        return Err(Problem::conflict("The reminder has fired; it cannot be cancelled any more."));
    }
    api.schedules.stop(&schedule(&id)).await?;
    Ok(Json(reminder.into()))
}

async fn find(api: &Shared, line: &LineId, id: &ReminderId) -> Result<Reminder, Problem> {
    let reminder = api.store.reminder(line, id).await?;
    reminder.ok_or_else(|| Problem::not_found(format!("There is no reminder `{id}` on the line `{line}`.")))
}

fn schedule(id: &ReminderId) -> String {
    format!("reminder-{id}")
}

fn when(new: &NewReminder) -> Result<When, Problem> {
    match (&new.at, &new.cron) {
        (Some(at), None) => Ok(When::once(at)?),
        (None, Some(cron)) => Ok(When::Recurring { cron: cron.clone() }),
        _ => Err(Problem::bad_request("Give either `at` or `cron`.")),
    }
}

fn action(new: &NewReminder, to: &Recipient) -> Result<Action, Problem> {
    match (&new.message, &new.journey) {
        (Some(message), None) => {
            let (_, message) = checked(to, message)?;
            let fallback = new.fallback.as_ref().map(|fallback| checked(to, fallback)).transpose()?;
            if fallback.as_ref().is_some_and(|(template, _)| !template.is_template()) {
                return Err(Problem::invalid("`fallback` is not a template."));
            }
            Ok(Action::Message { message, fallback: fallback.map(|(_, fallback)| fallback) })
        }
        (None, Some(journey)) if new.fallback.is_none() => Ok(Action::Journey { journey: journey.clone() }),
        _ => Err(Problem::bad_request("Give either `message` (and, if you like, `fallback`) or `journey`.")),
    }
}
