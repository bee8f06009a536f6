//! Phone numbers as Meta writes them: digits with the country code, without `+`.
//!
//! In three countries mobile numbers have two spellings, and Meta itself does not keep to one: the same person may be
//! `5511987654321` in `from` and `551187654321` in `wa_id`. Brazil put a 9 before the eight digits that people had; Mexico
//! dropped the 1 that stood before mobile numbers; Argentina puts a 9 before them in international calls only.

use std::borrow::Cow;

/// The most digits a number has, country code included (E.164).
const MOST_DIGITS: usize = 15;

/// Reads a number: its digits. Blanks, `+` and the usual punctuation are passed over; anything else is no number.
pub fn read(text: &str) -> Option<String> {
    let is_punctuation = |c: char| matches!(c, '+' | '-' | '.' | '(' | ')' | '/') || c.is_whitespace();
    let digits: String = text.chars().filter(|c| !is_punctuation(*c)).collect();
    let is_number = digits.bytes().all(|b| b.is_ascii_digit()) && (1..=MOST_DIGITS).contains(&digits.len());
    is_number.then_some(digits)
}

/// The one spelling by which a number is compared. Dial and show the number as it came.
pub fn canonical(digits: &str) -> Cow<'_, str> {
    let cut = |at: usize, insert: &str, rest: usize| {
        let (head, tail) = (digits.get(..at), digits.get(rest..));
        head.zip(tail).map_or(Cow::Borrowed(digits), |(head, tail)| Cow::Owned(format!("{head}{insert}{tail}")))
    };
    match (digits.get(..2), digits.len()) {
        // Brazil: two digits of the area, then a mobile number of eight, which begins with 6 to 9, or of nine.
        (Some("55"), 12) if matches!(digits.as_bytes().get(4), Some(b'6'..=b'9')) => cut(4, "9", 4),
        (Some("52"), 13) if digits.starts_with("521") => cut(2, "", 3),
        (Some("54"), 13) if digits.starts_with("549") => cut(2, "", 3),
        _ => Cow::Borrowed(digits),
    }
}

/// Whether two texts are the same number, however it is spelled.
pub fn same(a: &str, b: &str) -> bool {
    match (read(a), read(b)) {
        (Some(a), Some(b)) => canonical(&a) == canonical(&b),
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_number_are_the_same_and_other_numbers_are_not() {
        for (a, b) in [
            ("5511987654321", "551187654321"),
            ("5215512345678", "525512345678"),
            ("5491123456789", "541123456789"),
            ("+57 300 111-2233", "573001112233"),
        ] {
            assert!(same(a, b) && same(b, a), "{a} {b}");
        }
        for (a, b) in [
            ("551132654321", "5511932654321"), // a landline, and somebody's mobile
            ("573001112233", "573001112234"),
            ("5215512345678", "5215512345679"),
            ("bla", "blu"),
            ("12025550123", "2025550123"),
        ] {
            assert!(!same(a, b), "{a} {b}");
        }
    }

    #[test]
    fn what_is_no_number_is_not_read() {
        for bad in
            ["", "bla", "573001112233x", "+", "1234567890123456", "５７３００１１１２２３３", "573001\u{0}112233"]
        {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert_eq!(read("+57 (300) 111-22.33").as_deref(), Some("573001112233"));
    }

    #[test]
    fn a_canonical_number_stays_as_it_is() {
        for number in ["5511987654321", "525512345678", "541123456789", "55", "", "549", "55119", "5é119876543"] {
            assert_eq!(canonical(&canonical(number)), canonical(number), "{number}");
        }
    }
}
