//! What a request to DynamoDB consumes, by the published rules.
//!
//! Writes: 1 unit a started KB of the larger of the old and the new item, twice that in a transaction; each index whose
//! entry changes is charged for itself. Reads: 1 unit a started 4 KB, half of it when eventually consistent, twice in a
//! transaction; a query is charged on the sum of its items.
//! (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html>)
//!
//! The embedded database reports these for whatever succeeds. A refused condition reports nothing and yet is charged:
//! a single write for the size of the item that is there (1 unit at least;
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithItems.html>), a cancelled transaction
//! for all its actions. That is worked out here.

use dynoxide::{
    AttributeValue, Database,
    actions::{describe_table::DescribeTableRequest, get_item::GetItemRequest},
    types::{TRANSACTIONAL_CAPACITY_FACTOR, item_size, write_capacity_units},
};
use serde::Deserialize;
use std::collections::HashMap;

/// Units consumed.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Units {
    pub(crate) read: f64,
    pub(crate) write: f64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Consumed {
    capacity_units: f64,
    read_capacity_units: Option<f64>,
    write_capacity_units: Option<f64>,
}

/// One table's consumption, or one for each table of a batch.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(Consumed),
    Many(Vec<Consumed>),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    consumed_capacity: Option<OneOrMany>,
}

/// What an answer reports.
pub(crate) fn of_answer(operation: &str, body: &[u8]) -> Units {
    let reads = matches!(operation, "GetItem" | "Query" | "Scan" | "BatchGetItem" | "TransactGetItems");
    let Ok(Answer { consumed_capacity: Some(consumed) }) = serde_json::from_slice(body) else {
        return Units::default();
    };
    let each = match consumed {
        OneOrMany::One(one) => vec![one],
        OneOrMany::Many(many) => many,
    };
    each.into_iter().fold(Units::default(), |sum, one| {
        let (read, write) = match (one.read_capacity_units, one.write_capacity_units) {
            (None, None) if reads => (one.capacity_units, 0.0),
            (None, None) => (0.0, one.capacity_units),
            (read, write) => (read.unwrap_or(0.0), write.unwrap_or(0.0)),
        };
        Units { read: sum.read + read, write: sum.write + write }
    })
}

type Item = HashMap<String, AttributeValue>;

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Write {
    table_name: String,
    item: Option<Item>,
    key: Option<Item>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Transaction {
    transact_items: Vec<HashMap<String, Write>>,
}

#[derive(Deserialize)]
struct Refusal {
    #[serde(rename = "__type")]
    name: String,
}

/// What a refused request consumed all the same.
pub(crate) fn of_refusal(database: &Database, operation: &str, request: &[u8], answer: &[u8]) -> Units {
    let Ok(Refusal { name }) = serde_json::from_slice(answer) else { return Units::default() };
    let write = if name.ends_with("ConditionalCheckFailedException") {
        serde_json::from_slice::<Write>(request).map_or(0.0, |write| existing_units(database, &write))
    } else if name.ends_with("TransactionCanceledException") && operation == "TransactWriteItems" {
        let actions =
            serde_json::from_slice::<Transaction>(request).map_or_else(|_| Vec::new(), |it| it.transact_items);
        let each = actions.iter().flat_map(HashMap::values).map(|write| {
            let new = write.item.as_ref().map_or(1.0, |item| write_capacity_units(item_size(item)));
            existing_units(database, write).max(new)
        });
        TRANSACTIONAL_CAPACITY_FACTOR * each.sum::<f64>()
    } else {
        0.0
    };
    Units { read: 0.0, write }
}

/// Units of the item that a write found: 1 if there is none.
fn existing_units(database: &Database, write: &Write) -> f64 {
    let found = key_of(database, write).and_then(|key| {
        let request = GetItemRequest { table_name: write.table_name.clone(), key, ..GetItemRequest::default() };
        database.get_item(request).ok()?.item
    });
    write_capacity_units(found.map_or(0, |item| item_size(&item)))
}

/// The key a write names, or the key attributes of the item it puts.
fn key_of(database: &Database, write: &Write) -> Option<Item> {
    if let Some(key) = &write.key {
        return Some(key.clone());
    }
    let request = DescribeTableRequest { table_name: write.table_name.clone() };
    let schema = database.describe_table(request).ok()?.table.key_schema;
    let item = write.item.as_ref()?;
    let part = |name: &String| Some((name.clone(), item.get(name)?.clone()));
    schema.iter().map(|element| part(&element.attribute_name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_added_up_as_reads_or_writes() {
        let units = |operation: &str, body: &str| {
            let units = of_answer(operation, body.as_bytes());
            (units.read, units.write)
        };
        assert_eq!(units("GetItem", r#"{"ConsumedCapacity":{"CapacityUnits":0.5}}"#), (0.5, 0.0));
        assert_eq!(units("PutItem", r#"{"ConsumedCapacity":{"CapacityUnits":3}}"#), (0.0, 3.0));
        let replayed = r#"{"ConsumedCapacity":[{"CapacityUnits":4,"ReadCapacityUnits":4},{"CapacityUnits":2,"WriteCapacityUnits":2}]}"#;
        assert_eq!(units("TransactWriteItems", replayed), (4.0, 2.0));
        assert_eq!(units("PutItem", "{}"), (0.0, 0.0));
        assert_eq!(units("PutItem", "nonsense"), (0.0, 0.0));
    }
}
