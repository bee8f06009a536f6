//! `page = get("https://…", query: [["lang", "es"]])`, `post`, `put`, `patch`: asks a web service.

use serde::{Deserialize, Serialize};

use super::Kind;
use crate::compiler::Compiler;
use crate::engine::{Method, Nothing, Step};
use crate::model::Formula;
use crate::notation::call::Call;
use crate::notation::printer::{Argument, Printer};
use crate::problem::Problem;

/// Asks a web service, and keeps what it answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Http {
    /// Keeps the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variable: Option<String>,
    /// What is done there.
    pub method: Method,
    /// The address.
    pub url: Formula,
    /// `query:`, pairs that are added to the address: `[["lang", "es"]]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<Formula>,
    /// `headers:`, pairs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers: Option<Formula>,
    /// `body:`, a text, or a list or map that is sent as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Formula>,
    /// `timeout:`, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Formula>,
    /// `cache_ttl:`, how long an answer to `get` may be used again, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_ttl: Option<Formula>,
    /// `mode:`, kept; the journey always waits for the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Formula>,
}

impl Http {
    pub(super) fn read(call: &mut Call) -> Result<Self, Problem> {
        let method = Method::ALL.into_iter().find(|method| method.statement() == call.name).unwrap_or(Method::Get);
        Ok(Self {
            variable: call.take_variable(),
            method,
            url: call.required("the address of a web service")?,
            query: call.named("query"),
            headers: call.named("headers"),
            body: call.named("body"),
            timeout: call.named("timeout"),
            cache_ttl: call.named("cache_ttl"),
            mode: call.named("mode"),
        })
    }
}

impl Kind for Http {
    fn print(&self, printer: &mut Printer) {
        let options = [
            ("query", &self.query),
            ("headers", &self.headers),
            ("body", &self.body),
            ("timeout", &self.timeout),
            ("cache_ttl", &self.cache_ttl),
            ("mode", &self.mode),
        ];
        let mut arguments = vec![Argument::value(&self.url)];
        let given = options.into_iter().filter_map(|(name, value)| Some(Argument::named(name, value.as_ref()?)));
        arguments.extend(given);
        printer.call(self.variable.as_deref(), self.method.statement(), &arguments, &[]);
    }

    fn compile(&self, compiler: &mut Compiler<'_>) -> Box<dyn Step> {
        compiler.not_yet(self.method.statement());
        Box::new(Nothing)
    }
}
