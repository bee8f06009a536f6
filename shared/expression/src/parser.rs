//! Tokens to an expression.
//!
//! The parser stops at the first token it cannot take, so that the reader of a journey's code can go on from
//! [`Parser::position`]. Its recursion is bounded: nesting beyond [`MAX_NESTING`] and trees
//! deeper than [`MAX_DEPTH`] are syntax errors.

use crate::ast::{BinaryOperator, Expr, ExprKind, MAX_DEPTH, MAX_NESTING};
use crate::error::{Span, SyntaxError};
use crate::lexer::{Token, TokenKind, tokenize};

mod operand;

/// How operators bind; those of one level are read from left to right. A minus sign before a value, like brackets and
/// `.field`, binds tighter than all of them: `-2 ^ 2` is 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// A journey's code. From loosest to tightest: `or`; `and`; `not`; comparisons; `+ - &`; `* /`; `^`. A single `=`
    /// compares as `==` does, except behind the first name of a statement, where it assigns. An operator at the beginning of
    /// a line goes on with the line before.
    Code,
    /// The expression inside a text's `@(…)`: like [`Dialect::Code`], except that `+ - &` and the comparisons are one level
    /// read from left to right: `a > 1 + 1` is `(a > 1) + 1`. Names may contain hyphens.
    Template,
}

/// Loosest and tightest levels of [`level`].
const LOOSEST: u8 = 0;
const NOT: u8 = 2;
const COMPARISON: u8 = 3;
const TIGHTEST: u8 = 7;

/// A tree of this depth can be read again from what is printed: a level of it costs the parser less than four.
const SURELY_WRITABLE: u16 = MAX_NESTING / 4;

/// How tightly `operator` binds; operators of one level are read from left to right.
pub(crate) fn level(operator: BinaryOperator, dialect: Dialect) -> u8 {
    use BinaryOperator as B;
    match operator {
        B::Or => 0,
        B::And => 1,
        B::In | B::Equal | B::NotEqual | B::Less | B::LessOrEqual | B::Greater | B::GreaterOrEqual => COMPARISON,
        B::Add | B::Subtract | B::Concatenate => match dialect {
            Dialect::Code => COMPARISON + 1,
            Dialect::Template => COMPARISON,
        },
        B::Multiply | B::Divide => 5,
        B::Power => 6,
    }
}

/// Parses one expression that must fill `source`.
///
/// # Errors
/// The first mistake found.
pub fn parse_expression(source: &str, dialect: Dialect) -> Result<Expr, SyntaxError> {
    parse_nested(source, dialect, 0)
}

/// [`parse_expression`] for an expression inside a text that itself lies `texts` texts deep.
pub(crate) fn parse_nested(source: &str, dialect: Dialect, texts: u8) -> Result<Expr, SyntaxError> {
    let (tokens, errors) = tokenize(source);
    if let Some(error) = errors.into_iter().next() {
        return Err(error);
    }
    let mut parser = Parser::new(&tokens, 0, dialect);
    parser.texts = texts;
    let expression = parser.expression()?;
    if let Some(mistake) = parser.take_mistakes().into_iter().next() {
        return Err(mistake);
    }
    parser.skip_blank();
    match parser.peek() {
        TokenKind::Eof => Ok(expression),
        other => {
            let error =
                SyntaxError::new(parser.span(), format!("{} does not belong to the expression", other.describe()));
            Err(match (other, other.advice()) {
                (TokenKind::LeftParenthesis, _) => error.with_hint("write no space between a function and its `(`"),
                (_, Some(advice)) => error.with_hint(advice),
                (_, None) => error.expecting("an operator or the end"),
            })
        }
    }
}

/// Reads expressions from a list of tokens.
pub struct Parser<'t> {
    tokens: &'t [Token],
    position: usize,
    dialect: Dialect,
    /// How many brackets are open: inside them a newline is blank space.
    brackets: u16,
    /// How deep the recursion is.
    depth: u16,
    /// How many lambdas are open: outside of them `a &1` concatenates.
    lambdas: u16,
    /// How many texts lie around this expression.
    texts: u8,
    /// What was wrong and could be understood all the same.
    mistakes: Vec<SyntaxError>,
}

impl<'t> Parser<'t> {
    /// A parser that starts at the token with index `position`.
    #[must_use]
    pub fn new(tokens: &'t [Token], position: usize, dialect: Dialect) -> Self {
        Self { tokens, position, dialect, brackets: 0, depth: 0, lambdas: 0, texts: 0, mistakes: Vec::new() }
    }

    /// The index of the first token that was not taken.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }

    /// What was wrong in the expressions read so far, although it was clear what is meant, such as `elsif`: they were read as
    /// they are meant.
    pub fn take_mistakes(&mut self) -> Vec<SyntaxError> {
        std::mem::take(&mut self.mistakes)
    }

    /// Reads one expression and stops at the first token that cannot belong to it.
    ///
    /// # Errors
    /// When no expression begins here, or one begins and is broken. [`Self::position`] is then where it broke.
    pub fn expression(&mut self) -> Result<Expr, SyntaxError> {
        let expression = self.binary(LOOSEST)?;
        if expression.depth() > SURELY_WRITABLE && !self.is_writable(&expression) {
            return Err(self.too_deep(expression.span));
        }
        Ok(expression)
    }

    /// Whether what is printed can be read again: it may have parentheses that were not written, and they nest.
    fn is_writable(&self, expression: &Expr) -> bool {
        let (tokens, _) = tokenize(&expression.to_string());
        let mut parser = Parser { texts: self.texts, ..Parser::new(&tokens, 0, self.dialect) };
        parser.binary(LOOSEST).is_ok_and(|again| again == *expression)
    }

    /// Reads operands joined by operators of `loosest` level and tighter.
    fn binary(&mut self, loosest: u8) -> Result<Expr, SyntaxError> {
        self.nest(|parser| {
            let mut left = parser.prefix(loosest)?;
            loop {
                let start = parser.position;
                if parser.brackets > 0 || parser.goes_on_below() {
                    parser.skip_blank();
                }
                let Some((operator, negated)) = parser.infix() else {
                    parser.position = start;
                    return Ok(left);
                };
                let level = level(operator, parser.dialect);
                if level < loosest {
                    parser.position = start;
                    return Ok(left);
                }
                let right = parser.binary(level + 1)?;
                refuse_lambda(operator, &left)?;
                refuse_lambda(operator, &right)?;
                let span = left.span.to(right.span);
                let kind = ExprKind::Binary { operator, left: Box::new(left), right: Box::new(right) };
                left = parser.node(kind, span)?;
                if negated {
                    left = parser.node(ExprKind::Not(Box::new(left)), span)?;
                }
            }
        })
    }

    /// `not x`, `-x` or an operand.
    fn prefix(&mut self, loosest: u8) -> Result<Expr, SyntaxError> {
        self.skip_blank();
        let start = self.span();
        let function_form = matches!(self.peek_at(1), TokenKind::LeftParenthesis) && self.touches(1);
        if self.at_name("not") && !function_form {
            self.position += 1;
            // After a comparison or a sum, `not` takes only what stands right behind it.
            let operand = self.binary(if loosest <= NOT { COMPARISON } else { TIGHTEST })?;
            let span = start.to(operand.span);
            return self.node(ExprKind::Not(Box::new(operand)), span);
        }
        self.range()
    }

    /// The operator here, taken; `true` for `not in`.
    fn infix(&mut self) -> Option<(BinaryOperator, bool)> {
        use BinaryOperator as B;
        let operator = match self.peek() {
            TokenKind::Name(_) if self.at_name("or") => B::Or,
            TokenKind::Name(_) if self.at_name("and") => B::And,
            TokenKind::Name(_) if self.at_name("in") => B::In,
            TokenKind::Name(_) if self.at_name("not") => {
                let in_follows = matches!(self.peek_at(1), TokenKind::Name(name) if name.eq_ignore_ascii_case("in"));
                if !in_follows {
                    return None;
                }
                self.position += 2;
                return Some((B::In, true));
            }
            TokenKind::EqualsEquals | TokenKind::Equals => B::Equal,
            TokenKind::NotEquals => B::NotEqual,
            TokenKind::Less => B::Less,
            TokenKind::LessOrEqual => B::LessOrEqual,
            TokenKind::Greater => B::Greater,
            TokenKind::GreaterOrEqual => B::GreaterOrEqual,
            TokenKind::Plus => B::Add,
            TokenKind::Minus => B::Subtract,
            TokenKind::Ampersand => B::Concatenate,
            TokenKind::Star => B::Multiply,
            TokenKind::Slash => B::Divide,
            TokenKind::Caret => B::Power,
            _ => return None,
        };
        self.position += 1;
        Some((operator, false))
    }

    fn nest<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, SyntaxError>) -> Result<T, SyntaxError> {
        if self.depth >= MAX_NESTING {
            return Err(self.too_deep(self.span()));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// A node, unless it would make the tree too deep.
    fn node(&self, kind: ExprKind, span: Span) -> Result<Expr, SyntaxError> {
        let node = Expr::new(kind, span);
        if node.depth() > MAX_DEPTH { Err(self.too_deep(span)) } else { Ok(node) }
    }

    fn too_deep(&self, span: Span) -> SyntaxError {
        SyntaxError::new(span, "the expression nests too deeply").with_hint("split it, and keep the parts in variables")
    }

    fn peek(&self) -> &'t TokenKind {
        self.peek_at(0)
    }

    fn peek_at(&self, ahead: usize) -> &'t TokenKind {
        self.tokens.get(self.position + ahead).map_or(&TokenKind::Eof, |token| &token.kind)
    }

    /// Where the token here stands; at the end, the point behind the last token.
    fn span(&self) -> Span {
        self.tokens.get(self.position).or(self.tokens.last()).map_or_else(Span::default, |token| token.span)
    }

    /// Where the last token that was taken stands.
    fn previous_span(&self) -> Span {
        self.position.checked_sub(1).and_then(|index| self.tokens.get(index)).map_or_else(Span::default, |t| t.span)
    }

    /// Whether the token `ahead` follows the one before it without a space.
    fn touches(&self, ahead: usize) -> bool {
        let index = self.position + ahead;
        match (index.checked_sub(1).and_then(|before| self.tokens.get(before)), self.tokens.get(index)) {
            (Some(before), Some(token)) => before.span.end == token.span.start,
            _ => false,
        }
    }

    fn at_name(&self, keyword: &str) -> bool {
        matches!(self.peek(), TokenKind::Name(name) if name.eq_ignore_ascii_case(keyword))
    }

    fn skip_blank(&mut self) {
        while matches!(self.peek(), TokenKind::Newline | TokenKind::Comment(_)) {
            self.position += 1;
        }
    }

    /// Whether the next line begins with an operator, which can only go on with this one. `-` and `&` may also begin an
    /// expression, and so may `and(…)`, written as a function.
    fn goes_on_below(&self) -> bool {
        let blank = |token: &&Token| matches!(token.kind, TokenKind::Newline | TokenKind::Comment(_));
        let ahead = self.tokens[self.position.min(self.tokens.len())..].iter().take_while(blank).count();
        if ahead == 0 {
            return false;
        }
        let is_word = |ahead: usize, words: &[&str]| match self.peek_at(ahead) {
            TokenKind::Name(name) => words.iter().any(|word| name.eq_ignore_ascii_case(word)),
            _ => false,
        };
        let is_function = matches!(self.peek_at(ahead + 1), TokenKind::LeftParenthesis) && self.touches(ahead + 1);
        match self.peek_at(ahead) {
            TokenKind::Name(_) if is_word(ahead, &["not"]) => is_word(ahead + 1, &["in"]),
            TokenKind::Name(_) => is_word(ahead, &["and", "or", "in"]) && !is_function,
            TokenKind::EqualsEquals
            | TokenKind::NotEquals
            | TokenKind::Less
            | TokenKind::LessOrEqual
            | TokenKind::Greater
            | TokenKind::GreaterOrEqual
            | TokenKind::Plus
            | TokenKind::Star
            | TokenKind::Slash
            | TokenKind::Caret => true,
            _ => false,
        }
    }

    /// Takes `kind`, after blank space, or says that it is missing.
    fn expect(&mut self, kind: &TokenKind) -> Result<Span, SyntaxError> {
        self.skip_blank();
        let span = self.span();
        if self.peek() == kind {
            self.position += 1;
            return Ok(span);
        }
        Err(self.unexpected(&kind.describe()))
    }

    fn unexpected(&self, expected: &str) -> SyntaxError {
        let found = self.peek();
        let error = SyntaxError::new(self.span(), format!("{} cannot stand here", found.describe()));
        let error = error.expecting(expected);
        let before = self.position.checked_sub(1).and_then(|before| self.tokens.get(before));
        let is_behind_text = before.is_some_and(|before| matches!(before.kind, TokenKind::Text(_))) && self.touches(0);
        match found.advice() {
            Some(advice) => error.with_hint(advice),
            None if is_behind_text && matches!(found, TokenKind::Name(_)) => {
                error.with_hint("write `\\\"` for a quotation mark inside a text")
            }
            None => error,
        }
    }
}

/// A lambda beside an operator is never meant: `a & &(b)` would read as a text.
fn refuse_lambda(operator: BinaryOperator, operand: &Expr) -> Result<(), SyntaxError> {
    if !matches!(operand.kind, ExprKind::Lambda(_)) {
        return Ok(());
    }
    let message = format!("a lambda cannot stand beside `{}`", operator.symbol());
    Err(SyntaxError::new(operand.span, message).with_hint(match operator {
        BinaryOperator::Concatenate => "join conditions with `and`",
        _ => "lambdas are arguments of functions: `map(items, &(&1.name))`",
    }))
}
