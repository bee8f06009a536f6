//! `journey check --explain`: what a code means.

use std::io;

use journey::checks::{self, Check};
use journey::{floip, nearest};

use crate::check::unreadable;
use crate::{Command, Console, Status};

/// Says what a code means, what to do, and shows both; or lists all codes.
#[derive(Debug)]
pub(crate) struct Explain<'c> {
    /// The code; all of them when there is none.
    pub(crate) code: Option<&'c str>,
}

/// The codes of problems that are not about what a journey says, but about the file that holds it, and their meaning.
fn of_files() -> impl Iterator<Item = (&'static str, &'static str)> {
    floip::REPORTS.iter().chain(rehearsal::REPORTS).copied()
}

impl Command for Explain<'_> {
    fn run(&self, console: &mut Console<'_>) -> io::Result<Status> {
        let Some(code) = self.code else { return list(console) };
        if let Some(check) = checks::find(code) {
            write!(console.out, "{}", check.explain())?;
        } else if let Some((code, meaning)) = of_files().find(|(known, _)| *known == code) {
            writeln!(console.out, "# `{code}`\n\n{meaning}")?;
        } else {
            let codes: Vec<&str> =
                checks::all().map(|check| check.code).chain(of_files().map(|(code, _)| code)).collect();
            let meant = match nearest(code, &codes) {
                Some(meant) => format!("Did you mean `{meant}`?"),
                None => "`journey check --explain` lists them all.".to_owned(),
            };
            return unreadable(console, &format!("There is no problem `{code}`. {meant}"));
        }
        Ok(Status::Passed)
    }
}

/// Every code in a line of its own.
fn list(console: &mut Console<'_>) -> io::Result<Status> {
    let mut all: Vec<&Check> = checks::all().collect();
    all.sort_by_key(|check| check.code);
    let wide = all.iter().map(|check| check.code.len()).max().unwrap_or(0);
    for Check { code, severity, summary, .. } in all {
        writeln!(console.out, "{code:<wide$}  {:<7}  {summary}", severity.to_string())?;
    }
    writeln!(console.out, "\nAbout files of other programs, and scripts:\n")?;
    for (code, meaning) in of_files() {
        writeln!(console.out, "{code:<wide$}  {meaning}")?;
    }
    Ok(Status::Passed)
}
