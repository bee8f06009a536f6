//! `read-only-field`: a profile field that only the service itself sets.

use super::context::Context;
use super::{Check, Report};
use crate::statements::Action;

pub(super) const CHECK: Check = check!(
    "read-only-field",
    Fault,
    "Only the service itself sets this profile field.",
    "A journey can read it, but what `update_contact` writes there is refused. Write another field.",
    run
);

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    for site in context.sites() {
        let Action::UpdateContact(update) = site.action else { continue };
        for (name, _) in &update.fields {
            if context.surroundings.field(name).is_some_and(|field| field.read_only) {
                report.add(site.place, format!("The field `{name}` cannot be changed."), "Write another field.");
            }
        }
    }
}
