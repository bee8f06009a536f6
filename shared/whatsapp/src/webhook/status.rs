//! Delivery states: what became of a message we sent.
//!
//! Source: <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/reference/messages/status>

use super::error::WireError;
use crate::open_enum;
use crate::raw::Raw;
use crate::wire::{Object, lenient};
use serde::{Deserialize, Serialize};

open_enum! {
    /// How far a message got.
    pub enum DeliveryState {
        /// On its way: WhatsApp took it over.
        Sent = "sent",
        /// On the person's device. Skipped when the chat was open.
        Delivered = "delivered",
        /// Seen by the person.
        Read = "read",
        /// A voice message was listened to.
        Played = "played",
        /// It will not arrive; see the errors.
        Failed = "failed",
    }
}

impl DeliveryState {
    /// Whether a report of `self` changes a message that stands at `stored`.
    ///
    /// Reports come in any order and more than once, so the state is the highest one ever reported, which does not
    /// depend on the order: unknown < sent < failed < delivered < read < played. A failure ranks below `delivered`
    /// because a message that was seen did arrive, whatever a late report of another device says.
    pub fn supersedes(&self, stored: &Self) -> bool {
        self.rank() > stored.rank()
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Other(_) => 0,
            Self::Sent => 1,
            Self::Failed => 2,
            Self::Delivered => 3,
            Self::Read => 4,
            Self::Played => 5,
        }
    }
}

/// A delivery state of one message. Serializes as the JSON text Meta sent, like an inbound message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "Raw", try_from = "Raw")]
pub struct Status {
    /// The message, `wamid.…`. It may be unknown to us: sent from the app, or not stored yet.
    pub message_id: String,
    /// How far it got.
    pub state: DeliveryState,
    /// When, seconds since 1970.
    pub timestamp: i64,
    /// Whom it was sent to.
    pub recipient: StatusRecipient,
    /// The text given with the message when it was sent: our own key of it.
    pub callback_data: Option<String>,
    /// The free entry point it belongs to (and, before v24.0, every conversation).
    pub conversation: Option<ConversationInfo>,
    /// What it costs.
    pub pricing: Option<Pricing>,
    /// Why it failed.
    pub errors: Vec<WireError>,
    /// The template it was made from (Direct Send).
    pub template_id: Option<String>,
    /// The status as Meta sent it.
    pub raw: Raw,
}

/// Whom a message was sent to. For a group, also which participant this state is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatusRecipient {
    /// The number, digits only; for a group `None`.
    pub phone: Option<String>,
    /// The business-scoped user id.
    pub user_id: Option<String>,
    /// The parent id, under any of its three spellings.
    pub parent_user_id: Option<String>,
    /// The group.
    pub group_id: Option<String>,
    /// The number of the group's participant.
    pub participant_phone: Option<String>,
    /// The business-scoped user id of the group's participant.
    pub participant_user_id: Option<String>,
}

/// The conversation a message was billed under.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConversationInfo {
    /// Its id.
    #[serde(deserialize_with = "lenient::text")]
    pub id: Option<String>,
    /// When it ends, seconds since 1970.
    #[serde(deserialize_with = "lenient::integer")]
    pub expiration_timestamp: Option<i64>,
    /// What opened it.
    pub origin: Option<ConversationOrigin>,
}

/// What opened a conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConversationOrigin {
    /// For example `referral_conversion`.
    #[serde(rename = "type", deserialize_with = "lenient::text")]
    pub kind: Option<String>,
}

/// How a message is billed. All values are open lists: show them, do not compute with them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pricing {
    /// Announced for removal: use `kind`.
    #[serde(deserialize_with = "optional_flag")]
    pub billable: Option<bool>,
    /// `PMP` (per message) or the older `CBP` (per conversation).
    #[serde(deserialize_with = "lenient::text")]
    pub pricing_model: Option<String>,
    /// `regular`, `free_customer_service`, `free_entry_point`, `free_group_customer_service`.
    #[serde(rename = "type", deserialize_with = "lenient::text")]
    pub kind: Option<String>,
    /// `utility`, `marketing`, `service`, `authentication`, `authentication-international`…
    #[serde(deserialize_with = "lenient::text")]
    pub category: Option<String>,
    /// `paid_exempt` for governments and non-profits.
    #[serde(deserialize_with = "lenient::text")]
    pub subtype: Option<String>,
}

fn optional_flag<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(lenient::text(deserializer)?.and_then(|text| text.parse().ok()))
}

/// The JSON is not a status: the reason says which required part is missing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a delivery status: {0}")]
pub struct NotAStatus(pub(crate) String);

impl Status {
    /// Parses one element of `statuses[]`. Required are `id`, `status` and `timestamp`.
    pub fn parse(json: &str) -> Result<Self, NotAStatus> {
        let object = Object::parse(json).map_err(|error| NotAStatus(error.to_string()))?;
        let required = |key: &str| object.text(key).ok_or_else(|| NotAStatus(format!("`{key}` is missing")));
        let group = object.text("recipient_type").as_deref() == Some("group");
        let id = object.text("recipient_id");
        let (phone, group_id) = if group { (None, id) } else { (id, None) };
        Ok(Self {
            message_id: required("id")?,
            state: DeliveryState::from(required("status")?.as_str()),
            timestamp: object
                .integer("timestamp")
                .ok_or_else(|| NotAStatus("`timestamp` is missing or not whole seconds".to_owned()))?,
            recipient: StatusRecipient {
                phone,
                user_id: object.text("recipient_user_id"),
                // Meta's own pages spell it in three ways.
                parent_user_id: ["recipient_parent_user_id", "parent_recipient_user_id", "parent_user_id"]
                    .iter()
                    .find_map(|key| object.text(key)),
                group_id,
                participant_phone: ["recipient_participant_id", "participant_recipient_id"]
                    .iter()
                    .find_map(|key| object.text(key)),
                participant_user_id: object.text("recipient_participant_user_id"),
            },
            callback_data: object.text("biz_opaque_callback_data"),
            conversation: optional(&object, "conversation"),
            pricing: optional(&object, "pricing"),
            errors: WireError::read_all(&object),
            template_id: object.text("template_id"),
            raw: Raw::new(json),
        })
    }
}

fn optional<'a, T: Deserialize<'a>>(object: &Object<'a>, key: &str) -> Option<T> {
    serde_json::from_str(object.get(key)?).ok()
}

impl From<Status> for Raw {
    fn from(status: Status) -> Self {
        status.raw
    }
}

impl TryFrom<Raw> for Status {
    type Error = NotAStatus;
    fn try_from(raw: Raw) -> Result<Self, NotAStatus> {
        Self::parse(raw.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DeliveryState::*;

    #[test]
    fn the_final_state_does_not_depend_on_the_order_of_reports() {
        let states = [Other("warped".into()), Sent, Failed, Delivered, Read, Played];
        for (low, a) in states.iter().enumerate() {
            for (high, b) in states.iter().enumerate() {
                assert_eq!(b.supersedes(a), high > low, "{b} over {a}");
            }
        }
    }

    #[test]
    fn what_is_required() {
        for (json, missing) in [
            (r#"{"status":"sent","timestamp":"1"}"#, "`id`"),
            (r#"{"id":"w","timestamp":"1"}"#, "`status`"),
            (r#"{"id":"w","status":"sent"}"#, "`timestamp`"),
            (r#"{"id":"w","status":"sent","timestamp":"soon"}"#, "`timestamp`"),
            (r#"[]"#, "object"),
        ] {
            let error = Status::parse(json).unwrap_err().to_string();
            assert!(error.contains(missing), "{json}: {error}");
        }
    }

    #[test]
    fn every_spelling_of_the_parent_id_and_all_at_once() {
        for key in ["recipient_parent_user_id", "parent_recipient_user_id", "parent_user_id"] {
            let json = format!(r#"{{"id":"w","status":"sent","timestamp":1,"{key}":"US.ENT.1"}}"#);
            assert_eq!(Status::parse(&json).unwrap().recipient.parent_user_id.as_deref(), Some("US.ENT.1"), "{key}");
        }
        let json = r#"{"id":"w","status":"x","timestamp":1,"parent_user_id":"","recipient_parent_user_id":"US.ENT.2","parent_recipient_user_id":"US.ENT.2"}"#;
        assert_eq!(Status::parse(json).unwrap().recipient.parent_user_id.as_deref(), Some("US.ENT.2"));
    }
}
