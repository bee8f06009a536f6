//! `timeout-range`: a timeout nobody can keep, or that outlasts the window.

use expression::ExprKind;

use super::context::Context;
use super::{Check, Report};
use crate::model::Setting;
use crate::statements::Action;

pub(super) const CHECK: Check = check!(
    "timeout-range",
    Warning,
    "This timeout is very short or very long.",
    "In less than 30 seconds hardly anybody reads a message and answers it. After 24 hours without a word from the contact \
     WhatsApp takes only templates, so what the card behind `then:` says would not arrive; `wait` pauses for a day at most.",
    run
);

/// Time to read a message and to answer it, in seconds.
const LEAST: u32 = 30;
/// The window in which free messages may be sent, in seconds.
const WINDOW: u32 = 24 * 60 * 60;

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    for (place, setting) in context.settings() {
        match setting {
            Setting::InteractionTimeout { seconds, .. } | Setting::ClaimTimeout(seconds) if *seconds < LEAST => {
                let message = format!("People have {seconds} seconds to answer.");
                report.add(place, message, "Give them 30 at least.");
            }
            Setting::InteractionTimeout { seconds, then: Some(then) } if *seconds >= WINDOW => {
                let message = format!("After {seconds} seconds `{then}` can send nothing but templates.");
                report.add(place, message, "Stay below 86400 seconds, or begin that card with a template.");
            }
            _ => {}
        }
    }
    for node in &context.cards {
        let Some(seconds) = node.card.timeout else { continue };
        if seconds < LEAST {
            let message = format!("People have {seconds} seconds to answer.");
            report.add(node.place(), message, "Give them 30 at least.");
        } else if let Some(then) = node.card.on_timeout.as_ref().filter(|_| seconds >= WINDOW) {
            let message = format!("After {seconds} seconds `{then}` can send nothing but templates.");
            report.add(node.place(), message, "Stay below 86400 seconds, or begin that card with a template.");
        }
    }
    for site in context.sites() {
        if let Action::Wait(wait) = site.action
            && let ExprKind::Int(seconds) = wait.seconds.kind
            && seconds > i64::from(WINDOW)
        {
            let hint = "Use `schedule_stack` for what happens later.";
            report.add(site.place, "A journey pauses for a day at most.", hint);
        }
    }
}
