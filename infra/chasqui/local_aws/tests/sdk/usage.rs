//! The figures of the cost model, against AWS's published rules.

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, ConditionCheck, Put, ReturnConsumedCapacity, TransactWriteItem},
};
use local_aws::{LocalAws, usage::UsageRow};
use serde_json::Value;

use crate::{
    dynamodb::{create_table, item, n, s},
    dynamodb_client, http, sqs, start,
};

/// A text that makes an item of `pk`, `sk` ("a" and one character), `body` exactly `size` bytes: names count too.
fn body(size: usize) -> AttributeValue {
    s(&"x".repeat(size - "pkaskbbody".len()))
}

struct Meter {
    aws: LocalAws,
    client: Client,
}

impl Meter {
    async fn new() -> Self {
        let aws = start().await;
        let client = dynamodb_client(&aws);
        create_table(&client).await;
        Self { aws, client }
    }

    /// Read and write units since the last reading.
    fn read(&self) -> (f64, f64) {
        let rows = self.aws.usage().rows();
        self.aws.usage().reset();
        rows.iter().fold((0.0, 0.0), |sum, row| (sum.0 + row.read_units, sum.1 + row.write_units))
    }

    async fn put(&self, sk: &str, size: usize, more: &[(&str, AttributeValue)]) -> (f64, f64) {
        self.aws.usage().reset();
        let mut pairs = vec![("pk", s("a")), ("sk", s(sk)), ("body", body(size))];
        pairs.extend_from_slice(more);
        self.client.put_item().table_name("chasqui").set_item(item(&pairs)).send().await.unwrap();
        self.read()
    }
}

fn key(sk: &str) -> Option<std::collections::HashMap<String, AttributeValue>> {
    item(&[("pk", s("a")), ("sk", s(sk))])
}

#[tokio::test]
async fn writes_cost_a_unit_for_every_started_kilobyte_of_the_larger_image() {
    let meter = Meter::new().await;
    for (size, units) in [(100, 1.0), (1_024, 1.0), (1_025, 2.0), (1_536, 2.0), (3_072, 3.0)] {
        assert_eq!(meter.put(&format!("{}", size % 7), size, &[]).await, (0.0, units), "{size}");
        let delete = meter.client.delete_item().table_name("chasqui").set_key(key(&format!("{}", size % 7)));
        delete.send().await.unwrap();
        assert_eq!(meter.read(), (0.0, units), "deleting {size}");
    }
    meter.put("b", 3_000, &[]).await;
    assert_eq!(meter.put("b", 100, &[]).await.1, 3.0, "shrinking costs what was there");
    let update = meter.client.update_item().table_name("chasqui").set_key(key("b")).update_expression("SET v = :v");
    update.expression_attribute_values(":v", n(1)).send().await.unwrap();
    assert_eq!(meter.read().1, 1.0);
}

#[tokio::test]
async fn each_index_entry_that_changes_is_charged_for_itself() {
    let meter = Meter::new().await;
    let inbox = |sk: &str| vec![("inbox_pk", s("open")), ("inbox_sk", s(sk))];
    // A keys-only entry is small whatever the item's size.
    assert_eq!(meter.put("b", 1_500, &inbox("1")).await.1, 2.0 + 1.0);
    assert_eq!(meter.put("b", 1_600, &inbox("1")).await.1, 2.0, "the entry is the same");
    assert_eq!(meter.put("b", 1_600, &inbox("2")).await.1, 2.0 + 2.0, "a move is a delete and an insert");
    assert_eq!(meter.put("b", 1_600, &[]).await.1, 2.0 + 1.0, "the entry goes");
}

#[tokio::test]
async fn reads_cost_a_unit_for_four_kilobytes_and_half_when_eventual() {
    let meter = Meter::new().await;
    meter.put("b", 5_000, &[]).await;
    let get = |sk: &str| meter.client.get_item().table_name("chasqui").set_key(key(sk));
    get("b").send().await.unwrap();
    assert_eq!(meter.read(), (1.0, 0.0));
    get("b").consistent_read(true).send().await.unwrap();
    assert_eq!(meter.read(), (2.0, 0.0));
    get("z").send().await.unwrap();
    assert_eq!(meter.read(), (0.5, 0.0), "what is not there costs the least");
    for sk in ["c", "d", "e", "f", "g"] {
        meter.put(sk, 1_000, &[]).await;
    }
    // 5,000 + 5 x 1,000 bytes in one query: 10,000 bytes, 3 units, half of them.
    let query = meter.client.query().table_name("chasqui").key_condition_expression("pk = :pk");
    query.expression_attribute_values(":pk", s("a")).send().await.unwrap();
    assert_eq!(meter.read(), (1.5, 0.0));
}

#[tokio::test]
async fn a_refused_condition_costs_the_size_of_what_is_there() {
    let meter = Meter::new().await;
    meter.put("b", 2_500, &[]).await;
    let put = |sk: &str, condition: &str| {
        let small = item(&[("pk", s("a")), ("sk", s(sk)), ("v", n(1))]);
        meter.client.put_item().table_name("chasqui").set_item(small).condition_expression(condition).send()
    };
    put("b", "attribute_not_exists(pk)").await.unwrap_err();
    assert_eq!(meter.read(), (0.0, 3.0));
    put("z", "attribute_exists(pk)").await.unwrap_err();
    assert_eq!(meter.read(), (0.0, 1.0));
    let update = meter.client.update_item().table_name("chasqui").set_key(key("b")).update_expression("SET v = :v");
    let update = update.condition_expression("v = :v").expression_attribute_values(":v", n(1)).send().await;
    update.unwrap_err();
    assert_eq!(meter.read(), (0.0, 3.0));
    let invalid = meter.client.put_item().table_name("chasqui").set_item(item(&[("pk", s("a"))])).send().await;
    invalid.unwrap_err();
    assert_eq!(meter.read(), (0.0, 0.0), "a request that is no request costs nothing");
}

#[tokio::test]
async fn a_transaction_costs_double_also_when_cancelled() {
    let meter = Meter::new().await;
    let put = |sk: &str| {
        let item = item(&[("pk", s("a")), ("sk", s(sk)), ("body", body(1_500))]);
        TransactWriteItem::builder().put(Put::builder().table_name("chasqui").set_item(item).build().unwrap()).build()
    };
    meter.client.transact_write_items().transact_items(put("b")).transact_items(put("c")).send().await.unwrap();
    assert_eq!(meter.read(), (0.0, 8.0));
    let check = ConditionCheck::builder().table_name("chasqui").set_key(key("z"));
    let check = check.condition_expression("attribute_exists(pk)").build().unwrap();
    let check = TransactWriteItem::builder().condition_check(check).build();
    let cancelled = meter.client.transact_write_items().transact_items(put("d")).transact_items(check);
    cancelled.send().await.unwrap_err();
    assert_eq!(meter.read(), (0.0, 2.0 * (2.0 + 1.0)));
}

#[tokio::test]
async fn whoever_asks_for_the_capacity_still_gets_it() {
    let meter = Meter::new().await;
    let put = meter.client.put_item().table_name("chasqui").set_item(key("b"));
    let put = put.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await.unwrap();
    assert_eq!(put.consumed_capacity().unwrap().capacity_units(), Some(1.0));
    assert_eq!(meter.read(), (0.0, 1.0));
}

fn row<'a>(rows: &'a [UsageRow], operation: &str) -> &'a UsageRow {
    rows.iter().find(|row| row.operation == operation).unwrap_or_else(|| panic!("no {operation} in {rows:?}"))
}

#[tokio::test]
async fn sqs_is_counted_in_chunks_of_64_kilobytes_for_each_caller() {
    let aws = start().await;
    let client = sqs(&aws);
    let url = client.create_queue().queue_name("q").send().await.unwrap().queue_url.unwrap();
    client.send_message().queue_url(&url).message_body("x".repeat(65_537)).send().await.unwrap();
    client.send_message().queue_url(&url).message_body("x").send().await.unwrap();
    client.send_message().queue_url(&url).message_body("\u{1}").send().await.unwrap_err();
    let poller = aws.sqs().called_by("poller");
    let received = poller.receive("q", 10, std::time::Duration::ZERO).await.unwrap();
    poller.delete("q", &received[0].receipt_handle).unwrap();
    poller.receive("q", 10, std::time::Duration::ZERO).await.unwrap();
    let rows = aws.usage().rows();
    let send = row(&rows, "SendMessage");
    assert_eq!((send.caller.as_str(), send.requests, send.failed, send.sqs_units), ("journeys", 3, 1, 4));
    assert_eq!(send.request_bytes, 65_539);
    let receive = row(&rows, "ReceiveMessage");
    assert_eq!((receive.caller.as_str(), receive.requests, receive.sqs_units), ("poller", 2, 3));
    assert_eq!(row(&rows, "DeleteMessage").sqs_units, 1);
    let (status, text) = http(&aws, "GET", "/_local/usage", "", "").await;
    let shown: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((status, shown["rows"].as_array().unwrap().len()), (200, rows.len()));
    assert_eq!(http(&aws, "DELETE", "/_local/usage", "", "").await.0, 204);
    assert!(aws.usage().rows().is_empty());
}
