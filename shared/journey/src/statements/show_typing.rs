//! `show_typing()`: shows that an answer is being written.

use serde::{Deserialize, Serialize};

use super::Kind;
use crate::compiler::Compiler;
use crate::engine::{Effect, Next, Run, Step};
use crate::notation::call::Call;
use crate::notation::printer::Printer;
use crate::problem::Problem;

/// Shows that an answer is being written, for at most 25 seconds or until it comes. WhatsApp marks the contact's last
/// message as read with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShowTyping {}

impl ShowTyping {
    pub(super) fn read(_: &mut Call) -> Result<Self, Problem> {
        Ok(Self {})
    }
}

impl Kind for ShowTyping {
    fn print(&self, printer: &mut Printer) {
        printer.call(None, "show_typing", &[], &[]);
    }

    fn compile(&self, _: &mut Compiler<'_>) -> Box<dyn Step> {
        Box::new(Show)
    }
}

#[derive(Debug)]
struct Show;

impl Step for Show {
    fn run(&self, run: &mut Run<'_>) -> Next {
        run.effect(Effect::ShowTyping);
        Next::Continue
    }
}
