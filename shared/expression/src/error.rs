//! What can go wrong: in the source ([`SyntaxError`]) and while evaluating ([`EvaluationError`]).

use std::fmt;

/// A stretch of source, in bytes: `start` is the first byte, `end` the one after the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Span {
    /// The bytes `start..end`.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// From the start of this span to the end of `other`.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start, end: other.end.max(self.start) }
    }

    /// The same stretch in a source that has `offset` more bytes in front.
    #[must_use]
    pub fn shifted(self, offset: usize) -> Self {
        Self { start: self.start + offset, end: self.end + offset }
    }

    /// Line and column of the start, both from 1, the column in characters.
    #[must_use]
    pub fn line_and_column(self, source: &str) -> (usize, usize) {
        let mut start = self.start.min(source.len());
        while !source.is_char_boundary(start) {
            start -= 1;
        }
        let before = &source[..start];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

/// A mistake in the source: where, what, what would have been right, and a hint when there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where, in bytes of the source given.
    pub span: Span,
    /// What is wrong, as a phrase without a full stop.
    pub message: String,
    /// What could have stood there, for example "`)`".
    pub expected: Option<String>,
    /// What to do about it, for example "did you mean `concatenate`?".
    pub hint: Option<String>,
}

impl SyntaxError {
    /// A mistake with nothing more to say than what it is.
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), expected: None, hint: None }
    }

    /// Adds what could have stood there.
    #[must_use]
    pub fn expecting(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same mistake in a source that has `offset` more bytes in front.
    #[must_use]
    pub fn shifted(mut self, offset: usize) -> Self {
        self.span = self.span.shifted(offset);
        self
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(expected) = &self.expected {
            write!(f, "; expected {expected}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, " ({hint})")?;
        }
        Ok(())
    }
}

impl std::error::Error for SyntaxError {}

/// Why an evaluation stopped. A journey shows these to its builder; none of them is a fault of the service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluationError {
    /// An operator was given a name that stands for nothing.
    #[error("attribute is not found: `{name}`")]
    AttributeNotFound {
        /// The reference as written.
        name: String,
    },
    /// A call of a function that does not exist.
    #[error("there is no function `{name}`{}", hint.as_ref().map(|h| format!(", did you mean `{h}`?")).unwrap_or_default())]
    UnknownFunction {
        /// The name as written.
        name: String,
        /// The nearest name that exists.
        hint: Option<String>,
    },
    /// A call with too few or too many arguments, or with an argument name the function does not know.
    #[error("`{function}` takes {expected}, not {given}")]
    Arity {
        /// The function.
        function: &'static str,
        /// What it takes, for example "1 or 2 arguments".
        expected: String,
        /// What it was given.
        given: String,
    },
    /// An operand or argument of the wrong kind.
    #[error("{place} needs {expected}, not {found}")]
    Type {
        /// The operator or function, for example "`+`" or "argument 2 of `left`".
        place: String,
        /// The kind it needs.
        expected: &'static str,
        /// The kind and value it got, shortened.
        found: String,
    },
    /// Division, or remainder, by zero.
    #[error("division by zero")]
    DivisionByZero,
    /// A result that no number can hold.
    #[error("the result of {place} is not a number that can be written")]
    NotFinite {
        /// The operator or function.
        place: String,
    },
    /// An argument of the right kind with an impossible value.
    #[error("{place}: {problem}")]
    Argument {
        /// The function and argument.
        place: String,
        /// What is wrong with the value.
        problem: String,
    },
    /// A capture (`&1`) outside a lambda, or beyond the arguments the lambda was given.
    #[error("`&{number}` stands for nothing here: captures belong inside `&(…)` and count its arguments from 1")]
    CaptureOutsideLambda {
        /// The number of the capture.
        number: u8,
    },
    /// The work the evaluation was allowed is spent.
    #[error("the expression does too much work; shorten its lists or split it over several cards")]
    BudgetExceeded,
    /// A text or list grew beyond what an evaluation may produce.
    #[error("the result is larger than the {limit} bytes allowed")]
    OutputTooLarge {
        /// [`crate::Environment::max_output`].
        limit: usize,
    },
    /// Lambdas that call each other without end, or very deep nesting.
    #[error("the expression nests too deeply while it is evaluated")]
    TooDeep,
}
