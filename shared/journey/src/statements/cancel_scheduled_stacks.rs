//! `cancel_scheduled_stacks("reminder")`: forgets what `schedule_stack` planned for the contact.

use serde::{Deserialize, Serialize};

use super::Kind;
use crate::compiler::Compiler;
use crate::engine::{Effect, Next, Run, Step};
use crate::model::Formula;
use crate::notation::call::Call;
use crate::notation::printer::{Argument, Printer};
use crate::problem::Problem;

/// Forgets all starts of a journey that are scheduled for the contact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CancelScheduledStacks {
    /// The id or name of the journey.
    pub journey: Formula,
}

impl CancelScheduledStacks {
    pub(super) fn read(call: &mut Call) -> Result<Self, Problem> {
        Ok(Self { journey: call.required("the id or name of a journey")? })
    }
}

impl Kind for CancelScheduledStacks {
    fn print(&self, printer: &mut Printer) {
        printer.call(None, "cancel_scheduled_stacks", &[Argument::value(&self.journey)], &[]);
    }

    fn compile(&self, compiler: &mut Compiler<'_>) -> Box<dyn Step> {
        Box::new(Cancel(compiler.formula(&self.journey)))
    }
}

#[derive(Debug)]
struct Cancel(Formula);

impl Step for Cancel {
    fn run(&self, run: &mut Run<'_>) -> Next {
        let reference = run.text(&self.0);
        let journey = run.journey(&reference);
        run.effect(Effect::CancelScheduled { journey });
        Next::Continue
    }
}
