//! The static checks: everything that can be said about a journey before anybody talks with it.
//!
//! [`all`] lists every code a [`Problem`] can have, with its meaning and examples. Some are found when the notebook is
//! read and some when the journey is compiled; the rest are found here, one file a check.
//!
//! To add a check: write its module with a `CHECK`, name it in `checks!` below, and add the examples
//! `tests/checks/<code>.bad.md` and `<code>.good.md`; they are its documentation and its tests at once, and stand in
//! `CHECKS.md`, which `UPDATE=1 tests/run -p journey the_page` writes anew.

mod conditions;
mod context;
mod flow;
mod parts;
mod reads;
mod reference;
mod surroundings;
mod types;

use crate::model::Journey;
use crate::problem::{Problem, Severity};
use context::{Context, Place};

pub use reference::reference;
pub use surroundings::{Field, FieldKind, KnownTemplate, Neighbour, Surroundings};

/// A kind of problem.
#[derive(Debug)]
pub struct Check {
    /// Its short stable name, the [`Problem::code`].
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// When it is found.
    pub stage: Stage,
    /// What is wrong, in one sentence.
    pub summary: &'static str,
    /// Why that matters and what to do, in a few sentences.
    pub explanation: &'static str,
    /// A notebook with this problem, in the line after `wrong:`.
    pub bad: &'static str,
    /// The same without it.
    pub good: &'static str,
    run: fn(&Context<'_>, &mut Report<'_>),
}

/// When a [`Check`] finds its problems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// [`crate::parse`] reports it.
    Reading,
    /// [`crate::compile`] reports it.
    Compiling,
    /// Only [`crate::check`] and [`crate::check_in`] report it.
    Checking,
}

/// Writes a [`Check`] down: code, severity, summary, explanation and the function that looks for it; or, for what is
/// found elsewhere, code, severity, stage, summary and explanation.
macro_rules! check {
    ($code:literal, $severity:ident, $summary:literal, $explanation:literal, $run:path) => {
        check!(@ $code, $severity, Checking, $summary, $explanation, $run)
    };
    ($code:literal, $severity:ident, $stage:ident, $summary:literal, $explanation:literal) => {
        check!(@ $code, $severity, $stage, $summary, $explanation, |_, _| {})
    };
    (@ $code:literal, $severity:ident, $stage:ident, $summary:literal, $explanation:literal, $run:expr) => {
        $crate::checks::Check {
            code: $code,
            severity: $crate::problem::Severity::$severity,
            stage: $crate::checks::Stage::$stage,
            summary: $summary,
            explanation: $explanation,
            bad: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/checks/", $code, ".bad.md")),
            good: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/checks/", $code, ".good.md")),
            run: $run,
        }
    };
}

mod compiling;
mod reading;

macro_rules! checks {
    ($($module:ident)+) => {
        $(mod $module;)+

        /// The checks of this module.
        const HERE: &[Check] = &[$($module::CHECK),+];
    };
}

checks! {
    always_true
    broken_reference
    dead_statement
    field_type
    free_form_trigger
    insecure_media
    lost_answer
    lost_comparison
    loop_without_wait
    loose_at
    missing_default
    missing_translation
    never_true
    no_failure_path
    no_way_out
    not_a_condition
    read_before_set
    read_only_field
    same_guard
    same_trigger
    secret
    silent_journey
    template_buttons
    template_parameters
    timeout_range
    too_long
    type_mismatch
    unescaped_json
    unknown_field
    unknown_global
    unknown_journey
    unknown_key
    unknown_name
    unknown_template
    unreachable_card
    unused_dictionary
}

/// Every kind of problem there is, by when it is found: what tests and documentation enumerate.
pub fn all() -> impl Iterator<Item = &'static Check> {
    reading::CHECKS.iter().chain(compiling::CHECKS).chain(HERE)
}

/// The kind of problem with this code.
#[must_use]
pub fn find(code: &str) -> Option<&'static Check> {
    all().find(|check| check.code == code)
}

/// What the checks of this module find.
pub(crate) fn run(journey: &Journey, surroundings: &Surroundings<'_>) -> Vec<Problem> {
    let context = Context::new(journey, surroundings);
    let mut problems = Vec::new();
    for check in HERE {
        (check.run)(&context, &mut Report { check, problems: &mut problems });
    }
    problems
}

/// Where a check puts what it finds.
struct Report<'r> {
    check: &'static Check,
    problems: &'r mut Vec<Problem>,
}

impl Report<'_> {
    /// Reports a problem and what to do about it.
    fn add(&mut self, place: Place<'_>, message: impl Into<String>, hint: impl Into<String>) {
        let problem = Problem {
            severity: self.check.severity,
            card: place.card.map(str::to_owned),
            ..Problem::error(self.check.code, place.position, message)
        };
        self.problems.push(problem.hint(hint));
    }
}

/// "Did you mean …?", or else other advice.
fn did_you_mean(name: &str, names: &[&str], otherwise: &str) -> String {
    let near = expression::nearest(name, names);
    near.map_or_else(|| otherwise.to_owned(), |near| format!("Did you mean `{near}`?"))
}
