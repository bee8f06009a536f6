//! `unreachable-card`: a card nobody ever comes to.

use super::context::Context;
use super::{Check, Report};

pub(super) const CHECK: Check = check!(
    "unreachable-card",
    Warning,
    "Nobody ever comes to this card.",
    "Either no `then`, button or row leads to it, or another card of the same name without `when` always comes first. \
     Lead to it from another card, give it a condition or a name of its own, or delete it.",
    run
);

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    for (index, node) in context.cards.iter().enumerate() {
        let name = &node.card.name;
        let is_first = |other: usize| other < index && context.cards.get(other).is_some_and(|o| o.card.guard.is_none());
        if node.card.guard.is_none() && context.named(name).iter().any(|other| is_first(*other)) {
            let message = format!("Another card `{name}` without `when` comes first; this one is never used.");
            report.add(node.place(), message, "Give it a condition, or another name.");
        } else if !context.flow.is_reached(index) {
            let hint = format!("Lead there with `then: {name}` or a button, or delete it.");
            report.add(node.place(), format!("No card leads to `{name}`."), hint);
        }
    }
}
