//! Which blocks belong together: the cards of a flow, before it is known what they say.

use std::collections::{HashMap, HashSet, VecDeque};

use serde_json::Value;

use super::super::container::{Block, Exit, Flow};
use super::super::names::{Names, of_card};
use crate::compiler::is_name;
use crate::problem::{Position, Problem};
use crate::statements::choices::snake_case;

/// The card a block came from, as its metadata says it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Source<'c> {
    pub(super) name: &'c str,
    uuid: &'c str,
    pub(super) condition: Option<&'c str>,
    pub(super) code_generator: Option<&'c str>,
    pub(super) version: Option<&'c str>,
    line: u64,
    /// Whether it stands for a statement; else it chooses between cards of the name.
    is_statement: bool,
}

/// A card to be.
#[derive(Debug)]
pub(super) struct Chain<'c> {
    pub(super) name: String,
    /// The condition of a card that shares its name.
    pub(super) guard: Option<&'c str>,
    pub(super) blocks: Vec<&'c Block>,
    pub(super) source: Option<Source<'c>>,
    /// Where a card without blocks leads.
    pub(super) then: Option<String>,
}

/// The cards, and the names by which blocks are reached.
pub(super) struct Graph<'c> {
    pub(super) chains: Vec<Chain<'c>>,
    /// The card that begins with a block.
    pub(super) entries: HashMap<&'c str, String>,
    pub(super) names: Names,
}

/// Who leads to a block.
#[derive(Default)]
struct Ways<'c> {
    count: usize,
    /// The block whose default exit leads there.
    follows: Option<&'c Block>,
}

impl<'c> Graph<'c> {
    /// Divides the blocks; `None` when the flow begins nowhere.
    pub(super) fn new(flow: &'c Flow, problems: &mut Vec<Problem>) -> Option<Self> {
        let mut blocks: HashMap<&str, &Block> = HashMap::new();
        for block in &flow.blocks {
            if blocks.insert(&block.uuid, block).is_some() {
                let message = format!("Two blocks have the id `{}`; only the last one was read.", block.uuid);
                problems.push(Problem::warning("same-id", Position::default(), message));
            }
        }
        let first = *blocks.get(flow.first_block_id.as_str())?;
        let mut divider = Divider { blocks, groups: HashMap::new(), ways: HashMap::new() };
        let order = divider.order(first, flow);
        divider.find_groups(&order);
        divider.find_ways(&order, problems);
        Some(divider.divide(first, &order))
    }
}

struct Divider<'c> {
    blocks: HashMap<&'c str, &'c Block>,
    /// The blocks that only choose between cards of the same name, and that name.
    groups: HashMap<&'c str, &'c str>,
    ways: HashMap<&'c str, Ways<'c>>,
}

impl<'c> Divider<'c> {
    /// All blocks: those that can be reached in the order in which they are, then the others.
    fn order(&self, first: &'c Block, flow: &'c Flow) -> Vec<&'c Block> {
        let mut order = Vec::new();
        let mut seen = HashSet::new();
        let mut queue = VecDeque::from([first]);
        let mut others = flow.blocks.iter();
        loop {
            while let Some(block) = queue.pop_front() {
                if self.is_current(block) && seen.insert(block.uuid.as_str()) {
                    order.push(block);
                    queue.extend(destinations(block).filter_map(|(to, _)| self.blocks.get(to)));
                }
            }
            match others.next() {
                Some(other) => queue.push_back(other),
                None => return order,
            }
        }
    }

    /// Whether it is the block of its id.
    fn is_current(&self, block: &Block) -> bool {
        self.blocks.get(block.uuid.as_str()).is_some_and(|current| std::ptr::eq(*current, block))
    }

    fn find_groups(&mut self, order: &[&'c Block]) {
        for block in order.iter().filter(|block| block.kind == "Core.Case") {
            let own = source(block).filter(|source| !source.is_statement).map(|source| source.name);
            let theirs = || {
                let sources = block.exits.iter().filter_map(|exit| source(self.to(exit)?));
                sources.map(|source| source.name).find(|name| format!("{}_case", snake_case(name)) == block.name)
            };
            if let Some(name) = own.or_else(theirs).filter(|name| is_name(name)) {
                self.groups.insert(&block.uuid, name);
            }
        }
    }

    fn to(&self, exit: &'c Exit) -> Option<&'c Block> {
        self.blocks.get(exit.destination_block.as_deref()?).copied()
    }

    fn find_ways(&mut self, order: &[&'c Block], problems: &mut Vec<Problem>) {
        for block in order {
            for (to, is_default) in destinations(block) {
                if !self.blocks.contains_key(to) {
                    let message = format!("The block `{}` leads to `{to}`, which is not in the flow.", block.name);
                    problems.push(Problem::warning("no-destination", Position::default(), message));
                    continue;
                }
                let ways = self.ways.entry(to).or_default();
                ways.count += 1;
                ways.follows = Some(*block).filter(|_| is_default);
            }
        }
    }

    /// Whether a block goes on in the card of the block before it.
    fn follows(&self, block: &'c Block, first: &Block) -> Option<&'c Block> {
        let ways = self.ways.get(block.uuid.as_str()).filter(|ways| ways.count == 1)?;
        let before = ways.follows.filter(|before| !std::ptr::eq(*before, block))?;
        let is_group = |block: &Block| self.groups.contains_key(block.uuid.as_str());
        let same_card = match (source(before), source(block)) {
            (Some(before), Some(block)) => (before.name, before.uuid) == (block.name, block.uuid),
            (None, None) => true,
            _ => false,
        };
        let begins = block.kind == "MobilePrimitives.NumericResponse" || std::ptr::eq(block, first);
        (same_card && !begins && !is_group(before) && !is_group(block)).then_some(before)
    }

    fn divide(self, first: &'c Block, order: &[&'c Block]) -> Graph<'c> {
        let mut names = Names::default();
        let mut entries: HashMap<&str, String> = HashMap::new();
        let mut guards: HashMap<&str, (&str, Option<&str>)> = HashMap::new();
        let mut shared: HashMap<&str, String> = HashMap::new();
        for block in order {
            let Some(name) = self.groups.get(block.uuid.as_str()) else { continue };
            let unique = shared.entry(name).or_insert_with(|| names.unique(name)).clone();
            entries.insert(&block.uuid, unique);
            for exit in &block.exits {
                if let Some(to) = self.to(exit).filter(|to| source(to).is_some_and(|source| source.name == *name)) {
                    guards.insert(&to.uuid, (name, exit.test.as_deref().filter(|_| !exit.is_default())));
                }
            }
        }
        let mut next: HashMap<&str, &Block> = HashMap::new();
        let mut heads: Vec<&Block> = Vec::new();
        for block in order.iter().filter(|block| !self.groups.contains_key(block.uuid.as_str())) {
            match self.follows(block, first) {
                Some(before) if !guards.contains_key(block.uuid.as_str()) => {
                    next.insert(&before.uuid, block);
                }
                _ => heads.push(block),
            }
        }
        let mut seen = HashSet::new();
        let mut runs: Vec<Vec<&Block>> = Vec::new();
        // The blocks of a ring that nothing leads into have no head; the first one becomes it.
        for head in heads.into_iter().chain(order.iter().copied()) {
            let mut run = Vec::new();
            let mut block = Some(head).filter(|head| !self.groups.contains_key(head.uuid.as_str()));
            while let Some(current) = block.filter(|block| seen.insert(block.uuid.as_str())) {
                run.push(current);
                block = next.get(current.uuid.as_str()).copied();
            }
            if !run.is_empty() {
                runs.push(run);
            }
        }
        let mut chains = Vec::new();
        for run in runs {
            let Some(head) = run.first() else { continue };
            let source = source(head);
            let guard = guards.get(head.uuid.as_str());
            let name = match guard {
                Some((name, _)) => shared.get(name).cloned().unwrap_or_default(),
                None => names.unique(&name_of(head, source.as_ref())),
            };
            entries.insert(&head.uuid, name.clone());
            let guard = guard.and_then(|(_, test)| {
                // The words of the author, when they are there.
                source.as_ref().and_then(|source| source.condition).or(*test).filter(|_| test.is_some())
            });
            chains.push(Chain { name, guard, blocks: run, source, then: None });
        }
        for block in order {
            if let Some(name) = self.groups.get(block.uuid.as_str()) {
                self.add_empty(block, name, &entries, &mut chains);
            }
        }
        sort(&mut chains, entries.get(first.uuid.as_str()));
        Graph { chains, entries, names }
    }

    /// The cards of a group that have no block: they do nothing, or only lead to another card.
    fn add_empty(&self, group: &'c Block, name: &str, entries: &HashMap<&'c str, String>, chains: &mut Vec<Chain<'c>>) {
        for exit in &group.exits {
            let to = self.to(exit);
            if to.is_some_and(|to| source(to).is_some_and(|source| source.name == name)) {
                continue;
            }
            let then = to.and_then(|to| entries.get(to.uuid.as_str())).cloned();
            // Without a default the journey ends here as well.
            if !exit.is_default() || then.is_some() {
                let name = entries.get(group.uuid.as_str()).cloned().unwrap_or_default();
                let guard = exit.test.as_deref().filter(|_| !exit.is_default());
                chains.push(Chain { name, guard, blocks: Vec::new(), source: None, then });
            }
        }
    }
}

/// In the order of the notebook where it is known; the journey begins with its first card in any case.
fn sort(chains: &mut [Chain<'_>], first: Option<&String>) {
    let line = |chain: &Chain<'_>| chain.source.as_ref().map_or(0, |source| source.line);
    if chains.iter().all(|chain| line(chain) > 0) {
        chains.sort_by_key(line);
    }
    chains.sort_by_key(|chain| Some(&chain.name) != first);
}

fn name_of(head: &Block, source: Option<&Source<'_>>) -> String {
    match source.filter(|source| is_name(source.name)) {
        Some(source) => source.name.to_owned(),
        None => of_card(&head.name),
    }
}

/// Where a block leads, and whether that is its default exit.
fn destinations(block: &Block) -> impl Iterator<Item = (&str, bool)> {
    let exits = block.exits.iter().filter_map(|exit| Some((exit.destination_block.as_deref()?, exit.is_default())));
    let own = block.config.get("destination_block").and_then(Value::as_str).map(|to| (to, false));
    exits.chain(own).filter(|(to, _)| !to.is_empty())
}

/// The card a block came from.
fn source(block: &Block) -> Option<Source<'_>> {
    let path = ["io", "turn", "stacks_dsl", "0.1.0"];
    let stacks = path.into_iter().try_fold(&block.vendor_metadata, |value, key| value.get(key))?;
    let card = stacks.get("card")?;
    let text = |key: &str| card.get(key).and_then(Value::as_str);
    Some(Source {
        name: text("name")?,
        uuid: text("uuid").unwrap_or_default(),
        condition: text("condition"),
        code_generator: text("code_generator"),
        version: text("version"),
        line: card.get("meta").and_then(|meta| meta.get("line")).and_then(Value::as_u64).unwrap_or_default(),
        is_statement: stacks.get("card_item").is_some_and(|item| !item.is_null()),
    })
}
