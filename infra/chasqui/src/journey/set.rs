//! How a service takes a set of journeys.

use std::collections::{BTreeMap, HashSet};

use domain::registry::{Change, fingerprint};
pub use journey_tools::set::{Notebook, SetError, read};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::api::{Api, ApiError, sentence};

/// How a set is imported.
#[derive(Clone, Debug, Default)]
pub struct Import {
    /// Only says what would happen.
    pub dry_run: bool,
    /// Also publishes.
    pub publish: bool,
    /// Publishes although there are faults: problems that do not keep a journey from running.
    pub accept_problems: bool,
    /// What is said about the revisions.
    pub comment: Option<String>,
    /// Whether people in the middle of older revisions move to these.
    pub migrate: bool,
    /// The versions a dry run showed, by name.
    pub versions: BTreeMap<String, u64>,
}

/// What became, or would become, of a journey.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Its name.
    pub name: String,
    /// What was done.
    pub outcome: Done,
    /// Its version, once it is there.
    pub version: Option<u64>,
    /// The revision that is live, or would be.
    pub revision: Option<u32>,
    /// The change behind the draft that is replaced although it was never published.
    pub replaces_unpublished: Option<Change>,
    /// What differs, in a dry run.
    pub diff: Option<journey::Diff>,
    /// What is wrong with it.
    pub problems: Vec<Value>,
}

/// What was done with a journey.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Done {
    /// It is new.
    Created,
    /// It has a new draft or revision.
    Updated,
    /// It was so already.
    Unchanged,
}

/// Has a service take a set of journeys, all of them or none.
pub async fn import(api: &Api, set: &[Notebook], how: &Import) -> Result<Vec<Outcome>, ApiError> {
    let journey =
        |Notebook { name, text }: &Notebook| json!({"name": name, "notebook": text, "version": how.versions.get(name)});
    let journeys: Vec<Value> = set.iter().map(journey).collect();
    let Import { dry_run, publish, accept_problems, comment, migrate, .. } = how;
    let body = json!({
        "journeys": journeys, "dry_run": dry_run, "publish": publish, "accept_problems": accept_problems,
        "comment": comment, "migrate": migrate,
    });
    let mut answer = api.post("/v1/import/journeys", body).await?;
    Api::read("the import", answer["journeys"].take())
}

/// Publishes a set of journeys.
pub async fn publish(api: &Api, set: &[Notebook], comment: Option<String>) -> Result<Vec<Outcome>, ApiError> {
    import(api, set, &Import { publish: true, comment, ..Import::default() }).await
}

/// Those of a set that say something new: not one whose text was published before, because the service has moved on
/// since, and not one whose draft somebody is working on. Answers the names of the others, and why, too.
pub async fn news(api: &Api, set: Vec<Notebook>) -> Result<(Vec<Notebook>, Vec<String>), ApiError> {
    let there = api.list("/v1/journeys", "journeys").await?;
    let (mut news, mut kept) = (Vec::new(), Vec::new());
    for notebook in set {
        let Some(journey) = there.iter().find(|journey| journey["name"] == *notebook.name) else {
            news.push(notebook);
            continue;
        };
        let hash = fingerprint(&notebook.text);
        if journey["live"]["hash"] == *hash {
            continue;
        }
        let id = journey["id"].as_str().unwrap_or_default();
        let revisions = api.list(&format!("/v1/journeys/{id}/revisions"), "revisions").await?;
        let is_old = revisions.iter().any(|revision| revision["hash"] == *hash);
        let is_edited = journey["has_unpublished_changes"] == true && !revisions.is_empty();
        match (is_old, is_edited) {
            (false, false) => news.push(notebook),
            (true, _) => kept.push(format!("{}: a later text was published here", notebook.name)),
            (false, true) => kept.push(format!("{}: its draft has unpublished changes", notebook.name)),
        }
    }
    Ok((news, kept))
}

/// The names of the journeys of a service that a set does not have.
pub(super) async fn missing(api: &Api, set: &[Notebook]) -> Result<Vec<String>, ApiError> {
    let names: HashSet<&str> = set.iter().map(|notebook| notebook.name.as_str()).collect();
    let there = api.list("/v1/journeys", "journeys").await?;
    let there = there.iter().filter_map(|journey| journey["name"].as_str());
    Ok(there.filter(|name| !names.contains(name)).map(str::to_owned).collect())
}

impl Outcome {
    /// What the outcome says to a person: a line, then what differs and what is wrong.
    pub(super) fn show(&self, publish: bool) -> String {
        let Self { name, outcome, revision, .. } = self;
        let live = revision.filter(|_| publish).map(|revision| format!(", revision {revision}")).unwrap_or_default();
        let what = match outcome {
            Done::Created => "new",
            Done::Updated => "changed",
            Done::Unchanged => "unchanged",
        };
        let mut text = format!("{name}: {what}{live}\n");
        if let Some(change) = &self.replaces_unpublished {
            text.push_str(&format!("  ! replaces a draft that was never published: {change}\n"));
        }
        let diff = self.diff.as_ref().filter(|_| *outcome != Done::Created).map(ToString::to_string);
        for line in diff.iter().flat_map(|diff| diff.lines()) {
            text.push_str(&format!("  {line}\n"));
        }
        for problem in &self.problems {
            text.push_str(&format!("  {}\n", sentence(problem)));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_is_a_line_and_what_differs() {
        let outcome: Outcome = serde_json::from_value(json!({
            "name": "menu", "outcome": "updated", "version": 4, "revision": 3,
            "replaces_unpublished": {"act": "edited", "by": "Ana", "at": "2026-11-25T10:00:00Z"},
            "diff": {"changes": [{"part": "card", "name": "A", "kind": "changed", "lines": [{"op": "added", "text": "x"}]}]},
            "problems": [{"line": 1, "column": 2, "severity": "warning", "message": "Odd."}],
        }))
        .unwrap();
        assert_eq!(
            outcome.show(true),
            "menu: changed, revision 3\n  ! replaces a draft that was never published: Ana edited the draft at \
             2026-11-25T10:00:00Z\n  card A: changed\n    + x\n  1:2: warning: Odd.\n"
        );
        assert!(outcome.show(false).starts_with("menu: changed\n"));
    }
}
