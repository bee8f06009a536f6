//! `quiz = app("quiz", "next")`, `ai_…`: what this engine does not run.
//!
//! - The notebook keeps it, and the journey goes on: the variable is an error value, whose `.success` is false.
//! - So it is with a name that is no statement at all, and with a statement whose arguments are not understood: a fault, which
//!   who publishes has to accept.

use serde::{Deserialize, Serialize};

use super::{Kind, Statement};
use crate::compiler::Compiler;
use crate::engine::{Next, Run, Step, failure};
use crate::model::Formula;
use crate::notation::call::Call as Written;
use crate::notation::printer::{Argument, Printer};

/// Statements of the language that this engine does not run yet.
const NOT_YET: &[&str] = &[
    "app",
    "ai_assistant",
    "ai_add_message",
    "ai_chat_completion",
    "ai_text_classification",
    "update_dictionary",
];

/// `variable = name(arguments) do content end`, as it was written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Keeps the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variable: Option<String>,
    /// What is called.
    pub name: String,
    /// The arguments without names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<Formula>,
    /// The arguments with names, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<(String, Formula)>,
    /// The statements between `do` and `end`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub content: Vec<Statement>,
}

impl Call {
    pub(super) fn of(mut call: Written) -> Self {
        Self {
            variable: call.take_variable(),
            arguments: call.take_positional(),
            options: call.take_named(),
            content: call.take_content(),
            name: call.name,
        }
    }
}

impl Kind for Call {
    fn print(&self, printer: &mut Printer) {
        let options = self.options.iter().map(|(name, value)| Argument::named(name, value));
        let arguments: Vec<_> = self.arguments.iter().map(Argument::value).chain(options).collect();
        printer.call(self.variable.as_deref(), &self.name, &arguments, &self.content);
    }

    fn compile(&self, compiler: &mut Compiler<'_>) -> Box<dyn Step> {
        let name = &self.name;
        let variable = compiler.variable(self.variable.as_deref());
        if NOT_YET.contains(&name.as_str()) {
            compiler.not_yet(name);
            return Box::new(NotYet { variable, name: name.clone() });
        }
        let written =
            Written::written(name, &self.arguments, &self.options, &self.content, compiler.position());
        if let Some(problem) = super::refusal(written) {
            compiler.tell(problem);
        } else if super::is_function(name) {
            // Without content it would have been read as an expression.
            compiler.fault("unexpected-content", format!("`{name}` is a function and has no `do … end`."), None);
        } else {
            let meant = expression::nearest(name, super::CALLS).or_else(|| expression::functions::suggest(name));
            let hint = meant.map(|meant| format!("Did you mean `{meant}`?"));
            compiler.fault("unknown-statement", format!("There is no statement or function `{name}`."), hint);
        }
        Box::new(NotYet { variable, name: name.clone() })
    }
}

/// A statement that is not run.
#[derive(Debug)]
struct NotYet {
    variable: Option<String>,
    name: String,
}

impl Step for NotYet {
    fn run(&self, run: &mut Run<'_>) -> Next {
        run.mistake(format!("`{}` does nothing here yet.", self.name));
        run.keep(self.variable.as_deref(), failure(None, &format!("`{}` is not supported yet", self.name)));
        Next::Continue
    }
}
