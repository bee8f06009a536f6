//! Who an event is about: the contact behind the names in a webhook, created, completed or merged where that is what
//! the names say.

use domain::id::{ContactId, LineId};
use domain::joined::{Joined, join};
use domain::person::Person;
use domain::queue::{Happening, PersonEvent};
use domain::recognition::{Plan, Rows, Sighting, Standing, recognise};
use jiff::Timestamp;
use platform::ids::new_id;
use store::{Found, StoreError};
use whatsapp::InboundMessage;

use crate::{EventError, Journeys, Row};

impl Journeys {
    /// The contact and its conversation, or nothing when a timer's contact is gone.
    pub(crate) async fn subject(&self, event: &PersonEvent, now: Timestamp) -> Result<Option<Found>, EventError> {
        match &event.happening {
            Happening::Timer { contact, .. }
            | Happening::Start { contact, .. }
            | Happening::Command { contact, .. } => Ok(self.store.person(contact, &event.line).await?),
            Happening::Echo { person, .. } | Happening::Call { person, .. } => {
                Ok(Some(self.seen(person, &event.line, now).await?))
            }
            Happening::Message { person, message, .. } => {
                let found = match notice_of_change(person, message) {
                    Some(notice) => self.told(&notice, event, now).await?,
                    None => self.seen(person, &event.line, now).await?,
                };
                Ok(Some(found))
            }
        }
    }

    /// The contact of these names. The strongest name is enough for somebody who shows no new one.
    async fn seen(&self, person: &Person, line: &LineId, now: Timestamp) -> Result<Found, EventError> {
        let aliases = person.aliases();
        if let Some(strongest) = aliases.first() {
            let id = match self.memory.whose(strongest) {
                Some(id) => Some(id),
                None => self.store.whose(strongest).await?,
            };
            if let Some(id) = id
                && let Some(found) = self.store.person(&id, line).await?
                && found.0.knows(person)
            {
                self.memory.note_name(strongest, &found.0.id);
                return Ok(found);
            }
        }
        let rows = self.store.rows(&aliases).await?;
        let sighting = Sighting { person: person.clone(), before: None };
        self.recognised(&sighting, &rows, line, now).await
    }

    /// The contact of a notice that names have changed. One that has been handled before changes nothing any more: the
    /// names in it may be somebody else's by now.
    async fn told(&self, notice: &Sighting, event: &PersonEvent, now: Timestamp) -> Result<Found, EventError> {
        let rows = self.store.rows(&notice.aliases()).await?;
        for contact in &rows.contacts {
            let row = Row::of(event, &contact.id, now);
            if let Some((contact, conversation)) = self.store.person(&contact.id, &event.line).await?
                && (conversation.as_ref().is_some_and(|conversation| conversation.remembers(&row.event))
                    || self.is_kept(&contact, &row).await?)
            {
                return Ok((contact, conversation));
            }
        }
        self.recognised(notice, &rows, &event.line, now).await
    }

    /// Recognises somebody, and writes what is new about their names.
    async fn recognised(
        &self,
        sighting: &Sighting,
        rows: &Rows,
        line: &LineId,
        now: Timestamp,
    ) -> Result<Found, EventError> {
        let plan = recognise(sighting, rows, ContactId::new(new_id(now)), now);
        let joined = self.joined(&plan).await?;
        let contact = self.store.carry_out(&plan, &joined, line).await?;
        if plan.standing == Standing::New {
            return Ok((contact, None));
        }
        // Merged or deleted this very moment: look again.
        self.store.person(&contact.id, line).await?.ok_or_else(|| StoreError::Conflict.into())
    }

    /// The conversations that become one because their contacts do. What the latest event of those that go has led to is
    /// published first, under its own name.
    async fn joined(&self, plan: &Plan) -> Result<Vec<Joined>, EventError> {
        let mut theirs = Vec::new();
        for absorbed in &plan.absorbed {
            for conversation in self.store.conversations_of(&absorbed.id).await? {
                self.finish_previous(absorbed, &conversation).await?;
                theirs.push(conversation);
            }
        }
        if theirs.is_empty() {
            return Ok(Vec::new());
        }
        let keep = &plan.contact.id;
        Ok(join(keep, self.store.conversations_of(keep).await?, theirs))
    }
}

/// The change that a `system` message tells of.
fn notice_of_change(person: &Person, message: &InboundMessage) -> Option<Sighting> {
    let change = message.system_change()?;
    let before = Person {
        phone: change.previous_phone.clone(),
        user_id: change.previous_user_id.clone().or_else(|| change.user_id.clone()),
        parent_user_id: change.previous_parent_user_id.clone().or_else(|| change.parent_user_id.clone()),
        name: None,
    };
    let after = Person {
        phone: change.phone,
        user_id: change.user_id,
        parent_user_id: change.parent_user_id,
        name: person.name.clone(),
    };
    (before.group().is_some() && after.group().is_some()).then_some(Sighting { person: after, before: Some(before) })
}
