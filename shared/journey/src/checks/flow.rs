//! Which cards are reached, and which variables some way there has set.

use std::collections::HashMap;

use super::context::{Node, settings};
use crate::model::{Journey, Setting};

/// What is known of the ways through a journey.
#[derive(Debug, Default)]
pub(super) struct Flow<'a> {
    /// The number of each variable, by its name in lower case.
    variables: HashMap<String, usize>,
    /// The variable as it is first written.
    written: Vec<&'a str>,
    /// For each card, the variables that some way to it sets; nothing for a card that no way leads to.
    before: Vec<Option<Set>>,
}

/// A set of variables, one bit each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Set(Vec<u64>);

impl Set {
    fn insert(&mut self, number: usize) {
        let word = number / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(bits) = self.0.get_mut(word) {
            *bits |= 1 << (number % 64);
        }
    }

    fn contains(&self, number: usize) -> bool {
        self.0.get(number / 64).is_some_and(|bits| bits & (1 << (number % 64)) != 0)
    }

    /// Takes in another set; whether there was something new in it.
    fn absorb(&mut self, other: &Self) -> bool {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        let mut grew = false;
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            grew |= *theirs & !*mine != 0;
            *mine |= theirs;
        }
        grew
    }
}

impl<'a> Flow<'a> {
    pub(super) fn new(journey: &Journey, cards: &[Node<'a>], names: &HashMap<&str, Vec<usize>>) -> Self {
        let mut flow = Self { before: vec![None; cards.len()], ..Self::default() };
        for variable in cards.iter().flat_map(|node| &node.sites).filter_map(|site| site.parts.sets) {
            let next = flow.written.len();
            if *flow.variables.entry(variable.to_lowercase()).or_insert(next) == next {
                flow.written.push(variable);
            }
        }
        let named = |name: &str| behind(name, cards, names);
        let mut waiting = Vec::new();
        if let Some(first) = cards.first() {
            for index in named(&first.card.name) {
                flow.reach(index, &Set::default(), &mut waiting);
            }
        }
        // From wherever somebody was: everything may be set.
        let mut all = Set::default();
        (0..flow.written.len()).for_each(|number| all.insert(number));
        let elsewhere = settings(journey).filter_map(|(_, setting)| match setting {
            Setting::InteractionTimeout { then, .. } => then.as_deref(),
            Setting::InvalidInput { then } => Some(then.as_str()),
            _ => None,
        });
        let late = cards.iter().filter_map(|node| node.card.on_timeout.as_deref());
        for index in elsewhere.chain(late).flat_map(named) {
            flow.reach(index, &all, &mut waiting);
        }
        while let Some(index) = waiting.pop() {
            let (Some(node), Some(mut known)) = (cards.get(index), flow.before.get(index).cloned().flatten()) else {
                continue;
            };
            let mut exits = node.exits.iter().peekable();
            for (at, site) in node.live().iter().enumerate() {
                if let Some(number) = flow.number(site.parts.sets) {
                    known.insert(number);
                }
                while let Some(exit) = exits.next_if(|exit| exit.after <= at + 1) {
                    named(exit.to).into_iter().for_each(|to| flow.reach(to, &known, &mut waiting));
                }
            }
            for exit in exits {
                named(exit.to).into_iter().for_each(|to| flow.reach(to, &known, &mut waiting));
            }
        }
        flow
    }

    /// Notes that a way leads to a card with these variables set.
    fn reach(&mut self, index: usize, known: &Set, waiting: &mut Vec<usize>) {
        let Some(before) = self.before.get_mut(index) else { return };
        let is_new = before.is_none();
        if before.get_or_insert_default().absorb(known) || is_new {
            waiting.push(index);
        }
    }

    fn number(&self, variable: Option<&str>) -> Option<usize> {
        self.variables.get(&variable?.to_lowercase()).copied()
    }

    /// Whether some way leads to this card.
    pub(super) fn is_reached(&self, card: usize) -> bool {
        self.before.get(card).is_some_and(Option::is_some)
    }

    /// The variables that some way to this card sets; nothing when there is no such way.
    pub(super) fn before(&self, card: usize) -> Option<Known<'_>> {
        Some(Known { flow: self, set: self.before.get(card)?.clone()? })
    }

    /// Whether some statement sets this variable; the name is in lower case.
    pub(super) fn has_variable(&self, key: &str) -> bool {
        self.variables.contains_key(key)
    }

    /// All variables, as they are first written.
    pub(super) fn variables(&self) -> &[&'a str] {
        &self.written
    }
}

/// The cards a way to a name may lead to: those of the name and, where each of them has a condition, those that the first
/// one leads to.
fn behind(name: &str, cards: &[Node<'_>], names: &HashMap<&str, Vec<usize>>) -> Vec<usize> {
    let mut found: Vec<usize> = Vec::new();
    let mut group = names.get(name);
    while let Some(indexes) = group.filter(|indexes| indexes.iter().all(|index| !found.contains(index))) {
        found.extend(indexes);
        let nodes: Vec<&Node<'_>> = indexes.iter().filter_map(|index| cards.get(*index)).collect();
        let first = nodes.first().filter(|_| nodes.iter().all(|node| node.card.guard.is_some()));
        group = first.and_then(|first| names.get(first.card.then.as_deref()?));
    }
    found
}

/// The variables that may be set at a place, followed through a card.
pub(super) struct Known<'f> {
    flow: &'f Flow<'f>,
    set: Set,
}

impl Known<'_> {
    /// Goes past a statement that sets a variable.
    pub(super) fn pass(&mut self, sets: Option<&str>) {
        if let Some(number) = self.flow.number(sets) {
            self.set.insert(number);
        }
    }

    /// Whether a variable is surely not set yet; the name is in lower case.
    pub(super) fn lacks(&self, key: &str) -> bool {
        self.flow.variables.get(key).is_some_and(|number| !self.set.contains(*number))
    }
}
