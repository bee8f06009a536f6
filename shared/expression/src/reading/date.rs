//! Dates as people write them: `23/06/1977`, `1977.6.23`, `23 de junio de 1977`, `June 3rd, 2026`.
//!
//! A year with four digits may come first or last. Where day and month could be either, the order is that of the
//! language and country; without a country the day comes first. A date without a year is none, nor one that the calendar
//! does not have.

use jiff::civil;

use super::time;
use super::token::{Token, readable, skip, tokens};
use crate::environment::Environment;
use crate::lexer::{TokenKind, number::read_moment};
use crate::locale::{DateOrder, Locale};

/// How far back a year of two digits may lie: 77 is the year between this many before today and 99 later.
const YEARS_BACK: i32 = 80;

/// The date that the whole text is, but for blanks and a full stop; with a time of day if one follows.
pub(crate) fn with_time(text: &str, env: &Environment) -> Option<(civil::Date, Option<civil::Time>)> {
    let text = Some(text).filter(|text| text.len() <= MAX_WRITTEN && text.contains(char::is_numeric))?;
    env.dates().with_time(text)
}

/// What decides how a date is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader {
    pub(crate) locale: Locale,
    /// The day, for years of two digits.
    pub(crate) today: civil::Date,
}

impl Reader {
    /// The first date in the text.
    pub(crate) fn first(self, text: &str) -> Option<civil::Date> {
        if !text.contains(char::is_numeric) {
            return None;
        }
        let text = readable(text);
        let tokens = tokens(&text);
        (0..tokens.len()).find_map(|at| self.at(&tokens, at)).map(|(date, _)| date)
    }

    /// The date that the text begins with, and what is behind it.
    pub(crate) fn leading(self, text: &str) -> Option<(civil::Date, &str)> {
        let tokens = tokens(text);
        let (date, end) = self.at(&tokens, 0)?;
        let width = |token: &Token<'_>| match token {
            Token::Number(_, width) => *width,
            Token::Word(word) => word.len(),
            Token::Sign(sign) => sign.len_utf8(),
            Token::Blank => 1,
        };
        // Blanks are the only tokens of an unknown width: count what is not one from the end.
        let mut rest = text;
        for token in tokens.get(..end)? {
            rest = match token {
                Token::Blank => rest.trim_start(),
                other => rest.get(width(other)..)?,
            };
        }
        Some((date, rest))
    }

    /// The date that the whole text is, but for blanks and a full stop; with a time of day if one follows.
    fn with_time(self, text: &str) -> Option<(civil::Date, Option<civil::Time>)> {
        if let Some(TokenKind::Date(date)) = read_moment(text.trim()) {
            return Some((date, None));
        }
        let text = readable(text);
        let (date, rest) = self.leading(&text)?;
        match rest.trim_start_matches([' ', ',']) {
            "" | "." => Some((date, None)),
            time => time::whole(time).map(|time| (date, Some(time))),
        }
    }

    /// The date that begins with the token at `at`, and where it ends.
    fn at(self, tokens: &[Token<'_>], at: usize) -> Option<(civil::Date, usize)> {
        let is_apart = match at.checked_sub(1).and_then(|before| tokens.get(before)) {
            None | Some(Token::Blank) => true,
            Some(Token::Sign('.' | '/' | '-')) => {
                !matches!(at.checked_sub(2).and_then(|before| tokens.get(before)), Some(Token::Number(..)))
            }
            Some(Token::Sign(_)) => true,
            Some(Token::Number(..) | Token::Word(_)) => false,
        };
        if !is_apart {
            return None;
        }
        match tokens.get(at)? {
            Token::Number(..) => self.of_digits(tokens, at).or_else(|| self.with_month(tokens, at)),
            Token::Word(word) => self.month_first(tokens, at, month(word)?),
            _ => None,
        }
    }

    /// `23/06/1977`, `1977-06-23`, `23 6 77`.
    fn of_digits(self, tokens: &[Token<'_>], at: usize) -> Option<(civil::Date, usize)> {
        let first = number(tokens, at)?;
        let (sign, second_at) = between(tokens, at + 1)?;
        let second = number(tokens, second_at)?;
        let (same, third_at) = between(tokens, second_at + 1)?;
        let third = number(tokens, third_at).filter(|_| sign == same)?;
        let end = third_at + 1;
        if goes_on(tokens, end, sign) {
            return None;
        }
        let date = |year: Option<i32>, month: (u32, usize), day: (u32, usize)| {
            let are_short = month.1 <= 2 && day.1 <= 2;
            civil_date(year.filter(|_| are_short)?, month.0, day.0)
        };
        let date = match (first, second, third) {
            ((_, 4), month, day) => date(self.year(first), month, day),
            ((year, 2), month, day) if year > 31 => date(self.year(first), month, day),
            ((_, 2), month, day) if self.locale.date_order() == DateOrder::Year && day.1 <= 2 => {
                date(self.year(first), month, day)
            }
            (first, second, year) => {
                let is_month_first = (self.locale.date_order() == DateOrder::Month && first.0 <= 12) || second.0 > 12;
                let (day, month) = if is_month_first { (second, first) } else { (first, second) };
                date(self.year(year), month, day)
            }
        };
        date.map(|date| (date, end))
    }

    /// `23 de junio de 1977`, `1er mai 2026`, `23-jun-77`, `1977 June 23`.
    fn with_month(self, tokens: &[Token<'_>], at: usize) -> Option<(civil::Date, usize)> {
        let first = number(tokens, at)?;
        let word_at = link(tokens, ordinal(tokens, at + 1));
        let Token::Word(word) = tokens.get(word_at)? else { return None };
        let month = month(word)?;
        let last_at = link(tokens, word_at + 1);
        let last = number(tokens, last_at)?;
        if first.1 == 4 {
            let end = ordinal(tokens, last_at + 1);
            return civil_date(self.year(first)?, month, last.0).map(|date| (date, end));
        }
        let year = self.year_at(tokens, last_at)?;
        civil_date(year, month, first.0).map(|date| (date, last_at + 1))
    }

    /// `June 3rd, 2026`, `junio 23 de 1977`.
    fn month_first(self, tokens: &[Token<'_>], at: usize, month: u32) -> Option<(civil::Date, usize)> {
        let day_at = link(tokens, at + 1);
        let (day, width) = number(tokens, day_at)?;
        let year_at = link(tokens, ordinal(tokens, day_at + 1));
        let year = self.year_at(tokens, year_at).filter(|_| width <= 2 && year_at > day_at + 1)?;
        civil_date(year, month, day).map(|date| (date, year_at + 1))
    }

    /// The year at a place behind a month: with four digits, or two that are not the beginning of something else.
    fn year_at(self, tokens: &[Token<'_>], at: usize) -> Option<i32> {
        let year = number(tokens, at)?;
        let next = skip(tokens, at + 1, ".,;!?)");
        let is_last = tokens.get(next).is_none();
        if goes_on(tokens, at + 1, '.') || matches!(tokens.get(at + 1), Some(Token::Sign(':' | '/' | '-'))) {
            return None;
        }
        self.year(year).filter(|_| year.1 == 4 || is_last)
    }

    /// A year of four digits, or of two.
    fn year(self, (number, width): (u32, usize)) -> Option<i32> {
        let number = i32::try_from(number).ok()?;
        match width {
            4 => Some(number),
            2 => {
                let first = i32::from(self.today.year()) - YEARS_BACK;
                let in_century = first - first.rem_euclid(100) + number;
                Some(if in_century < first { in_century + 100 } else { in_century })
            }
            _ => None,
        }
    }
}

/// The longest text that is read as a date and nothing else, in bytes.
const MAX_WRITTEN: usize = 100;

/// Whether three runs of digits have the widths of a date.
pub(crate) fn has_shape(parts: &[&[char]]) -> bool {
    let &[first, second, third] = parts else { return false };
    let is_short = |part: &[char]| (1..=2).contains(&part.len());
    is_short(second) && ((is_short(first) && matches!(third.len(), 2 | 4)) || (first.len() == 4 && is_short(third)))
}

fn civil_date(year: i32, month: u32, day: u32) -> Option<civil::Date> {
    civil::Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn number(tokens: &[Token<'_>], at: usize) -> Option<(u32, usize)> {
    match tokens.get(at)? {
        Token::Number(number, width) => Some((*number, *width)),
        _ => None,
    }
}

/// What stands between two numbers of a date, and where the second one is.
fn between(tokens: &[Token<'_>], at: usize) -> Option<(char, usize)> {
    let sign_at = skip(tokens, at, "");
    match tokens.get(sign_at)? {
        Token::Sign(sign @ ('.' | '/' | '-')) => Some((*sign, skip(tokens, sign_at + 1, ""))),
        Token::Number(..) if sign_at > at => Some((' ', sign_at)),
        _ => None,
    }
}

/// Whether more digits follow in the same manner: then it is something else.
fn goes_on(tokens: &[Token<'_>], at: usize, sign: char) -> bool {
    match (tokens.get(at), tokens.get(at + 1)) {
        (Some(Token::Sign('.' | '/' | '-' | ',')), Some(Token::Number(..))) => true,
        (Some(Token::Blank), Some(Token::Number(..))) => {
            sign == ' ' && !matches!(tokens.get(at + 2), Some(Token::Sign(':') | Token::Word("h")))
        }
        _ => false,
    }
}

/// The place behind `st`, `er`, `º` and the like, which touch the number of a day.
fn ordinal(tokens: &[Token<'_>], at: usize) -> usize {
    let at = if tokens.get(at) == Some(&Token::Sign('.'))
        && matches!(tokens.get(at + 1), Some(Token::Word("o" | "a" | "er" | "ro")))
    {
        at + 1
    } else {
        at
    };
    match tokens.get(at) {
        Some(
            Token::Word("st" | "nd" | "rd" | "th" | "er" | "ro" | "re" | "do" | "to" | "o" | "a") | Token::Sign('°'),
        ) => at + 1,
        _ => at,
    }
}

/// The place behind what joins the parts of a date with a month in letters.
fn link(tokens: &[Token<'_>], mut at: usize) -> usize {
    loop {
        let next = skip(tokens, at, ".,-/'");
        match tokens.get(next) {
            Some(Token::Word("de" | "del" | "of" | "the" | "do" | "da" | "le" | "el" | "du"))
                if next > at || at > 0 =>
            {
                at = next + 1;
            }
            _ => return next,
        }
    }
}

/// The month of this name or usual abbreviation, in Spanish, English, Portuguese and French.
fn month(word: &str) -> Option<u32> {
    const NAMES: [&[&str]; 12] = [
        &["enero", "january", "janeiro", "janvier", "ene", "jan", "janv"],
        &["febrero", "february", "fevereiro", "fevrier", "feb", "fev", "fevr"],
        &["marzo", "march", "marco", "mars", "mar"],
        &["abril", "april", "avril", "abr", "apr", "avr"],
        &["mayo", "may", "maio", "mai"],
        &["junio", "june", "junho", "juin", "jun"],
        &["julio", "july", "julho", "juillet", "jul", "juil"],
        &["agosto", "august", "aout", "ago", "aug"],
        &["septiembre", "setiembre", "september", "setembro", "septembre", "sep", "sept", "set"],
        &["octubre", "october", "outubro", "octobre", "oct", "out"],
        &["noviembre", "november", "novembro", "novembre", "nov"],
        &["diciembre", "december", "dezembro", "decembre", "dic", "dec", "dez"],
    ];
    let index = NAMES.iter().position(|names| names.contains(&word))?;
    u32::try_from(index + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, language: &str) -> Option<String> {
        let reader = Reader { locale: Locale::of(language), today: civil::date(2026, 11, 22) };
        reader.first(text).map(|date| date.to_string())
    }

    #[test]
    fn dates_in_every_shape() {
        for text in [
            "23/06/1977",
            "23-06-1977",
            "23.06.1977",
            "23 06 1977",
            "23/6/77",
            "23.6.77",
            "1977-06-23",
            "1977/06/23",
            "1977.06.23",
            "1977 6 23",
            "77/06/23",
            "06/23/1977",
            "23 / 06 / 1977",
            "23. 6. 1977",
            "२३/०६/१९७७",
            "٢٣/٠٦/١٩٧٧",
            "２３／０６／１９７７",
            "nací el 23/06/1977.",
            "(23/06/1977)",
            "23/06/1977 10:00",
            "23 06 1977 10:00",
            "1977-06-23T10:00:00Z",
            "23 de junio de 1977",
            "23 de Junio del 1977",
            "23 junio 1977",
            "23-jun-1977",
            "23/JUN/77",
            "23 jun. 1977",
            "junio 23 de 1977",
            "June 23rd, 1977",
            "June 23, 1977",
            "23rd of June 1977",
            "23 June 1977",
            "the 23rd of June, 1977",
            "23 de junho de 1977",
            "23 juin 1977",
            "le 23 juin 1977",
            "1977 June 23",
            "1977-jun-23",
            "el 23 de junio de 77",
        ] {
            for language in ["es", "en", "en_US", ""] {
                assert_eq!(read(text, language).as_deref(), Some("1977-06-23"), "{text} in `{language}`");
            }
        }
        for (text, date) in [
            ("1er mai 2026", "2026-05-01"),
            ("1º de março de 2026", "2026-03-01"),
            ("1ro de mayo 2026", "2026-05-01"),
            ("1.º de mayo de 2026", "2026-05-01"),
            ("15 août 2026", "2026-08-15"),
            ("3 févr. 2026", "2026-02-03"),
            ("3 de diciembre de 2026", "2026-12-03"),
            ("set 7, 2026", "2026-09-07"),
            ("31/02/2026 o 1/3/2026", "2026-03-01"),
        ] {
            assert_eq!(read(text, "fr").as_deref(), Some(date), "{text}");
        }
    }

    #[test]
    fn every_month_of_every_language_is_read() {
        let names = [
            ["enero", "january", "janeiro", "janvier"],
            ["febrero", "february", "fevereiro", "février"],
            ["marzo", "march", "março", "mars"],
            ["abril", "april", "abril", "avril"],
            ["mayo", "may", "maio", "mai"],
            ["junio", "june", "junho", "juin"],
            ["julio", "july", "julho", "juillet"],
            ["agosto", "august", "agosto", "août"],
            ["septiembre", "september", "setembro", "septembre"],
            ["octubre", "october", "outubro", "octobre"],
            ["noviembre", "november", "novembro", "novembre"],
            ["diciembre", "december", "dezembro", "décembre"],
        ];
        for (index, names) in names.iter().enumerate() {
            for name in names {
                let expected = format!("2026-{:02}-09", index + 1);
                for text in [format!("9 {name} 2026"), format!("{} 9, 2026", name.to_uppercase())] {
                    assert_eq!(read(&text, ""), Some(expected.clone()), "{text}");
                }
            }
        }
    }

    #[test]
    fn the_country_decides_between_day_and_month() {
        for (language, date) in [
            ("es", "2026-06-05"),
            ("en", "2026-06-05"),
            ("en_GB", "2026-06-05"),
            ("en_US", "2026-05-06"),
            ("", "2026-06-05"),
        ] {
            assert_eq!(read("05/06/2026", language).as_deref(), Some(date), "{language}");
        }
        assert_eq!(read("05/06/07", "ja").as_deref(), Some("2005-06-07"));
        assert_eq!(read("05/06/07", "es").as_deref(), Some("2007-06-05"));
    }

    #[test]
    fn years_of_two_digits_slide() {
        for (text, date) in
            [("1/1/45", "2045-01-01"), ("1/1/46", "1946-01-01"), ("1/1/26", "2026-01-01"), ("1/1/00", "2000-01-01")]
        {
            assert_eq!(read(text, "es").as_deref(), Some(date), "{text}");
        }
    }

    #[test]
    fn what_is_no_date() {
        for text in [
            "",
            "soon",
            "31/02/2026",
            "30 de febrero de 2026",
            "29/02/2025",
            "0/1/2026",
            "13/13/2026",
            "1.2.3",
            "1.2.2026.4",
            "192.168.1.10",
            "23/06",
            "23 de junio",
            "junio 2026",
            "June 3",
            "3 de junio a las 10",
            "3 junio 10:00",
            "june 3, 10 am",
            "23/06/197",
            "123/06/1977",
            "x23/06/1977",
            "5 5 5",
            "12 may 5",
            "300 111 2233",
            "1,5",
            "23-06.1977",
        ] {
            assert_eq!(read(text, "es"), None, "{text}");
        }
    }

    #[test]
    fn whole_texts() {
        let reader = Reader { locale: Locale::of("es"), today: civil::date(2026, 11, 22) };
        let read = |text: &str| match reader.with_time(text) {
            Some((date, None)) => Some(date.to_string()),
            Some((date, Some(time))) => Some(format!("{date} {time}")),
            None => None,
        };
        for text in ["23/06/1977 17:30", "23 de junio de 1977, a las 5:30 de la tarde", "23-06-1977 5:30 pm"] {
            assert_eq!(read(text).as_deref(), Some("1977-06-23 17:30:00"), "{text}");
        }
        for text in ["23/06/1977", " 23 de junio de 1977 ", "1977-06-23", "23/06/1977."] {
            assert_eq!(read(text).as_deref(), Some("1977-06-23"), "{text}");
        }
        for text in ["el 23/06/1977", "23/06/1977 x", "23/06/1977 25:00"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
