//! `journey check`: everything that is wrong with journeys.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use journey::checks::{Neighbour, Surroundings};
use journey::{Problem, Severity};
use rehearsal::{A_JOURNEY_IS, Loaded, is_journey, load, name_of, report};
use serde_json::Value;

use crate::explain::Explain;
use crate::files::{Finds, Found, Unread, find, is_journey_text, read};
use crate::{Command, Console, Status};

/// Shows everything that is wrong with journeys; those of a folder are looked at together. Exits with 1 when there is an
/// error or a fault.
#[derive(Debug, Args)]
pub struct Check {
    /// Journeys, or folders of them.
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Prints a list for programs.
    #[arg(long)]
    pub json: bool,
    /// Looks at the notation alone: whether it can be read, not what it means.
    #[arg(long)]
    pub parse_only: bool,
    /// Explains a problem by its code, such as `unknown-card`; without a code, lists them all.
    #[arg(long, value_name = "code", num_args = 0..=1, conflicts_with_all = ["paths", "json", "parse_only"])]
    pub explain: Option<Option<String>>,
}

/// A problem in a file, for programs; what has no line says none.
pub(crate) fn in_file(file: &str, problem: &Problem) -> Value {
    let mut object = serde_json::to_value(problem).unwrap_or_default();
    if let Some(members) = object.as_object_mut() {
        if problem.line == 0 {
            members.retain(|name, _| !matches!(name.as_str(), "line" | "column"));
        }
        members.shift_insert(0, "file".to_owned(), file.into());
    }
    object
}

impl Command for Check {
    fn run(&self, console: &mut Console<'_>) -> io::Result<Status> {
        if let Some(code) = &self.explain {
            return Explain { code: code.as_deref() }.run(console);
        }
        let (journeys, unread) = journeys(&self.paths);
        let mut status = Status::Passed;
        let mut list: Vec<Value> = Vec::new();
        for unread in &unread {
            status = unreadable(console, &unread.to_string())?;
            list.push(in_file(&unread.file, &unread.problem()));
        }
        let folders = folders(&journeys);
        let (mut errors, mut faults, mut warnings, mut hints) = (0, 0, 0, 0);
        for (found, loaded) in &journeys {
            let file = found.shown();
            let problems = match folders.get(folder(found)) {
                _ if self.parse_only => loaded.parsed.problems.clone(),
                Some(journeys) if !found.named => {
                    let (id, journeys) = (Some(file.as_str()), Some(journeys.as_slice()));
                    loaded.problems(&Surroundings { id, journeys, ..Surroundings::default() })
                }
                // One that is named may have others elsewhere.
                _ => loaded.problems(&Surroundings::default()),
            };
            let text = loaded.text.as_deref().unwrap_or_default();
            for problem in &problems {
                match problem.severity {
                    Severity::Error => errors += 1,
                    Severity::Fault => faults += 1,
                    Severity::Warning => warnings += 1,
                    Severity::Hint => hints += 1,
                }
                if self.json {
                    list.push(in_file(&file, problem));
                } else {
                    writeln!(console.out, "{}", report::problem(&file, text, problem, console.paint))?;
                }
            }
        }
        if errors + faults > 0 {
            status = status.max(Status::Failed);
        }
        if self.json {
            writeln!(console.out, "{:#}", Value::from(list))?;
        } else {
            let mut total = format!("{}: {}", count(journeys.len(), "journey"), count(errors, "error"));
            if faults > 0 {
                total.push_str(&format!(", {}", count(faults, "fault")));
            }
            total.push_str(&format!(", {}", count(warnings, "warning")));
            if hints > 0 {
                total.push_str(&format!(", {}", count(hints, "hint")));
            }
            let paint = console.paint;
            let total = match (errors + faults, warnings) {
                (0, 0) => paint.green(total),
                (0, _) => paint.yellow(total),
                _ => paint.red(total),
            };
            writeln!(console.out, "{total}")?;
        }
        Ok(status)
    }
}

/// The journeys at these paths, and what cannot be read.
pub(crate) fn journeys(paths: &[PathBuf]) -> (Vec<(Found, Loaded)>, Vec<Unread>) {
    let Finds { files, mut unread, .. } = find(paths, is_journey);
    let mut journeys = Vec::new();
    for found in files {
        let no_journey = |_| format!("it is not a journey; {A_JOURNEY_IS}");
        match read(&found.path).and_then(|text| load(&found.shown(), &text).map_err(no_journey)) {
            Ok(loaded) if is_journey_text(&found, &loaded) => journeys.push((found, loaded)),
            Ok(_) => {}
            Err(why) => unread.push(Unread::new(&found.path, why)),
        }
    }
    (journeys, unread)
}

fn folder(found: &Found) -> &Path {
    found.path.parent().unwrap_or(Path::new(""))
}

/// The journeys of each folder, as they see each other: they name each other by the names of their files, and want the
/// same messages.
fn folders(journeys: &[(Found, Loaded)]) -> HashMap<&Path, Vec<Neighbour>> {
    let mut folders: HashMap<&Path, Vec<Neighbour>> = HashMap::new();
    for (found, loaded) in journeys {
        let id = found.shown();
        let name = name_of(&id).to_owned();
        let triggers = loaded.parsed.journey.triggers().cloned().collect();
        folders.entry(folder(found)).or_default().push(Neighbour { id, name, triggers, runs: true });
    }
    folders
}

/// `1 journey`, `2 journeys`.
pub(crate) fn count(number: usize, one: &str) -> String {
    format!("{number} {one}{}", if number == 1 { "" } else { "s" })
}

/// Says what could not be read.
pub(crate) fn unreadable(console: &mut Console<'_>, what: &str) -> io::Result<Status> {
    let what = console.paint.red(what);
    writeln!(console.errors, "{what}")?;
    Ok(Status::Unreadable)
}

/// Shows problems with their lines.
pub(crate) fn show_all(console: &mut Console<'_>, file: &str, text: &str, problems: &[Problem]) -> io::Result<()> {
    for problem in problems {
        writeln!(console.out, "{}", report::problem(file, text, problem, console.paint))?;
    }
    Ok(())
}
