//! A definition as a journey: its nodes as cards.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use expression::parse_template;
use serde_json::Value;

use super::definition::{Case, Definition, Node};
use super::expressions::{Scope, variable_of};
use super::glific::Interactive;
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
/// Minutes after which a flow ends that does not say: as many as the editor begins with.
const EXPIRES: u32 = 7 * 24 * 60;
/// What keeps an answer that no result is named for.
const ANSWER: &str = "answer";

/// What a flow needs to know of the others of its file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Others<'d> {
    /// The names of all flows by their ids.
    pub(super) names: &'d HashMap<&'d str, &'d str>,
    /// Whether one of them runs this one.
    pub(super) is_called: bool,
    /// The interactive messages of the file.
    pub(super) interactive: &'d Interactive,
}

/// The flows a flow runs, by their ids.
pub(super) fn runs(flow: &Definition) -> impl Iterator<Item = &str> {
    let actions = flow.nodes.iter().flat_map(|node| &node.actions);
    actions
        .filter(|action| actions::kind(action) == "enter_flow")
        .filter_map(|action| action.get("flow")?.get("uuid")?.as_str())
}

/// Reads a flow.
pub(super) fn read(flow: &Definition, others: Others<'_>, scope: Scope, problems: &mut Vec<Problem>) -> Journey {
    let mut reading = Reading::new(flow, others, scope);
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
    let report = |code, message: String, hint: &str, problems: &mut Vec<Problem>| {
        problems.push(Problem::warning(code, Position::default(), message).hint(hint));
    };
    for written in std::mem::take(&mut scope.unknown) {
        let message = format!("`{written}` has no counterpart here and stays as it is written.");
        report("no-counterpart", message, "Put something else in its place.", problems);
    }
    for difference in std::mem::take(&mut scope.changed) {
        report("not-as-it-was", difference, "See whether that matters.", problems);
    }
    scope.groups.report(problems);
    let globals = std::mem::take(&mut scope.globals);
    if !globals.is_empty() {
        let dictionary = scope.kind.dictionary();
        let keys: Vec<String> = globals.iter().map(|key| format!("`{key}`")).collect();
        let message =
            format!("The globals of the workspace are read from the dictionary `{dictionary}`, which is not here.");
        let hint = format!("Make a dictionary `{dictionary}` of the organisation with the keys {}.", keys.join(", "));
        report("no-dictionary", message, &hint, problems);
    }
}

/// What the nodes of a flow are read with.
pub(super) struct Reading<'d> {
    pub(super) flow: &'d Definition,
    pub(super) others: Others<'d>,
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
    /// How long the question of a node waits, and where it leads when nobody answers.
    late: HashMap<&'d str, (Option<u32>, Option<String>)>,
    problems: Vec<Problem>,
    /// The card that is read.
    card: Option<String>,
}

impl<'d> Reading<'d> {
    fn new(flow: &'d Definition, others: Others<'d>, scope: Scope) -> Self {
        let mut names = Names::default();
        let cards =
            flow.nodes.iter().map(|node| (node.uuid.as_str(), names.unique(&of_card(&name_of(node))))).collect();
        let mut reading = Self {
            flow,
            others,
            scope: Scope { services: services(flow), ..scope },
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
            late: HashMap::new(),
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
        reading.report_left("The flow", &flow.left);
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
        (card.timeout, card.on_timeout) =
            match waiting.filter(|_| has_asked || !node.actions.is_empty() && node.waits()) {
                Some(asked) => self.late(asked),
                None => (None, self.after_child(node, card.then.as_deref())),
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
        // Known before it is made: it may lead to itself.
        self.asks.insert(&node.uuid, name.clone());
        let statements = vec![actions::ask(&answer_of(node))];
        let (timeout, on_timeout) = self.late(node);
        self.more.push(Card { then: card, statements, timeout, on_timeout, ..Card::named(&name) });
        Some(name)
    }

    /// How long the question of a node waits, and where it leads when nobody answers.
    fn late(&mut self, node: &'d Node) -> (Option<u32>, Option<String>) {
        if let Some(known) = self.late.get(node.uuid.as_str()) {
            return known.clone();
        }
        // Known before it is found: it may lead to the same question.
        let timeout = node.router.as_ref().and_then(|router| router.wait.as_ref()?.timeout.as_ref());
        let timeout = timeout.filter(|timeout| timeout.seconds > 0);
        let seconds = timeout.map(|timeout| timeout.seconds);
        self.late.insert(&node.uuid, (seconds, None));
        let leads = match (&node.router, timeout) {
            (Some(router), Some(timeout)) => routers::leads_by_id(&timeout.category_uuid, router, node, self),
            _ => None,
        };
        // What ran this flow goes on when it ends, which is not so when it lapses.
        let must_end = self.others.is_called && timeout.is_some();
        let leads = if leads.is_none() && must_end { Some(self.bridge("End", Vec::new(), None)) } else { leads };
        self.late.insert(&node.uuid, (seconds, leads.clone()));
        (seconds, leads)
    }

    /// Where a node leads when nobody answers the flow that it runs.
    fn after_child(&mut self, node: &'d Node, then: Option<&str>) -> Option<String> {
        let runs = |action: &Value| actions::kind(action) == "enter_flow" && !actions::ends(action);
        if !node.actions.iter().any(runs) {
            return None;
        }
        match &node.router {
            Some(router) => routers::when_expired(router, node, self),
            None => then.map(str::to_owned),
        }
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

    /// Reports the languages in which a member has other than so many items.
    pub(super) fn report_count(&mut self, id: Option<&str>, member: &str, count: usize) {
        let items = |texts: &BTreeMap<String, Value>| texts.get(id?)?.get(member)?.as_array().map(Vec::len);
        let differ = |(code, texts): (&&str, &&BTreeMap<String, Value>)| {
            items(texts).filter(|there| *there > 0 && *there != count).map(|_| format!("`{code}`"))
        };
        let languages: Vec<String> = self.languages.iter().filter_map(differ).collect();
        if !languages.is_empty() {
            let message =
                format!("There are not as many `{member}` in {}; those of the flow count.", languages.join(", "));
            self.problem("not-as-it-was", message, "Write the others, or take the rest out.");
        }
    }

    /// Reports the members that nothing looked at.
    pub(super) fn report_left(&mut self, whose: &str, members: &[String]) {
        if !members.is_empty() {
            let message = format!("{whose} had {}, and nothing here is like that.", members.join(", "));
            self.problem("not-as-it-was", message, "See whether that matters.");
        }
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

    fn settings(&self) -> Vec<Setting> {
        let minutes = self.flow.expire_after_minutes.filter(|minutes| *minutes > 0).unwrap_or(EXPIRES);
        let timeout = Setting::InteractionTimeout { seconds: minutes.saturating_mul(60), then: None };
        let language = self.flow.language.clone().filter(|code| !self.languages.is_empty() && is_language(code));
        std::iter::once(timeout).chain(language.map(Setting::Language)).collect()
    }

    /// Reports what is not as it was.
    pub(super) fn problem(&mut self, code: &'static str, message: String, hint: &str) {
        let mut problem = Problem::warning(code, Position::default(), message).hint(hint);
        problem.card.clone_from(&self.card);
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
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
        // The text of an interactive message is no text for people; its name is.
        let is_data = |action: &Value| actions::kind(action) == "send_interactive_msg";
        let key = |action| if is_data(action) { "name" } else { "text" };
        let text = node.actions.iter().find_map(|action| action.get(key(action))?.as_str())?;
        let words = text.split_whitespace().filter(|word| !word.contains('@'));
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
            if let [.., "results" | "flow", result, "category" | "category_localized"] = names.as_slice() {
                found.insert(variable_of(result));
            }
        }
    }
}
