//! The responses of a package: pages of rows, for programs as JSON and for spreadsheets as CSV.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Page, ResultPlace, ResultsQuery, StoredResult};
use utoipa::{IntoParams, ToSchema};

use super::{COLUMNS, json_api, moment, package, package_id, package_name, url};
use crate::Shared;
use crate::problem::Problem;

/// The kinds of files.
const FILES: [&str; 5] = ["image", "audio", "video", "document", "sticker"];

/// How many responses a page has, when it is not said and at most.
struct Sizes {
    usual: usize,
    most: usize,
}

const JSON: Sizes = Sizes { usual: 500, most: 1000 };
const CSV: Sizes = Sizes { usual: 5000, most: 5000 };

/// Which responses.
#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResponsesQuery {
    /// Only those recorded after this moment, an RFC 3339 date and time.
    #[param(value_type = Option<String>, format = DateTime)]
    #[serde(rename = "filter[start-timestamp]")]
    since: Option<String>,
    /// Only those recorded before or at this moment.
    #[param(value_type = Option<String>, format = DateTime)]
    #[serde(rename = "filter[end-timestamp]")]
    until: Option<String>,
    /// How many. Each route describes its own bounds.
    #[param(ignore)]
    #[serde(rename = "page[size]")]
    size: Option<usize>,
    /// Those that follow the response with this `row_id`.
    #[param(max_length = 100, pattern = "^[0-9]{16}-.+-[0-9]{1,4}$")]
    #[serde(rename = "page[afterCursor]")]
    after: Option<String>,
    /// Those that precede the response with this `row_id`.
    #[param(max_length = 100, pattern = "^[0-9]{16}-.+-[0-9]{1,4}$")]
    #[serde(rename = "page[beforeCursor]")]
    before: Option<String>,
}

/// A page of responses.
#[derive(Serialize, ToSchema)]
pub(crate) struct ResponsesPage {
    /// `type`, `id`, `attributes` with the rows, `relationships` with the links to the `next` and `previous` page. A row is
    /// `[timestamp, row_id, contact_id, session_id, question_id, response, response_metadata]`.
    #[schema(value_type = Object)]
    data: Value,
}

/// Lists responses, oldest first. What was recorded in the last seconds may still be missing.
#[utoipa::path(
    get,
    path = "/v1/flow-results/packages/{id}/responses",
    params(
        ("id" = String, Path, description = "The package, or its journey by id or name."),
        ("page[size]" = Option<usize>, Query, minimum = 1, maximum = 1000, description = "How many: 1 to 1,000, 500 by default."),
        ResponsesQuery,
    ),
    responses(
        (status = 200, body = ResponsesPage, content_type = "application/vnd.api+json"),
        (status = 400, description = "A parameter is not understood; says which."),
        (status = 404, description = "There is no such package."),
    ),
    tag = "results"
)]
pub(crate) async fn list(
    State(api): State<Shared>,
    Path(id): Path<String>,
    query: Result<Query<ResponsesQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Query(query) = query?;
    let wanted = query.read(&JSON)?;
    let entry = package(&api, &id).await?;
    let (found, more) = api.store.results(&entry.id, &wanted).await?;
    let id = package_id(&entry.id);
    let here = url(&headers, &format!("/{id}"));
    let (next, previous) = query.neighbours(&format!("{here}/responses"), &found, more);
    let data = json!({
        "type": "responses",
        "id": id,
        "attributes": { "responses": found.iter().map(row).collect::<Vec<_>>() },
        "relationships": {
            "descriptor": { "links": { "self": here } },
            "links": { "self": query.address(&format!("{here}/responses")), "next": next, "previous": previous },
        },
    });
    Ok(json_api(&ResponsesPage { data }))
}

/// Downloads responses as a table for spreadsheets, oldest first. A header `Link` leads to the next page, if there is one.
#[utoipa::path(
    get,
    path = "/v1/flow-results/packages/{id}/responses.csv",
    params(
        ("id" = String, Path, description = "The package, or its journey by id or name."),
        ("page[size]" = Option<usize>, Query, minimum = 1, maximum = 5000, description = "How many: 1 to 5,000, which is the default."),
        ResponsesQuery,
    ),
    responses(
        (status = 200, description = "The columns of a response, with a line of titles.", content_type = "text/csv"),
        (status = 400, description = "A parameter is not understood; says which."),
        (status = 404, description = "There is no such package."),
    ),
    tag = "results"
)]
pub(crate) async fn csv(
    State(api): State<Shared>,
    Path(id): Path<String>,
    query: Result<Query<ResponsesQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Query(query) = query?;
    let wanted = query.read(&CSV)?;
    let entry = package(&api, &id).await?;
    let (found, more) = api.store.results(&entry.id, &wanted).await?;
    let here = url(&headers, &format!("/{}/responses.csv", package_id(&entry.id)));
    let (next, _) = query.neighbours(&here, &found, more);
    let file = format!("attachment; filename=\"{}.csv\"", package_name(&entry.name));
    let kind = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, file),
        // On the way through Lambda a text loses its first character, the mark of UTF-8; what is encoded goes as it is.
        (header::CONTENT_ENCODING, "identity".to_owned()),
    ];
    let mut response = (kind, table(&found)?).into_response();
    if let Some(link) = next.and_then(|next| format!("<{next}>; rel=\"next\"").parse().ok()) {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

impl ResponsesQuery {
    fn read(&self, sizes: &Sizes) -> Result<ResultsQuery, Problem> {
        let size = self.size.unwrap_or(sizes.usual);
        if size == 0 || size > sizes.most {
            return Err(Problem::bad_request(format!("`page[size]` is {size}; it can be 1 to {}.", sizes.most)));
        }
        let page = match (&self.after, &self.before) {
            (None, None) => Page::First,
            (Some(after), None) => Page::After(place("page[afterCursor]", after)?),
            (None, Some(before)) => Page::Before(place("page[beforeCursor]", before)?),
            (Some(_), Some(_)) => {
                let detail = "A page begins at `page[afterCursor]` or ends at `page[beforeCursor]`: give one of them.";
                return Err(Problem::bad_request(detail));
            }
        };
        let since = self.since.as_deref().map(|since| time("filter[start-timestamp]", since)).transpose()?;
        let until = self.until.as_deref().map(|until| time("filter[end-timestamp]", until)).transpose()?;
        Ok(ResultsQuery { since, until, page, limit: size })
    }

    /// The addresses of the next and the previous page, when there is something to be expected.
    fn neighbours(&self, base: &str, found: &[StoredResult], more: bool) -> (Option<String>, Option<String>) {
        let backwards = self.before.is_some();
        let other = |after: Option<&StoredResult>, before: Option<&StoredResult>| Self {
            since: self.since.clone(),
            until: self.until.clone(),
            size: self.size,
            after: after.map(|result| result.place.to_string()),
            before: before.map(|result| result.place.to_string()),
        };
        let next = found.last().filter(|_| more || backwards).map(|last| other(Some(last), None).address(base));
        let is_beyond_the_first = if backwards { more } else { self.after.is_some() };
        let previous = found.first().filter(|_| is_beyond_the_first);
        (next, previous.map(|first| other(None, Some(first)).address(base)))
    }

    /// The address with these parameters.
    fn address(&self, base: &str) -> String {
        let size = self.size.map(|size| size.to_string());
        let parameters = [
            ("filter[start-timestamp]", &self.since),
            ("filter[end-timestamp]", &self.until),
            ("page[size]", &size),
            ("page[afterCursor]", &self.after),
            ("page[beforeCursor]", &self.before),
        ];
        let encoded = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
        let given = parameters.iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
        let given: Vec<String> = given.map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        if given.is_empty() { base.to_owned() } else { format!("{base}?{}", given.join("&")) }
    }
}

/// The longest id of a response, in bytes. Ours are shorter; the table would not take a much longer one as a key.
const LONGEST_PLACE: usize = 100;

fn place(name: &str, text: &str) -> Result<ResultPlace, Problem> {
    if text.len() > LONGEST_PLACE {
        return Err(Problem::bad_request(format!("`{name}` is longer than the id of any response.")));
    }
    text.parse().map_err(|error| Problem::bad_request(format!("`{name}`: {error}.")))
}

/// A moment. The `+` of an offset that was not encoded has become a space.
fn time(name: &str, text: &str) -> Result<Timestamp, Problem> {
    let moment = text.trim().replace(' ', "+").parse();
    moment.map_err(|_| {
        let detail = format!("`{name}` is `{text}`, and not a date and time such as `2026-03-01T10:00:00+00:00`.");
        Problem::bad_request(detail)
    })
}

/// A result as a row.
fn row(result: &StoredResult) -> [Value; 7] {
    let (response, mut metadata) = response(&result.value);
    if let Some(label) = &result.label {
        metadata["label"] = json!(label);
    }
    [
        json!(moment(result.place.at())),
        json!(result.place.to_string()),
        json!(result.contact),
        json!(result.session),
        json!(result.key),
        response,
        metadata,
    ]
}

/// The response to a question, and its metadata: whatever the question is, they say the type of this answer.
fn response(value: &Value) -> (Value, Value) {
    let typed = |kind: &str| json!({ "type": kind, "type_options": {} });
    let member = |name: &str| value.get(name).filter(|member| !member.is_null());
    match value {
        Value::Null => (Value::Null, json!({})),
        Value::Number(_) => (value.clone(), typed("numeric")),
        Value::String(_) => (value.clone(), typed("text")),
        Value::Bool(_) | Value::Array(_) => (json!(value.to_string()), typed("text")),
        Value::Object(_) => {
            let file = member("kind").and_then(Value::as_str).filter(|kind| FILES.contains(kind)).zip(member("id"));
            if let (Some(latitude), Some(longitude)) = (member("latitude"), member("longitude")) {
                let mut metadata = typed("geo_point");
                for name in ["name", "address"] {
                    if let Some(text) = member(name) {
                        metadata[name] = text.clone();
                    }
                }
                (json!([latitude, longitude]), metadata)
            } else if let Some((kind, id)) = file {
                // The specification knows pictures, sound and films; any other file is a text, with its media type.
                let mut metadata = typed(match kind {
                    "sticker" => "image",
                    "document" => "text",
                    kind => kind,
                });
                if let Some(format) = member("mime_type") {
                    metadata["format"] = format.clone();
                }
                (id.clone(), metadata)
            } else if let Some(acting) = member("__value__") {
                response(acting)
            } else {
                (json!(value.to_string()), typed("text"))
            }
        }
    }
}

/// Responses as a table.
fn table(results: &[StoredResult]) -> Result<Vec<u8>, Problem> {
    // Spreadsheets take a file for UTF-8 when it begins so.
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record(COLUMNS.map(|(name, ..)| name)).map_err(Problem::unavailable)?;
    for result in results {
        writer.write_record(row(result).map(|value| cell(&value))).map_err(Problem::unavailable)?;
    }
    writer.into_inner().map_err(|error| Problem::unavailable(error.error()))
}

/// A value as a cell. What people wrote must not be run as a formula when a spreadsheet opens it.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => format!("'{text}"),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(number: usize) -> ResultPlace {
        format!("0001772359200000-4f0c-{number}").parse().unwrap()
    }

    fn result(number: usize, value: Value) -> StoredResult {
        let (contact, session) = (domain::id::ContactId::new("c1"), domain::id::SessionId::new("s1"));
        StoredResult { place: place(number), contact, session, key: "age".to_owned(), value, label: None }
    }

    #[test]
    fn responses_are_told_by_what_they_are() {
        for (value, expected, kind) in [
            (json!("34"), json!("34"), "text"),
            (json!(34.5), json!(34.5), "numeric"),
            (json!(true), json!("true"), "text"),
            (json!(["a", 1]), json!("[\"a\",1]"), "text"),
            (json!({"latitude": -0.2, "longitude": -78.5, "name": null}), json!([-0.2, -78.5]), "geo_point"),
            (json!({"__value__": "audio", "kind": "audio", "id": "77"}), json!("77"), "audio"),
            (json!({"__value__": "sticker", "kind": "sticker", "id": "78"}), json!("78"), "image"),
            (json!({"__value__": "sí", "index": 0}), json!("sí"), "text"),
            (json!({"a": 1}), json!("{\"a\":1}"), "text"),
        ] {
            let (response, metadata) = response(&value);
            assert_eq!((response, &metadata["type"]), (expected, &json!(kind)), "{value}");
        }
        assert_eq!(response(&Value::Null), (Value::Null, json!({})));
        let place = json!({"latitude": 1, "longitude": 2, "address": "Av. 6"});
        assert_eq!(response(&place).1["address"], "Av. 6");
    }

    #[test]
    fn a_table_opens_in_spreadsheets_and_runs_nothing() {
        let results =
            [result(0, json!("=1+1")), result(1, json!(-5)), result(2, json!("a, \"b\"\nñ")), result(3, Value::Null)];
        let table = String::from_utf8(table(&results).unwrap()).unwrap();
        let lines: Vec<&str> = table.split_inclusive('\n').collect();
        assert_eq!(lines[0], "\u{feff}timestamp,row_id,contact_id,session_id,question_id,response,response_metadata\n");
        let head = |number| format!("2026-03-01T10:00:00.000+00:00,0001772359200000-4f0c-{number},c1,s1,age,");
        let text = r#","{""type"":""text"",""type_options"":{}}""#;
        assert_eq!(lines[1], format!("{}'=1+1{text}\n", head(0)));
        assert_eq!(lines[2], format!("{}-5{}\n", head(1), text.replace("text", "numeric")));
        assert_eq!(lines[3..5].concat(), format!("{}\"a, \"\"b\"\"\nñ\"{text}\n", head(2)));
        assert_eq!(lines[5], format!("{},{{}}\n", head(3)));
        assert_eq!(lines.len(), 6);
    }

    #[test]
    fn pages_lead_to_their_neighbours() {
        let found = [result(0, json!(1)), result(1, json!(2))];
        let [first, last] = ["0001772359200000%2D4f0c%2D0", "0001772359200000%2D4f0c%2D1"];
        let after = Some(format!("/r?page%5Bsize%5D=2&page%5BafterCursor%5D={last}"));
        let before = Some(format!("/r?page%5Bsize%5D=2&page%5BbeforeCursor%5D={first}"));
        let query = |after: Option<&str>, before: Option<&str>| ResponsesQuery {
            size: Some(2),
            after: after.map(str::to_owned),
            before: before.map(str::to_owned),
            ..ResponsesQuery::default()
        };
        assert_eq!(query(None, None).neighbours("/r", &found, false), (None, None));
        assert_eq!(query(None, None).neighbours("/r", &found, true), (after.clone(), None));
        assert_eq!(query(Some("x"), None).neighbours("/r", &found, false), (None, before.clone()));
        assert_eq!(query(Some("x"), None).neighbours("/r", &found, true), (after.clone(), before.clone()));
        assert_eq!(query(None, Some("x")).neighbours("/r", &found, false), (after.clone(), None));
        assert_eq!(query(None, Some("x")).neighbours("/r", &found, true), (after, before));
        assert_eq!(query(Some("x"), None).neighbours("/r", &[], false), (None, None));
    }

    #[test]
    fn parameters_that_are_not_understood_are_refused() {
        let given = |change: fn(&mut ResponsesQuery)| {
            let mut query = ResponsesQuery::default();
            change(&mut query);
            query.read(&JSON)
        };
        assert!(given(|query| query.size = Some(0)).is_err());
        assert!(given(|query| query.size = Some(1001)).is_err());
        assert!(given(|query| query.since = Some("yesterday".into())).is_err());
        assert!(given(|query| query.after = Some("7".into())).is_err());
        assert!(given(|query| query.after = Some(format!("0001772359200000-{}-0", "f".repeat(3_000)))).is_err());
        let both = |query: &mut ResponsesQuery| {
            let place = Some(place(0).to_string());
            (query.after, query.before) = (place.clone(), place);
        };
        assert!(given(both).is_err());
        for moment in ["2026-03-01T10:00:00+00:00", "2026-03-01T10:00:00 00:00", "2026-03-01T10:00:00Z"] {
            let query = ResponsesQuery { until: Some(moment.to_owned()), ..ResponsesQuery::default() };
            assert_eq!(query.read(&JSON).unwrap().until.unwrap().as_second(), 1_772_359_200, "{moment}");
        }
    }
}
