//! Texts. Lengths and positions count characters (Unicode scalar values), as the checks of long texts do: an emoji that
//! people see as one may be several.

use super::{Function, function, number};
use crate::context::Arguments;
use crate::error::EvaluationError;
use crate::value::Value;

type Result = std::result::Result<Value, EvaluationError>;

pub(super) static FUNCTIONS: &[Function] = &[
    function!("concatenate", Eager(concatenate), "Values joined as they print.", ["value…": "any values"], "text",
        errors: "none", "concatenate(\"a\", 1, nil, \"b\")" => "\"a1b\""),
    function!("len", Eager(len), "How many characters a text has.", ["text": "a text"], "number", errors: "none",
        "len(\"día\")" => "3", "len(\"👍🏽\")" => "2"),
    function!("lower", Eager(lower), "A text in small letters.", ["text": "a text"], "text", errors: "none",
        "lower(\"ÁRBOL\")" => "\"árbol\""),
    function!("upper", Eager(upper), "A text in capital letters.", ["text": "a text"], "text", errors: "none",
        "upper(\"árbol\")" => "\"ÁRBOL\""),
    function!("proper", Eager(proper), "A text with every word's first letter a capital and the others small.",
        ["text": "a text"], "text", errors: "none", "proper(\"maría JOSÉ\")" => "\"María José\""),
    function!("left", Eager(left), "The first characters.", ["text": "a text", "count": "how many"], "text",
        errors: "a negative count", "left(\"chasqui\", 3)" => "\"cha\"", "left(\"a\", 9)" => "\"a\""),
    function!("right", Eager(right), "The last characters.", ["text": "a text", "count": "how many"], "text",
        errors: "a negative count", "right(\"chasqui\", 3)" => "\"qui\""),
    function!("mid", Eager(mid), "Characters from a position on.",
        ["text": "a text", "start": "the first one, counted from 1", "count": "how many"], "text",
        errors: "a start below 1, a negative count", "mid(\"chasqui\", 2, 3)" => "\"has\""),
    function!("rept", Eager(rept), "A text repeated.", ["text": "a text", "times": "how often"], "text",
        errors: "a negative number, or a result that is too large", "rept(\"ja\", 3)" => "\"jajaja\""),
    function!("substitute", Eager(substitute), "A text with every occurrence of another replaced.",
        ["text": "a text", "old": "what is replaced; nothing is when it is empty", "new": "what replaces it"], "text",
        errors: "a result that is too large", "substitute(\"a-b-c\", \"-\", \"+\")" => "\"a+b+c\""),
    function!("split", Eager(split), "The parts of a text.",
        ["text": "a text", "separator?": "what lies between the parts; blanks when left out"], "list of texts",
        errors: "none", "split(\"a,b,,c\", \",\")" => "[\"a\", \"b\", \"\", \"c\"]", "split(\" a  b \")" => "[\"a\", \"b\"]"),
    function!("clean", Eager(clean), "A text without characters that do not print.", ["text": "a text"], "text",
        errors: "none", "clean(\"a\\nb\\u0007\")" => "\"ab\""),
    function!("fixed", Eager(fixed), "A number with a fixed count of decimals and commas between thousands.",
        ["number": "a number", "decimals?": "0 to 20; 2 when left out", "no_commas?": "true leaves the commas out"],
        "text", errors: "a value that is not a number",
        "fixed(4321.987, 1)" => "\"4,322.0\"", "fixed(-1234.5, 2, true)" => "\"-1234.50\""),
    function!("percent", Eager(percent), "A number as a whole percentage.", ["number": "a number; 1 is 100 %"], "text",
        errors: "a value that is not a number", "percent(0.256)" => "\"26%\"", "percent(2)" => "\"200%\""),
];

fn concatenate(arguments: &Arguments<'_>) -> Result {
    let mut joined = String::new();
    for index in 0..arguments.values.len() {
        joined.push_str(&arguments.text(index)?);
        arguments.env().check_size(joined.len())?;
    }
    Ok(Value::from(joined))
}

fn len(arguments: &Arguments<'_>) -> Result {
    Ok(Value::Int(i64::try_from(arguments.text(0)?.chars().count()).unwrap_or(i64::MAX)))
}

fn lower(arguments: &Arguments<'_>) -> Result {
    arguments.made(arguments.text(0)?.to_lowercase())
}

fn upper(arguments: &Arguments<'_>) -> Result {
    arguments.made(arguments.text(0)?.to_uppercase())
}

fn proper(arguments: &Arguments<'_>) -> Result {
    let text = arguments.text(0)?;
    let mut proper = String::with_capacity(text.len());
    let mut inside = false;
    for character in text.chars() {
        if inside {
            proper.extend(character.to_lowercase());
        } else {
            proper.extend(character.to_uppercase());
        }
        inside = character.is_alphanumeric() || (inside && character == '\'');
    }
    arguments.made(proper)
}

fn left(arguments: &Arguments<'_>) -> Result {
    let count = arguments.count(1)?;
    arguments.made(arguments.text(0)?.chars().take(count).collect())
}

fn right(arguments: &Arguments<'_>) -> Result {
    let (text, count) = (arguments.text(0)?, arguments.count(1)?);
    let skipped = text.chars().count().saturating_sub(count);
    arguments.made(text.chars().skip(skipped).collect())
}

fn mid(arguments: &Arguments<'_>) -> Result {
    let (start, count) = (arguments.count(1)?, arguments.count(2)?);
    let Some(skipped) = start.checked_sub(1) else {
        return Err(arguments.invalid(1, "positions count from 1"));
    };
    arguments.made(arguments.text(0)?.chars().skip(skipped).take(count).collect())
}

fn rept(arguments: &Arguments<'_>) -> Result {
    let (text, times) = (arguments.text(0)?, arguments.count(1)?);
    arguments.env().check_size(text.len().saturating_mul(times))?;
    arguments.made(text.repeat(times))
}

fn substitute(arguments: &Arguments<'_>) -> Result {
    let (text, old, new) = (arguments.text(0)?, arguments.text(1)?, arguments.text(2)?);
    if old.is_empty() {
        return arguments.made(text.into_owned());
    }
    let times = text.matches(&*old).count();
    arguments.env().check_size((text.len() - times * old.len()).saturating_add(times.saturating_mul(new.len())))?;
    arguments.made(text.replace(&*old, &new))
}

fn split(arguments: &Arguments<'_>) -> Result {
    let text = arguments.text(0)?;
    let separator = if arguments.has(1) { arguments.text(1)? } else { "".into() };
    let parts: Vec<Value> = if separator.trim().is_empty() {
        text.split_whitespace().map(Value::from).collect()
    } else {
        text.split(&*separator).map(Value::from).collect()
    };
    arguments.env().spend_output(parts.len())?;
    Ok(Value::list(parts))
}

fn clean(arguments: &Arguments<'_>) -> Result {
    arguments.made(arguments.text(0)?.chars().filter(|character| !character.is_control()).collect())
}

fn fixed(arguments: &Arguments<'_>) -> Result {
    let decimals = if arguments.has(1) { arguments.count(1)? } else { 2 };
    if decimals > number::MAX_DECIMALS {
        return Err(arguments.invalid(1, format!("at most {} decimals", number::MAX_DECIMALS)));
    }
    let plain = number::rounded(arguments.number(0)?, decimals)?;
    if arguments.value(2).truthy() {
        return arguments.made(plain);
    }
    let (sign, digits) = plain.strip_prefix('-').map_or(("", &*plain), |digits| ("-", digits));
    let (whole, fraction) = digits.find('.').map_or((digits, ""), |point| digits.split_at(point));
    let mut written = sign.to_owned();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            written.push(',');
        }
        written.push(digit);
    }
    written.push_str(fraction);
    arguments.made(written)
}

fn percent(arguments: &Arguments<'_>) -> Result {
    let hundredfold = crate::operators::arithmetic(
        crate::ast::BinaryOperator::Multiply,
        arguments.number(0)?,
        crate::value::Number::Int(100),
    )?;
    let number = hundredfold.as_number(arguments.env().locale).unwrap_or(crate::value::Number::Int(0));
    arguments.made(format!("{}%", number::rounded(number, 0)?))
}
