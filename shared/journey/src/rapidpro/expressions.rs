//! The expressions of RapidPro in ours: other names of data, other names of functions.

use std::collections::BTreeSet;

use expression::{Arg, Expr, ExprKind, Name, Span, functions::find};
use indexmap::IndexSet;

use super::functions::{OTHERS, Said, translate};
use super::groups::Groups;
use super::operators;
use crate::floip::foreign;
use crate::floip::formulas::{call, from_template, literal, map, member, name, reference};
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
    /// The groups of contacts.
    pub(super) groups: Groups,
    /// The program the flow comes from.
    pub(super) kind: Kind,
}

impl Scope {
    /// A template as a text or value.
    pub(super) fn read(&mut self, template: &str) -> Formula {
        let template = foreign::translated(template);
        self.unknown.extend(foreign::parts(&template).into_iter().map(str::to_owned));
        let (template, unreadable) = operators::template(&template);
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
            ["contact", "timezone"] => of(&["contact", "time_zone"]),
            ["contact", "phone" | "tel" | "tel_e164" | "whatsapp"] => of(&["contact", "whatsapp_id"]),
            ["contact", "urn"] | ["urns", _] | ["contact", "urns", _] => {
                let difference = "An address such as `whatsapp:573001112233` is the number alone now.";
                self.changed.insert(difference.to_owned());
                of(&["contact", "whatsapp_id"])
            }
            ["contact", "fields", field] | ["contact", "fields", field, "value"] | ["fields", field] => {
                of(&["contact", field])
            }
            // So fields were called before version 12.
            ["contact", field] if !OF_CONTACTS.contains(field) => of(&["contact", field]),
            ["globals", key] | ["global", key] => {
                self.globals.insert((*key).to_owned());
                of(&["global", self.kind.dictionary(), key])
            }
            ["input" | "step"] | ["input", "text"] | ["step", "value" | "text"] => {
                of(&["event", "message", "text", "body"])
            }
            ["results" | "flow", result, rest @ ..] => match self.result(result, rest) {
                Some(reads) => reads,
                None => {
                    self.unknown.insert(format!("@{expr}"));
                    return Some(expr.clone());
                }
            },
            ["locals", name] => reference(&local_of(name)),
            ["webhook" | "extra" | "legacy_extra", rest @ ..] if let Some(service) = self.services.last() => match rest
            {
                ["status"] if path.first() == Some(&"webhook") => of(&[service, "status"]),
                ["json", rest @ ..] | rest => of(&[&[service.as_str(), "body"], rest].concat()),
            },
            ["date"] | ["date", "now"] => {
                self.changed.insert(WRITTEN_BY_WORKSPACE.to_owned());
                call("now", Vec::new())
            }
            ["date", "today"] => {
                self.changed.insert(WRITTEN_BY_WORKSPACE.to_owned());
                call("today", Vec::new())
            }
            ["calendar", "current_date"] => call("datevalue", vec![call("today", Vec::new()), literal("%-d/%m/%Y")]),
            [root, ..] if ROOTS.contains(root) => {
                self.unknown.insert(format!("@{expr}"));
                expr.clone()
            }
            _ => return None,
        };
        Some(reads)
    }

    /// What a result is read by. Of a web service it has the status, how it went, and what the service answered.
    fn result(&mut self, result: &str, rest: &[&str]) -> Option<Expr> {
        let variable = variable_of(result);
        let is_service = self.services.contains(&variable);
        let body = |rest: &[&str]| of(&[&[variable.as_str(), "body"], rest].concat());
        Some(match rest {
            ["extra", rest @ ..] if is_service => body(rest),
            [_, ..] if is_service && self.kind == Kind::Glific => body(rest),
            [] | ["value"] if is_service => of(&[&variable, "status"]),
            ["category"] if is_service => {
                call("if", vec![of(&[&variable, "ok"]), literal("Success"), literal("Failure")])
            }
            [] | ["value" | "input" | "text"] => reference(&variable),
            ["category"] => reference(&category_of(result)),
            ["category_localized"] => {
                let difference = "`category_localized` of a result is the category in the language of the flow now.";
                self.changed.insert(difference.to_owned());
                reference(&category_of(result))
            }
            _ => return None,
        })
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

/// The programs whose flows are of this kind.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// RapidPro, TextIt and Weni.
    #[default]
    RapidPro,
    /// Glific.
    Glific,
}

impl Kind {
    /// The dictionary of the organisation that holds what the workspace calls its globals.
    pub(super) fn dictionary(self) -> &'static str {
        match self {
            Self::RapidPro => "rapidpro",
            Self::Glific => "glific",
        }
    }
}

/// What stands below a contact and is no field.
const OF_CONTACTS: [&str; 18] = [
    "list_profiles",
    "active_profile",
    "bsp_status",
    "optin_status",
    "uuid",
    "id",
    "created_on",
    "last_seen_on",
    "urns",
    "groups",
    "in_groups",
    "fields",
    "channel",
    "tickets",
    "status",
    "optin_time",
    "optin_method",
    "settings",
];

/// How dates were written.
const WRITTEN_BY_WORKSPACE: &str = "Dates were written as the workspace says, and are written as `2026-03-01` now.";

/// What a flow can refer to that has no counterpart here.
const ROOTS: [&str; 25] = [
    "calendar",
    "channel",
    "date",
    "extra",
    "flow",
    "organization",
    "step",
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

/// The variable of a value that only one run of the flow knows.
pub(super) fn local_of(name: &str) -> String {
    format!("local_{}", of_variable(&name.to_lowercase()).trim_start_matches("value_"))
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
pub(super) fn of(path: &[&str]) -> Expr {
    let mut names = path.iter();
    let first = reference(names.next().copied().unwrap_or_default());
    names.fold(first, |base, field| {
        Expr::new(ExprKind::Member { base: Box::new(base), field: Name::new(field) }, Span::default())
    })
}
