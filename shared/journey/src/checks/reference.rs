//! The reference of all checks, for people.

use std::fmt::Write as _;

use super::{Check, Stage, all};

const INTRODUCTION: &str = "\
# Checks of journeys

What `cargo chasqui journey check` can say about a journey, by its code. What works on another platform works here, so only an
*error* keeps a journey from running: it has no meaning at all. `cargo chasqui journey check --explain <code>` shows one of
these. The lines after `wrong:` are those that are reported.

| | does the journey run? | is it published? |
|---|---|---|
| *error* | no | no |
| *fault* | yes, but what stands there does not work; the log says so | once somebody accepts it (`--accept-problems`, `accept_problems`) |
| *warning* | yes, but probably not as its author expects | yes |
| *hint* | yes; something about it could be better | yes |
";

/// The reference of all checks, as Markdown.
#[must_use]
pub fn reference() -> String {
    let mut out = String::from(INTRODUCTION);
    for (stage, heading) in [
        (Stage::Reading, "Found when the notebook is read"),
        (Stage::Compiling, "Found when the journey is compiled"),
        (Stage::Checking, "Found by a closer look"),
    ] {
        let _ = write!(out, "\n## {heading}\n");
        let mut checks: Vec<&Check> = all().filter(|check| check.stage == stage).collect();
        checks.sort_by_key(|check| check.code);
        for check in checks {
            let _ = write!(out, "\n##{}", check.explain());
        }
    }
    out
}

impl Check {
    /// What it means, as Markdown: a heading, the explanation, an example with the problem and one without.
    #[must_use]
    pub fn explain(&self) -> String {
        let Self { code, severity, summary, explanation, bad, good, .. } = self;
        let (bad, good) = (fenced(bad), fenced(good));
        let consequence = severity.consequence();
        format!(
            "# `{code}` ({severity})\n\n{summary}\n\n{explanation}\n\n{consequence}\n\nNot like this:\n\n{bad}\n\nBut like this:\n\n{good}\n"
        )
    }
}

/// A notebook as part of a longer text: in a fence longer than its own.
fn fenced(notebook: &str) -> String {
    format!("````markdown\n{}\n````", notebook.trim_end())
}
