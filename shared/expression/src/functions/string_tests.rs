//! Whether a text says something. Case, and blanks at both ends, do not count unless a test says so. Several words,
//! phrases, beginnings or ends are given as a list, or as one text with commas (words: blanks) between them.
//!
//! The tests follow [RapidPro's routing tests](https://textit.com/mr/docs/routing.html#tests), to which the FLOIP
//! specification refers.

use super::words::words;
use super::{Function, function};
use crate::context::Arguments;
use crate::error::EvaluationError;
use crate::value::Value;

type Result = std::result::Result<Value, EvaluationError>;

pub(super) static FUNCTIONS: &[Function] = &[
    function!("has_text", Eager(has_text), "Whether there is more than blanks.", ["text": "a text"], "boolean",
        errors: "none", "has_text(\" a \")" => "true", "has_text(\"  \")" => "false"),
    function!("has_all_words", Eager(has_all_words), "Whether all of some words occur, also as parts of longer ones.",
        ["text": "a text", "words": "words"], "boolean", errors: "none",
        "has_all_words(\"The quick brown FOX\", \"fox quick\")" => "true",
        "has_all_words(\"foxes\", \"fox\")" => "true", "has_all_words(\"fox\", \"fox red\")" => "false"),
    function!("has_any_word", Eager(has_any_word), "Whether at least one of some words occurs, as a whole word.",
        ["text": "a text", "words": "words"], "boolean; `.match` has the words found", errors: "none",
        "has_any_word(\"The quick brown FOX\", \"fox cat\")" => "true",
        "has_any_word(\"The Quick fox\", \"fox, quick\").match" => "\"Quick fox\"", "has_any_word(\"foxes\", \"fox\")" => "false"),
    function!("has_phrase", Eager(has_phrase), "Whether a phrase occurs, as whole words in this order.",
        ["text": "a text", "phrase": "a phrase; an empty one occurs in every text"], "boolean", errors: "none",
        "has_phrase(\"I want to JOIN now!\", \"to join\")" => "true", "has_phrase(\"this\", \"hi\")" => "false"),
    function!("has_any_phrase", Eager(has_any_phrase), "Whether at least one of some phrases occurs, as whole words.",
        ["text": "a text", "phrases": "a list or text with commas"], "boolean", errors: "none",
        "has_any_phrase(\"please stop it\", \"stop, opt out\")" => "true", "has_any_phrase(\"please\", [\"stop\"])" => "false"),
    function!("has_only_phrase", Eager(has_only_phrase), "Whether a text is a phrase and nothing else.",
        ["text": "a text", "phrase": "a phrase"], "boolean", errors: "none",
        "has_only_phrase(\" Join \", \"join\")" => "true", "has_only_phrase(\"join now\", \"join\")" => "false"),
    function!("has_any_exact_phrase", Eager(has_any_exact_phrase), "Whether a text is one of some phrases and nothing else.",
        ["text": "a text", "phrases": "a list or text with commas"], "boolean", errors: "none",
        "has_any_exact_phrase(\"YES\", \"yes, si\")" => "true", "has_any_exact_phrase(\"yes!\", [\"yes\"])" => "false"),
    function!("has_only_text", Eager(has_only_text), "Whether two texts are the same, case and blanks included.",
        ["text": "a text", "other": "a text"], "boolean", errors: "none",
        "has_only_text(\"foo\", \"foo\")" => "true", "has_only_text(\"Foo\", \"foo\")" => "false"),
    function!("has_beginning", Eager(has_beginning), "Whether a text begins with another.",
        ["text": "a text", "beginning": "a text"], "boolean", errors: "none",
        "has_beginning(\"Score_5\", \"score_\")" => "true", "has_beginning(\"a\", \"\")" => "false"),
    function!("has_any_beginning", Eager(has_any_beginning), "Whether a text begins with at least one of some others.",
        ["text": "a text", "beginnings": "a list or text with commas"], "boolean", errors: "none",
        "has_any_beginning(\"hola mundo\", \"hi, hola\")" => "true", "has_any_beginning(\"x\", [\"hi\"])" => "false"),
    function!("has_end", Eager(has_end), "Whether a text ends with another.", ["text": "a text", "end": "a text"],
        "boolean", errors: "none", "has_end(\"The Fox\", \"fox\")" => "true"),
    function!("has_any_end", Eager(has_any_end), "Whether a text ends with at least one of some others.",
        ["text": "a text", "ends": "a list or text with commas"], "boolean", errors: "none",
        "has_any_end(\"The Fox\", [\"cat\", \"fox\"])" => "true", "has_any_end(\"The Fox\", \"cat\")" => "false"),
];

fn folded(arguments: &Arguments<'_>, index: usize) -> std::result::Result<String, EvaluationError> {
    Ok(arguments.text(index)?.trim().to_lowercase())
}

/// What the second argument asks for in `text`: a list's texts, or the parts of a text between commas; in small
/// letters, without the empty ones.
fn several(arguments: &Arguments<'_>, text: &str) -> std::result::Result<Vec<String>, EvaluationError> {
    let parts = match arguments.value(1) {
        Value::List(items) => {
            arguments.value(1).weigh(arguments.env())?;
            items.iter().map(|item| item.text().trim().to_lowercase()).collect::<Vec<_>>()
        }
        _ => arguments.text(1)?.split(',').map(|part| part.trim().to_lowercase()).collect(),
    };
    pay_for_search(arguments, text, parts.len())?;
    Ok(parts.into_iter().filter(|part| !part.is_empty()).collect())
}

/// The words of what the second argument asks for in `text`.
fn several_words(arguments: &Arguments<'_>, text: &str) -> std::result::Result<Vec<String>, EvaluationError> {
    let parts = several(arguments, text)?;
    let words: Vec<String> = parts.iter().flat_map(|part| part.split_whitespace()).map(str::to_owned).collect();
    pay_for_search(arguments, text, words.len())?;
    Ok(words)
}

/// Pays for looking `count` times through `text`.
fn pay_for_search(arguments: &Arguments<'_>, text: &str, count: usize) -> std::result::Result<(), EvaluationError> {
    arguments.env().spend_output(text.len().saturating_mul(count))
}

fn phrase_in(text: &[&str], phrase: &str) -> bool {
    let phrase = words(phrase, false);
    phrase.is_empty() || text.windows(phrase.len()).any(|window| window == phrase)
}

fn has_text(arguments: &Arguments<'_>) -> Result {
    Ok(Value::Bool(!arguments.text(0)?.trim().is_empty()))
}

fn has_all_words(arguments: &Arguments<'_>) -> Result {
    let text = folded(arguments, 0)?;
    Ok(Value::Bool(several_words(arguments, &text)?.iter().all(|word| text.contains(word.as_str()))))
}

fn has_any_word(arguments: &Arguments<'_>) -> Result {
    let text = arguments.text(0)?;
    let words_of_text = words(&text, false);
    let folded: Vec<String> = words_of_text.iter().map(|word| word.to_lowercase()).collect();
    let mut is_found = vec![false; folded.len()];
    for wanted in several_words(arguments, &text)? {
        // `covid-19` is one word to its writer and two to `words`.
        let parts = words(&wanted, false);
        for (start, window) in folded.windows(parts.len().max(1)).enumerate() {
            if window == parts {
                is_found[start..start + parts.len()].fill(true);
            }
        }
    }
    let found: Vec<&str> =
        words_of_text.into_iter().zip(is_found).filter(|(_, is_found)| *is_found).map(|(word, _)| word).collect();
    if found.is_empty() {
        return Ok(Value::Bool(false));
    }
    Ok(super::findings::finding("match", Value::from(found.join(" "))))
}

fn has_phrase(arguments: &Arguments<'_>) -> Result {
    let text = folded(arguments, 0)?;
    let phrase = folded(arguments, 1)?;
    pay_for_search(arguments, &text, words(&phrase, false).len())?;
    Ok(Value::Bool(phrase_in(&words(&text, false), &phrase)))
}

fn has_any_phrase(arguments: &Arguments<'_>) -> Result {
    let text = folded(arguments, 0)?;
    let phrases = several(arguments, &text)?;
    pay_for_search(arguments, &text, phrases.iter().map(|phrase| words(phrase, false).len()).sum())?;
    let text = words(&text, false);
    Ok(Value::Bool(phrases.iter().any(|phrase| phrase_in(&text, phrase))))
}

fn has_only_phrase(arguments: &Arguments<'_>) -> Result {
    Ok(Value::Bool(folded(arguments, 0)? == folded(arguments, 1)?))
}

fn has_any_exact_phrase(arguments: &Arguments<'_>) -> Result {
    let text = folded(arguments, 0)?;
    Ok(Value::Bool(several(arguments, &text)?.contains(&text)))
}

fn has_only_text(arguments: &Arguments<'_>) -> Result {
    Ok(Value::Bool(arguments.text(0)? == arguments.text(1)?))
}

fn has_beginning(arguments: &Arguments<'_>) -> Result {
    let beginning = folded(arguments, 1)?;
    Ok(Value::Bool(!beginning.is_empty() && folded(arguments, 0)?.starts_with(&beginning)))
}

fn has_any_beginning(arguments: &Arguments<'_>) -> Result {
    let text = folded(arguments, 0)?;
    Ok(Value::Bool(several(arguments, &text)?.iter().any(|beginning| text.starts_with(beginning.as_str()))))
}

fn has_end(arguments: &Arguments<'_>) -> Result {
    let end = folded(arguments, 1)?;
    Ok(Value::Bool(!end.is_empty() && folded(arguments, 0)?.ends_with(&end)))
}

fn has_any_end(arguments: &Arguments<'_>) -> Result {
    let text = folded(arguments, 0)?;
    Ok(Value::Bool(several(arguments, &text)?.iter().any(|end| text.ends_with(end.as_str()))))
}
