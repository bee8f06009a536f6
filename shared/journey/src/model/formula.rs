//! An expression inside a journey.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use expression::{Dialect, Expr, ExprKind, Span, parse_expression, parse_template};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// An expression of the code: a value, a condition or a text with references. Cheap to clone.
///
/// In JSON it is its source, so the canvas edits what the code shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Formula(Arc<Expr>);

impl Formula {
    /// Parses the source of an expression as it stands in code.
    ///
    /// # Errors
    /// When it is not one whole expression.
    pub fn parse(source: &str) -> Result<Self, expression::SyntaxError> {
        parse_expression(source, Dialect::Code).map(Self::from)
    }

    /// A text without references.
    #[must_use]
    pub fn text(text: &str) -> Self {
        let kind = if text.contains('@') {
            ExprKind::Interpolated(parse_template(&text.replace('@', "@@")))
        } else {
            ExprKind::Text(text.into())
        };
        Expr::new(kind, Span::default()).into()
    }

    /// The text, when it is a literal without references.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match &self.0.kind {
            ExprKind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The name, when it is nothing but a name.
    #[must_use]
    pub fn as_name(&self) -> Option<&str> {
        match &self.0.kind {
            ExprKind::Name(name) => Some(name.as_str()),
            _ => None,
        }
    }
}

impl From<Expr> for Formula {
    fn from(expr: Expr) -> Self {
        Self(Arc::new(expr))
    }
}

impl Deref for Formula {
    type Target = Expr;

    fn deref(&self) -> &Expr {
        &self.0
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Formula {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Formula {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let source = String::deserialize(deserializer)?;
        Self::parse(&source).map_err(|error| D::Error::custom(format_args!("`{source}`: {error}")))
    }
}
