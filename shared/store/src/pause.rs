//! Lines from which nothing is sent at the moment.

use domain::id::LineId;
use domain::pause::Pause;
use serde::{Deserialize, Serialize};

use crate::item::{Consistency, Item, item, n, read};
use crate::key::{self, PK};
use crate::{Store, StoreError};

/// A pause as the table keeps it: JSON text, the version beside it for conditions.
#[derive(Serialize, Deserialize)]
struct PauseRow {
    pause: String,
    version: u64,
}

fn to_item(pause: &Pause, version: u64) -> Result<Item, StoreError> {
    let row = PauseRow { pause: serde_json::to_string(&Pause { version, ..pause.clone() })?, version };
    item(key::pause(&pause.line), &row)
}

fn from_item(item: Item) -> Result<Pause, StoreError> {
    Ok(serde_json::from_str(&read::<PauseRow>(item)?.pause)?)
}

impl Store {
    /// Whether sending from a line is paused, and why. A replica may be a moment behind.
    pub async fn pause(&self, line: &LineId) -> Result<Option<Pause>, StoreError> {
        self.get(key::pause(line), Consistency::Eventual).await?.map(from_item).transpose()
    }

    /// All lines from which nothing is sent at the moment.
    pub async fn pauses(&self) -> Result<Vec<Pause>, StoreError> {
        self.all(key::PAUSES.to_owned(), "").await?.into_iter().map(from_item).collect()
    }

    /// Writes a pause on the version it was read at, 0 for one that begins. [`StoreError::Conflict`] means that somebody
    /// was quicker.
    pub async fn save_pause(&self, pause: &mut Pause) -> Result<(), StoreError> {
        self.put_over(to_item(pause, pause.version + 1)?, "version", pause.version).await?;
        pause.version += 1;
        Ok(())
    }

    /// Ends a pause, if it is the one that was seen.
    pub async fn end_pause(&self, pause: &Pause) -> Result<(), StoreError> {
        let delete = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key::pause(&pause.line).attributes()))
            // One that is gone is what was wanted, by whomever, or by an attempt whose answer was lost.
            .condition_expression("attribute_not_exists(#pk) OR #version = :seen")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":seen", n(pause.version));
        match delete.send().await {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Err(StoreError::Conflict)
            }
            Err(error) => Err(error.into()),
        }
    }
}
