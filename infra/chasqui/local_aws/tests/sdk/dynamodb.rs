//! The operations of DynamoDB that the store relies on.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    types::{
        AttributeDefinition, AttributeValue, BillingMode, ConditionCheck, GlobalSecondaryIndex, KeySchemaElement,
        KeyType, KeysAndAttributes, Projection, ProjectionType, Put, ReturnValue,
        ReturnValuesOnConditionCheckFailure as OnFailure, ScalarAttributeType, StreamSpecification, StreamViewType,
        TimeToLiveSpecification, TransactWriteItem,
    },
};

use crate::{dynamodb_client, start, start_in};

pub(crate) fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

pub(crate) fn n(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// The table of the template: keys, time to live, stream, and the inbox index.
pub(crate) async fn create_table(client: &Client) {
    let attribute = |name: &str| {
        AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build().unwrap()
    };
    let key =
        |name: &str, kind: KeyType| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap();
    let index = GlobalSecondaryIndex::builder()
        .index_name("inbox")
        .key_schema(key("inbox_pk", KeyType::Hash))
        .key_schema(key("inbox_sk", KeyType::Range))
        .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build())
        .build()
        .unwrap();
    let stream = StreamSpecification::builder()
        .stream_enabled(true)
        .stream_view_type(StreamViewType::NewAndOldImages)
        .build()
        .unwrap();
    client
        .create_table()
        .table_name("chasqui")
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(["pk", "sk", "inbox_pk", "inbox_sk"].map(attribute).to_vec()))
        .key_schema(key("pk", KeyType::Hash))
        .key_schema(key("sk", KeyType::Range))
        .global_secondary_indexes(index)
        .stream_specification(stream)
        .send()
        .await
        .unwrap();
}

pub(crate) fn item(pairs: &[(&str, AttributeValue)]) -> Option<HashMap<String, AttributeValue>> {
    Some(pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
}

#[tokio::test]
async fn a_refused_condition_tells_what_is_there() {
    let aws = start().await;
    let client = dynamodb_client(&aws);
    create_table(&client).await;
    let put = |version: i64| {
        client
            .put_item()
            .table_name("chasqui")
            .set_item(item(&[("pk", s("c#1")), ("sk", s("session")), ("version", n(version))]))
            .condition_expression("attribute_not_exists(pk) OR version = :previous")
            .expression_attribute_values(":previous", n(version - 1))
            .return_values_on_condition_check_failure(OnFailure::AllOld)
            .send()
    };
    put(1).await.unwrap();
    let error = put(1).await.unwrap_err().into_service_error();
    let aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(failed) = error else {
        panic!("{error}");
    };
    assert_eq!(failed.item().unwrap()["version"], n(1));
    put(2).await.unwrap();
    let update = client
        .update_item()
        .table_name("chasqui")
        .set_key(item(&[("pk", s("c#1")), ("sk", s("session"))]))
        .update_expression("SET version = version + :one ADD seen :one")
        .condition_expression("version = :expected")
        .expression_attribute_values(":one", n(1))
        .return_values(ReturnValue::AllNew)
        .return_values_on_condition_check_failure(OnFailure::AllOld);
    let done = update.clone().expression_attribute_values(":expected", n(2)).send().await.unwrap();
    assert_eq!(done.attributes().unwrap()["version"], n(3));
    assert!(done.consumed_capacity().is_none(), "nobody asked for it");
    let error = update.expression_attribute_values(":expected", n(2)).send().await.unwrap_err().into_service_error();
    let aws_sdk_dynamodb::operation::update_item::UpdateItemError::ConditionalCheckFailedException(failed) = error
    else {
        panic!("{error}");
    };
    assert_eq!(failed.item().unwrap()["seen"], n(1));
}

#[tokio::test]
async fn a_transaction_is_all_or_nothing_and_names_its_reasons() {
    let aws = start().await;
    let client = dynamodb_client(&aws);
    create_table(&client).await;
    let put = |sk: &str| {
        let put = Put::builder().table_name("chasqui").set_item(item(&[("pk", s("c#1")), ("sk", s(sk))]));
        TransactWriteItem::builder().put(put.build().unwrap()).build()
    };
    let check = ConditionCheck::builder()
        .table_name("chasqui")
        .set_key(item(&[("pk", s("c#1")), ("sk", s("absent"))]))
        .condition_expression("attribute_exists(pk)")
        .build()
        .unwrap();
    let check = TransactWriteItem::builder().condition_check(check).build();
    let cancelled = client.transact_write_items().transact_items(put("a")).transact_items(check).send().await;
    let error = cancelled.unwrap_err().into_service_error();
    let aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError::TransactionCanceledException(
        cancelled,
    ) = error
    else {
        panic!("{error}");
    };
    let reasons: Vec<_> = cancelled.cancellation_reasons().iter().map(|reason| reason.code().unwrap()).collect();
    assert_eq!(reasons, ["None", "ConditionalCheckFailed"]);
    let get = client.get_item().table_name("chasqui").set_key(item(&[("pk", s("c#1")), ("sk", s("a"))]));
    assert!(get.clone().send().await.unwrap().item.is_none());
    client.transact_write_items().transact_items(put("a")).transact_items(put("b")).send().await.unwrap();
    assert!(get.send().await.unwrap().item.is_some());
}

#[tokio::test]
async fn queries_page_and_the_inbox_index_is_sparse() {
    let aws = start().await;
    let client = dynamodb_client(&aws);
    create_table(&client).await;
    for number in 0..7 {
        let mut pairs = vec![("pk", s("c#1")), ("sk", s(&format!("m#{number}")))];
        if number % 2 == 0 {
            pairs.extend([("inbox_pk", s("open")), ("inbox_sk", s(&format!("{}", 9 - number)))]);
        }
        client.put_item().table_name("chasqui").set_item(item(&pairs)).send().await.unwrap();
    }
    client
        .put_item()
        .table_name("chasqui")
        .set_item(item(&[("pk", s("c#1")), ("sk", s("profile"))]))
        .send()
        .await
        .unwrap();
    let mut found = Vec::new();
    let mut start_key = None;
    loop {
        let page = client
            .query()
            .table_name("chasqui")
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", s("c#1"))
            .expression_attribute_values(":prefix", s("m#"))
            .scan_index_forward(false)
            .limit(3)
            .set_exclusive_start_key(start_key)
            .send()
            .await
            .unwrap();
        found.extend(page.items().iter().map(|item| item["sk"].as_s().unwrap().clone()));
        start_key = page.last_evaluated_key;
        if start_key.is_none() {
            break;
        }
    }
    assert_eq!(found, ["m#6", "m#5", "m#4", "m#3", "m#2", "m#1", "m#0"]);
    let inbox = client.query().table_name("chasqui").index_name("inbox").key_condition_expression("inbox_pk = :open");
    let inbox = inbox.expression_attribute_values(":open", s("open")).send().await.unwrap();
    let order: Vec<_> = inbox.items().iter().map(|item| item["sk"].as_s().unwrap().as_str()).collect();
    assert_eq!(order, ["m#6", "m#4", "m#2", "m#0"]);
    assert_eq!(inbox.items()[0].len(), 4, "keys only");
    let keys = ["m#0", "m#1", "none"].map(|sk| item(&[("pk", s("c#1")), ("sk", s(sk))]).unwrap());
    let keys = KeysAndAttributes::builder().set_keys(Some(keys.to_vec())).build().unwrap();
    let batch = client.batch_get_item().request_items("chasqui", keys).send().await.unwrap();
    assert_eq!(batch.responses().unwrap()["chasqui"].len(), 2);
}

#[tokio::test]
async fn the_table_has_its_stream_and_its_time_to_live() {
    let aws = start().await;
    let client = dynamodb_client(&aws);
    create_table(&client).await;
    let ttl = TimeToLiveSpecification::builder().enabled(true).attribute_name("expires_at").build().unwrap();
    client.update_time_to_live().table_name("chasqui").time_to_live_specification(ttl).send().await.unwrap();
    let described = client.describe_time_to_live().table_name("chasqui").send().await.unwrap();
    assert_eq!(described.time_to_live_description().unwrap().attribute_name(), Some("expires_at"));
    let table = client.describe_table().table_name("chasqui").send().await.unwrap().table.unwrap();
    assert_eq!(table.table_status().unwrap().as_str(), "ACTIVE");
    let stream = table.latest_stream_arn.unwrap();
    client.put_item().table_name("chasqui").set_item(item(&[("pk", s("a")), ("sk", s("b"))])).send().await.unwrap();
    // Streams have an SDK of their own; the local machine reads them in this process.
    let request = |value: serde_json::Value| value;
    let describe = serde_json::from_value(request(serde_json::json!({ "StreamArn": stream }))).unwrap();
    let described = serde_json::to_value(aws.database().describe_stream(describe).unwrap()).unwrap();
    let shard = described["StreamDescription"]["Shards"][0]["ShardId"].clone();
    let iterator = serde_json::json!({ "StreamArn": stream, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON" });
    let iterator = aws.database().get_shard_iterator(serde_json::from_value(iterator).unwrap()).unwrap();
    let records = serde_json::json!({ "ShardIterator": serde_json::to_value(iterator).unwrap()["ShardIterator"] });
    let records = aws.database().get_records(serde_json::from_value(records).unwrap()).unwrap();
    let records = serde_json::to_value(records).unwrap();
    assert_eq!(records["Records"][0]["eventName"], "INSERT");
    assert_eq!(records["Records"][0]["dynamodb"]["NewImage"]["sk"]["S"], "b");
}

#[tokio::test]
async fn an_item_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let aws = start_in(folder.path()).await;
    let client = dynamodb_client(&aws);
    create_table(&client).await;
    client.put_item().table_name("chasqui").set_item(item(&[("pk", s("a")), ("sk", s("b"))])).send().await.unwrap();
    aws.stop();
    let aws = start_in(folder.path()).await;
    let get = dynamodb_client(&aws).get_item().table_name("chasqui").set_key(item(&[("pk", s("a")), ("sk", s("b"))]));
    assert!(get.send().await.unwrap().item.is_some());
}
