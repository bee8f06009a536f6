//! Decimals in words, as people say them: `37 coma 8`, `2 y medio`. What stands before them alone would be another number.

/// Between a number and its decimals.
const POINTS: &[&str] = &["coma", "punto", "comma", "point", "virgule", "vírgula", "virgula", "ponto"];
/// Behind a number that is a half more.
const HALVES: &[&str] = &["y medio", "y media", "and a half", "et demi", "et demie", "e meio", "e meia"];
/// Between two numbers of which the second may be the decimals of the first: `37 con 8`.
const UNCLEAR: &[&str] = &["con"];
/// The most decimals of a number that is said.
const MOST_DECIMALS: usize = 3;
/// As many characters as matter behind a number.
const LONGEST: usize = 24;

/// What is said behind a number.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Spoken {
    /// Its decimals, and how many characters they take.
    Decimals(String, usize),
    /// It could be more than one number.
    Unclear,
}

/// What is said behind a number that has no decimals of its own.
pub(super) fn behind(characters: &[char]) -> Option<Spoken> {
    if characters.first() != Some(&' ') || !characters.get(1).is_some_and(|sign| sign.is_alphabetic()) {
        return None;
    }
    let said: String = characters.iter().skip(1).take(LONGEST).flat_map(|sign| sign.to_lowercase()).collect();
    let length = |word: &str| 1 + word.chars().count();
    let ends = |rest: &str| !rest.starts_with(char::is_alphanumeric);
    if let Some(half) = HALVES.iter().find(|half| said.strip_prefix(**half).is_some_and(ends)) {
        return Some(Spoken::Decimals("5".to_owned(), length(half)));
    }
    let number = |words: &[&'static str]| {
        let found = words.iter().find_map(|word| Some((*word, said.strip_prefix(*word)?.strip_prefix(' ')?)));
        found.filter(|(_, rest)| rest.starts_with(|sign: char| sign.is_ascii_digit()))
    };
    if let Some((word, rest)) = number(POINTS) {
        let decimals: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let end = length(word) + 1 + decimals.len();
        let goes_on = characters.get(end).is_some_and(|sign| sign.is_alphanumeric() && !sign.is_alphabetic())
            || (matches!(characters.get(end), Some('.' | ',' | '/' | ':' | '-'))
                && characters.get(end + 1).is_some_and(char::is_ascii_digit));
        let is_clear = decimals.len() <= MOST_DECIMALS && !goes_on;
        return Some(if is_clear { Spoken::Decimals(decimals, end) } else { Spoken::Unclear });
    }
    number(UNCLEAR).map(|_| Spoken::Unclear)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_said_in_four_languages() {
        let said = |text: &str| behind(&text.chars().collect::<Vec<_>>());
        let decimals = |digits: &str, text: &str| Some(Spoken::Decimals(digits.to_owned(), text.chars().count()));
        for (text, digits) in [
            (" coma 8", "8"),
            (" Punto 25", "25"),
            (" point 5", "5"),
            (" virgule 2", "2"),
            (" vírgula 05", "05"),
            (" y medio", "5"),
            (" y media", "5"),
            (" and a half", "5"),
            (" et demie", "5"),
            (" e meio", "5"),
        ] {
            assert_eq!(said(text), decimals(digits, text), "{text}");
            assert_eq!(said(&format!("{text}, creo")), decimals(digits, text), "{text}");
        }
        for text in [" con 8", " coma 1234", " coma 8,5", " punto 8-9"] {
            assert_eq!(said(text), Some(Spoken::Unclear), "{text}");
        }
        for text in ["", " ", " años", " coma", " comas 8", " y mediodía", " con mi hija", " punto", "8", " y 8"] {
            assert_eq!(said(text), None, "{text}");
        }
    }
}
