//! `Core.Case`: chooses a way. A case with nothing but a default exit computes a value: the name of the exit is the
//! expression, the name of the block the variable.

use super::super::container::Block;
use super::super::export::{CardWriter, Draft};
use super::super::formulas::{expression, from_expression, standing};
use super::super::import::CardReader;
use super::Exits;
use crate::model::Formula;
use crate::statements::{Action, Assign, Evaluate};

/// The end of the name of a block whose value is not kept.
const DROPPED: &str = "_expression";

pub(super) fn assign(assign: &Assign, card: &mut CardWriter<'_, '_>) {
    push(assign.variable.clone(), &assign.value, card);
}

pub(super) fn evaluate(evaluate: &Evaluate, card: &mut CardWriter<'_, '_>) {
    push(card.name("expression"), &evaluate.expression, card);
}

fn push(name: String, value: &Formula, card: &mut CardWriter<'_, '_>) {
    let item = if super::super::formulas::is_literal(value) { "literal" } else { "expression" };
    let mut draft = Draft::new("Core.Case", item).named(name);
    draft.value = Some(expression(value));
    card.push(draft);
}

pub(super) fn import(block: &Block, card: &mut CardReader<'_, '_>) -> Exits {
    let [only] = block.exits.as_slice() else { return Exits::Open };
    let is_name_of_exit = only.name == block.name || only.name.is_empty();
    if only.is_default()
        && !is_name_of_exit
        && let Ok(value) = from_expression(&only.name)
    {
        let value = standing(card.rewritten(value));
        match card.variable() {
            Some(variable) if !block.name.ends_with(DROPPED) => card.push(Action::Assign(Assign { variable, value })),
            _ => card.push(Action::Evaluate(Evaluate { expression: value })),
        }
    }
    Exits::Open
}
