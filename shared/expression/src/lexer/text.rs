//! Quoted texts: `"…"`, `'…'` and `"""…"""`.

use super::{Lexer, MOST_CUTS, NEVER_CLOSED, TokenKind, is_name_part, is_name_start};
use crate::error::{Span, SyntaxError};

impl Lexer<'_> {
    pub(super) fn text(&mut self, quote: char) -> TokenKind {
        if self.rest().starts_with("\"\"\"") {
            return self.long_text();
        }
        let start = self.position;
        let content = start + 1;
        let rest = &self.source[content..];
        if let Some(length) = closing(rest, quote) {
            let (text, after) = (&rest[..length], &rest[length + 1..]);
            let is_swallowing = (holds_code(text) || ends_in_code(text)) && !may_follow(after);
            let is_distrusted = self.distrusted.contains(&start);
            if !((is_swallowing || is_distrusted) && self.may_cut()) {
                if holds_code(text) {
                    self.suspects.push(start);
                }
                self.position = content + length + 1;
                return TokenKind::Text(unescape(text));
            }
            return self.open_text(start, content, quote, first_line(rest));
        }
        let is_opening = !self.suspects_other(rest) && self.may_cut();
        let length = if is_opening && holds_code(rest) { first_line(rest) } else { rest.len() };
        self.open_text(start, content, quote, length)
    }

    /// A text without its closing quote, of which `length` bytes are read. The error points at the quote that opens it:
    /// the whole rest would be one long mistake.
    fn open_text(&mut self, start: usize, content: usize, quote: char, length: usize) -> TokenKind {
        self.position = content + length;
        let text = &self.source[content..self.position];
        let error = SyntaxError::new(Span::new(start, content), NEVER_CLOSED).expecting(format!("`{quote}`"));
        let curly = text.chars().last().filter(|last| matches!(last, '”' | '“' | '’' | '‘'));
        self.errors.push(match curly {
            Some(curly) => error.with_hint(format!("`{curly}` does not close it: write straight quotes")),
            None => error,
        });
        TokenKind::Text(unescape(text.trim_end_matches(|last| Some(last) == curly)))
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
                let text = &rest[..end];
                if self.distrusted.contains(&start) {
                    break;
                }
                if holds_code(text) && ends_in_code(text) {
                    self.suspects.push(start);
                }
                self.position = content + end + 3;
                return TokenKind::Text(unescape(&outdent(text)));
            }
            let escaped = if rest[end..].starts_with('\\') { rest[end + 1..].chars().next() } else { None };
            end += 1 + escaped.map_or(0, char::len_utf8);
        }
        let is_opening = !self.suspects_other(rest) && self.may_cut();
        let code = lines_before_code(rest).filter(|_| is_opening);
        let length = code.unwrap_or(rest.len());
        self.position = content + length;
        let error = SyntaxError::new(Span::new(start, content), NEVER_CLOSED);
        self.errors.push(error.expecting("`\"\"\"`"));
        TokenKind::Text(unescape(&outdent(&rest[..length])))
    }

    /// Whether the last quote of the source, with `rest` behind it, closes a text rather than opens one: then an earlier
    /// text was never closed, and is closed by what opens the next.
    fn suspects_other(&mut self, rest: &str) -> bool {
        self.culprit = self.suspects.iter().copied().find(|suspect| !self.distrusted.contains(suspect));
        self.culprit = self.culprit.filter(|_| may_follow(rest));
        self.culprit.is_some()
    }

    /// Whether another text that is never closed may be cut at the end of its line.
    fn may_cut(&mut self) -> bool {
        self.cuts += 1;
        self.cuts <= MOST_CUTS
    }
}

/// Whether a text has lines as only code has them: nothing but `end`, or the beginning of a card.
fn holds_code(text: &str) -> bool {
    lines_before_code(text).is_some()
}

/// The length of a text up to the first line in it that only code has.
fn lines_before_code(text: &str) -> Option<usize> {
    let mut length = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let is_card =
            line.trim_start().strip_prefix("card ").is_some_and(|name| name.trim_start().starts_with(is_name_start));
        if number > 0 && (line.trim() == "end" || is_card) {
            return Some(length - 1); // the line end is no part of the text
        }
        length += line.len();
    }
    None
}

/// Whether the last of several lines is what code has before a text: nothing, a bracket, or the beginning of a call or
/// argument such as `name = ask(` or `label:`.
fn ends_in_code(text: &str) -> bool {
    let Some((_, line)) = text.rsplit_once('\n') else { return false };
    let line = line.trim();
    let behind_name =
        |text: &str| text.starts_with(is_name_start).then(|| text.trim_start_matches(is_name_part).to_owned());
    let value = line.split_once('=').map_or(line, |(_, value)| value.trim_start());
    let is_bracket = line.chars().all(|letter| matches!(letter, '[' | '('));
    let is_label = behind_name(line).is_some_and(|rest| rest == ":");
    let is_call = line.starts_with(is_name_start) && behind_name(value).is_some_and(|rest| rest.starts_with('('));
    is_bracket || is_label || is_call
}

/// Whether code can go on with `after` behind a text.
fn may_follow(after: &str) -> bool {
    let rest = after.trim_start_matches([' ', '\t', '\r']);
    let is_apart = rest.len() < after.len();
    let word = &rest[..rest.find(|c| !is_name_part(c)).unwrap_or(rest.len())];
    rest.is_empty()
        || rest.starts_with([',', ')', ']', '\n', '#'])
        || is_apart && rest.starts_with(['&', '+', '-', '*', '/', '^', '=', '<', '>', '!'])
        || is_apart && ["and", "or", "in", "not", "do", "end", "else", "when"].contains(&word)
}

/// The length of the first line without what closes the brackets around a text.
fn first_line(rest: &str) -> usize {
    let line = rest.lines().next().unwrap_or("").trim_end();
    let line = line.strip_suffix(" do").unwrap_or(line).trim_end();
    line.trim_end_matches([')', ']', ',']).trim_end().len()
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
pub(super) fn unescape(raw: &str) -> String {
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
            'x' => match hexadecimal(rest.get(..2)) {
                Some(character) => {
                    text.push(character);
                    rest = &rest[2..];
                }
                None => text.push_str("\\x"),
            },
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
    hexadecimal(Some(digits)).map(|character| (character, length))
}

/// The character with this number.
fn hexadecimal(digits: Option<&str>) -> Option<char> {
    let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    char::from_u32(u32::from_str_radix(digits, 16).ok()?)
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
