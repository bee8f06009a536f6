//! Publishing an outbox: profile fields, results, changed messages, alarm clocks, messages, and last the row that marks it
//! as done.
//! Each step can be repeated; a failure anywhere brings the event back and everything is done again.

use domain::contact::Contact;
use domain::conversation::Conversation;
use domain::message::{Author, Direction};
use domain::outbox::{Outbox, schedule_name};
use domain::queue::{self, Happening, Outbound, PersonEvent};
use futures::future::try_join_all;
use platform::queue::{Entry, Fifo};
use platform::schedule::Aim;

use crate::{EventError, Journeys, Row};

impl Journeys {
    /// Publishes what follows from the conversation's last event. Without a row (somebody else's event) the marker is
    /// left to the event's own redelivery or replay.
    pub(crate) async fn publish(
        &self,
        contact: &Contact,
        conversation: &Conversation,
        row: Option<&Row>,
    ) -> Result<(), EventError> {
        if let Some(outbox) = &conversation.outbox {
            self.keep(contact, conversation, outbox).await?;
            self.set_timers(contact, conversation, outbox).await?;
            self.outbound.send_all(messages(contact, conversation, outbox)?).await?;
        }
        if let Some(row) = row {
            let mut message = row.message.clone();
            if let Some(outbox) = &conversation.outbox {
                for amended in outbox.amended.iter().filter(|amended| amended.key == row.key) {
                    message.amend(&amended.amendment);
                }
                message.log.clone_from(&outbox.log);
                if message.direction == Direction::Event {
                    message.author = outbox.journey.clone().map(|journey| Author::Journey { journey });
                }
            }
            self.record(&row.key, &message).await?;
            self.memory.note_published(conversation);
        }
        Ok(())
    }

    async fn keep(&self, contact: &Contact, conversation: &Conversation, outbox: &Outbox) -> Result<(), EventError> {
        if !outbox.fields.is_empty() {
            self.store.apply_fields(contact, &conversation.line, conversation.version, &outbox.fields).await?;
        }
        if !outbox.results.is_empty() {
            self.store.add_results(&conversation.contact, outbox).await?;
        }
        // What came before this event and changes it is in its own row from the beginning.
        for amended in outbox.amended.iter().filter(|amended| amended.key.position() != outbox.marker) {
            self.store.amend_message(amended).await?;
        }
        Ok(())
    }

    async fn set_timers(
        &self,
        contact: &Contact,
        conversation: &Conversation,
        outbox: &Outbox,
    ) -> Result<(), EventError> {
        let name = |timer: &str| schedule_name(&conversation.contact, &conversation.line, timer);
        try_join_all(outbox.cancelled.iter().map(|timer| {
            let name = name(timer);
            async move { self.schedules.stop(&name).await }
        }))
        .await?;
        // The alarm queues in order with the person's own messages.
        let Some(group) = contact.person().group() else { return Ok(()) };
        for timer in &outbox.timers {
            let event = PersonEvent {
                line: conversation.line.clone(),
                happening: Happening::Timer { contact: conversation.contact.clone(), timer: timer.id.clone() },
            };
            let aim =
                Aim { target: self.inbound_arn.clone(), group: Some(group.clone()), input: queue::write(&event)? };
            self.schedules.set_alarm(&name(&timer.id), timer.at, aim).await?;
        }
        Ok(())
    }
}

fn messages(contact: &Contact, conversation: &Conversation, outbox: &Outbox) -> Result<Vec<Entry>, serde_json::Error> {
    let entry = |(index, message): (usize, &serde_json::Value)| {
        let key = outbox.message_key(&conversation.contact, &conversation.line, index);
        let deduplication = key.id.to_string();
        let outbound = Outbound {
            key,
            to: contact.person(),
            message: message.clone(),
            fallback: None,
            reply_to: None,
            author: Author::Journey { journey: outbox.journey.clone().unwrap_or_default() },
            window_expires_at: conversation.window_expires_at(),
        };
        let group = conversation.contact.to_string();
        Ok(Entry { body: queue::write(&outbound)?, fifo: Some(Fifo { group, deduplication }) })
    };
    outbox.messages.iter().enumerate().map(entry).collect()
}
