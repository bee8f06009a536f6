//! `cargo chasqui journey publish`

use std::path::PathBuf;

use super::{JourneyError, set};
use crate::api::Api;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// A notebook, or a folder of them. A journey is called like its file.
    path: PathBuf,
    /// What is said about the revisions.
    #[arg(long)]
    comment: Option<String>,
    /// Takes people along who are in the middle of an older revision; else they finish on that.
    #[arg(long)]
    migrate: bool,
    /// Publishes although there are faults: problems that do not keep a journey from running.
    #[arg(long)]
    accept_problems: bool,
}

pub(super) async fn run(api: &Api, arguments: Arguments) -> Result<(), JourneyError> {
    let set = set::read(&arguments.path)?;
    let Arguments { comment, migrate, accept_problems, .. } = arguments;
    let how = set::Import { publish: true, accept_problems, comment, migrate, ..set::Import::default() };
    for outcome in set::import(api, &set, &how).await? {
        print!("{}", outcome.show(true));
    }
    Ok(())
}
