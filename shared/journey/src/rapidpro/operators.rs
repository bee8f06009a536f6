//! Operators as RapidPro binds them. From tightest to loosest: a minus sign before a value; `^`; `* /`; `+ -`; the
//! comparisons; `= !=`; `&`. Inside of our texts most of these are one level, so what was bound there gets brackets here.

use expression::lexer::{Token, TokenKind, tokenize};
use expression::{Dialect, Expr, parse_expression};

use crate::model::Formula;

/// Longest expression that is looked at, in bytes; what is longer stays text, as in our own texts.
const MAX_EXPRESSION: usize = 8 * 1024;
/// How deep brackets may nest.
const MAX_NESTING: usize = 64;

/// A template as ours, and the expressions in it that no expression here can say.
pub(super) fn template(source: &str) -> (String, Vec<String>) {
    let (mut ours, mut unreadable) = (String::new(), Vec::new());
    let mut rest = source;
    while let Some(at) = rest.find('@') {
        let (before, found) = rest.split_at(at);
        ours.push_str(before);
        let end = if found.starts_with("@@") { Some(2) } else { group(found) };
        let (written, after) = found.split_at(end.unwrap_or(1));
        rest = after;
        match written.strip_prefix("@(").and_then(|inner| inner.strip_suffix(')')) {
            None => ours.push_str(written),
            Some(inner) => match read(inner) {
                Some(expr) if parse_expression(inner, Dialect::Template).is_ok_and(|same| same == expr) => {
                    ours.push_str(written);
                }
                Some(expr) => ours.push_str(&format!("@({expr})")),
                None => {
                    ours.push_str(written);
                    unreadable.push(written.to_owned());
                }
            },
        }
    }
    ours.push_str(rest);
    (ours, unreadable)
}

/// The length of the `@( … )` a text begins with.
fn group(text: &str) -> Option<usize> {
    let mut open = 0_usize;
    let (mut is_text, mut is_escaped) = (false, false);
    for (at, letter) in text.char_indices().skip(1).take_while(|(at, _)| *at <= MAX_EXPRESSION) {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' if is_text => is_escaped = true,
            '"' => is_text = !is_text,
            '(' if !is_text => open += 1,
            ')' if !is_text => open = open.checked_sub(1)?,
            _ => {}
        }
        if open == 0 {
            return (at > 1).then_some(at + 1);
        }
    }
    None
}

/// An expression of RapidPro.
fn read(source: &str) -> Option<Expr> {
    let (tokens, errors) = tokenize(source);
    if !errors.is_empty() {
        return None;
    }
    let tokens: Vec<Token> = tokens.into_iter().filter(|token| token.kind != TokenKind::Newline).collect();
    let mut reader = Reader { source, tokens: &tokens, at: 0, depth: 0, names: Vec::new() };
    let whole = reader.expression(LOOSEST)?;
    (reader.peek() == &TokenKind::Eof).then_some(())?;
    Formula::parse(&whole.written).ok().map(|formula| (*formula).clone())
}

const LOOSEST: u8 = 1;

/// How tightly an operator binds there, and how it is written here.
fn infix(kind: &TokenKind) -> Option<(u8, &'static str)> {
    Some(match kind {
        TokenKind::Ampersand | TokenKind::Capture(_) => (LOOSEST, "&"),
        TokenKind::Equals | TokenKind::EqualsEquals => (2, "=="),
        TokenKind::NotEquals => (2, "!="),
        TokenKind::Less => (3, "<"),
        TokenKind::LessOrEqual => (3, "<="),
        TokenKind::Greater => (3, ">"),
        TokenKind::GreaterOrEqual => (3, ">="),
        TokenKind::Plus => (4, "+"),
        TokenKind::Minus => (4, "-"),
        TokenKind::Star => (5, "*"),
        TokenKind::Slash => (5, "/"),
        TokenKind::Caret => (6, "^"),
        _ => return None,
    })
}

/// A part of an expression in our notation.
struct Part {
    written: String,
    /// Whether an operator joins it, so that it needs brackets beside another.
    is_joined: bool,
}

impl Part {
    fn closed(written: String) -> Self {
        Self { written, is_joined: false }
    }

    fn bracketed(self) -> String {
        if self.is_joined { format!("({})", self.written) } else { self.written }
    }
}

struct Reader<'t> {
    source: &'t str,
    tokens: &'t [Token],
    at: usize,
    depth: usize,
    /// The arguments of the function without a name that is being read.
    names: Vec<String>,
}

impl<'t> Reader<'t> {
    fn peek(&self) -> &'t TokenKind {
        self.peek_at(0)
    }

    fn peek_at(&self, ahead: usize) -> &'t TokenKind {
        self.tokens.get(self.at + ahead).map_or(&TokenKind::Eof, |token| &token.kind)
    }

    /// Steps over a token that has to stand here.
    fn expect(&mut self, kind: &TokenKind) -> Option<()> {
        (self.peek() == kind).then(|| self.at += 1)
    }

    /// The token here as it is written, taken.
    fn take(&mut self) -> Option<&'t str> {
        let token = self.tokens.get(self.at)?;
        self.at += 1;
        self.source.get(token.span.start..token.span.end)
    }

    fn expression(&mut self, loosest: u8) -> Option<Part> {
        if self.depth >= MAX_NESTING {
            return None;
        }
        self.depth += 1;
        let part = self.joined(loosest);
        self.depth -= 1;
        part
    }

    fn joined(&mut self, loosest: u8) -> Option<Part> {
        let mut left = self.prefix()?;
        while let Some((level, operator)) = infix(self.peek()).filter(|(level, _)| *level >= loosest) {
            // `& 1` without the blank is one token of ours.
            let glued = match self.peek() {
                TokenKind::Capture(number) => Some(number.to_string()),
                _ => None,
            };
            self.at += 1;
            let right = match glued {
                Some(number) => Part::closed(number),
                None => self.expression(level + 1)?,
            };
            let written = format!("{} {operator} {}", left.bracketed(), right.bracketed());
            left = Part { written, is_joined: true };
        }
        Some(left)
    }

    fn prefix(&mut self) -> Option<Part> {
        if self.peek() == &TokenKind::Minus {
            self.at += 1;
            self.depth += 1;
            let inner = if self.depth < MAX_NESTING { self.prefix() } else { None };
            self.depth -= 1;
            return inner.map(|inner| Part::closed(format!("-{}", inner.bracketed())));
        }
        if let Some(names) = self.arguments() {
            return self.function(names);
        }
        let mut written = match self.peek() {
            TokenKind::LeftParenthesis => {
                self.at += 1;
                let inner = self.expression(LOOSEST)?;
                self.expect(&TokenKind::RightParenthesis)?;
                inner.bracketed()
            }
            TokenKind::Name(name) => {
                let name = name.to_lowercase();
                let number = self.names.iter().position(|known| *known == name);
                let as_written = self.take()?.to_owned();
                match number {
                    Some(number) => format!("&{}", number + 1),
                    None if name == "null" => "nil".to_owned(),
                    None => as_written,
                }
            }
            // There, an @ inside of a text means nothing.
            TokenKind::Text(text) if text.contains('@') => {
                let literal = Formula::text(text).to_string();
                self.at += 1;
                literal
            }
            TokenKind::Text(_) | TokenKind::Int(_) | TokenKind::Float(_) => self.take()?.to_owned(),
            TokenKind::Date(_) | TokenKind::Time(_) | TokenKind::DateTime(_) => self.take()?.to_owned(),
            _ => return None,
        };
        loop {
            match self.peek() {
                TokenKind::Dot => {
                    self.at += 1;
                    matches!(self.peek(), TokenKind::Name(_) | TokenKind::Int(_)).then_some(())?;
                    written = format!("{written}.{}", self.take()?);
                }
                TokenKind::LeftBracket => {
                    self.at += 1;
                    let index = self.expression(LOOSEST)?;
                    self.expect(&TokenKind::RightBracket)?;
                    written = format!("{written}[{}]", index.written);
                }
                TokenKind::LeftParenthesis => {
                    self.at += 1;
                    let mut values = Vec::new();
                    while self.peek() != &TokenKind::RightParenthesis {
                        if !values.is_empty() {
                            self.expect(&TokenKind::Comma)?;
                        }
                        values.push(self.expression(LOOSEST)?.written);
                    }
                    self.at += 1;
                    written = format!("{written}({})", values.join(", "));
                }
                _ => return Some(Part::closed(written)),
            }
        }
    }

    /// `(x, y) =>`, stepped over.
    fn arguments(&mut self) -> Option<Vec<String>> {
        (self.peek() == &TokenKind::LeftParenthesis).then_some(())?;
        let mut names = Vec::new();
        let mut ahead = 1;
        loop {
            let TokenKind::Name(name) = self.peek_at(ahead) else { return None };
            names.push(name.to_lowercase());
            match (self.peek_at(ahead + 1), self.peek_at(ahead + 2)) {
                (TokenKind::Comma, _) => ahead += 2,
                (TokenKind::RightParenthesis, TokenKind::FatArrow) => {
                    self.at += ahead + 3;
                    return Some(names);
                }
                _ => return None,
            }
        }
    }

    /// What a function without a name does. Ours tell arguments apart by number, so one inside of another is not possible.
    fn function(&mut self, names: Vec<String>) -> Option<Part> {
        self.names.is_empty().then_some(())?;
        self.names = names;
        let body = self.expression(LOOSEST);
        self.names.clear();
        body.map(|body| Part::closed(format!("&({})", body.written)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_bind_as_they_do_there() {
        for (theirs, ours) in [
            ("@(a > 1 + 1)", "@(a > (1 + 1))"),
            ("@(10 - 2 >= 3 * 2 + 1)", "@((10 - 2) >= (3 * 2 + 1))"),
            ("@(a & 2 + 3)", "@(a & (2 + 3))"),
            ("@(a & b = c & d)", "@((a & (b == c)) & d)"),
            ("@(a = b > c)", "@(a == (b > c))"),
            ("@(1 - 2 - 3)", "@(1 - 2 - 3)"),
            ("@(-2 ^ 2)", "@(-2 ^ 2)"),
            ("@(a-b)", "@(a - b)"),
            ("@(a&1)", "@(a & 1)"),
            ("@(f(a = 1, b & \"@x\")[1 + 2].c)", "@(f(a == 1, b & \"@@x\")[1 + 2].c)"),
            ("@(foreach(words, (w) => upper(w.value)))", "@(foreach(words, &upper(&1.value)))"),
            ("@(f((x, y) => x & y))", "@(f(&(&1 & &2)))"),
            ("@@(a = 1) @name.x a@b.c @(null) @(", "@@(a = 1) @name.x a@b.c @(nil) @("),
            ("@(\")\" & a) @(\"\\\")\")", "@(\")\" & a) @(\"\\\")\")"),
        ] {
            let (read, unreadable) = template(theirs);
            assert_eq!(unreadable, [""; 0], "{theirs}");
            let same = |text: &str| expression::parse_template(text).expressions().cloned().collect::<Vec<_>>();
            assert_eq!(same(&read), same(ours), "{theirs}: {read}");
            assert_eq!(read.contains("@@("), ours.contains("@@("), "{theirs}: {read}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let deep = format!("@({}1{})", "(".repeat(100), ")".repeat(100));
        for theirs in ["@(a +)", "@((x) => (y) => x)", "@(1 2)", deep.as_str()] {
            assert_eq!(template(theirs), (theirs.to_owned(), vec![theirs.to_owned()]));
        }
    }
}
