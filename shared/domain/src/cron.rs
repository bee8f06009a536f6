//! Cron expressions as EventBridge Scheduler takes them: minutes, hours, day of month, month, day of week, year.
//!
//! <https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based>. The scheduler leaves out a time
//! that does not exist because clocks are put forward, and rings once at one that exists twice.

use croner::parser::{CronParser, Seconds, Year};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};

/// The years that cron() knows.
const YEARS: std::ops::RangeInclusive<u16> = 1970..=2199;

/// An expression, read.
#[derive(Clone, Debug)]
pub struct Cron(Box<croner::Cron>);

impl Cron {
    /// Reads the six fields; the error says what is wrong with them.
    pub fn parse(text: &str) -> Result<Self, String> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday, year] = fields[..] else {
            let count = fields.len();
            return Err(format!("{count} fields instead of the six minutes hours day-of-month month day-of-week year"));
        };
        if (day == "?") == (weekday == "?") {
            return Err("exactly one of day-of-month and day-of-week must be ?".to_owned());
        }
        let allowed = |field: &str| field.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"*,-/?#".contains(&byte));
        if !fields.iter().all(|field| allowed(field)) || [minute, hour, month, year].contains(&"?") {
            return Err("a field holds a character that cron() does not know".to_owned());
        }
        if !year.split([',', '-']).all(is_year) {
            return Err(format!("a year is one from {} to {}", YEARS.start(), YEARS.end()));
        }
        // `L` alone is Saturday; after a weekday it is the last such day of the month, which croner writes `5#L`.
        let weekday = match weekday.strip_suffix(['L', 'l']) {
            Some("") => "SAT".to_owned(),
            Some(day) if !day.ends_with('#') => format!("{day}#L"),
            _ => weekday.to_owned(),
        };
        let cron = CronParser::builder()
            .seconds(Seconds::Required)
            .year(Year::Required)
            // Sunday is 1, and `0/10` is every ten from 0, as in cron().
            .alternative_weekdays(true)
            .sloppy_ranges(true)
            .build()
            .parse(&format!("0 {minute} {hour} {day} {month} {weekday} {year}"))
            .map_err(|error| error.to_string())?;
        Ok(Self(Box::new(cron)))
    }

    /// When the scheduler rings next, not before `from`, by the clocks of `zone`; nothing when it never does.
    pub fn next(&self, from: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let start = zone.to_datetime(from);
        let mut shown = self.0.find_next_occurrence(&start, true).ok()?;
        loop {
            match self.rings(shown, zone) {
                Some(at) if at >= from => return Some(at),
                _ => shown = self.0.find_next_occurrence(&shown, false).ok()?,
            }
        }
    }

    fn rings(&self, shown: DateTime, zone: &TimeZone) -> Option<Timestamp> {
        let ambiguous = zone.to_ambiguous_timestamp(shown);
        match ambiguous.offset() {
            AmbiguousOffset::Gap { .. } => None,
            AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => ambiguous.earlier().ok(),
        }
    }
}

/// Whether a part of the field of years is one of them or all of them, perhaps with a step.
fn is_year(part: &str) -> bool {
    let (year, _step) = part.split_once('/').unwrap_or((part, ""));
    year == "*" || year.parse().is_ok_and(|year| YEARS.contains(&year))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_never_comes_has_no_next_time() {
        let now: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        for never in ["0 9 31 2 ? *", "0 9 30 2 ? *", "0 9 31 4,6,9,11 ? *", "0 9 1 1 ? 2020", "0 9 29 2 ? 2027"] {
            let cron = Cron::parse(never).unwrap();
            assert_eq!(cron.next(now, &TimeZone::UTC), None, "{never}");
        }
        for comes in ["0 9 29 2 ? *", "0 9 L 2 ? *", "0 0 1 1 ? 2099"] {
            assert!(Cron::parse(comes).unwrap().next(now, &TimeZone::UTC).is_some(), "{comes}");
        }
        for bad in
            ["30 24 * * ? *", "60 9 * * ? *", "0 17-9 * * ? *", "0 9 20-10 * ? *", "0 9 ? 9-3 2 *", "0 9 0 * ? *"]
        {
            assert!(Cron::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn years_are_those_that_the_scheduler_knows() {
        for good in
            ["0 9 1 1 ? 2027,2030-2040", "0 9 1 1 ? 2199", "0 9 1 1 ? */2", "0 9 1 1 ? 2030/5", "0 9 1 1 ? 2030-2050/5"]
        {
            assert!(Cron::parse(good).is_ok(), "{good}");
        }
        for bad in ["1969", "2200", "9999", "2026,2200", "2190-2300", "0/5", "70000", "MON", "-"] {
            assert!(Cron::parse(&format!("0 9 1 1 ? {bad}")).is_err(), "{bad}");
        }
    }
}
