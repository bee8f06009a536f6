//! An error as Meta reports it inside webhooks.

use crate::errors::{Meaning, meaning};
use crate::wire::{Object, lenient};
use serde::{Deserialize, Serialize};

/// One element of an `errors[]` of a message, a status or a line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WireError {
    /// The code; branch on this. 0 when Meta gave none.
    #[serde(deserialize_with = "code")]
    pub code: i64,
    /// Short English title; changes without notice.
    #[serde(deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// English message.
    #[serde(deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What exactly went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_data: Option<ErrorData>,
    /// Link to the documentation.
    #[serde(deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub href: Option<String>,
}

/// The detail of an error.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ErrorData {
    /// One English sentence.
    #[serde(deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
}

impl WireError {
    /// The detail, or else the message, or else the title.
    pub fn details(&self) -> Option<&str> {
        let details = self.error_data.as_ref().and_then(|data| data.details.as_deref());
        details.or(self.message.as_deref()).or(self.title.as_deref())
    }

    /// What it means and what to do about it.
    pub fn meaning(&self) -> Meaning {
        meaning(self.code, self.details(), None)
    }

    pub(super) fn read_all(object: &Object<'_>) -> Vec<Self> {
        // An error that cannot be read is still an error: it must not make the message look well.
        let items = object.items("errors").unwrap_or_default();
        items.into_iter().map(|json| serde_json::from_str(json).unwrap_or_default()).collect()
    }
}

fn code<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    Ok(lenient::integer(deserializer)?.unwrap_or_default())
}
