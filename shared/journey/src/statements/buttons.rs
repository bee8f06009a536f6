//! `buttons([Yes, No]) do text("Shall we begin?") end`: up to three buttons.
//!
//! ```text
//! buttons([CardA, CardB]) do … end                 each leads to a card, and is called by the card's label or its name
//! buttons(CardA: "Sí", CardB: "@label") do … end   each leads to a card, and says what it is called
//! answer = buttons(["Sí", "No"]) do … end          values: the card goes on, and the variable keeps the chosen text
//! answer = buttons(Card, items) do … end           computed when it is shown: texts, or `[id, title]`; all lead to the card
//! ```
//!
//! - Between `do` and `end` stand `text`, media, `header` (60 characters) and `footer` (60): the last text is the one above the
//!   buttons, at most 1,024 characters; what is more goes out before.
//! - A title has at most 20 characters; a longer one is cut. More than three computed buttons are shown as a list.
//! - A title that is written chooses as a tap does, whatever its case, accents and punctuation, unless it could be two of them; so
//!   does its number (`2`, `opción 2`), where titles have no numbers of their own. Any other answer is kept in the variable and leads to the
//!   card's `then:`; without one, to `invalid_input`, and without that the card goes on, or the journey ends.

use serde::{Deserialize, Serialize};

use super::choices::{Choices, Limits, Menu};
use super::content::{Content, Headers};
use super::{Kind, Statement};
use crate::compiler::Compiler;
use crate::engine::{Answer, Message, Next, Row, Run, Step, limits};
use crate::notation::call::Call;
use crate::notation::printer::Printer;
use crate::problem::Problem;

/// What opens the list that more than three computed buttons become: a sign, because no word fits every language.
const MORE: &str = "☰";

/// Asks to choose with buttons. Input that is none of them lets the card go on, to its `then:` as a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Buttons {
    /// Keeps the value of what was chosen, or what was written instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variable: Option<String>,
    /// The buttons.
    pub choices: Choices,
    /// What is shown above them.
    pub content: Vec<Statement>,
}

impl Buttons {
    pub(super) fn read(call: &mut Call) -> Result<Self, Problem> {
        Ok(Self {
            variable: call.take_variable(),
            choices: Choices::read(call)?,
            content: call.take_content(),
        })
    }
}

impl Kind for Buttons {
    fn print(&self, printer: &mut Printer) {
        printer.call(self.variable.as_deref(), "buttons", &self.choices.arguments(), &self.content);
    }

    fn compile(&self, compiler: &mut Compiler<'_>) -> Box<dyn Step> {
        let limits = Limits { count: limits::BUTTONS, title: limits::BUTTON_TITLE };
        let menu = self.choices.compile(compiler, limits);
        let variable = compiler.variable(self.variable.as_deref());
        let content = Content::compile(&self.content, compiler, "buttons");
        content.require_text(compiler, "These buttons have");
        Box::new(AskButtons { variable, menu, content })
    }

    fn leads_to(&self) -> Vec<&str> {
        self.choices.cards()
    }
}

#[derive(Debug)]
struct AskButtons {
    variable: Option<String>,
    menu: Menu,
    content: Content,
}

impl Step for AskButtons {
    fn run(&self, run: &mut Run<'_>) -> Next {
        let offers = self.menu.offers(run);
        let body = self.content.body(run, Headers::Any);
        let fits = offers.len() <= limits::BUTTONS;
        let title = if fits { limits::BUTTON_TITLE } else { limits::ROW_TITLE };
        let (wait, choices) = run.offer(offers, if fits { limits::BUTTONS } else { limits::ROWS }, title);
        if choices.is_empty() {
            run.send(body.into_text());
        } else if fits {
            let buttons = choices.into_iter().map(|(choice, _)| choice).collect();
            run.send(Message::Buttons { header: body.header, body: body.body, footer: body.footer, buttons });
        } else {
            let rows = choices.into_iter().map(Row::from).collect();
            let header = body.header.and_then(|header| run.text_header(header));
            run.send(Message::List { header, body: body.body, footer: body.footer, button: MORE.to_owned(), rows });
        }
        Next::Wait(wait)
    }

    fn resume(&self, run: &mut Run<'_>, answer: &Answer<'_>) -> Next {
        run.choose(self.variable.as_deref(), &self.menu, answer)
    }
}
