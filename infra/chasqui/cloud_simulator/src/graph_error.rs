//! Refusals of the Graph API, in Meta's JSON shape and with Meta's codes.
//!
//! Source: <https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>.

use http::StatusCode;
use serde_json::{Value, json};

/// A refusal: the HTTP status and what goes into `{"error":{…}}`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} ({details})")]
pub(crate) struct GraphError {
    /// HTTP status of the answer.
    pub(crate) http_status: StatusCode,
    /// `OAuthException` or, for objects that do not exist, `GraphMethodException`.
    pub(crate) kind: &'static str,
    /// Meta's error code; clients branch on this.
    pub(crate) code: i64,
    /// `error_subcode`, where Meta sends one.
    pub(crate) subcode: Option<i64>,
    /// `(#code) Title`.
    pub(crate) message: String,
    /// `error_data.details`; empty leaves `error_data` out.
    pub(crate) details: String,
}

impl GraphError {
    /// A refusal with the usual status and title of `code`.
    pub(crate) fn new(code: i64, details: impl Into<String>) -> Self {
        let (http_status, title) = meaning(code);
        Self {
            http_status,
            kind: "OAuthException",
            code,
            subcode: None,
            message: format!("(#{code}) {title}"),
            details: details.into(),
        }
    }

    /// 100 with the sentence itself as message, as Graph answers for parameters it validates before WhatsApp does.
    pub(crate) fn parameter(sentence: impl std::fmt::Display) -> Self {
        Self { message: format!("(#100) {sentence}"), ..Self::new(100, "") }
    }

    /// 131008: something required is absent.
    pub(crate) fn missing(details: impl Into<String>) -> Self {
        Self::new(131_008, details)
    }

    /// 131009: a value WhatsApp does not take.
    pub(crate) fn invalid(details: impl Into<String>) -> Self {
        Self::new(131_009, details)
    }

    /// 190: the Bearer token is missing or wrong.
    pub(crate) fn token(sentence: &str) -> Self {
        Self { message: sentence.into(), ..Self::new(190, "") }
    }

    /// 100/33: no such object for this method.
    pub(crate) fn no_object(method: &str, id: &str) -> Self {
        Self {
            kind: "GraphMethodException",
            subcode: Some(33),
            message: format!(
                "Unsupported {} request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation. \
                 Please read the Graph API documentation at https://developers.facebook.com/docs/graph-api",
                method.to_lowercase()
            ),
            ..Self::new(100, "")
        }
    }

    /// 2500: the path starts with no API version or leads nowhere.
    pub(crate) fn unknown_path(path: &str) -> Self {
        Self { message: format!("Unknown path components: {path}"), ..Self::new(2500, "") }
    }

    /// The answer's body.
    #[must_use]
    pub(crate) fn body(&self, trace_id: &str) -> Value {
        let mut error = json!({"message": self.message, "type": self.kind, "code": self.code});
        if !self.details.is_empty() {
            error["error_data"] = json!({"messaging_product": "whatsapp", "details": self.details});
        }
        if let Some(subcode) = self.subcode {
            error["error_subcode"] = subcode.into();
        }
        error["fbtrace_id"] = trace_id.into();
        json!({ "error": error })
    }
}

/// The item of `statuses[].errors` for a failure that comes after the 200.
#[must_use]
pub(crate) fn asynchronous(code: i64, details: Option<&str>) -> Value {
    let (_, title) = meaning(code);
    let details = details.unwrap_or(match code {
        131_026 => "Message Undeliverable.",
        131_047 => "Message failed to send because more than 24 hours have passed since the customer last replied to this number.",
        131_049 => "This message was not delivered to maintain healthy ecosystem engagement.",
        131_050 => "Unable to deliver the message. This recipient has chosen to stop receiving marketing messages on WhatsApp from your business.",
        131_053 => "Media upload error: the file could not be downloaded or is of an unsupported kind.",
        132_015 => "Template is paused due to low quality so it cannot be sent in a template message.",
        _ => title,
    });
    json!({
        "code": code, "title": title, "message": title, "error_data": {"details": details},
        "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
    })
}

/// The usual HTTP status and title of a code.
#[must_use]
pub(crate) fn meaning(code: i64) -> (StatusCode, &'static str) {
    let title = match code {
        0 => "AuthException",
        1 => "API Unknown",
        2 => "API Service",
        3 => "API Method",
        4 => "API Too Many Calls",
        10 => "Permission Denied",
        33 => "Parameter value is not valid",
        100 => "Invalid parameter",
        190 => "Access token has expired",
        368 => "Temporarily blocked for policies violations",
        2500 => "Unknown path components",
        80_007 => "Rate limit issues",
        130_429 => "Rate limit hit",
        130_472 => "User's number is part of an experiment",
        130_497 => "Business account is restricted from messaging users in this country.",
        131_000 => "Something went wrong",
        131_005 => "Access denied",
        131_008 => "Required parameter is missing",
        131_009 => "Parameter value is not valid",
        131_016 => "Service unavailable",
        131_021 => "Recipient cannot be sender",
        131_026 => "Message undeliverable",
        131_030 => "Recipient phone number not in allowed list",
        131_031 => "Business Account locked",
        131_037 => "WhatsApp provided number needs display name approval before message can be sent.",
        131_042 => "Business eligibility payment issue",
        131_045 => "Message failed to send because of an incorrect certificate.",
        131_047 => "Re-engagement message",
        131_048 => "Spam rate limit hit",
        131_049 => "This message was not delivered to maintain healthy ecosystem engagement.",
        131_050 => "User has stopped marketing messages",
        131_051 => "Unsupported message type",
        131_052 => "Media download error",
        131_053 => "Media upload error",
        131_056 => "(Business Account, Consumer Account) pair rate limit hit",
        131_057 => "Business Account is in maintenance mode",
        131_062 => "Business-scoped user id is not supported for this message",
        131_070 => "Thread is controlled by another app",
        132_000 => "Number of parameters does not match the expected number of params",
        132_001 => "Template name does not exist in the translation",
        132_005 => "Translated text too long",
        132_007 => "Template format character policy violated",
        132_012 => "Template parameter format does not match",
        132_015 => "Template is paused",
        132_016 => "Template is disabled",
        133_010 => "Phone number not registered",
        135_000 => "Generic user error",
        137_000 => "Recipient identity key hash mismatch",
        _ => "Error",
    };
    let status = match code {
        0 | 190 => StatusCode::UNAUTHORIZED,
        1 | 131_000 => StatusCode::INTERNAL_SERVER_ERROR,
        2 | 131_016 => StatusCode::SERVICE_UNAVAILABLE,
        3 | 10 | 368 | 131_005 | 131_031 | 131_070 => StatusCode::FORBIDDEN,
        130_429 | 4 | 80_007 => StatusCode::TOO_MANY_REQUESTS,
        132_001 => StatusCode::NOT_FOUND,
        _ => StatusCode::BAD_REQUEST,
    };
    (status, title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_have_meta_shape() {
        let body = GraphError::invalid("Button title length invalid.").body("trace");
        assert_eq!(
            body,
            json!({"error": {"message": "(#131009) Parameter value is not valid", "type": "OAuthException", "code": 131009,
                "error_data": {"messaging_product": "whatsapp", "details": "Button title length invalid."}, "fbtrace_id": "trace"}})
        );
        let missing = GraphError::no_object("POST", "42");
        assert_eq!((missing.http_status, missing.code, missing.subcode), (StatusCode::BAD_REQUEST, 100, Some(33)));
        assert!(missing.body("t")["error"].get("error_data").is_none());
        assert_eq!(GraphError::token("no").http_status, StatusCode::UNAUTHORIZED);
        assert_eq!(GraphError::new(132_001, "").http_status, StatusCode::NOT_FOUND);
    }
}
