//! The simulated clock: the system clock plus an offset that the phone page moves.
//!
//! The offset lives in a small file, in decimal milliseconds (it may be negative). The functions get the file's path as
//! `CHASQUI_CLOCK` and add its content to their own system clock, so every process agrees on the time. SQS keeps the
//! real clock: moving the simulated one must not end the visibility timeout of a message that is being worked on.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use jiff::Timestamp;
use tempfile::TempDir;
use tokio::sync::watch;

/// What can go wrong with the clock's file.
#[derive(Debug, thiserror::Error)]
pub enum ClockError {
    /// The file cannot be read or written.
    #[error("the clock's file {path} cannot be used: {source}; check that its folder exists and is writable")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file does not hold a whole number of milliseconds.
    #[error(
        "the clock's file {path} holds {content:?}, not a number of milliseconds; delete it to return to the system clock"
    )]
    Content {
        /// The file.
        path: PathBuf,
        /// What it holds.
        content: String,
    },
    /// The clock was moved outside the years that can be represented.
    #[error("the clock cannot be moved by {milliseconds} ms: it would leave the calendar")]
    Range {
        /// The refused movement.
        milliseconds: i64,
    },
}

/// System clock plus an offset kept in a file. Clones share one offset.
#[derive(Debug, Clone)]
pub struct SimulatedClock {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    offset: watch::Sender<i64>,
    /// Deletes the folder of a temporary clock with the last clone.
    _folder: Option<TempDir>,
}

impl SimulatedClock {
    /// The clock whose offset is kept in `path`; a missing file is created with no offset.
    ///
    /// # Errors
    /// [`ClockError`] if the file cannot be read or written, or holds no number.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, ClockError> {
        Self::with_folder(path.into(), None)
    }

    /// A clock in a temporary folder, for tests: the file goes with the last clone.
    ///
    /// # Errors
    /// [`ClockError::File`] if no temporary folder can be made.
    pub fn temporary() -> Result<Self, ClockError> {
        let folder = TempDir::new().map_err(|source| ClockError::File { path: std::env::temp_dir(), source })?;
        Self::with_folder(folder.path().join("clock"), Some(folder))
    }

    fn with_folder(path: PathBuf, folder: Option<TempDir>) -> Result<Self, ClockError> {
        let offset = match std::fs::read_to_string(&path) {
            Ok(content) => content.trim().parse().map_err(|_| ClockError::Content { path: path.clone(), content })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(source) => return Err(ClockError::File { path, source }),
        };
        write(&path, offset)?;
        Ok(Self { shared: Arc::new(Shared { path, offset: watch::Sender::new(offset), _folder: folder }) })
    }

    /// The file: what a function gets as `CHASQUI_CLOCK`.
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// Offset to the system clock, in milliseconds.
    pub fn offset_ms(&self) -> i64 {
        *self.shared.offset.borrow()
    }

    /// Simulated time, in milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        real_now_ms().saturating_add(self.offset_ms())
    }

    /// Simulated time.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.now_ms()).unwrap_or(Timestamp::MAX)
    }

    /// Moves the clock by `milliseconds` (backwards if negative) and wakes whoever waits for a change.
    ///
    /// # Errors
    /// [`ClockError::Range`] if the clock would leave the calendar, [`ClockError::File`] if the file cannot be written;
    /// the clock then stays where it was.
    pub fn advance(&self, milliseconds: i64) -> Result<(), ClockError> {
        let mut result = Ok(());
        self.shared.offset.send_if_modified(|offset| {
            let moved = offset.checked_add(milliseconds).filter(|moved| {
                let now = real_now_ms().saturating_add(*moved);
                Timestamp::from_millisecond(now).is_ok()
            });
            result = match moved {
                None => Err(ClockError::Range { milliseconds }),
                Some(moved) => write(&self.shared.path, moved).map(|()| *offset = moved),
            };
            result.is_ok()
        });
        result
    }

    /// Waits until the clock is moved by [`Self::advance`] after `seen`, an offset read before.
    pub async fn wait_for_change(&self, seen: i64) {
        let mut changes = self.shared.offset.subscribe();
        // The sender lives as long as this clone, so the wait cannot fail.
        let _ = changes.wait_for(|offset| *offset != seen).await;
    }
}

/// Replaces the file in one step: a function must never read half a number.
fn write(path: &Path, offset: i64) -> Result<(), ClockError> {
    let error = |source| ClockError::File { path: path.to_owned(), source };
    let beside = path.with_extension("new");
    std::fs::write(&beside, offset.to_string()).map_err(error)?;
    std::fs::rename(&beside, path).map_err(error)
}

/// System clock, in milliseconds since 1970.
pub(crate) fn real_now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_holds_no_number_is_refused_with_its_content() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("clock");
        std::fs::write(&path, "tomorrow").unwrap();
        let error = SimulatedClock::open(&path).unwrap_err();
        assert!(error.to_string().contains("\"tomorrow\""), "{error}");
        assert!(SimulatedClock::open(folder.path().join("missing/clock")).is_err());
    }

    #[test]
    fn the_offset_is_in_the_file_and_survives() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("clock");
        let clock = SimulatedClock::open(&path).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "0");
        clock.advance(3_600_000).unwrap();
        clock.clone().advance(-600_000).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "3000000");
        let again = SimulatedClock::open(&path).unwrap();
        assert!((again.now_ms() - real_now_ms() - 3_000_000).abs() < 1_000);
        assert!(clock.advance(i64::MAX).is_err());
        assert_eq!(clock.offset_ms(), 3_000_000);
    }

    #[tokio::test]
    async fn a_movement_wakes_a_waiter_even_if_it_came_first() {
        let clock = SimulatedClock::temporary().unwrap();
        let seen = clock.offset_ms();
        clock.advance(1).unwrap();
        tokio::time::timeout(Duration::from_secs(5), clock.wait_for_change(seen)).await.unwrap();
    }
}
