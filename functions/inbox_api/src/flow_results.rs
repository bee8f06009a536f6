//! What journeys recorded, as the Flow Results specification 1.0.0-rc1 has it: programs that analyse answers in this field
//! read it. A package is a journey; its descriptor tells the questions, [`responses`] are the answers.
//! <https://floip.gitbook.io/flow-results-specification>
//!
//! The envelope is that of JSON:API. Contacts are told apart by our own id, never by a phone number.

pub(crate) mod responses;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, body};
use domain::id::JourneyId;
use domain::registry::{Entry, folded};
use futures::future::try_join_all;
use jiff::Timestamp;
use journey::{Journey, Recorded, Recording, parse, results};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Shared;
use crate::journeys::find;
use crate::problem::Problem;

/// The version of the specification.
const VERSION: &str = "1.0.0-rc1";
/// The media type of JSON:API.
const JSON_API: &str = "application/vnd.api+json";
/// The columns of a response: name, title and type.
const COLUMNS: [(&str, &str, &str); 7] = [
    ("timestamp", "Timestamp", "datetime"),
    ("row_id", "Row ID", "string"),
    ("contact_id", "Contact ID", "string"),
    ("session_id", "Session ID", "string"),
    ("question_id", "Question ID", "string"),
    ("response", "Response", "any"),
    ("response_metadata", "Response Metadata", "object"),
];
/// Questions of so many revisions are told, the latest ones: what an older one asked and none since is seen in responses.
const REVISIONS: u32 = 20;

/// A list of packages.
#[derive(Serialize, ToSchema)]
pub(crate) struct PackageList {
    /// `self`.
    #[schema(value_type = Object)]
    links: Value,
    /// One for each journey that was ever published: `type`, `id` and `attributes`.
    #[schema(value_type = Vec<Object>)]
    data: Vec<Value>,
}

/// A package.
#[derive(Serialize, ToSchema)]
pub(crate) struct PackageView {
    /// `self`.
    #[schema(value_type = Object)]
    links: Value,
    /// `type`, `id` and, as `attributes`, the descriptor: a Frictionless data package whose `schema` has `questions`.
    #[schema(value_type = Object)]
    data: Value,
}

/// Lists packages of results, a journey each, by name.
#[utoipa::path(
    get,
    path = "/v1/flow-results/packages",
    responses((status = 200, body = PackageList, content_type = "application/vnd.api+json")),
    tag = "results"
)]
pub(crate) async fn list(State(api): State<Shared>, headers: HeaderMap) -> Result<Response, Problem> {
    let mut published = api.store.journeys().await?;
    published.retain(|entry| entry.live.is_some());
    published.sort_by_cached_key(|entry| folded(&entry.name));
    let package = |entry: &Entry| {
        json!({
            "type": "packages",
            "id": package_id(&entry.id),
            "attributes": {
                "title": entry.name,
                "name": package_name(&entry.name),
                "created": moment(created(entry)),
                "modified": moment(modified(entry)),
            },
        })
    };
    let links = json!({ "self": url(&headers, "") });
    Ok(json_api(&PackageList { links, data: published.iter().map(package).collect() }))
}

/// Describes a package: the questions of a journey, those that earlier revisions asked included.
#[utoipa::path(
    get,
    path = "/v1/flow-results/packages/{id}",
    params(("id" = String, Path, description = "The package, or its journey by id or name.")),
    responses(
        (status = 200, body = PackageView, content_type = "application/vnd.api+json"),
        (status = 404, description = "There is none, or the journey was never published."),
    ),
    tag = "results"
)]
pub(crate) async fn read(
    State(api): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let entry = package(&api, &id).await?;
    let questions = questions(&api, &entry).await?;
    let id = package_id(&entry.id);
    let (here, responses) = (url(&headers, &format!("/{id}")), url(&headers, &format!("/{id}/responses")));
    let name = package_name(&entry.name);
    let columns = COLUMNS.map(|(name, title, kind)| json!({ "name": name, "title": title, "type": kind }));
    let resource = json!({
        "profile": "data-resource",
        "name": format!("{name}-data"),
        "path": null,
        "access_method": "api",
        // The specification writes it both ways.
        "api_data_url": responses,
        "api-data-url": responses,
        "mediatype": JSON_API,
        "encoding": "utf-8",
        "schema": { "fields": columns, "questions": questions },
    });
    let data = json!({
        "type": "packages",
        "id": id,
        "attributes": {
            "profile": "flow-results-package",
            "flow_results_specification_version": VERSION,
            "name": name,
            "id": id,
            "title": entry.name,
            "created": moment(created(&entry)),
            "modified": moment(modified(&entry)),
            "resources": [resource],
        },
        "relationships": { "responses": { "links": { "related": responses } } },
    });
    Ok(json_api(&PackageView { links: json!({ "self": here }), data }))
}

/// The journey behind a package.
async fn package(api: &Shared, id: &str) -> Result<Entry, Problem> {
    let simple = Uuid::try_parse(id).map(|id| id.simple().to_string());
    let entry = find(api, simple.as_deref().unwrap_or(id)).await?;
    if entry.live.is_none() {
        let detail = format!("The journey `{}` was never published, so it has recorded nothing.", entry.name);
        return Err(Problem::not_found(detail));
    }
    Ok(entry)
}

/// The questions of the latest revisions, by the keys of their results.
async fn questions(api: &Shared, entry: &Entry) -> Result<Map<String, Value>, Problem> {
    let last = entry.live.as_ref().map_or(0, |live| live.revision);
    let numbers = (1..=last).rev().take(REVISIONS as usize);
    let notebooks = try_join_all(numbers.map(|revision| api.store.revision(&entry.id, revision))).await?;
    let journeys: Vec<Journey> = notebooks.into_iter().flatten().map(|notebook| parse(&notebook).journey).collect();
    Ok(results(&journeys).into_iter().map(|recorded| (recorded.key.clone(), question(recorded))).collect())
}

fn question(Recorded { label, kind, .. }: Recorded) -> Value {
    let (kind, options) = match kind {
        Recording::Choice(choices) => ("select_one", json!({ "choices": choices })),
        Recording::Number => ("numeric", json!({})),
        Recording::Place => ("geo_point", json!({})),
        Recording::Text => ("text", json!({})),
        Recording::Open => ("open", json!({})),
    };
    json!({ "type": kind, "label": label, "type_options": options })
}

/// Packages have UUIDs, and so do journeys, without hyphens.
fn package_id(journey: &JourneyId) -> String {
    Uuid::try_parse(journey.as_str()).map_or_else(|_| journey.to_string(), |id| id.hyphenated().to_string())
}

/// A name that can stand in a web address: lower case, of letters, digits, `.`, `_` and `-`.
fn package_name(name: &str) -> String {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-');
    name.to_lowercase().chars().map(|letter| if allowed(letter) { letter } else { '-' }).collect()
}

/// When the journey was created: its id begins with the moment.
fn created(entry: &Entry) -> Timestamp {
    let made = Uuid::try_parse(entry.id.as_str()).ok().and_then(|id| id.get_timestamp());
    let milliseconds = made.map(|made| made.to_unix()).and_then(|(seconds, nanoseconds)| {
        i64::try_from(seconds).ok()?.checked_mul(1000)?.checked_add(i64::from(nanoseconds / 1_000_000))
    });
    milliseconds.and_then(|at| Timestamp::from_millisecond(at).ok()).unwrap_or_else(|| modified(entry))
}

/// When the revision was published whose questions are told.
fn modified(entry: &Entry) -> Timestamp {
    entry.live.as_ref().map_or_else(Timestamp::default, |live| live.stamp.at)
}

/// A moment as the specification wants it: with an offset, not with `Z`.
fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3f+00:00").to_string()
}

/// The address of something below the packages, as the caller reaches it.
fn url(headers: &HeaderMap, path: &str) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let scheme = text("x-forwarded-proto").unwrap_or("https");
    let host = text(header::HOST.as_str()).map_or_else(String::new, |host| format!("{scheme}://{host}"));
    format!("{host}/v1/flow-results/packages{path}")
}

fn json_api(body: &impl Serialize) -> Response {
    let body: Response<body::Body> = Json(body).into_response();
    ([(header::CONTENT_TYPE, JSON_API)], body.into_body()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_packages_stand_in_addresses() {
        for (name, expected) in [("Check-up 2", "check-up-2"), ("¿Qué tal?", "-qu--tal-"), ("a_b.c", "a_b.c")] {
            assert_eq!(package_name(name), expected);
        }
    }

    #[test]
    fn moments_have_an_offset() {
        assert_eq!(moment(Timestamp::from_millisecond(1_772_359_200_123).unwrap()), "2026-03-01T10:00:00.123+00:00");
    }

    #[test]
    fn addresses_are_those_of_the_caller() {
        let mut headers = HeaderMap::new();
        assert_eq!(url(&headers, "/a"), "/v1/flow-results/packages/a");
        headers.insert(header::HOST, "api.example".parse().unwrap());
        assert_eq!(url(&headers, ""), "https://api.example/v1/flow-results/packages");
        headers.insert("x-forwarded-proto", "http".parse().unwrap());
        assert_eq!(url(&headers, ""), "http://api.example/v1/flow-results/packages");
    }

    #[test]
    fn ids_of_journeys_are_uuids_without_hyphens() {
        let id = JourneyId::from("0198f0a1b2c37d4e8f00112233445566");
        assert_eq!(package_id(&id), "0198f0a1-b2c3-7d4e-8f00-112233445566");
        assert_eq!(package_id(&JourneyId::from("menu")), "menu");
    }
}
