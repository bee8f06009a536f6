//! Text with references in it: `Hello @contact.name, you have @count(tasks) tasks and @(3 - done) to go`.
//!
//! * `@name.path`, `@list[0].x` and `@function(…)` stand alone; operators and spaces need `@( … )`;
//! * `@@` is an `@`;
//! * a reference that leads nowhere stays as typed, so that `info@support.com` survives, while one that leads on from
//!   something without a value is nothing;
//! * what does not parse stays text too, and is listed in [`Template::problems`].

use std::fmt;
use std::sync::Arc;

use crate::ast::{Expr, ExprKind};
use crate::environment::Environment;
use crate::error::{EvaluationError, Span, SyntaxError};
use crate::evaluate::{Evaluation, Resolution};
use crate::functions;
use crate::lexer::{Lexer, TokenKind, is_name_part, is_name_start};
use crate::parser::{Dialect, parse_nested};
use crate::scope::Scope;
use crate::value::Value;

/// Longest expression inside a text, in bytes. Bounds the search for the closing bracket.
const MAX_EXPRESSION: usize = 8 * 1024;
/// A text with this many mistakes is not searched further.
const MAX_PROBLEMS: usize = 50;
/// How many texts may lie inside each other: `"@f("@g("…")")"`.
const MAX_TEXTS: u8 = 4;

/// A parsed text. Cheap to clone.
#[derive(Clone)]
pub struct Template(Arc<Parts>);

struct Parts {
    source: Arc<str>,
    pieces: Vec<Piece>,
    problems: Vec<SyntaxError>,
    depth: u16,
}

enum Piece {
    Text(Arc<str>),
    Expression { expr: Expr, span: Span },
}

/// A part of a [`Template`].
#[derive(Debug, Clone, Copy)]
pub enum TemplatePiece<'a> {
    /// What stays as it is.
    Text(&'a str),
    /// What its value replaces.
    Expression(&'a Expr),
}

/// Parses a text. Never fails: what does not parse stays text.
#[must_use]
pub fn parse_template(source: &str) -> Template {
    parse(source, 0)
}

/// A text literal of an expression that lies `texts` texts deep.
pub(crate) fn text_literal(text: &str, texts: u8) -> ExprKind {
    if texts >= MAX_TEXTS || !text.contains('@') {
        return ExprKind::Text(text.into());
    }
    let template = parse(text, texts + 1);
    match template.0.pieces.as_slice() {
        [] => ExprKind::Text("".into()),
        [Piece::Text(only)] if **only == *text => ExprKind::Text(only.clone()),
        _ => ExprKind::Interpolated(template),
    }
}

fn parse(source: &str, texts: u8) -> Template {
    let mut reader = Reader { source, texts, literal: String::new(), pieces: Vec::new(), problems: Vec::new() };
    let mut rest = 0;
    while let Some(found) = source[rest..].find('@') {
        let at = rest + found;
        reader.literal.push_str(&source[rest..at]);
        rest = reader.reference(at);
    }
    reader.literal.push_str(&source[rest..]);
    reader.flush();
    let depth = reader.pieces.iter().map(|piece| match piece {
        Piece::Text(_) => 0,
        Piece::Expression { expr, .. } => expr.depth(),
    });
    let depth = depth.max().unwrap_or(0);
    Template(Arc::new(Parts { source: source.into(), depth, pieces: reader.pieces, problems: reader.problems }))
}

struct Reader<'s> {
    source: &'s str,
    texts: u8,
    literal: String,
    pieces: Vec<Piece>,
    problems: Vec<SyntaxError>,
}

impl Reader<'_> {
    fn flush(&mut self) {
        if !self.literal.is_empty() {
            self.pieces.push(Piece::Text(std::mem::take(&mut self.literal).into()));
        }
    }

    /// Reads what follows the `@` at byte `at`; gives the byte to go on from.
    fn reference(&mut self, at: usize) -> usize {
        let start = at + 1;
        let after = &self.source[start..];
        if after.starts_with('@') {
            self.literal.push('@');
            return start + 1;
        }
        let ends: &[Option<usize>] = if after.starts_with('(') {
            &[self.group(start)]
        } else if after.starts_with(is_name_start) {
            &self.path(start)
        } else {
            &[]
        };
        let mut problem = None;
        for end in ends.iter().flatten() {
            match parse_nested(&self.source[start..*end], Dialect::Template, self.texts) {
                Ok(expr) => {
                    self.flush();
                    self.pieces.push(Piece::Expression { expr, span: Span::new(at, *end) });
                    return *end;
                }
                Err(error) => problem = problem.or(Some(error.shifted(start))),
            }
        }
        if let Some(problem) = problem {
            self.problem(problem);
        }
        self.literal.push('@');
        start
    }

    /// Where the reference that begins at `start` may end: with its brackets, or else without.
    fn path(&mut self, start: usize) -> [Option<usize>; 2] {
        let mut end = self.name_end(start);
        let mut without_brackets = None;
        if self.source[end..].starts_with('(') {
            let name = &self.source[start..end];
            if functions::find(name).is_some() {
                match self.group(end) {
                    Some(group) => end = group,
                    None => return [None, None],
                }
            } else if self.problems.len() < MAX_PROBLEMS
                && let Some(meant) = functions::suggest(name)
            {
                let error = SyntaxError::new(Span::new(start, end), format!("there is no function `{name}`"));
                self.problem(error.with_hint(format!("did you mean `{meant}`?")));
            }
        }
        loop {
            let rest = &self.source[end..];
            if rest.starts_with('.') && rest[1..].starts_with(is_name_start) {
                end = self.name_end(end + 1);
            } else if rest.starts_with('[') {
                without_brackets = without_brackets.or(Some(end));
                match self.group(end) {
                    Some(group) => end = group,
                    None => return [without_brackets, None],
                }
            } else {
                return [Some(end), without_brackets];
            }
        }
    }

    /// The end of the name at `start`; a hyphen belongs to it when a letter or digit follows.
    fn name_end(&self, start: usize) -> usize {
        let mut end = start;
        loop {
            let rest = &self.source[end..];
            end += rest.find(|c| !is_name_part(c)).unwrap_or(rest.len());
            if !(self.source[end..].starts_with('-') && self.source[end + 1..].starts_with(is_name_part)) {
                return end;
            }
            end += 1;
        }
    }

    /// The byte after the bracket that closes the one at `start`.
    fn group(&mut self, start: usize) -> Option<usize> {
        if self.problems.len() >= MAX_PROBLEMS {
            return None;
        }
        let mut lexer = Lexer::new(self.source, start);
        let mut open = 0_usize;
        loop {
            let token = lexer.next_token();
            match token.kind {
                TokenKind::LeftParenthesis | TokenKind::LeftBracket => open += 1,
                TokenKind::RightParenthesis | TokenKind::RightBracket => open -= 1,
                TokenKind::Eof => {
                    let error = SyntaxError::new(Span::new(start, start + 1), "this bracket is never closed");
                    self.problem(error.with_hint("write `@@` for an @ that is only text"));
                    return None;
                }
                _ => {}
            }
            if open == 0 {
                return Some(token.span.end);
            }
            if token.span.end - start > MAX_EXPRESSION {
                let span = Span::new(start, start + 1);
                self.problem(SyntaxError::new(span, format!("the expression is longer than {MAX_EXPRESSION} bytes")));
                return None;
            }
        }
    }

    fn problem(&mut self, error: SyntaxError) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(error);
        }
    }
}

impl Template {
    /// The text as written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// Whether the text refers to nothing.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        !self.0.pieces.iter().any(|piece| matches!(piece, Piece::Expression { .. }))
    }

    /// What looked like an expression and stayed text, and calls no function could take.
    #[must_use]
    pub fn problems(&self) -> Vec<SyntaxError> {
        let mut problems = self.0.problems.clone();
        for piece in &self.0.pieces {
            if let Piece::Expression { expr, span } = piece {
                problems.extend(expr.check().into_iter().map(|problem| problem.shifted(span.start + 1)));
            }
        }
        problems
    }

    /// The references in the text, as written, without the `@`: `contact.name`, `list[0].x`.
    #[must_use]
    pub fn references(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.expressions().for_each(|expr| expr.collect_references(&mut found));
        found
    }

    /// The expressions in the text, in order.
    pub fn expressions(&self) -> impl Iterator<Item = &Expr> {
        self.0.pieces.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Expression { expr, .. } => Some(expr),
        })
    }

    /// What stands still in the text and what is computed, in order.
    pub fn pieces(&self) -> impl Iterator<Item = TemplatePiece<'_>> {
        self.0.pieces.iter().map(|piece| match piece {
            Piece::Text(text) => TemplatePiece::Text(text),
            Piece::Expression { expr, .. } => TemplatePiece::Expression(expr),
        })
    }

    /// The source of the same text with some of its expressions replaced: `rewrite` gives the new expression, or `None`
    /// for one that stays as it is written.
    pub fn rewrite(&self, rewrite: &mut dyn FnMut(&Expr) -> Option<Expr>) -> String {
        let mut out = String::with_capacity(self.0.source.len());
        let mut pieces = self.0.pieces.iter().peekable();
        while let Some(piece) = pieces.next() {
            match piece {
                Piece::Text(text) => out.push_str(&text.replace('@', "@@")),
                Piece::Expression { expr, span } => match rewrite(expr) {
                    None => out.push_str(&self.0.source[span.start..span.end]),
                    Some(new) => {
                        let goes_on = |text: &str| {
                            let after = text.strip_prefix(['.', '-']).unwrap_or(text);
                            text.starts_with(['[', '(']) || after.starts_with(is_name_part)
                        };
                        let joins = matches!(pieces.peek(), Some(Piece::Text(next)) if goes_on(next));
                        let written =
                            if new.is_reference() && !joins { format!("@{new}") } else { format!("@({new})") };
                        out.push_str(&written);
                    }
                },
            }
        }
        out
    }

    pub(crate) fn depth(&self) -> u16 {
        self.0.depth
    }

    /// The text with every expression replaced by its value.
    ///
    /// # Errors
    /// When an expression fails, or the work or size allowed by `env` is exceeded.
    pub fn render(&self, scope: &dyn Scope, env: &Environment) -> Result<String, EvaluationError> {
        self.render_in(&Evaluation::new(scope, env))
    }

    /// Like [`Self::render`], but a text that is one reference and nothing else keeps the value and its type. A
    /// missing field of a map that exists is then [`Value::Null`].
    ///
    /// # Errors
    /// As [`Self::render`].
    pub fn evaluate(&self, scope: &dyn Scope, env: &Environment) -> Result<Value, EvaluationError> {
        let value = self.evaluate_in(&Evaluation::new(scope, env))?;
        if !self.expressions().all(Expr::is_reference) {
            value.weigh(env)?;
        }
        Ok(value)
    }

    pub(crate) fn evaluate_in(&self, evaluation: &Evaluation<'_>) -> Result<Value, EvaluationError> {
        if let [Piece::Expression { expr, .. }] = self.0.pieces.as_slice() {
            return Ok(match evaluation.resolve(expr)? {
                Resolution::Found(value) => value,
                Resolution::Nothing | Resolution::NoField => Value::Null,
                Resolution::NoName => Value::Text(self.0.source.clone()),
            });
        }
        if let [Piece::Text(text)] = self.0.pieces.as_slice() {
            return Ok(Value::Text(text.clone()));
        }
        Ok(Value::from(self.render_in(evaluation)?))
    }

    /// Like [`Self::render`], but what fails stays as it was typed and the rest of the text is rendered all the same:
    /// `failed` is told the source of each such part, and why.
    pub fn render_with(
        &self,
        scope: &dyn Scope,
        env: &Environment,
        failed: &mut dyn FnMut(&str, EvaluationError),
    ) -> String {
        let evaluation = Evaluation::new(scope, env);
        let mut out = String::with_capacity(self.0.source.len() * 2);
        for piece in &self.0.pieces {
            let before = out.len();
            if let Err(error) = self.write(piece, &evaluation, &mut out) {
                out.truncate(before);
                let typed = self.typed(piece);
                failed(typed, error);
                out.push_str(typed);
            }
        }
        out
    }

    fn render_in(&self, evaluation: &Evaluation<'_>) -> Result<String, EvaluationError> {
        let mut out = String::with_capacity(self.0.source.len() * 2);
        for piece in &self.0.pieces {
            self.write(piece, evaluation, &mut out)?;
        }
        Ok(out)
    }

    fn write(&self, piece: &Piece, evaluation: &Evaluation<'_>, out: &mut String) -> Result<(), EvaluationError> {
        let before = out.len();
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Expression { expr, span } => match evaluation.resolve(expr)? {
                Resolution::Found(Value::Null) | Resolution::Nothing if self.is_address(expr, *span) => {
                    out.push_str(self.typed(piece));
                }
                Resolution::Found(value) => {
                    value.weigh(evaluation.env)?;
                    value.write_text(out);
                }
                Resolution::Nothing => {}
                Resolution::NoField | Resolution::NoName => out.push_str(self.typed(piece)),
            },
        }
        evaluation.env.spend(1)?;
        evaluation.env.spend_output(out.len() - before)?;
        evaluation.env.check_size(out.len())
    }

    /// Whether a name may be the end of an address, `info@support.com`, rather than one that has no value yet.
    fn is_address(&self, expr: &Expr, span: Span) -> bool {
        // A field of the profile that has no value is known to be one.
        expr.is_reference()
            && expr.root().is_some_and(|name| name.key() != "contact")
            && self.0.source.get(..span.start).is_some_and(|before| before.ends_with(char::is_alphanumeric))
    }

    /// A piece as it was typed.
    fn typed<'t>(&'t self, piece: &'t Piece) -> &'t str {
        match piece {
            Piece::Text(text) => text,
            Piece::Expression { span, .. } => &self.0.source[span.start..span.end],
        }
    }
}

impl Expr {
    /// What looks like an expression inside the texts of this one and stays text, such as the `@(1 +)` of
    /// `"Total: @(1 +)"`; each at the place of its text. Nothing fails for it, but it is hardly what was meant.
    #[must_use]
    pub fn left_as_text(&self) -> Vec<SyntaxError> {
        let mut left = Vec::new();
        self.walk_in(None, &mut |node, text| {
            let problems = match &node.kind {
                ExprKind::Interpolated(template) => template.0.problems.clone(),
                ExprKind::Text(text) if text.contains('@') => parse_template(text).0.problems.clone(),
                _ => return,
            };
            left.extend(problems.into_iter().map(|problem| SyntaxError { span: text.unwrap_or(node.span), ..problem }));
        });
        left
    }
}

impl PartialEq for Template {
    fn eq(&self, other: &Self) -> bool {
        self.0.source == other.0.source
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Template").field(&self.0.source).finish()
    }
}
