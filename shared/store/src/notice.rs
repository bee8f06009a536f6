//! What is kept to be looked at: account and template updates, and bodies or parts of them that could not be read.

use domain::queue::Notice;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::item::{item, n, read, text};
use crate::key::{self, EXPIRES_AT, SK};
use crate::{Store, StoreError};

/// How long a notice is kept.
const KEPT_SECONDS: i64 = 90 * 86_400;

#[derive(Serialize, Deserialize)]
struct NoticeRow {
    notice: String,
}

impl Store {
    /// Keeps a notice. The same notice under the same id is kept once.
    pub async fn add_notice(&self, id: &str, notice: &Notice, at: Timestamp) -> Result<(), StoreError> {
        let mut row = item(key::notice(at, id), &NoticeRow { notice: serde_json::to_string(notice)? })?;
        row.insert(EXPIRES_AT.to_owned(), n(at.as_second() + KEPT_SECONDS));
        self.put(row).await
    }

    /// The notices of the day of this moment, oldest first, with the position of each.
    pub async fn notices(&self, day: Timestamp) -> Result<Vec<(String, Notice)>, StoreError> {
        let partition = key::notice(day, "").pk;
        let mut notices = Vec::new();
        for item in self.all(partition, "").await? {
            let position = text(&item, SK).unwrap_or_default().to_owned();
            let row: NoticeRow = read(item)?;
            notices.push((position, serde_json::from_str(&row.notice)?));
        }
        Ok(notices)
    }
}
