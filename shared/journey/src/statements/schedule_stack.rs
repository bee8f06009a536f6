//! `schedule_stack("reminder", in: 23 * 60 * 60)`: starts a journey for the contact later.
//!
//! - `in:` seconds, or `at:` a date and time. Within minutes of it: at most 100 can be scheduled for one contact.
//! - It ends the journey the contact is in then. Nothing starts while a human is in charge.

use serde::{Deserialize, Serialize};

use super::Kind;
use crate::compiler::Compiler;
use crate::engine::{Effect, Next, Run, Step};
use crate::model::Formula;
use crate::notation::call::Call;
use crate::notation::printer::{Argument, Printer};
use crate::problem::Problem;

/// Starts a journey for the contact later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScheduleStack {
    /// The id or name of the journey.
    pub journey: Formula,
    /// When.
    #[serde(flatten)]
    pub moment: Moment,
}

/// When a scheduled journey starts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// `in:`, seconds from now.
    In(Formula),
    /// `at:`, a date and time; without an offset in the contact's time zone.
    At(Formula),
}

impl ScheduleStack {
    pub(super) fn read(call: &mut Call) -> Result<Self, Problem> {
        let journey = call.required("the id or name of a journey")?;
        let moment = match (call.named("in"), call.named("at")) {
            (Some(seconds), None) => Moment::In(seconds),
            (None, Some(moment)) => Moment::At(moment),
            _ => {
                let message = "It is not clear when the journey starts.";
                let expected = "either `in: seconds` or `at: date and time`";
                return Err(Problem::fault("bad-argument", call.position, message).expected(expected));
            }
        };
        Ok(Self { journey, moment })
    }
}

impl Kind for ScheduleStack {
    fn print(&self, printer: &mut Printer) {
        let moment = match &self.moment {
            Moment::In(seconds) => Argument::named("in", seconds),
            Moment::At(moment) => Argument::named("at", moment),
        };
        printer.call(None, "schedule_stack", &[Argument::value(&self.journey), moment], &[]);
    }

    fn compile(&self, compiler: &mut Compiler<'_>) -> Box<dyn Step> {
        let moment = match &self.moment {
            Moment::In(seconds) => Moment::In(compiler.formula(seconds)),
            Moment::At(moment) => Moment::At(compiler.formula(moment)),
        };
        Box::new(Schedule { journey: compiler.formula(&self.journey), moment })
    }
}

#[derive(Debug)]
struct Schedule {
    journey: Formula,
    moment: Moment,
}

impl Step for Schedule {
    fn run(&self, run: &mut Run<'_>) -> Next {
        let reference = run.text(&self.journey);
        let at = match &self.moment {
            Moment::In(seconds) => run.whole_number(seconds).and_then(|seconds| run.after(seconds)),
            Moment::At(moment) => run.moment(moment),
        };
        match at {
            Some(at) => {
                let journey = run.journey(&reference);
                run.effect(Effect::ScheduleJourney { journey, at });
            }
            None => run.mistake(format!("`{reference}` was not scheduled: there is no such moment.")),
        }
        Next::Continue
    }
}
