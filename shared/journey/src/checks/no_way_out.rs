//! `no-way-out`: a question that only ever leads back to itself.

use super::context::Context;
use super::{Check, Report};

pub(super) const CHECK: Check = check!(
    "no-way-out",
    Warning,
    "Whatever somebody answers, this question comes again.",
    "Every button and every other answer leads back to the card, so people can only stop writing. Lead one of the choices \
     to another card, or let the journey end there.",
    run
);

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    for (index, node) in context.cards.iter().enumerate() {
        let Some(question) = node.live().iter().find(|site| site.parts.asks && site.owner.is_none()) else { continue };
        let siblings = context.named(&node.card.name);
        // With conditions, another card of the name may come the next time.
        let is_alone = siblings.len() == 1 && context.flow.is_reached(index);
        let leads_back = !node.ends && node.exits.iter().all(|exit| exit.to == node.card.name);
        if is_alone && leads_back && question.choices().is_some() {
            let message = format!("Whatever somebody answers, `{}` comes again.", node.card.name);
            report.add(question.place, message, "Lead one of the choices to another card.");
        }
    }
}
