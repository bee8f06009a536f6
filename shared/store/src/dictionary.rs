//! Global dictionaries: what journeys read as `global.<dictionary>.<key>`, such as addresses and tokens of web services.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::item::{item, read};
use crate::key;
use crate::{Store, StoreError};

/// A dictionary.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dictionary {
    /// Its name, as journeys write it.
    pub name: String,
    /// Its entries.
    pub entries: Map<String, Value>,
    /// Whether its values are for journeys only, and never shown again (tokens).
    pub hidden: bool,
    /// Counts its changes; 0 for one that is not written yet.
    pub version: u64,
}

/// A dictionary as the table keeps it: entries are JSON text, so that their types come back as they were.
#[derive(Serialize, Deserialize)]
struct Row {
    name: String,
    entries: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    hidden: bool,
    v: u64,
}

impl Store {
    /// All dictionaries, by name.
    pub async fn dictionaries(&self) -> Result<Vec<Dictionary>, StoreError> {
        let rows = self.all(key::DICTIONARIES.to_owned(), "").await?;
        let dictionary = |row: Row| {
            let entries = serde_json::from_str(&row.entries)?;
            Ok(Dictionary { name: row.name, entries, hidden: row.hidden, version: row.v })
        };
        rows.into_iter().map(|item| dictionary(read(item)?)).collect()
    }

    /// Writes a dictionary on the version it was read at. [`StoreError::Conflict`] means that nothing was written.
    pub async fn save_dictionary(&self, dictionary: &Dictionary) -> Result<(), StoreError> {
        let Dictionary { name, entries, hidden, version } = dictionary;
        let row = Row { name: name.clone(), entries: serde_json::to_string(entries)?, hidden: *hidden, v: version + 1 };
        self.put_over(item(key::dictionary(name), &row)?, "v", *version).await
    }

    /// Forgets a dictionary.
    pub async fn delete_dictionary(&self, name: &str) -> Result<(), StoreError> {
        let key = key::dictionary(name).attributes();
        self.client.delete_item().table_name(&self.table).set_key(Some(key)).send().await?;
        Ok(())
    }
}
