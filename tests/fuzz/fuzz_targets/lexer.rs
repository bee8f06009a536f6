//! Any source becomes tokens that stand where they say, in order, and end with the end.
#![cfg_attr(fuzzing, no_main)]

use expression::lexer::{TokenKind, tokenize};

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));

/// Reads `data` as source.
pub(crate) fn run(data: &[u8]) {
    let source = String::from_utf8_lossy(data);
    let (tokens, errors) = tokenize(&source);
    assert_eq!(tokens.last().map(|token| &token.kind), Some(&TokenKind::Eof));
    for span in tokens.iter().map(|token| token.span).chain(errors.iter().map(|error| error.span)) {
        assert!(source.get(span.start..span.end).is_some(), "{span:?}");
        let (line, column) = span.line_and_column(&source);
        assert!(line > 0 && column > 0);
    }
    assert!(tokens.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start));
}
