//! `update_contact(name: "@name", age: age)`: sets profile fields of the contact.
//!
//! - Later statements see the new values. `nil` unsets a field. A value that cannot be computed changes nothing.
//! - What `has_date(…)`, `has_number(…)`, `has_phone(…)` and the like found is stored as such: `update_contact(due: has_date(answer))`
//!   stores `2025-09-25`.
//! - A field has 32 KB at most, a profile 256 KB.

use serde::{Deserialize, Serialize};

use super::Kind;
use crate::compiler::Compiler;
use crate::engine::{Effect, Next, Run, Step};
use crate::model::Formula;
use crate::notation::call::Call;
use crate::notation::printer::{Argument, Printer};
use crate::problem::Problem;

/// Sets profile fields; later statements see the new values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UpdateContact {
    /// The fields and their values, in order.
    pub fields: Vec<(String, Formula)>,
}

impl UpdateContact {
    pub(super) fn read(call: &mut Call) -> Result<Self, Problem> {
        let fields = call.take_named();
        if fields.is_empty() && call.positional() == 0 {
            let message = "`update_contact` changes nothing.";
            return Err(Problem::fault("missing-argument", call.position, message).expected("`field: value`"));
        }
        Ok(Self { fields })
    }
}

impl Kind for UpdateContact {
    fn print(&self, printer: &mut Printer) {
        let arguments: Vec<_> = self.fields.iter().map(|(name, value)| Argument::named(name, value)).collect();
        printer.call(None, "update_contact", &arguments, &[]);
    }

    fn compile(&self, compiler: &mut Compiler<'_>) -> Box<dyn Step> {
        self.fields.iter().for_each(|(name, _)| compiler.knows(name));
        let fields = self.fields.iter().map(|(name, value)| (name.clone(), compiler.formula(value)));
        Box::new(SetFields(fields.collect()))
    }
}

#[derive(Debug)]
struct SetFields(Vec<(String, Formula)>);

impl Step for SetFields {
    fn run(&self, run: &mut Run<'_>) -> Next {
        for (name, value) in &self.0 {
            // A value that cannot be computed or stored must not erase what is known.
            if let Some(value) = run.lasting_value(value) {
                run.set_field(name, &value);
                run.effect(Effect::SetField { name: name.clone(), value });
            }
        }
        Next::Continue
    }
}
