//! The service end to end: the function binaries, the local AWS services and the simulated Cloud API.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod api;
mod conversation;
mod hardening;
mod identity;
mod journeys;
mod layers;
mod promises;
mod reminders;
mod results;
mod sending;
mod services;
