//! When a journey starts by the clock: spans of time around a date, single moments, and days that come again.

use jiff::civil::{self, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};

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

/// When the clocks of a zone show this. What they show twice counts the first time; what they skip, because they are put
/// forward, counts at the first moment there is after it.
#[must_use]
pub fn first_valid(shown: civil::DateTime, zone: &TimeZone) -> Option<Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(shown);
    match ambiguous.offset() {
        // Read with the clock that comes after it, a skipped time is just before the clocks are put forward.
        AmbiguousOffset::Gap { .. } => zone.following(ambiguous.earlier().ok()?).next().map(|put| put.timestamp()),
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => ambiguous.earlier().ok(),
    }
}

/// Days that come again, and the time of day. As text: `monday,friday 08:30`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
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
    /// The moment that belongs to this day, by a clock of `zone`: see [`first_valid`]. Nothing when it is none of the days.
    #[must_use]
    pub fn on(&self, date: civil::Date, zone: &TimeZone) -> Option<Timestamp> {
        self.days.contains(date).then(|| first_valid(date.to_datetime(self.at), zone))?
    }

    /// The first of these moments after `now`, by a clock of `zone`.
    #[must_use]
    pub fn next(&self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let today = now.to_zoned(zone.clone()).date();
        // The last time of yesterday is among today's when midnight was skipped.
        let mut date = today.yesterday().unwrap_or(today);
        // Every set of days comes within a leap year: the 29th to 31st are in at most two months running too short.
        for _ in 0..=367 {
            if let Some(moment) = self.on(date, zone).filter(|moment| *moment > now) {
                return Some(moment);
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

impl From<Recurrence> for String {
    fn from(recurrence: Recurrence) -> Self {
        let days = match &recurrence.days {
            Days::All => "day".to_owned(),
            Days::Month(days) => days.iter().map(i8::to_string).collect::<Vec<_>>().join(","),
            Days::Week(days) => {
                let name = |day: &Weekday| WEEK.iter().find(|(_, other)| other == day).map(|(name, _)| *name);
                days.iter().filter_map(name).collect::<Vec<_>>().join(",")
            }
        };
        format!("{days} {}", recurrence.at.strftime("%H:%M"))
    }
}

impl TryFrom<String> for Recurrence {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let (days, at) = text.rsplit_once(' ').ok_or("no time of day")?;
        Ok(Self { days: Days::parse(days).ok_or("no days")?, at: parse_time(at).ok_or("no time of day")? })
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

/// Of a moment or time of day that is written as one and cannot be read: what in it never comes.
pub(super) fn never_comes(text: &str) -> Option<String> {
    let text = text.trim();
    let (date, time) = text.split_once([' ', 'T']).map_or((None, text), |(date, time)| (Some(date), time));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_written_as_date = |date: &str| matches!(date.split('-').collect::<Vec<_>>()[..], [y, m, d] if [y, m, d].into_iter().all(is_number));
    if let Some(date) = date.filter(|date| is_written_as_date(date) && date.parse::<civil::Date>().is_err()) {
        return Some(format!("`{date}` is not in the calendar: it never comes."));
    }
    let is_written_as_time = |(hour, minute): (&str, &str)| is_number(hour) && is_number(minute) && minute.len() == 2;
    let is_time = time.split_once(':').is_some_and(is_written_as_time) && parse_time(time).is_none();
    is_time.then(|| format!("Clocks never show `{time}`: a day goes from 00:00 to 23:59."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

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
        for (never, why) in [("2026-02-30 09:00", "2026-02-30"), ("24:30", "23:59"), ("2026-02-01 24:00", "24:00")] {
            assert!(never_comes(never).unwrap().contains(why), "{never}");
        }
        assert_eq!(never_comes("noon"), None);
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
            ("sunday", "02:30", "30 2 * * SUN", "2026-03-08T07:00:00Z"), // skipped that day: at once when clocks are put forward
        ] {
            let recurrence = Recurrence { days: Days::parse(days).unwrap(), at: parse_time(at).unwrap() };
            assert_eq!(recurrence.cron(), cron, "{days}");
            assert_eq!(Recurrence::try_from(String::from(recurrence.clone())).as_ref(), Ok(&recurrence));
            assert_eq!(recurrence.next(now, &zone).unwrap().to_string(), next, "{days}");
        }
        let last = Recurrence { days: Days::All, at: parse_time("00:00").unwrap() };
        assert_eq!(last.next(Timestamp::MAX, &TimeZone::UTC), None);
    }

    #[test]
    fn what_clocks_skip_or_show_twice_comes_once_in_every_zone_with_summer_time() {
        let (begin, end): (Timestamp, Timestamp) =
            ("2024-01-01T00:00:00Z".parse().unwrap(), "2031-01-01T00:00:00Z".parse().unwrap());
        let (mut gaps, mut folds) = (0, 0);
        for name in jiff::tz::db().available() {
            let zone = TimeZone::get(name.as_str()).unwrap();
            let changes = zone.following(begin).take_while(|change| change.timestamp() < end);
            for change in changes.map(|change| change.timestamp()) {
                let just_before = change - SignedDuration::from_nanos(1);
                let (before, after) = (zone.to_offset(just_before), zone.to_offset(change));
                let (last, first) = (before.to_datetime(change), after.to_datetime(change));
                let (from, to) = (last.min(first), last.max(first));
                let mut shown = from;
                while shown < to {
                    let every = Recurrence { days: Days::All, at: shown.time() };
                    let yesterday = change - SignedDuration::from_hours(25);
                    let moments: Vec<_> =
                        std::iter::successors(every.next(yesterday, &zone), |moment| every.next(*moment, &zone))
                            .take_while(|moment| *moment < change + SignedDuration::from_hours(47))
                            .collect();
                    let days: Vec<_> = moments.iter().map(|moment| zone.to_datetime(*moment)).collect();
                    let near: Vec<_> = moments
                        .windows(2)
                        .filter(|pair| pair[1].duration_since(pair[0]) < SignedDuration::from_hours(21))
                        .collect();
                    assert!(near.is_empty(), "{name}: {shown} comes twice: {days:?}");
                    if last < first {
                        gaps += 1;
                        assert!(moments.contains(&change), "{name}: {shown} is missed: {days:?}");
                    } else if last > first {
                        folds += 1;
                        let first_time = before.to_timestamp(shown).unwrap();
                        assert!(moments.contains(&first_time), "{name}: {shown} is not the first: {days:?}");
                    }
                    shown = shown.checked_add(Span::new().minutes(30)).unwrap();
                }
            }
        }
        assert!(gaps > 1000 && folds > 1000, "{gaps} {folds}");
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
