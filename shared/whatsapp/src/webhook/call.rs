//! A call between a person and a line. The service has no voice: what it hears of a call is kept.
//!
//! Source: <https://developers.facebook.com/documentation/business-messaging/whatsapp/calling/reference>

use serde::{Deserialize, Serialize};

use super::update::Sender;
use crate::raw::Raw;
use crate::wire::Object;

/// One thing that is told of a call. It serializes as the JSON text Meta sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "Raw", try_from = "Raw")]
pub struct Call {
    /// `wacid.…`: the same for all that is told of the call.
    pub id: String,
    /// When, seconds since 1970.
    pub timestamp: i64,
    /// What: `connect`, `terminate`, and what Meta adds.
    pub event: String,
    /// Whether the organisation called the person.
    pub from_business: bool,
    /// With whom; name and user name are unknown.
    pub person: Sender,
    /// The call as Meta sent it.
    pub raw: Raw,
}

/// The JSON is not a call: the reason says which required part is missing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a WhatsApp call: {0}")]
pub struct NotACall(&'static str);

impl Call {
    /// Parses one element of `calls[]`. Required are `id`, `timestamp`, and who it is with.
    pub fn parse(json: &str) -> Result<Self, NotACall> {
        let object = Object::parse(json).map_err(|_| NotACall("it is no object"))?;
        let id = object.text("id").ok_or(NotACall("`id` is missing"))?;
        let timestamp = object.integer("timestamp").ok_or(NotACall("`timestamp` is missing or not whole seconds"))?;
        let from_business = object.text("direction").as_deref() == Some("BUSINESS_INITIATED");
        let name = |suffix: &str| object.text(&format!("{}{suffix}", if from_business { "to" } else { "from" }));
        let person = Sender {
            phone: name(""),
            user_id: name("_user_id"),
            parent_user_id: name("_parent_user_id"),
            ..Sender::default()
        };
        if !person.is_known() {
            return Err(NotACall("it does not say with whom"));
        }
        let event = object.text("event").unwrap_or_default();
        Ok(Self { id, timestamp, event, from_business, person, raw: Raw::new(json) })
    }

    /// What tells this from all else that is told of this and other calls.
    pub fn name(&self) -> String {
        format!("{}:{}", self.id, self.event)
    }
}

impl From<Call> for Raw {
    fn from(call: Call) -> Self {
        call.raw
    }
}

impl TryFrom<Raw> for Call {
    type Error = NotACall;
    fn try_from(raw: Raw) -> Result<Self, NotACall> {
        Self::parse(raw.as_str())
    }
}
