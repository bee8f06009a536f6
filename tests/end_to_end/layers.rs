//! Arrows run downward only: which crate may know which.

use std::collections::BTreeMap;
use std::fs;

use chasqui::binaries;

/// Every crate of `shared/` and the crates of ours it may use.
const SHARED: &[(&str, &[&str])] = &[
    ("expression", &[]),
    ("journey", &["expression"]),
    ("whatsapp", &[]),
    ("domain", &["expression", "journey", "whatsapp"]),
    ("rehearsal", &["domain", "expression", "journey", "whatsapp"]),
    ("store", &["domain", "journey", "whatsapp"]),
    ("platform", &["domain"]),
];

/// What makes a crate impure. The pure crates have none of it among their dependencies.
const IMPURE: &[&str] = &["tokio", "hyper", "aws-", "lambda_", "axum", "uuid", "rand"];
const PURE: &[&str] = &["expression", "journey", "domain", "rehearsal"];

fn dependencies(folder: &str) -> BTreeMap<String, Vec<String>> {
    let mut crates = BTreeMap::new();
    for entry in fs::read_dir(binaries::workspace().join(folder)).unwrap() {
        let path = entry.unwrap().path();
        let Ok(manifest) = fs::read_to_string(path.join("Cargo.toml")) else { continue };
        let section = manifest.split("[dependencies]").nth(1).unwrap_or_default();
        let section = section.split("\n[").next().unwrap_or_default();
        let names = section
            .lines()
            .filter_map(|line| line.split(['.', ' ', '=']).next())
            .filter(|name| !name.is_empty() && !name.starts_with('#'));
        crates.insert(path.file_name().unwrap().to_string_lossy().into_owned(), names.map(str::to_owned).collect());
    }
    crates
}

#[test]
fn a_lower_crate_never_knows_a_higher_one() {
    let crates = dependencies("shared");
    let ours: Vec<&str> = SHARED.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        crates.keys().map(String::as_str).collect::<Vec<_>>().len(),
        ours.len(),
        "a crate without a row: {crates:?}"
    );
    for (name, allowed) in SHARED {
        let used: Vec<_> = crates[*name].iter().filter(|used| ours.contains(&used.as_str())).collect();
        assert!(
            used.iter().all(|used| allowed.contains(&used.as_str())),
            "{name} may use {allowed:?}, but uses {used:?}"
        );
    }
    let functions: Vec<String> = dependencies("functions").into_keys().collect();
    assert_eq!(functions.len(), binaries::FUNCTIONS.len());
    for (name, used) in crates.iter().chain(&dependencies("functions")) {
        let sideways: Vec<_> = used.iter().filter(|used| functions.contains(used)).collect();
        assert!(sideways.is_empty(), "{name} uses {sideways:?}: a function is nobody's library");
    }
}

#[test]
fn the_pure_crates_are_pure() {
    let crates = dependencies("shared");
    for name in PURE {
        let impure: Vec<_> =
            crates[*name].iter().filter(|used| IMPURE.iter().any(|bad| used.starts_with(bad))).collect();
        assert!(impure.is_empty(), "{name} is pure, but uses {impure:?}");
    }
}
