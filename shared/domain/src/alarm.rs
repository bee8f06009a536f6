//! Triggers that a clock sets off for everybody at once: their alarm clocks, and the name under which each contact hears
//! that one has rung.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use jiff::civil::{self, DateTime, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Span, Timestamp};
use journey::{Days, Env, Program, Recurrence, TriggerKind, first_valid};
use serde::{Deserialize, Serialize};

use crate::id::{JourneyId, digest};

/// When EventBridge Scheduler is to ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ring {
    /// `at(…)` or `cron(…)`.
    pub expression: String,
    /// The IANA name of the time zone in which that is told.
    pub time_zone: String,
}

impl Ring {
    /// Once, when the clocks of `zone`, which is called `name`, show this; with the moment that is. What clocks skip, or
    /// show twice, is told in UTC: what the scheduler would make of it is documented nowhere.
    pub fn once(at: DateTime, zone: &TimeZone, name: &str) -> Option<(Timestamp, Self)> {
        let moment = first_valid(at, zone)?;
        let is_told = matches!(zone.to_ambiguous_timestamp(at).offset(), AmbiguousOffset::Unambiguous { .. });
        let (at, name) = if is_told { (at, name) } else { (TimeZone::UTC.to_datetime(moment), "UTC") };
        let expression = format!("at({})", at.strftime("%Y-%m-%dT%H:%M:%S"));
        Some((moment, Self { expression, time_zone: name.to_owned() }))
    }
}

/// How many years ahead changes of clocks are looked for: their rules hardly ever say more than comes in one year.
const YEARS_AHEAD: i64 = 30;

/// An alarm clock of a trigger at a fixed or recurring time.
///
/// The scheduler skips what does not exist on the day clocks are put forward. So a trigger whose time may be skipped has a
/// second alarm, at the time to which they are put, in the months when that happens; it counts only on the very day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockAlarm {
    /// Which of the journey's triggers, in source order.
    pub trigger: usize,
    /// When, as EventBridge Scheduler takes it: `at(…)` or `cron(…)`.
    pub expression: String,
    /// The IANA name of the time zone in which that is told.
    pub time_zone: String,
    /// What the trigger says, if it comes again; an alarm counts only at one of these moments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recurrence: Option<Recurrence>,
}

impl ClockAlarm {
    /// The alarms of a program that ring after now. `zone` is the organisation's, for triggers that name none.
    pub fn of(program: &Program, zone: &TimeZone, now: Timestamp) -> Vec<Self> {
        let env = Env { time_zone: zone.clone(), ..Env::at(now) };
        let mut alarms = Vec::new();
        for (trigger, it) in program.triggers().iter().enumerate().filter(|(_, it)| it.due(&env).is_some()) {
            let (TriggerKind::At { time_zone, .. } | TriggerKind::Every { time_zone, .. }) = it.kind() else {
                continue;
            };
            let name = time_zone.as_deref().or(zone.iana_name()).unwrap_or("UTC");
            let zone = TimeZone::get(name).unwrap_or(TimeZone::UTC);
            let mut add = |expression: String, name: &str, recurrence: Option<&Recurrence>| {
                let (time_zone, recurrence) = (name.to_owned(), recurrence.cloned());
                alarms.push(Self { trigger, expression, time_zone, recurrence });
            };
            match it.kind() {
                TriggerKind::At { moment, .. } => {
                    if let Some((_, ring)) = Ring::once(*moment, &zone, name) {
                        add(ring.expression, &ring.time_zone, None);
                    }
                }
                TriggerKind::Every { recurrence, .. } => {
                    add(usual(recurrence), name, Some(recurrence));
                    for expression in after_skipped(recurrence, &zone, now) {
                        add(expression, name, Some(recurrence));
                    }
                }
                _ => {}
            }
        }
        alarms
    }

    /// The moment of the trigger that the alarm stands for when it rings at `rang`; nothing when it rings for none.
    pub fn occurrence(&self, rang: Timestamp) -> Option<Timestamp> {
        let Some(recurrence) = &self.recurrence else { return Some(rang) };
        let zone = TimeZone::get(&self.time_zone).ok()?;
        let shown = zone.to_datetime(rang);
        let (today, minute) = (shown.date(), shown.with().second(0).subsec_nanosecond(0).build().ok()?);
        // At midnight it may be the last time of the day before, which was skipped.
        [Some(today), today.yesterday().ok()].into_iter().flatten().find_map(|date| {
            let moment = recurrence.on(date, &zone)?;
            let is_now = zone.to_datetime(moment) == minute || date.to_datetime(recurrence.at) == minute;
            is_now.then_some(moment)
        })
    }

    /// Whether it has rung for the last time: the scheduler would ring at once for a moment that has passed.
    pub fn has_passed(&self, now: Timestamp) -> bool {
        let moment =
            self.expression.strip_prefix("at(").and_then(|rest| rest.strip_suffix(')')?.parse::<DateTime>().ok());
        let zone = TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC);
        moment.is_some_and(|moment| zone.to_timestamp(moment).is_ok_and(|moment| moment <= now))
    }

    /// The name of its schedule: the same for the same trigger at the same time, another for another.
    pub fn name(&self, journey: &JourneyId) -> String {
        let trigger = self.trigger.to_string();
        format!("trigger-{}", digest(&["trigger", journey.as_str(), &trigger, &self.expression, &self.time_zone]))
    }
}

/// The alarm of a recurrence on usual days.
fn usual(recurrence: &Recurrence) -> String {
    let days = match &recurrence.days {
        Days::All => "* * ?".to_owned(),
        Days::Month(days) => format!("{} * ?", joined(days.iter().map(i8::to_string))),
        Days::Week(days) => format!("? * {}", joined(days.iter().map(|day| short(*day).to_owned()))),
    };
    format!("cron({} {} {days} *)", recurrence.at.minute(), recurrence.at.hour())
}

/// The alarms of a recurrence for the days on which the clocks of the zone skip its time: in the months when they are put
/// forward, at the time to which they are put.
fn after_skipped(recurrence: &Recurrence, zone: &TimeZone, now: Timestamp) -> Vec<String> {
    let end = now.saturating_add(SignedDuration::from_hours(YEARS_AHEAD * 366 * 24)).unwrap_or(Timestamp::MAX);
    let mut months: BTreeMap<civil::Time, BTreeSet<i8>> = BTreeMap::new();
    for put in zone.following(now).map(|change| change.timestamp()).take_while(|put| *put < end) {
        let Ok(just_before) = put.checked_sub(Span::new().nanoseconds(1)) else { continue };
        let (from, to) = (zone.to_offset(just_before).to_datetime(put), zone.to_datetime(put));
        let is_skipped = |date: civil::Date| {
            let shown = date.to_datetime(recurrence.at);
            from <= shown && shown < to && recurrence.on(date, zone).is_some()
        };
        if is_skipped(from.date()) || is_skipped(to.date()) {
            months.entry(to.time()).or_default().insert(to.month());
        }
    }
    let expression = |(to, months): (civil::Time, BTreeSet<i8>)| {
        format!("cron({} {} * {} ? *)", to.minute(), to.hour(), joined(months.iter().map(i8::to_string)))
    };
    months.into_iter().map(expression).collect()
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(",")
}

fn short(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "MON",
        Weekday::Tuesday => "TUE",
        Weekday::Wednesday => "WED",
        Weekday::Thursday => "THU",
        Weekday::Friday => "FRI",
        Weekday::Saturday => "SAT",
        Weekday::Sunday => "SUN",
    }
}

/// A trigger that time sets off for one contact. Nothing of it is kept in the conversation: the name says for which
/// trigger and which moment it is, and when it comes the trigger must still lead to that moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The journey's id.
    pub journey: String,
    /// Which of its triggers, in source order.
    pub trigger: usize,
    /// When, to the second.
    pub at: Timestamp,
}

impl fmt::Display for Due {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "due-{}-{}-{}", self.at.as_second(), self.trigger, self.journey)
    }
}

impl FromStr for Due {
    type Err = ();

    fn from_str(timer: &str) -> Result<Self, ()> {
        let mut parts = timer.strip_prefix("due-").ok_or(())?.splitn(3, '-');
        let mut next = || parts.next().ok_or(());
        let at = next()?.parse().ok().and_then(|second| Timestamp::from_second(second).ok()).ok_or(())?;
        Ok(Self { at, trigger: next()?.parse().map_err(drop)?, journey: next()?.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cron::Cron;

    /// The alarms of a notebook with this trigger.
    fn alarms_of(trigger: &str, now: Timestamp) -> Vec<ClockAlarm> {
        let notebook = format!("```stack\ntrigger({trigger})\ncard Start do\n  text(\"x\")\nend\n```");
        ClockAlarm::of(&journey::compile(&journey::parse(&notebook).journey).unwrap(), &TimeZone::UTC, now)
    }

    /// When alarms ring from one moment to another, if the scheduler does as its documentation says.
    fn rings(alarms: &[ClockAlarm], from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
        let second = SignedDuration::from_secs(1);
        let rings = alarms.iter().flat_map(|alarm| {
            let cron = Cron::parse(alarm.expression.strip_prefix("cron(").unwrap().strip_suffix(')').unwrap()).unwrap();
            let zone = TimeZone::get(&alarm.time_zone).unwrap();
            let next = cron.next(from, &zone);
            let rings = std::iter::successors(next, move |rang| cron.next(*rang + second, &zone));
            rings.take_while(|rang| *rang < to).filter_map(|rang| alarm.occurrence(rang)).collect::<Vec<_>>()
        });
        rings.collect::<BTreeSet<_>>().into_iter().collect()
    }

    #[test]
    fn the_scheduler_rings_when_the_trigger_is_due_in_every_zone_with_summer_time() {
        let begin: Timestamp = "2024-01-01T00:00:00Z".parse().unwrap();
        let end: Timestamp = "2031-01-01T00:00:00Z".parse().unwrap();
        let (day, mut skipped) = (SignedDuration::from_hours(24), 0);
        for name in jiff::tz::db().available() {
            let zone = TimeZone::get(name.as_str()).unwrap();
            // Of the rule of each year the second change is like the first: two of each zone tell all.
            for put in zone.following(begin).map(|change| change.timestamp()).take_while(|put| *put < end).take(3) {
                let before = zone.to_offset(put - SignedDuration::from_nanos(1)).to_datetime(put);
                let to = zone.to_datetime(put);
                let (mut shown, last) = (before.min(to), before.max(to));
                while shown < last {
                    let at = shown.strftime("%H:%M");
                    for every in ["day".to_owned(), shown.strftime("%A").to_string(), shown.day().to_string()] {
                        let (from, until) = (put - day * 2, put + day * 2);
                        let trigger = format!("every: \"{every}\", at: \"{at}\", time_zone: \"{name}\"");
                        let alarms = alarms_of(&trigger, from);
                        let recurrence = alarms[0].recurrence.clone().unwrap();
                        let due: Vec<_> = std::iter::successors(
                            recurrence.next(from - SignedDuration::from_secs(1), &zone),
                            |moment| recurrence.next(*moment, &zone),
                        )
                        .take_while(|moment| *moment < until)
                        .collect();
                        assert_eq!(rings(&alarms, from, until), due, "{trigger}: {alarms:?}");
                        skipped += usize::from(due.contains(&put));
                    }
                    shown = shown.checked_add(Span::new().minutes(30)).unwrap();
                }
            }
        }
        assert!(skipped > 500, "{skipped}");
    }

    #[test]
    fn a_time_that_clocks_may_skip_has_an_alarm_for_the_day_they_do() {
        let now = "2026-02-10T00:00:00Z".parse().unwrap();
        let told = |trigger: &str| -> Vec<String> {
            alarms_of(trigger, now).into_iter().map(|alarm| alarm.expression).collect()
        };
        let daily = told("every: \"day\", at: \"00:00\", time_zone: \"America/Santiago\"");
        assert_eq!(daily, ["cron(0 0 * * ? *)", "cron(0 1 * 9 ? *)"]);
        assert_eq!(told("every: \"day\", at: \"09:00\", time_zone: \"America/Santiago\"").len(), 1);
        assert_eq!(
            told("every: \"monday\", at: \"02:30\", time_zone: \"Europe/Madrid\"").len(),
            1,
            "never on a Monday"
        );
        let once = alarms_of("at: \"2026-03-29 02:30\", time_zone: \"Europe/Madrid\"", now);
        assert_eq!((once[0].expression.as_str(), once[0].time_zone.as_str()), ("at(2026-03-29T01:00:00)", "UTC"));
    }

    #[test]
    fn an_alarm_of_an_earlier_build_counts_whenever_it_rings() {
        let old = r#"{"trigger":0,"expression":"cron(0 6 * * ? *)","time_zone":"UTC"}"#;
        let alarm: ClockAlarm = serde_json::from_str(old).unwrap();
        assert_eq!(alarm.occurrence(Timestamp::UNIX_EPOCH), Some(Timestamp::UNIX_EPOCH));
    }

    #[test]
    fn names_read_back_and_other_timers_are_none() {
        let due = Due { journey: "a-b-c".into(), trigger: 2, at: Timestamp::from_second(1_772_359_200).unwrap() };
        assert_eq!(due.to_string().parse(), Ok(due));
        for other in ["", "due-", "due-1", "due-x-1-j", "due-1-x-j", "9f3a-wait0"] {
            assert_eq!(other.parse::<Due>(), Err(()), "{other}");
        }
    }

    #[test]
    fn alarms_ring_when_the_triggers_say_and_not_for_what_has_passed() {
        let notebook = "```stack\n\
            trigger(on: \"CATCH ALL\")\n\
            trigger(at: \"2026-03-01 09:00\")\n\
            trigger(at: \"2026-02-01 09:00\")\n\
            trigger(every: \"monday, friday\", at: \"08:30\", time_zone: \"America/Bogota\")\n\
            trigger(every: \"1, 15\", at: \"17:05\")\n\
            trigger(every: \"day\", at: \"06:00\")\n\
            card Start do\n  text(\"x\")\nend\n```";
        let program = journey::compile(&journey::parse(notebook).journey).unwrap();
        let zone = TimeZone::get("America/Lima").unwrap();
        let alarms = ClockAlarm::of(&program, &zone, "2026-02-10T00:00:00Z".parse().unwrap());
        let told: Vec<_> = alarms.iter().map(|a| (a.trigger, a.expression.as_str(), a.time_zone.as_str())).collect();
        let expected = [
            (1, "at(2026-03-01T09:00:00)", "America/Lima"),
            (3, "cron(30 8 ? * MON,FRI *)", "America/Bogota"),
            (4, "cron(5 17 1,15 * ? *)", "America/Lima"),
            (5, "cron(0 6 * * ? *)", "America/Lima"),
        ];
        assert_eq!(told, expected);
        let hour = |hour: &str| format!("2026-03-01T{hour}:00Z").parse().unwrap();
        assert!(!alarms[0].has_passed(hour("13:59")) && alarms[0].has_passed(hour("14:00")));
        assert!(!alarms[3].has_passed(Timestamp::MAX), "it comes again");
        let journey = JourneyId::from("j");
        assert_ne!(alarms[2].name(&journey), alarms[3].name(&journey));
        assert!(alarms[0].name(&journey).len() <= 64);
    }
}
