//! `catalog("sku-1") do text("Have a look") end`: the organisation's catalogue of products.
//!
//! - The product is the one whose picture is shown; without it WhatsApp shows the first. The journey does not wait: an order is a
//!   message of its own.
//! - Other dialects have this statement under names they do not document; the likely ones are read too.

use serde::{Deserialize, Serialize};

use super::content::{Body, Content, Headers};
use super::{Kind, Statement};
use crate::compiler::Compiler;
use crate::engine::{Message, Next, Run, Step};
use crate::model::Formula;
use crate::notation::call::Call;
use crate::notation::printer::{Argument, Printer};
use crate::problem::Problem;

/// Sends a text with a button that opens the catalogue. The journey does not wait: an order is a message of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Catalog {
    /// The product whose picture is shown; the first one of the catalogue when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<Formula>,
    /// What is shown with it.
    pub content: Vec<Statement>,
}

impl Catalog {
    pub(super) fn read(call: &mut Call) -> Result<Self, Problem> {
        Ok(Self { product: call.next(), content: call.take_content() })
    }
}

impl Kind for Catalog {
    fn print(&self, printer: &mut Printer) {
        let arguments: Vec<_> = self.product.iter().map(Argument::value).collect();
        printer.call(None, "catalog", &arguments, &self.content);
    }

    fn compile(&self, compiler: &mut Compiler<'_>) -> Box<dyn Step> {
        let product = self.product.as_ref().map(|product| compiler.formula(product));
        let content = Content::compile(&self.content, compiler, "catalog");
        content.require_text(compiler, "This catalogue has");
        content.refuse_header(compiler);
        Box::new(Show { product, content })
    }
}

#[derive(Debug)]
struct Show {
    product: Option<Formula>,
    content: Content,
}

impl Step for Show {
    fn run(&self, run: &mut Run<'_>) -> Next {
        let Body { body, footer, .. } = self.content.body(run, Headers::None);
        let product = self.product.as_ref().map(|product| run.text(product).trim().to_owned());
        run.send(Message::Catalog { body, footer, product: product.filter(|product| !product.is_empty()) });
        Next::Continue
    }
}
