//! Numbers, dates, times: everything that begins with a digit.

use jiff::{civil, tz::Offset};

use super::{Lexer, TokenKind, is_name_part};
use crate::ast::DateTimeLiteral;
use crate::error::{Span, SyntaxError};

impl Lexer<'_> {
    pub(super) fn number(&mut self) -> TokenKind {
        let start = self.position;
        let bytes = &self.source.as_bytes()[start..];
        if let Some((length, kind)) = moment(bytes)
            && !self.source[start + length..].starts_with(is_name_part)
        {
            self.position += length;
            return kind.unwrap_or_else(|| {
                let span = Span::new(start, self.position);
                let written = &self.source[start..self.position];
                let error = SyntaxError::new(span, format!("`{written}` is not a date or time that exists"));
                self.errors.push(error.expecting("YYYY-MM-DD, YYYY-MM-DDTHH:MM:SS, DD-MM-YYYY HH:MM or HH:MM"));
                TokenKind::Int(0)
            });
        }
        self.plain_number(start, bytes)
    }

    fn plain_number(&mut self, start: usize, bytes: &[u8]) -> TokenKind {
        let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit() || **b == b'_').count();
        let at = |index: usize| bytes.get(index).copied().unwrap_or(0);
        let mut length = digits(0);
        let mut float = false;
        if at(length) == b'.' && at(length + 1).is_ascii_digit() {
            float = true;
            length += 1 + digits(length + 1);
        }
        if matches!(at(length), b'e' | b'E') {
            let sign = usize::from(matches!(at(length + 1), b'+' | b'-'));
            if at(length + 1 + sign).is_ascii_digit() {
                float = true;
                length += 1 + sign + digits(length + 1 + sign);
            }
        }
        self.position = start + length;
        let written: String = self.source[start..self.position].chars().filter(|c| *c != '_').collect();
        if !float {
            if let Ok(number) = written.parse() {
                return TokenKind::Int(number);
            }
        } else if let Some(number) = written.parse::<f64>().ok().filter(|number| number.is_finite()) {
            return TokenKind::Float(number);
        }
        self.errors
            .push(SyntaxError::new(Span::new(start, self.position), format!("`{written}` is too large a number")));
        TokenKind::Int(0)
    }
}

/// A date, time or date with time at the start of `bytes`: its length, and `None` for one that does not exist.
fn moment(bytes: &[u8]) -> Option<(usize, Option<TokenKind>)> {
    if let Some([year, month, day]) = fields(bytes, &[4, 2, 2], b'-') {
        let date = date(year, month, day);
        if bytes.get(10) == Some(&b'T')
            && let Some((length, time)) = time(&bytes[11..], true)
        {
            let after = 11 + length;
            let (offset_length, offset) = offset(&bytes[after..]);
            let literal = date.zip(time).map(|(date, time)| {
                TokenKind::DateTime(DateTimeLiteral { civil: civil::DateTime::from_parts(date, time), offset })
            });
            return Some((after + offset_length, literal));
        }
        return Some((10, date.map(TokenKind::Date)));
    }
    if let Some([day, month, year]) = fields(bytes, &[2, 2, 4], b'-')
        && bytes.get(10) == Some(&b' ')
        && let Some((length, time)) = time(&bytes[11..], true)
    {
        let literal = date(year, month, day).zip(time).map(|(date, time)| {
            TokenKind::DateTime(DateTimeLiteral { civil: civil::DateTime::from_parts(date, time), offset: None })
        });
        return Some((11 + length, literal));
    }
    time(bytes, false).map(|(length, time)| (length, time.map(TokenKind::Time)))
}

/// Three runs of digits of the given widths with `separator` between them.
fn fields(bytes: &[u8], widths: &[usize; 3], separator: u8) -> Option<[i32; 3]> {
    let mut numbers = [0; 3];
    let mut position = 0;
    for (index, width) in widths.iter().enumerate() {
        if index > 0 {
            if bytes.get(position) != Some(&separator) {
                return None;
            }
            position += 1;
        }
        numbers[index] = digits(bytes.get(position..position + width)?)?;
        position += width;
    }
    (!bytes.get(position).is_some_and(u8::is_ascii_digit)).then_some(numbers)
}

fn digits(bytes: &[u8]) -> Option<i32> {
    bytes.iter().try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + i32::from(byte - b'0')))
}

fn date(year: i32, month: i32, day: i32) -> Option<civil::Date> {
    civil::Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// `H:MM`, `HH:MM`, with `:SS` and, after that, a fraction when `fraction` allows it.
fn time(bytes: &[u8], fraction: bool) -> Option<(usize, Option<civil::Time>)> {
    let width = bytes.iter().take(3).take_while(|b| b.is_ascii_digit()).count();
    if !(1..=2).contains(&width) || bytes.get(width) != Some(&b':') {
        return None;
    }
    let pair = |at: usize| digits(bytes.get(at..at + 2)?);
    let hour = digits(&bytes[..width])?;
    let minute = pair(width + 1)?;
    let mut length = width + 3;
    let (mut second, mut nanosecond) = (0, 0);
    if bytes.get(length) == Some(&b':')
        && let Some(seconds) = pair(length + 1)
    {
        second = seconds;
        length += 3;
        let written = bytes[length..].iter().skip(1).take_while(|b| b.is_ascii_digit()).count();
        if fraction && bytes.get(length) == Some(&b'.') && written > 0 {
            let nine: Vec<u8> = bytes[length + 1..][..written].iter().copied().chain([b'0'; 9]).take(9).collect();
            nanosecond = digits(&nine)?;
            length += 1 + written;
        }
    }
    let small = |number: i32| i8::try_from(number).ok();
    let time = small(hour)
        .zip(small(minute))
        .zip(small(second))
        .and_then(|((hour, minute), second)| civil::Time::new(hour, minute, second, nanosecond).ok());
    Some((length, time))
}

/// `Z`, `+HH:MM`, `-HH:MM`, `+HHMM`, or nothing.
fn offset(bytes: &[u8]) -> (usize, Option<Offset>) {
    let sign = match bytes.first() {
        Some(b'Z') => return (1, Some(Offset::UTC)),
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return (0, None),
    };
    let colon = usize::from(bytes.get(3) == Some(&b':'));
    let parts = bytes.get(1..3).and_then(digits).zip(bytes.get(3 + colon..5 + colon).and_then(digits));
    let offset = parts
        .filter(|(hours, minutes)| *hours < 24 && *minutes < 60)
        .and_then(|(hours, minutes)| Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok());
    if offset.is_some() { (5 + colon, offset) } else { (0, None) }
}

/// Reads a whole text as a date, time or date with time, as the literals are written. `None` for anything else.
pub(crate) fn read_moment(text: &str) -> Option<TokenKind> {
    moment(text.as_bytes()).and_then(|(length, kind)| kind.filter(|_| length == text.len()))
}
