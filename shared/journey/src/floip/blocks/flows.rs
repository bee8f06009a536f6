//! `Core.RunFlow` and `Io.Turn.ScheduleFlow`: other journeys, now or later. A schedule without a moment cancels.

use super::super::export::{CardWriter, Draft};
use super::super::import::CardReader;
use super::Exits;
use crate::statements::{Action, CancelScheduledStacks, Moment, RunStack, ScheduleStack};

pub(super) const SCHEDULE: &str = "Io.Turn.ScheduleFlow";

const FLOW: &str = "flow_id";
const IN: &str = "schedule_in";
const AT: &str = "schedule_at";

pub(super) fn run(run: &RunStack, card: &mut CardWriter<'_, '_>) {
    let draft = Draft::new("Core.RunFlow", "run_stack").named(card.name("run_stack"));
    let flow = card.flow(&run.journey);
    card.push(draft.with(FLOW, flow));
}

pub(super) fn schedule(schedule: &ScheduleStack, card: &mut CardWriter<'_, '_>) {
    let (key, moment) = match &schedule.moment {
        Moment::In(seconds) => (IN, seconds),
        Moment::At(moment) => (AT, moment),
    };
    let draft = Draft::new(SCHEDULE, "schedule_stack").named(card.name("schedule_stack"));
    let moment = super::super::formulas::expression(moment);
    let flow = card.flow(&schedule.journey);
    card.push(draft.with(FLOW, flow).with(key, moment));
}

pub(super) fn cancel(cancel: &CancelScheduledStacks, card: &mut CardWriter<'_, '_>) {
    let draft = Draft::new(SCHEDULE, "schedule_stack").named(card.name("schedule_stack"));
    let flow = card.flow(&cancel.journey);
    card.push(draft.with(FLOW, flow));
}

pub(super) fn import_run(card: &mut CardReader<'_, '_>) -> Exits {
    let journey = card.template(FLOW).unwrap_or_else(|| card.empty(FLOW));
    card.push(Action::RunStack(RunStack { journey }));
    Exits::Open
}

pub(super) fn import_schedule(card: &mut CardReader<'_, '_>) -> Exits {
    let journey = card.template(FLOW).unwrap_or_else(|| card.empty(FLOW));
    let moment = card.expression(IN).map(Moment::In).or_else(|| card.expression(AT).map(Moment::At));
    card.push(match moment {
        Some(moment) => Action::ScheduleStack(ScheduleStack { journey, moment }),
        None => Action::CancelScheduledStacks(CancelScheduledStacks { journey }),
    });
    Exits::Open
}
