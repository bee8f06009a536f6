//! What can go wrong with the table.

use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::error::TransactionCanceledException;

/// The table did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else changed the item since it was read; read it again and decide anew.
    #[error("the item has changed since it was read; read it again and decide anew")]
    Conflict,
    /// The table cannot take what it was asked to write or find: an item of more than 400 KB, a key of more than 2 KB. The
    /// same again would be refused again.
    #[error("the table cannot take this: {0}")]
    Refused(String),
    /// The call failed. It may or may not have taken effect; every write here can be repeated.
    #[error("the table cannot be reached: {0}")]
    Unreachable(String),
    /// An item does not have the shape this build reads.
    #[error("an item of the table is not readable: {0}")]
    Unreadable(String),
}

impl<E, R> From<SdkError<E, R>> for StoreError
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
    R: std::fmt::Debug + 'static,
{
    fn from(error: SdkError<E, R>) -> Self {
        if error.code() == Some("ValidationException") {
            return Self::Refused(error.message().unwrap_or_default().to_owned());
        }
        Self::Unreachable(DisplayErrorContext(&error).to_string())
    }
}

impl From<&TransactionCanceledException> for StoreError {
    fn from(cancelled: &TransactionCanceledException) -> Self {
        let reasons = cancelled.cancellation_reasons();
        if let Some(refused) = reasons.iter().find(|reason| reason.code() == Some("ValidationError")) {
            return Self::Refused(refused.message().unwrap_or_default().to_owned());
        }
        let mut codes = reasons.iter().filter_map(|reason| reason.code());
        // Any other reason is a failure of its own: trying again at once would only meet it again.
        if codes.all(|code| matches!(code, "None" | "ConditionalCheckFailed" | "TransactionConflict")) {
            Self::Conflict
        } else {
            Self::Unreachable(cancelled.to_string())
        }
    }
}

impl From<serde_dynamo::Error> for StoreError {
    fn from(error: serde_dynamo::Error) -> Self {
        Self::Unreadable(error.to_string())
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::Unreadable(error.to_string())
    }
}

impl From<aws_sdk_dynamodb::error::BuildError> for StoreError {
    fn from(error: aws_sdk_dynamodb::error::BuildError) -> Self {
        Self::Unreadable(error.to_string())
    }
}
