//! Regular expressions. Matching takes time proportional to the text and the pattern, whatever the pattern; both are
//! bounded, and paid for from the budget.

use std::collections::VecDeque;
use std::sync::{LazyLock, Mutex, PoisonError};

use regex::{Regex, RegexBuilder};
use regex_syntax::hir::{Class, Hir, HirKind};

use super::{Function, function};
use crate::context::Arguments;
use crate::error::EvaluationError;
use crate::value::Value;

type Result<T> = std::result::Result<T, EvaluationError>;

/// How deep brackets of a pattern may nest.
const MAX_NESTING: u32 = 50;
/// How many positions a pattern may have once its repetitions are written out.
const MAX_POSITIONS: u64 = 5_000;
/// How many ranges of characters a pattern may have once its repetitions are written out.
const MAX_RANGES: u64 = 20_000;
/// Largest compiled pattern, and largest table built while matching, in bytes.
const MAX_BYTES: usize = 256 * 1024;
/// How many patterns stay compiled: the few that a journey asks over and over.
const KEPT: usize = 8;
/// Work units of looking at a pattern at all.
const BASE_COST: u64 = 200;
/// How many steps of the slowest way to match make one work unit.
const STEPS_PER_UNIT: u64 = 16;

pub(super) static FUNCTIONS: &[Function] = &[function!(
    "has_pattern", Eager(has_pattern), "Whether a pattern occurs exactly once; case does not count.",
    ["text": "a text, looked at without the blanks at its ends",
     "pattern": "a [regular expression](https://docs.rs/regex/latest/regex/#syntax) without look-around or back-references"],
    "boolean", errors: "a pattern that is not one, or is too large",
    "has_pattern(\"1234\", \"^[0-9]+$\")" => "true", "has_pattern(\"a1\", \"^\\d+$\")" => "false",
    "has_pattern(\"buy 1 or 2\", \"\\d\")" => "false",
)];

fn has_pattern(arguments: &Arguments<'_>) -> Result<Value> {
    let (text, source) = (arguments.text(0)?, arguments.text(1)?);
    let text = text.trim();
    let pattern = pattern(arguments, &source)?;
    let steps = pattern.positions.saturating_mul(u64::try_from(text.len()).unwrap_or(u64::MAX));
    arguments.env().spend(steps / STEPS_PER_UNIT)?;
    Ok(Value::Bool(pattern.regex.find_iter(text).take(2).count() == 1))
}

/// A compiled pattern and what it costs.
#[derive(Clone)]
struct Pattern {
    source: Box<str>,
    regex: Regex,
    /// The most places a match can be at, at one time.
    positions: u64,
    /// What compiling it costs.
    cost: u64,
}

/// The patterns used last, the latest in front. Only time depends on it: a kept pattern costs as many work units as a
/// new one, so that an evaluation never depends on those before it.
static RECENT: LazyLock<Mutex<VecDeque<Pattern>>> = LazyLock::new(Mutex::default);

fn pattern(arguments: &Arguments<'_>, source: &str) -> Result<Pattern> {
    let recent = || RECENT.lock().unwrap_or_else(PoisonError::into_inner);
    let kept = |list: &mut VecDeque<Pattern>| {
        let index = list.iter().position(|pattern| *pattern.source == *source)?;
        list.remove(index)
    };
    let taken = kept(&mut recent());
    let pattern = match taken {
        Some(pattern) => {
            arguments.env().spend(pattern.cost)?;
            pattern
        }
        None => compile(arguments, source)?,
    };
    let mut recent = recent();
    recent.truncate(KEPT - 1);
    recent.push_front(pattern.clone());
    Ok(pattern)
}

fn compile(arguments: &Arguments<'_>, source: &str) -> Result<Pattern> {
    // Reading a pattern costs a little for each byte of it.
    arguments.env().spend(BASE_COST)?;
    arguments.env().spend_output(source.len())?;
    let too_large = || arguments.invalid(1, "the pattern is too large; repeat less");
    let parsed =
        regex_syntax::ParserBuilder::new().case_insensitive(true).nest_limit(MAX_NESTING).build().parse(source);
    let size = Size::of(&parsed.map_err(|error| arguments.invalid(1, describe(&error)))?);
    if size.positions > MAX_POSITIONS || size.ranges > MAX_RANGES {
        return Err(too_large());
    }
    let written = u64::try_from(source.len()).unwrap_or(u64::MAX);
    arguments.env().spend(size.ranges)?;
    // It has been parsed: what is left to go wrong is its size.
    let regex = RegexBuilder::new(source)
        .case_insensitive(true)
        .nest_limit(MAX_NESTING)
        .size_limit(MAX_BYTES)
        .dfa_size_limit(MAX_BYTES)
        .build()
        .map_err(|_| too_large())?;
    let cost = BASE_COST.saturating_add(written).saturating_add(size.ranges);
    Ok(Pattern { source: source.into(), regex, positions: size.positions, cost })
}

/// What is wrong with a pattern, and where, on one line.
fn describe(error: &regex_syntax::Error) -> String {
    let (what, at) = match error {
        regex_syntax::Error::Parse(error) => (error.kind().to_string(), error.span().start.column),
        regex_syntax::Error::Translate(error) => (error.kind().to_string(), error.span().start.column),
        other => return format!("this is not a pattern: {other}"),
    };
    format!("this is not a pattern: {what}, at character {at}")
}

/// How large a pattern is with its repetitions written out.
#[derive(Clone, Copy)]
struct Size {
    /// Characters and classes.
    positions: u64,
    /// The ranges of characters in them: how much there is to compile.
    ranges: u64,
}

impl Size {
    fn of(hir: &Hir) -> Self {
        let one = |ranges: usize| {
            let ranges = u64::try_from(ranges).unwrap_or(u64::MAX).max(1);
            Self { positions: 1, ranges }
        };
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => one(1),
            HirKind::Literal(literal) => one(1).times(u64::try_from(literal.0.len()).unwrap_or(u64::MAX)),
            HirKind::Class(Class::Unicode(class)) => one(class.ranges().len()),
            HirKind::Class(Class::Bytes(class)) => one(class.ranges().len()),
            HirKind::Repetition(repetition) => {
                Self::of(&repetition.sub).times(repetition.max.unwrap_or(repetition.min).max(1).into())
            }
            HirKind::Capture(capture) => Self::of(&capture.sub),
            HirKind::Concat(parts) | HirKind::Alternation(parts) => {
                parts.iter().map(Self::of).fold(Self { positions: 0, ranges: 0 }, |left, right| Self {
                    positions: left.positions.saturating_add(right.positions),
                    ranges: left.ranges.saturating_add(right.ranges),
                })
            }
        }
    }

    fn times(self, count: u64) -> Self {
        Self { positions: self.positions.saturating_mul(count), ranges: self.ranges.saturating_mul(count) }
    }
}
