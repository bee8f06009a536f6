//! What the Graph API answers, and what the phone shows.

use bytes::Bytes;
use http_body_util::Full;
use serde_json::{Value, json};

use crate::helpers::{PHONE_ID, Stage, WABA, exchange, text};

#[tokio::test]
async fn who_may_call_what() {
    let stage = Stage::new().await;
    let body = text("573001112233", "x");
    let messages = format!("/v25.0/{PHONE_ID}/messages");
    for (path, token, status, code, subcode) in [
        (messages.as_str(), None, 401, 190, None),
        (messages.as_str(), Some("wrong"), 401, 190, None),
        ("/v25.0/42/messages", Some("simulated-access-token"), 400, 100, Some(33)),
        ("/25.0/42/messages", Some("simulated-access-token"), 400, 2500, None),
        (&format!("/{PHONE_ID}/messages"), Some("simulated-access-token"), 400, 2500, None),
    ] {
        let (got, answer) = stage.call("POST", path, Some(&body), token).await.unwrap();
        assert_eq!(
            (got, answer["error"]["code"].as_i64(), answer["error"]["error_subcode"].as_i64()),
            (status, Some(code), subcode),
            "{path}: {answer}"
        );
        assert!(answer["error"]["fbtrace_id"].is_string());
    }
    assert_eq!(stage.look("/log").await["calls"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn bodies_that_are_not_json() {
    let stage = Stage::new().await;
    for (content_type, body) in [("application/json", "{"), ("text/plain", "{}"), ("application/json", "[]")] {
        let request = http::Request::post(format!("{}/v25.0/{PHONE_ID}/messages", stage.simulator.url()))
            .header("authorization", "Bearer simulated-access-token")
            .header("content-type", content_type)
            .body(Full::new(Bytes::from(body)))
            .unwrap();
        let (status, answer) = exchange(request).await.unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!((status, &answer["error"]["code"]), (400, &json!(100)), "{body}");
    }
}

#[tokio::test]
async fn a_message_is_shown_and_told_sent_delivered_read() {
    let stage = Stage::new().await;
    let ana = stage.ana().await;
    stage.sim("/people/573001112233", &json!({"chat_open": true})).await;
    let mut body = text("+57 300 111-2233", "¡Hola!");
    body["biz_opaque_callback_data"] = "row-1".into();
    let (_, answer) = stage.send(&body).await.unwrap();
    let user_id = stage.look("/people/573001112233").await["user_id"].clone();
    assert_eq!(answer["contacts"], json!([{"input": "+57 300 111-2233", "wa_id": ana, "user_id": user_id}]));
    let id = answer["messages"][0]["id"].clone();

    let received = stage.webhooks(3).await;
    assert_eq!(stage.statuses(), ["sent", "delivered", "read"]);
    let first = &received[0].body["entry"][0];
    assert_eq!(first["id"], WABA);
    let value = &first["changes"][0]["value"];
    assert_eq!(value["metadata"], json!({"display_phone_number": "576015550100", "phone_number_id": PHONE_ID}));
    assert_eq!(value["contacts"][0]["wa_id"], ana);
    let status = &value["statuses"][0];
    assert_eq!(
        (&status["id"], &status["recipient_id"], &status["recipient_user_id"], &status["biz_opaque_callback_data"]),
        (&id, &json!(ana), &user_id, &json!("row-1"))
    );
    assert_eq!(
        status["pricing"],
        json!({"billable": false, "pricing_model": "PMP", "type": "free_customer_service", "category": "service"})
    );
    assert!(received[2].body["entry"][0]["changes"][0]["value"]["statuses"][0].get("pricing").is_none());

    let thread = stage.look("/people/573001112233/messages").await;
    let shown = &thread["messages"][1];
    assert_eq!(
        (&shown["id"], &shown["content"]["body"], &shown["ticks"], &shown["from"]),
        (&id, &json!("¡Hola!"), &json!("blue"), &json!("business"))
    );
}

#[tokio::test]
async fn a_phone_switched_off_gets_its_messages_later() {
    let stage = Stage::new().await;
    let ana = stage.ana().await;
    stage.sim("/people/573001112233", &json!({"online": false})).await;
    stage.sent(&text(ana, "1")).await;
    stage.webhooks(1).await;
    assert_eq!(stage.look("/people/573001112233/messages").await["messages"][1]["on_phone"], false);
    stage.sim("/people/573001112233", &json!({"online": true})).await;
    stage.webhooks(2).await;
    assert_eq!(stage.statuses(), ["sent", "delivered"]);
    assert_eq!(stage.look("/people/573001112233/messages").await["messages"][1]["on_phone"], true);
}

#[tokio::test]
async fn a_repeated_post_sends_twice() {
    let stage = Stage::new().await;
    let ana = stage.ana().await;
    let mut body = text(ana, "once?");
    body["biz_opaque_callback_data"] = "same".into();
    assert_ne!(stage.sent(&body).await, stage.sent(&body).await);
    let thread = stage.look("/people/573001112233/messages?at_least=2&wait_ms=2000").await;
    assert_eq!(thread["messages"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn the_window() {
    let stage = Stage::new().await;
    let ana = stage.ana().await;
    stage.sim("/clock", &json!({"advance_ms": 24 * 3_600_000})).await;
    stage.sent(&text(ana, "too late")).await;
    let received = stage.webhooks(1).await;
    let value = &received[0].body["entry"][0]["changes"][0]["value"];
    assert!(value.get("contacts").is_none());
    let status = &value["statuses"][0];
    assert_eq!((&status["status"], &status["errors"][0]["code"]), (&json!("failed"), &json!(131_047)));
    assert!(status.get("recipient_user_id").is_none() && status.get("pricing").is_none());
    assert_eq!(stage.look("/people/573001112233/messages").await["messages"][1]["on_phone"], false);

    stage.sim("/behaviour", &json!({"window_rule": "synchronous"})).await;
    let (status, answer) = stage.send(&text(ana, "too late")).await.unwrap();
    assert_eq!((status, &answer["error"]["code"]), (400, &json!(131_047)));

    let template = json!({"messaging_product": "whatsapp", "to": ana, "type": "template", "template": {"name": "reminder", "language": {"code": "es"},
        "components": [{"type": "body", "parameters": [{"type": "text", "text": "Ana"}, {"type": "text", "text": "mañana"}]},
                       {"type": "button", "sub_type": "quick_reply", "index": "0", "parameters": [{"type": "payload", "payload": "yes"}]}]}});
    stage.sent(&template).await;
    // A message written 25 hours ago and told now does not open the window; one of now does.
    stage.sim("/people/573001112233/messages", &json!({"text": "late", "age_ms": 25 * 3_600_000})).await;
    assert_eq!(stage.send(&text(ana, "x")).await.unwrap().0, 400);
    stage.sim("/people/573001112233/messages", &json!({"tap": "Confirmo"})).await;
    assert_eq!(stage.send(&text(ana, "x")).await.unwrap().0, 200);
    let thread = stage.look("/people/573001112233/messages").await;
    assert_eq!(thread["messages"][2]["rendered"]["body"], "Hola Ana, te recordamos tu cita: mañana.");
    assert_eq!(thread["messages"][4]["content"], json!({"payload": "yes", "text": "Confirmo"}));
}

#[tokio::test]
async fn templates() {
    let stage = Stage::new().await;
    let use_of = |name: &str, language: &str| json!({"messaging_product": "whatsapp", "to": "573001112233", "type": "template", "template": {"name": name, "language": {"code": language}}});
    for (name, language, status, code) in
        [("nope", "es", 404, 132_001), ("reminder", "fr", 404, 132_001), ("reminder", "es", 400, 132_000)]
    {
        let (got, answer) = stage.send(&use_of(name, language)).await.unwrap();
        assert_eq!((got, answer["error"]["code"].as_i64()), (status, Some(code)), "{answer}");
    }
    let path = format!("/v25.0/{WABA}/message_templates");
    let new = json!({"name": "nuevo", "language": "es", "category": "UTILITY", "components": [{"type": "BODY", "text": "Hola"}]});
    let (_, created) = stage.graph("POST", &path, Some(&new)).await;
    assert_eq!(created["status"], "PENDING");
    assert_eq!(stage.graph("POST", &path, Some(&new)).await.0, 400, "a second one of the same name");
    assert_eq!(stage.send(&use_of("nuevo", "es")).await.unwrap().0, 404, "not approved yet");
    stage.sim("/templates/nuevo/es", &json!({"status": "APPROVED"})).await;
    let received = stage.webhooks(1).await;
    assert_eq!(received[0].body["entry"][0]["changes"][0]["field"], "message_template_status_update");
    assert!(received[0].body["entry"][0]["time"].is_i64());
    assert_eq!(stage.send(&use_of("nuevo", "es")).await.unwrap().0, 200);
    stage.sim("/templates/nuevo/es", &json!({"status": "PAUSED"})).await;
    assert_eq!(stage.send(&use_of("nuevo", "es")).await.unwrap().1["error"]["code"], 132_015);

    let mut names = Vec::new();
    let mut next = format!("{path}?limit=3");
    loop {
        let (_, page) = stage.graph("GET", &next, None).await;
        names.extend(
            page["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|template| format!("{}/{}", template["name"], template["language"])),
        );
        let Some(url) = page["paging"]["next"].as_str() else { break };
        next = url.trim_start_matches(&stage.simulator.url()).to_owned();
    }
    assert_eq!(names.len(), 7, "{names:?}");
    assert_eq!(stage.graph("DELETE", &format!("{path}?name=nuevo"), None).await.0, 200);
    assert_eq!(stage.graph("DELETE", &format!("{path}?name=nuevo"), None).await.0, 400);
}

#[tokio::test]
async fn user_ids_hidden_numbers_and_the_business_itself() {
    let stage = Stage::new().await;
    stage.sim("/people", &json!({"id": "bea", "phone": null, "user_id": "CO.77", "username": "bea.k"})).await;
    stage.sim("/people/bea/messages", &json!({"text": "soy Bea"})).await;
    let received = stage.webhooks(1).await;
    let value = &received[0].body["entry"][0]["changes"][0]["value"];
    assert_eq!(value["contacts"], json!([{"profile": {"name": "bea", "username": "bea.k"}, "user_id": "CO.77"}]));
    assert!(value["messages"][0].get("from").is_none());
    assert_eq!(value["messages"][0]["from_user_id"], "CO.77");
    let by_id =
        |id: &str| json!({"messaging_product": "whatsapp", "recipient": id, "type": "text", "text": {"body": "x"}});
    let (_, answer) = stage.send(&by_id("CO.77")).await.unwrap();
    assert_eq!(answer["contacts"], json!([{"input": "CO.77", "user_id": "CO.77"}]));
    let received = stage.webhooks(3).await;
    let status = &received[1].body["entry"][0]["changes"][0]["value"]["statuses"][0];
    assert!(status.get("recipient_id").is_none());
    assert_eq!(status["recipient_user_id"], "CO.77");
    assert_eq!(stage.send(&by_id("CO.78")).await.unwrap().1["error"]["code"], 131_009);
    assert_eq!(stage.send(&text("576015550100", "me")).await.unwrap().1["error"]["code"], 131_021);
}

#[tokio::test]
async fn people_who_cannot_or_will_not_be_reached() {
    let stage = Stage::new().await;
    let ana = stage.ana().await;
    stage.sim("/people/573001112233", &json!({"refuses_marketing": true})).await;
    let marketing = json!({"messaging_product": "whatsapp", "to": ana, "type": "template", "template": {"name": "reengagement", "language": {"code": "es"},
        "components": [{"type": "body", "parameters": [{"type": "text", "text": "Ana"}]}]}});
    stage.sent(&marketing).await;
    stage.sim("/people/573001112233", &json!({"blocks_business": true})).await;
    stage.sent(&text(ana, "x")).await;
    stage.sim("/behaviour", &json!({"unknown_recipient": "undeliverable"})).await;
    stage.sent(&text("573005550000", "x")).await;
    let received = stage.webhooks(3).await;
    let mut codes: Vec<i64> = received
        .iter()
        .map(|one| one.body["entry"][0]["changes"][0]["value"]["statuses"][0]["errors"][0]["code"].as_i64().unwrap())
        .collect();
    codes.sort_unstable();
    assert_eq!(codes, [131_026, 131_026, 131_050]);
}

#[tokio::test]
async fn pair_rate_limit_when_switched_on() {
    let stage = Stage::with(|options| options.behaviour.pair_rate_limit = true).await;
    let ana = stage.ana().await;
    stage.sim("/behaviour", &json!({"automatic_statuses": false})).await;
    for _ in 0..45 {
        stage.sent(&text(ana, "x")).await;
    }
    assert_eq!(stage.send(&text(ana, "x")).await.unwrap().1["error"]["code"], 131_056);
    stage.sim("/clock", &json!({"advance_ms": 6_000})).await;
    stage.sent(&text(ana, "x")).await;
}

#[tokio::test]
async fn reactions_receipts_and_typing() {
    let stage = Stage::new().await;
    let ana = stage.ana().await;
    let thread = stage.look("/people/573001112233/messages").await;
    let inbound = thread["messages"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(thread["messages"][0]["ticks"], "two", "the webhook was answered 200");
    let receipt = json!({"messaging_product": "whatsapp", "status": "read", "message_id": inbound, "typing_indicator": {"type": "text"}});
    assert_eq!(stage.send(&receipt).await.unwrap(), (200, json!({"success": true})));
    let thread = stage.look("/people/573001112233/messages").await;
    assert_eq!((&thread["messages"][0]["ticks"], &thread["person"]["typing"]), (&json!("blue"), &json!(true)));
    let unknown = json!({"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.unknown"});
    assert_eq!(stage.send(&unknown).await.unwrap().1["error"]["code"], 131_009);

    let reaction = |id: &str| json!({"messaging_product": "whatsapp", "to": ana, "type": "reaction", "reaction": {"message_id": id, "emoji": "👍"}});
    assert_eq!(stage.send(&reaction("wamid.unknown")).await.unwrap().1["error"]["code"], 131_009);
    stage.sent(&reaction(&inbound)).await;
    stage.webhooks(1).await;
    assert_eq!(stage.statuses(), ["sent"], "a reaction is never delivered or read");
    assert_eq!(stage.look("/people/573001112233").await["typing"], false, "an answer ends typing");
    stage.sim("/clock", &json!({"advance_ms": 31_i64 * 24 * 3_600_000})).await;
    assert_eq!(stage.send(&reaction(&inbound)).await.unwrap().1["error"]["code"], 131_009, "older than 30 days");
}

#[tokio::test]
async fn media_up_and_down() {
    let stage = Stage::new().await;
    let ana = stage.ana().await;
    let upload = |mime: &str, product: bool| {
        let product = if product {
            "--B\r\nContent-Disposition: form-data; name=\"messaging_product\"\r\n\r\nwhatsapp\r\n"
        } else {
            ""
        };
        let body = format!(
            "{product}--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: {mime}\r\n\r\nabc\r\n--B--\r\n"
        );
        http::Request::post(format!("{}/v25.0/{PHONE_ID}/media", stage.simulator.url()))
            .header("authorization", "Bearer simulated-access-token")
            .header("content-type", "multipart/form-data; boundary=B")
            .body(Full::new(Bytes::from(body)))
            .unwrap()
    };
    assert_eq!(exchange(upload("image/gif", true)).await.unwrap().0, 400);
    assert_eq!(exchange(upload("image/png", false)).await.unwrap().0, 400);
    let (_, answer) = exchange(upload("image/png", true)).await.unwrap();
    let id = serde_json::from_slice::<Value>(&answer).unwrap()["id"].as_str().unwrap().to_owned();

    let image =
        |kind: &str, id: &str| json!({"messaging_product": "whatsapp", "to": ana, "type": kind, kind: {"id": id}});
    stage.sent(&image("image", &id)).await;
    assert_eq!(stage.send(&image("audio", &id)).await.unwrap().1["error"]["code"], 131_009);
    assert_eq!(stage.send(&image("image", "42")).await.unwrap().1["error"]["code"], 131_009);

    let (_, address) = stage.graph("GET", &format!("/v25.0/{id}?phone_number_id={PHONE_ID}"), None).await;
    assert_eq!((&address["file_size"], &address["mime_type"]), (&json!(3), &json!("image/png")));
    let get = |token: Option<&str>| {
        let mut request = http::Request::get(address["url"].as_str().unwrap());
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        request.body(Full::default()).unwrap()
    };
    assert_eq!(exchange(get(Some("simulated-access-token"))).await.unwrap(), (200, Bytes::from("abc")));
    assert_eq!(exchange(get(None)).await.unwrap().0, 401);
    stage.sim("/clock", &json!({"advance_ms": 300_000})).await;
    assert_eq!(exchange(get(Some("simulated-access-token"))).await.unwrap().0, 404, "after five minutes");
    stage.sim("/clock", &json!({"advance_ms": 31_i64 * 24 * 3_600_000})).await;
    assert_eq!(stage.graph("GET", &format!("/v25.0/{id}"), None).await.1["error"]["error_subcode"], 33);
    assert_eq!(stage.graph("DELETE", &format!("/v25.0/{id}"), None).await.0, 200);
    assert_eq!(stage.graph("DELETE", &format!("/v25.0/{id}"), None).await.0, 400);
}

#[tokio::test]
async fn service_messages_are_priced_after_the_free_ones() {
    let stage = Stage::with(|options| options.behaviour.free_service_messages = 1).await;
    let ana = stage.ana().await;
    stage.sim("/people/573001112233", &json!({"online": false})).await;
    stage.sent(&text(ana, "1")).await;
    stage.webhooks(1).await;
    stage.sent(&text(ana, "2")).await;
    let received = stage.webhooks(2).await;
    let pricing = |index: usize| {
        received[index].body["entry"][0]["changes"][0]["value"]["statuses"][0]["pricing"]["type"].clone()
    };
    assert_eq!((pricing(0), pricing(1)), (json!("free_customer_service"), json!("regular")));
}

#[tokio::test]
async fn the_number_and_things_that_do_not_exist() {
    let stage = Stage::new().await;
    let (_, number) = stage.graph("GET", &format!("/v25.0/{PHONE_ID}?fields=id"), None).await;
    assert_eq!((&number["id"], &number["display_phone_number"]), (&json!(PHONE_ID), &json!("+57 601 555 0100")));
    let (_, numbers) = stage.graph("GET", &format!("/v25.0/{WABA}/phone_numbers"), None).await;
    assert_eq!(numbers["data"], json!([number]));
    for (method, path) in
        [("GET", "/v25.0/42"), ("GET", "/v25.0/42/message_templates"), ("PUT", "/v25.0/42"), ("GET", "/v25.0")]
    {
        let (status, answer) = stage.graph(method, path, None).await;
        assert_eq!((status, &answer["error"]["error_subcode"]), (400, &json!(33)), "{method} {path}: {answer}");
    }
}

#[tokio::test]
async fn a_hidden_number_is_told_only_where_it_was_used() {
    let stage = Stage::new().await;
    let ana = stage.ana().await;
    stage.sim("/people/573001112233", &json!({"hides_phone": true, "online": false})).await;
    stage.sim("/people/573001112233/messages", &json!({"text": "ahora sin número"})).await;
    let received = stage.webhooks(1).await;
    let value = &received[0].body["entry"][0]["changes"][0]["value"];
    assert!(value["messages"][0].get("from").is_none() && value["contacts"][0].get("wa_id").is_none(), "{value}");
    stage.sent(&text(ana, "x")).await;
    let received = stage.webhooks(2).await;
    let value = &received[1].body["entry"][0]["changes"][0]["value"];
    assert_eq!(value["statuses"][0]["recipient_id"], ana);
    assert!(value["contacts"][0].get("wa_id").is_none());
}
