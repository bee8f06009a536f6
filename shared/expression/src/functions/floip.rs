//! Functions that the FLOIP specification defines and the language has shorter spellings for: lists in brackets, `in`,
//! comparisons. Journeys that were imported use them.

use super::{Function, function};
use crate::context::Arguments;
use crate::error::EvaluationError;
use crate::operators;
use crate::value::Value;

type Result = std::result::Result<Value, EvaluationError>;

pub(super) static FUNCTIONS: &[Function] = &[
    function!("array", Eager(array), "A list of its arguments, like `[a, b]`.", ["item…": "any values"], "list",
        errors: "none", "array(1, \"b\")" => "[1, \"b\"]", "array()" => "[]"),
    function!("in", Eager(in_), "Whether a value is in a list, like `item in list`.",
        ["item": "any value", "list": "a list, range, map or text"], "boolean", errors: "a value that cannot hold others",
        "in(\"b\", array(\"a\", \"b\"))" => "true", "in(4, 1..3)" => "false"),
    function!("contains", Eager(contains), "Whether a text is part of another.",
        ["part": "a text; case counts", "text": "a text"], "boolean", errors: "none",
        "contains(\"foo\", \"foobar\")" => "true", "contains(\"baz\", \"foobar\")" => "false"),
    function!("between", Eager(between), "Whether a value lies between two others, or is one of them.",
        ["value": "a number, date, moment, time or text", "lowest": "of the same kind", "highest": "of the same kind"],
        "boolean; false when the three have no order", errors: "none",
        "between(5, 1, 5)" => "true", "between(2026-02-01, \"2026-02-02\", \"2026-02-03\")" => "false"),
];

fn array(arguments: &Arguments<'_>) -> Result {
    Ok(Value::list(arguments.values.to_vec()))
}

fn in_(arguments: &Arguments<'_>) -> Result {
    operators::contains(arguments.env(), arguments.value(0), arguments.value(1)).map(Value::Bool)
}

fn contains(arguments: &Arguments<'_>) -> Result {
    let (part, text) = (arguments.text(0)?, arguments.text(1)?);
    Ok(Value::Bool(text.contains(&*part)))
}

fn between(arguments: &Arguments<'_>) -> Result {
    let order = |index| operators::compare(arguments.value(0), arguments.value(index), arguments.env());
    let (lowest, highest) = (order(1)?, order(2)?);
    Ok(Value::Bool(lowest.is_some_and(|order| order.is_ge()) && highest.is_some_and(|order| order.is_le())))
}
