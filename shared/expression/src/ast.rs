//! The expression as a tree.

use std::sync::Arc;

use jiff::{civil, tz::Offset};

use crate::error::Span;
use crate::template::Template;

/// How deep the tree of an expression may be: a chain such as `a + b + c` adds a level with every operator. Bounds the
/// recursion of the evaluator, the printer and the destructor.
pub const MAX_DEPTH: u16 = 200;

/// How deep the parser recurses for brackets, operators and calls inside each other; a call inside a call takes two.
pub const MAX_NESTING: u16 = 64;

/// One node of an expression. Two are equal when they say the same thing, wherever they stand in their source.
#[derive(Debug, Clone)]
pub struct Expr {
    /// What the node is.
    pub kind: ExprKind,
    /// Where it stands, in bytes of the source it was parsed from.
    pub span: Span,
    depth: u16,
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

/// A name as written, with the lower-case key it is looked up by: names are case-insensitive.
#[derive(Debug, Clone)]
pub struct Name {
    written: Arc<str>,
    key: Arc<str>,
}

impl Name {
    /// A name as written in the source.
    #[must_use]
    pub fn new(written: &str) -> Self {
        let written: Arc<str> = written.into();
        let key = if written.chars().any(char::is_uppercase) { written.to_lowercase().into() } else { written.clone() };
        Self { written, key }
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// In lower case, as it is looked up.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Eq for Name {}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ExprKind {
    /// `nil`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// `42`; negative when a minus sign stands before the literal.
    Int(i64),
    /// `1.5`
    Float(f64),
    /// A text without references.
    Text(Arc<str>),
    /// A text with references in it: `"Hello @contact.name"`.
    Interpolated(Template),
    /// `2026-11-22`
    Date(civil::Date),
    /// `13:00`
    Time(civil::Time),
    /// `2026-11-22T13:00:00Z`
    DateTime(DateTimeLiteral),
    /// `1..10//2`
    Range {
        /// The first number.
        first: Box<Expr>,
        /// The last number, included.
        last: Box<Expr>,
        /// The step; 1 or -1 when absent, whichever leads from first to last.
        step: Option<Box<Expr>>,
    },
    /// `[a, b]`
    List(Vec<Expr>),
    /// `contact`
    Name(Name),
    /// `base.field`
    Member {
        /// What the field is read from.
        base: Box<Expr>,
        /// The field.
        field: Name,
    },
    /// `base[index]`
    Index {
        /// What is indexed.
        base: Box<Expr>,
        /// A number from 0 (negative counts from the end) for lists, a key for maps.
        index: Box<Expr>,
    },
    /// `name(arguments)`. `if` in all its spellings is a call of `if` with two or three arguments.
    Call {
        /// The function.
        name: Name,
        /// Its arguments, in order.
        arguments: Vec<Arg>,
    },
    /// `&1`
    Capture(u8),
    /// `&(&1 * 2)`
    Lambda(Arc<Expr>),
    /// `-x`
    Negate(Box<Expr>),
    /// `not x`
    Not(Box<Expr>),
    /// `left operator right`
    Binary {
        /// What is done.
        operator: BinaryOperator,
        /// The left operand.
        left: Box<Expr>,
        /// The right operand.
        right: Box<Expr>,
    },
}

/// An argument of a call, with its name when it has one: `timeout: 5_000`.
#[derive(Debug, Clone, PartialEq)]
pub struct Arg {
    /// The name before the colon.
    pub name: Option<String>,
    /// The value.
    pub value: Expr,
}

/// A date and time as written: without an offset it means the local time of [`crate::Environment::time_zone`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateTimeLiteral {
    /// Date and time of day.
    pub civil: civil::DateTime,
    /// The offset from UTC, when it is written.
    pub offset: Option<Offset>,
}

/// The operators that take two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BinaryOperator {
    /// `or`
    Or,
    /// `and`
    And,
    /// `in`
    In,
    /// `==`, also written `=`
    Equal,
    /// `!=`, also written `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `&`
    Concatenate,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `^`
    Power,
}

impl BinaryOperator {
    /// As it is written.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Or => "or",
            Self::And => "and",
            Self::In => "in",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Concatenate => "&",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Power => "^",
        }
    }
}

impl Expr {
    /// A node; its depth is one more than that of its deepest child.
    #[must_use]
    pub fn new(kind: ExprKind, span: Span) -> Self {
        let deepest = match &kind {
            ExprKind::Range { first, last, step } => {
                first.depth.max(last.depth).max(step.as_ref().map_or(0, |step| step.depth))
            }
            ExprKind::List(items) => items.iter().map(|item| item.depth).max().unwrap_or(0),
            ExprKind::Call { arguments, .. } => arguments.iter().map(|arg| arg.value.depth).max().unwrap_or(0),
            ExprKind::Member { base: inner, .. } | ExprKind::Negate(inner) | ExprKind::Not(inner) => inner.depth,
            ExprKind::Lambda(inner) => inner.depth,
            ExprKind::Index { base: left, index: right } | ExprKind::Binary { left, right, .. } => {
                left.depth.max(right.depth)
            }
            ExprKind::Interpolated(template) => template.depth(),
            _ => 0,
        };
        Self { kind, span, depth: deepest.saturating_add(1) }
    }

    /// How many nodes lie on the longest way down, this one included; at most [`MAX_DEPTH`] for a parsed expression.
    #[must_use]
    pub fn depth(&self) -> u16 {
        self.depth
    }

    /// Whether the node is a way through the data, such as `contact.name` or `list[0].x`: what may be unresolved.
    #[must_use]
    pub fn is_reference(&self) -> bool {
        match &self.kind {
            ExprKind::Name(_) => true,
            ExprKind::Member { base, .. } | ExprKind::Index { base, .. } => base.is_reference(),
            _ => false,
        }
    }

    /// The first name of a reference.
    pub(crate) fn root(&self) -> Option<&Name> {
        match &self.kind {
            ExprKind::Name(name) => Some(name),
            ExprKind::Member { base, .. } | ExprKind::Index { base, .. } => base.root(),
            _ => None,
        }
    }

    /// Calls `visit` for this node and every node below it, those inside texts included.
    pub fn walk(&self, visit: &mut dyn FnMut(&Expr)) {
        self.walk_in(None, &mut |node, _| visit(node));
    }

    /// [`Self::walk`] with the place of the outermost text around each node. A node inside a text, whose escapes are
    /// resolved before it is parsed, has a place of its own in that text only.
    pub(crate) fn walk_in(&self, text: Option<Span>, visit: &mut dyn FnMut(&Expr, Option<Span>)) {
        visit(self, text);
        let mut each = |part: &Expr| part.walk_in(text, visit);
        match &self.kind {
            ExprKind::Range { first, last, step } => {
                each(first);
                each(last);
                if let Some(step) = step {
                    each(step);
                }
            }
            ExprKind::List(items) => items.iter().for_each(each),
            ExprKind::Call { arguments, .. } => arguments.iter().for_each(|argument| each(&argument.value)),
            ExprKind::Member { base: inner, .. } | ExprKind::Negate(inner) | ExprKind::Not(inner) => each(inner),
            ExprKind::Lambda(inner) => each(inner),
            ExprKind::Index { base: left, index: right } | ExprKind::Binary { left, right, .. } => {
                each(left);
                each(right);
            }
            ExprKind::Interpolated(template) => {
                let text = text.or(Some(self.span));
                template.expressions().for_each(|inner| inner.walk_in(text, visit));
            }
            _ => {}
        }
    }

    /// The references in the expression, outermost first, as written: `contact.name`, `list[0].x`.
    #[must_use]
    pub fn references(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.collect_references(&mut found);
        found
    }

    pub(crate) fn collect_references(&self, found: &mut Vec<String>) {
        // A reference inside a longer one (the `contact` of `contact.name`) is not listed again.
        let mut inside = std::collections::HashSet::new();
        self.walk(&mut |node| {
            if node.is_reference() {
                if !inside.contains(&std::ptr::from_ref(node)) {
                    found.push(node.to_string());
                }
                if let ExprKind::Member { base, .. } | ExprKind::Index { base, .. } = &node.kind {
                    inside.insert(std::ptr::from_ref(&**base));
                }
            }
        });
    }
}
