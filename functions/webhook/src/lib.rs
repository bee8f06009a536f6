//! Meta's webhook. It proves that a POST comes from Meta, splits it into its updates and puts each on its queue:
//! what is said between people and the organisation on `inbound.fifo` in the group of their person (or of the WhatsApp
//! group), everything else on `statuses`. It answers 200 only after
//! SQS accepted every one of them, because Meta repeats what is not answered so, for days.
//!
//! A refusal tells the caller nothing but its status: no word about what was expected.

use std::sync::Arc;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::encodings::Body;
use base64::Engine;
use domain::id::LineId;
use domain::person::Person;
use domain::queue::{self, Happening, Notice, Notices, PersonEvent};
use jiff::Timestamp;
use platform::queue::{Entry, Fifo, SendError};
use platform::{Clock, Queue, Secret, SettingError, Settings, aws::Aws, telemetry};
use serde::Deserialize;
use whatsapp::signature::{self, SignatureError};
use whatsapp::{Update, Webhook as Parsed};

/// Meta's limit of a webhook body.
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/set-up-webhooks>
const MAX_BODY: usize = 3 * 1024 * 1024;
/// Notices are packed into one queue message up to this size: one request for many delivery states.
const PACK_BYTES: usize = 60_000;

/// What the operator fills in once.
#[derive(Clone, Deserialize)]
pub struct WebhookSecret {
    /// The Meta app's secret, and the previous one while it is being rotated.
    app_secrets: Vec<String>,
    /// The text given to Meta together with the callback URL.
    verify_token: String,
}

/// The function.
pub struct Webhook {
    secret: Secret<WebhookSecret>,
    inbound: Queue,
    statuses: Queue,
    clock: Clock,
}

/// Why a POST is not answered with 200.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("the body has more than {MAX_BODY} bytes")]
    TooLarge,
    #[error("{0}")]
    NotFromMeta(#[from] SignatureError),
    #[error(transparent)]
    Secret(#[from] platform::secret::SecretError),
    #[error(transparent)]
    Queue(#[from] SendError),
    #[error("a queue payload could not be written: {0}")]
    Payload(#[from] serde_json::Error),
}

impl Refusal {
    fn status(&self) -> i64 {
        match self {
            Self::TooLarge => 413,
            Self::NotFromMeta(_) => 401,
            Self::Secret(_) | Self::Queue(_) | Self::Payload(_) => 503,
        }
    }
}

impl Webhook {
    /// Reads the settings; a missing one is an error that names it.
    pub fn new(settings: &Settings) -> Result<Arc<Self>, SettingError> {
        let aws = Aws::new(settings)?;
        let sqs = aws.sqs();
        Ok(Arc::new(Self {
            secret: Secret::new(aws.secrets_manager(), settings.required("WEBHOOK_SECRET_ARN")?),
            inbound: Queue::new(sqs.clone(), settings.required("INBOUND_QUEUE_URL")?),
            statuses: Queue::new(sqs, settings.required("STATUSES_QUEUE_URL")?),
            clock: Clock::new(settings),
        }))
    }

    /// Handles a request.
    pub async fn handle(&self, request: ApiGatewayV2httpRequest) -> ApiGatewayV2httpResponse {
        if request.request_context.http.method.as_str() == "GET" {
            return self.verify(&request).await;
        }
        match self.receive(&request).await {
            Ok(()) => answer(200, ""),
            Err(refusal) => {
                if let Refusal::NotFromMeta(_) = refusal {
                    telemetry::count("SignatureFailures", 1);
                }
                tracing::warn!(reason = %refusal, "a webhook was refused");
                answer(refusal.status(), "")
            }
        }
    }

    /// Meta's question whether this is the right address: the challenge goes back if the token is ours.
    async fn verify(&self, request: &ApiGatewayV2httpRequest) -> ApiGatewayV2httpResponse {
        let ask = |name: &str| request.query_string_parameters.first(name).unwrap_or_default();
        match self.secret.get().await {
            Ok(secret)
                if ask("hub.mode") == "subscribe"
                    && !secret.verify_token.is_empty()
                    && same(ask("hub.verify_token"), &secret.verify_token) =>
            {
                answer(200, ask("hub.challenge"))
            }
            Ok(_) => answer(403, ""),
            Err(error) => {
                tracing::error!(%error, "the verify token is not to be had");
                answer(503, "")
            }
        }
    }

    async fn receive(&self, request: &ApiGatewayV2httpRequest) -> Result<(), Refusal> {
        let body = body(request)?;
        if body.len() > MAX_BODY {
            return Err(Refusal::TooLarge);
        }
        self.check_signature(request, &body).await?;
        match whatsapp::parse(&body) {
            Ok(parsed) => self.enqueue(parsed).await,
            Err(reason) => {
                // Meta signed it, so refusing it would only bring it back for days. It is kept to be looked at.
                let body = String::from_utf8_lossy(&body).chars().take(PACK_BYTES).collect();
                self.send_notices(vec![Notice::Quarantined { reason: reason.to_string(), body }]).await
            }
        }
    }

    async fn check_signature(&self, request: &ApiGatewayV2httpRequest, body: &[u8]) -> Result<(), Refusal> {
        let header = request.headers.get(signature::HEADER).and_then(|value| value.to_str().ok());
        let secret = self.secret.get().await?;
        match signature::verify(&secret.app_secrets, body, header) {
            Ok(_) => Ok(()),
            Err(SignatureError::Mismatch | SignatureError::NoSecret) => {
                // The secret may have been rotated a moment ago.
                let secret = self.secret.reread().await?;
                signature::verify(&secret.app_secrets, body, header)?;
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn enqueue(&self, parsed: Parsed) -> Result<(), Refusal> {
        let mut events = Vec::new();
        let mut notices = Vec::new();
        let received_at = self.clock.now();
        for update in parsed.updates {
            match said(update, received_at) {
                Ok(event) => {
                    let (Some(group), Some(name)) = (event.group(), event.told()) else { continue }; // `said` has both
                    let fifo = Fifo { group, deduplication: name.to_string() };
                    events.push(Entry { body: queue::write(&event)?, fifo: Some(fifo) });
                }
                Err(update) => notices.push(match *update {
                    Update::Status { line, status } => {
                        Notice::Status { line: LineId::new(line.phone_number_id), status }
                    }
                    _ => Notice::Update { update },
                }),
            }
        }
        let (events, notices) = tokio::join!(self.inbound.send_all(events), self.send_notices(notices));
        events?;
        notices
    }

    async fn send_notices(&self, notices: Vec<Notice>) -> Result<(), Refusal> {
        let strange = notices.iter().filter(|notice| is_strange(notice)).count();
        if strange > 0 {
            telemetry::count("Quarantined", strange);
        }
        let mut entries = Vec::new();
        for pack in pack(notices)? {
            entries.push(Entry { body: queue::write(&pack)?, fifo: None });
        }
        Ok(self.statuses.send_all(entries).await?)
    }
}

/// What is said between a person and the organisation belongs into their conversation. Any other update is given back, and
/// so is one that does not tell with whom.
fn said(update: Update, received_at: Timestamp) -> Result<PersonEvent, Box<Update>> {
    let (line, happening) = match update {
        Update::Message { line, sender, message } => {
            (line, Happening::Message { person: Person::from(sender), message, received_at, standby: false })
        }
        Update::Overheard { line, sender, message } => {
            (line, Happening::Message { person: Person::from(sender), message, received_at, standby: true })
        }
        Update::Echo { line, recipient, message } if recipient.is_known() => {
            (line, Happening::Echo { person: Person::from(recipient), message, received_at })
        }
        Update::Call { line, call } => {
            (line, Happening::Call { person: Person::from(call.person.clone()), call, received_at })
        }
        update => return Err(Box::new(update)),
    };
    Ok(PersonEvent { line: LineId::new(line.phone_number_id), happening })
}

/// Compares two texts without telling by the time it takes how much of them agrees: what is compared are their keyed
/// hashes.
fn same(a: &str, b: &str) -> bool {
    signature::sign(a, b"verify") == signature::sign(b, b"verify")
}

fn is_strange(notice: &Notice) -> bool {
    match notice {
        Notice::Quarantined { .. } => true,
        Notice::Update { update } => matches!(**update, Update::Malformed { .. }),
        Notice::Status { .. } | Notice::SendingPaused { .. } | Notice::SendingResumed { .. } => false,
    }
}

/// Packs notices, in order, into queue messages of a good size.
fn pack(notices: Vec<Notice>) -> Result<Vec<Notices>, serde_json::Error> {
    let mut packs: Vec<Notices> = Vec::new();
    let mut bytes = 0;
    for notice in notices {
        let size = serde_json::to_string(&notice)?.len();
        match packs.last_mut() {
            Some(pack) if bytes + size <= PACK_BYTES => {
                bytes += size;
                pack.notices.push(notice);
            }
            _ => {
                bytes = size;
                packs.push(Notices { notices: vec![notice] });
            }
        }
    }
    Ok(packs)
}

/// The body as the bytes that Meta signed.
fn body(request: &ApiGatewayV2httpRequest) -> Result<Vec<u8>, SignatureError> {
    let text = request.body.as_deref().unwrap_or_default();
    if request.is_base64_encoded {
        // What does not decode was not signed by Meta either.
        base64::engine::general_purpose::STANDARD.decode(text).map_err(|_| SignatureError::Mismatch)
    } else {
        Ok(text.as_bytes().to_vec())
    }
}

fn answer(status: i64, body: &str) -> ApiGatewayV2httpResponse {
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = status;
    response.body = Some(Body::Text(body.to_owned()));
    response.headers.insert("content-type", http::HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    /// What each kind of webhook has of what is said, and of everything else.
    #[test]
    fn what_is_said_goes_to_its_person_and_all_else_is_a_notice() {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/whatsapp/tests/fixtures");
        let (mut said_in, mut other_in) = (BTreeSet::new(), BTreeSet::new());
        for entry in std::fs::read_dir(fixtures).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let kind = if name.starts_with("field_") { name } else { name.split('_').next().unwrap().to_owned() };
            for update in whatsapp::parse(&std::fs::read(&path).unwrap()).unwrap().updates {
                match said(update, Timestamp::UNIX_EPOCH) {
                    Ok(event) => {
                        assert!(event.group().is_some() && event.told().is_some(), "{kind}: {event:?} would be lost");
                        said_in.insert(kind.clone());
                    }
                    Err(_) => {
                        other_in.insert(kind.clone());
                    }
                }
            }
        }
        let said_in: Vec<&str> = said_in.iter().map(String::as_str).collect();
        assert_eq!(said_in, ["field_smb_message_echoes", "field_standby", "interactive", "message"]);
        for kind in ["account", "field_calls", "field_history", "field_messages", "status"] {
            assert!(other_in.contains(kind), "{kind}: {other_in:?}");
        }
        assert!(other_in.is_disjoint(&BTreeSet::from(["interactive".to_owned(), "message".to_owned()])));
    }

    #[test]
    fn what_is_said_by_nobody_is_kept_too() {
        let message = r#"{"from": "bla", "id": "wamid.1", "timestamp": "1", "type": "text", "text": {"body": "x"}}"#;
        let value = format!(r#"{{"metadata": {{"phone_number_id": "1"}}, "messages": [{message}]}}"#);
        let change = format!(r#"{{"field": "messages", "value": {value}}}"#);
        let body =
            format!(r#"{{"object": "whatsapp_business_account", "entry": [{{"id": "2", "changes": [{change}]}}]}}"#);
        let updates = whatsapp::parse(body.as_bytes()).unwrap().updates;
        assert_eq!(updates.len(), 1);
        for update in updates {
            assert!(said(update, Timestamp::UNIX_EPOCH).is_err());
        }
    }
}
