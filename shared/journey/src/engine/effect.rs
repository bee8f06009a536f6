//! What the host is to do.

use expression::Value;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Call, JourneyId};

/// One thing the host is to do. Effects are carried out in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Send a message to the contact.
    Send(Message),
    /// Set a profile field.
    SetField {
        /// The field.
        name: String,
        /// Its new value; null unsets it.
        value: Value,
    },
    /// Record a result.
    WriteResult {
        /// The name of the result.
        key: String,
        /// Its value.
        value: Value,
        /// What people call it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        label: Option<String>,
    },
    /// Start a journey for the contact later.
    ScheduleJourney {
        /// Which: the id, or the reference as written when no such journey is published now.
        journey: JourneyId,
        /// When; a moment that has passed means at once.
        at: Timestamp,
    },
    /// Forget all starts of a journey that are scheduled for the contact.
    CancelScheduled {
        /// Which: as in [`Effect::ScheduleJourney`].
        journey: JourneyId,
    },
    /// Label the last message of the contact, and with it the conversation.
    AddLabel {
        /// The label.
        label: String,
    },
    /// Give the conversation to the team: a human is in charge until the team gives it back.
    HandOver {
        /// Why, for the team.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Send a piece of the organisation's content, such as a saved reply.
    SendContent {
        /// Its id or name.
        content: String,
    },
    /// Show the contact that a message was read.
    MarkAsRead {
        /// Which one; the contact's last one when it is not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    /// Show that an answer is being written, which marks the contact's last message as read.
    ShowTyping,
    /// Erase what is known about the contact.
    EraseContact,
    /// Make a request to a web service. Always the last effect.
    Call(Call),
    /// Give the conversation to an operator.
    AssignTo {
        /// The operator's e-mail address.
        operator: String,
    },
    /// Write a line into the journey's log.
    Log {
        /// The line.
        message: String,
    },
}

/// A message, within the limits of the Cloud API
/// (<https://developers.facebook.com/docs/whatsapp/cloud-api/messages>).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "message", rename_all = "snake_case")]
pub enum Message {
    /// A text of at most 4,096 characters.
    Text {
        /// The text.
        body: String,
    },
    /// One to three buttons.
    Buttons {
        /// Above the body.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        header: Option<Header>,
        /// At most 1,024 characters.
        body: String,
        /// At most 60 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        footer: Option<String>,
        /// The buttons.
        buttons: Vec<Choice>,
    },
    /// One to ten rows behind a button.
    List {
        /// At most 60 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        header: Option<String>,
        /// At most 1,024 characters.
        body: String,
        /// At most 60 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        footer: Option<String>,
        /// The text of the button that opens the list, at most 20 characters.
        button: String,
        /// The rows.
        rows: Vec<Row>,
    },
    /// A file.
    Media {
        /// What it is.
        kind: MediaKind,
        /// Its address, or the id of a stored file.
        url: String,
        /// At most 1,024 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caption: Option<String>,
        /// Of a document.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        filename: Option<String>,
    },
    /// An approved template.
    Template {
        /// Its name.
        name: String,
        /// Its language.
        language: String,
        /// What fills its header.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        header: Option<Header>,
        /// The values of its placeholders.
        parameters: Vec<String>,
        /// The names of its placeholders, as many as there are values; none when they are numbered.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        names: Vec<String>,
        /// Its quick replies, in its order: the ids are the payloads to send with it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        buttons: Vec<Choice>,
        /// What fills its other buttons.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        fills: Vec<ButtonFill>,
    },
    /// A question with WhatsApp's own button to send a place.
    RequestLocation {
        /// At most 1,024 characters.
        body: String,
    },
    /// A button that opens a web page.
    CallToAction {
        /// Above the body.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        header: Option<Header>,
        /// At most 1,024 characters.
        body: String,
        /// At most 60 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        footer: Option<String>,
        /// The text of the button, at most 20 characters.
        button: String,
        /// The address of the page.
        url: String,
    },
    /// A form inside WhatsApp.
    Flow {
        /// Above the body.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        header: Option<Header>,
        /// At most 1,024 characters.
        body: String,
        /// At most 60 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        footer: Option<String>,
        /// The text of the button that opens it, at most 30 characters.
        button: String,
        /// Meta's id of the Flow.
        flow: String,
        /// What comes back with the form as `flow_token`: it names the wait, as the id of a [`Choice`] does.
        token: String,
        /// The first screen; without one the Flow decides.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        screen: Option<String>,
        /// What the first screen is given, a map.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        data: Option<Value>,
    },
    /// The organisation's catalogue.
    Catalog {
        /// At most 1,024 characters.
        body: String,
        /// At most 60 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        footer: Option<String>,
        /// The product whose picture is shown; the first one of the catalogue when it is not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        product: Option<String>,
    },
}

impl Message {
    /// The texts that make it this message and no other; ids that change with every wait are not among them.
    pub(super) fn texts(&self) -> Vec<&str> {
        match self {
            Self::Text { body } | Self::RequestLocation { body } => vec![body],
            Self::Buttons { body, buttons, .. } => {
                std::iter::once(body.as_str()).chain(buttons.iter().map(|choice| choice.title.as_str())).collect()
            }
            Self::List { body, rows, .. } => {
                std::iter::once(body.as_str()).chain(rows.iter().map(|row| row.title.as_str())).collect()
            }
            Self::Media { url, caption, .. } => std::iter::once(url.as_str()).chain(caption.as_deref()).collect(),
            Self::Template { name, parameters, fills, .. } => {
                let fills = fills.iter().map(|fill| fill.text.as_str());
                std::iter::once(name.as_str()).chain(parameters.iter().map(String::as_str)).chain(fills).collect()
            }
            Self::CallToAction { body, url, .. } => vec![body, url],
            Self::Flow { body, flow, .. } => vec![body, flow],
            Self::Catalog { body, .. } => vec![body],
        }
    }
}

/// What stands above the body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", untagged)]
pub enum Header {
    /// At most 60 characters.
    Text {
        /// The text.
        text: String,
    },
    /// An image, video or document.
    Media {
        /// What it is.
        kind: MediaKind,
        /// Its address, or the id of a stored file.
        url: String,
        /// The name a document is shown with; of templates.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        filename: Option<String>,
    },
    /// A place; of templates.
    Location {
        /// Degrees north.
        latitude: f64,
        /// Degrees east.
        longitude: f64,
        /// What it is called.
        name: String,
        /// Its address.
        address: String,
    },
}

/// What fills a button of a template that is no quick reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ButtonFill {
    /// Which button of the template, from 0.
    pub index: u8,
    /// What it does.
    pub kind: FillKind,
    /// The end of its address, or the code.
    pub text: String,
}

/// The buttons of a template that are filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FillKind {
    /// Opens a web page, whose address ends with the text.
    UrlSuffix,
    /// Copies the code.
    CopyCode,
}

/// A button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What comes back when it is tapped: it names the wait, so an old button is never taken for a present one.
    pub id: String,
    /// At most 20 characters (25 in a template).
    pub title: String,
}

/// A row of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// As in [`Choice`].
    pub id: String,
    /// At most 24 characters.
    pub title: String,
    /// At most 72 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl From<(Choice, Option<String>)> for Row {
    fn from((choice, description): (Choice, Option<String>)) -> Self {
        Self { id: choice.id, title: choice.title, description }
    }
}

/// The kinds of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// An image.
    Image,
    /// Sound.
    Audio,
    /// A video.
    Video,
    /// Any other file.
    Document,
}

impl MediaKind {
    /// Its name in code and in the Cloud API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Audio => "audio",
            Self::Video => "video",
            Self::Document => "document",
        }
    }

    pub(crate) fn can_be_header(self) -> bool {
        self != Self::Audio
    }
}
