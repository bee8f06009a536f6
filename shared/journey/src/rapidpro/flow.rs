//! A definition as a journey: its nodes as cards.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use expression::parse_template;
use serde_json::Value;

use super::definition::{Case, Definition, Node};
use super::expressions::{GLOBALS, Scope, variable_of};
use super::{actions, operators, routers};
use crate::floip::names::{Names, of_card};
use crate::floip::{is_writable, journey_of};
use crate::model::{Card, Cell, Content, Formula, Journey, Setting, Words, is_language};
use crate::problem::{Position, Problem};
use crate::statements::{Action, Log, Statement};

/// How many words of a message name its card.
const NAMING_WORDS: usize = 4;
/// Stands for all texts of an action.
pub(super) const EVERYTHING: &str = "*";
/// The tests that gave a result what they found in the answer.
const FINDS: [&str; 6] = ["has_number", "has_date", "has_time", "has_phone", "has_email", "has_pattern"];
/// What keeps an answer that no result is named for.
const ANSWER: &str = "answer";

/// Reads a flow. `flows` are the names of all flows of the file by their ids.
pub(super) fn read(flow: &Definition, flows: &HashMap<&str, &str>, problems: &mut Vec<Problem>) -> Journey {
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
    reading.report_texts();
    reading.report_results();
    reading.report_waits();
    let mut journey = journey_of(reading.settings(), cards);
    if let Some(notes) = reading.notes() {
        journey.cells.insert(0, notes);
    }
    let Reading { mut scope, problems: mut found, .. } = reading;
    problems.append(&mut found);
    report_scope(&mut scope, problems);
    journey
}

/// Reports what texts and values refer to that is not here.
pub(super) fn report_scope(scope: &mut Scope, problems: &mut Vec<Problem>) {
    let mut report = |code, message: String, hint: &str| {
        problems.push(Problem::warning(code, Position::default(), message).hint(hint));
    };
    for written in std::mem::take(&mut scope.unknown) {
        let message = format!("`{written}` has no counterpart here and stays as it is written.");
        report("no-counterpart", message, "Put something else in its place.");
    }
    for difference in std::mem::take(&mut scope.changed) {
        report("not-as-it-was", difference, "See whether that matters.");
    }
    let globals = std::mem::take(&mut scope.globals);
    if !globals.is_empty() {
        let keys: Vec<String> = globals.iter().map(|key| format!("`{key}`")).collect();
        let message =
            format!("The globals of the workspace are read from the dictionary `{GLOBALS}`, which is not here.");
        let hint = format!("Make a dictionary `{GLOBALS}` of the organisation with the keys {}.", keys.join(", "));
        report("no-dictionary", message, &hint);
    }
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
    languages: BTreeMap<&'d str, &'d BTreeMap<String, Value>>,
    /// The texts that were read: the ids of what they belong to, and the members.
    texts: HashSet<(&'d str, &'d str)>,
    /// The action that gives each result an outcome, by the variable of the result.
    outcomes: HashMap<String, &'d str>,
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
            scope: Scope { services: services(flow), ..Scope::default() },
            experiments: Names::default(),
            names,
            nodes: flow.nodes.iter().map(|node| (node.uuid.as_str(), node)).collect(),
            cards,
            asks: HashMap::new(),
            languages: BTreeMap::new(),
            texts: HashSet::new(),
            outcomes: outcomes(flow),
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
        if flow.kind.as_deref() == Some("voice") {
            let message = "The flow was for calls, and is a conversation in writing now.".to_owned();
            reading.problem("not-as-it-was", message, "Read what it says, and offer buttons where it asked for keys.");
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
            (None, _) if node.actions.iter().any(actions::ends) => None,
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
    pub(super) fn words(&mut self, text: &str, id: Option<&'d str>, member: &'d str, index: usize) -> Words {
        self.texts.extend(id.map(|id| (id, member)));
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

    /// The arguments of a test in the other languages, each once.
    pub(super) fn arguments(&mut self, case: &'d Case) -> Vec<Vec<String>> {
        self.texts.insert((&case.uuid, "arguments"));
        let mut found = vec![case.arguments.clone()];
        for texts in self.languages.values() {
            let there = texts.get(&case.uuid).and_then(|members| members.get("arguments")?.as_array());
            let there: Vec<String> = there.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
            if !there.is_empty() && !found.contains(&there) {
                found.push(there);
            }
        }
        found.split_off(1)
    }

    /// Says that the texts of an action in other languages need no report: it has one itself, or they are not shown.
    pub(super) fn pass_over(&mut self, id: Option<&'d str>, member: &'d str) {
        self.texts.extend(id.map(|id| (id, member)));
    }

    /// Reports the texts in other languages that nothing took.
    fn report_texts(&mut self) {
        for node in &self.flow.nodes {
            let mut ids: Vec<&str> = Vec::new();
            node.actions.iter().for_each(|action| find_ids(action, &mut ids));
            ids.extend(node.router.iter().flat_map(|router| &router.cases).map(|case| case.uuid.as_str()));
            let mut left: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
            for (language, texts) in &self.languages {
                for (id, member) in ids.iter().filter_map(|id| Some((id, texts.get(*id)?.as_object()?))) {
                    let members = member.iter().filter(|(_, texts)| has_text(texts)).map(|(member, _)| member.as_str());
                    let read = |member: &&str| [*member, EVERYTHING].iter().any(|it| self.texts.contains(&(id, it)));
                    members
                        .filter(|member| !read(member))
                        .for_each(|member| left.entry(member).or_default().push(language));
                }
            }
            self.card = self.cards.get(node.uuid.as_str()).cloned();
            for (member, mut languages) in left {
                languages.dedup();
                let languages: Vec<String> = languages.into_iter().map(|language| format!("`{language}`")).collect();
                let message =
                    format!("Its `{member}` in {} were left out; all contacts get the same.", languages.join(", "));
                self.problem("not-as-it-was", message, "Put a condition on `contact.language` where that matters.");
            }
            self.card = None;
        }
    }

    /// Reports what results had besides their values.
    fn report_results(&mut self) {
        let (mut categories, mut found) = (BTreeSet::new(), BTreeSet::new());
        for router in self.flow.nodes.iter().filter_map(|node| node.router.as_ref()) {
            let Some(name) = router.result_name.as_deref().filter(|name| !name.is_empty()) else { continue };
            if router.kind != "random" && router.categories.len() > 1 {
                categories.insert(variable_of(name));
            }
            if router.cases.iter().any(|case| FINDS.iter().any(|test| case.kind.starts_with(test))) {
                found.insert(variable_of(name));
            }
        }
        for action in self.flow.nodes.iter().flat_map(|node| &node.actions) {
            let text = |key: &str| action.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
            if let ("set_run_result", Some(name), Some(_)) = (actions::kind(action), text("name"), text("category")) {
                categories.insert(variable_of(name));
            }
        }
        let list = |names: BTreeSet<String>| {
            let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
            names.join(", ")
        };
        if !categories.is_empty() {
            let message = format!("The results keep their values, not the categories of these: {}.", list(categories));
            self.problem(
                "not-as-it-was",
                message,
                "Add `write_result` to the cards behind the categories if you count them.",
            );
        }
        if !found.is_empty() {
            let message = format!("These keep the whole answer, not only what a test found in it: {}.", list(found));
            self.problem("not-as-it-was", message, "Take it out of the answer, as in `has_number(age).number`.");
        }
    }

    /// Reports the waits that end at another time than they did.
    fn report_waits(&mut self) {
        let Some((seconds, _)) = self.timeout else { return };
        let waits = self.flow.nodes.iter().filter_map(|node| node.router.as_ref()?.wait.as_ref());
        if waits.into_iter().any(|wait| wait.timeout.is_none()) {
            let message =
                format!("All questions end after {seconds} seconds without an answer, not only the one that did.");
            self.problem("not-as-it-was", message, "`interaction_timeout` is the same for all questions.");
        }
    }

    /// The notes that stick to the flow in the editor, in the order of their places.
    fn notes(&mut self) -> Option<Cell> {
        let stickies = self.flow.view.get("stickies").and_then(Value::as_object)?;
        let mut notes: Vec<([f64; 2], String)> = Vec::new();
        for sticky in stickies.values() {
            let text = |key: &str| sticky.get(key).and_then(Value::as_str).unwrap_or_default().trim();
            let place = |key: &str| {
                let place = sticky.get("position").and_then(|position| position.get(key));
                place.and_then(Value::as_f64).unwrap_or_default()
            };
            let parts = [text("title"), text("body")].into_iter().filter(|part| !part.is_empty());
            let note = parts.collect::<Vec<_>>().join("\n\n");
            if !note.is_empty() {
                notes.push(([place("top"), place("left")], note));
            }
        }
        notes.sort_by(|([top, left], _), ([other_top, other_left], _)| {
            top.total_cmp(other_top).then(left.total_cmp(other_left))
        });
        let notes: Vec<String> = notes.into_iter().map(|(_, note)| note).collect();
        if notes.is_empty() {
            return None;
        }
        let cell = Cell { place: None, content: Content::Note(notes.join("\n\n")) };
        let mut alone = journey_of(Vec::new(), vec![Card::named("Start")]);
        alone.cells.insert(0, cell.clone());
        if is_writable(&alone) {
            return Some(cell);
        }
        let message = "The notes beside the flow were left out: a notebook cannot hold them as they are.".to_owned();
        self.problem("not-as-it-was", message, "Copy them by hand.");
        None
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

    /// Which action gives a result its outcome, when one does.
    pub(super) fn outcome(&self, variable: &str) -> Option<&'d str> {
        self.outcomes.get(variable).copied()
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

/// The actions whose results say how they went, by the variable of the result.
fn outcomes(flow: &Definition) -> HashMap<String, &str> {
    let mut outcomes = HashMap::new();
    for action in flow.nodes.iter().flat_map(|node| &node.actions) {
        if let Some(result) = action.get("result_name").and_then(Value::as_str).filter(|result| !result.is_empty()) {
            outcomes.insert(variable_of(result), actions::kind(action));
        }
    }
    outcomes
}

/// The ids an action has, and what it is made of.
fn find_ids<'v>(value: &'v Value, ids: &mut Vec<&'v str>) {
    match value {
        Value::Object(members) => {
            ids.extend(members.get("uuid").and_then(Value::as_str));
            members.values().for_each(|member| find_ids(member, ids));
        }
        Value::Array(values) => values.iter().for_each(|value| find_ids(value, ids)),
        _ => {}
    }
}

/// Whether there is a text in a list of them.
fn has_text(texts: &Value) -> bool {
    let is_text = |text: &Value| text.as_str().is_some_and(|text| !text.is_empty()) || text.is_object();
    texts.as_array().is_some_and(|texts| texts.iter().any(is_text))
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
    for expr in parse_template(&operators::template(template).0).expressions() {
        for reference in expr.references() {
            let names: Vec<&str> = reference.split('.').collect();
            if let [.., "results", result, "category" | "category_localized"] = names.as_slice() {
                found.insert(variable_of(result));
            }
        }
    }
}
