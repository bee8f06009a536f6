//! Moving journeys between environments: export a set, import a set.
//!
//! Names carry over, ids do not. So an export names journeys of the set by name where a notebook named them by id, and
//! says what it could not; an import finds its journeys by name.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::{Extension, Json};
use domain::id::JourneyId;
use domain::registry::{Change, Entry, Refusal, Stamp, check_comment, folded};
use futures::future::join_all;
use jiff::Timestamp;
use platform::ids::new_id;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{ApiToken, Packed};
use utoipa::ToSchema;

use super::drafts::with_draft;
use super::notebook::{Manuscript, Organisation, obstacle};
use super::revisions::{differences, text_of};
use super::{changed_meanwhile, save};
use crate::Shared;
use crate::http::body::{Body, Object, Whole};
use crate::http::cursor;
use crate::openapi::names::JourneyName;
use crate::problem::Problem;

/// The most bytes of notebooks on one page of an export; Lambda answers with 6 MB at most.
const EXPORT_BYTES: usize = 3_000_000;

/// How many journeys of a set are written at the same time.
const AT_ONCE: usize = 8;

/// The largest set, in bytes of JSON; Lambda takes 6 MB, in which the set is escaped once more.
pub(crate) const LARGEST_SET: usize = 4 * 1024 * 1024;

/// What to export.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExportRequest {
    /// Which journeys, by id or name; all that are not archived when absent.
    journeys: Option<Vec<String>>,
    /// `live`: what runs, of the journeys that were published; `draft`: what is being edited.
    #[serde(default)]
    of: Version,
    /// `next` of the page before.
    #[schema(pattern = "^[A-Za-z0-9_-]{8,}$")]
    after: Option<String>,
}

/// Which text of a journey.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Version {
    /// The published one.
    #[default]
    Live,
    /// The one that is edited.
    Draft,
}

/// A set of journeys.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExportView {
    /// The journeys, by name.
    journeys: Vec<Exported>,
    /// Where they name journeys that another environment may not know.
    unresolved: Vec<Unresolved>,
    /// `after` of the next page; null at the end.
    next: Option<String>,
}

/// A journey of an export.
#[derive(Serialize, ToSchema)]
pub(crate) struct Exported {
    name: String,
    id: String,
    enabled: bool,
    /// When the text was published, or for a draft, written.
    #[schema(value_type = String, format = DateTime)]
    changed_at: Timestamp,
    /// Its text, in which journeys of the set are named by name.
    notebook: String,
}

/// A place that names a journey outside the set.
#[derive(Serialize, ToSchema)]
pub(crate) struct Unresolved {
    /// The journey it stands in.
    journey: String,
    line: u32,
    column: u32,
    /// The id or name that stands there; null when it is computed while the journey runs.
    reference: Option<String>,
    /// The name of the journey it means here, when there is one.
    means: Option<String>,
}

/// Exports a set of journeys: all, or some.
#[utoipa::path(
    post,
    path = "/v1/export/journeys",
    request_body = ExportRequest,
    responses((status = 200, body = ExportView), (status = 404, description = "There is no journey of that name.")),
    tag = "journeys"
)]
pub(crate) async fn export(
    State(api): State<Shared>,
    Body(request): Body<ExportRequest>,
) -> Result<Json<ExportView>, Problem> {
    let all = api.store.journeys().await?;
    let mut set = chosen(&all, request.journeys.as_deref())?;
    if request.of == Version::Live {
        set.retain(|entry| entry.live.is_some());
    }
    set.sort_by_cached_key(|entry| folded(&entry.name));
    let after = cursor::opened(&["export"], request.after.as_deref())?.as_deref().map(folded);
    let (mut journeys, mut unresolved, mut bytes, mut next) = (Vec::new(), Vec::new(), 0, None);
    for entry in set.iter().filter(|entry| after.as_ref().is_none_or(|after| folded(&entry.name) > *after)) {
        let (text, changed_at) = match (request.of, &entry.live) {
            (Version::Live, Some(live)) => (text_of(&api, entry, live.revision).await?, live.stamp.at),
            _ => {
                let (entry, draft) = with_draft(&api, entry.id.as_str()).await?;
                (draft, entry.draft.stamp.at)
            }
        };
        bytes += text.len();
        if bytes > EXPORT_BYTES && !journeys.is_empty() {
            next = journeys.last().map(|last: &Exported| cursor::sealed(&["export"], &last.name));
            break;
        }
        let notebook = journey::rename_references(&text, |reference| {
            set.iter().find(|other| other.id.as_str() == reference).map(|other| other.name.clone())
        });
        unresolved.extend(outside(entry, &notebook, &set, &all));
        let Entry { name, id, enabled, .. } = entry;
        journeys.push(Exported { name: name.clone(), id: id.to_string(), enabled: *enabled, changed_at, notebook });
    }
    Ok(Json(ExportView { journeys, unresolved, next }))
}

fn chosen<'e>(all: &'e [Entry], journeys: Option<&[String]>) -> Result<Vec<&'e Entry>, Problem> {
    let Some(journeys) = journeys else { return Ok(all.iter().filter(|entry| !entry.archived).collect()) };
    let mut set: Vec<&Entry> = Vec::new();
    for reference in journeys {
        let found = all.iter().find(|entry| entry.is_named_by(reference) || folded(&entry.name) == folded(reference));
        let found = found.ok_or_else(|| Problem::not_found(format!("There is no journey `{reference}`.")))?;
        if !set.iter().any(|entry| entry.id == found.id) {
            set.push(found);
        }
    }
    Ok(set)
}

fn outside(entry: &Entry, notebook: &str, set: &[&Entry], all: &[Entry]) -> Vec<Unresolved> {
    let mut places = Vec::new();
    for journey::Reference { journey: reference, line, column } in journey::references(notebook) {
        if reference.as_ref().is_some_and(|reference| set.iter().any(|other| other.name == *reference)) {
            continue;
        }
        let meant = reference.as_ref().and_then(|reference| all.iter().find(|other| other.is_named_by(reference)));
        let means = meant.map(|other| other.name.clone());
        places.push(Unresolved { journey: entry.name.clone(), line, column, reference, means });
    }
    places
}

/// A set to import.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportRequest {
    /// The journeys. Those with a known name get a new draft, the others are created.
    #[schema(value_type = Vec<Imported>)]
    journeys: Vec<Object<Imported>>,
    /// Only says what would happen.
    #[serde(default)]
    dry_run: bool,
    /// Also publishes them; then none may have an error, nor a fault without `accept_problems`.
    #[serde(default)]
    publish: bool,
    /// Publishes them although they have faults: problems that do not keep them from running.
    #[serde(default)]
    accept_problems: bool,
    /// What is said about the revisions: at most 500 characters.
    #[schema(max_length = 500)]
    comment: Option<String>,
    /// Whether people in the middle of older revisions move to these.
    #[serde(default)]
    migrate: bool,
}

/// A journey to import.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Imported {
    #[schema(value_type = JourneyName)]
    name: String,
    /// Where it comes from; not used here, where it has an id of its own.
    #[serde(default)]
    #[allow(dead_code, reason = "accepted, so that what was exported can be imported as it is")]
    id: Option<String>,
    /// When it was published there; not used here.
    #[serde(default)]
    #[allow(dead_code, reason = "accepted, so that what was exported can be imported as it is")]
    changed_at: Option<String>,
    notebook: String,
    /// Whether a new journey runs once it is published; one that is there stays as it is.
    #[serde(default = "super::yes")]
    enabled: bool,
    /// The version that a dry run showed; refused (412) when the journey has changed since.
    #[schema(value_type = Option<u64>, maximum = 9_223_372_036_854_775_807_i64)]
    version: Option<Whole>,
}

/// What an import did, or would do.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImportView {
    dry_run: bool,
    /// One for each journey, in their order.
    journeys: Vec<ImportOutcome>,
}

/// What became, or would become, of one journey.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImportOutcome {
    name: String,
    /// `created`, `updated` or `unchanged`.
    outcome: Outcome,
    /// The version it is at; in a dry run, what to send as `version`. Null for one that is not there yet.
    version: Option<u64>,
    /// The revision that is live, or would be.
    revision: Option<u32>,
    /// The draft that this replaces although it was never published: `act`, `by`, `at` of the latest change.
    #[schema(value_type = Option<Object>)]
    replaces_unpublished: Option<Change>,
    /// In a dry run, what differs from the draft, or when publishing, from what is live.
    #[schema(value_type = Option<Object>)]
    diff: Option<journey::Diff>,
    /// What is wrong with its text.
    #[schema(value_type = Vec<Object>)]
    problems: Vec<journey::Problem>,
}

/// What became of a journey.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// It is new.
    Created,
    /// It has a new draft or revision.
    Updated,
    /// It was so already.
    Unchanged,
}

/// One journey, ready to be written.
struct Plan<'r> {
    before: Option<Entry>,
    after: Entry,
    notebook: &'r str,
    packed: Packed,
    problems: Vec<journey::Problem>,
}

/// Imports a set of journeys: everything is checked before anything is written.
#[utoipa::path(
    post,
    path = "/v1/import/journeys",
    request_body = ImportRequest,
    responses(
        (status = 200, body = ImportView),
        (status = 412, description = "A journey has changed since the dry run."),
        (status = 413, description = "The set is larger than 4 MB."),
        (status = 422, description = "Nothing was imported: `journeys` says what is wrong with which."),
    ),
    tag = "journeys"
)]
pub(crate) async fn import(
    State(api): State<Shared>,
    Extension(caller): Extension<ApiToken>,
    Body(request): Body<ImportRequest>,
) -> Result<Json<ImportView>, Problem> {
    let organisation = Organisation::read(&api).await?;
    let stamp = Stamp { by: caller.name, at: api.clock.now() };
    let plans = plans(&api, &organisation, &request, &stamp)?;
    let mut journeys: Vec<ImportOutcome> = Vec::new();
    let mut plans = plans.into_iter();
    loop {
        let group: Vec<Plan<'_>> = plans.by_ref().take(AT_ONCE).collect();
        if group.is_empty() {
            break;
        }
        let carried_out = join_all(group.iter().map(|plan| plan.carry_out(&api, &request))).await;
        let mut failed = None;
        for (plan, diff) in group.into_iter().zip(carried_out) {
            match diff {
                Ok(diff) => journeys.push(plan.report(request.dry_run, diff)),
                Err(problem) => failed = Some(problem.with("journey", json!(plan.after.name))),
            }
        }
        if let Some(problem) = failed {
            let imported: Vec<&str> = journeys.iter().map(|done| done.name.as_str()).collect();
            return Err(problem.with("imported", json!(imported)));
        }
    }
    Ok(Json(ImportView { dry_run: request.dry_run, journeys }))
}

/// What would be written, or what is wrong with the set.
fn plans<'r>(
    api: &Shared,
    organisation: &Organisation,
    request: &'r ImportRequest,
    stamp: &Stamp,
) -> Result<Vec<Plan<'r>>, Problem> {
    check_comment(request.comment.as_deref())?;
    let all = &organisation.journeys;
    let (mut plans, mut manuscripts) = (Vec::new(), Vec::new());
    let mut refused = Vec::new();
    let mut names: BTreeMap<String, &str> = BTreeMap::new();
    for Object(imported) in &request.journeys {
        let name = imported.name.as_str();
        if let Some(other) = names.insert(folded(name), name) {
            refused.push(json!({"name": name, "error": format!("the set has a journey `{other}` already")}));
            continue;
        }
        let before = all.iter().find(|entry| folded(&entry.name) == folded(name)).cloned();
        if let (Some(before), Some(Whole(version))) = (&before, imported.version)
            && before.version != version
        {
            return Err(changed_meanwhile(before, version).with("journey", json!(name)));
        }
        let packed = match Packed::of(&imported.notebook) {
            Ok(packed) => packed,
            Err(error) => {
                refused.push(json!({"name": name, "error": error.to_string()}));
                continue;
            }
        };
        let manuscript = Manuscript::read(&imported.notebook);
        match planned(api, before.as_ref(), (imported, &manuscript), request, stamp) {
            Ok(after) => {
                plans.push(Plan { before, after, notebook: &imported.notebook, packed, problems: Vec::new() });
                manuscripts.push(manuscript);
            }
            Err(refusal) => refused.push(json!({"name": name, "error": refusal.to_string()})),
        }
    }
    let future: Vec<Entry> = plans.iter().map(|plan: &Plan| plan.after.clone()).collect();
    for (plan, manuscript) in plans.iter_mut().zip(&manuscripts) {
        plan.problems = organisation.check(manuscript, &future);
        // A dry run only shows what is to be accepted.
        let accepted = request.accept_problems || request.dry_run;
        if let Some(obstacle) = obstacle(&plan.problems, accepted).filter(|_| request.publish) {
            let (name, problems) = (&plan.after.name, &plan.problems);
            let acceptable = obstacle.is_acceptable();
            refused
                .push(json!({"name": name, "error": obstacle.told(), "acceptable": acceptable, "problems": problems}));
        }
    }
    if refused.is_empty() { Ok(plans) } else { Err(not_imported(refused)) }
}

fn not_imported(refused: Vec<serde_json::Value>) -> Problem {
    let name = |journey: &serde_json::Value| format!("`{}`", journey["name"].as_str().unwrap_or_default());
    let names: Vec<String> = refused.iter().map(name).collect();
    let detail = format!("Nothing was imported: there is something wrong with {}.", names.join(", "));
    Problem::invalid(detail).with("journeys", json!(refused))
}

/// The journey as it will be.
fn planned(
    api: &Shared,
    before: Option<&Entry>,
    (imported, manuscript): (&Imported, &Manuscript<'_>),
    request: &ImportRequest,
    stamp: &Stamp,
) -> Result<Entry, Refusal> {
    let hash = &manuscript.hash;
    let mut after = match before {
        Some(before) => before.clone(),
        None => {
            let id = JourneyId::from(new_id(stamp.at));
            Entry::new(id, &imported.name, hash.clone(), imported.enabled, stamp.clone())?
        }
    };
    after.edit(hash.clone(), stamp.clone())?;
    if request.publish {
        after.publish(manuscript.publication(api, request.comment.clone(), request.migrate), stamp.clone())?;
    }
    Ok(after)
}

impl Plan<'_> {
    fn outcome(&self) -> Outcome {
        match &self.before {
            None => Outcome::Created,
            Some(before) if before.version == self.after.version => Outcome::Unchanged,
            Some(_) => Outcome::Updated,
        }
    }

    /// Writes it; in a dry run, only compares it with what it would replace.
    async fn carry_out(&self, api: &Shared, request: &ImportRequest) -> Result<Option<journey::Diff>, Problem> {
        let is_unchanged = self.outcome() == Outcome::Unchanged;
        match (request.dry_run, is_unchanged) {
            (true, true) => Ok(Some(journey::Diff::default())),
            (true, false) => Ok(Some(self.diff(api, request.publish).await?)),
            (false, true) => Ok(None),
            (false, false) => {
                save(api, self.before.as_ref(), &self.after, Some(&self.packed)).await?;
                Ok(None)
            }
        }
    }

    async fn diff(&self, api: &Shared, publish: bool) -> Result<journey::Diff, Problem> {
        let replaced = match &self.before {
            None => String::new(),
            Some(before) => match (&before.live, publish) {
                (Some(live), true) => text_of(api, before, live.revision).await?,
                (None, true) => String::new(),
                (_, false) => with_draft(api, before.id.as_str()).await?.1,
            },
        };
        Ok(differences(&replaced, self.notebook))
    }

    fn report(self, dry_run: bool, diff: Option<journey::Diff>) -> ImportOutcome {
        let outcome = self.outcome();
        let Self { before, after, problems, .. } = self;
        let replaced =
            before.as_ref().filter(|before| before.has_unpublished_changes() && before.draft.hash != after.draft.hash);
        ImportOutcome {
            outcome,
            version: if dry_run { before.as_ref().map(|before| before.version) } else { Some(after.version) },
            revision: after.live.as_ref().map(|live| live.revision),
            replaces_unpublished: replaced.map(|before| before.latest.clone()),
            diff,
            problems,
            name: after.name,
        }
    }
}
