//! Between the journey's messages and the Cloud API's: how a message of the engine looks on the wire, and what of an
//! inbound message is kept as its content.

use journey::{ButtonFill, Choice, FillKind, Header, MediaKind, Message, Row};
use serde_json::{Map, Value, json};
use whatsapp::InboundMessage;
use whatsapp::message::parameter_text;

/// A message of a journey in the Cloud API's own shape. The sender checks it against the limits before it goes out.
pub fn outbound(message: Message) -> Value {
    match message {
        Message::Text { body } => {
            json!({"type": "text", "text": {"body": body, "preview_url": body.contains("https://")}})
        }
        Message::Buttons { header, body, footer, buttons } => {
            let buttons: Vec<Value> = buttons
                .into_iter()
                .map(|Choice { id, title }| json!({"type": "reply", "reply": {"id": id, "title": title}}))
                .collect();
            interactive("button", header.map(self::header), &body, footer, json!({"buttons": buttons}))
        }
        Message::List { header, body, footer, button, rows } => {
            let rows: Vec<Value> = rows.into_iter().map(row).collect();
            let header = header.map(|text| json!({"type": "text", "text": text}));
            interactive("list", header, &body, footer, json!({"button": button, "sections": [{"rows": rows}]}))
        }
        Message::Media { kind, url, caption, filename } => {
            let mut file = source(&url);
            // Sound has no caption on WhatsApp.
            if let (Some(caption), false) = (caption, kind == MediaKind::Audio) {
                file.insert("caption".into(), json!(caption));
            }
            if let (Some(filename), MediaKind::Document) = (filename, kind) {
                file.insert("filename".into(), json!(filename));
            }
            json!({"type": kind.name(), kind.name(): file})
        }
        Message::Template { name, language, header, parameters, names, buttons, fills } => {
            let components = components(header, named(names, parameters), buttons, fills);
            json!({"type": "template", "template": {"name": name, "language": {"code": language}, "components": components}})
        }
        Message::RequestLocation { body } => {
            interactive("location_request_message", None, &body, None, json!({"name": "send_location"}))
        }
        Message::CallToAction { header, body, footer, button, url } => {
            let action = json!({"name": "cta_url", "parameters": {"display_text": button, "url": url}});
            interactive("cta_url", header.map(self::header), &body, footer, action)
        }
        Message::Flow { header, body, footer, button, flow, token, screen, data } => {
            let mut parameters = json!({
                "flow_message_version": "3", "flow_id": flow, "flow_cta": button, "flow_token": token,
                "flow_action": if screen.is_some() { "navigate" } else { "data_exchange" },
            });
            if let Some(screen) = screen {
                parameters["flow_action_payload"] = match data {
                    Some(data) => json!({"screen": screen, "data": data.to_json()}),
                    None => json!({"screen": screen}),
                };
            }
            let action = json!({"name": "flow", "parameters": parameters});
            interactive("flow", header.map(self::header), &body, footer, action)
        }
        Message::Catalog { body, footer, product } => {
            let mut action = json!({"name": "catalog_message"});
            if let Some(product) = product {
                action["parameters"] = json!({"thumbnail_product_retailer_id": product});
            }
            interactive("catalog_message", None, &body, footer, action)
        }
    }
}

fn interactive(kind: &str, header: Option<Value>, body: &str, footer: Option<String>, action: Value) -> Value {
    let mut interactive = Map::new();
    interactive.insert("type".into(), json!(kind));
    if let Some(header) = header {
        interactive.insert("header".into(), header);
    }
    interactive.insert("body".into(), json!({"text": body}));
    if let Some(footer) = footer {
        interactive.insert("footer".into(), json!({"text": footer}));
    }
    interactive.insert("action".into(), action);
    json!({"type": "interactive", "interactive": interactive})
}

fn row(Row { id, title, description }: Row) -> Value {
    let mut row = Map::from_iter([("id".to_owned(), json!(id)), ("title".to_owned(), json!(title))]);
    if let Some(description) = description {
        row.insert("description".into(), json!(description));
    }
    Value::Object(row)
}

fn header(header: Header) -> Value {
    match header {
        Header::Text { text } => json!({"type": "text", "text": text}),
        Header::Media { kind, url, filename } => {
            let mut file = source(&url);
            file.extend(filename.map(|filename| ("filename".to_owned(), json!(filename))));
            json!({"type": kind.name(), kind.name(): file})
        }
        Header::Location { latitude, longitude, name, address } => {
            let mut place = json!({"latitude": latitude, "longitude": longitude});
            for (part, text) in [("name", name), ("address", address)] {
                if !text.is_empty() {
                    place[part] = json!(text);
                }
            }
            json!({"type": "location", "location": place})
        }
    }
}

/// A file by its address, or by Meta's id of an uploaded one.
fn source(url: &str) -> Map<String, Value> {
    let name = if url.starts_with("https://") || url.starts_with("http://") { "link" } else { "id" };
    Map::from_iter([(name.to_owned(), json!(url))])
}

/// Each value with its name, if it has one.
fn named(names: Vec<String>, values: Vec<String>) -> Vec<(Option<String>, String)> {
    let names = names.into_iter().map(Some).chain(std::iter::repeat(None));
    names.zip(values).collect()
}

/// What fills the blanks of a template.
fn components(
    header: Option<Header>,
    parameters: Vec<(Option<String>, String)>,
    buttons: Vec<Choice>,
    fills: Vec<ButtonFill>,
) -> Vec<Value> {
    let mut components = Vec::new();
    if let Some(header) = header {
        let header = match header {
            Header::Text { text } => json!({"type": "text", "text": parameter_text(&text)}),
            header => self::header(header),
        };
        components.push(json!({"type": "header", "parameters": [header]}));
    }
    if !parameters.is_empty() {
        let parameter = |(name, text): (Option<String>, String)| {
            let mut parameter = json!({"type": "text", "text": parameter_text(&text)});
            if let Some(name) = name {
                parameter["parameter_name"] = json!(name);
            }
            parameter
        };
        let parameters: Vec<Value> = parameters.into_iter().map(parameter).collect();
        components.push(json!({"type": "body", "parameters": parameters}));
    }
    for (index, Choice { id, .. }) in buttons.into_iter().enumerate() {
        components.push(button("quick_reply", index, json!({"type": "payload", "payload": id})));
    }
    for ButtonFill { index, kind, text } in fills {
        let (sub_type, parameter) = match kind {
            FillKind::UrlSuffix => ("url", json!({"type": "text", "text": parameter_text(&text)})),
            FillKind::CopyCode => ("copy_code", json!({"type": "coupon_code", "coupon_code": text.trim()})),
        };
        components.push(button(sub_type, usize::from(index), parameter));
    }
    components
}

fn button(sub_type: &str, index: usize, parameter: Value) -> Value {
    json!({"type": "button", "sub_type": sub_type, "index": index.to_string(), "parameters": [parameter]})
}

/// What is kept of an inbound message: all but what stands in the row anyway.
pub fn inbound_content(message: &InboundMessage) -> Value {
    let mut content = message.raw.value().unwrap_or_else(|_| json!({"unreadable": message.raw.as_str()}));
    if let Some(object) = content.as_object_mut() {
        for known in ["id", "from", "from_user_id", "from_parent_user_id", "timestamp"] {
            object.shift_remove(known);
        }
        if let Some(mut voice) = object.shift_remove("voice").filter(|_| message.kind == "audio") {
            voice["voice"] = true.into();
            object.insert("type".into(), message.kind.as_str().into());
            object.insert(message.kind.clone(), voice);
        }
    }
    content
}

#[cfg(test)]
mod tests {
    use super::*;
    use whatsapp::{OutboundRequest, Recipient};

    fn choices(count: usize) -> Vec<Choice> {
        (0..count).map(|n| Choice { id: format!("1-{n}"), title: format!("Opción {n}") }).collect()
    }

    fn form(screen: Option<&str>, data: Option<expression::Value>) -> Message {
        Message::Flow {
            header: Some(Header::Text { text: "Salud".into() }),
            body: "Un formulario".into(),
            footer: None,
            button: "Abrir".into(),
            flow: "123".into(),
            token: "9f3a21c4.0".into(),
            screen: screen.map(str::to_owned),
            data,
        }
    }

    #[test]
    fn every_message_of_a_journey_is_one_the_cloud_api_takes() {
        let media = |kind| Message::Media {
            kind,
            url: "https://example.org/a".into(),
            caption: Some("Pie".into()),
            filename: Some("a.pdf".into()),
        };
        let image =
            || Header::Media { kind: MediaKind::Image, url: "https://example.org/a.png".into(), filename: None };
        let messages = [
            Message::Text { body: "Hola".into() },
            Message::Buttons {
                header: Some(Header::Text { text: "Salud".into() }),
                body: "¿Sí?".into(),
                footer: Some("Pie".into()),
                buttons: choices(3),
            },
            Message::Buttons { header: Some(image()), body: "¿Sí?".into(), footer: None, buttons: choices(1) },
            Message::List {
                header: Some("Temas".into()),
                body: "Elija".into(),
                footer: None,
                button: "Ver".into(),
                rows: choices(10).into_iter().map(|choice| (choice, Some("Más".to_owned())).into()).collect(),
            },
            media(MediaKind::Image),
            media(MediaKind::Audio),
            media(MediaKind::Video),
            media(MediaKind::Document),
            Message::Media { kind: MediaKind::Image, url: "1234567890".into(), caption: None, filename: None },
            Message::Template {
                name: "reminder".into(),
                language: "es".into(),
                header: Some(image()),
                parameters: vec!["Ana".into()],
                names: Vec::new(),
                buttons: choices(2),
                fills: Vec::new(),
            },
            Message::Template {
                name: "plan".into(),
                language: "es".into(),
                header: Some(Header::Location {
                    latitude: 4.6,
                    longitude: -74.1,
                    name: "Clínica".into(),
                    address: "Calle 1".into(),
                }),
                parameters: vec!["Ana      María\n\tPérez".into(), " ".into()],
                names: vec!["first_name".into(), "day".into()],
                buttons: choices(1),
                fills: vec![
                    ButtonFill { index: 1, kind: FillKind::UrlSuffix, text: "a b\nc".into() },
                    ButtonFill { index: 2, kind: FillKind::CopyCode, text: "AB12".into() },
                ],
            },
            Message::RequestLocation { body: "¿Dónde?".into() },
            Message::CallToAction {
                header: Some(Header::Text { text: "Salud".into() }),
                body: "Aquí".into(),
                footer: Some("Pie".into()),
                button: "Ver".into(),
                url: "https://example.org".into(),
            },
            form(Some("WELCOME"), Some(serde_json::from_str("{\"name\":\"Ana\"}").unwrap())),
            form(Some("WELCOME"), None),
            form(None, None),
            Message::Catalog { body: "Mira".into(), footer: Some("Pie".into()), product: Some("sku-1".into()) },
            Message::Catalog { body: "Mira".into(), footer: None, product: None },
        ];
        for message in messages {
            let wire = outbound(message);
            let message = serde_json::from_value(wire.clone()).unwrap_or_else(|error| panic!("{error}: {wire}"));
            let request = OutboundRequest::new(Recipient::phone("573001112233"), message);
            assert_eq!(request.check(), Ok(()), "{wire}");
        }
    }

    #[test]
    fn all_blanks_of_a_template_are_filled_and_made_acceptable() {
        let header = |header| {
            outbound(Message::Template {
                name: "plan".into(),
                language: "es".into(),
                header: Some(header),
                parameters: vec!["Ana      María\n\tPérez".into(), " ".into()],
                names: vec!["first_name".into(), "day".into()],
                buttons: choices(1),
                fills: vec![
                    ButtonFill { index: 1, kind: FillKind::UrlSuffix, text: "a\nb".into() },
                    ButtonFill { index: 2, kind: FillKind::CopyCode, text: " AB12 ".into() },
                ],
            })
        };
        let document = Header::Media {
            kind: MediaKind::Document,
            url: "https://example.org/a.pdf".into(),
            filename: Some("plan.pdf".into()),
        };
        let components = header(document)["template"]["components"].clone();
        assert_eq!(
            components,
            json!([
                {"type": "header", "parameters": [
                    {"type": "document", "document": {"link": "https://example.org/a.pdf", "filename": "plan.pdf"}},
                ]},
                {"type": "body", "parameters": [
                    {"type": "text", "text": "Ana María Pérez", "parameter_name": "first_name"},
                    {"type": "text", "text": "-", "parameter_name": "day"},
                ]},
                {"type": "button", "sub_type": "quick_reply", "index": "0", "parameters": [{"type": "payload", "payload": "1-0"}]},
                {"type": "button", "sub_type": "url", "index": "1", "parameters": [{"type": "text", "text": "a b"}]},
                {"type": "button", "sub_type": "copy_code", "index": "2", "parameters": [
                    {"type": "coupon_code", "coupon_code": "AB12"},
                ]},
            ])
        );
        let place =
            Header::Location { latitude: 4.6, longitude: -74.1, name: "Clínica".into(), address: String::new() };
        let place = header(place)["template"]["components"][0]["parameters"][0].clone();
        assert_eq!(
            place,
            json!({"type": "location", "location": {"latitude": 4.6, "longitude": -74.1, "name": "Clínica"}})
        );
        let text =
            header(Header::Text { text: "Ana\nMaría".into() })["template"]["components"][0]["parameters"][0].clone();
        assert_eq!(text, json!({"type": "text", "text": "Ana María"}));
    }
}
