//! `mark_as_read(event.message.id)`: the blue ticks.

use serde::{Deserialize, Serialize};

use super::Kind;
use crate::compiler::Compiler;
use crate::engine::{Nothing, Step};
use crate::model::Formula;
use crate::notation::call::Call;
use crate::notation::printer::{Argument, Printer};
use crate::problem::Problem;

/// Shows the contact that a message was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MarkAsRead {
    /// The id of the message; the last one when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Formula>,
    /// `show_typing: true`: also shows that an answer is being written.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub show_typing: bool,
}

impl MarkAsRead {
    pub(super) fn read(call: &mut Call) -> Result<Self, Problem> {
        Ok(Self { message: call.next(), show_typing: call.named_flag("show_typing")? })
    }
}

impl Kind for MarkAsRead {
    fn print(&self, printer: &mut Printer) {
        let mut arguments: Vec<_> = self.message.iter().map(Argument::value).collect();
        arguments.extend(self.show_typing.then(|| Argument::named_raw("show_typing", "true")));
        printer.call(None, "mark_as_read", &arguments, &[]);
    }

    fn compile(&self, compiler: &mut Compiler<'_>) -> Box<dyn Step> {
        compiler.not_yet("mark_as_read");
        Box::new(Nothing)
    }
}
