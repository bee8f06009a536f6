//! How a batch of records from a FIFO queue is handled: records of one group one after the other, groups side by side.
//! A record that fails takes the rest of its group with it, so that nobody's messages change order, and nobody else's
//! are held up.

use std::collections::HashMap;
use std::fmt::Display;
use std::future::Future;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use futures::future::join_all;

/// The message group of a record; a record of a standard queue is a group of its own.
fn group(record: &SqsMessage) -> String {
    let group = record.attributes.get("MessageGroupId").or(record.message_id.as_ref());
    group.cloned().unwrap_or_default()
}

/// Handles every record and answers which are to be delivered again.
pub async fn in_groups<H, F, E>(event: SqsEvent, handle: H) -> SqsBatchResponse
where
    H: Fn(SqsMessage) -> F,
    F: Future<Output = Result<(), E>>,
    E: Display,
{
    let mut order: Vec<String> = Vec::new();
    let mut groups: HashMap<String, Vec<SqsMessage>> = HashMap::new();
    for record in event.records {
        let key = group(&record);
        let records = groups.entry(key.clone()).or_default();
        if records.is_empty() {
            order.push(key);
        }
        records.push(record);
    }
    let handle = &handle;
    let lanes = order.into_iter().filter_map(|key| groups.remove(&key)).map(|records| async move {
        let mut records = records.into_iter();
        let mut failed = Vec::new();
        for record in records.by_ref() {
            let id = record.message_id.clone().unwrap_or_default();
            if let Err(error) = handle(record).await {
                tracing::error!(message = %id, %error, "a record failed and will be delivered again");
                failed.push(id);
                break;
            }
        }
        failed.extend(records.map(|record| record.message_id.unwrap_or_default()));
        failed
    });
    let mut response = SqsBatchResponse::default();
    for id in join_all(lanes).await.into_iter().flatten() {
        response.add_failure(id);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    fn event(records: &[(&str, &str)]) -> SqsEvent {
        let records: Vec<_> = records
            .iter()
            .map(
                |(id, group)| serde_json::json!({"messageId": id, "body": id, "attributes": {"MessageGroupId": group}}),
            )
            .collect();
        serde_json::from_value(serde_json::json!({"Records": records})).unwrap()
    }

    #[tokio::test]
    async fn a_failed_group_fails_alone_and_stops_in_order() {
        let handled = Mutex::new(Vec::new());
        let response = in_groups(event(&[("a1", "a"), ("b1", "b"), ("a2", "a"), ("b2", "b"), ("a3", "a")]), |record| {
            let id = record.message_id.unwrap();
            handled.lock().unwrap().push(id.clone());
            async move { if id == "a2" { Err("poison") } else { Ok(()) } }
        })
        .await;
        let mut failed: Vec<_> = response.batch_item_failures.iter().map(|f| f.item_identifier.clone()).collect();
        failed.sort();
        assert_eq!(failed, ["a2", "a3"]);
        let handled = handled.into_inner().unwrap();
        assert!(handled.contains(&"b2".to_owned()) && !handled.contains(&"a3".to_owned()), "{handled:?}");
    }
}
