//! Conditions. These look only at the arguments they need.

use super::{Function, function};
use crate::context::Unevaluated;
use crate::error::EvaluationError;
use crate::operators;
use crate::value::Value;

type Result = std::result::Result<Value, EvaluationError>;

pub(super) static FUNCTIONS: &[Function] = &[
    function!("and", Lazy(and), "Whether all conditions hold.", ["condition…": "any value; nil and false do not hold"],
        "boolean", errors: "those of its arguments",
        "and(true, 1 < 2)" => "true", "and(true, false, missing)" => "false"),
    function!("or", Lazy(or), "The first value that holds, otherwise the last.",
        ["value…": "any value; nil and false do not hold"], "the value, unchanged", errors: "those of its arguments",
        "or(nil, \"friend\")" => "\"friend\"", "or(false, false)" => "false"),
    function!("not", Lazy(not), "Whether the condition does not hold.", ["condition": "any value"], "boolean",
        errors: "those of its argument", "not(false)" => "true", "not(\"yes\")" => "false"),
    function!("if", Lazy(if_), "One of two values.",
        ["condition": "any value; nil and false do not hold", "then": "the value when it holds",
         "otherwise?": "the value when it does not; nil when left out"],
        "the value chosen; the other is not evaluated", errors: "those of the arguments it looks at",
        "if(2 > 1, \"more\", 1 / 0)" => "\"more\"", "if(false, 1)" => "nil",
        "if false, do: 1, else: 2" => "2"),
    function!("switch", Lazy(switch), "The value that belongs to a key.",
        ["key": "what is looked up", "case": "a key", "value": "its value",
         "more…": "further keys and values; a last one alone is the value for all other keys"],
        "the value chosen, or nil", errors: "those of the arguments it looks at",
        "switch(\"es\", \"en\", \"Hello\", \"es\", \"Hola\")" => "\"Hola\"",
        "switch(\"fr\", \"en\", \"Hello\", \"?\")" => "\"?\"", "switch(3, 1, \"one\")" => "nil"),
];

fn and(arguments: &Unevaluated<'_>) -> Result {
    for index in 0..arguments.arguments.len() {
        if !arguments.value(index)?.truthy() {
            return Ok(Value::Bool(false));
        }
    }
    Ok(Value::Bool(true))
}

fn or(arguments: &Unevaluated<'_>) -> Result {
    let mut last = Value::Bool(false);
    for index in 0..arguments.arguments.len() {
        last = arguments.value(index)?;
        if last.truthy() {
            break;
        }
    }
    Ok(last)
}

fn not(arguments: &Unevaluated<'_>) -> Result {
    Ok(Value::Bool(!arguments.value(0)?.truthy()))
}

fn if_(arguments: &Unevaluated<'_>) -> Result {
    let chosen = if arguments.value(0)?.truthy() { 1 } else { 2 };
    arguments.value(chosen)
}

fn switch(arguments: &Unevaluated<'_>) -> Result {
    let key = arguments.value(0)?;
    let count = arguments.arguments.len();
    let mut index = 1;
    while index + 1 < count {
        if operators::equal(&arguments.value(index)?, &key, arguments.evaluation.env)? {
            return arguments.value(index + 1);
        }
        index += 2;
    }
    arguments.value(index) // the default, or nothing
}
