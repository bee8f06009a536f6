//! Journeys to flows: every card becomes a chain of blocks, cards of one name a block that chooses between them.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::blocks;
use super::container::{Block, Container, Exit, Flow, VERSION};
use super::formulas::{expression, template};
use super::resources::{Ids, MODE, Shown, Writer};
use super::{defaults, kept};
use crate::compiler::DEFAULT_INTERACTION_TIMEOUT;
use crate::model::{Card, Formula, ItemKind, Journey, Setting, Words};
use crate::problem::{Position, Problem};
use crate::statements::choices::snake_case;
use crate::statements::{Statement, Then};

/// What a journey does not say itself.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The name of the journey.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Its id, which other flows run it by; made from the name when there is none.
    pub id: Option<Uuid>,
    /// When it was changed.
    pub last_modified: Timestamp,
    /// The names of the journeys that are exported beside it: where it names one of them, its id is written, by which
    /// flows run each other.
    pub beside: Vec<String>,
}

/// The id a journey is exported with when it is given none: the same for the same name.
fn id_of(name: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("journey:{name}").as_bytes())
}

/// Writes a journey as a container with one flow. The same journey always gives the same container.
///
/// What flows cannot hold (triggers, notes, dictionaries, places on the canvas) is kept in the vendor metadata, where
/// [`super::import`] finds it again and other programs pass it over: [`super::not_in_flows`] lists it.
///
/// # Errors
/// When there is no card at all. Other mistakes are exported as they are; a way to a card that is not there ends the flow.
pub fn export(journey: &Journey, options: &Options) -> Result<Container, Vec<Problem>> {
    let id = options.id.unwrap_or_else(|| id_of(&options.name));
    let ids = Ids(id);
    let defaults = defaults::missing(journey);
    let cards: Vec<&Card> = journey.cards().chain(&defaults).collect();
    let Some(first) = cards.first() else {
        let problem = Problem::error("no-card", Position::default(), "The journey has no card.");
        return Err(vec![problem.hint("Write `card Start do … end` in a code cell.")]);
    };
    let mut exporter = Exporter {
        graph: Graph::new(&cards, ids),
        resources: Writer::new(journey, ids),
        blocks: Vec::new(),
        ids,
        beside: &options.beside,
    };
    let first_block = exporter.first(first);
    exporter.groups();
    for card in &cards {
        exporter.card(card);
    }
    let Exporter { resources, blocks, .. } = exporter;
    let (languages, resources) = resources.finish();
    let timeout = journey.items().filter_map(|item| match item.kind {
        ItemKind::Setting(Setting::InteractionTimeout { seconds, .. }) => Some(seconds),
        _ => None,
    });
    let flow = Flow {
        uuid: id.to_string(),
        name: options.name.clone(),
        label: None,
        last_modified: options.last_modified.to_string(),
        interaction_timeout: Some(timeout.last().unwrap_or(DEFAULT_INTERACTION_TIMEOUT)),
        supported_modes: vec![MODE.to_owned()],
        first_block_id: first_block,
        exit_block_id: Some(String::new()),
        languages,
        blocks,
        resources: Vec::new(),
        vendor_metadata: json!({}),
    };
    let mut container = Container {
        specification_version: VERSION.to_owned(),
        uuid: ids.id("container"),
        name: options.name.clone(),
        description: options.description.clone(),
        vendor_metadata: json!({}),
        flows: vec![flow],
        resources,
    };
    container.vendor_metadata = kept::metadata(journey, &container);
    Ok(container)
}

/// Which cards there are, and the blocks they begin with.
struct Graph<'a> {
    names: HashMap<&'a str, Vec<&'a Card>>,
    ids: Ids,
}

impl<'a> Graph<'a> {
    fn new(cards: &[&'a Card], ids: Ids) -> Self {
        let mut names: HashMap<&str, Vec<&Card>> = HashMap::new();
        for card in cards {
            names.entry(&card.name).or_default().push(card);
        }
        Self { names, ids }
    }

    /// The cards of a name when there is a choice between them: the guarded ones in source order, then the default.
    fn group(&self, name: &str) -> Option<Vec<&'a Card>> {
        let cards =
            self.names.get(name).filter(|cards| cards.len() > 1 || cards.iter().any(|card| card.guard.is_some()))?;
        let (mut guarded, defaults): (Vec<&Card>, Vec<&Card>) = cards.iter().partition(|card| card.guard.is_some());
        guarded.extend(defaults);
        Some(guarded)
    }

    /// The number of a card in its group.
    fn number(&self, card: &Card) -> Option<usize> {
        self.group(&card.name)?.iter().position(|other| std::ptr::eq(*other, card))
    }

    /// What the blocks of a card are named after.
    fn base(&self, card: &Card) -> String {
        let base = snake_case(&card.name);
        self.number(card).map_or_else(|| base.clone(), |number| format!("{base}_case_condition_{number}"))
    }

    /// The id of a block of a card.
    fn block(&self, card: &Card, index: usize) -> String {
        self.ids.id(&format!("block/{}/{}/{index}", card.name, self.number(card).unwrap_or(0)))
    }

    /// The block that cards of a name begin with; none when nothing happens there.
    fn entry(&self, name: &str) -> Option<String> {
        self.entry_after(name, &mut HashSet::new())
    }

    fn entry_after(&self, name: &str, seen: &mut HashSet<String>) -> Option<String> {
        if !seen.insert(name.to_owned()) {
            return None;
        }
        match (self.group(name), self.names.get(name)?.as_slice()) {
            (Some(_), _) => Some(self.ids.id(&format!("block/{name}/case"))),
            (None, [card, ..]) => self.begin(card, seen),
            (None, []) => None,
        }
    }

    /// The first block of one card; a card that does nothing is passed over.
    fn begin(&self, card: &Card, seen: &mut HashSet<String>) -> Option<String> {
        if card.statements.is_empty() {
            return self.entry_after(card.then.as_deref()?, seen);
        }
        Some(self.block(card, 0))
    }
}

struct Exporter<'a> {
    graph: Graph<'a>,
    ids: Ids,
    resources: Writer,
    blocks: Vec<Block>,
    beside: &'a [String],
}

impl<'a> Exporter<'a> {
    /// Where the flow begins. It has to begin somewhere, also when the first card does nothing.
    fn first(&mut self, card: &Card) -> String {
        self.graph.entry(&card.name).unwrap_or_else(|| {
            let uuid = self.graph.block(card, 0);
            let name = snake_case(&card.name);
            let exit = Exit {
                uuid: self.ids.id(&format!("{uuid}/default")),
                name: name.clone(),
                default: Some(true),
                ..empty_exit()
            };
            let vendor_metadata = self.metadata(card, Some(("then", 0)));
            let (kind, exits) = ("Core.Case".to_owned(), vec![exit]);
            self.blocks.push(Block { uuid: uuid.clone(), name, kind, exits, vendor_metadata, ..empty_block() });
            uuid
        })
    }

    /// The blocks that choose between cards of the same name.
    fn groups(&mut self) {
        let mut names: Vec<&str> = self.graph.names.keys().copied().collect();
        names.sort_unstable();
        for name in names {
            let Some(cards) = self.graph.group(name) else { continue };
            let uuid = self.ids.id(&format!("block/{name}/case"));
            let mut exits = Vec::new();
            for (number, card) in cards.iter().enumerate() {
                let is_default = card.guard.is_none();
                if is_default && cards.iter().take(number).any(|card| card.guard.is_none()) {
                    continue;
                }
                exits.push(Exit {
                    uuid: self.ids.id(&format!("{uuid}/{number}")),
                    name: format!("Exit for {}", self.graph.base(card)),
                    test: card.guard.as_ref().map(|guard| expression(guard)),
                    default: Some(is_default),
                    destination_block: self.graph.begin(card, &mut HashSet::from([name.to_owned()])),
                    ..empty_exit()
                });
            }
            let name = format!("{}_case", snake_case(name));
            let vendor_metadata = cards.first().map_or(Value::Null, |card| self.metadata(card, None));
            self.blocks.push(Block {
                uuid,
                name,
                kind: "Core.Case".to_owned(),
                exits,
                vendor_metadata,
                ..empty_block()
            });
        }
    }

    fn card(&mut self, card: &'a Card) {
        let drafts = {
            let mut writer = CardWriter { exporter: self, card, drafts: Vec::new(), shown: 0 };
            writer.statements();
            writer.drafts
        };
        let end = card.then.as_deref().and_then(|then| self.graph.entry(then));
        let base = self.graph.base(card);
        let count = drafts.len();
        for (index, draft) in drafts.into_iter().enumerate() {
            let uuid = self.graph.block(card, index);
            let is_last = index + 1 == count;
            let next = if is_last { end.clone() } else { Some(self.graph.block(card, index + 1)) };
            let name = draft.name.unwrap_or_else(|| base.clone());
            let leads_on = card.then.as_ref().filter(|_| is_last && next.is_some());
            let standard = || leads_on.map_or_else(|| name.clone(), |then| format!("Default exit to \"{then}\""));
            let mut exits = draft.exits;
            for (number, exit) in exits.iter_mut().enumerate() {
                exit.uuid = self.ids.id(&format!("{uuid}/{number}"));
            }
            exits.push(Exit {
                uuid: self.ids.id(&format!("{uuid}/default")),
                name: draft.value.unwrap_or_else(standard),
                test: Some(String::new()),
                default: Some(true),
                destination_block: next,
                semantic_label: Some(String::new()),
                ..empty_exit()
            });
            let number = if index == 0 { self.graph.number(card).unwrap_or(0) } else { 0 };
            let vendor_metadata = self.metadata(card, Some((draft.item, number)));
            let config = Value::Object(draft.config);
            self.blocks.push(Block {
                uuid,
                name,
                kind: draft.kind.to_owned(),
                config,
                exits,
                vendor_metadata,
                ..empty_block()
            });
        }
    }

    /// Which card and statement a block comes from, as the journeys of this field say it.
    fn metadata(&self, card: &Card, item: Option<(&str, usize)>) -> Value {
        let key = |name: &str| card.metadata.iter().find(|(key, _)| key == name).and_then(|(_, value)| value.as_text());
        let mut source = json!({ "card": {
            "name": card.name,
            "uuid": key("uuid").map_or_else(|| self.graph.block(card, 0), str::to_owned),
            "condition": card.guard.as_ref().map(ToString::to_string),
            "code_generator": key("code_generator"),
            "version": key("version"),
            "meta": { "line": card.position.line, "column": card.position.column },
        } });
        if let (Some((kind, index)), Some(object)) = (item, source.as_object_mut()) {
            let mut item = Map::new();
            item.insert("type".to_owned(), kind.into());
            item.insert(kind.to_owned(), json!({}));
            object.insert("card_item".to_owned(), Value::Object(item));
            object.insert("index".to_owned(), index.into());
        }
        json!({ "io": { "turn": { "stacks_dsl": { "0.1.0": source } } } })
    }
}

/// A block that is being written; ids and the default exit come later.
pub(super) struct Draft {
    pub(super) kind: &'static str,
    /// What the kind of statement is called in the metadata.
    pub(super) item: &'static str,
    /// The name; that of the card when there is none.
    pub(super) name: Option<String>,
    pub(super) config: Map<String, Value>,
    pub(super) exits: Vec<Exit>,
    /// The expression that is the name of the default exit.
    pub(super) value: Option<String>,
}

impl Draft {
    pub(super) fn new(kind: &'static str, item: &'static str) -> Self {
        Self { kind, item, name: None, config: Map::new(), exits: Vec::new(), value: None }
    }

    pub(super) fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    pub(super) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.config.insert(key.to_owned(), value.into());
        self
    }

    /// Adds a member that is left out when there is nothing to say.
    pub(super) fn with_some(self, key: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    /// Adds an exit that is taken when the test holds.
    pub(super) fn exit(mut self, name: String, test: String, default: Option<bool>, to: Option<String>) -> Self {
        self.exits.push(Exit { name, test: Some(test), default, destination_block: to, ..empty_exit() });
        self
    }
}

/// Writes the blocks of one card.
pub(super) struct CardWriter<'w, 'a> {
    exporter: &'w mut Exporter<'a>,
    card: &'a Card,
    drafts: Vec<Draft>,
    /// How many resources the card has so far.
    shown: usize,
}

impl<'a> CardWriter<'_, 'a> {
    fn statements(&mut self) {
        let mut rest = self.card.statements.as_slice();
        while let [statement, after @ ..] = rest {
            rest = match blocks::leading(rest) {
                blocks::Leading::Routes(thens) => {
                    let count = thens.len();
                    self.routing(&thens);
                    rest.get(count..).unwrap_or_default()
                }
                blocks::Leading::Pair(media, text) => {
                    blocks::message::pair(media, text, self);
                    after.get(1..).unwrap_or_default()
                }
                blocks::Leading::One => {
                    self.statement(statement);
                    after
                }
            };
        }
    }

    pub(super) fn statement(&mut self, statement: &'a Statement) {
        blocks::export(statement, self);
    }

    /// `then(A when …)`, `then(B)`
    fn routing(&mut self, thens: &[&'a Then]) {
        let group = self.exporter.graph.number(self.card).is_some();
        let name = if group { self.exporter.graph.base(self.card) } else { self.card.name.clone() };
        let mut draft = Draft::new("Core.Case", "then").named(format!("Routing for {name}"));
        for then in thens {
            let destination = self.destination(&then.card);
            let test = then.guard.as_ref().map_or_else(|| "true".to_owned(), |guard| expression(guard));
            draft = draft.exit(format!("Exit for {}", then.card), test, Some(false), destination);
        }
        self.push(draft);
    }

    pub(super) fn push(&mut self, draft: Draft) {
        self.drafts.push(draft);
    }

    /// A name for a block that keeps nothing: that of the card, and what it does.
    pub(super) fn name(&self, does: &str) -> String {
        format!("{}_{does}", self.exporter.graph.base(self.card))
    }

    /// The block another card begins with.
    pub(super) fn destination(&mut self, card: &str) -> Option<String> {
        self.exporter.graph.entry(card)
    }

    /// What a choice that leads to a card is called.
    pub(super) fn label(&self, card: &str) -> Words {
        let cards = self.exporter.graph.names.get(card);
        let label = cards.and_then(|cards| cards.iter().find_map(|card| card.label.clone()));
        label.unwrap_or_else(|| Formula::text(card).into())
    }

    /// What a flow is named by that is run or scheduled.
    pub(super) fn flow(&self, journey: &Formula) -> String {
        let name = journey.as_text().filter(|name| self.exporter.beside.iter().any(|beside| beside == name));
        name.map_or_else(|| template(journey), |name| id_of(name).to_string())
    }

    /// Keeps what is shown; gives the id of the resource.
    pub(super) fn show(&mut self, shown: &Shown<'_>) -> String {
        let path = self.path();
        self.exporter.resources.add(&path, shown)
    }

    pub(super) fn show_words(&mut self, words: &Words) -> String {
        self.show(&Shown { media: Vec::new(), texts: vec![words] })
    }

    /// Keeps something no contact sees.
    pub(super) fn raw(&mut self, text: String) -> String {
        let path = self.path();
        self.exporter.resources.raw(&path, text)
    }

    fn path(&mut self) -> String {
        self.shown += 1;
        format!("{}/{}", self.exporter.graph.block(self.card, 0), self.shown)
    }
}

fn empty_block() -> Block {
    Block {
        config: json!({}),
        tags: json!([]),
        ui_metadata: json!({ "canvas_coordinates": { "x": 0, "y": 0 } }),
        vendor_metadata: json!({}),
        ..Block::default()
    }
}

fn empty_exit() -> Exit {
    Exit { config: json!({}), vendor_metadata: json!({}), ..Exit::default() }
}
