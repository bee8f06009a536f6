//! Standard queues, the limits, and the names of the refusals.

use aws_sdk_sqs::{
    error::ProvideErrorMetadata,
    primitives::Blob,
    types::{
        DeleteMessageBatchRequestEntry, MessageAttributeValue, MessageSystemAttributeName as System,
        QueueAttributeName as Name, SendMessageBatchRequestEntry,
    },
};

use crate::{http, sqs, start, until};

fn entries(ids: &[&str], body: &str) -> Option<Vec<SendMessageBatchRequestEntry>> {
    let entry = |id: &&str| SendMessageBatchRequestEntry::builder().id(*id).message_body(body).build().unwrap();
    Some(ids.iter().map(entry).collect())
}

#[tokio::test]
async fn queues_are_made_found_listed_and_dropped() {
    let aws = start().await;
    let client = sqs(&aws);
    let create = |name: &str| client.create_queue().queue_name(name);
    for name in ["", "has space", "dot.dot", &"q".repeat(81)] {
        assert_eq!(create(name).send().await.unwrap_err().code(), Some("InvalidParameterValue"), "{name}");
    }
    let url = create("statuses").send().await.unwrap().queue_url.unwrap();
    assert_eq!(url, aws.queue_url("statuses"));
    // The same again is no error, another attribute is.
    create("statuses").send().await.unwrap();
    let other = create("statuses").attributes(Name::VisibilityTimeout, "60").send().await.unwrap_err();
    assert!(other.into_service_error().is_queue_name_exists());
    let found = client.get_queue_url().queue_name("statuses").send().await.unwrap();
    assert_eq!(found.queue_url(), Some(url.as_str()));
    let missing = client.get_queue_url().queue_name("nothing").send().await.unwrap_err();
    assert!(missing.into_service_error().is_queue_does_not_exist());
    create("other").send().await.unwrap();
    let listed = client.list_queues().queue_name_prefix("stat").send().await.unwrap();
    assert_eq!(listed.queue_urls(), std::slice::from_ref(&url));
    client.delete_queue().queue_url(&url).send().await.unwrap();
    let gone = client.send_message().queue_url(&url).message_body("x").send().await.unwrap_err();
    assert!(gone.into_service_error().is_queue_does_not_exist());
}

#[tokio::test]
async fn a_message_goes_round_with_its_attributes() {
    let aws = start().await;
    let client = sqs(&aws);
    let url = client.create_queue().queue_name("q").send().await.unwrap().queue_url.unwrap();
    let text = MessageAttributeValue::builder().data_type("String").string_value("t").build().unwrap();
    let bytes = MessageAttributeValue::builder().data_type("Binary").binary_value(Blob::new([0, 255])).build().unwrap();
    let sent = client.send_message().queue_url(&url).message_body("hello").message_attributes("text", text);
    let sent = sent.message_attributes("bytes", bytes.clone()).send().await.unwrap();
    assert_eq!(sent.md5_of_message_body(), Some("5d41402abc4b2a76b9719d911017c592"));
    assert_eq!(sent.sequence_number(), None);
    let receive = || client.receive_message().queue_url(&url).visibility_timeout(0);
    let plain = receive().send().await.unwrap();
    assert!(plain.messages()[0].attributes.is_none() && plain.messages()[0].message_attributes.is_none());
    let full = receive().message_attribute_names("All").message_system_attribute_names(System::SentTimestamp);
    let full = full.send().await.unwrap();
    let message = &full.messages()[0];
    assert_eq!(message.md5_of_message_attributes(), sent.md5_of_message_attributes());
    assert_eq!(message.message_attributes.as_ref().unwrap()["bytes"], bytes);
    assert_eq!(message.attributes.as_ref().unwrap().keys().collect::<Vec<_>>(), [&System::SentTimestamp]);
    // `.*` after a prefix asks for every name that starts with it.
    for (pattern, expected) in [("te.*", 1), (".*", 2), ("ext.*", 0)] {
        let some = receive().message_attribute_names(pattern).send().await.unwrap();
        let shown = some.messages()[0].message_attributes.as_ref().map_or(0, |attributes| attributes.len());
        assert_eq!(shown, expected, "{pattern}");
    }
}

#[tokio::test]
async fn batches_keep_their_limits() {
    let aws = start().await;
    let client = sqs(&aws);
    let url = client.create_queue().queue_name("q").send().await.unwrap().queue_url.unwrap();
    let ten = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
    let eleven = [&ten[..], &["x"]].concat();
    let half = "h".repeat(600_000);
    for (ids, body, code) in [
        (&[][..], "b", "AWS.SimpleQueueService.EmptyBatchRequest"),
        (&eleven, "b", "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"),
        (&["a", "a"], "b", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"),
        (&["a b"], "b", "AWS.SimpleQueueService.InvalidBatchEntryId"),
        (&["a", "b"], &half, "AWS.SimpleQueueService.BatchRequestTooLong"),
    ] {
        let error = client.send_message_batch().queue_url(&url).set_entries(entries(ids, body)).send().await;
        assert_eq!(error.unwrap_err().code(), Some(code));
    }
    let sent = client.send_message_batch().queue_url(&url).set_entries(entries(&ten, "b")).send().await.unwrap();
    assert_eq!((sent.successful().len(), sent.failed().len()), (10, 0));
    let too_big = client.send_message().queue_url(&url).message_body("b".repeat(1_048_577)).send().await;
    assert_eq!(too_big.unwrap_err().code(), Some("InvalidParameterValue"));
    let eleven = client.receive_message().queue_url(&url).max_number_of_messages(11).send().await;
    assert_eq!(eleven.unwrap_err().code(), Some("InvalidParameterValue"));
    let control = client.send_message().queue_url(&url).message_body("\u{1}").send().await.unwrap_err();
    assert!(control.into_service_error().is_invalid_message_contents());
}

#[tokio::test]
async fn receipt_handles_are_checked() {
    let aws = start().await;
    let client = sqs(&aws);
    let url = client.create_queue().queue_name("q").send().await.unwrap().queue_url.unwrap();
    client.send_message().queue_url(&url).message_body("x").send().await.unwrap();
    let delete = |handle: &str| client.delete_message().queue_url(&url).receipt_handle(handle).send();
    let change = |handle: &str| {
        client.change_message_visibility().queue_url(&url).receipt_handle(handle).visibility_timeout(5).send()
    };
    assert!(delete("nonsense").await.unwrap_err().into_service_error().is_receipt_handle_is_invalid());
    let error = change("nonsense").await.unwrap_err().into_service_error();
    assert!(error.is_receipt_handle_is_invalid());
    let received = client.receive_message().queue_url(&url).visibility_timeout(0).send().await.unwrap();
    let old = received.messages()[0].receipt_handle().unwrap().to_owned();
    assert!(change(&old).await.unwrap_err().into_service_error().is_message_not_inflight());
    let received = client.receive_message().queue_url(&url).send().await.unwrap();
    let handle = received.messages()[0].receipt_handle().unwrap();
    // An older handle is accepted and deletes nothing.
    delete(&old).await.unwrap();
    change(handle).await.unwrap();
    let entry = |id: &str, handle: &str| {
        DeleteMessageBatchRequestEntry::builder().id(id).receipt_handle(handle).build().unwrap()
    };
    let batch = client.delete_message_batch().queue_url(&url).entries(entry("good", handle));
    let batch = batch.entries(entry("bad", "nonsense")).send().await.unwrap();
    assert_eq!(batch.successful()[0].id(), "good");
    assert_eq!((batch.failed()[0].id(), batch.failed()[0].code()), ("bad", "ReceiptHandleIsInvalid"));
    delete(handle).await.unwrap();
}

#[tokio::test]
async fn attributes_tell_what_waits_and_purging_empties() {
    let aws = start().await;
    let client = sqs(&aws);
    let url = client.create_queue().queue_name("q").send().await.unwrap().queue_url.unwrap();
    for delay in [0, 0, 1] {
        client.send_message().queue_url(&url).message_body("x").delay_seconds(delay).send().await.unwrap();
    }
    client.receive_message().queue_url(&url).send().await.unwrap();
    let counts = async || {
        let answer = client.get_queue_attributes().queue_url(&url).attribute_names(Name::All).send().await.unwrap();
        let attributes = answer.attributes.unwrap();
        [
            Name::ApproximateNumberOfMessages,
            Name::ApproximateNumberOfMessagesNotVisible,
            Name::ApproximateNumberOfMessagesDelayed,
        ]
        .map(|name| attributes[&name].clone())
    };
    assert_eq!(counts().await, ["1", "1", "1"]);
    until("the delay ends", async || counts().await == ["2", "1", "0"]).await;
    client.purge_queue().queue_url(&url).send().await.unwrap();
    assert_eq!(counts().await, ["0", "0", "0"]);
    let bad = client.set_queue_attributes().queue_url(&url).attributes(Name::from("Colour"), "red").send().await;
    assert!(bad.unwrap_err().into_service_error().is_invalid_attribute_name());
    let dead = r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:none","maxReceiveCount":1}"#;
    let dead = client.set_queue_attributes().queue_url(&url).attributes(Name::RedrivePolicy, dead).send().await;
    assert_eq!(dead.unwrap_err().code(), Some("InvalidParameterValue"));
}

#[tokio::test]
async fn what_no_service_takes_is_refused_as_an_unknown_operation() {
    let aws = start().await;
    let client = sqs(&aws);
    let error = client.add_permission().queue_url("x").label("l").aws_account_ids("1").actions("*").send().await;
    assert_eq!(error.unwrap_err().code(), Some("UnknownOperationException"));
    let (status, body) = http(&aws, "POST", "/", "{}", "x-amz-target: AmazonSNS.Publish\r\n").await;
    assert_eq!(status, 400);
    assert!(body.contains("UnknownOperationException"), "{body}");
    let (status, body) = http(&aws, "POST", "/", "nonsense", "x-amz-target: AmazonSQS.SendMessage\r\n").await;
    assert_eq!(status, 400);
    assert!(body.contains("SerializationException"), "{body}");
}
