//! `log("…")`: a line in the journey's log, for its author; the contact sees nothing of it.

use serde::{Deserialize, Serialize};

use super::Kind;
use crate::compiler::Compiler;
use crate::engine::{Effect, Next, Run, Step};
use crate::model::Formula;
use crate::notation::call::Call;
use crate::notation::printer::{Argument, Printer};
use crate::problem::Problem;

/// Writes a line into the journey's log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Log {
    /// The line.
    pub message: Formula,
}

impl Log {
    pub(super) fn read(call: &mut Call) -> Result<Self, Problem> {
        Ok(Self { message: call.required("a text")? })
    }
}

impl Kind for Log {
    fn print(&self, printer: &mut Printer) {
        printer.call(None, "log", &[Argument::value(&self.message)], &[]);
    }

    fn compile(&self, compiler: &mut Compiler<'_>) -> Box<dyn Step> {
        Box::new(Write(compiler.formula(&self.message)))
    }
}

#[derive(Debug)]
struct Write(Formula);

impl Step for Write {
    fn run(&self, run: &mut Run<'_>) -> Next {
        let message = run.text(&self.0);
        run.effect(Effect::Log { message });
        Next::Continue
    }
}
