//! Journeys as their authors and contacts see them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod answers;
mod checks;
mod constructs;
mod corpus;
mod engine;
mod exchange;
mod explore;
mod floip;
mod floip_files;
mod floip_reports;
mod glific;
mod languages;
mod notation;
mod playbooks;
mod properties;
mod rapidpro;
mod rapidpro_reports;
mod reading;
mod results;
mod seeds;
mod statements;
mod talk;
mod tolerance;
mod triggers;
mod waits;

/// Compares a page beside the sources with what they say. `UPDATE=1` writes it.
pub(crate) fn page(name: &str, text: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, text).unwrap();
        return;
    }
    let is_there = std::fs::read_to_string(path).is_ok_and(|there| there == text);
    assert!(is_there, "{name} is not what the sources say; `UPDATE=1 tests/run -p journey the_page` writes it anew");
}
