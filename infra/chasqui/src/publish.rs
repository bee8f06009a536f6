//! Publishing notebooks: compiled first, and not published with an error in them.

use std::path::{Path, PathBuf};

use domain::id::JourneyId;
use jiff::Timestamp;
use journey::{Problem, Severity};
use store::{JourneyHead, PublishError, Store, StoreError};

/// A notebook that was not published.
#[derive(Debug, thiserror::Error)]
pub enum NotPublished {
    /// It cannot be read.
    #[error("{0}: {1}")]
    File(PathBuf, std::io::Error),
    /// It has errors.
    #[error("{file} is not published:\n{}", list(problems))]
    Problems {
        /// The notebook.
        file: PathBuf,
        /// What is wrong, with line and column.
        problems: Vec<Problem>,
    },
    /// The registry refused it.
    #[error("{0}: {1}")]
    Registry(PathBuf, PublishError),
    /// The table failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn list(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("  {problem}\n")).collect()
}

/// What publishing did.
#[derive(Debug)]
pub enum Published {
    /// A new revision.
    Revision(JourneyHead),
    /// Nothing: the live revision has this very text.
    Unchanged(JourneyHead),
}

/// Publishes a notebook under the name of its file.
pub async fn file(store: &Store, path: &Path, now: Timestamp) -> Result<Published, NotPublished> {
    let notebook = std::fs::read_to_string(path).map_err(|error| NotPublished::File(path.to_owned(), error))?;
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let parsed = journey::parse(&notebook);
    let mut problems: Vec<Problem> =
        parsed.problems.into_iter().filter(|problem| problem.severity == Severity::Error).collect();
    if let Err(more) = journey::compile(&parsed.journey) {
        problems.extend(more.into_iter().filter(|problem| problem.severity == Severity::Error));
    }
    if !problems.is_empty() {
        return Err(NotPublished::Problems { file: path.to_owned(), problems });
    }
    let live = store.journeys().await?.into_iter().find(|head| head.name == name);
    let (id, from) = match live {
        Some(head) => {
            let revision = store.revision(&head.id, head.revision).await?;
            if revision.is_some_and(|revision| revision.notebook == notebook) {
                return Ok(Published::Unchanged(head));
            }
            (head.id, head.revision)
        }
        None => (JourneyId::from(platform::ids::new_id(now)), 0),
    };
    let head = store.publish(&id, &name, &notebook, from, now).await;
    Ok(Published::Revision(head.map_err(|error| NotPublished::Registry(path.to_owned(), error))?))
}

/// Publishes every notebook of a folder, in the order of their names.
pub async fn folder(store: &Store, path: &Path, now: Timestamp) -> Result<Vec<Published>, NotPublished> {
    let unreadable = |error| NotPublished::File(path.to_owned(), error);
    let mut files: Vec<PathBuf> = std::fs::read_dir(path)
        .map_err(unreadable)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .filter(|path| path.file_stem().is_some_and(|stem| !stem.eq_ignore_ascii_case("readme")))
        .collect();
    files.sort();
    let mut published = Vec::new();
    for path in files {
        published.push(file(store, &path, now).await?);
    }
    Ok(published)
}
