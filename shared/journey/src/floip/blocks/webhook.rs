//! `Io.Turn.Webhook`: a web service.

use expression::{Expr, ExprKind, Span};
use serde_json::{Value, json};

use super::super::export::{CardWriter, Draft};
use super::super::formulas::{expression, from_expression, template};
use super::super::import::CardReader;
use super::Exits;
use crate::engine::{DEFAULT_CACHE_TTL_MS, DEFAULT_TIMEOUT_MS, Method};
use crate::model::Formula;
use crate::statements::{Action, Http};

pub(super) const KIND: &str = "Io.Turn.Webhook";

/// What a web service is asked with when the journey does not say.
const TIMEOUT: u32 = DEFAULT_TIMEOUT_MS;
const CACHE_TTL: u32 = DEFAULT_CACHE_TTL_MS;
const MODE: &str = "sync";

pub(super) fn export(http: &Http, card: &mut CardWriter<'_, '_>) {
    let mut draft = Draft::new(KIND, "webhook");
    draft.name = http.variable.clone().or_else(|| Some(card.name("webhook")));
    let draft = draft
        .with("method", http.method.name())
        .with("url", template(&http.url))
        .with("query", http.query.as_ref().map_or_else(|| json!([]), pairs))
        .with("headers", http.headers.as_ref().map_or_else(|| json!([]), pairs))
        .with("body", http.body.as_ref().map(template))
        .with("timeout", number(http.timeout.as_ref(), TIMEOUT))
        .with("cache_ttl", number(http.cache_ttl.as_ref(), CACHE_TTL))
        .with("mode", http.mode.as_ref().map_or_else(|| MODE.to_owned(), template));
    card.push(draft);
}

/// Pairs of texts as they are; what is computed as an expression.
fn pairs(formula: &Formula) -> Value {
    let pair = |expr: &Expr| match &expr.kind {
        ExprKind::List(items) => match items.as_slice() {
            [key, value] => Some(json!([template(&key.clone().into()), template(&value.clone().into())])),
            _ => None,
        },
        _ => None,
    };
    let literal = match &formula.kind {
        ExprKind::List(items) => items.iter().map(pair).collect::<Option<Vec<Value>>>(),
        _ => None,
    };
    literal.map_or_else(|| expression(formula).into(), Value::Array)
}

fn number(formula: Option<&Formula>, standard: u32) -> Value {
    match formula.map(|formula| (&formula.kind, formula)) {
        None => standard.into(),
        Some((ExprKind::Int(number), _)) => (*number).into(),
        Some((_, formula)) => expression(formula).into(),
    }
}

pub(super) fn import(card: &mut CardReader<'_, '_>) -> Exits {
    let method = card.text("method").unwrap_or("GET");
    let method = Method::ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(method));
    let (Some(method), Some(url)) = (method, card.template("url")) else {
        card.not_imported();
        return Exits::Open;
    };
    let is_given = |key: &str, standard: Value, card: &CardReader<'_, '_>| {
        card.config(key).is_some_and(|value| *value != standard)
    };
    let [query, headers] = ["query", "headers"].map(|key| match card.config(key) {
        Some(Value::Array(pairs)) if !pairs.is_empty() => Some(read_pairs(pairs, card)),
        Some(Value::Object(members)) if !members.is_empty() => {
            let pairs: Vec<Value> = members.iter().map(|(key, value)| json!([key, value])).collect();
            Some(read_pairs(&pairs, card))
        }
        Some(Value::String(source)) => from_expression(source).ok().map(|value| card.rewritten(value)),
        _ => None,
    });
    let body = card.template("body");
    let timeout = if is_given("timeout", TIMEOUT.into(), card) { card.expression("timeout") } else { None };
    let cache_ttl = if is_given("cache_ttl", CACHE_TTL.into(), card) { card.expression("cache_ttl") } else { None };
    let mode = if is_given("mode", MODE.into(), card) { card.template("mode") } else { None };
    let variable = card.variable();
    card.push(Action::Http(Http { variable, method, url, query, headers, body, timeout, cache_ttl, mode }));
    Exits::Open
}

fn read_pairs(pairs: &[Value], card: &mut CardReader<'_, '_>) -> Formula {
    let mut list = |values: &[Value]| {
        let items = values.iter().map(|value| (*card.value(value)).clone()).collect();
        Expr::new(ExprKind::List(items), Span::default())
    };
    let items = pairs.iter().filter_map(Value::as_array).map(|pair| list(pair)).collect();
    Expr::new(ExprKind::List(items), Span::default()).into()
}
