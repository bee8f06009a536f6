//! JSON.

use super::{Function, function};
use crate::context::Arguments;
use crate::error::EvaluationError;
use crate::value::Value;

type Result = std::result::Result<Value, EvaluationError>;

pub(super) static FUNCTIONS: &[Function] = &[
    function!("json", Eager(json), "A value as JSON.", ["value": "any value"], "text", errors: "none",
        "json([1, \"a\", nil])" => "'[1,\"a\",null]'", "json(2026-11-22)" => "'\"2026-11-22\"'"),
    function!("parse_json", Eager(parse_json), "The value a JSON text holds.", ["text": "JSON; other values are given back as they are"], "any value",
        errors: "a text that is not JSON gives an error value",
        "parse_json('{\"a\": [1, 2]}').a[1]" => "2", "is_error(parse_json(\"a\"))" => "true"),
];

fn json(arguments: &Arguments<'_>) -> Result {
    arguments.value(0).weigh(arguments.env())?;
    arguments.made(arguments.value(0).to_json().to_string())
}

fn parse_json(arguments: &Arguments<'_>) -> Result {
    let Value::Text(text) = arguments.value(0) else { return Ok(arguments.raw(0).clone()) };
    // A short text such as `[{},{},…` makes a large value.
    arguments.env().spend_output(text.len().saturating_mul(2))?;
    Ok(match serde_json::from_str::<serde_json::Value>(text) {
        Ok(json) => Value::from(json),
        Err(error) => Value::error(&format!("this is not JSON: {error}")),
    })
}
