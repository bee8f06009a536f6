//! Journeys as their authors and contacts see them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod answers;
mod checks;
mod corpus;
mod engine;
mod explore;
mod floip;
mod floip_files;
mod languages;
mod notation;
mod playbooks;
mod properties;
mod rapidpro;
mod results;
mod seeds;
mod statements;
mod talk;
mod triggers;
mod waits;
