//! A contact: a person, the names by which they are known, and what is known of them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::id::ContactId;
use crate::person::{Alias, AliasKind, Person};

/// So many other ids of a contact lead to it; those it showed longest ago are released beyond that.
pub const MOST_OTHER_IDS: usize = 8;

/// A person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    /// Our id.
    pub id: ContactId,
    /// When we first met them.
    pub created_at: Timestamp,
    /// Counts writes.
    pub version: u64,
    /// The name of their WhatsApp profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Phone number, digits only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Business-scoped user id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// Parent business-scoped user id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_user_id: Option<String>,
    /// Other ids of theirs, oldest first: of another portfolio under the same parent, or of a contact that was absorbed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_ids: Vec<Alias>,
    /// Profile fields.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub fields: Map<String, Value>,
    /// Blocked: nothing is answered, nothing is sent.
    #[serde(default, skip_serializing_if = "is_false")]
    pub blocked: bool,
    /// Asked for no more marketing (Meta's `user_preferences`).
    #[serde(default, skip_serializing_if = "is_false")]
    pub marketing_stopped: bool,
    /// The contact this one was found to be; everything goes there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<ContactId>,
    /// Contacts found to be this one; their messages belong to this history.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub merged_from: Vec<ContactId>,
    /// By line, the version of the conversation whose field changes have been applied last.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub applied: BTreeMap<String, u64>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // the signature serde asks for
fn is_false(value: &bool) -> bool {
    !value
}

impl Contact {
    /// A person met for the first time.
    pub fn new(id: ContactId, person: &Person, now: Timestamp) -> Self {
        Self {
            id,
            created_at: now,
            version: 1,
            name: person.name.clone(),
            phone: person.phone.clone(),
            user_id: person.user_id.clone(),
            parent_user_id: person.parent_user_id.clone(),
            other_ids: Vec::new(),
            fields: Map::new(),
            blocked: false,
            marketing_stopped: false,
            merged_into: None,
            merged_from: Vec::new(),
            applied: BTreeMap::new(),
        }
    }

    /// This contact as a person: the names by which to reach them.
    pub fn person(&self) -> Person {
        Person {
            phone: self.phone.clone(),
            user_id: self.user_id.clone(),
            parent_user_id: self.parent_user_id.clone(),
            name: self.name.clone(),
        }
    }

    /// Whether this contact already has every name of the person, and their present profile name.
    pub fn knows(&self, person: &Person) -> bool {
        let mine = self.person().aliases();
        person.aliases().iter().all(|alias| mine.contains(alias)) && (person.name.is_none() || person.name == self.name)
    }

    /// Whether the id is this contact's own, or that of one it has absorbed.
    pub fn is(&self, id: &ContactId) -> bool {
        self.id == *id || self.merged_from.contains(id)
    }

    /// Every name that leads here: those they go by, and their other ids.
    pub fn aliases(&self) -> Vec<Alias> {
        let mut aliases = self.person().aliases();
        aliases.extend(self.other_ids.iter().cloned());
        aliases
    }

    /// The names among them that identify: all but the phone number.
    pub fn ids(&self) -> Vec<Alias> {
        self.aliases().into_iter().filter(Alias::is_id).collect()
    }

    /// Takes on the person's names. Names they did not show this time are kept; of two ids of a kind the latest
    /// is in use, and the other still leads here.
    pub fn learn(&mut self, person: &Person) {
        let before = self.ids();
        for (mine, theirs) in [
            (&mut self.phone, &person.phone),
            (&mut self.user_id, &person.user_id),
            (&mut self.parent_user_id, &person.parent_user_id),
            (&mut self.name, &person.name),
        ] {
            if theirs.is_some() {
                mine.clone_from(theirs);
            }
        }
        self.remember(before);
    }

    /// Loses a name: it is somebody else's.
    pub fn forget(&mut self, alias: &Alias) {
        let mine = match alias.kind {
            AliasKind::UserId => &mut self.user_id,
            AliasKind::ParentUserId => &mut self.parent_user_id,
            AliasKind::Phone => &mut self.phone,
        };
        if mine.as_deref().is_some_and(|name| Alias::of(alias.kind, name) == *alias) {
            *mine = None;
        }
        self.other_ids.retain(|other_ids| other_ids != alias);
    }

    /// Of these ids, notes those that are not in use.
    fn remember(&mut self, ids: Vec<Alias>) {
        let present = self.person().aliases();
        for id in ids {
            if !self.other_ids.contains(&id) {
                self.other_ids.push(id);
            }
        }
        self.other_ids.retain(|id| !present.contains(id));
        let surplus = self.other_ids.len().saturating_sub(MOST_OTHER_IDS);
        self.other_ids.drain(..surplus);
    }

    /// Sets profile fields; `null` unsets.
    pub fn set_fields(&mut self, fields: &Map<String, Value>) {
        for (name, value) in fields {
            if value.is_null() {
                self.fields.shift_remove(name);
            } else {
                self.fields.insert(name.clone(), value.clone());
            }
        }
    }

    /// Takes over what another row of the same person holds: the names and fields this one lacks. Its own stay, and of
    /// ids for which there is no place it is noted that they lead here.
    pub fn absorb(&mut self, other: &Contact) {
        for (mine, theirs) in [
            (&mut self.phone, &other.phone),
            (&mut self.user_id, &other.user_id),
            (&mut self.parent_user_id, &other.parent_user_id),
            (&mut self.name, &other.name),
        ] {
            if mine.is_none() {
                mine.clone_from(theirs);
            }
        }
        self.remember(other.ids());
        for (name, value) in &other.fields {
            self.fields.entry(name.clone()).or_insert_with(|| value.clone());
        }
        self.blocked |= other.blocked;
        self.marketing_stopped |= other.marketing_stopped;
        self.merged_from.push(other.id.clone());
        self.merged_from.extend(other.merged_from.iter().cloned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(phone: Option<&str>, user_id: Option<&str>) -> Person {
        Person { phone: phone.map(Into::into), user_id: user_id.map(Into::into), ..Person::default() }
    }

    fn contact(id: &str, created: i64, phone: Option<&str>, user_id: Option<&str>) -> Contact {
        Contact::new(ContactId::new(id), &person(phone, user_id), Timestamp::from_second(created).unwrap())
    }

    #[test]
    fn absorbing_keeps_what_the_older_row_says() {
        let mut keep = contact("p", 1, Some("57300"), None);
        keep.set_fields(serde_json::json!({"age": 34}).as_object().unwrap());
        let mut other = contact("u", 2, None, Some("CO.1"));
        other.set_fields(serde_json::json!({"age": 3, "city": "Cali"}).as_object().unwrap());
        keep.absorb(&other);
        assert_eq!(keep.user_id.as_deref(), Some("CO.1"));
        assert_eq!(Value::Object(keep.fields.clone()), serde_json::json!({"age": 34, "city": "Cali"}));
        assert_eq!(keep.merged_from, [ContactId::new("u")]);
    }

    #[test]
    fn ids_that_gave_way_still_lead_here_and_numbers_do_not() {
        let id = |value: &str| Alias::of(AliasKind::UserId, value);
        let mut contact = contact("c", 1, Some("57300"), Some("CO.0"));
        for n in 1..=MOST_OTHER_IDS + 1 {
            contact.learn(&person(Some("57399"), Some(&format!("CO.{n}"))));
        }
        assert_eq!(contact.other_ids.len(), MOST_OTHER_IDS);
        assert_eq!((contact.other_ids.first(), contact.other_ids.last()), (Some(&id("CO.1")), Some(&id("CO.8"))));
        contact.learn(&person(None, Some("CO.3")));
        assert_eq!(contact.aliases().iter().filter(|alias| **alias == id("CO.3")).count(), 1);
        contact.forget(&id("CO.3"));
        contact.forget(&id("CO.1"));
        assert!(contact.user_id.is_none() && !contact.other_ids.contains(&id("CO.1")));
    }

    #[test]
    fn null_unsets_a_field() {
        let mut contact = contact("c", 1, None, None);
        contact.set_fields(serde_json::json!({"age": 34, "city": "Cali"}).as_object().unwrap());
        contact.set_fields(serde_json::json!({"age": null}).as_object().unwrap());
        assert_eq!(Value::Object(contact.fields), serde_json::json!({"city": "Cali"}));
    }
}
