//! A notebook as it is handed in: what is wrong with it in its organisation, and what is published of it.

use domain::registry::{Entry, Text, fingerprint};
use expression::Value;
use journey::checks::{Neighbour, Surroundings};
use journey::{Parsed, Problem};
use store::{Dictionary, StoreError};

use super::alarms;
use crate::Shared;

/// What notebooks refer to.
pub(super) struct Organisation {
    /// All journeys.
    pub(super) journeys: Vec<Entry>,
    /// The global dictionaries.
    dictionaries: Vec<Dictionary>,
}

impl Organisation {
    /// As it is now.
    pub(super) async fn read(api: &Shared) -> Result<Self, StoreError> {
        let (journeys, dictionaries) = futures::try_join!(api.store.journeys(), api.store.dictionaries())?;
        Ok(Self { journeys, dictionaries })
    }

    /// Everything that is wrong with a notebook once these journeys are as they will be, in its order; see [`obstacle`].
    pub(super) fn check(&self, manuscript: &Manuscript<'_>, changed: &[Entry]) -> Vec<Problem> {
        let rest = self.journeys.iter().filter(|entry| !changed.iter().any(|changed| changed.id == entry.id));
        let neighbour = |entry: &Entry| Neighbour {
            id: entry.id.to_string(),
            name: entry.name.clone(),
            // They stand in the notebooks of the others, which nobody reads for this.
            triggers: Vec::new(),
            runs: entry.running().is_some(),
        };
        let journeys: Vec<Neighbour> = changed.iter().chain(rest).map(neighbour).collect();
        // Which keys there are is all that is looked at; what is hidden stays hidden.
        let keys =
            |dictionary: &Dictionary| Value::map(dictionary.entries.keys().map(|key| (key.clone(), Value::Null)));
        let globals = Value::map(self.dictionaries.iter().map(|one| (one.name.clone(), keys(one))));
        let surroundings =
            Surroundings { journeys: Some(&journeys), globals: Some(&globals), ..Surroundings::default() };
        manuscript.parsed.check(&surroundings)
    }
}

/// What keeps a notebook with some problems from being published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// So many errors: it cannot run.
    Errors(usize),
    /// So many faults: it runs, and something in it does not work. Who publishes it has to accept that.
    Faults(usize),
}

/// What keeps a notebook with these problems from being published. `accepted`: its faults do not.
pub(super) fn obstacle(problems: &[Problem], accepted: bool) -> Option<Obstacle> {
    let count = |is: fn(&Problem) -> bool| problems.iter().filter(|problem| is(problem)).count();
    match (count(Problem::is_error), count(Problem::is_fault)) {
        (0, 0) => None,
        (0, _) if accepted => None,
        (0, faults) => Some(Obstacle::Faults(faults)),
        (errors, _) => Some(Obstacle::Errors(errors)),
    }
}

impl Obstacle {
    /// Whether it is none once `accept_problems` is true.
    pub(crate) fn is_acceptable(self) -> bool {
        matches!(self, Self::Faults(_))
    }

    /// What it is, and what to do about it, behind "it".
    pub(crate) fn told(self) -> String {
        match self {
            Self::Errors(count) => format!("it has {count} error(s), so it cannot run"),
            Self::Faults(count) => format!(
                "it has {count} fault(s): it runs with them, but what stands there does not work. Correct them, or publish it \
                 as it is with `\"accept_problems\": true`, on the command line `--accept-problems`"
            ),
        }
    }
}

/// A notebook, read once.
pub(super) struct Manuscript<'a> {
    text: &'a str,
    parsed: Parsed,
    /// The [`fingerprint`] of the text.
    pub(super) hash: String,
}

impl<'a> Manuscript<'a> {
    pub(super) fn read(text: &'a str) -> Self {
        Self { text, parsed: journey::parse(text), hash: fingerprint(text) }
    }

    /// What is published of it.
    pub(super) fn publication(&self, api: &Shared, comment: Option<String>, migrate: bool) -> Text<'_> {
        let alarms = alarms::of(api, &self.parsed.journey);
        Text { hash: &self.hash, of: None, references: self.references(), alarms, comment, migrate }
    }

    /// The journeys it names, by id or name.
    fn references(&self) -> Vec<String> {
        let references = journey::references(self.text).into_iter();
        let mut names: Vec<String> = references.filter_map(|reference| reference.journey).collect();
        names.sort();
        names.dedup();
        names
    }
}

#[cfg(test)]
mod tests {
    use domain::id::JourneyId;
    use domain::registry::Stamp;

    use super::*;

    const NOTEBOOK: &str = "```stack\ncard A do\n  run_stack(\"menu\")\n  run_stack(\"gone\")\n  schedule_stack(\"off\", in: 5)\n  run_stack(\"manu\")\n  log(\"@global.crm.token @global.crm.tokn @global.cms.url\")\n  then(B)\nend\n```";

    #[test]
    fn problems_of_both_kinds_come_in_the_order_of_the_notebook() {
        let entry = |name: &str, runs: bool| {
            let stamp = Stamp { by: "Ana".to_owned(), at: jiff::Timestamp::UNIX_EPOCH };
            let mut entry =
                Entry::new(JourneyId::from(format!("id of {name}")), name, "h".to_owned(), true, stamp.clone())
                    .unwrap();
            if runs {
                entry
                    .publish(
                        Text {
                            hash: "h",
                            of: None,
                            references: Vec::new(),
                            alarms: Vec::new(),
                            comment: None,
                            migrate: false,
                        },
                        stamp,
                    )
                    .unwrap();
            }
            entry
        };
        let manuscript = Manuscript::read(NOTEBOOK);
        assert_eq!(manuscript.references(), ["gone", "manu", "menu", "off"]);
        let entries = serde_json::Map::from_iter([("token".to_owned(), "a secret".into())]);
        let crm = Dictionary { name: "crm".to_owned(), entries, hidden: true, version: 1 };
        let there = Organisation { journeys: vec![entry("menu", false), entry("off", false)], dictionaries: vec![crm] };
        let problems = there.check(&manuscript, &[entry("menu", true)]);
        let found: Vec<_> = problems.iter().map(|problem| (problem.line, problem.code)).collect();
        let expected = [
            (4, "unknown-journey"),
            (5, "silent-journey"),
            (6, "unknown-journey"),
            (7, "unknown-global"),
            (7, "unknown-global"),
            (8, "unknown-card"),
        ];
        assert_eq!(found, expected);
        assert_eq!(problems[3].hint.as_deref(), Some("Did you mean `token`?"));
        assert_eq!(problems[2].hint.as_deref(), Some("Did you mean `menu`?"));
    }
}
