//! What the processes of all functions share.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How functions are run.
#[derive(Clone)]
pub struct Options {
    /// Folder of the function binaries, such as `target/debug`.
    pub binaries: PathBuf,
    /// `AWS_REGION` of the functions.
    pub region: String,
    /// `AWS_ENDPOINT_URL` of the functions: where DynamoDB, SQS, Scheduler and Secrets Manager answer.
    pub endpoint: String,
    /// `CHASQUI_CLOCK` of the functions: a file with the milliseconds to add to the system clock.
    pub clock: Option<PathBuf>,
    /// Most processes of one function for each queue it reads (and for one without queues).
    pub processes_per_source: usize,
    /// How long a process may take to ask for its first event. Lambda allows 10 s.
    pub init_timeout: Duration,
    /// Pauses before the second and third attempt of an asynchronous invocation.
    /// [Lambda waits one and two minutes](https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html).
    pub retry_delays: [Duration; 2],
    /// Gets every line the functions write.
    pub log: LogSink,
}

impl Options {
    /// Binaries of one folder against one endpoint, otherwise as Lambda; lines go to `log`.
    pub fn new(binaries: impl Into<PathBuf>, endpoint: impl Into<String>, log: LogSink) -> Self {
        Self {
            binaries: binaries.into(),
            region: "us-east-1".into(),
            endpoint: endpoint.into(),
            clock: None,
            processes_per_source: 2,
            init_timeout: Duration::from_secs(10),
            retry_delays: [Duration::from_secs(60), Duration::from_secs(120)],
            log,
        }
    }
}

/// Gets the lines that functions write. Called from the tasks that read them: it must not block.
pub type LogSink = Arc<dyn Fn(LogLine<'_>) + Send + Sync>;

/// One line a function wrote.
#[derive(Debug, Clone, Copy)]
pub struct LogLine<'a> {
    /// The function's name.
    pub function: &'a str,
    /// The process: its access key id.
    pub process: &'a str,
    /// Standard output or standard error.
    pub stream: LogStream,
    /// Without the end of line.
    pub text: &'a str,
}

/// Where a line was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogStream {
    /// Standard output.
    Out,
    /// Standard error.
    Error,
}
