//! Whatever Meta sends: it parses, nothing panics, nothing is lost, and all of it survives a queue.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use serde_json::{Value, json};
use whatsapp::parse;
use whatsapp::webhook::*;

fn updates(body: &Value) -> Vec<Update> {
    parse(body.to_string().as_bytes()).expect("a webhook").updates
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
        proptest::sample::select(InboundContent::TYPES).prop_map(Value::from),
        proptest::sample::select(AccountChange::FIELDS).prop_map(Value::from),
        proptest::sample::select(&["messages", "user_preferences", "standby", "smb_message_echoes", "sent", "1"][..])
            .prop_map(Value::from),
    ];
    let keys = &[
        "entry",
        "changes",
        "field",
        "value",
        "metadata",
        "phone_number_id",
        "contacts",
        "messages",
        "statuses",
        "errors",
        "id",
        "timestamp",
        "type",
        "from",
        "from_user_id",
        "text",
        "body",
        "interactive",
        "button_reply",
        "image",
        "edit",
        "message",
        "original_message_id",
        "contacts",
        "context",
        "status",
        "pricing",
        "code",
        "user_preferences",
        "event",
    ][..];
    leaf.prop_recursive(7, 96, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((proptest::sample::select(keys), inner), 0..8)
                .prop_map(|pairs| pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

/// A webhook whose shape is right down to the items, which are anything.
fn any_webhook() -> impl Strategy<Value = Value> {
    let field =
        proptest::sample::select(&["messages", "smb_message_echoes", "user_preferences", "account_update", "x"][..]);
    (field, any_json(), any_json(), any_json()).prop_map(|(field, a, b, c)| {
        json!({"object": OBJECT, "entry": [{"id": "W", "changes": [{"field": field, "value": {
            "metadata": {"phone_number_id": "P"}, "contacts": a, "messages": [b, c], "statuses": [a, c],
            "message_echoes": [b], "user_preferences": [c]}}]}]})
    })
}

proptest! {
    #[test]
    fn whatever_the_entries_are_it_parses_and_survives_a_queue(entry in any_json()) {
        for update in updates(&json!({"object": OBJECT, "entry": entry, "extra": entry})) {
            let text = serde_json::to_string(&update).unwrap();
            prop_assert_eq!(serde_json::from_str::<Update>(&text).unwrap(), update);
        }
    }

    #[test]
    fn whatever_the_items_are_none_is_lost(body in any_webhook()) {
        let field = body["entry"][0]["changes"][0]["field"].as_str().unwrap();
        let updates = updates(&body);
        let least = match field { "messages" => 4, _ => 1 };
        prop_assert!(updates.len() >= least, "{} gave {:?}", body, updates);
        for update in updates {
            let text = serde_json::to_string(&update).unwrap();
            prop_assert_eq!(serde_json::from_str::<Update>(&text).unwrap(), update);
        }
    }

    #[test]
    fn bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&body);
    }
}
