//! Drafts: read, write, and check a notebook without saving it.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::{Extension, Json};
use domain::registry::{Entry, Stamp};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{ApiToken, Packed, StoreError};
use utoipa::ToSchema;

use super::notebook::{Manuscript, Organisation, obstacle};
use super::{ChangedView, IfMatch, find, find_seen, save, tagged};
use crate::Shared;
use crate::http::body::Body;
use crate::problem::Problem;

/// How often a draft is read again when it is written at the same moment.
const ATTEMPTS: usize = 3;

/// A draft.
#[derive(Serialize, ToSchema)]
pub(crate) struct DraftView {
    /// The notebook.
    notebook: String,
    /// The version of the journey; the `ETag`.
    version: u64,
    /// Who wrote it.
    by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// A notebook.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Notebook {
    /// Markdown with `stack` cells, at most 1 MB.
    notebook: String,
}

/// What is wrong with a notebook.
#[derive(Serialize, ToSchema)]
pub(crate) struct CheckView {
    /// Whether it can be published.
    compiles: bool,
    /// Whether it can be published only with `accept_problems`, because it has faults.
    needs_acceptance: bool,
    /// What is wrong: `code`, `severity`, `message`, `hint`, `line`, `column`, `card`.
    #[schema(value_type = Vec<Object>)]
    problems: Vec<journey::Problem>,
}

/// Reads the draft.
#[utoipa::path(
    get,
    path = "/v1/journeys/{id}/draft",
    params(("id" = String, Path, description = "The journey, by id or name.")),
    responses(
        (status = 200, body = DraftView),
        (status = 404, description = "There is none."),
        (status = 409, description = "It is written again and again just now."),
    ),
    tag = "journeys"
)]
pub(crate) async fn read(State(api): State<Shared>, Path(id): Path<String>) -> Result<Response, Problem> {
    let (entry, notebook) = with_draft(&api, &id).await?;
    let Stamp { by, at } = entry.draft.stamp;
    Ok(tagged(entry.version, DraftView { notebook, version: entry.version, by, at }))
}

/// Writes the draft. It may have errors; they are in the answer, and stop it from being published.
#[utoipa::path(
    put,
    path = "/v1/journeys/{id}/draft",
    params(
        ("id" = String, Path, description = "The journey, by id or name."),
        IfMatch,
    ),
    request_body = Notebook,
    responses(
        (status = 200, body = ChangedView),
        (status = 404, description = "There is none."),
        (status = 409, description = "It is archived."),
        (status = 412, description = "Somebody else changed it: says who, when and what."),
        (status = 413, description = "The notebook is too large."),
        (status = 428, description = "`If-Match` is missing."),
    ),
    tag = "journeys"
)]
pub(crate) async fn write(
    State(api): State<Shared>,
    Extension(caller): Extension<ApiToken>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Body(Notebook { notebook }): Body<Notebook>,
) -> Result<Response, Problem> {
    let before = find_seen(&api, &id, &headers).await?;
    let packed = Packed::of(&notebook)?;
    let mut after = before.clone();
    let manuscript = Manuscript::read(&notebook);
    let changed = after.edit(manuscript.hash.clone(), Stamp { by: caller.name, at: api.clock.now() })?;
    if changed {
        save(&api, Some(&before), &after, Some(&packed)).await?;
    }
    let problems = Organisation::read(&api).await?.check(&manuscript, &[]);
    Ok(tagged(after.version, ChangedView::of(&after, changed, problems)))
}

/// Checks a notebook without saving it.
#[utoipa::path(
    post,
    path = "/v1/check/notebook",
    request_body = Notebook,
    responses((status = 200, body = CheckView)),
    tag = "journeys"
)]
pub(crate) async fn check(
    State(api): State<Shared>,
    Body(Notebook { notebook }): Body<Notebook>,
) -> Result<Json<CheckView>, Problem> {
    let problems = Organisation::read(&api).await?.check(&Manuscript::read(&notebook), &[]);
    let compiles = obstacle(&problems, true).is_none();
    Ok(Json(CheckView { compiles, needs_acceptance: obstacle(&problems, false).is_some() && compiles, problems }))
}

/// The journey and its draft, as they were at one moment.
pub(super) async fn with_draft(api: &Shared, reference: &str) -> Result<(Entry, String), Problem> {
    for _ in 0..ATTEMPTS {
        let entry = find(api, reference).await?;
        match api.store.draft(&entry).await {
            Ok(notebook) => return Ok((entry, notebook)),
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Conflict.into())
}
