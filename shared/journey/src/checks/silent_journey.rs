//! `silent-journey`: a journey that is to be run or scheduled and is there, but does not run.

use super::context::Context;
use super::{Check, Report, unknown_journey};

pub(super) const CHECK: Check = check!(
    "silent-journey",
    Warning,
    "The journey of this id or name was not published, or is switched off.",
    "Nothing is run or scheduled there until it is published and enabled; the journey goes on after the statement.",
    run
);

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    for named in unknown_journey::named(context) {
        if named.neighbour.is_some_and(|neighbour| !neighbour.runs) {
            let message = format!("The journey `{}` does not run.", named.reference);
            report.add(named.place, message, "Nothing is started here until it is published and enabled.");
        }
    }
}
