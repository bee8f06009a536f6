//! `experiment("greeting", Short: 50, Long: 50)`: leads each contact to one of several cards, by chance and for good.

use expression::{Expr, ExprKind, Span};
use serde::{Deserialize, Serialize};

use super::Kind;
use super::choices::Choices;
use crate::compiler::Compiler;
use crate::engine::{Nothing, Step};
use crate::model::Formula;
use crate::notation::call::Call;
use crate::notation::printer::{Argument, Printer};
use crate::problem::Problem;

/// Leads to one of several cards. The same contact always goes the same way, as long as the name and the weights stay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Experiment {
    /// Keeps the name of the card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variable: Option<String>,
    /// The name of the experiment, and of the result it records; a constant text.
    pub name: Formula,
    /// The cards and their weights, whole numbers. `[Short, Long]` gives all the same.
    pub arms: Vec<(String, Formula)>,
}

impl Experiment {
    pub(super) fn read(call: &mut Call) -> Result<Self, Problem> {
        let variable = call.take_variable();
        let name = call.required("the name of the experiment")?;
        let arms = match call.next().map(Choices::of) {
            None => call.take_named(),
            Some(Choices::Cards(cards)) => {
                let same: Formula = Expr::new(ExprKind::Int(1), Span::default()).into();
                cards.into_iter().map(|card| (card, same.clone())).collect()
            }
            Some(_) => {
                let message = "The ways of the experiment are not cards.";
                let expected = "`CardA: 50, CardB: 50`, or `[CardA, CardB]`";
                return Err(Problem::error("bad-argument", call.position, message).expected(expected));
            }
        };
        Ok(Self { variable, name, arms })
    }
}

impl Kind for Experiment {
    fn print(&self, printer: &mut Printer) {
        let mut arguments = vec![Argument::value(&self.name)];
        arguments.extend(self.arms.iter().map(|(card, weight)| Argument::named(card, weight)));
        printer.call(self.variable.as_deref(), "experiment", &arguments, &[]);
    }

    fn compile(&self, compiler: &mut Compiler<'_>) -> Box<dyn Step> {
        compiler.not_yet("experiment");
        Box::new(Nothing)
    }
}
