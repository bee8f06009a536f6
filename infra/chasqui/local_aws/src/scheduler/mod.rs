//! EventBridge Scheduler: schedules that fire, on the simulated clock.
//!
//! A schedule fires at its second (AWS: within the minute), everything that is due in order of its time, also when the
//! clock is moved a month ahead or the machine was off. Delivery is at least once, as in AWS: a kill between the
//! delivery and the journal's line repeats it.

mod expression;
mod firing;
mod model;
pub(crate) mod wire;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use bytes::Bytes;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use self::model::{Schedule, Settings, check_name, refused};
use crate::{
    ACCOUNT,
    aws_error::AwsError,
    clock::SimulatedClock,
    journal::{Journal, JournalError},
    sqs::Sqs,
    usage::Usage,
};

/// Why a function was not invoked, or failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvokeError {
    /// There is no such function: not retried.
    #[error("there is no function {0}")]
    NoSuchFunction(String),
    /// The invocation could not start (too many running, shutting down): retried as the schedule's policy says.
    #[error("the function cannot be invoked now: {0}")]
    Unavailable(String),
    /// The function ran and failed: an asynchronous invocation is repeated twice.
    #[error("the function failed: {0}")]
    Failed(String),
}

/// Runs Lambda functions for schedules.
pub trait Invoke: Send + Sync {
    /// Invokes `function_arn` with a JSON `payload` and waits for its answer.
    fn invoke<'a>(&'a self, function_arn: &'a str, payload: Bytes) -> BoxFuture<'a, Result<Bytes, InvokeError>>;

    /// The ARN of the queue that is told when a function failed for good.
    fn on_failure(&self, _function_arn: &str) -> Option<String> {
        None
    }
}

/// Key of a schedule: group, then name.
type Key = (String, String);

/// One line of the journal.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
enum Entry {
    Group { group: Group },
    GroupGone { name: String },
    Schedule { schedule: Box<Schedule> },
    Gone { group: String, name: String },
}

/// A schedule group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Group {
    name: String,
    created_at: i64,
    client_token: Option<String>,
}

#[derive(Debug, Default)]
struct Store {
    groups: BTreeMap<String, Group>,
    schedules: BTreeMap<Key, Schedule>,
    /// Enabled schedules by the time at which they fire next.
    due: BTreeSet<(i64, Key)>,
    journal: Journal,
}

/// EventBridge Scheduler. Clones share the schedules.
#[derive(Clone)]
pub struct Scheduler {
    shared: Arc<Shared>,
}

struct Shared {
    store: Mutex<Store>,
    changed: Notify,
    clock: SimulatedClock,
    sqs: Sqs,
    usage: Usage,
    region: String,
    invoke: RwLock<Option<Arc<dyn Invoke>>>,
}

impl Scheduler {
    /// Opens the schedules kept at `path`, or none in memory.
    pub(crate) fn open(
        path: Option<&Path>,
        region: &str,
        clock: SimulatedClock,
        sqs: Sqs,
        usage: Usage,
    ) -> Result<Self, JournalError> {
        let mut store = Store::default();
        store.apply(Entry::Group { group: Group { name: "default".to_owned(), created_at: 0, client_token: None } });
        if let Some(path) = path {
            Journal::read(path, |entry| store.apply(entry))?;
            store.journal = Journal::start(path, store.snapshot())?;
        }
        Ok(Self {
            shared: Arc::new(Shared {
                store: Mutex::new(store),
                changed: Notify::new(),
                clock,
                sqs: sqs.called_by("scheduler"),
                usage,
                region: region.to_owned(),
                invoke: RwLock::default(),
            }),
        })
    }

    /// Gives the scheduler the means to invoke functions. Until then their schedules wait and retry.
    pub fn set_invoke(&self, invoke: Arc<dyn Invoke>) {
        *self.shared.invoke.write().unwrap_or_else(PoisonError::into_inner) = Some(invoke);
    }

    /// Creates a group unless it exists.
    ///
    /// # Errors
    /// `ValidationException` for a bad name.
    pub fn ensure_group(&self, name: &str) -> Result<(), AwsError> {
        match self.create_group(name, None) {
            Err(error) if error.name == "ConflictException" => Ok(()),
            other => other,
        }
    }

    fn create_group(&self, name: &str, client_token: Option<String>) -> Result<(), AwsError> {
        check_name(name)?;
        let mut store = self.store();
        if let Some(group) = store.groups.get(name) {
            if client_token.is_some() && group.client_token == client_token {
                return Ok(());
            }
            return Err(conflict(format!("Schedule group {name} already exists.")));
        }
        store.commit(vec![Entry::Group {
            group: Group { name: name.to_owned(), created_at: self.shared.clock.now_ms(), client_token },
        }])
    }

    fn delete_group(&self, name: &str) -> Result<(), AwsError> {
        let mut store = self.store();
        store.group(name)?;
        if name == "default" {
            return Err(refused("The default schedule group cannot be deleted."));
        }
        store.commit(vec![Entry::GroupGone { name: name.to_owned() }])
    }

    /// Creates a schedule, or replaces the settings of an existing one.
    fn put(&self, key: Key, settings: Settings, token: Option<String>, update: bool) -> Result<(), AwsError> {
        check_name(&key.1)?;
        let expression = settings.check()?;
        let now = self.shared.clock.now_ms();
        let mut store = self.store();
        store.group(&key.0)?;
        let existing = store.schedules.get(&key);
        let (created_at, client_token) = match existing {
            Some(existing) if update => (existing.created_at, existing.client_token.clone()),
            None if update => return Err(no_schedule(&key.1)),
            // The SDKs give every call a token: the repetition of a call whose answer was lost is no conflict.
            Some(existing) if token.is_some() && existing.client_token == token => return Ok(()),
            Some(_) => return Err(conflict(format!("Schedule {} already exists.", key.1))),
            None => (now, token),
        };
        let mut schedule =
            Schedule { group: key.0, name: key.1, settings, created_at, modified_at: now, client_token, due: None };
        schedule.due = schedule.occurrence(&expression, now);
        store.commit(vec![Entry::Schedule { schedule: Box::new(schedule) }])?;
        drop(store);
        self.shared.changed.notify_one();
        Ok(())
    }

    fn delete(&self, key: Key) -> Result<(), AwsError> {
        let mut store = self.store();
        store.group(&key.0)?;
        if !store.schedules.contains_key(&key) {
            return Err(no_schedule(&key.1));
        }
        store.commit(vec![Entry::Gone { group: key.0, name: key.1 }])
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.shared.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn arn(&self, key: &Key) -> String {
        format!("arn:aws:scheduler:{}:{ACCOUNT}:schedule/{}/{}", self.shared.region, key.0, key.1)
    }

    fn group_arn(&self, name: &str) -> String {
        format!("arn:aws:scheduler:{}:{ACCOUNT}:schedule-group/{name}", self.shared.region)
    }
}

impl Store {
    fn group(&self, name: &str) -> Result<&Group, AwsError> {
        self.groups.get(name).ok_or_else(|| missing(format!("Schedule group {name} does not exist.")))
    }

    fn commit(&mut self, entries: Vec<Entry>) -> Result<(), AwsError> {
        let failed = |error: JournalError| {
            tracing::error!(%error, "a change of the schedules was not written");
            AwsError { name: "InternalServerException".to_owned(), ..AwsError::internal(error.to_string()) }
        };
        if self.journal.should_compact()
            && let Some(path) = self.journal.path().map(Path::to_owned)
        {
            self.journal = Journal::start(&path, self.snapshot()).map_err(failed)?;
        }
        self.journal.append(&entries).map_err(failed)?;
        for entry in entries {
            self.apply(entry);
        }
        Ok(())
    }

    fn apply(&mut self, entry: Entry) {
        match entry {
            Entry::Group { group } => {
                self.groups.insert(group.name.clone(), group);
            }
            Entry::GroupGone { name } => {
                self.groups.remove(&name);
                self.schedules.retain(|key, _| key.0 != name);
                self.due.retain(|(_, key)| key.0 != name);
            }
            Entry::Schedule { schedule } => {
                let key = (schedule.group.clone(), schedule.name.clone());
                self.forget(&key);
                if let Some(due) = schedule.due.filter(|_| schedule.is_enabled()) {
                    self.due.insert((due, key.clone()));
                }
                self.schedules.insert(key, *schedule);
            }
            Entry::Gone { group, name } => self.forget(&(group, name)),
        }
    }

    fn forget(&mut self, key: &Key) {
        if let Some(due) = self.schedules.remove(key).and_then(|schedule| schedule.due) {
            self.due.remove(&(due, key.clone()));
        }
    }

    fn snapshot(&self) -> Vec<Entry> {
        let groups = self.groups.values().cloned().map(|group| Entry::Group { group });
        let schedules =
            self.schedules.values().cloned().map(|schedule| Entry::Schedule { schedule: Box::new(schedule) });
        groups.chain(schedules).collect()
    }
}

fn conflict(message: String) -> AwsError {
    AwsError { status: 409, ..AwsError::refused("ConflictException", message) }
}

fn missing(message: String) -> AwsError {
    AwsError { status: 404, ..AwsError::refused("ResourceNotFoundException", message) }
}

fn no_schedule(name: &str) -> AwsError {
    missing(format!("Schedule {name} does not exist."))
}
