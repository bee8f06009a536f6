//! Numbers, dates and times as people write them. The only place where a text becomes one of these.

pub(crate) mod date;
pub(crate) mod number;
mod spoken;
pub(crate) mod time;
mod token;
