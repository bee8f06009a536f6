//! Interactive messages: a body with something to press.

use super::content::{CaptionedMedia, Document};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An interactive message. On the wire: `{"type": "button", "body": {…}, "action": {…}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Interactive {
    /// Over the body. A list allows text only; a request allows none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<Header>,
    /// The text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
    /// Small print under it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footer: Option<Footer>,
    /// What can be pressed.
    #[serde(flatten)]
    pub action: Action,
}

/// What can be pressed; the variant is named after `interactive.type` on the wire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "action", rename_all = "snake_case")]
pub enum Action {
    /// `button`: up to three reply buttons.
    Button(ButtonAction),
    /// `list`: a button that opens up to ten rows.
    List(ListAction),
    /// `cta_url`: a button that opens a link.
    CtaUrl(CtaUrl),
    /// `location_request_message`: a button that shares the person's location.
    LocationRequestMessage(LocationRequest),
    /// `request_contact_info`: a button that shares the person's number, for people known by user id only.
    RequestContactInfo(PhoneRequest),
    /// `flow`: a button that opens a form.
    Flow(Box<Flow>),
    /// `catalog_message`: a button that opens the catalogue.
    CatalogMessage(CatalogMessage),
}

impl Interactive {
    /// A body over `action`, without header and footer.
    pub fn new(body: impl Into<String>, action: Action) -> Self {
        Self { header: None, body: Some(Body { text: body.into() }), footer: None, action }
    }

    /// Reply buttons, given as (id, title).
    pub fn buttons<I, T>(body: impl Into<String>, buttons: impl IntoIterator<Item = (I, T)>) -> Self
    where
        I: Into<String>,
        T: Into<String>,
    {
        let buttons = buttons.into_iter().map(|(id, title)| Button { id: id.into(), title: title.into() }).collect();
        Self::new(body, Action::Button(ButtonAction { buttons }))
    }

    /// A list of one section without a title; `button` opens it.
    pub fn list(body: impl Into<String>, button: impl Into<String>, rows: Vec<Row>) -> Self {
        let sections = vec![Section { title: None, rows }];
        Self::new(body, Action::List(ListAction { button: button.into(), sections }))
    }

    /// A button that opens `url`.
    pub fn cta_url(body: impl Into<String>, display_text: impl Into<String>, url: impl Into<String>) -> Self {
        Self::new(body, Action::CtaUrl(CtaUrl { display_text: display_text.into(), url: url.into() }))
    }

    /// Asks where the person is.
    pub fn location_request(body: impl Into<String>) -> Self {
        Self::new(body, Action::LocationRequestMessage(LocationRequest))
    }

    /// With a text header.
    pub fn with_header(mut self, text: impl Into<String>) -> Self {
        self.header = Some(Header::Text { text: text.into() });
        self
    }

    /// With a footer.
    pub fn with_footer(mut self, text: impl Into<String>) -> Self {
        self.footer = Some(Footer { text: text.into() });
        self
    }
}

/// What stands over the body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Header {
    /// A line of text.
    Text {
        /// See [`crate::limits::INTERACTIVE_HEADER`].
        text: String,
    },
    /// A picture.
    Image {
        /// Its file; a caption is not allowed.
        image: CaptionedMedia,
    },
    /// A video.
    Video {
        /// Its file; a caption is not allowed.
        video: CaptionedMedia,
    },
    /// A document.
    Document {
        /// Its file.
        document: Document,
    },
}

/// The text of an interactive message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// What it says.
    pub text: String,
}

/// Small print.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Footer {
    /// See [`crate::limits::INTERACTIVE_FOOTER`].
    pub text: String,
}

/// Up to three reply buttons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ButtonAction {
    /// The buttons.
    pub buttons: Vec<Button>,
}

/// A reply button. On the wire: `{"type": "reply", "reply": {"id", "title"}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "WireButton", from = "WireButton")]
pub struct Button {
    /// Comes back when it is pressed. Unique in the message.
    pub id: String,
    /// Its label.
    pub title: String,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", content = "reply", rename_all = "snake_case")]
enum WireButton {
    Reply { id: String, title: String },
}

impl From<Button> for WireButton {
    fn from(Button { id, title }: Button) -> Self {
        Self::Reply { id, title }
    }
}

impl From<WireButton> for Button {
    fn from(WireButton::Reply { id, title }: WireButton) -> Self {
        Self { id, title }
    }
}

/// A button that opens rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListAction {
    /// Label of the button.
    pub button: String,
    /// Groups of rows; at most ten rows in all of them together.
    pub sections: Vec<Section>,
}

/// A group of rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// Its title; required when there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// A row of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Comes back when it is chosen. Unique in the message.
    pub id: String,
    /// Its label.
    pub title: String,
    /// Its second line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl Row {
    /// A row without a second line.
    pub fn new(id: impl Into<String>, title: impl Into<String>) -> Self {
        Self { id: id.into(), title: title.into(), description: None }
    }
}

/// An action that is on the wire `{"name": <constant>, "parameters": {…}}`.
#[derive(Serialize, Deserialize)]
struct Named<P> {
    name: String,
    parameters: P,
}

/// An action that is on the wire `{"name": <constant>}`.
#[derive(Serialize, Deserialize)]
struct NameOnly {
    name: String,
}

/// A button that opens a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Named<CtaParameters>", try_from = "Named<CtaParameters>")]
pub struct CtaUrl {
    /// Its label.
    pub display_text: String,
    /// The link.
    pub url: String,
}

#[derive(Serialize, Deserialize)]
struct CtaParameters {
    display_text: String,
    url: String,
}

fn expect_name(found: &str, expected: &str) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("`action.name` is `{found}`, not `{expected}`")) }
}

impl From<CtaUrl> for Named<CtaParameters> {
    fn from(CtaUrl { display_text, url }: CtaUrl) -> Self {
        Self { name: "cta_url".to_owned(), parameters: CtaParameters { display_text, url } }
    }
}

impl TryFrom<Named<CtaParameters>> for CtaUrl {
    type Error = String;
    fn try_from(Named { name, parameters }: Named<CtaParameters>) -> Result<Self, String> {
        expect_name(&name, "cta_url")?;
        Ok(Self { display_text: parameters.display_text, url: parameters.url })
    }
}

/// Asks where the person is; they answer with a `location` message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "NameOnly", try_from = "NameOnly")]
pub struct LocationRequest;

impl From<LocationRequest> for NameOnly {
    fn from(LocationRequest: LocationRequest) -> Self {
        Self { name: "send_location".to_owned() }
    }
}

impl TryFrom<NameOnly> for LocationRequest {
    type Error = String;
    fn try_from(NameOnly { name }: NameOnly) -> Result<Self, String> {
        expect_name(&name, "send_location").map(|()| Self)
    }
}

/// Asks for the person's number; they answer with a `contacts` message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "NameOnly", try_from = "NameOnly")]
pub struct PhoneRequest;

impl From<PhoneRequest> for NameOnly {
    fn from(PhoneRequest: PhoneRequest) -> Self {
        Self { name: "request_contact_info".to_owned() }
    }
}

impl TryFrom<NameOnly> for PhoneRequest {
    type Error = String;
    fn try_from(NameOnly { name }: NameOnly) -> Result<Self, String> {
        expect_name(&name, "request_contact_info").map(|()| Self)
    }
}

/// A button that opens the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "CatalogAction", try_from = "CatalogAction")]
pub struct CatalogMessage {
    /// The product whose picture is shown, by its id at the seller; the first one of the catalogue when there is none.
    pub product: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct CatalogAction {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parameters: Option<CatalogParameters>,
}

#[derive(Serialize, Deserialize)]
struct CatalogParameters {
    thumbnail_product_retailer_id: String,
}

impl From<CatalogMessage> for CatalogAction {
    fn from(CatalogMessage { product }: CatalogMessage) -> Self {
        let parameters = product.map(|id| CatalogParameters { thumbnail_product_retailer_id: id });
        Self { name: "catalog_message".to_owned(), parameters }
    }
}

impl TryFrom<CatalogAction> for CatalogMessage {
    type Error = String;
    fn try_from(CatalogAction { name, parameters }: CatalogAction) -> Result<Self, String> {
        expect_name(&name, "catalog_message")?;
        Ok(Self { product: parameters.map(|parameters| parameters.thumbnail_product_retailer_id) })
    }
}

/// A button that opens a form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "Named<FlowParameters>", try_from = "Named<FlowParameters>")]
pub struct Flow {
    /// Which form.
    pub flow: FlowId,
    /// Label of the button.
    pub cta: String,
    /// Comes back with the answers; our own key of this filling-in.
    pub token: Option<String>,
    /// Send an unpublished version, to testers only.
    pub draft: bool,
    /// The first screen and the data it is given; `None` lets the form's own endpoint decide.
    pub navigate: Option<(String, Option<Value>)>,
}

/// Which form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FlowId {
    /// By id.
    #[serde(rename = "flow_id")]
    Id(String),
    /// By name.
    #[serde(rename = "flow_name")]
    Name(String),
}

#[derive(Serialize, Deserialize)]
struct FlowParameters {
    flow_message_version: String,
    #[serde(flatten)]
    flow: FlowId,
    flow_cta: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    flow_token: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mode: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    flow_action: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    flow_action_payload: Option<FlowPayload>,
}

#[derive(Serialize, Deserialize)]
struct FlowPayload {
    screen: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    data: Option<Value>,
}

impl From<Flow> for Named<FlowParameters> {
    fn from(flow: Flow) -> Self {
        let action = if flow.navigate.is_some() { "navigate" } else { "data_exchange" };
        Self {
            name: "flow".to_owned(),
            parameters: FlowParameters {
                flow_message_version: "3".to_owned(),
                flow: flow.flow,
                flow_cta: flow.cta,
                flow_token: flow.token,
                mode: flow.draft.then(|| "draft".to_owned()),
                flow_action: Some(action.to_owned()),
                flow_action_payload: flow.navigate.map(|(screen, data)| FlowPayload { screen, data }),
            },
        }
    }
}

impl TryFrom<Named<FlowParameters>> for Flow {
    type Error = String;
    fn try_from(Named { name, parameters }: Named<FlowParameters>) -> Result<Self, String> {
        expect_name(&name, "flow")?;
        Ok(Self {
            flow: parameters.flow,
            cta: parameters.flow_cta,
            token: parameters.flow_token,
            draft: parameters.mode.as_deref() == Some("draft"),
            navigate: parameters.flow_action_payload.map(|payload| (payload.screen, payload.data)),
        })
    }
}
