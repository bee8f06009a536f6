//! `unknown-journey`: a journey that is to be run, scheduled or cancelled and is not there.

use super::context::Context;
use super::{Check, Report, did_you_mean};
use crate::statements::Action;

pub(super) const CHECK: Check = check!(
    "unknown-journey",
    Error,
    "There is no journey of this id or name.",
    "Nothing is run, scheduled or cancelled there. Correct the name, or create the journey first.",
    run
);

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    let Some(journeys) = context.surroundings.journeys else { return };
    let names: Vec<&str> = journeys.iter().map(|journey| journey.name.as_str()).collect();
    for site in context.sites() {
        let journey = match site.action {
            Action::RunStack(run) => &run.journey,
            Action::ScheduleStack(schedule) => &schedule.journey,
            Action::CancelScheduledStacks(cancel) => &cancel.journey,
            _ => continue,
        };
        let Some(reference) = journey.as_text() else { continue };
        let is_known = |name: &str| name == reference;
        if !journeys.iter().any(|journey| is_known(&journey.id) || is_known(&journey.name)) {
            let hint = did_you_mean(reference, &names, "Create the journey first.");
            report.add(site.place, format!("There is no journey `{reference}`."), hint);
        }
    }
}
