//! `not-a-condition`: a condition that is neither true nor false.

use super::context::Context;
use super::types::Type;
use super::{Check, Report};

pub(super) const CHECK: Check = check!(
    "not-a-condition",
    Warning,
    "What stands after `when` is neither true nor false, so it never holds.",
    "A number, a text or a list is not a condition. Compare it: `count(items) > 0`, `answer == \"yes\"`.",
    run
);

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    for (place, _, condition) in context.conditions() {
        let kind = context.types.of(condition);
        if !matches!(kind, Type::Any | Type::Bool | Type::Text) {
            let message = format!("This condition gives {}, so it never holds.", kind.name());
            report.add(place, message, "Compare it with something: `count(items) > 0`.");
        }
    }
}
