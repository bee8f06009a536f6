//! `MobilePrimitives.SelectOneResponse`: buttons and lists; computed ones are `Io.Turn.DynamicSelectOneResponse`.

use serde_json::{Value, json};

use super::super::container::{Block, Exit};
use super::super::export::{CardWriter, Draft};
use super::super::formulas::{call, expression, literal, reference, template};
use super::super::import::{CardReader, by_choice};
use super::super::resources::Shown;
use super::{Exits, prompt};
use crate::engine::limits;
use crate::model::{Formula, Words};
use crate::statements::choices::snake_case;
use crate::statements::content::Headers;
use crate::statements::{Action, Assign, Buttons, Choices, List, Statement};

pub(super) const DYNAMIC: &str = "Io.Turn.DynamicSelectOneResponse";

/// What opens a list that came without a text for it.
const MORE: &str = "☰";

pub(super) fn buttons<'a>(buttons: &'a Buttons, card: &mut CardWriter<'_, 'a>) {
    select(buttons.variable.as_ref(), &buttons.choices, &buttons.content, None, card);
}

pub(super) fn list<'a>(list: &'a List, card: &mut CardWriter<'_, 'a>) {
    select(list.variable.as_ref(), &list.choices, &list.content, Some(&list.call_to_action), card);
}

fn select<'a>(
    variable: Option<&String>,
    choices: &'a Choices,
    content: &'a [Statement],
    opens: Option<&'a Words>,
    card: &mut CardWriter<'_, 'a>,
) {
    let item = |fixed, list| if opens.is_some() { list } else { fixed };
    let mut draft = match choices {
        Choices::Dynamic { card: to, items } => Draft::new(DYNAMIC, item("dynamic_button", "dynamic_list"))
            .with("choices", json!([]))
            .with("choice_expression", expression(items))
            .with("destination_block", to.as_ref().and_then(|to| card.destination(to))),
        _ => Draft::new("MobilePrimitives.SelectOneResponse", item("button_block", "list_block")),
    };
    draft.name = variable.cloned();
    let ways: Vec<(Option<&str>, Words)> = match choices {
        Choices::Cards(cards) => cards.iter().map(|to| (Some(to.as_str()), card.label(to))).collect(),
        Choices::Labelled(labels) => labels.iter().map(|(to, label)| (Some(to.as_str()), label.clone())).collect(),
        Choices::Values(values) => values.iter().map(|value| (None, value.clone())).collect(),
        Choices::Dynamic { .. } => Vec::new(),
    };
    let mut written = Vec::new();
    for (to, label) in &ways {
        let name = to.map_or_else(|| template(&label.text), snake_case);
        let prompt = card.show(&Shown { media: Vec::new(), texts: vec![label] });
        let test = format!("block.response == {}", literal(&template(&label.text)));
        written.push(json!({ "name": name, "prompt": prompt, "test": test }));
        if let Some(to) = to {
            let destination = card.destination(to);
            draft = draft.exit(name.clone(), format!("block.value == {}", literal(&name)), None, destination);
        }
    }
    if !matches!(choices, Choices::Dynamic { .. }) {
        draft = draft.with("choices", written);
    }
    let headers = if opens.is_some() { Headers::Text } else { Headers::Any };
    prompt::body(None, content, headers, opens, draft, card);
}

/// A choice as a flow writes it.
struct Choice<'b> {
    name: String,
    title: Words,
    exit: Option<&'b Exit>,
}

pub(super) fn import(block: &Block, card: &mut CardReader<'_, '_>) -> Exits {
    let (content, opens) = prompt::read(card);
    let choices = read_choices(block, card);
    if choices.is_empty() {
        card.tell("There is nothing to choose from.".to_owned());
        card.not_imported();
        return Exits::Open;
    }
    let opens = opens.or_else(|| (choices.len() > limits::BUTTONS).then(|| Formula::text(MORE).into()));
    let (variable, renamed, menu) = if choices.iter().all(|choice| choice.exit.is_none()) {
        let (variable, renamed) = renames(&choices, card);
        (variable, renamed, Choices::Values(choices.into_iter().map(|choice| choice.title).collect()))
    } else {
        let variable = card.variable();
        let ways = choices.into_iter().map(|choice| {
            let to = card.way(&choice.name, choice.exit, variable.as_deref());
            (to, choice.title)
        });
        let ways = ways.collect();
        (variable, None, Choices::Labelled(ways))
    };
    push(variable, menu, content, opens, card);
    if let Some(renamed) = renamed {
        card.push(renamed);
    }
    card.follow_others();
    Exits::Done
}

/// Several answers: only one can be chosen here.
pub(super) fn import_many(block: &Block, card: &mut CardReader<'_, '_>) -> Exits {
    card.tell("Several answers could be chosen here; now it is one.".to_owned());
    import(block, card)
}

pub(super) fn import_dynamic(card: &mut CardReader<'_, '_>) -> Exits {
    let (content, opens) = prompt::read(card);
    let Some(items) = card.expression("choice_expression") else {
        card.not_imported();
        return Exits::Open;
    };
    let to = card.text("destination_block").map(str::to_owned);
    let to = to.and_then(|to| card.card_of(&to));
    let variable = card.variable();
    push(variable, Choices::Dynamic { card: to, items }, content, opens, card);
    Exits::Open
}

fn push(
    variable: Option<String>,
    choices: Choices,
    content: Vec<Statement>,
    opens: Option<Words>,
    card: &mut CardReader<'_, '_>,
) {
    card.push(match opens {
        Some(call_to_action) => Action::List(List { variable, call_to_action, choices, content }),
        None => Action::Buttons(Buttons { variable, choices, content }),
    });
}

/// The choices: a list of them, or a map from names to prompts.
fn read_choices<'b>(block: &'b Block, card: &mut CardReader<'_, '_>) -> Vec<Choice<'b>> {
    let written: Vec<(String, &Value)> = match card.config("choices") {
        Some(Value::Array(choices)) => choices
            .iter()
            .map(|choice| (choice.get("name").and_then(Value::as_str).unwrap_or_default().to_owned(), choice))
            .collect(),
        Some(Value::Object(choices)) => choices.iter().map(|(name, choice)| (name.clone(), choice)).collect(),
        _ => Vec::new(),
    };
    let exits = by_choice(block);
    let read = |(name, choice): (String, &Value)| {
        let prompt = choice.as_str().or_else(|| choice.get("prompt")?.as_str()).unwrap_or_default();
        let title = card.shown_at(prompt).text().unwrap_or_else(|| Formula::text(&name).into());
        let exit = exits.get(&name).copied();
        Choice { name, title, exit }
    };
    written.into_iter().map(read).collect()
}

/// Choices that lead nowhere give a value. When that is not what they are called, it is put in its place afterwards.
fn renames(choices: &[Choice<'_>], card: &mut CardReader<'_, '_>) -> (Option<String>, Option<Action>) {
    let same = |choice: &Choice<'_>| choice.name.is_empty() || template(&choice.title.text) == choice.name;
    let Some(variable) = card.variable() else { return (None, None) };
    if choices.iter().all(same) {
        return (Some(variable), None);
    }
    let mut arguments = vec![reference(&variable)];
    for choice in choices {
        arguments.extend([(*choice.title.text).clone(), literal(&choice.name)]);
    }
    arguments.push(reference(&variable));
    let value = call("switch", arguments).into();
    (Some(variable.clone()), Some(Action::Assign(Assign { variable, value })))
}
