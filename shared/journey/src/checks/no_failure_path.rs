//! `no-failure-path`: the answer of a web service is used, and nobody asks whether there was one.

use std::collections::HashSet;

use expression::ExprKind;

use super::context::Context;
use super::{Check, Report, reads};
use crate::statements::Action;

pub(super) const CHECK: Check = check!(
    "no-failure-path",
    Warning,
    "Nothing looks at whether this web service answered.",
    "A service that fails or is slow gives no `.body`, and what is computed from it is empty: people get texts with holes \
     in them. Look at `.status`, `.ok` or `.error` in a condition and lead to a card that says so. Reported once for each \
     variable.",
    run
);

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    let mut used: HashSet<String> = HashSet::new();
    let mut checked: HashSet<String> = HashSet::new();
    for (_, formula) in context.formulas() {
        reads::fields(formula, &mut |variable, field, _| match field {
            "status" | "ok" | "error" => {
                checked.insert(variable.to_owned());
            }
            "body" => {
                used.insert(variable.to_owned());
            }
            _ => {}
        });
        // `is_nil_or_empty(page.body.results)`
        formula.walk(&mut |node| {
            if let ExprKind::Call { name, arguments } = &node.kind
                && matches!(name.key(), "is_nil_or_empty" | "is_error")
            {
                arguments.iter().for_each(|argument| {
                    reads::names(&argument.value, &mut |read| {
                        checked.insert(read.key.to_owned());
                    });
                });
            }
        });
        // `page.body == nil`
        formula.walk(&mut |node| {
            if let ExprKind::Binary { left, right, .. } = &node.kind
                && matches!(right.kind, ExprKind::Null)
            {
                reads::names(left, &mut |read| {
                    checked.insert(read.key.to_owned());
                });
            }
        });
    }
    let mut reported: HashSet<String> = HashSet::new();
    for site in context.sites() {
        let Action::Http(http) = site.action else { continue };
        let Some(variable) = &http.variable else { continue };
        let key = variable.to_lowercase();
        if used.contains(&key) && !checked.contains(&key) && reported.insert(key) {
            let hint = format!("Lead elsewhere when `{variable}.ok` is not true.");
            report.add(site.place, format!("Nothing looks at whether `{variable}` has an answer."), hint);
        }
    }
}
