//! `place = request_location("Where are you?")`: asks for a place with WhatsApp's own button.
//!
//! - The variable has `latitude` and `longitude`, and `name` and `address` when the contact chose a known place.
//! - Any other answer leads where it leads for [buttons](#buttons) with values.

use serde::{Deserialize, Serialize};

use super::content::{Content, Headers};
use super::{Kind, Statement};
use crate::compiler::Compiler;
use crate::engine::{Answer, Message, Next, Run, Step};
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
        let variable = compiler.variable(self.variable.as_deref());
        let question = self.question.as_ref().map(|question| compiler.words(question));
        let mut content = Content::compile(&self.content, compiler, "request_location");
        content.refuse_header(compiler);
        content.refuse_footer(compiler);
        if let Some(question) = question {
            content = content.with_text(question);
        }
        content.require_text(compiler, "This question has");
        Box::new(AskPlace { variable, content })
    }
}

#[derive(Debug)]
struct AskPlace {
    variable: Option<String>,
    content: Content,
}

impl Step for AskPlace {
    fn run(&self, run: &mut Run<'_>) -> Next {
        let body = self.content.body(run, Headers::None).body;
        run.send(Message::RequestLocation { body });
        Next::Wait(run.wait())
    }

    fn resume(&self, run: &mut Run<'_>, answer: &Answer<'_>) -> Next {
        run.keep(self.variable.as_deref(), answer.value(None, run.locale()));
        if matches!(answer, Answer::Place(_)) { Next::Continue } else { Next::NotUnderstood { by_card: false } }
    }
}
