//! Webhooks: every registered type, status and field has a fixture, and nothing valid is ever refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::{Value, json};
use std::path::Path;
use whatsapp::webhook::account::AccountEventKind;
use whatsapp::webhook::content::SystemKind;
use whatsapp::webhook::template::{Quality, TemplateEvent};
use whatsapp::webhook::*;
use whatsapp::{Action, parse};

fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/{name}.json"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("no fixture {}: {error}", path.display()))
}

fn updates(body: &Value) -> Vec<Update> {
    parse(body.to_string().as_bytes()).expect("a webhook").updates
}

fn only(name: &str) -> Update {
    let mut updates = parse(&fixture(name)).expect(name).updates;
    assert_eq!(updates.len(), 1, "{name}");
    updates.remove(0)
}

fn message(name: &str) -> (Sender, InboundMessage) {
    match only(name) {
        Update::Message { sender, message, line } => {
            assert_eq!(line.phone_number_id, "300000000000001");
            assert_eq!(line.waba_id, "200000000000001");
            (sender, *message)
        }
        other => panic!("{name} is {other:?}"),
    }
}

fn status(name: &str) -> Status {
    match only(name) {
        Update::Status { status, .. } => *status,
        other => panic!("{name} is {other:?}"),
    }
}

fn account(field: &str) -> AccountChange {
    match only(&format!("account_{field}")) {
        Update::Account(update) => {
            assert_eq!((update.field.as_str(), update.time), (field, Some(1_790_000_000)));
            update.change
        }
        other => panic!("{field} is {other:?}"),
    }
}

/// A `messages` webhook with these messages and contacts.
fn with_messages(messages: Value, contacts: Value) -> Value {
    json!({"object": OBJECT, "entry": [{"id": "W", "changes": [{"field": "messages", "value": {
        "metadata": {"phone_number_id": "P", "display_phone_number": "1"}, "contacts": contacts, "messages": messages}}]}]})
}

// ---- bad input first

#[test]
fn what_is_no_webhook() {
    for (body, expected) in [
        (&b""[..], "not a JSON object"),
        (b"{", "not a JSON object"),
        (b"[]", "not a JSON object"),
        (b"{} x", "not a JSON object"),
        (b"\xff{}", "not UTF-8 (byte 0)"),
        (b"{}", "`object` is \"\""),
        (br#"{"object":"page","entry":[]}"#, "`object` is \"page\""),
    ] {
        let error = parse(body).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn what_is_wrong_stays_where_it_is() {
    let good = json!({"id": "wamid.A", "timestamp": "1", "from": "1", "type": "text", "text": {"body": "a"}});
    for wrong in [
        json!(7),
        json!(null),
        json!([]),
        json!({}),
        json!({"id": "", "timestamp": "1", "from": "1"}),
        json!({"id": "wamid.B", "from": "1", "type": "text"}),
        json!({"id": "wamid.B", "timestamp": "soon", "from": "1", "type": "text"}),
        json!({"id": "wamid.B", "timestamp": "1", "type": "text", "text": {"body": "from nobody"}}),
    ] {
        let body = with_messages(json!([good, wrong, good]), json!([{"wa_id": "1"}, {"wa_id": "2"}]));
        let updates = updates(&body);
        assert_eq!(updates.len(), 3, "{wrong}");
        assert!(matches!(&updates[0], Update::Message { .. }));
        assert!(matches!(&updates[2], Update::Message { .. }));
        let Update::Malformed { raw, why } = &updates[1] else { panic!("{wrong} became {:?}", updates[1]) };
        assert_eq!(raw.value().unwrap(), wrong);
        assert!(!why.is_empty());
    }
}

#[test]
fn wrong_levels_become_one_malformed_update_each() {
    let good = json!({"field": "flows", "value": {}});
    for (entry, expected) in [
        (json!(1), 1),
        (json!([1, "x", null]), 3),
        (json!([{"changes": 1}]), 1),
        (json!([{"changes": [1, good]}]), 2),
        (json!([{"changes": [{"field": "messages"}, {"value": {}}, good]}]), 3),
        (json!([{"changes": [{"field": "messages", "value": {"messages": [{}]}}]}]), 1),
        (
            json!([{"changes": [{"field": "messages", "value": {"metadata": {"phone_number_id": "P"}, "messages": {}}}]}]),
            1,
        ),
    ] {
        let updates = updates(&json!({"object": OBJECT, "entry": entry}));
        assert_eq!(updates.len(), expected, "{entry}");
        assert!(matches!(&updates[0], Update::Malformed { .. }), "{entry}");
    }
    assert!(updates(&json!({"object": OBJECT})).is_empty());
    assert!(updates(&json!({"object": OBJECT, "entry": null})).is_empty());
}

#[test]
fn valid_json_that_no_value_can_hold() {
    let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
    let body = format!(
        r#"{{"object":"{OBJECT}","object":"{OBJECT}","entry":[{{"id":"W","changes":[
            {{"field":"new_field","value":{{"x":1e999,"deep":{deep}}}}},
            {{"field":"messages","value":{{"metadata":{{"phone_number_id":"P"}},"messages":[
                {{"id":"a","timestamp":1,"from":"1","type":"text","text":{{"body":"half an emoji \ud83d"}}}},
                {{"id":"b","timestamp":1,"from":"1","type":"location","location":{{"latitude":1e999}}}},
                {{"id":"c","timestamp":1,"from":"1","type":"poll","poll":{deep}}},
                {{"id":"d","timestamp":1,"from":"1","type":"text","text":{{"body":"x","body":"y"}}}}]}}}}]}}]}}"#
    );
    let updates = parse(body.as_bytes()).unwrap().updates;
    assert_eq!(updates.len(), 5);
    assert!(matches!(&updates[0], Update::Other { field, .. } if field == "new_field"));
    let messages: Vec<_> = updates[1..]
        .iter()
        .map(|update| match update {
            Update::Message { message, .. } => message,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(messages[0].text_body(), Some("half an emoji \u{fffd}"));
    for (message, kind) in messages[1..].iter().zip(["location", "poll", "text"]) {
        assert!(matches!(&message.content, InboundContent::Unknown { kind: found, .. } if found == kind));
    }
    for update in &updates {
        let text = serde_json::to_string(update).unwrap();
        assert_eq!(&serde_json::from_str::<Update>(&text).unwrap(), update);
    }
}

#[test]
fn a_known_type_with_an_odd_body_is_still_a_message() {
    for (kind, body) in [
        ("text", json!({"body": 5})),
        ("text", json!(null)),
        ("image", json!({"caption": "no id"})),
        ("contacts", json!({})),
        ("interactive", json!([])),
        ("interactive", json!({"type": "button_reply", "button_reply": {"title": "no id"}})),
        ("reaction", json!({"emoji": "x"})),
        ("edit", json!({"original_message_id": "w", "message": 1})),
        ("edit", json!({"message": {"type": "text", "text": {"body": "x"}}})),
        ("revoke", json!({})),
        ("", json!({})),
        ("hologram", json!({"depth": 3})),
    ] {
        let item = json!({"id": "w", "timestamp": 1, "from": "1", "type": kind, kind: body});
        match &updates(&with_messages(json!([item]), json!([])))[..] {
            [Update::Message { message, .. }] => match &message.content {
                InboundContent::Unknown { kind: found, why } => {
                    assert_eq!(found, kind);
                    assert_eq!(why.is_some(), InboundContent::TYPES.contains(&kind), "{kind}: {why:?}");
                    assert_eq!(message.raw.value().unwrap(), item);
                }
                other => panic!("{kind}: {other:?}"),
            },
            other => panic!("{kind}: {other:?}"),
        }
    }
}

#[test]
fn what_is_no_id_is_none() {
    let from = |from: Value, user_id: Value| json!([{"id": "w", "timestamp": 1, "from": from, "from_user_id": user_id, "type": "text", "text": {"body": "x"}}]);
    let long = "9".repeat(3_000);
    for (number, user_id) in [(json!("bla"), json!("")), (json!(long), json!(null)), (json!(null), json!(long))] {
        let contacts = json!([{"wa_id": "bla", "user_id": long}]);
        match &updates(&with_messages(from(number, user_id), contacts))[..] {
            [Update::Malformed { why, .. }] => assert!(why.contains("neither a phone number nor a user id"), "{why}"),
            other => panic!("{other:?}"),
        }
    }
    match &updates(&with_messages(from(json!("bla"), json!("CO.1")), json!([])))[..] {
        [Update::Message { sender, .. }] => {
            assert_eq!((sender.phone.as_deref(), sender.user_id.as_deref()), (None, Some("CO.1")));
        }
        other => panic!("{other:?}"),
    }
    let wish = json!({"wa_id": "bla", "user_id": long, "category": "marketing_messages", "value": "stop"});
    let value = json!({"metadata": {"phone_number_id": "P"}, "user_preferences": [wish]});
    let change = json!({"field": "user_preferences", "value": value});
    match &updates(&json!({"object": OBJECT, "entry": [{"id": "W", "changes": [change]}]}))[..] {
        [Update::Preference { preference, .. }] => assert!(preference.phone.is_none() && preference.user_id.is_none()),
        other => panic!("{other:?}"),
    }
    let mut body = with_messages(from(json!("573001112233"), json!(null)), json!([]));
    body["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = json!(long);
    assert!(matches!(&updates(&body)[..], [Update::Malformed { .. }]));
}

#[test]
fn a_contact_is_its_message_s_however_the_number_is_spelled() {
    let message = |from: &str| json!({"id": from, "timestamp": 1, "from": from, "type": "text", "text": {"body": "x"}});
    let contact = |wa_id: &str, name: &str| json!({"wa_id": wa_id, "profile": {"name": name}});
    let names = |messages: Value, contacts: Value| -> Vec<Option<String>> {
        let sender = |update| match update {
            Update::Message { sender, .. } => sender.name,
            other => panic!("{other:?}"),
        };
        updates(&with_messages(messages, contacts)).into_iter().map(sender).collect()
    };
    for (from, wa_id) in [
        ("5511987654321", "551187654321"),
        ("5215512345678", "525512345678"),
        ("541123456789", "5491123456789"),
        ("573001112233", "+57 300 111 2233"),
    ] {
        let others = json!([contact("573009998877", "Bea"), contact(wa_id, "Ana")]);
        assert_eq!(names(json!([message(from)]), others), [Some("Ana".to_owned())], "{from} {wa_id}");
    }
    // A spelling that nobody foresaw: there is only one it can be.
    assert_eq!(
        names(json!([message("22501234567")]), json!([contact("2250101234567", "Ana")])),
        [Some("Ana".to_owned())]
    );
    let two = json!([message("573001112233"), message("573009998877")]);
    assert_eq!(names(two, json!([contact("573001112233", "Ana")])), [Some("Ana".to_owned()), None]);
}

#[test]
fn a_name_that_shows_nothing_is_no_name() {
    let name = |name: &str| {
        let message =
            json!([{"id": "w", "timestamp": 1, "from": "573001112233", "type": "text", "text": {"body": "x"}}]);
        let contacts = json!([{"wa_id": "573001112233", "profile": {"name": name}}]);
        match updates(&with_messages(message, contacts)).remove(0) {
            Update::Message { sender, .. } => sender.name,
            other => panic!("{other:?}"),
        }
    };
    for blank in [
        "",
        " ",
        "\u{200b}\u{200d}",
        "\u{202e}\u{2066}",
        "\u{3164}",
        "\u{ffa0}\u{115f}",
        "\u{a0}\t",
        "\u{2800}",
        "\u{7}",
        "\u{e0001}",
    ] {
        assert_eq!(name(blank), None, "{blank:?}");
    }
    for seen in ["Ana", "\u{200f}\u{645}\u{646}\u{649}", "👩‍🦰", ".", "\u{f8ff}"] {
        assert_eq!(name(seen).as_deref(), Some(seen));
    }
}

#[test]
fn the_old_type_voice_is_audio() {
    let item = json!({"id": "w", "timestamp": 1, "from": "573001112233", "type": "voice", "voice": {"id": "7", "mime_type": "audio/ogg"}});
    match &updates(&with_messages(json!([item]), json!([])))[..] {
        [Update::Message { message, .. }] => {
            assert_eq!(message.kind, "audio");
            assert!(matches!(&message.content, InboundContent::Audio(media) if media.voice && media.id == "7"));
        }
        other => panic!("{other:?}"),
    }
}

// ---- every registered type has a fixture

#[test]
fn every_message_type_has_a_fixture_that_is_understood() {
    for kind in InboundContent::TYPES {
        let (sender, message) = message(&format!("message_{kind}"));
        assert_eq!(message.kind, *kind);
        assert!(!matches!(message.content, InboundContent::Unknown { .. }), "{kind}: {:?}", message.content);
        assert_eq!((message.timestamp, sender.phone.as_deref()), (1_790_000_000, Some("59171234567")));
        assert_eq!(sender.user_id.as_deref(), Some("BO.8812209371"));
    }
    for kind in InteractiveReply::TYPES {
        let (_, message) = message(&format!("interactive_{kind}"));
        let InboundContent::Interactive(reply) = &message.content else { panic!("{kind}: {:?}", message.content) };
        assert!(!matches!(reply, InteractiveReply::Other { .. }), "{kind}");
        assert_eq!(message.replies_to(), Some("wamid.ABOVE"));
    }
}

#[test]
fn every_delivery_state_has_a_fixture_that_is_understood() {
    for state in DeliveryState::KNOWN {
        let status = status(&format!("status_{state}"));
        assert_eq!(status.state.as_str(), *state);
        assert!(!matches!(status.state, DeliveryState::Other(_)));
        assert_eq!(status.callback_data.as_deref(), Some("m-1"));
    }
}

#[test]
fn every_account_field_has_a_fixture_that_is_understood() {
    for field in AccountChange::FIELDS {
        let change = account(field);
        assert!(!matches!(change, AccountChange::Unreadable { .. }), "{field}: {change:?}");
    }
}

#[test]
fn every_fixture_survives_a_queue() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let body = std::fs::read(entry.unwrap().path()).unwrap();
        for update in parse(&body).unwrap().updates {
            assert!(!matches!(update, Update::Malformed { .. }), "{update:?}");
            let text = serde_json::to_string(&update).unwrap();
            assert_eq!(serde_json::from_str::<Update>(&text).unwrap(), update);
            seen += 1;
        }
    }
    assert!(seen > 50);
}

// ---- what is in them

#[test]
fn helpers_of_messages() {
    let (sender, text) = message("message_text");
    assert_eq!(text.text_body(), Some("¿Cuándo es mi próximo control? 🤰"));
    assert_eq!(text.referral.unwrap().reference.as_deref(), Some("afiche"));
    assert_eq!(sender.name.as_deref(), Some("Nélida Quispe"));
    assert_eq!(sender.username.as_deref(), Some("nelida.q"));
    assert_eq!(sender.parent_user_id.as_deref(), Some("BO.ENT.55120"));

    for (name, id, title) in [
        ("message_button", "CONFIRMAR", "Confirmo"),
        ("interactive_button_reply", "si", "Sí"),
        ("interactive_list_reply", "lunes", "Lunes"),
    ] {
        let (_, message) = message(name);
        assert_eq!((message.choice_id(), message.choice_title()), (Some(id), Some(title)));
        assert_eq!((message.text_body(), message.replies_to()), (None, Some("wamid.ABOVE")));
    }
    let audio = message("message_audio").1;
    assert!(audio.media().unwrap().voice && !audio.media().unwrap().animated);
    assert_eq!(message("message_image").1.media().unwrap().caption.as_deref(), Some("mi carnet"));
    assert_eq!(message("message_document").1.media().unwrap().filename.as_deref(), Some("receta.pdf"));
    assert_eq!(message("interactive_nfm_reply").1.flow_response().unwrap()["semanas"], "20");
    assert_eq!(message("message_unsupported").1.errors[0].code, 131_051);
    let InboundContent::Contacts(cards) = message("message_contacts").1.content else { panic!() };
    assert_eq!(cards[0].phones[0].wa_id.as_deref(), Some("59177654321"));
    assert_eq!(cards[0].origin.as_deref(), Some("contact_request"));
    let InboundContent::Edit(edit) = message("message_edit").1.content else { panic!() };
    assert!(matches!(*edit.content, InboundContent::Text(text) if text.body == "quise decir martes"));
}

#[test]
fn a_person_may_have_no_phone() {
    let (sender, message) = message("message_without_phone");
    assert_eq!((message.from, sender.phone), (None, None));
    assert_eq!(sender.user_id.as_deref(), Some("BO.8812209371"));
    for from in [json!(null), json!("")] {
        let item = json!({"id": "w", "timestamp": 1, "from": from, "from_user_id": "BO.1", "type": "text", "text": {"body": "x"}});
        match &updates(&with_messages(json!([item]), json!([{"wa_id": "", "user_id": "BO.1"}])))[..] {
            [Update::Message { sender, .. }] => {
                assert_eq!((sender.phone.as_deref(), sender.user_id.as_deref()), (None, Some("BO.1")));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn names_and_ids_come_only_from_the_same_person() {
    let item =
        |id: &str, from: &str| json!({"id": id, "timestamp": 1, "from": from, "type": "text", "text": {"body": "x"}});
    let two = json!([{"wa_id": "2", "user_id": "BO.2", "profile": {"name": "Dos"}}, {"wa_id": "1", "user_id": "BO.1", "profile": {"name": "Uno"}}]);
    let found: Vec<_> = updates(&with_messages(json!([item("a", "1"), item("b", "2"), item("c", "3")]), two))
        .into_iter()
        .map(|update| match update {
            Update::Message { sender, .. } => (sender.user_id, sender.name),
            other => panic!("{other:?}"),
        })
        .collect();
    let person = |id: &str, name: &str| (Some(id.to_owned()), Some(name.to_owned()));
    assert_eq!(found, [person("BO.1", "Uno"), person("BO.2", "Dos"), (None, None)]);

    let stranger = json!([{"wa_id": "9", "user_id": "BO.9"}]);
    match &updates(&with_messages(json!([item("a", "1")]), stranger))[..] {
        [Update::Message { sender, .. }] => assert_eq!(sender.user_id, None),
        other => panic!("{other:?}"),
    }
}

#[test]
fn changes_of_number_and_id() {
    let change = message("message_system").1.system_change().unwrap();
    assert_eq!(change.kind, SystemKind::UserChangedNumber);
    assert_eq!(change.previous_phone.as_deref(), Some("59171234567"));
    assert_eq!(change.phone.as_deref(), Some("59179999999"));
    assert_eq!(change.previous_user_id.as_deref(), Some("BO.8812209371"));
    assert_eq!(change.user_id.as_deref(), Some("BO.9900112233"));

    let item = json!({"id": "w", "timestamp": 1, "from_user_id": "BO.2", "type": "system",
        "system": {"type": "user_changed_user_id", "user_id": "BO.2", "previous_user_id": "BO.1", "previous_parent_user_id": "BO.ENT.1"}});
    let change = InboundMessage::parse(&item.to_string()).unwrap().system_change().unwrap();
    assert_eq!(change.kind, SystemKind::UserChangedUserId);
    assert_eq!((change.previous_user_id.as_deref(), change.user_id.as_deref()), (Some("BO.1"), Some("BO.2")));
    assert_eq!((change.previous_phone, change.phone), (None, None));
    assert_eq!(change.previous_parent_user_id.as_deref(), Some("BO.ENT.1"));
    assert_eq!(message("message_text").1.system_change(), None);

    // No id outside `system`: the person is found by the previous one.
    let mut bare = item;
    bare.as_object_mut().unwrap().remove("from_user_id");
    match &updates(&with_messages(json!([bare]), json!(null)))[..] {
        [Update::Message { sender, .. }] => assert_eq!(sender.user_id.as_deref(), Some("BO.1")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_stands_beside_the_messages_is_kept() {
    let item = json!({"id": "w", "timestamp": 1, "from": "1", "type": "text", "text": {"body": "x"}});
    let mut body = with_messages(json!([item]), json!([]));
    let value = &mut body["entry"][0]["changes"][0]["value"];
    value["user_actions"] = json!([{"action_type": "marketing_messages_link_click"}]);
    value["statuses"] = json!([]);
    value["conversation_context"] = json!(null);
    match &updates(&body)[..] {
        [Update::Message { .. }, Update::Other { field, raw, .. }] => {
            assert_eq!(field, "messages.user_actions");
            assert_eq!(raw.as_str(), r#"[{"action_type":"marketing_messages_link_click"}]"#);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_statuses_carry() {
    let sent = status("status_sent");
    assert_eq!(sent.pricing.unwrap().kind.as_deref(), Some("regular"));
    assert_eq!(sent.conversation.unwrap().expiration_timestamp, Some(1_790_090_000));
    assert_eq!(status("status_read").recipient.parent_user_id.as_deref(), Some("BO.ENT.55120"));
    let failed = status("status_failed");
    assert_eq!(failed.errors[0].meaning().action, Action::Stop);
    assert_eq!(failed.errors[0].details(), Some("More than 24 hours have passed."));
    let group = Status::parse(
        r#"{"id":"w","status":"read","timestamp":"1","recipient_type":"group","recipient_id":"G","participant_recipient_id":"5"}"#,
    )
    .unwrap();
    assert_eq!((group.recipient.phone, group.recipient.group_id.as_deref()), (None, Some("G")));
    assert_eq!(group.recipient.participant_phone.as_deref(), Some("5"));
}

#[test]
fn what_account_updates_carry() {
    let AccountChange::MessageTemplateStatusUpdate(template) = account("message_template_status_update") else {
        panic!()
    };
    assert_eq!(template.event, Some(TemplateEvent::Rejected));
    assert_eq!(template.message_template_id.as_deref(), Some("594425479261596"));
    assert_eq!(template.rejection_info.unwrap().recommendation.as_deref(), Some("add samples"));
    let AccountChange::MessageTemplateQualityUpdate(quality) = account("message_template_quality_update") else {
        panic!()
    };
    assert_eq!(quality.new_quality_score, Some(Quality::Yellow));
    let AccountChange::BusinessCapabilityUpdate(limit) = account("business_capability_update") else { panic!() };
    assert_eq!(limit.max_daily_conversations_per_business.as_deref(), Some("2000"));
    let AccountChange::AccountUpdate(event) = account("account_update") else { panic!() };
    assert_eq!(event.event, Some(AccountEventKind::AccountRestriction));
    assert_eq!(event.restriction_info.len(), 1);
    let body = json!({"object": OBJECT, "entry": [{"id": "W", "changes": [
        {"field": "account_update", "value": {"event": "ACCOUNT_ASCENDED"}}, {"field": "security", "value": 7}]}]});
    match &updates(&body)[..] {
        [Update::Account(new), Update::Account(odd)] => {
            assert!(matches!(&new.change, AccountChange::AccountUpdate(event)
                if event.event == Some(AccountEventKind::Other("ACCOUNT_ASCENDED".to_owned()))));
            assert!(matches!(&odd.change, AccountChange::Unreadable { .. }));
            assert_eq!(odd.raw.as_str(), "7");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_other_fields() {
    match only("field_user_preferences") {
        Update::Preference { preference, line, .. } => {
            assert_eq!(preference.value, PreferenceValue::Stop);
            assert_eq!(preference.phone.as_deref(), Some("59171234567"));
            assert!(line.is_some());
        }
        other => panic!("{other:?}"),
    }
    match only("field_messaging_handovers") {
        Update::Handover { line, handover, .. } => {
            assert_eq!(line.unwrap().phone_number_id, "300000000000001");
            assert_eq!(handover.kind.as_deref(), Some("control_passed"));
            assert_eq!(handover.phone.as_deref(), Some("59171234567"));
        }
        other => panic!("{other:?}"),
    }
    match only("field_smb_message_echoes") {
        Update::Echo { recipient, message, .. } => {
            assert_eq!(recipient.user_id.as_deref(), Some("BO.8812209371"));
            assert_eq!(message.text_body(), Some("Le llamo en un rato"));
        }
        other => panic!("{other:?}"),
    }
    match only("field_messages") {
        Update::Errors { errors, .. } => assert!(errors[0].meaning().action.may_repeat()),
        other => panic!("{other:?}"),
    }
    match only("field_standby") {
        Update::Overheard { sender, message, .. } => {
            assert_eq!(sender.user_id.as_deref(), Some("BO.8812209371"));
            assert_eq!(message.text_body(), Some("hola"));
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(only("field_history"), Update::History { line: Some(_), .. }));
    for field in [
        "calls",
        "flows",
        "smb_app_state_sync",
        "tracking_events",
        "group_lifecycle_update",
        "group_participants_update",
        "group_settings_update",
        "group_status_update",
    ] {
        assert!(matches!(only(&format!("field_{field}")), Update::Other { field: found, .. } if found == field));
    }
}

#[test]
fn a_thread_of_another_app_is_overheard_piece_by_piece() {
    let standby = |inner: Value| {
        let value = json!({"metadata": {"phone_number_id": "1"}, "standby": inner});
        let body = json!({"object": OBJECT, "entry": [{"id": "A", "changes": [{"field": "standby", "value": value}]}]});
        parse(body.to_string().as_bytes()).unwrap().updates
    };
    let message = json!({"id": "m", "from": "5917", "timestamp": "1", "type": "text", "text": {"body": "hola"}});
    let echo = json!({"id": "e", "from": "1", "to": "5917", "timestamp": "2", "type": "text", "text": {"body": "sí"}});
    let status = json!({"id": "s", "status": "read", "timestamp": "3"});
    let updates = standby(json!({
        "contacts": [{"wa_id": "5917", "profile": {"name": "Ana"}}],
        "messages": [message, 7], "message_echoes": [echo], "statuses": [status],
    }));
    assert!(matches!(&updates[0], Update::Overheard { sender, .. } if sender.name.as_deref() == Some("Ana")));
    assert!(matches!(&updates[1], Update::Malformed { .. }));
    assert!(matches!(&updates[2], Update::Echo { recipient, .. } if recipient.phone.as_deref() == Some("5917")));
    assert!(matches!(&updates[3], Update::Status { .. }));
    assert_eq!(updates.len(), 4);
    for nothing in [json!({}), json!(7), json!(null)] {
        assert!(matches!(&standby(nothing)[..], [Update::Standby { line: Some(_), .. }]));
    }
}

#[test]
fn a_call_says_with_whom_and_one_that_does_not_is_kept() {
    let calls = |calls: Value| {
        let value = json!({"metadata": {"phone_number_id": "1"}, "calls": calls});
        let body = json!({"object": OBJECT, "entry": [{"id": "A", "changes": [{"field": "calls", "value": value}]}]});
        parse(body.to_string().as_bytes()).unwrap().updates
    };
    let theirs = json!({"id": "wacid.1", "event": "connect", "timestamp": "1671644824", "from": "5917", "to": "1",
                        "from_user_id": "BO.1", "direction": "USER_INITIATED"});
    let ours = json!({"id": "wacid.2", "event": "terminate", "timestamp": 1_671_644_824, "from": "1", "to": "5917",
                      "direction": "BUSINESS_INITIATED"});
    let updates = calls(json!([theirs, ours, {"id": "wacid.3", "timestamp": "1"}, 7]));
    let [
        Update::Call { call: first, .. },
        Update::Call { call: second, .. },
        Update::Other { .. },
        Update::Other { .. },
    ] = &updates[..]
    else {
        panic!("{updates:?}")
    };
    assert_eq!((first.person.phone.as_deref(), first.person.user_id.as_deref()), (Some("5917"), Some("BO.1")));
    assert_eq!((second.person.phone.as_deref(), second.from_business), (Some("5917"), true));
    assert_ne!(first.name(), second.name());
    let stored = serde_json::to_string(first).unwrap();
    assert_eq!(serde_json::from_str::<Box<whatsapp::Call>>(&stored).unwrap(), *first);
}

#[test]
fn a_mixed_batch_keeps_its_order() {
    let text = |id: &str| json!({"id": id, "timestamp": "1", "from": "1", "type": "text", "text": {"body": id}});
    let value = |phone: &str, rest: Value| {
        let mut value = json!({"metadata": {"phone_number_id": phone}});
        value.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        json!({"field": "messages", "value": value})
    };
    let body = json!({"object": OBJECT, "entry": [
        {"id": "A", "changes": [
            value("1", json!({"messages": [text("m1"), 0, text("m2")], "statuses": [{"id": "s1", "status": "sent", "timestamp": 1}]})),
            {"field": "security", "value": {"event": "PIN_CHANGED"}},
        ]},
        "broken",
        {"id": "B", "changes": [value("2", json!({"messages": [text("m3")]}))]},
    ]});
    let seen: Vec<String> = updates(&body)
        .iter()
        .map(|update| match update {
            Update::Message { line, message, .. } => {
                format!("{}/{}:{}", line.waba_id, line.phone_number_id, message.id)
            }
            Update::Status { status, .. } => status.message_id.clone(),
            Update::Account(update) => update.field.clone(),
            Update::Malformed { raw, .. } => raw.to_string(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(seen, ["A/1:m1", "0", "A/1:m2", "s1", "security", "\"broken\"", "B/2:m3"]);
}

/// Meta's own examples, where its description is at hand.
#[test]
fn the_examples_of_metas_description() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/meta-openapi/business-messaging-api_v23.0.yaml");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: Meta's OpenAPI description is not at hand");
        return;
    };
    let description: Value = serde_norway::from_str(&text).unwrap();
    let examples =
        &description["paths"]["/whatsapp/webhooks"]["post"]["requestBody"]["content"]["application/json"]["examples"];
    let examples = examples.as_object().unwrap();
    assert_eq!(examples.len(), 16);
    for (name, example) in examples {
        let updates = updates(&example["value"]);
        assert!(!updates.is_empty(), "{name}");
        for update in updates {
            match update {
                Update::Malformed { why, .. } => panic!("{name}: {why}"),
                Update::Message { message, .. } => {
                    assert!(!matches!(message.content, InboundContent::Unknown { .. }), "{name}: {message:?}");
                }
                Update::Other { field, .. } => assert!(field.starts_with("group_"), "{name}"),
                other => panic!("{name}: {other:?}"),
            }
        }
    }
}
