//! `lost-answer`: a question whose answer nobody keeps.

use super::context::Context;
use super::{Check, Report, reads};
use crate::statements::{Action, Choices};

pub(super) const CHECK: Check = check!(
    "lost-answer",
    Hint,
    "The answer to this question is not kept.",
    "No variable is written before the question, and the journey looks at the last answer (`block.value`, \
     `event.message`) nowhere. Write `name = ask(\"…\")`, unless the question is only a pause.",
    run
);

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    let mut looks_at_answers = false;
    let statements = context.cards.iter().flat_map(|node| {
        let sites = node.sites.iter().flat_map(|site| site.parts.computed());
        node.head().chain(sites)
    });
    for formula in statements {
        reads::names(formula, &mut |read| looks_at_answers |= matches!(read.key, "block" | "event"));
    }
    if looks_at_answers {
        return;
    }
    for site in context.sites().filter(|site| site.parts.asks && site.parts.sets.is_none()) {
        let is_free = matches!(site.action, Action::Ask(_) | Action::RequestLocation(_) | Action::WhatsappFlow(_));
        let is_valued = matches!(site.choices(), Some(Choices::Values(_) | Choices::Dynamic { .. }));
        if is_free || is_valued {
            report.add(site.place, "The answer to this question is not kept.", "Write `answer = ` before it, unless it is only a pause.");
        }
    }
}
