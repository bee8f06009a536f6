//! Every seed of the fuzz targets, replayed: what once broke the language does not break it again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "tests may")]

use std::path::Path;
use std::time::{Duration, Instant};

#[path = "../../../tests/fuzz/fuzz_targets/expression.rs"]
mod expression;
#[path = "../../../tests/fuzz/fuzz_targets/expression_parser.rs"]
mod expression_parser;
#[path = "../../../tests/fuzz/fuzz_targets/lexer.rs"]
mod lexer;
#[path = "../../../tests/fuzz/fuzz_targets/template.rs"]
mod template;

/// Gives every seed of `target` to `run`, and says how many there were.
fn replay(target: &str, run: fn(&[u8])) -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/seeds").join(target);
    let mut count = 0;
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        let data = std::fs::read(&path).unwrap();
        let began = Instant::now();
        if std::panic::catch_unwind(|| run(&data)).is_err() {
            panic!("{}", path.display());
        }
        // Unoptimised, on a busy machine; fuzzing allows two seconds for optimised code.
        let took = began.elapsed();
        assert!(took < Duration::from_secs(10), "{}: {took:?}", path.display());
        count += 1;
    }
    count
}

#[test]
fn no_seed_breaks_the_lexer() {
    assert!(replay("lexer", lexer::run) > 0);
}

#[test]
fn no_seed_breaks_the_parser() {
    assert!(replay("expression_parser", expression_parser::run) > 0);
}

#[test]
fn no_seed_breaks_an_evaluation() {
    assert!(replay("expression", expression::run) > 0);
}

#[test]
fn no_seed_breaks_a_template() {
    assert!(replay("template", template::run) > 0);
}
