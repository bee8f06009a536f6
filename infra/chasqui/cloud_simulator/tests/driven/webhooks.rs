//! What the webhook receives: signatures, shapes, retries.

use serde_json::{Value, json};

use crate::helpers::{Stage, all, signed, text};
use cloud_simulator::{Escaping, Handshake};

#[tokio::test]
async fn the_handshake_succeeds_and_fails() {
    let stage = Stage::new().await;
    assert_eq!(stage.simulator.handshake().await, Handshake::Verified);
    assert_eq!(stage.look("/status").await["handshake"]["state"], "verified");
    let wrong = Stage::with(|options| options.verify_token = "wrong".into()).await;
    let Handshake::Failed(reason) = wrong.simulator.handshake().await else { panic!("verified with a wrong token") };
    assert!(reason.contains("403"), "{reason}");
    let other = json!({"override_callback_uri": stage.webhook_url, "verify_token": "wrong"});
    assert_eq!(stage.graph("POST", "/v25.0/102290129340398/subscribed_apps", Some(&other)).await.0, 400);
    let right = json!({"override_callback_uri": stage.webhook_url, "verify_token": "simulated-verify-token"});
    assert_eq!(stage.graph("POST", "/v25.0/102290129340398/subscribed_apps", Some(&right)).await.0, 200);
}

#[tokio::test]
async fn everything_a_person_can_do_becomes_a_signed_webhook() {
    let stage = Stage::new().await;
    let ana = stage.ana().await;
    stage.sim("/behaviour", &json!({"automatic_statuses": false})).await;
    let buttons = json!({"messaging_product": "whatsapp", "to": ana, "type": "interactive", "interactive": {"type": "button", "body": {"text": "¿Vienes?"},
        "action": {"buttons": [{"type": "reply", "reply": {"id": "yes", "title": "Sí"}}, {"type": "reply", "reply": {"id": "no", "title": "No"}}]}}});
    let list = json!({"messaging_product": "whatsapp", "to": ana, "type": "interactive", "interactive": {"type": "list", "body": {"text": "Temas"},
        "action": {"button": "Ver", "sections": [{"rows": [{"id": "r1", "title": "Vacunas", "description": "Niños"}]}]}}});
    let flow = json!({"messaging_product": "whatsapp", "to": ana, "type": "interactive", "interactive": {"type": "flow", "body": {"text": "b"},
        "action": {"name": "flow", "parameters": {"flow_message_version": "3", "flow_id": "1", "flow_cta": "Abrir"}}}});
    let with_buttons = stage.sent(&buttons).await;
    stage.sent(&list).await;
    stage.sent(&flow).await;
    let quoted = |key: &str, wanted: Value| (key.to_owned(), wanted);
    let cases = [
        (json!({"text": "ñandú"}), quoted("/text/body", json!("ñandú"))),
        (json!({"tap": "sí"}), quoted("/interactive/button_reply", json!({"id": "yes", "title": "Sí"}))),
        (json!({"tap": {"message_id": with_buttons, "id": "no"}}), quoted("/context/id", json!(with_buttons))),
        (
            json!({"tap": "r1"}),
            quoted("/interactive/list_reply", json!({"id": "r1", "title": "Vacunas", "description": "Niños"})),
        ),
        (json!({"image": {"caption": "mira"}}), quoted("/image/caption", json!("mira"))),
        (json!({"audio": {"voice": true}}), quoted("/audio/voice", json!(true))),
        (json!({"document": {"filename": "a.pdf"}}), quoted("/document/filename", json!("a.pdf"))),
        (json!({"sticker": {}}), quoted("/sticker/mime_type", json!("image/webp"))),
        (json!({"location": {"latitude": 4.6, "longitude": -74.1}}), quoted("/location/latitude", json!(4.6))),
        (json!({"reaction": {"message_id": with_buttons, "emoji": "👍"}}), quoted("/reaction/emoji", json!("👍"))),
        (
            json!({"reaction": {"message_id": with_buttons, "emoji": ""}}),
            quoted("/reaction", json!({"message_id": with_buttons})),
        ),
        (json!({"flow": {"age": 34}}), quoted("/interactive/nfm_reply/response_json", json!("{\"age\":34}"))),
        (
            json!({"contacts": [{"name": {"formatted_name": "Leo"}}]}),
            quoted("/contacts/0/name/formatted_name", json!("Leo")),
        ),
        (json!({"raw": {"type": "order", "order": {"catalog_id": "c"}}}), quoted("/order/catalog_id", json!("c"))),
        (json!({"text": "x", "forwarded": true}), quoted("/context/forwarded", json!(true))),
        (json!({"text": "x", "reply_to": with_buttons}), quoted("/context/from", json!("576015550100"))),
        (json!({"text": "x", "referral": {"source_id": "ad"}}), quoted("/referral/source_id", json!("ad"))),
    ];
    for (index, (draft, (pointer, wanted))) in cases.iter().enumerate() {
        let id = stage.sim("/people/573001112233/messages", draft).await["id"].clone();
        let received = stage.webhooks(index + 1).await;
        let one = &received[index];
        assert_eq!(one.signature.as_deref(), Some(signed(&one.raw).as_str()));
        let message = &all(&one.body, "messages")[0];
        assert_eq!((&message["id"], &message["from"]), (&id, &json!(ana)));
        assert!(message["timestamp"].as_str().unwrap().parse::<i64>().is_ok());
        assert_eq!(message.pointer(pointer), Some(wanted), "{draft} gave {message}");
    }
}

#[tokio::test]
async fn what_a_person_cannot_do_is_refused() {
    let stage = Stage::new().await;
    stage.ana().await;
    for (draft, part) in [
        (json!({}), "say what is written"),
        (json!({"tap": "Sí"}), "nothing to tap"),
        (json!({"flow": {}}), "no flow message"),
        (json!({"txt": "x"}), "unknown field"),
        (json!({"location": {"latitude": "x"}}), "numbers"),
        (json!({"image": {"base64": "%"}}), "base64"),
    ] {
        let (status, answer) =
            stage.call("POST", "/_sim/people/573001112233/messages", Some(&draft), None).await.unwrap();
        assert!(status == 400 && answer["error"].as_str().unwrap().contains(part), "{draft}: {answer}");
    }
    assert_eq!(
        stage.call("POST", "/_sim/people/nobody/messages", Some(&json!({"text": "x"})), None).await.unwrap().0,
        400
    );
}

#[tokio::test]
async fn a_refused_webhook_is_repeated_until_200_with_the_same_bytes() {
    let stage = Stage::new().await;
    stage.ana().await;
    *stage.receiver.answers.lock().unwrap() = vec![201, 500];
    stage.sim("/people/573001112233/messages", &json!({"text": "insist"})).await;
    let received = stage.webhooks(3).await;
    assert!(received.iter().all(|one| one.raw == received[0].raw && one.signature == received[0].signature));
    let posts = stage.look("/webhooks").await;
    let last = posts["webhooks"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["state"], last["attempts"].as_array().unwrap().len()), (&json!("delivered"), 3));
}

#[tokio::test]
async fn a_webhook_is_given_up_in_the_end() {
    let stage = Stage::with(|options| options.behaviour.retry_limit = 2).await;
    stage.ana().await;
    *stage.receiver.answers.lock().unwrap() = vec![500; 3];
    stage.sim("/people/573001112233/messages", &json!({"text": "insist"})).await;
    stage.webhooks(3).await;
    let thread = stage.look("/people/573001112233/messages").await;
    assert_eq!(thread["messages"][1]["ticks"], "failed");
}

#[tokio::test]
async fn escaped_bodies_are_signed_as_they_are() {
    let stage = Stage::with(|options| options.behaviour.escaping = Escaping::Always).await;
    stage.ana().await;
    stage.sim("/people/573001112233/messages", &json!({"text": "ñandú 🙂 a/b"})).await;
    let received = stage.webhooks(1).await;
    assert!(received[0].raw.is_ascii() && received[0].raw.contains("\\u00f1"));
    assert_eq!(received[0].signature.as_deref(), Some(signed(&received[0].raw).as_str()));
    assert_eq!(all(&received[0].body, "messages")[0]["text"]["body"], "ñandú 🙂 a/b");
}

#[tokio::test]
async fn a_changed_number_and_a_changed_user_id() {
    let stage = Stage::new().await;
    stage.ana().await;
    let before = stage.look("/people/573001112233").await["user_id"].clone();
    let after = stage.sim("/people/573001112233/number", &json!({"phone": "+57 300 999 8877"})).await;
    assert_ne!(after["user_id"], before);
    let received = stage.webhooks(1).await;
    let value = &received[0].body["entry"][0]["changes"][0]["value"];
    assert!(value.get("contacts").is_none());
    let message = &value["messages"][0];
    assert_eq!(
        (&message["type"], &message["from"], &message["system"]["type"]),
        (&json!("system"), &json!("573001112233"), &json!("user_changed_number"))
    );
    assert_eq!(
        (&message["system"]["wa_id"], &message["system"]["user_id"], &message["system"]["previous_user_id"]),
        (&json!("573009998877"), &after["user_id"], &before)
    );
    stage.sent(&text("573009998877", "the same person")).await;
    assert_eq!(stage.look("/people/573001112233").await["messages"], 2);
    stage.sim("/people/573001112233/user_id", &json!({})).await;
    let received = stage.webhooks(4).await;
    assert!(received.iter().any(|one| {
        all(&one.body, "messages").first().is_some_and(|message| message["system"]["type"] == "user_changed_user_id")
    }));
    assert_eq!(
        stage
            .call("POST", "/_sim/people/573001112233/number", Some(&json!({"phone": "573009998877"})), None)
            .await
            .unwrap()
            .0,
        400
    );
}
