//! Whether a text says something. Case, accents, punctuation and emoji around it, and blanks at both ends do not count
//! unless a test says so ([`crate::folded`], [`crate::plain`]). Several words, phrases, beginnings or ends are given as a
//! list, or as one text with commas (words: blanks) between them.
//!
//! The tests follow [RapidPro's routing tests](https://textit.com/mr/docs/routing.html#tests), to which the FLOIP
//! specification refers.

use super::words::words;
use super::{Function, function};
use crate::context::Arguments;
use crate::error::EvaluationError;
use crate::fold::{folded, plain};
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
        "has_only_phrase(\" Join \", \"join\")" => "true", "has_only_phrase(\"*STOP.*\", \"stop\")" => "true",
        "has_only_phrase(\"si\", \"Sí\")" => "true", "has_only_phrase(\"join now\", \"join\")" => "false"),
    function!("has_any_exact_phrase", Eager(has_any_exact_phrase), "Whether a text is one of some phrases and nothing else.",
        ["text": "a text", "phrases": "a list or text with commas"], "boolean", errors: "none",
        "has_any_exact_phrase(\"YES\", \"yes, si\")" => "true", "has_any_exact_phrase(\"yes!\", [\"yes\"])" => "true"),
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

fn text_of(arguments: &Arguments<'_>, index: usize) -> std::result::Result<String, EvaluationError> {
    Ok(folded(&arguments.text(index)?).into_owned())
}

/// What the second argument asks for in `text`: a list's texts, or the parts of a text between commas; folded, without
/// the empty ones.
fn several(arguments: &Arguments<'_>, text: &str) -> std::result::Result<Vec<String>, EvaluationError> {
    let parts = match arguments.value(1) {
        Value::List(items) => {
            arguments.value(1).weigh(arguments.env())?;
            items.iter().map(|item| folded(&item.text()).into_owned()).collect::<Vec<_>>()
        }
        _ => arguments.text(1)?.split(',').map(|part| folded(part).into_owned()).collect(),
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

/// The words of a folded text, without quotation marks and WhatsApp's `_italics_` around them.
fn bare_words(text: &str) -> Vec<&str> {
    words(text, false).into_iter().map(bare).collect()
}

fn bare(word: &str) -> &str {
    word.trim_matches(['\'', '_'])
}

/// A folded text and its words.
struct Said<'t> {
    text: &'t str,
    words: Vec<&'t str>,
}

impl<'t> Said<'t> {
    fn of(text: &'t str) -> Self {
        Self { text, words: bare_words(text) }
    }

    /// Whether a phrase occurs as whole words; one of signs alone, such as an emoji, as it is.
    fn has(&self, phrase: &str) -> bool {
        let words = bare_words(phrase);
        match words.is_empty() {
            true => self.text.contains(phrase),
            false => self.words.windows(words.len()).any(|window| window == words),
        }
    }
}

/// A folded text, and what is left of it without decoration, if anything.
struct Bare<'t> {
    text: &'t str,
    plain: Option<String>,
}

impl<'t> Bare<'t> {
    fn of(text: &'t str) -> Self {
        Self { text, plain: Some(plain(text)).filter(|plain| !plain.is_empty()) }
    }

    /// Whether both are related as texts, or without their decoration.
    fn relates(&self, other: &str, are_related: impl Fn(&str, &str) -> bool) -> bool {
        are_related(self.text, other)
            || self.plain.as_ref().is_some_and(|text| {
                let other = plain(other);
                !other.is_empty() && are_related(text, &other)
            })
    }
}

fn has_text(arguments: &Arguments<'_>) -> Result {
    Ok(Value::Bool(!arguments.text(0)?.trim().is_empty()))
}

fn has_all_words(arguments: &Arguments<'_>) -> Result {
    let text = text_of(arguments, 0)?;
    let words = several_words(arguments, &text)?;
    let text = Bare::of(&text);
    Ok(Value::Bool(words.iter().all(|word| text.relates(word, |text, word| text.contains(word)))))
}

fn has_any_word(arguments: &Arguments<'_>) -> Result {
    let text = arguments.text(0)?;
    let words_of_text = words(&text, false);
    let spellings: Vec<String> = words_of_text.iter().map(|word| bare(&folded(word)).to_owned()).collect();
    let whole = folded(&text);
    let mut is_found = vec![false; spellings.len()];
    let mut signs = Vec::new();
    for wanted in several_words(arguments, &text)? {
        // `covid-19` is one word to its writer and two to `words`.
        let parts = bare_words(&wanted);
        if parts.is_empty() && whole.contains(wanted.as_str()) {
            signs.push(wanted);
            continue;
        }
        for (start, window) in spellings.windows(parts.len().max(1)).enumerate() {
            if window == parts {
                is_found[start..start + parts.len()].fill(true);
            }
        }
    }
    let words = words_of_text.into_iter().zip(is_found).filter(|(_, is_found)| *is_found).map(|(word, _)| word);
    let found: Vec<&str> = words.chain(signs.iter().map(String::as_str)).collect();
    if found.is_empty() {
        return Ok(Value::Bool(false));
    }
    Ok(super::findings::finding("match", Value::from(found.join(" "))))
}

fn has_phrase(arguments: &Arguments<'_>) -> Result {
    let (text, phrase) = (text_of(arguments, 0)?, text_of(arguments, 1)?);
    pay_for_search(arguments, &text, words(&phrase, false).len())?;
    Ok(Value::Bool(Said::of(&text).has(&phrase)))
}

fn has_any_phrase(arguments: &Arguments<'_>) -> Result {
    let text = text_of(arguments, 0)?;
    let phrases = several(arguments, &text)?;
    pay_for_search(arguments, &text, phrases.iter().map(|phrase| words(phrase, false).len()).sum())?;
    let text = Said::of(&text);
    Ok(Value::Bool(phrases.iter().any(|phrase| text.has(phrase))))
}

fn has_only_phrase(arguments: &Arguments<'_>) -> Result {
    let (text, phrase) = (text_of(arguments, 0)?, text_of(arguments, 1)?);
    Ok(Value::Bool(text == phrase || Bare::of(&text).relates(&phrase, |text, phrase| text == phrase)))
}

fn has_any_exact_phrase(arguments: &Arguments<'_>) -> Result {
    let text = text_of(arguments, 0)?;
    let phrases = several(arguments, &text)?;
    let text = Bare::of(&text);
    Ok(Value::Bool(phrases.iter().any(|phrase| text.relates(phrase, |text, phrase| text == phrase))))
}

fn has_only_text(arguments: &Arguments<'_>) -> Result {
    Ok(Value::Bool(arguments.text(0)? == arguments.text(1)?))
}

fn has_beginning(arguments: &Arguments<'_>) -> Result {
    let (text, beginning) = (text_of(arguments, 0)?, text_of(arguments, 1)?);
    let begins = |text: &str, beginning: &str| text.starts_with(beginning);
    Ok(Value::Bool(!beginning.is_empty() && Bare::of(&text).relates(&beginning, begins)))
}

fn has_any_beginning(arguments: &Arguments<'_>) -> Result {
    let text = text_of(arguments, 0)?;
    let beginnings = several(arguments, &text)?;
    let text = Bare::of(&text);
    Ok(Value::Bool(beginnings.iter().any(|beginning| text.relates(beginning, |text, other| text.starts_with(other)))))
}

fn has_end(arguments: &Arguments<'_>) -> Result {
    let (text, end) = (text_of(arguments, 0)?, text_of(arguments, 1)?);
    Ok(Value::Bool(!end.is_empty() && Bare::of(&text).relates(&end, |text, end| text.ends_with(end))))
}

fn has_any_end(arguments: &Arguments<'_>) -> Result {
    let text = text_of(arguments, 0)?;
    let ends = several(arguments, &text)?;
    let text = Bare::of(&text);
    Ok(Value::Bool(ends.iter().any(|end| text.relates(end, |text, end| text.ends_with(end)))))
}
