use serde_json::{Value, json};

use super::*;

fn message(kind: &str, content: Value) -> Value {
    json!({"messaging_product": "whatsapp", "to": "+57 300 111 2233", "type": kind, kind: content})
}

fn refusal(body: &Value) -> (i64, String) {
    match read(body) {
        Ok(_) => panic!("accepted: {body}"),
        Err(error) => (error.code, format!("{} {}", error.message, error.details)),
    }
}

fn buttons(buttons: Value) -> Value {
    message("interactive", json!({"type": "button", "body": {"text": "¿Vienes?"}, "action": {"buttons": buttons}}))
}

fn button(id: &str, title: &str) -> Value {
    json!({"type": "reply", "reply": {"id": id, "title": title}})
}

fn list(sections: Value) -> Value {
    message(
        "interactive",
        json!({"type": "list", "body": {"text": "Temas"}, "action": {"button": "Ver", "sections": sections}}),
    )
}

fn rows(from: usize, count: usize) -> Vec<Value> {
    (from..from + count).map(|n| json!({"id": format!("r{n}"), "title": format!("Fila {n}")})).collect()
}

#[test]
fn refuses_what_meta_refuses() {
    let flow = |parameters: Value| {
        message(
            "interactive",
            json!({"type": "flow", "body": {"text": "b"}, "action": {"name": "flow", "parameters": parameters}}),
        )
    };
    let cases: Vec<(i64, &str, Value)> = vec![
        (100, "JSON object", json!([])),
        (100, "messaging_product is required", json!({"to": "573001112233"})),
        (100, "WHATSAPP", json!({"messaging_product": "sms", "to": "573001112233"})),
        (100, "to is required", json!({"messaging_product": "whatsapp", "type": "text", "text": {"body": "x"}})),
        (
            100,
            "to must be a string",
            json!({"messaging_product": "whatsapp", "to": 573001112233_u64, "text": {"body": "x"}}),
        ),
        (131_009, "phone number", json!({"messaging_product": "whatsapp", "to": "Ana", "text": {"body": "x"}})),
        (
            131_009,
            "phone number",
            json!({"messaging_product": "whatsapp", "to": "CO.1234567890", "text": {"body": "x"}}),
        ),
        (
            131_009,
            "business-scoped",
            json!({"messaging_product": "whatsapp", "recipient": "573001112233", "text": {"body": "x"}}),
        ),
        (
            100,
            "recipient_type",
            json!({"messaging_product": "whatsapp", "recipient_type": "group", "to": "573001112233", "text": {"body": "x"}}),
        ),
        (100, "type must be one of", message("poll", json!({}))),
        (131_008, "key \"text\"", json!({"messaging_product": "whatsapp", "to": "573001112233", "type": "text"})),
        (100, "must be a JSON object", message("text", json!("hola"))),
        (131_008, "text['body'] is required", message("text", json!({}))),
        (100, "non-empty", message("text", json!({"body": "  "}))),
        (100, "at most 4096", message("text", json!({"body": "x".repeat(4_097)}))),
        (100, "at most 4096", message("text", json!({"body": "🙂".repeat(2_049)}))),
        (100, "Unexpected key \"link\"", message("text", json!({"body": "x", "link": "y"}))),
        (100, "boolean", message("text", json!({"body": "x", "preview_url": "true"}))),
        (131_008, "is required", message("image", json!({"caption": "c"}))),
        (100, "either id or link", message("image", json!({"id": "1", "link": "https://example.org/a.jpg"}))),
        (100, "not a valid URL", message("image", json!({"link": "ftp://example.org/a.jpg"}))),
        (100, "at most 1024", message("image", json!({"id": "1", "caption": "x".repeat(1_025)}))),
        (100, "Unexpected key \"caption\"", message("audio", json!({"id": "1", "caption": "c"}))),
        (100, "Unexpected key \"caption\"", message("sticker", json!({"id": "1", "caption": "c"}))),
        (100, "Unexpected key \"filename\"", message("video", json!({"id": "1", "filename": "f"}))),
        (131_008, "latitude", message("location", json!({"longitude": 1}))),
        (131_009, "between", message("location", json!({"latitude": 91, "longitude": 1}))),
        (100, "must be a number", message("location", json!({"latitude": "north", "longitude": 1}))),
        (131_008, "emoji", message("reaction", json!({"message_id": "wamid.x"}))),
        (131_009, "one emoji", message("reaction", json!({"message_id": "wamid.x", "emoji": "ok"}))),
        (131_009, "message id", message("reaction", json!({"message_id": "x", "emoji": "👍"}))),
        (100, "array", message("contacts", json!({}))),
        (131_009, "1 to 257", message("contacts", json!([]))),
        (131_008, "at least one of", message("contacts", json!([{"name": {"formatted_name": "Ana"}}]))),
        (
            131_009,
            "birthday",
            message(
                "contacts",
                json!([{"name": {"formatted_name": "Ana", "first_name": "Ana"}, "birthday": "1990/01/1"}]),
            ),
        ),
        (131_009, "buttons count", buttons(json!([]))),
        (
            131_009,
            "buttons count",
            buttons(json!([button("1", "a"), button("2", "b"), button("3", "c"), button("4", "d")])),
        ),
        (131_009, "Button title length", buttons(json!([button("1", &"x".repeat(21))]))),
        (131_009, "Button id length", buttons(json!([button(&"x".repeat(257), "a")]))),
        (131_009, "Duplicated button id", buttons(json!([button("1", "a"), button("1", "b")]))),
        (131_009, "Duplicated button title", buttons(json!([button("1", "a"), button("2", "a")]))),
        (131_009, "begin or end with a space", buttons(json!([button(" 1", "a")]))),
        (100, "must be one of {REPLY}", buttons(json!([{"type": "url", "reply": {"id": "1", "title": "a"}}]))),
        (
            131_009,
            "Body text",
            message(
                "interactive",
                json!({"type": "button", "body": {"text": "x".repeat(1_025)}, "action": {"buttons": [button("1", "a")]}}),
            ),
        ),
        (
            131_009,
            "Footer text",
            message(
                "interactive",
                json!({"type": "button", "body": {"text": "b"}, "footer": {"text": "x".repeat(61)}, "action": {"buttons": [button("1", "a")]}}),
            ),
        ),
        (
            131_009,
            "Header text",
            message(
                "interactive",
                json!({"type": "button", "header": {"type": "text", "text": "x".repeat(61)}, "body": {"text": "b"}, "action": {"buttons": [button("1", "a")]}}),
            ),
        ),
        (131_008, "body", message("interactive", json!({"type": "button", "action": {"buttons": [button("1", "a")]}}))),
        (131_008, "action", message("interactive", json!({"type": "button", "body": {"text": "b"}}))),
        (
            100,
            "header",
            message(
                "interactive",
                json!({"type": "list", "header": {"type": "image", "image": {"id": "1"}}, "body": {"text": "b"}, "action": {"button": "v", "sections": [{"rows": rows(0, 1)}]}}),
            ),
        ),
        (
            131_009,
            "Total row count",
            list(json!([{"title": "a", "rows": rows(0, 6)}, {"title": "b", "rows": rows(6, 5)}])),
        ),
        (131_009, "sections count", list(json!([]))),
        (131_009, "at least one row", list(json!([{"rows": []}]))),
        (131_008, "more than one section", list(json!([{"rows": rows(0, 1)}, {"title": "b", "rows": rows(1, 1)}]))),
        (131_009, "Row title", list(json!([{"rows": [{"id": "1", "title": "x".repeat(25)}]}]))),
        (
            131_009,
            "Row description",
            list(json!([{"rows": [{"id": "1", "title": "a", "description": "x".repeat(73)}]}])),
        ),
        (131_009, "Row id length", list(json!([{"rows": [{"id": "x".repeat(201), "title": "a"}]}]))),
        (131_009, "Duplicated row id", list(json!([{"rows": [{"id": "1", "title": "a"}, {"id": "1", "title": "b"}]}]))),
        (131_009, "Section title", list(json!([{"title": "x".repeat(25), "rows": rows(0, 1)}]))),
        (
            131_009,
            "Link text",
            message(
                "interactive",
                json!({"type": "cta_url", "body": {"text": "b"}, "action": {"name": "cta_url", "parameters": {"display_text": "x".repeat(21), "url": "https://example.org"}}}),
            ),
        ),
        (
            100,
            "valid URL",
            message(
                "interactive",
                json!({"type": "cta_url", "body": {"text": "b"}, "action": {"name": "cta_url", "parameters": {"display_text": "x", "url": "example.org"}}}),
            ),
        ),
        (
            100,
            "Unexpected key \"header\"",
            message(
                "interactive",
                json!({"type": "location_request_message", "header": {"type": "text", "text": "h"}, "body": {"text": "b"}, "action": {"name": "send_location"}}),
            ),
        ),
        (
            100,
            "SEND_LOCATION",
            message(
                "interactive",
                json!({"type": "location_request_message", "body": {"text": "b"}, "action": {"name": "location"}}),
            ),
        ),
        (131_008, "flow_id", flow(json!({"flow_message_version": "3", "flow_cta": "Abrir"}))),
        (
            131_009,
            "Only one",
            flow(json!({"flow_message_version": "3", "flow_cta": "Abrir", "flow_id": "1", "flow_name": "n"})),
        ),
        (100, "{3}", flow(json!({"flow_message_version": "2", "flow_cta": "Abrir", "flow_id": "1"}))),
        (
            131_009,
            "navigate only",
            flow(
                json!({"flow_message_version": "3", "flow_cta": "Abrir", "flow_id": "1", "flow_action": "data_exchange", "flow_action_payload": {"screen": "A"}}),
            ),
        ),
        (
            131_009,
            "not set up",
            message("interactive", json!({"type": "product", "body": {"text": "b"}, "action": {}})),
        ),
        (
            100,
            "interactive['type']",
            message("interactive", json!({"type": "poll", "body": {"text": "b"}, "action": {}})),
        ),
        (131_008, "language", message("template", json!({"name": "t"}))),
        (
            100,
            "Unexpected key \"namespace\"",
            message("template", json!({"name": "t", "language": {"code": "es"}, "namespace": "n"})),
        ),
        (
            131_009,
            "given twice",
            message(
                "template",
                json!({"name": "t", "language": {"code": "es"}, "components": [{"type": "body", "parameters": []}, {"type": "body", "parameters": []}]}),
            ),
        ),
        (
            132_012,
            "new-line",
            message(
                "template",
                json!({"name": "t", "language": {"code": "es"}, "components": [{"type": "body", "parameters": [{"type": "text", "text": "a\nb"}]}]}),
            ),
        ),
        (
            131_009,
            "button position",
            message(
                "template",
                json!({"name": "t", "language": {"code": "es"}, "components": [{"type": "button", "sub_type": "quick_reply", "index": "x", "parameters": []}]}),
            ),
        ),
        (
            100,
            "one of",
            message(
                "template",
                json!({"name": "t", "language": {"code": "es"}, "components": [{"type": "body", "parameters": [{"type": "image", "image": {"id": "1"}}]}]}),
            ),
        ),
        (100, "READ", json!({"messaging_product": "whatsapp", "status": "delivered", "message_id": "wamid.x"})),
        (131_008, "message_id", json!({"messaging_product": "whatsapp", "status": "read"})),
        (
            100,
            "TEXT",
            json!({"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.x", "typing_indicator": {"type": "voice"}}),
        ),
        (100, "at most 512", {
            let mut body = message("text", json!({"body": "x"}));
            body["biz_opaque_callback_data"] = "x".repeat(513).into();
            body
        }),
        (131_009, "message id", {
            let mut body = message("text", json!({"body": "x"}));
            body["context"] = json!({"message_id": "42"});
            body
        }),
    ];
    for (code, part, body) in cases {
        let (got, text) = refusal(&body);
        assert!(got == code && text.contains(part), "wanted {code} {part:?}, got {got} {text:?} for {body}");
    }
}

#[test]
fn accepts_every_type_at_its_limits() {
    let flow = json!({"type": "flow", "header": {"type": "text", "text": "h"}, "body": {"text": "b"}, "footer": {"text": "f"}, "action": {"name": "flow", "parameters":
        {"flow_message_version": "3", "flow_id": "1", "flow_cta": "Abrir", "flow_token": "t", "mode": "draft", "flow_action": "navigate", "flow_action_payload": {"screen": "A", "data": {"x": 1}}}}});
    for body in [
        message("text", json!({"body": "ñ".repeat(4_096), "preview_url": false})),
        message("image", json!({"link": "https://example.org/a.jpg", "caption": "x".repeat(1_024)})),
        message("video", json!({"id": "1"})),
        message("audio", json!({"id": "1", "voice": true})),
        message("document", json!({"link": "http://127.0.0.1:9/a.pdf", "filename": "a.pdf", "caption": "c"})),
        message("sticker", json!({"id": "1"})),
        message("location", json!({"latitude": "4.6", "longitude": -74.08, "name": "Centro", "address": "Calle 1"})),
        message("reaction", json!({"message_id": "wamid.x", "emoji": "👩‍🚀"})),
        message("reaction", json!({"message_id": "wamid.x", "emoji": ""})),
        message(
            "contacts",
            json!([{"name": {"formatted_name": "Ana", "first_name": "Ana"}, "phones": [{"phone": "+57", "type": "CELL", "wa_id": "57"}], "org": {"company": "c"}, "birthday": "1990-01-31"}]),
        ),
        buttons(json!([button("1", &"x".repeat(20)), button("2", "b"), button(&"y".repeat(256), "c")])),
        list(json!([{"title": "x".repeat(24), "rows": rows(0, 5)}, {"title": "b", "rows": rows(5, 5)}])),
        message(
            "interactive",
            json!({"type": "cta_url", "header": {"type": "image", "image": {"link": "https://example.org/a.png"}}, "body": {"text": "b"}, "action": {"name": "cta_url", "parameters": {"display_text": "Abrir", "url": "https://example.org/?q=1"}}}),
        ),
        message(
            "interactive",
            json!({"type": "location_request_message", "body": {"text": "b"}, "action": {"name": "send_location"}}),
        ),
        message(
            "interactive",
            json!({"type": "request_contact_info", "body": {"text": "b"}, "action": {"name": "request_contact_info"}}),
        ),
        message("interactive", flow),
        message("template", json!({"name": "t", "language": {"code": "es"}})),
        json!({"messaging_product": "whatsapp", "recipient": "CO.123456", "text": {"body": "type is text when it is left out"}}),
        json!({"messaging_product": "whatsapp", "recipient": "CO.ENT.123456", "type": "text", "text": {"body": "x"}, "context": {"message_id": "wamid.x"}, "biz_opaque_callback_data": "k".repeat(512)}),
        json!({"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.x", "typing_indicator": {"type": "text"}}),
    ] {
        if let Err(error) = read(&body) {
            panic!("{body}: {error}");
        }
    }
}

#[test]
fn a_phone_number_wins_over_a_user_id_and_unknown_keys_are_noted() {
    let body = json!({"messaging_product": "whatsapp", "to": "+57 (300) 111-2233", "recipient": "CO.1", "text": {"body": "x"}, "preview_url": true});
    let Ok(Request::Message(message)) = read(&body) else { panic!("refused") };
    assert_eq!(
        message.recipient,
        Recipient::Phone { input: "+57 (300) 111-2233".into(), digits: "573001112233".into() }
    );
    assert_eq!(message.ignored, ["preview_url"]);
}
