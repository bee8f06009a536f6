//! Items as the SDK has them, and the few calls every entity makes.
//!
//! **An answer may be lost though the write took effect.** The SDK then writes again by itself, and the repetition of a
//! conditional write meets what the first one wrote. So each of them says how it knows its own: a put finds the item it
//! wanted to put ([`Store::put_new`], [`Store::put_over`]), a claim of a message its id, an update is refused into the
//! state it asked for, and a transaction carries the token by which DynamoDB itself knows a repetition (the SDK makes
//! one for each, the same for all its attempts).

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::key::{Key, PK, SK};
use crate::{Store, StoreError};

pub(crate) type Item = HashMap<String, AttributeValue>;

/// An item of this key and these attributes.
pub(crate) fn item(key: Key, attributes: &impl Serialize) -> Result<Item, StoreError> {
    let mut item: Item = serde_dynamo::to_item(attributes)?;
    item.extend(key.attributes());
    Ok(item)
}

/// Reads an item.
pub(crate) fn read<T: DeserializeOwned>(item: Item) -> Result<T, StoreError> {
    Ok(serde_dynamo::from_item(item)?)
}

/// The text of an attribute.
pub(crate) fn text<'i>(item: &'i Item, name: &str) -> Option<&'i str> {
    item.get(name).and_then(|value| value.as_s().ok()).map(String::as_str)
}

pub(crate) fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(crate) fn n(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// Whether a read may be answered from a replica that is a moment behind, at half the price.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consistency {
    Eventual,
    Strong,
}

impl Store {
    pub(crate) async fn get(&self, key: Key, consistency: Consistency) -> Result<Option<Item>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key.attributes()))
            .consistent_read(consistency == Consistency::Strong)
            .send()
            .await?;
        Ok(answer.item)
    }

    /// Puts an item unless another of its key is there. Answers whether it was put; the very same item, put before or by
    /// an attempt whose answer was lost, is as good as put now.
    pub(crate) async fn put_new(&self, item: Item) -> Result<bool, StoreError> {
        let put = self
            .client
            .put_item()
            .condition_expression("attribute_not_exists(#pk)")
            .expression_attribute_names("#pk", PK);
        self.put_if(put, item).await
    }

    /// Puts an item over the version that was seen, which is in this attribute; 0 is none yet. [`StoreError::Conflict`]
    /// means that something else is there.
    pub(crate) async fn put_over(&self, item: Item, attribute: &str, seen: u64) -> Result<(), StoreError> {
        let put = self.client.put_item().expression_attribute_names("#version", attribute);
        let put = match seen {
            0 => put.condition_expression("attribute_not_exists(#version)"),
            _ => put.condition_expression("#version = :seen").expression_attribute_values(":seen", n(seen)),
        };
        if self.put_if(put, item).await? { Ok(()) } else { Err(StoreError::Conflict) }
    }

    /// Puts an item on a condition. Answers whether it is there now, by this attempt or by one whose answer was lost.
    async fn put_if(&self, put: PutItemFluentBuilder, item: Item) -> Result<bool, StoreError> {
        let put = put
            .table_name(&self.table)
            .set_item(Some(item.clone()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = put.send().await else { return Ok(true) };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(refusal)) => Ok(refusal.item() == Some(&item)),
            _ => Err(error.into()),
        }
    }

    pub(crate) async fn put(&self, item: Item) -> Result<(), StoreError> {
        self.client.put_item().table_name(&self.table).set_item(Some(item)).send().await?;
        Ok(())
    }

    /// All items of a partition whose sort key begins so, in order. For partitions that stay small.
    pub(crate) async fn all(&self, partition: String, prefix: &str) -> Result<Vec<Item>, StoreError> {
        self.all_of(partition, prefix, Consistency::Eventual).await
    }

    /// The same, as consistent as asked for.
    pub(crate) async fn all_of(
        &self,
        partition: String,
        prefix: &str,
        consistency: Consistency,
    ) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::new();
        let mut start = None;
        loop {
            let mut query = self
                .client
                .query()
                .table_name(&self.table)
                .consistent_read(consistency == Consistency::Strong)
                .expression_attribute_names("#pk", PK)
                .expression_attribute_values(":pk", s(partition.clone()))
                .set_exclusive_start_key(start);
            query = if prefix.is_empty() {
                query.key_condition_expression("#pk = :pk")
            } else {
                query
                    .key_condition_expression("#pk = :pk AND begins_with(#sk, :prefix)")
                    .expression_attribute_names("#sk", SK)
                    .expression_attribute_values(":prefix", s(prefix))
            };
            let answer = query.send().await?;
            items.extend(answer.items.unwrap_or_default());
            match answer.last_evaluated_key {
                Some(key) => start = Some(key),
                None => return Ok(items),
            }
        }
    }
}
