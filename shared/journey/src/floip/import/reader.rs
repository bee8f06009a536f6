//! What the blocks of a card say, as statements.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use expression::{BinaryOperator, Expr, ExprKind};
use serde_json::Value;

use super::super::blocks::{self, Exits};
use super::super::container::{Block, Exit};
use super::super::defaults;
use super::super::foreign;
use super::super::formulas::{self, from_expression, from_template, member, name, reference};
use super::super::names::{of_card, of_variable};
use super::super::resources::{Found, Texts};
use super::graph::{Chain, Graph};
use crate::model::{Card, Formula, Words};
use crate::problem::{Position, Problem};
use crate::statements::choices::snake_case;
use crate::statements::{Action, Assign, Log, Statement, Then};

/// What is behind the name of the card in the name of a block that keeps nothing.
const UNNAMED: [&str; 3] = ["webhook", "whatsapp_template_message", "expression"];

/// Reads all cards.
pub(super) fn cards<'c>(
    graph: Graph<'c>,
    texts: &'c Texts<'c>,
    sheets: &mut Sheets,
    problems: &mut Vec<Problem>,
) -> Vec<Card> {
    let Graph { chains, entries, names } = graph;
    let mut shared = Shared {
        texts,
        entries,
        names,
        problems: Vec::new(),
        bridges: Vec::new(),
        known: HashMap::new(),
        labels: HashMap::new(),
        sheets: RefCell::default(),
        foreign: RefCell::default(),
    };
    let mut cards: Vec<Card> = chains.iter().map(|chain| card(chain, &mut shared)).collect();
    defaults::take_out(&mut cards);
    cards.append(&mut shared.bridges);
    problems.append(&mut shared.problems);
    for (card, written) in shared.foreign.into_inner() {
        let message = format!("`{written}` is of another language and stays as it is written.");
        let problem = Problem::warning("no-counterpart", Position::default(), message).card(card);
        problems.push(problem.hint("Put something else in its place."));
    }
    *sheets = shared.sheets.into_inner();
    for (name, label) in shared.labels {
        if let Some(card) = cards.iter_mut().find(|card| card.name == name) {
            card.label = card.label.take().or(Some(label));
        }
    }
    cards
}

fn card<'c>(chain: &Chain<'c>, shared: &mut Shared<'c>) -> Card {
    let mut statements = Vec::new();
    let mut then = chain.then.clone();
    for block in &chain.blocks {
        let taken = RefCell::default();
        let mut reader = CardReader { shared, chain, block, statements: Vec::new(), asked: None, taken };
        let exits = blocks::import(block, &mut reader).unwrap_or_else(|| {
            reader.not_imported();
            Exits::Open
        });
        reader.report_left();
        if exits == Exits::Open {
            reader.follow(block.exits.iter().filter(|exit| !exit.is_default()));
        }
        let default = block.exits.iter().find(|exit| exit.is_default());
        then = default.and_then(|exit| reader.card_of(exit.destination_block.as_deref()?));
        statements.append(&mut reader.statements);
    }
    let guard = chain.guard.map(|test| {
        let guard = from_expression(test).inspect(|guard| find_sheets(guard, &mut shared.sheets.borrow_mut()));
        guard.unwrap_or_else(|error| {
            let message = format!("The condition `{test}` cannot be read ({error}), so it never holds.");
            let problem = Problem::warning("bad-condition", Position::default(), message);
            shared.problems.push(problem.card(chain.name.clone()));
            from_template("@(false)")
        })
    });
    let source = chain.source.as_ref();
    let keys = [("version", source.and_then(|s| s.version)), ("code_generator", source.and_then(|s| s.code_generator))];
    let metadata = keys.into_iter().filter_map(|(key, value)| Some((key.to_owned(), Formula::text(value?))));
    Card { metadata: metadata.collect(), guard, then, statements, ..Card::named(&chain.name) }
}

/// What all cards of a flow are read with.
struct Shared<'c> {
    texts: &'c Texts<'c>,
    entries: HashMap<&'c str, String>,
    names: super::super::names::Names,
    problems: Vec<Problem>,
    /// Cards that stand between a choice and where it leads.
    bridges: Vec<Card>,
    /// The bridges so far: the name of the choice, where it leads, and the variable.
    known: HashMap<(String, Option<String>, Option<String>), String>,
    /// What cards are called as choices.
    labels: HashMap<String, Words>,
    /// The dictionaries and tables that are read.
    sheets: RefCell<Sheets>,
    /// What another template language would compute, with the card it stands in.
    foreign: RefCell<BTreeSet<(String, String)>>,
}

/// Names that may be dictionaries (`config.items.url`) or tables (`quizzes.rows`), with the keys that are read.
pub(super) type Sheets = BTreeMap<String, BTreeSet<String>>;

/// Finds what an expression reads from dictionaries and tables.
fn find_sheets(expr: &Expr, found: &mut Sheets) {
    let sheet = |expr: &Expr| {
        let (base, field) = member(expr)?;
        let sheet = name(base).filter(|name| !matches!(*name, "contact" | "event" | "global" | "block" | "flow"))?;
        matches!(field, "items" | "rows").then(|| (sheet.to_owned(), field == "items"))
    };
    expr.walk(&mut |node| {
        if let Some((sheet, _)) = sheet(node) {
            found.entry(sheet).or_default();
        }
        if let ExprKind::Member { base, field } = &node.kind
            && let Some((sheet, true)) = sheet(base)
        {
            found.entry(sheet).or_default().insert(field.as_str().to_owned());
        }
    });
}

/// Reads one block.
pub(in super::super) struct CardReader<'r, 'c> {
    shared: &'r mut Shared<'c>,
    chain: &'r Chain<'c>,
    block: &'c Block,
    statements: Vec<Statement>,
    /// What keeps the answer to the block.
    asked: Option<String>,
    /// The members of the configuration that were looked at.
    taken: RefCell<HashSet<String>>,
}

impl<'c> CardReader<'_, 'c> {
    /// Adds a statement.
    pub(in super::super) fn push(&mut self, action: Action) {
        self.statements.push(action.into());
    }

    /// Says what is not as it was.
    pub(in super::super) fn tell(&mut self, message: String) {
        let Block { name, kind, .. } = self.block;
        let problem =
            Problem::warning("not-as-it-was", Position::default(), format!("Block `{name}` ({kind}): {message}"));
        self.shared.problems.push(problem.card(self.chain.name.clone()));
    }

    /// Says that nothing does what the block does, here and in the journey's log.
    pub(in super::super) fn not_imported(&mut self) {
        let Block { name, kind, .. } = self.block;
        let message = format!("The block `{name}` ({kind}) could not be imported.");
        let problem = Problem::warning("not-imported", Position::default(), message);
        let problem = problem.hint("A line in the log stands in its place; build the step anew.");
        self.shared.problems.push(problem.card(self.chain.name.clone()));
        self.push(Action::Log(Log { message: Formula::text(&format!("Not imported: {name} ({kind})")) }));
        self.take_all();
    }

    /// Says that what the configuration holds besides needs no report.
    fn take_all(&mut self) {
        let members = self.block.config.as_object();
        self.taken.get_mut().extend(members.into_iter().flatten().map(|(key, _)| key.clone()));
    }

    /// Reports what the configuration holds that nothing looked at.
    fn report_left(&mut self) {
        let says_nothing = |value: &Value| match value {
            Value::Null | Value::Bool(false) => true,
            Value::String(text) => text.is_empty(),
            Value::Array(values) => values.is_empty(),
            Value::Object(members) => members.is_empty(),
            _ => false,
        };
        let members = self.block.config.as_object().into_iter().flatten();
        let left = members.filter(|(key, value)| !self.taken.borrow().contains(*key) && !says_nothing(value));
        let left: Vec<String> = left.map(|(key, _)| format!("`{key}`")).collect();
        if !left.is_empty() {
            self.tell(format!("Nothing here is like {}.", left.join(", ")));
        }
    }

    /// A member of the configuration.
    pub(in super::super) fn config(&self, key: &str) -> Option<&'c Value> {
        self.taken.borrow_mut().insert(key.to_owned());
        self.block.config.get(key).filter(|value| !value.is_null())
    }

    /// A member of the configuration that is a text.
    pub(in super::super) fn text(&self, key: &str) -> Option<&'c str> {
        self.config(key)?.as_str().filter(|text| !text.is_empty())
    }

    /// A member that is true or false; false when it is absent.
    pub(in super::super) fn flag(&self, key: &str) -> bool {
        self.config(key).and_then(Value::as_bool).unwrap_or(false)
    }

    /// A member that is a text with references, or a value.
    pub(in super::super) fn template(&mut self, key: &str) -> Option<Formula> {
        self.config(key).map(|value| self.value(value))
    }

    /// A member that is the source of an expression, or a value.
    pub(in super::super) fn expression(&mut self, key: &str) -> Option<Formula> {
        let value = self.config(key)?;
        let Some(source) = value.as_str() else { return Some(self.value(value)) };
        let formula = from_expression(source).unwrap_or_else(|error| {
            self.tell(format!("`{source}` cannot be read ({error}); it was taken as a text."));
            from_template(source)
        });
        Some(self.rewritten(formula))
    }

    /// A value of the configuration, wherever it stands.
    pub(in super::super) fn value(&mut self, value: &Value) -> Formula {
        match value {
            Value::String(source) => self.rewritten(from_template(source)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {
                from_expression(&value.to_string()).unwrap_or_else(|_| Formula::text(&value.to_string()))
            }
            other => Formula::text(&other.to_string()),
        }
    }

    /// What a resource shows that a member names.
    pub(in super::super) fn shown(&mut self, key: &str) -> Found {
        self.text(key).map_or_else(Found::default, |reference| self.shown_at(reference))
    }

    /// What a resource shows.
    pub(in super::super) fn shown_at(&mut self, reference: &str) -> Found {
        let Found { media, texts, left } = self.shared.texts.shown(reference);
        if !left.is_empty() {
            let left: Vec<String> = left.iter().map(|code| format!("`{code}`")).collect();
            self.tell(format!("What else is shown in {} was left out: only texts are told apart.", left.join(", ")));
        }
        let texts = texts.into_iter().map(|words| Words {
            text: self.rewritten(words.text),
            languages: words.languages.into_iter().map(|(code, text)| (code, self.rewritten(text))).collect(),
        });
        Found {
            texts: texts.collect(),
            media: media.into_iter().map(|(kind, url)| (kind, self.rewritten(url))).collect(),
            left: Vec::new(),
        }
    }

    /// The text of a resource that a member names.
    pub(in super::super) fn words(&mut self, key: &str) -> Option<Words> {
        self.shown(key).text()
    }

    /// A resource that holds no text for people; where one should be named, its text may stand.
    pub(in super::super) fn raw<'t>(&self, reference: &'t str) -> &'t str
    where
        'c: 't,
    {
        self.shared.texts.raw(reference).unwrap_or(reference)
    }

    /// An empty text in place of a member that is missing.
    pub(in super::super) fn empty(&mut self, key: &str) -> Formula {
        self.tell(format!("`{key}` is missing."));
        Formula::text("")
    }

    /// What keeps the value of the block. Blocks that keep nothing are named after their card.
    pub(in super::super) fn variable(&mut self) -> Option<String> {
        if self.chain.source.is_some() {
            let rest = self.block.name.strip_prefix(&snake_case(&self.chain.name)).map(|rest| {
                let number = rest.strip_prefix("_case_condition_").unwrap_or(rest);
                number.trim_start_matches(|digit: char| digit.is_ascii_digit() && number.len() < rest.len())
            });
            let keeps_nothing =
                |rest: &str| rest.is_empty() || UNNAMED.iter().any(|does| rest.strip_prefix('_') == Some(does));
            if rest.is_some_and(keeps_nothing) {
                return None;
            }
        }
        Some(self.needed_variable())
    }

    /// The same, for what does need one.
    pub(in super::super) fn needed_variable(&mut self) -> String {
        let variable = of_variable(&self.block.name);
        self.asked = Some(variable.clone());
        variable
    }

    /// The card that is being read.
    pub(in super::super) fn own_card(&self) -> String {
        self.chain.name.clone()
    }

    /// The card that begins with a block.
    pub(in super::super) fn card_of(&self, block: &str) -> Option<String> {
        self.shared.entries.get(block).cloned()
    }

    fn destination(&self, exit: Option<&Exit>) -> Option<String> {
        self.card_of(exit?.destination_block.as_deref()?)
    }

    /// The card a choice leads to. Its value is the name of the card, so where another name is needed a card of that name
    /// comes between; what cannot be the name of a card is kept in the variable there.
    pub(in super::super) fn way(&mut self, choice: &str, exit: Option<&Exit>, variable: Option<&str>) -> String {
        let to = self.destination(exit);
        match to {
            Some(to) if variable.is_none() || snake_case(&to) == choice => to,
            to => self.bridge(choice, to, variable),
        }
    }

    /// The card of an arm, which has its name.
    pub(in super::super) fn arm(&mut self, name: &str, exit: Option<&Exit>) -> String {
        match self.destination(exit) {
            Some(to) if to == name => to,
            to => self.bridge(name, to, None),
        }
    }

    /// The card a choice leads to that is called what its card is labelled.
    pub(in super::super) fn labelled_way(&mut self, choice: &str, exit: Option<&Exit>, label: Words) -> String {
        let to = self.destination(exit);
        let free = |to: &String| self.shared.labels.get(to).is_none_or(|known| *known == label);
        let to = match to {
            Some(to) if free(&to) => to,
            to => self.bridge(choice, to, None),
        };
        self.shared.labels.entry(to.clone()).or_insert(label);
        to
    }

    fn bridge(&mut self, choice: &str, then: Option<String>, variable: Option<&str>) -> String {
        let key = (choice.to_owned(), then.clone(), variable.map(str::to_owned));
        if let Some(known) = self.shared.known.get(&key) {
            return known.clone();
        }
        let wanted = if crate::compiler::is_name(choice) && choice.starts_with(char::is_uppercase) {
            choice.to_owned()
        } else {
            of_card(choice)
        };
        let name = self.shared.names.unique(&wanted);
        let keeps = variable.filter(|_| snake_case(&name) != choice);
        let keeps = keeps.map(|variable| Assign { variable: variable.to_owned(), value: Formula::text(choice) });
        let statements = keeps.into_iter().map(|assign| Action::Assign(assign).into()).collect();
        self.shared.bridges.push(Card { then, statements, ..Card::named(&name) });
        self.shared.known.insert(key, name.clone());
        name
    }

    /// Leads on where tests hold.
    pub(in super::super) fn follow<'e>(&mut self, exits: impl Iterator<Item = &'e Exit>) {
        for exit in exits {
            let test = exit.test.as_deref().unwrap_or_default();
            let guard = match from_expression(test) {
                Ok(test) => self.rewritten(test),
                Err(error) => {
                    self.tell(format!("The test `{test}` cannot be read ({error}), so it never holds."));
                    continue;
                }
            };
            let guard = Some(guard).filter(|guard| guard.kind != ExprKind::Bool(true));
            let card = match self.destination(Some(exit)) {
                Some(card) => card,
                None => self.bridge(exit.name.strip_prefix("Exit for ").unwrap_or("End"), None, None),
            };
            self.push(Action::Then(Then { card, guard }));
        }
    }

    /// Leads on where tests hold that do not stand for one choice.
    pub(in super::super) fn follow_others(&mut self) {
        let block = self.block;
        self.follow(block.exits.iter().filter(|exit| !exit.is_default() && chosen_by(exit).is_none()));
    }

    /// Notes what another template language would compute.
    fn find_foreign(&self, formula: &Formula) {
        let source = match &formula.kind {
            ExprKind::Text(text) => text,
            ExprKind::Interpolated(template) => template.source(),
            _ => return,
        };
        let card = &self.chain.name;
        let parts = foreign::parts(source).into_iter().map(|part| (card.clone(), part.to_owned()));
        self.shared.foreign.borrow_mut().extend(parts);
    }

    /// An expression with the values of blocks as variables: `block.value`, `flow.age.value`.
    pub(in super::super) fn rewritten(&self, formula: Formula) -> Formula {
        find_sheets(&formula, &mut self.shared.sheets.borrow_mut());
        self.find_foreign(&formula);
        let asked = self.asked.as_deref();
        let mut rewrite = |expr: &Expr| {
            let (base, field) = member(expr)?;
            match (name(base), field) {
                (Some("block"), "value" | "response") => asked.map(reference),
                (Some("flow"), block) => Some(reference(&of_variable(block))),
                _ => {
                    let (flow, block) = member(base)?;
                    let is_value = name(flow) == Some("flow") && matches!(field, "value" | "response");
                    is_value.then(|| reference(&of_variable(block)))
                }
            }
        };
        formulas::map(&formula, &mut rewrite).into()
    }
}

/// The choice an exit stands for: `block.value == "yes"`.
fn chosen_by(exit: &Exit) -> Option<String> {
    let test = from_expression(exit.test.as_deref()?).ok()?;
    let ExprKind::Binary { operator: BinaryOperator::Equal, left, right } = &test.kind else { return None };
    let (base, field) = member(left)?;
    let is_value = name(base) == Some("block") && matches!(field, "value" | "response");
    let text = Formula::from((**right).clone());
    text.as_text().filter(|_| is_value).map(str::to_owned)
}

/// The exits of a block by the choices they stand for.
pub(in super::super) fn by_choice(block: &Block) -> HashMap<String, &Exit> {
    let mut found = HashMap::new();
    for exit in &block.exits {
        if let Some(choice) = chosen_by(exit) {
            found.entry(choice).or_insert(exit);
        }
    }
    found
}
