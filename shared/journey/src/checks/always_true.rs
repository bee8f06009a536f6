//! `always-true`: a condition that holds in any case.

use super::conditions::outcome;
use super::context::{Condition, Context, Place};
use super::{Check, Report};
use crate::model::TriggerEvent;

pub(super) const CHECK: Check = check!(
    "always-true",
    Warning,
    "This condition holds in any case.",
    "A trigger on \"MESSAGE RECEIVED\" without a condition, or with one that always holds, takes every message before \
     others get it; \"CATCH ALL\" takes what nothing else wanted. A card with it hides the cards of its name below. \
     `x != 1 or x != 2` always holds: `and` is meant.",
    run
);

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    for (place, asked, condition) in context.conditions() {
        if outcome(condition) == Some(true) {
            let (message, hint) = match asked {
                Condition::Trigger => ("The condition of this trigger always holds.", "Correct it, or leave it out."),
                Condition::Card => ("The condition of this card always holds.", "Correct it, or leave the `when` out."),
                Condition::Then => ("The condition of this `then` always holds.", "Correct it, or leave the `when` out."),
            };
            report.add(place, message, hint);
        }
    }
    for trigger in context.journey.triggers() {
        if trigger.event == TriggerEvent::MessageReceived && trigger.condition.is_none() {
            let place = Place { card: None, position: trigger.position };
            let hint = "Add a condition with `when`, or write \"CATCH ALL\".";
            report.add(place, "This trigger takes every message before other journeys get it.", hint);
        }
    }
}
