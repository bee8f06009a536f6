//! `missing-default`: a name whose cards all have a condition.

use expression::{BinaryOperator, Expr, ExprKind};

use super::context::Context;
use super::{Check, Report};

pub(super) const CHECK: Check = check!(
    "missing-default",
    Warning,
    "All cards of this name have a condition, and it may happen that none holds.",
    "Whoever comes there then skips all of them and goes on where the first one leads, or falls out of the journey without a \
     word when it leads nowhere. Add a card of the same name without `when`: it is taken when no condition holds.",
    run
);

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    for cards in context.names.values() {
        let nodes: Vec<_> = cards.iter().filter_map(|card| context.cards.get(*card)).collect();
        let guards: Vec<&Expr> = nodes.iter().filter_map(|node| node.card.guard.as_deref()).collect();
        let is_reached = cards.iter().any(|card| context.flow.is_reached(*card));
        let covers = |guard: &&Expr| guards.iter().any(|other| is_opposite(guard, other));
        let Some(last) = nodes.last().filter(|_| is_reached && guards.len() == nodes.len()) else { continue };
        let then = nodes.first().and_then(|first| first.card.then.as_ref());
        // Whoever begins with a condition on the first card means that nothing happens otherwise.
        let is_first = cards.contains(&0) && nodes.len() == 1 && then.is_none();
        if !is_first && !guards.iter().any(covers) {
            let name = &last.card.name;
            let happens = match then {
                Some(then) => format!("The journey goes on at `{then}`"),
                None => "The journey ends without a word".to_owned(),
            };
            let message = format!("{happens} when no condition of the cards `{name}` holds.");
            report.add(last.place(), message, format!("Add a card `{name}` without `when`."));
        }
    }
}

/// Whether one of two conditions surely holds.
fn is_opposite(one: &Expr, other: &Expr) -> bool {
    use BinaryOperator as B;
    match (&one.kind, &other.kind) {
        (ExprKind::Not(inner), _) if **inner == *other => true,
        (
            ExprKind::Binary { operator, left, right },
            ExprKind::Binary { operator: other, left: other_left, right: other_right },
        ) if left == other_left => match (operator, other) {
            (B::Equal, B::Equal) => {
                matches!((&right.kind, &other_right.kind), (ExprKind::Bool(one), ExprKind::Bool(other)) if one != other)
            }
            (B::Equal, B::NotEqual) | (B::Less, B::GreaterOrEqual) | (B::Greater, B::LessOrEqual) => {
                right == other_right
            }
            _ => false,
        },
        _ => false,
    }
}
