//! SQS, strict enough to prove our promises on.
//!
//! This is our own because no emulator passed: what we promise about order rests on FIFO semantics (several messages of
//! one group in a receive, the group closed while any is in flight, the same order after a visibility timeout, dead
//! letters in order, redrive), and every candidate differed from SQS in one of them. `tests/sdk/sqs_*.rs` hold the list,
//! run through the unmodified AWS SDK.
//!
//! [`Sqs`] is the typed interface; the HTTP front (`wire`) and in-process callers such as the pollers of the local
//! Lambda use the same one. SQS runs on the real clock.

mod attributes;
mod message;
mod moves;
mod operations;
mod queue;
mod store;
pub(crate) mod wire;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

pub use message::{MessageAttribute, MessageAttributes, Received, SendMessage, Sent};
pub use moves::{MoveStatus, MoveTask};
pub use operations::{BatchResults, Receive};

use self::{attributes::QueueAttributes, store::Store};
use crate::{
    ACCOUNT,
    aws_error::AwsError,
    call::Service,
    clock::real_now_ms,
    journal::JournalError,
    usage::{Spent, Usage, sqs_units},
};

/// SQS. Clones share the queues; each knows on whose behalf it calls, for the usage figures.
#[derive(Debug, Clone)]
pub struct Sqs {
    shared: Arc<Shared>,
    caller: Arc<str>,
}

#[derive(Debug)]
struct Shared {
    store: Mutex<Store>,
    moves: Mutex<Vec<MoveTask>>,
    region: String,
    usage: Usage,
}

impl Sqs {
    /// Opens the queues kept at `path`, or empty ones in memory.
    pub(crate) fn open(path: Option<&Path>, region: &str, usage: Usage) -> Result<Self, JournalError> {
        Ok(Self {
            shared: Arc::new(Shared {
                store: Mutex::new(Store::open(path)?),
                moves: Mutex::default(),
                region: region.to_owned(),
                usage,
            }),
            caller: Arc::from("local"),
        })
    }

    /// The same queues, called on behalf of `caller`: its requests are counted under that name.
    #[must_use]
    pub fn called_by(&self, caller: &str) -> Self {
        Self { caller: Arc::from(caller), ..self.clone() }
    }

    /// ARN of a queue, whether it exists or not.
    pub fn arn(&self, queue: &str) -> String {
        format!("arn:aws:sqs:{}:{ACCOUNT}:{queue}", self.shared.region)
    }

    /// Creates a queue with its attributes as SQS names them.
    ///
    /// # Errors
    /// `QueueNameExists` if it exists with other attributes; the refusals of a bad name or attribute.
    pub fn create_queue(&self, queue: &str, attributes: BTreeMap<String, String>) -> Result<(), AwsError> {
        self.counted("CreateQueue", 0, |store| {
            check_name(queue)?;
            let attributes = QueueAttributes::parse(queue, attributes)?;
            self.check_redrive(store, &attributes)?;
            match store.find(queue) {
                Some(existing) if existing.attributes.answered() == attributes.answered() => Ok(()),
                Some(_) => Err(AwsError::refused(
                    "QueueNameExists",
                    format!(
                        "A queue already exists with the same name and a different value for an attribute: {queue}"
                    ),
                )),
                None => store.put_queue(queue, &attributes, real_now_ms()),
            }
        })
    }

    /// Creates a queue, or gives an existing one these attributes: what a changed template asks for.
    ///
    /// # Errors
    /// The refusals of a bad name or attribute; the type of a queue cannot change.
    pub fn ensure_queue(&self, queue: &str, attributes: BTreeMap<String, String>) -> Result<(), AwsError> {
        let mut store = self.store();
        check_name(queue)?;
        let attributes = QueueAttributes::parse(queue, attributes)?;
        self.check_redrive(&store, &attributes)?;
        store.put_queue(queue, &attributes, real_now_ms())
    }

    /// Changes attributes of a queue.
    ///
    /// # Errors
    /// `QueueDoesNotExist`, or the refusal of a bad attribute.
    pub fn set_attributes(&self, queue: &str, changes: BTreeMap<String, String>) -> Result<(), AwsError> {
        self.counted("SetQueueAttributes", 0, |store| {
            let attributes = store.queue(queue)?.attributes.with(queue, changes)?;
            self.check_redrive(store, &attributes)?;
            store.put_queue(queue, &attributes, real_now_ms())
        })
    }

    /// Attributes of a queue with their defaults, its ARN and its approximate numbers of messages.
    ///
    /// # Errors
    /// `QueueDoesNotExist`.
    pub fn attributes(&self, queue: &str) -> Result<BTreeMap<String, String>, AwsError> {
        self.counted("GetQueueAttributes", 0, |store| {
            let arn = self.arn(queue);
            let queue = store.queue(queue)?;
            queue.settle(real_now_ms());
            let (ready, in_flight, delayed) = queue.counts();
            let mut answer = queue.attributes.answered();
            answer.extend([
                ("QueueArn".to_owned(), arn),
                ("ApproximateNumberOfMessages".to_owned(), ready.to_string()),
                ("ApproximateNumberOfMessagesNotVisible".to_owned(), in_flight.to_string()),
                ("ApproximateNumberOfMessagesDelayed".to_owned(), delayed.to_string()),
                ("CreatedTimestamp".to_owned(), (queue.created_at / 1_000).to_string()),
                ("LastModifiedTimestamp".to_owned(), (queue.created_at / 1_000).to_string()),
            ]);
            Ok(answer)
        })
    }

    /// Whether a queue exists.
    ///
    /// # Errors
    /// `QueueDoesNotExist`.
    pub fn find_queue(&self, queue: &str) -> Result<(), AwsError> {
        self.counted("GetQueueUrl", 0, |store| store.queue(queue).map(drop))
    }

    /// Names of all queues, sorted.
    pub fn queues(&self) -> Vec<String> {
        self.store().names()
    }

    /// Deletes a queue with its messages.
    ///
    /// # Errors
    /// `QueueDoesNotExist`.
    pub fn delete_queue(&self, queue: &str) -> Result<(), AwsError> {
        self.counted("DeleteQueue", 0, |store| store.drop_queue(queue))
    }

    /// Deletes all messages of a queue. Unlike SQS, it may be repeated within a minute.
    ///
    /// # Errors
    /// `QueueDoesNotExist`.
    pub fn purge(&self, queue: &str) -> Result<(), AwsError> {
        self.counted("PurgeQueue", 0, |store| {
            store.queue(queue)?;
            store.purge(queue)
        })
    }

    /// A redrive policy must name an existing queue of the same type.
    fn check_redrive(&self, store: &Store, attributes: &QueueAttributes) -> Result<(), AwsError> {
        let Some(redrive) = &attributes.redrive else { return Ok(()) };
        let target = self.name_of(&redrive.target_arn).and_then(|name| store.find(name));
        let reason = match target {
            None => "Dead letter target does not exist.",
            Some(queue) if queue.attributes.fifo != attributes.fifo => {
                "Dead-letter queue must be same type of queue as the source."
            }
            Some(_) => return Ok(()),
        };
        let value = &redrive.target_arn;
        Err(AwsError::refused(
            "InvalidParameterValue",
            format!("Value {value} for parameter RedrivePolicy is invalid. Reason: {reason}"),
        ))
    }

    /// Queue name in an ARN of this machine.
    fn name_of<'a>(&self, arn: &'a str) -> Option<&'a str> {
        let name = arn.rsplit(':').next()?;
        (arn == self.arn(name)).then_some(name)
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        // A panic while the lock is held cannot leave an entry half applied to both file and memory in a way that the
        // next call would make worse, so the queues go on.
        self.shared.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs one operation that carries `payload` bytes, and counts it.
    fn counted<T>(
        &self,
        operation: &str,
        payload: usize,
        work: impl FnOnce(&mut Store) -> Result<T, AwsError>,
    ) -> Result<T, AwsError> {
        let result = work(&mut self.store());
        self.count(operation, payload, result.is_err());
        result
    }

    fn count(&self, operation: &str, payload: usize, failed: bool) {
        let spent =
            Spent { request_bytes: payload as u64, failed, sqs_units: sqs_units(payload as u64), ..Spent::default() };
        self.shared.usage.record(&self.caller, Service::Sqs, operation, spent);
    }
}

/// Queue names: 1 to 80 letters, digits, `-`, `_`, and `.fifo` at the end of a FIFO queue's.
fn check_name(name: &str) -> Result<(), AwsError> {
    let stem = name.strip_suffix(".fifo").unwrap_or(name);
    let good = !stem.is_empty()
        && name.len() <= 80
        && stem.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if good {
        return Ok(());
    }
    Err(AwsError::refused(
        "InvalidParameterValue",
        "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
    ))
}
