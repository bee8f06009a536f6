//! What is wrong with a notebook: what the compiler says, and journeys it names that are not there.

use domain::registry::Entry;
use journey::{Position, Problem, Reference, Severity};

/// A notebook, looked at.
pub(super) struct Checked {
    /// What is wrong, in the order of the notebook.
    pub(super) problems: Vec<Problem>,
    references: Vec<Reference>,
}

/// What becomes of a journey that is named.
pub(super) enum Named {
    /// It runs.
    Running,
    /// It is there, but disabled, archived or never published.
    Silent,
    /// There is none.
    Unknown,
}

/// Checks a notebook by itself.
pub(super) fn check(notebook: &str) -> Checked {
    let parsed = journey::parse(notebook);
    let mut problems = parsed.problems;
    problems.extend(journey::check(&parsed.journey));
    problems.sort_by_key(|problem| (problem.line, problem.column));
    Checked { problems, references: journey::references(notebook) }
}

impl Checked {
    /// Whether it can be published.
    pub(super) fn compiles(&self) -> bool {
        self.problems.iter().all(|problem| problem.severity != Severity::Error)
    }

    /// The journeys it names.
    pub(super) fn references(&self) -> Vec<String> {
        let mut names: Vec<String> = self.references.iter().filter_map(|reference| reference.journey.clone()).collect();
        names.sort();
        names.dedup();
        names
    }

    /// Warns of journeys it names that are not there or do not run.
    pub(super) fn warn_of(&mut self, look_up: impl Fn(&str) -> Named) {
        for Reference { journey, line, column } in &self.references {
            let Some(name) = journey else { continue };
            let position = Position { line: *line, column: *column };
            let problem = match look_up(name) {
                Named::Running => continue,
                Named::Silent => Problem::warning("silent-journey", position, format!("`{name}` does not run."))
                    .hint("Publish and enable it, or nothing is started here."),
                Named::Unknown => {
                    Problem::warning("unknown-journey", position, format!("There is no journey `{name}`."))
                        .hint("Name a journey by its name or id, or nothing is started here.")
                }
            };
            self.problems.push(problem);
        }
        self.problems.sort_by_key(|problem| (problem.line, problem.column));
    }
}

/// What becomes of a journey named so, among these. The engine looks for an id first.
pub(super) fn look_up<'e>(all: impl Iterator<Item = &'e Entry>, reference: &str) -> Named {
    let mut named = Named::Unknown;
    for entry in all.filter(|entry| entry.is_named_by(reference)) {
        match entry.running() {
            Some(_) => return Named::Running,
            None => named = Named::Silent,
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTEBOOK: &str = "```stack\ncard A do\n  run_stack(\"menu\")\n  run_stack(\"gone\")\n  schedule_stack(\"off\", in: 5)\n  then(B)\nend\n```";

    #[test]
    fn problems_of_both_kinds_come_in_the_order_of_the_notebook() {
        let mut checked = check(NOTEBOOK);
        assert!(!checked.compiles());
        assert_eq!(checked.references(), ["gone", "menu", "off"]);
        checked.warn_of(|name| match name {
            "menu" => Named::Running,
            "off" => Named::Silent,
            _ => Named::Unknown,
        });
        let found: Vec<_> = checked.problems.iter().map(|problem| (problem.line, problem.code)).collect();
        assert_eq!(found, [(4, "unknown-journey"), (5, "silent-journey"), (6, "unknown-card")]);
    }
}
