//! Times of day as people write them: `17:30`, `5:30 p. m.`, `17h30`, `a las 5 de la tarde`.
//!
//! A mark of half a day is read wherever it stands, or the text has no time: never twelve hours off. Without one, the hour
//! is that of a clock with 24 hours.

use jiff::civil;

use super::token::{Token, readable, skip, tokens};
use crate::lexer::{TokenKind, number::read_moment};

/// The longest text that is read as a time and nothing else, in bytes.
const MAX_WRITTEN: usize = 100;

/// Which part of the day a mark says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// `am`
    Am,
    /// `pm`
    Pm,
    /// The hours of darkness before and after noon: `de la mañana`, `du matin`.
    Morning,
    /// From noon to the evening: `de la tarde`, `du soir`.
    Afternoon,
    /// The night, on both sides of midnight: `de la noche`, `at night`.
    Night,
    /// Around noon: `del día`, `noon`, `m.`
    Noon,
    /// `midnight`
    Midnight,
}

impl Part {
    /// The hour of the day that `hour` of this part is; none when that makes no sense, or could be two.
    fn hour(self, hour: u32) -> Option<u32> {
        match (self, hour) {
            (Self::Am, 12) | (Self::Midnight | Self::Night, 12 | 0) => Some(0),
            (Self::Am | Self::Morning, 0..=11) | (Self::Noon, 10..=12) | (Self::Night, 1..=4) => Some(hour),
            (Self::Pm | Self::Afternoon, 12..=23) | (Self::Night, 18..=23) => Some(hour),
            (Self::Pm | Self::Afternoon, 1..=11) | (Self::Night, 6..=11) | (Self::Noon, 1..=3) => Some(hour + 12),
            _ => None,
        }
    }
}

/// The first time of day in the text.
pub(crate) fn first(text: &str) -> Option<civil::Time> {
    if let Some(time) = written(text) {
        return Some(time);
    }
    let text = readable(text);
    let tokens = tokens(&text);
    for at in 0..tokens.len() {
        if let Some(found) = Found::at(&tokens, at) {
            return found.time(&tokens);
        }
    }
    (0..tokens.len()).find_map(|at| named(&tokens, at)).map(|(time, _)| time)
}

/// The time of day that the whole text is, but for blanks and a full stop.
pub(crate) fn whole(text: &str) -> Option<civil::Time> {
    if let Some(time) = written(text) {
        return Some(time);
    }
    let text = readable(Some(text).filter(|text| text.len() <= MAX_WRITTEN)?);
    let tokens = tokens(&text);
    let is_last = |end: usize| skip(&tokens, end, ".") >= tokens.len();
    for at in 0..tokens.len() {
        if let Some(found) = Found::at(&tokens, at) {
            return found.time(&tokens).filter(|_| found.start == 0 && is_last(found.end));
        }
    }
    named(&tokens, 0).filter(|(_, end)| is_last(*end)).map(|(time, _)| time)
}

/// A time, or a date with a time, as it is written in code.
fn written(text: &str) -> Option<civil::Time> {
    match read_moment(text.trim())? {
        TokenKind::Time(time) => Some(time),
        TokenKind::DateTime(literal) => Some(literal.civil.time()),
        _ => None,
    }
}

/// A time of digits in a text.
struct Found {
    start: usize,
    end: usize,
    hour: u32,
    minute: u32,
    second: u32,
    part: Option<Part>,
}

impl Found {
    /// The time whose hour is the token at `at`.
    fn at(tokens: &[Token<'_>], at: usize) -> Option<Self> {
        let &Token::Number(hour, 1..=2) = tokens.get(at)? else { return None };
        let before = |back: usize| at.checked_sub(back).and_then(|index| tokens.get(index)).copied();
        let is_joined = match (before(1), before(2)) {
            (Some(Token::Word(word)), Some(Token::Number(..))) => word != "t",
            (Some(Token::Word(_)), _) => true,
            (Some(Token::Sign('.' | ',' | ':' | '/' | '-')), Some(Token::Number(..))) => true,
            _ => false,
        };
        if is_joined {
            return None;
        }
        let introduced = introduction(tokens, at);
        let clock = Self::clock(tokens, at, introduced.is_some())?;
        let (mut minute, second, mut end, is_clock) = clock;
        let mut hour = hour;
        if !is_clock && let Some((change, behind)) = quarters(tokens, end) {
            (hour, minute) = if change < 0 { (hour.checked_sub(1)?, change + 60) } else { (hour, change) };
            end = behind;
        }
        let marked = mark(tokens, end);
        if let Some((_, behind)) = marked {
            end = behind;
        }
        (is_clock || marked.is_some() || introduced.is_some()).then_some(())?;
        let (minute, part) = (u32::try_from(minute).ok()?, marked.map(|(part, _)| part));
        Some(Self { start: introduced.unwrap_or(at), end, hour, minute, second, part })
    }

    /// The minute and second behind the hour at `at`, where they end, and whether that alone makes a time of it.
    fn clock(tokens: &[Token<'_>], at: usize, is_introduced: bool) -> Option<(i32, u32, usize, bool)> {
        let two = |at: usize| match tokens.get(at) {
            Some(Token::Number(number, 2)) => i32::try_from(*number).ok(),
            _ => None,
        };
        let next = skip(tokens, at + 1, "");
        match (tokens.get(at + 1), tokens.get(next)) {
            (Some(Token::Sign(':')), _) => {
                let minute = two(at + 2)?;
                match (tokens.get(at + 3), two(at + 4)) {
                    (Some(Token::Sign(':')), Some(second)) => {
                        Some((minute, u32::try_from(second).ok()?, unit(tokens, at + 5), true))
                    }
                    _ => Some((minute, 0, unit(tokens, at + 3), true)),
                }
            }
            (_, Some(Token::Word("h" | "hs" | "hrs"))) => {
                let behind = skip(tokens, next + 1, "");
                match two(behind) {
                    Some(minute) => {
                        let end = skip(tokens, behind + 1, "");
                        let has_unit = matches!(tokens.get(end), Some(Token::Word("min" | "m" | "mn")));
                        Some((minute, 0, if has_unit { end + 1 } else { behind + 1 }, true))
                    }
                    None => Some((0, 0, next + 1, !matches!(tokens.get(behind), Some(Token::Number(..))))),
                }
            }
            // `10.30 pm`: a point only where something else says that it is a time.
            (Some(Token::Sign('.')), _)
                if two(at + 2).is_some() && (is_introduced || mark(tokens, at + 3).is_some()) =>
            {
                Some((two(at + 2)?, 0, at + 3, true))
            }
            (Some(Token::Sign('.' | ',' | '/' | '-')), _) if matches!(tokens.get(at + 2), Some(Token::Number(..))) => {
                None
            }
            _ => Some((0, 0, at + 1, false)),
        }
    }

    /// The time, with the part of the day that stands elsewhere in the text when there is none beside it.
    fn time(&self, tokens: &[Token<'_>]) -> Option<civil::Time> {
        let hour = match self.part {
            Some(part) => part.hour(self.hour)?,
            None if self.hour > 12 => self.hour,
            None => {
                let mut parts = (0..tokens.len()).filter_map(|at| elsewhere(tokens, at));
                match parts.next() {
                    None => self.hour,
                    Some(part) if parts.all(|other| other == part) => part.hour(self.hour)?,
                    Some(_) => return None,
                }
            }
        };
        let small = |number: u32| i8::try_from(number).ok();
        civil::Time::new(small(hour)?, small(self.minute)?, small(self.second)?, 0).ok()
    }
}

/// The place behind `h`, `hs`, `horas` and the like.
fn unit(tokens: &[Token<'_>], at: usize) -> usize {
    let next = skip(tokens, at, "");
    let is_unit =
        matches!(tokens.get(next), Some(Token::Word("h" | "hs" | "hrs" | "hr" | "horas" | "hora" | "heures" | "uhr")));
    if is_unit { next + 1 } else { at }
}

fn word<'t>(tokens: &[Token<'t>], at: usize) -> Option<&'t str> {
    match tokens.get(at)? {
        Token::Word(word) => Some(word),
        _ => None,
    }
}

/// Where `a las`, `at`, `às`, `à` begins, when it stands before the hour at `at`.
fn introduction(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    let before = |at: usize| {
        let index = at.checked_sub(2).filter(|_| tokens.get(at - 1) == Some(&Token::Blank))?;
        Some((index, word(tokens, index)?))
    };
    let (last, word) = before(at)?;
    match word {
        "at" | "as" => Some(last),
        "las" | "la" => {
            let starts = ["a", "son", "hasta", "desde", "sobre", "tipo", "para", "es"];
            before(last).filter(|(_, word)| starts.contains(word)).map(|(index, _)| index)
        }
        "a" => {
            let behind = skip(tokens, at + 1, "");
            matches!(self::word(tokens, behind), Some("h" | "heure" | "heures")).then_some(last)
        }
        _ => None,
    }
}

/// Quarters and minutes in words behind an hour: `y media`, `e meia`, `et demie`, `menos cuarto`, `y 20`.
fn quarters(tokens: &[Token<'_>], at: usize) -> Option<(i32, usize)> {
    let at = unit_in_words(tokens, at);
    let join = skip(tokens, at, "");
    let (sign, mut next) = match word(tokens, join)? {
        "y" | "e" | "et" => (1, skip(tokens, join + 1, "")),
        "menos" | "moins" => (-1, skip(tokens, join + 1, "")),
        _ => return None,
    };
    if word(tokens, next) == Some("le") {
        next = skip(tokens, next + 1, "");
    }
    let minutes = match tokens.get(next)? {
        Token::Word("media" | "meia" | "demie" | "demi") => 30,
        Token::Word("cuarto" | "quarto" | "quart") => 15,
        Token::Number(minutes @ 1..=59, 1..=2) => i32::try_from(*minutes).ok()?,
        _ => return None,
    };
    Some((sign * minutes, next + 1))
}

/// The place behind `horas`, `heures`, `en punto`.
fn unit_in_words(tokens: &[Token<'_>], at: usize) -> usize {
    let next = skip(tokens, at, "");
    match word(tokens, next) {
        Some("horas" | "hora" | "heures" | "heure") => next + 1,
        Some("en") if word(tokens, skip(tokens, next + 1, "")) == Some("punto") => skip(tokens, next + 1, "") + 1,
        _ => at,
    }
}

/// The mark of half a day behind a time, and where it ends.
fn mark(tokens: &[Token<'_>], at: usize) -> Option<(Part, usize)> {
    let at = skip(tokens, unit_in_words(tokens, at), ",");
    match tokens.get(at)? {
        Token::Word("am" | "ص") => Some((Part::Am, at + 1)),
        Token::Word("pm" | "م") => Some((Part::Pm, at + 1)),
        Token::Word("noon") => Some((Part::Noon, at + 1)),
        Token::Word("midnight") => Some((Part::Midnight, at + 1)),
        Token::Word("tonight") => Some((Part::Night, at + 1)),
        Token::Word(letter @ ("a" | "p")) if word(tokens, skip(tokens, at + 1, ".")) == Some("m") => {
            let part = if *letter == "a" { Part::Am } else { Part::Pm };
            let end = skip(tokens, at + 1, ".") + 1;
            Some((part, if tokens.get(end) == Some(&Token::Sign('.')) { end + 1 } else { end }))
        }
        // `12 m.` is noon.
        Token::Word("m") if matches!(tokens.get(at.checked_sub(2)?), Some(Token::Number(12 | 0, _))) => {
            Some((Part::Noon, at + 1))
        }
        Token::Word("mediodia") => Some((Part::Noon, at + 1)),
        Token::Word("medianoche") => Some((Part::Midnight, at + 1)),
        _ => {
            let at = behind_articles(tokens, at)?;
            part_at(tokens, at).or_else(|| (word(tokens, at) == Some("dia")).then_some((Part::Noon, at + 1)))
        }
    }
}

/// The place behind `de la`, `por la`, `da`, `du`, `in the`, `at`; none when there is none of these.
fn behind_articles(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    const ARTICLES: [&str; 17] =
        ["de", "del", "la", "por", "en", "da", "do", "pela", "du", "l", "of", "in", "the", "at", "esta", "ce", "this"];
    let mut end = at;
    while word(tokens, end).is_some_and(|word| ARTICLES.contains(&word)) {
        end = skip(tokens, end + 1, "'");
    }
    (end > at).then_some(end)
}

/// The part of the day that the words at `at` name.
fn part_at(tokens: &[Token<'_>], at: usize) -> Option<(Part, usize)> {
    let part = match word(tokens, at)? {
        "manana" | "madrugada" | "manha" | "matin" | "morning" => Part::Morning,
        "tarde" | "tardecita" | "afternoon" | "evening" | "soir" => Part::Afternoon,
        "noche" | "noite" | "night" | "nuit" => Part::Night,
        "mediodia" => Part::Noon,
        "medianoche" => Part::Midnight,
        "apres" => {
            let next = skip(tokens, at + 1, "-");
            return (word(tokens, next) == Some("midi")).then_some((Part::Afternoon, next + 1));
        }
        _ => return None,
    };
    Some((part, at + 1))
}

/// A mark that does not stand beside its time: `por la tarde, a las 5`, `tonight at 8`. No greeting: `buenas tardes`.
fn elsewhere(tokens: &[Token<'_>], at: usize) -> Option<Part> {
    match word(tokens, at)? {
        "pm" => return Some(Part::Pm),
        "tonight" => return Some(Part::Night),
        _ => {}
    }
    let (part, _) = part_at(tokens, at)?;
    let before = (0..at).rev().find(|index| tokens.get(*index) != Some(&Token::Blank))?;
    let is_meant = match tokens.get(before)? {
        Token::Word(word) => matches!(
            *word,
            "la" | "esta"
                | "de"
                | "da"
                | "a"
                | "du"
                | "ce"
                | "le"
                | "the"
                | "this"
                | "at"
                | "cet"
                | "tomorrow"
                | "manana"
                | "amanha"
                | "demain"
                | "hoy"
                | "hoje"
                | "pela"
        ),
        Token::Sign('\'') => true,
        _ => false,
    };
    is_meant.then_some(part)
}

/// Noon and midnight by their names, and where they end.
fn named(tokens: &[Token<'_>], at: usize) -> Option<(civil::Time, usize)> {
    let name = word(tokens, at)?;
    let next = skip(tokens, at + 1, "-");
    // `après-midi`
    let is_after = || (at.saturating_sub(3)..at).any(|index| word(tokens, index) == Some("apres"));
    let (hour, end) = match (name, word(tokens, next)) {
        ("meio", Some("dia")) => (12, next + 1),
        ("meia", Some("noite")) => (0, next + 1),
        ("mediodia" | "noon", _) => (12, at + 1),
        ("midi", _) if !is_after() => (12, at + 1),
        ("medianoche" | "minuit" | "midnight", _) => (0, at + 1),
        _ => return None,
    };
    Some((civil::Time::new(hour, 0, 0, 0).ok()?, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        first(text).map(|time| time.strftime("%H:%M:%S").to_string())
    }

    fn reads(cases: &[(&str, &str)]) {
        for (text, time) in cases {
            assert_eq!(read(text).as_deref(), Some(format!("{time}:00").as_str()), "{text}");
        }
    }

    #[test]
    fn marks_of_half_a_day_are_read() {
        reads(&[
            ("10:00 pm", "22:00"),
            ("10:00pm", "22:00"),
            ("10:00 PM", "22:00"),
            ("10:00 p.m.", "22:00"),
            ("10:00 p. m.", "22:00"),
            ("10:00 p m", "22:00"),
            ("10 pm", "22:00"),
            ("10pm", "22:00"),
            ("10.30 pm", "22:30"),
            ("9:30am", "09:30"),
            ("9:30 a. m.", "09:30"),
            ("12 am", "00:00"),
            ("12:15 am", "00:15"),
            ("12 pm", "12:00"),
            ("12:30 p.m.", "12:30"),
            ("17:30 pm", "17:30"),
            ("0:30 am", "00:30"),
            ("5 de la tarde", "17:00"),
            ("5:30 de la tarde", "17:30"),
            ("5 da tarde", "17:00"),
            ("5 heures du soir", "17:00"),
            ("3 de l'après-midi", "15:00"),
            ("9 in the evening", "21:00"),
            ("8 at night", "20:00"),
            ("8 de la noche", "20:00"),
            ("12 de la noche", "00:00"),
            ("12 del mediodía", "12:00"),
            ("12 m.", "12:00"),
            ("12 del día", "12:00"),
            ("1 del día", "13:00"),
            ("12 noon", "12:00"),
            ("12 midnight", "00:00"),
            ("3 de la madrugada", "03:00"),
            ("7 da manhã", "07:00"),
            ("7 du matin", "07:00"),
            ("8 por la noche", "20:00"),
            ("५:३० pm", "17:30"),
            ("5:00 م", "17:00"),
        ]);
    }

    #[test]
    fn marks_that_stand_elsewhere_are_read_and_greetings_are_none() {
        reads(&[
            ("por la tarde, a las 5", "17:00"),
            ("esta noche a las 8", "20:00"),
            ("tonight at 8", "20:00"),
            ("mañana por la mañana a las 9", "09:00"),
            ("p.m.? no: 5 pm", "17:00"),
            ("pm 5:00", "17:00"),
            ("buenas tardes, a las 9:30", "09:30"),
            ("boa tarde, às 9:30", "09:30"),
            ("good evening, at 9:30", "09:30"),
            ("más tarde, a las 9:30", "09:30"),
            ("mañana a las 9", "09:00"),
            ("à tarde, às 5", "17:00"),
        ]);
        assert_eq!(read("de la mañana o de la tarde a las 5 no sé"), None);
    }

    #[test]
    fn times_of_a_clock_with_24_hours() {
        reads(&[
            ("9:30", "09:30"),
            ("at 9:30", "09:30"),
            ("a las 5", "05:00"),
            ("a las 17", "17:00"),
            ("a la 1", "01:00"),
            ("às 17h", "17:00"),
            ("à 17h30", "17:30"),
            ("17h30", "17:30"),
            ("17 h 30", "17:30"),
            ("5h", "05:00"),
            ("17h30min", "17:30"),
            ("17:30 hs", "17:30"),
            ("17:30h", "17:30"),
            ("el 23/06/2026 a las 17:30", "17:30"),
            ("2026-02-28 10:00", "10:00"),
            ("a las 5 y media", "05:30"),
            ("a las 5 y media de la tarde", "17:30"),
            ("a las 6 menos cuarto", "05:45"),
            ("a las 5 y 20", "05:20"),
            ("às 5 e meia", "05:30"),
            ("5 heures et demie du soir", "17:30"),
            ("a las 5 en punto", "05:00"),
            ("mediodía", "12:00"),
            ("a medianoche", "00:00"),
            ("à midi", "12:00"),
            ("meio-dia", "12:00"),
            ("meia-noite", "00:00"),
            ("at noon", "12:00"),
            ("１７：３０", "17:30"),
        ]);
        assert_eq!(read("10:00:05").as_deref(), Some("10:00:05"));
    }

    #[test]
    fn what_is_no_time() {
        for text in [
            "",
            "ten",
            "25:00",
            "10:75",
            "5",
            "el 5",
            "17:30 am",
            "0 pm",
            "12 de la mañana",
            "5 de la noche",
            "1:2",
            "tardé 5 horas",
            "23/06/1977",
            "1.5",
            "37,8",
            "5 m",
            "I am 5",
            "tengo 3 hijos",
            "24:00",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn whole_texts() {
        let whole = |text: &str| whole(text).map(|time| time.strftime("%H:%M").to_string());
        for text in ["17:30", "5:30 pm", " 17h30 ", "5:30 p. m.", "a las 5 y media de la tarde"] {
            assert_eq!(whole(text).as_deref(), Some("17:30"), "{text}");
        }
        for text in ["ven a las 17:30", "17:30 o 18:30", "noon maybe", "5"] {
            assert_eq!(whole(text), None, "{text}");
        }
    }
}
