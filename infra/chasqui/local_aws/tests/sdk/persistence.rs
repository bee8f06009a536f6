//! What was answered survives a `kill -9`.

use std::{path::Path, process::Stdio, time::Duration};

use aws_credential_types::Credentials;
use aws_sdk_sqs::types::QueueAttributeName as Name;

use crate::{client, start_in, until};

const FOLDER: &str = "LOCAL_AWS_TEST_FOLDER";

/// Not a test of its own: the process that [`queues_survive_a_kill`] starts and kills.
#[tokio::test]
async fn serve_until_killed() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let folder = Path::new(&folder);
    let aws = start_in(folder).await;
    std::fs::write(folder.join("endpoint.new"), aws.endpoint()).unwrap();
    std::fs::rename(folder.join("endpoint.new"), folder.join("endpoint")).unwrap();
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn queues_survive_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = tokio::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "persistence::serve_until_killed"])
        .env(FOLDER, folder.path())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    until("the child serves", async || folder.path().join("endpoint").exists()).await;
    let endpoint = std::fs::read_to_string(folder.path().join("endpoint")).unwrap();
    let sqs = client!(aws_sdk_sqs, endpoint, "local-webhook-1");
    let create = sqs.create_queue().queue_name("q.fifo").attributes(Name::FifoQueue, "true");
    let url = create.attributes(Name::VisibilityTimeout, "600").send().await.unwrap().queue_url.unwrap();
    let mut ids = Vec::new();
    for id in ["deleted", "in-flight", "waiting"] {
        let send =
            sqs.send_message().queue_url(&url).message_body(id).message_group_id(id).message_deduplication_id(id);
        ids.push(send.send().await.unwrap().message_id.unwrap());
    }
    let received = sqs.receive_message().queue_url(&url).max_number_of_messages(2).send().await.unwrap();
    let [deleted, in_flight] = received.messages() else { panic!("{received:?}") };
    sqs.delete_message().queue_url(&url).receipt_handle(deleted.receipt_handle().unwrap()).send().await.unwrap();
    child.kill().await.unwrap();

    let aws = start_in(folder.path()).await;
    let queues = aws.sqs();
    assert_eq!(queues.attributes("q.fifo").unwrap()["VisibilityTimeout"], "600");
    let waiting = queues.receive("q.fifo", 10, Duration::ZERO).await.unwrap();
    assert_eq!(waiting.iter().map(|message| message.body.as_str()).collect::<Vec<_>>(), ["waiting"]);
    // The handle from before the kill still holds, and so does the memory of duplicates.
    queues.delete("q.fifo", in_flight.receipt_handle().unwrap()).unwrap();
    let mut again = local_aws::sqs::SendMessage::in_group("again", "deleted");
    again.message_deduplication_id = Some("deleted".to_owned());
    assert_eq!(queues.send("q.fifo", again).unwrap().message_id, ids[0]);
    assert_eq!(queues.peek("q.fifo").unwrap().len(), 1);
}

#[tokio::test]
async fn a_port_in_use_and_damaged_data_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let aws = start_in(folder.path()).await;
    let port = aws.endpoint().rsplit(':').next().unwrap().parse().unwrap();
    let options =
        |data_dir| local_aws::Options { port, data_dir, ..local_aws::Options::in_memory(aws.clock().clone()) };
    let error = local_aws::LocalAws::start(options(None)).await.err().unwrap();
    assert!(error.to_string().contains(&format!("port {port}")), "{error}");
    let damaged = tempfile::tempdir().unwrap();
    std::fs::write(damaged.path().join("queues.journal"), "nonsense\n").unwrap();
    let options = local_aws::Options { port: 0, ..options(Some(damaged.path().to_owned())) };
    let error = local_aws::LocalAws::start(options).await.err().unwrap();
    assert!(error.to_string().contains("line 1"), "{error}");
}
