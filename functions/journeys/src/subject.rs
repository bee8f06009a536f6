//! Who an event is about: the contact behind the names in a webhook, created, completed or merged where that is what
//! the names say.

use domain::contact::{Contact, IdentityChange, Recognition, recognise};
use domain::conversation::Conversation;
use domain::id::{ContactId, LineId};
use domain::person::{Alias, AliasKind, Person};
use domain::queue::{Happening, PersonEvent};
use jiff::Timestamp;
use platform::ids::new_id;
use store::{Found, StoreError, TakenFrom};
use whatsapp::InboundMessage;

use crate::{EventError, Journeys};

impl Journeys {
    /// The contact and its conversation, or nothing when a timer's contact is gone.
    pub(crate) async fn subject(&self, event: &PersonEvent, now: Timestamp) -> Result<Option<Found>, EventError> {
        match &event.happening {
            Happening::Timer { contact, .. }
            | Happening::Start { contact, .. }
            | Happening::Command { contact, .. } => Ok(self.store.person(contact, &event.line).await?),
            Happening::Echo { person, .. } | Happening::Call { person, .. } => {
                Ok(Some(self.recognised(person, &event.line, now).await?))
            }
            Happening::Message { person, message, .. } => {
                let change = identity_change(person, message);
                let known_as = change.as_ref().map_or(person, |change| &change.before);
                let (contact, conversation) = self.recognised(known_as, &event.line, now).await?;
                match change {
                    Some(change) => Ok(Some(self.moved(contact, conversation, &change, &event.line).await?)),
                    None => Ok(Some((contact, conversation))),
                }
            }
        }
    }

    /// The contact of these names. The strongest name is enough for somebody who shows no new one.
    async fn recognised(&self, person: &Person, line: &LineId, now: Timestamp) -> Result<Found, EventError> {
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
        let found = self.store.named(&aliases).await?;
        match recognise(person, &found) {
            Recognition::New => {
                let contact = Contact::new(ContactId::new(new_id(now)), person, now);
                self.store.create_contact(&contact, &taken(&contact, &found)).await?;
                self.let_go(&contact, &found).await?;
                Ok((contact, None))
            }
            Recognition::Known(id) => {
                let Some((mut contact, conversation)) = self.store.person(&id, line).await? else {
                    return Err(StoreError::Conflict.into()); // merged or deleted this very moment
                };
                contact.learn(person);
                let (taken, released) = (taken(&contact, &found), former(&found, &contact));
                self.store.update_contact(&mut contact, &taken, &released).await?;
                self.let_go(&contact, &found).await?;
                Ok((contact, conversation))
            }
            Recognition::Merge { keep, absorb } => {
                self.merge(&keep, &absorb, person).await?;
                self.store.person(&keep, line).await?.ok_or_else(|| StoreError::Conflict.into())
            }
        }
    }

    /// Takes a phone number that changed hands off the contact it was with.
    async fn let_go(&self, owner: &Contact, found: &[(AliasKind, Contact)]) -> Result<(), EventError> {
        for (kind, other) in found {
            if *kind == AliasKind::Phone && other.id != owner.id && other.phone == owner.phone {
                let mut other = other.clone();
                other.phone = None;
                self.store.save_contact(&mut other).await?;
            }
        }
        Ok(())
    }

    /// Makes two rows one. What the younger one's last event led to is published first, under its own name.
    async fn merge(&self, keep: &ContactId, absorb: &ContactId, person: &Person) -> Result<(), EventError> {
        let (Some(mut keep), Some(mut absorb)) = (self.store.contact(keep).await?, self.store.contact(absorb).await?)
        else {
            return Err(StoreError::Conflict.into());
        };
        let mut conversations = self.store.conversations_of(&keep.id).await?;
        let mut merged = Vec::new();
        for theirs in self.store.conversations_of(&absorb.id).await? {
            self.finish_previous(&absorb, &theirs).await?;
            let ours = conversations.iter().position(|ours| ours.line == theirs.line);
            let mut ours = match ours {
                Some(index) => conversations.swap_remove(index),
                None => Conversation::new(keep.id.clone(), theirs.line.clone(), theirs.last_activity_at),
            };
            ours.absorb(theirs);
            merged.push(ours);
        }
        keep.absorb(&absorb);
        keep.learn(person);
        Ok(self.store.merge_contacts(&mut keep, &mut absorb, &merged).await?)
    }

    /// A person with a new number or id: the contact takes on the new names, and the old ones that somebody else may
    /// get next no longer lead to it.
    async fn moved(
        &self,
        mut contact: Contact,
        conversation: Option<Conversation>,
        change: &IdentityChange,
        line: &LineId,
    ) -> Result<Found, EventError> {
        let released = change.released();
        if contact.knows(&change.after) && released.is_empty() {
            return Ok((contact, conversation));
        }
        let found = self.store.named(&change.after.aliases()).await?;
        let elsewhere = found.iter().find(|(_, other)| other.id != contact.id).map(|(_, other)| other.id.clone());
        contact.learn(&change.after);
        match elsewhere {
            // They wrote under the new names before this notice came: two rows of one person.
            Some(other) => {
                let keep = contact.id.clone();
                self.merge(&keep, &other, &change.after).await?;
                self.store.person(&keep, line).await?.ok_or_else(|| StoreError::Conflict.into())
            }
            None => {
                self.store.update_contact(&mut contact, &[], &released).await?;
                Ok((contact, conversation))
            }
        }
    }
}

/// The aliases of `contact` that so far lead to another of the contacts found.
fn taken(contact: &Contact, found: &[(AliasKind, Contact)]) -> Vec<TakenFrom> {
    contact
        .person()
        .aliases()
        .into_iter()
        .filter_map(|alias| {
            let (_, other) = found.iter().find(|(kind, other)| *kind == alias.kind && other.id != contact.id)?;
            Some(TakenFrom { alias, contact: other.id.clone() })
        })
        .collect()
}

/// The names `contact` had when it was found and has no longer.
fn former(found: &[(AliasKind, Contact)], contact: &Contact) -> Vec<Alias> {
    let now = contact.person().aliases();
    found
        .iter()
        .filter(|(_, before)| before.id == contact.id)
        .flat_map(|(_, before)| before.person().aliases())
        .filter(|alias| !now.contains(alias))
        .collect()
}

/// The change that a `system` message tells of.
fn identity_change(person: &Person, message: &InboundMessage) -> Option<IdentityChange> {
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
    (before.group().is_some() && after.group().is_some()).then_some(IdentityChange { before, after })
}
