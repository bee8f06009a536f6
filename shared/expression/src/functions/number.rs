//! Numbers.

use super::{Function, function};
use crate::ast::BinaryOperator;
use crate::context::Arguments;
use crate::error::EvaluationError;
use crate::operators::{self, finite};
use crate::value::{Number, Value};

type Result = std::result::Result<Value, EvaluationError>;

/// Decimal places beyond which a 64-bit float holds nothing.
pub(super) const MAX_DECIMALS: usize = 20;

pub(super) static FUNCTIONS: &[Function] = &[
    function!("abs", Eager(abs), "The amount of a number, without its sign.", ["number": "a number"], "number",
        errors: "a value that is not a number", "abs(-3)" => "3", "abs(\"-2.5\")" => "2.5"),
    function!("max", Eager(max), "The largest number.", ["number…": "numbers, or one list of numbers"], "number",
        errors: "no number, or a value that is not one", "max(1, 3, 2)" => "3", "max([4, 5])" => "5"),
    function!("min", Eager(min), "The smallest number.", ["number…": "numbers, or one list of numbers"], "number",
        errors: "no number, or a value that is not one", "min(2, 1.5)" => "1.5"),
    function!("sum", Eager(sum), "All numbers added.", ["number…": "numbers, or one list of numbers"], "number",
        errors: "a value that is not a number", "sum(1, 2, 3)" => "6", "sum([1, 2.5])" => "3.5"),
    function!("power", Eager(power), "A number raised to another.", ["base": "a number", "exponent": "a number"],
        "number with a fraction", errors: "a result that no number can hold", "power(2, 3)" => "8.0"),
    function!("rem", Eager(rem), "What is left of a whole number divided by another, with the sign of the first.",
        ["dividend": "a whole number", "divisor": "a whole number"], "number", errors: "division by zero",
        "rem(7, 3)" => "1", "rem(-7, 3)" => "-1"),
    function!("round", Eager(round), "A number with a given count of decimals, halves away from zero.",
        ["number": "a number", "decimals?": "0 to 20; 0 when left out"], "text", errors: "a value that is not a number",
        "round(2.5)" => "\"3\"", "round(3.14159, 2)" => "\"3.14\"", "round(-0.4)" => "\"0\""),
    function!("rand_between", Eager(rand_between), "A whole number by chance.",
        ["lowest": "a whole number", "highest": "a whole number, included"], "number", errors: "lowest above highest",
        "rand_between(3, 3)" => "3", "rand_between(1, 6) in 1..6" => "true"),
];

fn abs(arguments: &Arguments<'_>) -> Result {
    Ok(match arguments.number(0)? {
        Number::Int(number) => {
            number.checked_abs().map_or(Value::Float(Number::Int(number).as_f64().abs()), Value::Int)
        }
        Number::Float(number) => Value::Float(number.abs()),
    })
}

/// All arguments as numbers; one that is a list stands for its items.
fn numbers(arguments: &Arguments<'_>) -> std::result::Result<Vec<Number>, EvaluationError> {
    let mut numbers = Vec::with_capacity(arguments.values.len());
    for index in 0..arguments.values.len() {
        if matches!(arguments.value(index), Value::List(_) | Value::Range(_)) {
            for item in arguments.items(index)?.iter() {
                numbers.push(
                    item.as_number(arguments.env().locale)
                        .ok_or_else(|| arguments.wrong(index, "a list of numbers"))?,
                );
            }
        } else {
            numbers.push(arguments.number(index)?);
        }
    }
    Ok(numbers)
}

fn max(arguments: &Arguments<'_>) -> Result {
    let largest = numbers(arguments)?.into_iter().max_by(|left, right| left.compare(*right));
    largest.map(Value::from).ok_or_else(|| arguments.invalid(0, "there is no number"))
}

fn min(arguments: &Arguments<'_>) -> Result {
    let smallest = numbers(arguments)?.into_iter().min_by(|left, right| left.compare(*right));
    smallest.map(Value::from).ok_or_else(|| arguments.invalid(0, "there is no number"))
}

fn sum(arguments: &Arguments<'_>) -> Result {
    let mut total = Value::Int(0);
    for number in numbers(arguments)? {
        let so_far = total.as_number(arguments.env().locale).unwrap_or(Number::Int(0));
        total = operators::arithmetic(BinaryOperator::Add, so_far, number)?;
    }
    Ok(total)
}

fn power(arguments: &Arguments<'_>) -> Result {
    operators::arithmetic(BinaryOperator::Power, arguments.number(0)?, arguments.number(1)?)
}

fn rem(arguments: &Arguments<'_>) -> Result {
    let (dividend, divisor) = (arguments.int(0)?, arguments.int(1)?);
    if divisor == 0 {
        return Err(EvaluationError::DivisionByZero);
    }
    Ok(Value::Int(dividend.checked_rem(divisor).unwrap_or(0)))
}

/// `number` with `decimals` decimal places, halves away from zero as a person rounds the digits that are written.
pub(super) fn rounded(number: Number, decimals: usize) -> std::result::Result<String, EvaluationError> {
    let float = match number {
        Number::Int(number) => {
            let zeros = if decimals == 0 { String::new() } else { format!(".{}", "0".repeat(decimals)) };
            return Ok(format!("{number}{zeros}"));
        }
        Number::Float(float) => float,
    };
    finite(float, || "`round`".to_owned())?;
    // The shortest decimal text of the float is what its writer meant: round that, not its binary neighbour.
    let written = format!("{}", float.abs());
    let (whole, fraction) = written.split_once('.').unwrap_or((&written, ""));
    let mut digits: Vec<u8> =
        whole.bytes().chain(fraction.bytes().chain(std::iter::repeat(b'0')).take(decimals)).collect();
    let mut up = fraction.as_bytes().get(decimals).is_some_and(|digit| *digit >= b'5');
    for digit in digits.iter_mut().rev() {
        if !up {
            break;
        }
        up = *digit == b'9';
        *digit = if up { b'0' } else { *digit + 1 };
    }
    if up {
        digits.insert(0, b'1');
    }
    let mut text: String = digits.iter().map(|digit| char::from(*digit)).collect();
    if decimals > 0 {
        text.insert(text.len() - decimals, '.');
    }
    let negative = float < 0.0 && digits.iter().any(|digit| *digit != b'0');
    Ok(if negative { format!("-{text}") } else { text })
}

fn round(arguments: &Arguments<'_>) -> Result {
    let decimals = if arguments.has(1) { arguments.count(1)? } else { 0 };
    if decimals > MAX_DECIMALS {
        return Err(arguments.invalid(1, format!("at most {MAX_DECIMALS} decimals")));
    }
    arguments.made(rounded(arguments.number(0)?, decimals)?)
}

fn rand_between(arguments: &Arguments<'_>) -> Result {
    let (lowest, highest) = (arguments.int(0)?, arguments.int(1)?);
    let Ok(width) = u128::try_from(i128::from(highest) - i128::from(lowest) + 1) else {
        return Err(arguments.invalid(0, "the lowest number is above the highest"));
    };
    if width == 0 {
        return Err(arguments.invalid(0, "the lowest number is above the highest"));
    }
    // The high part of a 128-bit product spreads 64 random bits evenly over the width.
    let offset = (u128::from(arguments.env().random()) * width) >> 64;
    let number = i128::from(lowest) + i128::try_from(offset).unwrap_or(0);
    Ok(Value::Int(i64::try_from(number).unwrap_or(highest)))
}
