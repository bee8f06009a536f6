//! An expression on its own: evaluated, and its value dropped. Real journeys use it to provoke an error on purpose.

use expression::{BinaryOperator, ExprKind};
use serde::{Deserialize, Serialize};

use super::Kind;
use crate::compiler::Compiler;
use crate::engine::{Next, Run, Step};
use crate::model::Formula;
use crate::notation::printer::Printer;

/// Evaluates an expression and drops its value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluate {
    /// The expression.
    pub expression: Formula,
}

impl Kind for Evaluate {
    fn print(&self, printer: &mut Printer) {
        printer.value_line("", &self.expression, "");
    }

    fn compile(&self, compiler: &mut Compiler<'_>) -> Box<dyn Step> {
        // A comparison has a check of its own.
        if !matches!(self.expression.kind, ExprKind::Binary { operator: BinaryOperator::Equal, .. }) {
            let hint = "Keep it in a variable: `name = …`.".to_owned();
            compiler.warning("unused-value", "The value of this expression is not used.".to_owned(), Some(hint));
        }
        Box::new(Drop(compiler.formula(&self.expression)))
    }
}

#[derive(Debug)]
struct Drop(Formula);

impl Step for Drop {
    fn run(&self, run: &mut Run<'_>) -> Next {
        run.value(&self.0);
        Next::Continue
    }
}
