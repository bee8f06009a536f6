//! Checks a [`Journey`] and makes the [`Program`] that runs.

mod media;
mod program;
mod schedule;
mod trigger;

use std::collections::{HashMap, HashSet};

use expression::lexer::{is_name_part, is_name_start};
use expression::{Expr, ExprKind, TemplatePiece, Value, nearest};

use crate::checks::{self, Surroundings};
use crate::model::{Formula, ItemKind, Journey, Sheet, SheetKind, Words, is_language};
use crate::problem::{Position, Problem, Severity};

use media::Taken;
pub use program::Program;
pub(crate) use program::{CardRef, Group, Placed, ReadyCard};
pub use schedule::{Days, Offset, OffsetUnit, Recurrence, first_valid};
pub use trigger::{Trigger, TriggerKind};

/// Seconds without a reply after which a journey ends, when it does not say.
pub const DEFAULT_INTERACTION_TIMEOUT: u32 = 300;

/// Checks a journey and makes what runs. What was wrong with its notation is in [`crate::Parsed::problems`]; a journey
/// is published only when neither has an error, and one with [`faults`](Problem::is_fault) only when they are accepted.
///
/// # Errors
/// All problems, when at least one is an [`error`](Problem::is_error); see [`check`] for the others of a journey that compiles.
pub fn compile(journey: &Journey) -> Result<Program, Vec<Problem>> {
    let (program, problems) = compile_all(journey);
    if problems.iter().any(Problem::is_error) { Err(problems) } else { Ok(program) }
}

/// All problems of a journey, warnings and hints included, as far as they can be seen in the journey alone.
#[must_use]
pub fn check(journey: &Journey) -> Vec<Problem> {
    check_in(journey, &Surroundings::default())
}

/// All problems of a journey in its organisation: also fields, journeys, templates and the like that are not there.
#[must_use]
pub fn check_in(journey: &Journey, surroundings: &Surroundings<'_>) -> Vec<Problem> {
    let mut problems = compile_all(journey).1;
    problems.extend(checks::run(journey, surroundings));
    problems.sort_by_key(|problem| (problem.line, problem.column));
    problems
}

fn compile_all(journey: &Journey) -> (Program, Vec<Problem>) {
    let mut compiler = Compiler::new(journey);
    let mut set = Vec::new();
    let mut program = Program {
        interaction_timeout: DEFAULT_INTERACTION_TIMEOUT,
        sheets: journey.sheets().map(|sheet| (sheet.name.to_lowercase(), sheet_value(sheet))).collect(),
        ..Program::default()
    };
    for item in journey.items() {
        match &item.kind {
            ItemKind::Setting(setting) => {
                compiler.at(item.position);
                let kind = setting.name();
                if set.contains(&kind) {
                    let hint = "The last one counts; remove the others.".to_owned();
                    compiler.warning("set-twice", format!("`{}` is there already.", setting.name()), Some(hint));
                }
                set.push(kind);
                program.set(setting, &mut compiler);
            }
            ItemKind::Trigger(trigger) => {
                compiler.at(trigger.position);
                program.triggers.extend(Trigger::compile(trigger, &mut compiler));
            }
            ItemKind::Card(_) => {}
        }
    }
    program.groups = compiler.groups();
    for card in journey.cards() {
        let ready = compiler.compile_card(card);
        program.cards.push(ready);
    }
    if program.cards.is_empty() {
        let problem = Problem::error("no-card", Position { line: 1, column: 1 }, "The journey has no card.");
        compiler.problems.push(problem.hint("Write `card Start do … end` in a code cell."));
    }
    // Behind the cards that are there, in the order of their numbers.
    program.groups.extend(compiler.missing.iter().map(|name| Group::new(name)));
    program.fields = compiler.fields;
    program.variables = compiler.variables;
    program.taken = compiler.taken;
    let mut problems = compiler.problems;
    problems.sort_by_key(|problem| (problem.line, problem.column));
    (program, problems)
}

/// What statements are compiled with.
pub(crate) struct Compiler<'a> {
    journey: &'a Journey,
    /// The number of each card name, in the order of first use.
    numbers: HashMap<&'a str, u32>,
    names: Vec<&'a str>,
    /// Cards that are named and not there. A way to one is a way to a group without cards.
    missing: Vec<String>,
    /// The first label of each name.
    labels: Vec<Option<&'a Words>>,
    card: Option<&'a str>,
    position: Position,
    problems: Vec<Problem>,
    /// The profile fields that are set or read.
    fields: Vec<String>,
    /// The variables that are set, in lower case.
    variables: HashSet<String>,
    /// What the cards read of answers.
    taken: Taken,
}

impl<'a> Compiler<'a> {
    fn new(journey: &'a Journey) -> Self {
        let mut compiler = Self {
            journey,
            numbers: HashMap::new(),
            names: Vec::new(),
            missing: Vec::new(),
            labels: Vec::new(),
            card: None,
            position: Position::default(),
            problems: Vec::new(),
            fields: Vec::new(),
            variables: HashSet::new(),
            taken: Taken::default(),
        };
        for card in journey.cards() {
            let next = u32::try_from(compiler.names.len()).unwrap_or(u32::MAX);
            let number = *compiler.numbers.entry(card.name.as_str()).or_insert(next);
            if number == next {
                compiler.names.push(&card.name);
                compiler.labels.push(None);
            }
            if let Some(label) = compiler.labels.get_mut(number as usize) {
                *label = label.or(card.label.as_ref());
            }
        }
        compiler
    }

    /// The cards of each name, the guarded ones in source order, then the default.
    fn groups(&self) -> Vec<Group> {
        let mut groups: Vec<Group> = self.names.iter().map(|name| Group::new(name)).collect();
        for (index, card) in self.journey.cards().enumerate() {
            let Some(group) = self.numbers.get(card.name.as_str()).and_then(|number| groups.get_mut(*number as usize))
            else {
                continue;
            };
            if card.guard.is_some() {
                group.guarded.push(index);
            } else {
                group.default.get_or_insert(index);
            }
        }
        groups
    }

    fn compile_card(&mut self, card: &'a crate::model::Card) -> ReadyCard {
        self.card = Some(&card.name);
        self.position = card.position;
        if !is_name(&card.name) {
            let hint = NAME_HINT.to_owned();
            self.error("bad-name", format!("`{}` cannot be the name of a card.", card.name), Some(hint));
        }
        let guard = card.guard.as_ref().map(|guard| self.formula(guard));
        let then = card.then.as_ref().map(|then| self.card(then));
        let on_timeout = card.on_timeout.as_ref().map(|card| self.card(card));
        if let Some(label) = &card.label {
            self.words(label);
        }
        let steps = card
            .statements
            .iter()
            .map(|statement| {
                self.position = statement.position;
                Placed { line: statement.position.line, step: statement.action.compile(self) }
            })
            .collect();
        self.card = None;
        let (name, line, timeout) = (card.name.as_str().into(), card.position.line, card.timeout);
        ReadyCard { name, line, guard, timeout, on_timeout, then, steps }
    }

    /// Says where what is compiled stands, for messages.
    pub(crate) fn at(&mut self, position: Position) {
        self.position = position;
    }

    pub(crate) fn error(&mut self, code: &'static str, message: String, hint: Option<String>) {
        self.report(Problem::error(code, self.position, message), hint);
    }

    pub(crate) fn fault(&mut self, code: &'static str, message: String, hint: Option<String>) {
        self.report(Problem::fault(code, self.position, message), hint);
    }

    pub(crate) fn hint(&mut self, code: &'static str, message: String, hint: Option<String>) {
        self.report(Problem { severity: Severity::Hint, ..Problem::error(code, self.position, message) }, hint);
    }

    pub(crate) fn warning(&mut self, code: &'static str, message: String, hint: Option<String>) {
        self.report(Problem::warning(code, self.position, message), hint);
    }

    fn report(&mut self, mut problem: Problem, hint: Option<String>) {
        problem.hint = hint;
        self.tell(problem);
    }

    /// Reports a problem as it was found, in the present card.
    pub(crate) fn tell(&mut self, mut problem: Problem) {
        problem.card = self.card.map(str::to_owned);
        self.problems.push(problem);
    }

    /// Where what is compiled stands.
    pub(crate) fn position(&self) -> Position {
        self.position
    }

    /// Notes that the journey knows a profile field.
    pub(crate) fn knows(&mut self, field: &str) {
        if !self.fields.iter().any(|known| known == field) {
            self.fields.push(field.to_owned());
        }
    }

    /// Notes the profile fields that an expression reads. An address such as `me@contact.org` reads none.
    fn know_fields(&mut self, formula: &Formula) {
        let mut note = |node: &Expr| {
            if let ExprKind::Member { base, field } = &node.kind
                && matches!(&base.kind, ExprKind::Name(name) if name.key() == "contact")
            {
                self.knows(field.as_str());
            }
        };
        let ExprKind::Interpolated(template) = &formula.kind else { return formula.walk(&mut note) };
        let mut is_address = false;
        for piece in template.pieces() {
            match piece {
                TemplatePiece::Text(text) => is_address = text.ends_with(char::is_alphanumeric),
                TemplatePiece::Expression(expr) if !is_address => expr.walk(&mut note),
                TemplatePiece::Expression(_) => {}
            }
        }
    }

    /// Reports a statement of the language that is not run yet.
    pub(crate) fn not_yet(&mut self, name: &str) {
        let hint = "The journey goes on without it, and its log says so.".to_owned();
        self.warning("not-supported", format!("`{name}` does nothing here yet."), Some(hint));
    }

    /// Checks an expression and gives it back.
    pub(crate) fn formula(&mut self, formula: &Formula) -> Formula {
        self.know_fields(formula);
        if self.card.is_some() {
            self.taken.note(formula);
        }
        for mistake in formula.check() {
            let mut message = mistake.message;
            if let Some(expected) = mistake.expected {
                message.push_str(&format!("; expected {expected}"));
            }
            self.fault("bad-expression", format!("In `{}`: {message}.", shorten(&formula.to_string())), mistake.hint);
        }
        formula.clone()
    }

    /// Checks a text in all its languages and gives it back.
    pub(crate) fn words(&mut self, words: &Words) -> Words {
        for text in words.texts() {
            self.formula(text);
        }
        for (index, (language, _)) in words.languages.iter().enumerate() {
            self.language(language);
            if words.languages.iter().take(index).any(|(other, _)| other == language) {
                let message = format!("This text is there twice in the language `{language}`.");
                self.warning(
                    "same-language",
                    message,
                    Some("Only the first one is used; remove the other.".to_owned()),
                );
            }
        }
        words.clone()
    }

    /// Checks the code of a language. What comes from a notebook has one; the canvas may send anything.
    pub(crate) fn language(&mut self, code: &str) {
        if !is_language(code) {
            let hint = "Use an ISO 639 code such as `es`, `quz` or `pt_BR`.".to_owned();
            self.error("bad-language", format!("`{code}` is not the code of a language."), Some(hint));
        }
    }

    /// Checks what a button or row is called: `limit` characters at most, in every language.
    pub(crate) fn check_title(&mut self, title: &Words, limit: usize) {
        for text in title.texts().filter_map(|text| text.as_text()) {
            if text.trim().chars().count() > limit {
                let message = format!("`{}` is longer than {limit} characters.", text.trim());
                self.fault("long-title", message, Some(format!("WhatsApp shows at most {limit} here.")));
            }
            if text.trim().is_empty() {
                self.fault("empty-title", "A choice has no title.".to_owned(), None);
            }
        }
    }

    /// The cards of a name; reports a name no card has. A way there is kept all the same: who comes to it is given up.
    pub(crate) fn card(&mut self, name: &str) -> CardRef {
        if let Some(number) = self.numbers.get(name) {
            return CardRef(*number);
        }
        let hint = nearest(name, &self.names).map(|near| format!("Did you mean `{near}`?"));
        self.fault("unknown-card", format!("There is no card `{name}`."), hint);
        let known = self.missing.iter().position(|missing| missing == name);
        let place = known.unwrap_or_else(|| {
            self.missing.push(name.to_owned());
            self.missing.len() - 1
        });
        CardRef(u32::try_from(self.names.len() + place).unwrap_or(u32::MAX))
    }

    /// What a choice that leads to the card is called: the card's label, else its name.
    pub(crate) fn label_of(&self, name: &str) -> Words {
        let number = self.numbers.get(name).copied();
        let label = number.and_then(|number| self.labels.get(number as usize).copied().flatten());
        label.cloned().unwrap_or_else(|| Formula::text(name).into())
    }

    /// The key a variable is kept under; reports names that would hide what every journey has.
    pub(crate) fn variable(&mut self, name: Option<&str>) -> Option<String> {
        let name = name?;
        let key = name.to_lowercase();
        if !is_name(name) {
            let hint = NAME_HINT.to_owned();
            self.error("bad-name", format!("`{name}` cannot be the name of a variable."), Some(hint));
        }
        if matches!(key.as_str(), "contact" | "event" | "global") {
            let message = format!("A variable cannot be called `{key}`: every journey has that already.");
            self.fault("reserved-name", message, Some("Choose another name.".to_owned()));
        }
        self.variables.insert(key.clone());
        Some(key)
    }
}

/// The data of a dictionary or table, as expressions see it.
fn sheet_value(sheet: &Sheet) -> Value {
    match sheet.kind {
        SheetKind::Dictionary => {
            let pairs = sheet.rows.iter().filter_map(|row| Some((row.first()?, row.get(1)?)));
            Value::map([("items", Value::map(pairs.map(|(key, value)| (key.clone(), Value::coerced(value)))))])
        }
        SheetKind::Table => {
            let row = |row: &Vec<String>| {
                let cells = sheet.columns.iter().zip(row);
                Value::map(cells.map(|(column, cell)| (column.clone(), Value::coerced(cell))))
            };
            Value::map([("rows", Value::list(sheet.rows.iter().map(row).collect()))])
        }
    }
}

const NAME_HINT: &str = "Use letters, digits and `_`, with a letter first, and no word such as `end` or `if`.";

/// Whether the notation can write it as a name. What comes from a notebook can; the canvas may send anything.
pub(crate) fn is_name(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(is_name_start)
        && letters.all(is_name_part)
        && !matches!(name, "do" | "else" | "end" | "then" | "when")
        && !OPERATORS.iter().any(|word| name.eq_ignore_ascii_case(word))
}

/// Words that mean something in expressions, in any case: a card `If` could not be offered as a choice.
const OPERATORS: [&str; 9] = ["and", "false", "if", "in", "nil", "not", "null", "or", "true"];

/// The beginning of a text, for messages.
pub(crate) fn shorten(text: &str) -> String {
    let short: String = text.chars().take(60).collect();
    if short.len() < text.len() { short + "…" } else { short }
}
