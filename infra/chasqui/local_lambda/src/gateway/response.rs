//! A function's answer as an HTTP response, payload format 2.0.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// The gateway's own answers.
pub(super) fn message(status: StatusCode, text: &str) -> Response {
    let body = serde_json::json!({ "message": text }).to_string();
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// A body that is larger than the gateway or Lambda takes: the gateway's own answer, which is a problem document too.
pub(super) fn too_large() -> Response {
    let body = serde_json::json!({
        "message": "Request Entity Too Large", "type": "urn:chasqui:problem:too-large", "title": "The body is too large",
        "status": 413, "detail": "A function is given at most 6 MB, in which the body is escaped once more. Send less at once.",
    });
    let kind = [(header::CONTENT_TYPE, "application/problem+json")];
    (StatusCode::PAYLOAD_TOO_LARGE, kind, body.to_string()).into_response()
}

pub(super) fn internal_error() -> Response {
    message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
}

/// Reads a function's answer. JSON without `statusCode` is the body of a 200; anything that is no proper answer is an
/// internal error, and `Err` says why for the log.
pub(super) fn response(answer: &[u8]) -> Result<Response, String> {
    let answer: Value = serde_json::from_slice(answer).map_err(|error| format!("the answer is no JSON: {error}"))?;
    let Some(status) = answer.get("statusCode") else {
        let body = match answer {
            Value::String(text) => text,
            other => other.to_string(),
        };
        return Ok((StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], body).into_response());
    };
    let code = status.as_u64().or_else(|| status.as_str().and_then(|text| text.parse().ok()));
    let status = code
        .and_then(|code| u16::try_from(code).ok())
        .filter(|code| (100..600).contains(code))
        .and_then(|code| StatusCode::from_u16(code).ok())
        .ok_or_else(|| format!("statusCode {status} is no HTTP status"))?;
    let text = match answer.get("body") {
        None | Some(Value::Null) => "",
        Some(Value::String(text)) => text,
        Some(other) => return Err(format!("body must be text, not {other}")),
    };
    let encoded = answer.get("isBase64Encoded").and_then(Value::as_bool).unwrap_or(false);
    let body = if encoded {
        STANDARD.decode(text).map_err(|error| format!("body is not base64: {error}"))?
    } else {
        text.as_bytes().to_vec()
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    for (name, value) in header_lines(&answer)? {
        // The length and the framing of the body are the gateway's business.
        if ![header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION].contains(&name) {
            response.headers_mut().append(name, value);
        }
    }
    response.headers_mut().entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static("text/plain;charset=UTF-8"));
    Ok(response)
}

/// `headers`, then `cookies`. Format 2.0 has no `multiValueHeaders`: the gateway ignores them, and so does this.
fn header_lines(answer: &Value) -> Result<Vec<(HeaderName, HeaderValue)>, String> {
    let mut lines = Vec::new();
    let mut add = |name: &str, value: &Value| {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            other => return Err(format!("header {name} must be text, not {other}")),
        };
        let line = (name.parse(), text.parse());
        let (Ok(name), Ok(value)) = line else { return Err(format!("header {name:?} cannot be sent")) };
        lines.push((name, value));
        Ok(())
    };
    for (name, value) in answer.get("headers").and_then(Value::as_object).into_iter().flatten() {
        add(name, value)?;
    }
    for cookie in answer.get("cookies").and_then(Value::as_array).into_iter().flatten() {
        add("set-cookie", cookie)?;
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;

    #[test]
    fn improper_answers_are_refused() {
        for answer in [
            "",
            "not json",
            r#"{"statusCode":"abc"}"#,
            r#"{"statusCode":99}"#,
            r#"{"statusCode":99999}"#,
            r#"{"statusCode":200,"body":{"a":1}}"#,
            r#"{"statusCode":200,"body":"%","isBase64Encoded":true}"#,
            r#"{"statusCode":200,"headers":{"bad name":"x"}}"#,
            r#"{"statusCode":200,"headers":{"x":"line\nbreak"}}"#,
            r#"{"statusCode":200,"headers":{"x":[1]}}"#,
        ] {
            assert!(response(answer.as_bytes()).is_err(), "{answer}");
        }
    }

    #[tokio::test]
    async fn answers_become_responses() {
        for (answer, status, kind, body) in [
            (r#"{"statusCode":201,"headers":{"content-type":"text/csv"},"body":"a,b"}"#, 201, "text/csv", "a,b"),
            (r#"{"statusCode":"404","body":null}"#, 404, "text/plain;charset=UTF-8", ""),
            (r#"{"statusCode":200,"body":"w7E=","isBase64Encoded":true}"#, 200, "text/plain;charset=UTF-8", "ñ"),
            (r#"{"hello":"x"}"#, 200, "application/json", r#"{"hello":"x"}"#),
            (r#""plain""#, 200, "application/json", "plain"),
        ] {
            let response = response(answer.as_bytes()).unwrap();
            assert_eq!(response.status().as_u16(), status, "{answer}");
            assert_eq!(response.headers()["content-type"], kind, "{answer}");
            assert_eq!(to_bytes(response.into_body(), 99).await.unwrap(), body, "{answer}");
        }
    }

    #[test]
    fn cookies_are_lines_of_their_own() {
        let answer = r#"{"statusCode":200,"headers":{"content-length":"9","x-n":7},"cookies":["a=1","b=2"],
                         "multiValueHeaders":{"x-m":["1"]}}"#;
        let response = response(answer.as_bytes()).unwrap();
        let cookies: Vec<_> = response.headers().get_all("set-cookie").iter().collect();
        assert_eq!(cookies, ["a=1", "b=2"]);
        assert_eq!(response.headers()["x-n"], "7");
        assert!(response.headers().get("content-length").is_none() && response.headers().get("x-m").is_none());
    }
}
