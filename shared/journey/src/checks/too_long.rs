//! `too-long`: a text longer than WhatsApp shows, whatever its references stand for.

use expression::{BinaryOperator, Expr, ExprKind, TemplatePiece};

use super::context::Context;
use super::parts::Shown;
use super::{Check, Report};
use crate::statements::Action;

pub(super) const CHECK: Check = check!(
    "too-long",
    Warning,
    "This text is longer than WhatsApp shows.",
    "A longer text or body of a question goes out as several messages; a caption, header, footer or title is cut. What \
     references stand for comes on top of the length that is counted here. Shorten it, in every language.",
    run
);

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    for node in &context.cards {
        for site in &node.sites {
            for (shown, words) in &site.parts.words {
                let shown = match (shown, site.owner) {
                    (Shown::Text, Some(owner)) if !matches!(owner, Action::Ask(_)) => Shown::Body,
                    (shown, _) => *shown,
                };
                let (what, limit) = shown.limit();
                for text in words.texts() {
                    let is_compiled = shown.is_compiled() && text.as_text().is_some();
                    let length = length(text);
                    if length > limit && !is_compiled {
                        let message = format!("This {what} has {length} characters or more; WhatsApp shows {limit}.");
                        report.add(site.place, message, "Shorten it.");
                    }
                }
            }
        }
    }
}

/// How many characters a text has in any case, in the longest of its variants.
fn length(expr: &Expr) -> usize {
    match &expr.kind {
        ExprKind::Text(text) => text.trim().chars().count(),
        ExprKind::Interpolated(template) => {
            let pieces = template.pieces().map(|piece| match piece {
                TemplatePiece::Text(text) => text.chars().count(),
                TemplatePiece::Expression(expr) => length(expr),
            });
            pieces.sum()
        }
        ExprKind::Binary { operator: BinaryOperator::Concatenate, left, right } => length(left) + length(right),
        ExprKind::Call { name, arguments } => {
            let lengths = arguments.iter().map(|argument| length(&argument.value));
            match name.key() {
                "if" => lengths.skip(1).max().unwrap_or(0),
                "concatenate" => lengths.sum(),
                _ => 0,
            }
        }
        _ => 0,
    }
}
