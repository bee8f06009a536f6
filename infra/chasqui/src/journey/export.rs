//! `cargo chasqui journey export`

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};

use super::set::SetError;
use super::{JourneyError, set};
use crate::api::Api;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The folder: one `<name>.md` for each journey. What has not changed is not written.
    folder: PathBuf,
    /// Only these journeys, by name or id.
    #[arg(long = "journey")]
    journeys: Vec<String>,
    /// The drafts instead of what is live.
    #[arg(long)]
    drafts: bool,
    /// Removes notebooks of journeys that are not exported any more.
    #[arg(long)]
    prune: bool,
}

#[derive(Deserialize)]
struct Page {
    journeys: Vec<Exported>,
    unresolved: Vec<Unresolved>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Exported {
    name: String,
    notebook: String,
}

#[derive(Deserialize)]
struct Unresolved {
    journey: String,
    line: u32,
    column: u32,
    reference: Option<String>,
    means: Option<String>,
}

pub(super) async fn run(api: &Api, arguments: Arguments) -> Result<(), JourneyError> {
    let Arguments { folder, journeys, drafts, prune } = arguments;
    let mut request = json!({"of": if drafts { "draft" } else { "live" }});
    if !journeys.is_empty() {
        request["journeys"] = json!(journeys);
    }
    let (mut exported, mut unresolved) = (Vec::new(), Vec::new());
    loop {
        let page: Page = Api::read("the export", api.post("/v1/export/journeys", request.clone()).await?)?;
        exported.extend(page.journeys);
        unresolved.extend(page.unresolved);
        match page.next {
            Some(next) => request["after"] = Value::String(next),
            None => break,
        }
    }
    let written = write(&folder, &exported)?;
    println!("{} journeys in {}, {written} of them changed.", exported.len(), folder.display());
    leftovers(&folder, &exported, prune)?;
    if !unresolved.is_empty() {
        println!("\nThese name journeys that are not in the set; another environment may not have them:");
    }
    for place in unresolved {
        println!("  {place}");
    }
    Ok(())
}

/// Writes what differs from what is there. Answers how many files that were.
fn write(folder: &Path, exported: &[Exported]) -> Result<usize, SetError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error| SetError::File(path, error)
    };
    std::fs::create_dir_all(folder).map_err(failed(folder))?;
    let mut written = 0;
    for Exported { name, notebook } in exported {
        let file = folder.join(format!("{name}.md"));
        if std::fs::read_to_string(&file).is_ok_and(|there| there == *notebook) {
            continue;
        }
        std::fs::write(&file, notebook).map_err(failed(&file))?;
        written += 1;
    }
    Ok(written)
}

/// Names, or removes, the notebooks that were not exported.
fn leftovers(folder: &Path, exported: &[Exported], prune: bool) -> Result<(), SetError> {
    for file in set::files(folder)? {
        let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        if exported.iter().any(|journey| journey.name == stem) {
            continue;
        }
        if prune {
            std::fs::remove_file(&file).map_err(|error| SetError::File(file.clone(), error))?;
            println!("{} is removed: it was not exported.", file.display());
        } else {
            println!("{} was not exported; --prune removes it.", file.display());
        }
    }
    Ok(())
}

impl std::fmt::Display for Unresolved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { journey, line, column, reference, means } = self;
        write!(f, "{journey}.md:{line}:{column}: ")?;
        match (reference, means) {
            (Some(reference), Some(means)) if reference == means => write!(f, "`{means}`"),
            (Some(reference), Some(means)) => write!(f, "`{reference}`, which is `{means}` here"),
            (Some(reference), None) => write!(f, "`{reference}`, which is nothing here either"),
            (None, _) => f.write_str("a journey that is computed while it runs"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exported(name: &str, notebook: &str) -> Exported {
        Exported { name: name.to_owned(), notebook: notebook.to_owned() }
    }

    #[test]
    fn only_what_changed_is_written_and_only_what_is_gone_is_pruned() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("new");
        let first = [exported("menu", "# Menu\n"), exported("later", "# Later\n")];
        assert_eq!(write(&folder, &first).unwrap(), 2);
        assert_eq!(write(&folder, &first).unwrap(), 0);
        assert_eq!(write(&folder, &[exported("menu", "# Menu 2\n")]).unwrap(), 1);
        std::fs::write(folder.join("README.md"), "about").unwrap();
        leftovers(&folder, &[exported("menu", "")], false).unwrap();
        assert!(folder.join("later.md").exists());
        leftovers(&folder, &[exported("menu", "")], true).unwrap();
        let left: Vec<_> = ["later.md", "menu.md", "README.md"].map(|file| folder.join(file).exists()).to_vec();
        assert_eq!(left, [false, true, true]);
    }

    #[test]
    fn an_unresolved_place_says_what_it_names() {
        let place = |reference: Option<&str>, means: Option<&str>| {
            let (reference, means) = (reference.map(str::to_owned), means.map(str::to_owned));
            Unresolved { journey: "menu".to_owned(), line: 3, column: 5, reference, means }.to_string()
        };
        assert_eq!(place(Some("7d"), Some("later")), "menu.md:3:5: `7d`, which is `later` here");
        assert_eq!(place(Some("later"), Some("later")), "menu.md:3:5: `later`");
        assert_eq!(place(Some("7d"), None), "menu.md:3:5: `7d`, which is nothing here either");
        assert_eq!(place(None, None), "menu.md:3:5: a journey that is computed while it runs");
    }
}
