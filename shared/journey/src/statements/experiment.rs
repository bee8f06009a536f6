//! `experiment("greeting", Short: 50, Long: 50)`: leads each contact to one of several cards, by chance and for good.
//!
//! - The numbers are weights; `experiment("greeting", [Short, Long])` has equal ones. The same contact always goes the same way, as
//!   long as name and weights stay. Which way it was is a result, under the name of the experiment.

use std::sync::Arc;

use expression::{Expr, ExprKind, Span, Value};
use serde::{Deserialize, Serialize};

use super::Kind;
use crate::compiler::{CardRef, Compiler};
use crate::engine::{Effect, Next, Run, Step};
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
    /// The cards and their weights, whole numbers. Also read: `[Short, Long]`, which gives all the same, and pairs,
    /// `[[Short, 50], [Long, 50]]`.
    pub arms: Vec<(String, Formula)>,
}

impl Experiment {
    pub(super) fn read(call: &mut Call) -> Result<Self, Problem> {
        let variable = call.take_variable();
        let name = call.required("the name of the experiment")?;
        let arms = match call.next() {
            None => call.take_named(),
            Some(list) => listed(&list).ok_or_else(|| {
                let message = "The ways of the experiment are not cards.";
                let expected = "`CardA: 50, CardB: 50`, or `[CardA, CardB]`";
                Problem::fault("bad-argument", call.position, message).expected(expected)
            })?,
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
        let name = self.name.as_text().unwrap_or_default().trim();
        if name.is_empty() {
            let message = format!("The name {} is not a constant text.", self.name);
            let hint = "Results are grouped by it, and each contact goes the same way by it.".to_owned();
            compiler.error("dynamic-name", message, Some(hint));
        }
        let arms: Vec<Arm> = self.arms.iter().filter_map(|(card, weight)| arm(card, weight, compiler)).collect();
        if arms.iter().filter(|arm| arm.weight > 0).count() < 2 && arms.len() == self.arms.len() {
            let hint = "Name two cards or more with a weight: `CardA: 50, CardB: 50`.".to_owned();
            compiler.error("one-way", "This experiment has less than two ways.".to_owned(), Some(hint));
        }
        Box::new(Draw { variable: compiler.variable(self.variable.as_deref()), name: name.into(), arms })
    }

    fn leads_to(&self) -> Vec<&str> {
        self.arms.iter().map(|(card, _)| card.as_str()).collect()
    }
}

/// The ways as a list: cards, or pairs of a card and its weight.
fn listed(list: &Formula) -> Option<Vec<(String, Formula)>> {
    let ExprKind::List(items) = &list.kind else { return None };
    let one: Formula = Expr::new(ExprKind::Int(1), Span::default()).into();
    let way = |item: &Expr| match &item.kind {
        ExprKind::Name(card) => Some((card.as_str().to_owned(), one.clone())),
        ExprKind::List(pair) => match pair.as_slice() {
            [Expr { kind: ExprKind::Name(card), .. }, weight] => {
                Some((card.as_str().to_owned(), weight.clone().into()))
            }
            _ => None,
        },
        _ => None,
    };
    items.iter().map(way).collect()
}

fn arm(card: &str, weight: &Formula, compiler: &mut Compiler<'_>) -> Option<Arm> {
    let number = match weight.kind {
        ExprKind::Int(number) => u32::try_from(number).ok(),
        _ => None,
    };
    if number.is_none() {
        let hint = "Write a whole number; what counts is its part of the sum.".to_owned();
        compiler.error("bad-weight", format!("The weight of `{card}` is `{weight}`."), Some(hint));
    }
    Some(Arm { name: card.into(), card: compiler.card(card), weight: number? })
}

#[derive(Debug)]
struct Draw {
    variable: Option<String>,
    name: Arc<str>,
    arms: Vec<Arm>,
}

#[derive(Debug)]
struct Arm {
    name: Arc<str>,
    card: CardRef,
    weight: u32,
}

impl Step for Draw {
    fn run(&self, run: &mut Run<'_>) -> Next {
        let total: u64 = self.arms.iter().map(|arm| u64::from(arm.weight)).sum();
        let mut lot = run.lot(&self.name) % total.max(1);
        let drawn = self.arms.iter().find(|arm| {
            let is_drawn = lot < u64::from(arm.weight);
            lot = lot.saturating_sub(u64::from(arm.weight));
            is_drawn
        });
        let Some(arm) = drawn else { return Next::Continue };
        run.note_experiment(&self.name, &arm.name);
        let (key, value) = (self.name.to_string(), Value::from(&*arm.name));
        run.keep(self.variable.as_deref(), value.clone());
        run.effect(Effect::WriteResult { key, value, label: Some(format!("Experiment: {}", self.name)) });
        Next::Card(arm.card)
    }
}
