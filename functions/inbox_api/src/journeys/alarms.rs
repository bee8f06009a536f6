//! The alarm clocks of triggers at a fixed or recurring time. One that rings for what does not run any more does nothing,
//! so they are set before a journey is written, and stopped after.

use domain::alarm::ClockAlarm;
use domain::queue::{self, ClockRing, OCCURRENCE};
use domain::registry::Entry;
use journey::Journey;
use platform::schedule::Aim;

use crate::Shared;
use crate::problem::Problem;

/// The alarms of a journey; none when it does not compile.
pub(super) fn of(api: &Shared, journey: &Journey) -> Vec<ClockAlarm> {
    let program = journey::compile(journey);
    program.map(|program| ClockAlarm::of(&program, &api.time_zone, api.clock.now())).unwrap_or_default()
}

/// Sets the alarms that a journey is to have and had not before.
pub(super) async fn set(api: &Shared, before: Option<&Entry>, after: &Entry) -> Result<(), Problem> {
    let had = before.map_or(&[][..], running);
    let now = api.clock.now();
    for alarm in running(after).iter().filter(|alarm| !had.contains(alarm) && !alarm.has_passed(now)) {
        let name = alarm.name(&after.id);
        let (journey, occurrence) = (after.id.clone(), OCCURRENCE.to_owned());
        let ring = ClockRing { journey, alarm: name.clone(), occurrence };
        let aim = Aim { target: api.reminders_function.clone(), group: None, input: queue::write(&ring)? };
        api.schedules.set(&name, &alarm.expression, &alarm.time_zone, aim).await?;
    }
    Ok(())
}

/// Stops those that the journey had and has no more.
pub(super) async fn stop(api: &Shared, before: &Entry, after: &Entry) -> Result<(), Problem> {
    let kept: Vec<String> = running(after).iter().map(|alarm| alarm.name(&after.id)).collect();
    for name in running(before).iter().map(|alarm| alarm.name(&before.id)).filter(|name| !kept.contains(name)) {
        api.schedules.stop(&name).await?;
    }
    Ok(())
}

fn running(entry: &Entry) -> &[ClockAlarm] {
    entry.running().map_or(&[], |live| &live.alarms)
}
