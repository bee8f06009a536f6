//! The local Lambda with real processes: `examples/echo.rs` does what each event tells it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod event_sources;
mod gateway;
mod runtime_api;
mod support;
mod template;
