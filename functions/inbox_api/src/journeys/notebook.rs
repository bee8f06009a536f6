//! What is wrong with a notebook: what the compiler says, and journeys it names that are not there.

use domain::registry::Entry;
use journey::{Position, Problem, Reference, Severity};

/// A notebook, looked at.
pub(super) struct Checked {
    /// What is wrong, in the order of the notebook.
    pub(super) problems: Vec<Problem>,
    references: Vec<Reference>,
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

    /// Warns of journeys it names that are not among these or do not run.
    pub(super) fn warn_of_missing(&mut self, all: &[&Entry]) {
        let names: Vec<&str> = all.iter().map(|entry| entry.name.as_str()).collect();
        for Reference { journey, line, column } in &self.references {
            let Some(name) = journey else { continue };
            let named: Vec<_> = all.iter().filter(|entry| entry.is_named_by(name)).collect();
            if named.iter().any(|entry| entry.running().is_some()) {
                continue;
            }
            let position = Position { line: *line, column: *column };
            let problem = if named.is_empty() {
                let hint = match journey::nearest(name, &names) {
                    Some(near) => format!("Did you mean `{near}`?"),
                    None => "Nothing is started here until there is one.".to_owned(),
                };
                Problem::warning("unknown-journey", position, format!("There is no journey `{name}`.")).hint(hint)
            } else {
                Problem::warning("silent-journey", position, format!("The journey `{name}` does not run."))
                    .hint("Nothing is started here until it is published and enabled.")
            };
            self.problems.push(problem);
        }
        self.problems.sort_by_key(|problem| (problem.line, problem.column));
    }
}

#[cfg(test)]
mod tests {
    use domain::id::JourneyId;
    use domain::registry::{Stamp, Text};

    use super::*;

    const NOTEBOOK: &str = "```stack\ncard A do\n  run_stack(\"menu\")\n  run_stack(\"gone\")\n  schedule_stack(\"off\", in: 5)\n  run_stack(\"manu\")\n  then(B)\nend\n```";

    #[test]
    fn problems_of_both_kinds_come_in_the_order_of_the_notebook() {
        let mut checked = check(NOTEBOOK);
        assert!(!checked.compiles());
        assert_eq!(checked.references(), ["gone", "manu", "menu", "off"]);
        let entry = |name: &str, runs: bool| {
            let stamp = Stamp { by: "Ana".to_owned(), at: jiff::Timestamp::UNIX_EPOCH };
            let mut entry =
                Entry::new(JourneyId::from(format!("id of {name}")), name, "h".to_owned(), true, stamp.clone())
                    .unwrap();
            if runs {
                entry
                    .publish(Text { hash: "h", of: None, references: Vec::new(), comment: None, migrate: false }, stamp)
                    .unwrap();
            }
            entry
        };
        checked.warn_of_missing(&[&entry("menu", true), &entry("off", false)]);
        let found: Vec<_> = checked.problems.iter().map(|problem| (problem.line, problem.code)).collect();
        let codes = ["unknown-journey", "silent-journey", "unknown-journey", "unknown-card"];
        assert_eq!(found, [(4, codes[0]), (5, codes[1]), (6, codes[2]), (7, codes[3])]);
        assert_eq!(checked.problems[2].hint.as_deref(), Some("Did you mean `menu`?"));
    }
}
