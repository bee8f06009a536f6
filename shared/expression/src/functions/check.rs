//! What can be said of calls before there is any data.

use jiff::{Timestamp, tz::TimeZone};

use super::{Function, Implementation, find, suggest};
use crate::ast::{Arg, Expr, ExprKind};
use crate::context::Arguments;
use crate::environment::Environment;
use crate::error::{EvaluationError, Span, SyntaxError};
use crate::evaluate::Evaluation;
use crate::value::Value;

/// An expression with this many mistakes is not searched further.
const MAX_PROBLEMS: usize = 50;

impl Expr {
    /// What evaluation would refuse whatever the data: functions that do not exist, calls with a wrong number of
    /// arguments, and arguments written out that their function cannot take, such as a pattern that is not one. Texts
    /// inside the expression report their own mistakes too, at the place of the text.
    #[must_use]
    pub fn check(&self) -> Vec<SyntaxError> {
        let mut problems = Vec::new();
        // One budget for all that is tried: an expression of any length is checked in time.
        let environment = Environment::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
        self.walk_in(None, &mut |node, text| {
            if let ExprKind::Call { name, arguments } = &node.kind
                && problems.len() < MAX_PROBLEMS
            {
                let problem = match find(name.key()) {
                    Some(function) => check_arguments(function, arguments, node.span, &environment),
                    None => Some(unknown(name.as_str(), node.span)),
                };
                problems.extend(problem.map(|problem| SyntaxError { span: text.unwrap_or(problem.span), ..problem }));
            }
        });
        problems
    }
}

fn unknown(name: &str, span: Span) -> SyntaxError {
    let error = SyntaxError::new(span, format!("there is no function `{name}`"));
    match suggest(name) {
        Some(meant) => error.with_hint(format!("did you mean `{meant}`?")),
        None => error,
    }
}

/// What is wrong with the arguments of a call that stands at `span`.
fn check_arguments(
    function: &'static Function,
    arguments: &[Arg],
    span: Span,
    environment: &Environment,
) -> Option<SyntaxError> {
    let given = match arguments.iter().find_map(|argument| argument.name.as_deref()) {
        Some(name) => format!("one named `{name}`"),
        None if function.arity().accepts(arguments.len()) => {
            let (index, problem) = refused(function, arguments, environment)?;
            let message = format!("argument {} of `{}`: {problem}", index + 1, function.name);
            return Some(SyntaxError::new(arguments[index].value.span, message));
        }
        None => arguments.len().to_string(),
    };
    let message = format!("`{}` does not take {given}", function.name);
    Some(SyntaxError::new(span, message).expecting(function.arity().to_string()))
}

/// The argument written out that `function` refuses, and why. The function is tried with nothing in place of the
/// others: what it says of those does not count.
fn refused(function: &'static Function, arguments: &[Arg], environment: &Environment) -> Option<(usize, String)> {
    let Implementation::Eager(run) = function.implementation else { return None };
    let literals: Vec<Option<Value>> = arguments.iter().map(|argument| literal(&argument.value)).collect();
    if literals.iter().all(Option::is_none) {
        return None;
    }
    let values: Vec<Value> = literals.iter().map(|literal| literal.clone().unwrap_or_default()).collect();
    let evaluation = Evaluation::new(&nothing, environment);
    let arguments = Arguments { values: &values, function, evaluation };
    let Err(EvaluationError::Argument { place, problem }) = run(&arguments) else { return None };
    let index = (0..values.len()).find(|index| arguments.place(*index) == place)?;
    literals[index].is_some().then_some((index, problem))
}

fn nothing(_: &str) -> Option<Value> {
    None
}

fn literal(expr: &Expr) -> Option<Value> {
    match &expr.kind {
        ExprKind::Bool(value) => Some(Value::Bool(*value)),
        ExprKind::Int(number) => Some(Value::Int(*number)),
        ExprKind::Float(number) => Some(Value::Float(*number)),
        ExprKind::Text(text) => Some(Value::Text(text.clone())),
        ExprKind::Date(date) => Some(Value::Date(*date)),
        ExprKind::Time(time) => Some(Value::Time(*time)),
        _ => None,
    }
}
