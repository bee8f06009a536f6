//! A journey as the checks look at it: its cards with what each is made of, and where one leads to.

use std::collections::HashMap;

use super::Surroundings;
use super::flow::Flow;
use super::parts::Parts;
use super::types::Types;
use crate::model::{Card, Formula, ItemKind, Journey, Setting, Words};
use crate::problem::Position;
use crate::statements::{Action, Choices, Statement};

/// What the checks look at.
pub(super) struct Context<'a> {
    pub(super) journey: &'a Journey,
    pub(super) surroundings: &'a Surroundings<'a>,
    /// The cards in source order; the first one begins.
    pub(super) cards: Vec<Node<'a>>,
    /// The cards of each name.
    pub(super) names: HashMap<&'a str, Vec<usize>>,
    /// Which cards are reached, and which variables may be set there.
    pub(super) flow: Flow<'a>,
    pub(super) types: Types<'a>,
}

/// A card and what it is made of.
pub(super) struct Node<'a> {
    pub(super) card: &'a Card,
    /// Its statements in the order they are evaluated: what stands between `do` and `end` comes before its owner.
    pub(super) sites: Vec<Site<'a>>,
    /// Where it leads.
    pub(super) exits: Vec<Exit<'a>>,
    /// Whether the journey may end here.
    pub(super) ends: bool,
    /// The first statement that is never run.
    pub(super) dead: Option<usize>,
}

/// A statement of a card.
pub(super) struct Site<'a> {
    pub(super) place: Place<'a>,
    pub(super) action: &'a Action,
    pub(super) parts: Parts<'a>,
    /// The question it stands in.
    pub(super) owner: Option<&'a Action>,
}

/// A way out of a card.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exit<'a> {
    pub(super) to: &'a str,
    /// The condition on it.
    pub(super) guard: Option<&'a Formula>,
    /// Whether the conversation rests before it.
    pub(super) waits: bool,
    /// How many of the sites have been run by then.
    pub(super) after: usize,
}

/// Where something stands.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place<'a> {
    pub(super) card: Option<&'a str>,
    pub(super) position: Position,
}

/// Where a condition stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Condition {
    Trigger,
    Card,
    Then,
}

impl<'a> Context<'a> {
    pub(super) fn new(journey: &'a Journey, surroundings: &'a Surroundings<'a>) -> Self {
        let cards: Vec<Node> = journey.cards().map(Node::new).collect();
        let mut names: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, node) in cards.iter().enumerate() {
            names.entry(&node.card.name).or_default().push(index);
        }
        let flow = Flow::new(journey, &cards, &names);
        let types = Types::new(&cards, surroundings);
        Self { journey, surroundings, cards, names, flow, types }
    }

    /// The cards of a name.
    pub(super) fn named(&self, name: &str) -> &[usize] {
        self.names.get(name).map_or(&[], Vec::as_slice)
    }

    /// All statements, those of questions included.
    pub(super) fn sites(&self) -> impl Iterator<Item = &Site<'a>> {
        self.cards.iter().flat_map(|node| &node.sites)
    }

    /// The settings of the journey, with their places.
    pub(super) fn settings(&self) -> impl Iterator<Item = (Place<'a>, &'a Setting)> {
        settings(self.journey)
    }

    /// All conditions: of triggers, cards and `then`.
    pub(super) fn conditions(&self) -> impl Iterator<Item = (Place<'a>, Condition, &'a Formula)> {
        let triggers = self.journey.triggers().filter_map(|trigger| {
            let place = Place { card: None, position: trigger.position };
            Some((place, Condition::Trigger, trigger.condition.as_ref()?))
        });
        let cards =
            self.cards.iter().filter_map(|node| Some((node.place(), Condition::Card, node.card.guard.as_ref()?)));
        let thens = self.sites().filter_map(|site| match site.action {
            Action::Then(then) => Some((site.place, Condition::Then, then.guard.as_ref()?)),
            _ => None,
        });
        triggers.chain(cards).chain(thens)
    }

    /// Everything that is computed anywhere in the journey.
    pub(super) fn formulas(&self) -> impl Iterator<Item = (Place<'a>, &'a Formula)> {
        let triggers = self.journey.triggers().filter_map(|trigger| {
            let place = Place { card: None, position: trigger.position };
            Some((place, trigger.condition.as_ref()?))
        });
        triggers.chain(self.cards.iter().flat_map(|node| {
            let place = node.place();
            let sites = node.sites.iter().flat_map(|site| site.parts.computed().map(|formula| (site.place, formula)));
            node.head().map(move |formula| (place, formula)).chain(sites)
        }))
    }
}

/// The settings of a journey, with their places.
pub(super) fn settings(journey: &Journey) -> impl Iterator<Item = (Place<'_>, &Setting)> {
    journey.items().filter_map(|item| match &item.kind {
        ItemKind::Setting(setting) => Some((Place { card: None, position: item.position }, setting)),
        _ => None,
    })
}

impl<'a> Node<'a> {
    fn new(card: &'a Card) -> Self {
        let mut node = Self { card, sites: Vec::new(), exits: Vec::new(), ends: false, dead: None };
        let mut waits = false;
        for statement in &card.statements {
            if node.dead.is_some() {
                node.add(statement, None);
                continue;
            }
            node.add(statement, None);
            let after = node.sites.len();
            let Some(site) = node.sites.last() else { continue };
            let guard = match site.action {
                Action::Then(then) => then.guard.as_ref(),
                _ => None,
            };
            let always = match site.action {
                Action::Then(_) => guard.is_none(),
                Action::Experiment(experiment) => !experiment.arms.is_empty(),
                _ => false,
            };
            let chosen = waits || site.parts.waits;
            node.exits.extend(site.parts.leads_to.iter().map(|to| Exit { to, guard, waits: chosen, after }));
            waits = chosen;
            if always {
                node.dead = Some(after);
            }
        }
        if node.dead.is_none() {
            match &card.then {
                Some(to) => node.exits.push(Exit { to, guard: None, waits, after: node.sites.len() }),
                None => node.ends = true,
            }
        }
        // Statements behind the end of the card are there to be reported, not to be run.
        node.dead = node.dead.filter(|dead| *dead < node.sites.len());
        node
    }

    fn add(&mut self, statement: &'a Statement, owner: Option<&'a Action>) {
        let parts = Parts::of(&statement.action);
        for inside in parts.content {
            self.add(inside, Some(&statement.action));
        }
        let place = Place { card: Some(&self.card.name), position: statement.position };
        self.sites.push(Site { place, action: &statement.action, parts, owner });
    }

    pub(super) fn place(&self) -> Place<'a> {
        Place { card: Some(&self.card.name), position: self.card.position }
    }

    /// What is computed before the first statement: the guard, and the label when a choice shows it.
    pub(super) fn head(&self) -> impl Iterator<Item = &'a Formula> + use<'a> {
        self.card.guard.iter().chain(self.card.label.iter().flat_map(Words::texts))
    }

    /// The statements that are run.
    pub(super) fn live(&self) -> &[Site<'a>] {
        self.sites.get(..self.dead.unwrap_or(self.sites.len())).unwrap_or_default()
    }
}

impl<'a> Site<'a> {
    /// The choices of a question.
    pub(super) fn choices(&self) -> Option<&'a Choices> {
        match self.action {
            Action::Buttons(buttons) => Some(&buttons.choices),
            Action::List(list) => Some(&list.choices),
            Action::SendMessageTemplate(template) => template.buttons.as_ref(),
            _ => None,
        }
    }
}
