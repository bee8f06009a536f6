//! `journey fmt`: canonical code.

use std::io;
use std::path::PathBuf;

use clap::Args;
use journey::{Problem, Severity};
use rehearsal::report;

use crate::check::unreadable;
use crate::files::{find, is_journey_text, read};
use crate::{Command, Console, Status};

/// Writes notebooks as canonical code: notes, comments and places on the canvas stay.
#[derive(Debug, Args)]
pub struct Fmt {
    /// Notebooks, or folders of them.
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Changes nothing: names the files that are not canonical, and exits with 1 when there are any.
    #[arg(long)]
    pub check: bool,
}

/// The canonical text of a notebook.
fn format(source: &str) -> Result<String, Vec<Problem>> {
    let parsed = journey::parse(source);
    if parsed.problems.iter().any(|problem| problem.severity == Severity::Error) {
        return Err(parsed.problems);
    }
    Ok(journey::print(&parsed.journey))
}

impl Command for Fmt {
    fn run(&self, console: &mut Console<'_>) -> io::Result<Status> {
        let found = match find(&self.paths, |name| name.ends_with(".md")) {
            Ok(found) => found,
            Err(missing) => return unreadable(console, &missing.0),
        };
        let mut status = Status::Passed;
        for found in found {
            let file = found.shown();
            let text = match read(&found.path) {
                Ok(text) => text,
                Err(why) => {
                    status = unreadable(console, &format!("{file}: {why}"))?;
                    continue;
                }
            };
            let Ok(loaded) = rehearsal::load(&file, &text) else {
                status = unreadable(console, &format!("{file} is not a notebook, `.md`"))?;
                continue;
            };
            if !is_journey_text(&found, &loaded) {
                continue;
            }
            match format(&text) {
                Ok(formatted) if formatted == text => {}
                Ok(_) if self.check => {
                    writeln!(console.out, "{} is not formatted", console.paint.yellow(&file))?;
                    status = status.max(Status::Failed);
                }
                Ok(formatted) => match std::fs::write(&found.path, formatted) {
                    Ok(()) => writeln!(console.out, "{file}")?,
                    Err(error) => status = unreadable(console, &format!("{file}: {error}"))?,
                },
                Err(problems) => {
                    for problem in &problems {
                        writeln!(console.out, "{}", report::problem(&file, &text, problem, console.paint))?;
                    }
                    writeln!(console.out, "{file} {}", console.paint.red("has errors; it stays as it is"))?;
                    status = status.max(Status::Failed);
                }
            }
        }
        Ok(status)
    }
}
