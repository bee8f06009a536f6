//! Dates, times and their parts.

use std::borrow::Cow;

use jiff::{Timestamp, civil, fmt::strtime};

use super::{Function, function};
use crate::context::Arguments;
use crate::date_time::{DateTime, TOO_FAR};
use crate::error::EvaluationError;
use crate::value::{OWN_VALUE, Value};

type Result = std::result::Result<Value, EvaluationError>;

/// How `datevalue` writes a date when it is not told.
const DEFAULT_FORMAT: &str = "%Y-%m-%d %H:%M:%S";

/// The longest format, in bytes: what it makes may be many times as long.
const MAX_FORMAT: usize = 256;

pub(super) static FUNCTIONS: &[Function] = &[
    function!("now", Eager(now), "This moment, in UTC.", [], "date and time", errors: "none",
        "now()" => "2026-11-22T10:00:00Z"),
    function!("today", Eager(today), "Today's date where the journey runs.", [], "date", errors: "none",
        "today()" => "2026-11-22"),
    function!("date", Eager(date), "A date from its parts.",
        ["year": "the year", "month": "1 to 12", "day": "1 to 31"], "date", errors: "a day that does not exist",
        "date(2026, 2, 28)" => "2026-02-28"),
    function!("time", Eager(time), "A time of day from its parts.",
        ["hour": "0 to 23", "minute": "0 to 59", "second": "0 to 59"], "time", errors: "a time that does not exist",
        "time(13, 5, 0)" => "13:05"),
    function!("timevalue", Eager(timevalue), "The time of day a text spells.", ["text": "HH:MM or HH:MM:SS"],
        "time", errors: "a text that is not a time gives an error value",
        "timevalue(\"13:05\")" => "13:05", "timevalue(\"5:30 p. m.\")" => "17:30", "is_error(timevalue(\"soon\"))" => "true"),
    function!("datevalue", Eager(datevalue), "A date written in a format; its parts are `.date` and `.datetime`.",
        ["date": "a date, moment or text that is one, as `has_date` reads it", "format?": "strftime, \"%Y-%m-%d %H:%M:%S\" when left out"],
        "text", errors: "a text that is not a date gives an error value; a format that does not exist stops",
        "datevalue(\"2026-02-28\", \"%d/%m/%Y\") == \"28/02/2026\"" => "true",
        "datevalue(\"28-02-2026 10:00\").date" => "2026-02-28",
        "datevalue(\"28/02/2026\").date" => "2026-02-28",
        "datevalue(2026-02-28) & \"\"" => "\"2026-02-28 00:00:00\"",
        "is_error(datevalue(\"soon\"))" => "true"),
    function!("parse_datevalue", Eager(parse_datevalue), "The date or moment a text spells in a given format.",
        ["text": "what to read", "format": "strftime"], "a date, a moment when the format has a time, or nil",
        errors: "none: what does not fit is nil",
        "parse_datevalue(\"28/02/2026\", \"%d/%m/%Y\")" => "2026-02-28",
        "parse_datevalue(\"28/02/2026 13:00\", \"%d/%m/%Y %H:%M\")" => "2026-02-28T13:00:00Z",
        "parse_datevalue(\"31/02/2026\", \"%d/%m/%Y\")" => "nil"),
    function!("datetime_from_unix", Eager(datetime_from_unix), "The moment a number of seconds after 1970 began.",
        ["number": "a whole number", "unit": "\"second\" or \"millisecond\""], "date and time",
        errors: "another unit, or a moment beyond the calendar",
        "datetime_from_unix(1000000000, \"second\")" => "2001-09-09T01:46:40Z",
        "datetime_from_unix(1500, \"millisecond\")" => "1970-01-01T00:00:01.5Z"),
    function!("year", Eager(year), "The year of a date.", ["date": "a date or moment"], "number",
        errors: "a value that is not a date", "year(2026-02-28)" => "2026"),
    function!("month", Eager(month), "The month of a date, 1 to 12.", ["date": "a date or moment"], "number",
        errors: "a value that is not a date", "month(\"2026-02-28\")" => "2"),
    function!("day", Eager(day), "The day of the month, 1 to 31.", ["date": "a date or moment"], "number",
        errors: "a value that is not a date", "day(2026-02-28)" => "28"),
    function!("weekday", Eager(weekday), "The day of the week: 1 is Sunday, 7 Saturday.",
        ["date": "a date or moment"], "number", errors: "a value that is not a date",
        "weekday(2026-11-22)" => "1", "weekday(2026-11-21)" => "7"),
    function!("hour", Eager(hour), "The hour, 0 to 23.", ["time": "a moment or time"], "number",
        errors: "a value that is neither", "hour(now())" => "10", "hour(13:05)" => "13"),
    function!("minute", Eager(minute), "The minute, 0 to 59.", ["time": "a moment or time"], "number",
        errors: "a value that is neither", "minute(\"2026-02-28T13:05:09Z\")" => "5"),
    function!("second", Eager(second), "The second, 0 to 59.", ["time": "a moment or time"], "number",
        errors: "a value that is neither", "second(13:05:09)" => "9"),
];

fn now(arguments: &Arguments<'_>) -> Result {
    Ok(DateTime::utc(arguments.env().now).into())
}

fn today(arguments: &Arguments<'_>) -> Result {
    let env = arguments.env();
    Ok(Value::Date(env.time_zone.to_datetime(env.now).date()))
}

fn small(arguments: &Arguments<'_>, index: usize) -> std::result::Result<i8, EvaluationError> {
    i8::try_from(arguments.int(index)?).map_err(|_| arguments.invalid(index, "the number is out of range"))
}

fn date(arguments: &Arguments<'_>) -> Result {
    let year = i16::try_from(arguments.int(0)?).map_err(|_| arguments.invalid(0, "the year is out of range"))?;
    let (month, day) = (small(arguments, 1)?, small(arguments, 2)?);
    let date = civil::Date::new(year, month, day);
    date.map(Value::Date).map_err(|_| arguments.invalid(2, "there is no such day"))
}

fn time(arguments: &Arguments<'_>) -> Result {
    let time = civil::Time::new(small(arguments, 0)?, small(arguments, 1)?, small(arguments, 2)?, 0);
    time.map(Value::Time).map_err(|_| arguments.invalid(0, "there is no such time"))
}

/// The time of day of a time, a moment or a text.
fn time_of(arguments: &Arguments<'_>) -> std::result::Result<civil::Time, EvaluationError> {
    let value = arguments.value(0);
    let moment = || value.as_date_time(arguments.env()).map(|moment| moment.civil().time());
    value.as_time().or_else(moment).ok_or_else(|| arguments.wrong(0, "a time"))
}

fn timevalue(arguments: &Arguments<'_>) -> Result {
    let Ok(time) = time_of(arguments) else {
        return Ok(Value::error(&format!("{} is not a time", arguments.raw(0).describe())));
    };
    Ok(Value::Time(time))
}

/// The second argument, if it can be a format.
fn format<'a>(arguments: &Arguments<'a>) -> std::result::Result<Cow<'a, str>, EvaluationError> {
    let format = arguments.text(1)?;
    if format.len() > MAX_FORMAT {
        return Err(arguments.invalid(1, format!("a format has at most {MAX_FORMAT} bytes")));
    }
    Ok(format)
}

fn datevalue(arguments: &Arguments<'_>) -> Result {
    let zone = &arguments.env().time_zone;
    let Some(moment) = arguments.value(0).as_date_time(arguments.env()) else {
        return Ok(Value::error(&format!("{} is not a date", arguments.raw(0).describe())));
    };
    let format = if arguments.has(1) { format(arguments)? } else { DEFAULT_FORMAT.into() };
    let written = strtime::format(&*format, &moment.zoned(zone));
    let written = written.map_err(|error| arguments.invalid(1, error.to_string()))?;
    arguments.made(written).map(|written| {
        Value::map([
            (OWN_VALUE, written),
            ("date", Value::Date(moment.civil().date())),
            ("datetime", Value::DateTime(moment)),
        ])
    })
}

fn parse_datevalue(arguments: &Arguments<'_>) -> Result {
    let (text, format) = (arguments.text(0)?, format(arguments)?);
    let zone = &arguments.env().time_zone;
    let Ok(parsed) = strtime::parse(&*format, text.trim()) else { return Ok(Value::Null) };
    if let Ok(zoned) = parsed.to_zoned() {
        return Ok(DateTime::from(&zoned).into());
    }
    if let (Ok(timestamp), Some(offset)) = (parsed.to_timestamp(), parsed.offset()) {
        return Ok(DateTime::new(timestamp, offset).into());
    }
    if parsed.hour().is_some()
        && let Ok(local) = parsed.to_datetime()
    {
        return Ok(DateTime::local(local, zone).into());
    }
    Ok(parsed.to_date().map_or(Value::Null, Value::Date))
}

fn datetime_from_unix(arguments: &Arguments<'_>) -> Result {
    let number = arguments.int(0)?;
    let moment = match &*arguments.text(1)? {
        "second" => Timestamp::from_second(number),
        "millisecond" => Timestamp::from_millisecond(number),
        _ => return Err(arguments.invalid(1, "the unit is \"second\" or \"millisecond\"")),
    };
    let moment = moment.map_err(|_| arguments.invalid(0, TOO_FAR))?;
    Ok(DateTime::utc(moment).into())
}

fn year(arguments: &Arguments<'_>) -> Result {
    Ok(Value::Int(arguments.date(0)?.year().into()))
}

fn month(arguments: &Arguments<'_>) -> Result {
    Ok(Value::Int(arguments.date(0)?.month().into()))
}

fn day(arguments: &Arguments<'_>) -> Result {
    Ok(Value::Int(arguments.date(0)?.day().into()))
}

fn weekday(arguments: &Arguments<'_>) -> Result {
    Ok(Value::Int(arguments.date(0)?.weekday().to_sunday_one_offset().into()))
}

fn hour(arguments: &Arguments<'_>) -> Result {
    Ok(Value::Int(time_of(arguments)?.hour().into()))
}

fn minute(arguments: &Arguments<'_>) -> Result {
    Ok(Value::Int(time_of(arguments)?.minute().into()))
}

fn second(arguments: &Arguments<'_>) -> Result {
    Ok(Value::Int(time_of(arguments)?.second().into()))
}
