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
}

pub(super) async fn run(api: &Api, arguments: Arguments) -> Result<(), JourneyError> {
    let set = set::read(&arguments.path)?;
    for outcome in set::publish(api, &set, arguments.comment).await? {
        print!("{}", outcome.show(true));
    }
    Ok(())
}
