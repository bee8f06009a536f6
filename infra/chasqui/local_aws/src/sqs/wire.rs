//! SQS as the SDKs speak it: awsJson 1.0, one operation a `x-amz-target`.

use std::collections::BTreeMap;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{
    BatchResults, Receive, SendMessage, Sqs,
    message::{Received, md5_of_attributes},
};
use crate::{ACCOUNT, aws_error::AwsError, call::Service};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OnQueue<T> {
    #[serde(default)]
    queue_url: String,
    #[serde(flatten)]
    rest: T,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Batch<T> {
    #[serde(default = "Vec::new")]
    entries: Vec<Entry<T>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry<T> {
    #[serde(default)]
    id: String,
    #[serde(flatten)]
    rest: T,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    queue_name: String,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct List {
    #[serde(default)]
    queue_name_prefix: String,
}

#[derive(Deserialize)]
struct Nothing {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wanted {
    #[serde(default)]
    attribute_names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Change {
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Handle {
    #[serde(default)]
    receipt_handle: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Visibility {
    #[serde(default)]
    receipt_handle: String,
    visibility_timeout: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ReceiveAsked {
    #[serde(flatten)]
    receive: Receive,
    /// The older and the newer name of the same list.
    #[serde(default)]
    attribute_names: Vec<String>,
    #[serde(default)]
    message_system_attribute_names: Vec<String>,
    #[serde(default)]
    message_attribute_names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Move {
    #[serde(default)]
    source_arn: String,
    destination_arn: Option<String>,
    max_number_of_messages_per_second: Option<i64>,
}

/// Answers one request; `base` is the address of this machine, for queue URLs.
pub(crate) async fn answer(sqs: &Sqs, operation: &str, body: &[u8], base: &str) -> Result<Value, AwsError> {
    let url = |name: &str| format!("{base}/{ACCOUNT}/{name}");
    Ok(match operation {
        "CreateQueue" => {
            let request: Named = read(body)?;
            sqs.create_queue(&request.queue_name, request.attributes)?;
            json!({ "QueueUrl": url(&request.queue_name) })
        }
        "GetQueueUrl" => {
            let request: Named = read(body)?;
            sqs.find_queue(&request.queue_name)?;
            json!({ "QueueUrl": url(&request.queue_name) })
        }
        "ListQueues" => {
            let request: List = read(body)?;
            let names = sqs.queues();
            let matching = names.iter().filter(|name| name.starts_with(&request.queue_name_prefix));
            json!({ "QueueUrls": matching.map(|name| url(name)).collect::<Vec<_>>() })
        }
        "DeleteQueue" => {
            let (queue, Nothing {}) = on_queue(body)?;
            sqs.delete_queue(&queue)?;
            json!({})
        }
        "GetQueueAttributes" => {
            let (queue, request): (_, Wanted) = on_queue(body)?;
            let mut attributes = sqs.attributes(&queue)?;
            let names = &request.attribute_names;
            attributes.retain(|name, _| names.iter().any(|wanted| wanted == "All" || wanted == name));
            json!({ "Attributes": attributes })
        }
        "SetQueueAttributes" => {
            let (queue, request): (_, Change) = on_queue(body)?;
            sqs.set_attributes(&queue, request.attributes)?;
            json!({})
        }
        "PurgeQueue" => {
            let (queue, Nothing {}) = on_queue(body)?;
            sqs.purge(&queue)?;
            json!({})
        }
        "SendMessage" => {
            let (queue, message): (_, SendMessage) = on_queue(body)?;
            json!(sqs.send(&queue, message)?)
        }
        "SendMessageBatch" => {
            let (queue, batch): (_, Batch<SendMessage>) = on_queue(body)?;
            let entries = batch.entries.into_iter().map(|entry| (entry.id, entry.rest)).collect();
            batch_answer(sqs.send_batch(&queue, entries)?, |sent| json!(sent))
        }
        "ReceiveMessage" => {
            let (queue, request): (_, ReceiveAsked) = on_queue(body)?;
            let messages = sqs.receive_with(&queue, &request.receive).await?;
            let shown: Vec<Received> = messages.into_iter().map(|message| as_asked(message, &request)).collect();
            if shown.is_empty() { json!({}) } else { json!({ "Messages": shown }) }
        }
        "DeleteMessage" => {
            let (queue, request): (_, Handle) = on_queue(body)?;
            sqs.delete(&queue, &request.receipt_handle)?;
            json!({})
        }
        "DeleteMessageBatch" => {
            let (queue, batch): (_, Batch<Handle>) = on_queue(body)?;
            let entries: Vec<_> =
                batch.entries.into_iter().map(|entry| (entry.id, entry.rest.receipt_handle)).collect();
            batch_answer(sqs.delete_batch(&queue, &entries)?, |()| json!({}))
        }
        "ChangeMessageVisibility" => {
            let (queue, request): (_, Visibility) = on_queue(body)?;
            sqs.change_visibility(&queue, &request.receipt_handle, request.visibility_timeout)?;
            json!({})
        }
        "ChangeMessageVisibilityBatch" => {
            let (queue, batch): (_, Batch<Visibility>) = on_queue(body)?;
            let each = |entry: Entry<Visibility>| (entry.id, entry.rest.receipt_handle, entry.rest.visibility_timeout);
            let entries: Vec<_> = batch.entries.into_iter().map(each).collect();
            batch_answer(sqs.change_visibility_batch(&queue, &entries)?, |()| json!({}))
        }
        "StartMessageMoveTask" => {
            let request: Move = read(body)?;
            let rate = request.max_number_of_messages_per_second;
            let handle = sqs.start_move(&request.source_arn, request.destination_arn.as_deref(), rate)?;
            json!({ "TaskHandle": handle })
        }
        "ListMessageMoveTasks" => {
            let request: Move = read(body)?;
            json!({ "Results": sqs.list_moves(&request.source_arn)? })
        }
        other => return Err(AwsError::unknown_operation(Service::Sqs, other)),
    })
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, AwsError> {
    serde_json::from_slice(body).map_err(|error| AwsError::unreadable(&error))
}

/// The queue a request names by its URL, and the rest of the request.
fn on_queue<T: DeserializeOwned>(body: &[u8]) -> Result<(String, T), AwsError> {
    let request: OnQueue<T> = read(body)?;
    let name = request.queue_url.rsplit('/').next().unwrap_or_default();
    if name.is_empty() {
        return Err(AwsError::refused("MissingParameter", "The request must contain the parameter QueueUrl."));
    }
    Ok((name.to_owned(), request.rest))
}

fn batch_answer<T>(results: BatchResults<T>, success: impl Fn(T) -> Value) -> Value {
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for (id, result) in results {
        match result {
            Ok(value) => {
                let mut entry = success(value);
                entry["Id"] = Value::String(id);
                successful.push(entry);
            }
            Err(error) => failed.push(json!({
                "Id": id, "SenderFault": error.status < 500, "Code": error.query_code(), "Message": error.message,
            })),
        }
    }
    json!({ "Successful": successful, "Failed": failed })
}

/// Only the attributes asked for travel, and the digest covers just those.
fn as_asked(mut message: Received, request: &ReceiveAsked) -> Received {
    let system = request.attribute_names.iter().chain(&request.message_system_attribute_names);
    let all = system.clone().any(|wanted| wanted == "All");
    message.attributes.retain(|name, _| all || system.clone().any(|wanted| wanted == name));
    let wanted = |name: &str| {
        request.message_attribute_names.iter().any(|pattern| {
            pattern == "All"
                || pattern == name
                || pattern.strip_suffix(".*").is_some_and(|prefix| name.starts_with(prefix))
        })
    };
    message.message_attributes.retain(|name, _| wanted(name));
    message.md5_of_attributes = md5_of_attributes(message.message_attributes.iter());
    message
}
