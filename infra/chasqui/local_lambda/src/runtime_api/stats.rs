//! Figures of functions and their processes, for reports and benchmarks.

use super::error::FunctionError;
use super::usage::Usage;
use std::time::Duration;

/// What one function has done since the machine started.
#[derive(Debug, Clone, Default)]
pub struct FunctionStats {
    /// The function.
    pub name: String,
    /// Invocations under way at this moment.
    pub working: usize,
    /// Invocations that have ended, failures included.
    pub invocations: u64,
    /// Invocations that failed, for whatever reason.
    pub errors: u64,
    /// Of those: killed at the timeout.
    pub timeouts: u64,
    /// Of those: the process ended by itself or was killed from outside.
    pub crashes: u64,
    /// Processes that became ready.
    pub cold_starts: u64,
    /// The longest that a process took from its start to its first request for an event.
    pub slowest_start: Duration,
    /// Time spent on all invocations, the start of a process included where one was needed.
    pub duration: Duration,
    /// The longest of them.
    pub longest: Duration,
    /// Processor time of all its processes, also of those that are gone (of those: as last seen).
    pub cpu: Duration,
    /// The most memory one of its processes has held, in bytes.
    pub peak_memory: u64,
    /// The processes that live.
    pub processes: Vec<ProcessStats>,
}

impl FunctionStats {
    pub(super) fn count(&mut self, duration: Duration, error: Option<&FunctionError>) {
        self.invocations += 1;
        self.duration += duration;
        self.longest = self.longest.max(duration);
        self.errors += u64::from(error.is_some());
        self.timeouts += u64::from(matches!(error, Some(FunctionError::TimedOut { .. })));
        self.crashes += u64::from(matches!(error, Some(FunctionError::Exited { .. })));
    }
}

/// One living process.
#[derive(Debug, Clone)]
pub struct ProcessStats {
    /// Its access key id, `local-<function>-<number>`.
    pub access_key_id: String,
    /// The operating system's number.
    pub pid: u32,
    /// From its start to its first request for an event.
    pub start_to_ready: Duration,
    /// Events it took.
    pub invocations: u64,
    /// Processor time and memory.
    pub usage: Usage,
}
