//! The expressions of RapidPro in ours: other names of data, other names of functions.

use expression::{Arg, BinaryOperator, Expr, ExprKind, Name, Span};

use crate::floip::formulas::{binary, call, from_template, map, member, name, number, reference};
use crate::floip::names::of_variable;
use crate::model::Formula;

/// Functions that have another name here and the same meaning.
const RENAMED: [(&str, &str); 8] = [
    ("text_length", "len"),
    ("title", "proper"),
    ("replace", "substitute"),
    ("trim", "clean"),
    ("repeat", "rept"),
    ("mod", "rem"),
    ("foreach", "map"),
    ("datetime_from_epoch", "datetime_from_unix"),
];

/// How the names of a flow are read.
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// The variables that keep what web services answered.
    pub(super) services: Vec<String>,
    /// References without a counterpart that were met.
    pub(super) unknown: Vec<String>,
}

impl Scope {
    /// A template as a text or value.
    pub(super) fn read(&mut self, template: &str) -> Formula {
        let formula = from_template(template);
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
            ["globals", key] => of(&["global", key]),
            ["input"] | ["input", "text"] => of(&["event", "message", "text", "body"]),
            ["results", result] | ["results", result, "value" | "input" | "text"] => reference(&variable_of(result)),
            ["results", result, "category"] => reference(&category_of(result)),
            ["results", result, "extra", rest @ ..] => of(&[&[variable_of(result).as_str(), "body"], rest].concat()),
            ["webhook"] => of(&[self.service(), "body"]),
            ["webhook", "status"] => of(&[self.service(), "status"]),
            ["webhook", "json", rest @ ..] | ["webhook", rest @ ..] => of(&[&[self.service(), "body"], rest].concat()),
            [root, ..] if ROOTS.contains(root) => {
                let reference = expr.to_string();
                if !self.unknown.contains(&reference) {
                    self.unknown.push(reference);
                }
                expr.clone()
            }
            _ => return None,
        };
        Some(reads)
    }

    /// The variable of the last web service; they are few, as a rule it is the only one.
    fn service(&self) -> &str {
        self.services.last().map_or("webhook", String::as_str)
    }

    fn function(&mut self, function: &str, arguments: &[Arg]) -> Option<Expr> {
        let renamed = RENAMED.iter().find(|(theirs, _)| *theirs == function).map(|(_, ours)| *ours);
        let special = matches!(function, "default" | "word" | "weekday" | "array");
        if renamed.is_none() && !special {
            return None;
        }
        let arguments: Vec<Expr> =
            arguments.iter().map(|argument| map(&argument.value, &mut |expr| self.rewrite(expr))).collect();
        Some(match (function, arguments.as_slice()) {
            ("default", [value, otherwise]) => {
                let empty = call("is_nil_or_empty", vec![value.clone()]);
                call("if", vec![empty, otherwise.clone(), value.clone()])
            }
            // Words are counted from 0 there, from 1 here; days of the week the other way round.
            ("word", [text, at, ..]) => match at.kind {
                ExprKind::Int(at) if at >= 0 => {
                    call("word", vec![text.clone(), (*number(at.saturating_add(1))).clone()])
                }
                ExprKind::Int(_) => call("word", arguments),
                _ => {
                    let from_one = binary(at.clone(), BinaryOperator::Add, (*number(1)).clone());
                    call("word", vec![text.clone(), from_one])
                }
            },
            ("weekday", [date]) => {
                let from_one = call("weekday", vec![date.clone()]);
                binary(from_one, BinaryOperator::Subtract, (*number(1)).clone())
            }
            ("array", _) => Expr::new(ExprKind::List(arguments), Span::default()),
            _ => call(renamed.unwrap_or(function), arguments),
        })
    }
}

/// What a flow can refer to that has no counterpart here.
const ROOTS: [&str; 11] =
    ["contact", "parent", "child", "run", "trigger", "resume", "node", "ticket", "legacy_extra", "input", "urns"];

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
