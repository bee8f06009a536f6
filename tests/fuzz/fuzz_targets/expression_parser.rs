//! Any source is refused in a place that exists, or parsed into a tree that prints as source of the same tree.
#![cfg_attr(fuzzing, no_main)]

use expression::{Dialect, MAX_DEPTH, parse_expression};

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));

/// Reads `data` as an expression, in both dialects.
pub(crate) fn run(data: &[u8]) {
    let source = String::from_utf8_lossy(data);
    for dialect in [Dialect::Code, Dialect::Template] {
        match parse_expression(&source, dialect) {
            Ok(expression) => {
                assert!(expression.depth() <= MAX_DEPTH);
                let printed = expression.to_string();
                assert_eq!(parse_expression(&printed, dialect).as_ref(), Ok(&expression), "{printed}");
                for problem in expression.check() {
                    assert!(source.get(problem.span.start..problem.span.end).is_some(), "{problem}");
                }
                let _ = expression.references();
            }
            Err(error) => {
                assert!(source.get(error.span.start..error.span.end).is_some(), "{error}");
                assert!(!error.message.is_empty());
            }
        }
    }
}
