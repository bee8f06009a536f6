//! `call_to_action("Open the map", "https://…") do text("This way") end`: a button that opens a web page.
//!
//! - The journey does not wait: WhatsApp does not tell whether it was tapped. The button has at most 20 characters.
//! - Other dialects have this statement under names they do not document; the likely ones are read too.

use serde::{Deserialize, Serialize};

use super::content::{Body, Content, Headers};
use super::http::check_address;
use super::{Kind, Statement};
use crate::compiler::Compiler;
use crate::engine::{Message, Next, Run, Step, limits};
use crate::model::{Formula, Words};
use crate::notation::call::Call;
use crate::notation::printer::{Argument, Printer};
use crate::problem::Problem;

/// Sends a text with a button that opens a web page. Nothing comes back when it is tapped, so the journey does not wait.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallToAction {
    /// The text of the button.
    pub button: Words,
    /// The address of the page.
    pub url: Formula,
    /// What is shown above it.
    pub content: Vec<Statement>,
}

impl CallToAction {
    pub(super) fn read(call: &mut Call) -> Result<Self, Problem> {
        let button = Words::of(call.required("the text of the button")?);
        Ok(Self { button, url: call.required("the address of a web page")?, content: call.take_content() })
    }
}

impl Kind for CallToAction {
    fn print(&self, printer: &mut Printer) {
        let arguments = [Argument::value(&self.button.to_formula()), Argument::value(&self.url)];
        printer.call(None, "call_to_action", &arguments, &self.content);
    }

    fn compile(&self, compiler: &mut Compiler<'_>) -> Box<dyn Step> {
        let button = compiler.words(&self.button);
        compiler.check_title(&button, limits::BUTTON_TITLE);
        check_address(&self.url, compiler);
        let url = compiler.formula(&self.url);
        let content = Content::compile(&self.content, compiler, "call_to_action");
        content.require_text(compiler, "This button has");
        Box::new(Offer { button, url, content })
    }
}

#[derive(Debug)]
struct Offer {
    button: Words,
    url: Formula,
    content: Content,
}

impl Step for Offer {
    fn run(&self, run: &mut Run<'_>) -> Next {
        let body = self.content.body(run, Headers::Any);
        let url = run.text(&self.url).trim().to_owned();
        if url.starts_with("https://") || url.starts_with("http://") {
            let button = run.title(&self.button, limits::BUTTON_TITLE);
            let Body { header, body, footer } = body;
            run.send(Message::CallToAction { header, body, footer, button, url });
        } else {
            run.mistake(format!("`{url}` is no address of a web page; only the text was sent."));
            run.send(body.into_text());
        }
        Next::Continue
    }
}
