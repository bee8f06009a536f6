//! `journey test`: plays conversation scripts.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use journey::Problem;
use rehearsal::script::{Failure, OpenError, Outcome, Row, Script, play};
use rehearsal::{Coverage, Covered, name_of, report, terminal};
use serde::Serialize;
use serde_json::Value;

use crate::check::{in_file, journeys};
use crate::exports::read_journey;
use crate::files::{Finds, Found, Unread, find, is_script, place, read, shown};
use crate::{Command, Console, Status};

/// Plays conversation scripts, `*.test.yaml`. Exits with 1 when one fails, with 2 when one cannot be read. A script may name
/// a notebook that only an export of another program beside it holds, as `journey convert` would write it.
#[derive(Debug, Args)]
pub struct Test {
    /// Scripts, or folders of them.
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Prints one object for programs.
    #[arg(long)]
    pub json: bool,
    /// Shows the cards and exits that no script reached, and the journeys of the folders that no script plays.
    #[arg(long)]
    pub coverage: bool,
}

/// What became of a script.
#[derive(Debug, Default, Serialize)]
struct Played {
    script: String,
    passed: bool,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Box<Failure>>,
    /// Both sides of the conversation, when it failed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    conversation: Vec<Row>,
    /// What deserves a look, whether it passed or not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remarks: Vec<String>,
    /// What is wrong with the script or its journey, when it could not be played.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Value>,
    #[serde(skip)]
    status: Status,
    /// What went wrong, for people.
    #[serde(skip)]
    report: String,
    #[serde(skip)]
    took: Duration,
}

impl Command for Test {
    fn run(&self, console: &mut Console<'_>) -> io::Result<Status> {
        let Finds { files, mut unread, empty } = find(&self.paths, is_script);
        unread.extend(
            empty
                .iter()
                .map(|folder| Unread::new(folder, "there is no script here; the name of one ends in `.test.yaml`")),
        );
        let begin = Instant::now();
        let names = files.iter().map(Found::shown).chain(unread.iter().map(|unread| unread.file.clone()));
        let columns = names.map(|name| terminal::width(&name)).max().unwrap_or(0);
        let mut scripts = Vec::new();
        let mut coverage = Coverage::default();
        for found in &files {
            let (played, outcome) = played(found, console.paint);
            self.show(&played, columns, console)?;
            scripts.push(played);
            if let (true, Some(outcome)) = (self.coverage, outcome) {
                coverage.add(&outcome, |file| beside(found, file));
            }
        }
        for unread in unread {
            let mut played = Played { script: unread.file.clone(), ..Played::default() };
            played.wrong(&unread.file, "", vec![unread.problem()], console.paint);
            self.show(&played, columns, console)?;
            scripts.push(played);
        }
        let covered = coverage.journeys();
        let not_played = if self.coverage { self.not_played(&covered) } else { Vec::new() };
        let count = |status: Status| scripts.iter().filter(|script| script.status == status).count();
        let (passed, failed, unreadable) = (count(Status::Passed), count(Status::Failed), count(Status::Unreadable));
        let status = scripts.iter().map(|script| script.status).max().unwrap_or(Status::Passed);
        if self.json {
            let mut object = serde_json::json!({
                "passed": passed, "failed": failed + unreadable, "unreadable": unreadable, "scripts": scripts,
            });
            if self.coverage {
                object["coverage"] = serde_json::to_value(covered)?;
                object["not_played"] = serde_json::to_value(not_played)?;
            }
            writeln!(console.out, "{object:#}")?;
            return Ok(status);
        }
        for script in scripts.iter().filter(|script| !script.report.is_empty()) {
            writeln!(console.out, "\n{}", script.report.trim_end())?;
        }
        for covered in covered {
            writeln!(console.out, "\n{}", report::coverage(&covered, console.paint).trim_end())?;
        }
        if !not_played.is_empty() {
            let what = console.paint.yellow("No script plays these journeys:");
            writeln!(console.out, "\n{what}\n  {}", not_played.join("\n  "))?;
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

impl Test {
    /// Says in a line what became of a script, for people.
    fn show(&self, played: &Played, columns: usize, console: &mut Console<'_>) -> io::Result<()> {
        if self.json {
            return Ok(());
        }
        let mark = match played.status {
            Status::Passed => console.paint.green("✓"),
            Status::Failed => console.paint.red("✗"),
            Status::Unreadable => console.paint.red("?"),
        };
        let time = console.paint.dim(format!("{:>5} ms", played.took.as_millis()));
        writeln!(console.out, "{mark} {} {time}", terminal::padded(&played.script, columns))
    }

    /// The journeys in the folders that were given and in no script.
    fn not_played(&self, covered: &[Covered]) -> Vec<String> {
        let folders: Vec<PathBuf> = self.paths.iter().filter(|path| path.is_dir()).cloned().collect();
        // What cannot be read is `check`'s to say.
        let (journeys, _) = journeys(&folders);
        let mut known: HashSet<(PathBuf, String)> =
            covered.iter().map(|covered| identity(Path::new(&covered.file))).collect();
        let left = journeys.iter().filter(|(found, _)| known.insert(identity(&found.path)));
        left.map(|(found, _)| found.shown()).collect()
    }
}

/// What a notebook and the flow beside it that was made of it have in common: their folder and their name.
fn identity(journey: &Path) -> (PathBuf, String) {
    let path = PathBuf::from(place(journey));
    (path.parent().unwrap_or(Path::new("")).to_owned(), name_of(&path.to_string_lossy()).to_owned())
}

/// A file as a script names it.
fn path_beside(script: &Found, file: &str) -> PathBuf {
    script.path.parent().unwrap_or(Path::new("")).join(file)
}

/// A file as a script names it, as it is shown.
fn beside(script: &Found, file: &str) -> String {
    shown(&path_beside(script, file))
}

/// Plays a script.
fn played(found: &Found, paint: rehearsal::Paint) -> (Played, Option<Outcome>) {
    let begin = Instant::now();
    let mut played = Played { script: found.shown(), ..Played::default() };
    let outcome = match text_and_script(found) {
        Err((text, problems)) => {
            played.wrong(&found.shown(), &text, problems, paint);
            None
        }
        Ok((text, script)) => match script.open(&|file| read_journey(&path_beside(found, file))) {
            Ok(shelf) => Some(play(&script, shelf)),
            Err(OpenError::Script(problem)) => {
                played.wrong(&found.shown(), &text, vec![*problem], paint);
                None
            }
            Err(OpenError::Journey { file, text, problems }) => {
                let file = beside(found, &file);
                let what = format!("The script was not played, because its journey {file} has errors.");
                played.report = format!("{} {}\n", paint.bold(format!("{}:", played.script)), paint.red(what));
                played.wrong(&file, &text, problems, paint);
                played.status = Status::Failed;
                None
            }
        },
    };
    if let Some(outcome) = &outcome {
        played.became(found, outcome, paint);
    }
    played.took = begin.elapsed();
    (played, outcome)
}

/// The text of a script, and what it says; or what is wrong with it.
fn text_and_script(found: &Found) -> Result<(String, Script), (String, Vec<Problem>)> {
    let text = read(&found.path).map_err(|why| (String::new(), vec![Unread::new(&found.path, why).problem()]))?;
    match Script::read(&text) {
        Ok(script) => Ok((text, script)),
        Err(problems) => Err((text, problems)),
    }
}

impl Played {
    /// It could not be played.
    fn wrong(&mut self, file: &str, text: &str, problems: Vec<Problem>, paint: rehearsal::Paint) {
        self.status = Status::Unreadable;
        for problem in problems {
            self.report.push_str(&report::problem(file, text, &problem, paint));
            self.report.push('\n');
            self.problems.push(in_file(file, &problem));
        }
    }

    /// It was played.
    fn became(&mut self, found: &Found, outcome: &Outcome, paint: rehearsal::Paint) {
        self.passed = outcome.failure.is_none();
        self.status = if self.passed { Status::Passed } else { Status::Failed };
        self.remarks.clone_from(&outcome.remarks);
        if let Some(mut failure) = outcome.failure.clone() {
            // A script names files from where it is; people and programs look from where they are.
            if let Some(place) = &mut failure.place {
                place.file = beside(found, &place.file);
            }
            self.conversation.clone_from(&outcome.conversation);
            self.report = report::failure(&self.script, &failure, &outcome.conversation, paint);
            self.failure = Some(failure);
        }
        for remark in &self.remarks {
            let _ = writeln!(
                self.report,
                "{} {} {}",
                paint.bold(format!("{}:", self.script)),
                paint.yellow("remark:"),
                terminal::clean(remark)
            );
        }
    }
}
