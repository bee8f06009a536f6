//! `template-buttons`: other buttons than the template has.

use super::context::Context;
use super::unknown_template::template;
use super::{Check, Report};
use crate::statements::{Action, Choices};

pub(super) const CHECK: Check = check!(
    "template-buttons",
    Fault,
    "The template does not have these buttons.",
    "The buttons of a template are fixed when it is approved; the journey only says what each leads to. Name as many as \
     the template has, in its order.",
    run
);

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    for site in context.sites() {
        let Action::SendMessageTemplate(sent) = site.action else { continue };
        let Some(known) = template(context, sent) else { continue };
        let given = match &sent.buttons {
            None | Some(Choices::Dynamic { .. }) => continue,
            Some(Choices::Cards(cards)) => cards.len(),
            Some(Choices::Labelled(labels)) => labels.len(),
            Some(Choices::Values(values)) => values.len(),
        };
        if given != known.buttons.len() {
            let message = format!("The template `{}` has {} quick replies, not {given}.", known.name, known.buttons.len());
            let hint = match known.buttons.as_slice() {
                [] => "Leave `buttons:` out.".to_owned(),
                titles => format!("They are: {}.", titles.join(", ")),
            };
            report.add(site.place, message, hint);
        }
    }
}
