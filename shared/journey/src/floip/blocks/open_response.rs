//! `MobilePrimitives.OpenResponse`: a question with a free answer. A question for a number or a photo is one too.

use expression::{BinaryOperator, Expr, ExprKind, Span};

use super::super::export::{CardWriter, Draft};
use super::super::formulas::{binary, call, expression, reference};
use super::super::import::CardReader;
use super::{Exits, prompt};
use crate::statements::{Action, Ask, Then};

const LIMIT: &str = "max_response_characters";

pub(super) fn export<'a>(ask: &'a Ask, card: &mut CardWriter<'_, 'a>) {
    let mut draft = Draft::new("MobilePrimitives.OpenResponse", "ask");
    draft.name.clone_from(&ask.variable);
    // A number as a number, anything else as an expression.
    let limit = ask.limit.as_ref().map(|limit| match limit.kind {
        ExprKind::Int(limit) => limit.into(),
        _ => serde_json::Value::from(expression(limit)),
    });
    prompt::question(ask.question.as_ref(), &ask.content, draft.with(LIMIT, limit), card);
}

pub(super) fn import(card: &mut CardReader<'_, '_>) -> Exits {
    let (mut question, mut content) = prompt::read_question(card);
    let mut limit = card.expression(LIMIT);
    if limit.is_some() && question.is_none() {
        // A limit stands behind the question, which goes out before what is shown with it.
        question = prompt::take_text(&mut content);
    }
    if question.is_none() && limit.take().is_some() {
        card.tell("Nothing is asked with a text, so the limit of the answer was left out.".to_owned());
    }
    let variable = card.variable();
    card.push(Action::Ask(Ask { variable, question, limit, content }));
    Exits::Open
}

/// A question for a number asks again until there is one, within its bounds.
pub(super) fn import_number(card: &mut CardReader<'_, '_>) -> Exits {
    let (question, content) = prompt::read_question(card);
    let variable = card.needed_variable();
    let number = || reference(&variable);
    let has_number = call("isnumber", vec![number()]);
    let mut wrong = Expr::new(ExprKind::Not(Box::new(has_number)), Span::default());
    for (key, operator) in
        [("validation_minimum", BinaryOperator::Less), ("validation_maximum", BinaryOperator::Greater)]
    {
        if let Some(bound) = card.expression(key) {
            let beyond = binary(number(), operator, (*bound).clone());
            wrong = binary(wrong, BinaryOperator::Or, beyond);
        }
    }
    let again = card.own_card();
    card.push(Action::Ask(Ask { variable: Some(variable.clone()), question, limit: None, content }));
    card.push(Action::Then(Then { card: again, guard: Some(wrong.into()) }));
    Exits::Open
}
