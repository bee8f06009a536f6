//! Triggers that wait for a time around a date of the contact. When a journey changes such a date, an alarm is set for
//! every trigger that looks at it. Nothing of it is kept in the conversation: the alarm's name says for which trigger and
//! which moment it was set, and when it rings the contact's date must still lead to that moment.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use journey::{Env, Trigger, TriggerKind};
use serde_json::{Map, Value};

use crate::registry::{Library, Published};

/// An alarm for a trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    /// The journey's id.
    pub(crate) journey: String,
    /// Which of its triggers, in source order.
    trigger: usize,
    /// When, to the second.
    pub(crate) at: Timestamp,
}

impl Due {
    /// The alarms that follow from changed profile fields. `env` shows the contact with them.
    pub(crate) fn of_changes(changed: &Map<String, Value>, library: &Library, env: &Env<'_>) -> Vec<Self> {
        let looks_at_change = |trigger: &Trigger| match trigger.kind() {
            TriggerKind::Interval { field, .. } => changed.keys().any(|changed| changed.eq_ignore_ascii_case(field)),
            _ => false,
        };
        let due = |published: &Published, (number, trigger): (usize, &Trigger)| {
            let at = Timestamp::from_second(trigger.due(env)?.as_second()).ok()?;
            Some(Self { journey: published.id.to_string(), trigger: number, at })
        };
        let live = library.live().iter();
        live.flat_map(|published| {
            let triggers = published.program.triggers().iter().enumerate();
            triggers.filter(|(_, trigger)| looks_at_change(trigger)).filter_map(move |trigger| due(published, trigger))
        })
        .collect()
    }

    /// The trigger, if it still leads to this moment and its condition holds. `env` is that of the moment it rings.
    pub(crate) fn live<'l>(&self, library: &'l Library, env: &Env<'_>) -> Option<&'l Trigger> {
        let published = library.live().iter().find(|published| published.id.as_str() == self.journey)?;
        let trigger = published.program.triggers().get(self.trigger)?;
        // A trigger is due in the future: what it leads to is asked a second earlier.
        let before = Env { now: self.at - SignedDuration::from_secs(1), ..env.clone() };
        let leads_here = trigger.due(&before).is_some_and(|due| due.as_second() == self.at.as_second());
        (leads_here && trigger.matches(env)).then_some(trigger)
    }
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
}
