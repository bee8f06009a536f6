//! `footer("…")`: the text below a question, inside `buttons` or `list`; at most 60 characters.

use serde::{Deserialize, Serialize};

use super::Kind;
use crate::compiler::Compiler;
use crate::engine::{Nothing, Step, limits};
use crate::model::Words;
use crate::notation::call::Call;
use crate::notation::printer::{Argument, Printer};
use crate::problem::Problem;

/// The footer of a question: at most 60 characters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Footer {
    /// The text.
    pub text: Words,
}

impl Footer {
    pub(super) fn read(call: &mut Call) -> Result<Self, Problem> {
        Ok(Self { text: call.required_words("a text")? })
    }

    pub(super) fn check(&self, compiler: &mut Compiler<'_>) -> Words {
        if self.text.texts().any(|text| limits::is_longer(text, limits::FOOTER)) {
            let message = format!("This footer is longer than {} characters.", limits::FOOTER);
            compiler.fault("long-footer", message, Some("Shorten it.".to_owned()));
        }
        compiler.words(&self.text)
    }
}

impl Kind for Footer {
    fn print(&self, printer: &mut Printer) {
        printer.call(None, "footer", &Argument::words(&self.text).collect::<Vec<_>>(), &[]);
    }

    fn compile(&self, compiler: &mut Compiler<'_>) -> Box<dyn Step> {
        let hint = "Put it between `do` and `end` of `buttons` or `list`.".to_owned();
        compiler.fault("stray-footer", "A footer belongs to a question.".to_owned(), Some(hint));
        Box::new(Nothing)
    }
}
