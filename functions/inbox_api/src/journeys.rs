//! Journeys: list, create, read, rename, switch on and off, put away.
//!
//! Every change says on which version it was made: `If-Match` with the `ETag` of what was read. Who has not seen the
//! latest change is told what it was (412), and nobody overwrites anybody unknowingly.

mod alarms;
pub(crate) mod drafts;
mod notebook;
pub(crate) mod revisions;
pub(crate) mod transfer;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::id::JourneyId;
use domain::registry::{Change, Entry, Stamp, folded, users};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{ApiToken, Packed, StoreError};
use utoipa::{IntoParams, ToSchema};

use crate::Shared;
use crate::http::body::Body;
use crate::http::cursor;
use crate::http::idempotency::Asked;
use crate::http::page::limit;
use crate::openapi::names::JourneyName;
use crate::problem::Problem;
pub(crate) use notebook::Obstacle;
use notebook::{Manuscript, Organisation};
use revisions::RevisionView;

/// A journey.
#[derive(Serialize, ToSchema)]
pub(crate) struct JourneyView {
    /// Its id, which never changes.
    id: String,
    /// Its name. Journeys name each other by id or name.
    name: String,
    /// Whether its triggers are listened to and others may start it. Sessions under way go on in any case.
    enabled: bool,
    /// Put away: as if disabled, and listed only when asked for.
    archived: bool,
    /// Counts the changes; the `ETag`.
    version: u64,
    /// Whether the draft differs from what is live.
    has_unpublished_changes: bool,
    /// Who wrote the draft.
    draft_by: String,
    /// When the draft was written.
    #[schema(value_type = String, format = DateTime)]
    draft_at: Timestamp,
    /// The published revision; null before the first.
    live: Option<RevisionView>,
    /// The latest change: `act`, `by`, `at`.
    #[schema(value_type = Object)]
    latest: Change,
}

impl From<&Entry> for JourneyView {
    fn from(entry: &Entry) -> Self {
        Self {
            id: entry.id.to_string(),
            name: entry.name.clone(),
            enabled: entry.enabled,
            archived: entry.archived,
            version: entry.version,
            has_unpublished_changes: entry.has_unpublished_changes(),
            draft_by: entry.draft.stamp.by.clone(),
            draft_at: entry.draft.stamp.at,
            live: entry.live.clone().map(RevisionView::from),
            latest: entry.latest.clone(),
        }
    }
}

/// A journey after a change, with what is wrong with its text.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChangedView {
    #[serde(flatten)]
    journey: JourneyView,
    /// Whether anything changed.
    changed: bool,
    /// What is wrong: `code`, `severity`, `message`, `hint`, `line`, `column`, `card`.
    #[schema(value_type = Vec<Object>)]
    problems: Vec<journey::Problem>,
}

impl ChangedView {
    fn of(entry: &Entry, changed: bool, problems: Vec<journey::Problem>) -> Self {
        Self { journey: entry.into(), changed, problems }
    }
}

/// A page of journeys, by name.
#[derive(Serialize, ToSchema)]
pub(crate) struct JourneyPage {
    journeys: Vec<JourneyView>,
    /// `after` of the next page; null at the end.
    next: Option<String>,
}

/// Which journeys.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    /// The archived ones instead of the others.
    #[serde(default)]
    archived: bool,
    /// Only those that are switched on, or off.
    enabled: Option<bool>,
    /// How many, 1 to 100; 25 by default.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// `next` of the page before.
    #[param(pattern = "^[A-Za-z0-9_-]{8,}$")]
    after: Option<String>,
}

/// A new journey.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewJourney {
    /// Its name: that of a file, at most 100 characters; no other journey has it.
    #[schema(value_type = JourneyName)]
    name: String,
    /// The first draft.
    #[serde(default)]
    notebook: String,
    /// Whether it runs once it is published; true by default.
    #[serde(default = "yes")]
    enabled: bool,
}

fn yes() -> bool {
    true
}

/// What changes. Absent members stay as they are.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct JourneyChange {
    /// Another name. Refused while running journeys name this one by the old name.
    #[schema(value_type = Option<JourneyName>)]
    name: Option<String>,
    /// Switched on or off.
    enabled: Option<bool>,
    /// Put away or taken out again. Refused while running journeys name this one.
    archived: Option<bool>,
    /// Although other journeys name it.
    #[serde(default)]
    force: bool,
}

/// What a change is based on.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "only described; `seen` reads it")]
pub(crate) struct IfMatch {
    /// The `ETag` of what the change is based on, several of which one must be so, or `*`.
    #[param(
        rename = "If-Match",
        pattern = r#"^ *(\*|(W/)?("[0-9]{1,19}"|[0-9]{1,19})( *, *(W/)?("[0-9]{1,19}"|[0-9]{1,19}))*) *$"#
    )]
    if_match: String,
}

/// Lists journeys, by name.
#[utoipa::path(
    get,
    path = "/v1/journeys",
    params(ListQuery),
    responses((status = 200, body = JourneyPage)),
    tag = "journeys"
)]
pub(crate) async fn list(
    State(api): State<Shared>,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Json<JourneyPage>, Problem> {
    let Query(query) = query?;
    let limit = limit(query.limit)?;
    let mut found = api.store.journeys().await?;
    found.retain(|entry| entry.archived == query.archived && query.enabled.is_none_or(|on| entry.enabled == on));
    found.sort_by_cached_key(|entry| folded(&entry.name));
    if let Some(after) = cursor::opened(&["journeys"], query.after.as_deref())? {
        let after = folded(&after);
        found.retain(|entry| folded(&entry.name) > after);
    }
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|entry| cursor::sealed(&["journeys"], &entry.name));
    Ok(Json(JourneyPage { journeys: found.iter().map(JourneyView::from).collect(), next }))
}

/// Creates a journey with its first draft.
#[utoipa::path(
    post,
    path = "/v1/journeys",
    request_body = NewJourney,
    responses(
        (status = 201, body = ChangedView),
        (status = 409, description = "Another journey has the name."),
        (status = 413, description = "The notebook is too large."),
        (status = 422, description = "The name cannot be; says why."),
    ),
    tag = "journeys"
)]
pub(crate) async fn create(
    State(api): State<Shared>,
    Extension(caller): Extension<ApiToken>,
    Extension(asked): Extension<Asked>,
    Body(new): Body<NewJourney>,
) -> Result<Response, Problem> {
    let packed = Packed::of(&new.notebook)?;
    let stamp = Stamp { by: caller.name, at: asked.at };
    let id = JourneyId::from(asked.id);
    let manuscript = Manuscript::read(&new.notebook);
    let entry = Entry::new(id, &new.name, manuscript.hash.clone(), new.enabled, stamp)?;
    save(&api, None, &entry, Some(&packed)).await?;
    let problems = Organisation::read(&api).await?.check(&manuscript, &[]);
    let location = [(header::LOCATION, format!("/v1/journeys/{}", entry.id))];
    let view = ChangedView::of(&entry, true, problems);
    Ok((StatusCode::CREATED, location, tagged(entry.version, view)).into_response())
}

/// Reads a journey.
#[utoipa::path(
    get,
    path = "/v1/journeys/{id}",
    params(("id" = String, Path, description = "The journey, by id or name.")),
    responses((status = 200, body = JourneyView), (status = 404, description = "There is none.")),
    tag = "journeys"
)]
pub(crate) async fn read(State(api): State<Shared>, Path(id): Path<String>) -> Result<Response, Problem> {
    let entry = find(&api, &id).await?;
    Ok(tagged(entry.version, JourneyView::from(&entry)))
}

/// Renames a journey, switches it on or off, puts it away or takes it out again.
#[utoipa::path(
    patch,
    path = "/v1/journeys/{id}",
    params(
        ("id" = String, Path, description = "The journey, by id or name."),
        IfMatch,
    ),
    request_body = JourneyChange,
    responses(
        (status = 200, body = ChangedView),
        (status = 404, description = "There is none."),
        (status = 409, description = "The name is taken, or other journeys name this one: `used_by`."),
        (status = 412, description = "Somebody else changed it: says who, when and what."),
        (status = 428, description = "`If-Match` is missing."),
    ),
    tag = "journeys"
)]
pub(crate) async fn change(
    State(api): State<Shared>,
    Extension(caller): Extension<ApiToken>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Body(change): Body<JourneyChange>,
) -> Result<Response, Problem> {
    let before = find_seen(&api, &id, &headers).await?;
    let stamp = Stamp { by: caller.name, at: api.clock.now() };
    let mut after = before.clone();
    if let Some(name) = &change.name {
        after.rename(name, stamp.clone())?;
    }
    if let Some(enabled) = change.enabled {
        after.enable(enabled, stamp.clone());
    }
    if let Some(archived) = change.archived {
        after.archive(archived, stamp);
    }
    let (loses_its_name, goes) = (before.name != after.name, after.archived && !before.archived);
    if (loses_its_name || goes) && !change.force {
        let all = api.store.journeys().await?;
        let users = users(&before, &all, !goes);
        if !users.is_empty() {
            return Err(in_use(&before, &users));
        }
    }
    let changed = before.version != after.version;
    if changed {
        save(&api, Some(&before), &after, None).await?;
    }
    Ok(tagged(after.version, ChangedView::of(&after, changed, Vec::new())))
}

fn in_use(entry: &Entry, users: &[&Entry]) -> Problem {
    let names: Vec<String> = users.iter().map(|user| format!("`{}`", user.name)).collect();
    let detail = format!(
        "Running journeys name `{}`: {}. Change them first, or send `\"force\": true`.",
        entry.name,
        names.join(", ")
    );
    let used_by: Vec<_> = users.iter().map(|user| json!({"id": user.id, "name": user.name})).collect();
    Problem::conflict_of("journey-in-use", "Other journeys name it", detail).with("used_by", json!(used_by))
}

/// The journey with this id or name.
pub(crate) async fn find(api: &Shared, reference: &str) -> Result<Entry, Problem> {
    if let Some(entry) = api.store.journey(&JourneyId::from(reference)).await? {
        return Ok(entry);
    }
    if let Some(id) = api.store.journey_named(reference).await?
        && let Some(entry) = api.store.journey(&id).await?
    {
        return Ok(entry);
    }
    Err(Problem::not_found(format!("There is no journey `{reference}`. GET /v1/journeys lists them.")))
}

/// The journey, if the caller has seen its latest change.
async fn find_seen(api: &Shared, reference: &str, headers: &HeaderMap) -> Result<Entry, Problem> {
    let seen = seen(headers)?;
    let entry = find(api, reference).await?;
    match seen {
        Seen::Anything => Ok(entry),
        Seen::Versions(versions) if versions.contains(&entry.version) => Ok(entry),
        Seen::Versions(versions) => Err(changed_meanwhile(&entry, versions.last().copied().unwrap_or_default())),
    }
}

/// What `If-Match` says that the caller has seen.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    /// `*`: whatever there is.
    Anything,
    /// One of these versions.
    Versions(Vec<u64>),
}

/// Reads `If-Match`.
fn seen(headers: &HeaderMap) -> Result<Seen, Problem> {
    let Some(tags) = headers.get(header::IF_MATCH) else { return Err(Problem::precondition_required()) };
    let tags = tags.to_str().unwrap_or_default().trim();
    if tags == "*" {
        return Ok(Seen::Anything);
    }
    let version = |tag: &str| {
        let tag = tag.trim();
        let tag = tag.strip_prefix("W/").unwrap_or(tag);
        let digits = tag.strip_prefix('"').map_or(Some(tag), |tag| tag.strip_suffix('"'))?;
        // Without the sign that `parse` takes.
        digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    let versions: Option<Vec<u64>> = tags.split(',').map(version).collect();
    versions.map(Seen::Versions).ok_or_else(|| {
        Problem::bad_request(format!("`If-Match: {tags}` is not the ETag of a journey; one looks like `\"12\"`."))
    })
}

fn changed_meanwhile(now: &Entry, seen: u64) -> Problem {
    let detail = format!(
        "The journey `{}` is at version {}; the change was made on version {seen}. {}. Read it again and make the change \
         on top of that.",
        now.name, now.version, now.latest
    );
    Problem::precondition_failed(detail)
        .with("version", json!(now.version))
        .with("seen", json!(seen))
        .with("latest", json!(now.latest))
}

/// Writes a change, with the alarms of the journey. When somebody else was faster, it says what they did.
async fn save(api: &Shared, before: Option<&Entry>, after: &Entry, notebook: Option<&Packed>) -> Result<(), Problem> {
    alarms::set(api, before, after).await?;
    match api.store.save_journey(before, after, notebook).await {
        Ok(()) => {
            return match before {
                Some(before) => alarms::stop(api, before, after).await,
                None => Ok(()),
            };
        }
        Err(StoreError::Conflict) => {}
        Err(error) => return Err(error.into()),
    }
    let holder = match api.store.journey_named(&after.name).await? {
        Some(holder) if holder != after.id => Some(find(api, holder.as_str()).await?),
        _ => None,
    };
    if let Some(holder) = holder {
        return Err(name_taken(&holder));
    }
    let now = find(api, after.id.as_str()).await?;
    Err(match before {
        Some(before) if now.version != before.version => changed_meanwhile(&now, before.version),
        // A repetition of the request that created it.
        None if now.draft.hash == after.draft.hash => return Ok(()),
        _ => StoreError::Conflict.into(),
    })
}

fn name_taken(holder: &Entry) -> Problem {
    let archived = if holder.archived { ", which is archived" } else { "" };
    let detail = format!("The journey {} is called `{}`{archived}. Choose another name.", holder.id, holder.name);
    Problem::conflict_of("name-taken", "The name is taken", detail).with("journey", json!(holder.id))
}

/// An answer with the version as its `ETag`.
fn tagged(version: u64, body: impl Serialize) -> Response {
    ([(header::ETAG, format!("\"{version}\""))], Json(body)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(tag: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::IF_MATCH, tag.parse().unwrap())])
    }

    #[test]
    fn the_version_seen_is_read_from_if_match() {
        for tag in ["\"12\"", "W/\"12\"", " 12 "] {
            assert_eq!(seen(&headers(tag)).unwrap(), Seen::Versions(vec![12]), "{tag}");
        }
        assert_eq!(seen(&headers("\"1\", \"2\"")).unwrap(), Seen::Versions(vec![1, 2]));
        assert_eq!(seen(&headers(" * ")).unwrap(), Seen::Anything);
        for tag in ["", "**", "\"\"", "\"twelve\"", "\"1\", *", "\"-1\"", "+1", "\"1", "1\"", "\"\"1\"\""] {
            assert!(seen(&headers(tag)).is_err(), "{tag}");
        }
        assert!(seen(&HeaderMap::new()).is_err());
    }
}
