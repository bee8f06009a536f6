//! `send_content("…")`: sends a piece of content of the organisation, such as a saved reply.

use serde::{Deserialize, Serialize};

use super::Kind;
use crate::compiler::Compiler;
use crate::engine::{Answer, Effect, Next, Run, Step};
use crate::model::Formula;
use crate::notation::call::Call;
use crate::notation::printer::{Argument, Printer};
use crate::problem::Problem;

/// Sends a piece of content. `send_content("…", true)` waits for an answer, which the variable keeps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SendContent {
    /// Keeps the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variable: Option<String>,
    /// The id or name of the content.
    pub content: Formula,
    /// Whether the journey waits for an answer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub waits: bool,
}

impl SendContent {
    pub(super) fn read(call: &mut Call) -> Result<Self, Problem> {
        let content = call.required("the id or name of a piece of content")?;
        let waits = call.next();
        Ok(Self { variable: call.take_variable(), content, waits: call.flag(waits, "wait")? })
    }
}

impl Kind for SendContent {
    fn print(&self, printer: &mut Printer) {
        let mut arguments = vec![Argument::value(&self.content)];
        arguments.extend(self.waits.then(|| Argument::raw("true")));
        printer.call(self.variable.as_deref(), "send_content", &arguments, &[]);
    }

    fn compile(&self, compiler: &mut Compiler<'_>) -> Box<dyn Step> {
        if self.variable.is_some() && !self.waits {
            let hint = "Write `send_content(…, true)` to wait for an answer.".to_owned();
            compiler.warning("no-answer", "Nothing is waited for, so the variable stays empty.".to_owned(), Some(hint));
        } else {
            compiler.not_yet("send_content");
        }
        Box::new(Send {
            variable: compiler.variable(self.variable.as_deref()),
            content: compiler.formula(&self.content),
            waits: self.waits,
        })
    }
}

#[derive(Debug)]
struct Send {
    variable: Option<String>,
    content: Formula,
    waits: bool,
}

impl Step for Send {
    fn run(&self, run: &mut Run<'_>) -> Next {
        let content = run.text(&self.content).trim().to_owned();
        if content.is_empty() {
            run.mistake("There is no id of a piece of content; nothing was sent.".to_owned());
        } else {
            run.effect(Effect::SendContent { content });
        }
        if self.waits { Next::Wait(run.wait()) } else { Next::Continue }
    }

    fn resume(&self, run: &mut Run<'_>, answer: &Answer<'_>) -> Next {
        run.keep(self.variable.as_deref(), answer.value(None, run.locale()));
        Next::Continue
    }
}
