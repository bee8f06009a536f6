//! Generated stories of who writes under which names: up to eight events over three numbers and two people's ids.

use domain::person::Person;
use domain::recognition::Sighting;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// User id and parent user id of the two people of a story; stories of different numbers have nobody in common.
fn ids(story: u16, who: usize) -> (String, String) {
    (format!("CO.{story}.{who}"), format!("CO.ENT.{story}.{who}"))
}

/// Three numbers, the last of which has two spellings.
fn numbers(story: u16) -> [String; 4] {
    ["57300{}0001", "57300{}0002", "52155{}5678", "5255{}5678"]
        .map(|number| number.replace("{}", &format!("{story:04}")))
}

/// An event of a story.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    /// What it shows.
    pub(crate) sighting: Sighting,
    /// Whether it reads at the same moment as the event after it, so that only one of them can write what it decided.
    pub(crate) races: bool,
}

/// A story of up to eight events, of the people of this number.
pub(crate) fn stories(story: u16) -> impl Strategy<Value = Vec<Event>> {
    vec((sightings(story), any::<bool>()).prop_map(|(sighting, races)| Event { sighting, races }), 1..=8)
}

/// Messages twice as often as notices of a change.
fn sightings(story: u16) -> impl Strategy<Value = Sighting> {
    let message = names(story).prop_map(|person| Sighting { person, before: None });
    let notice = (names(story), names(story)).prop_map(|(before, person)| Sighting { person, before: Some(before) });
    prop_oneof![2 => message, 1 => notice]
}

/// Names of somebody: at least one, ids of one person only.
fn names(story: u16) -> impl Strategy<Value = Person> {
    let shown = prop_oneof![3 => Just((true, false)), 1 => Just((false, true)), 1 => Just((true, true))];
    let number = option::weighted(0.8, 0..numbers(story).len());
    let names = (number, option::of((0..2_usize, shown))).prop_map(move |(number, ids_shown)| {
        let shown = ids_shown.map(|(who, shown)| (ids(story, who), shown));
        Person {
            phone: number.map(|number| numbers(story)[number].clone()),
            user_id: shown.as_ref().filter(|(_, (user, _))| *user).map(|((user, _), _)| user.clone()),
            parent_user_id: shown.as_ref().filter(|(_, (_, parent))| *parent).map(|((_, parent), _)| parent.clone()),
            name: None,
        }
    });
    names.prop_filter("somebody without a name", |person| person.group().is_some())
}
