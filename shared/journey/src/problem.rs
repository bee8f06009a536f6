//! What is wrong with a journey, said to the person who wrote it.

use std::fmt;

use serde::Serialize;

/// How bad a [`Problem`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It has no meaning: the journey cannot be published.
    Error,
    /// The journey runs, but what stands here does not work in it. Who publishes says once more that they want to.
    Fault,
    /// The journey runs, but probably not as its author expects.
    Warning,
    /// The journey runs as it should; something about it could be better.
    Hint,
}

impl Severity {
    /// Whether a journey runs with a problem that is so bad, and whether it is published, as a sentence.
    #[must_use]
    pub fn consequence(self) -> &'static str {
        match self {
            Self::Error => "The journey does not run, and is not published.",
            Self::Fault => "The journey runs; it is published once somebody accepts the problem.",
            Self::Warning | Self::Hint => "The journey runs and is published.",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Fault => "fault",
            Self::Warning => "warning",
            Self::Hint => "hint",
        })
    }
}

/// One thing that is wrong in a notebook, with its place and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// A short stable name of the kind of problem, such as `unknown-card`: for programs and for help pages.
    pub code: &'static str,
    /// Whether the journey can still be published.
    pub severity: Severity,
    /// What is wrong, as one sentence.
    pub message: String,
    /// What was expected at this place, where that can be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<Box<str>>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Line in the notebook, from 1; 0 when the model did not come from a notebook.
    pub line: u32,
    /// Column in characters, from 1; 0 when the model did not come from a notebook.
    pub column: u32,
    /// The card it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
}

impl Problem {
    /// An error at a place; add what else is known with the builder methods.
    #[must_use]
    pub fn error(code: &'static str, position: Position, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            expected: None,
            hint: None,
            line: position.line,
            column: position.column,
            card: None,
        }
    }

    /// A fault at a place.
    #[must_use]
    pub fn fault(code: &'static str, position: Position, message: impl Into<String>) -> Self {
        Self { severity: Severity::Fault, ..Self::error(code, position, message) }
    }

    /// A warning at a place.
    #[must_use]
    pub fn warning(code: &'static str, position: Position, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, position, message) }
    }

    /// Whether it keeps the journey from running, and so from being published.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// Whether the journey runs with it, and is published only when somebody accepts that.
    #[must_use]
    pub fn is_fault(&self) -> bool {
        self.severity == Severity::Fault
    }

    /// Says what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says what should stand at this place.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<Box<str>>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// Names the card it is in.
    #[must_use]
    pub fn card(mut self, card: impl Into<String>) -> Self {
        self.card = Some(card.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: ", self.line, self.column, self.severity)?;
        if let Some(card) = &self.card {
            write!(f, "card {card}: ")?;
        }
        f.write_str(&self.message)?;
        if let Some(expected) = &self.expected {
            write!(f, " Expected {expected}.")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, " {hint}")?;
        }
        Ok(())
    }
}

/// A phrase with a capital first and a full stop last.
pub(crate) fn sentence(mut phrase: String) -> String {
    if let Some(first) = phrase.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    if !phrase.ends_with(['.', '?', '!']) {
        phrase.push('.');
    }
    phrase
}

/// Where something stands in the notebook it was read from.
///
/// Two positions are always equal: a journey is the same journey wherever its lines are, so
/// `parse(print(j)) == j` can hold, and a model drawn on the canvas has no lines at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct Position {
    /// Line from 1; 0 means unknown.
    pub line: u32,
    /// Column in characters from 1; 0 means unknown.
    pub column: u32,
}

impl PartialEq for Position {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Position {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_where_what_and_what_to_do() {
        let problem = Problem::error("unknown-card", Position { line: 4, column: 7 }, "There is no card `Fin`.")
            .expected("a card")
            .hint("Did you mean `Final`?")
            .card("Start");
        assert_eq!(
            problem.to_string(),
            "4:7: error: card Start: There is no card `Fin`. Expected a card. Did you mean `Final`?"
        );
    }
}
