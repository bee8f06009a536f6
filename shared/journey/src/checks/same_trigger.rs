//! `same-trigger`: two triggers that want the same messages.

use super::context::{Context, Place};
use super::{Check, Report};
use crate::model::Trigger;

pub(super) const CHECK: Check = check!(
    "same-trigger",
    Warning,
    "Another trigger wants exactly the same.",
    "When two journeys want the same message only one gets it, the one published last; by the clock both start. A trigger \
     written twice in one journey starts it once. Change one of them, or delete it.",
    run
);

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    let triggers: Vec<&Trigger> = context.journey.triggers().collect();
    for (index, trigger) in triggers.iter().enumerate() {
        let place = Place { card: None, position: trigger.position };
        let hint = "Change one of them, or delete it.";
        if triggers.iter().take(index).any(|other| is_same(trigger, other)) {
            report.add(place, "This trigger is there twice.", hint);
        }
        // By the clock any number of journeys may start at once.
        let neighbours = context.surroundings.journeys.filter(|_| !trigger.event.is_timed());
        for neighbour in neighbours.unwrap_or_default() {
            let is_other = context.surroundings.id != Some(neighbour.id.as_str());
            if is_other && neighbour.triggers.iter().any(|other| is_same(trigger, other)) {
                report.add(place, format!("The journey `{}` has the same trigger.", neighbour.name), hint);
            }
        }
    }
}

fn is_same(one: &Trigger, other: &Trigger) -> bool {
    one.event == other.event && one.condition == other.condition
}
