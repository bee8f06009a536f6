//! Generated stories of who writes under which names: up to eight events over three numbers and two people's ids.

use domain::person::Person;
use domain::recognition::Sighting;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// The ids of two people: user id, and parent user id.
const IDS: [(&str, &str); 2] = [("CO.1", "CO.ENT.1"), ("CO.2", "CO.ENT.2")];
/// Three numbers, one of which has two spellings.
const NUMBERS: [&str; 4] = ["573001110001", "573001110002", "5215512345678", "525512345678"];

/// An event of a story.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    /// What it shows.
    pub(crate) sighting: Sighting,
    /// Whether it reads at the same moment as the event after it, so that only one of them can write what it decided.
    pub(crate) races: bool,
}

/// A story of up to eight events.
pub(crate) fn stories() -> impl Strategy<Value = Vec<Event>> {
    vec((sightings(), any::<bool>()).prop_map(|(sighting, races)| Event { sighting, races }), 1..=8)
}

/// Messages twice as often as notices of a change.
fn sightings() -> impl Strategy<Value = Sighting> {
    let message = names().prop_map(|person| Sighting { person, before: None });
    let notice = (names(), names()).prop_map(|(before, person)| Sighting { person, before: Some(before) });
    prop_oneof![2 => message, 1 => notice]
}

/// Names of somebody: at least one, ids of one person only.
fn names() -> impl Strategy<Value = Person> {
    let ids = option::of((0..IDS.len(), prop_oneof![3 => Just((true, false)), 1 => Just((false, true)), 1 => Just((true, true))]));
    let names = (option::weighted(0.8, 0..NUMBERS.len()), ids).prop_map(|(number, ids)| Person {
        phone: number.map(|number| NUMBERS[number].to_owned()),
        user_id: ids.filter(|(_, (user, _))| *user).map(|(who, _)| IDS[who].0.to_owned()),
        parent_user_id: ids.filter(|(_, (_, parent))| *parent).map(|(who, _)| IDS[who].1.to_owned()),
        name: None,
    });
    names.prop_filter("somebody without a name", |person| person.group().is_some())
}
