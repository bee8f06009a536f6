//! Words of a text. A word is a run of letters, digits, `_` and `'`; with `by_spaces`, anything between blanks.

use super::{Function, function};
use crate::context::Arguments;
use crate::error::EvaluationError;
use crate::fold::is_mark;
use crate::value::Value;

/// How words are counted.
const COUNTING: &str = "words count from 1, or from -1 at the end";

type Result = std::result::Result<Value, EvaluationError>;

pub(super) static FUNCTIONS: &[Function] = &[
    function!("first_word", Eager(first_word), "The first word.", ["text": "a text"], "text", errors: "none",
        "first_word(\"hola, mundo\")" => "\"hola\"", "first_word(\"\")" => "\"\""),
    function!("remove_first_word", Eager(remove_first_word), "What follows the first word.", ["text": "a text"], "text",
        errors: "none", "remove_first_word(\"join health tips\")" => "\"health tips\""),
    function!("word", Eager(word), "One word.",
        ["text": "a text", "number": "which one, counted from 1, or from the end for negative numbers",
         "by_spaces?": "true: words are what lies between blanks"], "text, empty when there is none",
        errors: "0 as the number", "word(\"hello cow-boy\", 2)" => "\"cow\"",
        "word(\"hello cow-boy\", 2, true)" => "\"cow-boy\"", "word(\"hello cow-boy\", -1)" => "\"boy\""),
    function!("word_count", Eager(word_count), "How many words there are.",
        ["text": "a text", "by_spaces?": "true: words are what lies between blanks"], "number", errors: "none",
        "word_count(\"one, two three\")" => "3"),
    function!("word_slice", Eager(word_slice), "Words from one to another, with a space between them.",
        ["text": "a text", "start": "the first, counted from 1, or from the end for negative numbers",
         "stop?": "the one behind the last; negative counts from the end; all words when left out",
         "by_spaces?": "true: words are what lies between blanks"], "text", errors: "0 as the start",
        "word_slice(\"a b c d\", 2, 4)" => "\"b c\"", "word_slice(\"a b c d\", 3)" => "\"c d\"",
        "word_slice(\"a b c d\", 1, -2)" => "\"a b\"", "word_slice(\"a b c d\", -1)" => "\"d\""),
    function!("read_digits", Eager(read_digits), "Digits as words, to be spoken.", ["text": "a text"],
        "text: what is neither a digit nor a plus sign is left out", errors: "none",
        "read_digits(\"+15\")" => "\"plus one five\""),
];

/// The words of `text`.
pub(super) fn words(text: &str, by_spaces: bool) -> Vec<&str> {
    if by_spaces {
        return text.split_whitespace().collect();
    }
    let mut words = Vec::new();
    let mut start = None;
    for (index, character) in text.char_indices() {
        // A mark, such as a vowel sign, belongs to the letter before it.
        let belongs = is_letter(character) || (start.is_some() && is_mark(character));
        match start {
            None if belongs => start = Some(index),
            Some(from) if !belongs => {
                words.push(&text[from..index]);
                start = None;
            }
            _ => {}
        }
    }
    words.extend(start.map(|from| &text[from..]));
    words.retain(|word| word.contains(char::is_alphanumeric));
    words
}

fn is_letter(character: char) -> bool {
    character.is_alphanumeric() || "_'’".contains(character)
}

fn first_word(arguments: &Arguments<'_>) -> Result {
    Ok(Value::from(words(&arguments.text(0)?, false).first().copied().unwrap_or_default()))
}

fn remove_first_word(arguments: &Arguments<'_>) -> Result {
    let text = arguments.text(0)?;
    let Some(first) = words(&text, false).first().copied() else { return Ok(Value::from("")) };
    let rest = text.find(first).map_or("", |start| &text[start + first.len()..]);
    Ok(Value::from(rest.trim_start_matches(|character: char| !character.is_alphanumeric()).trim_end()))
}

fn word(arguments: &Arguments<'_>) -> Result {
    let (text, number) = (arguments.text(0)?, arguments.int(1)?);
    let words = words(&text, arguments.value(2).truthy());
    let position = match number {
        0 => return Err(arguments.invalid(1, COUNTING)),
        1.. => usize::try_from(number - 1).ok(),
        _ => usize::try_from(number.unsigned_abs()).ok().and_then(|back| words.len().checked_sub(back)),
    };
    Ok(Value::from(position.and_then(|position| words.get(position)).copied().unwrap_or_default()))
}

fn word_count(arguments: &Arguments<'_>) -> Result {
    let count = words(&arguments.text(0)?, arguments.value(1).truthy()).len();
    Ok(Value::Int(i64::try_from(count).unwrap_or(i64::MAX)))
}

fn word_slice(arguments: &Arguments<'_>) -> Result {
    let text = arguments.text(0)?;
    let words = words(&text, arguments.value(3).truthy());
    let start = match arguments.int(1)? {
        0 => return Err(arguments.invalid(1, COUNTING)),
        start @ 1.. => usize::try_from(start - 1).unwrap_or(usize::MAX),
        back => words.len().saturating_sub(usize::try_from(back.unsigned_abs()).unwrap_or(usize::MAX)),
    };
    let stop = match arguments.value(2) {
        Value::Null => words.len(),
        _ => match arguments.int(2)? {
            back @ ..0 => words.len().saturating_sub(usize::try_from(back.unsigned_abs()).unwrap_or(usize::MAX)),
            stop => usize::try_from(stop).unwrap_or(usize::MAX).saturating_sub(1).min(words.len()),
        },
    };
    arguments.made(words.get(start..stop).unwrap_or_default().join(" "))
}

fn read_digits(arguments: &Arguments<'_>) -> Result {
    let spoken = |character: char| {
        let names = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
        match character.to_digit(10) {
            Some(digit) => names.get(usize::try_from(digit).ok()?).copied(),
            None => (character == '+').then_some("plus"),
        }
    };
    let spoken: Vec<&str> = arguments.text(0)?.chars().filter_map(spoken).collect();
    arguments.made(spoken.join(" "))
}
