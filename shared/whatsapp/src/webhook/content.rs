//! What an inbound message says: one variant a wire type.
//!
//! Source: <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/reference/messages>

use crate::contact_card::ContactCard;
use crate::open_enum;
use crate::wire::{Object, lenient};
use serde::{Deserialize, Serialize};

/// The body of an inbound message; the variant is named after `type` on the wire.
#[derive(Debug, Clone, PartialEq)]
pub enum InboundContent {
    /// `text`
    Text(Text),
    /// `image`
    Image(Media),
    /// `video`
    Video(Media),
    /// `audio`: a file, or a voice message when [`Media::voice`] is set.
    Audio(Media),
    /// `document`
    Document(Media),
    /// `sticker`
    Sticker(Media),
    /// `location`
    Location(Location),
    /// `contacts`: shared cards; also the answer to a request for the person's number.
    Contacts(Vec<ContactCard>),
    /// `button`: a quick reply of a template was pressed.
    Button(TemplateButton),
    /// `interactive`: an answer to an interactive message.
    Interactive(InteractiveReply),
    /// `reaction`
    Reaction(Reaction),
    /// `order`
    Order(Order),
    /// `system`: the person changed number or identity; not something they said.
    System(System),
    /// `unsupported`: the person sent something the Cloud API does not hand over.
    Unsupported(Unsupported),
    /// `edit`: an earlier message was changed (coexistence).
    Edit(Edit),
    /// `revoke`: an earlier message was deleted for everybody (coexistence).
    Revoke(Revoke),
    /// `request_welcome`: the chat was opened (withdrawn by Meta on 2026-03-27, still understood).
    RequestWelcome,
    /// A type not known here, or a known one whose body is not as documented. The message's `raw` has it all.
    Unknown {
        /// `type` on the wire; empty when the message has none.
        kind: String,
        /// What is wrong with the body of a known type; `None` when the type itself is unknown.
        why: Option<String>,
    },
}

impl InboundContent {
    /// The wire types with a variant of their own.
    pub const TYPES: &'static [&'static str] = &[
        "text",
        "image",
        "video",
        "audio",
        "document",
        "sticker",
        "location",
        "contacts",
        "button",
        "interactive",
        "reaction",
        "order",
        "system",
        "unsupported",
        "edit",
        "revoke",
        "request_welcome",
    ];

    pub(super) fn read(kind: &str, message: &Object<'_>) -> Self {
        let known = match kind {
            "text" => body(kind, message).map(Self::Text),
            "image" => body(kind, message).map(Self::Image),
            "video" => body(kind, message).map(Self::Video),
            "audio" => body(kind, message).map(Self::Audio),
            // As webhooks of older versions call a voice message.
            "voice" => body(kind, message).map(|media| Self::Audio(Media { voice: true, ..media })),
            "document" => body(kind, message).map(Self::Document),
            "sticker" => body(kind, message).map(Self::Sticker),
            "location" => body(kind, message).map(Self::Location),
            "contacts" => body(kind, message).map(Self::Contacts),
            "button" => body(kind, message).map(Self::Button),
            "interactive" => match message.get(kind) {
                Some(json) => InteractiveReply::read(json).map(Self::Interactive),
                // Seen beside an error 131000: the answer was lost on Meta's side.
                None => Ok(Self::Interactive(InteractiveReply::Other { kind: String::new() })),
            },
            "reaction" => body(kind, message).map(Self::Reaction),
            "order" => body(kind, message).map(Self::Order),
            "system" => body(kind, message).map(Self::System),
            "unsupported" => match message.get(kind) {
                Some(_) => body(kind, message).map(Self::Unsupported),
                None => Ok(Self::Unsupported(Unsupported::default())),
            },
            "edit" => Edit::read(message).map(Self::Edit),
            "revoke" => body(kind, message).map(Self::Revoke),
            "request_welcome" => Ok(Self::RequestWelcome),
            _ => return Self::Unknown { kind: kind.to_owned(), why: None },
        };
        known.unwrap_or_else(|why| Self::Unknown { kind: kind.to_owned(), why: Some(why) })
    }
}

fn body<'a, T: Deserialize<'a>>(kind: &str, message: &Object<'a>) -> Result<T, String> {
    let json = message.get(kind).ok_or_else(|| format!("the message has type `{kind}` and no `{kind}`"))?;
    serde_json::from_str(json).map_err(|error| format!("`{kind}`: {error}"))
}

/// Text that the person wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// At most 4096 characters.
    pub body: String,
}

/// An image, video, sound, document or sticker. The file is fetched with the id, and kept by Meta for 7 days only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// Id to ask the file's address with.
    pub id: String,
    /// For example `image/jpeg` or `audio/ogg; codecs=opus`.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// SHA-256 of the file, in base64.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Short-lived address of the file; needs the access token. Often absent.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What the person wrote under it.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// Name of the file (documents).
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// A voice message recorded in WhatsApp (audio).
    #[serde(default, deserialize_with = "lenient::flag")]
    pub voice: bool,
    /// A moving sticker.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub animated: bool,
}

/// A place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// Degrees north.
    #[serde(default, deserialize_with = "lenient::number")]
    pub latitude: Option<f64>,
    /// Degrees east.
    #[serde(default, deserialize_with = "lenient::number")]
    pub longitude: Option<f64>,
    /// Name of the place.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its address.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Its web page.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A quick reply of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateButton {
    /// The payload given when the template was sent, or the button's text.
    #[serde(default, deserialize_with = "lenient::text")]
    pub payload: Option<String>,
    /// The button's text.
    #[serde(default, deserialize_with = "lenient::text")]
    pub text: Option<String>,
}

/// An answer to an interactive message; the variant is named after `interactive.type` on the wire.
#[derive(Debug, Clone, PartialEq)]
pub enum InteractiveReply {
    /// `button_reply`
    ButtonReply(Choice),
    /// `list_reply`
    ListReply(Choice),
    /// `nfm_reply`: a completed Flow or address form.
    NfmReply(FormReply),
    /// `call_permission_reply`
    CallPermissionReply(CallPermission),
    /// Anything else; the message's `raw` has it.
    Other {
        /// `interactive.type` on the wire; empty when there is none.
        kind: String,
    },
}

impl InteractiveReply {
    /// The wire types with a variant of their own.
    pub const TYPES: &'static [&'static str] = &["button_reply", "list_reply", "nfm_reply", "call_permission_reply"];

    fn read(json: &str) -> Result<Self, String> {
        let object = Object::parse(json).map_err(|error| format!("`interactive`: {error}"))?;
        let kind = object.text("type").unwrap_or_default();
        match kind.as_str() {
            "button_reply" => body(&kind, &object).map(Self::ButtonReply),
            "list_reply" => body(&kind, &object).map(Self::ListReply),
            "nfm_reply" => body(&kind, &object).map(Self::NfmReply),
            "call_permission_reply" => body(&kind, &object).map(Self::CallPermissionReply),
            _ => Ok(Self::Other { kind }),
        }
    }
}

/// The button or row that was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The id the message gave it. Route by this one.
    pub id: String,
    /// Its label.
    #[serde(default, deserialize_with = "lenient::text")]
    pub title: Option<String>,
    /// The second line of a list row.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// A completed form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormReply {
    /// `flow` or `address_message`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: Option<String>,
    /// What the chat shows, usually `Sent`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub body: Option<String>,
    /// The answers: JSON in a string.
    pub response_json: String,
}

/// An answer to a request for permission to call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallPermission {
    /// `accept` or `reject`.
    pub response: String,
    /// Until when, seconds since 1970.
    #[serde(default, deserialize_with = "lenient::integer")]
    pub expiration_timestamp: Option<i64>,
    /// `user_action` or `automatic`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub response_source: Option<String>,
    /// Permission without an end.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub is_permanent: bool,
}

/// An emoji put under a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// The message reacted to.
    pub message_id: String,
    /// The emoji; `None` when the reaction was taken away.
    #[serde(default, deserialize_with = "lenient::text")]
    pub emoji: Option<String>,
}

/// Products ordered from the catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// The catalogue.
    #[serde(default, deserialize_with = "lenient::text")]
    pub catalog_id: Option<String>,
    /// What the person wrote with it.
    #[serde(default, deserialize_with = "lenient::text")]
    pub text: Option<String>,
    /// What was ordered.
    #[serde(default)]
    pub product_items: Vec<OrderItem>,
}

/// One product of an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderItem {
    /// The product's id in the catalogue.
    #[serde(default, deserialize_with = "lenient::text")]
    pub product_retailer_id: Option<String>,
    /// How many.
    #[serde(default, deserialize_with = "lenient::integer")]
    pub quantity: Option<i64>,
    /// Price of one, in units of `currency`.
    #[serde(default, deserialize_with = "lenient::number")]
    pub item_price: Option<f64>,
    /// ISO 4217 code.
    #[serde(default, deserialize_with = "lenient::text")]
    pub currency: Option<String>,
}

open_enum! {
    /// What changed about a person.
    pub enum SystemKind {
        /// The person moved to another number.
        UserChangedNumber = "user_changed_number",
        /// The person has a new business-scoped user id.
        UserChangedUserId = "user_changed_user_id",
        /// Older spelling of a changed number.
        CustomerChangedNumber = "customer_changed_number",
        /// The person's keys changed (a new device, or another person).
        CustomerIdentityChanged = "customer_identity_changed",
    }
}

/// A notice about the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct System {
    /// What changed.
    #[serde(rename = "type", default = "SystemKind::unnamed")]
    pub kind: SystemKind,
    /// The notice in English.
    #[serde(default, deserialize_with = "lenient::text")]
    pub body: Option<String>,
    /// The new number, digits only.
    #[serde(default, deserialize_with = "lenient::text")]
    pub wa_id: Option<String>,
    /// The new number as older webhooks spell it.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub new_wa_id: Option<String>,
    /// The new (or only) business-scoped user id.
    #[serde(default, deserialize_with = "lenient::text")]
    pub user_id: Option<String>,
    /// The new (or only) id across the portfolio's children.
    #[serde(default, deserialize_with = "lenient::text")]
    pub parent_user_id: Option<String>,
    /// The id before the change.
    #[serde(default, deserialize_with = "lenient::text")]
    pub previous_user_id: Option<String>,
    /// The parent id before the change.
    #[serde(default, deserialize_with = "lenient::text")]
    pub previous_parent_user_id: Option<String>,
}

impl SystemKind {
    fn unnamed() -> Self {
        Self::Other(String::new())
    }
}

/// Something the Cloud API does not hand over, with the reason in the message's `errors`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsupported {
    /// What it was: `poll_creation`, `pin`, `gif`…
    #[serde(rename = "type", default, deserialize_with = "lenient::text")]
    pub kind: Option<String>,
}

/// A changed message.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// The message that was changed.
    pub original_message_id: String,
    /// What it says now. An edit of an edit is not followed: it is `Unknown`.
    pub content: Box<InboundContent>,
}

impl Edit {
    fn read(message: &Object<'_>) -> Result<Self, String> {
        let edit = message.get("edit").ok_or("the message has type `edit` and no `edit`")?;
        let edit = Object::parse(edit).map_err(|error| format!("`edit`: {error}"))?;
        let original_message_id = edit.text("original_message_id").ok_or("`edit.original_message_id` is missing")?;
        let inner = edit.get("message").ok_or("`edit.message` is missing")?;
        let inner = Object::parse(inner).map_err(|error| format!("`edit.message`: {error}"))?;
        let kind = inner.text("type").unwrap_or_default();
        let content = match kind.as_str() {
            "edit" => InboundContent::Unknown { kind, why: Some("an edit inside an edit".to_owned()) },
            _ => InboundContent::read(&kind, &inner),
        };
        Ok(Self { original_message_id, content: Box::new(content) })
    }
}

/// A deleted message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoke {
    /// The message that was deleted.
    pub original_message_id: String,
}
