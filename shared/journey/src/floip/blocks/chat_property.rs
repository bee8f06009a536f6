//! `Io.Turn.SetChatProperty`: who answers the conversation.

use super::super::export::{CardWriter, Draft};
use super::super::formulas::template;
use super::super::import::CardReader;
use super::Exits;
use crate::statements::{Action, AssignChatTo};

pub(super) const KIND: &str = "Io.Turn.SetChatProperty";

pub(super) fn export(assign: &AssignChatTo, card: &mut CardWriter<'_, '_>) {
    let operator = card.raw(template(&assign.operator));
    let draft = Draft::new(KIND, "set_chat_property").named(card.name("set_chat_property"));
    card.push(draft.with("assign_to", operator));
}

pub(super) fn import(card: &mut CardReader<'_, '_>) -> Exits {
    match card.words("assign_to") {
        Some(operator) => card.push(Action::AssignChatTo(AssignChatTo { operator: operator.text })),
        None => card.not_imported(),
    }
    Exits::Open
}
