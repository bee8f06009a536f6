//! A secret kept in AWS Secrets Manager, read when first needed and again every few minutes, so that a rotation is
//! taken up without a deployment. Secrets never stand in environment variables.

use std::time::{Duration, Instant};

use aws_sdk_secretsmanager::error::DisplayErrorContext;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;

/// How long a value is trusted.
const FRESH: Duration = Duration::from_secs(300);
/// A reread asked for because the value seems wrong happens at most so often.
const REREAD: Duration = Duration::from_secs(10);

/// A secret that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The call failed.
    #[error("the secret {id} cannot be read: {cause}")]
    Unreachable {
        /// Its ARN.
        id: String,
        /// What the SDK said.
        cause: String,
    },
    /// It is not the JSON expected, most likely because nobody has filled it in yet.
    #[error("the secret {id} is not filled in as it should be ({cause}); the README says what goes into it")]
    Unreadable {
        /// Its ARN.
        id: String,
        /// What was wrong, without the value.
        cause: String,
    },
}

/// A secret whose JSON text is a `T`.
pub struct Secret<T> {
    client: aws_sdk_secretsmanager::Client,
    id: String,
    cached: Mutex<Option<(Instant, T)>>,
}

impl<T: DeserializeOwned + Clone> Secret<T> {
    /// The secret with this ARN; nothing is read yet.
    pub fn new(client: aws_sdk_secretsmanager::Client, id: String) -> Self {
        Self { client, id, cached: Mutex::new(None) }
    }

    /// Its value, from memory while fresh. Where a reread fails, the value known so far goes on serving.
    pub async fn get(&self) -> Result<T, SecretError> {
        self.not_older_than(FRESH).await
    }

    /// Its value after something suggests that the one in memory is outdated (a refused token, a wrong signature).
    pub async fn reread(&self) -> Result<T, SecretError> {
        self.not_older_than(REREAD).await
    }

    async fn not_older_than(&self, age: Duration) -> Result<T, SecretError> {
        let mut cached = self.cached.lock().await;
        if let Some((read, value)) = &*cached
            && read.elapsed() < age
        {
            return Ok(value.clone());
        }
        match (self.read().await, &mut *cached) {
            (Ok(value), cached) => {
                *cached = Some((Instant::now(), value.clone()));
                Ok(value)
            }
            (Err(error), Some((_, value))) => {
                tracing::warn!(%error, "a secret could not be read again; its last value serves on");
                Ok(value.clone())
            }
            (Err(error), None) => Err(error),
        }
    }

    async fn read(&self) -> Result<T, SecretError> {
        let answer = self.client.get_secret_value().secret_id(&self.id).send().await.map_err(|error| {
            SecretError::Unreachable { id: self.id.clone(), cause: DisplayErrorContext(&error).to_string() }
        })?;
        serde_json::from_str(answer.secret_string().unwrap_or_default()).map_err(|error| SecretError::Unreadable {
            id: self.id.clone(),
            // The position and kind of the error only: its text could quote the secret.
            cause: format!("{:?} error at column {}", error.classify(), error.column()),
        })
    }
}
