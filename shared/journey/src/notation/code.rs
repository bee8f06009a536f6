//! Code cells: triggers, settings, cards and their statements.

use expression::lexer::{Token, TokenKind, tokenize};
use expression::{Expr, nearest};

use super::call::Call;
use super::items;
use super::printer::Printer;
use super::reader::{Lines, Reader};
use crate::model::{Card, Code, Formula, Item, ItemKind, Setting, Trigger, is_language};
use crate::problem::{Position, Problem};
use crate::statements::{self, Action, Statement, Then};

/// Reads one code cell that begins at byte `offset` of the notebook.
pub(super) fn parse(source: &str, offset: usize, lines: &Lines<'_>, problems: &mut Vec<Problem>) -> Code {
    let (mut tokens, errors) = tokenize(source);
    drop_at_signs(&mut tokens);
    let reader = Reader::new(&tokens, offset, lines);
    // A text that is never closed swallows the rest of the code: that the rest is missing needs no saying.
    let end = tokens.iter().rev().nth(1).map(|token| token.span);
    let is_cut =
        errors.iter().any(|error| end.is_some_and(|end| end.start == error.span.start && end.end == source.len()));
    problems.extend(errors.into_iter().map(|error| reader.problem(error)));
    let known = problems.len();
    let code = CodeParser { reader, problems, code: Code::default(), card: None, depth: 0, behind: 0 }.run();
    if is_cut {
        let cut = end.map_or(u32::MAX, |end| lines.position(offset + end.start).line);
        let follows = |problem: &Problem| problem.line >= cut || matches!(problem.code, "open-card" | "open-block");
        let found = problems.split_off(known);
        problems.extend(found.into_iter().filter(|problem| !follows(problem)));
    }
    code
}

/// Code uses bare names; an `@` in front of one, as texts have it, means the same: `mark_as_read(@event.message.id)`.
fn drop_at_signs(tokens: &mut Vec<Token>) {
    if tokens.iter().all(|token| token.kind != TokenKind::At) {
        return;
    }
    let stands_before_name = |index: usize| match (tokens.get(index), tokens.get(index + 1)) {
        (Some(at), Some(next)) => {
            at.kind == TokenKind::At && at.span.end == next.span.start && matches!(next.kind, TokenKind::Name(_))
        }
        _ => false,
    };
    let mut dropped = (0..tokens.len()).map(stands_before_name).collect::<Vec<_>>().into_iter();
    tokens.retain(|_| !dropped.next().unwrap_or(false));
}

struct CodeParser<'a, 'p> {
    reader: Reader<'a>,
    problems: &'p mut Vec<Problem>,
    code: Code,
    /// The card that is being read, for messages.
    card: Option<String>,
    /// How many blocks are open inside of the card.
    depth: usize,
    /// The token behind the last block that was read. After a mistake no block is read again: blocks inside each other
    /// would be, twice as often with each that is around them.
    behind: usize,
}

/// How many blocks may be open inside of each other; those that say something have one.
const DEEPEST: usize = 20;

/// What may stand at the top level of code.
const AN_ITEM: &str = "`card`, `trigger` or a setting such as `interaction_timeout`";

impl CodeParser<'_, '_> {
    fn run(mut self) -> Code {
        loop {
            self.reader.skip_blank();
            let (start, position) = (self.reader.index(), self.reader.position());
            let is_call = matches!(self.reader.peek(1), TokenKind::LeftParenthesis);
            let item = match self.reader.word_ahead(0) {
                None if matches!(self.reader.peek(0), TokenKind::Eof) => break,
                Some("stack") if self.code.wrapper.is_none() => self.wrapper().map(|()| None),
                Some("end") if self.code.wrapper.is_some() => {
                    self.reader.bump();
                    Ok(None)
                }
                Some("trigger") if is_call => self.trigger(position).map(|trigger| Some(ItemKind::Trigger(trigger))),
                Some(name) if is_call && Setting::NAMES.contains(&name) => {
                    self.setting(position).map(|setting| Some(ItemKind::Setting(setting)))
                }
                Some("card") => self.card(position).map(|card| Some(ItemKind::Card(card))),
                word => {
                    let items: Vec<&str> = Setting::NAMES.iter().chain(&["card", "trigger"]).copied().collect();
                    let meant = word.and_then(|word| nearest(word, &items));
                    let hint = meant.map(|meant| format!("Did you mean `{meant}`?"));
                    Err(Problem { hint, ..self.reader.unexpected(AN_ITEM) })
                }
            };
            match item {
                Ok(Some(kind)) => {
                    self.reader.trailing_comment();
                    let comments = self.reader.take_comments();
                    self.code.items.push(Item { comments, position, kind });
                }
                Ok(None) => {}
                Err(problem) => self.recover_item(start, problem),
            }
            self.card = None;
        }
        self.code.comments = self.reader.take_comments();
        self.code
    }

    fn report(&mut self, mut problem: Problem) {
        problem.card = problem.card.or_else(|| self.card.clone());
        self.problems.push(problem);
    }

    /// Reports a mistake and skips what could not be read, with its `do … end` if it has one; mistakes inside that are
    /// reported too.
    fn recover_item(&mut self, start: usize, problem: Problem) {
        let line = problem.line;
        self.report(problem);
        let from = start.max(self.behind);
        if from > start && self.ends_block() {
            return;
        }
        self.reader.recover(from, line);
        if self.reader.index() == start {
            self.reader.bump();
        }
        if self.reader.follows_word("do") {
            self.block();
            self.reader.eat_word("end");
            self.behind = self.reader.index();
        }
    }

    /// `stack Name do`
    fn wrapper(&mut self) -> Result<(), Problem> {
        self.reader.bump();
        self.code.wrapper = Some(self.reader.name("the name of the stack")?);
        self.reader.expect_word("do")
    }

    /// `trigger(on: "…", global: true) when condition`
    fn trigger(&mut self, position: Position) -> Result<Trigger, Problem> {
        let mut call = self.call(position)?;
        let condition = if self.reader.next_word() == Some("when") {
            self.reader.skip_blank();
            self.reader.bump();
            Some(self.reader.expression()?.into())
        } else {
            None
        };
        let (global, event) = (call.named_flag("global")?, items::trigger_event(&mut call)?);
        call.finish()?;
        Ok(Trigger { event, global, condition, position })
    }

    /// `interaction_timeout(300)`, `ai_auto_memory(false)` and the others.
    fn setting(&mut self, position: Position) -> Result<Setting, Problem> {
        let mut call = self.call(position)?;
        let setting = items::setting(&mut call)?;
        call.finish()?;
        Ok(setting)
    }

    fn call(&mut self, position: Position) -> Result<Call, Problem> {
        let expr = self.reader.expression()?;
        Call::of(expr, position).map_err(|expr| Problem::error("syntax", position, format!("`{expr}` is not a call.")))
    }

    /// `card Name, "Label", key: value when guard, then: Next do … end`
    fn card(&mut self, position: Position) -> Result<Card, Problem> {
        self.reader.bump();
        let mut card = Card {
            name: self.reader.name("the name of the card")?,
            label: None,
            metadata: Vec::new(),
            guard: None,
            then: None,
            statements: Vec::new(),
            comments: Vec::new(),
            position,
        };
        self.card = Some(card.name.clone());
        // Comments above the card stay with it, those inside go to its statements.
        let above = self.reader.take_comments();
        let header = self.reader.index();
        if let Err(problem) = self.card_header(&mut card) {
            let line = problem.line;
            self.report(problem);
            self.reader.recover(header, line);
        } else if !self.reader.eat_word("do") {
            self.report(self.reader.unexpected("`do`, `when`, or `,` and an option such as `then: Card`"));
            self.reader.recover(self.reader.index(), self.reader.position().line);
        }
        let known = self.problems.len();
        card.statements = self.statements();
        card.comments = self.reader.take_comments();
        // One `end` that is missing is one mistake: that of the inner block.
        let is_open_inside = self.problems.iter().skip(known).any(|problem| problem.code == "open-block");
        if !self.reader.eat_word("end") && !is_open_inside {
            let message = format!("The card `{}` is never closed.", card.name);
            let problem = Problem::error("open-card", position, message);
            self.report(problem.expected("`end`").hint("Write `end` after its last statement."));
        }
        self.reader.trailing_comment();
        let mut comments = above;
        comments.append(&mut self.reader.take_comments());
        self.reader.put_comments(comments);
        Ok(card)
    }

    fn card_header(&mut self, card: &mut Card) -> Result<(), Problem> {
        loop {
            match (self.reader.next_word(), self.reader.peek(0)) {
                (Some("do"), _) => {
                    self.reader.skip_blank();
                    // Keys named after languages say what the label is called in them.
                    if let Some(label) = &mut card.label {
                        let (languages, others) =
                            std::mem::take(&mut card.metadata).into_iter().partition(|(key, _)| is_language(key));
                        (label.languages, card.metadata) = (languages, others);
                    }
                    return Ok(());
                }
                (Some("when"), _) => {
                    self.reader.skip_blank();
                    self.reader.bump();
                    card.guard = Some(self.reader.expression()?.into());
                }
                (_, TokenKind::Comma) => {
                    self.reader.bump();
                    self.reader.skip_blank();
                    self.card_option(card)?;
                }
                _ => return Ok(()),
            }
        }
    }

    /// What follows a comma: a label, `then: Name` or `key: value`.
    fn card_option(&mut self, card: &mut Card) -> Result<(), Problem> {
        match (self.reader.peek(0), self.reader.peek(1)) {
            (TokenKind::Text(_), _) => card.label = Some(Formula::from(self.reader.expression()?).into()),
            (TokenKind::Name(key), TokenKind::Colon) => {
                self.reader.bump();
                self.reader.bump();
                self.reader.skip_blank();
                if key == "then" {
                    card.then = Some(self.reader.name("the name of a card")?);
                } else {
                    card.metadata.push((key.clone(), self.reader.expression()?.into()));
                }
            }
            _ => return Err(self.reader.unexpected("a label in quotes, `then: Card` or `key: value`")),
        }
        Ok(())
    }

    /// Statements up to `end`, which is left; also stops where the next card begins.
    fn statements(&mut self) -> Vec<Statement> {
        let mut statements = Vec::new();
        loop {
            self.reader.skip_blank();
            if self.ends_block() {
                return statements;
            }
            let start = self.reader.index();
            let position = self.reader.position();
            // Comments inside a block belong to its own statements, not to this one.
            let above = self.reader.take_comments();
            match self.statement(position).and_then(|action| self.end_of_statement().map(|()| action)) {
                Ok(action) => {
                    self.reader.trailing_comment();
                    let mut comments = above;
                    comments.append(&mut self.reader.take_comments());
                    statements.push(Statement { comments, position, action });
                }
                Err(problem) => self.recover_item(start, problem),
            }
        }
    }

    /// Whether no statement follows in this block: `end`, the next card, the end of the code.
    fn ends_block(&self) -> bool {
        let at_card = self.reader.is_word("card") && matches!(self.reader.peek(1), TokenKind::Name(_));
        self.reader.is_word("end") || at_card || matches!(self.reader.peek(0), TokenKind::Eof)
    }

    /// The statements of a block inside of the card; its `do` was taken, its `end` is left.
    fn block(&mut self) -> Vec<Statement> {
        if self.depth == DEEPEST {
            return Vec::new();
        }
        self.depth += 1;
        let statements = self.statements();
        self.depth -= 1;
        self.behind = self.reader.index();
        statements
    }

    fn end_of_statement(&self) -> Result<(), Problem> {
        match self.reader.peek(0) {
            TokenKind::Newline | TokenKind::Comment(_) | TokenKind::Eof => Ok(()),
            TokenKind::Name(word) if word == "end" => Ok(()),
            _ => Err(self.reader.unexpected("the end of the line").hint("Write one statement a line.")),
        }
    }

    fn statement(&mut self, position: Position) -> Result<Action, Problem> {
        let variable = match (self.reader.peek(0), self.reader.peek(1)) {
            (TokenKind::Name(name), TokenKind::Equals) => {
                self.reader.bump();
                self.reader.bump();
                self.reader.skip_blank();
                Some(name.clone())
            }
            _ => None,
        };
        let is_call = matches!(self.reader.peek(1), TokenKind::LeftParenthesis);
        if variable.is_none() && is_call && self.reader.is_word("then") {
            return self.then().map(Action::Then);
        }
        let expr = self.reader.expression()?;
        match Call::of(expr, position) {
            Ok(mut call) => {
                call.variable = variable;
                if self.depth == DEEPEST && self.reader.is_word("do") {
                    let problem = Problem::error("syntax", position, "Blocks lie too deep inside each other here.");
                    return Err(problem.hint("Write the statements one after the other."));
                }
                if self.reader.eat_word("do") {
                    call.content = Some(self.block());
                    let is_closed = self.reader.eat_word("end");
                    self.behind = self.reader.index();
                    if !is_closed {
                        let message = format!("The `do` of this `{}` is never closed.", call.name);
                        return Err(Problem::error("open-block", position, message).expected("`end`"));
                    }
                }
                statements::read(call)
            }
            Err(expr) => Ok(statements::read_expression(variable, expr)),
        }
    }

    /// `then(Card when condition)`
    fn then(&mut self) -> Result<Then, Problem> {
        self.reader.bump();
        self.reader.expect(&TokenKind::LeftParenthesis)?;
        self.reader.skip_blank();
        let card = self.reader.name("the name of a card")?;
        self.reader.skip_blank();
        let guard: Option<Expr> = if self.reader.eat_word("when") { Some(self.reader.expression()?) } else { None };
        self.reader.skip_blank();
        self.reader.expect(&TokenKind::RightParenthesis)?;
        Ok(Then { card, guard: guard.map(Formula::from) })
    }
}

/// Prints the code of a cell.
pub(super) fn print(code: &Code, printer: &mut Printer) {
    match &code.wrapper {
        Some(name) => {
            printer.line(&format!("stack {name} do"));
            printer.nested(|printer| print_items(code, printer));
            printer.line("end");
        }
        None => print_items(code, printer),
    }
}

fn print_items(code: &Code, printer: &mut Printer) {
    let mut after_trigger = false;
    for item in &code.items {
        let is_card = matches!(item.kind, ItemKind::Card(_));
        if is_card || !after_trigger {
            printer.gap();
        }
        after_trigger = !is_card;
        printer.comments(&item.comments);
        match &item.kind {
            ItemKind::Trigger(trigger) => match &trigger.condition {
                Some(condition) => print_trigger(&trigger.head(), condition, printer),
                None => printer.line(&trigger.head()),
            },
            ItemKind::Setting(setting) => printer.line(&setting.line()),
            ItemKind::Card(card) => print_card(card, printer),
        }
    }
    if !code.comments.is_empty() {
        printer.gap();
        printer.comments(&code.comments);
    }
}

fn print_trigger(head: &str, condition: &Formula, printer: &mut Printer) {
    let line = format!("{head} when {condition}");
    if printer.column() + line.chars().count() <= Printer::width() {
        printer.line(&line);
    } else {
        printer.line(head);
        printer.value_line("when ", condition, "");
    }
}

fn print_card(card: &Card, printer: &mut Printer) {
    let mut head = format!("card {}", card.name);
    if let Some(label) = &card.label {
        head.push_str(&format!(", {}", label.text));
        for (language, text) in &label.languages {
            head.push_str(&format!(", {language}: {text}"));
        }
    }
    for (key, value) in &card.metadata {
        head.push_str(&format!(", {key}: {value}"));
    }
    let guard = card.guard.as_ref().map(|guard| format!("when {guard}"));
    let then = card.then.as_ref().map(|then| format!("then: {then}"));
    let length = head.chars().count()
        + guard.as_ref().map_or(0, |guard| guard.chars().count() + 1)
        + then.as_ref().map_or(0, |then| then.chars().count() + 2);
    let is_long = printer.column() + length + 3 > Printer::width();
    // Under the name of the card: behind `card `.
    let inside = if is_long { format!("\n{}", " ".repeat(printer.column() + 5)) } else { " ".to_owned() };
    if let Some(guard) = card.guard.as_ref().filter(|_| is_long) {
        head.push_str(&format!(
            "{inside}when {}",
            printer.wrapped(guard, 5, "when ", if then.is_some() { "," } else { " do" })
        ));
    } else if let Some(guard) = guard {
        head.push_str(&format!(" {guard}"));
    }
    if let Some(then) = then {
        head.push_str(&format!(",{inside}{then}"));
    }
    head.push_str(" do");
    printer.line(&head);
    printer.statements(&card.statements, &card.comments);
    printer.line("end");
}
