//! The journeys that run, compiled, in memory. Heads are looked at again every few seconds; a compiled revision never
//! changes and stays.
//!
//! A journey that is disabled or archived has no head: its triggers are not listened to, and neither another journey
//! nor a schedule nor a reminder starts it. A session that is under way goes on, because it stands on a revision.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::id::JourneyId;
use jiff::Timestamp;
use journey::Program;
use store::{JourneyHead, Store, StoreError};
use tokio::sync::Mutex;

/// How long the list of published journeys is trusted: a publication is live within this time.
const FRESH: Duration = Duration::from_secs(2);

/// The registry as a function keeps it.
pub(crate) struct Registry {
    store: Store,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    heads: Vec<JourneyHead>,
    read: Option<Instant>,
    programs: HashMap<(String, u32), Arc<Program>>,
}

/// A published journey.
pub struct Published {
    /// Its id.
    pub id: JourneyId,
    /// Its name.
    pub name: String,
    /// The published revision.
    pub revision: u32,
    /// When it was published.
    pub published_at: Timestamp,
    /// Whether people in the middle of an older revision move to it.
    pub migrate: bool,
    /// The compiled revision.
    pub program: Arc<Program>,
}

/// What the engine needs of the registry for one event, all of it in memory.
#[derive(Default)]
pub struct Library {
    live: Vec<Published>,
    programs: HashMap<(String, u32), Arc<Program>>,
}

impl Library {
    /// Published journeys in their first revision, by their names.
    #[cfg(test)]
    pub(crate) fn of(notebooks: &[(&str, &str)]) -> Self {
        let mut library = Self::default();
        for (number, (name, notebook)) in notebooks.iter().enumerate() {
            let program = Arc::new(journey::compile(&journey::parse(notebook).journey).unwrap());
            library.programs.insert(((*name).to_owned(), 1), program.clone());
            library.live.push(Published {
                id: JourneyId::from(*name),
                name: (*name).to_owned(),
                revision: 1,
                published_at: Timestamp::from_second(i64::try_from(number).unwrap()).unwrap(),
                migrate: false,
                program,
            });
        }
        library
    }

    /// The published journeys.
    pub fn live(&self) -> &[Published] {
        &self.live
    }
}

impl journey::Library for Library {
    fn published(&self, reference: &str) -> Option<(JourneyId, u32, Arc<Program>)> {
        let found = self.live.iter().find(|published| published.id.as_str() == reference);
        let found = found.or_else(|| self.live.iter().find(|published| published.name == reference))?;
        Some((found.id.clone(), found.revision, found.program.clone()))
    }

    fn migrates(&self, id: &str) -> bool {
        self.live.iter().any(|published| published.id.as_str() == id && published.migrate)
    }

    fn revision(&self, id: &str, revision: u32) -> Option<Arc<Program>> {
        self.programs.get(&(id.to_owned(), revision)).cloned()
    }
}

impl Registry {
    /// A registry over the table.
    pub(crate) fn new(store: Store) -> Self {
        Self { store, state: Mutex::default() }
    }

    /// The published journeys and the revisions a session stands on.
    pub(crate) async fn library(&self, session: Option<&journey::Session>) -> Result<Library, StoreError> {
        let mut state = self.state.lock().await;
        if state.read.is_none_or(|read| read.elapsed() > FRESH) {
            state.heads = self.store.running_journeys().await?;
            state.read = Some(Instant::now());
        }
        let heads = state.heads.clone();
        let mut library = Library::default();
        for head in heads {
            let Some(program) = self.program(&mut state, head.id.as_str(), head.revision).await? else { continue };
            library.programs.insert((head.id.to_string(), head.revision), program.clone());
            library.live.push(Published {
                id: head.id,
                name: head.name,
                revision: head.revision,
                published_at: head.published_at,
                migrate: head.migrate,
                program,
            });
        }
        for frame in session.into_iter().flat_map(|session| &session.frames) {
            let id = frame.journey.as_str();
            if let Some(program) = self.program(&mut state, id, frame.revision).await? {
                library.programs.insert((id.to_owned(), frame.revision), program);
            }
        }
        Ok(library)
    }

    async fn program(&self, state: &mut State, id: &str, revision: u32) -> Result<Option<Arc<Program>>, StoreError> {
        let key = (id.to_owned(), revision);
        if let Some(program) = state.programs.get(&key) {
            return Ok(Some(program.clone()));
        }
        let notebook = match self.store.revision(&JourneyId::from(id), revision).await {
            Ok(Some(notebook)) => notebook,
            Ok(None) => return Ok(None),
            // One damaged journey must not silence the others.
            Err(StoreError::Unreadable(cause)) => {
                tracing::error!(journey = id, revision, cause, "a published journey cannot be read");
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        match journey::compile(&journey::parse(&notebook).journey) {
            Ok(program) => {
                let program = Arc::new(program);
                state.programs.insert(key, program.clone());
                Ok(Some(program))
            }
            Err(problems) => {
                // Only a compiled notebook is published, so this is one that an older build accepted.
                tracing::error!(
                    journey = id,
                    revision,
                    problems = problems.len(),
                    "a published journey does not compile"
                );
                Ok(None)
            }
        }
    }
}
