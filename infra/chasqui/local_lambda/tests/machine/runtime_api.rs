//! Processes behind the Runtime API: what reaches them, and every way they can fail.

use crate::support::{ENDPOINT, echo, eventually, examples, lambda, lives, options, tell};
use bytes::Bytes;
use local_lambda::runtime_api::{FunctionError, Lambda, LogStream};
use serde_json::json;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

#[tokio::test]
async fn what_cannot_be_invoked_says_why() {
    let missing = lambda(|function, _| function.binary = "no-such-binary".into());
    let error = missing.invoke("echo", "{}".into()).await.unwrap_err();
    assert!(matches!(&error, FunctionError::Start { binary, .. } if binary.ends_with("no-such-binary")), "{error}");

    let error = missing.invoke("nobody", "{}".into()).await.unwrap_err();
    assert_eq!(error.to_string(), r#"no function is named "nobody"; the template has echo"#);

    let large = Bytes::from(vec![b' '; 7 * 1024 * 1024]);
    let error = missing.invoke("echo", large).await.unwrap_err();
    assert!(matches!(error, FunctionError::TooLarge { what: "event", .. }), "{error}");
    assert!(!error.was_delivered());
}

#[tokio::test]
async fn failing_to_initialise_is_reported_with_what_the_process_wrote() {
    let failing = lambda(|function, _| drop(function.environment.insert("INIT".into(), "fail".into())));
    let error = failing.warm_up().await.unwrap_err();
    assert!(!error.was_delivered());
    let FunctionError::Init { reason, stderr, .. } = error else { panic!("{error}") };
    assert!(reason.contains("exit status: 1"), "{reason}");
    assert!(stderr.contains("cannot find what it needs"), "{stderr}");

    let hanging = lambda(|function, options| {
        function.environment.insert("INIT".into(), "hang".into());
        options.init_timeout = Duration::from_millis(200);
    });
    let error = hanging.invoke("echo", "{}".into()).await.unwrap_err();
    assert!(matches!(&error, FunctionError::Init { reason, .. } if reason.contains("200ms")), "{error}");
}

#[tokio::test]
async fn failures_of_the_handler_leave_the_process_alive() {
    let lambda = lambda(|_, _| {});
    for (instruction, text) in [("fail", "told to fail"), ("panic", "told to panic")] {
        let error = tell(&lambda, json!({"do": instruction})).await.unwrap_err();
        assert!(matches!(&error, FunctionError::Handler { message, .. } if message.contains(text)), "{error}");
    }
    tell(&lambda, json!({})).await.unwrap();
    let stats = &lambda.stats()[0];
    assert_eq!((stats.invocations, stats.errors, stats.cold_starts, stats.crashes), (3, 2, 1, 0));
}

#[tokio::test]
async fn a_crash_fails_its_event_and_a_fresh_process_takes_the_next() {
    let lambda = lambda(|_, _| {});
    let error = tell(&lambda, json!({"do": "crash"})).await.unwrap_err();
    assert!(error.was_delivered());
    let FunctionError::Exited { status, stderr, .. } = error else { panic!("{error}") };
    assert_eq!(status.to_string(), "exit status: 3");
    assert!(stderr.contains("last words"), "{stderr}");
    assert_eq!(tell(&lambda, json!({"do": "context"})).await.unwrap()["key"], "local-echo-2");
    assert_eq!(lambda.stats()[0].crashes, 1);
}

#[tokio::test]
async fn a_process_that_ends_between_events_fails_none() {
    let lambda = lambda(|function, _| function.reserved_concurrency = Some(1));
    tell(&lambda, json!({"do": "exit later"})).await.unwrap();
    let pid = lambda.stats()[0].processes[0].pid;
    eventually("the process ends", || !lives(pid)).await;
    assert_eq!(tell(&lambda, json!({"do": "context"})).await.unwrap()["key"], "local-echo-2");
    assert_eq!(lambda.stats()[0].errors, 0);
}

#[tokio::test]
async fn the_timeout_kills_the_process() {
    let lambda = lambda(|function, _| function.timeout = Duration::from_millis(500));
    lambda.warm_up().await.unwrap();
    let pid = lambda.stats()[0].processes[0].pid;
    let started = Instant::now();
    let error = tell(&lambda, json!({"do": "hang"})).await.unwrap_err();
    assert!(matches!(error, FunctionError::TimedOut { .. }), "{error}");
    assert!(started.elapsed() >= Duration::from_millis(500) && !lives(pid));
    tell(&lambda, json!({})).await.unwrap();
    assert_eq!(lambda.stats()[0].timeouts, 1);
}

#[tokio::test]
async fn a_process_can_be_killed_in_the_middle() {
    let lambda = lambda(|_, _| {});
    assert!(!lambda.kill("local-echo-1"), "nothing runs yet");
    let working = tokio::spawn({
        let lambda = lambda.clone();
        async move { tell(&lambda, json!({"do": "hang"})).await }
    });
    let taken = || lambda.stats()[0].processes.iter().any(|process| process.invocations == 1);
    eventually("the process takes the event", taken).await;
    assert_eq!(lambda.stats()[0].working, 1);
    assert!(lambda.kill("local-echo-1"));
    let error = working.await.unwrap().unwrap_err();
    assert!(
        matches!(&error, FunctionError::Exited { status, .. } if status.to_string().contains("SIGKILL")),
        "{error}"
    );
    assert!(!lambda.kill("local-echo-1"), "it is gone");
    assert_eq!(lambda.stats()[0].working, 0);
}

#[tokio::test]
async fn too_large_an_answer_is_an_error() {
    let error = tell(&lambda(|_, _| {}), json!({"do": "large"})).await.unwrap_err();
    assert!(matches!(error, FunctionError::TooLarge { what: "answer", .. }), "{error}");
    assert!(error.was_delivered());
}

#[tokio::test]
async fn the_environment_is_lambdas_and_not_ours() {
    let lambda = lambda(|function, options| {
        function.environment.insert("TABLE_NAME".into(), "chasqui-Table".into());
        function.logging.format = Some("JSON".into());
        options.clock = Some("/tmp/clock".into());
    });
    let environment = tell(&lambda, json!({"do": "env"})).await.unwrap();
    for (name, value) in [
        ("AWS_LAMBDA_FUNCTION_NAME", "echo"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "local-echo-1"),
        ("AWS_ENDPOINT_URL", ENDPOINT),
        ("CHASQUI_CLOCK", "/tmp/clock"),
        ("TABLE_NAME", "chasqui-Table"),
    ] {
        assert_eq!(environment[name], value, "{name}");
    }
    assert!(environment["AWS_LAMBDA_RUNTIME_API"].as_str().unwrap().starts_with("127.0.0.1:"));
    for inherited in ["HOME", "CARGO_MANIFEST_DIR", "USER"] {
        assert!(environment.get(inherited).is_none(), "{inherited}");
    }
}

#[tokio::test]
async fn the_context_tells_the_deadline() {
    let lambda = lambda(|_, _| {});
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64;
    let before = now();
    let context = tell(&lambda, json!({"do": "context"})).await.unwrap();
    let deadline = context["deadline"].as_u64().unwrap();
    assert!((before + 10_000..=now() + 10_000).contains(&deadline));
    assert_eq!(context["arn"], echo().arn);
    assert_eq!(context["memory"], 256);
    assert_eq!(context["request_id"].as_str().unwrap().len(), 36);
    assert!(context["trace"].as_str().unwrap().starts_with("Root=1-"));
    let again = tell(&lambda, json!({"do": "context"})).await.unwrap();
    assert_ne!(context["request_id"], again["request_id"]);
    assert_eq!(context["key"], again["key"], "an idle process is used again");
}

#[tokio::test]
async fn pools_grow_to_their_limit_and_then_wait() {
    let lambda = lambda(|_, options| options.processes_per_source = 2);
    let started = Instant::now();
    let sleep = json!({"do": "sleep", "ms": 300});
    let all = futures::future::join_all((0..4).map(|_| tell(&lambda, sleep.clone()))).await;
    assert!(all.iter().all(Result::is_ok));
    assert!(started.elapsed() >= Duration::from_millis(600), "two at a time: {:?}", started.elapsed());
    let stats = &lambda.stats()[0];
    assert_eq!((stats.processes.len(), stats.cold_starts, stats.invocations), (2, 2, 4));
}

#[tokio::test]
async fn reserved_concurrency_is_a_limit() {
    let lambda = lambda(|function, _| function.reserved_concurrency = Some(1));
    let all = futures::future::join_all((0..3).map(|_| tell(&lambda, json!({})))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(lambda.stats()[0].cold_starts, 1);
}

#[tokio::test]
async fn an_invocation_goes_on_when_its_caller_leaves() {
    let lambda = lambda(|_, _| {});
    let invocation = tell(&lambda, json!({"do": "sleep", "ms": 400}));
    assert!(tokio::time::timeout(Duration::from_millis(20), invocation).await.is_err());
    eventually("it finishes", || lambda.stats()[0].invocations == 1).await;
    assert_eq!(tell(&lambda, json!({"do": "context"})).await.unwrap()["key"], "local-echo-1");
}

#[tokio::test]
async fn asynchronous_events_are_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let lambda = lambda(|_, options| options.retry_delays = [Duration::from_millis(10); 2]);
    let event = |name: &str| Bytes::from(json!({"do": "fail twice", "file": folder.path().join(name)}).to_string());
    lambda.invoke_event("EchoFunction", event("a")).await.unwrap();
    assert_eq!(lambda.stats()[0].errors, 2);

    let once = crate::support::lambda(|function, _| function.retry_attempts = 0);
    let error = once.invoke_event(&echo().arn, event("b")).await.unwrap_err();
    assert!(matches!(&error, FunctionError::Handler { message, .. } if message == "not yet"), "{error}");
    assert_eq!(once.stats()[0].invocations, 1);
}

#[tokio::test]
async fn lines_go_to_the_sink() {
    let (options, lines) = options();
    let lambda = Lambda::new([echo()], options);
    tell(&lambda, json!({"do": "write"})).await.unwrap();
    let written = || lines.lock().unwrap().iter().filter(|(stream, _)| *stream == LogStream::Out).count() == 2;
    eventually("both lines arrive", written).await;
    let texts: Vec<String> = lines.lock().unwrap().iter().map(|(_, text)| text.clone()).collect();
    assert_eq!(texts, ["not utf-8: \u{fffd}", "second"]);
}

#[tokio::test]
async fn processor_time_and_memory_are_counted_even_after_the_end() {
    let lambda = lambda(|_, _| {});
    tell(&lambda, json!({"do": "burn"})).await.unwrap();
    let stats = &lambda.stats()[0];
    assert!(stats.cpu >= Duration::from_millis(50), "{stats:?}");
    assert!(stats.peak_memory > 1_000_000 && stats.processes[0].usage.peak_memory == stats.peak_memory, "{stats:?}");
    assert!(stats.slowest_start > Duration::ZERO && stats.duration >= Duration::from_millis(300), "{stats:?}");
    lambda.stop(Duration::from_secs(1)).await;
    let after = &lambda.stats()[0];
    assert!(after.processes.is_empty() && after.cpu >= stats.cpu && after.peak_memory >= stats.peak_memory);
}

#[tokio::test]
async fn stopping_lets_work_finish_and_leaves_no_process() {
    let lambda = lambda(|_, _| {});
    let working = tokio::spawn({
        let lambda = lambda.clone();
        async move { tell(&lambda, json!({"do": "sleep", "ms": 400})).await }
    });
    eventually("it runs", || lambda.stats()[0].processes.iter().any(|process| process.invocations == 1)).await;
    let pid = lambda.stats()[0].processes[0].pid;
    lambda.stop(Duration::from_secs(5)).await;
    assert!(working.await.unwrap().is_ok() && !lives(pid));
    let error = tell(&lambda, json!({})).await.unwrap_err();
    assert!(matches!(error, FunctionError::Stopped { .. }), "{error}");
}

#[tokio::test]
async fn stopping_does_not_wait_for_ever() {
    let lambda = lambda(|function, _| function.timeout = Duration::from_secs(60));
    let working = tokio::spawn({
        let lambda = lambda.clone();
        async move { tell(&lambda, json!({"do": "hang"})).await }
    });
    eventually("it runs", || lambda.stats()[0].processes.iter().any(|process| process.invocations == 1)).await;
    lambda.stop(Duration::from_millis(100)).await;
    assert!(matches!(working.await.unwrap().unwrap_err(), FunctionError::Exited { .. }));
}

#[tokio::test]
async fn dropping_the_machine_ends_its_processes() {
    let lambda = lambda(|_, _| {});
    lambda.warm_up().await.unwrap();
    let pid = lambda.stats()[0].processes[0].pid;
    assert!(lives(pid));
    drop(lambda);
    eventually("the process ends", || !lives(pid)).await;
}

#[tokio::test]
async fn an_interrupt_in_the_terminal_does_not_reach_the_processes() {
    let lambda = lambda(|_, _| {});
    lambda.warm_up().await.unwrap();
    let pid = lambda.stats()[0].processes[0].pid;
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let group = stat.rsplit_once(')').unwrap().1.split_whitespace().nth(2).unwrap().to_owned();
    assert_eq!(group, pid.to_string());
}

/// `lambda_runtime` ends when it cannot ask for the next event, so nothing is needed from the operating system.
#[tokio::test]
async fn no_process_outlives_a_machine_that_was_killed() {
    let mut machine = Command::new(examples().join("parent")).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(machine.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let pid: u32 = line.trim().parse().unwrap();
    assert!(lives(pid));
    machine.kill().unwrap();
    machine.wait().unwrap();
    eventually("the function's process ends by itself", || !lives(pid)).await;
}
