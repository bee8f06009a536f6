//! A request as the event of an HTTP API, payload format 2.0.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>

use super::routes::Match;
use axum::extract::Query;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::net::SocketAddr;

/// The one account, API and stage there are.
const ACCOUNT: &str = "000000000000";
const API: &str = "local";

/// Who asked, when, and under which ids.
pub(super) struct Origin {
    pub(super) peer: SocketAddr,
    pub(super) request_id: String,
    pub(super) trace_id: String,
    pub(super) time: Timestamp,
}

/// Builds the event. `path` is decoded: `rawPath` of an HTTP API is, whatever its name says.
pub(super) fn event(parts: &Parts, path: &str, body: &Bytes, found: &Match<'_>, origin: &Origin) -> Value {
    let mut headers = headers(&parts.headers);
    let host = headers.get("host").and_then(Value::as_str).unwrap_or_default().to_owned();
    let (domain, port) = host.rsplit_once(':').unwrap_or((&host, "80"));
    for (name, value) in [
        ("x-forwarded-for", origin.peer.ip().to_string()),
        ("x-forwarded-port", port.to_owned()),
        ("x-forwarded-proto", "http".into()),
        ("x-amzn-trace-id", origin.trace_id.clone()),
        ("content-length", body.len().to_string()),
    ] {
        headers.insert(name.into(), value.into());
    }
    let mut event = json!({
        "version": "2.0",
        "routeKey": found.route.key(),
        "rawPath": path,
        "rawQueryString": parts.uri.query().unwrap_or_default(),
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": API,
            "domainName": domain,
            "domainPrefix": domain.split('.').next().unwrap_or_default(),
            "http": {
                "method": parts.method.as_str(),
                "path": path,
                "protocol": format!("{:?}", parts.version),
                "sourceIp": origin.peer.ip().to_string(),
                "userAgent": headers.get("user-agent").cloned().unwrap_or_else(|| "".into()),
            },
            "requestId": origin.request_id,
            "routeKey": found.route.key(),
            "stage": "$default",
            "time": origin.time.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "timeEpoch": origin.time.as_millisecond(),
        },
        "headers": headers,
        "isBase64Encoded": false,
    });
    let mut add = |name: &str, value: Value| event[name] = value;
    if let Some(cookies) = cookies(&parts.headers) {
        add("cookies", cookies);
    }
    if let Some(query) = query(parts) {
        add("queryStringParameters", query);
    }
    if !found.path_parameters.is_empty() {
        add("pathParameters", json!(found.path_parameters));
    }
    if !body.is_empty() {
        match std::str::from_utf8(body) {
            Ok(text) if is_text(&parts.headers) => add("body", text.into()),
            _ => {
                add("body", STANDARD.encode(body).into());
                add("isBase64Encoded", true.into());
            }
        }
    }
    event
}

/// Names in lower case, repeated ones joined by a comma. Cookies have a place of their own.
fn headers(headers: &HeaderMap) -> Map<String, Value> {
    let mut joined = Map::new();
    for name in headers.keys().filter(|name| **name != header::COOKIE) {
        let values = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
        joined.insert(name.as_str().to_owned(), values.collect::<Vec<_>>().join(",").into());
    }
    joined
}

fn cookies(headers: &HeaderMap) -> Option<Value> {
    let lines =
        headers.get_all(header::COOKIE).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let cookies: Vec<String> =
        lines.flat_map(|line| line.split(';').map(|cookie| cookie.trim().to_owned()).collect::<Vec<_>>()).collect();
    (!cookies.is_empty()).then(|| cookies.into())
}

/// Decoded, repeated names joined by a comma.
fn query(parts: &Parts) -> Option<Value> {
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri).ok()?;
    let mut joined: Map<String, Value> = Map::new();
    for (name, value) in pairs {
        match joined.get_mut(&name) {
            Some(Value::String(values)) => {
                values.push(',');
                values.push_str(&value);
            }
            _ => drop(joined.insert(name, value.into())),
        }
    }
    (!joined.is_empty()).then(|| joined.into())
}

/// Only these arrive as text; all else is base64, forms and bodies without a content type included. The documentation
/// does not list them; this is how the service behaves.
fn is_text(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.starts_with("text/")
        || ["application/json", "application/xml", "application/javascript"].contains(&essence.as_str())
}

/// Decodes `%41`; what is no valid escape stays as it is. `None` when the result is not UTF-8.
pub(super) fn percent_decode(path: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digit = |index: usize| after.get(index).and_then(|byte| char::from(*byte).to_digit(16));
        match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                decoded.extend(u8::try_from(high * 16 + low));
                rest = &after[2..];
            }
            _ => {
                decoded.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::routes::Routes;
    use crate::template::Route;
    use aws_lambda_events::event::apigw::ApiGatewayV2httpRequest;

    fn made(request: axum::http::request::Builder, body: &[u8]) -> Value {
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let route = Route { method: "ANY".into(), path: "/v1/{proxy+}".into(), function: "f".into(), throttle: None };
        let routes = Routes::new(&[route]);
        let path = percent_decode(parts.uri.path()).unwrap();
        let found = routes.find(parts.method.as_str(), &path).unwrap();
        let origin = Origin {
            peer: "127.0.0.1:9".parse().unwrap(),
            request_id: "r-1".into(),
            trace_id: "Root=1-0-0".into(),
            time: "2026-03-12T19:03:58.390Z".parse().unwrap(),
        };
        event(&parts, &path, &Bytes::copy_from_slice(body), &found, &origin)
    }

    #[test]
    fn bodies_are_text_only_for_the_types_that_are() {
        for (kind, text) in [
            ("", false),
            ("application/x-www-form-urlencoded", false),
            ("multipart/form-data; boundary=x", false),
            ("application/vnd.api+json", false),
            ("image/png", false),
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("text/csv", true),
        ] {
            let mut request = axum::http::Request::post("/v1/x");
            if !kind.is_empty() {
                request = request.header("content-type", kind);
            }
            let event = made(request, b"a=1");
            assert_eq!(event["isBase64Encoded"], !text, "{kind}");
            assert_eq!(event["body"], if text { "a=1" } else { "YT0x" }, "{kind}");
        }
        let broken = made(axum::http::Request::post("/v1/x").header("content-type", "text/plain"), &[0xff, 0xfe]);
        assert_eq!((&broken["body"], &broken["isBase64Encoded"]), (&json!("//4="), &json!(true)));
        assert!(made(axum::http::Request::get("/v1/x"), b"").get("body").is_none());
    }

    #[test]
    fn functions_read_every_field_of_the_event() {
        let request = axum::http::Request::get("/v1/a%20b/%C3%B1?x=1&y=%20&x=2")
            .header("Host", "127.0.0.1:8080")
            .header("User-Agent", "curl/8")
            .header("X-Many", "one")
            .header("X-Many", "two")
            .header("Cookie", "a=1; b=2");
        let value = made(request, b"");
        assert_eq!(value["rawPath"], "/v1/a b/ñ");
        assert_eq!(value["headers"]["x-many"], "one,two");
        assert_eq!(value["queryStringParameters"]["x"], "1,2");
        assert!(value["headers"].get("cookie").is_none());
        let event: ApiGatewayV2httpRequest = serde_json::from_value(value).unwrap();
        assert_eq!(event.version.as_deref(), Some("2.0"));
        assert_eq!(event.route_key.as_deref(), Some("ANY /v1/{proxy+}"));
        assert_eq!(event.raw_query_string.as_deref(), Some("x=1&y=%20&x=2"));
        assert_eq!(event.query_string_parameters.all("x"), Some(vec!["1", "2"]));
        assert_eq!(event.query_string_parameters.first("y"), Some(" "));
        assert_eq!(event.cookies.unwrap(), ["a=1", "b=2"]);
        assert_eq!(event.path_parameters["proxy"], "a b/ñ");
        let context = event.request_context;
        assert_eq!(context.http.method, axum::http::Method::GET);
        assert_eq!(context.http.path.as_deref(), Some("/v1/a b/ñ"));
        assert_eq!(context.http.protocol.as_deref(), Some("HTTP/1.1"));
        assert_eq!(context.http.source_ip.as_deref(), Some("127.0.0.1"));
        assert_eq!(context.http.user_agent.as_deref(), Some("curl/8"));
        assert_eq!(context.stage.as_deref(), Some("$default"));
        assert_eq!(context.time.as_deref(), Some("12/Mar/2026:19:03:58 +0000"));
        assert_eq!(context.time_epoch, 1_773_342_238_390);
        assert_eq!(context.request_id.as_deref(), Some("r-1"));
    }

    #[test]
    fn broken_escapes_stay() {
        for (path, decoded) in [("/%", Some("/%")), ("/%4", Some("/%4")), ("/%zz%41", Some("/%zzA")), ("/%ff", None)] {
            assert_eq!(percent_decode(path).as_deref(), decoded, "{path}");
        }
    }
}
