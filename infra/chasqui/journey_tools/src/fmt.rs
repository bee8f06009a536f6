//! `journey fmt`: canonical code.

use std::io;
use std::path::PathBuf;

use clap::Args;
use rehearsal::report;

use crate::check::unreadable;
use crate::files::{Finds, find, is_journey_text, read};
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

impl Command for Fmt {
    fn run(&self, console: &mut Console<'_>) -> io::Result<Status> {
        let Finds { files, unread, .. } = find(&self.paths, |name| name.ends_with(".md"));
        let mut status = Status::Passed;
        for unread in unread {
            status = unreadable(console, &unread.to_string())?;
        }
        for found in files {
            let file = found.shown();
            let text = match read(&found.path) {
                Ok(text) => text,
                Err(why) => {
                    status = unreadable(console, &format!("{file}: {why}"))?;
                    continue;
                }
            };
            let loaded = rehearsal::load(&file, &text).ok().filter(|_| file.ends_with(".md"));
            let Some(loaded) = loaded else {
                status = unreadable(console, &format!("{file} is not a notebook, `.md`"))?;
                continue;
            };
            if !is_journey_text(&found, &loaded) {
                continue;
            }
            match journey::format(&text) {
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
