//! Hands outbound messages to the Cloud API, one person's in order, and never one of them twice blindly.
//!
//! The Cloud API has no idempotency key. So a message is claimed before it is sent (`queued -> sending`, with a lease),
//! its key travels as `biz_opaque_callback_data`, and when it is not known whether it went out, nothing is repeated:
//! the message waits for the receipt that carries its key, and if none comes it is shown as `unknown`.

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
use platform::{Clock, Secret, Settings, batch, telemetry};
use serde::Deserialize;
use store::{Claim, Store, StoreError};
use whatsapp::{Action, CloudApi, MarkAsRead, OutboundMessage, OutboundRequest, Recipient, SendError};

/// How long a sender is believed alive after it claimed a message; longer than the function may run.
const LEASE: SignedDuration = SignedDuration::from_secs(15);
/// How long after its lease a message of unknown fate waits for its receipt, before it is left as unknown and the
/// person's next message goes out.
const RESOLVE: SignedDuration = SignedDuration::from_secs(60);
/// How soon a message of unknown fate is looked at again.
const LOOK_AGAIN: i32 = 15;
/// The longest SQS hides a message for us while the Cloud API wants us to wait.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

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
    sqs: aws_sdk_sqs::Client,
    queues: Vec<String>,
    clock: Clock,
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
    #[error("the Cloud API refused it for now: {reason}")]
    Later { reason: String, wait: Duration },
}

impl Sender {
    /// Reads the settings; a missing or unusable one is an error that names it.
    pub fn new(settings: &Settings) -> Result<Arc<Self>, Box<dyn Error + Send + Sync>> {
        let aws = Aws::new(settings)?;
        let url = settings.optional("GRAPH_URL").unwrap_or("https://graph.facebook.com");
        Ok(Arc::new(Self {
            store: Store::new(aws.dynamodb(), settings.required("TABLE_NAME")?),
            // The token is a secret, read with the first message.
            graph: CloudApi::new(url, &settings.required("GRAPH_VERSION")?, "unset")?,
            secret: Secret::new(aws.secrets_manager(), settings.required("GRAPH_SECRET_ARN")?),
            sqs: aws.sqs(),
            queues: vec![settings.required("OUTBOUND_QUEUE_URL")?, settings.required("BULK_QUEUE_URL")?],
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
        let request = request(&outbound, now);
        let row = row(&outbound, request.as_ref().ok().map(|(request, _)| request));
        match (self.store.claim(&outbound.key, &row, LEASE, now).await?, request) {
            (Claim::Ours, Ok((_, body))) => self.send(&outbound.key, body, receive_count(record)).await,
            (Claim::Ours, Err(failure)) => {
                Ok(self.store.record_state(&outbound.key, DeliveryState::Failed, Some(failure)).await?)
            }
            (Claim::Settled, _) => Ok(()),
            (Claim::Busy, _) => Err(NotDone::Busy),
            (Claim::Unresolved { since }, _) => {
                self.store.record_state(&outbound.key, DeliveryState::Unknown, None).await?;
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
            telemetry::count("TokenRejected", 1);
            NotDone::Later { reason: error.to_string(), wait: LONGEST_WAIT }
        })
    }

    /// Sends a claimed message and records what became of it.
    async fn send(&self, key: &MessageKey, body: Vec<u8>, receives: u32) -> Result<(), NotDone> {
        let error = match self.graph.send(key.line.as_str(), body).await {
            Ok(accepted) => return Ok(self.store.record_accepted(key, &accepted.message_id).await?),
            Err(error) => error,
        };
        let meaning = error.meaning();
        match meaning.action {
            Action::Ambiguous => {
                self.store.record_state(key, DeliveryState::Unknown, None).await?;
                Err(NotDone::Unresolved)
            }
            Action::Retry { after } => self.later(key, &error, after.delay(receives.saturating_sub(1))).await,
            Action::Wait { after } if after <= LONGEST_WAIT => self.later(key, &error, after).await,
            Action::Alarm => {
                // The account, not the message, is in trouble: the message waits until somebody has seen to it.
                telemetry::count("TokenRejected", 1);
                let _ = self.secret.reread().await; // the token may just have been replaced
                self.later(key, &error, LONGEST_WAIT).await
            }
            // A wait longer than a queue can hide a message: by then it is for a person to decide.
            Action::Wait { .. } | Action::Stop => {
                let failure =
                    Failure { code: code(&error), title: error.to_string(), remedy: meaning.remedy.to_owned() };
                Ok(self.store.record_state(key, DeliveryState::Failed, Some(failure)).await?)
            }
        }
    }

    /// Gives a message back that was certainly not sent.
    async fn later(&self, key: &MessageKey, error: &SendError, wait: Duration) -> Result<(), NotDone> {
        self.store.release(key).await?;
        Err(NotDone::Later { reason: error.to_string(), wait: wait.clamp(Duration::from_secs(1), LONGEST_WAIT) })
    }

    /// Hides a message that is not done for as long as makes sense, so that it neither hammers the Cloud API nor waits
    /// for the queue's full timeout.
    async fn hide(&self, record: &SqsMessage, reason: &NotDone) {
        let seconds = match reason {
            NotDone::Later { wait, .. } => i32::try_from(wait.as_secs()).unwrap_or(60),
            NotDone::Busy | NotDone::Unresolved => LOOK_AGAIN,
            _ => return, // the queue's own timeout
        };
        let name = record.event_source_arn.as_deref().and_then(|arn| arn.rsplit(':').next()).unwrap_or_default();
        let Some(queue) = self.queues.iter().find(|url| url.ends_with(name)) else { return };
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

fn code(error: &SendError) -> Option<i64> {
    match error {
        SendError::Rejected(rejection) => rejection.code,
        SendError::Ambiguous { answer, .. } => answer.as_ref().and_then(|answer| answer.code),
        SendError::NotSent { .. } => None,
    }
}

fn receive_count(record: &SqsMessage) -> u32 {
    record.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok()).unwrap_or(1)
}
