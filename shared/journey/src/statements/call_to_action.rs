//! `call_to_action("Open the map", "https://…") do text("This way") end`: a button that opens a web page.
//!
//! Other dialects have this statement under names they do not document; the likely ones are read too.

use serde::{Deserialize, Serialize};

use super::{Kind, Statement};
use crate::compiler::Compiler;
use crate::engine::{Nothing, Step};
use crate::model::{Formula, Words};
use crate::notation::call::Call;
use crate::notation::printer::{Argument, Printer};
use crate::problem::Problem;

/// Sends a text with a button that opens a web page. Nothing comes back when it is tapped, so the journey does not wait.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallToAction {
    /// The text of the button.
    pub button: Words,
    /// The address of the page.
    pub url: Formula,
    /// What is shown above it.
    pub content: Vec<Statement>,
}

impl CallToAction {
    pub(super) fn read(call: &mut Call) -> Result<Self, Problem> {
        let button = Words::of(call.required("the text of the button")?);
        Ok(Self { button, url: call.required("the address of a web page")?, content: call.take_content() })
    }
}

impl Kind for CallToAction {
    fn print(&self, printer: &mut Printer) {
        let arguments = [Argument::value(&self.button.to_formula()), Argument::value(&self.url)];
        printer.call(None, "call_to_action", &arguments, &self.content);
    }

    fn compile(&self, compiler: &mut Compiler<'_>) -> Box<dyn Step> {
        compiler.not_yet("call_to_action");
        Box::new(Nothing)
    }
}
