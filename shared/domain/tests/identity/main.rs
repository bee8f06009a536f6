//! Recognition on generated stories, with a table of names in memory that is driven by the plans alone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that cannot go on says so by panicking

mod stories;

use std::collections::{BTreeMap, BTreeSet};

use domain::contact::Contact;
use domain::id::ContactId;
use domain::person::{Alias, Person};
use domain::recognition::{Plan, Rows, Sighting, Standing, recognise};
use jiff::Timestamp;
use proptest::prelude::*;

use stories::stories;

/// Somebody wrote while this plan was made: it must be made again.
struct Conflict;

/// The table.
#[derive(Default)]
struct Table {
    names: BTreeMap<Alias, ContactId>,
    contacts: BTreeMap<ContactId, Contact>,
    /// Where each event is kept, and whose ids it showed.
    kept: Vec<(ContactId, BTreeSet<usize>)>,
    people: People,
    created: i64,
}

/// Who is who, as events tell it by ids alone. An id that a notice gives up may be somebody else's next time.
#[derive(Default)]
struct People {
    owner_of: BTreeMap<Alias, usize>,
    /// Of each owner, the one found to be the same person.
    same_as: Vec<usize>,
}

impl People {
    fn tell(&mut self, sighting: &Sighting) -> BTreeSet<usize> {
        let ids: Vec<Alias> = sighting.aliases().into_iter().filter(Alias::is_id).collect();
        let mut owners = BTreeSet::new();
        for id in &ids {
            let owner = *self.owner_of.entry(id.clone()).or_insert_with(|| {
                self.same_as.push(self.same_as.len());
                self.same_as.len() - 1
            });
            owners.insert(self.who(owner));
        }
        if let Some(first) = owners.first().copied() {
            owners.iter().for_each(|owner| self.same_as[*owner] = first);
        }
        let now = sighting.person.aliases();
        for id in sighting.before.iter().flat_map(Person::aliases) {
            if !now.contains(&id) && now.iter().any(|new| new.kind == id.kind) {
                self.owner_of.remove(&id);
            }
        }
        owners
    }

    fn who(&self, owner: usize) -> usize {
        if self.same_as[owner] == owner { owner } else { self.who(self.same_as[owner]) }
    }
}

impl Table {
    fn living(&self, id: &ContactId) -> &Contact {
        let contact = &self.contacts[id];
        contact.merged_into.as_ref().map_or(contact, |into| self.living(into))
    }

    fn rows(&self, names: &[Alias]) -> Rows {
        let mut rows = Rows::default();
        let led: BTreeSet<_> = names.iter().filter_map(|name| self.names.get(name)).collect();
        let living: BTreeSet<_> = led.into_iter().map(|id| &self.living(id).id).collect();
        rows.contacts = living.into_iter().map(|id| self.contacts[id].clone()).collect();
        let all = rows.contacts.iter().flat_map(Contact::aliases).chain(names.iter().cloned());
        rows.names = all.filter_map(|name| self.names.get(&name).map(|id| (name.clone(), id.clone()))).collect();
        rows
    }

    fn plan(&mut self, sighting: &Sighting) -> Plan {
        self.created += 1;
        let now = Timestamp::from_second(self.created).unwrap();
        recognise(sighting, &self.rows(&sighting.aliases()), ContactId::new(format!("c{}", self.created)), now)
    }

    /// Writes what the plan says, if everything is as it was when the plan was made.
    fn carry_out(&mut self, plan: &Plan) -> Result<(), Conflict> {
        let contacts = || plan.absorbed.iter().chain(&plan.dispossessed).chain([&plan.contact]);
        let ids: BTreeSet<_> = contacts().map(|contact| &contact.id).collect();
        assert_eq!(ids.len(), contacts().count(), "a contact twice: {plan:?}");
        let names: BTreeSet<_> = plan.aliases.iter().map(|write| &write.alias).collect();
        assert_eq!(names.len(), plan.aliases.len(), "a name twice: {plan:?}");
        assert!(plan.absorbed.iter().all(|absorbed| absorbed.merged_into.is_none() && absorbed.id != plan.contact.id));
        if plan.is_settled() {
            return Ok(());
        }
        let is_new = plan.standing == Standing::New;
        let unchanged = |contact: &Contact| match self.contacts.get(&contact.id) {
            Some(present) => present.version == contact.version && !(is_new && contact.id == plan.contact.id),
            None => is_new && contact.id == plan.contact.id,
        };
        if !contacts().all(unchanged) || plan.aliases.iter().any(|w| self.names.get(&w.alias) != w.seen.as_ref()) {
            return Err(Conflict);
        }
        for absorbed in &plan.absorbed {
            let absorbed = Contact { merged_into: Some(plan.contact.id.clone()), ..absorbed.clone() };
            self.write(absorbed);
        }
        plan.dispossessed.iter().chain([&plan.contact]).for_each(|contact| self.write(contact.clone()));
        for write in &plan.aliases {
            match &write.leads_to {
                Some(id) => self.names.insert(write.alias.clone(), id.clone()),
                None => self.names.remove(&write.alias),
            };
        }
        Ok(())
    }

    fn write(&mut self, contact: Contact) {
        let version = contact.version + 1;
        self.contacts.insert(contact.id.clone(), Contact { version, ..contact });
    }

    /// Handles an event whose plan may have been made a moment ago.
    fn handle(&mut self, sighting: &Sighting, made: Option<Plan>) {
        let plan = made.unwrap_or_else(|| self.plan(sighting));
        if let Err(Conflict) = self.carry_out(&plan) {
            let again = self.plan(sighting);
            assert!(self.carry_out(&again).is_ok(), "stuck: {again:?}");
            return self.keep(sighting, &again);
        }
        self.keep(sighting, &plan);
    }

    fn keep(&mut self, sighting: &Sighting, plan: &Plan) {
        let owners = self.people.tell(sighting);
        self.kept.push((plan.contact.id.clone(), owners));
        for name in &sighting.person.aliases() {
            assert_eq!(self.names.get(name), Some(&plan.contact.id), "{name:?} does not lead to who showed it");
        }
        self.check();
    }

    /// What holds after every event.
    fn check(&self) {
        for (name, id) in &self.names {
            let contact = &self.contacts[id];
            assert!(contact.merged_into.is_none(), "{name:?} leads to {id}, which is merged");
            assert!(contact.aliases().contains(name), "{name:?} leads to {id}, which does not have it");
        }
        for contact in self.contacts.values().filter(|contact| contact.merged_into.is_none()) {
            for name in contact.aliases() {
                assert_eq!(self.names.get(&name), Some(&contact.id), "a name of {} leads elsewhere", contact.id);
            }
        }
        for (id, _) in &self.kept {
            assert!(self.living(id).is(id), "what is kept with {id} is seen by nobody");
        }
    }

    /// Nobody sees what somebody else has written, as far as ids tell people apart; and nobody's own is kept apart.
    fn check_people(&self) {
        let mut contact_of: BTreeMap<usize, BTreeSet<&ContactId>> = BTreeMap::new();
        let mut people_in: BTreeMap<&ContactId, BTreeSet<usize>> = BTreeMap::new();
        for (id, owners) in &self.kept {
            for person in owners.iter().map(|owner| self.people.who(*owner)) {
                people_in.entry(&self.living(id).id).or_default().insert(person);
                contact_of.entry(person).or_default().insert(&self.living(id).id);
            }
        }
        assert!(people_in.values().all(|people| people.len() == 1), "two people in one contact: {people_in:?}");
        assert!(contact_of.values().all(|contacts| contacts.len() == 1), "one person in two contacts: {contact_of:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_event_finds_its_person_and_every_name_leads_to_a_living_contact(story in stories(0)) {
        let mut table = Table::default();
        for event in &story {
            table.handle(&event.sighting, None);
            table.check_people();
        }
        prop_assert_eq!(table.kept.len(), story.len());
    }

    #[test]
    fn a_message_that_comes_again_at_once_changes_nothing(story in stories(0)) {
        let mut table = Table::default();
        for event in &story {
            table.handle(&event.sighting, None);
            if event.sighting.before.is_none() {
                let again = table.plan(&event.sighting);
                prop_assert!(again.is_settled(), "{again:?}");
            }
        }
    }

    #[test]
    fn events_handled_at_the_same_moment_never_leave_names_that_contradict_each_other(story in stories(0)) {
        let mut table = Table::default();
        let (mut made, mut events) = (None, story.iter().peekable());
        while let Some(event) = events.next() {
            let next = events.peek().filter(|_| event.races).map(|next| table.plan(&next.sighting));
            // What has nothing to write meets no condition: it is as if it had come first.
            if let Some(plan) = &next && plan.is_settled() && let Some(first) = events.next() {
                table.handle(&first.sighting, next.clone());
                table.handle(&event.sighting, made.take());
            } else {
                table.handle(&event.sighting, made.take());
                made = next;
            }
            table.check_people();
        }
        prop_assert_eq!(table.kept.len(), story.len());
    }
}
