//! An inbound message: who, when, in answer to what, and its content.

use super::content::{InboundContent, InteractiveReply, Media, SystemKind};
use super::error::WireError;
use super::update::id;
use crate::phone;
use crate::raw::Raw;
use crate::wire::{Object, lenient};
use serde::{Deserialize, Serialize};

/// A message of a person to a line (or, in an echo, of the line to a person).
///
/// It serializes as the JSON text Meta sent and is parsed again when read: there is one truth about a message, and what
/// a later version understands better is not lost in the queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "Raw", try_from = "Raw")]
pub struct InboundMessage {
    /// `wamid.…`: unique; Meta may deliver it several times over 7 days.
    pub id: String,
    /// When the person sent it, seconds since 1970. The customer-service window counts from here, not from arrival.
    pub timestamp: i64,
    /// `type` on the wire (`audio` for the old `voice`); empty when the message has none.
    pub kind: String,
    /// The sender's number, digits only. Absent for people who hide it.
    pub from: Option<String>,
    /// The sender's business-scoped user id (`US.1349…`).
    pub from_user_id: Option<String>,
    /// The sender's id across the businesses of one parent portfolio (`US.ENT.1181…`).
    pub from_parent_user_id: Option<String>,
    /// The group it was written in.
    pub group_id: Option<String>,
    /// What it answers, or that it was forwarded.
    pub context: Option<Context>,
    /// The advertisement or post it came from.
    pub referral: Option<Referral>,
    /// Why it could not be handed over (for `unsupported`).
    pub errors: Vec<WireError>,
    /// What it says.
    pub content: InboundContent,
    /// The message as Meta sent it.
    pub raw: Raw,
}

/// What a message refers to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Context {
    /// The message it answers.
    #[serde(deserialize_with = "lenient::text")]
    pub id: Option<String>,
    /// Who wrote that message.
    #[serde(deserialize_with = "lenient::text")]
    pub from: Option<String>,
    /// It was forwarded.
    #[serde(deserialize_with = "lenient::flag")]
    pub forwarded: bool,
    /// It was forwarded more than five times.
    #[serde(deserialize_with = "lenient::flag")]
    pub frequently_forwarded: bool,
    /// The product it asks about.
    pub referred_product: Option<ReferredProduct>,
}

/// A product of a catalogue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReferredProduct {
    /// The catalogue.
    #[serde(deserialize_with = "lenient::text")]
    pub catalog_id: Option<String>,
    /// The product's id in it.
    #[serde(deserialize_with = "lenient::text")]
    pub product_retailer_id: Option<String>,
}

/// The click-to-WhatsApp advertisement or post that brought the person here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Referral {
    /// Its address.
    #[serde(deserialize_with = "lenient::text")]
    pub source_url: Option<String>,
    /// Its id.
    #[serde(deserialize_with = "lenient::text")]
    pub source_id: Option<String>,
    /// `ad` or `post`.
    #[serde(deserialize_with = "lenient::text")]
    pub source_type: Option<String>,
    /// Its text.
    #[serde(deserialize_with = "lenient::text")]
    pub body: Option<String>,
    /// Its headline.
    #[serde(deserialize_with = "lenient::text")]
    pub headline: Option<String>,
    /// `image` or `video`.
    #[serde(deserialize_with = "lenient::text")]
    pub media_type: Option<String>,
    /// Address of its image.
    #[serde(deserialize_with = "lenient::text")]
    pub image_url: Option<String>,
    /// Address of its video.
    #[serde(deserialize_with = "lenient::text")]
    pub video_url: Option<String>,
    /// Address of its preview picture.
    #[serde(deserialize_with = "lenient::text")]
    pub thumbnail_url: Option<String>,
    /// Click id, for Meta's conversions API.
    #[serde(deserialize_with = "lenient::text")]
    pub ctwa_clid: Option<String>,
    /// The reference put into the link.
    #[serde(rename = "ref", deserialize_with = "lenient::text")]
    pub reference: Option<String>,
}

/// A person has a new number or new ids: move what is known under the previous ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemChange {
    /// What changed.
    pub kind: SystemKind,
    /// The number before (the message's sender).
    pub previous_phone: Option<String>,
    /// The number now.
    pub phone: Option<String>,
    /// The business-scoped user id before.
    pub previous_user_id: Option<String>,
    /// The business-scoped user id now.
    pub user_id: Option<String>,
    /// The parent id before.
    pub previous_parent_user_id: Option<String>,
    /// The parent id now.
    pub parent_user_id: Option<String>,
}

/// The JSON is not a message: the reason says which required part is missing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a WhatsApp message: {0}")]
pub struct NotAMessage(pub(crate) String);

impl InboundMessage {
    /// Parses one element of `messages[]`. Required are `id` and `timestamp`; all else may be missing or strange.
    pub fn parse(json: &str) -> Result<Self, NotAMessage> {
        let object = Object::parse(json).map_err(|error| NotAMessage(error.to_string()))?;
        let wamid = object.text("id").ok_or_else(|| NotAMessage("`id` is missing".to_owned()))?;
        let timestamp = object
            .integer("timestamp")
            .ok_or_else(|| NotAMessage("`timestamp` is missing or not whole seconds".to_owned()))?;
        let wire = object.text("type").unwrap_or_default();
        // What webhooks of older versions call a voice message is a kind of audio.
        let kind = if wire == "voice" { "audio".to_owned() } else { wire.clone() };
        Ok(Self {
            id: wamid,
            timestamp,
            from: object.text("from"),
            from_user_id: object.text("from_user_id"),
            from_parent_user_id: object.text("from_parent_user_id"),
            group_id: object.text("group_id"),
            context: optional(&object, "context"),
            referral: optional(&object, "referral"),
            errors: WireError::read_all(&object),
            content: InboundContent::read(&wire, &object),
            kind,
            raw: Raw::new(json),
        })
    }

    /// What the person typed, when it is a plain text.
    pub fn text_body(&self) -> Option<&str> {
        match &self.content {
            InboundContent::Text(text) => Some(&text.body),
            _ => None,
        }
    }

    /// The id of the button or list row that was chosen, or the payload of a template's quick reply.
    pub fn choice_id(&self) -> Option<&str> {
        match &self.content {
            InboundContent::Interactive(
                InteractiveReply::ButtonReply(choice) | InteractiveReply::ListReply(choice),
            ) => Some(&choice.id),
            InboundContent::Button(button) => button.payload.as_deref().or(button.text.as_deref()),
            _ => None,
        }
    }

    /// The label of the button or list row that was chosen, or the text of a template's quick reply.
    pub fn choice_title(&self) -> Option<&str> {
        match &self.content {
            InboundContent::Interactive(
                InteractiveReply::ButtonReply(choice) | InteractiveReply::ListReply(choice),
            ) => choice.title.as_deref(),
            InboundContent::Button(button) => button.text.as_deref(),
            _ => None,
        }
    }

    /// The file, when the message is one.
    pub fn media(&self) -> Option<&Media> {
        match &self.content {
            InboundContent::Image(media)
            | InboundContent::Video(media)
            | InboundContent::Audio(media)
            | InboundContent::Document(media)
            | InboundContent::Sticker(media) => Some(media),
            _ => None,
        }
    }

    /// The answers of a completed Flow.
    pub fn flow_response(&self) -> Option<serde_json::Value> {
        match &self.content {
            InboundContent::Interactive(InteractiveReply::NfmReply(form)) => {
                serde_json::from_str(&form.response_json).ok()
            }
            _ => None,
        }
    }

    /// The message this one answers.
    pub fn replies_to(&self) -> Option<&str> {
        self.context.as_ref()?.id.as_deref()
    }

    /// The new number or ids, when this is a notice that they changed.
    pub fn system_change(&self) -> Option<SystemChange> {
        let InboundContent::System(system) = &self.content else { return None };
        let number = |text: &Option<String>| text.as_deref().and_then(phone::read);
        let phone = number(&system.wa_id).or_else(|| number(&system.new_wa_id));
        let user_id = id(system.user_id.clone()).or_else(|| id(self.from_user_id.clone()));
        Some(SystemChange {
            kind: system.kind.clone(),
            previous_phone: number(&self.from),
            phone,
            // `from_user_id` may already be the new id: only an id that differs tells about the past.
            previous_user_id: id(system.previous_user_id.clone())
                .or_else(|| id(self.from_user_id.clone()).filter(|id| Some(id) != user_id.as_ref())),
            user_id,
            previous_parent_user_id: id(system.previous_parent_user_id.clone()),
            parent_user_id: id(system.parent_user_id.clone()).or_else(|| id(self.from_parent_user_id.clone())),
        })
    }
}

/// An optional part that is not as documented counts as absent; `raw` still has it.
fn optional<'a, T: Deserialize<'a>>(object: &Object<'a>, key: &str) -> Option<T> {
    serde_json::from_str(object.get(key)?).ok()
}

impl From<InboundMessage> for Raw {
    fn from(message: InboundMessage) -> Self {
        message.raw
    }
}

impl TryFrom<Raw> for InboundMessage {
    type Error = NotAMessage;
    fn try_from(raw: Raw) -> Result<Self, NotAMessage> {
        Self::parse(raw.as_str())
    }
}
