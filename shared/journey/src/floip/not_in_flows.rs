//! What of a journey is not in its flow, so that other programs miss it.

use std::collections::HashSet;

use super::defaults;
use crate::compiler::DEFAULT_INTERACTION_TIMEOUT;
use crate::model::{Card, Cell, Content, ItemKind, Journey, Setting, Sheet, SheetKind};
use crate::problem::{Position, Problem};
use crate::statements::{Action, Statement};

/// What other programs do not see of a journey when it is exported: it is kept in the vendor metadata only, or in a block
/// that only this program reads. All of them are warnings.
#[must_use]
pub fn not_in_flows(journey: &Journey) -> Vec<Problem> {
    let cards = journey.cards().map(|card| card.name.as_str()).collect();
    let mut missing = Missing { cards, problems: Vec::new() };
    for cell in &journey.cells {
        missing.cell(cell);
    }
    missing.choices(journey);
    // Cards of one name without a default are completed with a line in the log.
    for card in defaults::missing(journey) {
        let message = format!("Other programs see a card `{}` without a condition that writes to the log.", card.name);
        missing.add(card.position, Some(&card), message, "Write the card for when no condition holds.");
    }
    if journey.cells.iter().any(|cell| cell.place.is_some()) {
        let message = "Where the cells stand on the canvas is not in a flow.".to_owned();
        missing.add(Position::default(), None, message, "Other programs place the blocks anew.");
    }
    missing.problems
}

struct Missing<'a> {
    /// The names of the cards.
    cards: HashSet<&'a str>,
    problems: Vec<Problem>,
}

impl Missing<'_> {
    fn cell(&mut self, cell: &Cell) {
        match &cell.content {
            Content::Note(note) => {
                let line = note.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
                let start: String = line.chars().take(40).collect();
                let message = format!("The note `{}` is not in a flow.", start.trim());
                self.add(Position::default(), None, message, "Give it along by other means.");
            }
            Content::Sheet(sheet) => self.sheet(sheet),
            Content::Code(code) => {
                for item in &code.items {
                    match &item.kind {
                        ItemKind::Trigger(trigger) => {
                            let message = format!("`{}` is not in a flow.", trigger.head());
                            self.add(item.position, None, message, "Set up there what starts the flow.");
                        }
                        ItemKind::Setting(setting) => self.setting(setting, item.position),
                        ItemKind::Card(card) => self.card(card),
                    }
                }
                let comments = code.items.iter().any(|item| !item.comments.is_empty()) || !code.comments.is_empty();
                if comments {
                    let message = "Comments are not in a flow.".to_owned();
                    self.add(Position::default(), None, message, "Give them along by other means.");
                }
            }
        }
    }

    /// Cards of one name.
    fn choices(&mut self, journey: &Journey) {
        let mut names: HashSet<&str> = HashSet::new();
        for card in journey.cards().filter(|card| card.guard.is_some()) {
            if names.insert(&card.name) {
                let message =
                    format!("That the cards `{}` are one with several conditions is not in a flow.", card.name);
                self.add(card.position, Some(card), message, "Other programs see a block that chooses between others.");
            }
        }
    }

    fn sheet(&mut self, sheet: &Sheet) {
        let (what, read) = match sheet.kind {
            SheetKind::Dictionary => ("dictionary", "items"),
            SheetKind::Table => ("table", "rows"),
        };
        let message = format!("The {what} `{}` is not in a flow.", sheet.name);
        let hint =
            format!("Whatever reads `{}.{read}` finds nothing there; put the values into the cards.", sheet.name);
        self.add(sheet.position, None, message, &hint);
    }

    fn setting(&mut self, setting: &Setting, position: Position) {
        let hint = match setting {
            // A flow has its language, and how long it waits.
            Setting::Language(_) | Setting::InteractionTimeout { then: None, .. } => return,
            Setting::InteractionTimeout { then: Some(_), .. } => {
                "The flow ends there after that time; no block leads to the card."
            }
            Setting::ClaimTimeout(seconds) if *seconds == DEFAULT_INTERACTION_TIMEOUT => return,
            Setting::ClaimTimeout(_) => "Other programs have a time of their own.",
            Setting::InvalidInput { .. } => "Write `then:` on the cards that ask, and it is in the flow.",
            Setting::AiAutoMemory(_) | Setting::Other { .. } => "Other programs have settings of their own.",
        };
        self.add(position, None, format!("`{}` is not in a flow.", setting.line()), hint);
    }

    fn card(&mut self, card: &Card) {
        if card.statements.is_empty() && card.guard.is_none() {
            let message =
                "A card that does nothing is not in a flow: what leads to it leads to the next one.".to_owned();
            self.add(card.position, Some(card), message, "Nothing is lost by that but the name.");
        }
        if card.timeout.is_some() || card.on_timeout.is_some() {
            let message = "How long its questions wait, and where that leads, is not in a flow.".to_owned();
            self.add(card.position, Some(card), message, "The flow ends there after the time of all its questions.");
        }
        self.ways(card, card.position, card.then.as_deref());
        for statement in &card.statements {
            self.ways(card, statement.position, statement.action.leads_to());
            self.extra(card, statement);
            if let Some(what) = only_here(&statement.action) {
                let message = format!("`{what}` is a block that other programs do not know.");
                self.add(statement.position, Some(card), message, "Tell there what should happen instead.");
            }
            match &statement.action {
                Action::Text(text) => {
                    for (option, _) in &text.options {
                        let message = format!("`{option}:` of a text is not in a flow.");
                        self.add(statement.position, Some(card), message, "Other programs see the text alone.");
                    }
                }
                Action::SendMessageTemplate(send) if send.has_parts_of_its_own() => {
                    let message =
                        "What fills its header and buttons, and the names of its parameters, is not in a flow.";
                    let hint = "Other programs see its language, its media and its parameters in their order.";
                    self.add(statement.position, Some(card), message.to_owned(), hint);
                }
                _ => {}
            }
        }
        if !card.comments.is_empty()
            || card.statements.iter().any(|statement: &Statement| !statement.comments.is_empty())
        {
            let message = "Its comments are not in a flow.".to_owned();
            self.add(card.position, Some(card), message, "Give them along by other means.");
        }
    }

    /// Ways to cards that are not there.
    fn ways<'c>(&mut self, card: &Card, position: Position, to: impl IntoIterator<Item = &'c str>) {
        for to in to {
            if !self.cards.contains(to) {
                let message = format!("The way to the card `{to}`, which is not there, is not in a flow.");
                self.add(position, Some(card), message, "The flow ends there.");
            }
        }
    }

    /// What a statement was written with that it does not know.
    fn extra(&mut self, card: &Card, statement: &Statement) {
        let Some(extra) = &statement.extra else { return };
        let named = extra.options.iter().map(|(name, _)| format!("{name}:"));
        for argument in extra.arguments.iter().map(ToString::to_string).chain(named) {
            let message = format!("`{argument}` of a statement that does not know it is not in a flow.");
            self.add(statement.position, Some(card), message, "It means nothing here either.");
        }
    }

    fn add(&mut self, position: Position, card: Option<&Card>, message: String, hint: &str) {
        let problem = Problem::warning("not-in-flows", position, message).hint(hint);
        self.problems.push(match card {
            Some(card) => problem.card(card.name.clone()),
            None => problem,
        });
    }
}

/// What a statement is called that becomes a block of ours.
fn only_here(action: &Action) -> Option<&str> {
    Some(match action {
        Action::Experiment(_) => "experiment",
        Action::MarkAsRead(_) => "mark_as_read",
        Action::ShowTyping(_) => "show_typing",
        Action::HandOver(_) => "hand_over",
        Action::CullData(_) => "cull_data",
        Action::Header(_) => "header",
        Action::Footer(_) => "footer",
        Action::UpdateContact(update) if update.fields.is_empty() => "update_contact",
        Action::Call(call) => &call.name,
        _ => return None,
    })
}
