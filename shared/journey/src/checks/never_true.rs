//! `never-true`: a condition that cannot hold.

use super::conditions::outcome;
use super::context::{Condition, Context};
use super::{Check, Report};

pub(super) const CHECK: Check = check!(
    "never-true",
    Warning,
    "This condition never holds, whatever the data.",
    "It compares one thing with two different values at once (use `or`), asks for a number between bounds that exclude \
     each other, compares `lower(…)` with capitals, or reads no data at all. A trigger with it never starts the journey, \
     and a card with it is never taken.",
    run
);

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    for (place, asked, condition) in context.conditions() {
        if outcome(condition) == Some(false) {
            let message = match asked {
                Condition::Trigger => "This trigger never starts the journey: its condition cannot hold.",
                Condition::Card => "This card is never taken: its condition cannot hold.",
                Condition::Then => "This `then` is never followed: its condition cannot hold.",
            };
            report.add(place, message, "Correct the condition; `or` joins what is not true at once.");
        }
    }
}
