//! What one request asks for, and who asks: read from the headers the AWS SDKs send.

use bytes::Bytes;
use http::{HeaderMap, Method, header};
use serde::{Deserialize, Serialize};

/// A service behind the port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// DynamoDB and its streams.
    DynamoDb,
    /// SQS.
    Sqs,
    /// EventBridge Scheduler.
    Scheduler,
    /// Secrets Manager.
    SecretsManager,
}

impl Service {
    /// The name used in faults and in usage figures.
    pub fn name(self) -> &'static str {
        match self {
            Self::DynamoDb => "dynamodb",
            Self::Sqs => "sqs",
            Self::Scheduler => "scheduler",
            Self::SecretsManager => "secretsmanager",
        }
    }
}

/// One request to a service.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) service: Service,
    /// Operation as the service's model names it, for example `SendMessageBatch`.
    pub(crate) operation: String,
    /// Access key id of the `Authorization` header; empty for an unsigned request.
    pub(crate) access_key_id: String,
    pub(crate) body: Bytes,
}

impl Call {
    /// The function that calls.
    pub(crate) fn caller(&self) -> &str {
        caller_of(&self.access_key_id)
    }
}

/// Function name in an access key id: the local machine gives every function process its own, `local-<function>-<n>`.
/// Any other key id stands for itself.
pub(crate) fn caller_of(access_key_id: &str) -> &str {
    access_key_id
        .strip_prefix("local-")
        .and_then(|rest| rest.rsplit_once('-'))
        .filter(|(function, number)| !function.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
        .map_or(access_key_id, |(function, _)| function)
}

/// Access key id in a Signature Version 4 `Authorization` header. Signatures are not verified: the port is loopback.
pub(crate) fn access_key_id(headers: &HeaderMap) -> &str {
    headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once("Credential="))
        .and_then(|(_, rest)| rest.split_once('/'))
        .map_or("", |(key, _)| key)
}

/// Service and operation of a request, or nothing if no AWS client would send it.
pub(crate) fn target(method: &Method, path: &str, headers: &HeaderMap) -> Option<(Service, String)> {
    if let Some(target) = headers.get("x-amz-target").and_then(|value| value.to_str().ok()) {
        let (prefix, operation) = target.split_once('.')?;
        let service = match prefix {
            "DynamoDB_20120810" | "DynamoDBStreams_20120810" => Service::DynamoDb,
            "AmazonSQS" => Service::Sqs,
            "secretsmanager" => Service::SecretsManager,
            _ => return None,
        };
        return Some((service, operation.to_owned()));
    }
    let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
    let operation = match (segments.as_slice(), method.as_str()) {
        (["schedules"], "GET") => "ListSchedules",
        (["schedules", _], "POST") => "CreateSchedule",
        (["schedules", _], "GET") => "GetSchedule",
        (["schedules", _], "PUT") => "UpdateSchedule",
        (["schedules", _], "DELETE") => "DeleteSchedule",
        (["schedule-groups"], "GET") => "ListScheduleGroups",
        (["schedule-groups", _], "POST") => "CreateScheduleGroup",
        (["schedule-groups", _], "GET") => "GetScheduleGroup",
        (["schedule-groups", _], "DELETE") => "DeleteScheduleGroup",
        _ => return None,
    };
    Some((Service::Scheduler, operation.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn the_caller_is_the_function_in_the_key_id() {
        for (key, caller) in [
            ("local-journeys-1", "journeys"),
            ("local-inbox_api-12", "inbox_api"),
            ("local--1", "local--1"),
            ("local-journeys", "local-journeys"),
            ("AKIAEXAMPLE", "AKIAEXAMPLE"),
            ("", ""),
        ] {
            assert_eq!(caller_of(key), caller, "{key}");
        }
    }

    #[test]
    fn the_key_id_is_read_from_the_signature() {
        let mut headers = HeaderMap::new();
        assert_eq!(access_key_id(&headers), "");
        headers.insert(
            header::AUTHORIZATION,
            HeaderValue::from_static(
                "AWS4-HMAC-SHA256 Credential=local-sender-3/20261122/us-east-1/sqs/aws4_request, S",
            ),
        );
        assert_eq!(access_key_id(&headers), "local-sender-3");
    }

    #[test]
    fn requests_are_told_apart_by_target_or_path() {
        let mut headers = HeaderMap::new();
        let rest = |method: Method, path: &str| target(&method, path, &HeaderMap::new()).map(|found| found.1);
        assert_eq!(rest(Method::POST, "/schedules/a"), Some("CreateSchedule".to_owned()));
        assert_eq!(rest(Method::DELETE, "/schedule-groups/a"), Some("DeleteScheduleGroup".to_owned()));
        assert_eq!(rest(Method::PATCH, "/schedules/a"), None);
        assert_eq!(rest(Method::GET, "/"), None);
        headers.insert("x-amz-target", HeaderValue::from_static("AmazonSQS.SendMessage"));
        assert_eq!(target(&Method::POST, "/", &headers), Some((Service::Sqs, "SendMessage".to_owned())));
        headers.insert("x-amz-target", HeaderValue::from_static("AmazonSNS.Publish"));
        assert_eq!(target(&Method::POST, "/", &headers), None);
    }
}
