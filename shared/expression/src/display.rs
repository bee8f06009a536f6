//! The canonical spelling of an expression: it parses back to the same [`Expr`], in either dialect.

use std::fmt::{self, Display, Formatter};

use crate::ast::{BinaryOperator, Expr, ExprKind};
use crate::lexer::text::quote;
use crate::parser::{Dialect, level};

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Null => f.write_str("nil"),
            ExprKind::Bool(value) => write!(f, "{value}"),
            ExprKind::Int(number) => write!(f, "{number}"),
            ExprKind::Float(number) => write!(f, "{number:?}"),
            ExprKind::Text(text) => f.write_str(&quote(text)),
            ExprKind::Interpolated(template) => f.write_str(&quote(template.source())),
            ExprKind::Date(date) => write!(f, "{date}"),
            ExprKind::Time(time) => write!(f, "{}", time.strftime("%H:%M:%S")),
            ExprKind::DateTime(literal) => {
                write!(f, "{}", literal.civil)?;
                literal.offset.map_or(Ok(()), |offset| write!(f, "{}", crate::date_time::written_offset(offset)))
            }
            ExprKind::Range { first, last, step } => {
                operand(f, first)?;
                f.write_str("..")?;
                operand(f, last)?;
                if let Some(step) = step {
                    f.write_str("//")?;
                    operand(f, step)?;
                }
                Ok(())
            }
            ExprKind::List(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if index == 0 { "" } else { ", " })?;
                }
                f.write_str("]")
            }
            ExprKind::Name(name) => f.write_str(name.as_str()),
            ExprKind::Member { base, field } => {
                postfix_base(f, base)?;
                write!(f, ".{}", field.as_str())
            }
            ExprKind::Index { base, index } => {
                postfix_base(f, base)?;
                write!(f, "[{index}]")
            }
            ExprKind::Call { name, arguments } => {
                write!(f, "{}(", name.as_str())?;
                for (index, argument) in arguments.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { ", " })?;
                    if let Some(name) = &argument.name {
                        write!(f, "{name}: ")?;
                    }
                    write!(f, "{}", argument.value)?;
                }
                f.write_str(")")
            }
            ExprKind::Capture(number) => write!(f, "&{number}"),
            ExprKind::Lambda(body) => match body.kind {
                ExprKind::Call { .. } | ExprKind::List(_) => write!(f, "&{body}"),
                _ => write!(f, "&({body})"),
            },
            ExprKind::Negate(inner) => {
                f.write_str("-")?;
                if is_closed(inner) && !is_number(inner) { write!(f, "{inner}") } else { write!(f, "({inner})") }
            }
            ExprKind::Not(inner) => match &inner.kind {
                // Elsewhere, as in Elixir, `not a == b` is `(not a) == b`: brackets leave no doubt.
                ExprKind::Binary { .. } | ExprKind::Not(_) | ExprKind::Lambda(_) => write!(f, "not ({inner})"),
                _ => write!(f, "not {inner}"),
            },
            ExprKind::Binary { operator, left, right } => {
                side(f, *operator, left, false)?;
                write!(f, " {} ", operator.symbol())?;
                side(f, *operator, right, true)
            }
        }
    }
}

/// An operand of a binary operator, in parentheses when either dialect would read it otherwise.
fn side(f: &mut Formatter<'_>, operator: BinaryOperator, inner: &Expr, right: bool) -> fmt::Result {
    if is_bare(operator, inner, right) { write!(f, "{inner}") } else { write!(f, "({inner})") }
}

/// Whether an operand needs no parentheses.
pub(crate) fn is_bare(operator: BinaryOperator, inner: &Expr, right: bool) -> bool {
    match &inner.kind {
        ExprKind::Binary { operator: inner, .. } => [Dialect::Code, Dialect::Template].into_iter().all(|dialect| {
            let (outer, inner) = (level(operator, dialect), level(*inner, dialect));
            if right { inner > outer } else { inner >= outer }
        }),
        ExprKind::Not(_) => matches!(operator, BinaryOperator::And | BinaryOperator::Or),
        ExprKind::Lambda(_) => false,
        _ => true,
    }
}

/// An end of a range: a unary operand.
fn operand(f: &mut Formatter<'_>, inner: &Expr) -> fmt::Result {
    let bare = is_closed(inner) || matches!(inner.kind, ExprKind::Negate(_));
    if bare { write!(f, "{inner}") } else { write!(f, "({inner})") }
}

/// What `.field` or `[index]` is written behind. A number would swallow the dot.
fn postfix_base(f: &mut Formatter<'_>, base: &Expr) -> fmt::Result {
    let literal = matches!(base.kind, ExprKind::Date(_) | ExprKind::Time(_) | ExprKind::DateTime(_));
    if is_closed(base) && !is_number(base) && !literal { write!(f, "{base}") } else { write!(f, "({base})") }
}

fn is_number(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Int(_) | ExprKind::Float(_))
}

/// Whether the expression reads the same whatever stands around it.
fn is_closed(expr: &Expr) -> bool {
    !matches!(
        expr.kind,
        ExprKind::Range { .. } | ExprKind::Lambda(_) | ExprKind::Negate(_) | ExprKind::Not(_) | ExprKind::Binary { .. }
    )
}
