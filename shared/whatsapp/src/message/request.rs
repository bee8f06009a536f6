//! A whole send request: the message, to whom, in answer to what.

use super::check::{Bound, Checker, LimitError};
use super::content::OutboundMessage;
use crate::limits;
use serde::de::Error as _;
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// Whom a message goes to. A phone number wins over a user id where both are known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Recipient {
    /// The number with country code; `+` is added on the wire, where without it Meta may prefix the country of the business.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The business-scoped user id (or parent id). Authentication templates need a phone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
}

impl Recipient {
    /// A person by phone number.
    pub fn phone(phone: impl Into<String>) -> Self {
        Self { phone: Some(phone.into()), user_id: None }
    }

    /// A person by business-scoped user id.
    pub fn user_id(user_id: impl Into<String>) -> Self {
        Self { phone: None, user_id: Some(user_id.into()) }
    }

    fn check(&self, checker: &mut Checker) {
        match (&self.phone, &self.user_id) {
            (None, None) => checker.report(
                "to",
                Bound::AtLeast(1),
                0,
                limits::Unit::Items,
                "give a phone number or a business-scoped user id",
            ),
            (Some(phone), _) => {
                let digits = phone.strip_prefix('+').unwrap_or(phone);
                if !(7..=15).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                    checker.form("to", "write the number with country code: + and 7 to 15 digits, nothing else");
                }
            }
            (None, Some(user_id)) => {
                let form = user_id.split_once('.').is_some_and(|(country, id)| country.len() == 2 && !id.is_empty());
                if !form {
                    checker.form("recipient", "a business-scoped user id is a country of two letters, a dot and an id");
                }
            }
        }
    }
}

/// A send request.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboundRequest {
    /// To whom.
    pub to: Recipient,
    /// What it says.
    pub message: OutboundMessage,
    /// The message it answers (`context.message_id`): shown as a quotation.
    pub reply_to: Option<String>,
    /// Our own key of this message (`biz_opaque_callback_data`): comes back with every status, and is the only way to
    /// recognise a message whose send was interrupted.
    pub callback_data: Option<String>,
}

impl OutboundRequest {
    /// `message` to `to`.
    pub fn new(to: Recipient, message: OutboundMessage) -> Self {
        Self { to, message, reply_to: None, callback_data: None }
    }

    /// In answer to a message.
    pub fn in_reply_to(mut self, message_id: impl Into<String>) -> Self {
        self.reply_to = Some(message_id.into());
        self
    }

    /// With our own key.
    pub fn with_callback_data(mut self, data: impl Into<String>) -> Self {
        self.callback_data = Some(data.into());
        self
    }

    /// The request body as a value.
    pub fn render(&self) -> Result<Value, serde_json::Error> {
        serde_json::to_value(self)
    }

    /// The request body as bytes, ready for [`crate::client::CloudApi::send`].
    pub fn render_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }

    /// Everything Meta would refuse for its size or form, found before anything is sent.
    pub fn check(&self) -> Result<(), Vec<LimitError>> {
        let mut checker = Checker::default();
        self.to.check(&mut checker);
        if let Some(data) = &self.callback_data {
            checker.length("biz_opaque_callback_data", data, limits::CALLBACK_DATA, "use a shorter key");
        }
        if self.reply_to.as_deref() == Some("") {
            checker.form("context.message_id", "leave the answered message out, or name it");
        }
        self.message.check_with(&mut checker);
        checker.finish()
    }
}

#[derive(Serialize, Deserialize)]
struct Context<T> {
    message_id: T,
}

impl Serialize for OutboundRequest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("messaging_product", "whatsapp")?;
        map.serialize_entry("recipient_type", "individual")?;
        match (&self.to.phone, &self.to.user_id) {
            (Some(phone), _) if phone.starts_with('+') => map.serialize_entry("to", phone)?,
            (Some(phone), _) => map.serialize_entry("to", &format_args!("+{phone}"))?,
            (None, Some(user_id)) => map.serialize_entry("recipient", user_id)?,
            (None, None) => {}
        }
        if let Some(message_id) = &self.reply_to {
            map.serialize_entry("context", &Context { message_id })?;
        }
        if let Some(data) = &self.callback_data {
            map.serialize_entry("biz_opaque_callback_data", data)?;
        }
        self.message.serialize_into(&mut map)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for OutboundRequest {
    /// Reads a request body as the Cloud API gets it (for simulators and tests).
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Frame {
            messaging_product: String,
            to: Option<String>,
            recipient: Option<String>,
            context: Option<Context<String>>,
            biz_opaque_callback_data: Option<String>,
        }
        let body = Value::deserialize(deserializer)?;
        let frame = Frame::deserialize(&body).map_err(D::Error::custom)?;
        if frame.messaging_product != "whatsapp" {
            return Err(D::Error::custom(format!(
                "`messaging_product` is `{}`, not `whatsapp`",
                frame.messaging_product
            )));
        }
        Ok(Self {
            to: Recipient { phone: frame.to, user_id: frame.recipient },
            message: OutboundMessage::deserialize(&body).map_err(D::Error::custom)?,
            reply_to: frame.context.map(|context| context.message_id),
            callback_data: frame.biz_opaque_callback_data,
        })
    }
}
