//! Expressions and texts, as flows write them.
//!
//! A flow holds an expression as its source and a text as a template. Its conditions use the functions `and`, `or` and
//! `not` where code has the words.

use expression::{
    Arg, BinaryOperator, Dialect, Expr, ExprKind, Name, Span, SyntaxError, parse_expression, parse_template,
};

use crate::model::Formula;
use crate::statements::is_function;

/// The source of an expression.
pub(crate) fn expression(formula: &Expr) -> String {
    function_form(formula).to_string()
}

/// A value as a template: a text as it is, a reference or call behind `@`, anything else as `@( … )`.
pub(crate) fn template(formula: &Formula) -> String {
    match &formula.kind {
        ExprKind::Text(text) => escaped(text),
        ExprKind::Interpolated(template) => template.source().to_owned(),
        ExprKind::Call { .. } => format!("@{}", expression(formula)),
        _ if formula.is_reference() => format!("@{formula}"),
        _ => format!("@({})", expression(formula)),
    }
}

/// A text without references as a template. An `@` that begins none needs no escape.
pub(crate) fn escaped(text: &str) -> String {
    if text.contains('@') && from_template(text).as_text() != Some(text) {
        text.replace('@', "@@")
    } else {
        text.into()
    }
}

/// A template as a value: a text, or an expression when it is `@( … )` and nothing else.
pub(crate) fn from_template(source: &str) -> Formula {
    if let Some(inner) = source.strip_prefix("@(").and_then(|rest| rest.strip_suffix(')'))
        && let Ok(formula) = from_expression(inner)
    {
        return formula;
    }
    from_text(source)
}

/// A template as a text, as the notation reads a literal: both give the same.
pub(crate) fn from_text(source: &str) -> Formula {
    let literal: Expr = Expr::new(ExprKind::Text(source.into()), Span::default());
    Formula::parse(&literal.to_string()).unwrap_or_else(|_| Formula::text(source))
}

/// Reads the source of an expression: as code, or else as it stands inside of texts, where `=` compares.
pub(crate) fn from_expression(source: &str) -> Result<Formula, SyntaxError> {
    let source = source.trim();
    Formula::parse(source).or_else(|error| {
        let inside_a_text = parse_expression(source, Dialect::Template).ok();
        inside_a_text.filter(is_code).map(Formula::from).ok_or(error)
    })
}

/// Whether code says the same in the same words: a name such as `first-name` is a difference there.
pub(crate) fn is_code(expr: &Expr) -> bool {
    Formula::parse(&expr.to_string()).is_ok_and(|read| *read == *expr)
}

/// A value where a statement may stand: there, a call of what is no function would be read as a statement.
pub(crate) fn standing(value: Formula) -> Formula {
    match &value.kind {
        ExprKind::Call { name, .. } if !is_function(name.key()) => from_text(&format!("@({value})")),
        _ => value,
    }
}

/// `and(a, b)` for `a and b`, and so on, at every place.
pub(crate) fn function_form(expr: &Expr) -> Expr {
    map(expr, &mut |expr| {
        let (name, operands) = match &expr.kind {
            ExprKind::Binary { operator: BinaryOperator::And, left, right } => ("and", vec![left, right]),
            ExprKind::Binary { operator: BinaryOperator::Or, left, right } => ("or", vec![left, right]),
            ExprKind::Not(inner) => ("not", vec![inner]),
            _ => return None,
        };
        let arguments = operands.into_iter().map(|operand| Arg { name: None, value: function_form(operand) }).collect();
        Some(Expr::new(ExprKind::Call { name: Name::new(name), arguments }, expr.span))
    })
}

/// The same expression with some of its parts replaced, the outermost first: `rewrite` gives the new part, or `None` for
/// one that stays. The references inside of texts are parts too.
pub(crate) fn map(expr: &Expr, rewrite: &mut dyn FnMut(&Expr) -> Option<Expr>) -> Expr {
    if let Some(new) = rewrite(expr) {
        return new;
    }
    let mut boxed = |inner: &Expr| Box::new(map(inner, rewrite));
    let kind = match &expr.kind {
        ExprKind::Range { first, last, step } => {
            ExprKind::Range { first: boxed(first), last: boxed(last), step: step.as_ref().map(|step| boxed(step)) }
        }
        ExprKind::List(items) => ExprKind::List(items.iter().map(|item| map(item, rewrite)).collect()),
        ExprKind::Member { base, field } => ExprKind::Member { base: boxed(base), field: field.clone() },
        ExprKind::Index { base, index } => ExprKind::Index { base: boxed(base), index: boxed(index) },
        ExprKind::Call { name, arguments } => {
            let argument = |argument: &Arg| Arg { name: argument.name.clone(), value: *boxed(&argument.value) };
            ExprKind::Call { name: name.clone(), arguments: arguments.iter().map(argument).collect() }
        }
        ExprKind::Lambda(inner) => ExprKind::Lambda(map(inner, rewrite).into()),
        ExprKind::Negate(inner) => ExprKind::Negate(boxed(inner)),
        ExprKind::Not(inner) => ExprKind::Not(boxed(inner)),
        ExprKind::Binary { operator, left, right } => {
            ExprKind::Binary { operator: *operator, left: boxed(left), right: boxed(right) }
        }
        ExprKind::Interpolated(template) => {
            let mut changed = |inner: &Expr| Some(map(inner, rewrite)).filter(|new| new != inner);
            ExprKind::Interpolated(parse_template(&template.rewrite(&mut changed)))
        }
        leaf => leaf.clone(),
    };
    Expr::new(kind, expr.span)
}

/// `base.field`
pub(crate) fn member(base: &Expr) -> Option<(&Expr, &str)> {
    match &base.kind {
        ExprKind::Member { base, field } => Some((base, field.key())),
        _ => None,
    }
}

/// A name on its own, in lower case.
pub(crate) fn name(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name.key()),
        _ => None,
    }
}

/// A name as an expression.
pub(crate) fn reference(name: &str) -> Expr {
    Expr::new(ExprKind::Name(Name::new(name)), Span::default())
}

/// A text as an expression.
pub(crate) fn literal(text: &str) -> Expr {
    (*Formula::text(text)).clone()
}

/// `left operator right`
pub(crate) fn binary(left: Expr, operator: BinaryOperator, right: Expr) -> Expr {
    Expr::new(ExprKind::Binary { operator, left: Box::new(left), right: Box::new(right) }, Span::default())
}

/// `name(arguments)`
pub(crate) fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    let arguments = arguments.into_iter().map(|value| Arg { name: None, value }).collect();
    Expr::new(ExprKind::Call { name: Name::new(name), arguments }, Span::default())
}

/// Whether it is written out, not computed: a text, a number, a list of such.
pub(crate) fn is_literal(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::List(items) => items.iter().all(is_literal),
        ExprKind::Null | ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Text(_) => true,
        ExprKind::Date(_) | ExprKind::Time(_) | ExprKind::DateTime(_) | ExprKind::Interpolated(_) => true,
        _ => false,
    }
}

/// A number as an expression.
pub(crate) fn number(number: i64) -> Formula {
    Expr::new(ExprKind::Int(number), Span::default()).into()
}
