//! Source text to tokens. Never fails: what cannot be read is reported and skipped.
//!
//! Newlines and comments are tokens, because the statements of a journey's code end at a line's end and its comments are
//! kept; the expression parser steps over them where an expression may go on.

use jiff::civil;

use crate::ast::DateTimeLiteral;
use crate::error::{Span, SyntaxError};

pub(crate) mod number;
pub(crate) mod text;

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub enum TokenKind {
    /// A name or keyword, as written: a Latin letter or `_`, then also digits.
    Name(String),
    /// `42`, `20_000`.
    Int(i64),
    /// `1.5`, `1e-3`.
    Float(f64),
    /// `"…"`, `'…'` or `"""…"""`, decoded: escapes resolved and the common indentation of the long form removed.
    Text(String),
    /// `2026-11-22`.
    Date(civil::Date),
    /// `13:00` or `13:00:05`.
    Time(civil::Time),
    /// `2026-11-22T13:00[:00[.5]][Z|+02:00]` or `22-11-2026 13:00[:00]`.
    DateTime(DateTimeLiteral),
    /// `&1` to `&255`: an argument of the lambda around it.
    Capture(u8),
    /// `(`
    LeftParenthesis,
    /// `)`
    RightParenthesis,
    /// `[`
    LeftBracket,
    /// `]`
    RightBracket,
    /// `{`
    LeftBrace,
    /// `}`
    RightBrace,
    /// `,`
    Comma,
    /// `.`
    Dot,
    /// `..`
    DotDot,
    /// `:`
    Colon,
    /// `&`
    Ampersand,
    /// `->`
    Arrow,
    /// `=>`
    FatArrow,
    /// `=`
    Equals,
    /// `==`
    EqualsEquals,
    /// `!=` or `<>`
    NotEquals,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Star,
    /// `/`
    Slash,
    /// `//`
    SlashSlash,
    /// `^`
    Caret,
    /// `@`
    At,
    /// `%`
    Percent,
    /// `|`
    Bar,
    /// The end of a line.
    Newline,
    /// `# …` to the end of the line, without the `#`.
    Comment(String),
    /// The end of the source; always the last token.
    Eof,
}

impl TokenKind {
    /// How the token is named in a message, for example "`)`" or "the end of the line".
    #[must_use]
    pub fn describe(&self) -> String {
        let symbol = match self {
            Self::Name(name) => return format!("`{name}`"),
            Self::Int(number) => return format!("`{number}`"),
            Self::Float(number) => return format!("`{number}`"),
            Self::Text(_) => return "a text".to_owned(),
            Self::Date(date) => return format!("`{date}`"),
            Self::Time(time) => return format!("`{time}`"),
            Self::DateTime(_) => return "a date and time".to_owned(),
            Self::Capture(number) => return format!("`&{number}`"),
            Self::Newline => return "the end of the line".to_owned(),
            Self::Comment(_) => return "a comment".to_owned(),
            Self::Eof => return "the end".to_owned(),
            Self::LeftParenthesis => "(",
            Self::RightParenthesis => ")",
            Self::LeftBracket => "[",
            Self::RightBracket => "]",
            Self::LeftBrace => "{",
            Self::RightBrace => "}",
            Self::Comma => ",",
            Self::Dot => ".",
            Self::DotDot => "..",
            Self::Colon => ":",
            Self::Ampersand => "&",
            Self::Arrow => "->",
            Self::FatArrow => "=>",
            Self::Equals => "=",
            Self::EqualsEquals => "==",
            Self::NotEquals => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Star => "*",
            Self::Slash => "/",
            Self::SlashSlash => "//",
            Self::Caret => "^",
            Self::At => "@",
            Self::Percent => "%",
            Self::Bar => "|",
        };
        format!("`{symbol}`")
    }

    /// What to write instead where it cannot stand.
    #[must_use]
    pub fn advice(&self) -> Option<&'static str> {
        Some(match self {
            Self::Equals => "compare with `==`",
            Self::Bar => "write `or`; a function stands before its value: `upper(name)`",
            Self::SlashSlash => "a comment begins with `#`",
            Self::LeftBrace => "maps are not written in expressions; use `put` or `parse_json`",
            _ => return None,
        })
    }
}

/// A token and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where, in bytes of the source.
    pub span: Span,
}

/// What is said of a text without its closing quote.
pub const NEVER_CLOSED: &str = "this text is never closed";

/// How far is looked, forth or back in a line, for what belongs to a mistake: a long line of them is still read in time.
const LONGEST_LOOK: usize = 500;

/// How often a search for the end of a text or comment may be in vain, so that it is cut at the end of its line.
const MOST_CUTS: usize = 50;

/// How many texts may be taken for never closed because of what follows in the source: each costs a new start.
const MOST_DISTRUSTED: usize = 8;

/// All tokens of `source`, ending with [`TokenKind::Eof`], and every stretch that could not be read.
#[must_use]
pub fn tokenize(source: &str) -> (Vec<Token>, Vec<SyntaxError>) {
    let mut distrusted = Vec::new();
    loop {
        let mut lexer = Lexer { distrusted, ..Lexer::new(source, 0) };
        let mut tokens = Vec::with_capacity(source.len() / 4 + 1);
        while tokens.last().is_none_or(|token: &Token| token.kind != TokenKind::Eof) {
            tokens.push(lexer.next_token());
        }
        match lexer.culprit {
            Some(culprit) if lexer.distrusted.len() < MOST_DISTRUSTED => {
                distrusted = lexer.distrusted;
                distrusted.push(culprit);
            }
            _ => return (tokens, lexer.errors),
        }
    }
}

/// Reads one token at a time; a template uses it to find where the expression inside its text ends.
pub(crate) struct Lexer<'s> {
    source: &'s str,
    position: usize,
    pub(crate) errors: Vec<SyntaxError>,
    /// Texts, by their first byte, that are closed by the quote that opens a later one.
    distrusted: Vec<usize>,
    /// Texts with lines that look like code.
    suspects: Vec<usize>,
    /// The one of them that must be distrusted, because the last text of the source is not closed.
    culprit: Option<usize>,
    /// How many searches for the end of a text or comment were in vain.
    cuts: usize,
}

impl<'s> Lexer<'s> {
    /// A lexer of `source` that starts at byte `position`, which must be a character boundary.
    pub(crate) fn new(source: &'s str, position: usize) -> Self {
        Self {
            source,
            position,
            errors: Vec::new(),
            distrusted: Vec::new(),
            suspects: Vec::new(),
            culprit: None,
            cuts: 0,
        }
    }

    fn rest(&self) -> &'s str {
        &self.source[self.position..]
    }

    fn byte(&self, ahead: usize) -> u8 {
        self.source.as_bytes().get(self.position + ahead).copied().unwrap_or(0)
    }

    pub(crate) fn next_token(&mut self) -> Token {
        loop {
            let blank = self.rest().find(|c: char| !is_blank(c));
            self.position += blank.unwrap_or(self.rest().len());
            let start = self.position;
            let Some(first) = self.rest().chars().next() else {
                return Token { kind: TokenKind::Eof, span: Span::new(start, start) };
            };
            if let Some(kind) = self.token(first) {
                return Token { kind, span: Span::new(start, self.position) };
            }
            if let Some(kind) = self.unreadable(first) {
                return Token { kind, span: Span::new(start, self.position) };
            }
        }
    }

    /// Reports what no token begins with, and steps over it. Between quotation marks that are not those of the language
    /// stands a text all the same.
    fn unreadable(&mut self, first: char) -> Option<TokenKind> {
        let start = self.position;
        self.position += first.len_utf8();
        let closing: &[char] = match first {
            '“' | '”' | '„' | '‟' => &['”', '“', '"'],
            '‘' | '’' | '‚' | '‛' => &['’', '‘', '\''],
            '«' | '»' => &['»', '«'],
            '`' => &['`'],
            _ => &[],
        };
        if first == '`' && self.rest().starts_with("``") {
            self.position += self.rest().bytes().take_while(|byte| *byte == b'`').count();
            let error = SyntaxError::new(Span::new(start, self.position), "backticks have no meaning here");
            self.errors.push(error.with_hint("a code cell is closed by as many as opened it"));
            return None;
        }
        let content = self.position;
        let mut letters = self.rest().char_indices().take(LONGEST_LOOK).take_while(|(_, letter)| *letter != '\n');
        let is_searched = !closing.is_empty() && self.cuts <= MOST_CUTS;
        let end = if is_searched { letters.find(|(_, letter)| closing.contains(letter)) } else { None };
        self.cuts += usize::from(is_searched && end.is_none());
        let text = end.map(|(end, mark)| {
            self.position += end + mark.len_utf8();
            TokenKind::Text(text::unescape(&self.source[content..content + end]))
        });
        let error = SyntaxError::new(
            Span::new(start, content),
            if is_invisible(first) {
                format!("the invisible character U+{:04X} has no meaning here", u32::from(first))
            } else {
                format!("`{first}` has no meaning here")
            },
        );
        self.errors.push(match first {
            '`' => error.with_hint("write quotes: \"…\""),
            _ if !closing.is_empty() => error.with_hint("write straight quotes: \"…\""),
            ';' => error.with_hint("write one statement a line"),
            _ if is_invisible(first) => error.with_hint("delete it"),
            _ => error,
        });
        text
    }

    fn token(&mut self, first: char) -> Option<TokenKind> {
        use TokenKind as K;
        if first.is_ascii_digit() {
            return Some(self.number());
        }
        if is_name_start(first) {
            let rest = self.rest();
            let end = rest.find(|c| !is_name_part(c)).unwrap_or(rest.len());
            self.position += end;
            return Some(K::Name(rest[..end].to_owned()));
        }
        let (kind, length) = match (first, self.byte(1)) {
            ('"' | '\'', _) => return Some(self.text(first)),
            ('#', _) => {
                let rest = self.rest();
                let end = rest.find('\n').unwrap_or(rest.len());
                self.position += end;
                return Some(K::Comment(rest[1..end].trim_end_matches('\r').to_owned()));
            }
            ('&', digit) if digit.is_ascii_digit() => return Some(self.capture()),
            ('&', b'&') if !self.byte(2).is_ascii_digit() => {
                return Some(self.foreign("&&", "and", K::Name("and".into())));
            }
            ('|', b'|') => return Some(self.foreign("||", "or", K::Name("or".into()))),
            ('=', b'=') if self.byte(2) == b'=' => return Some(self.foreign("===", "==", K::EqualsEquals)),
            ('!', b'=') if self.byte(2) == b'=' => return Some(self.foreign("!==", "!=", K::NotEquals)),
            ('=', b'<') => return Some(self.foreign("=<", "<=", K::LessOrEqual)),
            ('!', next) if next != b'=' => return Some(self.foreign("!", "not", K::Name("not".into()))),
            ('/', b'/') if self.begins_comment() => return Some(self.foreign_comment()),
            ('/', b'*') => return Some(self.foreign_comment()),
            ('\n', _) => (K::Newline, 1),
            ('(', _) => (K::LeftParenthesis, 1),
            (')', _) => (K::RightParenthesis, 1),
            ('[', _) => (K::LeftBracket, 1),
            (']', _) => (K::RightBracket, 1),
            ('{', _) => (K::LeftBrace, 1),
            ('}', _) => (K::RightBrace, 1),
            (',', _) => (K::Comma, 1),
            ('.', b'.') => (K::DotDot, 2),
            ('.', _) => (K::Dot, 1),
            (':', _) => (K::Colon, 1),
            ('&', _) => (K::Ampersand, 1),
            ('-', b'>') => (K::Arrow, 2),
            ('-', _) => (K::Minus, 1),
            ('=', b'=') => (K::EqualsEquals, 2),
            ('=', b'>') => (K::FatArrow, 2),
            ('=', _) => (K::Equals, 1),
            ('!', b'=') | ('<', b'>') => (K::NotEquals, 2),
            ('<', b'=') => (K::LessOrEqual, 2),
            ('<', _) => (K::Less, 1),
            ('>', b'=') => (K::GreaterOrEqual, 2),
            ('>', _) => (K::Greater, 1),
            ('+', _) => (K::Plus, 1),
            ('*', _) => (K::Star, 1),
            ('/', b'/') => (K::SlashSlash, 2),
            ('/', _) => (K::Slash, 1),
            ('^', _) => (K::Caret, 1),
            ('@', _) => (K::At, 1),
            ('%', _) => (K::Percent, 1),
            ('|', _) => (K::Bar, 1),
            _ => return None,
        };
        self.position += length;
        Some(kind)
    }

    /// An operator of other languages, read as the one that is meant.
    fn foreign(&mut self, written: &str, meant: &str, kind: TokenKind) -> TokenKind {
        let start = self.position;
        self.position += written.len();
        let error = SyntaxError::new(Span::new(start, self.position), format!("`{written}` has no meaning here"));
        self.errors.push(error.with_hint(format!("write `{meant}`")));
        kind
    }

    /// Whether the `//` here begins a comment, as in other languages: in a line without a range, whose step it could begin.
    fn begins_comment(&self) -> bool {
        let from = self.position.saturating_sub(LONGEST_LOOK);
        let before = &self.source.as_bytes()[from..self.position];
        let line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or(before);
        line.last().is_none_or(u8::is_ascii_whitespace) && !line.windows(2).any(|pair| pair == b"..")
    }

    /// `// …` to the end of the line, or `/* … */`.
    fn foreign_comment(&mut self) -> TokenKind {
        let start = self.position;
        let rest = self.rest();
        let line = rest.find('\n').unwrap_or(rest.len());
        let is_long = rest.starts_with("/*") && self.cuts <= MOST_CUTS;
        let closing = if is_long { rest.find("*/") } else { None };
        self.cuts += usize::from(is_long && closing.is_none());
        let end = closing.map_or(line, |end| end + 2);
        self.position += end;
        let error = SyntaxError::new(Span::new(start, start + 2), format!("`{}` has no meaning here", &rest[..2]));
        self.errors.push(error.with_hint("a comment begins with `#`"));
        TokenKind::Comment(rest[2..end].trim_end_matches("*/").trim_end_matches('\r').to_owned())
    }

    fn capture(&mut self) -> TokenKind {
        let start = self.position;
        let digits = self.rest()[1..].bytes().take_while(u8::is_ascii_digit).count();
        self.position += 1 + digits;
        let number = self.source[start + 1..self.position].parse::<u8>().ok().filter(|number| *number > 0);
        number.map_or_else(
            || {
                let span = Span::new(start, self.position);
                self.errors.push(SyntaxError::new(span, "captures are numbered from `&1` to `&255`"));
                TokenKind::Capture(1)
            },
            TokenKind::Capture,
        )
    }
}

/// White space inside a line, that of word processors included.
fn is_blank(c: char) -> bool {
    c == '\u{feff}' || (c.is_whitespace() && !matches!(c, '\n' | '\u{2028}' | '\u{2029}'))
}

/// Whether nobody can see the character: a message must name it otherwise.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a name may begin with `c`: a Latin letter or `_`. Letters of scripts that are written without spaces must
/// not stick to the reference before them, as in `@contact.name様`.
#[must_use]
pub fn is_name_start(c: char) -> bool {
    c == '_' || c.is_ascii_alphabetic() || (('\u{c0}'..='\u{24f}').contains(&c) && c.is_alphabetic())
}

/// Whether a name may go on with `c`. Hyphens are joined by the template's parser: in code they subtract.
#[must_use]
pub fn is_name_part(c: char) -> bool {
    is_name_start(c) || c.is_ascii_digit()
}
