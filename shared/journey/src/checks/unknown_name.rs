//! `unknown-name`: a name that stands for nothing.

use std::collections::{HashMap, HashSet};

use expression::functions;

use super::context::Context;
use super::{Check, Report, did_you_mean, reads};

pub(super) const CHECK: Check = check!(
    "unknown-name",
    Warning,
    "Nothing in the journey sets this name.",
    "It is no variable, dictionary or table of the journey, and none of `contact`, `event`, `global` and `block`. In a \
     condition or calculation it stands for nothing; in a text it stays as it was typed, and people read `@name`. Correct \
     the name, or write `@@` for an @ that is only text.",
    run
);

/// What every journey has.
const EVERYWHERE: [&str; 4] = ["contact", "event", "global", "block"];

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    let sheets: Vec<&str> = context.journey.sheets().map(|sheet| sheet.name.as_str()).collect();
    let mut known: Vec<&str> = context.flow.variables().to_vec();
    known.extend(&sheets);
    known.extend(EVERYWHERE);
    let mut nearest: HashMap<String, String> = HashMap::new();
    for (place, formula) in context.formulas() {
        let mut seen: HashSet<String> = HashSet::new();
        reads::names(formula, &mut |read| {
            let is_known = EVERYWHERE.contains(&read.key)
                || context.flow.has_variable(read.key)
                || sheets.iter().any(|sheet| sheet.eq_ignore_ascii_case(read.key));
            // `@upercase(name)` has a check of its own.
            let is_function = read.is_called && functions::suggest(read.key).is_some();
            if is_known || is_function || !seen.insert(read.key.to_owned()) {
                return;
            }
            let message = match read.in_text {
                true => format!("Nothing sets `{}`; people would read `@{}`.", read.name, read.name),
                false => format!("Nothing sets `{}`.", read.name),
            };
            let otherwise = if read.in_text { "Write `@@` for an @ that is only text." } else { "Set it before." };
            let near = nearest.entry(read.key.to_owned()).or_insert_with(|| did_you_mean(read.name, &known, otherwise));
            report.add(place, message, near.as_str());
        });
    }
}
