//! Secrets Manager: secrets with their current and previous version, kept beside the other data.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html>

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    ACCOUNT,
    aws_error::AwsError,
    call::Service,
    clock::real_now_ms,
    journal::{Journal, JournalError},
};

const CURRENT: &str = "AWSCURRENT";
const PREVIOUS: &str = "AWSPREVIOUS";

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Version {
    id: String,
    text: Option<String>,
    /// Base64.
    binary: Option<String>,
    created_at: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Secret {
    name: String,
    created_at: i64,
    current: Option<Version>,
    previous: Option<Version>,
}

#[derive(Debug, Default)]
struct Store {
    secrets: BTreeMap<String, Secret>,
    journal: Journal,
}

/// Secrets Manager. Clones share the secrets.
#[derive(Debug, Clone)]
pub struct Secrets {
    store: Arc<Mutex<Store>>,
    region: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Request {
    /// Name or ARN.
    #[serde(default)]
    secret_id: String,
    #[serde(default)]
    name: String,
    secret_string: Option<String>,
    secret_binary: Option<String>,
    version_stage: Option<String>,
    version_id: Option<String>,
    client_request_token: Option<String>,
}

impl Secrets {
    /// Opens the secrets kept at `path`, or none in memory.
    pub(crate) fn open(path: Option<&Path>, region: &str) -> Result<Self, JournalError> {
        let mut store = Store::default();
        if let Some(path) = path {
            let secrets = &mut store.secrets;
            Journal::read(path, |secret: Secret| drop(secrets.insert(secret.name.clone(), secret)))?;
            store.journal = Journal::start(path, store.secrets.values())?;
        }
        Ok(Self { store: Arc::new(Mutex::new(store)), region: region.to_owned() })
    }

    /// ARN of a secret, whether it exists or not. The six characters AWS adds at random follow from the name here, so
    /// that an ARN holds from one start to the next.
    pub fn arn(&self, name: &str) -> String {
        let suffix = &hex::encode(Sha256::digest(name.as_bytes()))[..6];
        format!("arn:aws:secretsmanager:{}:{ACCOUNT}:secret:{name}-{suffix}", self.region)
    }

    /// Sets a secret's text, creating the secret if needed; an unchanged text adds no version. Answers the ARN.
    ///
    /// # Errors
    /// A bad name, or a journal that cannot be written.
    pub fn set(&self, name: &str, text: &str) -> Result<String, AwsError> {
        if self.get(name).as_deref() != Some(text) {
            check_name(name)?;
            let mut store = self.store();
            let existing = store.secrets.get(name).cloned();
            let version = Version {
                id: Uuid::new_v4().to_string(),
                text: Some(text.to_owned()),
                binary: None,
                created_at: real_now_ms(),
            };
            store.put(with_version(existing, name, Some(version)))?;
        }
        Ok(self.arn(name))
    }

    /// Current text of a secret.
    pub fn get(&self, name: &str) -> Option<String> {
        self.store().secrets.get(name)?.current.as_ref()?.text.clone()
    }

    /// Answers one request of an SDK.
    pub(crate) fn answer(&self, operation: &str, body: &[u8]) -> Result<Value, AwsError> {
        let request: Request = serde_json::from_slice(body).map_err(|error| AwsError::unreadable(&error))?;
        let mut store = self.store();
        match operation {
            "CreateSecret" => {
                check_name(&request.name)?;
                let version = request.version();
                if let Some(secret) = store.secrets.get(&request.name) {
                    let repeated = secret.current.as_ref().map(|version| version.id.as_str());
                    if repeated.is_none() || repeated != version.as_ref().map(|version| version.id.as_str()) {
                        return Err(AwsError::refused(
                            "ResourceExistsException",
                            format!("The operation failed because the secret {} already exists.", request.name),
                        ));
                    }
                }
                let id = version.as_ref().map(|version| version.id.clone());
                store.put(with_version(None, &request.name, version))?;
                Ok(json!({ "ARN": self.arn(&request.name), "Name": request.name, "VersionId": id }))
            }
            "PutSecretValue" => {
                let secret = self.find(&store, &request.secret_id)?.clone();
                let Some(version) = request.version() else {
                    return Err(AwsError::refused(
                        "InvalidRequestException",
                        "You must provide either SecretString or SecretBinary.",
                    ));
                };
                let (name, id) = (secret.name.clone(), version.id.clone());
                store.put(with_version(Some(secret), &name, Some(version)))?;
                Ok(json!({ "ARN": self.arn(&name), "Name": name, "VersionId": id, "VersionStages": [CURRENT] }))
            }
            "GetSecretValue" => {
                let secret = self.find(&store, &request.secret_id)?;
                let stage = request.version_stage.as_deref();
                let versions = [(CURRENT, &secret.current), (PREVIOUS, &secret.previous)];
                let found = versions.into_iter().find_map(|(name, version)| {
                    let version = version.as_ref()?;
                    let wanted = match &request.version_id {
                        Some(id) => *id == version.id && stage.is_none_or(|stage| stage == name),
                        None => stage.unwrap_or(CURRENT) == name,
                    };
                    wanted.then_some((name, version))
                });
                let Some((name, version)) = found else {
                    return Err(AwsError::refused(
                        "ResourceNotFoundException",
                        format!(
                            "Secrets Manager can't find the specified secret value for staging label: {}",
                            stage.unwrap_or(CURRENT)
                        ),
                    ));
                };
                Ok(json!({
                    "ARN": self.arn(&secret.name), "Name": secret.name, "VersionId": version.id,
                    "SecretString": version.text, "SecretBinary": version.binary, "VersionStages": [name],
                    "CreatedDate": version.created_at as f64 / 1_000.0,
                }))
            }
            "DescribeSecret" => {
                let secret = self.find(&store, &request.secret_id)?;
                let mut stages = serde_json::Map::new();
                for (name, version) in [(CURRENT, &secret.current), (PREVIOUS, &secret.previous)] {
                    if let Some(version) = version {
                        stages.insert(version.id.clone(), json!([name]));
                    }
                }
                Ok(json!({
                    "ARN": self.arn(&secret.name), "Name": secret.name, "VersionIdsToStages": stages,
                    "CreatedDate": secret.created_at as f64 / 1_000.0,
                }))
            }
            other => Err(AwsError::unknown_operation(Service::SecretsManager, other)),
        }
    }

    fn find<'a>(&self, store: &'a Store, id: &str) -> Result<&'a Secret, AwsError> {
        let by_arn = || store.secrets.values().find(|secret| self.arn(&secret.name) == id);
        store.secrets.get(id).or_else(by_arn).ok_or_else(|| {
            AwsError::refused("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
        })
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Request {
    /// The value given, if any. The SDKs send a token with every write: it is the version's id.
    fn version(&self) -> Option<Version> {
        if self.secret_string.is_none() && self.secret_binary.is_none() {
            return None;
        }
        Some(Version {
            id: self.client_request_token.clone().unwrap_or_else(|| Uuid::new_v4().to_string()),
            text: self.secret_string.clone(),
            binary: self.secret_binary.clone(),
            created_at: real_now_ms(),
        })
    }
}

impl Store {
    fn put(&mut self, secret: Secret) -> Result<(), AwsError> {
        self.journal.append(&[&secret]).map_err(|error| AwsError::internal(error.to_string()))?;
        self.secrets.insert(secret.name.clone(), secret);
        Ok(())
    }
}

/// The secret with a new current version; a repeated version id changes nothing.
fn with_version(secret: Option<Secret>, name: &str, version: Option<Version>) -> Secret {
    let mut secret = secret.unwrap_or_else(|| Secret {
        name: name.to_owned(),
        created_at: real_now_ms(),
        current: None,
        previous: None,
    });
    let id = |version: &Option<Version>| version.as_ref().map(|version| version.id.clone());
    if version.is_some() && id(&version) != id(&secret.current) {
        secret.previous = secret.current.take();
        secret.current = version;
    }
    secret
}

/// Names: 1 to 512 letters, digits and `/_+=.@-`.
fn check_name(name: &str) -> Result<(), AwsError> {
    let good = (1..=512).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_+=.@-".contains(&byte));
    if good {
        return Ok(());
    }
    Err(AwsError::refused(
        "InvalidParameterException",
        "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_secret_keeps_its_previous_version_and_its_arn() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets");
        let secrets = Secrets::open(Some(&path), "us-east-1").unwrap();
        assert!(secrets.set("bad name", "x").is_err());
        let arn = secrets.set("graph", "one").unwrap();
        secrets.set("graph", "two").unwrap();
        secrets.set("graph", "two").unwrap();
        drop(secrets);
        let secrets = Secrets::open(Some(&path), "us-east-1").unwrap();
        assert_eq!(secrets.get("graph").as_deref(), Some("two"));
        let body = json!({"SecretId": arn, "VersionStage": PREVIOUS}).to_string();
        let previous = secrets.answer("GetSecretValue", body.as_bytes()).unwrap();
        assert_eq!(previous["SecretString"], "one");
    }
}
