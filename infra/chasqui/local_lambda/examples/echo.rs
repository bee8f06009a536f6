//! A function for the tests of this crate: it does what each event tells it, mishaps included.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    match std::env::var("INIT").as_deref() {
        Ok("fail") => return Err("cannot find what it needs".into()),
        Ok("hang") => tokio::time::sleep(Duration::from_secs(3600)).await,
        _ => {}
    }
    lambda_runtime::run(service_fn(handle)).await
}

async fn handle(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let (payload, context) = event.into_parts();
    if let Some(records) = payload["Records"].as_array() {
        return Ok(consume(records).await);
    }
    let instruction = match payload.get("rawPath") {
        Some(path) => path.as_str().unwrap_or_default().trim_start_matches("/do/").to_owned(),
        None => payload["do"].as_str().unwrap_or_default().to_owned(),
    };
    obey(&instruction, &payload).await?;
    Ok(match instruction.as_str() {
        "env" => json!(std::env::vars().collect::<BTreeMap<_, _>>()),
        "context" => json!({
            "request_id": context.request_id,
            "deadline": context.deadline,
            "arn": context.invoked_function_arn,
            "trace": context.xray_trace_id,
            "memory": context.env_config.memory,
            "key": std::env::var("AWS_ACCESS_KEY_ID").unwrap_or_default(),
        }),
        "large" => "x".repeat(7 * 1024 * 1024).into(),
        "improper" => json!({"statusCode": 200, "body": {"not": "text"}}),
        "teapot" => json!({
            "statusCode": 418,
            "headers": {"content-type": "text/plain", "x-seen": payload["headers"]["x-sent"]},
            "cookies": ["a=1", "b=2"],
            "body": payload["body"],
            "isBase64Encoded": payload["isBase64Encoded"],
        }),
        _ => payload,
    })
}

/// Each body is an instruction; `fail` is reported for its message alone.
async fn consume(records: &[Value]) -> Value {
    let mut failures = Vec::new();
    for record in records {
        let instruction = record["body"].as_str().unwrap_or_default();
        if obey(instruction, &json!({"ms": 300})).await.is_err() {
            failures.push(json!({"itemIdentifier": record["messageId"]}));
        }
    }
    json!({"batchItemFailures": failures})
}

#[allow(clippy::panic)] // to see what the runtime makes of it
async fn obey(instruction: &str, payload: &Value) -> Result<(), Error> {
    match instruction {
        "sleep" => tokio::time::sleep(Duration::from_millis(payload["ms"].as_u64().unwrap_or(300))).await,
        "hang" => tokio::time::sleep(Duration::from_secs(3600)).await,
        "fail" => return Err("told to fail".into()),
        "panic" => panic!("told to panic"),
        "crash" => {
            writeln!(std::io::stderr(), "last words")?;
            std::process::exit(3);
        }
        "exit later" => drop(std::thread::spawn(|| {
            std::thread::sleep(Duration::from_millis(50));
            std::process::exit(0);
        })),
        "write" => {
            let mut output = std::io::stdout();
            output.write_all(b"not utf-8: \xff\nsecond\r\n")?;
            output.flush()?;
        }
        "burn" => {
            let end = std::time::Instant::now() + Duration::from_millis(300);
            while std::time::Instant::now() < end {}
        }
        "fail twice" => {
            let path = payload["file"].as_str().unwrap_or_default();
            let attempts = std::fs::read_to_string(path).unwrap_or_default();
            std::fs::write(path, format!("{attempts}x"))?;
            if attempts.len() < 2 {
                return Err("not yet".into());
            }
        }
        _ => {}
    }
    Ok(())
}
