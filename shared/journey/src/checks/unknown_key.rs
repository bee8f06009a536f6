//! `unknown-key`: a key a dictionary of the journey does not have.

use super::context::Context;
use super::{Check, Report, did_you_mean, reads};
use crate::model::SheetKind;

pub(super) const CHECK: Check = check!(
    "unknown-key",
    Warning,
    "The dictionary has no such key.",
    "The value is always empty, and in a text people read the reference as it was typed. Correct the key, or add it to \
     the dictionary.",
    run
);

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    let dictionaries: Vec<_> = context.journey.sheets().filter(|sheet| sheet.kind == SheetKind::Dictionary).collect();
    if dictionaries.is_empty() {
        return;
    }
    for (place, formula) in context.formulas() {
        formula.walk(&mut |node| {
            let Some((base, key)) = reads::member(node) else { return };
            let Some((name, "items", _)) = reads::field(base) else { return };
            // A variable of the same name hides the dictionary.
            if context.flow.has_variable(name) {
                return;
            }
            let Some(sheet) = dictionaries.iter().find(|sheet| sheet.name.eq_ignore_ascii_case(name)) else { return };
            let keys: Vec<&str> = sheet.rows.iter().filter_map(|row| row.first()).map(String::as_str).collect();
            if !keys.iter().any(|known| known.eq_ignore_ascii_case(key)) {
                let message = format!("The dictionary `{}` has no key `{key}`.", sheet.name);
                report.add(place, message, did_you_mean(key, &keys, "Add it to the dictionary."));
            }
        });
    }
}
