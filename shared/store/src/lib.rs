//! The table: one module an entity, keys in [`key`] and nowhere else.
//!
//! All that one event of a person needs stands in one partition and is read in one query ([`Store::person`]); the
//! commit of an event is one conditional write ([`Store::commit`]). Reads are strongly consistent where a decision
//! hangs on them.

mod audience;
mod contact;
mod conversation;
mod dead_letter;
mod dictionary;
mod error;
mod item;
mod journey;
pub mod key;
mod marketing;
mod message;
mod notebook;
mod notice;
mod pause;
mod recognition;
mod reminder;
mod request;
mod results;
mod token;

pub use audience::Everybody;
pub use contact::Found;
pub use conversation::{InboxPage, InboxQuery};
pub use dictionary::Dictionary;
pub use error::StoreError;
pub use journey::JourneyHead;
pub use message::{Claim, Claimant, MessagePage, Tries};
pub use notebook::{MAX_NOTEBOOK_BYTES, Packed, TooLarge};
pub use notice::KeptNotice;
pub use request::{KeptAnswer, KeyedRequest, Taken};
pub use results::{InvalidPlace, Page, ResultPlace, ResultsQuery, StoredResult};
pub use token::{ApiToken, TokenRole};

use aws_sdk_dynamodb::Client;

/// The table.
#[derive(Clone, Debug)]
pub struct Store {
    client: Client,
    table: String,
}

impl Store {
    /// The table of this name.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }
}
