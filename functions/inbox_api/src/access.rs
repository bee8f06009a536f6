//! Who may call what, and with how large a body. One table; a route without a row is refused to everybody.

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use store::{ApiToken, TokenRole};

use crate::Shared;
use crate::problem::Problem;

/// What a route asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nothing.
    Anonymous,
    /// A token of this role or a higher one.
    Role(TokenRole),
}

use Access::{Anonymous, Role};
use TokenRole::{Administrator, Builder, Operator};

/// No body.
const NONE: usize = 0;
/// The largest body where nothing else is said. Messages and reminders are far smaller.
const BODY: usize = 256 * 1024;
/// The largest body with one notebook, which itself is smaller: JSON escapes it.
const NOTEBOOK: usize = 2 * store::MAX_NOTEBOOK_BYTES;
/// The largest body with a set of notebooks.
const SET: usize = crate::journeys::transfer::LARGEST_SET;

/// What holds of a route.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The method.
    pub method: &'static str,
    /// The path, with its variables in braces.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
    /// The most bytes of its body; 0 where it has none.
    pub body: usize,
}

const fn rule(method: &'static str, path: &'static str, access: Access, body: usize) -> Rule {
    Rule { method, path, access, body }
}

/// Every route and what holds of it.
pub const ROUTES: &[Rule] = &[
    rule("GET", "/health", Anonymous, NONE),
    rule("GET", "/v1/openapi.json", Role(Operator), NONE),
    // WhatsApp fetches them.
    rule("GET", "/v1/assets/{name}", Anonymous, NONE),
    rule("GET", "/v1/lines/{line}/conversations", Role(Operator), NONE),
    rule("GET", "/v1/conversations/{id}", Role(Operator), NONE),
    rule("PATCH", "/v1/conversations/{id}", Role(Operator), BODY),
    rule("GET", "/v1/conversations/{id}/messages", Role(Operator), NONE),
    rule("POST", "/v1/conversations/{id}/messages", Role(Operator), BODY),
    rule("GET", "/v1/conversations/{id}/journey", Role(Operator), NONE),
    rule("POST", "/v1/conversations/{id}/journey", Role(Operator), BODY),
    rule("DELETE", "/v1/conversations/{id}/journey", Role(Operator), NONE),
    rule("GET", "/v1/dictionaries", Role(Builder), NONE),
    rule("PATCH", "/v1/dictionaries/{name}", Role(Builder), BODY),
    rule("DELETE", "/v1/dictionaries/{name}", Role(Administrator), NONE),
    rule("GET", "/v1/lines/{line}/reminders", Role(Builder), NONE),
    rule("POST", "/v1/lines/{line}/reminders", Role(Administrator), BODY),
    rule("GET", "/v1/lines/{line}/reminders/{id}", Role(Builder), NONE),
    rule("DELETE", "/v1/lines/{line}/reminders/{id}", Role(Administrator), NONE),
    rule("GET", "/v1/notices", Role(Administrator), NONE),
    rule("GET", "/v1/dead-letters", Role(Administrator), NONE),
    rule("GET", "/v1/dead-letters/{id}", Role(Administrator), NONE),
    rule("DELETE", "/v1/dead-letters/{id}", Role(Administrator), NONE),
    rule("POST", "/v1/dead-letters/{id}/replay", Role(Administrator), NONE),
    rule("GET", "/v1/journeys", Role(Operator), NONE),
    rule("POST", "/v1/journeys", Role(Builder), NOTEBOOK),
    rule("GET", "/v1/journeys/{id}", Role(Operator), NONE),
    rule("PATCH", "/v1/journeys/{id}", Role(Builder), BODY),
    rule("GET", "/v1/journeys/{id}/draft", Role(Operator), NONE),
    rule("PUT", "/v1/journeys/{id}/draft", Role(Builder), NOTEBOOK),
    rule("POST", "/v1/journeys/{id}/publish", Role(Builder), BODY),
    rule("POST", "/v1/journeys/{id}/rollback", Role(Builder), BODY),
    rule("GET", "/v1/journeys/{id}/revisions", Role(Operator), NONE),
    rule("GET", "/v1/journeys/{id}/revisions/{revision}", Role(Operator), NONE),
    rule("GET", "/v1/journeys/{id}/diff", Role(Operator), NONE),
    rule("POST", "/v1/check/notebook", Role(Builder), NOTEBOOK),
    rule("POST", "/v1/export/journeys", Role(Builder), BODY),
    rule("POST", "/v1/import/journeys", Role(Builder), SET),
    rule("GET", "/v1/flow-results/packages", Role(Builder), NONE),
    rule("GET", "/v1/flow-results/packages/{id}", Role(Builder), NONE),
    rule("GET", "/v1/flow-results/packages/{id}/responses", Role(Builder), NONE),
    rule("GET", "/v1/flow-results/packages/{id}/responses.csv", Role(Builder), NONE),
];

/// What holds of a route; nothing for one without a row.
pub fn rule_of(method: &Method, path: &str) -> Option<&'static Rule> {
    // HEAD is GET without the body.
    let method = if *method == Method::HEAD { "GET" } else { method.as_str() };
    ROUTES.iter().find(|rule| rule.method == method && rule.path == path)
}

/// Who calls, told apart from all others: the hash of their token.
#[derive(Clone, Debug)]
pub(crate) struct CallerId(pub(crate) String);

/// Lets a request pass whose caller may do what it asks; the caller's token goes with it.
pub async fn check(
    State(api): State<Shared>,
    path: MatchedPath,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    match rule_of(request.method(), path.as_str()).map(|rule| rule.access) {
        Some(Anonymous) => {}
        Some(Role(role)) => {
            let (id, token) = caller(&api, request.headers().get(header::AUTHORIZATION).cloned()).await?;
            if token.role < role {
                return Err(Problem::forbidden(name(role)));
            }
            request.extensions_mut().insert(CallerId(id));
            request.extensions_mut().insert(token);
        }
        None => return Err(Problem::forbidden("none: the route is in no role's table")),
    }
    Ok(next.run(request).await)
}

async fn caller(api: &Shared, authorization: Option<HeaderValue>) -> Result<(String, ApiToken), Problem> {
    let text = authorization
        .as_ref()
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        // `Token` is what programs of the Flow Results specification say.
        .filter(|(scheme, _)| ["bearer", "token"].iter().any(|known| scheme.eq_ignore_ascii_case(known)))
        .map(|(_, token)| token.trim())
        .filter(|token| !token.is_empty())
        .ok_or_else(Problem::unauthorized)?;
    let hash = ApiToken::hash(text);
    let token = api.store.token(&hash).await?;
    let token = token.filter(|token| token.revoked_at.is_none()).ok_or_else(Problem::unauthorized)?;
    Ok((hash, token))
}

fn name(role: TokenRole) -> &'static str {
    match role {
        Operator => "operator",
        Builder => "builder",
        Administrator => "administrator",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_health_and_pictures_are_open_to_everybody() {
        let open: Vec<_> = ROUTES.iter().filter(|rule| rule.access == Anonymous).map(|rule| rule.path).collect();
        assert_eq!(open, ["/health", "/v1/assets/{name}"]);
    }

    #[test]
    fn a_route_without_a_row_is_nobodys() {
        assert!(rule_of(&Method::DELETE, "/v1/conversations/{id}").is_none());
        assert_eq!(rule_of(&Method::HEAD, "/health").unwrap().access, Anonymous);
    }
}
