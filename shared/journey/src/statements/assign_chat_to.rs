//! `assign_chat_to("ana@example.org")`: gives the conversation to an operator.

use serde::{Deserialize, Serialize};

use super::Kind;
use crate::compiler::Compiler;
use crate::engine::{Effect, Next, Run, Step};
use crate::model::Formula;
use crate::notation::call::Call;
use crate::notation::printer::{Argument, Printer};
use crate::problem::Problem;

/// Gives the conversation to an operator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AssignChatTo {
    /// The operator's e-mail address.
    pub operator: Formula,
}

impl AssignChatTo {
    pub(super) fn read(call: &mut Call) -> Result<Self, Problem> {
        Ok(Self { operator: call.required("the e-mail address of an operator")? })
    }
}

impl Kind for AssignChatTo {
    fn print(&self, printer: &mut Printer) {
        printer.call(None, "assign_chat_to", &[Argument::value(&self.operator)], &[]);
    }

    fn compile(&self, compiler: &mut Compiler<'_>) -> Box<dyn Step> {
        Box::new(Give(compiler.formula(&self.operator)))
    }
}

#[derive(Debug)]
struct Give(Formula);

impl Step for Give {
    fn run(&self, run: &mut Run<'_>) -> Next {
        let operator = run.text(&self.0).trim().to_owned();
        if operator.is_empty() {
            run.mistake("There is no address of an operator; nobody was assigned.".to_owned());
        } else {
            run.effect(Effect::AssignTo { operator });
        }
        Next::Continue
    }
}
