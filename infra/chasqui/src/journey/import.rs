//! `cargo chasqui journey import`

use std::path::PathBuf;

use super::set::{Done, Import, import};
use super::{JourneyError, set};
use crate::api::Api;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// A folder of notebooks, or one notebook. A journey is called like its file.
    path: PathBuf,
    /// Does it; without it, what would change is only shown.
    #[arg(long)]
    yes: bool,
    /// Also publishes: then none may have an error.
    #[arg(long)]
    publish: bool,
    /// What is said about the revisions.
    #[arg(long)]
    comment: Option<String>,
}

pub(super) async fn run(api: &Api, arguments: Arguments) -> Result<(), JourneyError> {
    let Arguments { path, yes, publish, comment } = arguments;
    let set = set::read(&path)?;
    let how = Import { dry_run: true, publish, comment, ..Import::default() };
    let planned = import(api, &set, &how).await?;
    for outcome in &planned {
        print!("{}", outcome.show(publish));
    }
    let changes = planned.iter().filter(|outcome| outcome.outcome != Done::Unchanged).count();
    if changes == 0 {
        println!("Nothing to do.");
        return Ok(());
    }
    if !yes {
        println!("{changes} of {} would change. With --yes it is done.", planned.len());
        return Ok(());
    }
    // What was shown is what is done: a journey that changes meanwhile stops it.
    let versions = planned.into_iter().filter_map(|outcome| Some((outcome.name, outcome.version?))).collect();
    import(api, &set, &Import { dry_run: false, versions, ..how }).await?;
    println!("{changes} imported{}.", if publish { " and published" } else { " as drafts" });
    Ok(())
}
