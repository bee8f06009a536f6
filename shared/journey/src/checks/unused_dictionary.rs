//! `unused-dictionary`: a dictionary or table nothing reads.

use std::collections::HashSet;

use super::context::{Context, Place};
use super::{Check, Report, reads};

pub(super) const CHECK: Check = check!(
    "unused-dictionary",
    Hint,
    "Nothing reads this dictionary or table.",
    "It is read as `@name.items.key` (a dictionary) or `name.rows[0].column` (a table). Delete it, or correct the name \
     where it was meant to be read.",
    run
);

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    if context.journey.sheets().next().is_none() {
        return;
    }
    let mut read: HashSet<String> = HashSet::new();
    for (_, formula) in context.formulas() {
        reads::names(formula, &mut |name| {
            read.insert(name.key.to_owned());
        });
    }
    for sheet in context.journey.sheets() {
        if !read.contains(&sheet.name.to_lowercase()) {
            let place = Place { card: None, position: sheet.position };
            report.add(place, format!("Nothing reads `{}`.", sheet.name), "Delete it, or read it where it was meant to be.");
        }
    }
}
