//! Webhooks: from the body of a POST to a flat list of [`Update`]s, in the order Meta wrote them.
//!
//! One POST may carry a thousand updates of several lines. Whatever is wrong with one of them stays with that one: it
//! becomes [`Update::Malformed`] (or, for a message of an unknown or odd type, a message whose content is `Unknown`),
//! and the others are unaffected. Nothing is dropped silently. Verify the [signature](crate::signature) first.
//!
//! Source: <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks>

pub mod account;
pub mod call;
pub mod content;
pub mod error;
pub mod inbound;
pub mod status;
pub mod template;
pub mod update;

pub use account::{AccountChange, AccountUpdate};
pub use call::Call;
pub use content::{InboundContent, InteractiveReply};
pub use error::WireError;
pub use inbound::{InboundMessage, SystemChange};
pub use status::{DeliveryState, Status};
pub use update::{Handover, LineRef, Preference, PreferenceValue, Sender, Update};

use crate::raw::Raw;
use crate::wire::{Object, items, repair_surrogates};

/// `object` of every WhatsApp webhook.
pub const OBJECT: &str = "whatsapp_business_account";

/// A parsed webhook.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Webhook {
    /// Its updates, in the order Meta wrote them.
    pub updates: Vec<Update>,
}

/// The body as a whole is no WhatsApp webhook. Meta would repeat it for days if it were refused: answer 200 and keep
/// the body for a person to look at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// The bytes are not UTF-8.
    #[error("the body is not UTF-8 (byte {at}): is it still base64 or compressed?")]
    NotUtf8 {
        /// Position of the first byte that is wrong.
        at: usize,
    },
    /// The text is not a JSON object.
    #[error("the body is not a JSON object: {detail}")]
    NotJson {
        /// What is wrong, with line and column.
        detail: String,
    },
    /// It is about something else than WhatsApp.
    #[error(
        "the webhook's `object` is {found:?}, not \"whatsapp_business_account\": subscribe the callback to the WhatsApp product only"
    )]
    WrongObject {
        /// `object` as it is; empty when absent.
        found: String,
    },
}

/// Parses the body of a webhook POST.
///
/// Every valid JSON whose `object` is `whatsapp_business_account` gives `Ok`, whatever else is in it.
pub fn parse(body: &[u8]) -> Result<Webhook, WebhookError> {
    let text = std::str::from_utf8(body).map_err(|error| WebhookError::NotUtf8 { at: error.valid_up_to() })?;
    let text = repair_surrogates(text);
    let envelope = Object::parse(&text).map_err(|error| WebhookError::NotJson { detail: error.to_string() })?;
    let object = envelope.text("object").unwrap_or_default();
    if object != OBJECT {
        return Err(WebhookError::WrongObject { found: object });
    }
    let mut updates = Vec::new();
    match envelope.items("entry") {
        Ok(entries) => entries.into_iter().for_each(|entry| read_entry(entry, &mut updates)),
        Err(why) => updates.push(malformed(&text, why)),
    }
    Ok(Webhook { updates })
}

/// What is wrong where no line can be told.
const NO_LINE: &str = "`metadata.phone_number_id` is missing or cannot be one: no line to give this to";

fn malformed(raw: &str, why: impl Into<String>) -> Update {
    Update::Malformed { raw: Raw::new(raw), why: why.into() }
}

fn read_entry(json: &str, updates: &mut Vec<Update>) {
    let entry = match Object::parse(json) {
        Ok(entry) => entry,
        Err(error) => return updates.push(malformed(json, format!("an entry: {error}"))),
    };
    let account = Account { waba_id: entry.text("id").unwrap_or_default(), time: entry.integer("time") };
    match entry.items("changes") {
        Ok(changes) => changes.into_iter().for_each(|change| account.read_change(change, updates)),
        Err(why) => updates.push(malformed(json, why)),
    }
}

/// Where the changes of an entry come from.
struct Account {
    waba_id: String,
    time: Option<i64>,
}

impl Account {
    fn read_change(&self, json: &str, updates: &mut Vec<Update>) {
        let change = match Object::parse(json) {
            Ok(change) => change,
            Err(error) => return updates.push(malformed(json, format!("a change: {error}"))),
        };
        let (Some(field), Some(raw)) = (change.text("field"), change.get("value")) else {
            return updates.push(malformed(json, "a change without `field` or `value`"));
        };
        if AccountChange::FIELDS.contains(&field.as_str()) {
            let update = AccountUpdate::new(self.waba_id.clone(), field, self.time, raw);
            return updates.push(Update::Account(Box::new(update)));
        }
        let value = match Object::parse(raw) {
            Ok(value) => Value { waba_id: &self.waba_id, raw, object: value },
            Err(_) => return updates.push(self.other(field, raw)),
        };
        let before = updates.len();
        match field.as_str() {
            "messages" => value.read_messages(updates),
            "smb_message_echoes" => value.read_echoes(updates),
            "user_preferences" => value.read_preferences(updates),
            "standby" => value.read_standby(updates),
            "calls" => value.read_calls(updates),
            "history" => updates.push(Update::History { line: value.line(), raw: Raw::new(raw) }),
            "messaging_handovers" => updates.push(Update::Handover {
                line: value.object.get("recipient").and_then(|recipient| LineRef::read(recipient, &self.waba_id)),
                handover: Handover::read(&value.object),
                raw: Raw::new(raw),
            }),
            _ => {}
        }
        // An unknown field, or a known one that carries nothing.
        if updates.len() == before {
            updates.push(self.other(field, raw));
        }
    }

    fn other(&self, field: String, raw: &str) -> Update {
        Update::Other { waba_id: self.waba_id.clone(), field, raw: Raw::new(raw) }
    }
}

/// `value` of a change that is about people.
struct Value<'a> {
    waba_id: &'a str,
    raw: &'a str,
    object: Object<'a>,
}

impl<'a> Value<'a> {
    fn line(&self) -> Option<LineRef> {
        LineRef::read(self.object.get("metadata")?, self.waba_id)
    }

    /// Hands each element of the array `key` to `read`; what is no array becomes one malformed update.
    fn each(&self, key: &str, updates: &mut Vec<Update>, mut read: impl FnMut(&'a str) -> Update) {
        match self.object.items(key) {
            Ok(items) => updates.extend(items.into_iter().map(&mut read)),
            Err(why) => updates.push(malformed(self.raw, why)),
        }
    }

    fn read_messages(&self, updates: &mut Vec<Update>) {
        let Some(line) = self.line() else {
            return updates.push(malformed(self.raw, NO_LINE));
        };
        let alone = self.object.items("messages").is_ok_and(|messages| messages.len() == 1);
        let contacts = self.contacts();
        self.each("messages", updates, |json| match InboundMessage::parse(json) {
            Ok(message) => {
                let sender = Sender::of(&message, &contacts, alone);
                if !sender.is_known() {
                    return malformed(json, "a message whose sender has neither a phone number nor a user id");
                }
                Update::Message { line: line.clone(), sender, message: Box::new(message) }
            }
            Err(error) => malformed(json, error.to_string()),
        });
        self.each("statuses", updates, |json| match Status::parse(json) {
            Ok(status) => Update::Status { line: line.clone(), status: Box::new(status) },
            Err(error) => malformed(json, error.to_string()),
        });
        let errors = WireError::read_all(&self.object);
        if !errors.is_empty() {
            updates.push(Update::Errors { line, errors });
        }
        // What else Meta puts beside the messages: clicks on marketing links (`user_actions`), summaries of another app
        // (`conversation_context`), and what it adds next.
        let known = ["messaging_product", "metadata", "contacts", "messages", "statuses", "errors"];
        for (key, raw) in self.object.entries().filter(|(key, _)| !known.contains(key)) {
            if !matches!(raw, "null" | "[]" | "{}" | "\"\"") {
                let field = format!("messages.{key}");
                updates.push(Update::Other { waba_id: self.waba_id.to_owned(), field, raw: Raw::new(raw) });
            }
        }
    }

    fn read_echoes(&self, updates: &mut Vec<Update>) {
        let Some(line) = self.line() else {
            return updates.push(malformed(self.raw, NO_LINE));
        };
        self.each("message_echoes", updates, |json| match InboundMessage::parse(json) {
            Ok(message) => Update::Echo { line: line.clone(), recipient: addressee(json), message: Box::new(message) },
            Err(error) => malformed(json, error.to_string()),
        });
    }

    /// What happens in a thread of another app: its messages and echoes, as in `messages` and `smb_message_echoes`.
    fn read_standby(&self, updates: &mut Vec<Update>) {
        let standby = || Update::Standby { line: self.line(), raw: Raw::new(self.raw) };
        let inner = self.object.get("standby").and_then(|inner| Object::parse(inner).ok());
        let (Some(line), Some(object)) = (self.line(), inner) else { return updates.push(standby()) };
        let inner = Value { waba_id: self.waba_id, raw: self.raw, object };
        let contacts = [self.contacts(), inner.contacts()].concat();
        let alone = inner.object.items("messages").is_ok_and(|messages| messages.len() == 1);
        let before = updates.len();
        inner.each("messages", updates, |json| match InboundMessage::parse(json) {
            Ok(message) => {
                let sender = Sender::of(&message, &contacts, alone);
                if !sender.is_known() {
                    return malformed(json, "a message whose sender has neither a phone number nor a user id");
                }
                Update::Overheard { line: line.clone(), sender, message: Box::new(message) }
            }
            Err(error) => malformed(json, error.to_string()),
        });
        inner.each("message_echoes", updates, |json| match InboundMessage::parse(json) {
            Ok(message) => Update::Echo { line: line.clone(), recipient: addressee(json), message: Box::new(message) },
            Err(error) => malformed(json, error.to_string()),
        });
        inner.each("statuses", updates, |json| match Status::parse(json) {
            Ok(status) => Update::Status { line: line.clone(), status: Box::new(status) },
            Err(error) => malformed(json, error.to_string()),
        });
        if updates.len() == before {
            updates.push(standby());
        }
    }

    /// The calls that say when and with whom; others stay what they are.
    fn read_calls(&self, updates: &mut Vec<Update>) {
        let (Some(line), Ok(calls)) = (self.line(), self.object.items("calls")) else { return };
        for json in calls {
            updates.push(match Call::parse(json) {
                Ok(call) => Update::Call { line: line.clone(), call: Box::new(call) },
                Err(_) => {
                    Update::Other { waba_id: self.waba_id.to_owned(), field: "calls".to_owned(), raw: Raw::new(json) }
                }
            });
        }
    }

    fn contacts(&self) -> Vec<Sender> {
        match self.object.get("contacts").map(items) {
            Some(Ok(contacts)) => contacts.into_iter().filter_map(Sender::read).collect(),
            _ => Vec::new(),
        }
    }

    fn read_preferences(&self, updates: &mut Vec<Update>) {
        let line = self.line();
        self.each("user_preferences", updates, |json| match serde_json::from_str::<Preference>(json) {
            Ok(preference) => {
                let preference = preference.with_ids_that_are_some();
                Update::Preference { waba_id: self.waba_id.to_owned(), line: line.clone(), preference }
            }
            Err(error) => malformed(json, format!("a user preference: {error}")),
        });
    }
}

/// Whom an echoed message was written to.
fn addressee(echo: &str) -> Sender {
    let Ok(echo) = Object::parse(echo) else { return Sender::default() };
    Sender {
        phone: echo.text("to"),
        user_id: echo.text("to_user_id"),
        parent_user_id: echo.text("to_parent_user_id"),
        ..Sender::default()
    }
    .with_ids_that_are_some()
}
