//! Real notebooks, where they are at hand: all parse, and what is printed is the same journey again.

use std::path::{Path, PathBuf};

use journey::checks::{self, Stage};
use journey::{Journey, Severity, format, parse};

fn notebooks(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            notebooks(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
}

#[test]
fn real_notebooks_survive() {
    let folder =
        std::env::var_os("JOURNEY_CORPUS").map_or_else(|| PathBuf::from("../../../shared/corpus"), PathBuf::from);
    let mut found = Vec::new();
    notebooks(&folder, &mut found);
    if found.is_empty() {
        println!("skipped: no notebooks in {} (set JOURNEY_CORPUS)", folder.display());
        return;
    }
    for path in found {
        let source = std::fs::read_to_string(&path).unwrap();
        let parsed = parse(&source);
        let problems: Vec<String> = parsed.problems.iter().map(ToString::to_string).collect();
        assert!(problems.is_empty(), "{}: {problems:#?}", path.display());
        assert!(parsed.journey.cards().count() > 0, "{}", path.display());

        let printed = format(&source).unwrap();
        assert_eq!(format(&printed).as_ref(), Ok(&printed), "{}", path.display());
        let again = parse(&printed);
        assert_eq!(again.problems, [], "{}\n{printed}", path.display());
        assert_eq!(again.journey, parsed.journey, "{}\n{printed}", path.display());

        let json = serde_json::to_string(&parsed.journey).unwrap();
        assert_eq!(serde_json::from_str::<Journey>(&json).unwrap(), parsed.journey, "{}", path.display());

        for problem in journey::check(&parsed.journey) {
            let known = ["not-supported", "unused-value", "equal-titles"];
            let is_closer = checks::find(problem.code).is_some_and(|check| check.stage == Stage::Checking);
            assert!(is_closer || known.contains(&problem.code), "{}: {problem}", path.display());
            assert!(problem.line > 0 && problem.severity != Severity::Error, "{}: {problem}", path.display());
            println!("{}:{problem} [{}]", path.display(), problem.code);
        }
    }
}
