//! `Core.SetContactProperty`: a profile field.

use serde_json::{Value, json};

use super::super::export::{CardWriter, Draft};
use super::super::formulas::template;
use super::super::import::CardReader;
use super::Exits;
use crate::statements::{Action, UpdateContact};

const PROPERTY: &str = "set_contact_property";

pub(super) fn export(update: &UpdateContact, card: &mut CardWriter<'_, '_>) {
    for (field, value) in &update.fields {
        let name = card.name(&format!("contact_update_{field}"));
        let property = json!({ "property_key": field, "property_value": template(value) });
        card.push(Draft::new("Core.SetContactProperty", "update_contact").named(name).with(PROPERTY, property));
    }
}

/// One property, or a list of them.
pub(super) fn import(card: &mut CardReader<'_, '_>) -> Exits {
    let properties = match card.config(PROPERTY) {
        Some(Value::Array(properties)) => properties.as_slice(),
        Some(property) => std::slice::from_ref(property),
        None => &[],
    };
    let mut fields = Vec::new();
    for property in properties {
        let key = property.get("property_key").and_then(Value::as_str).unwrap_or_default();
        match (property.get("property_value"), crate::compiler::is_name(key)) {
            (Some(value), true) => fields.push((key.to_owned(), card.value(value))),
            _ => card.tell(format!("`{key}` cannot be set: it is not the name of a profile field with a value.")),
        }
    }
    if fields.is_empty() {
        card.not_imported();
    } else {
        card.push(Action::UpdateContact(UpdateContact { fields }));
    }
    Exits::Open
}
