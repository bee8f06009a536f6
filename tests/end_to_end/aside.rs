//! What is set aside is seen, and goes on its way again: dead letters, notices.

use end_to_end::{As, World, eventually};
use serde_json::{Value, json};
use whatsapp::signature::{HEADER as SIGNATURE, sign};

const ANA: &str = "573001112233";

async fn replay(world: &World, letter: &Value) {
    let path = format!("/v1/dead-letters/{}", letter["id"].as_str().unwrap());
    let read = world.api("GET", &path, Value::Null).await;
    assert!(read.json()["body"].as_str().is_some_and(|body| body.contains("\"v\"")), "{}", read.json());
    assert_eq!(world.api("POST", &format!("{path}/replay"), Value::Null).await.status, 202);
    world.has_dead_letters(0).await;
    assert_eq!(world.api("POST", &format!("{path}/replay"), Value::Null).await.status, 404);
}

#[tokio::test]
async fn an_event_that_was_set_aside_is_listed_replayed_and_answered_once() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    world.says(&ana, "hola").await;
    world.sees(&ana, &["Eco: hola"]).await;
    world.fault(
        json!({"service": "dynamodb", "caller": "journeys", "do": "error:InternalServerError:500", "times": 500}),
    );
    world.says(&ana, "¿sigues ahí?").await;
    let letters = world.has_dead_letters(1).await;
    let letter = &letters[0];
    assert_eq!(
        (&letter["origin"], &letter["kind"], &letter["attempts"]),
        (&json!("inbound"), &json!("message"), &json!(5))
    );
    world.machine.aws().faults().clear();
    replay(&world, letter).await;
    world.sees(&ana, &["Eco: hola", "Eco: ¿sigues ahí?"]).await;
    world.sees_no_more_than(&ana, &["Eco: hola", "Eco: ¿sigues ahí?"]).await;
    world.end().await;
}

#[tokio::test]
async fn a_reply_that_was_given_up_shows_so_and_leaves_once_when_it_is_replayed() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    world.says(&ana, "hola").await;
    world.sees(&ana, &["Eco: hola"]).await;
    let conversation = world.conversation(ANA).await;
    let path = format!("/v1/conversations/{}/messages", conversation["id"].as_str().unwrap());
    // Nothing can be claimed, so nothing is sent. (A reply is tried for days; here three attempts will do.)
    let sqs = world.machine.aws().sqs();
    let (queue, letters) =
        (world.machine.queue("OutboundQueue").unwrap(), world.machine.queue("OutboundDeadLetters").unwrap());
    let policy = json!({"deadLetterTargetArn": sqs.arn(letters), "maxReceiveCount": 3}).to_string();
    sqs.set_attributes(queue, [("RedrivePolicy".to_owned(), policy)].into()).unwrap();
    world.fault(json!({"service": "dynamodb", "operation": "PutItem", "caller": "sender",
                       "do": "error:InternalServerError:500", "times": 500}));
    assert_eq!(world.api("POST", &path, json!({"text": "Soy Carmen."})).await.status, 202);
    let letters = world.has_dead_letters(1).await;
    assert_eq!((&letters[0]["origin"], &letters[0]["kind"]), (&json!("outbound"), &json!("reply")));
    assert_eq!(letters[0]["conversation"], conversation["id"]);
    let failed = world.reaches(&conversation, &["failed"]).await;
    assert!(failed["failure"]["remedy"].as_str().unwrap().contains("dead letters"), "{failed}");
    world.machine.aws().faults().clear();
    replay(&world, &letters[0]).await;
    world.sees(&ana, &["Eco: hola", "Soy Carmen."]).await;
    let sent = world.reaches(&conversation, &["sent", "delivered", "read"]).await;
    assert_eq!(sent["failure"], Value::Null, "{sent}");
    world.end().await;
}

#[tokio::test]
async fn a_reminder_whose_function_failed_for_good_shows_so_and_fires_when_it_is_replayed() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    world.says(&ana, "hola").await;
    world.sees(&ana, &["Eco: hola"]).await;
    let conversation = world.conversation(ANA).await;
    let path = format!("/v1/lines/{}/reminders", world.line());
    let at = (world.machine.aws().clock().now() + jiff::SignedDuration::from_hours(1)).strftime("%Y-%m-%dT%H:%M:%S");
    let body = json!({"contact": conversation["contact"]["id"], "at": at.to_string(), "time_zone": "UTC",
                      "message": {"type": "text", "text": {"body": "Mañana, control."}}});
    let reminder = world.api("POST", &path, body).await.json();
    world.fault(
        json!({"service": "dynamodb", "caller": "reminders", "do": "error:InternalServerError:500", "times": 500}),
    );
    world.advance(1.1);
    let letters = world.has_dead_letters(1).await;
    assert_eq!((&letters[0]["origin"], &letters[0]["kind"]), (&json!("schedule"), &json!("reminder")));
    assert_eq!(letters[0]["reminder"], reminder["id"]);
    assert!(letters[0]["reason"].is_string(), "{letters:?}");
    let one = format!("{path}/{}", reminder["id"].as_str().unwrap());
    let state = |wanted: &'static str| {
        let (world, one) = (&world, &one);
        async move {
            eventually(|| async {
                let found = world.api("GET", one, Value::Null).await.json();
                if found["state"] == wanted { Ok(()) } else { Err(found) }
            })
            .await
        }
    };
    assert_eq!(state("failed").await, Ok(()));
    world.machine.aws().faults().clear();
    replay(&world, &letters[0]).await;
    world.sees(&ana, &["Eco: hola", "Mañana, control."]).await;
    assert_eq!(state("fired").await, Ok(()));
    world.end().await;
}

#[tokio::test]
async fn a_letter_can_be_forgotten_and_is_for_administrators_only() {
    let world = World::start().await;
    let queue = world.machine.queue("StatusesQueue").unwrap();
    let poison = local_aws::sqs::SendMessage { message_body: "poison".into(), ..Default::default() };
    world.machine.aws().sqs().send(queue, poison).unwrap();
    let letters = world.has_dead_letters(1).await;
    let path = format!("/v1/dead-letters/{}", letters[0]["id"].as_str().unwrap());
    let now = world.machine.aws().clock().now();
    let builder = chasqui::token::create(world.machine.store(), "bruno", store::TokenRole::Builder, now).await.unwrap();
    for (method, path) in [("GET", "/v1/dead-letters"), ("DELETE", path.as_str()), ("GET", "/v1/notices")] {
        assert_eq!(
            world.call(As::Token(&builder), method, path, &[], Value::Null).await.status,
            403,
            "{method} {path}"
        );
    }
    assert_eq!(world.api("DELETE", &path, Value::Null).await.status, 204);
    world.has_dead_letters(0).await;
    for id in ["x", "1-", "99999999999999999999-a", &format!("1-{}", "a".repeat(3000)), "1-a.b"] {
        let path = format!("/v1/dead-letters/{id}");
        for (method, path) in [("GET", path.clone()), ("DELETE", path.clone()), ("POST", format!("{path}/replay"))] {
            assert_eq!(world.api(method, &path, Value::Null).await.status, 404, "{method} {path}");
        }
    }
    world.end().await;
}

#[tokio::test]
async fn notices_are_kept_once_however_often_meta_repeats_them_and_read_by_pages() {
    let world = World::start().await;
    let update = json!({"field": "account_alerts", "value": {"entity_type": "WABA", "entity_id": "1",
                        "alert_info": {"alert_type": "INCREASED_CAPABILITIES_ELIGIBILITY_DEFERRED"}}});
    let quality = json!({"field": "phone_number_quality_update",
                         "value": {"display_phone_number": "576015550100", "event": "ONBOARDING", "current_limit": "TIER_250"}});
    for body in ["not JSON", r#"{"object":"page","entry":[]}"#, "not JSON", "not JSON"] {
        let signature = sign(world.machine.app_secret(), body.as_bytes());
        assert_eq!(world.raw("POST", "/webhook", &[(SIGNATURE, &signature)], body).await.status, 200);
    }
    let before = world.machine.aws().clock().now() - jiff::SignedDuration::from_hours(40 * 24);
    let entry = |change: &Value| json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "time": before.as_second(), "changes": [change]}]});
    for change in [&update, &quality, &update] {
        let body = entry(change).to_string();
        let signature = sign(world.machine.app_secret(), body.as_bytes());
        assert_eq!(world.raw("POST", "/webhook", &[(SIGNATURE, &signature)], body).await.status, 200);
    }
    let all = eventually(|| async {
        let waiting = world.waiting("StatusesQueue");
        let page = world.api("GET", "/v1/notices", Value::Null).await.json();
        let count = page["notices"].as_array().map_or(0, Vec::len);
        if waiting == 0 && count >= 4 { Ok(page) } else { Err(page) }
    })
    .await
    .unwrap();
    let ids = |page: &Value| page["notices"].as_array().unwrap().iter().map(|n| n["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&all).len(), 4, "{all}");
    // What happened in another month is on the same list.
    let mut paged = Vec::new();
    let mut after = String::new();
    loop {
        let page = world.api("GET", &format!("/v1/notices?limit=1{after}"), Value::Null).await.json();
        paged.extend(ids(&page));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={}", next.replace('#', "%23")),
            None => break,
        }
    }
    assert_eq!(paged, ids(&all));
    world.end().await;
}
