//! Every seed of the fuzz targets, replayed: what once broke the language does not break it again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "tests may")]

#[path = "../../../tests/fuzz/fuzz_targets/expression.rs"]
mod expression;
#[path = "../../../tests/fuzz/fuzz_targets/expression_parser.rs"]
mod expression_parser;
#[path = "../../../tests/fuzz/fuzz_targets/lexer.rs"]
mod lexer;
#[path = "../../../tests/fuzz/replay.rs"]
mod replay;
#[path = "../../../tests/fuzz/fuzz_targets/template.rs"]
mod template;

use replay::{replay, seeds};

#[test]
fn no_seed_breaks_the_lexer() {
    assert!(replay(&seeds("lexer"), lexer::run) > 0);
}

#[test]
fn no_seed_breaks_the_parser() {
    assert!(replay(&seeds("expression_parser"), expression_parser::run) > 0);
}

#[test]
fn no_seed_breaks_an_evaluation() {
    assert!(replay(&seeds("expression"), expression::run) > 0);
}

#[test]
fn no_seed_breaks_a_template() {
    assert!(replay(&seeds("template"), template::run) > 0);
}
