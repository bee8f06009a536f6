//! Numbers as people write them: `37,8`, `1.234,50`, `1 000 000`, `१२`, `-3`.
//!
//! What the shape says is read whatever the language: a sign that repeats is one between thousands (`1.234.567`), the
//! last of two different ones is that before decimals (`1,234.5`), and one that is not followed by exactly three digits,
//! or follows a zero or more than three, is before decimals too (`37,8`, `0,500`). What is left, `1,234` and `1.234`, the
//! language decides. Where it is not known, and wherever something could be two different numbers, there is none.

use super::date;
use super::spoken::{self, Spoken};
use crate::fold::decimal_digit;
use crate::locale::Locale;
use crate::value::Number;

/// The longest text that is read as a number, in bytes: the largest float has 309 digits.
const MAX_WRITTEN: usize = 400;
/// From how many digits on what is no number in one of the usual shapes is a phone number.
const PHONE: usize = 7;

/// The number that the whole text is, but for blanks around it and a full stop behind.
pub(crate) fn whole(text: &str, locale: Locale) -> Option<Number> {
    let text = Some(text).filter(|text| text.len() <= MAX_WRITTEN)?.trim();
    let plain = text.strip_prefix('-').unwrap_or(text);
    if !plain.is_empty() && plain.len() < PHONE && plain.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok().map(Number::Int);
    }
    let characters = signs(Some(text).filter(|text| text.contains(char::is_numeric))?);
    let start = characters.iter().position(char::is_ascii_digit)?;
    let lead = characters.get(..start)?;
    if !matches!(lead, [] | ['-' | '+'] | ['.' | ',' | '٫'] | ['-' | '+', '.' | ',' | '٫']) {
        return None;
    }
    match Run::at(&characters, start).read(locale) {
        Reading::Number(number, end) if matches!(characters.get(end..), Some([] | ['.'])) => Some(number),
        _ => None,
    }
}

/// The first number in the text. Dates, times of day and phone numbers are none; where the first number could be two
/// different ones there is none at all.
pub(crate) fn first(text: &str, locale: Locale) -> Option<Number> {
    let characters = signs(text);
    let mut at = 0;
    while let Some(ahead) = characters.get(at..)?.iter().position(char::is_ascii_digit) {
        match Run::at(&characters, at + ahead).read(locale) {
            Reading::Number(number, _) => return Some(number),
            Reading::Unclear => return None,
            Reading::Other(end) => at = end,
        }
    }
    None
}

/// The characters that matter to a number, each in one form.
fn signs(text: &str) -> Vec<char> {
    let sign = |character: char| {
        Some(match character {
            _ if character.is_ascii() => character,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' => {
                return None;
            }
            '．' => '.',
            '，' => ',',
            '：' => ':',
            '／' | '⁄' => '/',
            '−' | '－' | '\u{2010}' | '\u{2011}' => '-',
            '＋' => '+',
            '’' | '‘' | 'ʼ' => '\'',
            '（' => '(',
            '）' => ')',
            _ if character.is_whitespace() => ' ',
            _ => decimal_digit(character).unwrap_or(character),
        })
    };
    text.chars().filter_map(sign).collect()
}

/// What a run of digits is. With where it ends.
enum Reading {
    Number(Number, usize),
    /// It could be more than one number.
    Unclear,
    /// A date, a time of day or a phone number.
    Other(usize),
}

/// Digits with what may stand between the digits of one number, date, time or phone number.
struct Run<'c> {
    characters: &'c [char],
    start: usize,
    /// What stands between blanks, as ranges.
    words: Vec<(usize, usize)>,
}

impl<'c> Run<'c> {
    /// The run that begins with the digit at `start`.
    fn at(characters: &'c [char], start: usize) -> Self {
        let digit = |index: usize| characters.get(index).is_some_and(char::is_ascii_digit);
        let joins = |index: usize| characters.get(index).is_some_and(|sign| ".,'٫٬/:-".contains(*sign));
        let mut words = Vec::new();
        let mut begin = start;
        loop {
            let mut end = begin + 1;
            while digit(end) || (joins(end) && digit(end + 1)) {
                end += 1;
            }
            words.push((begin, end));
            if characters.get(end) != Some(&' ') || !digit(end + 1) {
                return Self { characters, start, words };
            }
            begin = end + 1;
        }
    }

    fn word(&self, index: usize) -> &'c [char] {
        self.words.get(index).and_then(|(start, end)| self.characters.get(*start..*end)).unwrap_or_default()
    }

    fn end(&self, words: usize) -> usize {
        words.checked_sub(1).and_then(|last| self.words.get(last)).map_or(self.start, |(_, end)| *end)
    }

    fn before(&self, back: usize) -> Option<char> {
        self.start.checked_sub(back).and_then(|index| self.characters.get(index)).copied()
    }

    fn read(&self, locale: Locale) -> Reading {
        let all = self.words.len();
        let words: Vec<&[char]> = (0..all).map(|index| self.word(index)).collect();
        let digits = words.iter().flat_map(|word| word.iter()).filter(|sign| sign.is_ascii_digit()).count();
        let is_plain = |word: &&[char]| word.iter().all(char::is_ascii_digit);
        if self.is_phone(&words, digits) {
            return Reading::Other(self.end(all));
        }
        if all > 1 {
            if is_grouped(&words) {
                return self.number(&words.concat(), self.end(all), locale);
            }
            if words.iter().all(is_plain) && (digits >= PHONE || date::has_shape(&words)) {
                return Reading::Other(self.end(all));
            }
            // `12 500 3`: the beginning could be one number, or two.
            if (2..all).any(|count| words.get(..count).is_some_and(is_grouped)) {
                return Reading::Unclear;
            }
        }
        let (word, end) = (self.word(0), self.end(1));
        let after = |ahead: usize| self.characters.get(end + ahead);
        // `17h30` is a time.
        if matches!(after(0), Some('h' | 'H')) && after(1).is_some_and(char::is_ascii_digit) {
            let minutes = self.characters.iter().skip(end + 1).take_while(|sign| sign.is_ascii_digit()).count();
            return Reading::Other(end + 1 + minutes);
        }
        let digits = word.iter().filter(|sign| sign.is_ascii_digit()).count();
        if word.iter().any(|sign| matches!(sign, '/' | ':' | '-')) {
            let parts: Vec<&[char]> = word.split(|sign| !sign.is_ascii_digit()).collect();
            let is_time = word.iter().all(|sign| sign.is_ascii_digit() || *sign == ':');
            let is_other = is_time || digits >= PHONE || parts.len() == 3;
            return if is_other { Reading::Other(end) } else { Reading::Unclear };
        }
        self.number(word, end, locale)
    }

    /// Whether it is dialled: `+593 99 123-4567`, `(11) 91234-5678`, `0991234567`.
    fn is_phone(&self, words: &[&[char]], digits: usize) -> bool {
        let first = self.word(0);
        let is_one = words.len() == 1 && first.iter().all(char::is_ascii_digit);
        let (before, after) = (self.before(1), self.characters.get(self.end(1)));
        (before == Some('+') && digits >= PHONE)
            || (is_one && digits >= PHONE && first.first() == Some(&'0'))
            || (before == Some('(') && after == Some(&')') && self.goes_on(self.end(1) + 1))
    }

    /// Whether the number of a phone follows a code in brackets.
    fn goes_on(&self, from: usize) -> bool {
        let rest = self.characters.get(from..).unwrap_or_default();
        let number = rest.iter().take_while(|sign| sign.is_ascii_digit() || matches!(sign, ' ' | '-' | '.'));
        number.filter(|sign| sign.is_ascii_digit()).count() >= PHONE - 2
    }

    /// The number that `written` is.
    fn number(&self, written: &[char], end: usize, locale: Locale) -> Reading {
        let is_part = |sign: Option<&char>| sign.is_some_and(|sign| sign.is_numeric() && !sign.is_ascii());
        let starts_behind = self.start.checked_sub(1).and_then(|index| self.characters.get(index));
        // `1½`, `10²`
        if is_part(self.characters.get(end)) || is_part(starts_behind) {
            return Reading::Unclear;
        }
        let mut back = 1;
        let mut text = String::with_capacity(written.len() + 2);
        // `.5`: a sign before decimals that follows nothing.
        if let Some(sign @ ('.' | ',' | '٫')) = self.before(1)
            && self.before(2).is_none_or(|before| before == ' ' || before == '-' || before == '+')
        {
            let is_plain = written.iter().all(char::is_ascii_digit);
            let is_decimal = sign == '٫' || locale.decimal().map_or(sign == '.', |decimal| decimal == sign);
            if !is_plain || !is_decimal {
                return Reading::Unclear;
            }
            text.push_str("0.");
            text.extend(written);
            back = 2;
        } else if !write(written, locale, &mut text) {
            let parts: Vec<&[char]> = written.split(|sign| !sign.is_ascii_digit()).collect();
            return if date::has_shape(&parts) { Reading::Other(end) } else { Reading::Unclear };
        }
        let mut end = end;
        if written.iter().all(char::is_ascii_digit) && back == 1 {
            match spoken::behind(self.characters.get(end..).unwrap_or_default()) {
                Some(Spoken::Decimals(decimals, length)) => {
                    text.push('.');
                    text.push_str(&decimals);
                    end += length;
                }
                Some(Spoken::Unclear) => return Reading::Unclear,
                None => {}
            }
        }
        // A minus sign counts when it does not join the number to a word: `-4`, but not `covid-19`.
        if self.before(back) == Some('-') && !self.before(back + 1).is_some_and(char::is_alphanumeric) {
            text.insert(0, '-');
        }
        let number = if text.contains('.') {
            text.parse().ok().map(Number::Float)
        } else {
            text.parse().ok().map(Number::Int).or_else(|| text.parse().ok().map(Number::Float))
        };
        let finite = number.filter(|number| number.as_f64().is_finite());
        finite.map_or(Reading::Unclear, |number| Reading::Number(number, end))
    }
}

/// Whether blanks stand between thousands: `1 234 567,8`.
fn is_grouped(words: &[&[char]]) -> bool {
    let Some(([first, middle @ ..], last)) = words.split_last().map(|(last, rest)| (rest, last)) else { return false };
    let is_three = |digits: &[char]| digits.len() == 3 && digits.iter().all(char::is_ascii_digit);
    let mut parts = last.splitn(2, |sign| matches!(sign, '.' | ',' | '٫'));
    let decimals = |rest: &[char]| rest.iter().all(char::is_ascii_digit);
    matches!(first, ['1'..='9', rest @ ..] if rest.len() < 3 && rest.iter().all(char::is_ascii_digit))
        && middle.iter().all(|word| is_three(word))
        && parts.next().is_some_and(is_three)
        && parts.next().is_none_or(decimals)
}

/// Writes the number with a point before its decimals and nothing between thousands; false when its shape is none of a
/// number, or of two.
fn write(written: &[char], locale: Locale, out: &mut String) -> bool {
    let parts: Vec<&[char]> = written.split(|sign| !sign.is_ascii_digit()).collect();
    let signs: Vec<char> = written.iter().copied().filter(|sign| !sign.is_ascii_digit()).collect();
    let has_decimals = match signs.as_slice() {
        [] => false,
        [only] => match decides(*only, &parts, locale) {
            Some(has_decimals) => has_decimals,
            None => return false,
        },
        [rest @ .., last] => {
            let groups = rest.first().copied().unwrap_or('.');
            if rest.iter().any(|sign| *sign != groups) || groups == '٫' {
                return false;
            }
            *last != groups
        }
    };
    let whole = if has_decimals { parts.len() - 1 } else { parts.len() };
    let is_sign_of_decimals = |sign: Option<&char>| matches!(sign, Some('.' | ',' | '٫'));
    if has_decimals && !is_sign_of_decimals(signs.last()) {
        return false;
    }
    let groups = parts.get(..whole).unwrap_or_default();
    if groups.len() > 1 && !are_thousands(groups, signs.first().copied()) {
        return false;
    }
    groups.iter().for_each(|part| out.extend(*part));
    if let Some(decimals) = parts.get(whole) {
        out.push('.');
        out.extend(*decimals);
    }
    true
}

/// Whether the only sign of a number is before decimals: by its shape, otherwise by the language.
fn decides(sign: char, parts: &[&[char]], locale: Locale) -> Option<bool> {
    match (sign, parts) {
        ('٫', _) => Some(true),
        ('.' | ',', [whole, rest]) => {
            if rest.len() != 3 || whole.len() > 3 || whole.first() == Some(&'0') {
                return Some(true);
            }
            locale.decimal().map(|decimal| decimal == sign)
        }
        _ => Some(false),
    }
}

/// Groups of three digits, or as in India of two and a last one of three.
fn are_thousands(groups: &[&[char]], sign: Option<char>) -> bool {
    let Some((first, rest)) = groups.split_first() else { return false };
    let Some((last, middle)) = rest.split_last() else { return false };
    let is_begun = (1..=3).contains(&first.len()) && first.first() != Some(&'0');
    let are_three = rest.iter().all(|group| group.len() == 3);
    let is_indian = sign == Some(',') && first.len() <= 2 && !middle.is_empty();
    let are_two = last.len() == 3 && middle.iter().all(|group| group.len() == 2);
    is_begun && (are_three || (is_indian && are_two))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, language: &str) -> Option<f64> {
        first(text, Locale::of(language)).map(Number::as_f64)
    }

    #[test]
    fn shapes_that_say_what_they_are_are_read_in_every_language() {
        for language in ["es", "en", "fr", "pt_BR", "es_MX", "hi", ""] {
            for (text, number) in [
                ("37,8", 37.8),
                ("37.8", 37.8),
                ("1.234,50", 1234.5),
                ("1,234.50", 1234.5),
                ("1.234.567", 1_234_567.0),
                ("1,234,567", 1_234_567.0),
                ("12,34,567", 1_234_567.0),
                ("1 234 567,8", 1_234_567.8),
                ("1\u{a0}234", 1234.0),
                ("1\u{202f}234,5", 1234.5),
                ("1'234.5", 1234.5),
                ("1’234’567", 1_234_567.0),
                ("0,500", 0.5),
                ("0.125", 0.125),
                ("2026,100", 2026.1),
                ("1,0000", 1.0),
                ("٣٧٫٨", 37.8),
                ("١٬٢٣٤٫٥", 1234.5),
                ("३७.८", 37.8),
                ("３７．８", 37.8),
                ("-3", -3.0),
                ("−3", -3.0),
                ("+5", 5.0),
                ("tengo 37,8 de fiebre", 37.8),
                ("38.5°C", 38.5),
                ("tengo 38.", 38.0),
                ("38, creo", 38.0),
                ("covid-19", 19.0),
                ("1️⃣", 1.0),
                ("el 23/06/1977 pesaba 3", 3.0),
                ("a las 10:30 tomé 2", 2.0),
                ("llamé al +57 300 111 2233 y son 4", 4.0),
                ("1 2", 1.0),
                ("37 coma 8", 37.8),
                ("tiene 2 y medio", 2.5),
                ("2 Y MEDIA", 2.5),
                ("38 and a half degrees", 38.5),
                ("-3 punto 25", -3.25),
                ("3 y 4", 3.0),
                ("2 y mediodía", 2.0),
            ] {
                assert_eq!(read(text, language), Some(number), "{text} in `{language}`");
            }
        }
    }

    #[test]
    fn the_language_decides_what_the_shape_does_not() {
        for (text, spanish, english) in [
            ("1.234", 1234.0, 1.234),
            ("1,234", 1.234, 1234.0),
            ("-12.500", -12500.0, -12.5),
            ("१,२३४", 1.234, 1234.0),
            ("37,800", 37.8, 37800.0),
        ] {
            assert_eq!(read(text, "es"), Some(spanish), "{text}");
            assert_eq!(read(text, "en"), Some(english), "{text}");
            assert_eq!(read(text, ""), None, "{text}");
        }
        assert_eq!((read("1,234", "es_MX"), read("1.234", "es_MX")), (Some(1234.0), Some(1.234)));
        assert_eq!((read(",5", "es"), read(",5", "en"), read(".5", "en")), (Some(0.5), None, Some(0.5)));
    }

    #[test]
    fn what_could_be_another_number_is_none() {
        for language in ["es", "en", ""] {
            for text in [
                "",
                "none",
                "½",
                "1½",
                "10²",
                "1/2",
                "120/80",
                "3-5",
                "10:30",
                "23/06/1977",
                "23.06.1977",
                "1.2.2026",
                "2026-02-28",
                "23 06 1977",
                "1.2.3",
                "1,2,3",
                "1.23.456",
                "1,234.567.8",
                "12 500 3",
                "5'10",
                "+573001112233",
                "300 111 2233",
                "0991234567",
                "(11) 91234-5678",
                "099-123-4567",
                "17h30",
                "192.168.1.10",
                "37 con 8",
                "37 coma 8,5",
            ] {
                assert_eq!(read(text, language), None, "{text} in `{language}`");
            }
        }
    }

    #[test]
    fn whole_texts() {
        let read = |text: &str| whole(text, Locale::of("es")).map(Number::as_f64);
        for (text, number) in [
            ("5", 5.0),
            (" -5 ", -5.0),
            ("+5", 5.0),
            ("38.", 38.0),
            ("1.234,5", 1234.5),
            ("1 234", 1234.0),
            ("५", 5.0),
            ("0712", 712.0),
            (",5", 0.5),
            ("123456789012", 123_456_789_012.0),
        ] {
            assert_eq!(read(text), Some(number), "{text}");
        }
        for text in ["", "-", "5 cats", "a5", "5..", "--5", "1e5", "5%", "1 2", "3-5", "٥؟", "9".repeat(500).as_str()]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
