//! `total = score + 1`: keeps a value in a variable.
//!
//! - Variables live until the journey ends. What cannot be computed is `nil`, and the log says why. All variables together have
//!   128 KB at most while the journey waits.

use serde::{Deserialize, Serialize};

use super::Kind;
use crate::compiler::Compiler;
use crate::engine::{Next, Run, Step};
use crate::model::Formula;
use crate::notation::printer::Printer;

/// Keeps a value in a variable, until the journey ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assign {
    /// The variable.
    pub variable: String,
    /// Its new value.
    pub value: Formula,
}

impl Kind for Assign {
    fn print(&self, printer: &mut Printer) {
        printer.value_line(&format!("{} = ", self.variable), &self.value, "");
    }

    fn compile(&self, compiler: &mut Compiler<'_>) -> Box<dyn Step> {
        let value = compiler.formula(&self.value);
        Box::new(Keep { variable: compiler.variable(Some(&self.variable)), value })
    }
}

#[derive(Debug)]
struct Keep {
    variable: Option<String>,
    value: Formula,
}

impl Step for Keep {
    fn run(&self, run: &mut Run<'_>) -> Next {
        let value = run.value(&self.value);
        run.keep(self.variable.as_deref(), value);
        Next::Continue
    }
}
