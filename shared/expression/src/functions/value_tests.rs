//! What kind a value is.

use super::{Function, function};
use crate::ast::ExprKind;
use crate::context::{Arguments, Unevaluated};
use crate::error::EvaluationError;
use crate::reading::number;
use crate::value::Value;

type Result = std::result::Result<Value, EvaluationError>;

pub(super) static FUNCTIONS: &[Function] = &[
    function!("is_nil_or_empty", Eager(is_nil_or_empty), "Whether there is nothing in a value.", ["value": "any value"],
        "boolean: true for nil, a text, list or map without content, and an error", errors: "none",
        "is_nil_or_empty(\"\")" => "true", "is_nil_or_empty(contact.unknown)" => "true", "is_nil_or_empty(0)" => "false"),
    function!("isnumber", Lazy(isnumber),
        "Whether a value is a number, or a text that spells one; of a text written in the expression only from two characters on.",
        ["value": "any value"], "boolean", errors: "none",
        "isnumber(5)" => "true", "isnumber(\"55\")" => "true", "isnumber(\"5\")" => "false",
        "isnumber(lower(\"5\"))" => "true", "isnumber(\"5 cats\")" => "false"),
    function!("isbool", Eager(isbool), "Whether a value is true or false, or a text that says so.",
        ["value": "any value"], "boolean", errors: "none", "isbool(false)" => "true", "isbool(0)" => "false"),
    function!("isstring", Eager(isstring), "Whether a value is a text.", ["value": "any value"], "boolean",
        errors: "none", "isstring(\"a\")" => "true", "isstring(1)" => "false"),
    function!("is_error", Lazy(is_error), "Whether a value is an error, or cannot be computed.", ["value": "any value"],
        "boolean", errors: "none but a budget that is spent",
        "is_error(1 / 0)" => "true", "is_error(parse_json(\"{\"))" => "true", "is_error(1)" => "false"),
];

fn is_nil_or_empty(arguments: &Arguments<'_>) -> Result {
    Ok(Value::Bool(match arguments.value(0) {
        Value::Null => true,
        Value::Text(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(map) => map.is_empty(),
        Value::Range(range) => range.is_empty(),
        _ => false,
    }))
}

fn isnumber(arguments: &Unevaluated<'_>) -> Result {
    let locale = arguments.evaluation.env.locale;
    if let Some(ExprKind::Text(literal)) = arguments.expr(0).map(|expr| &expr.kind) {
        return Ok(Value::Bool(literal.len() >= 2 && number::whole(literal, locale).is_some()));
    }
    Ok(Value::Bool(arguments.value(0)?.as_number(locale).is_some()))
}

fn isbool(arguments: &Arguments<'_>) -> Result {
    Ok(Value::Bool(match arguments.value(0) {
        Value::Bool(_) => true,
        Value::Text(text) => text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false"),
        _ => false,
    }))
}

fn isstring(arguments: &Arguments<'_>) -> Result {
    Ok(Value::Bool(matches!(arguments.value(0), Value::Text(_))))
}

fn is_error(arguments: &Unevaluated<'_>) -> Result {
    use EvaluationError as E;
    match arguments.value(0) {
        Ok(value) => Ok(Value::Bool(value.is_error())),
        // A limit is not a property of the value: it must stop the evaluation.
        Err(limit @ (E::BudgetExceeded | E::OutputTooLarge { .. } | E::TooDeep)) => Err(limit),
        Err(_) => Ok(Value::Bool(true)),
    }
}
