//! `cull_data()`: erases what is known about the contact.

use serde::{Deserialize, Serialize};

use super::Kind;
use crate::compiler::Compiler;
use crate::engine::{Effect, Next, Run, Step};
use crate::notation::call::Call;
use crate::notation::printer::Printer;
use crate::problem::Problem;

/// Erases the contact's data: profile fields, labels, and the journeys that are scheduled. (The name that WhatsApp shows comes
/// again with each message.)
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CullData {}

impl CullData {
    pub(super) fn read(_: &mut Call) -> Result<Self, Problem> {
        Ok(Self {})
    }
}

impl Kind for CullData {
    fn print(&self, printer: &mut Printer) {
        printer.call(None, "cull_data", &[], &[]);
    }

    fn compile(&self, _: &mut Compiler<'_>) -> Box<dyn Step> {
        Box::new(Erase)
    }
}

#[derive(Debug)]
struct Erase;

impl Step for Erase {
    fn run(&self, run: &mut Run<'_>) -> Next {
        run.effect(Effect::EraseContact);
        run.forget_contact();
        Next::Continue
    }
}
