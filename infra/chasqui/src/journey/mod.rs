//! `cargo chasqui journey`: journeys as files, and journeys of a service by its HTTP API.
//!
//! What works on files alone is in the crate `journey_tools`. [`set`] is what the commands of a service are made of: how a
//! service takes a set of journeys. `cargo chasqui dev` and the tests publish their folders by it too. To add a command:
//! add its variant and its arm.
#![allow(clippy::print_stdout)] // commands speak on standard output

mod diff;
mod export;
mod import;
mod publish;
pub mod set;

use std::process::ExitCode;

use journey_tools::{check::Check, convert::Convert, fmt::Fmt, functions::Functions, run::Run, test::Test};

use crate::api::{ApiError, Connection};

/// Journeys as files, and journeys of a service: the one `cargo chasqui dev` runs, or a deployed one.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    connection: Connection,
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Shows everything that is wrong with journeys; exits with 1 when there is an error.
    Check(Check),
    /// Writes notebooks as canonical code; notes, comments and places on the canvas stay.
    Fmt(Fmt),
    /// Talks to a journey in the terminal, with the clock in your hands.
    Run(Run),
    /// Plays conversation scripts, `*.test.yaml`; exits with 1 when one fails, with 2 when one cannot be read.
    Test(Test),
    /// Shows the functions of texts and conditions, with examples.
    Functions(Functions),
    /// Writes files of one notation as those of another: notebooks from FLOIP, RapidPro or Glific, or FLOIP from notebooks.
    Convert(Convert),
    /// Publishes a notebook, or a folder of them: live within seconds.
    Publish(publish::Arguments),
    /// Shows what differs: a folder from what is live, or two versions of a journey.
    Diff(diff::Arguments),
    /// Writes journeys of a service to a folder, one file each: for git, another environment, or another program.
    Export(export::Arguments),
    /// Has a service take journeys as drafts, from notebooks or other programs. Without --yes it only shows what would change.
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
    /// The terminal.
    #[error(transparent)]
    Output(#[from] std::io::Error),
}

/// Runs a command; the exit code is its own.
pub async fn run(arguments: Arguments) -> Result<ExitCode, JourneyError> {
    let Arguments { connection, command } = arguments;
    match command {
        Command::Check(check) => return Ok(journey_tools::run(&check).into()),
        Command::Fmt(fmt) => return Ok(journey_tools::run(&fmt).into()),
        Command::Run(run) => return Ok(journey_tools::run(&run).into()),
        Command::Test(test) => return Ok(journey_tools::run(&test).into()),
        Command::Functions(functions) => return Ok(journey_tools::run(&functions).into()),
        Command::Convert(convert) => return Ok(journey_tools::run(&convert).into()),
        Command::Publish(arguments) => publish::run(&connection.open()?, arguments).await?,
        Command::Diff(arguments) => diff::run(&connection.open()?, arguments).await?,
        Command::Export(arguments) => export::run(&connection.open()?, arguments).await?,
        Command::Import(arguments) => import::run(&connection.open()?, arguments).await?,
    }
    Ok(ExitCode::SUCCESS)
}
