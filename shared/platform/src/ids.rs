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

/// The identifier of this name and moment, always the same, in the form of [`new_id`].
pub fn id_of(at: Timestamp, name: &str) -> String {
    let hash = Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes());
    let mut random = [0; 10];
    random.copy_from_slice(&hash.as_bytes()[..10]);
    let milliseconds = u64::try_from(at.as_millisecond()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(milliseconds, &random).into_uuid().simple().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_a_moment_have_one_id() {
        let at = |time: &str| time.parse().unwrap();
        let id = id_of(at("2026-03-01T10:00:00Z"), "a");
        assert_eq!(id, id_of(at("2026-03-01T10:00:00Z"), "a"));
        assert_ne!(id, id_of(at("2026-03-01T10:00:00Z"), "b"));
        assert!(id < id_of(at("2026-03-01T10:00:01Z"), "a"));
        assert_eq!(Uuid::try_parse(&id).unwrap().get_version_num(), 7);
    }

    #[test]
    fn ids_sort_by_time_and_never_repeat() {
        let early = new_id("2026-03-01T10:00:00Z".parse().unwrap());
        let late = new_id("2026-03-01T10:00:01Z".parse().unwrap());
        assert!(early < late);
        assert_ne!(new_id(Timestamp::UNIX_EPOCH), new_id(Timestamp::UNIX_EPOCH));
        assert!(!early.contains('-'));
    }
}
