//! Hands outbound messages to the Cloud API, one person's in order, and never one of them twice blindly.
//!
//! The Cloud API has no idempotency key. So a message is claimed before it is sent (`queued -> sending`, with a lease),
//! its key travels as `biz_opaque_callback_data`, and when it is not known whether it went out, nothing is repeated:
//! the message waits for the receipt that carries its key, and if none comes it is shown as `unknown`.
//!
//! What follows from an answer is decided in [`verdict`]; while Meta refuses everything, the messages of the line wait
//! ([`pauses`]).

mod pauses;
pub mod verdict;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use domain::delivery::DeliveryState;
use domain::message::{Failure, Message, MessageKey};
use domain::queue::{self, Outbound, UnreadablePayload};
use domain::window;
use jiff::{SignedDuration, Timestamp};
use platform::aws::Aws;
use platform::{Clock, Secret, Settings, batch, ids, telemetry};
use serde::Deserialize;
use store::{Claim, Claimant, Store, StoreError, Tries};
use whatsapp::{CloudApi, MarkAsRead, OutboundMessage, OutboundRequest, PauseCause, Recipient, SendError};

use crate::pauses::{Pauses, Turn};
use crate::verdict::Verdict;

/// How long a sender is believed alive after it claimed a message; longer than the function may run.
const LEASE: SignedDuration = SignedDuration::from_secs(15);
/// How long after its lease a message of unknown fate waits for its receipt, before it is left as unknown and the
/// person's next message goes out.
const RESOLVE: SignedDuration = SignedDuration::from_secs(60);
/// How soon a message of unknown fate is looked at again.
const LOOK_AGAIN: i32 = 15;
/// How soon what cannot be read is looked at again, by a newer build perhaps: it holds up its person.
const UNREADABLE: i32 = 1;
/// The longest a reply waits when the Cloud API wants it to: it holds up its conversation.
const REPLY_WAITS: Duration = Duration::from_secs(15 * 60);
/// The longest a message of the bulk queue waits. (SQS hides none for more than 12 hours.)
const BULK_WAITS: Duration = Duration::from_secs(6 * 60 * 60);

/// What the operator fills in once.
#[derive(Clone, Deserialize)]
struct GraphSecret {
    access_token: String,
}

/// The function.
pub struct Sender {
    store: Store,
    graph: CloudApi,
    secret: Secret<GraphSecret>,
    pauses: Pauses,
    sqs: aws_sdk_sqs::Client,
    outbound: String,
    bulk: String,
    clock: Clock,
}

/// A message that is ours to send: its key, its claim, what the Cloud API answered to it before, how long its queue may
/// wait, and how it came to its turn.
struct Claimed<'a> {
    key: &'a MessageKey,
    claim: &'a str,
    tries: Tries,
    patience: Duration,
    turn: Turn,
}

/// Why a message is not done with yet; the queue delivers it again.
#[derive(Debug, thiserror::Error)]
enum NotDone {
    #[error(transparent)]
    Payload(#[from] UnreadablePayload),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Secret(#[from] platform::secret::SecretError),
    #[error("another sender is at work on it")]
    Busy,
    #[error("it may have been sent; waiting for its receipt")]
    Unresolved,
    #[error("the Cloud API reported a fault of its own; waiting for a receipt before it is sent again")]
    Doubted { wait: Duration },
    #[error("sending from its line is paused")]
    Paused { wait: Duration },
    #[error("the Cloud API refused it for now: {reason}")]
    Later { reason: String, wait: Duration },
}

impl Sender {
    /// Reads the settings; a missing or unusable one is an error that names it.
    pub fn new(settings: &Settings) -> Result<Arc<Self>, Box<dyn Error + Send + Sync>> {
        let aws = Aws::new(settings)?;
        let url = settings.optional("GRAPH_URL").unwrap_or("https://graph.facebook.com");
        let store = Store::new(aws.dynamodb(), settings.required("TABLE_NAME")?);
        Ok(Arc::new(Self {
            pauses: Pauses::new(store.clone()),
            store,
            // The token is a secret, read with the first message.
            graph: CloudApi::new(url, &settings.required("GRAPH_VERSION")?, "unset")?,
            secret: Secret::new(aws.secrets_manager(), settings.required("GRAPH_SECRET_ARN")?),
            sqs: aws.sqs(),
            outbound: settings.required("OUTBOUND_QUEUE_URL")?,
            bulk: settings.required("BULK_QUEUE_URL")?,
            clock: Clock::new(settings),
        }))
    }

    /// Handles a batch: the messages to one person one after the other, people side by side.
    pub async fn handle(&self, batch: SqsEvent) -> SqsBatchResponse {
        batch::in_groups(batch, |record| async move {
            let done = self.handle_record(&record).await;
            if let Err(reason) = &done {
                self.hide(&record, reason).await;
            }
            done
        })
        .await
    }

    async fn handle_record(&self, record: &SqsMessage) -> Result<(), NotDone> {
        let outbound: Outbound = queue::read(record.body.as_deref().unwrap_or_default())?;
        // What can fail without anything being sent comes before the claim, which cannot be told from a sent message.
        self.take_up_token().await?;
        if let Some(mark) = MarkAsRead::of(&outbound.message) {
            // Ticks and dots are a courtesy: they leave no row, and nothing waits for them.
            if let Err(error) = self.graph.mark_read(outbound.key.line.as_str(), &mark).await {
                tracing::warn!(%error, "a message could not be marked as read");
            }
            return Ok(());
        }
        let now = self.clock.now();
        let key = &outbound.key;
        let request = request(&outbound, now);
        let row = row(&outbound, request.as_ref().ok().map(|(request, _)| request));
        let turn = self.pauses.turn(&key.line, now).await?;
        if let Turn::Wait(wait) = turn {
            if receive_count(record) == 1 {
                self.store.add_message(key, &row).await?; // shown as queued while it waits
            }
            return Err(NotDone::Paused { wait });
        }
        let claimant = Claimant { id: ids::new_id(now), now, lease: now + LEASE };
        let claim = match self.store.claim(key, &row, &claimant).await {
            Ok(claim) => claim,
            Err(error) => {
                // The claim may have taken effect. Nothing was sent, which only this process knows.
                let _ = self.store.release(key, &claimant.id, Tries::default()).await;
                return Err(error.into());
            }
        };
        match (claim, request) {
            (Claim::Ours(tries), Ok((_, body))) => {
                let patience = if self.queue(record) == Some(&self.bulk) { BULK_WAITS } else { REPLY_WAITS };
                self.send(Claimed { key, claim: &claimant.id, tries, patience, turn }, body).await
            }
            (Claim::Ours(_), Err(failure)) => {
                Ok(self.store.record_state(key, DeliveryState::Failed, Some(failure)).await?)
            }
            (Claim::Settled, _) => Ok(()),
            (Claim::Busy, _) => Err(NotDone::Busy),
            (Claim::Doubted { again }, _) => {
                Err(NotDone::Doubted { wait: Duration::try_from(again.duration_since(now)).unwrap_or_default() })
            }
            (Claim::Unresolved { since }, _) => {
                self.store.record_state(key, DeliveryState::Unknown, None).await?;
                if now.duration_since(since) > RESOLVE {
                    telemetry::count("UnknownDelivery", 1);
                    return Ok(()); // it stays visible as unknown; its receipt may still come
                }
                Err(NotDone::Unresolved)
            }
        }
    }

    /// Uses the token as the secret has it now. One that cannot be one (nobody has filled it in yet) is an alarm, and
    /// the message waits for it.
    async fn take_up_token(&self) -> Result<(), NotDone> {
        let token = self.secret.get().await?.access_token;
        self.graph.set_token(&token).map_err(|error| {
            telemetry::count(PauseCause::Credentials.metric(), 1);
            NotDone::Later { reason: error.to_string(), wait: REPLY_WAITS }
        })
    }

    /// Sends a claimed message and records what became of it.
    async fn send(&self, claimed: Claimed<'_>, body: Vec<u8>) -> Result<(), NotDone> {
        let Claimed { key, claim, tries, patience, turn } = claimed;
        let error = match self.graph.send(key.line.as_str(), body).await {
            Ok(accepted) => {
                self.store.record_accepted(key, &accepted.message_id).await?;
                if let Turn::Try(pause) = &turn {
                    self.pauses.taken(pause, key, self.clock.now()).await?;
                }
                return Ok(());
            }
            Err(error) => error,
        };
        let refused = Tries { refusals: tries.refusals.saturating_add(1), ..tries };
        let now = self.clock.now();
        match verdict::verdict(&error, tries, patience, turn == Turn::Go) {
            Verdict::Unknown => {
                self.store.record_state(key, DeliveryState::Unknown, None).await?;
                Err(NotDone::Unresolved)
            }
            Verdict::Doubt(wait) => {
                let doubted = Tries { doubts: tries.doubts.saturating_add(1), ..tries };
                self.store.doubt(key, claim, doubted, now.checked_add(wait).unwrap_or(now)).await?;
                Err(NotDone::Doubted { wait })
            }
            Verdict::Later(wait) => {
                self.store.release(key, claim, refused).await?;
                Err(later(&error, wait))
            }
            Verdict::Pause { cause, failure } => {
                if cause == PauseCause::Credentials {
                    let _ = self.secret.reread().await; // the token may just have been replaced
                }
                let wait = match &turn {
                    Turn::Try(pause) => {
                        self.store.release(key, claim, tries).await?;
                        self.pauses.refused(pause, now)
                    }
                    Turn::Go | Turn::Wait(_) => {
                        self.store.release(key, claim, refused).await?;
                        self.pauses.begin(&key.line, cause, failure, now).await?
                    }
                };
                Err(later(&error, wait))
            }
            Verdict::Fail(failure) => {
                self.store.record_state(key, DeliveryState::Failed, Some(failure)).await?;
                if error.meaning().stops_marketing() {
                    self.store.stop_marketing(&key.contact, true).await?;
                }
                Ok(())
            }
        }
    }

    /// The queue that a record came from.
    fn queue(&self, record: &SqsMessage) -> Option<&String> {
        let name = record.event_source_arn.as_deref()?.rsplit(':').next()?;
        [&self.outbound, &self.bulk].into_iter().find(|url| url.ends_with(name))
    }

    /// Hides a message that is not done for as long as makes sense, so that it neither hammers the Cloud API nor waits
    /// for the queue's full timeout.
    async fn hide(&self, record: &SqsMessage, reason: &NotDone) {
        let seconds = match reason {
            NotDone::Later { wait, .. } | NotDone::Doubted { wait } | NotDone::Paused { wait } => {
                // Not a second too early, and never at once.
                i32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(LOOK_AGAIN).max(1)
            }
            NotDone::Busy | NotDone::Unresolved => LOOK_AGAIN,
            NotDone::Payload(_) | NotDone::Store(StoreError::Unreadable(_)) => UNREADABLE,
            NotDone::Store(_) | NotDone::Secret(_) => return, // the queue's own timeout
        };
        let Some(queue) = self.queue(record) else { return };
        let hidden = self
            .sqs
            .change_message_visibility()
            .queue_url(queue)
            .set_receipt_handle(record.receipt_handle.clone())
            .visibility_timeout(seconds)
            .send()
            .await;
        if hidden.is_err() {
            tracing::warn!(queue, "a message keeps the queue's own waiting time");
        }
    }
}

/// The request to send, and its bytes: the free-form message inside the window, else the template. What breaks a limit
/// or comes too late is refused here, before anything is sent.
fn request(outbound: &Outbound, now: Timestamp) -> Result<(OutboundRequest, Vec<u8>), Failure> {
    let mut message = read(&outbound.message)?;
    if !message.is_template() && !window::is_open(outbound.window_expires_at, now) {
        message = match &outbound.fallback {
            Some(template) => read(template)?,
            None => {
                return Err(Failure {
                    code: None,
                    title: "the 24-hour window is closed".into(),
                    remedy: "Send a template message; free-form messages can be sent when the person writes again."
                        .into(),
                });
            }
        };
    }
    let to = Recipient { phone: outbound.to.phone.clone(), user_id: outbound.to.user_id.clone() };
    let mut request = OutboundRequest::new(to, message).with_callback_data(outbound.key.callback_data());
    request.reply_to.clone_from(&outbound.reply_to);
    request.check().map_err(|limits| Failure {
        code: None,
        title: limits.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
        remedy: "Correct the journey or the request that made the message.".into(),
    })?;
    let body = request.render_bytes().map_err(not_a_message)?;
    Ok((request, body))
}

fn read(message: &serde_json::Value) -> Result<OutboundMessage, Failure> {
    OutboundMessage::deserialize(message).map_err(not_a_message)
}

fn not_a_message(error: serde_json::Error) -> Failure {
    Failure {
        code: None,
        title: format!("the message is not one the Cloud API knows: {error}"),
        remedy: "Correct the journey or the request that made the message.".into(),
    }
}

/// The message's row: what is sent, or what could not be.
fn row(outbound: &Outbound, request: Option<&OutboundRequest>) -> Message {
    let sent = request.and_then(|request| serde_json::to_value(&request.message).ok());
    let content = sent.unwrap_or_else(|| outbound.message.clone());
    Message::outbound(&outbound.key, content, outbound.author.clone())
}

fn later(error: &SendError, wait: Duration) -> NotDone {
    NotDone::Later { reason: error.to_string(), wait }
}

fn receive_count(record: &SqsMessage) -> u32 {
    record.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok()).unwrap_or(1)
}
