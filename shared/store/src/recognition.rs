//! Carries out what recognition has decided: contacts, their names and their conversations, in one transaction.

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::builders::PutBuilder;
use aws_sdk_dynamodb::types::{ConditionCheck, Delete, Put, TransactWriteItem};
use domain::contact::Contact;
use domain::conversation::Conversation;
use domain::id::{ContactId, LineId};
use domain::joined::Joined;
use domain::recognition::{AliasWrite, Plan, Standing};
use jiff::Timestamp;

use crate::contact::{AliasRow, contact_item};
use crate::conversation::{moved_item, to_item};
use crate::item::{Item, item, n, s};
use crate::key::{self, PK};
use crate::{Store, StoreError};

/// The most items of a transaction.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>
const MOST_ITEMS: usize = 100;

impl Store {
    /// Carries out a plan; `joined` are the conversations of the contacts that it makes one, and `line` is where the event
    /// came in. Answers the contact as it is now. All or nothing: [`StoreError::Conflict`] means that something has
    /// changed since it was read; read it again and plan anew.
    pub async fn carry_out(&self, plan: &Plan, joined: &[Joined], line: &LineId) -> Result<Contact, StoreError> {
        let mut contact = plan.contact.clone();
        if plan.standing == Standing::Unchanged {
            return Ok(contact);
        }
        if plan.standing == Standing::Changed && plan.aliases.is_empty() && plan.absorbed.is_empty() {
            // Nothing but what the person calls themselves: one row, at half the price of a transaction.
            self.save_contact(&mut contact).await?;
            return Ok(contact);
        }
        let mut writes = self.contact_writes(plan, line, joined)?;
        let room = MOST_ITEMS.saturating_sub(writes.len());
        let ahead = ahead(joined, room);
        for some in in_parts(&joined[..ahead], MOST_ITEMS - 1 - plan.absorbed.len()) {
            self.move_ahead(plan, some).await?;
        }
        for joined in &joined[ahead..] {
            writes.push(self.conversation_write(&joined.conversation)?);
            for theirs in &joined.from {
                let put = self.row(moved_item(theirs, &contact.id)?);
                writes.push(on_version(put, "v", theirs.version)?);
            }
        }
        self.transact(writes).await?;
        if plan.standing == Standing::Changed {
            contact.version += 1;
        }
        Ok(contact)
    }

    /// The rows of contacts and names.
    fn contact_writes(
        &self,
        plan: &Plan,
        line: &LineId,
        joined: &[Joined],
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let mut writes = vec![match plan.standing {
            Standing::New => on_version(self.row(contact_item(&plan.contact)?), "version", 0)?,
            Standing::Changed | Standing::Unchanged => self.contact_write(&plan.contact)?,
        }];
        for absorbed in &plan.absorbed {
            let mut absorbed = absorbed.clone();
            absorbed.merged_into = Some(plan.contact.id.clone());
            writes.push(self.contact_write(&absorbed)?);
            let has_one =
                joined.iter().flat_map(|joined| &joined.from).any(|c| c.contact == absorbed.id && c.line == *line);
            if !has_one {
                // Another event of theirs may be about to begin a conversation there, and must look again instead.
                let none = Conversation::new(absorbed.id, line.clone(), Timestamp::UNIX_EPOCH);
                writes.push(on_version(self.row(moved_item(&none, &plan.contact.id)?), "v", 0)?);
            }
        }
        for loser in &plan.dispossessed {
            writes.push(self.contact_write(loser)?);
        }
        for alias in &plan.aliases {
            writes.push(self.alias_write(alias)?);
        }
        Ok(writes)
    }

    /// A contact over the version it was read at.
    fn contact_write(&self, contact: &Contact) -> Result<TransactWriteItem, StoreError> {
        let next = Contact { version: contact.version + 1, ..contact.clone() };
        on_version(self.row(contact_item(&next)?), "version", contact.version)
    }

    fn conversation_write(&self, conversation: &Conversation) -> Result<TransactWriteItem, StoreError> {
        let put = self.row(to_item(conversation, conversation.version + 1)?);
        on_version(put, "v", conversation.version)
    }

    fn alias_write(&self, write: &AliasWrite) -> Result<TransactWriteItem, StoreError> {
        let key = key::alias(&write.alias);
        let seen = |id: &ContactId| s(id.as_str());
        let Some(to) = &write.leads_to else {
            let delete = Delete::builder().table_name(&self.table).set_key(Some(key.attributes()));
            let delete = match &write.seen {
                Some(id) => delete
                    .condition_expression("#contact = :seen")
                    .expression_attribute_names("#contact", "contact")
                    .expression_attribute_values(":seen", seen(id)),
                None => delete.condition_expression("attribute_not_exists(#pk)").expression_attribute_names("#pk", PK),
            };
            return Ok(TransactWriteItem::builder().delete(delete.build()?).build());
        };
        let put = self.row(item(key, &AliasRow { contact: to.clone() })?);
        let put = match &write.seen {
            Some(id) => put
                .condition_expression("#contact = :seen")
                .expression_attribute_names("#contact", "contact")
                .expression_attribute_values(":seen", seen(id)),
            None => put.condition_expression("attribute_not_exists(#pk)").expression_attribute_names("#pk", PK),
        };
        Ok(TransactWriteItem::builder().put(put.build()?).build())
    }

    /// Moves conversations to the contact that stays before the contacts become one: only those that find no place in
    /// the transaction that does so. They move only while all the contacts are what they were.
    async fn move_ahead(&self, plan: &Plan, joined: &[Joined]) -> Result<(), StoreError> {
        let mut writes = Vec::new();
        for contact in plan.absorbed.iter().chain([&plan.contact]) {
            let check = ConditionCheck::builder()
                .table_name(&self.table)
                .set_key(Some(key::contact(&contact.id).attributes()))
                .condition_expression("#version = :seen")
                .expression_attribute_names("#version", "version")
                .expression_attribute_values(":seen", n(contact.version))
                .build()?;
            writes.push(TransactWriteItem::builder().condition_check(check).build());
        }
        for joined in joined {
            writes.push(self.conversation_write(&joined.conversation)?);
            for theirs in &joined.from {
                let delete = Delete::builder()
                    .table_name(&self.table)
                    .set_key(Some(key::conversation(&theirs.contact, &theirs.line).attributes()))
                    .condition_expression("#v = :seen")
                    .expression_attribute_names("#v", "v")
                    .expression_attribute_values(":seen", n(theirs.version))
                    .build()?;
                writes.push(TransactWriteItem::builder().delete(delete).build());
            }
        }
        self.transact(writes).await
    }

    fn row(&self, item: Item) -> PutBuilder {
        Put::builder().table_name(&self.table).set_item(Some(item))
    }

    /// Writes all or nothing. The SDK gives each transaction a token of its own, which makes a repetition after a lost
    /// answer succeed and change nothing.
    pub(crate) async fn transact(&self, writes: Vec<TransactWriteItem>) -> Result<(), StoreError> {
        let Err(error) = self.client.transact_write_items().set_transact_items(Some(writes)).send().await else {
            return Ok(());
        };
        Err(match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => cancelled.into(),
            _ => error.into(),
        })
    }
}

/// A write that holds only while the row has this version; 0 is no row.
fn on_version(put: PutBuilder, attribute: &str, seen: u64) -> Result<TransactWriteItem, StoreError> {
    let put = put.expression_attribute_names("#version", attribute);
    let put = match seen {
        0 => put.condition_expression("attribute_not_exists(#version)"),
        _ => put.condition_expression("#version = :seen").expression_attribute_values(":seen", n(seen)),
    };
    Ok(TransactWriteItem::builder().put(put.build()?).build())
}

/// How many items a line takes.
fn size(joined: &Joined) -> usize {
    1 + joined.from.len()
}

/// How many of these, from the first, must go ahead so that the others find room.
fn ahead(joined: &[Joined], room: usize) -> usize {
    let mut left: usize = joined.iter().map(size).sum();
    let mut ahead = 0;
    for joined in joined {
        if left <= room {
            break;
        }
        left -= size(joined);
        ahead += 1;
    }
    ahead
}

/// The same, in parts of at most so many items.
fn in_parts(joined: &[Joined], room: usize) -> Vec<&[Joined]> {
    let (mut parts, mut begin, mut taken) = (Vec::new(), 0, 0);
    for (at, it) in joined.iter().enumerate() {
        if taken + size(it) > room {
            parts.push(&joined[begin..at]);
            (begin, taken) = (at, 0);
        }
        taken += size(it);
    }
    if begin < joined.len() {
        parts.push(&joined[begin..]);
    }
    parts
}
