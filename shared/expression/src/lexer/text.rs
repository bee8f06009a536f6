//! Quoted texts: `"…"`, `'…'` and `"""…"""`.

use super::{Lexer, TokenKind};
use crate::error::{Span, SyntaxError};

impl Lexer<'_> {
    pub(super) fn text(&mut self, quote: char) -> TokenKind {
        if self.rest().starts_with("\"\"\"") {
            return self.long_text();
        }
        let start = self.position;
        let content = start + 1;
        match closing(&self.source[content..], quote) {
            Some(length) => {
                self.position = content + length + 1;
                TokenKind::Text(unescape(&self.source[content..content + length]))
            }
            None => {
                self.position = self.source.len();
                // The whole rest would be one long mistake: point at the quote that opens it.
                let error = SyntaxError::new(Span::new(start, content), "this text is never closed");
                self.errors.push(error.expecting(format!("`{quote}`")));
                TokenKind::Text(unescape(&self.source[content..]))
            }
        }
    }

    /// The long form: its content begins on the line after the opening quotes, the indentation of the closing quotes
    /// is taken off every line, and the last newline stays.
    fn long_text(&mut self) -> TokenKind {
        let start = self.position;
        let content = start + 3;
        let rest = &self.source[content..];
        let mut end = 0;
        while let Some(found) = rest[end..].find(['"', '\\']) {
            end += found;
            if rest[end..].starts_with("\"\"\"") {
                self.position = content + end + 3;
                return TokenKind::Text(unescape(&outdent(&rest[..end])));
            }
            let escaped = if rest[end..].starts_with('\\') { rest[end + 1..].chars().next() } else { None };
            end += 1 + escaped.map_or(0, char::len_utf8);
        }
        self.position = self.source.len();
        let error = SyntaxError::new(Span::new(start, content), "this text is never closed");
        self.errors.push(error.expecting("`\"\"\"`"));
        TokenKind::Text(unescape(&outdent(rest)))
    }
}

/// The length of the text up to its closing quote.
fn closing(rest: &str, quote: char) -> Option<usize> {
    let mut characters = rest.char_indices();
    while let Some((index, character)) = characters.next() {
        if character == quote {
            return Some(index);
        }
        if character == '\\' {
            characters.next();
        }
    }
    None
}

/// Removes the first line when it is blank, and from every line as much indentation as the last line has.
fn outdent(raw: &str) -> String {
    let Some((_, body)) = raw.split_once('\n').filter(|(first, _)| first.trim().is_empty()) else {
        return raw.to_owned();
    };
    let last = body.rsplit('\n').next().unwrap_or(body);
    let indentation = if last.trim().is_empty() { last.chars().count() } else { 0 };
    let mut text = String::with_capacity(body.len());
    let mut lines = body.split('\n').peekable();
    while let Some(line) = lines.next() {
        if lines.peek().is_none() && line.trim().is_empty() {
            break; // the line of the closing quotes
        }
        let blank = line.chars().take(indentation).take_while(|c| matches!(c, ' ' | '\t')).map(char::len_utf8).sum();
        text.push_str(&line[blank..]);
        if lines.peek().is_some() {
            text.push('\n');
        }
    }
    text
}

/// Resolves the escapes of a text. An unknown one keeps its backslash, so that patterns such as `"^\d+$"` can be
/// written as they are.
fn unescape(raw: &str) -> String {
    if !raw.contains('\\') {
        return raw.to_owned();
    }
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(backslash) = rest.find('\\') {
        text.push_str(&rest[..backslash]);
        rest = &rest[backslash + 1..];
        let Some(escape) = rest.chars().next() else {
            text.push('\\');
            break;
        };
        rest = &rest[escape.len_utf8()..];
        match escape {
            'n' => text.push('\n'),
            't' => text.push('\t'),
            'r' => text.push('\r'),
            '"' | '\'' | '\\' => text.push(escape),
            '\n' => {} // a line continued on the next
            'u' => match unicode_escape(rest) {
                Some((character, length)) => {
                    text.push(character);
                    rest = &rest[length..];
                }
                None => text.push_str("\\u"),
            },
            other => {
                text.push('\\');
                text.push(other);
            }
        }
    }
    text.push_str(rest);
    text
}

/// The character of `XXXX` or `{X…}` after `\u`, and the length of what was read.
fn unicode_escape(rest: &str) -> Option<(char, usize)> {
    let (digits, length) = match rest.strip_prefix('{') {
        Some(braced) => {
            let end = braced.find('}').filter(|end| (1..=6).contains(end))?;
            (&braced[..end], end + 2)
        }
        None => (rest.get(..4)?, 4),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    Some((char::from_u32(u32::from_str_radix(digits, 16).ok()?)?, length))
}

/// Writes `text` as a literal that [`unescape`] reads back.
pub(crate) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}
