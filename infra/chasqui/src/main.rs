//! `cargo chasqui`: the service on one machine and the tools around it.
#![allow(clippy::print_stdout)] // a command-line program speaks on standard output

mod bench;
mod dev;

use std::process::ExitCode;

use chasqui::{journey, token};
use clap::{Parser, Subcommand, ValueEnum};
use jiff::Timestamp;
use platform::Settings;
use platform::aws::Aws;
use store::{Store, TokenRole};

/// Chasqui: a WhatsApp service of your own.
#[derive(Parser)]
#[command(name = "chasqui", bin_name = "cargo chasqui")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the whole service on this machine, with a phone in the browser.
    Dev(dev::Arguments),
    /// Measures the budgets of the design on this machine.
    Bench(bench::Arguments),
    /// Measures what messages cost on AWS.
    Cost(bench::Arguments),
    /// Checks, formats, tries and tests journeys; publishes, compares, exports and imports them.
    Journey(journey::Arguments),
    /// Makes an API token for a deployed service and shows it once. Table and credentials come from the environment:
    /// TABLE_NAME, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN.
    Token {
        /// What it is for.
        name: String,
        /// What it may do.
        #[arg(long, default_value = "operator")]
        role: Role,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Role {
    Operator,
    Builder,
    Administrator,
}

impl From<Role> for TokenRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Operator => Self::Operator,
            Role::Builder => Self::Builder,
            Role::Administrator => Self::Administrator,
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Dev(arguments) => dev::run(arguments).await,
        Command::Bench(arguments) => bench::run(arguments).await,
        Command::Cost(arguments) => bench::cost(arguments).await,
        Command::Journey(arguments) => match journey::run(arguments).await {
            Ok(code) => return code,
            Err(error) => Err(error.into()),
        },
        Command::Token { name, role } => make_token(&name, role.into()).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn deployed() -> Result<Store, platform::SettingError> {
    let settings = Settings::from_environment();
    Ok(Store::new(Aws::new(&settings)?.dynamodb(), settings.required("TABLE_NAME")?))
}

async fn make_token(name: &str, role: TokenRole) -> Outcome {
    let text = token::create(&deployed()?, name, role, Timestamp::now()).await?;
    println!("{text}");
    eprintln!("This is shown only now. Send it as `Authorization: Bearer …`.");
    Ok(())
}
