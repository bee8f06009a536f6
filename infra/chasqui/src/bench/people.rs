//! The people who write, what they write, and what must stand on their phones afterwards.

use cloud_simulator::Line;
use serde_json::{Value, json};

/// Somebody who talks with the journey of `conversation.md`.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) phone: String,
    pub(super) user_id: String,
    name: String,
    /// Messages written so far.
    pub(super) written: usize,
}

impl Person {
    pub(super) fn new(number: usize) -> Self {
        Self {
            phone: format!("57300{number:07}"),
            user_id: format!("CO.1{number:018}"),
            name: format!("Persona {number}"),
            written: 0,
        }
    }

    /// What the simulated phone is told about the person.
    pub(super) fn introduction(&self) -> Value {
        json!({"name": self.name, "phone": self.phone, "user_id": self.user_id})
    }

    /// The webhook body of the person's message with this index, as Meta writes it.
    pub(super) fn webhook(&self, line: &Line, index: usize, seconds: i64) -> String {
        let value = json!({
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": line.digits(), "phone_number_id": line.phone_number_id},
            "contacts": [{"profile": {"name": self.name}, "wa_id": self.phone, "user_id": self.user_id}],
            "messages": [{
                "from": self.phone,
                "from_user_id": self.user_id,
                "id": format!("wamid.{}.{index}", self.phone),
                "timestamp": seconds.to_string(),
                "type": "text",
                "text": {"body": text(index)},
            }],
        });
        json!({
            "object": "whatsapp_business_account",
            "entry": [{"id": line.waba_id, "changes": [{"field": "messages", "value": value}]}],
        })
        .to_string()
    }

    /// The reply to the message with this index.
    fn reply(&self, index: usize) -> String {
        let (turn, name) = (index / 2, &self.name);
        match index {
            0 => format!("Turno 0. Anoté: nada. ¿Seguimos, {name}?"),
            _ if index.is_multiple_of(2) => format!("Turno {turn}. Anoté: {}. ¿Seguimos, {name}?", text(index)),
            _ => format!("Turno {turn}. {}, {name}.", if turn > 2 { "Cuéntame más" } else { "Cuéntame algo" }),
        }
    }

    /// The first difference between the replies on the phone and those that everything written calls for.
    pub(super) fn difference(&self, replies: &[String]) -> Option<String> {
        let expected: Vec<String> = (0..self.written).map(|index| self.reply(index)).collect();
        if replies == expected {
            return None;
        }
        let place = replies.iter().zip(&expected).take_while(|(got, wanted)| got == wanted).count();
        Some(format!(
            "{}: {} replies instead of {}; reply {place} is {:?} instead of {:?}",
            self.name,
            replies.len(),
            expected.len(),
            replies.get(place),
            expected.get(place),
        ))
    }
}

/// What everybody writes: a greeting, then by turns a button's title and something to quote.
fn text(index: usize) -> String {
    match index {
        0 => "hola".into(),
        _ if index.is_multiple_of(2) => format!("mensaje {index}"),
        _ => "Sí".into(),
    }
}

/// The text of every message of the business on a phone, oldest first, from the simulator's view of it.
pub(super) fn replies(phone: &Value) -> Vec<String> {
    let messages = phone["messages"].as_array().into_iter().flatten();
    let shown = messages.filter(|message| message["from"] == "business" && message["on_phone"] == true);
    let body = |message: &Value| {
        let body = &message["content"]["body"];
        body.as_str().or(body["text"].as_str()).unwrap_or_default().to_owned()
    };
    shown.map(body).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_doubles_and_disorder_are_told() {
        let person = Person { written: 3, ..Person::new(7) };
        let right: Vec<String> = (0..3).map(|index| person.reply(index)).collect();
        assert_eq!(person.difference(&right), None);
        let lost = &right[..2];
        let doubled = [&right[..], &right[2..]].concat();
        let disordered = [right[1].clone(), right[0].clone(), right[2].clone()];
        for (wrong, place) in [(lost, "reply 2"), (&doubled, "reply 3"), (&disordered, "reply 0")] {
            let told = person.difference(wrong).unwrap();
            assert!(told.contains(place), "{told}");
        }
    }

    #[test]
    fn bodies_are_webhooks_that_the_parser_knows() {
        let line = Line { phone_number_id: "1".into(), waba_id: "2".into(), display_phone_number: "+57 1".into() };
        let body = Person::new(1).webhook(&line, 1, 1_700_000_000);
        let parsed = whatsapp::parse(body.as_bytes()).unwrap();
        assert!(
            matches!(&parsed.updates[..], [whatsapp::Update::Message { message, .. }] if message.text_body() == Some("Sí")),
            "{parsed:?}"
        );
    }

    #[test]
    fn only_the_business_on_the_phone_counts() {
        let phone = json!({"messages": [
            {"from": "business", "on_phone": true, "content": {"body": "a"}},
            {"from": "person", "on_phone": true, "content": {"body": "b"}},
            {"from": "business", "on_phone": false, "content": {"body": "c"}},
            {"from": "business", "on_phone": true, "content": {"type": "button", "body": {"text": "d"}}},
        ]});
        assert_eq!(replies(&phone), ["a", "d"]);
    }
}
