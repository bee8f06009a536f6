//! `Org.Chasqui.Statement`: a statement that no other block can say, as the canvas writes it.

use super::super::export::{CardWriter, Draft};
use super::super::import::{CardReader, journey_of};
use super::super::kept::is_writable;
use super::Exits;
use crate::model::Card;
use crate::statements::{Action, Statement};

pub(super) const KIND: &str = "Org.Chasqui.Statement";

pub(super) fn export(statement: &Statement, card: &mut CardWriter<'_, '_>) {
    let value = serde_json::to_value(&statement.action).unwrap_or_default();
    card.push(Draft::new(KIND, "statement").named(card.name("statement")).with("statement", value));
}

pub(super) fn import(card: &mut CardReader<'_, '_>) -> Option<Exits> {
    let action: Action = serde_json::from_value(card.config("statement")?.clone()).ok()?;
    let statements = vec![action.clone().into()];
    if !is_writable(&journey_of(Vec::new(), vec![Card { statements, ..Card::named("A") }])) {
        return None;
    }
    card.push(action);
    Some(Exits::Open)
}
