//! `then(Card when condition)`: goes on at another card.
//!
//! - Without `when` it always does. What stands behind it runs only when the condition does not hold.
//! - `card A, then: B do … end` leads there from the end of the card.

use serde::{Deserialize, Serialize};

use super::Kind;
use crate::compiler::{CardRef, Compiler};
use crate::engine::{Next, Run, Step};
use crate::model::Formula;
use crate::notation::printer::Printer;

/// Goes on at another card, if the condition holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Then {
    /// Where to.
    pub card: String,
    /// The condition after `when`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guard: Option<Formula>,
}

impl Kind for Then {
    fn print(&self, printer: &mut Printer) {
        match &self.guard {
            Some(guard) => printer.value_line(&format!("then({} when ", self.card), guard, ")"),
            None => printer.line(&format!("then({})", self.card)),
        }
    }

    fn compile(&self, compiler: &mut Compiler<'_>) -> Box<dyn Step> {
        let guard = self.guard.as_ref().map(|guard| compiler.formula(guard));
        Box::new(Go { card: compiler.card(&self.card), guard })
    }

    fn leads_to(&self) -> Vec<&str> {
        vec![&self.card]
    }
}

#[derive(Debug)]
struct Go {
    card: CardRef,
    guard: Option<Formula>,
}

impl Step for Go {
    fn run(&self, run: &mut Run<'_>) -> Next {
        let holds = self.guard.as_ref().is_none_or(|guard| run.holds(guard));
        if holds { Next::Card(self.card) } else { Next::Continue }
    }
}
