//! What every request meets before its route, and every list shares.

pub(crate) mod cursor;
pub(crate) mod guard;
pub(crate) mod idempotency;
