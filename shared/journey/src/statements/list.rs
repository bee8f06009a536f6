//! `list("Topics", [Food, Sleep]) do text("What about?") end`: up to ten rows behind one button.
//!
//! - The first argument is the button, at most 20 characters. What can be chosen is written as for [buttons](#buttons); a computed
//!   row may have a third part, `[id, title, description]`.
//! - A title has at most 24 characters, a description 72. A header can only be a text.
//! - Other answers lead where they lead for [buttons](#buttons).

use serde::{Deserialize, Serialize};

use super::choices::{Choices, Limits, Menu};
use super::content::{Content, Headers};
use super::{Kind, Statement};
use crate::compiler::Compiler;
use crate::engine::{Answer, Message, Next, Row, Run, Step, limits};
use crate::model::Words;
use crate::notation::call::Call;
use crate::notation::printer::{Argument, Printer};
use crate::problem::Problem;

/// Asks to choose from a list. Input that is no row of it lets the card go on, to its `then:` as a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct List {
    /// Keeps the value of what was chosen, or what was written instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variable: Option<String>,
    /// The text of the button that opens the list.
    pub call_to_action: Words,
    /// The rows.
    pub choices: Choices,
    /// What is shown above it.
    pub content: Vec<Statement>,
}

impl List {
    pub(super) fn read(call: &mut Call) -> Result<Self, Problem> {
        Ok(Self {
            variable: call.take_variable(),
            call_to_action: Words::of(call.required("the text of the button that opens the list")?),
            choices: Choices::read(call)?,
            content: call.take_content(),
        })
    }
}

impl Kind for List {
    fn print(&self, printer: &mut Printer) {
        let mut arguments = vec![Argument::value(&self.call_to_action.to_formula())];
        arguments.extend(self.choices.arguments());
        printer.call(self.variable.as_deref(), "list", &arguments, &self.content);
    }

    fn compile(&self, compiler: &mut Compiler<'_>) -> Box<dyn Step> {
        let button = compiler.words(&self.call_to_action);
        compiler.check_title(&button, limits::LIST_BUTTON);
        let limits = Limits { count: limits::ROWS, title: limits::ROW_TITLE };
        let menu = self.choices.compile(compiler, limits);
        let variable = compiler.variable(self.variable.as_deref());
        let content = Content::compile(&self.content, compiler, "list");
        content.require_text(compiler, "This list has");
        Box::new(AskList { variable, button, menu, content })
    }

    fn leads_to(&self) -> Vec<&str> {
        self.choices.cards()
    }
}

#[derive(Debug)]
struct AskList {
    variable: Option<String>,
    button: Words,
    menu: Menu,
    content: Content,
}

impl Step for AskList {
    fn run(&self, run: &mut Run<'_>) -> Next {
        let offers = self.menu.offers(run);
        let body = self.content.body(run, Headers::Text);
        let (wait, choices) = run.offer(offers, limits::ROWS, limits::ROW_TITLE);
        if choices.is_empty() {
            run.send(body.into_text());
        } else {
            let rows = choices.into_iter().map(Row::from).collect();
            let button = run.title(&self.button, limits::LIST_BUTTON);
            let header = body.header.and_then(|header| run.text_header(header));
            run.send(Message::List { header, body: body.body, footer: body.footer, button, rows });
        }
        Next::Wait(wait)
    }

    fn resume(&self, run: &mut Run<'_>, answer: &Answer<'_>) -> Next {
        run.choose(self.variable.as_deref(), &self.menu, answer)
    }
}
