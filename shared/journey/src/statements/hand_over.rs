//! `hand_over("Needs advice")`: a human takes the conversation over.
//!
//! - The card goes on to its end, with a last text for example; then journeys are silent until the team gives the conversation
//!   back. With `wait: true` the journey stays where it is, and goes on then.

use serde::{Deserialize, Serialize};

use super::Kind;
use crate::compiler::Compiler;
use crate::engine::{Next, Run, Step};
use crate::model::Formula;
use crate::notation::call::Call;
use crate::notation::printer::{Argument, Printer};
use crate::problem::Problem;

/// Gives the conversation to the team. The card goes on to its end, with a last text for example; with `wait: true` the
/// journey stays where it is, and goes on when the team gives the conversation back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HandOver {
    /// Why, for the team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Formula>,
    /// Whether the journey goes on when the conversation comes back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub waits: bool,
}

impl HandOver {
    pub(super) fn read(call: &mut Call) -> Result<Self, Problem> {
        let reason = call.next().or_else(|| call.named("reason"));
        Ok(Self { reason, waits: call.named_flag("wait")? })
    }
}

impl Kind for HandOver {
    fn print(&self, printer: &mut Printer) {
        let mut arguments: Vec<_> = self.reason.iter().map(Argument::value).collect();
        arguments.extend(self.waits.then(|| Argument::named_raw("wait", "true")));
        printer.call(None, "hand_over", &arguments, &[]);
    }

    fn compile(&self, compiler: &mut Compiler<'_>) -> Box<dyn Step> {
        let reason = self.reason.as_ref().map(|reason| compiler.formula(reason));
        Box::new(Give { reason, waits: self.waits })
    }
}

#[derive(Debug)]
struct Give {
    reason: Option<Formula>,
    waits: bool,
}

impl Step for Give {
    fn run(&self, run: &mut Run<'_>) -> Next {
        let reason = self.reason.as_ref().map(|reason| run.text(reason).trim().to_owned());
        run.hand_over(reason.filter(|reason| !reason.is_empty()));
        if self.waits { run.hand_back() } else { Next::Continue }
    }
}
