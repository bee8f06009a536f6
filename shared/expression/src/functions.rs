//! The registry of functions: one file a family, every function with its documentation and examples, which stand in
//! `FUNCTIONS.md`, too; `UPDATE=1 tests/run -p expression the_page` writes it anew.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::context::{Arguments, Unevaluated};
use crate::error::EvaluationError;
use crate::nearest::nearest;
use crate::value::Value;

mod check;
mod date;
mod date_arithmetic;
mod encoding;
mod enumeration;
mod findings;
mod floip;
mod json;
mod logical;
mod membership;
mod number;
mod pattern;
mod phone;
pub mod reference;
mod string;
mod string_tests;
mod value_tests;
mod words;

/// A function of the language.
#[derive(Debug)]
pub struct Function {
    /// Its name, in lower case.
    pub name: &'static str,
    /// What it is, for those who write journeys.
    pub documentation: Documentation,
    pub(crate) implementation: Implementation,
}

/// What a function takes, gives and refuses.
#[derive(Debug)]
pub struct Documentation {
    /// What it gives, in one sentence.
    pub summary: &'static str,
    /// Name and meaning of each argument. A name that ends in `?` may be left out; one that ends in `…` may be repeated.
    pub arguments: &'static [(&'static str, &'static str)],
    /// The kind of the result.
    pub result: &'static str,
    /// When the evaluation stops, or an error value is given back.
    pub errors: &'static str,
    /// Expressions of a journey's code, and expressions of the same value. Evaluated at 2026-11-22T10:00:00Z, a
    /// Sunday, in UTC.
    pub examples: &'static [(&'static str, &'static str)],
}

/// How many arguments a function takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arity {
    /// The fewest.
    pub least: usize,
    /// The most; `None` without a limit.
    pub most: Option<usize>,
}

impl Arity {
    /// Whether `count` arguments are right.
    #[must_use]
    pub fn accepts(self, count: usize) -> bool {
        count >= self.least && self.most.is_none_or(|most| count <= most)
    }
}

impl std::fmt::Display for Arity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.least, self.most) {
            (0, Some(0)) => f.write_str("no arguments"),
            (1, Some(1)) => f.write_str("1 argument"),
            (least, Some(most)) if least == most => write!(f, "{least} arguments"),
            (least, Some(most)) => write!(f, "{least} to {most} arguments"),
            (least, None) => write!(f, "{least} or more arguments"),
        }
    }
}

#[derive(Debug)]
pub(crate) enum Implementation {
    /// Called with the values of its arguments.
    Eager(fn(&Arguments<'_>) -> Result<Value, EvaluationError>),
    /// Evaluates those of its arguments it needs.
    Lazy(fn(&Unevaluated<'_>) -> Result<Value, EvaluationError>),
}

impl Function {
    /// How many arguments it takes, as its documentation says.
    #[must_use]
    pub fn arity(&self) -> Arity {
        let arguments = self.documentation.arguments;
        let optional = |name: &str| name.ends_with('?') || name.ends_with('…');
        let least = arguments.iter().filter(|(name, _)| !optional(name)).count();
        let endless = arguments.iter().any(|(name, _)| name.ends_with('…'));
        Arity { least, most: (!endless).then_some(arguments.len()) }
    }

    pub(crate) fn refuses(&self, given: String) -> EvaluationError {
        EvaluationError::Arity { function: self.name, expected: self.arity().to_string(), given }
    }
}

/// Shorthand of the families: name, implementation, documentation.
macro_rules! function {
    ($name:literal, $kind:ident($run:path), $summary:literal, [$($argument:literal: $meaning:literal),* $(,)?],
     $result:literal, errors: $errors:literal, $($example:literal => $value:literal),+ $(,)?) => {
        $crate::functions::Function {
            name: $name,
            documentation: $crate::functions::Documentation {
                summary: $summary,
                arguments: &[$(($argument, $meaning)),*],
                result: $result,
                errors: $errors,
                examples: &[$(($example, $value)),+],
            },
            implementation: $crate::functions::Implementation::$kind($run),
        }
    };
}
use function;

/// Functions that belong together.
#[derive(Debug)]
pub struct Family {
    /// What it is called.
    pub title: &'static str,
    /// What its functions are about, in a sentence.
    pub summary: &'static str,
    /// Its functions.
    pub functions: &'static [Function],
}

/// Every family, in the order of the reference.
static FAMILIES: [Family; 16] = [
    family("Conditions", "Choose between values; only what is needed is evaluated.", logical::FUNCTIONS),
    family("Kinds of values", "Tell what a value is.", value_tests::FUNCTIONS),
    family("Numbers", "Calculate, round, and draw by chance.", number::FUNCTIONS),
    family(
        "Texts",
        "Take texts apart and put them together. Positions and lengths count code points, as the checks of long texts do: an \
         emoji with a skin tone, or a letter with its accent typed apart, counts as two.",
        string::FUNCTIONS,
    ),
    family("Words", "Work with a text word by word.", words::FUNCTIONS),
    family(
        "Text tests",
        "Ask what a text says, as people write it: case, and blanks at both ends, do not count unless a test says so.",
        string_tests::FUNCTIONS,
    ),
    family("Patterns", "Ask whether a text has a given form.", pattern::FUNCTIONS),
    family(
        "Findings",
        "Ask whether there is a number, date, time or address in a text; what was found is a field of the result.",
        findings::FUNCTIONS,
    ),
    family("Phone numbers", "Find and complete phone numbers.", phone::FUNCTIONS),
    family("Dates and times", "Make dates, moments and times, write them, and read their parts.", date::FUNCTIONS),
    family("Time arithmetic", "Go from one moment to another.", date_arithmetic::FUNCTIONS),
    family(
        "Lists and maps",
        "Work on many values at once. A range stands for its numbers, a map for its `[key, value]` pairs.",
        enumeration::FUNCTIONS,
    ),
    family("Membership", "Ask what is in a list.", membership::FUNCTIONS),
    family("JSON", "Read and write data as other programs do.", json::FUNCTIONS),
    family("Codes and encodings", "Characters as numbers, and texts made safe for other places.", encoding::FUNCTIONS),
    family(
        "FLOIP",
        "What the FLOIP specification defines and the language has shorter spellings for.",
        floip::FUNCTIONS,
    ),
];

const fn family(title: &'static str, summary: &'static str, functions: &'static [Function]) -> Family {
    Family { title, summary, functions }
}

static BY_NAME: LazyLock<HashMap<&'static str, &'static Function>> =
    LazyLock::new(|| all().map(|function| (function.name, function)).collect());

/// Every function.
pub fn all() -> impl Iterator<Item = &'static Function> {
    FAMILIES.iter().flat_map(|family| family.functions)
}

/// Every family of functions, in the order of the reference.
#[must_use]
pub fn families() -> &'static [Family] {
    &FAMILIES
}

/// The function of that name, in any case.
#[must_use]
pub fn find(name: &str) -> Option<&'static Function> {
    BY_NAME.get(name).copied().or_else(|| {
        let capitals = name.chars().any(char::is_uppercase);
        capitals.then(|| BY_NAME.get(name.to_lowercase().as_str()).copied()).flatten()
    })
}

/// Work units of [`suggest`], which compares a name with every other.
pub(crate) const SUGGESTION_COST: u64 = 1_000;

/// The function that may have been meant by a name that none has.
#[must_use]
pub fn suggest(name: &str) -> Option<&'static str> {
    let names: Vec<&'static str> = all().map(|function| function.name).collect();
    nearest(name, &names)
}
