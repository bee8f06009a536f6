//! The scripts of the bundled playbooks.

use std::path::{Path, PathBuf};

use rehearsal::script::{Script, play};
use rehearsal::{Paint, report};

fn scripts(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = entries.filter(|path| path.to_string_lossy().ends_with(".test.yaml")).collect();
    found.sort();
    found
}

#[test]
fn every_playbook_keeps_its_scripts() {
    let playbooks = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/playbooks");
    for folder in std::fs::read_dir(playbooks).unwrap().map(|entry| entry.unwrap().path()) {
        let scripts = scripts(&folder);
        assert!(!scripts.is_empty(), "{} has no script", folder.display());
        for path in scripts {
            let text = std::fs::read_to_string(&path).unwrap();
            let script = Script::read(&text).unwrap_or_else(|problems| panic!("{}: {problems:#?}", path.display()));
            let files = |file: &str| std::fs::read_to_string(folder.join(file)).map_err(|error| error.to_string());
            let shelf = script.open(&files).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let outcome = play(&script, shelf);
            if let Some(failure) = outcome.failure {
                let file = path.display().to_string();
                panic!("{}", report::failure(&file, &failure, &outcome.conversation, Paint::default()));
            }
        }
    }
}
