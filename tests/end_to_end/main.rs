//! The service end to end: the function binaries, the local AWS services and the simulated Cloud API.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod api;
mod aside;
mod conversation;
mod hardening;
mod identity;
mod inbox;
mod journeys;
mod layers;
mod promises;
mod recognition;
mod reminders;
mod requests;
mod results;
mod sending;
mod services;
