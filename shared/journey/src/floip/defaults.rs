//! Cards of one name that all have a condition. Where none holds, the journey goes on where the first of them leads; flows
//! say so by a line in the log, which is put in when they are written and taken out when they are read.

use std::collections::HashMap;

use crate::engine::TraceEvent;
use crate::model::{Card, Formula, Journey};
use crate::statements::{Action, Log};

/// What the log says of the cards of a name.
fn message(name: &str) -> String {
    TraceEvent::MissingDefault { card: name.into() }.to_string()
}

/// The cards without a condition that are missing, in the order of the names.
pub(super) fn missing(journey: &Journey) -> Vec<Card> {
    let mut groups: Vec<(&Card, bool)> = Vec::new();
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    for card in journey.cards() {
        let number = *numbers.entry(card.name.as_str()).or_insert(groups.len());
        match groups.get_mut(number) {
            Some((_, is_whole)) => *is_whole |= card.guard.is_none(),
            None => groups.push((card, card.guard.is_none())),
        }
    }
    let missing = groups.into_iter().filter(|(_, is_whole)| !is_whole);
    missing.map(|(first, _)| put_in(first)).collect()
}

fn put_in(first: &Card) -> Card {
    let log = Action::Log(Log { message: Formula::text(&message(&first.name)) });
    Card { label: None, guard: None, comments: Vec::new(), statements: vec![log.into()], ..first.clone() }
}

/// Takes out the cards that were put in: the journey does the same without them.
pub(super) fn take_out(cards: &mut Vec<Card>) {
    let mut leads: HashMap<String, Option<String>> = HashMap::new();
    for card in cards.iter().filter(|card| card.guard.is_some()) {
        leads.entry(card.name.clone()).or_insert_with(|| card.then.clone());
    }
    cards.retain(|card| card.guard.is_some() || leads.get(&card.name) != Some(&card.then) || !says_so(card));
}

/// Whether a card does nothing but say that it was missing. Other programs say more than we do, of an end that does not
/// come.
fn says_so(card: &Card) -> bool {
    let [statement] = card.statements.as_slice() else { return false };
    let said = match &statement.action {
        Action::Log(log) => log.message.as_text(),
        _ => None,
    };
    said.is_some_and(|said| said.starts_with(&message(&card.name)))
}
