//! `form = whatsapp_flow("1234567890", "Sign up") do text("A short form") end`: a form inside WhatsApp.
//!
//! - The id of a published Flow, and its button (at most 30 characters). `screen:` is the first screen, `data:` a map for it.
//! - The variable keeps what was filled in as a map: `form.<field>`. Any other answer leads where it leads for
//!   [buttons](#buttons) with values.
//! - Other dialects have this statement under names they do not document; the likely ones are read too.

use expression::Value;
use serde::{Deserialize, Serialize};

use super::content::{Body, Content, Headers};
use super::{Kind, Statement};
use crate::compiler::Compiler;
use crate::engine::{Answer, Message, Next, Run, Step, limits, write_choice};
use crate::model::{Formula, Words};
use crate::notation::call::Call;
use crate::notation::printer::{Argument, Printer};
use crate::problem::Problem;

/// Sends a WhatsApp Flow and waits for it. The variable keeps what was filled in as a map; an answer that is not the
/// form lets the card go on, to its `then:` as a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WhatsappFlow {
    /// Keeps what was filled in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variable: Option<String>,
    /// Meta's id of the Flow.
    pub flow: Formula,
    /// The text of the button that opens it.
    pub button: Words,
    /// `screen:`, the first one; the Flow decides when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub screen: Option<Formula>,
    /// `data:`, what the first screen is given: a map, or pairs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Formula>,
    /// What is shown above the button.
    pub content: Vec<Statement>,
}

impl WhatsappFlow {
    pub(super) fn read(call: &mut Call) -> Result<Self, Problem> {
        Ok(Self {
            variable: call.take_variable(),
            flow: call.required("the id of a Flow")?,
            button: Words::of(call.required("the text of the button that opens the Flow")?),
            screen: call.named("screen"),
            data: call.named("data"),
            content: call.take_content(),
        })
    }
}

impl Kind for WhatsappFlow {
    fn print(&self, printer: &mut Printer) {
        let mut arguments = vec![Argument::value(&self.flow), Argument::value(&self.button.to_formula())];
        arguments.extend(self.screen.as_ref().map(|screen| Argument::named("screen", screen)));
        arguments.extend(self.data.as_ref().map(|data| Argument::named("data", data)));
        printer.call(self.variable.as_deref(), "whatsapp_flow", &arguments, &self.content);
    }

    fn compile(&self, compiler: &mut Compiler<'_>) -> Box<dyn Step> {
        let button = compiler.words(&self.button);
        compiler.check_title(&button, limits::FLOW_BUTTON);
        let content = Content::compile(&self.content, compiler, "whatsapp_flow");
        content.require_text(compiler, "This form has");
        Box::new(AskForm {
            variable: compiler.variable(self.variable.as_deref()),
            flow: compiler.formula(&self.flow),
            button,
            screen: self.screen.as_ref().map(|screen| compiler.formula(screen)),
            data: self.data.as_ref().map(|data| compiler.formula(data)),
            content,
        })
    }
}

#[derive(Debug)]
struct AskForm {
    variable: Option<String>,
    flow: Formula,
    button: Words,
    screen: Option<Formula>,
    data: Option<Formula>,
    content: Content,
}

impl Step for AskForm {
    fn run(&self, run: &mut Run<'_>) -> Next {
        let Body { header, body, footer } = self.content.body(run, Headers::Any);
        let flow = run.text(&self.flow).trim().to_owned();
        let button = run.title(&self.button, limits::FLOW_BUTTON);
        let screen = self.screen.as_ref().map(|screen| run.text(screen)).filter(|screen| !screen.trim().is_empty());
        let data = self.data.as_ref().map(|data| run.pairs(data)).filter(|data| !data.is_empty()).map(Value::map);
        let wait = run.wait();
        let token = write_choice(wait.id(), 0);
        run.send(Message::Flow { header, body, footer, button, flow, token, screen, data });
        Next::Wait(wait)
    }

    fn resume(&self, run: &mut Run<'_>, answer: &Answer<'_>) -> Next {
        run.keep(self.variable.as_deref(), answer.value(None, run.locale()));
        if matches!(answer, Answer::Form(_)) { Next::Continue } else { Next::NotUnderstood { by_card: false } }
    }
}
