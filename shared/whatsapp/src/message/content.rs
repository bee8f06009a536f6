//! What a message says: one variant a wire type.

use super::interactive::Interactive;
use super::template::Template;
use crate::contact_card::ContactCard;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! outbound {
    ($($(#[$doc:meta])* $variant:ident($type:ty) = $wire:literal),+ $(,)?) => {
        /// The content of an outbound message. On the wire: `{"type": "text", "text": {…}}`.
        #[derive(Debug, Clone, PartialEq)]
        pub enum OutboundMessage {
            $($(#[$doc])* $variant($type),)+
        }

        impl OutboundMessage {
            /// The wire types.
            pub const TYPES: &'static [&'static str] = &[$($wire),+];

            /// `type` on the wire.
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$variant(_) => $wire,)+ }
            }

            pub(super) fn serialize_into<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
                map.serialize_entry("type", self.kind())?;
                match self { $(Self::$variant(content) => map.serialize_entry($wire, content),)+ }
            }

            /// Reads the content under `key`, if `key` is a type of message.
            fn read<'de, M: MapAccess<'de>>(key: &str, map: &mut M) -> Result<Option<Self>, M::Error> {
                match key {
                    $($wire => map.next_value().map(|content| Some(Self::$variant(content))),)+
                    _ => map.next_value::<IgnoredAny>().map(|_| None),
                }
            }
        }
    };
}

outbound! {
    /// Plain text.
    Text(Text) = "text",
    /// A JPEG or PNG picture.
    Image(CaptionedMedia) = "image",
    /// An MP4 or 3GPP video.
    Video(CaptionedMedia) = "video",
    /// A sound file or voice message.
    Audio(Audio) = "audio",
    /// Any file.
    Document(Document) = "document",
    /// A WebP sticker.
    Sticker(Sticker) = "sticker",
    /// A place.
    Location(Location) = "location",
    /// Address-book cards.
    Contacts(Vec<ContactCard>) = "contacts",
    /// An emoji under a message.
    Reaction(Reaction) = "reaction",
    /// Buttons, a list, a link, a request or a form.
    Interactive(Interactive) = "interactive",
    /// An approved template: the only kind allowed outside the customer-service window.
    Template(Template) = "template",
}

impl OutboundMessage {
    /// Plain text without a link preview.
    pub fn text(body: impl Into<String>) -> Self {
        Self::Text(Text { body: body.into(), preview_url: false })
    }

    /// Whether it may be sent outside the 24-hour customer-service window.
    pub fn is_template(&self) -> bool {
        matches!(self, Self::Template(_))
    }
}

impl Serialize for OutboundMessage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        self.serialize_into(&mut map)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for OutboundMessage {
    /// Reads the wire's form; other keys (a whole request) are skipped. Without `type` a message is a text, as at Meta.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Wire;
        impl<'de> Visitor<'de> for Wire {
            type Value = OutboundMessage;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an outbound message with `type` and the content under the key of that name")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let (mut kind, mut content) = (None::<String>, None);
                while let Some(key) = map.next_key::<String>()? {
                    if key == "type" {
                        kind = Some(map.next_value()?);
                    } else if let Some(found) = OutboundMessage::read(&key, &mut map)? {
                        content = Some(found);
                    }
                }
                let kind = kind.as_deref().unwrap_or("text");
                match content {
                    Some(content) if content.kind() == kind => Ok(content),
                    _ if OutboundMessage::TYPES.contains(&kind) => {
                        Err(M::Error::custom(format!("the message has type `{kind}` and no `{kind}`")))
                    }
                    _ => Err(M::Error::unknown_variant(kind, OutboundMessage::TYPES)),
                }
            }
        }
        deserializer.deserialize_map(Wire)
    }
}

/// Plain text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// What it says; see [`crate::limits::TEXT_BODY`].
    pub body: String,
    /// Show a preview of the first link in it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub preview_url: bool,
}

/// Where a file comes from: exactly one of the two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum MediaSource {
    /// A file uploaded before (kept by Meta for 30 days).
    Id {
        /// Its media id.
        id: String,
    },
    /// A public address that Meta fetches (and keeps for 10 minutes).
    Link {
        /// The address, `https://…`.
        link: String,
    },
}

/// A picture or video.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptionedMedia {
    /// The file.
    #[serde(flatten)]
    pub source: MediaSource,
    /// Text under it; see [`crate::limits::CAPTION`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
}

/// A sound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audio {
    /// The file.
    #[serde(flatten)]
    pub source: MediaSource,
    /// Show it as a voice message (OGG with OPUS only).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub voice: bool,
}

/// A document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// The file.
    #[serde(flatten)]
    pub source: MediaSource,
    /// Text under it; see [`crate::limits::CAPTION`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// The name it is shown and saved under; its ending decides the icon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
}

/// A sticker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sticker {
    /// The file.
    #[serde(flatten)]
    pub source: MediaSource,
}

/// A place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// Degrees north, −90 to 90.
    pub latitude: f64,
    /// Degrees east, −180 to 180.
    pub longitude: f64,
    /// Name of the place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its address; shown only with a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// An emoji under a message of the person, at most 30 days old. Produces no status but `sent`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// The message reacted to.
    pub message_id: String,
    /// The emoji; empty takes the reaction away.
    pub emoji: String,
}
