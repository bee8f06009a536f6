//! Requests that are repeated, and requests that nothing can be made of.

use end_to_end::{As, World, eventually};
use serde_json::{Value, json};

const ANA: &str = "573001112233";
const BEA: &str = "573004445566";

async fn with_ana() -> (World, String, Value) {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    world.says(&ana, "hola").await;
    world.sees(&ana, &["Eco: hola"]).await;
    let conversation = world.conversation(ANA).await;
    (world, ana, conversation)
}

fn id(of: &Value) -> &str {
    of["id"].as_str().unwrap()
}

#[tokio::test]
async fn a_key_with_another_body_is_refused_and_says_whose_it_is() {
    let (world, ana, conversation) = with_ana().await;
    let messages = format!("/v1/conversations/{}/messages", id(&conversation));
    let key = [("idempotency-key", "k-1")];
    let first = world.call(As::Administrator, "POST", &messages, &key, json!({"text": "uno"})).await;
    assert_eq!(first.status, 202, "{}", first.json());
    let other = world.call(As::Administrator, "POST", &messages, &key, json!({"text": "dos"})).await;
    assert_eq!((other.status, &other.json()["type"]), (422, &json!("urn:chasqui:problem:idempotency-key-reused")));
    assert_eq!(other.json()["request"]["asked"], format!("POST {messages}"));
    let again = world.call(As::Administrator, "POST", &messages, &key, json!({"text": "uno"})).await;
    assert_eq!((again.status, again.json()), (202, first.json()), "the first answer");

    // Two contacts, one key: the second does not get the first one's reminder.
    let bea = world.person(BEA).await;
    world.says(&bea, "hola").await;
    world.sees(&bea, &["Eco: hola"]).await;
    let reminders = format!("/v1/lines/{}/reminders", world.line());
    let remind = |contact: &Value| json!({"contact": id(&contact["contact"]), "at": "2040-01-01T09:00:00", "time_zone": "UTC", "journey": "later"});
    let key = [("idempotency-key", "control")];
    let made = world.call(As::Administrator, "POST", &reminders, &key, remind(&conversation)).await;
    assert_eq!(made.status, 201, "{}", made.json());
    let other = remind(&world.conversation(BEA).await);
    assert_eq!(world.call(As::Administrator, "POST", &reminders, &key, other).await.status, 422);
    world.sees_no_more_than(&ana, &["Eco: hola", "uno"]).await;
    world.end().await;
}

#[tokio::test]
async fn a_start_and_a_stop_with_one_key_both_happen() {
    let (world, _, conversation) = with_ana().await;
    let journey = format!("/v1/conversations/{}/journey", id(&conversation));
    let key = [("idempotency-key", "k-1")];
    let standing = |expected: usize| {
        let (world, journey) = (&world, &journey);
        async move {
            eventually(|| async {
                let count = world.api("GET", journey, Value::Null).await.json()["journeys"].as_array().unwrap().len();
                if count == expected { Ok(()) } else { Err(count) }
            })
            .await
        }
    };
    let start = json!({"journey": "survey"});
    assert_eq!(world.call(As::Administrator, "POST", &journey, &key, start).await.status, 202);
    assert_eq!(standing(1).await, Ok(()), "{}", world.log());
    assert_eq!(world.call(As::Administrator, "DELETE", &journey, &key, Value::Null).await.status, 202);
    assert_eq!(standing(0).await, Ok(()), "{}", world.log());
    world.end().await;
}

#[tokio::test]
async fn a_lost_answer_of_the_table_does_not_take_the_key_away() {
    let (world, ana, conversation) = with_ana().await;
    let messages = format!("/v1/conversations/{}/messages", id(&conversation));
    // The row of the request is written, its answer is lost, the SDK asks again.
    world.fault(json!({"service": "dynamodb", "operation": "UpdateItem", "caller": "inbox_api", "when": "after",
                       "do": "error:InternalServerError:500"}));
    let key = [("idempotency-key", "k-1")];
    let sent = world.call(As::Administrator, "POST", &messages, &key, json!({"text": "uno"})).await;
    assert_eq!((sent.status, world.armed()), (202, 0), "{}", sent.json());
    world.sees(&ana, &["Eco: hola", "uno"]).await;
    world.end().await;
}

#[tokio::test]
async fn a_request_that_broke_off_is_under_way_for_a_while_and_then_goes_on() {
    let (world, ana, conversation) = with_ana().await;
    let messages = format!("/v1/conversations/{}/messages", id(&conversation));
    world.fault(json!({"service": "sqs", "operation": "SendMessageBatch", "caller": "inbox_api", "when": "after",
                       "do": "kill_caller"}));
    let key = [("idempotency-key", "k-1")];
    let broken = world.call(As::Administrator, "POST", &messages, &key, json!({"text": "uno"})).await;
    assert!(broken.status >= 500, "{}", broken.status);
    let early = world.call(As::Administrator, "POST", &messages, &key, json!({"text": "uno"})).await;
    assert_eq!((early.status, &early.json()["type"]), (409, &json!("urn:chasqui:problem:request-under-way")));
    world.advance(0.01);
    let late = world.call(As::Administrator, "POST", &messages, &key, json!({"text": "uno"})).await;
    assert_eq!(late.status, 202, "{}", late.json());
    world.sees(&ana, &["Eco: hola", "uno"]).await;
    world.sees_no_more_than(&ana, &["Eco: hola", "uno"]).await;
    world.end().await;
}

/// Every route with a variable in its path, and every one with a body, meets what nothing can be made of: never a 5xx,
/// always a problem.
#[tokio::test]
async fn what_nothing_can_be_made_of_is_refused_with_a_problem() {
    let (world, _, conversation) = with_ana().await;
    let document = world.api("GET", "/v1/openapi.json", Value::Null).await.json();
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let bodies: Vec<(&str, &str)> = vec![
        ("application/json", ""),
        ("application/json", "[]"),
        ("application/json", "null"),
        ("application/json", "7"),
        ("application/json", "{"),
        ("application/json", r#"{"nobody": "knows this"}"#),
        ("application/json", r#"{"text": "a\u0000b", "name": "a\u0000b", "notebook": "\u0000", "journey": "\u0000"}"#),
        ("application/json", r#"{"text": "\ud800"}"#),
        ("application/json", r#"{"limit": 1e999, "revision": 99999999999999999999}"#),
        ("application/json", &deep),
        ("text/plain", "{}"),
        ("", "{}"),
    ];
    let authorization = format!("Bearer {}", world.token());
    let mut asked = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let method = method.to_uppercase();
            if path.contains('{') {
                for name in
                    ["x".repeat(3_000), "%00".to_owned(), "%2e%2e".to_owned(), "%20".to_owned(), "%c3%b1".to_owned()]
                {
                    let path = fill(path, &name);
                    let headers = [
                        ("authorization", authorization.as_str()),
                        ("content-type", "application/json"),
                        ("if-match", "\"1\""),
                    ];
                    let answer = world.raw(&method, &path, &headers, "{}").await;
                    let is_long = name.len() > 1_000;
                    assert!(answer.status < 500, "{method} {path}: {} {}", answer.status, answer.json());
                    assert!(!is_long || answer.status == 404, "{method} {path}: {} {}", answer.status, answer.json());
                    asked += 1;
                }
            }
            if ["POST", "PUT", "PATCH"].contains(&method.as_str()) {
                for (kind, body) in &bodies {
                    let path = fill(path, id(&conversation));
                    let headers =
                        [("authorization", authorization.as_str()), ("content-type", kind), ("if-match", "\"1\"")];
                    let answer = world.raw(&method, &path, &headers, *body).await;
                    let problem = answer.json();
                    assert!(answer.status < 500, "{method} {path} {kind} {body:.60}: {} {problem}", answer.status);
                    let is_problem =
                        problem["type"].as_str().is_some_and(|kind| kind.starts_with("urn:chasqui:problem:"));
                    assert!(answer.status < 400 || is_problem, "{method} {path} {kind} {body:.60}: {problem}");
                    asked += 1;
                }
            }
        }
    }
    assert!(asked > 150, "{asked}");
    world.end().await;
}

fn fill(path: &str, name: &str) -> String {
    let mut filled = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        filled.push_str(name);
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    filled + rest
}

#[tokio::test]
async fn cursors_labels_quotations_and_large_bodies_are_checked_at_once() {
    let (world, _, conversation) = with_ana().await;
    let line = world.line().to_owned();
    let here = format!("/v1/conversations/{}", id(&conversation));
    for list in [
        format!("/v1/lines/{line}/conversations"),
        format!("{here}/messages"),
        format!("/v1/lines/{line}/reminders"),
        "/v1/journeys".to_owned(),
        "/v1/journeys/echo/revisions".to_owned(),
    ] {
        for after in ["x", "0", "null", "%00", &"A".repeat(3_000), "0000000000000000%23x"] {
            let answer = world.api("GET", &format!("{list}?after={after}"), Value::Null).await;
            let number = list.ends_with("revisions") && after == "0";
            assert!(number || answer.status == 400, "{list}?after={after}: {} {}", answer.status, answer.json());
        }
    }
    for labels in [json!([""]), json!(["  "]), json!(["a\u{0}b"])] {
        assert_eq!(world.api("PATCH", &here, json!({"labels": labels})).await.status, 400, "{labels}");
    }
    for wamid in ["", "bla", "wamid.", "wamid.\n", &format!("wamid.{}", "A".repeat(3_000))] {
        let reply = world.api("POST", &format!("{here}/messages"), json!({"text": "a", "reply_to": wamid})).await;
        assert_eq!(reply.status, 422, "{wamid:.40}: {}", reply.json());
    }
    let large = json!({"text": "a".repeat(7_000_000)});
    let answer = world.api("POST", &format!("{here}/messages"), large).await;
    assert_eq!((answer.status, &answer.json()["type"]), (413, &json!("urn:chasqui:problem:too-large")));
    assert_eq!(world.raw("HEAD", "/health", &[], "").await.status, 200);
    let picture = world.raw("GET", "/v1/assets/welcome.png", &[], "").await;
    assert_eq!((picture.status, &picture.body[1..4]), (200, &b"PNG"[..]));
    world.end().await;
}

#[tokio::test]
async fn what_the_scheduler_refuses_is_refused_with_its_reason() {
    let (world, _, conversation) = with_ana().await;
    let contact = id(&conversation["contact"]);
    let reminders = format!("/v1/lines/{}/reminders", world.line());
    for (cron, zone) in
        [("0 24 * * ? *", "UTC"), ("0 9 32 * ? *", "UTC"), ("0 9 ? * 8 *", "UTC"), ("99 9 * * ? *", "UTC")]
    {
        let body = json!({"contact": contact, "cron": cron, "time_zone": zone, "journey": "later"});
        let answer = world.api("POST", &reminders, body).await;
        assert_eq!(answer.status, 422, "{cron}: {}", answer.json());
        assert!(answer.json()["detail"].as_str().unwrap().contains("is not a cron expression"), "{}", answer.json());
    }
    // What is found wrong by the scheduler alone is no failure of ours either.
    world.fault(json!({"service": "scheduler", "operation": "CreateSchedule", "do": "error:ValidationException:400"}));
    let body = json!({"contact": contact, "cron": "0 9 * * ? *", "time_zone": "UTC", "journey": "later"});
    assert_eq!(world.api("POST", &reminders, body).await.status, 422);
    world.end().await;
}
