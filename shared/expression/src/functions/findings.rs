//! Whether a text has a number, date, time or address in it; a text that has one gives true, and what
//! was found as a field of the result.

use std::cmp::Ordering;

use jiff::civil;

use super::{Function, function};
use crate::context::Arguments;
use crate::error::EvaluationError;
use crate::reading::{number, time};
use crate::value::{Number, OWN_VALUE, Value};

type Result = std::result::Result<Value, EvaluationError>;

pub(super) static FUNCTIONS: &[Function] = &[
    function!("has_number", Eager(has_number), "Whether there is a number in a text, as people write it (see *How numbers, dates and times are read*).", ["text": "a text or number"],
        "boolean; `.number` has the first one", errors: "none",
        "has_number(\"I have 3.5 cats\").number" => "3.5", "has_number(\"37,8\").number" => "37.8",
        "has_number(\"1,000,000.5 COP\").number" => "1000000.5", "has_number(\"३ बच्चे\").number" => "3",
        "has_number(\"1,000\")" => "false", "has_number(\"23/06/1977\")" => "false", "has_number(\"none\")" => "false"),
    function!("has_number_eq", Eager(has_number_eq), "Whether the first number equals another.",
        ["text": "a text or number", "other": "a number"], "boolean; `.number` has the first one",
        errors: "another that is not a number", "has_number_eq(\"I have 4\", 4)" => "true", "has_number_eq(\"4\", 5)" => "false"),
    function!("has_number_gt", Eager(has_number_gt), "Whether the first number is greater than another.",
        ["text": "a text or number", "other": "a number"], "boolean; `.number` has the first one",
        errors: "another that is not a number", "has_number_gt(\"4\", 4)" => "false", "has_number_gt(\"5\", 4)" => "true"),
    function!("has_number_gte", Eager(has_number_gte), "Whether the first number is at least another.",
        ["text": "a text or number", "other": "a number"], "boolean; `.number` has the first one",
        errors: "another that is not a number", "has_number_gte(\"4\", 4)" => "true", "has_number_gte(\"\", 4)" => "false"),
    function!("has_number_lt", Eager(has_number_lt), "Whether the first number is less than another.",
        ["text": "a text or number", "other": "a number"], "boolean; `.number` has the first one",
        errors: "another that is not a number", "has_number_lt(\"-4\", 4)" => "true", "has_number_lt(\"4\", 4)" => "false"),
    function!("has_number_lte", Eager(has_number_lte), "Whether the first number is at most another.",
        ["text": "a text or number", "other": "a number"], "boolean; `.number` has the first one",
        errors: "another that is not a number", "has_number_lte(\"4\", \"4\")" => "true", "has_number_lte(\"5\", 4)" => "false"),
    function!("has_date", Eager(has_date), "Whether there is a date in a text, as people write it (see *How numbers, dates and times are read*).",
        ["text": "a text, date or moment"], "boolean; `.date` has the first one", errors: "none",
        "has_date(\"on 28/02/2026.\").date" => "2026-02-28", "has_date(\"23 de junio de 1977\").date" => "1977-06-23",
        "has_date(\"1977.6.23\").date" => "1977-06-23", "has_date(\"soon\")" => "false", "has_date(\"31/02/2026\")" => "false"),
    function!("has_date_eq", Eager(has_date_eq), "Whether the first date is another.",
        ["text": "a text, date or moment", "other": "a date"], "boolean; `.date` has the first one",
        errors: "another that is not a date", "has_date_eq(\"28-02-2026\", 2026-02-28)" => "true"),
    function!("has_date_gt", Eager(has_date_gt), "Whether the first date is after another.",
        ["text": "a text, date or moment", "other": "a date"], "boolean; `.date` has the first one",
        errors: "another that is not a date", "has_date_gt(\"2026-03-01\", \"2026-02-28\")" => "true"),
    function!("has_date_lt", Eager(has_date_lt), "Whether the first date is before another.",
        ["text": "a text, date or moment", "other": "a date"], "boolean; `.date` has the first one",
        errors: "another that is not a date", "has_date_lt(\"2026-03-01\", 2026-02-28)" => "false"),
    function!("has_time", Eager(has_time), "Whether there is a time of day in a text, as people write it (see *How numbers, dates and times are read*).",
        ["text": "a text, time or moment"], "boolean; `.time` has the first one", errors: "none",
        "has_time(\"10:00 pm\").time" => "22:00", "has_time(\"a las 5 de la tarde\").time" => "17:00", "has_time(\"at 9:30\").time" => "09:30", "has_time(\"ten\")" => "false"),
    function!("has_email", Eager(has_email), "Whether there is an e-mail address in a text.", ["text": "a text"],
        "boolean; `.email` has the first one", errors: "none",
        "has_email(\"Write to <ana@mail.example.org>.\").email" => "\"ana@mail.example.org\"", "has_email(\"ana@mail\")" => "false"),
];

/// True, with what was found under `field`.
pub(super) fn finding(field: &str, found: Value) -> Value {
    Value::map([(OWN_VALUE, Value::Bool(true)), (field, found)])
}

fn found(field: &str, value: Option<Value>) -> Result {
    Ok(value.map_or(Value::Bool(false), |value| finding(field, value)))
}

/// The first number of the text, or the number itself.
fn first_number(arguments: &Arguments<'_>) -> std::result::Result<Option<Number>, EvaluationError> {
    let locale = arguments.env().locale;
    match arguments.value(0) {
        value @ (Value::Int(_) | Value::Float(_)) => Ok(value.as_number(locale)),
        _ => Ok(number::first(&arguments.text(0)?, locale)),
    }
}

fn has_number(arguments: &Arguments<'_>) -> Result {
    found("number", first_number(arguments)?.map(Value::from))
}

fn number_test(arguments: &Arguments<'_>, holds: fn(Ordering) -> bool) -> Result {
    let other = arguments.number(1)?;
    let number = first_number(arguments)?.filter(|number| holds(number.compare(other)));
    found("number", number.map(Value::from))
}

fn has_number_eq(arguments: &Arguments<'_>) -> Result {
    number_test(arguments, Ordering::is_eq)
}

fn has_number_gt(arguments: &Arguments<'_>) -> Result {
    number_test(arguments, Ordering::is_gt)
}

fn has_number_gte(arguments: &Arguments<'_>) -> Result {
    number_test(arguments, Ordering::is_ge)
}

fn has_number_lt(arguments: &Arguments<'_>) -> Result {
    number_test(arguments, Ordering::is_lt)
}

fn has_number_lte(arguments: &Arguments<'_>) -> Result {
    number_test(arguments, Ordering::is_le)
}

fn first_date(arguments: &Arguments<'_>) -> std::result::Result<Option<civil::Date>, EvaluationError> {
    if !matches!(arguments.value(0), Value::Text(_)) {
        return Ok(arguments.value(0).as_date(arguments.env()));
    }
    Ok(arguments.env().dates().first(&arguments.text(0)?))
}

fn has_date(arguments: &Arguments<'_>) -> Result {
    found("date", first_date(arguments)?.map(Value::Date))
}

fn date_test(arguments: &Arguments<'_>, holds: fn(Ordering) -> bool) -> Result {
    let other = arguments.date(1)?;
    found("date", first_date(arguments)?.filter(|date| holds(date.cmp(&other))).map(Value::Date))
}

fn has_date_eq(arguments: &Arguments<'_>) -> Result {
    date_test(arguments, Ordering::is_eq)
}

fn has_date_gt(arguments: &Arguments<'_>) -> Result {
    date_test(arguments, Ordering::is_gt)
}

fn has_date_lt(arguments: &Arguments<'_>) -> Result {
    date_test(arguments, Ordering::is_lt)
}

fn has_time(arguments: &Arguments<'_>) -> Result {
    let time = match arguments.value(0) {
        Value::Time(time) => Some(*time),
        Value::DateTime(moment) => Some(moment.civil().time()),
        _ => time::first(&arguments.text(0)?),
    };
    found("time", time.map(Value::Time))
}

fn has_email(arguments: &Arguments<'_>) -> Result {
    let text = arguments.text(0)?;
    let candidates = text.split(|c: char| c.is_whitespace() || "<>(),;:\"[]".contains(c));
    let address = candidates.map(|piece| piece.trim_matches('.')).find(|piece| is_email(piece));
    found("email", address.map(Value::from))
}

fn is_email(text: &str) -> bool {
    let Some((name, domain)) = text.split_once('@') else { return false };
    let name_part = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    let top = domain.rsplit('.').next().unwrap_or_default();
    !name.is_empty()
        && name.chars().all(name_part)
        && domain.contains('.')
        && domain.split('.').all(label)
        && top.len() > 1
}
