//! `unescaped-json`: an answer put between quotation marks into JSON.

use std::collections::HashSet;

use expression::{Expr, ExprKind, TemplatePiece};

use super::context::Context;
use super::{Check, Report, reads};
use crate::statements::Action;

pub(super) const CHECK: Check = check!(
    "unescaped-json",
    Warning,
    "What somebody wrote is put into JSON as it is.",
    "An answer with a quotation mark or a line end in it makes JSON that the service cannot read, and people write both. \
     `@json(answer)` writes it as JSON, with the quotation marks: leave those around it out.",
    run
);

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    let asked: HashSet<String> = context
        .sites()
        .filter(|site| matches!(site.action, Action::Ask(_)))
        .filter_map(|site| site.parts.sets.map(str::to_lowercase))
        .collect();
    for site in context.sites() {
        let Action::Http(http) = site.action else { continue };
        let Some(ExprKind::Interpolated(body)) = http.body.as_ref().map(|body| &body.kind) else { continue };
        let pieces: Vec<TemplatePiece<'_>> = body.pieces().collect();
        let is_json = matches!(pieces.first(), Some(TemplatePiece::Text(text)) if text.trim_start().starts_with(['{', '[']));
        let quoted = pieces.windows(3).find_map(|around| match around {
            [TemplatePiece::Text(before), TemplatePiece::Expression(expr), TemplatePiece::Text(after)] => {
                let is_quoted = before.ends_with('"') && after.starts_with('"');
                (is_quoted && is_written(expr, &asked)).then_some(*expr)
            }
            _ => None,
        });
        if let Some(expr) = quoted.filter(|_| is_json) {
            let message = format!("`{expr}` is what somebody wrote; a quotation mark in it breaks this JSON.");
            report.add(site.place, message, format!("Write `@json({expr})`, without quotation marks around it."));
        }
    }
}

/// Whether this is a text somebody wrote, as it is: an answer, a message, a name.
fn is_written(expr: &Expr, asked: &HashSet<String>) -> bool {
    match &expr.kind {
        ExprKind::Name(name) => asked.contains(name.key()),
        ExprKind::Member { .. } => match reads::field(expr) {
            Some(("contact", "name" | "surname" | "whatsapp_profile_name", _)) => true,
            _ => expr.to_string().eq_ignore_ascii_case("event.message.text.body"),
        },
        _ => false,
    }
}
