//! `place = request_location("Where are you?")`: asks for a place with WhatsApp's own button.

use serde::{Deserialize, Serialize};

use super::{Kind, Statement};
use crate::compiler::Compiler;
use crate::engine::{Nothing, Step};
use crate::model::Words;
use crate::notation::call::Call;
use crate::notation::printer::{Argument, Printer};
use crate::problem::Problem;

/// Asks for a place. The variable keeps it as a map with `latitude`, `longitude`, `name` and `address`; an answer that is
/// no place lets the card go on, to its `then:` as a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequestLocation {
    /// Keeps the place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variable: Option<String>,
    /// The question; with `do … end` it may be absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<Words>,
    /// What is shown with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub content: Vec<Statement>,
}

impl RequestLocation {
    pub(super) fn read(call: &mut Call) -> Result<Self, Problem> {
        Ok(Self { variable: call.take_variable(), question: call.next_words(), content: call.take_content() })
    }
}

impl Kind for RequestLocation {
    fn print(&self, printer: &mut Printer) {
        let arguments: Vec<_> = self.question.iter().flat_map(Argument::words).collect();
        printer.call(self.variable.as_deref(), "request_location", &arguments, &self.content);
    }

    fn compile(&self, compiler: &mut Compiler<'_>) -> Box<dyn Step> {
        compiler.not_yet("request_location");
        Box::new(Nothing)
    }
}
