//! `Io.Turn.Wait`: a pause.

use super::super::export::{CardWriter, Draft};
use super::super::formulas::expression;
use super::super::import::CardReader;
use super::Exits;
use crate::statements::{Action, Wait};

pub(super) const KIND: &str = "Io.Turn.Wait";

const SECONDS: &str = "seconds";

pub(super) fn export(wait: &Wait, card: &mut CardWriter<'_, '_>) {
    card.push(Draft::new(KIND, "wait").named(card.name("wait")).with(SECONDS, expression(&wait.seconds)));
}

pub(super) fn import(card: &mut CardReader<'_, '_>) -> Exits {
    match card.expression(SECONDS) {
        Some(seconds) => card.push(Action::Wait(Wait { seconds })),
        None => card.not_imported(),
    }
    Exits::Open
}
