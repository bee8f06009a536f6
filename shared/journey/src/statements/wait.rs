//! `wait(5)`: a pause, in seconds.
//!
//! - A day at most: what is to happen later is scheduled. What the contact writes meanwhile is kept, and changes nothing.

use serde::{Deserialize, Serialize};

use super::Kind;
use crate::compiler::Compiler;
use crate::engine::{Next, Run, Step};
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
        Box::new(Pause(compiler.formula(&self.seconds)))
    }
}

/// The longest pause, in seconds: what is to happen later is scheduled.
const LONGEST: i64 = 24 * 60 * 60;

#[derive(Debug)]
struct Pause(Formula);

impl Step for Pause {
    fn run(&self, run: &mut Run<'_>) -> Next {
        let seconds = run.whole_number(&self.0).unwrap_or_default();
        if seconds > LONGEST {
            run.mistake("A journey pauses for a day at most; use `schedule_stack` for more.".to_owned());
        }
        match run.after(seconds.min(LONGEST)) {
            Some(at) if seconds > 0 => run.pause(at),
            _ => Next::Continue,
        }
    }
}
