//! The expressions of RapidPro in ours: other names of data, other names of functions.

use std::collections::BTreeSet;

use expression::{Arg, Expr, ExprKind, Name, Span, functions::find};
use indexmap::IndexSet;

use super::functions::{OTHERS, Said, translate};
use super::operators;
use crate::floip::formulas::{call, from_template, map, member, name, reference};
use crate::floip::names::of_variable;
use crate::model::Formula;

/// How the names of a flow are read.
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// The variables that keep what web services answered. `@webhook` is the last of them; they are few, as a rule it is the
    /// only one.
    pub(super) services: Vec<String>,
    /// The keys of what the workspace calls its globals.
    pub(super) globals: BTreeSet<String>,
    /// References, calls and expressions without a counterpart that were met, as they are written.
    pub(super) unknown: IndexSet<String>,
    /// What is said here in a way that is not quite the same.
    pub(super) changed: IndexSet<String>,
}

impl Scope {
    /// A template as a text or value.
    pub(super) fn read(&mut self, template: &str) -> Formula {
        let (template, unreadable) = operators::template(template);
        self.unknown.extend(unreadable);
        let formula = from_template(&template);
        map(&formula, &mut |expr| self.rewrite(expr)).into()
    }

    fn rewrite(&mut self, expr: &Expr) -> Option<Expr> {
        if let ExprKind::Call { name, arguments } = &expr.kind {
            return self.function(name.key(), arguments);
        }
        let path = path(expr)?;
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let path = path.strip_prefix(&["run"]).filter(|rest| rest.first() == Some(&"results")).unwrap_or(&path);
        let reads = match path {
            ["contact"] => of(&["contact", "name"]),
            ["contact", "first_name"] => call("first_word", vec![of(&["contact", "name"])]),
            ["contact", "name" | "language"] => expr.clone(),
            ["contact", "urn"] | ["urns", _] => of(&["contact", "whatsapp_id"]),
            ["contact", "fields", field] | ["fields", field] => of(&["contact", field]),
            ["globals", key] => {
                self.globals.insert((*key).to_owned());
                of(&["global", GLOBALS, key])
            }
            ["input"] | ["input", "text"] => of(&["event", "message", "text", "body"]),
            ["results", result] | ["results", result, "value" | "input" | "text"] => reference(&variable_of(result)),
            ["results", result, "category" | "category_localized"] => reference(&category_of(result)),
            ["results", result, "extra", rest @ ..] => of(&[&[variable_of(result).as_str(), "body"], rest].concat()),
            ["webhook", rest @ ..] if let Some(service) = self.services.last() => match rest {
                ["status"] => of(&[service, "status"]),
                ["json", rest @ ..] | rest => of(&[&[service.as_str(), "body"], rest].concat()),
            },
            [root, ..] if ROOTS.contains(root) => {
                self.unknown.insert(format!("@{expr}"));
                expr.clone()
            }
            _ => return None,
        };
        Some(reads)
    }

    fn function(&mut self, function: &str, arguments: &[Arg]) -> Option<Expr> {
        let mut arguments: Vec<Expr> =
            arguments.iter().map(|argument| map(&argument.value, &mut |expr| self.rewrite(expr))).collect();
        if let ("foreach", [_, each, ..]) = (function, arguments.as_slice())
            && let Some(function) = name(each).map(str::to_owned)
        {
            arguments = self.each(&function, arguments);
        }
        match translate(function, &arguments) {
            Some(Said::Same(expr)) => return Some(expr),
            Some(Said::Similar(expr, difference)) => {
                self.changed.insert(difference);
                return Some(expr);
            }
            None => {}
        }
        let called = call(function, arguments);
        let ExprKind::Call { arguments, .. } = &called.kind else { return None };
        let is_known = find(function).is_some_and(|known| known.arity().accepts(arguments.len()));
        if !is_known || OTHERS.contains(&function) {
            self.unknown.insert(format!("@{called}"));
        }
        Some(called)
    }

    /// `foreach(list, word, 0)`: the function of that name and its further arguments, as a function of one item.
    fn each(&mut self, function: &str, arguments: Vec<Expr>) -> Vec<Expr> {
        let mut arguments = arguments.into_iter();
        let list = arguments.next();
        let item = Expr::new(ExprKind::Capture(1), Span::default());
        let values = std::iter::once(item).chain(arguments.skip(1));
        let values: Vec<Arg> = values.map(|value| Arg { name: None, value }).collect();
        let body = self.function(function, &values).unwrap_or_else(|| reference(function));
        list.into_iter().chain([Expr::new(ExprKind::Lambda(body.into()), Span::default())]).collect()
    }
}

/// The dictionary of the organisation that holds what the workspace calls its globals.
pub(super) const GLOBALS: &str = "rapidpro";

/// What a flow can refer to that has no counterpart here.
const ROOTS: [&str; 18] = [
    "contact",
    "parent",
    "child",
    "run",
    "trigger",
    "resume",
    "node",
    "step",
    "ticket",
    "legacy_extra",
    "input",
    "urns",
    "fields",
    "globals",
    "results",
    "locals",
    "session",
    "webhook",
];

/// The variable of a result: results are told apart in lower case.
pub(super) fn variable_of(result: &str) -> String {
    of_variable(&result.to_lowercase())
}

/// The variable that keeps the category of a result.
pub(super) fn category_of(result: &str) -> String {
    format!("{}_category", variable_of(result))
}

/// `a.b.c` as its names.
fn path(expr: &Expr) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut at = expr;
    while let Some((base, field)) = member(at) {
        names.push(field.to_owned());
        at = base;
    }
    names.push(name(at)?.to_owned());
    names.reverse();
    Some(names)
}

/// Names as `a.b.c`.
fn of(path: &[&str]) -> Expr {
    let mut names = path.iter();
    let first = reference(names.next().copied().unwrap_or_default());
    names.fold(first, |base, field| {
        Expr::new(ExprKind::Member { base: Box::new(base), field: Name::new(field) }, Span::default())
    })
}
