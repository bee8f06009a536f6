//! `Org.Chasqui.Experiment`: leads to one of several cards by chance.

use serde_json::{Value, json};

use super::super::container::Block;
use super::super::export::{CardWriter, Draft};
use super::super::formulas::{from_expression, number, template};
use super::super::import::{CardReader, by_choice};
use super::Exits;
use crate::model::Formula;
use crate::statements::{Action, Experiment};

pub(super) const KIND: &str = "Org.Chasqui.Experiment";

pub(super) fn export(experiment: &Experiment, card: &mut CardWriter<'_, '_>) {
    let mut draft = Draft::new(KIND, "experiment").with("name", template(&experiment.name));
    draft.name.clone_from(&experiment.variable);
    let arm = |(name, weight): &(String, Formula)| json!({ "name": name, "weight": weight.to_string() });
    draft = draft.with("arms", experiment.arms.iter().map(arm).collect::<Vec<_>>());
    for (arm, _) in &experiment.arms {
        let destination = card.destination(arm);
        let test = format!("block.value == {}", Formula::text(arm));
        draft = draft.exit(arm.clone(), test, None, destination);
    }
    card.push(draft);
}

pub(super) fn import(block: &Block, card: &mut CardReader<'_, '_>) -> Exits {
    let name = card.template("name").unwrap_or_else(|| card.empty("name"));
    let arms = card.config("arms").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let exits = by_choice(block);
    let mut read = Vec::new();
    for arm in arms {
        let member = |key: &str| arm.get(key).and_then(Value::as_str).unwrap_or_default();
        // The arm is named after its card, in the results too.
        let to = card.arm(member("name"), exits.get(member("name")).copied());
        let weight = from_expression(member("weight"));
        read.push((to, weight.unwrap_or_else(|_| number(1))));
    }
    let variable = card.variable();
    card.push(Action::Experiment(Experiment { variable, name, arms: read }));
    Exits::Done
}
