//! `unknown-global`: a global dictionary or key that is not there.

use expression::Value;

use super::context::Context;
use super::{Check, Report, did_you_mean, reads};

pub(super) const CHECK: Check = check!(
    "unknown-global",
    Warning,
    "There is no such global dictionary or key.",
    "Global dictionaries are kept in the settings of the organisation and read as `@global.dictionary.key`. Correct the \
     name, or add the key there.",
    run
);

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    let Some(Value::Map(globals)) = context.surroundings.globals else { return };
    let names = |map: &Value| match map {
        Value::Map(map) => map.keys().map(ToString::to_string).collect(),
        _ => Vec::new(),
    };
    let dictionaries: Vec<String> = globals.keys().map(ToString::to_string).collect();
    let find = |names: &[String], name: &str| names.iter().position(|other| other.eq_ignore_ascii_case(name));
    for (place, formula) in context.formulas() {
        formula.walk(&mut |node| {
            let mut missing = |known: &[String], name: &str, what: &str| {
                let near: Vec<&str> = known.iter().map(String::as_str).collect();
                let hint = did_you_mean(name, &near, "Add it to the global dictionaries.");
                report.add(place, format!("There is no global {what}."), hint);
            };
            if let Some(("global", _, dictionary)) = reads::field(node) {
                if find(&dictionaries, dictionary).is_none() {
                    missing(&dictionaries, dictionary, &format!("dictionary `{dictionary}`"));
                }
            } else if let Some((base, key)) = reads::member(node)
                && let Some(("global", _, dictionary)) = reads::field(base)
                && let Some(index) = find(&dictionaries, dictionary)
            {
                let keys: Vec<String> = globals.values().nth(index).map(names).unwrap_or_default();
                if find(&keys, key).is_none() {
                    missing(&keys, key, &format!("key `{dictionary}.{key}`"));
                }
            }
        });
    }
}
