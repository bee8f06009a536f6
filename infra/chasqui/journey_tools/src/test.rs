//! `journey test`: plays conversation scripts.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use journey::Problem;
use rehearsal::script::{Failure, OpenError, Outcome, Row, Script, play};
use rehearsal::{Coverage, report};
use serde::Serialize;

use crate::check::unreadable;
use crate::files::{Found, SCRIPT, find, read, shown};
use crate::{Command, Console, Status};

/// Plays conversation scripts, `*.test.yaml`. Exits with 1 when one fails, with 2 when one cannot be read.
#[derive(Debug, Args)]
pub struct Test {
    /// Scripts, or folders of them.
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Prints one object for programs.
    #[arg(long)]
    pub json: bool,
    /// Shows the cards and exits that no script reached.
    #[arg(long)]
    pub coverage: bool,
}

/// What became of a script.
#[derive(Debug, Serialize)]
struct Played {
    script: String,
    passed: bool,
    milliseconds: u64,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Box<Failure>>,
    /// Both sides of the conversation, when it failed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    conversation: Vec<Row>,
    /// What is wrong with the script or its journey, when it could not be played.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<InFile>,
    #[serde(skip)]
    status: Status,
    /// What went wrong, for people.
    #[serde(skip)]
    report: String,
}

/// A problem in a file.
#[derive(Debug, Serialize)]
struct InFile {
    file: String,
    #[serde(flatten)]
    problem: Problem,
}

impl Command for Test {
    fn run(&self, console: &mut Console<'_>) -> io::Result<Status> {
        let found = match find(&self.paths, |name| name.ends_with(SCRIPT)) {
            Ok(found) if found.is_empty() => {
                return unreadable(console, &format!("There is no script here: its name ends in `{SCRIPT}`."));
            }
            Ok(found) => found,
            Err(missing) => return unreadable(console, &missing.0),
        };
        let begin = Instant::now();
        let width = found.iter().map(|found| found.shown().chars().count()).max().unwrap_or(0);
        let mut scripts = Vec::new();
        let mut coverage = Coverage::default();
        for found in &found {
            let (played, outcome) = played(found, console);
            if !self.json {
                let mark = match played.status {
                    Status::Passed => console.paint.green("✓"),
                    Status::Failed => console.paint.red("✗"),
                    Status::Unreadable => console.paint.red("?"),
                };
                let time = console.paint.dim(format!("{:>5} ms", played.milliseconds));
                writeln!(console.out, "{mark} {:<width$} {time}", played.script)?;
            }
            scripts.push(played);
            if let (true, Some(outcome)) = (self.coverage, outcome) {
                let folder = found.path.parent().unwrap_or(Path::new(""));
                coverage.add(&outcome, |file| shown(&folder.join(file)));
            }
        }
        let count = |status: Status| scripts.iter().filter(|script| script.status == status).count();
        let (passed, failed, unreadable) = (count(Status::Passed), count(Status::Failed), count(Status::Unreadable));
        let status = scripts.iter().map(|script| script.status).max().unwrap_or(Status::Passed);
        if self.json {
            let mut object = serde_json::json!({
                "passed": passed, "failed": failed + unreadable, "unreadable": unreadable, "scripts": scripts,
            });
            if self.coverage {
                object["coverage"] = serde_json::to_value(coverage.journeys())?;
            }
            writeln!(console.out, "{object:#}")?;
            return Ok(status);
        }
        for script in scripts.iter().filter(|script| !script.report.is_empty()) {
            writeln!(console.out, "\n{}", script.report.trim_end())?;
        }
        for covered in coverage.journeys() {
            writeln!(console.out, "\n{}", report::coverage(&covered, console.paint).trim_end())?;
        }
        let mut total = vec![format!("{passed} passed")];
        for (number, word) in [(failed, "failed"), (unreadable, "could not be read")] {
            if number > 0 {
                total.push(format!("{number} {word}"));
            }
        }
        let total = total.join(", ");
        let total = if status == Status::Passed { console.paint.green(total) } else { console.paint.red(total) };
        let time = console.paint.dim(format!("in {} ms", begin.elapsed().as_millis()));
        writeln!(console.out, "\n{total} {time}")?;
        Ok(status)
    }
}

/// Plays a script.
fn played(found: &Found, console: &Console<'_>) -> (Played, Option<Outcome>) {
    let begin = Instant::now();
    let paint = console.paint;
    let mut played = Played {
        script: found.shown(),
        passed: false,
        milliseconds: 0,
        failure: None,
        conversation: Vec::new(),
        problems: Vec::new(),
        status: Status::Unreadable,
        report: String::new(),
    };
    let outcome = match text_and_script(found) {
        Err((text, problems)) => {
            played.wrong(&found.shown(), &text, problems, paint);
            None
        }
        Ok((text, script)) => {
            let folder = found.path.parent().unwrap_or(Path::new(""));
            let files = |file: &str| read(&folder.join(file));
            match script.open(&files) {
                Ok(shelf) => Some(play(&script, shelf)),
                Err(OpenError::Script(problem)) => {
                    played.wrong(&found.shown(), &text, vec![*problem], paint);
                    None
                }
                Err(OpenError::Journey { file, text, problems }) => {
                    played.wrong(&shown(&folder.join(file)), &text, problems, paint);
                    played.status = Status::Failed;
                    None
                }
            }
        }
    };
    if let Some(outcome) = &outcome {
        played.failure.clone_from(&outcome.failure);
        played.passed = outcome.failure.is_none();
        played.status = if played.passed { Status::Passed } else { Status::Failed };
        if let Some(failure) = &outcome.failure {
            played.conversation.clone_from(&outcome.conversation);
            played.report = report::failure(&played.script, failure, &outcome.conversation, paint);
        }
    }
    played.milliseconds = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
    (played, outcome)
}

/// The text of a script, and what it says; or what is wrong with it.
fn text_and_script(found: &Found) -> Result<(String, Script), (String, Vec<Problem>)> {
    let nowhere = journey::Position::default();
    let text = read(&found.path).map_err(|why| {
        (String::new(), vec![Problem::error("unreadable", nowhere, format!("This cannot be read: {why}."))])
    })?;
    match Script::read(&text) {
        Ok(script) => Ok((text, script)),
        Err(problems) => Err((text, problems)),
    }
}

impl Played {
    fn wrong(&mut self, file: &str, text: &str, problems: Vec<Problem>, paint: rehearsal::Paint) {
        for problem in problems {
            self.report.push_str(&report::problem(file, text, &problem, paint));
            self.report.push('\n');
            self.problems.push(InFile { file: file.to_owned(), problem });
        }
    }
}
