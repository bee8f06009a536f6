//! What operators work on: literals, names, calls, lists, lambdas, `if`, and the ways into their parts.

use std::sync::Arc;

use super::{Dialect, LOOSEST, Parser, refuse_lambda};
use crate::ast::{Arg, BinaryOperator, Expr, ExprKind, Name};
use crate::error::{Span, SyntaxError};
use crate::functions;
use crate::lexer::TokenKind;
use crate::template;

/// What an operand may be, for messages.
const A_VALUE: &str = "a value: a name, number, text, list or function call";

impl Parser<'_> {
    /// An operand, or a range between two.
    pub(super) fn range(&mut self) -> Result<Expr, SyntaxError> {
        let first = self.unary()?;
        if self.peek() != &TokenKind::DotDot {
            return self.capture_behind(first);
        }
        self.position += 1;
        let last = self.unary()?;
        let mut span = first.span.to(last.span);
        let mut step = None;
        if self.peek() == &TokenKind::SlashSlash {
            self.position += 1;
            let value = self.unary()?;
            span = span.to(value.span);
            step = Some(Box::new(value));
        }
        self.node(ExprKind::Range { first: Box::new(first), last: Box::new(last), step }, span)
    }

    /// `a &1` outside of a lambda: the lexer saw a capture, the writer meant `a & 1`.
    fn capture_behind(&mut self, left: Expr) -> Result<Expr, SyntaxError> {
        let TokenKind::Capture(number) = self.peek() else { return Ok(left) };
        if self.lambdas > 0 {
            return Ok(left);
        }
        let right = Expr::new(ExprKind::Int(i64::from(*number)), self.span());
        self.position += 1;
        let span = left.span.to(right.span);
        let operator = BinaryOperator::Concatenate;
        refuse_lambda(operator, &left)?;
        self.node(ExprKind::Binary { operator, left: Box::new(left), right: Box::new(right) }, span)
    }

    fn unary(&mut self) -> Result<Expr, SyntaxError> {
        self.skip_blank();
        let start = self.span();
        if self.peek() != &TokenKind::Minus {
            return self.postfix();
        }
        self.position += 1;
        let literal = match self.peek() {
            TokenKind::Int(number) => Some(ExprKind::Int(-number)),
            TokenKind::Float(number) => Some(ExprKind::Float(-number)),
            _ => None,
        };
        if let Some(kind) = literal {
            let span = start.to(self.span());
            self.position += 1;
            return self.node(kind, span);
        }
        let operand = self.nest(Self::unary)?;
        let span = start.to(operand.span);
        self.node(ExprKind::Negate(Box::new(operand)), span)
    }

    /// An operand followed by any number of `.field` and `[index]`.
    fn postfix(&mut self) -> Result<Expr, SyntaxError> {
        let mut base = self.operand()?;
        loop {
            match self.peek() {
                TokenKind::Dot => {
                    self.position += 1;
                    let Some(field) = self.name() else { return Err(self.unexpected("the name of a field")) };
                    let span = base.span.to(self.previous_span());
                    base = self.node(ExprKind::Member { base: Box::new(base), field }, span)?;
                }
                TokenKind::LeftBracket => {
                    self.position += 1;
                    let index = self.bracketed(&TokenKind::RightBracket)?;
                    let span = base.span.to(self.previous_span());
                    base = self.node(ExprKind::Index { base: Box::new(base), index: Box::new(index) }, span)?;
                }
                _ => return Ok(base),
            }
        }
    }

    fn operand(&mut self) -> Result<Expr, SyntaxError> {
        let span = self.span();
        let literal = match self.peek() {
            TokenKind::Int(number) => ExprKind::Int(*number),
            TokenKind::Float(number) => ExprKind::Float(*number),
            TokenKind::Date(date) => ExprKind::Date(*date),
            TokenKind::Time(time) => ExprKind::Time(*time),
            TokenKind::DateTime(literal) => ExprKind::DateTime(*literal),
            TokenKind::Text(text) => template::text_literal(text, self.texts),
            TokenKind::Capture(number) => ExprKind::Capture(*number),
            TokenKind::LeftParenthesis => {
                self.position += 1;
                let mut inner = self.bracketed(&TokenKind::RightParenthesis)?;
                inner.span = span.to(self.previous_span());
                return Ok(inner);
            }
            TokenKind::LeftBracket => return self.list(),
            TokenKind::Ampersand => return self.lambda(),
            TokenKind::At => {
                // `@name` is how a text refers to a name; in an expression it is the name.
                self.position += 1;
                if matches!(self.peek(), TokenKind::Name(_) | TokenKind::LeftParenthesis) && self.touches(0) {
                    return self.nest(Self::operand);
                }
                return Err(self.unexpected("a name"));
            }
            TokenKind::Name(_) => return self.named(),
            _ => return Err(self.unexpected(A_VALUE)),
        };
        self.position += 1;
        self.node(literal, span)
    }

    /// An expression up to `closing`, which is taken too. The opening bracket has been taken.
    fn bracketed(&mut self, closing: &TokenKind) -> Result<Expr, SyntaxError> {
        self.brackets += 1;
        let inner = self.binary(LOOSEST);
        let inner = inner.and_then(|inner| self.expect(closing).map(|_| inner));
        self.brackets -= 1;
        inner
    }

    fn list(&mut self) -> Result<Expr, SyntaxError> {
        let start = self.span();
        let arguments = self.arguments(&TokenKind::RightBracket, None)?;
        let mut items = Vec::with_capacity(arguments.len());
        for argument in arguments {
            if argument.name.is_some() {
                let error = SyntaxError::new(argument.value.span, "the items of a list have no names");
                return Err(error.with_hint("write pairs as lists: [[\"name\", value]]"));
            }
            items.push(argument.value);
        }
        self.node(ExprKind::List(items), start.to(self.previous_span()))
    }

    /// What lies between the bracket here and `closing`, separated by commas; a comma may end it. `called` is the name
    /// before the bracket.
    fn arguments(&mut self, closing: &TokenKind, called: Option<&Name>) -> Result<Vec<Arg>, SyntaxError> {
        // The arguments of functions have no names: there a single `=` is meant to compare.
        let has_names = called.is_some_and(|name| name.key() == "put" || functions::find(name.key()).is_none());
        self.position += 1;
        self.brackets += 1;
        let arguments = self.nest(|parser| {
            let mut arguments = Vec::new();
            loop {
                parser.skip_blank();
                if parser.peek() == closing {
                    parser.position += 1;
                    return Ok(arguments);
                }
                let name = match (parser.peek(), parser.peek_at(1)) {
                    (TokenKind::Name(name), TokenKind::Colon) => {
                        parser.position += 2;
                        Some(name.clone())
                    }
                    (TokenKind::Name(name), TokenKind::Equals) if has_names && parser.dialect == Dialect::Code => {
                        let sign = parser.tokens[parser.position + 1].span;
                        let error = SyntaxError::new(sign, "an argument is not named with `=`");
                        parser.mistakes.push(error.with_hint(format!("write `{name}: …`")));
                        parser.position += 2;
                        Some(name.clone())
                    }
                    _ => None,
                };
                arguments.push(Arg { name, value: parser.binary(LOOSEST)? });
                parser.skip_blank();
                if parser.peek() == &TokenKind::Comma {
                    parser.position += 1;
                } else if parser.peek() != closing {
                    return Err(parser.unexpected(&format!("`,` or {}", closing.describe())));
                }
            }
        });
        self.brackets -= 1;
        arguments
    }

    /// `&(&1 * 2)`, `& &1.title`, `&[&1, &1]`, `&lower(&1)`: the body reaches as far as an expression can.
    fn lambda(&mut self) -> Result<Expr, SyntaxError> {
        let start = self.span();
        self.position += 1;
        self.lambdas += 1;
        let body = self.binary(LOOSEST);
        self.lambdas -= 1;
        let body = body?;
        let span = start.to(body.span);
        self.node(ExprKind::Lambda(Arc::new(body)), span)
    }

    /// A name, `true`, `false`, `nil`, `if` or a call.
    fn named(&mut self) -> Result<Expr, SyntaxError> {
        let start = self.span();
        if self.ends_here() {
            return Err(self.unexpected(A_VALUE));
        }
        let is_if = self.at_name("if");
        let Some(name) = self.name() else { return Err(self.unexpected(A_VALUE)) };
        if self.peek() == &TokenKind::LeftParenthesis && self.touches(0) {
            let arguments = self.arguments(&TokenKind::RightParenthesis, Some(&name))?;
            if is_if {
                return self.if_call(start, arguments);
            }
            let span = start.to(self.previous_span());
            return self.node(ExprKind::Call { name, arguments }, span);
        }
        let kind = match name.key() {
            "true" => ExprKind::Bool(true),
            "false" => ExprKind::Bool(false),
            "nil" | "null" => ExprKind::Null,
            "if" if self.dialect == Dialect::Code => {
                let condition = self.binary(LOOSEST)?;
                return self.if_branches(start, condition);
            }
            _ => ExprKind::Name(name),
        };
        self.node(kind, start.to(self.previous_span()))
    }

    /// Whether the name here belongs to the statement around the expression.
    fn ends_here(&self) -> bool {
        let TokenKind::Name(name) = self.peek() else { return false };
        if self.dialect == Dialect::Template {
            return false;
        }
        match name.as_str() {
            "do" | "end" | "else" | "then" | "when" => true,
            "card" => matches!(self.peek_at(1), TokenKind::Name(_)),
            _ => false,
        }
    }

    /// The name here, taken; in a template, with the hyphenated parts that touch it.
    fn name(&mut self) -> Option<Name> {
        let TokenKind::Name(written) = self.peek() else { return None };
        self.position += 1;
        if self.dialect == Dialect::Code || !self.hyphen_goes_on() {
            return Some(Name::new(written));
        }
        let mut joined = written.clone();
        while self.hyphen_goes_on() {
            joined.push('-');
            self.position += 1;
            while self.touches(0) {
                match self.peek() {
                    TokenKind::Name(part) => joined.push_str(part),
                    TokenKind::Int(number) => {
                        let width = self.span().end - self.span().start;
                        joined.push_str(&format!("{number:0>width$}"));
                    }
                    _ => break,
                }
                self.position += 1;
            }
        }
        Some(Name::new(&joined))
    }

    fn hyphen_goes_on(&self) -> bool {
        self.peek() == &TokenKind::Minus
            && self.touches(0)
            && matches!(self.peek_at(1), TokenKind::Name(_) | TokenKind::Int(_))
            && self.touches(1)
    }

    /// What was written as `if(…)`: values in order, `do:` and `else:`, or a condition before a block.
    fn if_call(&mut self, start: Span, arguments: Vec<Arg>) -> Result<Expr, SyntaxError> {
        let mut arguments = arguments;
        if arguments.len() == 1 && arguments[0].name.is_none() && self.dialect == Dialect::Code {
            let after = self.position;
            if self.peek() == &TokenKind::Comma {
                self.position += 1;
                self.skip_blank();
            }
            let branches = self.at_name("do");
            self.position = after;
            if branches {
                let condition = arguments.remove(0).value;
                return self.if_branches(start, condition);
            }
        }
        let mut branches: [Option<Arg>; 3] = [None, None, None];
        for (index, argument) in arguments.into_iter().enumerate() {
            let slot = match argument.name.as_deref() {
                None => index,
                Some("do") => 1,
                Some("else") => 2,
                Some(_) => 3,
            };
            match branches.get_mut(slot) {
                Some(branch @ None) => *branch = Some(Arg { name: None, value: argument.value }),
                _ => return Err(if_error(argument.value.span)),
            }
        }
        let span = start.to(self.previous_span());
        let [Some(condition), Some(then), otherwise] = branches else { return Err(if_error(span)) };
        self.if_node(condition.value, then.value, otherwise.map(|argument| argument.value), span)
    }

    /// The branches behind a condition: `do … else … end`, or `, do: x, else: y`.
    fn if_branches(&mut self, start: Span, condition: Expr) -> Result<Expr, SyntaxError> {
        if self.peek() == &TokenKind::Comma {
            self.position += 1;
            self.skip_blank();
            self.keyword("do")?;
            self.expect(&TokenKind::Colon)?;
            let then = self.binary(LOOSEST)?;
            let mut otherwise = None;
            let after = self.position;
            if self.peek() == &TokenKind::Comma {
                self.position += 1;
                self.skip_blank();
            }
            if self.at_name("else") && self.peek_at(1) == &TokenKind::Colon {
                self.position += 2;
                otherwise = Some(self.binary(LOOSEST)?);
            } else {
                self.position = after;
            }
            let span = start.to(self.previous_span());
            return self.if_node(condition, then, otherwise, span);
        }
        self.skip_blank();
        self.keyword("do")?;
        let then = self.binary(LOOSEST)?;
        self.skip_blank();
        let mut otherwise = None;
        if let Some(word) = ["elsif", "elseif", "elif"].into_iter().find(|word| self.at_name(word)) {
            let error = SyntaxError::new(self.span(), format!("there is no `{word}`"));
            self.mistakes.push(error.with_hint("write `else`, and another `if … do … end` behind it"));
            self.position += 1;
            let inner = self.previous_span();
            let next = self.binary(LOOSEST)?;
            // Its `end` is that of the whole.
            let otherwise = self.nest(|parser| parser.if_branches(inner, next))?;
            let span = start.to(self.previous_span());
            return self.if_node(condition, then, Some(otherwise), span);
        }
        if self.at_name("else") {
            self.position += 1;
            otherwise = Some(self.binary(LOOSEST)?);
            self.skip_blank();
        }
        self.keyword("end")?;
        let span = start.to(self.previous_span());
        self.if_node(condition, then, otherwise, span)
    }

    fn keyword(&mut self, keyword: &str) -> Result<(), SyntaxError> {
        if !self.at_name(keyword) {
            return Err(self.unexpected(&format!("`{keyword}`")));
        }
        self.position += 1;
        Ok(())
    }

    fn if_node(&self, condition: Expr, then: Expr, otherwise: Option<Expr>, span: Span) -> Result<Expr, SyntaxError> {
        let arguments = [Some(condition), Some(then), otherwise];
        let arguments = arguments.into_iter().flatten().map(|value| Arg { name: None, value }).collect();
        self.node(ExprKind::Call { name: Name::new("if"), arguments }, span)
    }
}

fn if_error(span: Span) -> SyntaxError {
    SyntaxError::new(span, "`if` takes a condition, a value and another value")
        .expecting("if(condition, value, other) or if(condition, do: value, else: other)")
}
