//! `Io.Turn.SendContentMessage`: a piece of the organisation's content.

use serde_json::{Value, json};

use super::super::export::{CardWriter, Draft};
use super::super::formulas::{from_template, template};
use super::super::import::CardReader;
use super::Exits;
use crate::statements::{Action, SendContent};

pub(super) const KIND: &str = "Io.Turn.SendContentMessage";

pub(super) fn export(send: &SendContent, card: &mut CardWriter<'_, '_>) {
    let uuid = card.raw(template(&send.content));
    let wait = card.raw(send.waits.to_string());
    let mut draft = Draft::new(KIND, "send_content");
    draft.name.clone_from(&send.variable);
    card.push(draft.with("content", json!({ "uuid": uuid, "wait_for_input": wait })));
}

pub(super) fn import(card: &mut CardReader<'_, '_>) -> Exits {
    let member = |key: &str| card.config("content").and_then(|content| content.get(key)).and_then(Value::as_str);
    let Some(content) = member("uuid") else {
        card.not_imported();
        return Exits::Open;
    };
    let content = from_template(card.raw(content));
    let content = card.rewritten(content);
    let waits = member("wait_for_input").is_some_and(|wait| card.raw(wait) == "true");
    let variable = card.variable().filter(|_| waits);
    card.push(Action::SendContent(SendContent { variable, content, waits }));
    Exits::Open
}
