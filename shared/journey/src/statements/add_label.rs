//! `add_label("Needs an operator")`: labels the conversation.
//!
//! - At most 100 labels, of at most 256 bytes each.

use serde::{Deserialize, Serialize};

use super::Kind;
use crate::compiler::Compiler;
use crate::engine::{Effect, Next, Run, Step};
use crate::model::Formula;
use crate::notation::call::Call;
use crate::notation::printer::{Argument, Printer};
use crate::problem::Problem;

/// Labels the last message, and with it the conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AddLabel {
    /// The label.
    pub label: Formula,
}

impl AddLabel {
    pub(super) fn read(call: &mut Call) -> Result<Self, Problem> {
        Ok(Self { label: call.required("a label")? })
    }
}

impl Kind for AddLabel {
    fn print(&self, printer: &mut Printer) {
        printer.call(None, "add_label", &[Argument::value(&self.label)], &[]);
    }

    fn compile(&self, compiler: &mut Compiler<'_>) -> Box<dyn Step> {
        Box::new(Label(compiler.formula(&self.label)))
    }
}

#[derive(Debug)]
struct Label(Formula);

impl Step for Label {
    fn run(&self, run: &mut Run<'_>) -> Next {
        let label = run.text(&self.0).trim().to_owned();
        if label.is_empty() {
            run.mistake("The label is empty; none was added.".to_owned());
        } else {
            run.effect(Effect::AddLabel { label });
        }
        Next::Continue
    }
}
