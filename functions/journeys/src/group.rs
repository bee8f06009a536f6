//! Messages written in a WhatsApp group. They have a conversation of their own, of the group and the line, so that nothing
//! said there opens anybody's window or is answered in private by mistake. Who wrote stands in the row.

use domain::contact::Contact;
use domain::id::{ContactId, LineId};
use domain::person::Person;
use domain::queue::{Happening, PersonEvent};
use jiff::Timestamp;
use store::Found;

use crate::{EventError, Journeys};

/// The group that a message was written in.
pub(crate) fn of(event: &PersonEvent) -> Option<&str> {
    match &event.happening {
        Happening::Message { message, .. } => message.group_id.as_deref(),
        _ => None,
    }
}

impl Journeys {
    /// What stands for the group where a contact stands for a person, made when it is first heard of. It has no names by
    /// which somebody could be taken for it.
    pub(crate) async fn group(&self, group: &str, line: &LineId, now: Timestamp) -> Result<Found, EventError> {
        let id = ContactId::of_group(group);
        if let Some(found) = self.store.person(&id, line).await? {
            return Ok(found);
        }
        let mut contact = Contact { version: 0, ..Contact::new(id, &Person::default(), now) };
        self.store.save_contact(&mut contact).await?;
        Ok((contact, None))
    }
}
