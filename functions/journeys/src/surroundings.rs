//! What surrounds every journey: the global dictionaries and the time zone of the service.

use std::time::{Duration, Instant};

use expression::Value;
use jiff::tz::TimeZone;
use platform::{SettingError, Settings};
use store::{Store, StoreError};
use tokio::sync::Mutex;

/// How long the dictionaries are trusted: a change is live within this time.
const FRESH: Duration = Duration::from_secs(10);

/// What surrounds every journey, as of a moment ago.
#[derive(Clone)]
pub struct Surroundings {
    /// The global dictionaries, a map of maps.
    pub globals: Value,
    /// For contacts who have none of their own.
    pub time_zone: TimeZone,
}

/// Reads the surroundings now and then.
pub(crate) struct Reader {
    store: Store,
    time_zone: TimeZone,
    globals: Mutex<Option<(Instant, Value)>>,
}

impl Reader {
    /// Reads the setting `TIME_ZONE`.
    pub(crate) fn new(store: Store, settings: &Settings) -> Result<Self, SettingError> {
        Ok(Self { store, time_zone: settings.time_zone()?, globals: Mutex::default() })
    }

    pub(crate) async fn read(&self) -> Result<Surroundings, StoreError> {
        let mut globals = self.globals.lock().await;
        let known = globals.as_ref().filter(|(read, _)| read.elapsed() < FRESH);
        let value = match known {
            Some((_, value)) => value.clone(),
            None => {
                let dictionaries = self.store.dictionaries().await?;
                let entries = |entries| Value::from(serde_json::Value::Object(entries));
                let value = Value::map(dictionaries.into_iter().map(|it| (it.name, entries(it.entries))));
                *globals = Some((Instant::now(), value.clone()));
                value
            }
        };
        Ok(Surroundings { globals: value, time_zone: self.time_zone.clone() })
    }
}
