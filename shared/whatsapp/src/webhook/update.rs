//! [`Update`]: one thing a webhook tells, with all that is needed to act on it.

use super::account::AccountUpdate;
use super::call::Call;
use super::error::WireError;
use super::inbound::InboundMessage;
use super::status::Status;
use crate::open_enum;
use crate::phone;
use crate::raw::Raw;
use crate::wire::{Object, lenient};
use serde::{Deserialize, Serialize};

/// One update. All of it survives serialization, so it can be put on a queue as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "update", rename_all = "snake_case")]
pub enum Update {
    /// A person wrote to a line.
    Message {
        /// The line.
        line: LineRef,
        /// The person.
        sender: Sender,
        /// What they wrote.
        message: Box<InboundMessage>,
    },
    /// A message we sent got somewhere, or failed.
    Status {
        /// The line that sent it.
        line: LineRef,
        /// How far it got.
        status: Box<Status>,
    },
    /// A person wants no marketing any more, or wants it again. Must be honoured.
    Preference {
        /// The account.
        waba_id: String,
        /// The line, when the webhook names it.
        line: Option<LineRef>,
        /// The wish.
        preference: Preference,
    },
    /// A template, a number or the account changed.
    Account(Box<AccountUpdate>),
    /// The organization wrote from the WhatsApp Business app (coexistence). Store it, never answer it.
    Echo {
        /// The line.
        line: LineRef,
        /// Whom it was written to; `name` and `username` are unknown.
        recipient: Sender,
        /// What was written; `from` is the line itself.
        message: Box<InboundMessage>,
    },
    /// A person wrote in a thread that another app owns. Store it, never answer it.
    Overheard {
        /// The line.
        line: LineRef,
        /// The person.
        sender: Sender,
        /// What they wrote.
        message: Box<InboundMessage>,
    },
    /// Something is told of a call.
    Call {
        /// The line.
        line: LineRef,
        /// The call.
        call: Box<Call>,
    },
    /// What happens in a thread that another app owns, where it is neither a message nor a state.
    Standby {
        /// The line.
        line: Option<LineRef>,
        /// `value` as Meta sent it.
        raw: Raw,
    },
    /// A conversation went from one app to another.
    Handover {
        /// The line, found through `recipient` because this field has no `metadata`.
        line: Option<LineRef>,
        /// Who has it now and who had it.
        handover: Handover,
        /// `value` as Meta sent it.
        raw: Raw,
    },
    /// Messages from before the line joined the API (coexistence).
    History {
        /// The line.
        line: Option<LineRef>,
        /// `value` as Meta sent it.
        raw: Raw,
    },
    /// Errors of a line that belong to no message.
    Errors {
        /// The line.
        line: LineRef,
        /// The errors.
        errors: Vec<WireError>,
    },
    /// A field that is not understood here (groups, flows, or newer than this code).
    Other {
        /// The account.
        waba_id: String,
        /// The webhook field.
        field: String,
        /// `value` as Meta sent it.
        raw: Raw,
    },
    /// Something that is not what its place says. Keep it for a person to look at.
    Malformed {
        /// The smallest piece that is wrong, as Meta sent it.
        raw: Raw,
        /// What is wrong with it.
        why: String,
    },
}

/// A line, as a webhook names it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LineRef {
    /// Id of the number: route by this one. An opaque string.
    pub phone_number_id: String,
    /// The number as people see it; empty when the webhook leaves it out.
    #[serde(default)]
    pub display_phone_number: String,
    /// The account it belongs to. An opaque string.
    #[serde(default)]
    pub waba_id: String,
}

/// The most bytes of an id that is taken for one. Meta's have up to 140 (a parent BSUID); what is much longer is no id, and
/// fits into no key.
const LONGEST_ID: usize = 256;

/// An id, if it can be one.
pub(super) fn id(text: Option<String>) -> Option<String> {
    text.filter(|id| id.len() <= LONGEST_ID && !id.contains(char::is_control))
}

impl LineRef {
    /// The line in `metadata` (or, in a handover, `recipient`).
    pub(super) fn read(metadata: &str, waba_id: &str) -> Option<Self> {
        let metadata = Object::parse(metadata).ok()?;
        Some(Self {
            phone_number_id: id(metadata.text("phone_number_id"))?,
            display_phone_number: metadata.text("display_phone_number").unwrap_or_default(),
            waba_id: waba_id.to_owned(),
        })
    }
}

/// A person, as far as a webhook tells. Any of these may be absent, but never all ids at once in a well-formed webhook.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Sender {
    /// The number, digits only, without `+`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The business-scoped user id: `US.13491208655302741918`. It changes when the number changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The id across the businesses of one parent portfolio: `US.ENT.11815799212886844830`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_user_id: Option<String>,
    /// The name the person gave themselves in WhatsApp. Anything: trust it as little as any input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The WhatsApp user name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
}

impl Sender {
    /// Whether there is anything to know the person by.
    pub fn is_known(&self) -> bool {
        self.phone.is_some() || self.user_id.is_some() || self.parent_user_id.is_some()
    }

    /// One element of `contacts[]`.
    pub(super) fn read(contact: &str) -> Option<Self> {
        let contact = Object::parse(contact).ok()?;
        let profile = contact.get("profile").and_then(|json| Object::parse(json).ok());
        let profile = |key: &str| profile.as_ref().and_then(|profile| profile.text(key));
        Some(Self::with_ids_that_are_some(Self {
            phone: contact.text("wa_id"),
            user_id: contact.text("user_id"),
            parent_user_id: contact.text("parent_user_id"),
            name: profile("name").filter(|name| is_visible(name)),
            username: profile("username").filter(|name| is_visible(name)),
        }))
    }

    /// Without what cannot be a phone number or an id.
    pub(super) fn with_ids_that_are_some(mut self) -> Self {
        self.phone = self.phone.and_then(|phone| phone::read(&phone));
        self.user_id = id(self.user_id);
        self.parent_user_id = id(self.parent_user_id);
        self
    }

    /// The person who sent `message`, completed by the one of `contacts` that is the same person. Of a message that came
    /// `alone` with a single contact, that one tells the name, however differently it writes the number.
    pub(super) fn of(message: &InboundMessage, contacts: &[Self], alone: bool) -> Self {
        let sender = Self {
            phone: message.from.clone(),
            user_id: message.from_user_id.clone(),
            parent_user_id: message.from_parent_user_id.clone(),
            ..Self::default()
        };
        let mut sender = sender.with_ids_that_are_some();
        // A notice of a changed id may name the person only inside: by the id they were known under.
        if let (false, Some(change)) = (sender.is_known(), message.system_change()) {
            sender.phone = change.previous_phone.or(change.phone);
            sender.user_id = change.previous_user_id.or(change.user_id);
            sender.parent_user_id = change.previous_parent_user_id.or(change.parent_user_id);
            sender = sender.with_ids_that_are_some();
        }
        let same = contacts.iter().find(|contact| sender.shares_an_id_with(contact));
        // A lone contact is the sender's unless it contradicts them: some messages carry no id of their own.
        let lone = || contacts.first().filter(|contact| contacts.len() == 1 && !sender.contradicts(contact));
        if let Some(contact) = same.or_else(lone).cloned() {
            sender.phone = sender.phone.or(contact.phone);
            sender.user_id = sender.user_id.or(contact.user_id);
            sender.parent_user_id = sender.parent_user_id.or(contact.parent_user_id);
            sender.name = contact.name;
            sender.username = contact.username;
        } else if let (true, [contact]) = (alone, contacts)
            && (sender.user_id.is_none() || contact.user_id.is_none())
        {
            sender.name.clone_from(&contact.name);
            sender.username.clone_from(&contact.username);
        }
        sender
    }

    /// Of each kind of id that both have, whether it is the same. Numbers may be spelled differently.
    fn ids_in_common(&self, other: &Self) -> impl Iterator<Item = bool> {
        let pair = |mine: &Option<String>, theirs: &Option<String>, same: fn(&str, &str) -> bool| {
            Some(same(mine.as_deref()?, theirs.as_deref()?))
        };
        let is_equal: fn(&str, &str) -> bool = |a, b| a == b;
        [
            pair(&self.phone, &other.phone, phone::same),
            pair(&self.user_id, &other.user_id, is_equal),
            pair(&self.parent_user_id, &other.parent_user_id, is_equal),
        ]
        .into_iter()
        .flatten()
    }

    fn shares_an_id_with(&self, other: &Self) -> bool {
        self.ids_in_common(other).any(|same| same)
    }

    fn contradicts(&self, other: &Self) -> bool {
        self.ids_in_common(other).any(|same| !same)
    }
}

/// Whether there is anything to see of a name. Blanks, marks of direction and joining, fillers and the like show nothing.
/// <https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point>
fn is_visible(name: &str) -> bool {
    let shows_nothing = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(
                c,
                '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
                    | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
                    | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
                    | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
            )
    };
    !name.chars().all(shows_nothing)
}

open_enum! {
    /// What a person wants of a kind of message.
    pub enum PreferenceValue {
        /// No more of them.
        Stop = "stop",
        /// Send them again.
        Resume = "resume",
        /// Signed up for them.
        Signup = "signup",
    }
}

/// A person's wish about marketing messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preference {
    /// The number, digits only.
    #[serde(alias = "wa_id", default, deserialize_with = "lenient::text")]
    pub phone: Option<String>,
    /// The business-scoped user id.
    #[serde(default, deserialize_with = "lenient::text")]
    pub user_id: Option<String>,
    /// The parent id.
    #[serde(default, deserialize_with = "lenient::text")]
    pub parent_user_id: Option<String>,
    /// `marketing_messages`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub category: Option<String>,
    /// The wish.
    pub value: PreferenceValue,
    /// One English sentence.
    #[serde(default, deserialize_with = "lenient::text")]
    pub detail: Option<String>,
    /// Where they signed up.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub signup_id: Option<String>,
    /// When, seconds since 1970.
    #[serde(default, deserialize_with = "lenient::integer")]
    pub timestamp: Option<i64>,
}

impl Preference {
    /// Without what cannot be a phone number or an id.
    pub(super) fn with_ids_that_are_some(mut self) -> Self {
        self.phone = self.phone.and_then(|phone| phone::read(&phone));
        self.user_id = id(self.user_id);
        self.parent_user_id = id(self.parent_user_id);
        self
    }
}

/// A conversation went from one app to another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Handover {
    /// `control_passed` or `control_taken`.
    pub kind: Option<String>,
    /// When, seconds since 1970.
    pub timestamp: Option<i64>,
    /// The number of the person whose conversation it is.
    pub phone: Option<String>,
    /// The business-scoped user id of that person.
    pub user_id: Option<String>,
}

impl Handover {
    pub(super) fn read(value: &Object<'_>) -> Self {
        let sender = value.get("sender").and_then(|json| Object::parse(json).ok());
        let sender = |key: &str| sender.as_ref().and_then(|sender| sender.text(key));
        Self {
            kind: value.text("type"),
            timestamp: value.integer("timestamp"),
            phone: sender("phone_number").or_else(|| sender("wa_id")),
            user_id: sender("user_id"),
        }
    }
}
