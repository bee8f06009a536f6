//! A cursor over the tokens of one code cell.

use expression::lexer::{Token, TokenKind};
use expression::parser::Parser;
use expression::{Dialect, Expr, Span, SyntaxError};

use crate::problem::{Position, Problem, sentence};
use crate::statements;

/// Where the lines of a notebook begin.
pub(crate) struct Lines<'a> {
    source: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(crate) fn of(source: &'a str) -> Self {
        let starts = std::iter::once(0).chain(source.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { source, starts }
    }

    /// The line and column of a byte of the notebook.
    pub(crate) fn position(&self, byte: usize) -> Position {
        let line = self.starts.partition_point(|start| *start <= byte);
        let start = line.checked_sub(1).and_then(|index| self.starts.get(index)).copied().unwrap_or(0);
        let before = self.source.get(start..byte.min(self.source.len())).unwrap_or("");
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Position { line: number(line), column: number(before.chars().count() + 1) }
    }
}

/// A block of another language with more tokens than this is not searched for its end.
pub(super) const LONGEST_BLOCK: usize = 5_000;

/// Reads tokens; comments it steps over are kept until [`Reader::take_comments`].
pub(super) struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    offset: usize,
    lines: &'a Lines<'a>,
    comments: Vec<String>,
    mistakes: Vec<Problem>,
}

impl<'a> Reader<'a> {
    /// A reader of tokens whose spans count from byte `offset` of the notebook.
    pub(super) fn new(tokens: &'a [Token], offset: usize, lines: &'a Lines<'a>) -> Self {
        Self { tokens, at: 0, offset, lines, comments: Vec::new(), mistakes: Vec::new() }
    }

    /// The token `ahead` of the cursor; past the end it is the last one, which is `Eof`.
    pub(super) fn peek(&self, ahead: usize) -> &'a TokenKind {
        static EOF: TokenKind = TokenKind::Eof;
        self.tokens.get(self.at + ahead).map_or(&EOF, |token| &token.kind)
    }

    pub(super) fn span(&self) -> Span {
        self.tokens.get(self.at).or(self.tokens.last()).map_or_else(Span::default, |token| token.span)
    }

    pub(super) fn position(&self) -> Position {
        self.position_of(self.span())
    }

    pub(super) fn position_of(&self, span: Span) -> Position {
        self.lines.position(self.offset + span.start)
    }

    pub(super) fn index(&self) -> usize {
        self.at
    }

    /// The line of a token.
    pub(super) fn line_of(&self, index: usize) -> u32 {
        let span = self.tokens.get(index).or(self.tokens.last()).map_or_else(Span::default, |token| token.span);
        self.position_of(span).line
    }

    pub(super) fn bump(&mut self) {
        if !matches!(self.peek(0), TokenKind::Eof) {
            self.at += 1;
        }
    }

    /// Consumes the token if it is `kind`.
    pub(super) fn eat(&mut self, kind: &TokenKind) -> bool {
        let found = self.peek(0) == kind;
        if found {
            self.bump();
        }
        found
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        self.word_ahead(0) == Some(word)
    }

    pub(super) fn word_ahead(&self, ahead: usize) -> Option<&'a str> {
        match self.peek(ahead) {
            TokenKind::Name(name) => Some(name),
            _ => None,
        }
    }

    /// Consumes the token if it is the word.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.bump();
        }
        found
    }

    /// Steps over line ends and comments; the comments are kept.
    pub(super) fn skip_blank(&mut self) {
        loop {
            match self.peek(0) {
                TokenKind::Newline => self.bump(),
                TokenKind::Comment(text) => {
                    self.comments.push(text.clone());
                    self.bump();
                }
                _ => return,
            }
        }
    }

    /// The word after line ends and comments, without consuming anything.
    pub(super) fn next_word(&self) -> Option<&'a str> {
        let mut ahead = 0;
        while matches!(self.peek(ahead), TokenKind::Newline | TokenKind::Comment(_)) {
            ahead += 1;
        }
        self.word_ahead(ahead)
    }

    /// Keeps a comment that stands behind something on the same line.
    pub(super) fn trailing_comment(&mut self) {
        if let TokenKind::Comment(text) = self.peek(0) {
            self.comments.push(text.clone());
            self.bump();
        }
    }

    /// The comments stepped over since the last call.
    pub(super) fn take_comments(&mut self) -> Vec<String> {
        std::mem::take(&mut self.comments)
    }

    /// Puts comments back, so that they go to what is being read.
    pub(super) fn put_comments(&mut self, comments: Vec<String>) {
        self.comments = comments;
    }

    /// The mistakes since the last call that kept nothing from being read.
    pub(super) fn take_mistakes(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.mistakes)
    }

    /// How many tokens are left in the line.
    pub(super) fn rest_of_line(&self) -> usize {
        let rest = self.tokens.get(self.at..).unwrap_or_default();
        let ends = |token: &&Token| matches!(token.kind, TokenKind::Newline | TokenKind::Comment(_) | TokenKind::Eof);
        rest.iter().take_while(|token| !ends(token)).count()
    }

    /// Steps behind a block that begins in this line, blocks inside it included, and says whether it has statements: what
    /// only a card can do. Nothing is stepped over when no block begins here.
    pub(super) fn skip_block(&mut self) -> bool {
        let (mut ahead, mut open, mut has_statements) = (0_usize, 0_usize, false);
        loop {
            let follows_name = |wanted: &TokenKind| self.peek(ahead + 1) == wanted;
            match self.peek(ahead) {
                TokenKind::Eof => break,
                TokenKind::Newline if open == 0 => return false,
                TokenKind::Name(word) if word == "card" && matches!(self.peek(ahead + 1), TokenKind::Name(_)) => break,
                TokenKind::Name(word) if word == "do" && !follows_name(&TokenKind::Colon) => open += 1,
                TokenKind::LeftBrace => open += 1,
                TokenKind::RightBrace => open = open.saturating_sub(1),
                TokenKind::Name(word) if word == "end" => open = open.saturating_sub(1),
                TokenKind::Name(word) if open > 0 => {
                    let is_call = follows_name(&TokenKind::LeftParenthesis);
                    has_statements |= is_call && statements::is_statement(word) && !statements::is_function(word);
                    has_statements |= follows_name(&TokenKind::Equals);
                }
                _ => {}
            }
            if ahead > LONGEST_BLOCK {
                return false;
            }
            let is_closing = matches!(self.peek(ahead), TokenKind::RightBrace) || self.word_ahead(ahead) == Some("end");
            ahead += 1;
            if open == 0 && is_closing {
                break;
            }
        }
        self.at += ahead;
        has_statements
    }

    /// Goes back, or on, to a token.
    pub(super) fn go_to(&mut self, index: usize) {
        self.at = index;
    }

    /// Goes on after a mistake in the head of a card, from token `from`: to the next of its parts, if there is one.
    pub(super) fn recover_head(&mut self, from: usize) -> bool {
        self.at = from;
        let mut depth = 0_i32;
        loop {
            let is_option = matches!((self.peek(1), self.peek(2)), (TokenKind::Name(_), TokenKind::Colon));
            match self.peek(0) {
                TokenKind::Eof => return false,
                TokenKind::Name(word) if word == "do" && self.peek(1) != &TokenKind::Colon => return true,
                TokenKind::LeftBrace => return true,
                TokenKind::LeftParenthesis | TokenKind::LeftBracket => depth += 1,
                TokenKind::RightParenthesis | TokenKind::RightBracket => depth -= 1,
                TokenKind::Comma if depth <= 0 && is_option && self.at > from => return true,
                TokenKind::Newline if !self.goes_on_below() => return false,
                _ => {}
            }
            self.bump();
        }
    }

    /// Reads a name such as that of a card.
    pub(super) fn name(&mut self, what: &str) -> Result<String, Problem> {
        match self.peek(0) {
            TokenKind::Name(name) if !matches!(name.as_str(), "do" | "end" | "when") => {
                self.bump();
                Ok(name.clone())
            }
            _ => Err(self.unexpected(what)),
        }
    }

    pub(super) fn expect(&mut self, kind: &TokenKind) -> Result<(), Problem> {
        if self.eat(kind) { Ok(()) } else { Err(self.unexpected(&kind.describe())) }
    }

    pub(super) fn expect_word(&mut self, word: &str) -> Result<(), Problem> {
        if self.eat_word(word) { Ok(()) } else { Err(self.unexpected(&format!("`{word}`"))) }
    }

    /// The problem that something else was expected here.
    pub(super) fn unexpected(&self, expected: &str) -> Problem {
        let found = self.peek(0).describe();
        let problem = Problem::error("syntax", self.position(), format!("Found {found}.")).expected(expected);
        match self.peek(0).advice() {
            Some(advice) => problem.hint(sentence(advice.to_owned())),
            None => problem,
        }
    }

    /// Reads one expression. Comments inside it are kept.
    pub(super) fn expression(&mut self) -> Result<Expr, Problem> {
        let mut parser = Parser::new(self.tokens, self.at, Dialect::Code);
        let result = parser.expression();
        let mistakes = parser.take_mistakes().into_iter().map(|mistake| self.problem(mistake)).collect::<Vec<_>>();
        self.mistakes.extend(mistakes);
        match result {
            Ok(expr) => {
                let end = parser.position().max(self.at);
                for token in self.tokens.get(self.at..end).unwrap_or_default() {
                    if let TokenKind::Comment(text) = &token.kind {
                        self.comments.push(text.clone());
                    }
                }
                self.at = end;
                Ok(expr)
            }
            Err(error) => Err(self.problem(error)),
        }
    }

    /// A mistake of the expression language as a problem of the notebook.
    pub(super) fn problem(&self, error: SyntaxError) -> Problem {
        let mut problem = Problem::error("syntax", self.position_of(error.span), sentence(error.message));
        problem.expected = error.expected.map(Into::into);
        problem.hint = error.hint.map(sentence);
        problem
    }

    /// Goes on after a mistake in `line`: to the end of the statement that began at token `from`. That is the first line end
    /// outside its brackets, or a line that begins as only a new statement or card can begin.
    pub(super) fn recover(&mut self, from: usize, line: u32) {
        self.at = from;
        let mut depth = 0_i32;
        loop {
            match self.peek(0) {
                TokenKind::Eof => return,
                TokenKind::LeftParenthesis | TokenKind::LeftBracket | TokenKind::LeftBrace => depth += 1,
                TokenKind::RightParenthesis | TokenKind::RightBracket | TokenKind::RightBrace => depth -= 1,
                // `x =` goes on in the next line.
                TokenKind::Newline if self.follows(&TokenKind::Equals) => {}
                TokenKind::Newline => {
                    let starts_anew = match self.word_ahead(1) {
                        Some("card") => matches!(self.peek(2), TokenKind::Name(_)),
                        Some("end") => true,
                        Some("trigger") => matches!(self.peek(2), TokenKind::LeftParenthesis),
                        // Behind the mistake a bracket may never be closed; before it they were in order.
                        Some(word) if self.position().line >= line => match self.peek(2) {
                            TokenKind::LeftParenthesis => statements::is_statement(word),
                            TokenKind::Equals => true,
                            _ => false,
                        },
                        _ => false,
                    };
                    if depth <= 0 || starts_anew {
                        return;
                    }
                }
                _ => {}
            }
            self.bump();
        }
    }

    /// Whether the head of a card goes on in the next line.
    fn goes_on_below(&self) -> bool {
        matches!(self.next_word(), Some("do" | "when")) || self.follows(&TokenKind::Comma)
    }

    /// Whether the token before the cursor is `kind`.
    fn follows(&self, kind: &TokenKind) -> bool {
        let before = self.at.checked_sub(1).and_then(|index| self.tokens.get(index));
        before.is_some_and(|token| token.kind == *kind)
    }

    /// Whether the token before the cursor is the word.
    pub(super) fn follows_word(&self, word: &str) -> bool {
        let before = self.at.checked_sub(1).and_then(|index| self.tokens.get(index));
        before.is_some_and(|token| matches!(&token.kind, TokenKind::Name(name) if name == word))
    }
}
