//! Runs function binaries as Lambda does: each process takes one event at a time from a Runtime API of its own.
//!
//! As in Lambda: a process that works longer than the function's timeout is killed; one that crashes fails its event
//! and is replaced; the environment of this program is not inherited; idle processes stay for the next event.
//! Unlike Lambda: memory is not limited, and when all processes of a function work an invocation waits instead of being
//! refused.
//!
//! Should this program be killed, an idle process ends at once, for its Runtime API is gone, and a working one as soon
//! as it has answered.

mod environment;
mod error;
mod options;
mod pool;
mod process;
mod server;
mod stats;
mod usage;

pub use error::{Exit, FunctionError};
pub use options::{LogLine, LogSink, LogStream, Options};
pub(crate) use server::trace_root;
pub use stats::{FunctionStats, ProcessStats};
pub use usage::Usage;

use crate::template::Function;
use bytes::Bytes;
use futures::future::{join_all, try_join_all};
use pool::Pool;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// All functions of a stack. Cheap to clone; the processes end when the last clone is dropped.
#[derive(Clone)]
pub struct Lambda {
    pools: Arc<[Arc<Pool>]>,
    options: Options,
    stopping: watch::Sender<bool>,
}

impl Lambda {
    /// Makes the functions ready to be invoked. Processes start when the first event comes, or by [`Lambda::warm_up`].
    pub fn new(functions: impl IntoIterator<Item = Function>, options: Options) -> Self {
        let pools = functions.into_iter().map(|function| Arc::new(Pool::new(function, options.clone()))).collect();
        Self { pools, options, stopping: watch::Sender::new(false) }
    }

    /// How the functions are run.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Starts one process of each function, all at once.
    ///
    /// # Errors
    /// The first function whose binary is missing or that fails to initialise, with what it wrote.
    pub async fn warm_up(&self) -> Result<(), FunctionError> {
        try_join_all(self.pools.iter().map(|pool| pool.warm_up())).await.map(drop)
    }

    /// Invokes a function, named by name, logical id or ARN, and waits for its answer.
    ///
    /// The invocation goes on when the returned future is dropped, as it does in Lambda when a caller leaves.
    ///
    /// # Errors
    /// [`FunctionError`] says what failed; [`FunctionError::was_delivered`] whether the function may have acted.
    pub async fn invoke(&self, function: &str, payload: Bytes) -> Result<Bytes, FunctionError> {
        let pool = self.pool(function)?.clone();
        let stopped = || FunctionError::Stopped { function: function.to_owned() };
        if *self.stopping.borrow() {
            return Err(stopped());
        }
        tokio::spawn(async move { pool.invoke(payload).await }).await.unwrap_or_else(|_| Err(stopped()))
    }

    /// Invokes a function as EventBridge Scheduler does: failures are repeated after the pauses of [`Options`], as often
    /// as the template's `EventInvokeConfig` says. What fails in the end belongs in [`Function::on_failure`].
    ///
    /// # Errors
    /// That of the last attempt.
    pub async fn invoke_event(&self, function: &str, payload: Bytes) -> Result<Bytes, FunctionError> {
        let attempts = self.pool(function)?.function.retry_attempts as usize;
        let mut stopping = self.stopping.subscribe();
        for delay in self.options.retry_delays.into_iter().take(attempts) {
            match self.invoke(function, payload.clone()).await {
                Err(FunctionError::Handler { .. } | FunctionError::TimedOut { .. } | FunctionError::Exited { .. }) => {}
                Err(FunctionError::Init { .. }) => {}
                settled => return settled,
            }
            tokio::select! {
                () = tokio::time::sleep(delay) => {}
                _ = stopping.wait_for(|stopping| *stopping) => {
                    return Err(FunctionError::Stopped { function: function.to_owned() });
                }
            }
        }
        self.invoke(function, payload).await
    }

    /// Kills one process in the middle of whatever it does; false when none with this access key id lives.
    pub fn kill(&self, access_key_id: &str) -> bool {
        self.pools.iter().any(|pool| pool.kill(access_key_id))
    }

    /// Figures of every function.
    pub fn stats(&self) -> Vec<FunctionStats> {
        self.pools.iter().map(|pool| pool.stats()).collect()
    }

    /// Refuses new events, lets those under way finish within `grace`, and ends all processes.
    pub async fn stop(&self, grace: Duration) {
        self.stopping.send_replace(true);
        join_all(self.pools.iter().map(|pool| pool.stop(grace))).await;
    }

    fn pool(&self, id: &str) -> Result<&Arc<Pool>, FunctionError> {
        self.pools.iter().find(|pool| pool.function.answers_to(id)).ok_or_else(|| {
            let names: Vec<_> = self.pools.iter().map(|pool| pool.function.name.as_str()).collect();
            FunctionError::Unknown { name: id.to_owned(), known: names.join(", ") }
        })
    }
}
