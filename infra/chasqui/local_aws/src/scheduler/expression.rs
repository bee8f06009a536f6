//! When a schedule fires: `at()`, `rate()` and `cron()` in a time zone.
//!
//! <https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html>. On the day clocks go forward, a cron
//! time that does not exist is skipped; on the day they go back, a time that exists twice fires once.

use domain::cron::Cron;
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// An expression that AWS would refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ExpressionError {
    #[error(
        "Invalid Schedule Expression {0}: use at(yyyy-mm-ddThh:mm:ss), rate(value unit) or cron(m h dom mon dow year)."
    )]
    Form(String),
    #[error("Invalid Schedule Expression {expression}: {reason}.")]
    Cron { expression: String, reason: String },
    #[error("The time zone {0} is not known. Use a name of the IANA database such as America/Bogota.")]
    Zone(String),
}

/// A parsed expression.
#[derive(Debug, Clone)]
pub(crate) struct Expression {
    kind: Kind,
    zone: TimeZone,
}

#[derive(Debug, Clone)]
enum Kind {
    At(DateTime),
    /// Milliseconds between two occurrences.
    Rate(i64),
    Cron(Cron),
}

impl Expression {
    /// Reads an expression; `zone` is an IANA name, UTC if missing.
    pub(crate) fn parse(text: &str, zone: Option<&str>) -> Result<Self, ExpressionError> {
        let name = zone.unwrap_or("UTC");
        let zone = TimeZone::get(name).map_err(|_| ExpressionError::Zone(name.to_owned()))?;
        let form = || ExpressionError::Form(text.to_owned());
        let (kind, inside) = text.strip_suffix(')').and_then(|text| text.split_once('(')).ok_or_else(form)?;
        let kind = match kind {
            "at" => Kind::At(parse_at(inside).ok_or_else(form)?),
            "rate" => Kind::Rate(parse_rate(inside).ok_or_else(form)?),
            "cron" => {
                let refused = |reason| ExpressionError::Cron { expression: text.to_owned(), reason };
                Kind::Cron(Cron::parse(inside).map_err(refused)?)
            }
            _ => return Err(form()),
        };
        Ok(Self { kind, zone })
    }

    /// Whether it fires a single time.
    pub(crate) fn is_one_off(&self) -> bool {
        matches!(self.kind, Kind::At(_))
    }

    /// First occurrence not before `from`; rates count from `anchor`. All in milliseconds since 1970.
    pub(crate) fn next(&self, from: i64, anchor: i64) -> Option<i64> {
        match &self.kind {
            Kind::At(at) => self.zone.to_timestamp(*at).ok().map(Timestamp::as_millisecond).filter(|at| *at >= from),
            Kind::Rate(every) => {
                let periods =
                    (from - anchor).max(0).div_euclid(*every) + i64::from((from - anchor).max(0) % every != 0);
                anchor.checked_add(periods.checked_mul(*every)?)
            }
            Kind::Cron(cron) => {
                cron.next(Timestamp::from_millisecond(from).ok()?, &self.zone).map(Timestamp::as_millisecond)
            }
        }
    }
}

/// `yyyy-mm-ddThh:mm:ss`, exactly.
fn parse_at(text: &str) -> Option<DateTime> {
    (text.len() == 19).then(|| DateTime::strptime("%Y-%m-%dT%H:%M:%S", text).ok()).flatten()
}

/// `value unit`, in milliseconds.
fn parse_rate(text: &str) -> Option<i64> {
    let (value, unit) = text.split_once(' ')?;
    let unit = match unit {
        "minute" | "minutes" => 60_000,
        "hour" | "hours" => 3_600_000,
        "day" | "days" => 86_400_000,
        _ => return None,
    };
    value.parse::<i64>().ok().filter(|value| *value > 0)?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn what_aws_refuses_is_refused() {
        for text in [
            "",
            "at",
            "at()",
            "at(tomorrow)",
            "at(2026-02-30T00:00:00)",
            "at(2026-11-22T10:00:00Z)",
            "at(2026-11-22T10:00)",
            "rate()",
            "rate(0 minutes)",
            "rate(-1 minutes)",
            "rate(5)",
            "rate(5 weeks)",
            "rate(1 second)",
            "cron(0 9 * * *)",
            "cron(0 9 * * * *)",
            "cron(0 9 ? * ? *)",
            "cron(60 9 * * ? *)",
            "cron(0 24 * * ? *)",
            "cron(0 9 32 * ? *)",
            "cron(0 9 * 13 ? *)",
            "cron(0 9 ? * 8 *)",
            "cron(0 9 ? * +MON *)",
            "cron(? 9 * * ? *)",
            "every(5 minutes)",
            "cron(0 9 * * ? *",
        ] {
            assert!(Expression::parse(text, None).is_err(), "{text}");
        }
        assert!(Expression::parse("rate(1 day)", Some("Macondo/Centro")).is_err());
    }

    #[test]
    fn occurrences_follow_the_expression_and_the_zone() {
        let bogota = Some("America/Bogota");
        for (text, zone, from, expected) in [
            ("at(2026-11-22T10:00:00)", None, "2026-11-01T00:00:00Z", "2026-11-22T10:00:00Z"),
            ("at(2026-11-22T10:00:00)", bogota, "2026-11-01T00:00:00Z", "2026-11-22T15:00:00Z"),
            ("cron(0 9 ? * MON-FRI *)", bogota, "2026-11-20T14:00:01Z", "2026-11-23T14:00:00Z"),
            ("cron(0 9 ? * MON-FRI *)", bogota, "2026-11-20T14:00:00Z", "2026-11-20T14:00:00Z"),
            ("cron(0 9 ? * 2 *)", None, "2026-11-22T00:00:00Z", "2026-11-23T09:00:00Z"),
            ("cron(0 9 ? * 1 *)", None, "2026-11-22T00:00:00Z", "2026-11-22T09:00:00Z"),
            ("cron(0 9 ? * L *)", None, "2026-11-22T00:00:00Z", "2026-11-28T09:00:00Z"),
            ("cron(0 0 L * ? *)", None, "2028-02-01T00:00:00Z", "2028-02-29T00:00:00Z"),
            ("cron(0 10 ? * 6L *)", None, "2026-11-01T00:00:00Z", "2026-11-27T10:00:00Z"),
            ("cron(0 10 ? * FRIL *)", None, "2026-11-01T00:00:00Z", "2026-11-27T10:00:00Z"),
            ("cron(0 10 ? * 6#3 *)", None, "2026-11-01T00:00:00Z", "2026-11-20T10:00:00Z"),
            ("cron(0/15 8-10 * * ? *)", None, "2026-11-22T08:16:00Z", "2026-11-22T08:30:00Z"),
            ("cron(30 7 1 JAN,JUL ? 2027-2028)", None, "2026-01-01T00:00:00Z", "2027-01-01T07:30:00Z"),
            ("cron(0 8 3W * ? *)", None, "2026-10-01T00:00:00Z", "2026-10-02T08:00:00Z"),
        ] {
            let expression = Expression::parse(text, zone).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(expression.next(ms(from), 0), Some(ms(expected)), "{text} from {from}");
        }
        let past = Expression::parse("cron(0 0 1 1 ? 2020)", None).unwrap();
        assert_eq!(past.next(ms("2026-01-01T00:00:00Z"), 0), None);
    }

    #[test]
    fn rates_count_from_their_anchor() {
        let rate = Expression::parse("rate(5 minutes)", None).unwrap();
        for (from, expected) in [(-1, 7), (7, 7), (8, 300_007), (300_007, 300_007), (300_008, 600_007)] {
            assert_eq!(rate.next(from, 7), Some(expected), "{from}");
        }
    }

    #[test]
    fn summer_time_skips_the_missing_hour_and_fires_once_in_the_double_one() {
        let madrid = Some("Europe/Madrid");
        let daily = Expression::parse("cron(30 2 * * ? *)", madrid).unwrap();
        // 29 March 2026: 02:30 does not exist.
        assert_eq!(daily.next(ms("2026-03-28T12:00:00Z"), 0), Some(ms("2026-03-30T00:30:00Z")));
        // 25 October 2026: 02:30 exists at 00:30Z and at 01:30Z.
        let first = ms("2026-10-25T00:30:00Z");
        assert_eq!(daily.next(ms("2026-10-24T12:00:00Z"), 0), Some(first));
        assert_eq!(daily.next(first + 1, 0), Some(ms("2026-10-26T01:30:00Z")));
    }
}
