//! `free-form-trigger`: a journey that starts by the clock and does not begin with a template.

use super::context::Context;
use super::{Check, Report};
use crate::statements::Action;

pub(super) const CHECK: Check = check!(
    "free-form-trigger",
    Warning,
    "The journey starts by the clock, and its first message is not a template.",
    "WhatsApp takes free messages only within 24 hours after the contact wrote; whoever wrote earlier gets nothing. Begin \
     with `send_message_template`, and go on freely once somebody has answered.",
    run
);

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    let mut triggers = context.journey.triggers().peekable();
    if triggers.peek().is_none() || triggers.any(|trigger| !trigger.event.is_timed()) {
        return;
    }
    let Some(first) = context.cards.first() else { return };
    let mut seen = vec![false; context.cards.len()];
    let mut waiting: Vec<usize> = context.named(&first.card.name).to_vec();
    let mut reported = Vec::new();
    while let Some(index) = waiting.pop() {
        let (Some(node), Some(seen)) = (context.cards.get(index), seen.get_mut(index)) else { continue };
        if std::mem::replace(seen, true) {
            continue;
        }
        // What another journey sends is not known here.
        let may_open = |action: &Action| matches!(action, Action::SendMessageTemplate(_) | Action::RunStack(_));
        match node.live().iter().find(|site| is_free(site.action) || may_open(site.action)) {
            Some(site) if is_free(site.action) => reported.push(site.place),
            Some(_) => {}
            None => waiting.extend(node.exits.iter().flat_map(|exit| context.named(exit.to))),
        }
    }
    reported.sort_by_key(|place| (place.position.line, place.position.column));
    if let Some(place) = reported.first() {
        let message = "The journey starts by the clock, and this is its first message.";
        report.add(*place, message, "Begin with `send_message_template`.");
    }
}

/// Whether this sends what may be sent only within the window.
fn is_free(action: &Action) -> bool {
    use Action as A;
    matches!(
        action,
        A::Text(_)
            | A::Media(_)
            | A::Buttons(_)
            | A::List(_)
            | A::Ask(_)
            | A::SendContent(_)
            | A::RequestLocation(_)
            | A::WhatsappFlow(_)
            | A::CallToAction(_)
            | A::Catalog(_)
    )
}
