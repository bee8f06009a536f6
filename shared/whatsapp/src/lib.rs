//! The WhatsApp Cloud API: webhooks parsed, messages rendered and checked, error meanings, and a client.
//!
//! | module | what it does | async |
//! |---|---|---|
//! | [`signature`] | proves that a webhook comes from Meta | no |
//! | [`webhook`] | turns a POST body into a flat list of [`webhook::Update`]s; one bad item never spoils the others | no |
//! | [`message`] | outbound messages: render for the wire, check before sending | no |
//! | [`limits`] | every limit of an outbound message, in one table, with its source | no |
//! | [`errors`] | what an error code means and what to do about it | no |
//! | [`phone`] | phone numbers: read, and compared however they are spelled | no |
//! | `client` | sends, and tells *refused*, *never left* and *nobody knows* apart | yes |
//!
//! Everything but `client` is pure: no clock, no network, no randomness; without the feature `client` nothing else is
//! compiled. Ids of Meta (accounts, numbers, messages, people) are opaque strings throughout; Meta is changing what they
//! stand for.

#[cfg(feature = "client")]
pub mod client;
pub mod contact_card;
pub mod errors;
pub mod limits;
pub mod message;
pub mod open_enum;
pub mod phone;
pub mod raw;
pub mod signature;
pub mod webhook;

mod wire;

#[cfg(feature = "client")]
pub use client::{Accepted, CloudApi, SendError};
pub use errors::{Action, Meaning, PauseCause, meaning};
pub use message::{LimitError, MarkAsRead, OutboundMessage, OutboundRequest, Recipient};
pub use raw::Raw;
pub use webhook::{Call, InboundMessage, Status, Update, Webhook, WebhookError, parse};
