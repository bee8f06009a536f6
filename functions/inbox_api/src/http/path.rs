//! The path of a request as it was sent.

use axum::extract::Request;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;
use lambda_http::RequestExt as _;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What is escaped in a path. A `/` in a name cannot be told from one between names any more.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Escapes the path again, which API Gateway hands over with its escapes undone: else `#` and `?` in a name end the path,
/// `%41` in one is undone twice, and `..` takes the name before it away.
pub(crate) async fn as_sent(mut request: Request) -> Request {
    if let Some(uri) = sent(&request) {
        *request.uri_mut() = uri;
    }
    request
}

fn sent(request: &Request) -> Option<Uri> {
    let path = request.extensions().raw_http_path();
    if path.is_empty() {
        return None; // not from API Gateway
    }
    let query = match path.contains(['#', '?']) {
        // What stands in the address as its query is part of the path, or nothing.
        true => request.extensions().query_string_parameters_ref().map(|query| in_order(&query.to_query_string())),
        false => request.uri().query().map(str::to_owned),
    };
    let escaped = utf8_percent_encode(path, ESCAPED);
    let text = match query.filter(|query| !query.is_empty()) {
        Some(query) => format!("{escaped}?{query}"),
        None => escaped.to_string(),
    };
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(text).ok()?);
    Uri::from_parts(parts).ok()
}

/// A query by the names in it: as it was read it has no order, and a request that is repeated must look the same.
fn in_order(query: &str) -> String {
    let mut parameters: Vec<&str> = query.split('&').collect();
    parameters.sort_by_key(|parameter| parameter.split('=').next());
    parameters.join("&")
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use lambda_http::request::LambdaRequest;

    use super::*;

    /// The address that is made of this path and query.
    fn address(path: &str, query: &str) -> String {
        let event = serde_json::json!({
            "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query, "headers": {"host": "api"},
            "requestContext": {"http": {"method": "GET", "path": path}, "stage": "$default", "timeEpoch": 0},
            "isBase64Encoded": false,
        });
        let event: LambdaRequest = serde_json::from_value(event).unwrap();
        let request = lambda_http::Request::from(event).map(|_| Body::empty());
        let uri = sent(&request).unwrap();
        uri.path_and_query().unwrap().to_string()
    }

    #[test]
    fn names_are_what_they_were() {
        for (path, query, expected) in [
            ("/v1/journeys/menu", "", "/v1/journeys/menu"),
            ("/v1/journeys/a#b/draft", "", "/v1/journeys/a%23b/draft"),
            ("/v1/journeys/a#b/diff", "to=draft&from=1", "/v1/journeys/a%23b/diff?from=1&to=draft"),
            ("/v1/journeys/a#b", "b=%26&b=2&a=%C3%B1", "/v1/journeys/a%23b?a=%C3%B1&b=%26&b=2"),
            ("/v1/journeys/a?b/draft", "", "/v1/journeys/a%3Fb/draft"),
            ("/v1/journeys/a?b/diff", "from=1", "/v1/journeys/a%3Fb/diff?from=1"),
            ("/v1/journeys/100%25", "", "/v1/journeys/100%2525"),
            ("/v1/journeys/..", "", "/v1/journeys/.."),
            ("/v1/journeys/¿Qué tal?", "a=%C3%B1&a=2", "/v1/journeys/%C2%BFQu%C3%A9%20tal%3F?a=%C3%B1&a=2"),
            ("/v1/journeys/\0", "", "/v1/journeys/%00"),
        ] {
            assert_eq!(address(path, query), expected, "{path}");
        }
    }

    #[test]
    fn what_does_not_come_from_api_gateway_stays_as_it_is() {
        assert_eq!(sent(&Request::new(Body::empty())), None);
    }
}
