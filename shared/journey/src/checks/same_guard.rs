//! `same-guard`: two cards of one name with the same condition.

use super::context::Context;
use super::{Check, Report};

pub(super) const CHECK: Check = check!(
    "same-guard",
    Warning,
    "An earlier card of this name has the same condition.",
    "Conditions are tried from top to bottom, so the earlier card is always taken and this one never is. Change one of the \
     conditions, or delete the card.",
    run
);

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    for (index, node) in context.cards.iter().enumerate() {
        let Some(guard) = &node.card.guard else { continue };
        let earlier = context.named(&node.card.name).iter().take_while(|other| **other < index);
        let mut guards = earlier.filter_map(|other| context.cards.get(*other)?.card.guard.as_ref());
        if guards.any(|other| other == guard) {
            let message = format!("An earlier card `{}` has the same condition; this one is never used.", node.card.name);
            report.add(node.place(), message, "Change one of the conditions, or delete this card.");
        }
    }
}
