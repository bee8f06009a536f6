//! `Core.Log`: a line in the log.

use super::super::export::{CardWriter, Draft};
use super::super::formulas::template;
use super::super::import::CardReader;
use super::Exits;
use crate::statements::{Action, Log};

pub(super) fn export(log: &Log, card: &mut CardWriter<'_, '_>) {
    let message = card.raw(template(&log.message));
    card.push(Draft::new("Core.Log", "log").named(card.name("log")).with("message", message));
}

pub(super) fn import(card: &mut CardReader<'_, '_>) -> Exits {
    let message = card.words("message").map_or_else(|| card.empty("message"), |words| words.text);
    card.push(Action::Log(Log { message }));
    Exits::Open
}
