//! What a journey records: the keys of its results, what people call them, and what kind of answer each is.

use std::collections::HashMap;

use expression::ExprKind;

use crate::floip::formulas::template;
use crate::model::{Formula, Journey, Words};
use crate::statements::choices::snake_case;
use crate::statements::{Action, Ask, Choices, Statement};

/// A result that a journey records, by `write_result` or an experiment. One whose key is computed cannot be foretold and is
/// not among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its key.
    pub key: String,
    /// What people call it.
    pub label: String,
    /// What it holds.
    pub kind: Recording,
}

/// What a result holds, as far as the journey tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recording {
    /// One of these values.
    Choice(Vec<String>),
    /// A number.
    Number,
    /// A place.
    Place,
    /// A text.
    Text,
    /// Whatever was answered or worked out.
    Open,
}

/// The results of a journey in all of the given revisions, each key once, in the order of the notebooks. What the first
/// one calls it counts; what several hold differently is open.
#[must_use]
pub fn results<'j>(revisions: impl IntoIterator<Item = &'j Journey>) -> Vec<Recorded> {
    let mut found = Vec::new();
    for journey in revisions {
        collect(journey, &mut found);
    }
    found
}

fn collect(journey: &Journey, found: &mut Vec<Recorded>) {
    let answers = answers(journey);
    for statement in journey.cards().flat_map(|card| &card.statements) {
        let recorded = match &statement.action {
            Action::WriteResult(result) => {
                let Some(key) = result.key.as_text() else { continue };
                let answer = variable(&result.value).and_then(|name| answers.get(&name));
                let label = result.label.as_ref().and_then(|label| label.as_text());
                let label = label.or(answer.and_then(|answer| answer.question.as_deref())).unwrap_or(key);
                let kind = answer.map_or_else(|| kind_of(&result.value), |answer| answer.kind.clone());
                Recorded { key: key.to_owned(), label: label.to_owned(), kind }
            }
            Action::Experiment(experiment) => {
                let Some(name) = experiment.name.as_text() else { continue };
                let arms = experiment.arms.iter().map(|(card, _)| card.clone()).collect();
                Recorded { key: name.trim().to_owned(), label: name.to_owned(), kind: Recording::Choice(arms) }
            }
            _ => continue,
        };
        match found.iter_mut().find(|known| known.key == recorded.key) {
            Some(known) => known.join(recorded),
            None => found.push(recorded),
        }
    }
}

impl Recorded {
    /// The same key once more: both kinds of answers may come.
    fn join(&mut self, other: Self) {
        if self.label == self.key {
            self.label = other.label;
        }
        self.kind = match (std::mem::replace(&mut self.kind, Recording::Open), other.kind) {
            (Recording::Choice(mut choices), Recording::Choice(more)) => {
                choices.extend(more.into_iter().filter(|choice| !choices.contains(choice)).collect::<Vec<_>>());
                Recording::Choice(choices)
            }
            (one, other) if one == other => one,
            _ => Recording::Open,
        };
    }
}

/// What was asked, and what answers it.
struct Asked {
    question: Option<String>,
    kind: Recording,
}

/// What each variable keeps; a variable that keeps several things keeps whatever was answered.
fn answers(journey: &Journey) -> HashMap<String, Asked> {
    let mut answers: HashMap<String, Asked> = HashMap::new();
    for statement in journey.cards().flat_map(|card| &card.statements) {
        let (variable, question, kind) = match &statement.action {
            Action::Buttons(buttons) => (buttons.variable.as_ref(), said(&buttons.content), chosen(&buttons.choices)),
            Action::List(list) => (list.variable.as_ref(), said(&list.content), chosen(&list.choices)),
            Action::Ask(Ask { variable, question, content, .. }) => {
                (variable.as_ref(), question.as_ref().map(plain).or_else(|| said(content)), Recording::Open)
            }
            Action::RequestLocation(request) => {
                let question = request.question.as_ref().map(plain).or_else(|| said(&request.content));
                (request.variable.as_ref(), question, Recording::Place)
            }
            Action::Assign(assign) => (Some(&assign.variable), None, kind_of(&assign.value)),
            _ => continue,
        };
        let Some(variable) = variable else { continue };
        let asked = Asked { question, kind };
        answers
            .entry(variable.to_lowercase())
            .and_modify(|known| {
                if known.kind != asked.kind {
                    known.kind = Recording::Open;
                }
            })
            .or_insert(asked);
    }
    answers
}

/// The values of what can be chosen; computed ones are not known.
fn chosen(choices: &Choices) -> Recording {
    match choices {
        Choices::Cards(cards) => Recording::Choice(cards.iter().map(|card| snake_case(card)).collect()),
        Choices::Labelled(labels) => Recording::Choice(labels.iter().map(|(card, _)| snake_case(card)).collect()),
        Choices::Values(values) => {
            let texts: Option<Vec<_>> = values.iter().map(|value| value.text.as_text().map(str::to_owned)).collect();
            texts.map_or(Recording::Text, Recording::Choice)
        }
        Choices::Dynamic { .. } => Recording::Text,
    }
}

/// What an expression gives, when that can be seen.
fn kind_of(value: &Formula) -> Recording {
    match &value.kind {
        ExprKind::Int(_) | ExprKind::Float(_) => Recording::Number,
        ExprKind::Text(_) => Recording::Text,
        _ => Recording::Open,
    }
}

/// The variable that a value is: `age`, or `"@age"`.
fn variable(value: &Formula) -> Option<String> {
    let name = match &value.kind {
        ExprKind::Interpolated(template) => template.source().strip_prefix('@')?.to_owned(),
        _ => value.as_name()?.to_owned(),
    };
    Some(name.to_lowercase())
}

/// The first text that is shown.
fn said(content: &[Statement]) -> Option<String> {
    content.iter().find_map(|statement| match &statement.action {
        Action::Text(text) => Some(plain(&text.body)),
        _ => None,
    })
}

/// A text as its author wrote it, in the journey's own language.
fn plain(words: &Words) -> String {
    template(&words.text)
}
