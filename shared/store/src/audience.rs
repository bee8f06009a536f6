//! The lines there are, and everybody who has a conversation on one.

use std::collections::HashSet;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::conversation::Status;
use domain::id::{ContactId, LineId};

use crate::item::{Item, text};
use crate::key::{self, INBOX, INBOX_PK, INBOX_SK, SK};
use crate::{Store, StoreError};

/// Who is read at once.
const PAGE: i32 = 500;

/// Everybody who has a conversation on a line, each once, in pages.
#[derive(Debug)]
pub struct Everybody<'s> {
    store: &'s Store,
    /// The index's partitions that are still to be read, the last first.
    partitions: Vec<String>,
    start: Option<Item>,
    seen: HashSet<ContactId>,
}

impl Store {
    /// Notes that there is a line. Numbers are not registered: a line is there once somebody writes to it.
    pub async fn note_line(&self, line: &LineId) -> Result<(), StoreError> {
        let row = key::line(line).attributes();
        self.client.put_item().table_name(&self.table).set_item(Some(row)).send().await?;
        Ok(())
    }

    /// All lines.
    pub async fn lines(&self) -> Result<Vec<LineId>, StoreError> {
        let rows = self.all(key::LINES.to_owned(), "").await?;
        Ok(rows.iter().filter_map(|row| text(row, SK)).map(LineId::new).collect())
    }

    /// Everybody who has a conversation on this line.
    pub fn everybody(&self, line: &LineId) -> Everybody<'_> {
        // A conversation may become another of open and done meanwhile: those that are done are read before and after.
        let order = [Status::Done, Status::Open, Status::Done];
        let shards = |status| (0..key::INBOX_SHARDS).map(move |shard| key::inbox_shard(line, status, shard));
        Everybody {
            store: self,
            partitions: order.into_iter().flat_map(shards).collect(),
            start: None,
            seen: HashSet::new(),
        }
    }
}

impl Everybody<'_> {
    /// The next of them; nothing at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<ContactId>>, StoreError> {
        while let Some(partition) = self.partitions.last() {
            // The oldest first: whose conversation moves on meanwhile comes later, and is not missed.
            let query = self.store.client.query().table_name(&self.store.table).index_name(INBOX).limit(PAGE);
            let query = query
                .key_condition_expression("#pk = :pk")
                .expression_attribute_names("#pk", INBOX_PK)
                .expression_attribute_values(":pk", AttributeValue::S(partition.clone()))
                .set_exclusive_start_key(self.start.take());
            let answer = query.send().await?;
            self.start = answer.last_evaluated_key;
            if self.start.is_none() {
                self.partitions.pop();
            }
            let items = answer.items.unwrap_or_default();
            let contacts =
                items.iter().filter_map(|item| Some(ContactId::new(text(item, INBOX_SK)?.split_once('#')?.1)));
            let new: Vec<_> = contacts.filter(|contact| self.seen.insert(contact.clone())).collect();
            if !new.is_empty() {
                return Ok(Some(new));
            }
        }
        Ok(None)
    }
}
