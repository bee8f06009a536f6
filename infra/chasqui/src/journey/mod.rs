//! `cargo chasqui journey …`: everything about journeys as files. To add a command: add its variant and its arm.

use std::process::ExitCode;

use clap::Subcommand;
use journey_tools::{check::Check, fmt::Fmt, run::Run, test::Test};

/// What to do with journeys.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Shows everything that is wrong with journeys; exits with 1 when there is an error.
    Check(Check),
    /// Writes notebooks as canonical code; notes, comments and places on the canvas stay.
    Fmt(Fmt),
    /// Talks to a journey in the terminal, with the clock in your hands.
    Run(Run),
    /// Plays conversation scripts, `*.test.yaml`; exits with 1 when one fails, with 2 when one cannot be read.
    Test(Test),
}

/// Does it.
pub(crate) fn run(command: &Command) -> ExitCode {
    let code = match command {
        Command::Check(check) => journey_tools::run(check),
        Command::Fmt(fmt) => journey_tools::run(fmt),
        Command::Run(run) => journey_tools::run(run),
        Command::Test(test) => journey_tools::run(test),
    };
    ExitCode::from(code)
}
