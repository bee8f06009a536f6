//! Refusals in the shape the AWS SDKs turn into typed errors.
//!
//! An SDK names an error by the `x-amzn-errortype` header or the `__type` of the body; SQS, whose protocol was once
//! XML, also by `x-amzn-query-error`, and there some codes differ from the name of the error
//! (<https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#awsquerycompatible-trait>).

use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use serde_json::json;

use crate::call::Service;
use bytes::Bytes;

/// One refusal: what AWS would have answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {message}")]
pub struct AwsError {
    /// Name of the error in the service's model, for example `ReceiptHandleIsInvalid`.
    pub name: String,
    /// HTTP status.
    pub status: u16,
    /// What is wrong, in AWS's words where they are known.
    pub message: String,
}

impl AwsError {
    /// A refusal caused by the request (status 400).
    pub fn refused(name: &str, message: impl Into<String>) -> Self {
        Self { name: name.to_owned(), status: 400, message: message.into() }
    }

    /// A failure of the service itself (status 500): the SDKs retry it.
    pub fn internal(message: impl Into<String>) -> Self {
        Self { name: "InternalFailure".to_owned(), status: 500, message: message.into() }
    }

    /// The request body was not what the operation takes.
    pub(crate) fn unreadable(error: &serde_json::Error) -> Self {
        Self::refused("SerializationException", error.to_string())
    }

    /// The service has no such operation here.
    pub(crate) fn unknown_operation(service: Service, operation: &str) -> Self {
        Self::refused(
            "UnknownOperationException",
            format!("{} has no operation {operation} on this machine", service.name()),
        )
    }

    /// The code of the former XML protocol, which the SQS client matches on.
    pub(crate) fn query_code(&self) -> &str {
        match self.name.as_str() {
            "QueueDoesNotExist" => "AWS.SimpleQueueService.NonExistentQueue",
            "QueueNameExists" => "QueueAlreadyExists",
            "MessageNotInflight" => "AWS.SimpleQueueService.MessageNotInflight",
            "PurgeQueueInProgress" => "AWS.SimpleQueueService.PurgeQueueInProgress",
            "QueueDeletedRecently" => "AWS.SimpleQueueService.QueueDeletedRecently",
            "UnsupportedOperation" => "AWS.SimpleQueueService.UnsupportedOperation",
            "TooManyEntriesInBatchRequest" => "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
            "InvalidBatchEntryId" => "AWS.SimpleQueueService.InvalidBatchEntryId",
            "EmptyBatchRequest" => "AWS.SimpleQueueService.EmptyBatchRequest",
            "BatchEntryIdsNotDistinct" => "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
            "BatchRequestTooLong" => "AWS.SimpleQueueService.BatchRequestTooLong",
            other => other,
        }
    }

    /// The HTTP answer in the protocol of `service`.
    pub(crate) fn into_response(self, service: Service) -> Response<Full<Bytes>> {
        let (namespace, content_type) = match service {
            Service::DynamoDb => ("com.amazonaws.dynamodb.v20120810#", "application/x-amz-json-1.0"),
            Service::Sqs => ("com.amazonaws.sqs#", "application/x-amz-json-1.0"),
            Service::SecretsManager => ("", "application/x-amz-json-1.1"),
            Service::Scheduler => ("", "application/json"),
        };
        let message_key = match service {
            Service::DynamoDb | Service::Sqs => "message",
            Service::SecretsManager | Service::Scheduler => "Message",
        };
        let body = json!({ "__type": format!("{namespace}{}", self.name), message_key: self.message });
        let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        if let Ok(name) = HeaderValue::from_str(&self.name) {
            headers.insert("x-amzn-errortype", name);
        }
        let side = if self.status >= 500 { "Receiver" } else { "Sender" };
        if service == Service::Sqs
            && let Ok(code) = HeaderValue::from_str(&format!("{};{side}", self.query_code()))
        {
            headers.insert("x-amzn-query-error", code);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_protocol_names_the_error_its_own_way() {
        let error = AwsError::refused("QueueDoesNotExist", "no such queue");
        let sqs = error.clone().into_response(Service::Sqs);
        assert_eq!(sqs.status(), 400);
        assert_eq!(sqs.headers()["x-amzn-errortype"], "QueueDoesNotExist");
        assert_eq!(sqs.headers()["x-amzn-query-error"], "AWS.SimpleQueueService.NonExistentQueue;Sender");
        let scheduler = error.into_response(Service::Scheduler);
        assert!(!scheduler.headers().contains_key("x-amzn-query-error"));
        assert_eq!(AwsError::internal("disk full").into_response(Service::Sqs).status(), 500);
    }
}
