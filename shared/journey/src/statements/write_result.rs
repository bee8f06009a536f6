//! `write_result("age", age, label: "Age")`: records a result of the journey.
//!
//! - Results are read as [Flow Results](https://floip.gitbook.io/flow-results-specification), one package a journey. `label:` is
//!   a constant text. A result has 32 KB at most.

use serde::{Deserialize, Serialize};

use super::Kind;
use crate::compiler::Compiler;
use crate::engine::{Effect, Next, Run, Step};
use crate::model::Formula;
use crate::notation::call::Call;
use crate::notation::printer::{Argument, Printer};
use crate::problem::Problem;

/// Records a result for insights and exports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WriteResult {
    /// The name of the result.
    pub key: Formula,
    /// Its value.
    pub value: Formula,
    /// `label:`, what people call it; a constant text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Formula>,
}

impl WriteResult {
    pub(super) fn read(call: &mut Call) -> Result<Self, Problem> {
        Ok(Self {
            key: call.required("the name of the result")?,
            value: call.required("the value of the result")?,
            label: call.named("label"),
        })
    }
}

impl Kind for WriteResult {
    fn print(&self, printer: &mut Printer) {
        let mut arguments = vec![Argument::value(&self.key), Argument::value(&self.value)];
        arguments.extend(self.label.as_ref().map(|label| Argument::named("label", label)));
        printer.call(None, "write_result", &arguments, &[]);
    }

    fn compile(&self, compiler: &mut Compiler<'_>) -> Box<dyn Step> {
        let label = self.label.as_ref().and_then(|label| {
            let text = label.as_text();
            if text.is_none() {
                let message = format!("The label {label} is not a constant text.");
                let hint = "Results are grouped by their label, so it must be the same each time.".to_owned();
                compiler.error("dynamic-label", message, Some(hint));
            }
            text.map(str::to_owned)
        });
        Box::new(Record { key: compiler.formula(&self.key), value: compiler.formula(&self.value), label })
    }
}

#[derive(Debug)]
struct Record {
    key: Formula,
    value: Formula,
    label: Option<String>,
}

impl Step for Record {
    fn run(&self, run: &mut Run<'_>) -> Next {
        let key = run.text(&self.key);
        if let Some(value) = run.lasting_value(&self.value) {
            run.effect(Effect::WriteResult { key, value, label: self.label.clone() });
        }
        Next::Continue
    }
}
