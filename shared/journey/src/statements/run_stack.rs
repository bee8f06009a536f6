//! `run_stack("menu")`: runs another journey; when it ends, this one goes on.
//!
//! - By its name or id. It has variables of its own. Journeys can be ten deep; one that is the last statement of a card without
//!   `then:` does not count.
//! - One that is not published is passed over, and the log says so.

use serde::{Deserialize, Serialize};

use super::Kind;
use crate::compiler::Compiler;
use crate::engine::{Next, Run, Step};
use crate::model::Formula;
use crate::notation::call::Call;
use crate::notation::printer::{Argument, Printer};
use crate::problem::Problem;

/// Runs another journey, which returns here when it ends. As the last thing of a card it does not return.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunStack {
    /// The id or name of the journey.
    pub journey: Formula,
}

impl RunStack {
    pub(super) fn read(call: &mut Call) -> Result<Self, Problem> {
        Ok(Self { journey: call.required("the id or name of a journey")? })
    }
}

impl Kind for RunStack {
    fn print(&self, printer: &mut Printer) {
        printer.call(None, "run_stack", &[Argument::value(&self.journey)], &[]);
    }

    fn compile(&self, compiler: &mut Compiler<'_>) -> Box<dyn Step> {
        Box::new(Start(compiler.formula(&self.journey)))
    }
}

#[derive(Debug)]
struct Start(Formula);

impl Step for Start {
    fn run(&self, run: &mut Run<'_>) -> Next {
        Next::Child(run.text(&self.0))
    }
}
