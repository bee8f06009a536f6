//! `name = ask("What is your name?")`: a question with a free answer.
//!
//! - `ask("…", 200)` keeps at most 200 characters. `ask() do … end` shows texts and media as the question.
//! - The variable is a number, a date or a boolean when the answer spells one, and the text otherwise. Of a picture, voice message,
//!   video or document it is a map that acts as the kind (`image`, …) with `id`, `mime_type`, `caption` and `filename`; of a place
//!   it has `latitude` and `longitude`.
//! - A picture, voice message, place, contact card or order is an answer when the journey reads what only these have (`photo.id`,
//!   `place.latitude`, `event.message.audio.id`, `event.message.type`), compares the answer with their kind (`"image"`), or does not
//!   read the answer at all. To all other questions it is none: `invalid_input` follows, and the question comes again.
//! - A sticker and an empty text lead to `invalid_input`, when the journey has it. A tap on a button of an earlier question answers
//!   nothing: the question comes again.

use serde::{Deserialize, Serialize};

use super::content::Content;
use super::{Kind, Statement};
use crate::compiler::Compiler;
use crate::engine::{Answer, Next, Run, Step};
use crate::model::{Formula, Words};
use crate::notation::call::Call;
use crate::notation::printer::{Argument, Printer};
use crate::problem::Problem;

/// Asks and keeps the answer: a number, date or boolean when the text spells one, the text otherwise, and the kind of
/// the message (`image`, `audio`, `location` …) when it was not a text and the journey reads more of it than a text. Any
/// other is the journey's `invalid_input`, or the question comes again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ask {
    /// Keeps the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variable: Option<String>,
    /// The question; with `do … end` it may be absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<Words>,
    /// The longest answer that is kept, in characters; the rest is cut off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Formula>,
    /// What is shown with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub content: Vec<Statement>,
}

impl Ask {
    pub(super) fn read(call: &mut Call) -> Result<Self, Problem> {
        Ok(Self {
            variable: call.take_variable(),
            question: call.next_words(),
            limit: call.next(),
            content: call.take_content(),
        })
    }
}

impl Kind for Ask {
    fn print(&self, printer: &mut Printer) {
        let mut arguments: Vec<_> = self.question.iter().flat_map(Argument::words).collect();
        arguments.splice(arguments.len().min(1)..arguments.len().min(1), self.limit.iter().map(Argument::value));
        printer.call(self.variable.as_deref(), "ask", &arguments, &self.content);
    }

    fn compile(&self, compiler: &mut Compiler<'_>) -> Box<dyn Step> {
        let variable = compiler.variable(self.variable.as_deref());
        let question = self.question.as_ref().map(|question| compiler.words(question));
        let limit = self.limit.as_ref().map(|limit| compiler.formula(limit));
        let mut content = Content::compile(&self.content, compiler, "ask");
        content.refuse_header(compiler);
        content.refuse_footer(compiler);
        if question.is_none() && !content.has_text() {
            let hint = "Write it as `ask(\"…\")`.".to_owned();
            compiler.warning("no-question", "Nothing is asked here.".to_owned(), Some(hint));
        }
        if let Some(question) = question {
            content = content.with_text(question);
        }
        Box::new(AskFreely { variable, limit, content })
    }
}

#[derive(Debug)]
struct AskFreely {
    variable: Option<String>,
    limit: Option<Formula>,
    content: Content,
}

impl Step for AskFreely {
    fn run(&self, run: &mut Run<'_>) -> Next {
        self.content.send(run);
        Next::Wait(run.wait())
    }

    fn resume(&self, run: &mut Run<'_>, answer: &Answer<'_>) -> Next {
        let variable = self.variable.as_deref();
        if !run.takes(variable, answer) || (answer.is_no_answer() && run.has_invalid_card()) {
            return Next::AskAgain;
        }
        let limit = self.limit.as_ref().and_then(|limit| run.whole_number(limit));
        let value = answer.value(limit.and_then(|limit| usize::try_from(limit).ok()), run.locale());
        run.keep(variable, value);
        Next::Continue
    }
}
