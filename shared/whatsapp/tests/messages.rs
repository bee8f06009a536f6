//! Outbound messages: exactly the wire's JSON, both ways, and every limit one below, at and above.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::{Value, json};
use std::path::Path;
use whatsapp::limits::{self, Unit};
use whatsapp::message::*;
use whatsapp::{OutboundMessage, OutboundRequest, Recipient};

/// One message of every type and interactive kind, in the wire's form.
fn examples() -> Vec<Value> {
    vec![
        json!({"type": "text", "text": {"body": "Hola"}}),
        json!({"type": "text", "text": {"body": "Vea https://example.org", "preview_url": true}}),
        json!({"type": "image", "image": {"id": "9", "caption": "mapa"}}),
        json!({"type": "image", "image": {"link": "https://example.org/a.png"}}),
        json!({"type": "video", "video": {"link": "https://example.org/a.mp4"}}),
        json!({"type": "audio", "audio": {"id": "9", "voice": true}}),
        json!({"type": "document", "document": {"link": "https://example.org/a.pdf", "filename": "guia.pdf", "caption": "Guía"}}),
        json!({"type": "sticker", "sticker": {"id": "9"}}),
        json!({"type": "location", "location": {"latitude": -16.5, "longitude": -68.1, "name": "Posta", "address": "La Paz"}}),
        json!({"type": "contacts", "contacts": [{"name": {"formatted_name": "Ana", "first_name": "Ana"}, "phones": [{"phone": "+591", "type": "CELL"}]}]}),
        json!({"type": "reaction", "reaction": {"message_id": "wamid.A", "emoji": "👍"}}),
        json!({"type": "interactive", "interactive": {"type": "button", "header": {"type": "text", "text": "Aviso"}, "body": {"text": "¿Viene?"},
            "footer": {"text": "Posta Sur"}, "action": {"buttons": [{"type": "reply", "reply": {"id": "si", "title": "Sí"}}]}}}),
        json!({"type": "interactive", "interactive": {"type": "button", "header": {"type": "image", "image": {"id": "9"}}, "body": {"text": "¿Viene?"},
            "action": {"buttons": [{"type": "reply", "reply": {"id": "si", "title": "Sí"}}]}}}),
        json!({"type": "interactive", "interactive": {"type": "list", "body": {"text": "¿Qué día?"}, "action": {"button": "Días",
            "sections": [{"title": "Semana", "rows": [{"id": "lu", "title": "Lunes", "description": "8 a 12"}, {"id": "ma", "title": "Martes"}]}]}}}),
        json!({"type": "interactive", "interactive": {"type": "cta_url", "body": {"text": "Más"}, "action": {"name": "cta_url",
            "parameters": {"display_text": "Abrir", "url": "https://example.org"}}}}),
        json!({"type": "interactive", "interactive": {"type": "location_request_message", "body": {"text": "¿Dónde?"}, "action": {"name": "send_location"}}}),
        json!({"type": "interactive", "interactive": {"type": "request_contact_info", "body": {"text": "¿Su número?"}, "action": {"name": "request_contact_info"}}}),
        json!({"type": "interactive", "interactive": {"type": "flow", "body": {"text": "Registro"}, "action": {"name": "flow", "parameters": {
            "flow_message_version": "3", "flow_id": "7", "flow_cta": "Abrir", "flow_token": "t", "mode": "draft", "flow_action": "navigate",
            "flow_action_payload": {"screen": "UNO", "data": {"semana": 20}}}}}}),
        json!({"type": "interactive", "interactive": {"type": "flow", "body": {"text": "Registro"}, "action": {"name": "flow", "parameters": {
            "flow_message_version": "3", "flow_name": "registro", "flow_cta": "Abrir", "flow_action": "data_exchange"}}}}),
        json!({"type": "template", "template": {"name": "hola", "language": {"code": "es"}}}),
        json!({"type": "template", "template": {"name": "control", "language": {"code": "es_MX"}, "components": [
            {"type": "header", "parameters": [{"type": "image", "image": {"id": "9"}}]},
            {"type": "body", "parameters": [{"type": "text", "parameter_name": "nombre", "text": "Ana"},
                {"type": "currency", "currency": {"fallback_value": "Bs 10", "code": "BOB", "amount_1000": 10000}},
                {"type": "date_time", "date_time": {"fallback_value": "lunes"}}, {"type": "hologram", "depth": 3}]},
            {"type": "button", "sub_type": "quick_reply", "index": "0", "parameters": [{"type": "payload", "payload": "SI"}]},
            {"type": "button", "sub_type": "copy_code", "index": "1", "parameters": [{"type": "coupon_code", "coupon_code": "ABC"}]},
            {"type": "button", "sub_type": "flow", "index": "2", "parameters": [{"type": "action", "action": {"flow_token": "t"}}]}]}}),
    ]
}

#[test]
fn every_type_renders_to_what_it_was_read_from_and_passes_the_check() {
    for kind in OutboundMessage::TYPES {
        assert!(examples().iter().any(|example| example["type"] == *kind), "no example of {kind}");
    }
    for example in examples() {
        let message: OutboundMessage =
            serde_json::from_value(example.clone()).unwrap_or_else(|e| panic!("{e}: {example}"));
        assert_eq!(serde_json::to_value(&message).unwrap(), example);
        assert_eq!(message.check(), Ok(()), "{example}");
        assert_eq!(message.is_template(), example["type"] == "template");
    }
}

#[test]
fn whole_requests() {
    let request = OutboundRequest::new(Recipient::phone("59171234567"), OutboundMessage::text("Hola"))
        .in_reply_to("wamid.A")
        .with_callback_data("m-1");
    let wire = json!({"messaging_product": "whatsapp", "recipient_type": "individual", "to": "+59171234567",
        "context": {"message_id": "wamid.A"}, "biz_opaque_callback_data": "m-1", "type": "text", "text": {"body": "Hola"}});
    assert_eq!(request.render().unwrap(), wire);
    assert_eq!(serde_json::from_slice::<Value>(&request.render_bytes().unwrap()).unwrap(), wire);
    assert_eq!(request.check(), Ok(()));
    let read: OutboundRequest = serde_json::from_value(wire).unwrap();
    assert_eq!(read, OutboundRequest { to: Recipient::phone("+59171234567"), ..request });

    let by_id = OutboundRequest::new(Recipient::user_id("BO.88"), OutboundMessage::text("Hola"));
    assert_eq!(by_id.render().unwrap()["recipient"], "BO.88");
    assert_eq!(by_id.render().unwrap().get("to"), None);
    assert_eq!(by_id.check(), Ok(()));
    let both = Recipient { phone: Some("+59171234567".into()), user_id: Some("BO.88".into()) };
    let both = OutboundRequest::new(both, OutboundMessage::text("Hola")).render().unwrap();
    assert_eq!((both["to"].as_str(), both.get("recipient")), (Some("+59171234567"), None));
}

#[test]
fn what_is_no_message() {
    for (wire, expected) in [
        (json!({}), "no `text`"),
        (json!({"type": "text"}), "no `text`"),
        (json!({"type": "image", "text": {"body": "x"}}), "no `image`"),
        (json!({"type": "hologram"}), "hologram"),
        (json!({"type": "image", "image": {}}), "MediaSource"),
        (
            json!({"type": "interactive", "interactive": {"type": "cta_url", "action": {"name": "other", "parameters": {"display_text": "a", "url": "b"}}}}),
            "not `cta_url`",
        ),
        (json!([]), "outbound message"),
    ] {
        let error = serde_json::from_value::<OutboundMessage>(wire.clone()).unwrap_err().to_string();
        assert!(error.contains(expected), "{wire}: {error}");
    }
    let error = serde_json::from_value::<OutboundRequest>(json!({"messaging_product": "x", "text": {"body": "a"}}));
    assert!(error.unwrap_err().to_string().contains("messaging_product"));
    // Meta takes a message without `type` for a text, and a button's index as a number.
    assert!(serde_json::from_value::<OutboundMessage>(json!({"text": {"body": "x"}})).is_ok());
}

fn problems(message: &OutboundMessage) -> Vec<String> {
    match message.check() {
        Ok(()) => Vec::new(),
        Err(errors) => {
            assert!(errors.iter().all(|error| !error.advice.is_empty()));
            errors.into_iter().map(|error| error.field).collect()
        }
    }
}

/// Makes the message in which a text has this length.
type WithText = fn(String) -> OutboundMessage;

#[test]
fn every_text_limit_at_and_above() {
    let cases: &[(limits::Limit, &str, WithText)] = &[
        (limits::TEXT_BODY, "text.body", |s| OutboundMessage::text(s)),
        (limits::CAPTION, "image.caption", |s| {
            OutboundMessage::Image(CaptionedMedia { source: MediaSource::Id { id: "1".into() }, caption: Some(s) })
        }),
        (limits::BUTTONS_BODY, "interactive.body.text", |s| {
            OutboundMessage::Interactive(Interactive::buttons(s, [("a", "b")]))
        }),
        (limits::BUTTON_TITLE, "interactive.action.buttons[0].reply.title", |s| {
            OutboundMessage::Interactive(Interactive::buttons("b", [("a".to_owned(), s)]))
        }),
        (limits::BUTTON_ID, "interactive.action.buttons[0].reply.id", |s| {
            OutboundMessage::Interactive(Interactive::buttons("b", [(s, "t".to_owned())]))
        }),
        (limits::INTERACTIVE_HEADER, "interactive.header.text", |s| {
            OutboundMessage::Interactive(Interactive::buttons("b", [("a", "b")]).with_header(s))
        }),
        (limits::INTERACTIVE_FOOTER, "interactive.footer.text", |s| {
            OutboundMessage::Interactive(Interactive::buttons("b", [("a", "b")]).with_footer(s))
        }),
        (limits::LIST_BODY, "interactive.body.text", |s| list(s, "b", vec![Row::new("a", "b")])),
        (limits::LIST_BUTTON, "interactive.action.button", |s| list("b", &s, vec![Row::new("a", "b")])),
        (limits::ROW_TITLE, "interactive.action.sections[0].rows[0].title", |s| list("b", "b", vec![Row::new("a", s)])),
        (limits::ROW_ID, "interactive.action.sections[0].rows[0].id", |s| list("b", "b", vec![Row::new(s, "t")])),
        (limits::ROW_DESCRIPTION, "interactive.action.sections[0].rows[0].description", |s| {
            list("b", "b", vec![Row { description: Some(s), ..Row::new("a", "t") }])
        }),
        (limits::CTA_TEXT, "interactive.action.parameters.display_text", |s| {
            OutboundMessage::Interactive(Interactive::cta_url("b", s, "https://example.org"))
        }),
        (limits::REQUEST_BODY, "interactive.body.text", |s| {
            OutboundMessage::Interactive(Interactive::location_request(s))
        }),
        (limits::TEMPLATE_NAME, "template.name", |s| {
            OutboundMessage::Template(Template::positional(s, "es", Vec::<String>::new()))
        }),
        (limits::TEMPLATE_ONLY_BODY_TEXT, "template.components[0].parameters[0].text", |s| {
            OutboundMessage::Template(Template::positional("t", "es", [s]))
        }),
    ];
    for (limit, field, with) in cases {
        assert_eq!(problems(&with("a".repeat(limit.max))), Vec::<String>::new(), "{} at the limit", limit.name);
        let above = with("a".repeat(limit.max + 1));
        assert_eq!(problems(&above), [*field], "{} above", limit.name);
        let error = above.check().unwrap_err().remove(0);
        assert_eq!(
            (error.limit, error.actual, error.unit),
            (Bound::AtMost(limit.max), limit.max + 1, Unit::Characters)
        );
        assert!(error.to_string().contains(&format!("at most {} characters, not {}", limit.max, limit.max + 1)));
        // An emoji is one character to a person and two to the stricter count.
        if *limit != limits::TEMPLATE_NAME {
            assert_eq!(problems(&with("👍".repeat(limit.max / 2 + 1))), [*field], "{} in emoji", limit.name);
        }
    }
}

fn list(body: impl Into<String>, button: &str, rows: Vec<Row>) -> OutboundMessage {
    OutboundMessage::Interactive(Interactive::list(body, button, rows))
}

fn rows(count: usize) -> Vec<Row> {
    (0..count).map(|n| Row::new(n.to_string(), "t")).collect()
}

/// Meta refuses what people write: line breaks, tabs, rows of spaces, nothing at all.
#[test]
fn what_fills_a_template_is_made_acceptable_when_it_is_read() {
    for (written, sent) in [
        ("Ana", "Ana"),
        ("  Ana      María\r\n\tPérez ", "Ana María Pérez"),
        ("a\u{a0}\u{2028}b", "a b"),
        ("", "-"),
        (" \n\t ", "-"),
    ] {
        let message = json!({"type": "template", "template": {"name": "t", "language": {"code": "es"}, "components": [
            {"type": "body", "parameters": [{"type": "text", "text": written, "parameter_name": "name"}]},
        ]}});
        let message: OutboundMessage = serde_json::from_value(message).unwrap();
        let request = OutboundRequest::new(Recipient::phone("573001112233"), message);
        assert_eq!(request.check(), Ok(()), "{written:?}");
        let wire = request.render().unwrap();
        assert_eq!(wire["template"]["components"][0]["parameters"][0]["text"], sent, "{written:?}");
    }
}

#[test]
fn counts_and_forms() {
    let buttons = |n: usize| {
        OutboundMessage::Interactive(Interactive::buttons("b", (0..n).map(|n| (n.to_string(), format!("t{n}")))))
    };
    let at =
        |latitude, longitude| OutboundMessage::Location(Location { latitude, longitude, name: None, address: None });
    let text_blank = |text: &str| OutboundMessage::Template(Template::positional("t", "es", [text]));
    let from = |json: Value| serde_json::from_value::<OutboundMessage>(json).unwrap();
    let card = json!({"name": {"formatted_name": "Ana", "first_name": "Ana"}});
    let two_sections = |a: Vec<Row>, b: Vec<Row>, title: Option<&str>| {
        let section = |rows| Section { title: title.map(str::to_owned), rows };
        let action = ListAction { button: "b".into(), sections: vec![section(a), section(b)] };
        OutboundMessage::Interactive(Interactive::new("b", Action::List(action)))
    };
    let mut more = rows(6);
    more.iter_mut().for_each(|row| row.id.push('x'));
    let mut five_more = more.clone();
    five_more.truncate(4);
    let cases = [
        (buttons(3), vec![]),
        (buttons(4), vec!["interactive.action.buttons"]),
        (buttons(0), vec!["interactive.action.buttons"]),
        (
            OutboundMessage::Interactive(Interactive::buttons("b", [("a", "x"), ("a", "y")])),
            vec!["interactive.action.buttons"],
        ),
        (list("b", "b", rows(10)), vec![]),
        (list("b", "b", rows(11)), vec!["interactive.action.sections[].rows"]),
        (list("b", "b", rows(0)), vec!["interactive.action.sections[].rows"]),
        (two_sections(rows(6), five_more.clone(), Some("S")), vec![]),
        (two_sections(rows(6), more, Some("S")), vec!["interactive.action.sections[].rows"]),
        (two_sections(rows(1), rows(1), Some("S")), vec!["interactive.action.sections"]),
        (
            two_sections(rows(1), five_more, None),
            vec!["interactive.action.sections[0].title", "interactive.action.sections[1].title"],
        ),
        (OutboundMessage::text("  \n"), vec!["text.body"]),
        (at(90.0, -180.0), vec![]),
        (at(90.1, 181.0), vec!["location.latitude", "location.longitude"]),
        (at(f64::NAN, 0.0), vec!["location.latitude"]),
        (text_blank("Ana    Quispe"), vec![]),
        (text_blank("a\nb"), vec!["template.components[0].parameters[0].text"]),
        (text_blank("a     b"), vec!["template.components[0].parameters[0].text"]),
        (text_blank(""), vec!["template.components[0].parameters[0].text"]),
        (
            OutboundMessage::Template(Template::positional("Hola Mundo", "", Vec::<String>::new())),
            vec!["template.name", "template.language.code"],
        ),
        (from(json!({"type": "contacts", "contacts": []})), vec!["contacts"]),
        (from(json!({"type": "contacts", "contacts": vec![card.clone(); 257]})), vec![]),
        (from(json!({"type": "contacts", "contacts": vec![card; 258]})), vec!["contacts"]),
        (
            from(json!({"type": "contacts", "contacts": [{"name": {"formatted_name": "Ana"}}]})),
            vec!["contacts[0].name"],
        ),
        (from(json!({"type": "image", "image": {"link": "example.org/a.png"}})), vec!["image.link"]),
        (from(json!({"type": "audio", "audio": {"id": ""}})), vec!["audio.id"]),
        (from(json!({"type": "reaction", "reaction": {"message_id": "", "emoji": ""}})), vec!["reaction.message_id"]),
        (
            from(
                json!({"type": "interactive", "interactive": {"type": "list", "body": {"text": "b"}, "header": {"type": "image", "image": {"id": "1"}},
            "action": {"button": "b", "sections": [{"rows": [{"id": "a", "title": "b"}]}]}}}),
            ),
            vec!["interactive.header"],
        ),
        (OutboundMessage::Interactive(Interactive::location_request("b").with_footer("f")), vec!["interactive"]),
        (
            OutboundMessage::Interactive(Interactive::cta_url("b", "t", "javascript:alert(1)")),
            vec!["interactive.action.parameters.url"],
        ),
        (
            from(json!({"type": "template", "template": {"name": "t", "language": {"code": "es"}, "components": [
            {"type": "button", "index": 10, "parameters": []}]}})),
            vec!["template.components[0].sub_type", "template.components[0].index"],
        ),
    ];
    for (message, expected) in cases {
        assert_eq!(problems(&message), expected, "{message:?}");
    }
}

#[test]
fn requests_name_a_person_and_a_short_key() {
    let problems = |to: Recipient, data: &str| -> Vec<String> {
        let request = OutboundRequest::new(to, OutboundMessage::text("x")).with_callback_data(data);
        request.check().err().unwrap_or_default().into_iter().map(|error| error.field).collect()
    };
    assert_eq!(problems(Recipient::default(), ""), ["to"]);
    for phone in ["", "+", "123", "+12345678901234567", "+591 7123", "59171234567x"] {
        assert_eq!(problems(Recipient::phone(phone), ""), ["to"], "{phone}");
    }
    for user_id in ["", "BO", "BO.", "BOL.1"] {
        assert_eq!(problems(Recipient::user_id(user_id), ""), ["recipient"], "{user_id}");
    }
    assert_eq!(problems(Recipient::user_id("US.ENT.118"), &"k".repeat(512)), Vec::<String>::new());
    assert_eq!(problems(Recipient::phone("+5917123456"), &"k".repeat(513)), ["biz_opaque_callback_data"]);
}

/// Meta's own send examples: what is modelled here is read and written again without loss.
#[test]
fn the_examples_of_metas_description() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/meta-openapi/business-messaging-api_v23.0.yaml");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: Meta's OpenAPI description is not at hand");
        return;
    };
    let description: Value = serde_norway::from_str(&text).unwrap();
    let path = &description["paths"]["/{Version}/{Phone-Number-ID}/messages"]["post"];
    let examples = path["requestBody"]["content"]["application/json"]["examples"].as_object().unwrap();
    let mut read = 0;
    for (name, example) in examples {
        let wire = &example["value"];
        let ours = matches!(wire["interactive"]["type"].as_str(), None | Some("button" | "list" | "flow"));
        // Read receipts are no messages; products and payments are not modelled; two examples forget their `type`.
        let untyped = wire.get("type").is_none() && wire.get("text").is_none();
        if wire.get("status").is_some() || !ours || untyped {
            continue;
        }
        let request: OutboundRequest = serde_json::from_value(wire.clone()).unwrap_or_else(|e| panic!("{name}: {e}"));
        let kind = request.message.kind();
        let rendered = request.render().unwrap();
        if kind != "template" && kind != "text" {
            assert_eq!(rendered[kind], wire[kind], "{name}");
        }
        read += 1;
    }
    assert!(read >= 30, "{read}");
}
