//! `journey convert`: files of one notation into those of another, without a service.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use journey::{Problem, Reference};
use serde_json::{Value, json};

use crate::check::{count, show_all, unreadable};
use crate::files::{changed_at, shown};
use crate::set::{self, File, SetError, Source};
use crate::{Command, Console, Status};

/// Writes journeys into a folder as notebooks or, with --floip, as flows for other programs. Nothing is published.
#[derive(Debug, Args)]
pub struct Convert {
    /// Notebooks, FLOIP, exports of RapidPro, TextIt or Glific, or folders of them. A notebook is called like its file, a flow as
    /// it says itself.
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    /// The folder: one file for each journey.
    #[arg(long, value_name = "folder")]
    pub to: PathBuf,
    /// Writes FLOIP 1.0.0-rc3, `<name>.flow.json`, instead of notebooks.
    #[arg(long)]
    pub floip: bool,
    /// What journeys are called that are not among them.
    #[command(flatten)]
    pub renames: Renames,
    /// Replaces files that say something else.
    #[arg(long)]
    pub overwrite: bool,
    /// Prints one object for programs.
    #[arg(long)]
    pub json: bool,
}

/// What journeys are called that are not in the set.
#[derive(Debug, Default, Args)]
pub struct Renames {
    /// What a journey is called here that these name otherwise, such as by an id of the program they come from.
    #[arg(long = "rename", value_name = "id=name", value_parser = rename)]
    pub all: Vec<(String, String)>,
}

fn rename(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((id, name)) if !id.is_empty() && !name.is_empty() => Ok((id.to_owned(), name.to_owned())),
        _ => Err("write what it is called there, `=`, and its name here".to_owned()),
    }
}

impl Command for Convert {
    fn run(&self, console: &mut Console<'_>) -> io::Result<Status> {
        let sources = match set::read_any(&self.paths, &self.renames.all) {
            Ok(sources) => sources,
            Err(error) => return self.refused(console, &error),
        };
        let names: Vec<String> = sources.iter().map(|source| source.notebook.name.clone()).collect();
        let mut files: Vec<File> = Vec::new();
        let mut wrong: Vec<(String, &Source, Vec<Problem>)> = Vec::new();
        for source in &sources {
            let notebook = &source.notebook;
            let file = match self.floip {
                true => set::flow(notebook, changed_at(&source.file), &names),
                false => set::canonical(notebook),
            };
            match file {
                Ok(file) => files.push(file),
                Err(problems) => wrong.push((shown(&source.file), source, problems)),
            }
        }
        if !wrong.is_empty() {
            if self.json {
                let one = |(file, source, problems): &(String, &Source, Vec<Problem>)| json!({"name": source.notebook.name, "from": file, "written": false, "problems": problems});
                let journeys: Vec<Value> = wrong.iter().map(one).collect();
                writeln!(console.out, "{:#}", json!({ "journeys": journeys }))?;
            } else {
                for (file, source, problems) in wrong {
                    show_all(console, &file, &source.notebook.text, &problems)?;
                }
            }
            writeln!(console.errors, "{}", console.paint.red("There are errors; nothing was written."))?;
            return Ok(Status::Failed);
        }
        let written = match set::write(&self.to, &files, self.overwrite) {
            Ok(written) => written,
            Err(error) => return self.refused(console, &error),
        };
        if self.json {
            let journeys: Vec<Value> = sources
                .iter()
                .zip(&files)
                .map(|(source, file)| as_json(source, &self.to.join(&file.name), written.contains(&file.name)))
                .collect();
            writeln!(console.out, "{:#}", json!({ "journeys": journeys }))?;
            return Ok(Status::Passed);
        }
        // Lines are those of the notebook; of a flow that stays one they are of the notebook it stands for.
        let called = |source: &Source| match self.floip {
            true => shown(&source.file),
            false => shown(&self.to.join(format!("{}{}", source.notebook.name, set::NOTEBOOK))),
        };
        report(&sources, console, called)?;
        list_outside(&sources, console, called)?;
        if self.floip {
            list_unseen(&sources, console)?;
        }
        let total = format!("{} in {}, {} written.", count(files.len(), "journey"), shown(&self.to), written.len());
        writeln!(console.out, "{}", console.paint.green(total))?;
        Ok(Status::Passed)
    }
}

impl Convert {
    /// Says why nothing was written.
    fn refused(&self, console: &mut Console<'_>, error: &SetError) -> io::Result<Status> {
        if self.json {
            writeln!(console.out, "{:#}", json!({"journeys": [], "error": error.to_string()}))?;
        }
        unreadable(console, &error.to_string())
    }
}

/// Shows what was not read as it stood, and what nothing starts. `called` is what each journey is shown as.
///
/// # Errors
/// When nothing can be written any more.
pub fn report(sources: &[Source], console: &mut Console<'_>, called: impl Fn(&Source) -> String) -> io::Result<()> {
    for source in sources {
        show_all(console, &called(source), &source.notebook.text, &source.report)?;
    }
    let idle: Vec<String> = sources.iter().filter(|source| source.is_idle).map(&called).collect();
    if !idle.is_empty() {
        let what = "Nothing starts these by itself, since their flows have no trigger; add one where there was one:";
        writeln!(console.out, "{}\n  {}\n", console.paint.yellow(what), idle.join("\n  "))?;
    }
    Ok(())
}

/// Shows which journeys are named and not there.
fn list_outside(sources: &[Source], console: &mut Console<'_>, called: impl Fn(&Source) -> String) -> io::Result<()> {
    // By what is named, in the order in which it is met.
    let mut outside: Vec<(Option<&str>, Vec<String>)> = Vec::new();
    for source in sources {
        for Reference { journey, line, column } in &source.outside {
            let place = format!("{}:{line}:{column}", called(source));
            match outside.iter_mut().find(|(name, _)| *name == journey.as_deref()) {
                Some((_, places)) => places.push(place),
                None => outside.push((journey.as_deref(), vec![place])),
            }
        }
    }
    if !outside.is_empty() {
        let what = "These journeys are named and not among them; --rename <id>=<name> says what one is called here:";
        writeln!(console.out, "{}", console.paint.yellow(what))?;
    }
    for (name, places) in outside {
        let name = name.map_or_else(|| "computed while it runs".to_owned(), |name| format!("`{name}`"));
        writeln!(console.out, "  {name}: {}", places.join(", "))?;
    }
    Ok(())
}

/// Lists what other programs miss of the flows that were written.
fn list_unseen(sources: &[Source], console: &mut Console<'_>) -> io::Result<()> {
    let unseen = set::unseen(sources.iter().map(|source| &source.notebook));
    if !unseen.is_empty() {
        writeln!(console.out, "{}\n  {}", console.paint.yellow(set::UNSEEN), unseen.join("\n  "))?;
    }
    Ok(())
}

/// What became of a journey, for programs.
fn as_json(source: &Source, file: &Path, written: bool) -> Value {
    json!({
        "name": source.notebook.name,
        "from": shown(&source.file),
        "file": shown(file),
        "written": written,
        "problems": source.report,
        "outside": source.outside,
        "is_idle": source.is_idle,
    })
}
