//! `lost-comparison`: `==` where `=` is meant.

use expression::{BinaryOperator, ExprKind};

use super::context::Context;
use super::{Check, Report};
use crate::statements::Action;

pub(super) const CHECK: Check = check!(
    "lost-comparison",
    Warning,
    "This compares two values and forgets the answer.",
    "`==` asks whether two values are equal; `=` keeps a value in a variable. As a statement of its own only `=` does \
     something.",
    run
);

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    for site in context.sites() {
        if let Action::Evaluate(evaluate) = site.action
            && let ExprKind::Binary { operator: BinaryOperator::Equal, left, right } = &evaluate.expression.kind
        {
            let hint = match left.kind {
                ExprKind::Name(_) => format!("Write `{left} = {right}` to keep the value."),
                _ => "Keep the answer in a variable: `name = …`.".to_owned(),
            };
            report.add(site.place, "This compares two values and forgets the answer.", hint);
        }
    }
}
