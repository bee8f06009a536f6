//! Code cells: triggers, settings, cards and their statements.

use std::collections::HashMap;

use expression::lexer::{NEVER_CLOSED, Token, TokenKind, tokenize};
use expression::{BinaryOperator, Expr, ExprKind, Name, Span, SyntaxError, nearest};

use super::call::Call;
use super::habits::{FOREIGN, IF_ADVICE, goes_on_name, has_statement_in_if, is_word, name_of};
use super::items;
use super::reader::{LONGEST_BLOCK, Lines, Reader};
use crate::model::{Card, Code, Formula, Item, ItemKind, Setting, Trigger, TriggerEvent, is_language};
use crate::problem::{Position, Problem, sentence};
use crate::statements::{self, Action, Extra, Read, Statement, Then};

/// Reads one code cell that begins at byte `offset` of the notebook.
pub(super) fn parse(source: &str, offset: usize, lines: &Lines<'_>, problems: &mut Vec<Problem>) -> Code {
    let (mut tokens, errors) = tokenize(source);
    drop_at_signs(&mut tokens);
    let reader = Reader::new(&tokens, offset, lines);
    // A text that is never closed swallows the rest of the code: that the rest is missing needs no saying.
    let end = tokens.iter().rev().nth(1).map(|token| token.span);
    let is_cut =
        errors.iter().any(|error| end.is_some_and(|end| end.start == error.span.start && end.end == source.len()));
    let is_open = |error: &SyntaxError| error.message == NEVER_CLOSED;
    let open_texts =
        errors.iter().filter(|error| is_open(error)).map(|error| reader.position_of(error.span).line).collect();
    let unreadable: Vec<Problem> = errors.into_iter().map(|error| reader.problem(error)).collect();
    let mut found = Vec::new();
    let parser = CodeParser {
        reader,
        problems: &mut found,
        code: Code::default(),
        card: None,
        depth: 0,
        behind: 0,
        searched: 0,
        braces: 0,
        open_cards: 0,
        open_texts,
    };
    let code = parser.run();
    // What cannot be read leaves a gap, which the rest of its line may not fit.
    let gaps: HashMap<u32, u32> = unreadable.iter().rev().map(|gap| (gap.line, gap.column)).collect();
    let follows_gap = |problem: &Problem| {
        problem.code == "syntax" && gaps.get(&problem.line).is_some_and(|column| *column <= problem.column)
    };
    found.retain(|problem| !follows_gap(problem));
    if is_cut {
        let cut = end.map_or(u32::MAX, |end| lines.position(offset + end.start).line);
        found.retain(|problem| problem.line < cut && !matches!(problem.code, "open-card" | "open-block"));
    }
    problems.extend(unreadable);
    problems.append(&mut found);
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
    /// The token up to which blocks of other languages were searched for statements.
    searched: usize,
    /// How many blocks are open that begin with `{`, which is a mistake.
    braces: usize,
    /// How many cards were not closed: their `end` may come after the cards inside of them.
    open_cards: usize,
    /// The lines of texts that are never closed: with their statements more is missing than can be told.
    open_texts: Vec<u32>,
}

/// How many blocks may be open inside of each other; those that say something have one.
const DEEPEST: usize = 20;

/// Whether nothing here is called so, and nothing nearly so.
fn is_strange(name: &str) -> bool {
    let belongs_into_card = statements::is_statement(name)
        || statements::is_function(name)
        || FOREIGN.iter().any(|(word, _)| *word == name);
    !belongs_into_card && nearest(name, &items()).is_none()
}

/// What stands at the top level of code.
fn items() -> Vec<&'static str> {
    Setting::NAMES.iter().chain(&["card", "trigger"]).copied().collect()
}

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
                Some("end") if self.code.wrapper.is_some() || self.open_cards > 0 => {
                    self.open_cards = self.open_cards.saturating_sub(1);
                    self.reader.bump();
                    Ok(None)
                }
                Some("end") => {
                    let hint = "Remove it, or write the `do` it belongs to.";
                    Err(self.reader.unexpected(AN_ITEM).hint(hint))
                }
                Some("trigger") if is_call => self.trigger(position).map(Some),
                // Another platform may have settings that are not known here; what belongs into a card is none.
                Some(name) if is_call && (Setting::NAMES.contains(&name) || is_strange(name)) => {
                    self.setting(position).map(Some)
                }
                Some("card") => self.card(position).map(|card| Some(ItemKind::Card(card).into())),
                word => {
                    let meant = word.and_then(|word| nearest(word, &items()));
                    let hint = meant.map(|meant| format!("Did you mean `{meant}`?"));
                    Err(Problem { hint, ..self.reader.unexpected(AN_ITEM) })
                }
            };
            match item {
                Ok(Some(item)) => {
                    // Behind the `end` of a card a comment stays below it.
                    if !matches!(item.kind, ItemKind::Card(_)) {
                        self.reader.trailing_comment();
                    }
                    let comments = self.reader.take_comments();
                    self.code.items.push(Item { comments, position, ..item });
                }
                Ok(None) => {}
                Err(problem) => self.recover_item(start, problem),
            }
            self.report_mistakes();
            self.card = None;
        }
        self.code.comments = self.reader.take_comments();
        self.code
    }

    fn report(&mut self, mut problem: Problem) {
        problem.card = problem.card.or_else(|| self.card.clone());
        self.problems.push(problem);
    }

    /// Reports what was wrong and could be read all the same.
    fn report_mistakes(&mut self) {
        for mistake in self.reader.take_mistakes() {
            self.report(mistake);
        }
    }

    /// Reports a mistake in what began at token `start`, and gives the line to go on from. What follows from a text that
    /// is never closed is not told.
    fn report_in(&mut self, start: usize, problem: Problem) -> u32 {
        let lines = self.reader.line_of(start)..=problem.line;
        match self.open_texts.iter().find(|line| lines.contains(line)) {
            Some(line) if problem.code == "syntax" => *line,
            _ => {
                let line = problem.line;
                self.report(problem);
                line
            }
        }
    }

    /// Reports a mistake and skips what could not be read, with its `do … end` if it has one; mistakes inside that are
    /// reported too.
    fn recover_item(&mut self, start: usize, problem: Problem) {
        let line = self.report_in(start, problem);
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
    fn trigger(&mut self, position: Position) -> Result<Item, Problem> {
        let mut call = self.call(position)?;
        let condition = if self.reader.next_word() == Some("when") {
            self.reader.skip_blank();
            self.reader.bump();
            Some(self.condition())
        } else {
            None
        };
        let event = items::trigger_event(&mut call);
        let global = match call.named_flag("global") {
            Ok(global) => global,
            Err(problem) => {
                self.report(problem);
                false
            }
        };
        // Why it is not clear is said once, by the compiler.
        let extra = match event {
            TriggerEvent::Unclear => call.into_extra(),
            _ => self.finish(call),
        };
        Ok(Item { extra, ..ItemKind::Trigger(Trigger { event, global, condition, position }).into() })
    }

    /// `interaction_timeout(300)`, `ai_auto_memory(false)` and the others.
    fn setting(&mut self, position: Position) -> Result<Item, Problem> {
        let mut call = self.call(position)?;
        let (setting, problem) = items::setting(&mut call);
        let extra = match problem {
            Some(problem) => {
                self.report(problem);
                call.into_extra()
            }
            None => self.finish(call),
        };
        Ok(Item { extra, ..ItemKind::Setting(setting).into() })
    }

    /// What is left of a call that was read, which is told.
    fn finish(&mut self, call: Call) -> Option<Box<Extra>> {
        let (extra, problems) = call.finish();
        problems.into_iter().for_each(|problem| self.report(problem));
        extra
    }

    fn call(&mut self, position: Position) -> Result<Call, Problem> {
        let expr = self.reader.expression()?;
        Call::of(expr, position).map_err(|expr| Problem::error("syntax", position, format!("`{expr}` is not a call.")))
    }

    /// A condition behind `when`. For one that cannot be read stands something nothing is certain of, so that what is
    /// said of the journey does not follow from the mistake.
    fn condition(&mut self) -> Formula {
        let start = self.reader.index();
        let error = match self.reader.expression() {
            Ok(condition) => return condition.into(),
            Err(error) => error,
        };
        let unread = self.unread(start);
        let line = self.report_in(start, error);
        self.reader.recover(start, line);
        unread
    }

    /// What stands for the condition that begins at token `start` and cannot be read.
    fn unread(&self, start: usize) -> Formula {
        let item = Expr::new(ExprKind::Text(format!("condition {start}").into()), Span::default());
        let list = Expr::new(ExprKind::Name(Name::new("event")), Span::default());
        let kind = ExprKind::Binary { operator: BinaryOperator::In, left: Box::new(item), right: Box::new(list) };
        Expr::new(kind, Span::default()).into()
    }

    /// `card Name, "Label", key: value when guard, then: Next do … end`
    fn card(&mut self, position: Position) -> Result<Card, Problem> {
        self.reader.bump();
        let mut card = Card { position, ..Card::named(&self.card_name("the name of the card")?) };
        self.card = Some(card.name.clone());
        // Comments above the card stay with it, those inside go to its statements.
        let above = self.reader.take_comments();
        let braces = std::mem::take(&mut self.braces);
        self.card_header(&mut card);
        self.report_mistakes();
        let known = self.problems.len();
        card.statements = self.statements();
        card.comments = self.reader.take_comments();
        // One `end` that is missing is one mistake: that of the inner block.
        let is_open_inside = self.problems.iter().skip(known).any(|problem| problem.code == "open-block");
        if !self.closes_block() && !is_open_inside {
            let message = format!("The card `{}` is never closed.", card.name);
            let problem = Problem::error("open-card", position, message).expected("`end`");
            let hint = match (self.reader.is_word("card"), self.reader.word_ahead(1)) {
                (true, Some(next)) => format!("Write `end` after its last statement, before the card `{next}`."),
                _ => "Write `end` after its last statement.".to_owned(),
            };
            self.open_cards += 1;
            self.report(problem.hint(hint));
        }
        self.braces = braces;
        self.reader.put_comments(above);
        Ok(card)
    }

    /// The name of a card. One that is not written as names are is told, and read as the name it may have been meant for.
    fn card_name(&mut self, what: &str) -> Result<String, Problem> {
        let position = self.reader.position();
        if let TokenKind::Text(text) = self.reader.peek(0) {
            let Some(name) = name_of(text) else { return Err(self.reader.unexpected(what)) };
            self.reader.bump();
            let problem = Problem::error("syntax", position, "The name of a card stands without quotes.");
            self.report(problem.hint(format!("Write `{name}`.")));
            return Ok(name);
        }
        let mut name = match self.reader.peek(0) {
            TokenKind::Int(number) => {
                self.reader.bump();
                number.to_string()
            }
            _ => self.reader.name(what)?,
        };
        loop {
            let is_hyphen = self.reader.peek(0) == &TokenKind::Minus;
            let part = self.reader.peek(usize::from(is_hyphen));
            let after = self.reader.peek(usize::from(is_hyphen) + 1);
            match part {
                TokenKind::Name(word) if goes_on_name(word, after) => {
                    name.push(' ');
                    name.push_str(word);
                }
                TokenKind::Int(number) => name.push_str(&format!(" {number}")),
                _ => break,
            }
            if is_hyphen {
                self.reader.bump();
            }
            self.reader.bump();
        }
        if is_word(&name) {
            return Ok(name);
        }
        let written = name_of(&name).unwrap_or(name);
        let message = "The name of a card is one word: letters, digits and `_`, with a letter first.";
        self.report(Problem::error("syntax", position, message).hint(format!("Write `{written}`.")));
        Ok(written)
    }

    /// What stands between the name of a card and its statements, with the `do`.
    fn card_header(&mut self, card: &mut Card) {
        let mut is_wrong = false;
        loop {
            let start = self.reader.index();
            let part = match (self.reader.next_word(), self.reader.peek(0)) {
                (Some("do"), _) => {
                    self.reader.skip_blank();
                    self.reader.bump();
                    break;
                }
                (_, TokenKind::LeftBrace) => {
                    self.opens_block();
                    break;
                }
                (Some("when"), _) => {
                    self.reader.skip_blank();
                    self.guard(card)
                }
                (_, TokenKind::Comma) => {
                    self.reader.bump();
                    self.reader.skip_blank();
                    self.card_option(card)
                }
                (_, TokenKind::Name(word)) if word == "then" && self.reader.peek(1) == &TokenKind::LeftParenthesis => {
                    self.card_option(card)
                }
                (_, TokenKind::Name(_)) if self.reader.peek(1) == &TokenKind::Colon => {
                    self.report(self.reader.unexpected("`,`").hint("Write a comma before it."));
                    is_wrong = true;
                    self.card_option(card)
                }
                _ => {
                    let hint = match self.reader.word_ahead(0).and_then(|word| nearest(word, &["do", "when", "then"])) {
                        Some(meant) => Some(format!("Did you mean `{meant}`?")),
                        None => self.reader.peek(0).advice().map(|advice| sentence(advice.to_owned())),
                    };
                    let expected = "`do`, `when`, or `,` and an option such as `then: Card`";
                    if let Some(guard) = &mut card.guard {
                        *guard = self.unread(start);
                    }
                    Err(Problem { hint, ..self.reader.unexpected(expected) })
                }
            };
            if let Err(problem) = part {
                // A mistake before it may be why the `do` was not found.
                let is_end = matches!(self.reader.peek(0), TokenKind::Newline | TokenKind::Comment(_) | TokenKind::Eof);
                if !(is_wrong && is_end && self.reader.index() == start) {
                    self.report_in(start, problem);
                }
                is_wrong = true;
                if !self.reader.recover_head(start) {
                    break;
                }
            }
        }
        // Keys named after languages say what the label is called in them.
        if let Some(label) = &mut card.label {
            let (languages, others) =
                std::mem::take(&mut card.metadata).into_iter().partition(|(key, _)| is_language(key));
            (label.languages, card.metadata) = (languages, others);
        }
    }

    /// `when condition`
    fn guard(&mut self, card: &mut Card) -> Result<(), Problem> {
        let position = self.reader.position();
        self.reader.bump();
        let start = self.reader.index();
        let guard = self.reader.expression();
        if card.guard.is_some() {
            self.report(twice(position, "`when`").hint("Join both conditions with `and`."));
            return guard.map(drop);
        }
        card.guard = Some(guard.as_ref().map_or_else(|_| self.unread(start), |guard| guard.clone().into()));
        guard.map(drop)
    }

    /// What follows a comma: a label, `then: Name` or `key: value`.
    fn card_option(&mut self, card: &mut Card) -> Result<(), Problem> {
        let position = self.reader.position();
        match (self.reader.peek(0), self.reader.peek(1)) {
            (TokenKind::Text(_), _) => {
                let label = self.reader.expression()?;
                if card.label.is_some() {
                    self.report(twice(position, "a label").hint("Remove one of them."));
                } else {
                    card.label = Some(Formula::from(label).into());
                }
            }
            (TokenKind::Name(key), TokenKind::Colon) => {
                self.reader.bump();
                self.reader.bump();
                self.reader.skip_blank();
                if key == "then" {
                    let then = self.card_name("the name of a card")?;
                    self.lead_on(card, then, position);
                    return Ok(());
                }
                let is_place = matches!(self.reader.peek(0), TokenKind::Name(_));
                if key == "on_timeout" && is_place && card.on_timeout.is_none() {
                    card.on_timeout = Some(self.card_name("the name of a card")?);
                    return Ok(());
                }
                let value = Formula::from(self.reader.expression()?);
                if let ("timeout", ExprKind::Int(seconds), None) = (key.as_str(), &value.kind, card.timeout) {
                    card.timeout = u32::try_from(*seconds).ok().filter(|seconds| *seconds > 0);
                    if card.timeout.is_some() {
                        return Ok(());
                    }
                }
                // That a language is there twice is found when the journey is compiled.
                if card.metadata.iter().any(|(other, _)| other == key) && !is_language(key) {
                    let message = format!("The card has `{key}:` already.");
                    self.report(Problem::warning("unknown-option", position, message).hint("Remove one of them."));
                }
                if let Some(expected) = expected_of(key) {
                    let message = format!("`{key}: {value}` says nothing here.");
                    let problem = Problem::warning("unknown-option", position, message);
                    self.report(problem.hint(format!("Write {expected}, and only once.")));
                }
                let options: &[&str] =
                    if value.as_name().is_some() { &["then", "on_timeout"] } else { &["version", "code_generator"] };
                if let Some(meant) = nearest(key, options).filter(|meant| meant != key) {
                    let message = format!("Cards have no `{key}:` that means anything.");
                    let problem = Problem::warning("unknown-option", position, message);
                    self.report(problem.hint(format!("Did you mean `{meant}:`?")));
                }
                card.metadata.push((key.clone(), value));
            }
            // As statements have it: `then(Card)`.
            (TokenKind::Name(word), TokenKind::LeftParenthesis) if word == "then" => {
                self.reader.bump();
                self.reader.bump();
                self.reader.skip_blank();
                let then = self.card_name("the name of a card")?;
                self.reader.skip_blank();
                self.reader.expect(&TokenKind::RightParenthesis)?;
                self.lead_on(card, then, position);
            }
            _ => return Err(self.reader.unexpected("a label in quotes, `then: Card` or `key: value`")),
        }
        Ok(())
    }

    /// `then: Card`
    fn lead_on(&mut self, card: &mut Card, then: String, position: Position) {
        if card.then.is_some() {
            let hint = "Only one card can follow; write `then(Card when …)` where it depends on something.";
            self.report(twice(position, "`then:`").hint(hint));
        } else {
            card.then = Some(then);
        }
    }

    /// Takes the `do` of a block; also `{`, which is reported.
    fn opens_block(&mut self) -> bool {
        if self.reader.peek(0) == &TokenKind::LeftBrace {
            let hint = "Write `do` and `end` in place of `{` and `}`.";
            self.report(self.reader.unexpected("`do`").hint(hint));
            self.reader.bump();
            self.braces += 1;
            return true;
        }
        self.reader.eat_word("do")
    }

    /// Takes the `end` of a block, or the `}` of one that began with `{`.
    fn closes_block(&mut self) -> bool {
        if self.braces > 0 && self.reader.eat(&TokenKind::RightBrace) {
            self.braces -= 1;
            return true;
        }
        self.reader.eat_word("end")
    }

    /// Statements up to `end`, which is left; also stops where the next card begins.
    fn statements(&mut self) -> Vec<Statement> {
        let mut statements = Vec::new();
        loop {
            self.reader.skip_blank();
            if self.ends_block() {
                return statements;
            }
            if self.misplaced() {
                continue;
            }
            let start = self.reader.index();
            let position = self.reader.position();
            // Comments inside a block belong to its own statements, not to this one.
            let above = self.reader.take_comments();
            match self.statement(position).and_then(|read| self.end_of_statement().map(|()| read)) {
                Ok(Read { action, extra, problems }) => {
                    problems.into_iter().for_each(|problem| self.report(problem));
                    self.reader.trailing_comment();
                    let mut comments = above;
                    comments.append(&mut self.reader.take_comments());
                    statements.push(Statement { comments, position, extra, action });
                }
                Err(problem) => self.recover_item(start, problem),
            }
            self.report_mistakes();
        }
    }

    /// Reports and steps over what is no statement of a card: triggers and settings, which stand outside of cards, and the
    /// blocks of other languages.
    fn misplaced(&mut self) -> bool {
        let (start, position) = (self.reader.index(), self.reader.position());
        let Some(word) = self.reader.word_ahead(0) else { return false };
        let is_call = self.reader.peek(1) == &TokenKind::LeftParenthesis;
        if is_call && (word == "trigger" || Setting::NAMES.contains(&word)) {
            let problem = Problem::error("syntax", position, format!("`{word}` cannot stand in a card."));
            self.report(problem.hint("Write it above the first card."));
            let item = match word {
                "trigger" => self.trigger(position),
                _ => self.setting(position),
            };
            match item {
                Ok(item) => self.code.items.push(Item { position, ..item }),
                Err(problem) => self.recover_item(start, problem),
            }
            return true;
        }
        // A variable may be called so.
        let is_variable = self.reader.peek(1) == &TokenKind::Equals;
        let foreign = FOREIGN.iter().find(|(foreign, _)| *foreign == word && !is_variable);
        let Some((_, advice)) = foreign else { return false };
        let last = self.reader.rest_of_line().saturating_sub(1);
        let is_then = |ahead: usize| {
            self.reader.word_ahead(ahead) == Some("then") && self.reader.peek(ahead + 1) == &TokenKind::LeftParenthesis
        };
        let (is_block, is_line) = match self.reader.peek(last) {
            TokenKind::Name(word) => (last > 0 && word == "do", false),
            TokenKind::LeftBrace => (true, false),
            TokenKind::Colon => (false, true),
            _ => (false, (1..last).any(is_then)),
        };
        let is_known = start < self.searched;
        let has_statements = !is_known && self.reader.skip_block();
        let end = self.reader.index();
        if is_block && !is_known {
            self.searched = if end > start { end } else { start + LONGEST_BLOCK };
        }
        // `if` is known, as a value.
        if !(has_statements || is_line || (is_block && word != "if")) {
            self.reader.go_to(start);
            return false;
        }
        if is_line || end == start {
            self.reader.go_to(start + last + 1);
        }
        self.behind = self.reader.index();
        let message = match word {
            "if" => "Statements cannot stand in `if`.".to_owned(),
            _ => format!("There is no `{word}`."),
        };
        self.report(Problem::error("syntax", position, message).hint(*advice));
        true
    }

    /// Whether no statement follows in this block: `end`, the next card, the end of the code.
    fn ends_block(&self) -> bool {
        let at_card = self.reader.is_word("card") && matches!(self.reader.peek(1), TokenKind::Name(_));
        let at_brace = self.braces > 0 && self.reader.peek(0) == &TokenKind::RightBrace;
        self.reader.is_word("end") || at_card || at_brace || matches!(self.reader.peek(0), TokenKind::Eof)
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
            TokenKind::RightBrace if self.braces > 0 => Ok(()),
            _ => Err(self.reader.unexpected("the end of the line").hint("Write one statement a line.")),
        }
    }

    fn statement(&mut self, position: Position) -> Result<Read, Problem> {
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
            return self.then().map(|then| Action::Then(then).into());
        }
        if variable.is_none() {
            self.refuse_assignment(position)?;
        }
        let expr = self.reader.expression()?;
        if has_statement_in_if(&expr) {
            self.behind = self.reader.index();
            return Err(Problem::error("syntax", position, "Statements cannot stand in `if`.").hint(IF_ADVICE));
        }
        match Call::of(expr, position) {
            Ok(mut call) => {
                call.variable = variable;
                if call.name == "delete" && call.is_to_web() {
                    let problem = Problem::error("syntax", position, "`delete` calls no web service.");
                    return Err(problem.hint("Web services are called with `get`, `post`, `put` and `patch`."));
                }
                if self.depth == DEEPEST && self.reader.is_word("do") {
                    let problem = Problem::error("syntax", position, "Blocks lie too deep inside each other here.");
                    return Err(problem.hint("Write the statements one after the other."));
                }
                if self.opens_block() {
                    call.content = Some(self.block());
                    let is_closed = self.closes_block();
                    self.behind = self.reader.index();
                    if !is_closed {
                        let message = format!("The `do` of this `{}` is never closed.", call.name);
                        return Err(Problem::error("open-block", position, message).expected("`end`"));
                    }
                }
                Ok(statements::read(call))
            }
            Err(expr) => Ok(statements::read_expression(variable, expr).into()),
        }
    }

    /// `contact.name = "x"`: only a variable can be set so.
    fn refuse_assignment(&self, position: Position) -> Result<(), Problem> {
        let mut path = match self.reader.peek(0) {
            TokenKind::Name(name) => name.clone(),
            _ => return Ok(()),
        };
        let mut ahead = 1;
        let mut last = "";
        while let (TokenKind::Dot, TokenKind::Name(field)) = (self.reader.peek(ahead), self.reader.peek(ahead + 1)) {
            path.push('.');
            path.push_str(field);
            last = field;
            ahead += 2;
        }
        if last.is_empty() || self.reader.peek(ahead) != &TokenKind::Equals {
            return Ok(());
        }
        let hint = match path.strip_prefix("contact.") {
            Some(field) if field == last => format!("Write `update_contact({field}: …)`."),
            _ => "Keep the value in a variable with a name of its own.".to_owned(),
        };
        Err(Problem::error("syntax", position, format!("`{path}` cannot be set as a variable is.")).hint(hint))
    }

    /// `then(Card when condition)`
    fn then(&mut self) -> Result<Then, Problem> {
        self.reader.bump();
        self.reader.expect(&TokenKind::LeftParenthesis)?;
        self.reader.skip_blank();
        let card = self.card_name("the name of a card")?;
        self.reader.skip_blank();
        let mut guard = None;
        if self.reader.eat_word("when") {
            let start = self.reader.index();
            let condition = self.reader.expression();
            self.reader.skip_blank();
            match condition.and_then(|condition| self.reader.expect(&TokenKind::RightParenthesis).map(|()| condition)) {
                Ok(condition) => guard = Some(condition.into()),
                // Where it leads to is known all the same.
                Err(problem) => {
                    guard = Some(self.unread(start));
                    let line = self.report_in(start, problem);
                    self.reader.recover(start, line);
                }
            }
            return Ok(Then { card, guard });
        }
        self.reader.skip_blank();
        self.reader.expect(&TokenKind::RightParenthesis)?;
        Ok(Then { card, guard })
    }
}

/// What an option of a card that has a meaning takes.
fn expected_of(key: &str) -> Option<&'static str> {
    match key {
        "timeout" => Some("a number of seconds, such as `timeout: 300`"),
        "on_timeout" => Some("the name of a card, such as `on_timeout: Late`"),
        _ => None,
    }
}

/// That a part of a card's head is there for the second time.
fn twice(position: Position, what: &str) -> Problem {
    Problem::error("syntax", position, format!("The card has {what} already."))
}
