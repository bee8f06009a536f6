//! When a journey starts by the clock: spans of time around a date, single moments, and days that come again.

use jiff::civil::{self, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// A span of time in one unit; months have no fixed length, so it is not a number of seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offset {
    /// How many; negative for before.
    pub amount: i32,
    /// Of what.
    pub unit: OffsetUnit,
}

/// The units of an [`Offset`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OffsetUnit {
    /// `m`
    Minutes,
    /// `h`
    Hours,
    /// `d`
    Days,
    /// `w`
    Weeks,
    /// `M`
    Months,
}

impl Offset {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let unit = match text.chars().next_back()? {
            'm' => OffsetUnit::Minutes,
            'h' | 'H' => OffsetUnit::Hours,
            'd' | 'D' => OffsetUnit::Days,
            'w' | 'W' => OffsetUnit::Weeks,
            'M' => OffsetUnit::Months,
            _ => return None,
        };
        let amount = text.get(..text.len() - 1)?.trim().parse().ok()?;
        Some(Self { amount, unit })
    }

    /// The moment this long after (or before) `moment`, by a clock of `zone`: a day later is the same time of day.
    #[must_use]
    pub fn after(self, moment: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let amount = i64::from(self.amount);
        let span = match self.unit {
            OffsetUnit::Minutes => Span::new().try_minutes(amount),
            OffsetUnit::Hours => Span::new().try_hours(amount),
            OffsetUnit::Days => Span::new().try_days(amount),
            OffsetUnit::Weeks => Span::new().try_weeks(amount),
            OffsetUnit::Months => Span::new().try_months(amount),
        };
        moment.to_zoned(zone.clone()).checked_add(span.ok()?).ok().map(|zoned| zoned.timestamp())
    }
}

/// Days that come again, and the time of day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recurrence {
    /// Which days.
    pub days: Days,
    /// The time of day, to the minute.
    pub at: civil::Time,
}

/// The days of a [`Recurrence`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Days {
    /// Every day.
    All,
    /// Days of the week, at least one, Monday first.
    Week(Vec<Weekday>),
    /// Days of the month from 1 to 31, at least one, in order. A month that is too short is left out.
    Month(Vec<i8>),
}

/// English names, as the expression language has them too.
const WEEK: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

impl Days {
    /// Reads `day`, `weekday`, `weekend`, `monday, thu` or `1, 15`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let folded = text.trim().to_lowercase();
        match folded.as_str() {
            "day" | "daily" => return Some(Self::All),
            "weekday" | "weekdays" => return Some(Self::Week(WEEK[..5].iter().map(|(_, day)| *day).collect())),
            "weekend" | "weekends" => return Some(Self::Week(WEEK[5..].iter().map(|(_, day)| *day).collect())),
            _ => {}
        }
        let words =
            || folded.split(|c: char| c == ',' || c.is_whitespace()).filter(|word| !word.is_empty() && *word != "and");
        let weekday = |word: &str| {
            let is_meant = |name: &str| name == word || (word.len() == 3 && name.starts_with(word));
            WEEK.iter().find(|(name, _)| is_meant(name)).map(|(_, day)| *day)
        };
        let date = |word: &str| word.parse::<i8>().ok().filter(|day| (1..=31).contains(day));
        let mut week: Vec<Weekday> = words().filter_map(weekday).collect();
        let mut month: Vec<i8> = words().filter_map(date).collect();
        let count = words().count();
        week.sort_by_key(|day| day.to_monday_zero_offset());
        week.dedup();
        month.sort_unstable();
        month.dedup();
        if count > 0 && words().all(|word| weekday(word).is_some()) {
            Some(Self::Week(week))
        } else if count > 0 && words().all(|word| date(word).is_some()) {
            Some(Self::Month(month))
        } else {
            None
        }
    }

    fn contains(&self, date: civil::Date) -> bool {
        match self {
            Self::All => true,
            Self::Week(days) => days.contains(&date.weekday()),
            Self::Month(days) => days.contains(&date.day()),
        }
    }
}

impl Recurrence {
    /// The first of these moments after `now`, by a clock of `zone`.
    #[must_use]
    pub fn next(&self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let mut date = now.to_zoned(zone.clone()).date();
        // Every set of days comes within a leap year: the 29th to 31st are in at most two months running too short.
        for _ in 0..=366 {
            if self.days.contains(date)
                && let Ok(moment) = zone.to_zoned(date.to_datetime(self.at))
                && moment.timestamp() > now
            {
                return Some(moment.timestamp());
            }
            date = date.tomorrow().ok()?;
        }
        None
    }

    /// As a cron expression of five fields: minute, hour, day of the month, month, day of the week.
    #[must_use]
    pub fn cron(&self) -> String {
        let (month, week) = match &self.days {
            Days::All => ("*".to_owned(), "*".to_owned()),
            Days::Month(days) => (days.iter().map(i8::to_string).collect::<Vec<_>>().join(","), "*".to_owned()),
            Days::Week(days) => {
                let name = |day: &Weekday| {
                    let name = WEEK.iter().find(|(_, other)| other == day).map_or("*", |(name, _)| name);
                    name.get(..3).unwrap_or(name).to_uppercase()
                };
                ("*".to_owned(), days.iter().map(name).collect::<Vec<_>>().join(","))
            }
        };
        format!("{} {} {month} * {week}", self.at.minute(), self.at.hour())
    }
}

/// Reads `09:00`, to the minute.
pub(super) fn parse_time(text: &str) -> Option<civil::Time> {
    let (hour, minute) = text.trim().split_once(':')?;
    let number = |text: &str| text.parse::<i8>().ok().filter(|_| matches!(text.len(), 1 | 2));
    civil::Time::new(number(hour)?, number(minute).filter(|_| minute.len() == 2)?, 0, 0).ok()
}

/// Reads `2026-03-01 09:00`, or with a `T` between.
pub(super) fn parse_moment(text: &str) -> Option<civil::DateTime> {
    let (date, time) = text.trim().split_once([' ', 'T'])?;
    let date: civil::Date = date.parse().ok()?;
    Some(date.to_datetime(parse_time(time)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_time() {
        for bad in ["", "m", "+m", "5", "+5x", "five m", "+5é", "99999999999m"] {
            assert_eq!(Offset::parse(bad), None, "{bad}");
        }
        let minutes = |amount| Some(Offset { amount, unit: OffsetUnit::Minutes });
        assert_eq!(Offset::parse("+5m"), minutes(5));
        assert_eq!(Offset::parse("-90m"), minutes(-90));
        assert_eq!(Offset::parse("+1M"), Some(Offset { amount: 1, unit: OffsetUnit::Months }));
    }

    #[test]
    fn days_and_times_that_mean_nothing_are_refused() {
        for bad in ["", ",", "someday", "mondays", "monday, 3", "0", "32", "mo", "day, monday"] {
            assert_eq!(Days::parse(bad), None, "{bad}");
        }
        for bad in ["", "9", "25:00", "09:60", "9:5", "-1:00", "09:00:00", "９:００"] {
            assert_eq!(parse_time(bad), None, "{bad}");
        }
        for bad in ["", "2026-03-01", "2026-02-30 09:00", "1 March 09:00"] {
            assert_eq!(parse_moment(bad), None, "{bad}");
        }
        assert!(
            Offset { amount: i32::MAX, unit: OffsetUnit::Months }
                .after(Timestamp::UNIX_EPOCH, &TimeZone::UTC)
                .is_none()
        );
    }

    #[test]
    fn days_that_come_again() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let now: Timestamp = "2026-03-06T14:00:00Z".parse().unwrap(); // a Friday, 09:00 there
        for (days, at, cron, next) in [
            ("day", "9:00", "0 9 * * *", "2026-03-07T14:00:00Z"),
            ("day", "09:01", "1 9 * * *", "2026-03-06T14:01:00Z"),
            ("Monday and THU", "09:00", "0 9 * * MON,THU", "2026-03-09T13:00:00Z"), // summer time began on the 8th
            ("weekend", "23:59", "59 23 * * SAT,SUN", "2026-03-08T04:59:00Z"),
            ("weekday", "08:30", "30 8 * * MON,TUE,WED,THU,FRI", "2026-03-09T12:30:00Z"),
            ("15, 1, 15", "00:00", "0 0 1,15 * *", "2026-03-15T04:00:00Z"),
            ("31", "00:00", "0 0 31 * *", "2026-03-31T04:00:00Z"),
            ("sunday", "02:30", "30 2 * * SUN", "2026-03-08T07:30:00Z"), // a time the clocks skip that day
        ] {
            let recurrence = Recurrence { days: Days::parse(days).unwrap(), at: parse_time(at).unwrap() };
            assert_eq!(recurrence.cron(), cron, "{days}");
            assert_eq!(recurrence.next(now, &zone).unwrap().to_string(), next, "{days}");
        }
        let last = Recurrence { days: Days::All, at: parse_time("00:00").unwrap() };
        assert_eq!(last.next(Timestamp::MAX, &TimeZone::UTC), None);
    }

    #[test]
    fn a_day_later_is_the_same_time_of_day() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let moment: Timestamp = "2026-03-07T14:00:00Z".parse().unwrap();
        let after = |text: &str| Offset::parse(text).unwrap().after(moment, &zone).unwrap().to_string();
        assert_eq!(after("+1d"), "2026-03-08T13:00:00Z");
        assert_eq!(after("+24h"), "2026-03-08T14:00:00Z");
        assert_eq!(after("-2w"), "2026-02-21T14:00:00Z");
        assert_eq!(after("+1M"), "2026-04-07T13:00:00Z");
        assert_eq!(after("-5m"), "2026-03-07T13:55:00Z");
    }
}
