//! What any operation may answer besides what it says itself: the refusals, from what holds of its route. One place, so
//! that no route forgets one.

use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{Content, Header, Ref, RefOr, Required, Response};
use utoipa::{Modify, ToSchema};

use crate::access::{Access, ROUTES, Rule};
use crate::http::idempotency::KEY;

/// A problem, as RFC 9457 describes it. Some kinds have further members, which the answer's description names.
#[derive(ToSchema)]
#[schema(as = Problem)]
#[allow(dead_code, reason = "only described; `crate::problem::Problem` is what is answered")]
pub(super) struct ProblemView {
    /// `urn:chasqui:problem:` and the kind. Stable.
    r#type: String,
    /// The kind in words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What is wrong with this request, and what to do.
    detail: String,
}

/// Adds them to every operation.
pub(super) struct Refusals;

impl Modify for Refusals {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        for rule in ROUTES {
            let Some(item) = openapi.paths.paths.get_mut(rule.path) else { continue };
            let operation = match rule.method {
                "GET" => &mut item.get,
                "PUT" => &mut item.put,
                "POST" => &mut item.post,
                "PATCH" => &mut item.patch,
                _ => &mut item.delete,
            };
            if let Some(operation) = operation {
                describe(operation, rule);
            }
        }
    }
}

fn describe(operation: &mut Operation, rule: &Rule) {
    let changes = rule.method != "GET";
    if changes {
        let schema = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(255));
        let schema = schema.pattern(Some("^[!-~]{1,255}$"));
        let why = "Makes the request one that can be repeated for a day: it is carried out once, and the repetition gets \
                   the first answer. It belongs to the token, the method and the path.";
        let key = ParameterBuilder::new()
            .name(KEY)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(why))
            .schema(Some(schema))
            .build();
        operation.parameters.get_or_insert_default().push(RefOr::T(key));
    }
    let has_role = matches!(rule.access, Access::Role(_));
    let refusals = [
        ("400", "The request is not understood; says why.", true),
        ("401", "The token is missing, wrong or revoked.", has_role),
        ("403", "The token's role may not do this.", has_role),
        ("404", "There is no such thing.", rule.path.contains('{')),
        ("409", "It cannot be done as things stand, or the request with this key is still under way.", changes),
        ("413", "The body is too large.", rule.body > 0),
        ("422", "It cannot be carried out, or the key belongs to another request; says why.", changes),
        ("429", "Too many requests at once: API Gateway answers. Ask again later.", true),
        ("503", "A service behind the API did not answer, or API Gateway had no answer. Repeat the request.", true),
    ];
    for (status, description, _) in refusals.into_iter().filter(|(_, _, applies)| *applies) {
        let answer = operation.responses.responses.entry(status.to_owned());
        answer.or_insert_with(|| RefOr::T(Response::new(description)));
    }
    // Those that only some operations know name themselves.
    for (status, answer) in &mut operation.responses.responses {
        if let RefOr::T(answer) = answer
            && (status.starts_with('4') || status.starts_with('5'))
        {
            describe_refusal(status, changes, answer);
        }
    }
}

/// What a refusal holds.
fn describe_refusal(status: &str, changes: bool, answer: &mut Response) {
    if status != "429" {
        let problem = Content::new(Some(Ref::from_schema_name("Problem")));
        answer.content.insert("application/problem+json".to_owned(), RefOr::T(problem));
    }
    if status == "429" || status == "503" {
        let message = ObjectBuilder::new().property("message", ObjectBuilder::new().schema_type(Type::String));
        let own = Content::new(Some(message.description(Some("API Gateway's own answer."))));
        answer.content.insert("application/json".to_owned(), RefOr::T(own));
    }
    let when = match status {
        "503" => "In seconds, with a problem.",
        "409" if changes => "In seconds, when the request with this key is still under way.",
        _ => return,
    };
    let mut retry_after = Header::new(ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)));
    retry_after.description = Some(when.to_owned());
    answer.headers.insert("Retry-After".to_owned(), RefOr::T(retry_after));
}
