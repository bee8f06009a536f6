//! The journey registry: a head for each journey and immutable revisions.

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use domain::id::JourneyId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::item::{Consistency, item, n, read};
use crate::key::{self, PK};
use crate::{Store, StoreError};

/// DynamoDB takes items of 400 KB; a notebook leaves room for the rest of the item.
const MAX_NOTEBOOK_BYTES: usize = 380_000;

/// A journey and the revision that is live.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JourneyHead {
    /// Its id.
    pub id: JourneyId,
    /// Its name; other journeys may refer to it by it.
    pub name: String,
    /// The published revision.
    pub revision: u32,
    /// When it was published.
    pub published_at: Timestamp,
}

/// A revision: never changed once written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JourneyRevision {
    /// Its number, from 1.
    pub revision: u32,
    /// The notebook.
    pub notebook: String,
    /// When it was published.
    pub published_at: Timestamp,
}

/// A journey that was not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Somebody else published meanwhile.
    #[error(
        "the journey is at another revision than the {expected} this one was made from; look at what changed and publish again"
    )]
    Conflict {
        /// The revision it was made from.
        expected: u32,
    },
    /// The notebook is larger than an item can be.
    #[error(
        "the notebook has {bytes} bytes, the most that can be published is {MAX_NOTEBOOK_BYTES}; split it with run_stack"
    )]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// The table failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// All journeys.
    pub async fn journeys(&self) -> Result<Vec<JourneyHead>, StoreError> {
        self.all(key::JOURNEYS.to_owned(), "").await?.into_iter().map(read).collect()
    }

    /// One revision of a journey.
    pub async fn revision(&self, id: &JourneyId, revision: u32) -> Result<Option<JourneyRevision>, StoreError> {
        match self.get(key::revision(id, revision), Consistency::Strong).await? {
            Some(item) => Ok(Some(read(item)?)),
            None => Ok(None),
        }
    }

    /// Publishes a notebook as the revision after `from` (0 for a new journey). The caller has compiled it.
    pub async fn publish(
        &self,
        id: &JourneyId,
        name: &str,
        notebook: &str,
        from: u32,
        now: Timestamp,
    ) -> Result<JourneyHead, PublishError> {
        if notebook.len() > MAX_NOTEBOOK_BYTES {
            return Err(PublishError::TooLarge { bytes: notebook.len() });
        }
        let head = JourneyHead { id: id.clone(), name: name.to_owned(), revision: from + 1, published_at: now };
        let revision = JourneyRevision { revision: from + 1, notebook: notebook.to_owned(), published_at: now };
        let new = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item(key::revision(id, from + 1), &revision)?))
            .condition_expression("attribute_not_exists(#pk)")
            .expression_attribute_names("#pk", PK)
            .build()
            .map_err(StoreError::from)?;
        let live = Put::builder().table_name(&self.table).set_item(Some(item(key::journey(id), &head)?));
        let live = if from == 0 {
            live.condition_expression("attribute_not_exists(#pk)").expression_attribute_names("#pk", PK)
        } else {
            live.condition_expression("#revision = :from")
                .expression_attribute_names("#revision", "revision")
                .expression_attribute_values(":from", n(from))
        };
        let writes = vec![
            TransactWriteItem::builder().put(new).build(),
            TransactWriteItem::builder().put(live.build().map_err(StoreError::from)?).build(),
        ];
        match self.transact(writes).await {
            Ok(()) => Ok(head),
            Err(StoreError::Conflict) => Err(PublishError::Conflict { expected: from }),
            Err(error) => Err(error.into()),
        }
    }
}
