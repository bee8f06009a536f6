//! `cargo chasqui journey diff`

use std::path::Path;

use super::JourneyError;
use super::set::{self, Done, Import, import, missing};
use crate::api::{Api, ApiError, encode};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// A folder of notebooks, or one notebook, to compare with what is live; or a journey by name or id.
    what: String,
    /// The older version of a journey: a number, `live` or `draft`.
    #[arg(default_value = "live")]
    from: String,
    /// The newer version of a journey.
    #[arg(default_value = "draft")]
    to: String,
    /// Compares a folder with the drafts instead of what is live.
    #[arg(long)]
    drafts: bool,
}

pub(super) async fn run(api: &Api, arguments: Arguments) -> Result<(), JourneyError> {
    let path = Path::new(&arguments.what);
    if path.exists() { folder(api, path, !arguments.drafts).await } else { versions(api, &arguments).await }
}

async fn folder(api: &Api, path: &Path, live: bool) -> Result<(), JourneyError> {
    let set = set::read(path)?;
    let how = Import { dry_run: true, publish: live, ..Import::default() };
    let mut outcomes = import(api, &set, &how).await?;
    outcomes.retain(|outcome| outcome.outcome != Done::Unchanged);
    let missing = if path.is_dir() { missing(api, &set).await? } else { Vec::new() };
    if outcomes.is_empty() && missing.is_empty() {
        println!("{}: no difference", path.display());
    }
    for outcome in outcomes {
        print!("{}", outcome.show(false));
    }
    for name in missing {
        println!("{name}: not in the folder");
    }
    Ok(())
}

async fn versions(api: &Api, arguments: &Arguments) -> Result<(), JourneyError> {
    let Arguments { what, from, to, .. } = arguments;
    let all = api.list("/v1/journeys", "journeys").await?;
    let found = all.iter().find(|journey| journey["id"] == **what || journey["name"] == **what);
    // By its id: a name may hold what an address cannot.
    let id = found.and_then(|journey| journey["id"].as_str()).ok_or_else(|| unknown(what))?;
    let answer = api.get(&format!("/v1/journeys/{id}/diff?from={}&to={}", encode(from), encode(to))).await?;
    let diff: journey::Diff = Api::read("the comparison", answer)?;
    if diff.is_empty() {
        println!("{what}: no difference");
    } else {
        print!("{diff}");
    }
    Ok(())
}

fn unknown(what: &str) -> ApiError {
    let detail = format!("There is neither a folder nor a journey `{what}`.");
    let problem = [("detail".to_owned(), serde_json::Value::String(detail))].into_iter().collect();
    ApiError::Refused { status: 404, problem }
}
