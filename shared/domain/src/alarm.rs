//! Triggers that a clock sets off for everybody at once: their alarm clocks, and the name under which each contact hears
//! that one has rung.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{DateTime, Weekday};
use jiff::tz::TimeZone;
use journey::{Days, Env, Program, TriggerKind};
use serde::{Deserialize, Serialize};

use crate::id::{JourneyId, digest};

/// The alarm clock of a trigger at a fixed or recurring time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockAlarm {
    /// Which of the journey's triggers, in source order.
    pub trigger: usize,
    /// When, as EventBridge Scheduler takes it: `at(…)` or `cron(…)`.
    pub expression: String,
    /// The IANA name of the time zone in which that is told.
    pub time_zone: String,
}

impl ClockAlarm {
    /// The alarms of a program that ring after now. `zone` is the organisation's, for triggers that name none.
    pub fn of(program: &Program, zone: &TimeZone, now: Timestamp) -> Vec<Self> {
        let env = Env { time_zone: zone.clone(), ..Env::at(now) };
        let triggers = program.triggers().iter().enumerate();
        let alarm = |(trigger, it): (usize, &journey::Trigger)| {
            let (expression, named) = match it.kind() {
                TriggerKind::At { moment, time_zone } => {
                    (format!("at({})", moment.strftime("%Y-%m-%dT%H:%M:%S")), time_zone)
                }
                TriggerKind::Every { recurrence, time_zone } => {
                    let days = match &recurrence.days {
                        Days::All => "* * ?".to_owned(),
                        Days::Month(days) => format!("{} * ?", joined(days.iter().map(i8::to_string))),
                        Days::Week(days) => format!("? * {}", joined(days.iter().map(|day| short(*day).to_owned()))),
                    };
                    (format!("cron({} {} {days} *)", recurrence.at.minute(), recurrence.at.hour()), time_zone)
                }
                _ => return None,
            };
            let time_zone = named.as_deref().or(zone.iana_name()).unwrap_or("UTC").to_owned();
            it.due(&env).map(|_| Self { trigger, expression, time_zone })
        };
        triggers.filter_map(alarm).collect()
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
