//! What a person can choose from, as `buttons`, `list` and template buttons write it.

use expression::{Expr, ExprKind, Span, Value};
use serde::{Deserialize, Serialize};

use crate::compiler::{CardRef, Compiler};
use crate::engine::{Chosen, Next, Offer, Run};
use crate::model::{Formula, Words};
use crate::notation::call::Call;
use crate::notation::printer::Argument;
use crate::problem::Problem;

/// The forms in which choices are written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choices {
    /// `[CardA, CardB]`: each leads to a card and is called by the card's label, or its name.
    Cards(Vec<String>),
    /// `CardA: "@label", CardB: "…"`: each leads to a card.
    Labelled(Vec<(String, Words)>),
    /// `["Yes", "No"]`: the chosen text is the value, in whatever language it was shown the first one; the card goes on.
    Values(Vec<Words>),
    /// `Card, items`: a list computed when it is shown. An item is a text or `[id, title]` or `[id, title, description]`;
    /// the id of the chosen one is the value. Leads to the card, if one is given.
    Dynamic {
        /// Where every item leads.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        card: Option<String>,
        /// The expression that gives the items.
        items: Formula,
    },
}

impl Choices {
    /// Reads the arguments that are left of a call.
    pub(crate) fn read(call: &mut Call) -> Result<Self, Problem> {
        if call.positional() == 0 && call.has_named() {
            let labels = call.take_named().into_iter();
            return Ok(Self::Labelled(labels.map(|(card, label)| (card, Words::of(label))).collect()));
        }
        let first = call.required("something to choose from")?;
        match call.next() {
            Some(items) => match first.as_name() {
                Some(card) => Ok(Self::Dynamic { card: Some(card.to_owned()), items }),
                None => {
                    Err(Problem::fault("bad-argument", call.position, format!("`{first}` is not the name of a card."))
                        .expected("the card that every item leads to"))
                }
            },
            None => Ok(Self::of(first)),
        }
    }

    /// The form of a single argument.
    pub(crate) fn of(formula: Formula) -> Self {
        let ExprKind::List(items) = &formula.kind else {
            return Self::Dynamic { card: None, items: formula };
        };
        let name = |item: &Expr| match &item.kind {
            ExprKind::Name(name) => Some(name.as_str().to_owned()),
            _ => None,
        };
        let cards: Option<Vec<String>> = items.iter().map(name).collect();
        match cards {
            Some(cards) if !cards.is_empty() => Self::Cards(cards),
            _ => Self::Values(items.iter().cloned().map(|item| Words::of(item.into())).collect()),
        }
    }

    /// The arguments as they are written.
    pub(crate) fn arguments(&self) -> Vec<Argument> {
        match self {
            Self::Cards(_) => vec![Argument::raw(self.as_list())],
            Self::Values(values) => {
                let items = values.iter().map(|value| (*value.to_formula()).clone()).collect();
                vec![Argument::value(&Expr::new(ExprKind::List(items), Span::default()).into())]
            }
            Self::Labelled(labels) => {
                labels.iter().map(|(card, label)| Argument::named(card, &label.to_formula())).collect()
            }
            Self::Dynamic { card, items } => {
                let card = card.iter().map(Argument::raw);
                card.chain([Argument::value(items)]).collect()
            }
        }
    }

    /// The choices as one value, for `buttons: [...]`.
    pub(crate) fn as_list(&self) -> String {
        let join = |items: Vec<String>| format!("[{}]", items.join(", "));
        match self {
            Self::Cards(cards) => join(cards.clone()),
            Self::Values(values) => join(values.iter().map(|value| value.to_formula().to_string()).collect()),
            Self::Labelled(labels) => {
                join(labels.iter().map(|(card, label)| format!("{card}: {}", label.to_formula())).collect())
            }
            Self::Dynamic { items, .. } => items.to_string(),
        }
    }

    /// The names of the cards they lead to.
    pub(crate) fn cards(&self) -> Vec<&str> {
        match self {
            Self::Cards(cards) => cards.iter().map(String::as_str).collect(),
            Self::Labelled(labels) => labels.iter().map(|(card, _)| card.as_str()).collect(),
            Self::Values(_) => Vec::new(),
            Self::Dynamic { card, .. } => card.iter().map(String::as_str).collect(),
        }
    }

    /// Checks the choices. `titles`: the longest title WhatsApp shows there.
    pub(crate) fn compile(&self, compiler: &mut Compiler<'_>, limits: Limits) -> Menu {
        let mut seen = Vec::new();
        let mut title = |compiler: &mut Compiler<'_>, label: &Words| {
            compiler.words(label);
            compiler.check_title(label, limits.title);
            if let Some(text) = label.text.as_text() {
                let text = text.trim();
                if seen.iter().any(|other: &String| other.eq_ignore_ascii_case(text)) {
                    let hint = "WhatsApp refuses messages with two equal titles; a number is added to the second.";
                    let message = format!("Two choices are called `{text}`.");
                    compiler.warning("equal-titles", message, Some(hint.to_owned()));
                }
                seen.push(text.to_owned());
            }
        };
        let menu = match self {
            Self::Cards(cards) => Menu::Fixed(
                cards
                    .iter()
                    .map(|card| {
                        let label = compiler.label_of(card);
                        title(compiler, &label);
                        Fixed { value: Some(snake_case(card)), label, card: Some(compiler.card(card)) }
                    })
                    .collect(),
            ),
            Self::Labelled(labels) => Menu::Fixed(
                labels
                    .iter()
                    .map(|(card, label)| {
                        title(compiler, label);
                        Fixed { value: Some(snake_case(card)), label: label.clone(), card: Some(compiler.card(card)) }
                    })
                    .collect(),
            ),
            Self::Values(values) => Menu::Fixed(
                values
                    .iter()
                    .map(|label| {
                        title(compiler, label);
                        Fixed { value: None, label: label.clone(), card: None }
                    })
                    .collect(),
            ),
            Self::Dynamic { card, items } => {
                compiler.formula(items);
                Menu::Dynamic { card: card.as_ref().map(|card| compiler.card(card)), items: items.clone() }
            }
        };
        if let Menu::Fixed(choices) = &menu
            && (choices.is_empty() || choices.len() > limits.count)
        {
            let message = format!("There are {} choices.", choices.len());
            let hint = format!("WhatsApp shows 1 to {} here.", limits.count);
            compiler.fault("choice-count", message, Some(hint));
        }
        menu
    }
}

/// What WhatsApp can show.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// How many choices.
    pub(crate) count: usize,
    /// Characters of a title.
    pub(crate) title: usize,
}

/// Choices that are ready to be shown.
#[derive(Debug)]
pub(crate) enum Menu {
    Fixed(Vec<Fixed>),
    Dynamic { card: Option<CardRef>, items: Formula },
}

#[derive(Debug)]
pub(crate) struct Fixed {
    /// The value when it is chosen; the title when there is none.
    value: Option<String>,
    label: Words,
    card: Option<CardRef>,
}

impl Menu {
    /// What is offered at this moment, in order.
    pub(crate) fn offers(&self, run: &mut Run<'_>) -> Vec<Offer> {
        match self {
            Self::Fixed(choices) => choices
                .iter()
                .map(|choice| {
                    let title = run.words(&choice.label);
                    // What stands for the choice must be the same in every language.
                    let first = &choice.label.text;
                    let is_translated = choice.value.is_none() && !choice.label.languages.is_empty();
                    let value = Some(first).filter(|_| is_translated).map(|first| run.text(first));
                    Offer { value: value.filter(|value| *value != title).into(), title, description: None }
                })
                .collect(),
            Self::Dynamic { items, .. } => Offer::of(&run.value(items)),
        }
    }

    /// The value of a choice.
    pub(crate) fn value(&self, chosen: &Chosen) -> Value {
        let fixed = match self {
            Self::Fixed(choices) => choices.get(chosen.index).and_then(|choice| choice.value.as_deref()),
            Self::Dynamic { .. } => None,
        };
        let title = || Value::from(fixed.unwrap_or(&chosen.title));
        chosen.value.clone().unwrap_or_else(title)
    }

    /// Whether a choice leads to another card; otherwise it is only a value.
    pub(crate) fn leads_to_cards(&self) -> bool {
        match self {
            Self::Fixed(choices) => choices.iter().any(|choice| choice.card.is_some()),
            Self::Dynamic { card, .. } => card.is_some(),
        }
    }

    /// What happens after a choice. One that leads nowhere lets the card go on.
    pub(crate) fn follow(&self, chosen: &Chosen) -> Next {
        let card = match self {
            Self::Fixed(choices) => choices.get(chosen.index).and_then(|choice| choice.card),
            Self::Dynamic { card, .. } => *card,
        };
        card.map_or(Next::Continue, Next::Card)
    }
}

/// `MultiselectResponseYes` -> `multiselect_response_yes`: the value of a choice that leads to a card.
pub(crate) fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    let mut after_lower = false;
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        let before_lower = letters.peek().is_some_and(|next| next.is_lowercase());
        if letter.is_uppercase() && !snake.is_empty() && !snake.ends_with('_') && (after_lower || before_lower) {
            snake.push('_');
        }
        after_lower = letter.is_lowercase() || letter.is_ascii_digit();
        snake.extend(letter.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_choices_that_lead_to_cards() {
        for (name, value) in [
            ("Exit", "exit"),
            ("FetchContentSet", "fetch_content_set"),
            ("RTOTechSupport", "rto_tech_support"),
            ("HANDOVER_HOLD_81536c", "handover_hold_81536c"),
            ("yes", "yes"),
        ] {
            assert_eq!(snake_case(name), value);
        }
    }
}
