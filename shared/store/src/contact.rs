//! Contacts and their aliases.

use domain::contact::Contact;
use domain::conversation::Conversation;
use domain::id::{ContactId, LineId};
use domain::person::Alias;
use domain::recognition::Rows;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::conversation::{from_item, is_moved};
use crate::item::{Consistency, Item, item, read, s, text};
use crate::key::{self, PK, SK};
use crate::{Store, StoreError};

/// So many merges are followed from one contact to the next. Each makes one of two, so they never lead back; the bound
/// only keeps a damaged table from holding us for ever.
const MOST_MERGES: usize = 1000;

#[derive(Serialize, Deserialize)]
pub(crate) struct AliasRow {
    pub(crate) contact: ContactId,
}

/// A contact with its conversation on one line, if there is one.
pub type Found = (Contact, Option<Conversation>);

fn contact_from(item: Item) -> Result<Contact, StoreError> {
    let row: ContactRow = read(item)?;
    let mut contact = row.contact;
    contact.fields = serde_json::from_str(&row.fields)?;
    Ok(contact)
}

pub(crate) fn contact_item(contact: &Contact) -> Result<Item, StoreError> {
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

    /// What the table says about the names in an event: see [`Rows`].
    pub async fn rows(&self, names: &[Alias]) -> Result<Rows, StoreError> {
        let mut rows = Rows::default();
        for name in names {
            let Some(id) = self.whose(name).await? else { continue };
            rows.names.insert(name.clone(), id.clone());
            if !rows.contacts.iter().any(|contact| contact.is(&id))
                && let Some(contact) = self.contact(&id).await?
                && !rows.contacts.iter().any(|known| known.id == contact.id)
            {
                rows.contacts.push(contact);
            }
        }
        let others: Vec<Alias> = rows.contacts.iter().flat_map(Contact::aliases).collect();
        for name in others.iter().filter(|name| !names.contains(name)) {
            if let Some(id) = self.whose(name).await? {
                rows.names.insert(name.clone(), id);
            }
        }
        Ok(rows)
    }

    /// Reads a contact, following merges.
    pub async fn contact(&self, id: &ContactId) -> Result<Option<Contact>, StoreError> {
        let mut id = id.clone();
        for _ in 0..MOST_MERGES {
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
        for _ in 0..MOST_MERGES {
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
            let conversation = take(&high.sk).filter(|item| !is_moved(item));
            let conversation = conversation.map(|item| from_item(&id, item)).transpose()?;
            return Ok(Some((contact, conversation)));
        }
        Err(StoreError::Unreadable(format!("the contact {id} is merged in a circle")))
    }

    /// Writes a contact alone, on the version it was read at.
    pub async fn save_contact(&self, contact: &mut Contact) -> Result<(), StoreError> {
        let mut next = contact.clone();
        next.version += 1;
        self.put_over(contact_item(&next)?, "version", contact.version).await?;
        *contact = next;
        Ok(())
    }

    /// All conversations of a contact.
    pub async fn conversations_of(&self, contact: &ContactId) -> Result<Vec<Conversation>, StoreError> {
        let partition = key::contact_partition(contact);
        let items = self.all_of(partition, key::CONVERSATIONS, Consistency::Strong).await?;
        items.into_iter().filter(|item| !is_moved(item)).map(|item| from_item(contact, item)).collect()
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
}
