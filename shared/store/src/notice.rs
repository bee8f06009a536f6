//! What is kept to be looked at: account and template updates, and bodies or parts of them that could not be read.

use domain::id::MessageId;
use domain::queue::Notice;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use crate::item::{Consistency, Item, item, n, read, s, text};
use crate::key::{self, EXPIRES_AT, PK, SK};
use crate::{Store, StoreError};

/// How long a notice is kept.
const KEPT_SECONDS: i64 = 90 * 86_400;

#[derive(Serialize, Deserialize)]
struct NoticeRow {
    notice: String,
}

/// When a notice was first heard of, in milliseconds since 1970.
#[derive(Serialize, Deserialize)]
struct HeardRow {
    at: i64,
}

/// A notice as it is kept.
#[derive(Debug)]
pub struct KeptNotice {
    /// Where it stands: its time, then its id.
    pub position: String,
    /// When it happened, or was first heard of.
    pub at: Timestamp,
    /// What it tells.
    pub notice: Notice,
}

impl Store {
    /// Keeps a notice, once, however often Meta tells it: under when it says itself that it happened, else under when
    /// it was first heard of.
    pub async fn add_notice(&self, notice: &Notice, heard_at: Timestamp) -> Result<(), StoreError> {
        let notice_text = serde_json::to_string(notice)?;
        let id = MessageId::of_request(&["notice", &notice_text]);
        let at = match notice.happened_at() {
            Some(at) => at,
            None => self.first_heard(id.as_str(), heard_at).await?,
        };
        let mut row = item(key::notice(at, id.as_str()), &NoticeRow { notice: notice_text })?;
        row.insert(EXPIRES_AT.to_owned(), n(heard_at.as_second() + KEPT_SECONDS));
        self.put(row).await
    }

    async fn first_heard(&self, id: &str, now: Timestamp) -> Result<Timestamp, StoreError> {
        let mut row = item(key::notice_heard(id), &HeardRow { at: now.as_millisecond() })?;
        row.insert(EXPIRES_AT.to_owned(), n(now.as_second() + KEPT_SECONDS));
        if self.put_new(row).await? {
            return Ok(now);
        }
        let found = self.get(key::notice_heard(id), Consistency::Strong).await?;
        let heard: Option<HeardRow> = found.map(read).transpose()?;
        Ok(heard.and_then(|heard| Timestamp::from_millisecond(heard.at).ok()).unwrap_or(now))
    }

    /// A page of notices, newest first, and where the next page begins. They lie in a partition for each month.
    pub async fn notices(
        &self,
        now: Timestamp,
        limit: usize,
        before: Option<&str>,
    ) -> Result<(Vec<KeptNotice>, Option<String>), StoreError> {
        let oldest = now.as_second() - KEPT_SECONDS - 31 * 86_400;
        let mut month = before.and_then(time_of).unwrap_or(now);
        let mut notices = Vec::new();
        while notices.len() <= limit && month.as_second() >= oldest {
            let wanted = limit + 1 - notices.len();
            for item in self.newest(key::notices(month), wanted, before).await? {
                notices.extend(kept(item)?);
            }
            let first = month.to_zoned(TimeZone::UTC).first_of_month().and_then(|day| day.start_of_day());
            let earlier = first.and_then(|first| first.checked_sub(Span::new().seconds(1)));
            let Ok(earlier) = earlier else { break };
            month = earlier.timestamp();
        }
        let more = notices.len() > limit;
        notices.truncate(limit);
        let next = notices.last().filter(|_| more).map(|last| last.position.clone());
        Ok((notices, next))
    }

    /// The newest items of a partition, before this sort key.
    pub(crate) async fn newest(
        &self,
        partition: impl Into<String>,
        limit: usize,
        before: Option<&str>,
    ) -> Result<Vec<Item>, StoreError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .expression_attribute_names("#pk", PK)
            .expression_attribute_values(":pk", s(partition));
        let query = match before {
            Some(before) => query
                .key_condition_expression("#pk = :pk AND #sk < :before")
                .expression_attribute_names("#sk", SK)
                .expression_attribute_values(":before", s(before)),
            None => query.key_condition_expression("#pk = :pk"),
        };
        Ok(query.send().await?.items.unwrap_or_default())
    }
}

fn kept(item: Item) -> Result<Option<KeptNotice>, StoreError> {
    let position = text(&item, SK).unwrap_or_default().to_owned();
    let Some(at) = time_of(&position) else { return Ok(None) };
    let row: NoticeRow = read(item)?;
    Ok(Some(KeptNotice { position, at, notice: serde_json::from_str(&row.notice)? }))
}

/// The time in a position.
fn time_of(position: &str) -> Option<Timestamp> {
    Timestamp::from_millisecond(position.split_once('#')?.0.parse().ok()?).ok()
}
