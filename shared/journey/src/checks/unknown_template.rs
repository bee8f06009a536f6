//! `unknown-template`: a template that is not there, or not in this language.

use super::context::Context;
use super::{Check, KnownTemplate, Report, did_you_mean};
use crate::statements::{Action, SendMessageTemplate};

pub(super) const CHECK: Check = check!(
    "unknown-template",
    Fault,
    "There is no approved template of this name in this language.",
    "WhatsApp refuses the message. Correct the name or the language, or have the template approved first.",
    run
);

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    let Some(templates) = context.surroundings.templates else { return };
    let names: Vec<&str> = templates.iter().map(|template| template.name.as_str()).collect();
    for site in context.sites() {
        let Action::SendMessageTemplate(sent) = site.action else { continue };
        let (Some(name), Some(language)) = (sent.name.as_text(), sent.language.as_text()) else { continue };
        let languages: Vec<&str> =
            templates.iter().filter(|known| known.name == name).map(|known| known.language.as_str()).collect();
        if languages.is_empty() {
            let hint = did_you_mean(name, &names, "Have it approved first.");
            report.add(site.place, format!("There is no template `{name}`."), hint);
        } else if !languages.contains(&language) {
            let hint = format!("It is there in: {}.", languages.join(", "));
            report.add(site.place, format!("There is no template `{name}` in the language `{language}`."), hint);
        }
    }
}

/// The template that is sent, when it is known.
pub(super) fn template<'a>(context: &Context<'a>, sent: &SendMessageTemplate) -> Option<&'a KnownTemplate> {
    let (name, language) = (sent.name.as_text()?, sent.language.as_text()?);
    context.surroundings.templates?.iter().find(|known| known.name == name && known.language == language)
}
