//! Every limit of an outbound message: one table with the source of each number.
//!
//! **Unit of lengths.** Meta does not say whether its "characters" are code points, UTF-16 units or bytes. Lengths are
//! counted here in UTF-16 units, which are never fewer than code points: an emoji counts 2 (or more, when it is made of
//! several). What passes here passes under either reading. Bytes are not assumed: that would halve the room of every
//! non-Latin script.

use std::fmt;

/// What a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// UTF-16 units of text; see the module documentation.
    Characters,
    /// Elements of a list.
    Items,
    /// Bytes of a file.
    Bytes,
    /// Lines of text.
    Lines,
    /// Nothing countable: the value has a wrong form.
    Form,
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Characters => "characters",
            Self::Items => "items",
            Self::Bytes => "bytes",
            Self::Lines => "lines",
            Self::Form => "form",
        })
    }
}

/// One limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Name in words, for tables and documentation.
    pub name: &'static str,
    /// The most that is allowed.
    pub max: usize,
    /// What is counted.
    pub unit: Unit,
    /// Where Meta says so.
    pub source: &'static str,
}

/// Length of `text` in the unit of all text limits (UTF-16 units).
pub fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

macro_rules! limits {
    ($($(#[$doc:meta])* $constant:ident = $max:expr, $unit:ident, $name:literal, $source:expr;)+) => {
        $(
            $(#[$doc])*
            pub const $constant: Limit = Limit { name: $name, max: $max, unit: Unit::$unit, source: $source };
        )+

        /// The whole table.
        pub const ALL: &[Limit] = &[$($constant),+];
    };
}

const TEXT: &str = "https://developers.facebook.com/docs/whatsapp/cloud-api/messages/text-messages";
const MESSAGES: &str = "https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages";
const BUTTONS: &str =
    "https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-reply-buttons-messages";
const LIST: &str = "https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-list-messages";
const CTA: &str = "https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-cta-url-messages";
const LOCATION: &str =
    "https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-messages/location-request-messages";
const FLOW: &str = "https://developers.facebook.com/docs/whatsapp/flows/guides/sendingaflow";
const CATALOG: &str =
    "https://developers.facebook.com/docs/whatsapp/cloud-api/guides/sell-products-and-services/share-products";
const CONTACTS: &str = "https://developers.facebook.com/docs/whatsapp/cloud-api/messages/contacts-messages";
const TEMPLATES: &str = "https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates";
const TEMPLATE_MESSAGES: &str = "https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-message-templates";
const MEDIA: &str = "https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media";

limits! {
    /// Body of a text message.
    TEXT_BODY = 4096, Characters, "text body", TEXT;
    /// Caption of an image, video or document.
    CAPTION = 1024, Characters, "caption", MESSAGES;
    /// `biz_opaque_callback_data`: the text that comes back with every status.
    CALLBACK_DATA = 512, Characters, "callback data", MESSAGES;
    /// Cards in a contacts message.
    CONTACT_CARDS = 257, Items, "contact cards", CONTACTS;
    /// Text of an interactive header.
    INTERACTIVE_HEADER = 60, Characters, "interactive header", MESSAGES;
    /// Text of an interactive footer.
    INTERACTIVE_FOOTER = 60, Characters, "interactive footer", MESSAGES;
    /// Body of a message with reply buttons.
    BUTTONS_BODY = 1024, Characters, "body over buttons", BUTTONS;
    /// Reply buttons of a message.
    REPLY_BUTTONS = 3, Items, "reply buttons", BUTTONS;
    /// Title of a reply button.
    BUTTON_TITLE = 20, Characters, "button title", BUTTONS;
    /// Id of a reply button.
    BUTTON_ID = 256, Characters, "button id", BUTTONS;
    /// Body of a list message.
    LIST_BODY = 4096, Characters, "body over a list", LIST;
    /// Label of the button that opens a list.
    LIST_BUTTON = 20, Characters, "list button", LIST;
    /// Sections of a list.
    LIST_SECTIONS = 10, Items, "list sections", LIST;
    /// Rows of a list, all sections together.
    LIST_ROWS = 10, Items, "list rows", LIST;
    /// Title of a list section.
    SECTION_TITLE = 24, Characters, "section title", LIST;
    /// Title of a list row.
    ROW_TITLE = 24, Characters, "row title", LIST;
    /// Second line of a list row.
    ROW_DESCRIPTION = 72, Characters, "row description", LIST;
    /// Id of a list row.
    ROW_ID = 200, Characters, "row id", LIST;
    /// Body of a message with a link button.
    CTA_BODY = 1024, Characters, "body over a link button", CTA;
    /// Label of a link button.
    CTA_TEXT = 20, Characters, "link button", CTA;
    /// Body of a request for a location or a phone number.
    REQUEST_BODY = 1024, Characters, "body of a request", LOCATION;
    /// Body of a Flow message.
    FLOW_BODY = 1024, Characters, "body over a Flow button", FLOW;
    /// Label of a Flow button.
    FLOW_CTA = 30, Characters, "Flow button", FLOW;
    /// Body of a message with the catalogue.
    CATALOG_BODY = 1024, Characters, "body over a catalogue button", CATALOG;
    /// Name of a template.
    TEMPLATE_NAME = 512, Characters, "template name", TEMPLATES;
    /// Buttons of a template.
    TEMPLATE_BUTTONS = 10, Items, "template buttons", TEMPLATES;
    /// One text put into the header of a template.
    TEMPLATE_HEADER_TEXT = 60, Characters, "template header text", TEMPLATE_MESSAGES;
    /// One text put into the body of a template that has other parts too.
    TEMPLATE_BODY_TEXT = 1024, Characters, "template body text", TEMPLATE_MESSAGES;
    /// One text put into a template that is nothing but its body.
    TEMPLATE_ONLY_BODY_TEXT = 32768, Characters, "template body text, body only", TEMPLATE_MESSAGES;
    /// Code of a copy-code button.
    COUPON_CODE = 20, Characters, "coupon code", TEMPLATES;
    /// A link in a template button.
    TEMPLATE_URL = 2000, Characters, "template link", TEMPLATES;
    /// A sound file.
    AUDIO_FILE = 16 * 1024 * 1024, Bytes, "audio file", MEDIA;
    /// A document.
    DOCUMENT_FILE = 100 * 1024 * 1024, Bytes, "document file", MEDIA;
    /// An image.
    IMAGE_FILE = 5 * 1024 * 1024, Bytes, "image file", MEDIA;
    /// A video.
    VIDEO_FILE = 16 * 1024 * 1024, Bytes, "video file", MEDIA;
    /// A still sticker.
    STICKER_FILE = 100 * 1024, Bytes, "sticker file", MEDIA;
    /// A moving sticker.
    ANIMATED_STICKER_FILE = 500 * 1024, Bytes, "animated sticker file", MEDIA;
    /// A voice message that still shows the play icon (a larger one shows a download icon).
    VOICE_FILE = 512 * 1024, Bytes, "voice file with a play icon", MESSAGES;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_the_greater_of_code_points_and_utf16_units() {
        for (text, expected) in [("", 0), ("mañana", 6), ("👍", 2), ("👩‍👧", 5), ("नमस्ते", 6), ("中文", 2)]
        {
            assert_eq!(length(text), expected, "{text}");
            assert!(length(text) >= text.chars().count());
        }
    }

    #[test]
    fn the_table_is_complete_and_sourced() {
        assert!(ALL.len() >= 30);
        for (position, limit) in ALL.iter().enumerate() {
            assert!(limit.max > 0 && limit.source.starts_with("https://developers.facebook.com/"), "{}", limit.name);
            assert!(!ALL[..position].iter().any(|other| other.name == limit.name), "{} twice", limit.name);
        }
    }
}
