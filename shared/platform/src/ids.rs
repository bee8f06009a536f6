//! New identifiers, sortable by the time they were made.

use jiff::Timestamp;
use uuid::{NoContext, Uuid};

/// A new identifier: a UUID version 7 in 32 hexadecimal digits. It begins with the time, so identifiers made later
/// sort later.
pub fn new_id(now: Timestamp) -> String {
    let seconds = u64::try_from(now.as_second()).unwrap_or(0);
    let time = uuid::Timestamp::from_unix(NoContext, seconds, now.subsec_nanosecond().unsigned_abs());
    Uuid::new_v7(time).simple().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_never_repeat() {
        let early = new_id("2026-03-01T10:00:00Z".parse().unwrap());
        let late = new_id("2026-03-01T10:00:01Z".parse().unwrap());
        assert!(early < late);
        assert_ne!(new_id(Timestamp::UNIX_EPOCH), new_id(Timestamp::UNIX_EPOCH));
        assert!(!early.contains('-'));
    }
}
