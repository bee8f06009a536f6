//! Finds the files a command is about.

use std::path::{Component, Path, PathBuf};

use jiff::Timestamp;

/// The end of the names of scripts.
pub(crate) const SCRIPT: &str = ".test.yaml";

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
    parts.iter().collect::<PathBuf>().display().to_string()
}

/// When a file was changed, to the second; the beginning of 1970 where the file system does not say.
pub(crate) fn changed_at(path: &Path) -> Timestamp {
    let modified = path.metadata().and_then(|metadata| metadata.modified()).ok();
    let moment = modified.and_then(|modified| Timestamp::try_from(modified).ok()).unwrap_or(Timestamp::UNIX_EPOCH);
    Timestamp::from_second(moment.as_second()).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A path that leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotFound(pub(crate) String);

/// The files at these paths: those that are named, and in folders, at any depth, those whose names are `wanted`. Folders
/// that are hidden or that tools fill are left out.
pub(crate) fn find(paths: &[PathBuf], wanted: impl Fn(&str) -> bool) -> Result<Vec<Found>, NotFound> {
    let mut found = Vec::new();
    for path in paths {
        let why = |error: std::io::Error| NotFound(format!("{}: {error}", path.display()));
        if std::fs::metadata(path).map_err(why)?.is_dir() {
            let mut inside = Vec::new();
            walk(path, &wanted, &mut inside).map_err(why)?;
            inside.sort();
            found.extend(inside.into_iter().map(|path| Found { path, named: false }));
        } else {
            found.push(Found { path: path.clone(), named: true });
        }
    }
    // A file that is named twice, or named and inside a folder, counts once.
    let mut seen = std::collections::HashSet::new();
    found.retain(|file| seen.insert(file.path.clone()));
    Ok(found)
}

fn walk(folder: &Path, wanted: &impl Fn(&str) -> bool, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type()?;
        if kind.is_dir() {
            if !name.starts_with('.') && !matches!(name.as_str(), "target" | "node_modules") {
                walk(&entry.path(), wanted, found)?;
            }
        } else if wanted(&name) {
            found.push(entry.path());
        }
    }
    Ok(())
}

/// Reads a text file; the error says why it cannot be read.
pub(crate) fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::InvalidData => "it is not a text in UTF-8".to_owned(),
        _ => error.to_string(),
    })
}

/// Whether a file in a folder is to be read as a journey. A notebook without code is only a document.
pub(crate) fn is_journey_text(found: &Found, loaded: &rehearsal::Loaded) -> bool {
    let is_code = |cell: &journey::model::Cell| matches!(cell.content, journey::model::Content::Code(_));
    found.named || !loaded.parsed.problems.is_empty() || loaded.parsed.journey.cells.iter().any(is_code)
}
