//! Groups of contacts as profile fields: `group_mothers` is true for who is in the group.

use std::collections::{BTreeMap, HashMap};

use expression::{BinaryOperator, Expr, ExprKind, Span};

use super::definition::{Group, Reference};
use super::expressions::of;
use crate::floip::formulas::binary;
use crate::floip::names::of_variable;
use crate::problem::{Position, Problem};

/// The groups of a file, and those that were met.
#[derive(Debug, Default, Clone)]
pub(super) struct Groups {
    /// The names by the ids.
    names: HashMap<String, String>,
    /// What fills a group by itself, by its name.
    queries: HashMap<String, String>,
    /// The names of the groups that are asked for or changed, by their fields.
    met: BTreeMap<String, String>,
}

impl Groups {
    pub(super) fn of(groups: &[Group]) -> Self {
        let names = groups.iter().map(|group| (group.uuid.clone(), group.name.clone()));
        let filled = groups.iter().filter(|group| !group.query.is_empty());
        let queries = filled.map(|group| (group.name.clone(), group.query.clone()));
        Self { names: names.collect(), queries: queries.collect(), met: BTreeMap::new() }
    }

    /// The field of a group, by its id or name; none for one without either.
    pub(super) fn field(&mut self, uuid: &str, name: &str) -> Option<String> {
        let known = self.names.get(uuid).map(String::as_str);
        let name =
            Some(name).filter(|name| !name.is_empty()).or(known).or(Some(uuid)).filter(|name| !name.is_empty())?;
        let field = format!("group_{}", of_variable(&name.to_lowercase()).trim_start_matches("value_"));
        self.met.insert(field.clone(), name.to_owned());
        Some(field)
    }

    /// Whether the contact is in a group.
    pub(super) fn contains(&mut self, uuid: &str, name: &str) -> Option<Expr> {
        let field = self.field(uuid, name)?;
        let is_true = Expr::new(ExprKind::Bool(true), Span::default());
        Some(binary(of(&["contact", &field]), BinaryOperator::Equal, is_true))
    }

    /// Whether the contact is in one of the groups it is for, and in none of those it is not for. `None`: it is for all.
    pub(super) fn condition(&mut self, included: &[Reference], excluded: &[Reference]) -> Option<Expr> {
        let mut any = |groups: &[Reference]| {
            let tests = groups.iter().filter_map(|group| self.contains(&group.uuid, &group.name));
            tests.reduce(|all, test| binary(all, BinaryOperator::Or, test))
        };
        let outside = |test: Expr| Expr::new(ExprKind::Not(Box::new(test)), Span::default());
        match (any(included), any(excluded).map(outside)) {
            (Some(inside), Some(outside)) => Some(binary(inside, BinaryOperator::And, outside)),
            (inside, outside) => inside.or(outside),
        }
    }

    /// Says which fields the groups became, and forgets them.
    pub(super) fn report(&mut self, problems: &mut Vec<Problem>) {
        for (field, name) in std::mem::take(&mut self.met) {
            let (message, hint) = match self.queries.get(&name) {
                Some(query) => (
                    format!(
                        "The group `{name}`, which `{query}` filled, became the profile field `{field}`, which nothing sets."
                    ),
                    format!("Ask for `{query}` where the journey asks for `{field}`."),
                ),
                None => (
                    format!("The group `{name}` became the profile field `{field}`: true for who is in it."),
                    "Set it for the contacts who are in the group today.".to_owned(),
                ),
            };
            problems.push(Problem::warning("not-as-it-was", Position::default(), message).hint(hint));
        }
    }
}
