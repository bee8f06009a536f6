//! What the history tells of an event: whether it was handled before, what the one before it left undone, and which
//! messages it changes.

use domain::alarm::Due;
use domain::amendment::{self, Amended};
use domain::answer::{Says, says};
use domain::contact::Contact;
use domain::conversation::Conversation;
use domain::id::ContactId;
use domain::message::{Direction, Message, MessageKey};
use domain::queue::{Happening, PersonEvent};
use serde_json::json;

use crate::decide::Changes;
use crate::{EventError, Journeys, Row};

/// The type of a placeholder row: the event was handled, but its own record never arrived here.
const MISSING: &str = "missing";

/// What the history says of an event before it is handled.
pub(crate) enum Before {
    /// It was handled.
    Handled,
    /// It was not, as far as anybody remembers.
    New {
        /// When the last message stands that was told in the same second, where that was looked up.
        behind: Option<i64>,
    },
}

impl Journeys {
    /// An event of the last few, delivered again: what follows from it is published again, if nothing has happened
    /// since; its own row is ensured in any case.
    pub(crate) async fn repeat(
        &self,
        contact: &Contact,
        conversation: &Conversation,
        mut row: Row,
    ) -> Result<(), EventError> {
        if let Some(outbox) = conversation.outbox.as_ref().filter(|outbox| outbox.event == row.event) {
            row.stand_at(outbox.marked_at());
            return self.publish(contact, conversation, Some(&row)).await;
        }
        match self.beside(contact, &row).await?.iter().find(|(key, _)| key.id == row.key.id) {
            Some((key, found)) => self.complete(found, key, &row.message).await,
            None => self.record(&row.key, &row.message).await,
        }
    }

    /// Writes an event's row, once; over a placeholder that stands for it.
    pub(crate) async fn record(&self, key: &MessageKey, message: &Message) -> Result<(), EventError> {
        if !self.store.add_message(key, message).await?
            && let Some(found) = self.store.message(key).await?
        {
            self.complete(&found, key, message).await?;
        }
        Ok(())
    }

    /// Puts an event's own row in the place of what was found there, if that is only a placeholder.
    async fn complete(&self, found: &Message, key: &MessageKey, message: &Message) -> Result<(), EventError> {
        if found.kind == MISSING {
            self.store.replace_message(key, &Message { at: key.at, ..message.clone() }).await?;
        }
        Ok(())
    }

    /// What stands already where the event would stand: at its own place, or in the second in which Meta says it was
    /// written.
    async fn beside(&self, contact: &Contact, row: &Row) -> Result<Vec<(MessageKey, Message)>, EventError> {
        let MessageKey { line, at, .. } = &row.key;
        if !row.told {
            return self.kept_as(contact, &row.key).await;
        }
        let mut beside = Vec::new();
        for id in rows(contact) {
            beside.extend(self.store.messages_of_second(id, line, *at).await?);
        }
        Ok(beside)
    }

    /// Whether an event's row is there already.
    pub(crate) async fn is_kept(&self, contact: &Contact, row: &Row) -> Result<bool, EventError> {
        Ok(self.beside(contact, row).await?.iter().any(|(key, _)| key.id == row.key.id))
    }

    /// An event's row that is there already, and where: with this contact, or with one that it has absorbed since.
    async fn kept_as(&self, contact: &Contact, key: &MessageKey) -> Result<Vec<(MessageKey, Message)>, EventError> {
        for contact in rows(contact) {
            let key = MessageKey { contact: contact.clone(), ..key.clone() };
            if let Some(found) = self.store.message(&key).await? {
                return Ok(vec![(key, found)]);
            }
        }
        Ok(Vec::new())
    }

    /// Whether this event comes again after more has happened than the conversation remembers. Only a message no newer
    /// than the newest can be one, so an ordinary message costs no read.
    pub(crate) async fn before(
        &self,
        event: &PersonEvent,
        contact: &Contact,
        conversation: &Conversation,
        row: &Row,
    ) -> Result<Before, EventError> {
        let suspect = match &event.happening {
            Happening::Message { message, received_at, standby: false, .. } if says(message) != Says::Aside => {
                let is_ahead = row.key.at > received_at.as_millisecond();
                is_ahead || conversation.last_inbound_at.is_some_and(|last| row.key.at <= last.as_millisecond())
            }
            // The list of live timers decides, which has none of dates.
            Happening::Timer { timer, .. } => timer.parse::<Due>().is_ok(),
            _ => conversation.version > 0,
        };
        if !suspect {
            return Ok(Before::New { behind: None });
        }
        let beside = self.beside(contact, row).await?;
        match beside.iter().find(|(key, _)| key.id == row.key.id) {
            Some((key, found)) => {
                self.complete(found, key, &row.message).await?; // it may be a replay of one that left only a placeholder
                Ok(Before::Handled)
            }
            None => {
                // What we sent has an author, and a moment of its own.
                let told = beside.iter().filter(|(_, message)| message.author.is_none());
                Ok(Before::New { behind: told.map(|(key, _)| key.at).max() })
            }
        }
    }

    /// Publishes what the previous event left unpublished, should its publishing have been cut short for good: its
    /// marker row is missing then. (A replica that lags says so too; publishing again changes nothing.) What stands in
    /// the row is still in the dead-letter queue; a placeholder marks the event as done until it is replayed.
    pub(crate) async fn finish_previous(
        &self,
        contact: &Contact,
        conversation: &Conversation,
    ) -> Result<(), EventError> {
        let Some(outbox) = &conversation.outbox else { return Ok(()) };
        let Conversation { contact: id, line, .. } = conversation;
        if self.memory.has_published(conversation) || self.store.has_message(id, line, &outbox.marker).await? {
            return Ok(());
        }
        self.publish(contact, conversation, None).await?;
        if let Some(key) = MessageKey::at_position(id, line, &outbox.marker) {
            let placeholder = Message::new(&key, Direction::Event, MISSING, json!({MISSING: {"event": outbox.event}}));
            self.store.add_message(&key, &placeholder).await?;
        }
        Ok(())
    }

    /// What the event changes of earlier messages, or what came before it and changes it.
    pub(crate) async fn changes(
        &self,
        contact: &Contact,
        conversation: &Conversation,
        row: &Row,
    ) -> Result<Changes, EventError> {
        if let Some((id, amendment)) = row.message.amendment() {
            let moments = (row.key.at.saturating_sub(amendment::LATEST).max(0), row.key.at);
            let mut found = None;
            for rows in rows(contact) {
                found = self.store.message_between(rows, &conversation.line, &id, moments).await?;
                if found.is_some() {
                    break;
                }
            }
            return Ok(match found.filter(|(_, found)| found.direction == row.message.direction) {
                Some((key, found)) => Changes::Of(Box::new(found), Amended { key, amendment }),
                None => Changes::Early(id),
            });
        }
        let mut amended = Vec::new();
        for early in conversation.early.iter().filter(|early| early.original == row.key.id) {
            let key = MessageKey::at_position(&contact.id, &conversation.line, &early.position);
            let Some(key) = key else { continue };
            let Some(change) = self.store.message(&key).await? else { continue };
            if let Some((_, amendment)) = change.amendment().filter(|_| change.direction == row.message.direction) {
                amended.push(Amended { key: row.key.clone(), amendment });
            }
        }
        Ok(if amended.is_empty() { Changes::None } else { Changes::Waiting(amended) })
    }
}

/// All rows of the person: the contact, and those found to be the same person.
fn rows(contact: &Contact) -> impl Iterator<Item = &ContactId> {
    [&contact.id].into_iter().chain(&contact.merged_from)
}
