//! Redrive: moving the messages of a dead-letter queue back to where they failed, or to another queue.

use std::time::Duration;

use serde::Serialize;
use uuid::Uuid;

use super::{
    Sqs,
    message::{Message, Standing},
};
use crate::{aws_error::AwsError, clock::real_now_ms};

/// Messages moved per second when the caller names no rate.
const DEFAULT_RATE: i64 = 500;

/// Where a move task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MoveStatus {
    /// Messages are being moved.
    Running,
    /// Every message that could be received was moved.
    Completed,
    /// It stopped: see the reason.
    Failed,
}

/// One redrive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MoveTask {
    /// What StartMessageMoveTask answered.
    #[serde(skip)]
    pub handle: String,
    /// Where it stands.
    pub status: MoveStatus,
    /// The dead-letter queue.
    pub source_arn: String,
    /// Where the messages go; their own source queue if missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination_arn: Option<String>,
    /// The rate asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_number_of_messages_per_second: Option<i64>,
    /// Messages moved so far.
    pub approximate_number_of_messages_moved: u64,
    /// Messages there were at the start.
    pub approximate_number_of_messages_to_move: u64,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_reason: Option<String>,
    /// Milliseconds since 1970.
    pub started_timestamp: i64,
}

impl Sqs {
    /// Starts to move the messages of the dead-letter queue `source_arn` to `destination_arn`, or each to the queue it
    /// failed in, `rate` (1 to 500) a second. Must be called inside a Tokio runtime.
    ///
    /// # Errors
    /// `ResourceNotFoundException`; `InvalidParameterValue` if the source is no dead-letter queue or the rate is
    /// outside its limits; `UnsupportedOperation` if a task is running for that queue.
    pub fn start_move(
        &self,
        source_arn: &str,
        destination_arn: Option<&str>,
        rate: Option<i64>,
    ) -> Result<String, AwsError> {
        let to_move = self.counted("StartMessageMoveTask", 0, |store| {
            let missing = |arn: &str| {
                AwsError::refused(
                    "ResourceNotFoundException",
                    format!("The resource that you specified, {arn}, doesn't exist."),
                )
            };
            let source = self.name_of(source_arn).and_then(|name| store.find(name));
            let source = source.ok_or_else(|| missing(source_arn))?;
            let is_dead_letter_queue = store
                .queues()
                .any(|queue| queue.attributes.redrive.as_ref().is_some_and(|redrive| redrive.target_arn == source_arn));
            if !is_dead_letter_queue {
                return Err(AwsError::refused(
                    "InvalidParameterValue",
                    "Source queue must be configured as a Dead Letter Queue.",
                ));
            }
            if rate.is_some_and(|rate| !(1..=DEFAULT_RATE).contains(&rate)) {
                return Err(AwsError::refused(
                    "InvalidParameterValue",
                    "MaxNumberOfMessagesPerSecond must be from 1 to 500.",
                ));
            }
            if let Some(arn) = destination_arn {
                let destination = self.name_of(arn).and_then(|name| store.find(name)).ok_or_else(|| missing(arn))?;
                if destination.attributes.fifo != source.attributes.fifo {
                    return Err(AwsError::refused(
                        "InvalidParameterValue",
                        "Source and destination must be queues of the same type.",
                    ));
                }
            }
            Ok(source.counts().0 as u64)
        })?;
        let handle = Uuid::new_v4().to_string();
        {
            let mut moves = self.moves();
            if moves.iter().any(|task| task.source_arn == source_arn && task.status == MoveStatus::Running) {
                return Err(AwsError::refused(
                    "UnsupportedOperation",
                    "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
                ));
            }
            moves.push(MoveTask {
                handle: handle.clone(),
                status: MoveStatus::Running,
                source_arn: source_arn.to_owned(),
                destination_arn: destination_arn.map(str::to_owned),
                max_number_of_messages_per_second: rate,
                approximate_number_of_messages_moved: 0,
                approximate_number_of_messages_to_move: to_move,
                failure_reason: None,
                started_timestamp: real_now_ms(),
            });
        }
        let (sqs, task) = (self.clone(), handle.clone());
        tokio::spawn(async move { sqs.run_move(&task).await });
        Ok(handle)
    }

    /// Move tasks of a dead-letter queue since the start of this process, latest first.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub fn list_moves(&self, source_arn: &str) -> Result<Vec<MoveTask>, AwsError> {
        self.counted("ListMessageMoveTasks", 0, |store| {
            if self.name_of(source_arn).and_then(|name| store.find(name)).is_none() {
                return Err(AwsError::refused(
                    "ResourceNotFoundException",
                    format!("The resource that you specified, {source_arn}, doesn't exist."),
                ));
            }
            let moves = self.moves();
            Ok(moves.iter().rev().filter(|task| task.source_arn == source_arn).cloned().collect())
        })
    }

    async fn run_move(&self, handle: &str) {
        let Some(task) = self.moves().iter().find(|task| task.handle == handle).cloned() else { return };
        let rate = task.max_number_of_messages_per_second.unwrap_or(DEFAULT_RATE);
        let outcome = loop {
            match self.move_some(&task, usize::try_from(rate).unwrap_or(1)) {
                Err(error) => break Err(error),
                Ok(moved) => {
                    self.update(handle, |task| task.approximate_number_of_messages_moved += moved as u64);
                    if (moved as i64) < rate {
                        break Ok(());
                    }
                }
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        };
        self.update(handle, |task| match outcome {
            Ok(()) => task.status = MoveStatus::Completed,
            Err(error) => {
                task.status = MoveStatus::Failed;
                task.failure_reason = Some(error.to_string());
            }
        });
    }

    /// Moves up to `max` messages that can be received, oldest first; answers how many.
    fn move_some(&self, task: &MoveTask, max: usize) -> Result<usize, AwsError> {
        let mut store = self.store();
        let now = real_now_ms();
        let source = self.name_of(&task.source_arn).unwrap_or_default();
        let queue = store.queue(source)?;
        queue.settle(now);
        let ready = |message: &&Message| message.standing == Standing::Ready;
        let mut found: Vec<Message> = queue.messages().filter(ready).cloned().collect();
        found.sort_by_key(|message| message.id);
        found.truncate(max);
        let mut copies = Vec::with_capacity(found.len());
        for message in &found {
            let arn = task.destination_arn.as_ref().or(message.source_arn.as_ref());
            let destination = arn.and_then(|arn| self.name_of(arn)).filter(|name| store.find(name).is_some());
            let destination = destination.ok_or_else(|| {
                AwsError::refused(
                    "InvalidParameterValue",
                    format!("message {} did not come from a queue; name a destination", message.message_id),
                )
            })?;
            // A redriven message counts as new: a new id, a new time, no receives.
            let copy = Message {
                id: store.next_id(),
                message_id: Uuid::new_v4().to_string(),
                sent_at: now,
                first_received_at: None,
                receive_count: 0,
                source_arn: None,
                ..message.clone()
            };
            copies.push((destination.to_owned(), copy, None));
        }
        store.put(copies)?;
        store.delete(source, found.iter().map(|message| message.id).collect())?;
        Ok(found.len())
    }

    fn update(&self, handle: &str, change: impl FnOnce(&mut MoveTask)) {
        if let Some(task) = self.moves().iter_mut().find(|task| task.handle == handle) {
            change(task);
        }
    }

    fn moves(&self) -> std::sync::MutexGuard<'_, Vec<MoveTask>> {
        self.shared.moves.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
