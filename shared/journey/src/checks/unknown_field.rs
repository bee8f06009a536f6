//! `unknown-field`: a profile field the organisation does not have.

use super::context::{Context, Place};
use super::{Check, Report, did_you_mean, reads};
use crate::model::TriggerEvent;
use crate::statements::Action;

pub(super) const CHECK: Check = check!(
    "unknown-field",
    Fault,
    "There is no such profile field.",
    "What is read there is always empty, and what is written is lost. Correct the name, or create the field first.",
    run
);

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    if context.surroundings.fields.is_none() {
        return;
    }
    let names = context.surroundings.field_names();
    let mut look = |place: Place<'_>, name: &str| {
        if context.surroundings.field(name).is_none() {
            let hint = did_you_mean(name, &names, "Create the field first.");
            report.add(place, format!("There is no profile field `{name}`."), hint);
        }
    };
    for (place, formula) in context.formulas() {
        let mut seen = Vec::new();
        reads::fields(formula, &mut |base, key, written| {
            if base == "contact" && !seen.iter().any(|other| other == key) {
                seen.push(key.to_owned());
                look(place, written);
            }
        });
    }
    for site in context.sites() {
        if let Action::UpdateContact(update) = site.action {
            update.fields.iter().for_each(|(name, _)| look(site.place, name));
        }
    }
    for trigger in context.journey.triggers() {
        if let TriggerEvent::Interval { relative_to, .. } = &trigger.event
            && let Some(name) = relative_to.trim_start_matches('@').strip_prefix("contact.")
        {
            look(Place { card: None, position: trigger.position }, name);
        }
    }
}
