//! The bodies of webhooks, written as Meta writes them.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::options::Line;

/// Which list of `value` an update belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum UpdateKind {
    /// A message a person wrote.
    Message,
    /// A state of a message the business sent.
    Status,
    /// Any other field; the item is the whole `value`.
    Change,
}

/// One thing to tell the business.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Update {
    pub(crate) kind: UpdateKind,
    /// `changes[].field`.
    pub(crate) field: String,
    /// Who it is about; updates of one person are posted in order.
    pub(crate) person: Option<String>,
    pub(crate) message_id: Option<String>,
    /// The item of `contacts`, absent for system messages and failed statuses.
    pub(crate) contact: Option<Value>,
    pub(crate) item: Value,
}

/// One POST for these updates: neighbours of one kind and person share a `value`, everything shares one entry.
pub(crate) fn compose(line: &Line, updates: &[Update], now_ms: i64, malformed_item: bool) -> Value {
    let mut changes: Vec<Value> = Vec::new();
    let mut last: Option<&Update> = None;
    for update in updates {
        let list = match update.kind {
            UpdateKind::Message => "messages",
            UpdateKind::Status => "statuses",
            UpdateKind::Change => {
                changes.push(json!({"field": update.field, "value": update.item}));
                last = None;
                continue;
            }
        };
        let joins = last.is_some_and(|last| last.kind == update.kind && last.contact == update.contact);
        if joins
            && let Some(Value::Array(items)) =
                changes.last_mut().and_then(|change| change.pointer_mut(&format!("/value/{list}")))
        {
            items.push(update.item.clone());
            continue;
        }
        let mut value = json!({
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": line.digits(), "phone_number_id": line.phone_number_id},
        });
        if let Some(contact) = &update.contact {
            value["contacts"] = json!([contact]);
        }
        value[list] = json!([update.item]);
        changes.push(json!({"field": update.field, "value": value}));
        last = Some(update);
    }
    if malformed_item {
        spoil(&mut changes, line);
    }
    let mut entry = json!({"id": line.waba_id, "changes": changes});
    // Only account-level fields carry a time on the entry.
    if updates.iter().all(|update| update.kind == UpdateKind::Change) {
        entry["time"] = (now_ms / 1_000).into();
    }
    json!({"object": "whatsapp_business_account", "entry": [entry]})
}

/// Puts an item nobody can read before the good ones.
fn spoil(changes: &mut Vec<Value>, line: &Line) {
    let bad = json!({"id": 42, "timestamp": [], "type": {"no": "such"}});
    for change in changes.iter_mut() {
        for list in ["messages", "statuses"] {
            if let Some(Value::Array(items)) = change.pointer_mut(&format!("/value/{list}")) {
                items.insert(0, bad);
                return;
            }
        }
    }
    changes.insert(0, json!({"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": {"phone_number_id": line.phone_number_id}, "messages": [bad]}}));
}

/// JSON with every character outside ASCII as `\uXXXX` and `/` as `\/`, as Meta sometimes writes it.
pub(crate) fn escape(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len() * 2);
    let mut units = [0_u16; 2];
    for character in json.chars() {
        match character {
            // In JSON a slash stands inside strings only, so this never breaks the structure.
            '/' => escaped.push_str("\\/"),
            character if character.is_ascii() => escaped.push(character),
            character => {
                for unit in character.encode_utf16(&mut units) {
                    escaped.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> Line {
        Line { phone_number_id: "106".into(), waba_id: "102".into(), display_phone_number: "+57 601 555 0100".into() }
    }

    fn update(kind: UpdateKind, person: &str, item: Value) -> Update {
        let contact = (kind != UpdateKind::Change).then(|| json!({"wa_id": person}));
        Update { kind, field: "messages".into(), person: Some(person.into()), message_id: None, contact, item }
    }

    #[test]
    fn one_message_has_meta_shape() {
        let body = compose(&line(), &[update(UpdateKind::Message, "57", json!({"id": "wamid.1"}))], 5_000, false);
        assert_eq!(
            body,
            json!({"object": "whatsapp_business_account", "entry": [{"id": "102", "changes": [{"field": "messages", "value": {
                "messaging_product": "whatsapp", "metadata": {"display_phone_number": "576015550100", "phone_number_id": "106"},
                "contacts": [{"wa_id": "57"}], "messages": [{"id": "wamid.1"}]}}]}]})
        );
    }

    #[test]
    fn neighbours_share_a_value_and_others_do_not() {
        let (message, status) = (UpdateKind::Message, UpdateKind::Status);
        let body = compose(
            &line(),
            &[
                update(message, "a", json!(1)),
                update(message, "a", json!(2)),
                update(status, "a", json!(3)),
                update(message, "b", json!(4)),
            ],
            0,
            false,
        );
        let changes = body["entry"][0]["changes"].as_array().unwrap();
        assert_eq!(changes.len(), 3);
        assert_eq!(changes[0]["value"]["messages"], json!([1, 2]));
        assert_eq!(changes[1]["value"]["statuses"], json!([3]));
    }

    #[test]
    fn account_changes_carry_a_time_and_a_malformed_item_comes_first() {
        let body = compose(&line(), &[update(UpdateKind::Change, "a", json!({"event": "APPROVED"}))], 5_999, false);
        assert_eq!(body["entry"][0]["time"], 5);
        let spoiled = compose(&line(), &[update(UpdateKind::Message, "a", json!({"id": "wamid.1"}))], 0, true);
        let messages = &spoiled["entry"][0]["changes"][0]["value"]["messages"];
        assert_eq!((&messages[0]["id"], &messages[1]["id"]), (&json!(42), &json!("wamid.1")));
    }

    #[test]
    fn escaping_keeps_the_meaning() {
        let plain = json!({"body": "ñandú 🙂 a/b \\ \""});
        let escaped = escape(&plain.to_string());
        assert!(
            escaped.is_ascii()
                && escaped.contains("\\u00f1")
                && escaped.contains("\\ud83d\\ude42")
                && escaped.contains("a\\/b")
        );
        assert_eq!(serde_json::from_str::<Value>(&escaped).unwrap(), plain);
    }
}
