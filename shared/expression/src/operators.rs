//! What operators do. Texts that spell a number count as one, and texts that spell a date compare with dates.

use std::cmp::Ordering;

use jiff::civil;

use crate::ast::{BinaryOperator, Expr, ExprKind};
use crate::date_time::{DateTime, TOO_FAR};
use crate::environment::Environment;
use crate::error::EvaluationError;
use crate::evaluate::Evaluation;
use crate::value::{Number, Value};

/// Work units of comparing two lambdas, which compares their source.
const LAMBDA_COST: u64 = 100;

/// The value of an expression with a binary operator on top. A chain such as `a + b + c`, which nests to the left, is
/// followed in a loop rather than by recursion, so its length costs no stack.
pub(crate) fn binary(evaluation: &Evaluation<'_>, expr: &Expr) -> Result<Value, EvaluationError> {
    let mut chain = Vec::new();
    let mut innermost = expr;
    while let ExprKind::Binary { operator, left, right } = &innermost.kind {
        if !chain.is_empty() {
            evaluation.env.spend(1)?; // the node on top has been counted
        }
        chain.push((*operator, &**left, &**right));
        innermost = left;
    }
    let mut value = None;
    for (operator, left, right) in chain.into_iter().rev() {
        let left_value = match value.take() {
            Some(value) => value,
            // `and` and `or`, like the functions of these names, take what is missing for nothing.
            None if matches!(operator, BinaryOperator::And | BinaryOperator::Or) => evaluation.value(left)?,
            None => evaluation.operand(left)?,
        };
        value = Some(match operator {
            BinaryOperator::And => Value::Bool(left_value.truthy() && evaluation.value(right)?.truthy()),
            // Like the function, `or` gives the value that holds: `contact.nickname or "friend"`.
            BinaryOperator::Or if left_value.truthy() => left_value,
            BinaryOperator::Or => evaluation.value(right)?,
            _ => {
                let right_value = evaluation.operand(right)?;
                apply(evaluation, operator, (left, left_value), (right, right_value))?
            }
        });
    }
    Ok(value.unwrap_or_default())
}

/// One operator on two values; their expressions are for the messages.
#[inline(never)]
fn apply(
    evaluation: &Evaluation<'_>,
    operator: BinaryOperator,
    (left, left_value): (&Expr, Value),
    (right, right_value): (&Expr, Value),
) -> Result<Value, EvaluationError> {
    use BinaryOperator as B;
    let env = evaluation.env;
    Ok(match operator {
        B::Equal => Value::Bool(equal(&left_value, &right_value, env)?),
        B::NotEqual => Value::Bool(!equal(&left_value, &right_value, env)?),
        B::Less | B::LessOrEqual | B::Greater | B::GreaterOrEqual => {
            let order = compare(&left_value, &right_value, env)?;
            Value::Bool(order.is_some_and(|order| match operator {
                B::Less => order.is_lt(),
                B::LessOrEqual => order.is_le(),
                B::Greater => order.is_gt(),
                _ => order.is_ge(),
            }))
        }
        B::In => Value::Bool(contains(env, &left_value, &right_value)?),
        B::Concatenate => {
            left_value.weigh(env)?;
            right_value.weigh(env)?;
            let mut text = left_value.text();
            right_value.write_text(&mut text);
            env.spend_output(text.len())?;
            env.check_size(text.len())?;
            Value::from(text)
        }
        B::Add | B::Subtract if is_duration_sum(&left_value, &right_value) => {
            shifted(operator, &left_value, &right_value, env)?
        }
        _ => {
            let number = |value: &Value, expr: &Expr| number(evaluation, value, expr, operator.symbol());
            arithmetic(operator, number(&left_value, left)?, number(&right_value, right)?)?
        }
    })
}

/// Whether a time of day is added to, or taken from, a date or moment: it then counts as a duration.
fn is_duration_sum(left: &Value, right: &Value) -> bool {
    matches!((left.acting(), right.acting()), (Value::Date(_) | Value::DateTime(_), Value::Time(_)))
}

/// `now() + time(2, 30, 0)`: the moment two and a half hours later.
fn shifted(
    operator: BinaryOperator,
    moment: &Value,
    duration: &Value,
    env: &Environment,
) -> Result<Value, EvaluationError> {
    let place = format!("`{}`", operator.symbol());
    let too_far = EvaluationError::Argument { place, problem: TOO_FAR.to_owned() };
    let Some((time, moment)) = duration.as_time().zip(moment.as_date_time(env)) else { return Err(too_far) };
    let moment = moment.zoned(&env.time_zone);
    let length = time - civil::Time::midnight();
    let sum = if operator == BinaryOperator::Add { moment.checked_add(length) } else { moment.checked_sub(length) };
    sum.map(|moment| DateTime::from(&moment).into()).map_err(|_| too_far)
}

fn number(evaluation: &Evaluation<'_>, value: &Value, expr: &Expr, symbol: &str) -> Result<Number, EvaluationError> {
    value.as_number(evaluation.env.locale).ok_or_else(|| {
        if value.acting() == &Value::Null && expr.is_reference() {
            return evaluation.not_found(expr);
        }
        EvaluationError::Type { place: format!("`{symbol}`"), expected: "a number", found: value.describe() }
    })
}

/// `-value`.
pub(crate) fn negate(value: &Value, env: &Environment) -> Result<Value, EvaluationError> {
    let place = || "`-`".to_owned();
    let found = || EvaluationError::Type { place: place(), expected: "a number", found: value.describe() };
    arithmetic(BinaryOperator::Subtract, Number::Int(0), value.as_number(env.locale).ok_or_else(found)?)
}

/// Whole numbers stay whole where they can: `6 / 2` is 3 and `7 / 2` is 3.5. `^` always gives a float.
pub(crate) fn arithmetic(operator: BinaryOperator, left: Number, right: Number) -> Result<Value, EvaluationError> {
    use BinaryOperator as B;
    if let (Number::Int(left), Number::Int(right)) = (left, right) {
        let exact = match operator {
            B::Add => left.checked_add(right),
            B::Subtract => left.checked_sub(right),
            B::Multiply => left.checked_mul(right),
            B::Divide if right == 0 => return Err(EvaluationError::DivisionByZero),
            B::Divide if left.checked_rem(right) == Some(0) => left.checked_div(right),
            _ => None,
        };
        if let Some(exact) = exact {
            return Ok(Value::Int(exact));
        }
    }
    let (left, right) = (left.as_f64(), right.as_f64());
    let result = match operator {
        B::Add => left + right,
        B::Subtract => left - right,
        B::Multiply => left * right,
        B::Divide if right == 0.0 => return Err(EvaluationError::DivisionByZero),
        B::Divide => left / right,
        _ => left.powf(right),
    };
    finite(result, || format!("`{}`", operator.symbol()))
}

/// A float, if it is a number that can be written.
pub(crate) fn finite(number: f64, place: impl FnOnce() -> String) -> Result<Value, EvaluationError> {
    if number.is_finite() { Ok(Value::Float(number)) } else { Err(EvaluationError::NotFinite { place: place() }) }
}

/// `==`: numbers by amount, moments by instant, texts exactly (case counts), a text and another kind by what the text
/// spells.
///
/// Spends one unit for each pair of parts it compares.
pub(crate) fn equal(left: &Value, right: &Value, env: &Environment) -> Result<bool, EvaluationError> {
    let (left, right) = (left.acting(), right.acting());
    Ok(match (left, right) {
        (Value::Text(left), Value::Text(right)) => {
            look_at(left, env)?;
            left == right
        }
        (Value::List(left), Value::List(right)) => {
            if left.len() != right.len() {
                return Ok(false);
            }
            for (left, right) in left.iter().zip(right.iter()) {
                env.spend(1)?;
                if !equal(left, right, env)? {
                    return Ok(false);
                }
            }
            true
        }
        (Value::Map(left), Value::Map(right)) => {
            if left.len() != right.len() {
                return Ok(false);
            }
            for (key, value) in left.iter() {
                env.spend(1)?;
                match right.get(key) {
                    Some(other) if equal(value, other, env)? => {}
                    _ => return Ok(false),
                }
            }
            true
        }
        (Value::Bool(flag), Value::Text(text)) | (Value::Text(text), Value::Bool(flag)) => {
            text.eq_ignore_ascii_case(if *flag { "true" } else { "false" })
        }
        (Value::Null, other) | (other, Value::Null) => matches!(other, Value::Null),
        (Value::Range(left), Value::Range(right)) => left == right,
        (Value::Lambda(left), Value::Lambda(right)) => {
            env.spend(LAMBDA_COST)?;
            left == right
        }
        _ => compare(left, right, env)?.is_some_and(Ordering::is_eq),
    })
}

/// Whether one of `items` equals `item`.
pub(crate) fn any_equal(items: &[Value], item: &Value, env: &Environment) -> Result<bool, EvaluationError> {
    for other in items {
        if equal(other, item, env)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Pays for a look at every byte of `text`, which a machine does many at a time.
fn look_at(text: &str, env: &Environment) -> Result<(), EvaluationError> {
    env.spend_output(text.len() / 64)
}

/// How two values are ordered; `None` when there is no order between them, so that neither is less than the other.
pub(crate) fn compare(left: &Value, right: &Value, env: &Environment) -> Result<Option<Ordering>, EvaluationError> {
    let (left, right) = (left.acting(), right.acting());
    if let (Value::Text(text), _) | (_, Value::Text(text)) = (left, right) {
        look_at(text, env)?;
    }
    Ok(order(left, right, env))
}

fn order(left: &Value, right: &Value, env: &Environment) -> Option<Ordering> {
    match (left, right) {
        (Value::Text(left_text), Value::Text(right_text)) => {
            match (left.as_number(env.locale), right.as_number(env.locale)) {
                (Some(left), Some(right)) => Some(left.compare(right)),
                _ => Some(left_text.cmp(right_text)),
            }
        }
        (Value::Date(left), Value::Date(right)) => Some(left.cmp(right)),
        (Value::Time(left), Value::Time(right)) => Some(left.cmp(right)),
        (Value::Time(_), Value::Text(_)) | (Value::Text(_), Value::Time(_)) => {
            Some(left.as_time()?.cmp(&right.as_time()?))
        }
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        (Value::Date(_) | Value::DateTime(_), _) | (_, Value::Date(_) | Value::DateTime(_)) => {
            Some(left.as_date_time(env)?.cmp(&right.as_date_time(env)?))
        }
        _ => Some(left.as_number(env.locale)?.compare(right.as_number(env.locale)?)),
    }
}

/// `x in y`: an item of a list, a number of a range, a key of a map, or a part of a text.
pub(crate) fn contains(env: &Environment, item: &Value, holder: &Value) -> Result<bool, EvaluationError> {
    let holder = holder.acting();
    Ok(match holder {
        Value::List(items) => {
            env.spend_output(items.len())?;
            any_equal(items, item, env)?
        }
        Value::Range(range) => item.as_int(env.locale).is_some_and(|number| {
            let (low, high) = (range.first.min(range.last), range.first.max(range.last));
            let distance = i128::from(number) - i128::from(range.first);
            !range.is_empty() && (low..=high).contains(&number) && distance % i128::from(range.step) == 0
        }),
        Value::Map(map) => {
            item.weigh(env)?;
            map.contains_key(&item.text())
        }
        Value::Text(text) => {
            item.weigh(env)?;
            env.spend_output(text.len())?;
            text.contains(&item.text())
        }
        Value::Null => false,
        _ => {
            let found = holder.describe();
            return Err(EvaluationError::Type { place: "`in`".to_owned(), expected: "a list", found });
        }
    })
}
