//! Reading one kind of value as another.

use std::cmp::Ordering;

use jiff::{civil, tz::TimeZone};

use super::Value;
use crate::date_time::DateTime;
use crate::environment::Environment;
use crate::lexer::{TokenKind, number::read_moment};
use crate::locale::Locale;
use crate::reading::{date, number, time};

/// The longest text that is read as a number, in bytes: the largest float has 309 digits.
const MAX_WRITTEN: usize = 400;

/// A number, whole as long as it can be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Number {
    Int(i64),
    Float(f64),
}

impl Number {
    pub(crate) fn as_f64(self) -> f64 {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "what a float cannot hold exactly it holds nearly")]
            Self::Int(number) => number as f64,
            Self::Float(number) => number,
        }
    }

    pub(crate) fn compare(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Int(left), Self::Int(right)) => left.cmp(&right),
            _ => self.as_f64().total_cmp(&other.as_f64()),
        }
    }

    /// Reads a number as programs write it: an optional minus sign, digits, and a fraction behind a point.
    fn parse(text: &str) -> Option<Self> {
        let text = Some(text).filter(|text| text.len() <= MAX_WRITTEN)?.trim();
        let digits = text.strip_prefix('-').unwrap_or(text);
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        if !plain || !digits.starts_with(|c: char| c.is_ascii_digit()) || digits.ends_with('.') {
            return None;
        }
        if digits.contains('.') {
            return text.parse().ok().map(Self::Float);
        }
        text.parse().ok().map(Self::Int).or_else(|| text.parse().ok().map(Self::Float))
    }
}

impl From<Number> for Value {
    fn from(number: Number) -> Self {
        match number {
            Number::Int(number) => Self::Int(number),
            Number::Float(number) => Self::Float(number),
        }
    }
}

impl Value {
    /// Reads a text that a program or an author wrote as the number, date, moment or boolean it spells; anything else
    /// stays text. Numbers that would not print the same again stay text as well: a leading zero or plus sign belongs to
    /// a phone number or a code.
    #[must_use]
    pub fn coerced(text: &str) -> Self {
        let trimmed = text.trim();
        if trimmed.eq_ignore_ascii_case("true") || trimmed.eq_ignore_ascii_case("false") {
            return Self::Bool(trimmed.eq_ignore_ascii_case("true"));
        }
        if let Some(number) = Number::parse(trimmed) {
            let value = Self::from(number);
            return if value.text() == trimmed { value } else { Self::from(text) };
        }
        match read_moment(trimmed) {
            Some(TokenKind::Date(date)) => Self::Date(date),
            Some(TokenKind::DateTime(literal)) if literal.offset.is_some() => {
                DateTime::from_literal(literal, &TimeZone::UTC).map_or_else(|| Self::from(text), Self::DateTime)
            }
            _ => Self::from(text),
        }
    }

    /// Reads the answer of a person of this locale: like [`Self::coerced`], but what is another number to them than to a
    /// program, such as `1.234` where that is a thousand, stays text and is read by what it is compared or calculated with.
    #[must_use]
    pub fn answered(text: &str, locale: Locale) -> Self {
        let value = Self::coerced(text);
        match &value {
            Self::Int(_) | Self::Float(_) if value.as_number(Locale::UNKNOWN) != number::whole(text, locale) => {
                Self::from(text)
            }
            _ => value,
        }
    }

    /// The number it is, or the text spells to somebody of this locale.
    pub(crate) fn as_number(&self, locale: Locale) -> Option<Number> {
        match self.acting() {
            Self::Int(number) => Some(Number::Int(*number)),
            Self::Float(number) => Some(Number::Float(*number)),
            Self::Text(text) => number::whole(text, locale),
            _ => None,
        }
    }

    /// The moment it tells: a date is its first one in the environment's time zone, and a text is read as either.
    #[must_use]
    pub fn as_date_time(&self, env: &Environment) -> Option<DateTime> {
        let zone = &env.time_zone;
        match self.acting() {
            Self::DateTime(moment) => Some(*moment),
            Self::Date(date) => DateTime::local(date.at(0, 0, 0, 0), zone),
            Self::Text(text) => DateTime::parse(text, zone).or_else(|| {
                let (date, time) = date::with_time(text, env)?;
                DateTime::local(date.to_datetime(time.unwrap_or_default()), zone)
            }),
            _ => None,
        }
    }

    /// A day: of a moment, the day at its own offset; of a text, the day it spells.
    pub(crate) fn as_date(&self, env: &Environment) -> Option<civil::Date> {
        match self.acting() {
            Self::Date(date) => Some(*date),
            Self::DateTime(moment) => Some(moment.civil().date()),
            Self::Text(text) => {
                let moment = || DateTime::parse(text, &env.time_zone).map(|moment| moment.civil().date());
                moment().or_else(|| date::with_time(text, env).map(|(date, _)| date))
            }
            _ => None,
        }
    }

    /// A time of day, or a text that is one and nothing more.
    pub(crate) fn as_time(&self) -> Option<civil::Time> {
        match self.acting() {
            Self::Time(time) => Some(*time),
            Self::Text(text) => time::whole(text),
            _ => None,
        }
    }

    /// The whole number it is, or the text spells to somebody of this locale.
    #[must_use]
    pub fn as_int(&self, locale: Locale) -> Option<i64> {
        match self.as_number(locale)? {
            Number::Int(number) => Some(number),
            #[expect(clippy::cast_possible_truncation, reason = "checked: whole and small enough to be exact")]
            Number::Float(number) => (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64),
        }
    }

    /// The items of a list, the numbers of a range, or the `[key, value]` pairs of a map. Their number must have been
    /// paid for.
    pub(crate) fn items(&self) -> Option<std::sync::Arc<Vec<Self>>> {
        match self.acting() {
            Self::List(items) => Some(items.clone()),
            Self::Range(range) => {
                let numbers = (0..range.len()).filter_map(|index| range.get(index)).map(Self::Int);
                Some(numbers.collect::<Vec<_>>().into())
            }
            Self::Map(map) => {
                let pairs = map.iter().map(|(key, value)| Self::list(vec![Self::from(key.as_str()), value.clone()]));
                Some(pairs.collect::<Vec<_>>().into())
            }
            _ => None,
        }
    }
}
