//! Messages: written once, read by pages, and their delivery states, which only move forward.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use domain::delivery::DeliveryState;
use domain::id::{ContactId, LineId};
use domain::message::{Failure, Message, MessageKey};
use futures::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::item::{Consistency, Item, item, n, read, s, text};
use crate::key::{self, PK, SK};
use crate::{Store, StoreError};

/// The delivery state's rank as an attribute, for conditions.
const RANK: &str = "rank";
/// Until when a sender that claimed a message is believed alive, in milliseconds since 1970.
const LEASE: &str = "lease";

/// What claiming a message led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It is ours to send.
    Ours,
    /// It has been sent, or has failed: nothing is left to do.
    Settled,
    /// Another sender has it and may still be at work.
    Busy,
    /// A sender had it and is gone, or could not tell: it may have been sent. It must not be sent again.
    Unresolved {
        /// When that sender's lease ended.
        since: Timestamp,
    },
}

/// A delivery state that Meta reported.
#[derive(Clone, Debug, Default)]
pub struct Receipt {
    /// Meta's id of the message.
    pub wamid: String,
    /// The furthest state reported.
    pub state: Option<DeliveryState>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// What Meta will charge.
    pub pricing: Option<Value>,
}

/// A page of messages, newest first.
#[derive(Debug)]
pub struct MessagePage {
    /// The messages.
    pub messages: Vec<Message>,
    /// Where the next, older page begins; nothing at the beginning of the conversation.
    pub next: Option<String>,
}

fn message_item(key: &MessageKey, message: &Message) -> Result<Item, StoreError> {
    let mut item = item(key::message(key), message)?;
    if let Some(state) = message.state {
        item.insert(RANK.to_owned(), n(state.rank()));
    }
    Ok(item)
}

impl Store {
    /// Whether a message row is there. A replica may not have it yet, so a `false` is a reason to look again or to do
    /// something that can be repeated.
    pub async fn has_message(&self, contact: &ContactId, line: &LineId, position: &str) -> Result<bool, StoreError> {
        Ok(self.get(key::message_at(contact, line, position), Consistency::Eventual).await?.is_some())
    }

    /// Writes a message unless it is there. Answers whether it was new.
    pub async fn add_message(&self, key: &MessageKey, message: &Message) -> Result<bool, StoreError> {
        self.put_new(message_item(key, message)?).await
    }

    /// Writes a message over whatever stands in its place.
    pub async fn replace_message(&self, key: &MessageKey, message: &Message) -> Result<(), StoreError> {
        self.put(message_item(key, message)?).await
    }

    /// Reads a message.
    pub async fn message(&self, key: &MessageKey) -> Result<Option<Message>, StoreError> {
        match self.get(key::message(key), Consistency::Strong).await? {
            Some(item) => Ok(Some(read(item)?)),
            None => Ok(None),
        }
    }

    /// Reads a page of a conversation, newest first, over all rows of the person (`contacts`: the contact and those
    /// found to be the same person).
    pub async fn messages(
        &self,
        contacts: &[ContactId],
        line: &LineId,
        limit: usize,
        before: Option<&str>,
    ) -> Result<MessagePage, StoreError> {
        let pages = contacts.iter().map(|contact| self.message_items(contact, line, limit, before));
        let prefix = key::messages(line);
        let mut items: Vec<(String, Item)> = try_join_all(pages)
            .await?
            .into_iter()
            .flatten()
            .filter_map(|item| Some((text(&item, SK)?.strip_prefix(&prefix)?.to_owned(), item)))
            .collect();
        items.sort_by(|(a, _), (b, _)| b.cmp(a));
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(|(position, _)| position.clone()) } else { None };
        let mut messages: Vec<Message> = items.into_iter().map(|(_, item)| read(item)).collect::<Result<_, _>>()?;
        // Inbound messages of one second have no order in their keys; the webhook's arrival gives it.
        messages.sort_by_key(|message| std::cmp::Reverse((message.at, message.received_at)));
        Ok(MessagePage { messages, next })
    }

    async fn message_items(
        &self,
        contact: &ContactId,
        line: &LineId,
        limit: usize,
        before: Option<&str>,
    ) -> Result<Vec<Item>, StoreError> {
        let prefix = key::messages(line);
        // `~` sorts after every digit, so without a cursor the range takes in the newest.
        let high = format!("{prefix}{}", before.unwrap_or("~"));
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .scan_index_forward(false)
            .consistent_read(true)
            .limit(i32::try_from(limit + 2).unwrap_or(i32::MAX))
            .key_condition_expression("#pk = :pk AND #sk BETWEEN :low AND :high")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#sk", SK)
            .expression_attribute_values(":pk", s(key::contact_partition(contact)))
            .expression_attribute_values(":low", s(prefix))
            .expression_attribute_values(":high", s(high.clone()))
            .send()
            .await?;
        // BETWEEN takes in its ends, and the cursor names the last message of the page before.
        Ok(answer.items.unwrap_or_default().into_iter().filter(|item| text(item, SK) != Some(high.as_str())).collect())
    }

    /// Claims a message for sending: the row is created, or moved from `queued`, to `sending` with a lease. One
    /// conditional write, which on refusal tells without a further read what state the row is in.
    pub async fn claim(
        &self,
        key: &MessageKey,
        message: &Message,
        lease: SignedDuration,
        now: Timestamp,
    ) -> Result<Claim, StoreError> {
        let mut claimed = message.clone();
        claimed.state = Some(DeliveryState::Sending);
        let mut row = message_item(key, &claimed)?;
        row.insert(LEASE.to_owned(), n(now.as_millisecond().saturating_add(lease.as_millis() as i64)));
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(row))
            .condition_expression("attribute_not_exists(#pk) OR #rank = :queued")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#rank", RANK)
            .expression_attribute_values(":queued", n(DeliveryState::Queued.rank()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let error = match put.send().await {
            Ok(_) => return Ok(Claim::Ours),
            Err(error) => error,
        };
        let Some(aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(refusal)) =
            error.as_service_error()
        else {
            return Err(error.into());
        };
        let old = refusal.item().cloned().unwrap_or_default();
        let number = |name: &str| old.get(name).and_then(|v| v.as_n().ok()).and_then(|v| v.parse::<i64>().ok());
        let rank = number(RANK).and_then(|rank| u8::try_from(rank).ok()).unwrap_or_default();
        Ok(if rank >= DeliveryState::Accepted.rank() {
            Claim::Settled
        } else if rank == DeliveryState::Sending.rank() && number(LEASE).is_some_and(|end| end > now.as_millisecond()) {
            Claim::Busy
        } else {
            let since = number(LEASE).and_then(|end| Timestamp::from_millisecond(end).ok()).unwrap_or(now);
            Claim::Unresolved { since }
        })
    }

    /// Records that the Cloud API accepted a message. Receipts may have come first: the state moves forward only.
    pub async fn record_accepted(&self, key: &MessageKey, wamid: &str) -> Result<(), StoreError> {
        let receipt = Receipt { wamid: wamid.to_owned(), state: Some(DeliveryState::Accepted), ..Receipt::default() };
        self.apply_receipt(key, &receipt).await.map(|_| ())
    }

    /// Moves a message to a state with no id from Meta: failed before or at the Cloud API, or unknown.
    pub async fn record_state(
        &self,
        key: &MessageKey,
        state: DeliveryState,
        failure: Option<Failure>,
    ) -> Result<(), StoreError> {
        self.apply_receipt(key, &Receipt { state: Some(state), failure, ..Receipt::default() }).await.map(|_| ())
    }

    /// Gives a claimed message back, because the Cloud API refused it for now: it is queued again.
    pub async fn release(&self, key: &MessageKey) -> Result<(), StoreError> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key::message(key).attributes()))
            .update_expression("SET #state = :queued, #rank = :rank")
            .condition_expression("#rank = :sending")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#rank", RANK)
            .expression_attribute_values(":queued", serde_dynamo::to_attribute_value(DeliveryState::Queued)?)
            .expression_attribute_values(":rank", n(DeliveryState::Queued.rank()))
            .expression_attribute_values(":sending", n(DeliveryState::Sending.rank()));
        match update.send().await {
            Ok(_) => Ok(()),
            // A receipt has come meanwhile: the message was sent after all, and its row says so.
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Applies what Meta reported about a message. Answers whether there is such a message.
    pub async fn apply_receipt(&self, key: &MessageKey, receipt: &Receipt) -> Result<bool, StoreError> {
        let mut set: BTreeMap<&str, aws_sdk_dynamodb::types::AttributeValue> = BTreeMap::new();
        if !receipt.wamid.is_empty() {
            set.insert("wamid", s(&receipt.wamid));
        }
        if let Some(pricing) = &receipt.pricing {
            set.insert("pricing", s(pricing.to_string()));
        }
        let facts = set.clone();
        if let Some(state) = receipt.state {
            set.insert("state", serde_dynamo::to_attribute_value(state)?);
            set.insert(RANK, n(state.rank()));
            if let Some(failure) = &receipt.failure {
                set.insert("failure", s(serde_json::to_string(failure)?));
            }
            match self.set_if_further(key, set, Some(state)).await? {
                Moved::Yes => return Ok(true),
                Moved::NoSuchMessage => return Ok(false),
                Moved::FurtherAlready => {}
            }
        }
        if facts.is_empty() {
            return Ok(true);
        }
        // The state stays, but the id and the price are news all the same.
        Ok(!matches!(self.set_if_further(key, facts, None).await?, Moved::NoSuchMessage))
    }

    async fn set_if_further(
        &self,
        key: &MessageKey,
        set: BTreeMap<&str, aws_sdk_dynamodb::types::AttributeValue>,
        state: Option<DeliveryState>,
    ) -> Result<Moved, StoreError> {
        let assignments: Vec<String> = set.keys().map(|name| format!("#{name} = :{name}")).collect();
        let mut update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key::message(key).attributes()))
            .update_expression(format!("SET {}", assignments.join(", ")))
            .expression_attribute_names("#pk", PK)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        for (name, value) in set {
            update = update
                .expression_attribute_names(format!("#{name}"), name)
                .expression_attribute_values(format!(":{name}"), value);
        }
        update = match state {
            Some(_) => {
                update.condition_expression("attribute_exists(#pk) AND (attribute_not_exists(#rank) OR #rank < :rank)")
            }
            None => update.condition_expression("attribute_exists(#pk)"),
        };
        match update.send().await {
            Ok(_) => Ok(Moved::Yes),
            Err(error) => match error.as_service_error() {
                Some(aws_sdk_dynamodb::operation::update_item::UpdateItemError::ConditionalCheckFailedException(
                    refusal,
                )) => Ok(if refusal.item().is_some() { Moved::FurtherAlready } else { Moved::NoSuchMessage }),
                _ => Err(error.into()),
            },
        }
    }
}

enum Moved {
    Yes,
    FurtherAlready,
    NoSuchMessage,
}
