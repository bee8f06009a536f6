//! Any expression over any data comes to an end within its budget, with a value that can be kept or an error that says
//! something. The input is the expression and, behind a zero byte, what the data is made from.
#![cfg_attr(fuzzing, no_main)]

use expression::{Dialect, Environment, Mode, RangeValue, Value, parse_expression};
use indexmap::IndexMap;
use jiff::{Timestamp, civil, tz::TimeZone};

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));

/// Work units of one input: little enough that a second is far more than it takes.
const BUDGET: u64 = 50_000;

/// Evaluates the expression in `data`, in both dialects and both modes.
pub(crate) fn run(data: &[u8]) {
    let end = data.iter().position(|byte| *byte == 0).unwrap_or(data.len());
    let source = String::from_utf8_lossy(&data[..end]);
    let mut bytes = data[end..].iter().copied();
    let context = Value::map(["a", "b", "list", "contact"].map(|name| (name, value(&mut bytes, 4))));
    for mode in [Mode::V2, Mode::V3] {
        let Value::Map(scope) = mode.read(context.clone()) else { continue };
        for dialect in [Dialect::Code, Dialect::Template] {
            let Ok(expression) = parse_expression(&source, dialect) else { continue };
            let outcome = expression.evaluate(&*scope, &environment());
            match &outcome {
                Ok(value) => keep(value),
                Err(error) => assert!(!error.to_string().is_empty()),
            }
            // The same input gives the same output, whatever was asked before.
            let again = expression.evaluate(&*scope, &environment());
            assert_eq!(again.map(|value| value.to_json()), outcome.map(|value| value.to_json()));
        }
    }
}

fn environment() -> Environment {
    Environment::new(Timestamp::UNIX_EPOCH, TimeZone::UTC).with_budget(BUDGET).with_max_output(4 * 1024).with_seed(1)
}

/// What is stored is read back as the same value.
fn keep(value: &Value) {
    let stored = serde_json::to_string(value).unwrap_or_default();
    let read: Value = serde_json::from_str(&stored).unwrap_or_default();
    assert_eq!(serde_json::to_string(&read).unwrap_or_default(), stored);
}

/// A value made from `bytes`, at most `levels` deep.
fn value(bytes: &mut impl Iterator<Item = u8>, levels: u8) -> Value {
    let kind = bytes.next().unwrap_or(0) % if levels == 0 { 9 } else { 11 };
    let mut small = || bytes.next().unwrap_or(0);
    match kind {
        0 => Value::Null,
        1 => Value::Bool(small() > 127),
        2 => Value::Int(i64::from(small()) - 128),
        3 => Value::Int(i64::MAX - i64::from(small())),
        4 => Value::Float(f64::from(small()) / 7.0),
        5 => Value::Date(civil::Date::constant(
            2000 + i16::from(small() % 100),
            1 + i8::try_from(small() % 12).unwrap_or(0),
            28,
        )),
        6 => Value::Time(civil::Time::constant(i8::try_from(small() % 24).unwrap_or(0), 59, 0, 0)),
        7 => Value::Range(RangeValue { first: small().into(), last: small().into(), step: i64::from(small()) + 1 }),
        8 => {
            let length = usize::from(small());
            let text: Vec<u8> = bytes.take(length).collect();
            Value::from(&*String::from_utf8_lossy(&text))
        }
        9 => {
            let length = small() % 8;
            Value::list((0..length).map(|_| value(bytes, levels - 1)).collect())
        }
        _ => {
            let length = small() % 8;
            let keys = ["name", "Name", "x", "__value__", "@date", "first-name", "1", "ñ"];
            Value::from(
                (0..length)
                    .map(|index| (keys[usize::from(index)].to_owned(), value(bytes, levels - 1)))
                    .collect::<IndexMap<_, _>>(),
            )
        }
    }
}
