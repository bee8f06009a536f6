//! The AWS services the functions call, on one loopback port: DynamoDB, SQS, EventBridge Scheduler, Secrets Manager.
//!
//! The unmodified AWS SDKs talk to it: set `AWS_ENDPOINT_URL` to [`LocalAws::endpoint`]. The same port serves local
//! runs and the fault tests, so it also has two controls: [`faults`] (`/_local/faults`) breaks chosen requests, [`usage`]
//! (`/_local/usage`) counts what a real account would bill. Signatures are not verified; the access key id tells who
//! calls (`local-<function>-<n>`).
//!
//! Without a data folder everything is in memory. With one, everything that was answered survives a `kill -9`.

mod aws_error;
mod call;
mod capacity;
mod clock;
mod dynamodb;
pub mod faults;
mod front;
mod journal;
mod scheduler;
mod secrets;
pub mod sqs;
pub mod usage;

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use tokio::{net::TcpListener, task::JoinHandle};

pub use aws_error::AwsError;
pub use call::Service;
pub use clock::{ClockError, SimulatedClock};
pub use dynoxide::Database;
pub use journal::JournalError;
pub use scheduler::{Invoke, InvokeError, Scheduler};
pub use secrets::Secrets;
pub use sqs::Sqs;

use dynamodb::DynamoDb;
use faults::Faults;
use usage::Usage;

/// The account that all ARNs of this machine name.
pub const ACCOUNT: &str = "000000000000";

/// Kills function processes, for the fault `kill_caller`.
pub trait Callers: Send + Sync {
    /// Kills the process that was given `access_key_id`, at once and without a chance to clean up.
    fn kill(&self, access_key_id: &str);
}

/// How to start.
#[derive(Debug, Clone)]
pub struct Options {
    /// Folder that keeps the data; in memory if missing. It is created if needed.
    pub data_dir: Option<PathBuf>,
    /// Port on 127.0.0.1; 0 for any free one.
    pub port: u16,
    /// The clock that schedules follow.
    pub clock: SimulatedClock,
    /// Region that ARNs name.
    pub region: String,
}

impl Options {
    /// In memory, on any free port, in us-east-1.
    pub fn in_memory(clock: SimulatedClock) -> Self {
        Self { data_dir: None, port: 0, clock, region: "us-east-1".to_owned() }
    }
}

/// Why the services did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be made.
    #[error("the data folder {path} cannot be used: {source}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The port cannot be had.
    #[error("port {port} on 127.0.0.1 cannot be opened: {source}; another copy may be running, or choose another port")]
    Port {
        /// The port asked for.
        port: u16,
        /// Why.
        source: std::io::Error,
    },
    /// Kept queues, schedules or secrets cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The embedded database does not start.
    #[error("the embedded database does not start: {0}")]
    Database(String),
}

/// The running services. Clones are handles of the same ones; they stop when the last handle is dropped, or at
/// [`LocalAws::stop`].
#[derive(Clone)]
pub struct LocalAws {
    parts: Parts,
    tasks: Option<Arc<Tasks>>,
}

/// What the port needs: everything but the tasks that keep it running, which would otherwise keep themselves alive.
#[derive(Clone)]
struct Parts {
    address: SocketAddr,
    region: String,
    clock: SimulatedClock,
    dynamodb: DynamoDb,
    sqs: Sqs,
    scheduler: Scheduler,
    secrets: Secrets,
    faults: Faults,
    usage: Usage,
    callers: Arc<OnceLock<Arc<dyn Callers>>>,
}

struct Tasks(Vec<JoinHandle<()>>);

impl Drop for Tasks {
    fn drop(&mut self) {
        for task in &self.0 {
            task.abort();
        }
    }
}

impl LocalAws {
    /// Starts all services. Must be called inside a Tokio runtime.
    ///
    /// # Errors
    /// [`StartError`]: the folder, the port, damaged data.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let Options { data_dir, port, clock, region } = options;
        if let Some(path) = &data_dir {
            std::fs::create_dir_all(path).map_err(|source| StartError::Folder { path: path.clone(), source })?;
        }
        let file = |name: &str| data_dir.as_ref().map(|folder| folder.join(name));
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|source| StartError::Port { port, source })?;
        let address = listener.local_addr().map_err(|source| StartError::Port { port, source })?;
        let usage = Usage::default();
        let sqs = Sqs::open(file("queues.journal").as_deref(), &region, usage.clone())?;
        let scheduler =
            Scheduler::open(file("schedules.journal").as_deref(), &region, clock.clone(), sqs.clone(), usage.clone())?;
        let secrets = Secrets::open(file("secrets.journal").as_deref(), &region)?;
        let (dynamodb, database) =
            DynamoDb::start(file("dynamodb.sqlite").as_deref()).await.map_err(StartError::Database)?;
        let parts = Parts {
            address,
            region,
            clock,
            dynamodb,
            sqs,
            scheduler: scheduler.clone(),
            secrets,
            faults: Faults::default(),
            usage,
            callers: Arc::default(),
        };
        let inner = Self { parts: parts.clone(), tasks: None };
        let tasks = vec![database, tokio::spawn(scheduler.run()), tokio::spawn(front::serve(listener, inner))];
        Ok(Self { parts, tasks: Some(Arc::new(Tasks(tasks))) })
    }

    /// Address of the port, for `AWS_ENDPOINT_URL`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.parts.address)
    }

    /// Region that ARNs name.
    pub fn region(&self) -> &str {
        &self.parts.region
    }

    /// The clock that schedules follow.
    pub fn clock(&self) -> &SimulatedClock {
        &self.parts.clock
    }

    /// The embedded DynamoDB, for callers in this process: tables, streams.
    pub fn database(&self) -> &Database {
        self.parts.dynamodb.database()
    }

    /// SQS, for callers in this process. See [`Sqs::called_by`].
    pub fn sqs(&self) -> &Sqs {
        &self.parts.sqs
    }

    /// URL of a queue, as a function gets it.
    pub fn queue_url(&self, queue: &str) -> String {
        format!("{}/{ACCOUNT}/{queue}", self.endpoint())
    }

    /// EventBridge Scheduler, for callers in this process.
    pub fn scheduler(&self) -> &Scheduler {
        &self.parts.scheduler
    }

    /// Secrets Manager, for callers in this process.
    pub fn secrets(&self) -> &Secrets {
        &self.parts.secrets
    }

    /// Faults that strike requests.
    pub fn faults(&self) -> &Faults {
        &self.parts.faults
    }

    /// What a real account would bill.
    pub fn usage(&self) -> &Usage {
        &self.parts.usage
    }

    /// Lets schedules invoke functions.
    pub fn set_invoke(&self, invoke: Arc<dyn Invoke>) {
        self.parts.scheduler.set_invoke(invoke);
    }

    /// Lets the fault `kill_caller` kill function processes. Only the first call counts.
    pub fn set_callers(&self, callers: Arc<dyn Callers>) {
        let _ = self.parts.callers.set(callers);
    }

    /// Stops serving. Whatever was answered is kept.
    pub fn stop(self) {
        if let Some(tasks) = &self.tasks {
            tasks.0.iter().for_each(JoinHandle::abort);
        }
    }

    fn dynamodb(&self) -> &DynamoDb {
        &self.parts.dynamodb
    }

    fn kill(&self, access_key_id: &str) {
        match self.parts.callers.get() {
            Some(callers) => callers.kill(access_key_id),
            None => tracing::warn!(access_key_id, "a fault wants to kill its caller, but nobody said how"),
        }
    }
}
