//! `cargo chasqui journey import`

use std::path::PathBuf;

use journey_tools::convert::{Renames, report};
use journey_tools::set::{NOTEBOOK, Source, read_any};
use serde_json::{Value, json};

use super::JourneyError;
use super::set::{Done, Import, Notebook, Outcome, import};
use crate::api::Api;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Notebooks, FLOIP, exports of RapidPro, TextIt or Glific, or folders of them. A notebook is called like its file, a flow as
    /// it says itself.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Does it; without it, what would change is only shown.
    #[arg(long)]
    yes: bool,
    /// Also publishes: then none may have an error.
    #[arg(long)]
    publish: bool,
    /// Publishes although there are faults: problems that do not keep a journey from running.
    #[arg(long, requires = "publish")]
    accept_problems: bool,
    /// What is said about the revisions.
    #[arg(long)]
    comment: Option<String>,
    /// Takes people along who are in the middle of older revisions; else they finish on those.
    #[arg(long, requires = "publish")]
    migrate: bool,
    #[command(flatten)]
    renames: Renames,
    /// Prints one object for programs.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(api: &Api, arguments: Arguments) -> Result<(), JourneyError> {
    let Arguments { paths, yes, publish, accept_problems, comment, migrate, renames, json } = arguments;
    let sources = read_any(&paths, &renames.all)?;
    if !json {
        // The lines are those of the notebook that the service gets.
        let called = |source: &Source| format!("{}{NOTEBOOK}", source.notebook.name);
        journey_tools::on_terminal(|console| report(&sources, console, called))?;
    }
    let set: Vec<Notebook> = sources.iter().map(|source| source.notebook.clone()).collect();
    let how = Import { dry_run: true, publish, accept_problems, comment, migrate, ..Import::default() };
    let planned = import(api, &set, &how).await?;
    let changes = planned.iter().filter(|outcome| outcome.outcome != Done::Unchanged).count();
    let does = yes && changes > 0;
    if !json {
        for outcome in &planned {
            print!("{}", outcome.show(publish));
        }
        if changes == 0 {
            println!("Nothing to do.");
        } else if !yes {
            println!("{changes} of {} would change. With --yes it is done.", planned.len());
        }
    }
    let shown = if json { as_json(&sources, &planned) } else { Value::Null };
    if does {
        // What was shown is what is done: a journey that changes meanwhile stops it.
        let versions = planned.into_iter().filter_map(|outcome| Some((outcome.name, outcome.version?))).collect();
        import(api, &set, &Import { dry_run: false, versions, ..how }).await?;
    }
    if json {
        println!("{:#}", json!({"done": does, "journeys": shown}));
    } else if does {
        println!("{changes} imported{}.", if publish { " and published" } else { " as drafts" });
    }
    Ok(())
}

/// What is said of each journey, for programs: `report` is about its file, `problems` about the journey.
fn as_json(sources: &[Source], outcomes: &[Outcome]) -> Value {
    let one = |(source, outcome): (&Source, &Outcome)| {
        let mut one = json!(outcome);
        one["from"] = json!(source.file.display().to_string());
        one["report"] = json!(source.report);
        one["outside"] = json!(source.outside);
        one["is_idle"] = json!(source.is_idle);
        one
    };
    sources.iter().zip(outcomes).map(one).collect()
}
