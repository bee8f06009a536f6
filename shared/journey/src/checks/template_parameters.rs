//! `template-parameters`: more or fewer values than the template has placeholders.

use expression::ExprKind;

use super::context::Context;
use super::unknown_template::template;
use super::{Check, Report};
use crate::statements::Action;

pub(super) const CHECK: Check = check!(
    "template-parameters",
    Fault,
    "The template does not have as many placeholders as values are given.",
    "WhatsApp refuses a template when a value is missing or left over. Give one value for each `{{…}}`, in order.",
    run
);

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    for site in context.sites() {
        let Action::SendMessageTemplate(sent) = site.action else { continue };
        let Some(known) = template(context, sent) else { continue };
        let given = match sent.parameters.as_ref().map(|parameters| &parameters.kind) {
            None => 0,
            Some(ExprKind::List(values)) => values.len(),
            Some(_) => continue,
        };
        if given != known.parameters {
            let message =
                format!("The template `{}` has {} placeholders; {given} values are given.", known.name, known.parameters);
            report.add(site.place, message, "Give one value for each placeholder, in order.");
        }
    }
}
