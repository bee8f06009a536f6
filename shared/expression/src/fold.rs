//! What two spellings of the same have in common. One rule for everything that compares what people write with what is
//! expected of them: titles of buttons, keywords, names of months.

use std::borrow::Cow;
use std::sync::LazyLock;

use icu_normalizer::DecomposingNormalizerBorrowed;
use regex_syntax::hir::{Class, HirKind};

const NORMALIZER: DecomposingNormalizerBorrowed<'static> = DecomposingNormalizerBorrowed::new_nfkd();

/// `text` without what does not tell two words apart: blanks at its ends, case, accents, the form of Unicode it is typed
/// in (NFKD), invisible signs, the colour of skin of an emoji, and the script of its digits.
#[must_use]
pub fn folded(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if text.is_ascii() {
        return match text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => text.to_ascii_lowercase().into(),
            false => text.into(),
        };
    }
    let mut out = String::with_capacity(text.len());
    for character in NORMALIZER.normalize_iter(text.chars()).flat_map(char::to_lowercase) {
        if is_written_upon(character) || is_invisible(character) {
            continue;
        }
        if let Some(digit) = decimal_digit(character) {
            out.push(digit);
            continue;
        }
        match character {
            // What has no decomposition and is typed without by who has no key for it.
            'œ' => out.push_str("oe"),
            'æ' => out.push_str("ae"),
            'ß' => out.push_str("ss"),
            'ø' => out.push('o'),
            'ł' => out.push('l'),
            'đ' => out.push('d'),
            'ħ' => out.push('h'),
            'ı' => out.push('i'),
            'ς' => out.push('σ'),
            '’' | '‘' | 'ʼ' | '´' => out.push('\''),
            '\u{2010}'..='\u{2015}' | '−' => out.push('-'),
            '⁄' => out.push('/'),
            _ if character.is_whitespace() => out.push(' '),
            _ => out.push(character),
        }
    }
    let trimmed = out.trim();
    if trimmed.len() == out.len() { out.into() } else { trimmed.to_owned().into() }
}

/// [`folded`], and without what only decorates: the words with one blank between them, without punctuation, quotation
/// marks, WhatsApp's `*bold*`, and emoji. Signs that mean something stay where they do: `A+` is not `A-`, nor `< 5` `> 5`.
/// Nothing is left of a text that is all decoration.
#[must_use]
pub fn plain(text: &str) -> String {
    // These are decoration too, although Unicode says which letters they look like.
    let text = match text.is_ascii() {
        true => Cow::Borrowed(text),
        false => text.replace(['ℹ', 'Ⓜ', '™', '©', '®', '㊗', '㊙'], " ").into(),
    };
    let folded = folded(&text);
    let mut out = String::with_capacity(folded.len());
    let mut before = ' ';
    let mut characters = folded.chars().peekable();
    while let Some(character) = characters.next() {
        let after = characters.peek().copied().unwrap_or(' ');
        if says_something(before, character, after) {
            out.push(character);
        } else if !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
        before = character;
    }
    out.truncate(out.trim_end().len());
    out
}

fn says_something(before: char, character: char, after: char) -> bool {
    match character {
        '.' | ',' | ':' | '/' => before.is_ascii_digit() && after.is_ascii_digit(),
        '\'' => before.is_alphanumeric() && after.is_alphanumeric(),
        // The sign of a number, or what makes `A-` of `A`; not what joins two words or begins a line.
        '-' => before.is_alphanumeric() != after.is_alphanumeric() && (after.is_ascii_digit() || !is_open(before)),
        '+' | '<' | '>' | '=' | '%' | '$' | '€' | '£' | '°' | '±' | '×' | '÷' | '≤' | '≥' => true,
        _ => character.is_alphanumeric() || (!character.is_ascii() && is_mark(character)),
    }
}

fn is_open(character: char) -> bool {
    !character.is_alphanumeric()
}

/// The Western digit of a decimal digit of any script.
pub(crate) fn decimal_digit(character: char) -> Option<char> {
    if character.is_ascii() {
        return character.is_ascii_digit().then_some(character);
    }
    if !character.is_numeric() {
        return None;
    }
    // The digits of a script stand one behind the other, zero first.
    let range = DIGITS.iter().find(|(first, last)| (*first..=*last).contains(&character))?;
    char::from_digit((u32::from(character) - u32::from(range.0)) % 10, 10)
}

/// Where the decimal digits of Unicode are (general category Nd).
static DIGITS: LazyLock<Vec<(char, char)>> = LazyLock::new(|| ranges(r"\p{Nd}"));

/// Where the marks of Unicode are (general category M): what is written upon the character before.
static MARKS: LazyLock<Vec<(char, char)>> = LazyLock::new(|| ranges(r"\p{M}"));

/// Whether the character is written upon the one before it, such as a vowel sign.
pub(crate) fn is_mark(character: char) -> bool {
    let place = |(first, last): &(char, char)| {
        if character < *first {
            std::cmp::Ordering::Greater
        } else if character > *last {
            std::cmp::Ordering::Less
        } else {
            std::cmp::Ordering::Equal
        }
    };
    !character.is_ascii() && MARKS.binary_search_by(place).is_ok()
}

fn ranges(class: &str) -> Vec<(char, char)> {
    let parsed = regex_syntax::parse(class);
    match parsed.as_ref().map(regex_syntax::hir::Hir::kind) {
        Ok(HirKind::Class(Class::Unicode(class))) => {
            class.ranges().iter().map(|range| (range.start(), range.end())).collect()
        }
        _ => Vec::new(),
    }
}

/// Accents and other signs that people leave out. Not the vowel signs of Indian scripts: without them it is another word.
fn is_written_upon(character: char) -> bool {
    matches!(character,
        '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe20}'..='\u{fe2f}'
        // Vowels of Arabic and Hebrew, and the line that stretches Arabic letters.
        | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{640}' | '\u{591}'..='\u{5c7}')
}

/// Signs without a width, and those that choose how the one before looks.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
        | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_decimal_digit_of_unicode_is_read() {
        let all: Vec<char> = DIGITS.iter().flat_map(|(first, last)| *first..=*last).collect();
        assert!(all.len() >= 700 && all.len().is_multiple_of(10), "{}", all.len());
        for (index, digit) in all.iter().enumerate() {
            let expected = char::from_digit(u32::try_from(index % 10).unwrap(), 10);
            assert_eq!(decimal_digit(*digit), expected, "{digit:?}");
        }
        for (written, digit) in [('९', '9'), ('১', '1'), ('٣', '3'), ('۵', '5'), ('３', '3'), ('๔', '4'), ('၇', '7')]
        {
            assert_eq!(decimal_digit(written), Some(digit));
        }
        assert_eq!(['½', '²', 'Ⅻ', '五', 'a', '①'].map(decimal_digit), [None; 6]);
    }

    #[test]
    fn spellings_of_the_same() {
        for (one, other) in [
            ("Sí", "si"),
            ("Si\u{301}", "sí"),
            ("ＳÍ", "si"),
            (" CŒUR ", "coeur"),
            ("Straße", "STRASSE"),
            ("İstanbul", "istanbul"),
            ("नमस्ते", "नमस्ते"),
            ("क़लम", "क\u{93c}लम"),
            ("أحمد", "احمد"),
            ("१२", "12"),
            ("👍🏽", "👍"),
            ("❤️", "❤"),
            ("don’t", "don't"),
        ] {
            assert_eq!(folded(one), folded(other), "{one} {other}");
        }
        for (one, other) in [("की", "का"), ("👍", "👎"), ("A+", "A-"), ("niño", "nieto")] {
            assert_ne!(folded(one), folded(other), "{one} {other}");
        }
    }

    #[test]
    fn decoration_is_left_out_and_signs_that_mean_something_stay() {
        for (written, expected) in [
            ("*STOP.*", "stop"),
            ("¡Sí!", "si"),
            ("«Sí», acepto…", "si acepto"),
            ("✅ Sí", "si"),
            ("1️⃣ Vacunas", "1 vacunas"),
            ("_no_", "no"),
            ("- no", "no"),
            ("covid-19", "covid 19"),
            ("-5", "-5"),
            ("A-", "a-"),
            ("O+.", "o+"),
            ("< 5 años", "< 5 anos"),
            ("1.5", "1.5"),
            ("2.", "2"),
            ("it's", "it's"),
            ("'stop'", "stop"),
            ("नमस्ते!", "नमस्ते"),
            ("👍", ""),
            ("...", ""),
            ("", ""),
        ] {
            assert_eq!(plain(written), expected, "{written}");
        }
    }
}
