//! What is wrong with a notebook among the journeys of the registry.

use domain::registry::Entry;
use journey::Problem;
use journey::checks::{Neighbour, Surroundings};

/// Everything that is wrong with a notebook among these journeys, in its order. It can be published when nothing of it is
/// an error.
pub(super) fn check<'e>(notebook: &str, all: impl IntoIterator<Item = &'e Entry>) -> Vec<Problem> {
    let neighbour = |entry: &Entry| Neighbour {
        id: entry.id.to_string(),
        name: entry.name.clone(),
        // They stand in the notebooks of the others, which nobody reads for this.
        triggers: Vec::new(),
        runs: entry.running().is_some(),
    };
    let journeys: Vec<Neighbour> = all.into_iter().map(neighbour).collect();
    journey::parse(notebook).check(&Surroundings { journeys: Some(&journeys), ..Surroundings::default() })
}

/// The journeys it names, by id or name.
pub(super) fn references(notebook: &str) -> Vec<String> {
    let references = journey::references(notebook).into_iter();
    let mut names: Vec<String> = references.filter_map(|reference| reference.journey).collect();
    names.sort();
    names.dedup();
    names
}

/// The journeys as they are once some of them have changed, or are there at all.
pub(super) fn with_changed<'e>(all: &'e [Entry], changed: &'e [Entry]) -> impl Iterator<Item = &'e Entry> + Clone {
    let rest = all.iter().filter(|entry| !changed.iter().any(|changed| changed.id == entry.id));
    changed.iter().chain(rest)
}

#[cfg(test)]
mod tests {
    use domain::id::JourneyId;
    use domain::registry::{Stamp, Text};

    use super::*;

    const NOTEBOOK: &str = "```stack\ncard A do\n  run_stack(\"menu\")\n  run_stack(\"gone\")\n  schedule_stack(\"off\", in: 5)\n  run_stack(\"manu\")\n  then(B)\nend\n```";

    #[test]
    fn problems_of_both_kinds_come_in_the_order_of_the_notebook() {
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
        assert_eq!(references(NOTEBOOK), ["gone", "manu", "menu", "off"]);
        let there = [entry("menu", false), entry("off", false)];
        let problems = check(NOTEBOOK, with_changed(&there, &[entry("menu", true)]));
        let found: Vec<_> = problems.iter().map(|problem| (problem.line, problem.code)).collect();
        let codes = ["unknown-journey", "silent-journey", "unknown-journey", "unknown-card"];
        assert_eq!(found, [(4, codes[0]), (5, codes[1]), (6, codes[2]), (7, codes[3])]);
        assert_eq!(problems[2].hint.as_deref(), Some("Did you mean `menu`?"));
    }
}
