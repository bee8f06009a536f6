//! Recognition against the real table: the stories that the pure rules are tested with, and what a transaction can hold.

use domain::conversation::Conversation;
use domain::id::{ContactId, LineId};
use domain::joined::join;
use domain::person::Person;
use domain::recognition::{Plan, Sighting, recognise};
use end_to_end::World;
use jiff::Timestamp;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use store::{Store, StoreError};

#[path = "../../shared/domain/tests/identity/stories.rs"]
mod stories;

/// How many stories are told to the table.
const STORIES: u16 = 60;

/// The service's way from names to a contact, with the pieces that it is made of.
struct Teller<'s> {
    store: &'s Store,
    line: LineId,
    contacts: u32,
}

impl Teller<'_> {
    async fn plan(&mut self, sighting: &Sighting) -> Plan {
        self.contacts += 1;
        let rows = self.store.rows(&sighting.aliases()).await.unwrap();
        let now = Timestamp::from_second(self.contacts.into()).unwrap();
        recognise(sighting, &rows, ContactId::new(format!("c{}", self.contacts)), now)
    }

    async fn carry_out(&self, plan: &Plan) -> Result<(), StoreError> {
        let mut theirs = Vec::new();
        for absorbed in &plan.absorbed {
            theirs.extend(self.store.conversations_of(&absorbed.id).await?);
        }
        let ours = self.store.conversations_of(&plan.contact.id).await?;
        let contact = self.store.carry_out(plan, &join(&plan.contact.id, ours, theirs), &self.line).await?;
        self.write(&contact.id, &self.line).await
    }

    /// Somebody writes once more.
    async fn write(&self, contact: &ContactId, line: &LineId) -> Result<(), StoreError> {
        let (contact, conversation) = self.store.person(contact, line).await?.unwrap();
        let mut conversation =
            conversation.unwrap_or_else(|| Conversation::new(contact.id, line.clone(), Timestamp::UNIX_EPOCH));
        conversation.unanswered += 1;
        self.store.commit(&mut conversation).await
    }

    async fn handle(&mut self, sighting: &Sighting, made: Option<Plan>) {
        let plan = match made {
            Some(plan) => plan,
            None => self.plan(sighting).await,
        };
        match self.carry_out(&plan).await {
            Err(StoreError::Conflict) => {
                let again = self.plan(sighting).await;
                self.carry_out(&again).await.unwrap();
            }
            done => done.unwrap(),
        }
    }

    /// Every name leads to a living contact that has it; answers how often these have written.
    async fn check(&self, story: &[stories::Event]) -> u32 {
        let mut contacts = Vec::new();
        for name in story.iter().flat_map(|event| event.sighting.aliases()) {
            let Some(id) = self.store.whose(&name).await.unwrap() else { continue };
            let contact = self.store.contact(&id).await.unwrap().unwrap();
            assert_eq!(contact.id, id, "{name:?} leads to a contact that is merged: {story:?}");
            assert!(contact.aliases().contains(&name), "{name:?} leads to {contact:?}");
            contacts.push(id);
        }
        contacts.sort();
        contacts.dedup();
        let mut written = 0;
        for contact in contacts {
            let conversations = self.store.conversations_of(&contact).await.unwrap();
            written += conversations.iter().map(|conversation| conversation.unanswered).sum::<u32>();
        }
        written
    }
}

#[tokio::test]
async fn stories_of_changing_names_come_out_on_the_real_table_as_in_memory() {
    let world = World::start().await;
    let mut teller = Teller { store: world.machine.store(), line: LineId::new("l"), contacts: 0 };
    let mut runner = TestRunner::deterministic();
    for number in 0..STORIES {
        let story = stories::stories(number).new_tree(&mut runner).unwrap().current();
        let (mut made, mut seen) = (None, std::collections::BTreeSet::new());
        for (at, event) in story.iter().enumerate() {
            let next = match story.get(at + 1).filter(|_| event.races) {
                Some(next) => Some(teller.plan(&next.sighting).await),
                None => None,
            };
            teller.handle(&event.sighting, made.take()).await;
            made = next;
            seen.extend(event.sighting.aliases().into_iter().filter(domain::Alias::is_id));
        }
        let written = teller.check(&story).await;
        // A contact that lost its only name, a number, is found by no name any more.
        assert!(written as usize <= story.len(), "{written} of {}: {story:?}", story.len());
        if story.iter().all(|event| event.sighting.aliases().iter().any(domain::Alias::is_id)) {
            assert_eq!(written as usize, story.len(), "{story:?}");
        }
    }
    world.end().await;
}

#[tokio::test]
async fn two_contacts_with_conversations_on_more_lines_than_a_transaction_holds_become_one() {
    const LINES: u32 = 120;
    let world = World::start().await;
    let mut teller = Teller { store: world.machine.store(), line: LineId::new("l0"), contacts: 0 };
    let seen = |phone: Option<&str>, user_id: Option<&str>| {
        let person = Person { phone: phone.map(Into::into), user_id: user_id.map(Into::into), ..Person::default() };
        Sighting { person, before: None }
    };
    let mut contacts = Vec::new();
    for sighting in [seen(Some("573001112233"), None), seen(None, Some("CO.1"))] {
        let plan = teller.plan(&sighting).await;
        teller.carry_out(&plan).await.unwrap();
        for line in 1..LINES {
            teller.write(&plan.contact.id, &LineId::new(format!("l{line}"))).await.unwrap();
        }
        contacts.push(plan.contact.id);
    }
    let plan = teller.plan(&seen(Some("573001112233"), Some("CO.1"))).await;
    assert_eq!(plan.absorbed.len(), 1);
    teller.carry_out(&plan).await.unwrap();
    let conversations = world.machine.store().conversations_of(&contacts[0]).await.unwrap();
    assert_eq!(conversations.len(), LINES as usize);
    assert_eq!(conversations.iter().map(|conversation| conversation.unanswered).sum::<u32>(), 2 * LINES + 1);
    assert_eq!(world.machine.store().conversations_of(&contacts[1]).await.unwrap(), []);
    world.end().await;
}
