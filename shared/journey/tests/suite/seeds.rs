//! Every seed of the fuzz targets, replayed: what once broke a journey does not break it again. The notebooks of the
//! statements are seeds too.

#[path = "../../../../tests/fuzz/conversation.rs"]
mod conversation;
#[path = "../../../../tests/fuzz/fuzz_targets/import.rs"]
mod import;
#[path = "../../../../tests/fuzz/fuzz_targets/notebook.rs"]
mod notebook;
#[path = "../../../../tests/fuzz/replay.rs"]
mod replay;

use std::path::Path;

use replay::{replay, seeds};

#[test]
fn no_seed_breaks_a_notebook() {
    assert!(replay(&seeds("notebook"), notebook::run) > 0);
}

#[test]
fn no_statement_breaks_a_notebook() {
    let statements = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/statements");
    assert!(replay(&statements, notebook::run) >= journey::statements::KINDS.len());
}

#[test]
fn no_seed_breaks_an_import() {
    assert!(replay(&seeds("import"), import::run) > 0);
}

#[test]
fn no_flow_breaks_an_import() {
    assert!(replay(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/flows"), import::run) > 0);
}
