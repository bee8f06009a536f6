//! Which cards and exits of journeys were reached, and which never.

use std::collections::{BTreeMap, BTreeSet};

use journey::model::Card;
use journey::statements::Action;
use journey::{Journey, TraceEvent};
use serde::Serialize;

use crate::event::{Event, Stopped};
use crate::script::Outcome;

/// What was reached of several journeys, in any number of scripts.
#[derive(Debug, Default)]
pub struct Coverage {
    /// By the file of the journey.
    journeys: BTreeMap<String, Reached>,
}

#[derive(Debug)]
struct Reached {
    journey: Journey,
    has_lines: bool,
    /// The lines of the cards that were entered.
    cards: BTreeSet<u32>,
    /// The exits that were taken: the line of the card, and where they lead.
    exits: BTreeSet<(u32, Exit)>,
}

/// Where a card leads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Exit {
    Card(String),
    End,
}

/// What was reached of a journey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Covered {
    /// Its file.
    pub file: String,
    /// How many cards it has.
    pub cards: usize,
    /// How many were reached.
    pub cards_reached: usize,
    /// How many exits its cards have together.
    pub exits: usize,
    /// How many were taken.
    pub exits_reached: usize,
    /// What was never reached, in the order of the notebook.
    pub missed: Vec<Missed>,
}

/// A card that was never entered, or an exit that was never taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missed {
    /// The line of the card; a flow has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The card.
    pub card: String,
    /// Its condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// Where the exit leads, `end` for the end of the journey; nothing for the card itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit: Option<String>,
}

impl Coverage {
    /// Adds what a script reached. `path` gives the file of a journey as the script names it.
    pub fn add(&mut self, outcome: &Outcome, path: impl Fn(&str) -> String) {
        let mut files = BTreeMap::new();
        for book in outcome.shelf.books() {
            let Some(file) = book.file.as_deref().map(&path) else { continue };
            let new = || Reached {
                journey: book.journey.clone(),
                has_lines: book.has_lines,
                cards: BTreeSet::new(),
                exits: BTreeSet::new(),
            };
            self.journeys.entry(file.clone()).or_insert_with(new);
            files.insert(book.id.as_str(), file);
        }
        let mut walk = Walk::default();
        for event in &outcome.events {
            for (journey, step) in walk.follow(event) {
                let reached = files.get(journey.as_str()).and_then(|file| self.journeys.get_mut(file));
                match (reached, step) {
                    (Some(reached), Step::Enters(line)) => {
                        reached.cards.insert(line);
                    }
                    (Some(reached), Step::Leaves(line, exit)) => {
                        reached.exits.insert((line, exit));
                    }
                    (None, _) => {}
                }
            }
        }
    }

    /// What was reached, by journey.
    #[must_use]
    pub fn journeys(&self) -> Vec<Covered> {
        self.journeys.iter().map(|(file, reached)| reached.covered(file)).collect()
    }
}

impl Reached {
    fn covered(&self, file: &str) -> Covered {
        let mut covered = Covered {
            file: file.to_owned(),
            cards: 0,
            cards_reached: 0,
            exits: 0,
            exits_reached: 0,
            missed: Vec::new(),
        };
        for card in self.journey.cards() {
            let line = card.position.line;
            let missed = |exit: Option<String>| Missed {
                line: self.has_lines.then_some(line),
                card: card.name.clone(),
                when: card.guard.as_ref().map(ToString::to_string),
                exit,
            };
            let exits = exits(card);
            covered.cards += 1;
            covered.exits += exits.len();
            if !self.cards.contains(&line) {
                // That its exits were not taken goes without saying.
                covered.missed.push(missed(None));
                continue;
            }
            covered.cards_reached += 1;
            for exit in exits {
                if self.exits.contains(&(line, exit.clone())) {
                    covered.exits_reached += 1;
                } else {
                    let to = match exit {
                        Exit::Card(name) => name,
                        Exit::End => "end".to_owned(),
                    };
                    covered.missed.push(missed(Some(to)));
                }
            }
        }
        covered
    }
}

/// Where a card may lead, each place once.
fn exits(card: &Card) -> Vec<Exit> {
    let is_certain = |action: &Action| match action {
        Action::Then(then) => then.guard.is_none(),
        Action::Experiment(_) => true,
        _ => false,
    };
    let mut exits = Vec::new();
    let mut goes_on = true;
    for statement in &card.statements {
        exits.extend(statement.action.leads_to().into_iter().map(|name| Exit::Card(name.to_owned())));
        if is_certain(&statement.action) {
            goes_on = false;
            break;
        }
    }
    if goes_on {
        exits.push(card.then.clone().map_or(Exit::End, Exit::Card));
    }
    let mut seen = BTreeSet::new();
    exits.retain(|exit| seen.insert(exit.clone()));
    exits
}

/// Follows a contact through journeys that call each other.
#[derive(Debug, Default)]
struct Walk {
    /// The journeys the contact is in, the running one last, and the line of the card in each.
    stack: Vec<(String, Option<u32>)>,
}

#[derive(Debug)]
enum Step {
    Enters(u32),
    Leaves(u32, Exit),
}

impl Walk {
    fn follow(&mut self, event: &Event) -> Vec<(String, Step)> {
        let mut steps = Vec::new();
        let note = match event {
            Event::Began { .. } | Event::Stopped(Stopped::Calls) => {
                self.stack.clear();
                return steps;
            }
            Event::Noted { note, .. } => note,
            _ => return steps,
        };
        match note {
            TraceEvent::Started { journey, .. } => self.stack.push((journey.to_string(), None)),
            TraceEvent::CardEntered { card, line, .. } => {
                if let Some((journey, at)) = self.stack.last_mut() {
                    if let Some(from) = at.replace(*line) {
                        steps.push((journey.clone(), Step::Leaves(from, Exit::Card(card.to_string()))));
                    }
                    steps.push((journey.clone(), Step::Enters(*line)));
                }
            }
            // It goes on past these cards, by no exit of any.
            TraceEvent::MissingDefault { card } => {
                if let Some((journey, at)) = self.stack.last_mut()
                    && let Some(from) = at.take()
                {
                    steps.push((journey.clone(), Step::Leaves(from, Exit::Card(card.to_string()))));
                }
            }
            // A caller that had nothing left to do was left behind when it called.
            TraceEvent::Returned { journey } => {
                while let Some((left, at)) = self.stack.pop_if(|(running, _)| running.as_str() != journey.as_str()) {
                    steps.extend(at.map(|line| (left, Step::Leaves(line, Exit::End))));
                }
            }
            TraceEvent::Ended => {
                for (left, at) in self.stack.drain(..) {
                    steps.extend(at.map(|line| (left, Step::Leaves(line, Exit::End))));
                }
            }
            TraceEvent::BudgetExceeded { .. } | TraceEvent::MissingCard { .. } => self.stack.clear(),
            _ => {}
        }
        steps
    }
}
