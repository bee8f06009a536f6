//! A function that does what it is told, ready to run.

use bytes::Bytes;
use local_lambda::runtime_api::{FunctionError, Lambda, LogLine, LogStream, Options};
use local_lambda::template::{Function, Logging};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub(crate) const ENDPOINT: &str = "http://127.0.0.1:4566";

/// Where Cargo puts examples, beside the folder of test programs.
pub(crate) fn examples() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    let folder = program.parent().unwrap().parent().unwrap().join("examples");
    assert!(folder.join("echo").exists(), "build the examples first: cargo build -p local_lambda --examples");
    folder
}

pub(crate) fn echo() -> Function {
    Function {
        logical_id: "EchoFunction".into(),
        name: "echo".into(),
        binary: "echo".into(),
        arn: "arn:aws:lambda:us-east-1:000000000000:function:echo".into(),
        timeout: Duration::from_secs(10),
        memory_mb: 256,
        reserved_concurrency: None,
        environment: BTreeMap::new(),
        logging: Logging::default(),
        sources: Vec::new(),
        retry_attempts: 2,
        on_failure: None,
    }
}

pub(crate) type Lines = Arc<Mutex<Vec<(LogStream, String)>>>;

pub(crate) fn options() -> (Options, Lines) {
    let lines = Lines::default();
    let kept = lines.clone();
    let log = move |line: LogLine<'_>| {
        assert_eq!(line.function, "echo");
        assert!(line.process.starts_with("local-echo-"));
        kept.lock().unwrap().push((line.stream, line.text.to_owned()));
    };
    (Options::new(examples(), ENDPOINT, Arc::new(log)), lines)
}

pub(crate) fn lambda(change: impl FnOnce(&mut Function, &mut Options)) -> Lambda {
    let (mut function, (mut options, _)) = (echo(), options());
    change(&mut function, &mut options);
    Lambda::new([function], options)
}

/// Invokes `echo` with an instruction.
pub(crate) async fn tell(lambda: &Lambda, event: Value) -> Result<Value, FunctionError> {
    let answer = lambda.invoke("echo", Bytes::from(event.to_string())).await?;
    Ok(serde_json::from_slice(&answer).unwrap())
}

/// Waits for something that happens on its own, or fails the test.
pub(crate) async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..400 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("never: {what}");
}

/// Whether a process exists and is no zombie.
pub(crate) fn lives(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}
