//! The execution environments of one function: as many as there is work for, up to a limit; idle ones stay.

use super::environment::{Environment, Failure};
use super::error::{EVENT, FunctionError};
use super::options::Options;
use super::server::PAYLOAD_LIMIT;
use super::stats::{FunctionStats, ProcessStats};
use crate::template::Function;
use bytes::Bytes;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// Processes that end before they take an event are replaced so often before the invocation fails.
const REPLACEMENTS: usize = 3;

pub(super) struct Pool {
    pub(super) function: Function,
    options: Options,
    /// Most processes.
    limit: usize,
    /// One permit for each invocation that may be under way: a process never gets two events.
    permits: Semaphore,
    started: AtomicUsize,
    members: Mutex<Members>,
}

#[derive(Default)]
struct Members {
    /// The one used last is used next, as in Lambda: the rest may rest.
    idle: Vec<Arc<Environment>>,
    all: Vec<Arc<Environment>>,
    /// Figures of the function, and of the processes that are gone.
    totals: FunctionStats,
}

impl Pool {
    pub(super) fn new(function: Function, options: Options) -> Self {
        // Each queue has processes of its own to count on: bulk work cannot hold up replies.
        let queues = function.queue_sources().count();
        let others = usize::from(queues == 0 || function.sources.len() > queues);
        let limit = options.processes_per_source.max(1) * (queues + others);
        let limit = function.reserved_concurrency.map_or(limit, |reserved| limit.min(reserved));
        let totals = FunctionStats { name: function.name.clone(), ..FunctionStats::default() };
        Self {
            function,
            options,
            limit,
            permits: Semaphore::new(limit),
            started: AtomicUsize::new(0),
            members: Mutex::new(Members { totals, ..Members::default() }),
        }
    }

    /// Runs one event in a process, waiting for a free one when all work.
    pub(super) async fn invoke(&self, payload: Bytes) -> Result<Bytes, FunctionError> {
        if payload.len() > PAYLOAD_LIMIT {
            let function = self.function.name.clone();
            return Err(FunctionError::TooLarge { function, what: EVENT, bytes: payload.len(), limit: PAYLOAD_LIMIT });
        }
        let Ok(_permit) = self.permits.acquire().await else { return Err(self.stopped()) };
        let started = Instant::now();
        let result = self.invoke_in_any(payload).await;
        self.members().totals.count(started.elapsed(), result.as_ref().err());
        result
    }

    async fn invoke_in_any(&self, payload: Bytes) -> Result<Bytes, FunctionError> {
        for _ in 0..REPLACEMENTS {
            let environment = match self.take_idle() {
                Some(environment) => environment,
                None => self.start().await?,
            };
            let outcome = environment.invoke(&self.function, payload.clone()).await;
            self.give_back(environment);
            match outcome {
                Ok(answer) => return Ok(answer),
                Err(Failure::Failed(error)) => return Err(error),
                Err(Failure::NotTaken) => {}
            }
        }
        Err(FunctionError::Init {
            function: self.function.name.clone(),
            reason: format!("{REPLACEMENTS} processes ended before they took the event"),
            stderr: String::new(),
        })
    }

    /// Makes sure that one process is ready, so that the first event does not wait and mistakes show early.
    pub(super) async fn warm_up(&self) -> Result<(), FunctionError> {
        let Ok(_permit) = self.permits.acquire().await else { return Err(self.stopped()) };
        let environment = match self.take_idle() {
            Some(environment) => environment,
            None => self.start().await?,
        };
        self.give_back(environment);
        Ok(())
    }

    async fn start(&self) -> Result<Arc<Environment>, FunctionError> {
        let number = self.started.fetch_add(1, Ordering::Relaxed) + 1;
        let environment = Arc::new(Environment::start(&self.function, &self.options, number).await?);
        let mut members = self.members();
        members.totals.cold_starts += 1;
        members.totals.slowest_start = members.totals.slowest_start.max(environment.start_to_ready);
        members.all.push(environment.clone());
        Ok(environment)
    }

    fn take_idle(&self) -> Option<Arc<Environment>> {
        let mut members = self.members();
        while let Some(environment) = members.idle.pop() {
            if environment.is_alive() {
                return Some(environment);
            }
            members.retire(&environment);
        }
        None
    }

    fn give_back(&self, environment: Arc<Environment>) {
        let mut members = self.members();
        if environment.is_alive() {
            members.idle.push(environment);
        } else {
            members.retire(&environment);
        }
    }

    /// Ends the process with this access key id, whatever it does.
    pub(super) fn kill(&self, access_key_id: &str) -> bool {
        let members = self.members();
        let found = members.all.iter().find(|environment| environment.process.access_key_id == access_key_id);
        found.inspect(|environment| environment.process.kill()).is_some_and(|environment| environment.is_alive())
    }

    pub(super) fn stats(&self) -> FunctionStats {
        let members = self.members();
        let mut stats = members.totals.clone();
        stats.working = self.limit - self.permits.available_permits().min(self.limit);
        for environment in &members.all {
            let usage = environment.usage();
            stats.cpu += usage.cpu;
            stats.peak_memory = stats.peak_memory.max(usage.peak_memory);
            if environment.is_alive() {
                stats.processes.push(ProcessStats {
                    access_key_id: environment.process.access_key_id.clone(),
                    pid: environment.process.pid,
                    start_to_ready: environment.start_to_ready,
                    invocations: environment.invocations.load(Ordering::Relaxed),
                    usage,
                });
            }
        }
        stats
    }

    /// Lets what is under way finish, at most for `grace`, then ends all processes. No event is taken afterwards.
    pub(super) async fn stop(&self, grace: Duration) {
        let all = u32::try_from(self.limit).unwrap_or(u32::MAX);
        let finished = tokio::time::timeout(grace, self.permits.acquire_many(all)).await;
        self.permits.close();
        drop(finished);
        let environments = {
            let mut members = self.members();
            members.idle.clear();
            members.all.clone()
        };
        for environment in &environments {
            environment.process.kill();
        }
        for environment in &environments {
            environment.process.ended().await;
            self.members().retire(environment);
        }
    }

    fn stopped(&self) -> FunctionError {
        FunctionError::Stopped { function: self.function.name.clone() }
    }

    fn members(&self) -> MutexGuard<'_, Members> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Members {
    /// Forgets a process, keeping its figures.
    fn retire(&mut self, environment: &Arc<Environment>) {
        let before = self.all.len();
        self.all.retain(|other| !Arc::ptr_eq(other, environment));
        if self.all.len() < before {
            let usage = environment.usage();
            self.totals.cpu += usage.cpu;
            self.totals.peak_memory = self.totals.peak_memory.max(usage.peak_memory);
        }
    }
}
