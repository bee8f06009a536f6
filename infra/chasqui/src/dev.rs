//! `cargo chasqui dev`: builds what is missing, starts everything, publishes the sample journeys, prints the addresses
//! and stops cleanly.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use chasqui::api::{Api, sentence};
use chasqui::binaries::{self, Profile};
use chasqui::journey::set;
use chasqui::machine::{Machine, Options};
use chasqui::token;
use local_lambda::runtime_api::LogLine;
use serde_json::json;
use store::TokenRole;

use crate::Outcome;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Forgets what earlier runs kept.
    #[arg(long)]
    fresh: bool,
    /// The folder that keeps the data.
    #[arg(long, default_value = ".chasqui")]
    data: PathBuf,
    /// The port of the phone page.
    #[arg(long, default_value_t = 4000)]
    phone_port: u16,
    /// The port of the HTTP API.
    #[arg(long, default_value_t = 4001)]
    api_port: u16,
    /// Runs the functions as they are deployed, optimised (slow to build).
    #[arg(long)]
    release: bool,
    /// The folder of journeys to publish.
    #[arg(long)]
    journeys: Option<PathBuf>,
}

pub(crate) async fn run(arguments: Arguments) -> Outcome {
    let profile = if arguments.release { Profile::Release } else { Profile::Dev };
    println!("Building the functions. The first time takes some minutes.");
    let binaries = binaries::build(profile).await?;

    if arguments.fresh && arguments.data.exists() {
        std::fs::remove_dir_all(&arguments.data)?;
    }
    let started = Instant::now();
    let machine = Machine::start(Options {
        data: Some(arguments.data.clone()),
        phone_port: arguments.phone_port,
        api_port: arguments.api_port,
        log: Arc::new(show),
        ..Options::new(binaries)
    })
    .await?;

    let token = api_token(&machine, &arguments.data).await?;
    let journeys = arguments.journeys.unwrap_or_else(|| binaries::workspace().join("infra/playbooks/welcome"));
    let journeys = set::read(&journeys)?;
    let count = journeys.len();
    let api = Api::new(&machine.api_url(), &token);
    // Where WhatsApp fetches the pictures of the bundled journeys.
    let entries = json!({"entries": {"url": machine.api_url()}});
    api.call("PATCH", "/v1/dictionaries/service", None, entries).await?;
    let kept = publish_news(&api, journeys).await?;

    // What is written to a file or a log stays there: the token is for who sits before the terminal.
    let file = arguments.data.join("token");
    let is_seen = std::io::stdout().is_terminal();
    let shown = if is_seen { token.clone() } else { format!("in {}", file.display()) };
    let authorization = if is_seen { token } else { format!("$(cat {})", file.display()) };
    println!();
    println!("Chasqui is ready ({count} journeys, started in {} ms).", started.elapsed().as_millis());
    for kept in kept {
        println!("Not published, {kept}. `cargo chasqui journey diff` and `publish` show and settle it.");
    }
    println!();
    println!("  Phone      {}", machine.phone_url());
    println!("  HTTP API   {}", machine.api_url());
    println!("  Line       {}", machine.line().phone_number_id);
    println!("  API token  {shown}");
    println!("  AWS        {} (faults and usage under /_local)", machine.aws().endpoint());
    println!("  Data       {}", arguments.data.display());
    println!();
    println!("Open the phone and write \"hola\" or \"hi\". Then, for example:");
    println!();
    println!(
        "  curl -H \"Authorization: Bearer {authorization}\" {}/v1/lines/{}/conversations",
        machine.api_url(),
        machine.line().phone_number_id
    );
    println!();
    println!("Ctrl-C stops it.");

    tokio::signal::ctrl_c().await?;
    println!("\nStopping.");
    machine.stop().await;
    Ok(())
}

/// Publishes what the files say anew, with what does not work in it, which is told. Answers what was left as it is here, and
/// why.
async fn publish_news(api: &Api, journeys: Vec<set::Notebook>) -> Result<Vec<String>, chasqui::api::ApiError> {
    let (news, kept) = set::news(api, journeys).await?;
    if !news.is_empty() {
        let how = set::Import { publish: true, accept_problems: true, ..set::Import::default() };
        for outcome in set::import(api, &news, &how).await? {
            for fault in outcome.problems.iter().filter(|problem| problem["severity"] == "fault") {
                println!("{}: {}", outcome.name, sentence(fault));
            }
        }
    }
    Ok(kept)
}

/// The administrator's token of this machine: made once and kept with the data, which is nobody else's.
async fn api_token(machine: &Machine, data: &std::path::Path) -> Result<String, Box<dyn std::error::Error>> {
    let file = data.join("token");
    if let Ok(text) = std::fs::read_to_string(&file) {
        token::keep_private(&file)?;
        return Ok(text);
    }
    let now = machine.aws().clock().now();
    let text = token::create(machine.store(), "developer", TokenRole::Administrator, now).await?;
    token::write(&file, &text)?;
    Ok(text)
}

/// Shows what functions complain about. Their metrics are for CloudWatch.
fn show(line: LogLine<'_>) {
    if !line.text.contains("\"_aws\"") {
        println!("[{}] {}", line.function, line.text);
    }
}
