//! Everything below goes through the unmodified AWS SDKs, over the port.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

mod dynamodb;
mod faults;
mod persistence;
mod scheduler;
mod secrets;
mod sqs_fifo;
mod sqs_standard;
mod usage;

use std::{path::Path, time::Duration};

use aws_credential_types::Credentials;
use local_aws::{LocalAws, Options, SimulatedClock};

macro_rules! client {
    ($sdk:ident, $endpoint:expr, $key:expr) => {{
        let config = $sdk::Config::builder()
            .behavior_version($sdk::config::BehaviorVersion::latest())
            .region($sdk::config::Region::new("us-east-1"))
            .endpoint_url($endpoint)
            .credentials_provider(Credentials::from_keys($key, "secret", None))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            // A fault that is armed once must be seen, not retried away.
            .retry_config($sdk::config::retry::RetryConfig::disabled())
            .build();
        $sdk::Client::from_conf(config)
    }};
}
pub(crate) use client;

/// The services in memory.
async fn start() -> LocalAws {
    LocalAws::start(Options::in_memory(SimulatedClock::temporary().unwrap())).await.unwrap()
}

/// The services with their data in `folder`.
async fn start_in(folder: &Path) -> LocalAws {
    let clock = SimulatedClock::open(folder.join("clock")).unwrap();
    let options = Options { data_dir: Some(folder.join("data")), ..Options::in_memory(clock) };
    LocalAws::start(options).await.unwrap()
}

fn sqs(aws: &LocalAws) -> aws_sdk_sqs::Client {
    client!(aws_sdk_sqs, aws.endpoint(), "local-journeys-1")
}

fn scheduler_client(aws: &LocalAws) -> aws_sdk_scheduler::Client {
    client!(aws_sdk_scheduler, aws.endpoint(), "local-journeys-1")
}

fn dynamodb_client(aws: &LocalAws) -> aws_sdk_dynamodb::Client {
    client!(aws_sdk_dynamodb, aws.endpoint(), "local-journeys-1")
}

/// Waits until `check` holds.
async fn until(what: &str, mut check: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !check().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting).await.unwrap_or_else(|_| panic!("never: {what}"));
}

/// One request without an SDK.
async fn http(aws: &LocalAws, method: &str, path: &str, body: &str, extra: &str) -> (u16, String) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let address = aws.endpoint().trim_start_matches("http://").to_owned();
    let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n{extra}\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
}
