//! The function binaries: where they are, and how they are built when they are not.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

/// Every function, by the name of its package and binary.
pub const FUNCTIONS: &[&str] = &["webhook", "journeys", "sender", "receipts", "reminders", "dead_letters", "inbox_api"];

/// Which build of the functions is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Quick to compile.
    Dev,
    /// As deployed.
    Release,
}

/// A build that failed.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Cargo is not there.
    #[error("cargo could not be started: {0}; install Rust as the README says")]
    Cargo(#[from] std::io::Error),
    /// Cargo failed; it has said why.
    #[error("the functions could not be built; see above")]
    Failed,
}

/// The root of the workspace.
pub fn workspace() -> PathBuf {
    // The program is always run by cargo from its own checkout.
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new(".")).to_path_buf()
}

/// The folder of the binaries of a profile.
pub fn folder(profile: Profile) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace().join("target"), PathBuf::from);
    target.join(match profile {
        Profile::Dev => "debug",
        Profile::Release => "release",
    })
}

/// Builds the functions, showing cargo's progress; quick when nothing has changed.
pub async fn build(profile: Profile) -> Result<PathBuf, BuildError> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // The whole workspace in one selection: cargo then builds every dependency once, with the same features for all.
    cargo.current_dir(workspace()).args(["build", "--workspace", "--bins"]).stdin(Stdio::null());
    if profile == Profile::Release {
        cargo.arg("--release");
    }
    if cargo.status().await?.success() { Ok(folder(profile)) } else { Err(BuildError::Failed) }
}
