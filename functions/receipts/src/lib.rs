//! Records what Meta tells about messages sent and about the account, in batches.
//!
//! Delivery states arrive in any order and more than once. All states of one message in a batch become one write of
//! the furthest of them, and a state never moves back. A state of a message we do not know (another program's, the
//! Business app's) is kept as a notice, like account and template updates and whatever could not be read.
//!
//! What a batch comes to is decided in [`story`].

pub mod story;

use std::fmt::Display;
use std::sync::Arc;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use domain::id::LineId;
use domain::message::{Failure, MessageKey};
use domain::pause::Pause;
use domain::person::Person;
use domain::queue::{self, Notice, Notices};
use futures::stream::{self, StreamExt};
use jiff::Timestamp;
use platform::aws::Aws;
use platform::{Clock, SettingError, Settings, batch, telemetry};
use store::{Store, StoreError};
use whatsapp::webhook::{Preference, PreferenceValue};
use whatsapp::{PauseCause, Update};

use crate::story::{Batch, Story, Told, Trouble};

/// Writes under way at once.
const CONCURRENCY: usize = 16;

/// The function.
pub struct Receipts {
    store: Store,
    clock: Clock,
}

impl Receipts {
    /// Reads the settings; a missing one is an error that names it.
    pub fn new(settings: &Settings) -> Result<Arc<Self>, SettingError> {
        let aws = Aws::new(settings)?;
        let store = Store::new(aws.dynamodb(), settings.required("TABLE_NAME")?);
        Ok(Arc::new(Self { store, clock: Clock::new(settings) }))
    }

    /// Handles a batch. A record fails alone, together with those that speak of the same messages.
    pub async fn handle(&self, batch: SqsEvent) -> SqsBatchResponse {
        let ids: Vec<String> =
            batch.records.iter().map(|record| record.message_id.clone().unwrap_or_default()).collect();
        let now = self.clock.now();
        let mut read = Batch::default();
        let mut failed: Vec<usize> = Vec::new();
        for (record, message) in batch.records.into_iter().enumerate() {
            match queue::read::<Notices>(message.body.as_deref().unwrap_or_default()) {
                Ok(Notices { notices }) => {
                    let at = queued_at(&message).unwrap_or(now);
                    for notice in notices {
                        read.add(Told { at, record, notice }, now);
                    }
                }
                Err(error) => {
                    tracing::error!(message = ids[record], %error, "a record is not readable");
                    failed.push(record);
                }
            }
        }
        let Batch { stories, others, trouble } = read;
        let told = failures(stories.iter().map(|(key, story)| (story.records(), self.tell(key, story)))).await;
        let kept = failures(others.iter().map(|told| (vec![told.record], self.other(told)))).await;
        let unheeded = self.heed(trouble, now).await.into_iter().map(|(records, error)| (records, error.to_string()));
        for (records, error) in told.into_iter().chain(kept).chain(unheeded) {
            tracing::error!(error, "a notice was not recorded and will be delivered again");
            failed.extend(records);
        }
        failed.sort_unstable();
        failed.dedup();
        let mut response = SqsBatchResponse::default();
        for index in failed {
            response.add_failure(ids[index].clone());
        }
        response
    }

    async fn tell(&self, key: &MessageKey, story: &Story) -> Result<(), StoreError> {
        if self.store.apply_receipt(key, &story.receipt).await? {
            return Ok(());
        }
        for told in &story.told {
            self.keep(told).await?;
        }
        Ok(())
    }

    /// What failed states say of account and contacts. Answers which records are not done with.
    async fn heed(&self, trouble: Trouble, now: Timestamp) -> Vec<(Vec<usize>, StoreError)> {
        for (cause, times) in trouble.counts {
            telemetry::count(cause.metric(), times);
        }
        for (line, (cause, failure)) in trouble.lines {
            if let Err(error) = self.pause(line, cause, failure, now).await {
                // The next failed state, or the next message sent, tells of it again.
                tracing::error!(%error, "a pause of sending could not be written");
            }
        }
        let mut undone = Vec::new();
        for (contact, record) in trouble.marketing_stopped {
            if let Err(error) = self.store.stop_marketing(&contact, true).await {
                undone.push((vec![record], error));
            }
        }
        undone
    }

    /// Meta takes messages of this line and fails them: nothing more is sent, if that is not so already.
    async fn pause(&self, line: LineId, cause: PauseCause, failure: Failure, now: Timestamp) -> Result<(), StoreError> {
        let mut pause = Pause::begin(line, cause, failure, true, now);
        match self.store.save_pause(&mut pause).await {
            Ok(()) => {
                tracing::error!(line = %pause.line, failure = pause.failure.title, "sending is paused");
                self.store.add_notice(&Notice::SendingPaused { pause: Box::new(pause) }, now).await
            }
            Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn other(&self, told: &Told) -> Result<(), StoreError> {
        if let Notice::Update { update } = &told.notice
            && let Update::Preference { preference, .. } = &**update
        {
            self.prefer(preference).await?;
        }
        self.keep(told).await
    }

    async fn keep(&self, told: &Told) -> Result<(), StoreError> {
        self.store.add_notice(&told.notice, told.at).await
    }

    /// A person wants no more marketing, or wants it again.
    async fn prefer(&self, preference: &Preference) -> Result<(), StoreError> {
        let stopped = match preference.value {
            PreferenceValue::Stop => true,
            PreferenceValue::Resume | PreferenceValue::Signup => false,
            PreferenceValue::Other(_) => return Ok(()),
        };
        let Preference { phone, user_id, parent_user_id, .. } = preference.clone();
        let aliases = Person { phone, user_id, parent_user_id, name: None }.aliases();
        for alias in aliases {
            let Some(id) = self.store.whose(&alias).await? else { continue };
            self.store.stop_marketing(&id, stopped).await?;
            break;
        }
        Ok(())
    }
}

/// Does pieces of work side by side. Answers the records whose work must be done again, and why: what fails, or panics,
/// fails alone.
async fn failures<E: Display>(
    pieces: impl Iterator<Item = (Vec<usize>, impl Future<Output = Result<(), E>>)>,
) -> Vec<(Vec<usize>, String)> {
    stream::iter(pieces)
        .map(|(records, work)| async move {
            match batch::caught(work).await {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some((records, error.to_string())),
                Err(panicked) => Some((records, panicked.to_string())),
            }
        })
        .buffer_unordered(CONCURRENCY)
        .filter_map(std::future::ready)
        .collect()
        .await
}

/// When SQS took a record.
fn queued_at(record: &SqsMessage) -> Option<Timestamp> {
    let milliseconds = record.attributes.get("SentTimestamp")?.parse().ok()?;
    Timestamp::from_millisecond(milliseconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_panics_or_fails_brings_back_its_own_records_alone() {
        let work = |piece: usize| async move {
            tokio::task::yield_now().await;
            assert_ne!(piece, 2, "poison");
            if piece == 3 { Err("not now") } else { Ok(()) }
        };
        let mut failed = failures((0..40).map(|piece| (vec![piece, piece + 1], work(piece)))).await;
        failed.sort();
        assert_eq!(failed.iter().map(|(records, _)| records.as_slice()).collect::<Vec<_>>(), [[2, 3], [3, 4]]);
        assert!(failed[0].1.contains("panicked") && failed[0].1.contains("poison"), "{failed:?}");
        assert_eq!(failed[1].1, "not now");
    }
}
