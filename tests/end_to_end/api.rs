//! The HTTP API as its callers meet it.

use chasqui::token;
use end_to_end::{As, World, eventually};
use serde_json::{Value, json};
use store::TokenRole;

const ANA: &str = "573001112233";

/// Every route with the lowest role that may call it. A route of the API without a row here fails the test.
const ROUTES: &[(&str, &str, Option<TokenRole>)] = &[
    ("GET", "/health", None),
    ("GET", "/v1/openapi.json", Some(TokenRole::Operator)),
    ("GET", "/v1/assets/{name}", None),
    ("GET", "/v1/lines/{line}/conversations", Some(TokenRole::Operator)),
    ("GET", "/v1/conversations/{id}", Some(TokenRole::Operator)),
    ("PATCH", "/v1/conversations/{id}", Some(TokenRole::Operator)),
    ("GET", "/v1/conversations/{id}/messages", Some(TokenRole::Operator)),
    ("POST", "/v1/conversations/{id}/messages", Some(TokenRole::Operator)),
    ("GET", "/v1/conversations/{id}/journey", Some(TokenRole::Operator)),
    ("POST", "/v1/conversations/{id}/journey", Some(TokenRole::Operator)),
    ("DELETE", "/v1/conversations/{id}/journey", Some(TokenRole::Operator)),
    ("GET", "/v1/dictionaries", Some(TokenRole::Builder)),
    ("PATCH", "/v1/dictionaries/{name}", Some(TokenRole::Builder)),
    ("DELETE", "/v1/dictionaries/{name}", Some(TokenRole::Administrator)),
    ("GET", "/v1/lines/{line}/reminders", Some(TokenRole::Builder)),
    ("POST", "/v1/lines/{line}/reminders", Some(TokenRole::Administrator)),
    ("GET", "/v1/lines/{line}/reminders/{id}", Some(TokenRole::Builder)),
    ("DELETE", "/v1/lines/{line}/reminders/{id}", Some(TokenRole::Administrator)),
    ("GET", "/v1/notices", Some(TokenRole::Administrator)),
    ("GET", "/v1/dead-letters", Some(TokenRole::Administrator)),
    ("GET", "/v1/dead-letters/{id}", Some(TokenRole::Administrator)),
    ("DELETE", "/v1/dead-letters/{id}", Some(TokenRole::Administrator)),
    ("POST", "/v1/dead-letters/{id}/replay", Some(TokenRole::Administrator)),
    ("GET", "/v1/journeys", Some(TokenRole::Operator)),
    ("POST", "/v1/journeys", Some(TokenRole::Builder)),
    ("GET", "/v1/journeys/{id}", Some(TokenRole::Operator)),
    ("PATCH", "/v1/journeys/{id}", Some(TokenRole::Builder)),
    ("GET", "/v1/journeys/{id}/draft", Some(TokenRole::Operator)),
    ("PUT", "/v1/journeys/{id}/draft", Some(TokenRole::Builder)),
    ("POST", "/v1/journeys/{id}/publish", Some(TokenRole::Builder)),
    ("POST", "/v1/journeys/{id}/rollback", Some(TokenRole::Builder)),
    ("GET", "/v1/journeys/{id}/revisions", Some(TokenRole::Operator)),
    ("GET", "/v1/journeys/{id}/revisions/{revision}", Some(TokenRole::Operator)),
    ("GET", "/v1/journeys/{id}/diff", Some(TokenRole::Operator)),
    ("POST", "/v1/check/notebook", Some(TokenRole::Builder)),
    ("POST", "/v1/export/journeys", Some(TokenRole::Builder)),
    ("POST", "/v1/import/journeys", Some(TokenRole::Builder)),
    ("GET", "/v1/flow-results/packages", Some(TokenRole::Builder)),
    ("GET", "/v1/flow-results/packages/{id}", Some(TokenRole::Builder)),
    ("GET", "/v1/flow-results/packages/{id}/responses", Some(TokenRole::Builder)),
    ("GET", "/v1/flow-results/packages/{id}/responses.csv", Some(TokenRole::Builder)),
];

#[tokio::test]
async fn every_route_asks_for_its_role() {
    let world = World::start().await;
    let now = world.machine.aws().clock().now();
    let roles = [TokenRole::Operator, TokenRole::Builder, TokenRole::Administrator];
    let mut tokens = Vec::new();
    for role in roles {
        tokens.push((role, token::create(world.machine.store(), "test", role, now).await.unwrap()));
    }
    for (method, path, needed) in ROUTES {
        let path = path
            .replace("{line}", world.line())
            .replace("{id}", "nobody-nothing")
            .replace("{revision}", "1")
            .replace("{name}", "nothing");
        let nobody = world.call(As::Nobody, method, &path, &[], Value::Null).await.status;
        let wrong = world.call(As::Token("chq_wrong"), method, &path, &[], Value::Null).await.status;
        assert_eq!((nobody == 401, wrong == 401), (needed.is_some(), needed.is_some()), "{method} {path}");
        for (role, token) in &tokens {
            let status = world.call(As::Token(token), method, &path, &[], Value::Null).await.status;
            let allowed = needed.is_none_or(|needed| *role >= needed);
            assert_eq!(status != 403, allowed, "{method} {path} as {role:?}: {status}");
        }
    }
    // The description knows the same routes.
    let document = world.api("GET", "/v1/openapi.json", Value::Null).await.json();
    let described = document["paths"].as_object().unwrap();
    for (path, methods) in described {
        for method in methods.as_object().unwrap().keys() {
            let is_known = ROUTES.iter().any(|(m, p, _)| m.eq_ignore_ascii_case(method) && p == path);
            assert!(is_known, "{method} {path} has no row");
        }
    }
    let count: usize = described.values().map(|methods| methods.as_object().unwrap().len()).sum();
    assert_eq!(count, ROUTES.len(), "a row without a route");
    world.end().await;
}

#[tokio::test]
async fn a_revoked_token_is_no_token() {
    let world = World::start().await;
    let now = world.machine.aws().clock().now();
    let text = token::create(world.machine.store(), "old", TokenRole::Operator, now).await.unwrap();
    assert_eq!(world.call(As::Token(&text), "GET", "/v1/openapi.json", &[], Value::Null).await.status, 200);
    let hash = store::ApiToken::hash(&text);
    let token = world.machine.store().token(&hash).await.unwrap().unwrap();
    let revoked = store::ApiToken { revoked_at: Some(now), ..token };
    world.machine.store().put_token(&hash, &revoked).await.unwrap();
    assert_eq!(world.call(As::Token(&text), "GET", "/v1/openapi.json", &[], Value::Null).await.status, 401);
    world.end().await;
}

#[tokio::test]
async fn problems_say_what_is_wrong_and_what_to_do() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    world.says(&ana, "hola").await;
    world.sees(&ana, &["Eco: hola"]).await;
    let id = world.conversation(ANA).await["id"].as_str().unwrap().to_owned();
    let messages = format!("/v1/conversations/{id}/messages");
    let reminders = format!("/v1/lines/{}/reminders", world.line());
    let contact = id.split('-').next().unwrap().to_owned();
    let cases = [
        ("GET", "/v1/nowhere".to_owned(), Value::Null, 404, "not-found"),
        ("GET", "/v1/conversations/rubbish".to_owned(), Value::Null, 404, "not-found"),
        ("GET", format!("/v1/conversations/{contact}-999"), Value::Null, 404, "not-found"),
        ("PUT", messages.clone(), json!({}), 405, "method-not-allowed"),
        ("GET", format!("{messages}?limit=0"), Value::Null, 400, "bad-request"),
        ("GET", format!("{messages}?limit=many"), Value::Null, 400, "bad-request"),
        ("GET", format!("{messages}?page=2"), Value::Null, 400, "bad-request"),
        ("POST", messages.clone(), json!({}), 400, "bad-request"),
        ("POST", messages.clone(), json!({"text": "a", "message": {}}), 400, "bad-request"),
        ("POST", messages.clone(), json!({"txt": "a"}), 400, "bad-request"),
        ("POST", messages.clone(), json!({"text": ""}), 422, "message-limit"),
        ("POST", messages.clone(), json!({"message": {"type": "hologram"}}), 422, "invalid"),
        (
            "POST",
            messages.clone(),
            json!({"text": "a", "fallback": {"type": "text", "text": {"body": "b"}}}),
            422,
            "invalid",
        ),
        ("PATCH", format!("/v1/conversations/{id}"), json!({"status": "lost"}), 400, "bad-request"),
        (
            "POST",
            reminders.clone(),
            json!({"contact": "x", "time_zone": "UTC", "at": "2030-01-01T00:00:00", "journey": "later"}),
            404,
            "not-found",
        ),
        (
            "POST",
            reminders.clone(),
            json!({"contact": contact, "time_zone": "Bogota", "at": "2030-01-01T00:00:00", "journey": "later"}),
            422,
            "invalid",
        ),
        (
            "POST",
            reminders.clone(),
            json!({"contact": contact, "time_zone": "UTC", "at": "2020-01-01T00:00:00", "journey": "later"}),
            422,
            "invalid",
        ),
        (
            "POST",
            reminders.clone(),
            json!({"contact": contact, "time_zone": "UTC", "cron": "every day", "journey": "later"}),
            422,
            "invalid",
        ),
        (
            "POST",
            reminders.clone(),
            json!({"contact": contact, "time_zone": "UTC", "journey": "later"}),
            400,
            "bad-request",
        ),
        ("GET", format!("{reminders}/unknown"), Value::Null, 404, "not-found"),
        ("DELETE", format!("{reminders}/unknown"), Value::Null, 404, "not-found"),
    ];
    for (method, path, body, status, kind) in cases {
        let answer = world.api(method, &path, body.clone()).await;
        let problem = answer.json();
        assert_eq!(answer.status, status, "{method} {path} {body}: {problem}");
        assert_eq!(problem["type"], format!("urn:chasqui:problem:{kind}"), "{method} {path} {body}: {problem}");
        assert_eq!(problem["status"], status);
        assert!(problem["detail"].as_str().unwrap().len() > 10, "{problem}");
    }
    world.end().await;
}

#[tokio::test]
async fn outside_the_window_only_a_template_goes_out() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    world.says(&ana, "hola").await;
    world.sees(&ana, &["Eco: hola"]).await;
    world.advance(24.5);
    let conversation = world.conversation(ANA).await;
    assert_eq!(conversation["window_open"], false);
    let messages = format!("/v1/conversations/{}/messages", conversation["id"].as_str().unwrap());
    let refused = world.api("POST", &messages, json!({"text": "¿Sigues ahí?"})).await;
    assert_eq!(refused.status, 409);
    assert_eq!(refused.json()["type"], "urn:chasqui:problem:window-closed");
    assert_eq!(refused.json()["window_expires_at"], conversation["window_expires_at"]);
    let template = json!({"type": "template", "template": {"name": "reminder", "language": {"code": "es"},
        "components": [{"type": "body", "parameters": [{"type": "text", "text": "Ana"}, {"type": "text", "text": "mañana"}]}]}});
    let sent = world.api("POST", &messages, json!({"text": "¿Sigues ahí?", "fallback": template})).await;
    assert_eq!(sent.status, 202, "{}", sent.json());
    let message = world.reaches(&conversation, &["delivered"]).await;
    assert_eq!(
        (&message["type"], message["content"]["template"]["name"].as_str()),
        (&json!("template"), Some("reminder"))
    );
    world.end().await;
}

#[tokio::test]
async fn a_repeated_request_sends_once() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    world.says(&ana, "hola").await;
    world.sees(&ana, &["Eco: hola"]).await;
    let conversation = world.conversation(ANA).await;
    let messages = format!("/v1/conversations/{}/messages", conversation["id"].as_str().unwrap());
    let key = [("idempotency-key", "reply-1")];
    // The queue does not answer: the operator's program repeats the request.
    world.fault(json!({"service": "sqs", "operation": "SendMessageBatch", "caller": "inbox_api",
                       "do": "error:ServiceUnavailable:503", "times": 20}));
    let failed = world.call(As::Administrator, "POST", &messages, &key, json!({"text": "uno"})).await;
    assert_eq!(failed.status, 503, "{}", failed.json());
    world.machine.aws().faults().clear();
    let mut ids = Vec::new();
    for _ in 0..3 {
        let answer = world.call(As::Administrator, "POST", &messages, &key, json!({"text": "uno"})).await;
        assert_eq!(answer.status, 202, "{}", answer.json());
        ids.push(answer.json()["id"].clone());
        world.sees(&ana, &["Eco: hola", "uno"]).await;
    }
    assert!(ids.windows(2).all(|pair| pair[0] == pair[1]), "{ids:?}");
    let other = [("idempotency-key", "reply-2")];
    world.call(As::Administrator, "POST", &messages, &other, json!({"text": "uno"})).await;
    world.sees(&ana, &["Eco: hola", "uno", "uno"]).await;
    world.sees_no_more_than(&ana, &["Eco: hola", "uno", "uno"]).await;
    world.end().await;
}

#[tokio::test]
async fn lists_are_read_page_by_page() {
    let world = World::start().await;
    for number in 0..5 {
        let person = world.person(&format!("57300111000{number}")).await;
        world.says(&person, "hola").await;
        world.sees(&person, &["Eco: hola"]).await;
    }
    let base = format!("/v1/lines/{}/conversations?limit=2", world.line());
    let mut seen = Vec::new();
    let mut path = base.clone();
    loop {
        let page = world.api("GET", &path, Value::Null).await.json();
        let ids = page["conversations"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap().to_owned());
        seen.extend(ids);
        match page["next"].as_str() {
            Some(next) => path = format!("{base}&after={}", next.replace('#', "%23")),
            None => break,
        }
    }
    let mut unique = seen.clone();
    unique.sort();
    unique.dedup();
    assert_eq!((seen.len(), unique.len()), (5, 5), "{seen:?}");

    let id = &seen[0];
    let person =
        world.api("GET", &format!("/v1/conversations/{id}"), Value::Null).await.json()["contact"]["phone"].clone();
    for number in 0..4 {
        world.says(person.as_str().unwrap(), &format!("{number}")).await;
    }
    let expected = 10;
    let read = eventually(|| async {
        let mut path = format!("/v1/conversations/{id}/messages?limit=3");
        let mut read: Vec<Value> = Vec::new();
        loop {
            let page = world.api("GET", &path, Value::Null).await.json();
            read.extend(page["messages"].as_array().unwrap().iter().map(|m| m["id"].clone()));
            match page["next"].as_str() {
                Some(next) => {
                    path = format!("/v1/conversations/{id}/messages?limit=3&after={}", next.replace('#', "%23"))
                }
                None => break,
            }
        }
        if read.len() == expected { Ok(read) } else { Err(format!("{}", read.len())) }
    })
    .await
    .unwrap();
    let unique: std::collections::HashSet<String> = read.iter().map(Value::to_string).collect();
    assert_eq!(unique.len(), expected);
    world.end().await;
}

#[tokio::test]
async fn an_array_is_no_body_and_no_object_in_one() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    world.says(&ana, "hola").await;
    world.sees(&ana, &["Eco: hola"]).await;
    let conversation = world.conversation(ANA).await["id"].as_str().unwrap().to_owned();
    let document = world.api("GET", "/v1/openapi.json", Value::Null).await.json();
    let mut asked = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if operation["requestBody"].is_null() {
                continue;
            }
            let method = method.to_uppercase();
            let id = if path.contains("journeys") { "echo" } else { &conversation };
            let path = path.replace("{line}", world.line()).replace("{id}", id).replace("{name}", "crm");
            for body in [json!([]), json!([null]), json!(["later", "a", true]), json!("a"), json!(1)] {
                let answer = world.call(As::Administrator, &method, &path, &[("if-match", "*")], body.clone()).await;
                assert_eq!(answer.status, 400, "{method} {path} {body}: {}", answer.json());
                asked += 1;
            }
        }
    }
    assert!(asked > 50, "{asked}");
    let import = json!({"journeys": [["later", null, null, "text"]], "dry_run": true});
    assert_eq!(world.api("POST", "/v1/import/journeys", import).await.status, 400);
    let messages = format!("/v1/conversations/{conversation}/messages");
    for message in
        [json!({"type": "text", "text": ["hola"]}), json!(["text", {"body": "hola"}]), json!(["text", ["hola"]])]
    {
        let answer = world.api("POST", &messages, json!({"message": message})).await;
        assert_eq!(answer.status, 422, "{message}: {}", answer.json());
    }
    world.end().await;
}

#[tokio::test]
async fn names_of_any_kind_and_length_are_found_or_refused() {
    let world = World::start().await;
    for name in ["uno # dos", "100%", "a%41", "¿Qué tal", "a+b & c=d"] {
        let created = world.api("POST", "/v1/journeys", json!({"name": name})).await;
        assert_eq!(created.status, 201, "{name}: {}", created.json());
        let path = format!("/v1/journeys/{}", escaped(name));
        assert_eq!(world.api("GET", &path, Value::Null).await.json()["name"], name);
        assert_eq!(world.api("GET", &format!("{path}/draft"), Value::Null).await.json()["version"], 1, "{name}");
        let other = world.api("GET", &format!("{path}/diff?from=1&to=draft"), Value::Null).await;
        assert!(other.json()["detail"].as_str().unwrap().contains("no revision `1`"), "{name}: {}", other.json());
    }
    assert_eq!(world.api("GET", "/v1/journeys/echo%3Fa=b", Value::Null).await.status, 404);
    assert_eq!(world.api("GET", "/v1/journeys/echo%23/draft", Value::Null).await.status, 404);

    let reminder = |contact: &str| json!({"contact": contact, "time_zone": "UTC", "at": "2030-01-01T00:00:00", "journey": "later"});
    let reminders = format!("/v1/lines/{}/reminders", world.line());
    for contact in ["", "x", &"x".repeat(3_000), "a\u{85}b"] {
        let answer = world.api("POST", &reminders, reminder(contact)).await;
        assert_eq!(answer.status, 404, "{contact:.20}: {}", answer.json());
    }
    for list in ["/v1/dead-letters", "/v1/notices"] {
        for after in ["x", "%00", "1796128458000-a", &"A".repeat(3_000)] {
            let answer = world.api("GET", &format!("{list}?after={after}"), Value::Null).await;
            assert_eq!(answer.status, 400, "{list} {after:.20}: {}", answer.json());
        }
    }
    world.end().await;
}

#[tokio::test]
async fn numbers_years_and_labels_have_the_bounds_that_are_described() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    world.says(&ana, "hola").await;
    world.sees(&ana, &["Eco: hola"]).await;
    let conversation = world.conversation(ANA).await;
    // To JSON, 1.0 is a whole number.
    for (revision, status) in
        [(json!(1.0), 200), (json!(1), 200), (json!(9.0), 404), (json!(5e9), 404), (json!(1.5), 400), (json!(-1), 400)]
    {
        let rollback = json!({"revision": revision, "accept_problems": true});
        let answer =
            world.call(As::Administrator, "POST", "/v1/journeys/echo/rollback", &[("if-match", "*")], rollback).await;
        assert_eq!(answer.status, status, "{revision}: {}", answer.json());
    }
    for (length, status) in [(500, 200), (501, 422)] {
        let import = json!({"journeys": [], "comment": "x".repeat(length)});
        let answer = world.api("POST", "/v1/import/journeys", import).await;
        assert_eq!(answer.status, status, "{length}: {}", answer.json());
    }
    let contact = &conversation["contact"]["id"];
    let reminders = format!("/v1/lines/{}/reminders", world.line());
    for (year, status) in [("2199", 201), ("2200", 422), ("1969", 422)] {
        let cron = format!("0 9 1 1 ? {year}");
        let body = json!({"contact": contact, "cron": cron, "time_zone": "UTC", "journey": "later"});
        assert_eq!(world.api("POST", &reminders, body).await.status, status, "{year}");
    }
    let path = format!("/v1/conversations/{}", conversation["id"].as_str().unwrap());
    for (count, status) in [(100, 200), (101, 400)] {
        let answer = world.api("PATCH", &path, json!({"labels": vec!["late"; count]})).await;
        assert_eq!(answer.status, status, "{count}: {}", answer.json());
    }
    world.end().await;
}

#[tokio::test]
async fn a_reminder_was_created_when_it_was_first_asked_for() {
    let world = World::start().await;
    let ana = world.person(ANA).await;
    world.says(&ana, "hola").await;
    world.sees(&ana, &["Eco: hola"]).await;
    let contact = world.conversation(ANA).await["contact"]["id"].clone();
    let asked_at = world.machine.aws().clock().now();
    world.fault(json!({"service": "scheduler", "operation": "CreateSchedule", "caller": "inbox_api",
                       "do": "error:ServiceUnavailableException:503", "times": 20}));
    let reminders = format!("/v1/lines/{}/reminders", world.line());
    let body = json!({"contact": contact, "cron": "0 9 ? * MON *", "time_zone": "UTC", "journey": "later"});
    let key = [("idempotency-key", "reminder-1")];
    let failed = world.call(As::Administrator, "POST", &reminders, &key, body.clone()).await;
    assert_eq!(failed.status, 503, "{}", failed.json());
    world.machine.aws().faults().clear();
    world.advance(1.0);
    let created = world.call(As::Administrator, "POST", &reminders, &key, body).await;
    assert_eq!(created.status, 201, "{}", created.json());
    let created_at: jiff::Timestamp = created.json()["created_at"].as_str().unwrap().parse().unwrap();
    assert!(created_at.duration_since(asked_at).as_secs() < 600, "{created_at}, asked for at {asked_at}");
    world.end().await;
}

/// A name as it stands in a path.
fn escaped(name: &str) -> String {
    name.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
