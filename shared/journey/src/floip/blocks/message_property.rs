//! `Io.Turn.SetMessageProperty`: labels. Groups of other programs become labels too.

use serde_json::Value;

use super::super::export::{CardWriter, Draft};
use super::super::formulas::{expression, from_expression, from_template};
use super::super::import::CardReader;
use super::Exits;
use crate::model::Formula;
use crate::statements::{Action, AddLabel};

pub(super) const KIND: &str = "Io.Turn.SetMessageProperty";

pub(super) fn export(add: &AddLabel, card: &mut CardWriter<'_, '_>) {
    let message = card.raw("event.message".to_owned());
    let label = card.raw(expression(&add.label));
    let draft = Draft::new(KIND, "set_message_property").named(card.name("set_message_property"));
    card.push(draft.with("message", message).with("labels", vec![label]));
}

pub(super) fn import(card: &mut CardReader<'_, '_>) -> Exits {
    // Which message is always the last one.
    card.config("message");
    let labels = card.config("labels").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if labels.is_empty() {
        card.not_imported();
    }
    for label in labels.iter().filter_map(Value::as_str) {
        let source = card.raw(label);
        let label = from_expression(source).unwrap_or_else(|_| from_template(source));
        let label = card.rewritten(label);
        card.push(Action::AddLabel(AddLabel { label }));
    }
    Exits::Open
}

pub(super) fn import_groups(card: &mut CardReader<'_, '_>) -> Exits {
    let groups = card.config("groups").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if groups.is_empty() {
        card.not_imported();
    }
    for group in groups {
        let name = ["group_name", "group_key"].into_iter().find_map(|key| group.get(key)?.as_str()).unwrap_or_default();
        let joins = !matches!(group.get("is_member").and_then(Value::as_str), Some("false"))
            && group.get("is_member").and_then(Value::as_bool).unwrap_or(true);
        if joins && !name.is_empty() {
            card.push(Action::AddLabel(AddLabel { label: Formula::text(name) }));
            card.tell(format!("The group `{name}` became a label of the conversation."));
        } else {
            card.tell(format!("A contact is not taken out of the group `{name}`: a label stays."));
        }
    }
    Exits::Open
}
