//! `read-before-set`: a variable that no way to the place has set.

use super::context::{Context, Place};
use super::flow::Known;
use super::{Check, Report, reads};
use crate::model::Formula;

pub(super) const CHECK: Check = check!(
    "read-before-set",
    Warning,
    "No way to this place sets the variable.",
    "The journey sets it, but only later or on other ways, so here it always stands for nothing. Set it before, or read \
     another variable.",
    run
);

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    let sheets: Vec<String> = context.journey.sheets().map(|sheet| sheet.name.to_lowercase()).collect();
    let mut look = |place: Place<'_>, formula: &Formula, known: &Known<'_>| {
        let mut seen = Vec::new();
        reads::names(formula, &mut |read| {
            let is_new = !seen.iter().any(|name| name == read.key);
            if is_new && known.lacks(read.key) && !sheets.iter().any(|sheet| sheet == read.key) {
                seen.push(read.key.to_owned());
                let message = format!("No way to this place sets `{}`.", read.name);
                report.add(place, message, "Set it before, or read another variable.");
            }
        });
    };
    for (index, node) in context.cards.iter().enumerate() {
        let Some(mut known) = context.flow.before(index) else { continue };
        // A label is read where a choice shows it, which may be anywhere.
        node.card.guard.iter().for_each(|guard| look(node.place(), guard, &known));
        for site in node.live() {
            site.parts.computed().for_each(|formula| look(site.place, formula, &known));
            known.pass(site.parts.sets);
        }
    }
}
