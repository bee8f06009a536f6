//! Whether a text has a number, date, time or address in it; a text that has one gives true, and what
//! was found as a field of the result.

use std::cmp::Ordering;

use jiff::civil;

use super::{Function, function};
use crate::context::Arguments;
use crate::error::EvaluationError;
use crate::lexer::{TokenKind, number::read_moment};
use crate::value::{Number, OWN_VALUE, Value};

type Result = std::result::Result<Value, EvaluationError>;

pub(super) static FUNCTIONS: &[Function] = &[
    function!("has_number", Eager(has_number), "Whether there is a number in a text, with a point before its decimals; commas between groups of three digits do not count.", ["text": "a text or number"],
        "boolean; `.number` has the first one", errors: "none",
        "has_number(\"I have 3.5 cats\").number" => "3.5", "has_number(\"1,000,000.5 COP\").number" => "1000000.5",
        "has_number(\"1,5\").number" => "1", "has_number(\"٣ قطط\").number" => "3", "has_number(\"none\")" => "false"),
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
    function!("has_date", Eager(has_date), "Whether there is a date in a text: YYYY-MM-DD, or DD-MM-YYYY with `-`, `/` or `.`.",
        ["text": "a text, date or moment"], "boolean; `.date` has the first one", errors: "none",
        "has_date(\"on 28/02/2026.\").date" => "2026-02-28", "has_date(\"soon\")" => "false", "has_date(\"31/02/2026\")" => "false"),
    function!("has_date_eq", Eager(has_date_eq), "Whether the first date is another.",
        ["text": "a text, date or moment", "other": "a date"], "boolean; `.date` has the first one",
        errors: "another that is not a date", "has_date_eq(\"28-02-2026\", 2026-02-28)" => "true"),
    function!("has_date_gt", Eager(has_date_gt), "Whether the first date is after another.",
        ["text": "a text, date or moment", "other": "a date"], "boolean; `.date` has the first one",
        errors: "another that is not a date", "has_date_gt(\"2026-03-01\", \"2026-02-28\")" => "true"),
    function!("has_date_lt", Eager(has_date_lt), "Whether the first date is before another.",
        ["text": "a text, date or moment", "other": "a date"], "boolean; `.date` has the first one",
        errors: "another that is not a date", "has_date_lt(\"2026-03-01\", 2026-02-28)" => "false"),
    function!("has_time", Eager(has_time), "Whether there is a time of day in a text: H:MM or H:MM:SS. A following am or pm is not read.",
        ["text": "a text, time or moment"], "boolean; `.time` has the first one", errors: "none",
        "has_time(\"10:00 pm\").time" => "10:00", "has_time(\"at 9:30\").time" => "09:30", "has_time(\"ten\")" => "false"),
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

/// `text` with Arabic-Indic digits, and the signs before decimals and between thousands, as Western ones.
pub(super) fn western_digits(text: &str) -> String {
    let western = |character: char| match character {
        '٠'..='٩' => char::from_digit(u32::from(character) - 0x660, 10).unwrap_or(character),
        '۰'..='۹' => char::from_digit(u32::from(character) - 0x6F0, 10).unwrap_or(character),
        '٫' => '.',
        '٬' => ',',
        other => other,
    };
    text.chars().map(western).collect()
}

/// The first number of the text, or the number itself.
fn first_number(arguments: &Arguments<'_>) -> std::result::Result<Option<Number>, EvaluationError> {
    if let number @ (Value::Int(_) | Value::Float(_)) = arguments.value(0) {
        return Ok(number.as_number());
    }
    let text = western_digits(&arguments.text(0)?);
    let Some(start) = text.find(|character: char| character.is_ascii_digit()) else { return Ok(None) };
    let rest = &text[start..];
    let mut end = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
    // As in RapidPro's tests, `1,000` is a thousand; a comma that separates anything but groups of three digits ends it.
    if end <= 3 && !rest.starts_with('0') {
        while let Some(group) = rest[end..].strip_prefix(',')
            && group.bytes().take_while(u8::is_ascii_digit).count() == 3
        {
            end += 4;
        }
    }
    let fraction = rest[end..].strip_prefix('.').map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
    if fraction > 0 {
        end += 1 + fraction;
    }
    // A minus sign counts when it does not join the number to a word: `-4`, but not `covid-19`.
    let before = &text[..start];
    let negative = before.ends_with('-') && !before[..before.len() - 1].ends_with(char::is_alphanumeric);
    Ok(Number::parse(&format!("{}{}", if negative { "-" } else { "" }, rest[..end].replace(',', ""))))
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

/// Pieces of a text between blanks, without the punctuation around them.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || c == ',').map(|piece| piece.trim_matches(|c: char| !c.is_alphanumeric()))
}

/// The date that a piece of a text spells.
pub(super) fn date_in(piece: &str) -> Option<civil::Date> {
    match read_moment(piece) {
        Some(TokenKind::Date(date)) => return Some(date),
        Some(TokenKind::DateTime(literal)) => return Some(literal.civil.date()),
        _ => {}
    }
    let parts: Vec<&str> = piece.split(['-', '/', '.']).collect();
    let &[day, month, year] = parts.as_slice() else { return None };
    let year = (year.len() == 4).then(|| year.parse().ok()).flatten()?;
    civil::Date::new(year, month.parse().ok()?, day.parse().ok()?).ok()
}

fn first_date(arguments: &Arguments<'_>) -> std::result::Result<Option<civil::Date>, EvaluationError> {
    if !matches!(arguments.value(0), Value::Text(_)) {
        return Ok(arguments.value(0).as_date(&arguments.env().time_zone));
    }
    Ok(pieces(&arguments.text(0)?).find_map(date_in))
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
        _ => pieces(&arguments.text(0)?).find_map(|piece| {
            let digits = piece.trim_end_matches(|c: char| !c.is_ascii_digit());
            match read_moment(digits)? {
                TokenKind::Time(time) => Some(time),
                TokenKind::DateTime(literal) => Some(literal.civil.time()),
                _ => None,
            }
        }),
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
