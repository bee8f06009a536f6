//! Rehearsals and scripts, as those who write journeys use them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod coverage;
mod flows;
mod host;
mod playbooks;
mod readme;
mod recorded;
mod scripts;

use rehearsal::script::{Outcome, Script, play};

/// Plays a script about notebooks that are given by the names of their files.
pub(crate) fn run(notebooks: &[(&str, &str)], script: &str) -> Outcome {
    let read = Script::read(script).unwrap_or_else(|problems| panic!("{problems:#?}\n{script}"));
    let files = |file: &str| {
        let (_, code) = notebooks.iter().find(|(name, _)| *name == file).ok_or("there is no such file")?;
        Ok(format!("```stack\n{code}\n```\n"))
    };
    let shelf = read.open(&files).unwrap_or_else(|error| panic!("{error}\n{script}"));
    play(&read, shelf)
}

/// Plays one that must pass.
pub(crate) fn passes(notebooks: &[(&str, &str)], script: &str) {
    let outcome = run(notebooks, script);
    if let Some(failure) = outcome.failure {
        let paint = rehearsal::Paint::default();
        panic!("{}", rehearsal::report::failure("script", &failure, &outcome.conversation, paint));
    }
}
