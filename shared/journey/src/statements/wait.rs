//! `wait(5)`: a pause, in seconds.

use serde::{Deserialize, Serialize};

use super::Kind;
use crate::compiler::Compiler;
use crate::engine::{Nothing, Step};
use crate::model::Formula;
use crate::notation::call::Call;
use crate::notation::printer::{Argument, Printer};
use crate::problem::Problem;

/// Waits before the next statement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wait {
    /// How many seconds.
    pub seconds: Formula,
}

impl Wait {
    pub(super) fn read(call: &mut Call) -> Result<Self, Problem> {
        Ok(Self { seconds: call.required("a number of seconds")? })
    }
}

impl Kind for Wait {
    fn print(&self, printer: &mut Printer) {
        printer.call(None, "wait", &[Argument::value(&self.seconds)], &[]);
    }

    fn compile(&self, compiler: &mut Compiler<'_>) -> Box<dyn Step> {
        compiler.not_yet("wait");
        Box::new(Nothing)
    }
}
