//! Global dictionaries: what journeys read as `global.<dictionary>.<key>`.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::{Dictionary, StoreError};
use utoipa::ToSchema;

use crate::Shared;
use crate::conversations::ATTEMPTS;
use crate::http::body::Body;
use crate::problem::Problem;

/// The largest dictionary, in bytes of JSON: all of them are in the memory of every journeys function.
const MAX_BYTES: usize = 64 * 1024;

/// A dictionary.
#[derive(Serialize, ToSchema)]
pub(crate) struct DictionaryView {
    /// Its name: `config` is read as `global.config.<key>`.
    name: String,
    /// Its entries. Of a hidden one, every value is null.
    #[schema(value_type = Object)]
    entries: Map<String, Value>,
    /// Whether its values are for journeys only and never shown.
    hidden: bool,
}

/// All of them.
#[derive(Serialize, ToSchema)]
pub(crate) struct DictionariesView {
    dictionaries: Vec<DictionaryView>,
}

/// What changes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DictionaryChange)]
pub(crate) struct Change {
    /// Entries to set; null takes one away, and those not named stay.
    #[schema(value_type = Object)]
    #[serde(default)]
    entries: Map<String, Value>,
    /// Whether its values are for journeys only and never shown again. What is hidden once stays hidden.
    hidden: Option<bool>,
}

impl From<Dictionary> for DictionaryView {
    fn from(Dictionary { name, mut entries, hidden, .. }: Dictionary) -> Self {
        if hidden {
            entries.values_mut().for_each(|value| *value = Value::Null);
        }
        Self { name, entries, hidden }
    }
}

/// Lists the global dictionaries.
#[utoipa::path(get, path = "/v1/dictionaries", responses((status = 200, body = DictionariesView)), tag = "journeys")]
pub(crate) async fn list(State(api): State<Shared>) -> Result<Json<DictionariesView>, Problem> {
    let dictionaries = api.store.dictionaries().await?;
    Ok(Json(DictionariesView { dictionaries: dictionaries.into_iter().map(DictionaryView::from).collect() }))
}

/// Changes entries of a global dictionary, or begins one. Journeys see the change within ten seconds.
#[utoipa::path(
    patch,
    path = "/v1/dictionaries/{name}",
    params(("name" = String, Path, description = "Its name: a letter, then letters, digits, `_` or `-`.")),
    request_body = Change,
    responses((status = 200, body = DictionaryView), (status = 422, description = "A name or value it cannot have.")),
    tag = "journeys"
)]
pub(crate) async fn change(
    State(api): State<Shared>,
    Path(name): Path<String>,
    Body(change): Body<Change>,
) -> Result<Json<DictionaryView>, Problem> {
    for name in std::iter::once(&name).chain(change.entries.keys()) {
        check_name(name)?;
    }
    for _ in 0..ATTEMPTS {
        let known = api.store.dictionaries().await?.into_iter().find(|dictionary| dictionary.name == name);
        let mut dictionary = known.unwrap_or_else(|| Dictionary { name: name.clone(), ..Dictionary::default() });
        for (key, value) in &change.entries {
            match value {
                Value::Null => drop(dictionary.entries.shift_remove(key)),
                value => drop(dictionary.entries.insert(key.clone(), value.clone())),
            }
        }
        if change.hidden == Some(false) && dictionary.hidden {
            let detail = "What is hidden stays hidden: delete the dictionary and write it anew.";
            return Err(Problem::invalid(detail));
        }
        dictionary.hidden = change.hidden.unwrap_or(dictionary.hidden);
        let bytes = serde_json::to_string(&dictionary.entries)?.len();
        if bytes > MAX_BYTES {
            return Err(Problem::invalid(format!("It would have {bytes} bytes; the most is {MAX_BYTES}.")));
        }
        match api.store.save_dictionary(&dictionary).await {
            Ok(()) => return Ok(Json(dictionary.into())),
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Conflict.into())
}

/// Deletes a global dictionary. Journeys that read it find nothing there.
#[utoipa::path(
    delete,
    path = "/v1/dictionaries/{name}",
    params(("name" = String, Path, description = "Its name.")),
    responses((status = 204, description = "It is gone, or never was.")),
    tag = "journeys"
)]
pub(crate) async fn delete(State(api): State<Shared>, Path(name): Path<String>) -> Result<StatusCode, Problem> {
    api.store.delete_dictionary(&name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Names as expressions can write them.
fn check_name(name: &str) -> Result<(), Problem> {
    let mut letters = name.chars();
    let good = letters.next().is_some_and(|first| first == '_' || first.is_alphabetic())
        && letters.all(|letter| matches!(letter, '_' | '-') || letter.is_alphanumeric())
        && name.len() <= 100;
    let detail =
        || format!("`{name}` is not a name: begin with a letter, then letters, digits, `_` or `-`, 100 at most.");
    if good { Ok(()) } else { Err(Problem::invalid(detail())) }
}
