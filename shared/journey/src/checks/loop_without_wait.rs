//! `loop-without-wait`: cards that lead to each other until the journey is stopped.

use super::context::{Context, Exit, Node};
use super::{Check, Report, reads};
use crate::model::Formula;
use crate::statements::Action;

pub(super) const CHECK: Check = check!(
    "loop-without-wait",
    Warning,
    "These cards lead to each other without waiting for anybody.",
    "Nothing between them asks, pauses or calls a web service, and nothing they do changes the conditions on the way, so \
     they go round until the journey is stopped for doing too much. Ask something inside the loop, or change a value that \
     a condition of the loop looks at.",
    run
);

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    let mut reported = vec![false; context.cards.len()];
    for index in 0..context.cards.len() {
        if !context.flow.is_reached(index) || reported.get(index).is_none_or(|reported| *reported) {
            continue;
        }
        let Some(cards) = round(context, index) else { continue };
        for card in &cards {
            if let Some(reported) = reported.get_mut(*card) {
                *reported = true;
            }
        }
        let nodes: Vec<&Node> = cards.iter().filter_map(|card| context.cards.get(*card)).collect();
        if changes_its_conditions(context, &nodes) {
            continue;
        }
        let Some(first) = nodes.first() else { continue };
        let mut names: Vec<&str> = nodes.iter().map(|node| node.card.name.as_str()).collect();
        names.dedup();
        let way = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let message = match names.as_slice() {
            [_] => format!("{way} leads to itself without waiting for anybody."),
            _ => format!("{way} lead to each other without waiting for anybody."),
        };
        report.add(first.place(), message, "Ask something in between, or change what a condition of the loop looks at.");
    }
}

fn hasty<'n, 'a>(node: &'n Node<'a>) -> impl Iterator<Item = &'n Exit<'a>> {
    node.exits.iter().filter(|exit| !exit.waits)
}

/// The cards of a shortest way from a card back to itself without a wait, the card first.
fn round(context: &Context<'_>, start: usize) -> Option<Vec<usize>> {
    let mut came_from: Vec<Option<usize>> = vec![None; context.cards.len()];
    let mut waiting = std::collections::VecDeque::from([start]);
    while let Some(index) = waiting.pop_front() {
        for to in hasty(context.cards.get(index)?).flat_map(|exit| context.named(exit.to)) {
            if *to == start {
                let mut way = vec![index];
                while let Some(before) = way.last().copied().filter(|last| *last != start) {
                    way.push(came_from.get(before).copied().flatten()?);
                }
                way.reverse();
                return Some(way);
            }
            if let Some(before) = came_from.get_mut(*to).filter(|before| before.is_none()) {
                *before = Some(index);
                waiting.push_back(*to);
            }
        }
    }
    None
}

/// Whether something in the loop changes what a condition on the way looks at.
fn changes_its_conditions(context: &Context<'_>, nodes: &[&Node<'_>]) -> bool {
    let mut changed: Vec<String> = Vec::new();
    for site in nodes.iter().flat_map(|node| node.live()) {
        match site.action {
            Action::UpdateContact(_) | Action::CullData(_) => changed.push("contact".to_owned()),
            _ => changed.extend(site.parts.sets.map(str::to_lowercase)),
        }
    }
    let guards = nodes.iter().flat_map(|node| {
        let siblings = context.named(&node.card.name).iter().filter_map(|index| context.cards.get(*index));
        let of_cards = siblings.filter_map(|sibling| sibling.card.guard.as_ref());
        of_cards.chain(node.exits.iter().filter_map(|exit| exit.guard))
    });
    guards.into_iter().any(|guard| looks_at(guard, &changed))
}

/// Whether a condition looks at one of these names, or at the clock or chance.
fn looks_at(guard: &Formula, names: &[String]) -> bool {
    let mut looks = super::conditions::is_fickle(guard);
    reads::names(guard, &mut |read| looks |= names.iter().any(|name| name == read.key));
    looks
}
