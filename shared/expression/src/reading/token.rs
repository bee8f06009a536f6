//! The words, numbers and signs of a text, for finding dates and times.

use std::borrow::Cow;

use crate::fold::folded;

/// A part of a folded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// Digits: their number, and how many there are.
    Number(u32, usize),
    /// Letters.
    Word(&'t str),
    /// Any other character but a blank.
    Sign(char),
    /// Blanks.
    Blank,
}

/// A text as it is looked at: without accents, in small letters, with Western digits.
pub(super) fn readable(text: &str) -> Cow<'_, str> {
    folded(text)
}

/// The tokens of a [`readable`] text.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_like = |character: char| {
            if first.is_ascii_digit() {
                character.is_ascii_digit()
            } else if is_letter(first) {
                is_letter(character)
            } else {
                first.is_whitespace() && character.is_whitespace()
            }
        };
        let end = rest.find(|character: char| !is_like(character)).unwrap_or(rest.len()).max(first.len_utf8());
        let (token, after) = rest.split_at(end);
        tokens.push(if first.is_ascii_digit() {
            Token::Number(token.parse().unwrap_or(u32::MAX), token.len())
        } else if is_letter(first) {
            Token::Word(token)
        } else if first.is_whitespace() {
            Token::Blank
        } else {
            Token::Sign(first)
        });
        rest = after;
    }
    tokens
}

fn is_letter(character: char) -> bool {
    character.is_alphabetic() || (!character.is_ascii() && crate::fold::is_mark(character))
}

/// The place of the next token that is neither a blank nor one of `signs`.
pub(super) fn skip(tokens: &[Token<'_>], mut at: usize, signs: &str) -> usize {
    while match tokens.get(at) {
        Some(Token::Blank) => true,
        Some(Token::Sign(sign)) => signs.contains(*sign),
        _ => false,
    } {
        at += 1;
    }
    at
}
