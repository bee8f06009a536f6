//! Finds the files a command is about.

use std::fmt;
use std::io;
use std::path::{Component, Path, PathBuf};

use jiff::Timestamp;
use journey::{Position, Problem};

/// The ends of the names of scripts; the first is the one we write.
const SCRIPTS: [&str; 2] = [".test.yaml", ".test.yml"];

/// Whether a file of this name is a script.
pub(crate) fn is_script(name: &str) -> bool {
    SCRIPTS.iter().any(|end| name.ends_with(end))
}

/// A file that was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Found {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Whether it was named; otherwise it is in a folder that was.
    pub(crate) named: bool,
}

impl Found {
    /// The path as it is shown.
    pub(crate) fn shown(&self) -> String {
        shown(&self.path)
    }
}

/// A path as it is shown: without what does not matter in it.
pub(crate) fn shown(path: &Path) -> String {
    let mut parts: Vec<_> = Vec::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(parts.last(), Some(Component::Normal(_))) => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    if parts.is_empty() {
        parts.push(Component::CurDir);
    }
    parts.iter().collect::<PathBuf>().display().to_string()
}

/// What tells a file from all others, however it is named.
pub(crate) fn place(path: &Path) -> String {
    shown(&std::path::absolute(path).unwrap_or_else(|_| path.to_owned()))
}

/// When a file was changed, to the second; the beginning of 1970 where the file system does not say.
pub(crate) fn changed_at(path: &Path) -> Timestamp {
    let modified = path.metadata().and_then(|metadata| metadata.modified()).ok();
    let moment = modified.and_then(|modified| Timestamp::try_from(modified).ok()).unwrap_or(Timestamp::UNIX_EPOCH);
    Timestamp::from_second(moment.as_second()).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A file or folder that cannot be read, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unread {
    /// What was to be read, as it is shown.
    pub(crate) file: String,
    /// Why it cannot be, as half a sentence.
    pub(crate) why: String,
}

impl Unread {
    pub(crate) fn new(path: &Path, why: impl Into<String>) -> Self {
        Self { file: shown(path), why: why.into() }
    }

    /// The same for lists of problems.
    pub(crate) fn problem(&self) -> Problem {
        Problem::error("unreadable", Position::default(), format!("This cannot be read: {}.", self.why))
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.why)
    }
}

/// What was found at paths.
#[derive(Debug, Default)]
pub(crate) struct Finds {
    /// The files.
    pub(crate) files: Vec<Found>,
    /// The paths that lead nowhere, and folders inside that cannot be read.
    pub(crate) unread: Vec<Unread>,
    /// The folders that were named and have none.
    pub(crate) empty: Vec<PathBuf>,
}

/// The files at these paths: those that are named, and in folders, at any depth, those whose names are `wanted`. Folders
/// that are hidden or that tools fill are left out.
pub(crate) fn find(paths: &[PathBuf], wanted: impl Fn(&str) -> bool) -> Finds {
    let mut finds = Finds::default();
    for path in paths {
        match std::fs::metadata(path) {
            Err(error) => finds.unread.push(Unread::new(path, why(&error))),
            Ok(metadata) if metadata.is_dir() => {
                let mut inside = Vec::new();
                walk(path, &wanted, &mut inside, &mut finds.unread);
                if inside.is_empty() {
                    finds.empty.push(path.clone());
                }
                inside.sort();
                finds.files.extend(inside.into_iter().map(|path| Found { path, named: false }));
            }
            Ok(_) => finds.files.push(Found { path: path.clone(), named: true }),
        }
    }
    // A file that is named twice, or named and inside a folder, counts once.
    let mut seen = std::collections::HashSet::new();
    finds.files.retain(|file| seen.insert(place(&file.path)));
    finds
}

fn walk(folder: &Path, wanted: &impl Fn(&str) -> bool, found: &mut Vec<PathBuf>, unread: &mut Vec<Unread>) {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return unread.push(Unread::new(folder, why(&error))),
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            if !name.starts_with('.') && !matches!(name.as_str(), "target" | "node_modules") {
                walk(&entry.path(), wanted, found, unread);
            }
        } else if wanted(&name) {
            found.push(entry.path());
        }
    }
}

/// Reads a text file; the error says why it cannot be read.
pub(crate) fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| why(&error))
}

/// Why a file or folder cannot be read, as half a sentence.
fn why(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        io::ErrorKind::PermissionDenied => "we may not read it".to_owned(),
        io::ErrorKind::InvalidData => "it is not a text in UTF-8".to_owned(),
        _ => error.to_string(),
    }
}

/// Writes a text file as a whole: whoever reads it meanwhile finds the text before or this one.
pub(crate) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let part = path.with_file_name(format!(".{name}.part"));
    let written = std::fs::write(&part, text).and_then(|()| std::fs::rename(&part, path));
    written.inspect_err(|_| drop(std::fs::remove_file(&part)))
}

/// Whether a file in a folder is to be read as a journey. A notebook without code is only a document.
pub(crate) fn is_journey_text(found: &Found, loaded: &rehearsal::Loaded) -> bool {
    let is_code = |cell: &journey::model::Cell| matches!(cell.content, journey::model::Content::Code(_));
    found.named || !loaded.parsed.problems.is_empty() || loaded.parsed.journey.cells.iter().any(is_code)
}
