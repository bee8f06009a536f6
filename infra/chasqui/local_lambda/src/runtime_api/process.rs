//! One child process: started with the environment Lambda gives, watched until it ends, its output handed on by line.

use super::error::{Exit, FunctionError};
use super::options::{LogLine, LogStream, Options};
use super::usage::Usage;
use crate::template::Function;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{Notify, watch};

/// Lines of standard error kept for the report of a failure.
const STDERR_LINES: usize = 40;
/// After the process ends its pipes close, unless it left children of its own that hold them.
const DRAIN: Duration = Duration::from_millis(500);

/// A process that was started. Dropping it kills the process.
pub(super) struct Process {
    /// Tells this process from all others: the access key id it signs its requests with.
    pub(super) access_key_id: String,
    pub(super) pid: u32,
    end: watch::Receiver<Option<Exit>>,
    stderr: Arc<Mutex<VecDeque<String>>>,
    last_usage: Arc<Mutex<Usage>>,
    kill: Arc<Notify>,
}

impl Process {
    /// Starts the function's binary, `number` being its place among the processes of the function so far.
    pub(super) fn start(
        function: &Function,
        options: &Options,
        number: usize,
        runtime_api: SocketAddr,
    ) -> Result<Self, FunctionError> {
        let access_key_id = format!("local-{}-{number}", function.name);
        let binary = options.binaries.join(&function.binary);
        let failed = |reason: String| FunctionError::Start {
            function: function.name.clone(),
            binary: binary.display().to_string(),
            reason,
        };
        let mut command = Command::new(&binary);
        // A group of its own: an interrupt typed in the terminal is for this program, which then stops in good order.
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command
            .env_clear()
            .envs(environment(function, options, &access_key_id, runtime_api))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| failed(error.to_string()))?;
        let pid = child.id().ok_or_else(|| failed("it ended at once".into()))?;

        let stderr = Arc::new(Mutex::new(VecDeque::new()));
        let reader = |stream| LineReader {
            function: function.name.clone(),
            process: access_key_id.clone(),
            stream,
            options: options.clone(),
            kept: stderr.clone(),
        };
        let readers = [
            child.stdout.take().map(|pipe| tokio::spawn(reader(LogStream::Out).run(pipe))),
            child.stderr.take().map(|pipe| tokio::spawn(reader(LogStream::Error).run(pipe))),
        ];
        let (ended, end) = watch::channel(None);
        let kill = Arc::new(Notify::new());
        let last_usage = Arc::default();
        tokio::spawn(watch_process(child, readers.into_iter().flatten().collect(), kill.clone(), ended));
        Ok(Self { access_key_id, pid, end, stderr, last_usage, kill })
    }

    /// Asks for the end of the process, at once and without its consent.
    pub(super) fn kill(&self) {
        self.usage();
        self.kill.notify_one();
    }

    /// How it ended; `None` while it lives.
    pub(super) fn exit(&self) -> Option<Exit> {
        *self.end.borrow()
    }

    /// Waits until it has ended and its output was read.
    pub(super) async fn ended(&self) -> Exit {
        match self.end.clone().wait_for(Option::is_some).await {
            Ok(exit) => exit.unwrap_or(Exit::Unknown),
            Err(_) => Exit::Unknown,
        }
    }

    /// The last lines it wrote to standard error.
    pub(super) fn stderr(&self) -> String {
        let lines = self.stderr.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().map(String::as_str).collect::<Vec<_>>().join("\n")
    }

    /// What it has used; the last figures known once it has ended.
    pub(super) fn usage(&self) -> Usage {
        let mut last = self.last_usage.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(now) = self.exit().is_none().then(|| Usage::of(self.pid)).flatten() {
            *last = Usage { cpu: now.cpu.max(last.cpu), peak_memory: now.peak_memory.max(last.peak_memory) };
        }
        *last
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill.notify_one();
    }
}

/// Everything the function sees. As in Lambda nothing is inherited, except what makes Rust programs talkative.
fn environment(
    function: &Function,
    options: &Options,
    access_key_id: &str,
    runtime_api: SocketAddr,
) -> Vec<(String, String)> {
    let logging = &function.logging;
    let group = logging.group.clone().unwrap_or_else(|| format!("/aws/lambda/{}", function.name));
    let mut variables: Vec<(String, String)> = [
        ("AWS_LAMBDA_RUNTIME_API", runtime_api.to_string()),
        ("AWS_LAMBDA_FUNCTION_NAME", function.name.clone()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".into()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", function.memory_mb.to_string()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".into()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", group),
        ("AWS_LAMBDA_LOG_STREAM_NAME", access_key_id.to_owned()),
        ("AWS_LAMBDA_LOG_FORMAT", logging.format.clone().unwrap_or_else(|| "Text".into())),
        ("AWS_REGION", options.region.clone()),
        ("AWS_DEFAULT_REGION", options.region.clone()),
        ("AWS_ACCESS_KEY_ID", access_key_id.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "local".into()),
        ("AWS_SESSION_TOKEN", "local".into()),
        ("AWS_ENDPOINT_URL", options.endpoint.clone()),
        ("LAMBDA_TASK_ROOT", options.binaries.display().to_string()),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime".into()),
        ("_HANDLER", "bootstrap".into()),
        ("TZ", ":UTC".into()),
        ("LANG", "en_US.UTF-8".into()),
        ("PATH", "/usr/local/bin:/usr/bin:/bin".into()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    let optional = [
        ("AWS_LAMBDA_LOG_LEVEL", logging.level.clone()),
        ("CHASQUI_CLOCK", options.clock.as_deref().map(|path| PathBuf::from(path).display().to_string())),
        ("RUST_BACKTRACE", std::env::var("RUST_BACKTRACE").ok()),
        ("RUST_LOG", std::env::var("RUST_LOG").ok()),
    ];
    variables.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    variables.extend(function.environment.clone());
    variables
}

async fn watch_process(
    mut child: Child,
    readers: Vec<tokio::task::JoinHandle<()>>,
    kill: Arc<Notify>,
    ended: watch::Sender<Option<Exit>>,
) {
    let status = tokio::select! {
        status = child.wait() => status,
        () = kill.notified() => {
            // It fails only if the process has ended meanwhile.
            let _ = child.start_kill();
            child.wait().await
        }
    };
    let drained = async {
        for reader in readers {
            let _ = reader.await;
        }
    };
    let _ = tokio::time::timeout(DRAIN, drained).await;
    let _ = ended.send(Some(status.map_or(Exit::Unknown, Exit::Status)));
}

/// Hands on what a process writes, and keeps the end of its standard error.
struct LineReader {
    function: String,
    process: String,
    stream: LogStream,
    options: Options,
    kept: Arc<Mutex<VecDeque<String>>>,
}

impl LineReader {
    async fn run(self, pipe: impl AsyncRead + Unpin) {
        let mut pipe = BufReader::new(pipe);
        let mut bytes = Vec::new();
        // By bytes: one line that is not UTF-8 must not end the reading, or the process would block on a full pipe.
        while pipe.read_until(b'\n', &mut bytes).await.is_ok_and(|read| read > 0) {
            let text = String::from_utf8_lossy(&bytes);
            let text = text.trim_end_matches(['\n', '\r']);
            if self.stream == LogStream::Error {
                let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
                if kept.len() == STDERR_LINES {
                    kept.pop_front();
                }
                kept.push_back(text.to_owned());
            }
            (self.options.log)(LogLine { function: &self.function, process: &self.process, stream: self.stream, text });
            bytes.clear();
        }
    }
}
