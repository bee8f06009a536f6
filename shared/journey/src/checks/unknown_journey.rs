//! `unknown-journey`: a journey that is to be run, scheduled or cancelled and is not there.

use super::context::{Context, Place};
use super::{Check, Neighbour, Report, did_you_mean};
use crate::statements::Action;

pub(super) const CHECK: Check = check!(
    "unknown-journey",
    Warning,
    "There is no journey of this id or name.",
    "Nothing is run, scheduled or cancelled there; the journey goes on after the statement. Correct the name, or create the \
     journey.",
    run
);

/// A place where another journey is named.
pub(super) struct Named<'a> {
    pub(super) place: Place<'a>,
    /// Its id or name.
    pub(super) reference: &'a str,
    /// The journey, when there is one.
    pub(super) neighbour: Option<&'a Neighbour>,
}

/// The places where another journey is named; none when it is not known which there are.
pub(super) fn named<'a>(context: &'a Context<'_>) -> impl Iterator<Item = Named<'a>> {
    let known = context.surroundings.journeys;
    context.sites().filter_map(move |site| {
        let journey = match site.action {
            Action::RunStack(run) => &run.journey,
            Action::ScheduleStack(schedule) => &schedule.journey,
            Action::CancelScheduledStacks(cancel) => &cancel.journey,
            _ => return None,
        };
        let reference = journey.as_text()?;
        let neighbour = known?.iter().find(|neighbour| neighbour.id == reference || neighbour.name == reference);
        Some(Named { place: site.place, reference, neighbour })
    })
}

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    let journeys = context.surroundings.journeys.unwrap_or_default();
    let names: Vec<&str> = journeys.iter().map(|journey| journey.name.as_str()).collect();
    for Named { place, reference, neighbour } in named(context) {
        if neighbour.is_none() {
            let hint = did_you_mean(reference, &names, "Nothing is started here until there is one.");
            report.add(place, format!("There is no journey `{reference}`."), hint);
        }
    }
}
