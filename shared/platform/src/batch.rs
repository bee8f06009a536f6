//! How a batch of records from a FIFO queue is handled: records of one group one after the other, groups side by side.
//! A record that fails takes the rest of its group with it, so that nobody's messages change order, and nobody else's
//! are held up. A panic is a failure like any other: it fails its record, and not the batch.

use std::any::Any;
use std::collections::HashMap;
use std::fmt::Display;
use std::future::Future;
use std::panic::AssertUnwindSafe;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use futures::FutureExt;
use futures::future::join_all;

/// What was being done panicked. It is a fault of the program, and is said in its log; the work counts as not done.
#[derive(Debug, thiserror::Error)]
#[error("the program panicked: {0}")]
pub struct Panicked(String);

/// Does a piece of work in which a panic is an error of that piece alone. What it shares with others (caches, clients)
/// must be sound after a panic: locks held for a moment, nothing half written.
pub async fn caught<F: Future>(work: F) -> Result<F::Output, Panicked> {
    AssertUnwindSafe(work).catch_unwind().await.map_err(|panic| Panicked(message(panic.as_ref())))
}

/// What a panic said.
fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "it does not say why".to_owned())
}

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
            // The handler is called inside, because it may panic before it gives a future.
            let failure = match caught(async { handle(record).await }).await {
                Ok(Ok(())) => continue,
                Ok(Err(error)) => error.to_string(),
                Err(panicked) => panicked.to_string(),
            };
            tracing::error!(message = %id, error = %failure, "a record failed and will be delivered again");
            failed.push(id);
            break;
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

    #[tokio::test]
    async fn a_panic_fails_its_record_and_holds_back_its_group_alone() {
        // Before the future, in it, and after it has waited once; with a text, a formatted text, and something else.
        for way in 0..3 {
            let records = event(&[("a1", "a"), ("b1", "b"), ("a2", "a"), ("b2", "b"), ("a3", "a")]);
            let response = in_groups(records, |record| {
                let poison = record.message_id.as_deref() == Some("a2");
                assert!(way != 0 || !poison, "{} is poison", "a2");
                async move {
                    if poison && way == 1 {
                        panic!("poison");
                    }
                    tokio::task::yield_now().await;
                    if poison {
                        std::panic::panic_any(way);
                    }
                    Ok::<(), String>(())
                }
            })
            .await;
            let failed: Vec<_> = response.batch_item_failures.iter().map(|f| f.item_identifier.as_str()).collect();
            assert_eq!(failed, ["a2", "a3"], "{way}");
        }
    }

    #[tokio::test]
    async fn a_panic_says_what_it_said() {
        let said = |error: Panicked| error.to_string();
        assert_eq!(caught(async { 7 }).await.map_err(said), Ok(7));
        let text = caught(async { panic!("as text") }).await.map_err(said);
        assert_eq!(text, Err::<(), _>("the program panicked: as text".to_owned()));
        let formatted = caught(async { panic!("as {}", "formatted text") }).await.map_err(said);
        assert_eq!(formatted, Err::<(), _>("the program panicked: as formatted text".to_owned()));
        let other = caught(async { std::panic::panic_any(7) }).await.map_err(said);
        assert_eq!(other, Err::<(), _>("the program panicked: it does not say why".to_owned()));
    }
}
