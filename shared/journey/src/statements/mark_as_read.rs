//! `mark_as_read(event.message.id)`: the blue ticks.

use serde::{Deserialize, Serialize};

use super::Kind;
use crate::compiler::Compiler;
use crate::engine::{Effect, Next, Run, Step};
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
        let message = self.message.as_ref().map(|message| compiler.formula(message));
        Box::new(Mark { message, show_typing: self.show_typing })
    }
}

#[derive(Debug)]
struct Mark {
    message: Option<Formula>,
    show_typing: bool,
}

impl Step for Mark {
    fn run(&self, run: &mut Run<'_>) -> Next {
        let message = self.message.as_ref().and_then(|message| run.try_value(message));
        let message = message.map(|message| message.text().trim().to_owned()).filter(|message| !message.is_empty());
        run.effect(Effect::MarkAsRead { message });
        if self.show_typing {
            run.effect(Effect::ShowTyping);
        }
        Next::Continue
    }
}
