//! `Core.Output`: a result. The name of the block is the name of the result.

use serde_json::Value;

use super::super::container::Block;
use super::super::export::{CardWriter, Draft};
use super::super::formulas::{expression, from_template, template};
use super::super::import::CardReader;
use super::Exits;
use crate::model::Formula;
use crate::statements::{Action, WriteResult};

pub(super) fn export(result: &WriteResult, card: &mut CardWriter<'_, '_>) {
    let draft = Draft::new("Core.Output", "write_result").named(template(&result.key));
    let label = result.label.as_ref().map(template);
    card.push(draft.with("value", expression(&result.value)).with_some("label", label));
}

pub(super) fn import(block: &Block, card: &mut CardReader<'_, '_>) -> Exits {
    let value = card.expression("value").unwrap_or_else(|| card.empty("value"));
    let label = card.config("label").and_then(Value::as_str).map(Formula::text);
    card.push(Action::WriteResult(WriteResult { key: from_template(&block.name), value, label }));
    Exits::Open
}
