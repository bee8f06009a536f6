//! A moment with the offset it is told in.

use std::cmp::Ordering;
use std::fmt;

use jiff::{
    Timestamp, Zoned, civil,
    tz::{Offset, TimeZone},
};

use crate::ast::DateTimeLiteral;
use crate::lexer::{TokenKind, number::read_moment};

/// What is said of a moment beyond the years that can be told.
pub(crate) const TOO_FAR: &str = "the calendar does not reach that far";

/// The longest text that is read as a moment, in bytes.
const MAX_WRITTEN: usize = 64;

/// A moment and the offset from UTC it is written with. Two are ordered by the moment alone.
#[derive(Debug, Clone, Copy)]
pub struct DateTime {
    timestamp: Timestamp,
    offset: Offset,
}

impl DateTime {
    /// A moment told in UTC.
    #[must_use]
    pub fn utc(timestamp: Timestamp) -> Self {
        Self { timestamp, offset: Offset::UTC }
    }

    /// A moment told with an offset from UTC.
    #[must_use]
    pub fn new(timestamp: Timestamp, offset: Offset) -> Self {
        Self { timestamp, offset }
    }

    /// The moment a clock of `zone` shows `civil`. In the hour a clock skips, or shows twice, it is the one the offset
    /// before the change leads to (RFC 5545). `None` beyond the years jiff can tell.
    #[must_use]
    pub fn local(civil: civil::DateTime, zone: &TimeZone) -> Option<Self> {
        zone.to_zoned(civil).ok().map(|zoned| Self::from(&zoned))
    }

    /// A literal; without an offset it is local time of `zone`.
    pub(crate) fn from_literal(literal: DateTimeLiteral, zone: &TimeZone) -> Option<Self> {
        match literal.offset {
            Some(offset) => {
                let timestamp = offset.to_timestamp(literal.civil).ok()?;
                Some(Self { timestamp, offset })
            }
            None => Self::local(literal.civil, zone),
        }
    }

    /// Reads an ISO 8601 date with time, or `DD-MM-YYYY HH:MM[:SS]`; without an offset it is local time of `zone`.
    #[must_use]
    pub fn parse(text: &str, zone: &TimeZone) -> Option<Self> {
        let text = Some(text.trim()).filter(|text| text.len() <= MAX_WRITTEN)?;
        let with_t = || Some(format!("{}T{}", text.get(..10)?, text.get(11..)?));
        let moment = read_moment(text).or_else(|| {
            // `2026-11-22 13:00`: a space instead of the T.
            (text.as_bytes().get(10) == Some(&b' ')).then(with_t).flatten().and_then(|text| read_moment(&text))
        });
        match moment? {
            TokenKind::DateTime(literal) => Self::from_literal(literal, zone),
            _ => None,
        }
    }

    /// The moment.
    #[must_use]
    pub fn timestamp(self) -> Timestamp {
        self.timestamp
    }

    /// What a clock at this offset shows.
    #[must_use]
    pub fn civil(self) -> civil::DateTime {
        self.offset.to_datetime(self.timestamp)
    }

    /// The moment in `zone` when it is told in that zone's time, so that adding days and months follows its clock
    /// changes; otherwise at its own fixed offset.
    pub(crate) fn zoned(self, zone: &TimeZone) -> Zoned {
        if self.offset != Offset::UTC && zone.to_offset(self.timestamp) == self.offset {
            return self.timestamp.to_zoned(zone.clone());
        }
        self.timestamp.to_zoned(TimeZone::fixed(self.offset))
    }
}

impl From<&Zoned> for DateTime {
    fn from(zoned: &Zoned) -> Self {
        Self { timestamp: zoned.timestamp(), offset: zoned.offset() }
    }
}

impl PartialEq for DateTime {
    fn eq(&self, other: &Self) -> bool {
        self.timestamp == other.timestamp
    }
}

impl Eq for DateTime {}

impl PartialOrd for DateTime {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for DateTime {
    fn cmp(&self, other: &Self) -> Ordering {
        self.timestamp.cmp(&other.timestamp)
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.civil(), written_offset(self.offset))
    }
}

/// `Z` for UTC, otherwise `+HH:MM`.
pub(crate) fn written_offset(offset: Offset) -> String {
    if offset == Offset::UTC {
        return "Z".to_owned();
    }
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", seconds.abs() / 3600, seconds.abs() / 60 % 60)
}
