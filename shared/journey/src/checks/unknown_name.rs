//! `unknown-name`: a name that stands for nothing.

use std::collections::{HashMap, HashSet};

use expression::{functions, nearest};

use super::context::{Context, Place};
use super::reads::{self, Read};
use super::{Check, Report};
use crate::model::Formula;

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
    each(context, &mut |unknown| {
        let name = unknown.read.name;
        let (message, advice) = match unknown.read.in_text {
            _ if unknown.is_loose() => return,
            true => (format!("Nothing sets `{name}`; `@{name}` stays as it is."), "Write `@@` for an @ that is only text."),
            false => (format!("Nothing sets `{name}`."), "Set it before."),
        };
        let hint = unknown.near.map_or_else(|| advice.to_owned(), |near| format!("Did you mean `{near}`?"));
        report.add(unknown.place, message, hint);
    });
}

/// A name that stands for nothing.
pub(super) struct Unknown<'u> {
    pub(super) place: Place<'u>,
    pub(super) read: Read<'u>,
    /// Whether it stands in a text for people.
    shown: bool,
    /// What may have been meant.
    near: Option<&'u str>,
}

impl Unknown<'_> {
    /// Whether it may well be meant as it stands, such as the name of an account: `@saludcerca`.
    pub(super) fn is_loose(&self) -> bool {
        self.shown && self.read.is_bare && self.near.is_none()
    }
}

/// Calls `visit` for each name that stands for nothing, once in a text or expression.
pub(super) fn each(context: &Context<'_>, visit: &mut dyn FnMut(&Unknown<'_>)) {
    let sheets: Vec<&str> = context.journey.sheets().map(|sheet| sheet.name.as_str()).collect();
    let mut known: Vec<&str> = context.flow.variables().to_vec();
    known.extend(&sheets);
    known.extend(EVERYWHERE);
    let mut found: HashMap<String, Option<&str>> = HashMap::new();
    let mut look = |place: Place<'_>, formula: &Formula, shown: bool| {
        let mut seen: HashSet<String> = HashSet::new();
        reads::names(formula, &mut |read| {
            let is_known = EVERYWHERE.contains(&read.key)
                || context.flow.has_variable(read.key)
                || sheets.iter().any(|sheet| sheet.eq_ignore_ascii_case(read.key));
            // `@upercase(name)` has a check of its own.
            let is_function = read.is_called && functions::suggest(read.key).is_some();
            if !is_known && !is_function && seen.insert(read.key.to_owned()) {
                let near = *found.entry(read.key.to_owned()).or_insert_with(|| nearest(read.name, &known));
                visit(&Unknown { place, read, shown, near });
            }
        });
    };
    for trigger in context.journey.triggers() {
        let place = Place { card: None, position: trigger.position };
        trigger.condition.iter().for_each(|condition| look(place, condition, false));
    }
    for node in &context.cards {
        node.card.guard.iter().for_each(|guard| look(node.place(), guard, false));
        node.card.label.iter().flat_map(|label| label.texts()).for_each(|text| look(node.place(), text, true));
        for site in &node.sites {
            site.parts.formulas.iter().for_each(|formula| look(site.place, formula, false));
            let texts = site.parts.words.iter().flat_map(|(_, words)| words.texts());
            texts.for_each(|text| look(site.place, text, true));
        }
    }
}
