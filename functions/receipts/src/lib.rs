//! Records what Meta tells about messages sent and about the account, in batches.
//!
//! Delivery states arrive in any order and more than once. All states of one message in a batch become one write of
//! the furthest of them, and a state never moves back. A state of a message we do not know (another program's, the
//! Business app's) is kept as a notice, like account and template updates and whatever could not be read.

use std::collections::HashMap;
use std::sync::Arc;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use domain::delivery::DeliveryState;
use domain::message::{Failure, MessageKey};
use domain::person::{Alias, AliasKind};
use domain::queue::{self, Notice, Notices};
use futures::stream::{self, StreamExt};
use jiff::Timestamp;
use platform::aws::Aws;
use platform::{Clock, SettingError, Settings};
use store::{Receipt, Store, StoreError};
use whatsapp::webhook::{Preference, PreferenceValue};
use whatsapp::{Status, Update};

/// Writes under way at once.
const CONCURRENCY: usize = 16;

/// The function.
pub struct Receipts {
    store: Store,
    clock: Clock,
}

/// All that a batch says about one message, and the records that say it.
#[derive(Default)]
struct Story {
    receipt: Receipt,
    /// The states as Meta sent them, to be kept should the message be unknown.
    notices: Vec<Told>,
    records: Vec<usize>,
}

/// A notice, when its record was queued, and which record that is.
struct Told {
    at: Timestamp,
    record: usize,
    notice: Notice,
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
        let mut stories: HashMap<MessageKey, Story> = HashMap::new();
        let mut others: Vec<Told> = Vec::new();
        let mut failed: Vec<usize> = Vec::new();
        for (index, record) in batch.records.into_iter().enumerate() {
            match queue::read::<Notices>(record.body.as_deref().unwrap_or_default()) {
                Ok(Notices { notices }) => {
                    let at = queued_at(&record).unwrap_or_else(|| self.clock.now());
                    for notice in notices {
                        let about = ours(&notice);
                        let told = Told { at, record: index, notice };
                        match about {
                            Some((key, receipt)) => stories.entry(key).or_default().add(receipt, told),
                            None => others.push(told),
                        }
                    }
                }
                Err(error) => {
                    tracing::error!(message = ids[index], %error, "a record is not readable");
                    failed.push(index);
                }
            }
        }
        let told = stream::iter(stories)
            .map(|(key, story)| async move {
                let done = self.tell(&key, &story).await;
                done.err().map(|error| (story.records, error))
            })
            .buffer_unordered(CONCURRENCY)
            .filter_map(std::future::ready);
        let kept = stream::iter(others)
            .map(|told| async move {
                let done = self.other(&told).await;
                done.err().map(|error| (vec![told.record], error))
            })
            .buffer_unordered(CONCURRENCY)
            .filter_map(std::future::ready);
        for (records, error) in told.chain(kept).collect::<Vec<_>>().await {
            tracing::error!(%error, "a notice was not recorded and will be delivered again");
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
        for told in &story.notices {
            self.keep(told).await?;
        }
        Ok(())
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
        let aliases = [
            (AliasKind::UserId, &preference.user_id),
            (AliasKind::ParentUserId, &preference.parent_user_id),
            (AliasKind::Phone, &preference.phone),
        ]
        .into_iter()
        .filter_map(|(kind, value)| value.clone().map(|value| Alias { kind, value }));
        for alias in aliases {
            let Some(id) = self.store.whose(&alias).await? else { continue };
            let Some(mut contact) = self.store.contact(&id).await? else { continue };
            if contact.marketing_stopped != stopped {
                contact.marketing_stopped = stopped;
                self.store.save_contact(&mut contact).await?;
            }
            break;
        }
        Ok(())
    }
}

impl Story {
    fn add(&mut self, receipt: Receipt, told: Told) {
        let further = |state: Option<DeliveryState>| state.map(DeliveryState::rank);
        if further(receipt.state) > further(self.receipt.state) {
            self.receipt.state = receipt.state;
            self.receipt.failure = receipt.failure;
        }
        self.receipt.pricing = self.receipt.pricing.take().or(receipt.pricing);
        if self.receipt.wamid.is_empty() {
            self.receipt.wamid = receipt.wamid;
        }
        if self.records.last() != Some(&told.record) {
            self.records.push(told.record);
        }
        self.notices.push(told);
    }
}

/// When SQS took a record.
fn queued_at(record: &SqsMessage) -> Option<Timestamp> {
    let milliseconds = record.attributes.get("SentTimestamp")?.parse().ok()?;
    Timestamp::from_millisecond(milliseconds).ok()
}

/// The message that a notice is about, if it is a state of one of ours: ours carry their key.
fn ours(notice: &Notice) -> Option<(MessageKey, Receipt)> {
    let Notice::Status { status, .. } = notice else { return None };
    let key = MessageKey::from_callback_data(status.callback_data.as_deref()?)?;
    Some((key, receipt(status)))
}

fn receipt(status: &Status) -> Receipt {
    let failure = status.errors.first().map(|error| {
        let meaning = error.meaning();
        let title = error.details().unwrap_or(meaning.title).to_owned();
        Failure { code: Some(error.code), title, remedy: meaning.remedy.to_owned() }
    });
    Receipt {
        wamid: status.message_id.clone(),
        state: DeliveryState::from_status(status.state.as_str()),
        failure,
        pricing: status.pricing.as_ref().and_then(|pricing| serde_json::to_value(pricing).ok()),
    }
}
