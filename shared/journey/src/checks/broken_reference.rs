//! `broken-reference`: what begins like a reference in a text and is none.

use expression::{ExprKind, parse_template};

use super::context::Context;
use super::{Check, Report};
use crate::problem::sentence;

pub(super) const CHECK: Check = check!(
    "broken-reference",
    Warning,
    "This begins like a reference and cannot be read as one, so it stays text.",
    "A bracket is not closed, a function is misspelled, or an operator has nothing behind it: people read the `@(…` as it \
     was typed. Correct it, or write `@@` for an @ that is only text.",
    run
);

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    for (place, formula) in context.formulas() {
        formula.walk(&mut |node| {
            let problems = match &node.kind {
                ExprKind::Interpolated(template) => template.problems(),
                ExprKind::Text(text) if text.contains('@') => parse_template(text).problems(),
                _ => return,
            };
            // Functions that do not exist inside of brackets are errors of the compiler.
            let calls: usize = node.check().len();
            for problem in problems.iter().take(problems.len() - calls.min(problems.len())) {
                let hint = problem.hint.clone().map_or_else(|| "Write `@@` for an @ that is only text.".to_owned(), sentence);
                report.add(place, sentence(format!("in this text, {}", problem.message)), hint);
            }
        });
    }
}
