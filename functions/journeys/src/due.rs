//! Triggers that wait for a time: around a date of the contact, or for everybody. When a journey changes such a date, an
//! alarm is set for every trigger that looks at it; the others ring for all contacts at once (`reminders`).

use domain::alarm::Due;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use journey::{Env, Trigger, TriggerKind};
use serde_json::{Map, Value};

use crate::registry::{Library, Published};

/// The alarms that follow from changed profile fields. `env` shows the contact with them.
pub(crate) fn of_changes(changed: &Map<String, Value>, library: &Library, env: &Env<'_>) -> Vec<Due> {
    let looks_at_change = |trigger: &Trigger| match trigger.kind() {
        TriggerKind::Interval { field, .. } => changed.keys().any(|changed| changed.eq_ignore_ascii_case(field)),
        _ => false,
    };
    let due = |published: &Published, (number, trigger): (usize, &Trigger)| {
        let at = Timestamp::from_second(trigger.due(env)?.as_second()).ok()?;
        Some(Due { journey: published.id.to_string(), trigger: number, at })
    };
    let live = library.live().iter();
    live.flat_map(|published| {
        let triggers = published.program.triggers().iter().enumerate();
        triggers.filter(|(_, trigger)| looks_at_change(trigger)).filter_map(move |trigger| due(published, trigger))
    })
    .collect()
}

/// The trigger, if it still leads to this moment and its condition holds. `env` is that of the moment it rings; `zone` is
/// the organisation's, by which what rings for everybody is told.
pub(crate) fn live<'l>(due: &Due, library: &'l Library, env: &Env<'_>, zone: &TimeZone) -> Option<&'l Trigger> {
    let published = library.live().iter().find(|published| published.id.as_str() == due.journey)?;
    let trigger = published.program.triggers().get(due.trigger)?;
    let time_zone = match trigger.kind() {
        TriggerKind::At { .. } | TriggerKind::Every { .. } => zone.clone(),
        _ => env.time_zone.clone(),
    };
    // A trigger is due in the future: what it leads to is asked a second earlier.
    let before = due.at.saturating_sub(SignedDuration::from_secs(1)).unwrap_or(due.at);
    let before = Env { now: before, time_zone, ..env.clone() };
    let leads_here = trigger.due(&before).is_some_and(|next| next.as_second() == due.at.as_second());
    (leads_here && trigger.matches(env)).then_some(trigger)
}
