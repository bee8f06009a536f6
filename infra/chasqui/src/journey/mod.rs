//! `cargo chasqui journey`: journeys of a service, by its HTTP API.
//!
//! [`set`] is what the commands are made of: a set of journeys as a folder of notebooks, and how a service takes it.
//! `cargo chasqui dev` and the tests publish their folders by it too.
#![allow(clippy::print_stdout)] // commands speak on standard output

mod diff;
mod export;
mod import;
mod publish;
pub mod set;

use crate::api::{ApiError, Connection};

/// Journeys of a service: the one `cargo chasqui dev` runs, or a deployed one.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    connection: Connection,
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Publishes a notebook, or a folder of them: live within seconds.
    Publish(publish::Arguments),
    /// Shows what differs: a folder from what is live, or two versions of a journey.
    Diff(diff::Arguments),
    /// Writes journeys to a folder, one notebook each: for git, and for another environment.
    Export(export::Arguments),
    /// Takes a folder of notebooks as drafts. Without --yes it only shows what would change.
    Import(import::Arguments),
}

/// A command that failed.
#[derive(Debug, thiserror::Error)]
pub enum JourneyError {
    /// The folder.
    #[error(transparent)]
    Set(#[from] set::SetError),
    /// The service.
    #[error(transparent)]
    Api(#[from] ApiError),
}

/// Runs a command.
pub async fn run(arguments: Arguments) -> Result<(), JourneyError> {
    let api = arguments.connection.open()?;
    match arguments.command {
        Command::Publish(arguments) => publish::run(&api, arguments).await,
        Command::Diff(arguments) => diff::run(&api, arguments).await,
        Command::Export(arguments) => export::run(&api, arguments).await,
        Command::Import(arguments) => import::run(&api, arguments).await,
    }
}
