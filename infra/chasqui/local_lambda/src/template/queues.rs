//! Queues of the template, and what Lambda demands of a queue it polls.

use super::error::TemplateError;
use super::identity;
use super::node::Resource;
use super::scope::Scope;
use super::stack::{Queue, Stack};
use indexmap::IndexMap;
use serde_json::Value;
use std::time::Duration;

/// Properties that `CreateQueue` knows under the same name.
const ATTRIBUTES: [&str; 12] = [
    "FifoQueue",
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "FifoThroughputLimit",
    "VisibilityTimeout",
    "MessageRetentionPeriod",
    "DelaySeconds",
    "MaximumMessageSize",
    "ReceiveMessageWaitTimeSeconds",
    "SqsManagedSseEnabled",
    "RedrivePolicy",
    "RedriveAllowPolicy",
];

/// What SQS assumes when a queue does not say.
const DEFAULT_VISIBILITY: Duration = Duration::from_secs(30);

pub(super) fn read(scope: &Scope<'_>) -> Result<Vec<Queue>, TemplateError> {
    let mut queues = Vec::new();
    for resource in scope.resources_of("AWS::SQS::Queue")? {
        queues.push(queue(&resource)?);
    }
    // A queue can only be created after the queue it sends its failures to.
    let named: Vec<String> =
        queues.iter().filter_map(|queue: &Queue| queue.attributes.get("RedrivePolicy")).cloned().collect();
    queues.sort_by_key(|queue| !named.iter().any(|policy| policy.contains(&format!("\"{}\"", queue.arn))));
    Ok(queues)
}

fn queue(resource: &Resource<'_>) -> Result<Queue, TemplateError> {
    let properties = resource.properties()?;
    let mut attributes = IndexMap::new();
    for name in ATTRIBUTES {
        let Some(node) = properties.get(name)? else { continue };
        let value = match node.full()? {
            Value::String(text) => text,
            policy @ Value::Object(_) => policy.to_string(),
            other => other.to_string(),
        };
        attributes.insert(name.to_owned(), value);
    }
    let (name, fifo) = (identity::name(resource)?, attributes.get("FifoQueue").is_some_and(|flag| flag == "true"));
    if fifo != name.ends_with(".fifo") {
        let reason = format!("{name:?}: the name of a FIFO queue, and of no other, ends in .fifo");
        return Err(TemplateError::at(format!("{}.QueueName", properties.place), reason));
    }
    Ok(Queue {
        logical_id: resource.id.clone(),
        url: identity::reference(resource)?,
        arn: identity::arn(resource)?,
        name,
        fifo,
        attributes,
    })
}

/// Refuses what Lambda refuses when a queue becomes an event source:
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html>.
pub(super) fn check_sources(stack: &Stack) -> Result<(), TemplateError> {
    for function in &stack.functions {
        for source in function.queue_sources() {
            let wrong = |reason: String| Err(TemplateError::at(&function.logical_id, reason));
            let Some(queue) = stack.queue(&source.arn) else {
                return wrong(format!("reads {}, which is no queue of the template", source.arn));
            };
            let visibility = queue.attributes.get("VisibilityTimeout").and_then(|text| text.parse().ok());
            let visibility = visibility.map_or(DEFAULT_VISIBILITY, Duration::from_secs);
            let id = &queue.logical_id;
            if visibility < function.timeout {
                let (seconds, timeout) = (visibility.as_secs(), function.timeout.as_secs());
                return wrong(format!(
                    "works up to {timeout} s on messages that {id} hides for {seconds} s; raise VisibilityTimeout"
                ));
            }
            if queue.fifo && (source.batch_size > 10 || !source.window.is_zero()) {
                return wrong(format!("{id} is FIFO: batches of 10 at most, and no window"));
            }
            if source.batch_size > 10 && source.window.is_zero() {
                return wrong(format!("a BatchSize above 10 needs MaximumBatchingWindowInSeconds of 1 or more ({id})"));
            }
        }
    }
    Ok(())
}
