//! Who may call what. One table; a route without a row is refused to everybody.

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

/// Every route and what it asks.
pub const ROUTES: &[(&str, &str, Access)] = &[
    ("GET", "/health", Anonymous),
    ("GET", "/v1/openapi.json", Role(Operator)),
    // WhatsApp fetches them.
    ("GET", "/v1/assets/{name}", Anonymous),
    ("GET", "/v1/lines/{line}/conversations", Role(Operator)),
    ("GET", "/v1/conversations/{id}", Role(Operator)),
    ("PATCH", "/v1/conversations/{id}", Role(Operator)),
    ("GET", "/v1/conversations/{id}/messages", Role(Operator)),
    ("POST", "/v1/conversations/{id}/messages", Role(Operator)),
    ("GET", "/v1/conversations/{id}/journey", Role(Operator)),
    ("POST", "/v1/conversations/{id}/journey", Role(Operator)),
    ("DELETE", "/v1/conversations/{id}/journey", Role(Operator)),
    ("GET", "/v1/dictionaries", Role(Builder)),
    ("PATCH", "/v1/dictionaries/{name}", Role(Builder)),
    ("DELETE", "/v1/dictionaries/{name}", Role(Administrator)),
    ("GET", "/v1/lines/{line}/reminders", Role(Builder)),
    ("POST", "/v1/lines/{line}/reminders", Role(Administrator)),
    ("GET", "/v1/lines/{line}/reminders/{id}", Role(Builder)),
    ("DELETE", "/v1/lines/{line}/reminders/{id}", Role(Administrator)),
    ("GET", "/v1/journeys", Role(Operator)),
    ("POST", "/v1/journeys", Role(Builder)),
    ("GET", "/v1/journeys/{id}", Role(Operator)),
    ("PATCH", "/v1/journeys/{id}", Role(Builder)),
    ("GET", "/v1/journeys/{id}/draft", Role(Operator)),
    ("PUT", "/v1/journeys/{id}/draft", Role(Builder)),
    ("POST", "/v1/journeys/{id}/publish", Role(Builder)),
    ("POST", "/v1/journeys/{id}/rollback", Role(Builder)),
    ("GET", "/v1/journeys/{id}/revisions", Role(Operator)),
    ("GET", "/v1/journeys/{id}/revisions/{revision}", Role(Operator)),
    ("GET", "/v1/journeys/{id}/diff", Role(Operator)),
    ("POST", "/v1/check/notebook", Role(Builder)),
    ("POST", "/v1/export/journeys", Role(Builder)),
    ("POST", "/v1/import/journeys", Role(Builder)),
    ("GET", "/v1/flow-results/packages", Role(Builder)),
    ("GET", "/v1/flow-results/packages/{id}", Role(Builder)),
    ("GET", "/v1/flow-results/packages/{id}/responses", Role(Builder)),
    ("GET", "/v1/flow-results/packages/{id}/responses.csv", Role(Builder)),
];

/// What a route asks; nothing for a route without a row.
pub fn needed(method: &Method, path: &str) -> Option<Access> {
    // HEAD is GET without the body.
    let method = if *method == Method::HEAD { "GET" } else { method.as_str() };
    ROUTES.iter().find(|(m, p, _)| *m == method && *p == path).map(|(_, _, access)| *access)
}

/// Lets a request pass whose caller may do what it asks; the caller's token goes with it.
pub async fn check(
    State(api): State<Shared>,
    path: MatchedPath,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    match needed(request.method(), path.as_str()) {
        Some(Anonymous) => {}
        Some(Role(role)) => {
            let token = caller(&api, request.headers().get(header::AUTHORIZATION).cloned()).await?;
            if token.role < role {
                return Err(Problem::forbidden(name(role)));
            }
            request.extensions_mut().insert(token);
        }
        None => return Err(Problem::forbidden("none: the route is in no role's table")),
    }
    Ok(next.run(request).await)
}

async fn caller(api: &Shared, authorization: Option<HeaderValue>) -> Result<ApiToken, Problem> {
    let text = authorization
        .as_ref()
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        // `Token` is what programs of the Flow Results specification say.
        .filter(|(scheme, _)| ["bearer", "token"].iter().any(|known| scheme.eq_ignore_ascii_case(known)))
        .map(|(_, token)| token.trim())
        .filter(|token| !token.is_empty())
        .ok_or_else(Problem::unauthorized)?;
    let token = api.store.token(&ApiToken::hash(text)).await?;
    token.filter(|token| token.revoked_at.is_none()).ok_or_else(Problem::unauthorized)
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
        let open: Vec<_> =
            ROUTES.iter().filter(|(_, _, access)| *access == Anonymous).map(|(_, path, _)| *path).collect();
        assert_eq!(open, ["/health", "/v1/assets/{name}"]);
    }

    #[test]
    fn a_route_without_a_row_is_nobodys() {
        assert_eq!(needed(&Method::DELETE, "/v1/conversations/{id}"), None);
        assert_eq!(needed(&Method::HEAD, "/health"), Some(Anonymous));
    }
}
