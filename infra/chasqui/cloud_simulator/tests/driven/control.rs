//! The rest of the control endpoints, the page, and what survives a restart.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use serde_json::json;

use crate::helpers::{Stage, exchange, text};

#[tokio::test]
async fn mistakes_in_a_test_are_said() {
    let stage = Stage::new().await;
    for (path, body) in [
        ("/_sim/behaviour", json!({"windowrule": "off"})),
        ("/_sim/behaviour", json!({"window_rule": "sometimes"})),
        ("/_sim/clock", json!({})),
        ("/_sim/people", json!({"phone": "12"})),
        ("/_sim/people", json!({"phon": "573001112233"})),
        ("/_sim/webhooks/hold", json!({"all": true})),
        ("/_sim/webhooks", json!({"body": {}, "signature": "maybe"})),
        ("/_sim/templates/reminder/es", json!({"status": "GONE"})),
        ("/_sim/templates", json!({"name": "X"})),
    ] {
        let (status, answer) = stage.call("POST", path, Some(&body), None).await.unwrap();
        assert!(status == 400 && answer["error"].is_string(), "{path} {body}: {status} {answer}");
    }
    assert_eq!(stage.call("GET", "/_sim/nothing", None, None).await.unwrap().0, 404);
    assert_eq!(stage.call("GET", "/_sim/people/nobody", None, None).await.unwrap().0, 404);
}

#[tokio::test]
async fn the_clock_moves_what_people_see() {
    let stage = Stage::new().await;
    stage.ana().await;
    let before = stage.look("/clock").await["now_ms"].as_i64().unwrap();
    stage.sim("/clock", &json!({"advance_ms": 90_000_000})).await;
    assert!(stage.look("/clock").await["now_ms"].as_i64().unwrap() >= before + 90_000_000);
    assert_eq!(stage.look("/people/573001112233").await["window"]["open"], false);
}

#[tokio::test]
async fn the_page_is_served_and_told_of_changes() {
    let stage = Stage::new().await;
    for (path, kind) in [
        ("/", "text/html"),
        ("/phone.css", "text/css"),
        ("/phone.js", "text/javascript"),
        ("/messages.js", "text/javascript"),
        ("/words.js", "text/javascript"),
    ] {
        let request =
            http::Request::get(format!("{}{path}", stage.simulator.url())).body(Full::<Bytes>::default()).unwrap();
        let (status, body) = exchange(request).await.unwrap();
        assert!(status == 200 && body.len() > 500, "{path} ({kind}) has {} bytes", body.len());
    }
    let client =
        hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new()).build_http::<Full<Bytes>>();
    let mut events =
        client.get(format!("{}/_sim/events", stage.simulator.url()).parse().unwrap()).await.unwrap().into_body();
    stage.sim("/people", &json!({"phone": "573001112233"})).await;
    let frame =
        tokio::time::timeout(std::time::Duration::from_secs(2), events.frame()).await.unwrap().unwrap().unwrap();
    let told = String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap();
    assert!(told.starts_with("data: ") && told.contains("573001112233"), "{told}");
}

#[tokio::test]
async fn the_world_survives_a_restart_and_a_foreign_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("phone.json");
    let stage = Stage::with(|options| options.data_file = Some(file.clone())).await;
    let ana = stage.ana().await;
    stage.sim("/people/573001112233", &json!({"online": false})).await;
    stage.sent(&text(ana, "kept")).await;
    stage.webhooks(1).await;
    stage.sim("/people/573001112233/messages", &json!({"image": {}})).await;
    stage.simulator.stop().await.unwrap();

    let again = Stage::with(|options| options.data_file = Some(file.clone())).await;
    let thread = again.look("/people/573001112233/messages").await;
    assert_eq!(
        (&thread["messages"][1]["content"]["body"], &thread["messages"][1]["state"]),
        (&json!("kept"), &json!("sent"))
    );
    assert_eq!(thread["person"]["window"]["open"], true);
    again.sim("/people/573001112233", &json!({"online": true})).await;
    again.webhooks(1).await;
    assert_eq!(again.statuses(), ["delivered"]);
    again.simulator.stop().await.unwrap();

    std::fs::write(&file, "not ours").unwrap();
    let mut options = cloud_simulator::Options::new(crate::helpers::line(), None);
    options.data_file = Some(file);
    let refusal = cloud_simulator::CloudSimulator::start(options).await.err().unwrap().to_string();
    assert!(refusal.contains("phone.json"), "{refusal}");
}

#[tokio::test]
async fn a_stopped_simulator_frees_its_port() {
    let stage = Stage::new().await;
    let address = stage.simulator.address();
    stage.simulator.stop().await.unwrap();
    std::net::TcpListener::bind(address).unwrap();
}
