//! A journal on disk: one JSON line an entry, appended as things happen, read back at the next start.
//!
//! A line reaches the operating system before the caller is answered, so what was accepted survives a `kill -9` of this
//! process (not a power cut: nothing is forced to the disk). A last line that was cut short by the kill was never
//! answered, and is dropped. The file is rewritten from the live state at every start and whenever it has grown much
//! larger than that state.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
};

use serde::{Serialize, de::DeserializeOwned};

/// Below this size, in bytes, the file is not rewritten while running.
const SMALL: u64 = 64 * 1024 * 1024;

/// What can go wrong with a journal.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file cannot be read or written.
    #[error("the journal {path} cannot be used: {source}; check its folder's rights and the free space")]
    File {
        /// The journal.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line is not an entry.
    #[error("line {line} of the journal {path} is damaged: {source}; delete the line, or the file to start empty")]
    Line {
        /// The journal.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// Why.
        source: serde_json::Error,
    },
}

/// An open journal; without a path nothing is written.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    path: PathBuf,
    file: File,
    length: u64,
    /// Length right after the last rewriting.
    compact_length: u64,
}

impl Journal {
    /// Reads every entry of the file at `path`, in order; a missing file holds none.
    pub(crate) fn read<E: DeserializeOwned>(path: &Path, mut apply: impl FnMut(E)) -> Result<(), JournalError> {
        let error = |source| JournalError::File { path: path.to_owned(), source };
        let file = match File::open(path) {
            Ok(file) => file,
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(source) => return Err(error(source)),
        };
        let mut reader = BufReader::new(file);
        let mut text = Vec::new();
        let mut line = 0;
        loop {
            text.clear();
            reader.read_until(b'\n', &mut text).map_err(error)?;
            line += 1;
            if text.pop() != Some(b'\n') {
                return Ok(());
            }
            apply(serde_json::from_slice(&text).map_err(|source| JournalError::Line {
                path: path.to_owned(),
                line,
                source,
            })?);
        }
    }

    /// Starts the journal at `path` anew with `entries`, the live state, replacing what was there in one step.
    pub(crate) fn start<E: Serialize>(path: &Path, entries: impl IntoIterator<Item = E>) -> Result<Self, JournalError> {
        let error = |source| JournalError::File { path: path.to_owned(), source };
        let beside = path.with_extension("new");
        let mut writer = io::BufWriter::new(File::create(&beside).map_err(error)?);
        for entry in entries {
            write_line(&mut writer, &entry).map_err(error)?;
        }
        let file = writer.into_inner().map_err(|failed| error(failed.into_error()))?;
        file.sync_all().map_err(error)?;
        drop(file);
        std::fs::rename(&beside, path).map_err(error)?;
        let file = OpenOptions::new().append(true).open(path).map_err(error)?;
        let length = file.metadata().map_err(error)?.len();
        Ok(Self { open: Some(Open { path: path.to_owned(), file, length, compact_length: length }) })
    }

    /// Appends `entries` with a single write.
    pub(crate) fn append<E: Serialize>(&mut self, entries: &[E]) -> Result<(), JournalError> {
        let Some(open) = &mut self.open else { return Ok(()) };
        let mut text = Vec::with_capacity(256 * entries.len());
        let written =
            entries.iter().try_for_each(|entry| write_line(&mut text, entry)).and_then(|()| open.file.write_all(&text));
        if let Err(source) = written {
            // Half a line in the middle of the file would make it unreadable: cut it off.
            let _ = open.file.set_len(open.length);
            return Err(JournalError::File { path: open.path.clone(), source });
        }
        open.length += text.len() as u64;
        Ok(())
    }

    /// Whether most of the file is history, so that it should be started anew from the live state.
    pub(crate) fn should_compact(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.length > SMALL && open.length > 4 * open.compact_length)
    }

    /// Where the journal is kept.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.open.as_ref().map(|open| open.path.as_path())
    }
}

fn write_line(writer: &mut impl Write, entry: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *writer, entry)?;
    writer.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &Path) -> Result<Vec<String>, JournalError> {
        let mut found = Vec::new();
        Journal::read(path, |entry: String| found.push(entry))?;
        Ok(found)
    }

    #[test]
    fn a_damaged_line_is_named_and_a_torn_last_line_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        assert!(read(&path).unwrap().is_empty());
        std::fs::write(&path, "\"one\"\nnonsense\n\"two\"\n").unwrap();
        let error = read(&path).unwrap_err();
        assert!(error.to_string().starts_with("line 2"), "{error}");
        std::fs::write(&path, "\"one\"\n\"tw").unwrap();
        assert_eq!(read(&path).unwrap(), ["one"]);
    }

    #[test]
    fn entries_come_back_in_order_after_a_new_start() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut journal = Journal::start(&path, ["live\nline"]).unwrap();
        journal.append(&["a", "b"]).unwrap();
        journal.append(&["c"]).unwrap();
        assert_eq!(read(&path).unwrap(), ["live\nline", "a", "b", "c"]);
        let _ = Journal::start(&path, ["fresh"]).unwrap();
        assert_eq!(read(&path).unwrap(), ["fresh"]);
    }
}
