//! `insecure-media`: a file at an address that begins with `http://`.

use super::context::Context;
use super::{Check, Report, reads};
use crate::model::Formula;
use crate::statements::Action;

pub(super) const CHECK: Check = check!(
    "insecure-media",
    Warning,
    "The address of this file begins with `http://`.",
    "Whoever is on the way to that address can read the file and put another one in its place. Use `https://`, or keep the \
     file in the media library.",
    run
);

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    for site in context.sites() {
        let url: Option<&Formula> = match site.action {
            Action::Media(media) => Some(&media.url),
            Action::SendMessageTemplate(template) => template.header.as_ref().map(|(_, url)| url),
            _ => None,
        };
        let mut is_insecure = false;
        if let Some(url) = url {
            reads::texts(url, &mut |text| is_insecure |= text.trim_start().starts_with("http://"));
        }
        if is_insecure {
            report.add(site.place, "The address of this file begins with `http://`.", "Use `https://`.");
        }
    }
}
