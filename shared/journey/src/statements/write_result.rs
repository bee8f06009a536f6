//! `write_result("age", age, label: "Age")`: records a result of the journey.
//!
//! - Results are read as [Flow Results](https://floip.gitbook.io/flow-results-specification), one package a journey. `label:` is
//!   what people call it, best a constant text: results are grouped by what it says. A result has 32 KB at most.
//! - What `has_date(…)`, `has_number(…)` and the like found is written as such: `2025-09-25`.

use serde::{Deserialize, Serialize};

use super::Kind;
use crate::compiler::Compiler;
use crate::engine::{Effect, Next, Run, Step, limits};
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
    /// `label:`, what people call it; best a constant text.
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
        if let Some(label) = self.label.as_ref().filter(|label| label.as_text().is_none()) {
            let message = format!("The label {label} is not a constant text.");
            let hint = "Results are grouped by what it says: each text it becomes is a group of its own.".to_owned();
            compiler.hint("dynamic-label", message, Some(hint));
        }
        let label = self.label.as_ref().map(|label| compiler.formula(label));
        Box::new(Record { key: compiler.formula(&self.key), value: compiler.formula(&self.value), label })
    }
}

#[derive(Debug)]
struct Record {
    key: Formula,
    value: Formula,
    label: Option<Formula>,
}

impl Step for Record {
    fn run(&self, run: &mut Run<'_>) -> Next {
        let key = run.text(&self.key);
        if let Some(value) = run.lasting_value(&self.value) {
            let label = self.label.as_ref().map(|label| limits::abridge(run.text(label)));
            let label = label.filter(|label| !label.trim().is_empty());
            run.effect(Effect::WriteResult { key, value, label });
        }
        Next::Continue
    }
}
