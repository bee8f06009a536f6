//! `text("Hola", en: "Hello")`: sends a text, in the language of the contact.
//!
//! - `en:`, `pt_BR:` and the like are the same text in other languages; the first one is in the journey's `language`.
//! - Texts of more than 4,096 characters go out in parts. An empty one is not sent, and the log says so.
//! - What an expression in it cannot give stays as it was typed: `info@example.org` needs no `@@`.
//! - A variable that has no value yet is nothing.

use serde::{Deserialize, Serialize};

use super::Kind;
use crate::compiler::Compiler;
use crate::engine::{Next, Run, Step};
use crate::model::{Formula, Words};
use crate::notation::call::Call;
use crate::notation::printer::{Argument, Printer};
use crate::problem::Problem;

/// Sends a text; inside a question it is the question's body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Text {
    /// What is sent. Longer than 4,096 characters goes out as several messages.
    pub body: Words,
    /// `ai_generated: true` and the like: kept, without effect.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<(String, Formula)>,
}

impl Text {
    pub(super) fn read(call: &mut Call) -> Result<Self, Problem> {
        Ok(Self { body: call.required_words("a text")?, options: call.take_named() })
    }
}

impl Kind for Text {
    fn print(&self, printer: &mut Printer) {
        let options = self.options.iter().map(|(name, value)| Argument::named(name, value));
        let arguments: Vec<_> = Argument::words(&self.body).chain(options).collect();
        printer.call(None, "text", &arguments, &[]);
    }

    fn compile(&self, compiler: &mut Compiler<'_>) -> Box<dyn Step> {
        if self.body.texts().any(|text| text.as_text().is_some_and(|text| text.trim().is_empty())) {
            compiler.warning("empty-text", "This text is empty; nothing is sent.".to_owned(), None);
        }
        Box::new(Say(compiler.words(&self.body)))
    }
}

#[derive(Debug)]
struct Say(Words);

impl Step for Say {
    fn run(&self, run: &mut Run<'_>) -> Next {
        let text = run.words(&self.0);
        run.say(&text);
        Next::Continue
    }
}
