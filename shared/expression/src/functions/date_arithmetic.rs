//! Moments computed from others. Days and longer follow the calendar and the clock changes of the journey's zone.

use jiff::{Span, ToSpan as _, civil};

use super::{Function, function};
use crate::context::Arguments;
use crate::date_time::{DateTime, TOO_FAR};
use crate::error::EvaluationError;
use crate::value::Value;

type Result = std::result::Result<Value, EvaluationError>;

pub(super) static FUNCTIONS: &[Function] = &[
    function!("datetime_add", Eager(datetime_add), "A moment some time later, or earlier for a negative number.",
        ["date": "a date, moment or text that spells one", "number": "a whole number",
         "unit": "\"Y\" years, \"M\" months, \"W\" weeks, \"D\" days, \"h\" hours, \"m\" minutes, \"s\" seconds"],
        "date and time", errors: "another unit, or a moment beyond the calendar",
        "datetime_add(2026-01-31, 1, \"M\")" => "2026-02-28T00:00:00Z",
        "datetime_add(\"2026-01-31T10:00:00Z\", -90, \"m\")" => "2026-01-31T08:30:00Z"),
    function!("edate", Eager(edate), "A date some months later, or earlier for a negative number.",
        ["date": "a date, moment or text that spells one", "months": "a whole number"], "date",
        errors: "a date beyond the calendar", "edate(2026-01-31, 1)" => "2026-02-28"),
    function!("datetime_next", Eager(datetime_next), "The next time a clock of the journey's zone shows a time on a weekday.",
        ["weekday": "an English day of the week, or \"day\" for any", "time": "HH:MM"], "date and time, after now",
        errors: "another weekday, or a value that is not a time",
        "datetime_next(\"monday\", \"13:00\")" => "2026-11-23T13:00:00Z",
        "datetime_next(\"sunday\", \"09:00\")" => "2026-11-29T09:00:00Z"),
];

fn datetime_add(arguments: &Arguments<'_>) -> Result {
    let number = arguments.int(1)?;
    let span = match &*arguments.text(2)? {
        "Y" => Span::new().try_years(number),
        "M" => Span::new().try_months(number),
        "W" => Span::new().try_weeks(number),
        "D" => Span::new().try_days(number),
        "h" => Span::new().try_hours(number),
        "m" => Span::new().try_minutes(number),
        "s" => Span::new().try_seconds(number),
        _ => return Err(arguments.invalid(2, "the unit is one of Y, M, W, D, h, m and s")),
    };
    let too_far = |_| arguments.invalid(1, TOO_FAR);
    let moment = arguments.date_time(0)?.zoned(&arguments.env().time_zone);
    let moment = moment.checked_add(span.map_err(too_far)?).map_err(too_far)?;
    Ok(DateTime::from(&moment).into())
}

fn edate(arguments: &Arguments<'_>) -> Result {
    let too_far = |_| arguments.invalid(1, TOO_FAR);
    let months = Span::new().try_months(arguments.int(1)?).map_err(too_far)?;
    arguments.date(0)?.checked_add(months).map(Value::Date).map_err(too_far)
}

fn datetime_next(arguments: &Arguments<'_>) -> Result {
    let day = arguments.text(0)?.trim().to_lowercase();
    let weekday = match day.as_str() {
        "monday" => Some(civil::Weekday::Monday),
        "tuesday" => Some(civil::Weekday::Tuesday),
        "wednesday" => Some(civil::Weekday::Wednesday),
        "thursday" => Some(civil::Weekday::Thursday),
        "friday" => Some(civil::Weekday::Friday),
        "saturday" => Some(civil::Weekday::Saturday),
        "sunday" => Some(civil::Weekday::Sunday),
        "day" => None,
        _ => return Err(arguments.invalid(0, "write an English day of the week, for example \"monday\"")),
    };
    let Some(time) = arguments.value(1).as_time() else { return Err(arguments.wrong(1, "a time such as \"13:00\"")) };
    let env = arguments.env();
    let mut date = env.time_zone.to_datetime(env.now).date();
    // Today counts when the time is still to come, so eight days hold every weekday once after now.
    for _ in 0..8 {
        if weekday.is_none_or(|weekday| weekday == date.weekday())
            && let Some(moment) = DateTime::local(date.to_datetime(time), &env.time_zone)
            && moment.timestamp() > env.now
        {
            return Ok(moment.into());
        }
        date = date.saturating_add(1.day());
    }
    Err(arguments.invalid(0, TOO_FAR))
}
