//! `dead-statement`: what stands behind an unconditional `then`.

use super::context::Context;
use super::{Check, Report};

pub(super) const CHECK: Check = check!(
    "dead-statement",
    Warning,
    "This is never run: the statement before it always leads to another card.",
    "`then(Card)` without `when`, and `experiment`, leave the card at once. Move the statement above it, or give the \
     `then` a condition.",
    run
);

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    for node in &context.cards {
        let Some(site) = node.dead.and_then(|dead| node.sites.get(dead)) else { continue };
        let hint = "Move it above, or give the `then` before it a condition.";
        report.add(site.place, "This is never run: the card is left before it.", hint);
    }
}
