//! [`Raw`]: a piece of JSON kept exactly as Meta wrote it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// JSON text, byte for byte as it arrived: key order, escapes, numbers of any size.
///
/// It serializes as a *string* holding that text. Embedding it as JSON would have to survive every format it is put
/// into (a queue, a DynamoDB item), and some valid JSON (`1e999`, 200 levels of nesting) cannot be rebuilt as a value.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Raw(Box<str>);

impl Raw {
    /// Keeps `json`, which the caller found to be JSON.
    pub fn new(json: impl Into<Box<str>>) -> Self {
        Self(json.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text as a value; an error when it is no JSON, or JSON that `serde_json` cannot hold (see [`Raw`]).
    pub fn value(&self) -> Result<Value, serde_json::Error> {
        serde_json::from_str(&self.0)
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&Value> for Raw {
    fn from(value: &Value) -> Self {
        Self::new(value.to_string())
    }
}
