//! The beginning of a message, in one line: what lists and notices show of it.

use serde_json::Value;

/// Characters of a preview.
pub const LONGEST: usize = 80;

/// Where the words of a message stand that a person reads first.
const PLACES: &[&str] = &[
    "/text/body",
    "/interactive/body/text",
    "/interactive/button_reply/title",
    "/interactive/list_reply/title",
    "/interactive/nfm_reply/body",
    "/button/text",
    "/image/caption",
    "/video/caption",
    "/document/caption",
    "/document/filename",
    "/location/name",
    "/location/address",
    "/contacts/0/name/formatted_name",
    "/order/text",
    "/template/name",
    "/reaction/emoji",
    "/system/body",
    "/edit/message/text/body",
    "/edit/message/image/caption",
    "/edit/message/video/caption",
    "/edit/message/document/caption",
];

/// What a list shows of a message of any type, inbound or outbound, whose content is in the Cloud API's own shape: its
/// words, else its type. Line breaks and runs of blanks become one blank.
pub fn preview(content: &Value) -> String {
    let texts = PLACES.iter().filter_map(|place| content.pointer(place)?.as_str()).map(one_line);
    let kind = || content.get("type").and_then(Value::as_str).map(one_line).unwrap_or_default();
    texts.into_iter().find(|text| !text.is_empty()).unwrap_or_else(kind)
}

fn one_line(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > LONGEST * 4 {
            break; // no character has more than four bytes
        }
    }
    line.chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use whatsapp::webhook::InboundContent;

    #[test]
    fn every_type_says_what_was_said_and_otherwise_what_it_is() {
        let shown = |kind: &str, body: Value| preview(&json!({"type": kind, kind: body}));
        let said = json!({
            "text": {"body": " hola,\n\tAna "}, "image": {"caption": "mi pie"}, "video": {"caption": "mi paso"},
            "document": {"filename": "receta.pdf"}, "location": {"latitude": 1, "name": "Plaza"},
            "contacts": [{"name": {"formatted_name": "Eva"}}], "button": {"text": "Sí", "payload": "p"},
            "interactive": {"list_reply": {"id": "1", "title": "Vacunas"}}, "reaction": {"emoji": "👍"},
            "order": {"text": "dos, por favor"}, "system": {"body": "Ana changed"},
            "edit": {"original_message_id": "w", "message": {"type": "text", "text": {"body": "martes"}}},
        });
        let silent = ["audio", "sticker", "unsupported", "revoke", "request_welcome"];
        for kind in InboundContent::TYPES {
            let text = shown(kind, said[kind].clone());
            assert_eq!(text == *kind, silent.contains(kind), "{kind} shows {text:?}");
            assert_eq!(shown(kind, json!({})), *kind, "without words");
        }
        assert_eq!(shown("text", said["text"].clone()), "hola, Ana");
        assert_eq!(shown("interactive", json!({"type": "button", "body": {"text": "¿Sí?"}})), "¿Sí?");
        assert_eq!(shown("interactive", json!({"nfm_reply": {"body": "Sent"}})), "Sent");
        assert_eq!(shown("template", json!({"name": "reminder"})), "reminder");
        assert_eq!(shown("image", json!({"caption": "  "})), "image");
        assert_eq!((preview(&json!({})), preview(&json!(null))), (String::new(), String::new()));
    }

    #[test]
    fn a_preview_is_short() {
        let long = preview(&json!({"type": "text", "text": {"body": "ñ ".repeat(4096)}}));
        assert_eq!(long.chars().count(), LONGEST);
    }
}
