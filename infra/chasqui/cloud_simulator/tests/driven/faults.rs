//! Every fault that can be asked for, seen from outside.

use std::time::Instant;

use serde_json::json;

use crate::helpers::{Stage, all, text};

async fn shown(stage: &Stage) -> usize {
    let thread = stage.look("/people/573001112233/messages").await;
    thread["messages"].as_array().unwrap().iter().filter(|message| message["from"] == "business").count()
}

#[tokio::test]
async fn answers_that_never_come() {
    let stage = Stage::new().await;
    let ana = stage.ana().await;
    for (fault, processed) in [("timeout_before", 0), ("reset_before", 0), ("timeout_after", 1), ("reset_after", 2)] {
        stage.sim("/faults", &json!({"kind": fault})).await;
        assert_eq!(stage.send(&text(ana, fault)).await, None, "{fault}");
        assert_eq!(shown(&stage).await, processed, "{fault}");
    }
    assert_eq!(stage.send(&text(ana, "fine")).await.unwrap().0, 200);
    let log = stage.look("/log").await;
    assert_eq!(
        (&log["calls"][0]["status"], &log["calls"][0]["fault"]["kind"]),
        (&json!(null), &json!("timeout_before"))
    );
}

#[tokio::test]
async fn answers_that_mislead() {
    let stage = Stage::new().await;
    let ana = stage.ana().await;
    stage
        .sim(
            "/faults",
            &json!({"faults": [
        {"kind": "http_500_after"},
        {"kind": "error", "code": 131_056, "times": 2},
        {"kind": "error", "code": 190, "http_status": 418, "message": "tea", "details": "pot"},
        {"kind": "delay", "ms": 80}]}),
        )
        .await;
    let (status, answer) = stage.send(&text(ana, "x")).await.unwrap();
    assert_eq!((status, &answer["error"]["code"], shown(&stage).await), (500, &json!(131_000), 1));
    for _ in 0..2 {
        let (status, answer) = stage.send(&text(ana, "x")).await.unwrap();
        assert_eq!((status, &answer["error"]["code"]), (400, &json!(131_056)));
    }
    let (status, answer) = stage.send(&text(ana, "x")).await.unwrap();
    assert_eq!(
        (status, &answer["error"]["message"], &answer["error"]["error_data"]["details"]),
        (418, &json!("tea"), &json!("pot"))
    );
    let start = Instant::now();
    assert_eq!(stage.send(&text(ana, "x")).await.unwrap().0, 200);
    assert!(start.elapsed().as_millis() >= 80);
    assert_eq!(shown(&stage).await, 2);
}

#[tokio::test]
async fn a_fault_for_one_recipient_and_a_late_failure() {
    let stage = Stage::new().await;
    let ana = stage.ana().await;
    stage.sim("/faults", &json!({"kind": "error", "code": 131_000, "to": "+57 300 999 9999"})).await;
    stage.sim("/faults", &json!({"kind": "fail_later", "code": 131_049})).await;
    assert_eq!(stage.send(&text(ana, "x")).await.unwrap().0, 200);
    let received = stage.webhooks(1).await;
    assert_eq!(all(&received[0].body, "statuses")[0]["errors"][0]["code"], 131_049);
    assert_eq!(stage.look("/faults").await["faults"].as_array().unwrap().len(), 1);
    assert_eq!(stage.call("POST", "/_sim/faults", Some(&json!({"kind": "explode"})), None).await.unwrap().0, 400);
}

#[tokio::test]
async fn statuses_held_reversed_dropped_repeated_and_told_by_hand() {
    let stage = Stage::new().await;
    let ana = stage.ana().await;
    stage.sim("/webhooks/hold", &json!({"statuses": true})).await;
    let id = stage.sent(&text(ana, "x")).await;
    stage.webhooks(0).await;
    stage.sim("/webhooks/release", &json!({"reversed": true})).await;
    stage.webhooks(2).await;
    assert_eq!(stage.statuses(), ["delivered", "sent"]);

    stage.sim("/webhooks/faults", &json!({"faults": [{"kind": "drop_statuses", "count": 1}, {"kind": "repeat_statuses", "count": 1, "copies": 2}]})).await;
    stage.sim("/statuses", &json!({"message_id": id, "status": "read"})).await;
    stage.sim("/statuses", &json!({"message_id": id, "status": "played"})).await;
    stage.webhooks(5).await;
    assert_eq!(stage.statuses()[2..], ["played", "played", "played"]);
    stage.sim("/statuses", &json!({"message_id": id, "status": "sent", "times": 2})).await;
    stage.webhooks(7).await;
    assert_eq!(
        stage.look("/people/573001112233/messages").await["messages"][1]["state"],
        "played",
        "told again, not gone back"
    );
    assert_eq!(
        stage.call("POST", "/_sim/statuses", Some(&json!({"message_id": id, "status": "lost"})), None).await.unwrap().0,
        400
    );
    assert_eq!(
        stage
            .call("POST", "/_sim/statuses", Some(&json!({"message_id": "wamid.x", "status": "sent"})), None)
            .await
            .unwrap()
            .0,
        404
    );
}

#[tokio::test]
async fn webhooks_repeated_spoiled_and_badly_signed() {
    let stage = Stage::new().await;
    stage.ana().await;
    let write = json!({"text": "x"});
    stage.sim("/webhooks/faults", &json!({"faults": [{"kind": "repeat", "times": 1}, {"kind": "unsigned"}, {"kind": "wrong_signature"}, {"kind": "malformed_item"}]})).await;
    stage.sim("/people/573001112233/messages", &write).await;
    let received = stage.webhooks(2).await;
    assert_eq!(received[0].raw, received[1].raw);
    for _ in 0..3 {
        stage.sim("/people/573001112233/messages", &write).await;
    }
    let received = stage.webhooks(5).await;
    assert_eq!(received[2].signature, None);
    assert_ne!(received[3].signature.as_deref(), Some(crate::helpers::signed(&received[3].raw).as_str()));
    let spoiled = all(&received[4].body, "messages");
    assert_eq!((&spoiled[0]["id"], spoiled.len()), (&json!(42), 2));

    let number = stage.look("/webhooks").await["webhooks"][1]["number"].clone();
    stage.sim(&format!("/webhooks/{number}/repeat"), &json!({})).await;
    assert_eq!(stage.webhooks(6).await[5].raw, received[0].raw);
    stage.sim("/webhooks", &json!({"body": "not json", "signature": "valid"})).await;
    let received = stage.webhooks(7).await;
    assert_eq!(
        (received[6].raw.as_str(), received[6].signature.as_deref()),
        ("not json", Some(crate::helpers::signed("not json").as_str()))
    );
}

#[tokio::test]
async fn updates_gathered_into_one_post_or_reversed() {
    let stage = Stage::new().await;
    stage.ana().await;
    let write = |text: &str| json!({"text": text});
    stage.sim("/webhooks/faults", &json!({"kind": "gather", "count": 3, "one_post": true})).await;
    for text in ["1", "2", "3"] {
        stage.sim("/people/573001112233/messages", &write(text)).await;
    }
    let received = stage.webhooks(1).await;
    assert_eq!(all(&received[0].body, "messages").len(), 3);
    stage.sim("/webhooks/faults", &json!({"kind": "gather", "count": 2, "reversed": true})).await;
    for text in ["4", "5"] {
        stage.sim("/people/573001112233/messages", &write(text)).await;
    }
    let received = stage.webhooks(3).await;
    let texts: Vec<_> = received[1..].iter().map(|one| all(&one.body, "messages")[0]["text"]["body"].clone()).collect();
    assert_eq!(texts, [json!("5"), json!("4")]);
    stage.sim("/behaviour", &json!({"batch_window_ms": 60})).await;
    for text in ["6", "7", "8"] {
        stage.sim("/people/573001112233/messages", &write(text)).await;
    }
    assert_eq!(all(&stage.webhooks(4).await[3].body, "messages").len(), 3);
}
