//! Outbound messages: what the Cloud API's `POST /{phone number id}/messages` wants.
//!
//! [`OutboundMessage`] is what is said; [`OutboundRequest`] adds to whom, in answer to what, and the key that comes back
//! with every status. Serialized, both are exactly the wire's JSON, so a queue, a simulator and Meta read the same text.
//! [`OutboundRequest::check`] finds, before anything is sent, what Meta would refuse.
//!
//! Source: <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages>

mod check;
mod content;
mod interactive;
mod read;
mod request;
mod template;

pub use check::{Bound, LimitError};
pub use content::{Audio, CaptionedMedia, Document, Location, MediaSource, OutboundMessage, Reaction, Sticker, Text};
pub use interactive::{
    Action, Body, Button, ButtonAction, CatalogMessage, CtaUrl, Flow, FlowId, Footer, Header, Interactive, ListAction,
    LocationRequest, PhoneRequest, Row, Section,
};
pub use read::MarkAsRead;
pub use request::{OutboundRequest, Recipient};
pub use template::{Component, ComponentKind, Currency, DateTime, Language, Parameter, Template, parameter_text};
