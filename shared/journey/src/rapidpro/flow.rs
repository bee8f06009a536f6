//! A definition as a journey: its nodes as cards.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use expression::parse_template;
use serde_json::Value;

use super::definition::{Definition, Node};
use super::expressions::{Scope, variable_of};
use super::{actions, routers};
use crate::floip::journey_of;
use crate::floip::names::{Names, of_card};
use crate::model::{Card, Content, Formula, Item, ItemKind, Journey, Setting, Trigger, Words, is_language};
use crate::problem::{Position, Problem};
use crate::statements::{Action, Log, Statement};

/// How many words of a message name its card.
const NAMING_WORDS: usize = 4;
/// What keeps an answer that no result is named for.
const ANSWER: &str = "answer";

/// Reads a flow with its triggers. `flows` are the names of all flows of the file by their ids.
pub(super) fn read(
    flow: &Definition,
    triggers: Vec<Trigger>,
    flows: &HashMap<&str, &str>,
    problems: &mut Vec<Problem>,
) -> Journey {
    let mut reading = Reading::new(flow, flows);
    let mut cards: Vec<Card> = flow.nodes.iter().filter_map(|node| reading.card(node)).collect();
    cards.append(&mut reading.more);
    let first = flow.nodes.first().and_then(|node| reading.entry(Some(&node.uuid)));
    cards.append(&mut reading.more);
    cards.sort_by_key(|card| Some(&card.name) != first.as_ref());
    if cards.is_empty() {
        reading.problem("no-step", "The flow has no node.".to_owned(), "Write what it says.");
        cards.push(Card::named("Start"));
    }
    for reference in std::mem::take(&mut reading.scope.unknown) {
        let message = format!("`@{reference}` has no counterpart here and stays as it is written.");
        reading.problem("no-counterpart", message, "Put something else in its place.");
    }
    let mut journey = journey_of(reading.settings(), cards);
    problems.append(&mut reading.problems);
    if let Some(Content::Code(code)) = journey.cells.first_mut().map(|cell| &mut cell.content) {
        let triggers = triggers.into_iter().map(|trigger| Item {
            comments: Vec::new(),
            position: Position::default(),
            kind: ItemKind::Trigger(trigger),
        });
        code.items.splice(0..0, triggers);
    }
    journey
}

/// What the nodes of a flow are read with.
pub(super) struct Reading<'d> {
    pub(super) flow: &'d Definition,
    pub(super) flows: &'d HashMap<&'d str, &'d str>,
    pub(super) scope: Scope,
    /// The names of the experiments.
    pub(super) experiments: Names,
    names: Names,
    nodes: HashMap<&'d str, &'d Node>,
    /// The card of each node; of one that only waits, the card that looks at the answer.
    cards: HashMap<&'d str, String>,
    /// The cards that only ask, by node.
    asks: HashMap<&'d str, String>,
    /// The texts in other languages.
    languages: BTreeMap<&'d str, &'d HashMap<String, Value>>,
    /// The results whose category is looked at somewhere.
    categories: BTreeSet<String>,
    /// Cards that stand between others.
    more: Vec<Card>,
    /// Seconds without an answer, and where that leads.
    timeout: Option<(u32, Option<String>)>,
    problems: Vec<Problem>,
    /// The card that is read.
    card: Option<String>,
}

impl<'d> Reading<'d> {
    fn new(flow: &'d Definition, flows: &'d HashMap<&'d str, &'d str>) -> Self {
        let mut names = Names::default();
        let cards =
            flow.nodes.iter().map(|node| (node.uuid.as_str(), names.unique(&of_card(&name_of(node))))).collect();
        let mut reading = Self {
            flow,
            flows,
            scope: Scope { services: services(flow), unknown: Vec::new() },
            experiments: Names::default(),
            names,
            nodes: flow.nodes.iter().map(|node| (node.uuid.as_str(), node)).collect(),
            cards,
            asks: HashMap::new(),
            languages: BTreeMap::new(),
            categories: categories(flow),
            more: Vec::new(),
            timeout: None,
            problems: Vec::new(),
            card: None,
        };
        if let Some(version) = flow.later_version() {
            let message = format!("The flow is of version {version}, and was read as one of version 13.");
            reading.problem("other-version", message, "Compare its steps; what is new in that version may be missing.");
        }
        for (language, texts) in flow.localization.iter().flatten() {
            if is_language(language) {
                reading.languages.insert(language, texts);
            } else {
                let message = format!("The texts in `{language}` were left out: that is no ISO 639 code.");
                reading.problem("no-language", message, "Write them anew with the code of their language.");
            }
        }
        reading
    }

    /// The card of a node; none for a second node with the same id.
    fn card(&mut self, node: &'d Node) -> Option<Card> {
        if !self.nodes.get(node.uuid.as_str()).is_some_and(|known| std::ptr::eq(*known, node)) {
            let message = format!("Two nodes have the id `{}`; only the last one was read.", node.uuid);
            self.problem("same-id", message, "Export the flow again.");
            return None;
        }
        let mut card = Card::named(self.cards.get(node.uuid.as_str())?);
        self.card = Some(card.name.clone());
        let waiting = if node.waits() { Some(node) } else { self.waits_next(node) };
        for (index, action) in node.actions.iter().enumerate() {
            let is_last = index + 1 == node.actions.len();
            let asks = waiting.filter(|_| is_last && actions::can_ask(action));
            let variable = asks.map(answer_of);
            card.statements.extend(actions::read(action, variable.as_deref(), self));
        }
        let has_asked = waiting.is_some() && node.actions.last().is_some_and(actions::can_ask);
        if node.waits() && !node.actions.is_empty() && !has_asked {
            card.statements.push(actions::ask(&answer_of(node)));
        }
        card.then = match (&node.router, node.next()) {
            (Some(router), _) => routers::read(router, node, &mut card.statements, self),
            // The question was asked here: what follows only looks at the answer.
            (None, Some(next)) if has_asked => self.cards.get(next).cloned(),
            (None, next) => self.entry(next),
        };
        self.card = None;
        Some(card)
    }

    /// The node behind one without a router, when it does nothing but wait.
    fn waits_next(&self, node: &Node) -> Option<&'d Node> {
        self.nodes.get(node.next()?).copied().filter(|next| next.waits() && next.actions.is_empty())
    }

    /// The card a way to a node leads to. Where a node only waits, a card comes before it that does.
    pub(super) fn entry(&mut self, node: Option<&str>) -> Option<String> {
        let Some(node) = self.nodes.get(node?).copied() else {
            let message = format!("A way leads to the node `{}`, which is not in the flow.", node.unwrap_or_default());
            self.problem("no-destination", message, "Lead it somewhere, or let the journey end there.");
            return None;
        };
        let card = self.cards.get(node.uuid.as_str()).cloned();
        if !node.waits() || !node.actions.is_empty() {
            return card;
        }
        if let Some(known) = self.asks.get(node.uuid.as_str()) {
            return Some(known.clone());
        }
        let name = self.names.unique(&format!("Ask{}", card.as_deref().unwrap_or_default()));
        let statements = vec![actions::ask(&answer_of(node))];
        self.more.push(Card { then: card, statements, ..Card::named(&name) });
        self.asks.insert(&node.uuid, name.clone());
        Some(name)
    }

    /// A card between two others.
    pub(super) fn bridge(&mut self, name: &str, statements: Vec<Statement>, then: Option<String>) -> String {
        let name = self.names.unique(&of_card(name));
        self.more.push(Card { statements, then, ..Card::named(&name) });
        name
    }

    /// Whether the category of a result is looked at somewhere.
    pub(super) fn needs_category(&self, result: &str) -> bool {
        self.categories.contains(&variable_of(result))
    }

    /// A text in all its languages: a member of the object with an id, or an item of it.
    pub(super) fn words(&mut self, text: &str, id: Option<&str>, member: &str, index: usize) -> Words {
        let mut languages = Vec::new();
        for (language, texts) in self.languages.clone() {
            let there = id.and_then(|id| texts.get(id)?.get(member)?.get(index));
            let there = there.and_then(|text| text.as_str().or_else(|| text.get("text")?.as_str()));
            if let Some(text) = there.filter(|text| !text.is_empty()) {
                languages.push((language.to_owned(), self.scope.read(text)));
            }
        }
        Words { text: self.scope.read(text), languages }
    }

    /// Says that a wait ends by itself.
    pub(super) fn time_out(&mut self, seconds: u32, then: Option<String>) {
        let wanted = (seconds, then);
        match &self.timeout {
            None => self.timeout = Some(wanted),
            Some(known) if *known == wanted => {}
            Some(_) => {
                let message = format!("Only one wait can end by itself; this one, after {seconds} seconds, does not.");
                self.problem("not-as-it-was", message, "`interaction_timeout` is the same for all questions.");
            }
        }
    }

    fn settings(&self) -> Vec<Setting> {
        let expires = self.flow.expire_after_minutes.map(|minutes| (minutes.saturating_mul(60), None));
        let timeout = self.timeout.clone().or(expires).filter(|(seconds, _)| *seconds > 0);
        let timeout = timeout.map(|(seconds, then)| Setting::InteractionTimeout { seconds, then });
        let language = self.flow.language.clone().filter(|code| !self.languages.is_empty() && is_language(code));
        timeout.into_iter().chain(language.map(Setting::Language)).collect()
    }

    /// Reports what is not as it was.
    pub(super) fn problem(&mut self, code: &'static str, message: String, hint: &str) {
        let mut problem = Problem::warning(code, Position::default(), message).hint(hint);
        problem.card.clone_from(&self.card);
        self.problems.push(problem);
    }

    /// Reports that nothing does what an action does; gives the line of the log that stands in its place.
    pub(super) fn not_imported(&mut self, what: &str) -> Statement {
        let hint = "A line in the log stands in its place; build the step anew.";
        self.problem("not-imported", format!("`{what}` could not be imported."), hint);
        Action::Log(Log { message: Formula::text(&format!("Not imported: {what}")) }).into()
    }
}

/// What keeps the answer a node waits for.
pub(super) fn answer_of(node: &Node) -> String {
    let result = node.router.as_ref().and_then(|router| router.result_name.as_deref());
    result.filter(|name| !name.is_empty()).map_or_else(|| ANSWER.to_owned(), variable_of)
}

/// What the card of a node is called: after its result, its message, or what it does.
fn name_of(node: &Node) -> String {
    let member = |key: &str| node.actions.iter().find_map(|action| action.get(key)?.as_str());
    let result = node.router.as_ref().and_then(|router| router.result_name.clone()).filter(|name| !name.is_empty());
    let message = || {
        let words = member("text")?.split_whitespace().filter(|word| !word.contains('@'));
        let words: Vec<&str> = words.take(NAMING_WORDS).collect();
        Some(words.join(" ")).filter(|words| words.chars().any(char::is_alphabetic))
    };
    result.or_else(message).or_else(|| member("type").map(str::to_owned)).unwrap_or_else(|| "Step".to_owned())
}

/// The variables of the web services, in order.
fn services(flow: &Definition) -> Vec<String> {
    let actions = flow.nodes.iter().flat_map(|node| &node.actions);
    actions.filter(|action| actions::kind(action) == "call_webhook").map(actions::service).collect()
}

/// The results whose category some text, value or test looks at.
fn categories(flow: &Definition) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut pending: Vec<&Value> = flow.nodes.iter().flat_map(|node| &node.actions).collect();
    pending.extend(flow.localization.iter().flatten().flat_map(|(_, texts)| texts.values()));
    while let Some(value) = pending.pop() {
        match value {
            Value::String(template) => categories_in(template, &mut found),
            Value::Array(values) => pending.extend(values),
            Value::Object(members) => pending.extend(members.values()),
            _ => {}
        }
    }
    for router in flow.nodes.iter().filter_map(|node| node.router.as_ref()) {
        for template in router.operand.iter().chain(router.cases.iter().flat_map(|case| &case.arguments)) {
            categories_in(template, &mut found);
        }
        if router.cases.iter().any(|case| case.kind == routers::HAS_CATEGORY) {
            found.extend(router.operand.as_deref().and_then(routers::result_of));
        }
    }
    found
}

/// The results whose category a template looks at.
fn categories_in(template: &str, found: &mut BTreeSet<String>) {
    for expr in parse_template(template).expressions() {
        for reference in expr.references() {
            let names: Vec<&str> = reference.split('.').collect();
            if let [.., "results", result, "category"] = names.as_slice() {
                found.insert(variable_of(result));
            }
        }
    }
}
