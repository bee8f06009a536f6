//! `cargo chasqui journey …`.
