//! Template messages: an approved text, named, with its blanks filled in.
//!
//! Source: <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-message-templates>

use super::content::{CaptionedMedia, Document, Location};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// A template message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Template {
    /// Its name: lower-case letters, digits and underscores.
    pub name: String,
    /// Its language; must be one the template exists in.
    pub language: Language,
    /// What fills its blanks; empty for a template without any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<Component>,
}

impl Template {
    /// A template whose body blanks are filled in order ({{1}}, {{2}}…).
    pub fn positional<T: Into<String>>(
        name: impl Into<String>,
        language: impl Into<String>,
        body: impl IntoIterator<Item = T>,
    ) -> Self {
        let texts = body.into_iter().map(|text| Parameter::Text { parameter_name: None, text: text.into() });
        Self::with_body(name, language, texts.collect())
    }

    /// A template whose body blanks have names ({{first_name}}…).
    pub fn named<N: Into<String>, T: Into<String>>(
        name: impl Into<String>,
        language: impl Into<String>,
        body: impl IntoIterator<Item = (N, T)>,
    ) -> Self {
        let texts = body
            .into_iter()
            .map(|(name, text)| Parameter::Text { parameter_name: Some(name.into()), text: text.into() });
        Self::with_body(name, language, texts.collect())
    }

    fn with_body(name: impl Into<String>, language: impl Into<String>, parameters: Vec<Parameter>) -> Self {
        let body = Component { kind: ComponentKind::Body, sub_type: None, index: None, parameters };
        let components = if body.parameters.is_empty() { Vec::new() } else { vec![body] };
        Self { name: name.into(), language: Language { code: language.into() }, components }
    }
}

/// A language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Language {
    /// `es`, `es_MX`, `en_US`…
    pub code: String,
}

/// The blanks of one part of a template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Component {
    /// Which part.
    #[serde(rename = "type")]
    pub kind: ComponentKind,
    /// What kind of button: `quick_reply`, `url`, `copy_code`, `flow`…
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_type: Option<String>,
    /// Which button, from 0. A string on the wire; a number is understood too.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "index_as_text",
        deserialize_with = "index_from_any"
    )]
    pub index: Option<u8>,
    /// What fills the blanks.
    #[serde(default)]
    pub parameters: Vec<Parameter>,
}

crate::open_enum! {
    /// A part of a template.
    pub enum ComponentKind {
        /// Over the body.
        Header = "header",
        /// The text.
        Body = "body",
        /// One button.
        Button = "button",
    }
}

/// What fills one blank; the variant is named after `type` on the wire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Parameter {
    /// Text, without line breaks, tabs or more than four spaces in a row: what is read is made so by [`parameter_text`].
    Text {
        /// The blank's name; absent in a template with numbered blanks.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parameter_name: Option<String>,
        /// What fills it.
        #[serde(deserialize_with = "text_of_parameter")]
        text: String,
    },
    /// An amount of money, shown in the person's own way.
    Currency {
        /// The amount.
        currency: Currency,
    },
    /// A moment.
    DateTime {
        /// The moment.
        date_time: DateTime,
    },
    /// A picture in the header.
    Image {
        /// Its file.
        image: CaptionedMedia,
    },
    /// A video in the header.
    Video {
        /// Its file.
        video: CaptionedMedia,
    },
    /// A document in the header.
    Document {
        /// Its file.
        document: Document,
    },
    /// A place in the header.
    Location {
        /// The place.
        location: Location,
    },
    /// What a quick reply answers when it is pressed.
    Payload {
        /// Comes back in a `button` message.
        payload: String,
    },
    /// The code of a copy-code button.
    CouponCode {
        /// The code.
        coupon_code: String,
    },
    /// What a Flow or catalogue button does.
    Action {
        /// As Meta describes it.
        action: Value,
    },
    /// A kind not known here, sent as it is.
    #[serde(untagged)]
    Other(Value),
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Currency {
    /// What is shown where the amount cannot be formatted.
    pub fallback_value: String,
    /// ISO 4217 code.
    pub code: String,
    /// The amount, times 1000.
    pub amount_1000: i64,
}

/// A moment; only the text is used by today's WhatsApp.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DateTime {
    /// What is shown.
    pub fallback_value: String,
}

/// What stands for a text that says nothing: Meta refuses a template with an empty parameter.
const NOTHING: &str = "-";

/// A text as it may fill a blank: Meta refuses line breaks, tabs and more than four spaces in a row, and people write them, so
/// that every run of them becomes one space; an empty text becomes a dash.
#[must_use]
pub fn parameter_text(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.is_empty() { NOTHING.to_owned() } else { words.join(" ") }
}

fn text_of_parameter<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    String::deserialize(deserializer).map(|text| parameter_text(&text))
}

fn index_as_text<S: Serializer>(index: &Option<u8>, serializer: S) -> Result<S::Ok, S::Error> {
    match index {
        Some(index) => serializer.collect_str(index),
        None => serializer.serialize_none(),
    }
}

fn index_from_any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u8>, D::Error> {
    match crate::wire::lenient::text(deserializer)? {
        None => Ok(None),
        Some(text) => text
            .parse()
            .map(Some)
            .map_err(|_| serde::de::Error::custom(format!("a button's index is a whole number from 0, not `{text}`"))),
    }
}
