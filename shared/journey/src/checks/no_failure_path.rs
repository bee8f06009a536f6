//! `no-failure-path`: the answer of a web service is used, and nobody asks whether there was one.

use std::collections::HashSet;

use expression::{Expr, ExprKind};

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
        formula.walk(&mut |node| {
            if let Some((variable, field, _)) = reads::field(node) {
                match field {
                    "status" | "ok" | "error" => checked.insert(variable.to_owned()),
                    _ => used.insert(variable.to_owned()),
                };
            }
            if let Some(subject) = asked_for_nothing(node) {
                add_names(subject, &mut checked);
            }
        });
    }
    // `topics = page.body.topics`: whoever looks at `topics` looks at `page`.
    let mut before = 0;
    while before != checked.len() {
        before = checked.len();
        for site in context.sites() {
            if let Action::Assign(assign) = site.action
                && checked.contains(&assign.variable.to_lowercase())
            {
                add_names(&assign.value, &mut checked);
            }
        }
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

/// What an expression asks whether it is there: `is_nil_or_empty(page.body)`, `page.body == nil`.
fn asked_for_nothing(node: &Expr) -> Option<&Expr> {
    match &node.kind {
        ExprKind::Call { name, arguments } if matches!(name.key(), "is_nil_or_empty" | "is_error") => {
            arguments.first().map(|argument| &argument.value)
        }
        ExprKind::Binary { left, right, .. } if matches!(right.kind, ExprKind::Null) => Some(left),
        _ => None,
    }
}

fn add_names(expr: &Expr, names: &mut HashSet<String>) {
    reads::names(expr, &mut |read| {
        names.insert(read.key.to_owned());
    });
}
