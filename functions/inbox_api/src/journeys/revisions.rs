//! Revisions: publish, look at, compare, take back.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::{Extension, Json};
use domain::registry::{Entry, Publication, Stamp, Text};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{ApiToken, Packed};
use utoipa::{IntoParams, ToSchema};

use super::drafts::with_draft;
use super::notebook::{Manuscript, Organisation, obstacle};
use super::{ChangedView, IfMatch, find, find_seen, save, tagged};
use crate::Shared;
use crate::http::body::{Body, Whole};
use crate::http::page::limit;
use crate::problem::Problem;

/// A published revision.
#[derive(Serialize, ToSchema)]
pub(crate) struct RevisionView {
    /// Its number, from 1.
    revision: u32,
    /// What was said about it.
    comment: Option<String>,
    /// Whether people in the middle of an older revision moved to it.
    migrate: bool,
    /// The older revision whose text it is, when one was taken back to.
    text_of: Option<u32>,
    /// Who published it.
    by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// A name of its text: the same for the same text.
    hash: String,
}

impl From<Publication> for RevisionView {
    fn from(publication: Publication) -> Self {
        let Publication { revision, hash, comment, migrate, text_of, references: _, alarms: _, stamp } = publication;
        let Stamp { by, at } = stamp;
        Self { revision, comment, migrate, text_of, by, at, hash }
    }
}

/// A published revision with its text.
#[derive(Serialize, ToSchema)]
pub(crate) struct RevisionText {
    #[serde(flatten)]
    revision: RevisionView,
    /// The notebook.
    notebook: String,
}

/// A page of revisions, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct RevisionPage {
    revisions: Vec<RevisionView>,
    /// `after` of the next, older page; null at the end.
    next: Option<u32>,
}

/// Which revisions.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    /// How many, 1 to 100; 25 by default.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// `next` of the page before.
    #[param(maximum = 4_294_967_295_u32)]
    after: Option<u32>,
}

/// How a revision is published.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Publishing {
    /// What is said about it; at most 500 characters.
    #[schema(max_length = 500)]
    comment: Option<String>,
    /// Whether people in the middle of an older revision move to it: where they enter a card that it has too. Without it
    /// they finish on the revision they began with.
    #[serde(default)]
    migrate: bool,
    /// Although it has faults: problems that do not keep it from running, such as a card that is named and not there.
    #[serde(default)]
    accept_problems: bool,
}

/// Which revision comes back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rollback {
    /// Its number.
    #[schema(value_type = u64, maximum = 9_223_372_036_854_775_807_i64)]
    revision: Whole,
    /// What is said about it; at most 500 characters.
    #[schema(max_length = 500)]
    comment: Option<String>,
    /// Whether people in the middle of an older revision move to it.
    #[serde(default)]
    migrate: bool,
    /// Although it has faults by today's rules.
    #[serde(default)]
    accept_problems: bool,
}

/// What is compared.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct DiffQuery {
    /// The older side: a number, `live` (default) or `draft`.
    #[param(pattern = "^(live|draft|[0-9]{1,9})$")]
    #[serde(default = "live")]
    from: String,
    /// The newer side: a number, `live` or `draft` (default).
    #[param(pattern = "^(live|draft|[0-9]{1,9})$")]
    #[serde(default = "draft")]
    to: String,
}

fn live() -> String {
    "live".to_owned()
}

fn draft() -> String {
    "draft".to_owned()
}

/// What differs between two versions.
#[derive(Serialize, ToSchema)]
pub(crate) struct DiffView {
    /// The older side: a number, or `draft`.
    from: String,
    /// The newer side: a number, or `draft`.
    to: String,
    /// The changes: each `part`, `name`, `kind`, `moved`, and `lines` of `op` and `text`.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    diff: journey::Diff,
}

/// Publishes the draft: it is live within seconds. The same text again changes nothing.
#[utoipa::path(
    post,
    path = "/v1/journeys/{id}/publish",
    params(
        ("id" = String, Path, description = "The journey, by id or name."),
        IfMatch,
    ),
    request_body = Publishing,
    responses(
        (status = 200, body = ChangedView),
        (status = 404, description = "There is none."),
        (status = 409, description = "It is archived."),
        (status = 412, description = "Somebody else changed it: says who, when and what."),
        (status = 422, description = "It has errors, or faults that nobody accepted (`acceptable`): `problems`."),
        (status = 428, description = "`If-Match` is missing."),
    ),
    tag = "journeys"
)]
pub(crate) async fn publish(
    State(api): State<Shared>,
    Extension(caller): Extension<ApiToken>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Body(publishing): Body<Publishing>,
) -> Result<Response, Problem> {
    let before = find_seen(&api, &id, &headers).await?;
    let notebook = api.store.draft(&before).await?;
    go_live(&api, &before, &notebook, None, publishing, caller.name).await
}

/// Publishes the text of an older revision again, as a new one.
#[utoipa::path(
    post,
    path = "/v1/journeys/{id}/rollback",
    params(
        ("id" = String, Path, description = "The journey, by id or name."),
        IfMatch,
    ),
    request_body = Rollback,
    responses(
        (status = 200, body = ChangedView),
        (status = 404, description = "There is no such journey or revision."),
        (status = 409, description = "It is archived."),
        (status = 412, description = "Somebody else changed it: says who, when and what."),
        (status = 422, description = "It has errors by today's rules, or faults that nobody accepted: `problems`."),
        (status = 428, description = "`If-Match` is missing."),
    ),
    tag = "journeys"
)]
pub(crate) async fn rollback(
    State(api): State<Shared>,
    Extension(caller): Extension<ApiToken>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Body(Rollback { revision: Whole(number), comment, migrate, accept_problems }): Body<Rollback>,
) -> Result<Response, Problem> {
    let publishing = Publishing { comment, migrate, accept_problems };
    let before = find_seen(&api, &id, &headers).await?;
    let revision = u32::try_from(number).map_err(|_| missing(&before, number))?;
    let notebook = text_of(&api, &before, revision).await?;
    go_live(&api, &before, &notebook, Some(revision), publishing, caller.name).await
}

async fn go_live(
    api: &Shared,
    before: &Entry,
    notebook: &str,
    of: Option<u32>,
    Publishing { comment, migrate, accept_problems }: Publishing,
    by: String,
) -> Result<Response, Problem> {
    let packed = Packed::of(notebook)?;
    let manuscript = Manuscript::read(notebook);
    let text = Text { of, ..manuscript.publication(api, comment, migrate) };
    let mut after = before.clone();
    let changed = after.publish(text, Stamp { by, at: api.clock.now() })?;
    let problems = Organisation::read(api).await?.check(&manuscript, std::slice::from_ref(&after));
    if let Some(obstacle) = obstacle(&problems, accept_problems) {
        return Err(Problem::notebook(&before.name, obstacle, &problems));
    }
    if changed {
        save(api, Some(before), &after, Some(&packed)).await?;
    }
    Ok(tagged(after.version, ChangedView::of(&after, changed, problems)))
}

/// Lists the published revisions, newest first.
#[utoipa::path(
    get,
    path = "/v1/journeys/{id}/revisions",
    params(("id" = String, Path, description = "The journey, by id or name."), ListQuery),
    responses((status = 200, body = RevisionPage), (status = 404, description = "There is none.")),
    tag = "journeys"
)]
pub(crate) async fn list(
    State(api): State<Shared>,
    Path(id): Path<String>,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Json<RevisionPage>, Problem> {
    let Query(query) = query?;
    let limit = limit(query.limit)?;
    let entry = find(&api, &id).await?;
    let (publications, more) = api.store.publications(&entry.id, limit, query.after).await?;
    let next = publications.last().filter(|_| more).map(|oldest| oldest.revision);
    Ok(Json(RevisionPage { revisions: publications.into_iter().map(RevisionView::from).collect(), next }))
}

/// Reads a revision.
#[utoipa::path(
    get,
    path = "/v1/journeys/{id}/revisions/{revision}",
    params(
        ("id" = String, Path, description = "The journey, by id or name."),
        ("revision" = String, Path, description = "Its number, or `live`."),
    ),
    responses((status = 200, body = RevisionText), (status = 404, description = "There is none.")),
    tag = "journeys"
)]
pub(crate) async fn read(
    State(api): State<Shared>,
    Path((id, revision)): Path<(String, String)>,
) -> Result<Json<RevisionText>, Problem> {
    let entry = find(&api, &id).await?;
    let number = match revision.as_str() {
        "live" => live_revision(&entry)?,
        number => number.parse().map_err(|_| missing(&entry, number))?,
    };
    let publication = api.store.publication(&entry.id, number).await?;
    let publication = publication.ok_or_else(|| missing(&entry, number))?;
    Ok(Json(RevisionText { revision: publication.into(), notebook: text_of(&api, &entry, number).await? }))
}

/// Compares two versions, card by card.
#[utoipa::path(
    get,
    path = "/v1/journeys/{id}/diff",
    params(("id" = String, Path, description = "The journey, by id or name."), DiffQuery),
    responses(
        (status = 200, body = DiffView),
        (status = 404, description = "There is no such journey or revision."),
        (status = 409, description = "The draft is written again and again just now."),
    ),
    tag = "journeys"
)]
pub(crate) async fn diff(
    State(api): State<Shared>,
    Path(id): Path<String>,
    query: Result<Query<DiffQuery>, QueryRejection>,
) -> Result<Json<DiffView>, Problem> {
    let Query(query) = query?;
    let entry = find(&api, &id).await?;
    let (from, old) = side(&api, &entry, &query.from).await?;
    let (to, new) = side(&api, &entry, &query.to).await?;
    Ok(Json(DiffView { from, to, diff: differences(&old, &new) }))
}

/// What differs between two notebooks.
pub(super) fn differences(old: &str, new: &str) -> journey::Diff {
    journey::diff(&journey::parse(old).journey, &journey::parse(new).journey)
}

/// One side of a comparison: what it is, and its text.
async fn side(api: &Shared, entry: &Entry, which: &str) -> Result<(String, String), Problem> {
    let number = match which {
        "draft" => return Ok(("draft".to_owned(), with_draft(api, entry.id.as_str()).await?.1)),
        "live" => live_revision(entry)?,
        number => number.parse().map_err(|_| {
            Problem::bad_request(format!("`{number}` is no version; it can be a number, `live` or `draft`."))
        })?,
    };
    Ok((number.to_string(), text_of(api, entry, number).await?))
}

fn live_revision(entry: &Entry) -> Result<u32, Problem> {
    let live = entry.live.as_ref().map(|live| live.revision);
    live.ok_or_else(|| Problem::not_found(format!("The journey `{}` was never published.", entry.name)))
}

pub(super) async fn text_of(api: &Shared, entry: &Entry, revision: u32) -> Result<String, Problem> {
    api.store.revision(&entry.id, revision).await?.ok_or_else(|| missing(entry, revision))
}

fn missing(entry: &Entry, revision: impl std::fmt::Display) -> Problem {
    let newest = entry.live.as_ref().map_or(0, |live| live.revision);
    let detail = format!("The journey `{}` has no revision `{revision}`; it has {newest}.", entry.name);
    Problem::not_found(detail).with("revisions", json!(newest))
}
