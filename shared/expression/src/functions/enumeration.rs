//! Lists and maps. Given a map, the functions that take a list work on its `[key, value]` pairs.

use std::cmp::Ordering;
use std::sync::Arc;

use super::{Function, function};
use crate::context::Arguments;
use crate::environment::Environment;
use crate::error::EvaluationError;
use crate::operators::any_equal;
use crate::value::Value;

type Result = std::result::Result<Value, EvaluationError>;

/// Work units of copying a field of a map, which is larger than an item of a list.
const FIELD_COST: usize = 4;
/// How often `reduce` looks at how deep its result nests.
const DEPTH_CHECK_EVERY: usize = 8;

pub(super) static FUNCTIONS: &[Function] = &[
    function!("count", Eager(count), "How many items, fields or characters there are.",
        ["value": "a list, range, map, text or nil"], "number", errors: "another kind of value",
        "count([1, 2, 3])" => "3", "count(\"día\")" => "3", "count(nil)" => "0", "count(1..10//3)" => "4"),
    function!("chunk_every", Eager(chunk_every), "A list cut into lists of a given length; the last may be shorter.",
        ["list": "a list", "length": "1 or more"], "list of lists", errors: "a length of 0",
        "chunk_every([1, 2, 3], 2)" => "[[1, 2], [3]]"),
    function!("map", Eager(map), "A list with every item changed.", ["list": "a list", "change": "a lambda of one item"],
        "list", errors: "those of the lambda", "map([1, 2], &(&1 * 2))" => "[2, 4]",
        "map([\"a\"], &[&1, upper(&1)])" => "[[\"a\", \"A\"]]"),
    function!("filter", Eager(filter), "The items for which a condition holds.",
        ["list": "a list", "condition": "a lambda of one item"], "list", errors: "those of the lambda",
        "filter(1..5, &(&1 > 3))" => "[4, 5]"),
    function!("reject", Eager(reject), "The items for which a condition does not hold.",
        ["list": "a list", "condition": "a lambda of one item"], "list", errors: "those of the lambda",
        "reject(1..5, &(&1 > 3))" => "[1, 2, 3]"),
    function!("find", Eager(find), "The first item for which a condition holds.",
        ["list": "a list", "condition": "a lambda of one item"], "the item, or nil", errors: "those of the lambda",
        "find([[\"days\", \"D\"], [\"hours\", \"h\"]], &(&1[0] == \"hours\"))[1]" => "\"h\"", "find([1], &(&1 > 1))" => "nil"),
    function!("reduce", Eager(reduce), "All items folded into one value.",
        ["list": "a list", "start": "the value to begin with", "fold": "a lambda of an item and the value so far"],
        "the last value", errors: "those of the lambda, or a result that nests too deeply",
        "reduce([1, 2, 3], 0, &(&1 + &2))" => "6", "reduce([\"a\", \"b\"], \"\", &concatenate(&2, &1))" => "\"ab\""),
    function!("sort_by", Eager(sort_by), "The items in the order of what a lambda makes of them; equals keep their order.",
        ["list": "a list", "key": "a lambda of one item"], "list", errors: "those of the lambda",
        "sort_by([\"ccc\", \"a\", \"bb\"], &len(&1))" => "[\"a\", \"bb\", \"ccc\"]"),
    function!("uniq", Eager(uniq), "The items without those that came before.", ["list": "a list"], "list",
        errors: "a value that is not a list", "uniq([1, 2, 1])" => "[1, 2]"),
    function!("append", Eager(append), "A list with one more item, or all items of another list, at its end.",
        ["list": "a list", "item": "any value; a list stands for its items"],
        "list", errors: "a value that is not a list", "append([1], 2)" => "[1, 2]", "append([1], [2, 3])" => "[1, 2, 3]", "append([], [[1]])" => "[[1]]"),
    function!("delete", Eager(delete), "A map without a field, whose case does not count, or a list without the first item of a value.",
        ["holder": "a map or list", "item": "a field's name, or a value"], "map or list", errors: "another kind of value",
        "delete([1, 2, 1], 1)" => "[2, 1]", "json(delete(parse_json('{\"a\":1,\"b\":2}'), \"A\"))" => "'{\"b\":2}'"),
    function!("put", Eager(put), "A map with a field set.",
        ["map": "a map or nil", "field": "its name", "value": "any value"], "map", errors: "another kind of value",
        "put(nil, \"a\", 1).a" => "1"),
    function!("with_index", Eager(with_index), "Every item with its position, from 0.", ["list": "a list"],
        "list of `[item, position]`", errors: "a value that is not a list",
        "with_index([\"a\", \"b\"])" => "[[\"a\", 0], [\"b\", 1]]"),
];

fn count(arguments: &Arguments<'_>) -> Result {
    let count = match arguments.value(0) {
        Value::Null => 0,
        Value::Text(text) => u64::try_from(text.chars().count()).unwrap_or(u64::MAX),
        Value::Range(range) => range.len(),
        Value::List(items) => u64::try_from(items.len()).unwrap_or(u64::MAX),
        Value::Map(map) => u64::try_from(map.len()).unwrap_or(u64::MAX),
        _ => return Err(arguments.wrong(0, "a list, map or text")),
    };
    Ok(Value::Int(i64::try_from(count).unwrap_or(i64::MAX)))
}

fn chunk_every(arguments: &Arguments<'_>) -> Result {
    let length = arguments.count(1)?;
    if length == 0 {
        return Err(arguments.invalid(1, "the length is at least 1"));
    }
    let items = arguments.items(0)?;
    arguments.pay_for_lists(items.len().div_ceil(length))?;
    let chunks = items.chunks(length).map(|chunk| Value::list(chunk.to_vec())).collect();
    Ok(Value::list(chunks))
}

fn map(arguments: &Arguments<'_>) -> Result {
    let change = arguments.lambda(1)?;
    let items = arguments.items(0)?;
    let changed = items.iter().map(|item| arguments.apply(change, std::slice::from_ref(item)));
    Ok(Value::list(changed.collect::<std::result::Result<_, _>>()?))
}

/// The items for which the lambda's result is `wanted`.
fn select(arguments: &Arguments<'_>, wanted: bool) -> Result {
    let condition = arguments.lambda(1)?;
    let mut kept = Vec::new();
    for item in arguments.items(0)?.iter() {
        if arguments.apply(condition, std::slice::from_ref(item))?.truthy() == wanted {
            kept.push(item.clone());
        }
    }
    Ok(Value::list(kept))
}

fn filter(arguments: &Arguments<'_>) -> Result {
    select(arguments, true)
}

fn reject(arguments: &Arguments<'_>) -> Result {
    select(arguments, false)
}

fn find(arguments: &Arguments<'_>) -> Result {
    let condition = arguments.lambda(1)?;
    for item in arguments.items(0)?.iter() {
        if arguments.apply(condition, std::slice::from_ref(item))?.truthy() {
            return Ok(item.clone());
        }
    }
    Ok(Value::Null)
}

fn reduce(arguments: &Arguments<'_>) -> Result {
    let fold = arguments.lambda(2)?;
    let mut so_far = arguments.raw(1).clone();
    for (index, item) in arguments.items(0)?.iter().enumerate() {
        so_far = arguments.apply(fold, &[item.clone(), so_far])?;
        // Only a fold can nest without the expression itself nesting: `&[&2]`. Such a value could not even be dropped.
        if index % DEPTH_CHECK_EVERY == 0 {
            so_far.weigh(arguments.env())?;
        }
    }
    Ok(so_far)
}

/// An order in which every two values have their place, as sorting needs: by kind, then by value.
fn order(left: &Value, right: &Value, env: &Environment) -> Ordering {
    let rank = |value: &Value| match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Int(_) | Value::Float(_) => 2,
        Value::Date(_) | Value::DateTime(_) => 3,
        Value::Time(_) => 4,
        Value::Text(_) => 5,
        _ => 6,
    };
    let (left, right) = (left.acting(), right.acting());
    rank(left).cmp(&rank(right)).then_with(|| match (left, right) {
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        (Value::Int(_) | Value::Float(_), _) => {
            let float = |value: &Value| value.as_number(env.locale).map_or(0.0, crate::value::Number::as_f64);
            float(left).total_cmp(&float(right))
        }
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Time(left), Value::Time(right)) => left.cmp(right),
        (Value::Date(_) | Value::DateTime(_), _) => left.as_date_time(env).cmp(&right.as_date_time(env)),
        _ => Ordering::Equal,
    })
}

fn sort_by(arguments: &Arguments<'_>) -> Result {
    let key = arguments.lambda(1)?;
    let mut keyed = Vec::new();
    for item in arguments.items(0)?.iter() {
        keyed.push((arguments.apply(key, std::slice::from_ref(item))?, item.clone()));
    }
    // Every key is compared about as often as the count can be halved.
    let halvings = u64::from(keyed.len().checked_ilog2().unwrap_or(0)) + 1;
    for (key, _) in &keyed {
        let bytes = if let Value::Text(text) = key.acting() { text.len() } else { 0 };
        arguments.env().spend(halvings * (1 + u64::try_from(bytes / 64).unwrap_or(u64::MAX)))?;
    }
    keyed.sort_by(|(left, _), (right, _)| order(left, right, arguments.env()));
    Ok(Value::list(keyed.into_iter().map(|(_, item)| item).collect()))
}

fn uniq(arguments: &Arguments<'_>) -> Result {
    let mut kept: Vec<Value> = Vec::new();
    for item in arguments.items(0)?.iter() {
        arguments.env().spend_output(kept.len())?;
        if !any_equal(&kept, item, arguments.env())? {
            kept.push(item.clone());
        }
    }
    Ok(Value::list(kept))
}

fn append(arguments: &Arguments<'_>) -> Result {
    let mut items = arguments.items(0)?;
    match arguments.value(1) {
        Value::List(more) => {
            arguments.env().spend_output(more.len())?;
            Arc::make_mut(&mut items).extend(more.iter().cloned());
        }
        _ => Arc::make_mut(&mut items).push(arguments.raw(1).clone()),
    }
    Ok(Value::List(items))
}

fn delete(arguments: &Arguments<'_>) -> Result {
    if let Value::Map(map) = arguments.value(0) {
        arguments.env().spend_output(map.len().saturating_mul(FIELD_COST))?;
        let Some(index) = arguments.value(0).field_index(&arguments.text(1)?) else {
            return Ok(Value::Map(map.clone()));
        };
        let mut map = map.clone();
        Arc::make_mut(&mut map).shift_remove_index(index);
        return Ok(Value::Map(map));
    }
    let mut items = arguments.items(0)?;
    for position in 0..items.len() {
        if arguments.equal(&items[position], arguments.value(1))? {
            Arc::make_mut(&mut items).remove(position);
            break;
        }
    }
    Ok(Value::List(items))
}

fn put(arguments: &Arguments<'_>) -> Result {
    let mut map = match arguments.value(0) {
        Value::Null => Arc::default(),
        Value::Map(map) => map.clone(),
        _ => return Err(arguments.wrong(0, "a map")),
    };
    arguments.env().spend_output(map.len().saturating_mul(FIELD_COST))?;
    Arc::make_mut(&mut map).insert(arguments.text(1)?.into_owned(), arguments.raw(2).clone());
    Ok(Value::Map(map))
}

fn with_index(arguments: &Arguments<'_>) -> Result {
    let items = arguments.items(0)?;
    arguments.pay_for_lists(items.len())?;
    let indexed = (0..).zip(items.iter()).map(|(index, item)| Value::list(vec![item.clone(), Value::Int(index)]));
    Ok(Value::list(indexed.collect()))
}
