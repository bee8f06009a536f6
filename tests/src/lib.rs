//! What crosses crates: end to end, faults, contracts.
