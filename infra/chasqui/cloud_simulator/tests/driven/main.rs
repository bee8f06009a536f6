//! A started simulator driven over HTTP, with a small webhook receiver on the other side.
// Helpers are test code too, though they carry no `#[test]`.
#![allow(clippy::unwrap_used)]

mod control;
mod faults;
mod helpers;
mod sending;
mod webhooks;
