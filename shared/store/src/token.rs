//! API tokens. The table knows only their SHA-256: who reads the table cannot use them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::item::{Consistency, item, read};
use crate::key;
use crate::{Store, StoreError};

/// What a token may do, each role including the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenRole {
    /// The inbox.
    Operator,
    /// Also journeys, playbooks, templates.
    Builder,
    /// Everything.
    Administrator,
}

/// A token, without its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiToken {
    /// What it is for; shown as the author of what it does.
    pub name: String,
    /// What it may do.
    pub role: TokenRole,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
}

impl ApiToken {
    /// The hash by which the table knows the token with this text.
    pub fn hash(text: &str) -> String {
        hex::encode(Sha256::digest(text.as_bytes()))
    }
}

impl Store {
    /// Reads a token by the hash of its text.
    pub async fn token(&self, hash: &str) -> Result<Option<ApiToken>, StoreError> {
        match self.get(key::token(hash), Consistency::Eventual).await? {
            Some(item) => Ok(Some(read(item)?)),
            None => Ok(None),
        }
    }

    /// Writes a token by the hash of its text.
    pub async fn put_token(&self, hash: &str, token: &ApiToken) -> Result<(), StoreError> {
        self.put(item(key::token(hash), token)?).await
    }
}
