//! Messages: written once, read by pages, and their delivery states, which only move forward.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use domain::amendment::Amended;
use domain::delivery::{DeliveryState, News, Pricing, Receipt};
use domain::id::{ContactId, LineId, MessageId};
use domain::message::{Failure, Message, MessageKey, position};
use futures::future::try_join_all;
use jiff::Timestamp;

use crate::item::{Consistency, Item, item, n, read, s, text};
use crate::key::{self, PK, SK};
use crate::{Store, StoreError};

/// The delivery state's rank as an attribute, for conditions.
pub(crate) const RANK: &str = "rank";
/// Until when a sender that claimed a message is believed alive, in milliseconds since 1970.
const LEASE: &str = "lease";
/// Which claim it was, so that one whose answer was lost is known again.
const CLAIM: &str = "claim";
/// How often the Cloud API has refused it for now.
const REFUSALS: &str = "refusals";
/// How often the Cloud API has reported a fault of its own.
const DOUBTS: &str = "doubts";
/// From when on a message of unknown fate may be sent again, in milliseconds since 1970. Where it is missing, never.
const AGAIN: &str = "again";
/// The rank of the state that the price came with.
const PRICED: &str = "priced";

/// What the Cloud API has answered to a message so far, as far as is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tries {
    /// How often it has refused it for now.
    pub refusals: u32,
    /// How often it has reported a fault of its own.
    pub doubts: u32,
}

/// Who claims a message.
#[derive(Clone, Debug)]
pub struct Claimant {
    /// An id of this attempt to handle the message and of no other.
    pub id: String,
    /// Now.
    pub now: Timestamp,
    /// Until when it is believed alive.
    pub lease: Timestamp,
}

/// What claiming a message led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It is ours to send.
    Ours(Tries),
    /// It has been sent, or has failed: nothing is left to do.
    Settled,
    /// Another sender has it and may still be at work.
    Busy,
    /// The Cloud API reported a fault of its own: should no receipt say that the message was sent all the same, it may
    /// be sent again from then on.
    Doubted {
        /// When.
        again: Timestamp,
    },
    /// A sender had it and is gone, or could not tell: it may have been sent. It must not be sent again.
    Unresolved {
        /// When that sender's lease ended.
        since: Timestamp,
    },
}

/// A page of messages, newest first.
#[derive(Debug)]
pub struct MessagePage {
    /// The messages.
    pub messages: Vec<Message>,
    /// Where the next, older page begins; nothing at the beginning of the conversation.
    pub next: Option<String>,
}

pub(crate) fn message_item(key: &MessageKey, message: &Message) -> Result<Item, StoreError> {
    let mut item = item(key::message(key), message)?;
    if let Some(state) = message.state {
        item.insert(RANK.to_owned(), n(state.rank()));
    }
    Ok(item)
}

/// A message with its name.
fn named(contact: &ContactId, line: &LineId, item: Item) -> Result<(MessageKey, Message), StoreError> {
    let message: Message = read(item)?;
    let (contact, line, id) = (contact.clone(), line.clone(), message.id.clone());
    Ok((MessageKey { contact, line, at: message.at, id }, message))
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

    /// What stands in the second that begins at this moment, in milliseconds since 1970, in order.
    pub async fn messages_of_second(
        &self,
        contact: &ContactId,
        line: &LineId,
        second: i64,
    ) -> Result<Vec<(MessageKey, Message)>, StoreError> {
        let mut found = Vec::new();
        let mut start = None;
        loop {
            let query = self.between(contact, line, (second, second + 999)).set_exclusive_start_key(start);
            let answer = query.send().await?;
            for item in answer.items.into_iter().flatten() {
                found.push(named(contact, line, item)?);
            }
            match answer.last_evaluated_key {
                Some(key) => start = Some(key),
                None => return Ok(found),
            }
        }
    }

    /// Finds a message by its id among those that stand between two moments, in milliseconds since 1970, the ends
    /// included. The later the sooner.
    pub async fn message_between(
        &self,
        contact: &ContactId,
        line: &LineId,
        id: &MessageId,
        moments: (i64, i64),
    ) -> Result<Option<(MessageKey, Message)>, StoreError> {
        let mut start = None;
        loop {
            let query = self
                .between(contact, line, moments)
                .scan_index_forward(false)
                .filter_expression("#id = :id")
                .expression_attribute_names("#id", "id")
                .expression_attribute_values(":id", s(id.as_str()))
                .set_exclusive_start_key(start);
            let answer = query.send().await?;
            if let Some(item) = answer.items.into_iter().flatten().next() {
                return Ok(Some(named(contact, line, item)?));
            }
            match answer.last_evaluated_key {
                Some(key) => start = Some(key),
                None => return Ok(None),
            }
        }
    }

    /// A query of all that stands between two moments, the ends included.
    fn between(&self, contact: &ContactId, line: &LineId, (from, to): (i64, i64)) -> QueryFluentBuilder {
        let sort = |at, id| s(key::message_at(contact, line, &position(at, id)).sk);
        self.client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("#pk = :pk AND #sk BETWEEN :low AND :high")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#sk", SK)
            .expression_attribute_values(":pk", s(key::contact_partition(contact)))
            .expression_attribute_values(":low", sort(from, ""))
            .expression_attribute_values(":high", sort(to, "~")) // sorts after every id
    }

    /// Applies an edit or a deletion to the message it is about. One that is applied already changes nothing, nor does
    /// one whose message is not there. Those of one message must come one after the other.
    pub async fn amend_message(&self, Amended { key, amendment }: &Amended) -> Result<(), StoreError> {
        let Some(mut message) = self.message(key).await? else { return Ok(()) };
        if !message.amend(amendment) {
            return Ok(());
        }
        let row = message_item(key, &message)?;
        // Only what an amendment changes: the state of the message may move meanwhile.
        let changes: Vec<(&str, _)> = ["type", "content", "history", "edited", "deleted_at"]
            .into_iter()
            .filter_map(|name| Some((name, row.get(name)?.clone())))
            .collect();
        let assignments: Vec<String> = changes.iter().map(|(name, _)| format!("#{name} = :{name}")).collect();
        let mut update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key::message(key).attributes()))
            .update_expression(format!("SET {}", assignments.join(", ")))
            .condition_expression("attribute_exists(#pk)")
            .expression_attribute_names("#pk", PK);
        for (name, value) in changes {
            update = update
                .expression_attribute_names(format!("#{name}"), name)
                .expression_attribute_values(format!(":{name}"), value);
        }
        update.send().await?;
        Ok(())
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
        let messages = items.into_iter().map(|(_, item)| read(item)).collect::<Result<_, _>>()?;
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

    /// Claims a message for sending: the row is created, or moved from `queued` (or from a doubt whose time has come) to
    /// `sending`, with a lease. One conditional write, which on refusal tells without a further read what state the row
    /// is in, and whether the claim that stands there is this very one, whose answer was lost.
    pub async fn claim(&self, key: &MessageKey, message: &Message, by: &Claimant) -> Result<Claim, StoreError> {
        let mut claimed = message.clone();
        claimed.state = Some(DeliveryState::Sending);
        let mut row = message_item(key, &claimed)?;
        row.insert(LEASE.to_owned(), n(by.lease.as_millisecond()));
        row.insert(CLAIM.to_owned(), s(&by.id));
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(row))
            .condition_expression(
                "attribute_not_exists(#pk) OR #rank = :queued OR (#rank = :unknown AND #again <= :now)",
            )
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#rank", RANK)
            .expression_attribute_names("#again", AGAIN)
            .expression_attribute_values(":queued", n(DeliveryState::Queued.rank()))
            .expression_attribute_values(":unknown", n(DeliveryState::Unknown.rank()))
            .expression_attribute_values(":now", n(by.now.as_millisecond()))
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match put.send().await {
            Ok(put) => Ok(Claim::Ours(put.attributes.as_ref().map(tries).unwrap_or_default())),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(refusal)) => {
                    Ok(standing_claim(&refusal.item().cloned().unwrap_or_default(), by))
                }
                _ => Err(error.into()),
            },
        }
    }

    /// Gives a claimed message back that certainly was not sent: it is queued again.
    pub async fn release(&self, key: &MessageKey, claim: &str, tries: Tries) -> Result<(), StoreError> {
        self.give_back(key, claim, tries, DeliveryState::Queued, None).await
    }

    /// Leaves a claimed message as of unknown fate, to be sent again from `again` on should no receipt come.
    pub async fn doubt(&self, key: &MessageKey, claim: &str, tries: Tries, again: Timestamp) -> Result<(), StoreError> {
        self.give_back(key, claim, tries, DeliveryState::Unknown, Some(again)).await
    }

    async fn give_back(
        &self,
        key: &MessageKey,
        claim: &str,
        tries: Tries,
        state: DeliveryState,
        again: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let set = "SET #state = :state, #rank = :rank, #refusals = :refusals, #doubts = :doubts";
        let mut update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key::message(key).attributes()))
            .condition_expression("#rank = :sending AND #claim = :claim")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#rank", RANK)
            .expression_attribute_names("#refusals", REFUSALS)
            .expression_attribute_names("#doubts", DOUBTS)
            .expression_attribute_names("#claim", CLAIM)
            .expression_attribute_values(":state", serde_dynamo::to_attribute_value(state)?)
            .expression_attribute_values(":rank", n(state.rank()))
            .expression_attribute_values(":refusals", n(tries.refusals))
            .expression_attribute_values(":doubts", n(tries.doubts))
            .expression_attribute_values(":claim", s(claim))
            .expression_attribute_values(":sending", n(DeliveryState::Sending.rank()));
        update = match again {
            Some(again) => update
                .update_expression(format!("{set}, #again = :again"))
                .expression_attribute_names("#again", AGAIN)
                .expression_attribute_values(":again", n(again.as_millisecond())),
            None => update.update_expression(set),
        };
        match update.send().await {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                // A receipt has come meanwhile (the message was sent after all, and its row says so), or this is the
                // repetition of an update whose answer was lost.
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
                _ => Err(error.into()),
            },
        }
    }

    /// Records that the Cloud API accepted a message. Receipts may have come first: the state moves forward only.
    pub async fn record_accepted(&self, key: &MessageKey, wamid: &str) -> Result<(), StoreError> {
        let receipt = Receipt { wamid: wamid.to_owned(), ..Receipt::of(DeliveryState::Accepted) };
        self.apply_receipt(key, &receipt).await.map(|_| ())
    }

    /// Moves a message to a state with no id from Meta: failed before or at the Cloud API, or unknown.
    pub async fn record_state(
        &self,
        key: &MessageKey,
        state: DeliveryState,
        failure: Option<Failure>,
    ) -> Result<(), StoreError> {
        self.apply_receipt(key, &Receipt { failure, ..Receipt::of(state) }).await.map(|_| ())
    }

    /// Applies what was told about a message. Answers whether there is such a message. One write where all of it is
    /// news; where the row knows a part already, the refusal says which, and the rest is written.
    pub async fn apply_receipt(&self, key: &MessageKey, receipt: &Receipt) -> Result<bool, StoreError> {
        let mut standing: Option<Receipt> = None;
        // A row only moves forward, so this ends; the number is for a row that cannot be.
        for _ in 0..16 {
            let news = receipt.news(standing.as_ref());
            if news.is_empty() {
                return Ok(true);
            }
            match self.tell(key, receipt, news).await? {
                Told::Written => return Ok(true),
                Told::NoSuchMessage => return Ok(false),
                Told::Standing(found) => standing = Some(found),
            }
        }
        Err(StoreError::Conflict)
    }

    /// Writes this part of a receipt, if the row does not know it yet.
    async fn tell(&self, key: &MessageKey, receipt: &Receipt, news: News) -> Result<Told, StoreError> {
        let mut set = Vec::new();
        let mut remove = "";
        let mut conditions = vec!["attribute_exists(#pk)"];
        let mut update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key::message(key).attributes()))
            .expression_attribute_names("#pk", PK)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        if news.wamid {
            set.push("wamid = :wamid");
            update = update.expression_attribute_values(":wamid", s(&receipt.wamid));
        }
        if let Some(state) = receipt.state.filter(|_| news.state) {
            set.push("#state = :state, #rank = :rank");
            update = update
                .expression_attribute_names("#state", "state")
                .expression_attribute_names("#rank", RANK)
                .expression_attribute_values(":state", serde_dynamo::to_attribute_value(state)?)
                .expression_attribute_values(":rank", n(state.rank()));
            match receipt.failure_text() {
                Some(failure) => {
                    set.push("failure = :failure");
                    conditions.push(
                        "(attribute_not_exists(#rank) OR #rank < :rank \
                         OR (#rank = :rank AND (attribute_not_exists(failure) OR failure < :failure)))",
                    );
                    update = update.expression_attribute_values(":failure", s(failure));
                }
                None => {
                    remove = " REMOVE failure";
                    conditions.push("(attribute_not_exists(#rank) OR #rank < :rank)");
                }
            }
        }
        if let Some(pricing) = receipt.pricing.as_ref().filter(|_| news.pricing) {
            set.push("pricing = :pricing, #priced = :priced");
            conditions.push(
                "(attribute_not_exists(#priced) OR #priced < :priced OR (#priced = :priced AND pricing < :pricing))",
            );
            update = update
                .expression_attribute_names("#priced", PRICED)
                .expression_attribute_values(":priced", n(pricing.rank))
                .expression_attribute_values(":pricing", s(pricing.object.to_string()));
        }
        let update = update
            .update_expression(format!("SET {}{remove}", set.join(", ")))
            .condition_expression(conditions.join(" AND "));
        match update.send().await {
            Ok(_) => Ok(Told::Written),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refusal)) => Ok(match refusal.item() {
                    Some(item) => Told::Standing(standing(item)?),
                    None => Told::NoSuchMessage,
                }),
                _ => Err(error.into()),
            },
        }
    }
}

enum Told {
    Written,
    /// The row knows some of it already.
    Standing(Receipt),
    NoSuchMessage,
}

fn number(item: &Item, name: &str) -> Option<i64> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

fn tries(item: &Item) -> Tries {
    let count = |name| number(item, name).and_then(|count| u32::try_from(count).ok()).unwrap_or_default();
    Tries { refusals: count(REFUSALS), doubts: count(DOUBTS) }
}

fn moment(item: &Item, name: &str) -> Option<Timestamp> {
    Timestamp::from_millisecond(number(item, name)?).ok()
}

/// What the claim comes to that stands in a row.
fn standing_claim(row: &Item, by: &Claimant) -> Claim {
    let rank = number(row, RANK).and_then(|rank| u8::try_from(rank).ok()).unwrap_or_default();
    let (sending, unknown) = (rank == DeliveryState::Sending.rank(), rank == DeliveryState::Unknown.rank());
    if rank >= DeliveryState::Accepted.rank() {
        Claim::Settled
    } else if sending && text(row, CLAIM) == Some(by.id.as_str()) {
        Claim::Ours(tries(row))
    } else if sending && moment(row, LEASE).is_some_and(|end| end > by.now) {
        Claim::Busy
    } else if let Some(again) = moment(row, AGAIN).filter(|again| unknown && *again > by.now) {
        Claim::Doubted { again }
    } else {
        Claim::Unresolved { since: moment(row, LEASE).unwrap_or(by.now) }
    }
}

/// What a row knows of its message.
fn standing(row: &Item) -> Result<Receipt, StoreError> {
    let message: Message = read(row.clone())?;
    let rank = number(row, PRICED).and_then(|rank| u8::try_from(rank).ok());
    Ok(Receipt {
        wamid: message.wamid.unwrap_or_default(),
        state: message.state,
        failure: message.failure,
        pricing: message.pricing.zip(rank).map(|(object, rank)| Pricing { rank, object }),
    })
}
