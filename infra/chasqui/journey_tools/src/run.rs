//! `journey run`: a chat with a journey, in the terminal.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use rehearsal::script::record::Recorder;
use rehearsal::script::{OpenError, Script};
use rehearsal::{Answer, Chat, Options, Rehearsal, Shelf, field, is_journey, load, name_of, suffixes};
use serde_json::Value as Json;

use crate::check::{show_all, unreadable};
use crate::exports::read_journey;
use crate::files::{Found, is_journey_text, is_script, place, read, replace, shown};
use crate::{Command, Console, Status};

/// Talks to a journey in the terminal, with the clock in your hands; /help shows how.
#[derive(Debug, Args)]
pub struct Run {
    /// The journey; those beside it are there too, by the names of their files. Or a script: the chat begins as it does, with
    /// its contact, its children and its answers to web services.
    pub file: PathBuf,
    /// Writes the conversation as a script that passes.
    #[arg(long, value_name = "script.test.yaml")]
    pub record: Option<PathBuf>,
    /// Profile fields of the contact.
    #[arg(long, value_name = "key=value", num_args = 1.., value_parser = field)]
    pub contact: Vec<(String, Json)>,
    /// Now; it stands still until /advance.
    #[arg(long)]
    pub clock: Option<Timestamp>,
    /// Does not start the journey: its triggers decide, when you write.
    #[arg(long)]
    pub wait: bool,
}

impl Command for Run {
    fn run(&self, console: &mut Console<'_>) -> io::Result<Status> {
        if let Some(script) = self.record.as_ref().filter(|script| script.exists()) {
            let why = "is there already; name another file, or remove it";
            return unreadable(console, &format!("{} {why}", script.display()));
        }
        let begun = match is_script(&self.file.to_string_lossy()) {
            true => self.as_script(console)?,
            false => self.as_journey(console)?,
        };
        let (shelf, mut options) = match begun {
            Ok(begun) => begun,
            Err(status) => return Ok(status),
        };
        options.contact.extend(self.contact.iter().cloned());
        options.clock = self.clock.unwrap_or(options.clock);
        let beside = self.record.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
        let recorder = Recorder::new(&shelf, |file| relative(beside, &self.path_of(file)), &options);
        let mut chat = Chat::new(Rehearsal::new(shelf, options), recorder, console.paint);
        // Whether it can be written is known before anybody has said anything.
        if let Err(why) = self.keep(&chat) {
            return unreadable(console, &why);
        }
        if console.interactive {
            writeln!(
                console.out,
                "{}",
                console.paint.dim("Write as the contact would; /help shows what else there is.")
            )?;
        }
        if !self.wait {
            write!(console.out, "{}", chat.start())?;
        }
        let mut kept = self.keep(&chat);
        let mut line = String::new();
        loop {
            if console.interactive {
                write!(console.out, "{} ", console.paint.cyan(">"))?;
            }
            console.out.flush()?;
            line.clear();
            if console.input.read_line(&mut line)? == 0 {
                break;
            }
            match chat.line(line.trim_end_matches(['\r', '\n'])) {
                Answer::Shown(shown) => write!(console.out, "{shown}")?,
                Answer::Over => break,
            }
            kept = self.keep(&chat);
        }
        if let Some(script) = &self.record {
            if let Err(why) = kept {
                return unreadable(console, &why);
            }
            writeln!(console.out, "{}", console.paint.dim(format!("{} is written.", script.display())))?;
        }
        Ok(Status::Passed)
    }
}

/// Now, without the fraction that nobody wants to read in a script.
fn whole_second() -> Timestamp {
    Timestamp::from_second(Timestamp::now().as_second()).unwrap_or_default()
}

/// How a chat begins; or what it ends with at once, when it cannot begin.
type Begun = Result<(Shelf, Options), Status>;

impl Run {
    /// Begins as a script does.
    fn as_script(&self, console: &mut Console<'_>) -> io::Result<Begun> {
        let file = shown(&self.file);
        let text = match read(&self.file) {
            Ok(text) => text,
            Err(why) => return unreadable(console, &format!("{file}: {why}")).map(Err),
        };
        let opened = Script::read(&text).map_err(|problems| (file.clone(), text.clone(), problems, Status::Unreadable));
        let opened = opened.and_then(|script| {
            let shelf = script.open(&|name| read_journey(&self.path_of(name))).map_err(|error| match error {
                OpenError::Script(problem) => (file, text, vec![*problem], Status::Unreadable),
                OpenError::Journey { file, text, problems } => {
                    (shown(&self.path_of(&file)), text, problems, Status::Failed)
                }
            })?;
            Ok((shelf, script.options))
        });
        match opened {
            Ok(begun) => Ok(Ok(begun)),
            Err((file, text, problems, status)) => {
                show_all(console, &file, &text, &problems)?;
                Ok(Err(status))
            }
        }
    }

    /// Begins with a journey, and those beside it.
    fn as_journey(&self, console: &mut Console<'_>) -> io::Result<Begun> {
        let mut shelf = Shelf::default();
        let file = shown(&self.file);
        let loaded = read(&self.file).map_err(|why| format!("{file}: {why}"));
        let loaded = match loaded.and_then(|text| load(&file, &text).map_err(|error| error.to_string())) {
            Ok(loaded) => loaded,
            Err(why) => return unreadable(console, &why).map(Err),
        };
        let (name, text) = (name_of(&file), loaded.text.clone().unwrap_or_default());
        if let Err(problems) = shelf.add(name, name, self.file.file_name().and_then(|name| name.to_str()), loaded) {
            show_all(console, &file, &text, &problems)?;
            return Ok(Err(Status::Failed));
        }
        let mut names = BTreeSet::from([name.to_owned()]);
        for path in siblings(&self.file) {
            let found = Found { path, named: false };
            let sibling = found.shown();
            let Some(loaded) = read(&found.path).ok().and_then(|text| load(&sibling, &text).ok()) else { continue };
            let name = name_of(&sibling);
            if !is_journey_text(&found, &loaded) || !names.insert(name.to_owned()) {
                continue;
            }
            let file = found.path.file_name().and_then(|name| name.to_str());
            if shelf.add(name, name, file, loaded).is_err() {
                let what = format!("{sibling} has errors, and is left out.");
                writeln!(console.out, "{}", console.paint.yellow(what))?;
            }
        }
        Ok(Ok((shelf, Options { clock: whole_second(), ..Options::default() })))
    }

    /// Writes down the conversation so far, where that is wanted: whatever ends the chat, nothing is lost.
    fn keep(&self, chat: &Chat) -> Result<(), String> {
        let Some(script) = &self.record else { return Ok(()) };
        replace(script, &chat.script()).map_err(|error| format!("{}: {error}", shown(script)))
    }

    /// A file by its name beside the one that was given.
    fn path_of(&self, name: &str) -> PathBuf {
        self.file.parent().unwrap_or(Path::new("")).join(name)
    }
}

/// The other journeys in the folder of a file: of one name the notebook first, before the flow that was made of it.
fn siblings(file: &Path) -> Vec<PathBuf> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let others = entries.filter(|entry| Some(entry.file_name().as_os_str()) != file.file_name());
    let mut paths: Vec<PathBuf> =
        others.filter(|entry| is_journey(&entry.file_name().to_string_lossy())).map(|entry| entry.path()).collect();
    let kind = |path: &PathBuf| suffixes().position(|suffix| path.to_string_lossy().ends_with(suffix));
    paths.sort_by_key(|path| (name_of(&path.to_string_lossy()).to_owned(), kind(path)));
    paths
}

/// The path of a file as it is written in a folder.
fn relative(folder: &Path, file: &Path) -> String {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    // As the system walks it: what is above a link is above the folder it leads to.
    let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| place(path).into());
    let (folder, file) = (whole(folder), whole(file));
    let common = folder.components().zip(file.components()).take_while(|(left, right)| left == right).count();
    let up = folder.components().skip(common).map(|_| "..".to_owned());
    let down = file.components().skip(common).map(|part| part.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_begins_at_the_folder() {
        // The folder of tests is this crate's.
        for (folder, file, path) in [
            ("", "src/run.rs", "src/run.rs"),
            (".", "./src/../src/run.rs", "src/run.rs"),
            ("src", "src/run.rs", "run.rs"),
            ("../journey_tools/tests", "src/run.rs", "../src/run.rs"),
            ("src", "tests/suite/none.md", "../tests/suite/none.md"),
        ] {
            assert_eq!(relative(Path::new(folder), Path::new(file)), path, "{folder} and {file}");
        }
    }
}
