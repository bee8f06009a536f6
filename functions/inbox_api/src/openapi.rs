//! The description of the API, made from the code.

mod answers;
pub(crate) mod choices;
pub(crate) mod names;

use answers::Refusals;
use axum::Json;
use choices::Choices;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::{
    assets, conversations, dead_letters, dictionaries, flow_results, journeys, messages, notices, reminders, session,
};

/// The API.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Chasqui",
        description = "The HTTP API of Chasqui: conversations, messages, reminders and journeys. Errors are RFC 9457 \
                       problem details. Times are RFC 3339 in UTC unless a field says otherwise."
    ),
    paths(
        crate::health,
        document,
        assets::read,
        conversations::list,
        conversations::read,
        conversations::change,
        messages::list,
        messages::send,
        session::read,
        session::start,
        session::stop,
        dictionaries::list,
        dictionaries::change,
        dictionaries::delete,
        reminders::list,
        reminders::create,
        reminders::read,
        reminders::cancel,
        notices::list,
        dead_letters::list,
        dead_letters::read,
        dead_letters::replay,
        dead_letters::forget,
        journeys::list,
        journeys::create,
        journeys::read,
        journeys::change,
        journeys::drafts::read,
        journeys::drafts::write,
        journeys::drafts::check,
        journeys::revisions::publish,
        journeys::revisions::rollback,
        journeys::revisions::list,
        journeys::revisions::read,
        journeys::revisions::diff,
        journeys::transfer::export,
        journeys::transfer::import,
        flow_results::list,
        flow_results::read,
        flow_results::responses::list,
        flow_results::responses::csv,
    ),
    components(schemas(answers::ProblemView)),
    modifiers(&Token, &OperationIds, &Refusals, &Choices),
    security(("token" = []))
)]
pub struct Description;

struct Token;

impl Modify for Token {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        openapi.components.get_or_insert_default().add_security_scheme("token", scheme);
    }
}

/// Every operation has an id of its own, for programs that are generated: `get_journeys_id_draft`.
struct OperationIds;

impl Modify for OperationIds {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        for (path, item) in &mut openapi.paths.paths {
            let words = path.trim_start_matches("/v1").replace(['{', '}'], "").replace(['/', '.'], "_");
            let operations = [
                ("get", &mut item.get),
                ("put", &mut item.put),
                ("post", &mut item.post),
                ("patch", &mut item.patch),
                ("delete", &mut item.delete),
            ];
            for (method, operation) in operations {
                if let Some(operation) = operation {
                    operation.operation_id = Some(format!("{method}{words}"));
                }
            }
        }
    }
}

/// This description.
#[utoipa::path(
    get,
    path = "/v1/openapi.json",
    responses((status = 200, description = "The OpenAPI description.", body = Object)),
    tag = "service"
)]
pub async fn document() -> Json<utoipa::openapi::OpenApi> {
    Json(Description::openapi())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::ROUTES;
    use crate::http::idempotency::KEY;
    use std::collections::BTreeSet;

    #[test]
    fn every_route_is_described_and_has_its_role() {
        let document = serde_json::to_value(Description::openapi()).unwrap();
        let described: BTreeSet<(String, String)> = document["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, methods)| {
                methods.as_object().unwrap().keys().map(move |method| (method.to_uppercase(), path.clone()))
            })
            .collect();
        let ruled: BTreeSet<_> = ROUTES.iter().map(|rule| (rule.method.to_owned(), rule.path.to_owned())).collect();
        assert_eq!(described, ruled);
    }

    #[test]
    fn every_operation_says_how_it_may_be_refused() {
        let document = serde_json::to_value(Description::openapi()).unwrap();
        for rule in ROUTES {
            let operation = &document["paths"][rule.path][rule.method.to_lowercase()];
            let mut expected = vec!["400", "429", "503"];
            if rule.access != crate::access::Access::Anonymous {
                expected.extend(["401", "403"]);
            }
            if rule.path.contains('{') {
                expected.push("404");
            }
            if rule.method != "GET" {
                expected.extend(["409", "422"]);
            }
            if rule.body > 0 {
                expected.push("413");
            }
            for status in expected {
                let answer = &operation["responses"][status];
                assert!(answer["description"].is_string(), "{} {}: {status}", rule.method, rule.path);
                let problem = &answer["content"]["application/problem+json"]["schema"]["$ref"];
                let reference = "#/components/schemas/Problem";
                assert!(status == "429" || problem == reference, "{} {}: {status}", rule.method, rule.path);
                let own = &answer["content"]["application/json"]["schema"]["properties"]["message"]["type"];
                let is_own = ["429", "503"].contains(&status);
                assert_eq!(own == "string", is_own, "{} {}: {status}", rule.method, rule.path);
            }
            assert_eq!(operation["responses"]["503"]["headers"]["Retry-After"]["schema"]["type"], "integer");
        }
        assert_eq!(document["components"]["schemas"]["Problem"]["type"], "object");
    }

    #[test]
    fn parameters_and_bodies_have_the_bounds_that_are_checked() {
        let document = serde_json::to_value(Description::openapi()).unwrap();
        let operations =
            document["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap().values());
        for parameter in operations.flat_map(|operation| operation["parameters"].as_array().into_iter().flatten()) {
            let schema = &parameter["schema"];
            let is_bounded = match parameter["name"].as_str().unwrap() {
                "limit" => (&schema["minimum"], &schema["maximum"]) == (&1.into(), &100.into()),
                "page[size]" => schema["minimum"] == 1 && schema["maximum"].as_u64().is_some_and(|most| most >= 1_000),
                "after" if schema["type"] == "integer" => schema["maximum"] == u32::MAX,
                "after" | "from" | "to" | "If-Match" | "page[afterCursor]" | "page[beforeCursor]" | KEY => {
                    schema["pattern"].is_string()
                }
                "filter[start-timestamp]" | "filter[end-timestamp]" => schema["format"] == "date-time",
                "status" => schema.to_string().contains("ConversationStatus"),
                _ => parameter["in"] == "path" || schema["type"] == "boolean",
            };
            assert!(is_bounded, "{parameter}");
        }
        let schemas = &document["components"]["schemas"];
        assert_eq!(schemas["ConversationStatus"]["enum"], serde_json::json!(["open", "done"]));
        assert_eq!(schemas["Reply"]["allOf"][1]["oneOf"][0]["required"], serde_json::json!(["text"]));
        let reminder = &schemas["NewReminder"]["allOf"];
        assert_eq!(reminder[0]["allOf"][1]["oneOf"][1]["required"], serde_json::json!(["cron"]));
        assert_eq!(reminder[1]["oneOf"][1]["properties"]["fallback"]["type"], "null");
    }

    #[test]
    fn operations_have_ids_of_their_own_and_parameters_stand_where_they_are_read() {
        let document = serde_json::to_value(Description::openapi()).unwrap();
        let mut ids = BTreeSet::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let id = operation["operationId"].as_str().unwrap().to_owned();
                assert!(ids.insert(id.clone()), "{method} {path}: another operation is called {id}");
                for parameter in operation["parameters"].as_array().into_iter().flatten() {
                    let name = parameter["name"].as_str().unwrap();
                    let in_path = path.contains(&format!("{{{name}}}"));
                    assert_eq!(parameter["in"] == "path", in_path, "{method} {path}: {name}");
                }
            }
        }
        assert!(ids.contains("get_journeys_id_draft"), "{ids:?}");
    }
}
