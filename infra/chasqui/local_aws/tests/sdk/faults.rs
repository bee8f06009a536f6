//! Faults strike the request they name, before or after its effect.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use aws_credential_types::Credentials;
use aws_sdk_sqs::{error::ProvideErrorMetadata, types::SendMessageBatchRequestEntry};
use local_aws::{Callers, LocalAws};
use serde_json::{Value, json};

use crate::{client, http, sqs, start};

async fn arm(aws: &LocalAws, fault: Value) {
    let (status, problem) = http(aws, "POST", "/_local/faults", &fault.to_string(), "").await;
    assert_eq!(status, 204, "{problem}");
}

async fn queue(aws: &LocalAws) -> String {
    aws.sqs().ensure_queue("q", Default::default()).unwrap();
    aws.queue_url("q")
}

fn waiting(aws: &LocalAws) -> usize {
    aws.sqs().peek("q").unwrap().len()
}

#[tokio::test]
async fn the_control_lists_and_clears_and_is_not_for_web_pages() {
    let aws = start().await;
    let fault = json!({"service": "sqs", "when": "before", "do": "drop_connection", "times": 3});
    for (body, extra, expected) in [
        ("nonsense", "", 400),
        (r#"{"service":"sqs","do":"explode"}"#, "", 400),
        (fault.to_string().as_str(), "origin: https://example.org\r\n", 403),
        (fault.to_string().as_str(), "", 204),
    ] {
        assert_eq!(http(&aws, "POST", "/_local/faults", body, extra).await.0, expected, "{body}");
    }
    let (_, listed) = http(&aws, "GET", "/_local/faults", "", "").await;
    assert_eq!(serde_json::from_str::<Value>(&listed).unwrap(), json!([fault]));
    assert_eq!(http(&aws, "DELETE", "/_local/faults", "", "").await.0, 204);
    assert_eq!(http(&aws, "GET", "/_local/faults", "", "").await.1, "[]");
    assert_eq!(http(&aws, "GET", "/_local/other", "", "").await.0, 404);
}

#[tokio::test]
async fn an_error_comes_with_or_without_the_effect() {
    let aws = start().await;
    let url = queue(&aws).await;
    let client = sqs(&aws);
    let send = || client.send_message().queue_url(&url).message_body("wamid.1").send();
    for (when, effect) in [("before", 0), ("after", 1)] {
        arm(
            &aws,
            json!({"service": "sqs", "operation": "SendMessage", "matches": "wamid.1", "caller": "journeys",
            "when": when, "do": "error:ServiceUnavailable:503"}),
        )
        .await;
        let other = client!(aws_sdk_sqs, aws.endpoint(), "local-sender-1");
        other.send_message().queue_url(&url).message_body("wamid.1").send().await.unwrap();
        assert_eq!(send().await.unwrap_err().code(), Some("ServiceUnavailable"), "{when}");
        assert_eq!(waiting(&aws), effect + 1, "{when}");
        send().await.unwrap();
        aws.sqs().purge("q").unwrap();
    }
}

#[tokio::test]
async fn a_dropped_connection_may_hide_a_success() {
    let aws = start().await;
    let url = queue(&aws).await;
    let client = sqs(&aws);
    arm(&aws, json!({"service": "sqs", "operation": "SendMessage", "when": "after", "do": "drop_connection"})).await;
    let error = client.send_message().queue_url(&url).message_body("x").send().await.unwrap_err();
    assert!(error.as_service_error().is_none(), "{error:?}");
    assert_eq!(waiting(&aws), 1);
}

#[derive(Default)]
struct Killed(Mutex<Vec<String>>);

impl Callers for Killed {
    fn kill(&self, access_key_id: &str) {
        self.0.lock().unwrap().push(access_key_id.to_owned());
    }
}

#[tokio::test]
async fn the_caller_is_killed_by_its_key_and_gets_no_answer() {
    let aws = start().await;
    let url = queue(&aws).await;
    let killed = Arc::new(Killed::default());
    aws.set_callers(killed.clone());
    arm(&aws, json!({"service": "sqs", "caller": "journeys", "when": "after", "do": "kill_caller"})).await;
    let client = client!(aws_sdk_sqs, aws.endpoint(), "local-journeys-7");
    client.send_message().queue_url(&url).message_body("x").send().await.unwrap_err();
    assert_eq!(*killed.0.lock().unwrap(), ["local-journeys-7"]);
    assert_eq!(waiting(&aws), 1);
}

#[tokio::test]
async fn a_delay_waits_and_goes_on() {
    let aws = start().await;
    let url = queue(&aws).await;
    arm(&aws, json!({"service": "sqs", "do": "delay:300"})).await;
    let started = Instant::now();
    sqs(&aws).send_message().queue_url(&url).message_body("x").send().await.unwrap();
    assert!(started.elapsed() >= Duration::from_millis(300));
    assert_eq!(waiting(&aws), 1);
}

#[tokio::test]
async fn a_partial_batch_fails_the_matching_entries_only() {
    let aws = start().await;
    let url = queue(&aws).await;
    let client = sqs(&aws);
    let entry = |id: &str| {
        let body = json!({ "id": format!("wamid.{id}") }).to_string();
        SendMessageBatchRequestEntry::builder().id(id).message_body(body).build().unwrap()
    };
    for (ids, expected) in [(&["1", "2", "3"][..], 2), (&["2"], 0)] {
        arm(&aws, json!({"service": "sqs", "operation": "SendMessageBatch", "matches": "wamid.2", "do": "partial"}))
            .await;
        let batch = client.send_message_batch().queue_url(&url);
        let answer = batch.set_entries(Some(ids.iter().map(|id| entry(id)).collect())).send().await.unwrap();
        let failed: Vec<_> = answer.failed().iter().map(|entry| (entry.id(), entry.code())).collect();
        assert_eq!(failed, [("2", "InternalError")]);
        assert_eq!((answer.successful().len(), waiting(&aws)), (expected, expected));
        aws.sqs().purge("q").unwrap();
    }
}

#[tokio::test]
async fn faults_strike_dynamodb_in_its_own_words() {
    let aws = start().await;
    let client = crate::dynamodb_client(&aws);
    arm(&aws, json!({"service": "dynamodb", "operation": "ListTables", "do": "error:InternalServerError:500"})).await;
    let error = client.list_tables().send().await.unwrap_err();
    assert!(error.into_service_error().is_internal_server_error());
    client.list_tables().send().await.unwrap();
}
