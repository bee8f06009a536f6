//! What becomes of a message on its way out: answers of the table that are lost, faults of Meta's, and accounts that Meta
//! stops.

use std::time::Duration;

use domain::delivery::{DeliveryState, Pricing, Receipt};
use domain::id::{ContactId, LineId, MessageId};
use domain::message::{Author, Failure, Message, MessageKey};
use domain::queue::Notice;
use end_to_end::{As, World, eventually};
use serde_json::{Value, json};

const ANA: &str = "573001112233";
const EVA: &str = "573004445566";

// ---- an answer of the table or of a queue that is lost ----------------------------------------------------------------

/// Waits until nothing is on its way to anybody.
async fn settled(world: &World) {
    let quiet = eventually(|| async {
        let waiting = ["InboundQueue", "OutboundQueue"].map(|queue| world.waiting(queue));
        if waiting == [0, 0] { Ok(()) } else { Err(format!("{waiting:?}")) }
    })
    .await;
    assert_eq!(quiet, Ok(()), "{}", world.log());
}

#[tokio::test]
async fn whichever_answer_is_lost_the_reply_goes_out_once() {
    let world = World::start().await;
    let mut told = Vec::new();
    for (caller, service, least) in
        [("journeys", "dynamodb", 5), ("journeys", "sqs", 1), ("sender", "dynamodb", 2), ("webhook", "sqs", 1)]
    {
        // Somebody new each time, who writes twice: each request of each of the two is answered once to nobody.
        for message in 0..2 {
            let mut struck = 0;
            loop {
                let person = world.person(&format!("5730{:08}", told.len())).await;
                if message == 1 {
                    world.says(&person, "antes").await;
                    world.sees(&person, &["Eco: antes"]).await;
                    settled(&world).await;
                }
                world.fault(json!({"service": service, "caller": caller, "when": "after", "do": "drop_connection",
                                   "skip": struck}));
                world.says(&person, "hola").await;
                let said: &[&str] = if message == 0 { &["Eco: hola"] } else { &["Eco: antes", "Eco: hola"] };
                world.sees(&person, said).await;
                settled(&world).await;
                told.push((person, said));
                if world.armed() > 0 {
                    world.machine.aws().faults().clear();
                    break;
                }
                struck += 1;
            }
            assert!(struck >= least, "only {struck} requests to {service} of {caller}");
        }
    }
    tokio::time::sleep(end_to_end::QUIET).await;
    for (person, said) in &told {
        world.sees(person, said).await;
    }
    for queue in ["InboundDeadLetters", "OutboundDeadLetters"] {
        assert_eq!(world.waiting(queue), 0, "{queue}");
    }
    let unknown = world.log().matches("UnknownDelivery").count();
    assert_eq!(unknown, 0, "{}", world.log());
    world.end().await;
}

#[tokio::test]
async fn a_claim_of_which_nothing_is_heard_is_given_back() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    // All attempts of the SDK: the claim took effect, and this sender knows only that it has sent nothing.
    world.fault(json!({"service": "dynamodb", "operation": "PutItem", "caller": "sender", "when": "after",
                       "do": "drop_connection", "times": 3}));
    world.says(&ana, "hola").await;
    world.sees(&ana, &["Eco: hola"]).await;
    assert_eq!(world.armed(), 0);
    world.sees_no_more_than(&ana, &["Eco: hola"]).await;
    world.end().await;
}

#[tokio::test]
async fn whichever_answer_about_a_receipt_is_lost_the_state_is_right() {
    let world = World::start().await;
    for (number, skip) in [0, 1].into_iter().enumerate() {
        let phone = format!("5731{number:08}");
        let person = world.person(&phone).await;
        world.sim("POST", &format!("people/{person}"), json!({"chat_open": true})).await;
        world.fault(json!({"service": "dynamodb", "caller": "receipts", "when": "after", "do": "drop_connection",
                           "skip": skip}));
        world.says(&person, "hola").await;
        world.sees(&person, &["Eco: hola"]).await;
        let message = world.reaches(&world.conversation(&phone).await, &["read"]).await;
        assert!(message["failure"].is_null() && message["wamid"].is_string(), "{message}");
        world.machine.aws().faults().clear();
    }
    world.end().await;
}

#[tokio::test]
async fn whichever_answer_is_lost_the_api_does_not_take_its_own_write_for_somebody_elses() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    world.says(&ana, "hola").await;
    world.sees(&ana, &["Eco: hola"]).await;
    settled(&world).await;
    let conversation = world.conversation(ANA).await;
    let (id, contact) = (conversation["id"].as_str().unwrap(), conversation["contact"]["id"].as_str().unwrap());
    let line = world.line().to_owned();
    let mut said = vec!["Eco: hola".to_owned()];
    for (what, method, path, body) in [
        ("reply", "POST", format!("/v1/conversations/{id}/messages"), json!({"text": "respuesta #"})),
        ("conversation", "PATCH", format!("/v1/conversations/{id}"), json!({"assignee": "Carmen #"})),
        ("dictionary", "PATCH", "/v1/dictionaries/lost".to_owned(), json!({"entries": {"a": "#"}})),
        (
            "reminder",
            "POST",
            format!("/v1/lines/{line}/reminders"),
            json!({"contact": contact, "at": "2030-03-01T09:00:00", "time_zone": "America/Bogota", "journey": "eco #"}),
        ),
        (
            "journey",
            "POST",
            "/v1/journeys".to_owned(),
            json!({"name": "perdida #", "notebook": "```stack\ncard A do\n  text(\"a\")\nend\n```\n"}),
        ),
    ] {
        let mut struck = 0;
        loop {
            let body: Value = serde_json::from_str(&body.to_string().replace('#', &struck.to_string())).unwrap();
            let key = format!("{what}-{struck}");
            world.fault(json!({"service": "dynamodb", "caller": "inbox_api", "when": "after", "do": "drop_connection",
                               "skip": struck}));
            let answer = world.call(As::Administrator, method, &path, &[("idempotency-key", &key)], body).await;
            assert!(answer.is_success(), "{what} {struck}: {} {}", answer.status, answer.json());
            if what == "reply" {
                said.push(format!("respuesta {struck}"));
            }
            if world.armed() > 0 {
                world.machine.aws().faults().clear();
                break;
            }
            struck += 1;
        }
        assert!(struck >= 2, "only {struck} requests for a {what}");
    }
    // A publication and an edit are refused to who has not seen the latest, which one's own write is not.
    let made = world
        .api(
            "POST",
            "/v1/journeys",
            json!({"name": "otra", "notebook": "```stack\ncard A do\n  text(\"a\")\nend\n```\n"}),
        )
        .await;
    assert!(made.is_success(), "{}", made.json());
    let (journey, mut version) = (made.json()["id"].clone(), made.json()["version"].as_u64().unwrap());
    let journey = journey.as_str().unwrap();
    for (method, path, body) in [
        (
            "PUT",
            format!("/v1/journeys/{journey}/draft"),
            json!({"notebook": "```stack\ncard A do\n  text(\"#\")\nend\n```\n"}),
        ),
        ("POST", format!("/v1/journeys/{journey}/publish"), json!({"comment": "#"})),
    ] {
        for skip in 0.. {
            let body: Value = serde_json::from_str(&body.to_string().replace('#', &skip.to_string())).unwrap();
            world.fault(json!({"service": "dynamodb", "caller": "inbox_api", "when": "after", "do": "drop_connection",
                               "skip": skip}));
            let seen = format!("\"{version}\"");
            let answer = world.call(As::Administrator, method, &path, &[("if-match", &seen)], body).await;
            assert!(answer.is_success(), "{path} {skip}: {} {}", answer.status, answer.json());
            version = answer.json()["version"].as_u64().unwrap();
            if world.armed() > 0 {
                world.machine.aws().faults().clear();
                break;
            }
        }
    }
    let said: Vec<&str> = said.iter().map(String::as_str).collect();
    world.sees_no_more_than(&ana, &said).await;
    world.end().await;
}

// ---- states in any order ----------------------------------------------------------------------------------------------

#[tokio::test]
async fn receipts_in_all_orders_end_in_the_same_row() {
    let world = World::start().await;
    let store = world.machine.store();
    let receipt = |state: DeliveryState, price: Option<&str>, code: Option<i64>| Receipt {
        wamid: "wamid.1".to_owned(),
        failure: code.map(|code| Failure { code: Some(code), title: "t".into(), remedy: "r".into() }),
        pricing: price.map(|price| Pricing { rank: state.rank(), object: json!({"category": price}) }),
        ..Receipt::of(state)
    };
    use DeliveryState::{Delivered, Failed, Read, Sent};
    let tellings = [
        (
            vec![
                receipt(Sent, Some("utility"), None),
                receipt(Failed, None, Some(131_026)),
                receipt(Delivered, Some("service"), None),
                receipt(Read, None, None),
            ],
            Read,
        ),
        (
            vec![
                receipt(Sent, Some("utility"), None),
                receipt(Failed, None, Some(131_026)),
                receipt(Failed, Some("service"), Some(131_049)),
                receipt(Sent, None, None),
            ],
            Failed,
        ),
    ];
    for (number, (receipts, state)) in tellings.into_iter().enumerate() {
        let mut ends = Vec::new();
        for order in orders(receipts.len()) {
            let name = format!("{number}-{order:?}");
            let key = MessageKey {
                contact: ContactId::new("c"),
                line: LineId::new("l"),
                at: 1,
                id: MessageId::new(name.clone()),
            };
            let author = Author::Operator { name: "Ana".into() };
            store.add_message(&key, &Message::outbound(&key, json!({"type": "text"}), author)).await.unwrap();
            for index in order {
                assert!(store.apply_receipt(&key, &receipts[index]).await.unwrap());
            }
            let row = store.message(&key).await.unwrap().unwrap();
            assert_eq!((row.state, row.failure.is_some()), (Some(state), state == Failed), "{name}: {row:?}");
            assert_eq!(row.pricing.as_ref().unwrap()["category"], "service", "{name}");
            ends.push((row.state, row.failure, row.pricing, row.wamid));
        }
        assert_eq!(ends.len(), 24);
        assert!(ends.iter().all(|end| *end == ends[0]), "{ends:?}");
    }
    world.end().await;
}

/// All orders of so many.
fn orders(many: usize) -> Vec<Vec<usize>> {
    if many == 0 {
        return vec![Vec::new()];
    }
    let insert = |order: Vec<usize>| {
        (0..many).map(move |place| {
            let mut order = order.clone();
            order.insert(place, many - 1);
            order
        })
    };
    orders(many - 1).into_iter().flat_map(insert).collect()
}

// ---- faults of Meta's ---------------------------------------------------------------------------------------------------

#[tokio::test]
async fn what_meta_says_it_failed_to_send_is_sent_again_when_no_receipt_comes() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    world.sim("POST", "faults", json!({"kind": "error", "code": 131_000})).await;
    world.says(&ana, "hola").await;
    let conversation = world.conversation(ANA).await;
    world.reaches(&conversation, &["unknown"]).await;
    again(&world, 1).await;
    assert!(world.phone(&ana).await.is_empty());
    // Half a minute for the receipt, then again.
    world.sees(&ana, &["Eco: hola"]).await;
    world.reaches(&conversation, &["delivered"]).await;
    world.sees_no_more_than(&ana, &["Eco: hola"]).await;
    assert_eq!(sends_asked(&world).await, 2);
    world.end().await;
}

/// Waits until the Cloud API has been asked to send so often, has refused each time, and the last one waits again.
async fn again(world: &World, sends: usize) {
    logged(world, &["refused it for now", "reported a fault of its own"], sends).await;
    assert_eq!(sends_asked(world).await, sends, "{}", world.log());
}

/// Waits until the log has so many lines with one of these texts: those that say why a message waits come after its
/// waiting time is set, so that the clock may be moved.
async fn logged(world: &World, texts: &[&str], lines: usize) {
    let found = eventually(|| async {
        let log = world.log();
        let found = log.lines().filter(|line| texts.iter().any(|text| line.contains(text))).count();
        if found >= lines { Ok(()) } else { Err(found) }
    })
    .await;
    assert_eq!(found, Ok(()), "{lines} times {texts:?}: {}", world.log());
}

const WAITS: &[&str] = &["sending from its line is paused"];

/// How often the Cloud API has been asked to send a message.
async fn sends_asked(world: &World) -> usize {
    let log = world.sim("GET", "log", Value::Null).await;
    let calls = log["calls"].as_array().or(log.as_array()).unwrap_or_else(|| panic!("{log}"));
    calls.iter().filter(|call| call["path"].as_str().is_some_and(|path| path.ends_with("/messages"))).count()
}

// ---- an account that Meta stops ---------------------------------------------------------------------------------------

#[tokio::test]
async fn while_meta_stops_the_account_messages_wait_and_go_out_in_order_when_it_is_over() {
    let world = World::start().await;
    let (ana, eva) = (world.person(ANA).await, world.person(EVA).await);
    world.sim("POST", "faults", json!({"kind": "error", "code": 131_042})).await;
    world.says(&ana, "uno").await;
    let conversation = world.conversation(ANA).await;
    world.reaches(&conversation, &["queued"]).await;
    again(&world, 1).await;
    assert!(world.log().contains("AccountStopped") && !world.log().contains("TokenRejected"), "{}", world.log());
    let pause = world.machine.store().pauses().await.unwrap().remove(0);
    assert_eq!((pause.line.as_str(), pause.failure.code), (world.line(), Some(131_042)));
    assert!(pause.failure.remedy.contains("payment method"), "{pause:?}");
    // Others are not even tried, and are shown as waiting.
    world.says(&ana, "dos").await;
    world.says(&eva, "hola").await;
    world.reaches(&world.conversation(EVA).await, &["queued"]).await;
    logged(&world, WAITS, 1).await;
    assert_eq!(sends_asked(&world).await, 1);
    // One is tried after a minute, and passes; queues go by the real clock.
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert_eq!(sends_asked(&world).await, 1);
    world.sees(&ana, &["Eco: uno", "Eco: dos"]).await;
    world.sees(&eva, &["Eco: hola"]).await;
    paused(&world, 0).await;
    world.has_dead_letters(0).await;
    let (notices, _) = world.machine.store().notices(world.machine.aws().clock().now(), 100, None).await.unwrap();
    let told = |which: fn(&Notice) -> bool| notices.iter().filter(|kept| which(&kept.notice)).count();
    assert_eq!(told(|notice| matches!(notice, Notice::SendingPaused { .. })), 1, "{notices:?}");
    assert_eq!(told(|notice| matches!(notice, Notice::SendingResumed { .. })), 1, "{notices:?}");
    world.end().await;
}

#[tokio::test]
async fn failures_that_meta_tells_later_pause_the_line_too_until_a_receipt_says_that_it_is_over() {
    let world = World::start().await;
    let (ana, eva) = (world.person(ANA).await, world.person(EVA).await);
    world.sim("POST", "faults", json!({"kind": "fail_later", "code": 131_042})).await;
    world.says(&ana, "hola").await;
    paused(&world, 1).await;
    let failed = world.reaches(&world.conversation(ANA).await, &["failed"]).await;
    assert_eq!(failed["failure"]["code"], 131_042);
    assert!(world.log().contains("AccountStopped"), "{}", world.log());
    world.advance(0.01); // the sender looks again whether the line is paused
    world.says(&eva, "hola").await;
    world.reaches(&world.conversation(EVA).await, &["queued"]).await;
    // It is the one that is tried. That Meta takes it proves nothing; that it arrives does.
    world.sees(&eva, &["Eco: hola"]).await;
    world.reaches(&world.conversation(EVA).await, &["delivered"]).await;
    world.advance(0.01);
    world.says(&ana, "otra vez").await;
    // (The phone of the simulation shows what failed as well.)
    world.sees(&ana, &["Eco: hola", "Eco: otra vez"]).await;
    paused(&world, 0).await;
    world.end().await;
}

/// Waits until so many lines are paused.
async fn paused(world: &World, lines: usize) {
    let found = eventually(|| async {
        let pauses = world.machine.store().pauses().await.unwrap();
        if pauses.len() == lines { Ok(()) } else { Err(format!("{pauses:?}")) }
    })
    .await;
    assert_eq!(found, Ok(()), "{}", world.log());
}

#[tokio::test]
async fn who_wants_no_marketing_is_remembered_whether_meta_says_so_at_once_or_later() {
    let world = World::start().await;
    for (phone, fault) in [(ANA, "error"), (EVA, "fail_later")] {
        let person = world.person(phone).await;
        world.sim("POST", "faults", json!({"kind": fault, "code": 131_050})).await;
        world.says(&person, "hola").await;
        let conversation = world.conversation(phone).await;
        world.reaches(&conversation, &["failed"]).await;
        let id: domain::ConversationId = conversation["id"].as_str().unwrap().parse().unwrap();
        let stopped = eventually(|| async {
            let contact = world.machine.store().contact(&id.contact).await.unwrap().unwrap();
            if contact.marketing_stopped { Ok(()) } else { Err(contact) }
        })
        .await;
        assert!(stopped.is_ok(), "{fault}: {stopped:?}\n{}", world.log());
    }
    world.end().await;
}
