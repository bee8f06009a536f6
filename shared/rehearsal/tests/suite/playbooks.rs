//! The scripts of the bundled playbooks.

use std::path::{Path, PathBuf};

use rehearsal::script::{Script, play};
use rehearsal::{Coverage, Paint, report};

fn scripts(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = entries.filter(|path| path.to_string_lossy().ends_with(".test.yaml")).collect();
    found.sort();
    found
}

/// How many journeys a playbook has.
fn journeys(folder: &Path) -> usize {
    let files =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    files.filter(|name| rehearsal::is_journey(name) && !name.eq_ignore_ascii_case("readme.md")).count()
}

#[test]
fn every_playbook_keeps_its_scripts_and_they_reach_all_of_it() {
    let playbooks = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/playbooks");
    for folder in std::fs::read_dir(playbooks).unwrap().map(|entry| entry.unwrap().path()) {
        let scripts = scripts(&folder);
        assert!(!scripts.is_empty(), "{} has no script", folder.display());
        let mut coverage = Coverage::default();
        for path in scripts {
            let text = std::fs::read_to_string(&path).unwrap();
            let script = Script::read(&text).unwrap_or_else(|problems| panic!("{}: {problems:#?}", path.display()));
            let files = |file: &str| std::fs::read_to_string(folder.join(file)).map_err(|error| error.to_string());
            let shelf = script.open(&files).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let outcome = play(&script, shelf);
            coverage.add(&outcome, str::to_owned);
            if let Some(failure) = outcome.failure {
                let file = path.display().to_string();
                panic!("{}", report::failure(&file, &failure, &outcome.conversation, Paint::default()));
            }
        }
        for covered in coverage.journeys() {
            assert_eq!(covered.missed, [], "{}", report::coverage(&covered, Paint::default()));
        }
        assert_eq!(coverage.journeys().len(), journeys(&folder), "{}: a journey has no script", folder.display());
    }
}
