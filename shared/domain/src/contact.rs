//! A contact, and the rules by which a person in a webhook is recognised as one.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::id::ContactId;
use crate::person::{Alias, AliasKind, Person};

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

    /// Takes on the person's names. Names they did not show this time are kept.
    pub fn learn(&mut self, person: &Person) {
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

    /// Takes over what another row of the same person holds: the names and fields this one lacks. Its own stay.
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
        for (name, value) in &other.fields {
            self.fields.entry(name.clone()).or_insert_with(|| value.clone());
        }
        self.blocked |= other.blocked;
        self.marketing_stopped |= other.marketing_stopped;
        self.merged_from.push(other.id.clone());
        self.merged_from.extend(other.merged_from.iter().cloned());
    }
}

/// Who a person in a webhook is.
#[derive(Clone, Debug, PartialEq)]
pub enum Recognition {
    /// Nobody we know. A phone number that until now was another contact's is taken from it: it changed hands.
    New,
    /// This contact.
    Known(ContactId),
    /// Two rows of one person: the second is absorbed by the first, the older of them.
    Merge {
        /// The older row, which stays.
        keep: ContactId,
        /// The younger row, which is absorbed.
        absorb: ContactId,
    },
}

/// Recognises a person among the contacts their names lead to.
///
/// The BSUID is the identity. A phone number recognises a contact only while nothing contradicts it: when that contact
/// has a BSUID and the person shows another one, the number has changed hands, and what the first person told us is
/// not shown to the second. Two rows are one person when one of them was only ever known by phone and the other only
/// by BSUID, and now both names come together.
pub fn recognise(person: &Person, found: &[(AliasKind, Contact)]) -> Recognition {
    let by = |kind: AliasKind| found.iter().find(|(k, _)| *k == kind).map(|(_, contact)| contact);
    let strong = by(AliasKind::UserId).or_else(|| by(AliasKind::ParentUserId));
    let by_phone = by(AliasKind::Phone).filter(|contact| !contradicts(person, contact));
    match (strong, by_phone) {
        (None, None) => Recognition::New,
        (Some(contact), None) | (None, Some(contact)) => Recognition::Known(contact.id.clone()),
        (Some(a), Some(b)) if a.id == b.id => Recognition::Known(a.id.clone()),
        (Some(a), Some(b)) => {
            let (keep, absorb) = if (b.created_at, &b.id) < (a.created_at, &a.id) { (b, a) } else { (a, b) };
            Recognition::Merge { keep: keep.id.clone(), absorb: absorb.id.clone() }
        }
    }
}

fn contradicts(person: &Person, contact: &Contact) -> bool {
    matches!((&person.user_id, &contact.user_id), (Some(theirs), Some(ours)) if theirs != ours)
}

/// What a person tells about a change of their number or id (`system` messages).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdentityChange {
    /// The names they had.
    pub before: Person,
    /// The names they have now.
    pub after: Person,
}

impl IdentityChange {
    /// The names that are no longer theirs and may soon be somebody else's.
    pub fn released(&self) -> Vec<Alias> {
        let kept = self.after.aliases();
        self.before
            .aliases()
            .into_iter()
            .filter(|alias| !kept.contains(alias) && kept.iter().any(|new| new.kind == alias.kind))
            .collect()
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
    fn recognition_case_by_case() {
        use AliasKind::{Phone, UserId};
        use Recognition::{Known, Merge, New};
        let by_phone = contact("p", 1, Some("57300"), None);
        let by_id = contact("u", 2, None, Some("CO.1"));
        let both = contact("b", 3, Some("57300"), Some("CO.1"));
        let known = |id: &str| Known(ContactId::new(id));
        type Case<'a> = (&'a str, Person, Vec<(AliasKind, Contact)>, Recognition);
        let cases: &[Case<'_>] = &[
            ("a stranger", person(Some("57300"), Some("CO.1")), vec![], New),
            ("by BSUID", person(None, Some("CO.1")), vec![(UserId, by_id.clone())], known("u")),
            ("by phone alone", person(Some("57300"), None), vec![(Phone, both.clone())], known("b")),
            (
                "phone first, BSUID later",
                person(Some("57300"), Some("CO.1")),
                vec![(Phone, by_phone.clone())],
                known("p"),
            ),
            (
                "both names, one row",
                person(Some("57300"), Some("CO.1")),
                vec![(UserId, both.clone()), (Phone, both.clone())],
                known("b"),
            ),
            (
                "two rows, one person",
                person(Some("57300"), Some("CO.1")),
                vec![(UserId, by_id.clone()), (Phone, by_phone.clone())],
                Merge { keep: ContactId::new("p"), absorb: ContactId::new("u") },
            ),
            ("the number changed hands", person(Some("57300"), Some("CO.2")), vec![(Phone, both.clone())], New),
            (
                "the number changed hands to somebody known",
                person(Some("57300"), Some("CO.2")),
                vec![(UserId, contact("o", 9, None, Some("CO.2"))), (Phone, both)],
                known("o"),
            ),
        ];
        for (name, person, found, expected) in cases {
            assert_eq!(&recognise(person, found), expected, "{name}");
        }
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
    fn a_changed_number_is_released_and_a_missing_one_is_not() {
        let change =
            IdentityChange { before: person(Some("57300"), Some("CO.1")), after: person(Some("57399"), Some("CO.1")) };
        assert_eq!(change.released(), [Alias { kind: AliasKind::Phone, value: "57300".into() }]);
        let silent = IdentityChange { before: person(Some("57300"), Some("CO.1")), after: person(None, Some("CO.2")) };
        assert_eq!(silent.released(), [Alias { kind: AliasKind::UserId, value: "CO.1".into() }]);
    }

    #[test]
    fn null_unsets_a_field() {
        let mut contact = contact("c", 1, None, None);
        contact.set_fields(serde_json::json!({"age": 34, "city": "Cali"}).as_object().unwrap());
        contact.set_fields(serde_json::json!({"age": null}).as_object().unwrap());
        assert_eq!(Value::Object(contact.fields), serde_json::json!({"city": "Cali"}));
    }
}
