//! How an invocation can fail.

use std::process::ExitStatus;
use std::time::Duration;

/// Why a function gave no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum FunctionError {
    /// No function has this name, logical id or ARN.
    #[error("no function is named {name:?}; the template has {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// The functions there are.
        known: String,
    },
    /// The process could not be started.
    #[error("{function}: cannot start {binary}: {reason}; build the functions first")]
    Start {
        /// The function.
        function: String,
        /// Path of the executable.
        binary: String,
        /// What the operating system answered.
        reason: String,
    },
    /// The process ended, reported an error, or took too long before it asked for its first event.
    #[error("{function} failed to initialise: {reason}{}", tail(stderr))]
    Init {
        /// The function.
        function: String,
        /// What happened.
        reason: String,
        /// The last lines it wrote to its standard error.
        stderr: String,
    },
    /// The handler answered with an error (or panicked).
    #[error("{function} failed: {kind}: {message}")]
    Handler {
        /// The function.
        function: String,
        /// `errorType`.
        kind: String,
        /// `errorMessage`.
        message: String,
    },
    /// The function worked longer than its timeout, and its process was killed.
    #[error("{function} timed out after {after:?}; its process was killed")]
    TimedOut {
        /// The function.
        function: String,
        /// Its timeout.
        after: Duration,
    },
    /// The process ended while it worked.
    #[error("{function}: its process ended while it worked ({status}){}", tail(stderr))]
    Exited {
        /// The function.
        function: String,
        /// Exit code or signal.
        status: Exit,
        /// The last lines it wrote to its standard error.
        stderr: String,
    },
    /// The event or the answer is larger than Lambda carries.
    #[error("{function}: the {what} has {bytes} bytes; Lambda carries {limit}")]
    TooLarge {
        /// The function.
        function: String,
        /// `event` or `answer`.
        what: &'static str,
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// The local machine is stopping.
    #[error("{function}: not invoked, the machine is stopping")]
    Stopped {
        /// The function.
        function: String,
    },
}

impl FunctionError {
    /// Whether the function was given the event: if not, invoking again cannot do anything twice.
    pub fn was_delivered(&self) -> bool {
        match self {
            Self::Handler { .. } | Self::TimedOut { .. } | Self::Exited { .. } => true,
            Self::TooLarge { what, .. } => *what == ANSWER,
            Self::Unknown { .. } | Self::Start { .. } | Self::Init { .. } | Self::Stopped { .. } => false,
        }
    }
}

pub(super) const EVENT: &str = "event";
pub(super) const ANSWER: &str = "answer";

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// By itself or by a signal.
    Status(ExitStatus),
    /// The operating system would not say.
    Unknown,
}

impl std::fmt::Display for Exit {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Status(status) => write!(formatter, "{status}"),
            Self::Unknown => formatter.write_str("status unknown"),
        }
    }
}

fn tail(stderr: &str) -> String {
    if stderr.is_empty() { String::new() } else { format!("; it wrote:\n{stderr}") }
}
