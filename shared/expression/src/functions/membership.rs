//! Whether something is in a list.

use super::{Function, function};
use crate::context::Arguments;
use crate::error::EvaluationError;
use crate::operators::any_equal;
use crate::value::Value;

type Result = std::result::Result<Value, EvaluationError>;

pub(super) static FUNCTIONS: &[Function] = &[
    function!("has_member", Eager(has_member), "Whether a list has an item.", ["list": "a list", "item": "any value"],
        "boolean", errors: "a value that is not a list", "has_member([1, 2], 2)" => "true", "has_member(nil, 2)" => "false"),
    function!("has_any_member", Eager(has_any_member), "Whether a list has at least one of some items.",
        ["list": "a list", "items": "a list"], "boolean", errors: "a value that is not a list",
        "has_any_member([\"a\", \"b\"], [\"c\", \"b\"])" => "true", "has_any_member([\"a\"], [])" => "false"),
    function!("has_all_members", Eager(has_all_members), "Whether a list has all of some items.",
        ["list": "a list", "items": "a list"], "boolean", errors: "a value that is not a list",
        "has_all_members([\"why\", \"wy\"], [\"why\"])" => "true", "has_all_members([1], [1, 2])" => "false"),
    function!("has_group", Eager(has_group), "Whether a contact is in a group.",
        ["groups": "the contact's groups: names, or maps with `name` or `uuid`", "group": "a name or uuid"], "boolean",
        errors: "a value that is not a list",
        "has_group([\"mothers\"], \"mothers\")" => "true",
        "has_group(parse_json('[{\"uuid\": \"7\", \"name\": \"mothers\"}]'), \"7\")" => "true",
        "has_group([], \"mothers\")" => "false"),
];

fn contains(arguments: &Arguments<'_>, list: &[Value], item: &Value) -> std::result::Result<bool, EvaluationError> {
    arguments.env().spend_output(list.len())?;
    any_equal(list, item, arguments.env())
}

fn has_member(arguments: &Arguments<'_>) -> Result {
    Ok(Value::Bool(contains(arguments, &arguments.items(0)?, arguments.value(1))?))
}

fn has_any_member(arguments: &Arguments<'_>) -> Result {
    let list = arguments.items(0)?;
    for item in arguments.items(1)?.iter() {
        if contains(arguments, &list, item)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

fn has_all_members(arguments: &Arguments<'_>) -> Result {
    let list = arguments.items(0)?;
    for item in arguments.items(1)?.iter() {
        if !contains(arguments, &list, item)? {
            return Ok(Value::Bool(false));
        }
    }
    Ok(Value::Bool(true))
}

fn has_group(arguments: &Arguments<'_>) -> Result {
    let wanted = arguments.value(1);
    for group in arguments.items(0)?.iter() {
        let (name, uuid) = (group.find_field("name", arguments.env())?, group.find_field("uuid", arguments.env())?);
        for part in [Some(group), name, uuid].into_iter().flatten() {
            if arguments.equal(part, wanted)? {
                return Ok(Value::Bool(true));
            }
        }
    }
    Ok(Value::Bool(false))
}
