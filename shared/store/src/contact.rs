//! Contacts and their aliases.

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use domain::contact::Contact;
use domain::conversation::Conversation;
use domain::id::{ContactId, LineId};
use domain::person::{Alias, AliasKind};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::conversation::{from_item, to_item};
use crate::item::{Consistency, Item, item, n, read, s, text};
use crate::key::{self, PK, SK};
use crate::{Store, StoreError};

#[derive(Serialize, Deserialize)]
struct AliasRow {
    contact: ContactId,
}

/// A contact with its conversation on one line, if there is one.
pub type Found = (Contact, Option<Conversation>);

/// An alias that is taken from the contact it named until now.
#[derive(Clone, Debug)]
pub struct TakenFrom {
    /// The alias.
    pub alias: Alias,
    /// Whose it was.
    pub contact: ContactId,
}

fn contact_from(item: Item) -> Result<Contact, StoreError> {
    let row: ContactRow = read(item)?;
    let mut contact = row.contact;
    contact.fields = serde_json::from_str(&row.fields)?;
    Ok(contact)
}

fn contact_item(contact: &Contact) -> Result<Item, StoreError> {
    let fields = serde_json::to_string(&contact.fields)?;
    let mut contact = contact.clone();
    contact.fields = Map::new();
    let key = key::contact(&contact.id);
    item(key, &ContactRow { contact, fields })
}

/// A contact as the table keeps it: profile fields are JSON text, so that their types come back as they were.
#[derive(Serialize, Deserialize)]
struct ContactRow {
    #[serde(flatten)]
    contact: Contact,
    #[serde(rename = "profile", default = "no_fields")]
    fields: String,
}

fn no_fields() -> String {
    "{}".to_owned()
}

impl Store {
    /// Whose name this is.
    pub async fn whose(&self, alias: &Alias) -> Result<Option<ContactId>, StoreError> {
        match self.get(key::alias(alias), Consistency::Eventual).await? {
            Some(item) => Ok(Some(read::<AliasRow>(item)?.contact)),
            None => Ok(None),
        }
    }

    /// The contacts that these names lead to, by the kind of the name. A contact that was merged into another leads
    /// there.
    pub async fn named(&self, aliases: &[Alias]) -> Result<Vec<(AliasKind, Contact)>, StoreError> {
        let mut found = Vec::new();
        for alias in aliases {
            if let Some(id) = self.whose(alias).await?
                && let Some(contact) = self.contact(&id).await?
            {
                found.push((alias.kind, contact));
            }
        }
        Ok(found)
    }

    /// Reads a contact, following merges.
    pub async fn contact(&self, id: &ContactId) -> Result<Option<Contact>, StoreError> {
        let mut id = id.clone();
        // A chain longer than this would be a loop.
        for _ in 0..8 {
            let Some(item) = self.get(key::contact(&id), Consistency::Strong).await? else { return Ok(None) };
            let contact = contact_from(item)?;
            match contact.merged_into {
                Some(into) => id = into,
                None => return Ok(Some(contact)),
            }
        }
        Err(StoreError::Unreadable(format!("the contact {id} is merged in a circle")))
    }

    /// Reads all that an event needs, a contact and its conversation on a line, in one strongly consistent query.
    /// A contact that was merged into another leads there.
    pub async fn person(&self, id: &ContactId, line: &LineId) -> Result<Option<Found>, StoreError> {
        let mut id = id.clone();
        for _ in 0..8 {
            let (low, high) = (key::contact(&id), key::conversation(&id, line));
            let answer = self
                .client
                .query()
                .table_name(&self.table)
                .consistent_read(true)
                .key_condition_expression("#pk = :pk AND #sk BETWEEN :low AND :high")
                .expression_attribute_names("#pk", PK)
                .expression_attribute_names("#sk", SK)
                .expression_attribute_values(":pk", s(low.pk))
                .expression_attribute_values(":low", s(low.sk.clone()))
                .expression_attribute_values(":high", s(high.sk.clone()))
                .send()
                .await?;
            let mut items = answer.items.unwrap_or_default();
            let mut take = |sort: &str| {
                let index = items.iter().position(|item| text(item, SK) == Some(sort))?;
                Some(items.swap_remove(index))
            };
            let Some(contact) = take(&low.sk) else { return Ok(None) };
            let contact = contact_from(contact)?;
            if let Some(into) = contact.merged_into {
                id = into;
                continue;
            }
            let conversation = take(&high.sk).map(|item| from_item(&id, item)).transpose()?;
            return Ok(Some((contact, conversation)));
        }
        Err(StoreError::Unreadable(format!("the contact {id} is merged in a circle")))
    }

    /// Creates a contact together with its aliases, taking from others those that changed hands. All or nothing:
    /// [`StoreError::Conflict`] means that somebody was quicker, and nothing was written.
    pub async fn create_contact(&self, contact: &Contact, taken: &[TakenFrom]) -> Result<(), StoreError> {
        let mut writes = vec![self.put_if_new(contact_item(contact)?)?];
        writes.extend(self.alias_writes(contact, taken)?);
        self.transact(writes).await
    }

    /// Writes a contact on the version it was read at, with all its aliases; `released` names no longer lead to it.
    pub async fn update_contact(
        &self,
        contact: &mut Contact,
        taken: &[TakenFrom],
        released: &[Alias],
    ) -> Result<(), StoreError> {
        let mut writes = vec![self.put_on_version(contact)?];
        writes.extend(self.alias_writes(contact, taken)?);
        for alias in released {
            let delete = Delete::builder()
                .table_name(&self.table)
                .set_key(Some(key::alias(alias).attributes()))
                .condition_expression("attribute_not_exists(#pk) OR #contact = :mine")
                .expression_attribute_names("#pk", PK)
                .expression_attribute_names("#contact", "contact")
                .expression_attribute_values(":mine", s(contact.id.as_str()))
                .build()?;
            writes.push(TransactWriteItem::builder().delete(delete).build());
        }
        self.transact(writes).await?;
        contact.version += 1;
        Ok(())
    }

    /// Writes a contact alone, on the version it was read at.
    pub async fn save_contact(&self, contact: &mut Contact) -> Result<(), StoreError> {
        let mut next = contact.clone();
        next.version += 1;
        self.put_over(contact_item(&next)?, "version", contact.version).await?;
        *contact = next;
        Ok(())
    }

    /// Makes two rows one: `keep` has absorbed `absorb`, whose row from now on only leads to it. The conversations
    /// given are those of `keep` as they are to be; those of `absorb` on the same lines go.
    pub async fn merge_contacts(
        &self,
        keep: &mut Contact,
        absorb: &mut Contact,
        conversations: &[Conversation],
    ) -> Result<(), StoreError> {
        let taken: Vec<TakenFrom> = absorb
            .person()
            .aliases()
            .into_iter()
            .map(|alias| TakenFrom { alias, contact: absorb.id.clone() })
            .collect();
        absorb.merged_into = Some(keep.id.clone());
        let mut writes = vec![self.put_on_version(keep)?, self.put_on_version(absorb)?];
        writes.extend(self.alias_writes(keep, &taken)?);
        for conversation in conversations {
            let version = conversation.version;
            let put = Put::builder()
                .table_name(&self.table)
                .set_item(Some(to_item(conversation, version + 1)?))
                .expression_attribute_names("#v", "v");
            let put = if version == 0 {
                put.condition_expression("attribute_not_exists(#v)")
            } else {
                put.condition_expression("#v = :v").expression_attribute_values(":v", n(version))
            };
            writes.push(TransactWriteItem::builder().put(put.build()?).build());
            let gone = key::conversation(&absorb.id, &conversation.line).attributes();
            let delete = Delete::builder().table_name(&self.table).set_key(Some(gone)).build()?;
            writes.push(TransactWriteItem::builder().delete(delete).build());
        }
        self.transact(writes).await?;
        keep.version += 1;
        absorb.version += 1;
        Ok(())
    }

    /// All conversations of a contact.
    pub async fn conversations_of(&self, contact: &ContactId) -> Result<Vec<Conversation>, StoreError> {
        let items = self.all(key::contact_partition(contact), key::CONVERSATIONS).await?;
        items.into_iter().map(|item| from_item(contact, item)).collect()
    }

    /// Applies the field changes that a conversation's commit decided, once: a repetition, or one that a later commit
    /// has overtaken, changes nothing. `contact` is what the caller has read; it is read again if it has changed.
    pub async fn apply_fields(
        &self,
        contact: &Contact,
        line: &LineId,
        version: u64,
        fields: &Map<String, Value>,
    ) -> Result<(), StoreError> {
        let mut contact = contact.clone();
        loop {
            if contact.applied.get(line.as_str()).is_some_and(|applied| *applied >= version) {
                return Ok(());
            }
            contact.set_fields(fields);
            contact.applied.insert(line.as_str().to_owned(), version);
            match self.save_contact(&mut contact).await {
                Err(StoreError::Conflict) => match self.contact(&contact.id).await? {
                    Some(present) => contact = present,
                    None => return Ok(()),
                },
                done => return done,
            }
        }
    }

    fn put_if_new(&self, item: Item) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(#pk)")
            .expression_attribute_names("#pk", PK)
            .build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn put_on_version(&self, contact: &Contact) -> Result<TransactWriteItem, StoreError> {
        let mut next = contact.clone();
        next.version += 1;
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(contact_item(&next)?))
            .condition_expression("#version = :version")
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":version", n(contact.version))
            .build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// A row for each alias of the contact. One that leads elsewhere stops the transaction, unless it is taken.
    fn alias_writes(&self, contact: &Contact, taken: &[TakenFrom]) -> Result<Vec<TransactWriteItem>, StoreError> {
        let write = |alias: Alias| {
            let from = taken.iter().find(|taken| taken.alias == alias).map_or(&contact.id, |taken| &taken.contact);
            let put = Put::builder()
                .table_name(&self.table)
                .set_item(Some(item(key::alias(&alias), &AliasRow { contact: contact.id.clone() })?))
                .condition_expression("attribute_not_exists(#pk) OR #contact IN (:mine, :from)")
                .expression_attribute_names("#pk", PK)
                .expression_attribute_names("#contact", "contact")
                .expression_attribute_values(":mine", s(contact.id.as_str()))
                .expression_attribute_values(":from", s(from.as_str()))
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
                .build()?;
            Ok(TransactWriteItem::builder().put(put).build())
        };
        contact.person().aliases().into_iter().map(write).collect()
    }

    pub(crate) async fn transact(&self, writes: Vec<TransactWriteItem>) -> Result<(), StoreError> {
        match self.client.transact_write_items().set_transact_items(Some(writes)).send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => cancelled.into(),
                _ => error.into(),
            }),
        }
    }
}
