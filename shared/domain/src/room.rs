//! How much an event may leave behind, and how often it may ask web services. DynamoDB takes rows of 400 KB and no more
//! (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>); an event that leads to a larger
//! one would be refused whenever it is handled again, and hold up its person for good. So what does not fit is left out,
//! and the journey's log says so.
//!
//! The shares of a conversation's row: the variables of its session 128 KB and the values of an open question 32 KB
//! (which the engine sees to), what follows from the latest event 128 KB, its log 60 KB, labels and journeys that start
//! later 40 KB.

use std::io;

use serde::Serialize;

/// Bytes of JSON of all that follows from one event: messages, profile fields, results.
pub const OUTBOX: usize = 128 * 1024;
/// Bytes of JSON of all profile fields of a contact.
pub const PROFILE: usize = 256 * 1024;
/// Bytes of JSON of the trace that is kept with an event.
pub const TRACE: usize = 64 * 1024;

/// How often one event may lead to a request to a web service.
pub const CALLS: usize = 10;

/// What the log of a journey says that wanted more than [`CALLS`].
pub fn too_many_calls() -> String {
    format!("The journey asked web services more than {CALLS} times; no more was asked.")
}

/// Room that gets less.
#[derive(Debug)]
pub struct Room {
    left: usize,
}

impl Room {
    /// Room for so many bytes of JSON.
    pub fn of(bytes: usize) -> Self {
        Self { left: bytes }
    }

    /// Takes room for a value; false when there is not enough, and then none is taken.
    pub fn take(&mut self, value: &impl Serialize) -> bool {
        let left = self.left.checked_sub(size(value));
        self.left = left.unwrap_or(self.left);
        left.is_some()
    }
}

/// The bytes of a value as JSON.
pub fn size(value: &impl Serialize) -> usize {
    let mut counter = Counter(0);
    // Counting cannot fail; what cannot be written has no size.
    serde_json::to_writer(&mut counter, value).map_or(0, |()| counter.0)
}

struct Counter(usize);

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_takes_no_room() {
        let mut room = Room::of(10);
        assert!(room.take(&"abc"));
        assert!(!room.take(&"abcd"), "six bytes with its quotes, and five are left");
        assert!(room.take(&"abc"));
        assert!(!room.take(&""));
    }
}
