//! Bad input: refused where it must be, kept where it may be, and telling nothing to who should not know.

use std::process::Command;

use chasqui::binaries::{self, Profile};
use end_to_end::{World, eventually};
use serde_json::{Value, json};
use whatsapp::signature::sign;

const ANA: &str = "573001112233";
const SIGNATURE: &str = "x-hub-signature-256";

fn envelope(messages: &Value) -> String {
    json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"field": "messages", "value": {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "576015550100", "phone_number_id": "106540352242922"},
        "contacts": [{"profile": {"name": "Ana"}, "wa_id": ANA, "user_id": "CO.1"}],
        "messages": messages,
    }}]}]})
    .to_string()
}

fn message(id: &str, body: &str) -> Value {
    json!({"from": ANA, "from_user_id": "CO.1", "id": id, "timestamp": "1772359200", "type": "text", "text": {"body": body}})
}

#[tokio::test]
async fn what_meta_did_not_sign_is_refused_and_learns_nothing() {
    let world = World::start().await;
    let body = envelope(&json!([message("wamid.x", "hola")]));
    let good = sign(world.machine.app_secret(), body.as_bytes());
    let wrong = sign("another secret", body.as_bytes());
    let shifted = good.replace("sha256=", "sha1=");
    let bad: [&[(&str, &str)]; 5] =
        [&[], &[(SIGNATURE, "")], &[(SIGNATURE, &wrong)], &[(SIGNATURE, &shifted)], &[(SIGNATURE, "sha256=zz")]];
    for headers in bad {
        let answer = world.raw("POST", "/webhook", headers, body.clone()).await;
        assert_eq!((answer.status, answer.body.len()), (401, 0), "{headers:?}");
    }
    assert_eq!(world.waiting("InboundQueue"), 0);
    assert!(world.log().contains("SignatureFailures"));
    // The same with the header's name in capitals and the right signature.
    let answer = world.raw("POST", "/webhook", &[("X-Hub-Signature-256", &good)], body).await;
    assert_eq!(answer.status, 200);
    world.conversation(ANA).await;
    world.end().await;
}

#[tokio::test]
async fn the_signature_is_over_the_bytes_however_they_arrive() {
    let world = World::start().await;
    // Escaped as Meta escapes, and a content type for which the gateway encodes the body in base64.
    let body = envelope(&json!([message("wamid.y", "ñandú")])).replace('ñ', "\\u00f1").replace('ú', "\\u00fa");
    let signature = sign(world.machine.app_secret(), body.as_bytes());
    let headers = [(SIGNATURE, signature.as_str()), ("content-type", "application/octet-stream")];
    let answer = world.raw("POST", "/webhook", &headers, body).await;
    assert_eq!(answer.status, 200);
    let conversation = world.conversation(ANA).await;
    assert_eq!(world.messages(&conversation).await[0]["content"]["text"]["body"], "ñandú");
    world.end().await;
}

#[tokio::test]
async fn only_the_right_verify_token_gets_the_challenge() {
    let world = World::start().await;
    let ask = |token: &str| format!("/webhook?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={token}");
    let right = world.raw("GET", &ask("local-verify-token"), &[], "").await;
    assert_eq!((right.status, &right.body[..]), (200, &b"1158201444"[..]));
    for path in [ask("wrong"), ask(""), "/webhook".to_owned()] {
        let answer = world.raw("GET", &path, &[], "").await;
        assert_eq!((answer.status, answer.body.len()), (403, 0), "{path}");
    }
    world.end().await;
}

#[tokio::test]
async fn signed_rubbish_is_accepted_kept_and_counted() {
    let world = World::start().await;
    for body in ["this is not JSON", r#"{"object":"page","entry":[]}"#, "\u{0}"] {
        let signature = sign(world.machine.app_secret(), body.as_bytes());
        let answer = world.raw("POST", "/webhook", &[(SIGNATURE, &signature)], body).await;
        assert_eq!(answer.status, 200, "{body}");
    }
    let today = world.machine.aws().clock().now();
    let kept = eventually(|| async {
        let (notices, _) = world.machine.store().notices(today, 100, None).await.unwrap();
        if notices.len() == 3 { Ok(()) } else { Err(format!("{notices:?}")) }
    })
    .await;
    assert_eq!(kept, Ok(()));
    assert_eq!(world.log().matches("\"Quarantined\":1").count(), 3, "{}", world.log());
    world.end().await;
}

#[tokio::test]
async fn a_bad_item_does_not_hold_up_the_good_ones() {
    let world = World::start().await;
    let strange = json!({"id": "wamid.s", "timestamp": "1772359200", "from": ANA, "type": "hologram", "hologram": 7});
    let body = envelope(&json!([7, {"id": "wamid.no-sender-no-time"}, strange, message("wamid.good", "hola")]));
    let signature = sign(world.machine.app_secret(), body.as_bytes());
    assert_eq!(world.raw("POST", "/webhook", &[(SIGNATURE, &signature)], body).await.status, 200);
    let conversation = world.conversation(ANA).await;
    let kinds = eventually(|| async {
        let messages = world.messages(&conversation).await;
        let kinds: Vec<_> =
            messages.iter().filter(|m| m["direction"] == "inbound").map(|m| m["type"].clone()).collect();
        if kinds.len() == 2 { Ok(kinds) } else { Err(kinds) }
    })
    .await
    .unwrap();
    assert!(kinds.contains(&json!("hologram")) && kinds.contains(&json!("text")), "{kinds:?}");
    world.end().await;
}

#[tokio::test]
async fn a_body_over_three_megabytes_is_too_large() {
    let world = World::start().await;
    let body = envelope(&json!([message("wamid.z", &"x".repeat(3 * 1024 * 1024))]));
    let signature = sign(world.machine.app_secret(), body.as_bytes());
    assert_eq!(world.raw("POST", "/webhook", &[(SIGNATURE, &signature)], body).await.status, 413);
    world.end().await;
}

#[tokio::test]
async fn a_message_over_a_limit_is_refused_before_it_is_sent() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    // The echo adds to a text of the longest length there is.
    world.says(&ana, &"a".repeat(4096)).await;
    let conversation = world.conversation(ANA).await;
    // The engine splits what is too long for one message: two arrive, nothing fails.
    let message = world.reaches(&conversation, &["delivered"]).await;
    assert_eq!(message["state"], "delivered");
    assert_eq!(world.phone(&ana).await.len(), 2);

    let id = conversation["id"].as_str().unwrap();
    let answer =
        world.api("POST", &format!("/v1/conversations/{id}/messages"), json!({"text": "a".repeat(4097)})).await;
    assert_eq!(answer.status, 422, "{}", answer.json());
    assert!(answer.json()["detail"].as_str().unwrap().contains("4096"), "{}", answer.json());
    world.end().await;
}

#[test]
fn a_missing_setting_is_named_at_start() {
    for function in binaries::FUNCTIONS {
        let output = Command::new(binaries::folder(Profile::Dev).join(function))
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "a")
            .env("AWS_SECRET_ACCESS_KEY", "b")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{function} started without its settings");
        assert!(["TABLE_NAME", "_SECRET_ARN"].iter().any(|name| said.contains(name)), "{function} said: {said}");
    }
}

#[tokio::test]
async fn account_updates_are_kept_once_however_often_they_come() {
    let world = World::start().await;
    // The first attempt to record it fails after it took effect: SQS delivers the record again.
    world.fault(json!({"service": "dynamodb", "operation": "PutItem", "caller": "receipts", "when": "after",
                       "do": "kill_caller"}));
    let update = json!({"field": "phone_number_quality_update",
                        "value": {"display_phone_number": "576015550100", "event": "ONBOARDING", "current_limit": "TIER_250"}});
    world.sim("POST", "changes", update).await;
    let today = world.machine.aws().clock().now();
    eventually(|| async { if world.armed() == 0 && world.waiting("StatusesQueue") == 0 { Ok(()) } else { Err(()) } })
        .await
        .unwrap();
    let (notices, _) = world.machine.store().notices(today, 100, None).await.unwrap();
    assert_eq!(notices.len(), 1, "{notices:?}");
    world.end().await;
}

#[tokio::test]
async fn a_wish_for_no_more_marketing_is_kept_with_the_contact() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    world.says(&ana, "hola").await;
    world.sees(&ana, &["Eco: hola"]).await;
    let id: domain::ConversationId = world.conversation(ANA).await["id"].as_str().unwrap().parse().unwrap();
    let stop = json!({"field": "user_preferences", "value": {
        "messaging_product": "whatsapp", "metadata": {"phone_number_id": world.line()},
        "user_preferences": [{"wa_id": ANA, "category": "marketing_messages", "value": "stop", "timestamp": 1_772_359_200}]}});
    world.sim("POST", "changes", stop).await;
    let stopped = eventually(|| async {
        let contact = world.machine.store().contact(&id.contact).await.unwrap().unwrap();
        if contact.marketing_stopped { Ok(()) } else { Err(contact) }
    })
    .await;
    assert!(stopped.is_ok(), "{stopped:?}\n{}", world.log());
    world.end().await;
}
