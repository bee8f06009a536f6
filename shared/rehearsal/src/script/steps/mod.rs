//! The kinds of steps: one module each, with its reading, its playing and examples that are run.
//!
//! To add a kind: write its module and add its row to [`KINDS`]; a kind without an example that passes, and one that
//! fails, fails the tests.

mod advance;
mod assigned;
mod bot;
mod contact;
mod finished;
mod hand_back;
mod handed_over;
mod labels;
mod results;
mod scheduled;
mod set;
mod silence;
mod start;
mod tap;
mod template;
mod user;
mod waiting;

use std::fmt::Debug;

use journey::Problem;

use super::play::{Failure, Play};
use super::yaml::Node;
use crate::message::Parts;

/// All kinds of steps: first what happens, then what must come of it.
pub const KINDS: &[StepKind] = &[
    start::KIND,
    user::KIND,
    tap::KIND,
    advance::KIND,
    set::KIND,
    hand_back::KIND,
    bot::KIND,
    template::KIND,
    silence::KIND,
    finished::KIND,
    waiting::KIND,
    contact::KIND,
    results::KIND,
    labels::KIND,
    assigned::KIND,
    scheduled::KIND,
    handed_over::KIND,
];

/// A kind of step, as people learn it.
#[derive(Debug)]
pub struct StepKind {
    /// What it is called.
    pub name: &'static str,
    /// What it does or demands, in a sentence.
    pub summary: &'static str,
    /// Whether something follows the name.
    pub takes: Takes,
    /// A notebook's code, and steps that pass with it.
    pub example: (&'static str, &'static str),
    /// Steps that fail with the same code, and what is said then.
    pub fails: &'static [(&'static str, &'static str)],
    pub(crate) read: fn(&Node) -> Result<Box<dyn Kind>, Problem>,
}

/// What follows the name of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// `- start`
    Nothing,
    /// `- user: "34"`
    Value,
    /// `- assigned: ana@example.org`, or `- assigned: null`
    ValueOrNull,
}

/// What every kind of step can do.
pub(crate) trait Kind: Debug {
    /// Does it, or looks whether it is so.
    fn play(&self, play: &mut Play) -> Result<(), Box<Failure>>;

    /// The message that is expected, as lines of text; nothing for a step that expects none.
    fn expects(&self) -> Option<Vec<String>> {
        None
    }

    /// Whether it expects this message.
    fn accepts(&self, _message: &Parts) -> bool {
        false
    }
}

/// A kind by its name.
pub(crate) fn find(name: &str) -> Option<&'static StepKind> {
    KINDS.iter().find(|kind| kind.name == name)
}

#[cfg(test)]
mod tests {
    use crate::script::{Outcome, Script, play};

    fn run(code: &str, steps: &str) -> Outcome {
        let source =
            format!("journey: example.md\ncontact: {{name: Ana}}\nchildren: {{reminder: return}}\nsteps:\n{steps}\n");
        let script = Script::read(&source).unwrap_or_else(|problems| panic!("{problems:#?}\n{source}"));
        let notebook = format!("```stack\n{code}\n```\n");
        let files = |_: &str| Ok(notebook.clone());
        let shelf = script.open(&files).unwrap_or_else(|error| panic!("{error}\n{code}"));
        play(&script, shelf)
    }

    #[test]
    fn every_kind_has_examples_that_pass_and_that_fail() {
        for kind in super::KINDS {
            let (code, steps) = kind.example;
            assert!(steps.contains(&format!("- {}", kind.name)), "{}: the example does not use it", kind.name);
            let outcome = run(code, steps);
            assert_eq!(outcome.failure, None, "{}: {:#?}", kind.name, outcome.conversation);
            assert!(!kind.fails.is_empty(), "{}: no example fails", kind.name);
            for (steps, message) in kind.fails {
                let failure = run(code, steps).failure.unwrap_or_else(|| panic!("{}: passes\n{steps}", kind.name));
                let said = format!("{failure:?}");
                assert!(said.contains(message), "{}: {said}\n{steps}", kind.name);
            }
        }
    }
}
