//! Conditions whose outcome is certain.

use expression::{BinaryOperator, Environment, Expr, ExprKind, Value};
use jiff::{Timestamp, tz::TimeZone};

use super::reads;

/// Functions that give something else each time.
const FICKLE: [&str; 4] = ["now", "today", "rand_between", "datetime_next"];

/// Whether an expression looks at the clock or at chance.
pub(super) fn is_fickle(expr: &Expr) -> bool {
    let mut fickle = false;
    expr.walk(&mut |node| {
        if let ExprKind::Call { name, .. } = &node.kind {
            fickle |= FICKLE.contains(&name.key());
        }
    });
    fickle
}

/// Whether a condition surely holds or surely does not, whatever the data.
pub(super) fn outcome(condition: &Expr) -> Option<bool> {
    if let Some(value) = constant(condition) {
        return match value.acting() {
            Value::Bool(value) => Some(*value),
            _ => None,
        };
    }
    let parts = Parts::of(condition);
    match parts.operator {
        Some(BinaryOperator::And) if parts.contradict() => Some(false),
        Some(BinaryOperator::Or) if parts.exhaust() => Some(true),
        Some(BinaryOperator::And) if parts.items.iter().any(|part| outcome(part) == Some(false)) => Some(false),
        Some(BinaryOperator::Or) if parts.items.iter().any(|part| outcome(part) == Some(true)) => Some(true),
        Some(_) => None,
        None => simple(condition),
    }
}

/// The value of an expression that reads nothing.
fn constant(expr: &Expr) -> Option<Value> {
    let mut reads_nothing = !is_fickle(expr);
    reads::names(expr, &mut |_| reads_nothing = false);
    let environment = Environment::new(Timestamp::UNIX_EPOCH, TimeZone::UTC).with_budget(10_000);
    let scope = |_: &str| None;
    reads_nothing.then(|| expr.evaluate(&scope, &environment).ok())?
}

/// A condition without `and` and `or`.
fn simple(condition: &Expr) -> Option<bool> {
    use BinaryOperator as B;
    match &condition.kind {
        ExprKind::Not(inner) => outcome(inner).map(|outcome| !outcome),
        ExprKind::Binary { operator: B::NotEqual | B::Less | B::Greater, left, right } if left == right => {
            (!is_fickle(left)).then_some(false)
        }
        // `lower(x) == "Yes"`
        ExprKind::Binary { operator: B::Equal, left, right } => {
            let (ExprKind::Call { name, .. }, ExprKind::Text(text)) = (&left.kind, &right.kind) else { return None };
            let fits = match name.key() {
                "lower" => !text.chars().any(char::is_uppercase),
                "upper" => !text.chars().any(char::is_lowercase),
                _ => true,
            };
            (!fits).then_some(false)
        }
        _ => None,
    }
}

/// What a chain of `and` or `or` joins.
struct Parts<'e> {
    operator: Option<BinaryOperator>,
    items: Vec<&'e Expr>,
}

impl<'e> Parts<'e> {
    fn of(condition: &'e Expr) -> Self {
        let operator = match &condition.kind {
            ExprKind::Binary { operator: operator @ (BinaryOperator::And | BinaryOperator::Or), .. } => Some(*operator),
            _ => None,
        };
        let mut parts = Self { operator, items: Vec::new() };
        parts.collect(condition);
        parts
    }

    fn collect(&mut self, condition: &'e Expr) {
        match &condition.kind {
            ExprKind::Binary { operator, left, right } if Some(*operator) == self.operator => {
                self.collect(left);
                self.collect(right);
            }
            _ => self.items.push(condition),
        }
    }

    /// What is compared with constants by one of these operators.
    fn compared(&self, wanted: &[BinaryOperator]) -> Vec<(BinaryOperator, &'e Expr, Value)> {
        let compared = self.items.iter().filter_map(|part| match &part.kind {
            ExprKind::Binary { operator, left, right } if wanted.contains(operator) && left.is_reference() => {
                Some((*operator, &**left, constant(right)?))
            }
            _ => None,
        });
        compared.collect()
    }

    /// `x == 1 and x == 2`, `x > 5 and x < 3`
    fn contradict(&self) -> bool {
        use BinaryOperator as B;
        let equal = self.compared(&[B::Equal]);
        let differ = equal.iter().enumerate().any(|(index, (_, left, value))| {
            equal.iter().take(index).any(|(_, other, before)| other == left && are_unlike(value, before))
        });
        let bounds = self.compared(&[B::Less, B::LessOrEqual, B::Greater, B::GreaterOrEqual]);
        let is_low = |operator: &B| matches!(operator, B::Greater | B::GreaterOrEqual);
        let are_apart = bounds.iter().filter(|(operator, ..)| is_low(operator)).any(|(low, left, least)| {
            bounds.iter().filter(|(operator, other, _)| !is_low(operator) && other == left).any(|(high, _, most)| {
                let (Some(least), Some(most)) = (number(least), number(most)) else { return false };
                let is_open = *low == B::Greater || *high == B::Less;
                least > most || (is_open && least >= most)
            })
        });
        differ || are_apart || self.wants_two_texts()
    }

    /// `has_only_phrase(x, "a") and has_only_phrase(x, "b")`
    fn wants_two_texts(&self) -> bool {
        let wanted: Vec<_> = self.items.iter().filter_map(|part| whole_text(part)).collect();
        wanted.iter().enumerate().any(|(index, (subject, text))| {
            wanted.iter().take(index).any(|(other, before)| other == subject && text != before)
        })
    }

    /// `x != 1 or x != 2`
    fn exhaust(&self) -> bool {
        let unequal = self.compared(&[BinaryOperator::NotEqual]);
        unequal.iter().enumerate().any(|(index, (_, left, value))| {
            unequal.iter().take(index).any(|(_, other, before)| other == left && are_unlike(value, before))
        })
    }
}

/// What `has_only_phrase(x, "text")` looks at, and the text in lower case.
fn whole_text(condition: &Expr) -> Option<(&Expr, String)> {
    let ExprKind::Call { name, arguments } = &condition.kind else { return None };
    match arguments.as_slice() {
        [subject, text] if matches!(name.key(), "has_only_phrase" | "has_only_text") => match &text.value.kind {
            ExprKind::Text(text) => Some((&subject.value, text.trim().to_lowercase())),
            _ => None,
        },
        _ => None,
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        #[expect(clippy::cast_precision_loss, reason = "whether two bounds cross is not decided by the last digit")]
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    }
}

/// Whether nothing can equal both of two constants; a text may spell a number.
fn are_unlike(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Text(one), Value::Text(other)) => one != other,
        (Value::Bool(one), Value::Bool(other)) => one != other,
        _ => matches!((number(one), number(other)), (Some(one), Some(other)) if (one - other).abs() > 0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Formula;

    #[test]
    fn what_is_certain_is_found_and_nothing_else() {
        for (condition, expected) in [
            ("true", Some(true)),
            ("1 > 2", Some(false)),
            ("not (1 == 1)", Some(false)),
            ("has_phrase(\"a b\", \"b\")", Some(true)),
            ("x == 1 and x == 2", Some(false)),
            ("x == \"a\" and y and x == \"b\"", Some(false)),
            ("x > 5 and x < 3", Some(false)),
            ("x >= 5 and x < 5", Some(false)),
            ("x >= 5 and x <= 5", None),
            ("x == 1 and x == \"1\"", None),
            ("x != \"a\" or x != \"b\"", Some(true)),
            ("x != \"a\" or y != \"b\"", None),
            ("x == 1 or true", Some(true)),
            ("x and 1 > 2", Some(false)),
            ("x != x", Some(false)),
            ("x == x", None),
            ("has_only_phrase(x, \"hola\") and has_only_phrase(x, \"hello\")", Some(false)),
            ("has_only_phrase(x, \"hola\") and has_only_phrase(y, \"hello\")", None),
            ("has_only_phrase(x, \"hola\") or has_only_phrase(x, \"hello\")", None),
            ("lower(x) == \"Yes\"", Some(false)),
            ("lower(x) == \"yes\"", None),
            ("upper(x) == \"yes\"", Some(false)),
            ("rand_between(1, 2) < 2", None),
            ("weekday(today()) == 1", None),
            ("\"yes\"", None),
            ("1 / 0", None),
            ("x", None),
            ("\"@x\" == \"a\"", None),
        ] {
            assert_eq!(outcome(&Formula::parse(condition).unwrap()), expected, "{condition}");
        }
    }
}
