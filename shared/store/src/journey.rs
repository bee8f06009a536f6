//! The registry of journeys: an entry each, its draft, its immutable revisions, and what the journeys function reads.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem};
use domain::alarm::ClockAlarm;
use domain::id::JourneyId;
use domain::registry::{Entry, Publication};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::item::{Consistency, Item, item, n, read, s, text};
use crate::key::{self, Key, PK, SK};
use crate::notebook::Packed;
use crate::{Store, StoreError};

/// The attribute that holds a notebook.
const NOTEBOOK: &str = "notebook";

/// A journey that runs. The journeys function reads these every few seconds, so a row holds nothing more than it needs,
/// and a journey that does not run has none.
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
    /// Whether people in the middle of an older revision move to this one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub migrate: bool,
    /// When a clock sets its triggers off.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alarms: Vec<ClockAlarm>,
}

impl JourneyHead {
    fn of(entry: &Entry) -> Option<Self> {
        let live = entry.running()?;
        let Entry { id, name, .. } = entry;
        Some(Self {
            id: id.clone(),
            name: name.clone(),
            revision: live.revision,
            published_at: live.stamp.at,
            migrate: live.migrate,
            alarms: live.alarms.clone(),
        })
    }
}

impl Store {
    /// The journeys that run.
    pub async fn running_journeys(&self) -> Result<Vec<JourneyHead>, StoreError> {
        self.all(key::JOURNEYS.to_owned(), "").await?.into_iter().map(read).collect()
    }

    /// A journey, if it runs.
    pub async fn running_journey(&self, id: &JourneyId) -> Result<Option<JourneyHead>, StoreError> {
        self.get(key::journey(id), Consistency::Strong).await?.map(read).transpose()
    }

    /// All journeys, in no particular order.
    pub async fn journeys(&self) -> Result<Vec<Entry>, StoreError> {
        self.all(key::REGISTRY.to_owned(), "").await?.into_iter().map(read).collect()
    }

    /// A journey.
    pub async fn journey(&self, id: &JourneyId) -> Result<Option<Entry>, StoreError> {
        self.get(key::entry(id), Consistency::Strong).await?.map(read).transpose()
    }

    /// The id of the journey with this name, in whatever case.
    pub async fn journey_named(&self, name: &str) -> Result<Option<JourneyId>, StoreError> {
        let row = self.get(key::journey_name(name), Consistency::Strong).await?;
        Ok(row.and_then(|row| text(&row, "journey").map(JourneyId::from)))
    }

    /// The draft's notebook. [`StoreError::Conflict`] when it was changed since the entry was read.
    pub async fn draft(&self, entry: &Entry) -> Result<String, StoreError> {
        let row = self.get(key::draft(&entry.id), Consistency::Strong).await?.ok_or(StoreError::Conflict)?;
        let number = row.get("number").and_then(|number| number.as_n().ok());
        if number.is_none_or(|number| *number != entry.draft.number.to_string()) {
            return Err(StoreError::Conflict);
        }
        notebook(&row)
    }

    /// The notebook of a revision.
    pub async fn revision(&self, id: &JourneyId, revision: u32) -> Result<Option<String>, StoreError> {
        let row = self.get(key::revision(id, revision), Consistency::Strong).await?;
        row.map(|row| notebook(&row)).transpose()
    }

    /// Who published a revision, and what was said about it.
    pub async fn publication(&self, id: &JourneyId, revision: u32) -> Result<Option<Publication>, StoreError> {
        self.get(key::publication(id, revision), Consistency::Strong).await?.map(read).transpose()
    }

    /// A page of what was published, newest first, from below a revision on; and whether there is more.
    pub async fn publications(
        &self,
        id: &JourneyId,
        limit: usize,
        below: Option<u32>,
    ) -> Result<(Vec<Publication>, bool), StoreError> {
        let Key { pk, sk: first } = key::publication(id, 0);
        let Key { sk: last, .. } = key::publication(id, below.map_or(u32::MAX, |below| below.saturating_sub(1)));
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .key_condition_expression("#pk = :pk AND #sk BETWEEN :first AND :last")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#sk", SK)
            .expression_attribute_values(":pk", s(pk))
            .expression_attribute_values(":first", s(first))
            .expression_attribute_values(":last", s(last));
        let answer = query.send().await?;
        let more = answer.last_evaluated_key.is_some();
        let publications = answer.items.unwrap_or_default().into_iter().map(read).collect::<Result<_, _>>()?;
        Ok((publications, more))
    }

    /// Writes a change of a journey, all of its rows or none: the entry, its name, a new draft, a new revision, and what
    /// the journeys function reads. `notebook` is the text of whatever is new; a change without a new text needs none.
    /// [`StoreError::Conflict`] when the journey is not what `before` says any more, or the name is somebody else's.
    pub async fn save_journey(
        &self,
        before: Option<&Entry>,
        after: &Entry,
        notebook: Option<&Packed>,
    ) -> Result<(), StoreError> {
        let mut writes = vec![self.entry_write(before, after)?];
        let folded = before.map(|before| key::journey_name(&before.name));
        let name = key::journey_name(&after.name);
        if folded.as_ref() != Some(&name) {
            let row = Item::from([("journey".to_owned(), s(after.id.as_str()))]);
            writes.push(self.put_once(keyed(row, name))?);
            if let Some(former) = folded {
                writes.push(self.delete(former)?);
            }
        }
        if let Some(notebook) = notebook {
            if before.is_none_or(|before| before.draft.number != after.draft.number) {
                let row = Item::from([("number".to_owned(), n(after.draft.number)), packed(notebook)]);
                writes.push(self.put_always(keyed(row, key::draft(&after.id)))?);
            }
            let published = |entry: &Entry| entry.live.as_ref().map(|live| live.revision);
            if let Some(live) = &after.live
                && before.and_then(published) != Some(live.revision)
            {
                let text = keyed(Item::from([packed(notebook)]), key::revision(&after.id, live.revision));
                writes.push(self.put_once(text)?);
                writes.push(self.put_once(item(key::publication(&after.id, live.revision), live)?)?);
            }
        }
        let (was, is) = (before.and_then(JourneyHead::of), JourneyHead::of(after));
        if was != is {
            writes.push(match is {
                Some(head) => self.put_always(item(key::journey(&after.id), &head)?)?,
                None => self.delete(key::journey(&after.id))?,
            });
        }
        self.transact(writes).await
    }

    /// The entry, over the version that was seen.
    fn entry_write(&self, before: Option<&Entry>, after: &Entry) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder().table_name(&self.table).set_item(Some(item(key::entry(&after.id), after)?));
        let put = match before {
            None => put.condition_expression("attribute_not_exists(#pk)").expression_attribute_names("#pk", PK),
            Some(before) => put
                .condition_expression("#version = :seen")
                .expression_attribute_names("#version", "version")
                .expression_attribute_values(":seen", n(before.version)),
        };
        Ok(TransactWriteItem::builder().put(put.build()?).build())
    }

    fn put_once(&self, row: Item) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder().table_name(&self.table).set_item(Some(row));
        let put = put.condition_expression("attribute_not_exists(#pk)").expression_attribute_names("#pk", PK);
        Ok(TransactWriteItem::builder().put(put.build()?).build())
    }

    fn put_always(&self, row: Item) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder().table_name(&self.table).set_item(Some(row));
        Ok(TransactWriteItem::builder().put(put.build()?).build())
    }

    fn delete(&self, key: Key) -> Result<TransactWriteItem, StoreError> {
        let delete = Delete::builder().table_name(&self.table).set_key(Some(key.attributes()));
        Ok(TransactWriteItem::builder().delete(delete.build()?).build())
    }
}

fn keyed(mut row: Item, key: Key) -> Item {
    row.extend(key.attributes());
    row
}

fn packed(notebook: &Packed) -> (String, AttributeValue) {
    (NOTEBOOK.to_owned(), AttributeValue::B(Blob::new(notebook.bytes())))
}

fn notebook(row: &Item) -> Result<String, StoreError> {
    match row.get(NOTEBOOK) {
        Some(AttributeValue::B(blob)) => Packed::unpack(blob.as_ref()),
        _ => Err(StoreError::Unreadable("a revision without a notebook".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use domain::registry::{Stamp, Text, fingerprint};

    use super::*;

    #[test]
    fn only_a_journey_that_runs_has_a_head() {
        let stamp = |second| Stamp { by: "ana".to_owned(), at: Timestamp::from_second(second).unwrap() };
        let mut entry = Entry::new(JourneyId::from("j"), "menu", fingerprint("x"), true, stamp(1)).unwrap();
        assert_eq!(JourneyHead::of(&entry), None);
        let text = Text {
            hash: &fingerprint("x"),
            of: None,
            references: Vec::new(),
            alarms: Vec::new(),
            comment: None,
            migrate: false,
        };
        entry.publish(text, stamp(2)).unwrap();
        let head = JourneyHead::of(&entry).unwrap();
        assert_eq!((head.revision, head.published_at), (1, Timestamp::from_second(2).unwrap()));
        entry.enable(false, stamp(3));
        assert_eq!(JourneyHead::of(&entry), None);
    }

    #[test]
    fn an_entry_reads_back_from_its_item() {
        let stamp = Stamp { by: "ana".to_owned(), at: Timestamp::from_second(1).unwrap() };
        let mut entry = Entry::new(JourneyId::from("j"), "menu", fingerprint("x"), true, stamp.clone()).unwrap();
        let references = vec!["later".to_owned()];
        let text = Text {
            hash: &fingerprint("x"),
            of: None,
            references,
            alarms: vec![ClockAlarm {
                trigger: 1,
                expression: "cron(0 9 * * ? *)".to_owned(),
                time_zone: "America/Lima".to_owned(),
                recurrence: String::from("day 09:00").try_into().ok(),
            }],
            comment: Some("first".to_owned()),
            migrate: true,
        };
        let reads_back = |entry: &Entry| {
            let written = item(key::entry(&entry.id), entry).unwrap();
            assert_eq!(read::<Entry>(written).unwrap(), *entry);
        };
        reads_back(&entry);
        entry.publish(text, stamp.clone()).unwrap();
        reads_back(&entry);
        entry.rename("Menú", stamp.clone()).unwrap();
        reads_back(&entry);
        entry.archive(true, stamp);
        reads_back(&entry);
    }
}
