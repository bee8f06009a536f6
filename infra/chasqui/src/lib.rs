//! The command-line program: the service on one machine, journeys published, tokens made, budgets measured.
//!
//! [`machine::Machine`] is the whole service on loopback: the real function binaries, fed and watched by the local
//! parts. `chasqui dev` runs it for a person, the end-to-end tests and the benchmarks run it for themselves.

pub mod api;
pub mod binaries;
pub mod http;
pub mod journey;
pub mod machine;
pub mod token;
