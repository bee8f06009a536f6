//! The promises, each with the fault it is made against, on the real path: the deployed binaries, killed and starved at
//! the network boundary.

use domain::id::{ContactId, LineId};
use domain::queue::{self, Happening, PersonEvent};
use end_to_end::{World, eventually};
use local_aws::sqs::SendMessage;
use serde_json::{Value, json};

const ANA: &str = "573001112233";
const EVA: &str = "573004445566";

// ---- nothing happens twice ------------------------------------------------------------------------------------------

#[tokio::test]
async fn a_post_that_meta_repeats_is_answered_once() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    world.sim("POST", "webhooks/faults", json!({"kind": "repeat", "times": 3, "after_ms": 0})).await;
    world.says(&ana, "hola").await;
    world.sees(&ana, &["Eco: hola"]).await;
    world.sees_no_more_than(&ana, &["Eco: hola"]).await;
    world.end().await;
}

#[tokio::test]
async fn the_same_post_a_day_later_changes_nothing() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    world.says(&ana, "hola").await;
    world.sees(&ana, &["Eco: hola"]).await;
    let posts = world.sim("GET", "webhooks", Value::Null).await;
    let first = first_post_with(&posts, "hola");
    // More happens than a conversation remembers by id.
    let mut said = vec!["Eco: hola".to_owned()];
    for number in 0..domain::conversation::RECENT_EVENTS + 2 {
        world.says(&ana, &format!("mensaje {number}")).await;
        said.push(format!("Eco: mensaje {number}"));
        world.sees(&ana, &said.iter().map(String::as_str).collect::<Vec<_>>()).await;
    }
    world.advance(25.0);
    let before = world.messages(&world.conversation(ANA).await).await.len();
    world.sim("POST", &format!("webhooks/{first}/repeat"), Value::Null).await;
    let said: Vec<_> = said.iter().map(String::as_str).collect();
    world.sees_no_more_than(&ana, &said).await;
    let conversation = world.conversation(ANA).await;
    assert_eq!(world.messages(&conversation).await.len(), before);
    assert_eq!(conversation["window_open"], false, "an old message must not open the window again: {conversation}");
    world.end().await;
}

#[tokio::test]
async fn sqs_may_deliver_twice() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    let wamid = world.says(&ana, "hola").await;
    world.sees(&ana, &["Eco: hola"]).await;
    // The same event again, as if SQS had forgotten that it delivered it.
    let contact = world.conversation(ANA).await["contact"].clone();
    let raw = json!({"from": ANA, "from_user_id": contact["user_id"], "id": wamid, "timestamp": "1", "type": "text",
                     "text": {"body": "hola"}});
    let event = json!({"v": 1, "line": world.line(), "kind": "message", "message": raw.to_string(),
                       "person": {"phone": ANA, "user_id": contact["user_id"]}, "received_at": "2026-03-01T10:00:00Z"});
    put(&world, "InboundQueue", &event.to_string(), "group", "again");
    world.sees_no_more_than(&ana, &["Eco: hola"]).await;
    assert_eq!(world.waiting("InboundQueue"), 0);
    world.end().await;
}

#[tokio::test]
async fn killed_between_commit_and_publish_the_answer_still_goes_out_once() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    world
        .fault(json!({"service": "dynamodb", "operation": "PutItem", "matches": "conversation#", "caller": "journeys",
                       "when": "after", "do": "kill_caller"}));
    world.says(&ana, "hola").await;
    world.sees(&ana, &["Eco: hola"]).await;
    world.sees_no_more_than(&ana, &["Eco: hola"]).await;
    assert_eq!(world.armed(), 0);
    assert!(world.machine.function("journeys").unwrap().crashes >= 1);
    world.end().await;
}

#[tokio::test]
async fn killed_in_the_middle_of_publishing_nothing_is_lost_or_doubled() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    // The reply is on the queue, the marker row is not written.
    world.fault(json!({"service": "sqs", "operation": "SendMessageBatch", "caller": "journeys", "when": "after",
                       "do": "kill_caller"}));
    world.says(&ana, "hola").await;
    world.sees(&ana, &["Eco: hola"]).await;
    world.sees_no_more_than(&ana, &["Eco: hola"]).await;
    let conversation = world.conversation(ANA).await;
    assert_eq!(world.messages(&conversation).await.len(), 2);
    assert_eq!(world.armed(), 0);
    world.end().await;
}

#[tokio::test]
async fn what_an_event_left_unpublished_for_good_goes_out_with_the_next() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    // Every attempt to publish the first answer fails: its event ends in the dead-letter queue.
    world.fault(json!({"service": "sqs", "operation": "SendMessageBatch", "caller": "journeys",
                       "do": "error:ServiceUnavailable:503", "times": 60}));
    world.says(&ana, "uno").await;
    let letters = world.has_dead_letters(1).await;
    world.machine.aws().faults().clear();
    world.says(&ana, "dos").await;
    world.sees(&ana, &["Eco: uno", "Eco: dos"]).await;
    let mut said = vec!["Eco: uno".to_owned(), "Eco: dos".to_owned()];
    for number in 0..=domain::conversation::RECENT_EVENTS {
        world.says(&ana, &number.to_string()).await;
        said.push(format!("Eco: {number}"));
    }
    let said: Vec<&str> = said.iter().map(String::as_str).collect();
    world.sees(&ana, &said).await;
    // Much later somebody replays the dead letter: it is not answered again, and its own record is complete.
    let replay = format!("/v1/dead-letters/{}/replay", letters[0]["id"].as_str().unwrap());
    assert_eq!(world.api("POST", &replay, Value::Null).await.status, 202);
    let conversation = world.conversation(ANA).await;
    eventually(|| async {
        let messages = world.messages(&conversation).await;
        let uno =
            messages.iter().filter(|m| m["direction"] == "inbound" && m["content"]["text"]["body"] == "uno").count();
        if uno == 1 { Ok(()) } else { Err(format!("{messages:?}")) }
    })
    .await
    .unwrap();
    world.sees_no_more_than(&ana, &said).await;
    world.end().await;
}

// ---- a send is never repeated blindly -------------------------------------------------------------------------------

#[tokio::test]
async fn killed_between_send_and_record_the_message_is_on_the_phone_once() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    world.fault(json!({"service": "dynamodb", "operation": "UpdateItem", "caller": "sender", "do": "kill_caller"}));
    world.says(&ana, "hola").await;
    world.sees(&ana, &["Eco: hola"]).await;
    let conversation = world.conversation(ANA).await;
    world.reaches(&conversation, &["delivered"]).await;
    world.sees_no_more_than(&ana, &["Eco: hola"]).await;
    assert_eq!(world.armed(), 0);
    world.says(&ana, "adiós").await;
    world.sees(&ana, &["Eco: hola", "Eco: adiós"]).await;
    world.end().await;
}

#[tokio::test]
async fn a_timeout_after_the_message_went_out_is_resolved_by_its_receipt() {
    for kind in ["timeout_after", "reset_after", "http_500_after"] {
        let world = World::start().await;
        let ana = world.person(ANA).await;
        world.sim("POST", "faults", json!({"kind": kind})).await;
        world.says(&ana, "hola").await;
        world.sees(&ana, &["Eco: hola"]).await;
        let conversation = world.conversation(ANA).await;
        world.reaches(&conversation, &["delivered"]).await;
        world.says(&ana, "adiós").await;
        world.sees(&ana, &["Eco: hola", "Eco: adiós"]).await;
        world.end().await;
    }
}

#[tokio::test]
async fn a_send_of_unknown_fate_is_shown_as_unknown_and_not_repeated() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    world.sim("POST", "faults", json!({"kind": "timeout_before"})).await;
    world.says(&ana, "hola").await;
    let conversation = world.conversation(ANA).await;
    world.reaches(&conversation, &["unknown"]).await;
    // No receipt will come. The next message waits for it a while, then goes out.
    world.says(&ana, "adiós").await;
    world.advance(0.1);
    world.sees(&ana, &["Eco: adiós"]).await;
    let states: Vec<_> = world
        .messages(&conversation)
        .await
        .iter()
        .filter(|m| m["direction"] == "outbound")
        .map(|m| m["state"].clone())
        .collect();
    assert_eq!(states[0], "unknown");
    world.end().await;
}

#[tokio::test]
async fn a_refusal_for_now_is_tried_again_and_one_for_good_is_explained() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    world
        .sim(
            "POST",
            "faults",
            json!({"faults": [{"kind": "error", "code": 131056}, {"kind": "error", "code": 130429}]}),
        )
        .await;
    world.says(&ana, "hola").await;
    world.sees(&ana, &["Eco: hola"]).await;
    world.sim("POST", "faults", json!({"kind": "error", "code": 131026})).await;
    world.says(&ana, "adiós").await;
    let conversation = world.conversation(ANA).await;
    let failed = world.reaches(&conversation, &["failed"]).await;
    assert_eq!(failed["failure"]["code"], 131026);
    assert!(failed["failure"]["remedy"].as_str().unwrap().len() > 10, "{failed}");
    world.sees_no_more_than(&ana, &["Eco: hola"]).await;
    world.end().await;
}

#[tokio::test]
async fn a_refused_token_loses_nothing() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    world.sim("POST", "faults", json!({"kind": "error", "code": 190, "http_status": 401})).await;
    world.says(&ana, "hola").await;
    let conversation = world.conversation(ANA).await;
    world.reaches(&conversation, &["queued"]).await;
    assert_eq!(world.waiting("OutboundQueue"), 1);
    assert!(world.log().contains("TokenRejected"), "{}", world.log());
    world.end().await;
}

#[tokio::test]
async fn a_token_that_nobody_has_filled_in_yet_loses_nothing() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    let secret = world.machine.stack().secrets.iter().find(|s| s.logical_id == "GraphSecret").unwrap().name.clone();
    world.machine.aws().secrets().set(&secret, r#"{"access_token":""}"#).unwrap();
    world.says(&ana, "hola").await;
    eventually(|| async { if world.log().contains("TokenRejected") { Ok(()) } else { Err(()) } }).await.unwrap();
    assert_eq!((world.waiting("OutboundQueue"), world.phone(&ana).await.len()), (1, 0));
    // Not even claimed: nothing is of unknown fate.
    let conversation = world.conversation(ANA).await;
    assert!(world.messages(&conversation).await.iter().all(|message| message["direction"] == "inbound"));
    world.end().await;
}

// ---- delivery states only move forward ------------------------------------------------------------------------------

#[tokio::test]
async fn receipts_before_the_send_returned_and_out_of_order_end_in_the_furthest_state() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    world.sim("POST", &format!("people/{ana}"), json!({"chat_open": true})).await;
    // Sent, delivered and read come back to front; and the Cloud API answers the send only afterwards.
    world
        .sim("POST", "webhooks/faults", json!({"kind": "gather", "count": 3, "reversed": true, "only": "status"}))
        .await;
    world.sim("POST", "faults", json!({"kind": "delay", "ms": 3000})).await;
    world.says(&ana, "hola").await;
    world.sees(&ana, &["Eco: hola"]).await;
    let conversation = world.conversation(ANA).await;
    let message = world.reaches(&conversation, &["read"]).await;
    tokio::time::sleep(end_to_end::QUIET).await;
    assert_eq!(world.reaches(&conversation, &["read"]).await["wamid"], message["wamid"]);
    let wamid = message["wamid"].as_str().unwrap();
    world.sim("POST", "statuses", json!({"message_id": wamid, "status": "sent"})).await;
    world.sim("POST", "statuses", json!({"message_id": wamid, "status": "delivered", "times": 2})).await;
    tokio::time::sleep(end_to_end::QUIET * 2).await;
    world.reaches(&conversation, &["read"]).await;
    world.end().await;
}

// ---- order per person, and nobody waits for somebody else -----------------------------------------------------------

#[tokio::test]
async fn everybody_is_answered_in_order() {
    let world = World::start().await;
    let mut people = Vec::new();
    for number in 0..6 {
        people.push(world.person(&format!("57300111000{number}")).await);
    }
    for round in 0..8 {
        for person in &people {
            world.says(person, &format!("mensaje {round}")).await;
        }
    }
    let expected: Vec<String> = (0..8).map(|round| format!("Eco: mensaje {round}")).collect();
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    for person in &people {
        world.sees(person, &expected).await;
    }
    world.end().await;
}

#[tokio::test]
async fn a_poison_message_ends_in_the_dead_letter_queue_and_blocks_nobody() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    let eva = world.person(EVA).await;
    world.says(&ana, "hola").await;
    world.sees(&ana, &["Eco: hola"]).await;
    let group = person_group(&world, ANA).await;
    put(&world, "InboundQueue", r#"{"v":1,"this is":"poison"}"#, &group, "poison");
    world.says(&ana, "¿me oyes?").await; // behind the poison
    world.says(&eva, "hola").await; // beside it
    world.sees(&eva, &["Eco: hola"]).await;
    world.sees(&ana, &["Eco: hola", "Eco: ¿me oyes?"]).await;
    let letters = world.has_dead_letters(1).await;
    assert_eq!((&letters[0]["kind"], &letters[0]["attempts"]), (&json!("unreadable"), &json!(5)));
    world.end().await;
}

// ---- nothing is lost on the way in ----------------------------------------------------------------------------------

#[tokio::test]
async fn the_webhook_answers_200_only_when_the_queue_has_everything() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    // SQS refuses the entry itself, under HTTP 200, more often than the webhook asks again at once.
    world.fault(json!({"service": "sqs", "operation": "SendMessageBatch", "matches": "hola", "caller": "webhook",
                       "do": "partial", "times": 4}));
    world.says(&ana, "hola").await;
    world.sees(&ana, &["Eco: hola"]).await; // Meta repeated what was not answered with 200
    assert_eq!(world.armed(), 0);
    let attempts = world.sim("GET", "webhooks", Value::Null).await.to_string();
    assert!(attempts.contains("503"), "{attempts}");
    world.end().await;
}

#[tokio::test]
async fn a_table_that_does_not_answer_delays_and_loses_nothing() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    world
        .fault(json!({"service": "dynamodb", "caller": "journeys", "do": "error:InternalServerError:500", "times": 8}));
    world.fault(json!({"service": "dynamodb", "caller": "sender", "do": "drop_connection", "times": 2}));
    world.says(&ana, "hola").await;
    world.sees(&ana, &["Eco: hola"]).await;
    world.sees_no_more_than(&ana, &["Eco: hola"]).await;
    world.end().await;
}

// ---- a stale alarm does nothing -------------------------------------------------------------------------------------

#[tokio::test]
async fn a_stale_timer_does_nothing() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    let say = ["encuesta", "sí", "34"];
    let see = ["¿Quieres empezar?", "¿Cuántos años tienes?", "Anotado: 34. Hasta luego."];
    for step in 0..3 {
        world.says(&ana, say[step]).await;
        world.sees(&ana, &see[..=step]).await;
    }
    let conversation = world.conversation(ANA).await;
    let id = conversation["id"].as_str().unwrap().parse().unwrap();
    let timer = world.machine.store().conversation(&id).await.unwrap().unwrap().scheduled[0].timer.clone();
    // The person changes their mind, but the alarm is already on its way.
    world.says(&ana, "encuesta").await;
    world.says(&ana, "no").await;
    let said = [&see[..], &["¿Quieres empezar?", "De acuerdo."]].concat();
    world.sees(&ana, &said).await;
    let event = PersonEvent {
        line: LineId::new(world.line()),
        happening: Happening::Timer { contact: ContactId::new(id.contact.as_str()), timer },
    };
    let group = person_group(&world, ANA).await;
    put(&world, "InboundQueue", &queue::write(&event).unwrap(), &group, "stale");
    world.advance(2.0);
    world.sees_no_more_than(&ana, &said).await;
    world.has_dead_letters(0).await;
    world.end().await;
}

// ---- helpers --------------------------------------------------------------------------------------------------------

fn put(world: &World, queue: &str, body: &str, group: &str, deduplication: &str) {
    let message =
        SendMessage { message_deduplication_id: Some(deduplication.to_owned()), ..SendMessage::in_group(body, group) };
    world.machine.aws().sqs().send(world.machine.queue(queue).unwrap(), message).unwrap();
}

/// The number of the first webhook that says this.
fn first_post_with(posts: &Value, text: &str) -> Value {
    let posts = posts["webhooks"].as_array().or(posts.as_array()).unwrap_or_else(|| panic!("{posts}"));
    let found = posts.iter().find(|post| post["body"].as_str().is_some_and(|body| body.contains(text)));
    found.unwrap_or_else(|| panic!("no webhook says {text}"))["number"].clone()
}

/// The group in which this person's events queue.
async fn person_group(world: &World, phone: &str) -> String {
    let contact = world.conversation(phone).await["contact"].clone();
    let person = domain::Person {
        phone: Some(phone.to_owned()),
        user_id: contact["user_id"].as_str().map(str::to_owned),
        ..domain::Person::default()
    };
    person.group().unwrap()
}
