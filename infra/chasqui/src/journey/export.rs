//! `cargo chasqui journey export`

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use journey_tools::set::{FLOW, File, NOTEBOOK, Notebook, SetError, UNSEEN, flow, of_kind, unseen, write};
use serde::Deserialize;
use serde_json::{Value, json};

use super::JourneyError;
use crate::api::Api;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The folder: one file for each journey. What has not changed is not written.
    folder: PathBuf,
    /// Only these journeys, by name or id.
    #[arg(long = "journey")]
    journeys: Vec<String>,
    /// The drafts instead of what is live.
    #[arg(long)]
    drafts: bool,
    /// Writes FLOIP 1.0.0-rc3 for other programs, `<name>.flow.json`, instead of notebooks, `<name>.md`.
    #[arg(long)]
    floip: bool,
    /// Removes the files of journeys that are not exported any more.
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
    changed_at: Timestamp,
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
    let Arguments { folder, journeys, drafts, floip, prune } = arguments;
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
    let files = files(&exported, floip)?;
    let written = write(&folder, &files, true)?.len();
    println!("{} journeys in {}, {written} of them changed.", files.len(), folder.display());
    leftovers(&folder, &files, if floip { FLOW } else { NOTEBOOK }, prune)?;
    let notebooks: Vec<Notebook> = exported.iter().filter(|_| floip).map(Exported::notebook).collect();
    let unseen = unseen(notebooks.iter());
    if !unseen.is_empty() {
        println!("\n{UNSEEN}\n  {}", unseen.join("\n  "));
    }
    if !unresolved.is_empty() {
        println!("\nThese name journeys that are not in the set; another environment may not have them:");
    }
    for place in unresolved {
        println!("  {}", place.shown(floip));
    }
    Ok(())
}

/// The files of an export: notebooks, or flows.
fn files(exported: &[Exported], floip: bool) -> Result<Vec<File>, SetError> {
    let names: Vec<String> = exported.iter().map(|journey| journey.name.clone()).collect();
    let file = |journey: &Exported| {
        let notebook = journey.notebook();
        match floip {
            false => Ok(File { name: format!("{}{NOTEBOOK}", notebook.name), text: notebook.text }),
            true => {
                flow(&notebook, journey.changed_at, &names).map_err(|problems| SetError::wrong(&notebook, &problems))
            }
        }
    };
    exported.iter().map(file).collect()
}

impl Exported {
    fn notebook(&self) -> Notebook {
        Notebook { name: self.name.clone(), text: self.notebook.clone() }
    }
}

/// Names, or removes, the files of journeys that were not exported.
fn leftovers(folder: &Path, exported: &[File], kind: &str, prune: bool) -> Result<(), SetError> {
    for file in of_kind(folder, kind)? {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if exported.iter().any(|file| file.name == name) {
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

impl Unresolved {
    /// The place and what it names. A flow has no lines that people look at.
    fn shown(&self, floip: bool) -> String {
        let Self { journey, line, column, reference, means } = self;
        let place = if floip { format!("{journey}{FLOW}") } else { format!("{journey}{NOTEBOOK}:{line}:{column}") };
        match (reference, means) {
            (Some(reference), Some(means)) if reference == means => format!("{place}: `{means}`"),
            (Some(reference), Some(means)) => format!("{place}: `{reference}`, which is `{means}` here"),
            (Some(reference), None) => format!("{place}: `{reference}`, which is nothing here either"),
            (None, _) => format!("{place}: a journey that is computed while it runs"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exported(name: &str, notebook: &str) -> Exported {
        Exported {
            name: name.to_owned(),
            changed_at: "2026-03-01T10:00:00Z".parse().unwrap(),
            notebook: notebook.to_owned(),
        }
    }

    #[test]
    fn what_is_gone_is_named_and_pruned_only_when_asked() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        for name in ["menu.md", "later.md", "README.md", "later.flow.json"] {
            std::fs::write(folder.join(name), "").unwrap();
        }
        let files = files(&[exported("menu", "")], false).unwrap();
        leftovers(folder, &files, NOTEBOOK, false).unwrap();
        assert!(folder.join("later.md").exists());
        leftovers(folder, &files, NOTEBOOK, true).unwrap();
        let left = ["later.md", "menu.md", "README.md", "later.flow.json"].map(|file| folder.join(file).exists());
        assert_eq!(left, [false, true, true, true], "other files are nobody's business");
        leftovers(folder, &[], FLOW, true).unwrap();
        assert!(!folder.join("later.flow.json").exists());
    }

    #[test]
    fn a_journey_is_a_notebook_or_a_flow() {
        let notebook = "```stack\ncard A do\n  run_stack(\"later\")\nend\n```\n";
        let set = [exported("menu", notebook), exported("later", &notebook.replace("later", "menu"))];
        let notebooks = files(&set, false).unwrap();
        assert_eq!(notebooks[0], File { name: "menu.md".to_owned(), text: notebook.to_owned() });
        let flows = files(&set, true).unwrap();
        let names: Vec<&str> = flows.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["menu.flow.json", "later.flow.json"]);
        let flow = |file: &File| serde_json::from_str::<Value>(&file.text).unwrap()["flows"][0].clone();
        assert_eq!(flow(&flows[0])["last_modified"], "2026-03-01T10:00:00Z");
        assert_eq!(flow(&flows[0])["blocks"][0]["config"]["flow_id"], flow(&flows[1])["uuid"]);
        let broken = files(&[exported("menu", "# Only a note\n")], true).unwrap_err();
        assert!(broken.to_string().contains("error[no-card]"), "{broken}");
    }

    #[test]
    fn an_unresolved_place_says_what_it_names() {
        let place = |reference: Option<&str>, means: Option<&str>| {
            let (reference, means) = (reference.map(str::to_owned), means.map(str::to_owned));
            Unresolved { journey: "menu".to_owned(), line: 3, column: 5, reference, means }
        };
        assert_eq!(place(Some("7d"), Some("later")).shown(false), "menu.md:3:5: `7d`, which is `later` here");
        assert_eq!(place(Some("later"), Some("later")).shown(false), "menu.md:3:5: `later`");
        assert_eq!(place(Some("7d"), None).shown(false), "menu.md:3:5: `7d`, which is nothing here either");
        assert_eq!(place(None, None).shown(false), "menu.md:3:5: a journey that is computed while it runs");
        assert_eq!(place(Some("later"), Some("later")).shown(true), "menu.flow.json: `later`");
    }
}
