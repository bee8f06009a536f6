//! Firing: what is due, in order, delivered to a queue or a function, with retries and dead letters.

use std::{
    collections::BTreeMap,
    sync::PoisonError,
    time::{Duration, Instant},
};

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Entry, InvokeError, Scheduler,
    model::{Schedule, TargetKind},
};
use crate::{
    ACCOUNT,
    aws_error::AwsError,
    call::Service,
    sqs::{MessageAttribute, SendMessage},
    usage::Spent,
};

/// First pause between two attempts; it doubles up to [`LONGEST_PAUSE`]. Real time.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How often Lambda repeats an asynchronous invocation whose function failed
/// (<https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>; there after one and two
/// minutes, here after one and two seconds).
const ASYNCHRONOUS_RETRIES: u32 = 2;
/// Firings between two chances for other tasks to run, when the clock was moved far ahead.
const FIRINGS_IN_A_ROW: usize = 64;

/// One occurrence of a schedule.
#[derive(Debug, Clone)]
struct Firing {
    schedule: Schedule,
    schedule_arn: String,
    due: i64,
    execution_id: String,
}

/// Why an attempt failed, and whether another may help.
#[derive(Debug)]
struct Failure {
    code: String,
    message: String,
    retry: bool,
}

impl From<AwsError> for Failure {
    fn from(error: AwsError) -> Self {
        Self { code: error.query_code().to_owned(), retry: error.status >= 500, message: error.message }
    }
}

impl Scheduler {
    /// Fires schedules until the future is dropped.
    pub(crate) async fn run(self) {
        loop {
            let fired = self.fire_due().await;
            if fired == FIRINGS_IN_A_ROW {
                tokio::task::yield_now().await;
                continue;
            }
            let seen = self.shared.clock.offset_ms();
            let next = self.store().due.first().map(|(due, _)| *due);
            let pause = next.map_or(i64::MAX, |due| due - self.shared.clock.now_ms()).clamp(0, 3_600_000);
            tokio::select! {
                () = self.shared.changed.notified() => {}
                () = self.shared.clock.wait_for_change(seen) => {}
                () = tokio::time::sleep(Duration::from_millis(pause.unsigned_abs())) => {}
            }
        }
    }

    /// Fires what is due, oldest first; answers how many fired (at most [`FIRINGS_IN_A_ROW`]).
    async fn fire_due(&self) -> usize {
        for fired in 0..FIRINGS_IN_A_ROW {
            let Some(firing) = self.next_due() else { return fired };
            self.deliver(&firing).await;
            self.complete(firing);
        }
        FIRINGS_IN_A_ROW
    }

    fn next_due(&self) -> Option<Firing> {
        let store = self.store();
        let (due, key) = store.due.first().filter(|(due, _)| *due <= self.shared.clock.now_ms())?;
        let schedule = store.schedules.get(key)?.clone();
        Some(Firing {
            schedule_arn: self.arn(key),
            schedule,
            due: *due,
            execution_id: Uuid::new_v4().simple().to_string()[..16].to_owned(),
        })
    }

    /// Moves a schedule on to its next occurrence, or ends it.
    fn complete(&self, firing: Firing) {
        let mut store = self.store();
        let key = (firing.schedule.group.clone(), firing.schedule.name.clone());
        // Changed or deleted while it fired: then the new settings rule.
        let Some(mut schedule) = store.schedules.get(&key).filter(|now| **now == firing.schedule).cloned() else {
            return;
        };
        schedule.due = match schedule.settings.check() {
            Ok(expression) if !expression.is_one_off() => schedule.occurrence(&expression, firing.due + 1),
            _ => None,
        };
        let entry = if schedule.due.is_none() && schedule.deletes_itself() {
            Entry::Gone { group: key.0, name: key.1 }
        } else {
            Entry::Schedule { schedule: Box::new(schedule) }
        };
        if store.commit(vec![entry]).is_err() {
            // It could not be written: do not fire the same occurrence in a loop. The next start repeats it.
            let key = (firing.schedule.group, firing.schedule.name);
            store.due.remove(&(firing.due, key));
        }
    }

    /// Delivers to a queue at once, so that order holds; a function runs on its own.
    async fn deliver(&self, firing: &Firing) {
        self.shared.usage.record("scheduler", Service::Scheduler, "Invocation", Spent::default());
        let first = self.attempt(firing, 0).await;
        if matches!(firing.schedule.settings.target.kind(), Some(TargetKind::Queue(_))) && first.is_ok() {
            return;
        }
        let (scheduler, firing) = (self.clone(), firing.clone());
        tokio::spawn(async move { scheduler.insist(firing, first).await });
    }

    /// Repeats as the retry policy says, then gives up to the dead-letter queue.
    async fn insist(&self, firing: Firing, first: Result<(), Failure>) {
        let (retries, age) = firing.schedule.settings.target.retries();
        let oldest = Duration::from_secs(age.unsigned_abs());
        let (started, mut outcome, mut pause) = (Instant::now(), first, FIRST_PAUSE);
        let mut attempt = 0;
        loop {
            let failure = match outcome {
                Ok(()) => return,
                Err(failure) => failure,
            };
            let condition = if !failure.retry {
                None
            } else if attempt >= retries {
                Some("MaximumRetryAttempts")
            } else if started.elapsed() + pause > oldest {
                Some("MaximumEventAgeInSeconds")
            } else {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
                attempt += 1;
                outcome = self.attempt(&firing, attempt).await;
                continue;
            };
            self.give_up(&firing, attempt, &failure, condition);
            return;
        }
    }

    async fn attempt(&self, firing: &Firing, attempt: i64) -> Result<(), Failure> {
        let target = &firing.schedule.settings.target;
        let input = self.input(firing, attempt);
        match target.kind() {
            Some(TargetKind::Queue(name)) => {
                if self.shared.sqs.arn(name) != target.arn {
                    return Err(AwsError::refused("QueueDoesNotExist", "The specified queue does not exist.").into());
                }
                let group = target.sqs_parameters.as_ref().and_then(|parameters| parameters.message_group_id.clone());
                let message = SendMessage { message_body: input, message_group_id: group, ..SendMessage::default() };
                self.shared.sqs.send(name, message)?;
                Ok(())
            }
            Some(TargetKind::Function(arn)) => self.start_function(arn, input, firing),
            None => {
                Err(AwsError::refused("ValidationException", "the target is neither a queue nor a function").into())
            }
        }
    }

    /// Hands an event to Lambda, which accepts it and then tries up to three times.
    fn start_function(&self, arn: &str, input: String, firing: &Firing) -> Result<(), Failure> {
        let invoke = self.shared.invoke.read().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(invoke) = invoke else {
            return Err(Failure {
                code: "ServiceUnavailable".to_owned(),
                message: "no function runs yet on this machine".to_owned(),
                retry: true,
            });
        };
        let (arn, payload) = (arn.to_owned(), Bytes::from(input));
        let (scheduler, firing) = (self.clone(), firing.clone());
        tokio::spawn(async move {
            let mut failures = 0;
            let mut pause = FIRST_PAUSE;
            loop {
                match invoke.invoke(&arn, payload.clone()).await {
                    Ok(_) => return,
                    Err(error @ InvokeError::NoSuchFunction(_)) => {
                        let failure = Failure {
                            code: "ResourceNotFoundException".to_owned(),
                            message: error.to_string(),
                            retry: false,
                        };
                        return scheduler.give_up(&firing, 0, &failure, None);
                    }
                    // Lambda keeps an event it could not start for hours without counting it as an attempt.
                    Err(InvokeError::Unavailable(reason)) => tracing::debug!(%arn, %reason, "an event waits"),
                    Err(InvokeError::Failed(reason)) if failures < ASYNCHRONOUS_RETRIES => {
                        tracing::warn!(%arn, %reason, "a scheduled event failed and is tried again");
                        failures += 1;
                    }
                    Err(InvokeError::Failed(reason)) => {
                        tracing::error!(%arn, %reason, "a scheduled event failed three times and is given up");
                        if let Some(queue) = invoke.on_failure(&arn) {
                            scheduler.tell_of_failure(&queue, &arn, &payload, &reason);
                        }
                        return;
                    }
                }
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        });
        Ok(())
    }

    /// Puts Lambda's record of an event that failed for good on the queue of its failure destination
    /// (<https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>).
    fn tell_of_failure(&self, queue: &str, function: &str, payload: &Bytes, reason: &str) {
        let record = json!({
            "version": "1.0",
            "timestamp": Timestamp::now().to_string(),
            "requestContext": {
                "requestId": Uuid::new_v4(), "functionArn": format!("{function}:$LATEST"),
                "condition": "RetriesExhausted", "approximateInvokeCount": ASYNCHRONOUS_RETRIES + 1,
            },
            "requestPayload": serde_json::from_slice::<Value>(payload).unwrap_or_default(),
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
            "responsePayload": {"errorType": "Error", "errorMessage": reason},
        });
        let message = SendMessage { message_body: record.to_string(), ..SendMessage::default() };
        let name = queue.rsplit(':').next().unwrap_or_default();
        if let Err(error) = self.shared.sqs.send(name, message) {
            tracing::error!(%function, %error, "the queue of its failure destination did not accept the event");
        }
    }

    /// The target's input with its context attributes
    /// (<https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html>).
    fn input(&self, firing: &Firing, attempt: i64) -> String {
        let time =
            Timestamp::from_millisecond(firing.due - firing.due.rem_euclid(1_000)).unwrap_or_default().to_string();
        let Some(input) = &firing.schedule.settings.target.input else {
            return json!({
                "version": "0", "id": Uuid::new_v4(), "detail-type": "Scheduled Event", "source": "aws.scheduler",
                "account": ACCOUNT, "time": time, "region": self.shared.region,
                "resources": [firing.schedule_arn], "detail": "{}",
            })
            .to_string();
        };
        input
            .replace("<aws.scheduler.schedule-arn>", &firing.schedule_arn)
            .replace("<aws.scheduler.scheduled-time>", &time)
            .replace("<aws.scheduler.execution-id>", &firing.execution_id)
            .replace("<aws.scheduler.attempt-number>", &(attempt + 1).to_string())
    }

    /// Sends the event to the dead-letter queue, with the attributes of
    /// <https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html>.
    fn give_up(&self, firing: &Firing, retries: i64, failure: &Failure, condition: Option<&str>) {
        let target = &firing.schedule.settings.target;
        tracing::error!(schedule = %firing.schedule_arn, code = %failure.code, message = %failure.message, "a schedule could not reach its target");
        let Some(arn) = target.dead_letter_arn() else { return };
        let mut attributes = BTreeMap::from([
            ("ERROR_CODE", failure.code.clone()),
            ("ERROR_MESSAGE", failure.message.clone()),
            ("EXECUTION_ID", firing.execution_id.clone()),
            ("IS_PAYLOAD_TRUNCATED", "false".to_owned()),
            ("RETRY_ATTEMPTS", retries.to_string()),
            ("SCHEDULED_TIME", Timestamp::from_millisecond(firing.due).unwrap_or_default().to_string()),
            ("SCHEDULE_ARN", firing.schedule_arn.clone()),
            ("TARGET_ARN", target.arn.clone()),
        ]);
        if let Some(condition) = condition {
            attributes.insert("EXHAUSTED_RETRY_CONDITION", condition.to_owned());
        }
        let message = SendMessage {
            message_body: self.input(firing, retries),
            message_attributes: attributes
                .into_iter()
                .map(|(name, value)| (name.to_owned(), MessageAttribute::text(value)))
                .collect(),
            ..SendMessage::default()
        };
        let name = arn.rsplit(':').next().unwrap_or_default();
        if let Err(error) = self.shared.sqs.send(name, message) {
            tracing::error!(schedule = %firing.schedule_arn, %error, "its dead-letter queue did not accept the event");
        }
    }
}
