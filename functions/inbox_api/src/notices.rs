//! Notices: what Meta tells about the account, its numbers and templates, delivery states of messages that are not ours,
//! and what could not be read.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use domain::queue::Notice;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use store::KeptNotice;
use utoipa::ToSchema;

use crate::Shared;
use crate::http::cursor;
use crate::http::page::{PageQuery, limit};
use crate::problem::Problem;

/// The list, for its cursors.
const LIST: [&str; 1] = ["notices"];

/// A notice.
#[derive(Serialize, ToSchema)]
pub(crate) struct NoticeView {
    id: String,
    /// When it happened, or was first heard of.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// `status`: a delivery state of a message that another program sent. `update`: anything else Meta tells.
    /// `quarantined`: a signed body that could not be read. `sending_paused`, `sending_resumed`: Meta refuses everything
    /// that a line sends, and takes it again.
    kind: &'static str,
    /// The notice as it was kept: a `status` with its `line`, an `update` as Meta sent it, the `reason` why a `body`
    /// could not be read, or the `pause`.
    #[schema(value_type = Object)]
    content: Value,
}

/// A page of notices, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct NoticePage {
    notices: Vec<NoticeView>,
    /// `after` of the next page; null at the end.
    next: Option<String>,
}

impl NoticeView {
    fn of(kept: KeptNotice) -> Result<Self, Problem> {
        let kind = match kept.notice {
            Notice::Status { .. } => "status",
            Notice::Update { .. } => "update",
            Notice::Quarantined { .. } => "quarantined",
            Notice::SendingPaused { .. } => "sending_paused",
            Notice::SendingResumed { .. } => "sending_resumed",
        };
        let mut content = serde_json::to_value(&kept.notice).map_err(Problem::unavailable)?;
        if let Some(content) = content.as_object_mut() {
            content.shift_remove("kind");
        }
        Ok(Self { id: kept.position, at: kept.at, kind, content })
    }
}

/// Lists notices of the last 90 days.
#[utoipa::path(
    get,
    path = "/v1/notices",
    params(PageQuery),
    responses((status = 200, body = NoticePage)),
    tag = "notices"
)]
pub(crate) async fn list(
    State(api): State<Shared>,
    query: Result<Query<PageQuery>, QueryRejection>,
) -> Result<Json<NoticePage>, Problem> {
    let Query(query) = query?;
    let after = cursor::opened(&LIST, query.after.as_deref())?;
    let (notices, next) = api.store.notices(api.clock.now(), limit(query.limit)?, after.as_deref()).await?;
    let next = next.map(|next| cursor::sealed(&LIST, &next));
    Ok(Json(NoticePage { notices: notices.into_iter().map(NoticeView::of).collect::<Result<_, _>>()?, next }))
}
