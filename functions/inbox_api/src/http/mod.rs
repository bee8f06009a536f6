//! What every request meets before its route, and every list shares.

pub(crate) mod body;
pub(crate) mod cursor;
pub(crate) mod guard;
pub(crate) mod idempotency;
pub(crate) mod page;
pub(crate) mod path;
