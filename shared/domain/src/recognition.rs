//! Who an event is about: from the names it shows and the rows they lead to, to everything that must be written.
//!
//! The rules:
//!
//! - The ids of WhatsApp (BSUID and parent BSUID) are the identity. Whatever contacts they lead to are one person.
//! - A phone number is a weak name: it changes hands. It leads to its contact only while no id contradicts it, that is
//!   while the contact has no id, or shares one with the person, or nothing is known of the person but numbers.
//! - A notice that somebody's names changed says that the names before and after are one person's. It is believed as
//!   far as the rules above go: a number in it is as weak as any other.
//! - Of several contacts found to be one person the oldest stays and absorbs the others.
//! - A contact has one number. The number before is released, since somebody else may get it next; a number that a new
//!   owner shows is taken from its former one. An id is released when a notice says that another has taken its place. Of
//!   several ids that are valid side by side, as those of two portfolios under one parent are, all lead here.
//!
//! The plan is made from what was read, and each of its writes holds only while that has not changed. So two events of one
//! person that are handled at the same moment cannot leave names that contradict each other: the later one reads again.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::contact::Contact;
use crate::id::ContactId;
use crate::person::{Alias, Person};

/// A person as an event shows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sighting {
    /// The names they have now.
    pub person: Person,
    /// In a notice of a change, the names they had before.
    pub before: Option<Person>,
}

impl Sighting {
    /// Every name in it, each once, those of now first, stronger ones before weaker ones.
    pub fn aliases(&self) -> Vec<Alias> {
        let mut aliases = self.person.aliases();
        for alias in self.before.iter().flat_map(Person::aliases) {
            if !aliases.contains(&alias) {
                aliases.push(alias);
            }
        }
        aliases
    }

    /// The ids that a notice says are no longer theirs, because others have taken their place.
    fn given_up(&self) -> Vec<Alias> {
        let now = self.person.aliases();
        let before = self.before.iter().flat_map(Person::aliases).filter(Alias::is_id);
        before.filter(|id| !now.contains(id) && now.iter().any(|new| new.kind == id.kind)).collect()
    }
}

/// What the table says about the names in an event.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// Whose each name is, as it stands in its row: for the names in the event, and for all names of the `contacts`. A
    /// name without a row is missing.
    pub names: BTreeMap<Alias, ContactId>,
    /// The contacts that the names in the event lead to, merges followed, each once.
    pub contacts: Vec<Contact>,
}

impl Rows {
    fn owner(&self, alias: &Alias) -> Option<&Contact> {
        let id = self.names.get(alias)?;
        self.contacts.iter().find(|contact| contact.is(id))
    }
}

/// A name that is to lead elsewhere, or nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AliasWrite {
    /// The name.
    pub alias: Alias,
    /// What its row said when it was read; nothing when there was none. The write holds only while it still says so.
    pub seen: Option<ContactId>,
    /// Whose it is from now on; nothing when it is released.
    pub leads_to: Option<ContactId>,
}

/// What of a contact's own row is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody knew it: the row is new.
    New,
    /// The row is written on the version it was read at.
    Changed,
    /// The row stays as it is.
    Unchanged,
}

/// All that follows from an event's names. No row occurs in it twice.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Who it is, as they are from now on, with the version that was read.
    pub contact: Contact,
    /// What of their row is to be written.
    pub standing: Standing,
    /// Contacts found to be the same person, as they were read.
    pub absorbed: Vec<Contact>,
    /// Contacts that lose a name to this one, as they are from now on, with the version that was read.
    pub dispossessed: Vec<Contact>,
    /// The names that are to lead elsewhere.
    pub aliases: Vec<AliasWrite>,
}

impl Plan {
    /// Whether there is nothing to write.
    pub fn is_settled(&self) -> bool {
        self.standing == Standing::Unchanged
    }
}

/// Says who is meant, and what is to be written. `new` is the id of the contact should nobody be known.
pub fn recognise(sighting: &Sighting, rows: &Rows, new: ContactId, now: Timestamp) -> Plan {
    let same = same_person(sighting, rows);
    let (found, absorbed) = match same.split_first() {
        Some((oldest, others)) => (Some(*oldest), others.iter().map(|contact| (*contact).clone()).collect()),
        None => (None, Vec::new()),
    };
    let mut contact = found.cloned().unwrap_or_else(|| Contact::new(new, &Person::default(), now));
    absorbed.iter().for_each(|other| contact.absorb(other));
    lose_what_is_not_theirs(&mut contact, rows);
    if let Some(before) = &sighting.before {
        contact.learn(&without_others_number(before, &contact, rows));
    }
    contact.learn(&sighting.person);
    sighting.given_up().iter().for_each(|id| contact.forget(id));
    let aliases = alias_writes(&contact, found, &absorbed, sighting, rows);
    let standing = match found {
        None => Standing::New,
        Some(found) if *found == contact && aliases.is_empty() => Standing::Unchanged,
        Some(_) => Standing::Changed,
    };
    Plan { dispossessed: dispossessed(&contact, rows), contact, standing, absorbed, aliases }
}

/// The contacts that are this person, oldest first.
fn same_person<'r>(sighting: &Sighting, rows: &'r Rows) -> Vec<&'r Contact> {
    let shown = sighting.aliases();
    let mut same: Vec<&Contact> = Vec::new();
    let mut ids: BTreeSet<Alias> = shown.iter().filter(|alias| alias.is_id()).cloned().collect();
    for owner in ids.iter().filter_map(|id| rows.owner(id)).collect::<Vec<_>>() {
        if !same.iter().any(|contact| contact.id == owner.id) {
            same.push(owner);
        }
    }
    ids.extend(same.iter().flat_map(|contact| contact.ids()));
    // The number before is the sender's own; the one after may still be somebody else's.
    let numbers = sighting.before.iter().chain([&sighting.person]).filter_map(Person::number);
    for owner in numbers.filter_map(|number| rows.owner(&number)) {
        let theirs = owner.ids();
        let contradicts = !theirs.is_empty() && !ids.is_empty() && theirs.iter().all(|id| !ids.contains(id));
        if !contradicts && !same.iter().any(|contact| contact.id == owner.id) {
            ids.extend(theirs);
            same.push(owner);
        }
    }
    same.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
    same
}

/// Takes from a contact the names whose rows lead to somebody else.
fn lose_what_is_not_theirs(contact: &mut Contact, rows: &Rows) {
    for alias in contact.aliases() {
        if rows.names.get(&alias).is_some_and(|id| !contact.is(id)) {
            contact.forget(&alias);
        }
    }
}

/// The names somebody had, but for a number that is another's by now.
fn without_others_number(before: &Person, contact: &Contact, rows: &Rows) -> Person {
    let is_others = |number: &Alias| rows.names.get(number).is_some_and(|id| !contact.is(id));
    match before.number() {
        Some(number) if is_others(&number) => Person { phone: None, ..before.clone() },
        _ => before.clone(),
    }
}

/// What must change so that exactly the contact's names lead to it.
fn alias_writes(
    contact: &Contact,
    found: Option<&Contact>,
    absorbed: &[Contact],
    sighting: &Sighting,
    rows: &Rows,
) -> Vec<AliasWrite> {
    let before: BTreeSet<Alias> = found.into_iter().chain(absorbed).flat_map(Contact::aliases).collect();
    let wanted: BTreeSet<Alias> = contact.aliases().into_iter().collect();
    let leads_here = |id: &ContactId| contact.is(id);
    // The row of a name may have been read a moment late. That a name leads here already is believed only of names that
    // stood in the contact's own row as well, which changes with them.
    let is_kept = |alias: &Alias, seen: Option<&ContactId>| {
        seen == Some(&contact.id) && found.is_some_and(|found| found.aliases().contains(alias))
    };
    let all: BTreeSet<Alias> = before.iter().chain(&wanted).cloned().chain(sighting.aliases()).collect();
    let told: Vec<Alias> = sighting.before.iter().flat_map(Person::aliases).collect();
    let write = |alias: Alias| {
        let seen = rows.names.get(&alias);
        let leads_to = if wanted.contains(&alias) {
            (!is_kept(&alias, seen)).then(|| Some(contact.id.clone()))?
        } else {
            // A name before that nobody has must still be nobody's: who is about to be found by it is this person.
            let was_free = seen.is_none() && told.contains(&alias);
            (was_free || seen.is_some_and(leads_here)).then_some(None)?
        };
        Some(AliasWrite { seen: seen.cloned(), leads_to, alias })
    };
    all.into_iter().filter_map(write).collect()
}

/// The contacts that `contact` takes a name from, without it.
fn dispossessed(contact: &Contact, rows: &Rows) -> Vec<Contact> {
    let mut losers: BTreeMap<ContactId, Contact> = BTreeMap::new();
    for alias in contact.aliases() {
        if let Some(owner) = rows.owner(&alias)
            && !contact.is(&owner.id)
        {
            losers.entry(owner.id.clone()).or_insert_with(|| owner.clone()).forget(&alias);
        }
    }
    losers.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::person::AliasKind;

    fn person(phone: Option<&str>, user_id: Option<&str>) -> Person {
        Person { phone: phone.map(Into::into), user_id: user_id.map(Into::into), ..Person::default() }
    }

    fn contact(id: &str, created: i64, phone: Option<&str>, user_id: Option<&str>) -> Contact {
        Contact::new(ContactId::new(id), &person(phone, user_id), Timestamp::from_second(created).unwrap())
    }

    /// The table in which these contacts are all there is.
    fn rows(contacts: &[Contact]) -> Rows {
        let names = contacts.iter().flat_map(|c| c.aliases().into_iter().map(|alias| (alias, c.id.clone()))).collect();
        Rows { names, contacts: contacts.to_vec() }
    }

    fn seen(person: Person, contacts: &[Contact]) -> Plan {
        let sighting = Sighting { person, before: None };
        recognise(&sighting, &rows(contacts), ContactId::new("new"), Timestamp::UNIX_EPOCH)
    }

    fn told(before: Person, person: Person, contacts: &[Contact]) -> Plan {
        let sighting = Sighting { person, before: Some(before) };
        recognise(&sighting, &rows(contacts), ContactId::new("new"), Timestamp::UNIX_EPOCH)
    }

    fn absorbed(plan: &Plan) -> Vec<&str> {
        plan.absorbed.iter().map(|contact| contact.id.as_str()).collect()
    }

    #[test]
    fn a_message_case_by_case() {
        let by_phone = contact("p", 1, Some("573001"), None);
        let by_id = contact("u", 2, None, Some("CO.1"));
        let both = contact("b", 3, Some("573001"), Some("CO.1"));
        let other = contact("o", 9, None, Some("CO.2"));
        let (number, one, two) = (Some("573001"), Some("CO.1"), Some("CO.2"));
        type Case<'a> = (&'a str, Person, Vec<Contact>, &'a str, &'a [&'a str]);
        let cases: &[Case<'_>] = &[
            ("a stranger", person(number, one), vec![], "new", &[]),
            ("by BSUID", person(None, one), vec![by_id.clone()], "u", &[]),
            ("by phone alone", person(number, None), vec![both.clone()], "b", &[]),
            ("phone first, BSUID later", person(number, one), vec![by_phone.clone()], "p", &[]),
            ("both names, one row", person(number, one), vec![both.clone()], "b", &[]),
            ("two rows, one person", person(number, one), vec![by_id, by_phone], "p", &["u"]),
            ("the number changed hands", person(number, two), vec![both.clone()], "new", &[]),
            ("it changed hands to somebody known", person(number, two), vec![other, both], "o", &[]),
        ];
        for (name, person, contacts, who, gone) in cases {
            let plan = seen(person.clone(), contacts);
            assert_eq!((plan.contact.id.as_str(), absorbed(&plan).as_slice()), (*who, *gone), "{name}");
        }
    }

    #[test]
    fn a_number_that_changed_hands_is_taken_from_its_former_owner() {
        let former = contact("f", 1, Some("573001"), Some("CO.1"));
        let plan = seen(person(Some("573001"), Some("CO.2")), std::slice::from_ref(&former));
        assert_eq!(plan.standing, Standing::New);
        assert_eq!(plan.dispossessed.len(), 1);
        assert_eq!((plan.dispossessed[0].phone.as_deref(), plan.dispossessed[0].version), (None, former.version));
        let number = plan.aliases.iter().find(|write| write.alias.kind == AliasKind::Phone).unwrap();
        assert_eq!((number.seen.as_ref(), number.leads_to.as_ref()), (Some(&former.id), Some(&plan.contact.id)));
    }

    #[test]
    fn names_left_behind_are_released() {
        let ana = contact("a", 1, Some("573001"), Some("CO.1"));
        let plan = told(person(Some("573001"), Some("CO.1")), person(Some("573999"), Some("CO.2")), &[ana]);
        let to =
            |value: &str| plan.aliases.iter().find(|write| write.alias.value == value).map(|w| w.leads_to.is_some());
        assert_eq!((to("573001"), to("573999")), (Some(false), Some(true)));
        assert_eq!((to("CO.1"), to("CO.2")), (Some(false), Some(true)));
        let ana = contact("a", 1, Some("573001"), Some("CO.1"));
        let silent = told(person(Some("573001"), Some("CO.1")), person(None, Some("CO.2")), &[ana]);
        assert_eq!(silent.contact.phone.as_deref(), Some("573001"), "a number that is only not shown stays");
    }

    #[test]
    fn ids_of_two_portfolios_under_one_parent_both_lead_to_the_person() {
        let mut ana = contact("a", 1, None, Some("CO.1"));
        ana.parent_user_id = Some("CO.ENT.1".into());
        let other = Person { parent_user_id: Some("CO.ENT.1".into()), ..person(None, Some("CO.2")) };
        let plan = seen(other, &[ana]);
        assert_eq!((plan.contact.id.as_str(), plan.contact.aliases().len()), ("a", 3));
    }

    #[test]
    fn a_notice_of_numbers_alone_does_not_join_two_people_with_ids() {
        let ana = contact("a", 1, Some("573001"), Some("CO.1"));
        let bea = contact("b", 2, Some("573999"), Some("CO.2"));
        let plan = told(person(Some("573001"), None), person(Some("573999"), None), &[ana.clone(), bea.clone()]);
        assert_eq!((plan.contact.id.as_str(), plan.absorbed.len()), ("a", 0));
        assert_eq!(plan.dispossessed[0].id, bea.id);
        let linked = told(person(Some("573001"), Some("CO.1")), person(Some("573999"), Some("CO.2")), &[ana, bea]);
        assert_eq!((linked.contact.id.as_str(), absorbed(&linked)), ("a", vec!["b"]));
    }

    #[test]
    fn a_row_that_names_an_absorbed_contact_is_put_right() {
        let mut keep = contact("k", 1, Some("573001"), None);
        keep.merged_from.push(ContactId::new("gone"));
        let mut rows = rows(std::slice::from_ref(&keep));
        let id = Alias { kind: AliasKind::UserId, value: "CO.1".into() };
        rows.names.insert(id.clone(), ContactId::new("gone"));
        let sighting = Sighting { person: person(None, Some("CO.1")), before: None };
        let plan = recognise(&sighting, &rows, ContactId::new("new"), Timestamp::UNIX_EPOCH);
        assert_eq!(plan.contact.id, keep.id);
        let write = AliasWrite { alias: id, seen: Some(ContactId::new("gone")), leads_to: Some(keep.id) };
        assert_eq!(plan.aliases, [write]);
    }

    #[test]
    fn what_is_known_already_is_not_written_again() {
        let ana = contact("a", 1, Some("573001"), Some("CO.1"));
        let plan = seen(person(Some("573001"), None), &[ana]);
        assert!(plan.is_settled(), "{plan:?}");
    }
}
