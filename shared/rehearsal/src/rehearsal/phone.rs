//! What the contact has on the screen: what can be tapped, and the form that can be filled in.

use journey::{Message, Origin};
use serde_json::json;

use super::Tap;
use crate::incoming::{Choice, Incoming, Surface};
use crate::shelf::Shelf;

/// The contact's phone.
#[derive(Debug, Default)]
pub(super) struct Phone {
    /// Every message that had something to tap, the latest last.
    shown: Vec<Vec<Shown>>,
    /// Whether one of the latest was tapped: what is written after that is meant for the next question.
    was_tapped: bool,
    /// The token of the form that was sent last: it comes back with the answers.
    form: Option<String>,
}

/// Something that was shown to tap.
#[derive(Debug)]
struct Shown {
    choice: Choice,
    /// The card it leads to, where that is written in the notebook.
    card: Option<String>,
}

impl Phone {
    /// A message arrives.
    pub(super) fn show(&mut self, message: &Message, origin: &Origin, shelf: &Shelf) {
        let buttons = |on, buttons: &[journey::Choice]| {
            let choice = |button: &journey::Choice| Choice { id: button.id.clone(), title: button.title.clone(), on };
            buttons.iter().map(choice).collect::<Vec<_>>()
        };
        let choices = match message {
            Message::Buttons { buttons: shown, .. } => buttons(Surface::Button, shown),
            Message::Template { buttons: shown, .. } => buttons(Surface::Template, shown),
            Message::List { rows, .. } => {
                let row =
                    |row: &journey::Row| Choice { id: row.id.clone(), title: row.title.clone(), on: Surface::List };
                rows.iter().map(row).collect()
            }
            Message::Flow { token, .. } => {
                self.form = Some(token.clone());
                return;
            }
            Message::Text { .. }
            | Message::Media { .. }
            | Message::RequestLocation { .. }
            | Message::CallToAction { .. }
            | Message::Catalog { .. } => return,
        };
        let mut cards = leads_to(origin, shelf);
        if cards.len() != choices.len() {
            cards.clear(); // a computed list leads to one card, or to none
        }
        let mut cards = cards.into_iter();
        let shown: Vec<Shown> = choices.into_iter().map(|choice| Shown { choice, card: cards.next() }).collect();
        if !shown.is_empty() {
            self.shown.push(shown);
            self.was_tapped = false;
        }
    }

    /// What is visible: the choices of the latest message that has any, whatever came after it.
    pub(super) fn visible(&self) -> impl Iterator<Item = &Choice> {
        self.shown.last().into_iter().flatten().map(|shown| &shown.choice)
    }

    /// The visible choice of this label that a text chooses, while none of them was chosen.
    pub(super) fn labelled(&self, label: &str) -> Option<&Choice> {
        self.visible().find(|choice| !self.was_tapped && is_label(&choice.title, label))
    }

    /// What is meant to be tapped: visible, or further up. `titled` is the title that stands for an id in the present
    /// question.
    pub(super) fn find(&self, tap: Tap<'_>, titled: Option<&str>) -> Option<&Choice> {
        let is_meant = |shown: &&Shown| match tap {
            Tap::Label(label) => is_label(&shown.choice.title, label),
            Tap::Id(_) if titled.is_some() => Some(shown.choice.title.as_str()) == titled,
            Tap::Id(id) => shown.choice.id == id || shown.card.as_ref().is_some_and(|card| plain(card) == plain(id)),
        };
        self.shown.iter().rev().flatten().find(is_meant).map(|shown| &shown.choice)
    }

    /// What is sent, as the phone sends it: the answers of a form come back with the token it was sent with.
    pub(super) fn sends(&mut self, incoming: &Incoming) -> Incoming {
        self.was_tapped |= matches!(incoming, Incoming::Choice(_));
        match (incoming, &self.form) {
            (Incoming::Flow(answers), Some(token)) => {
                let mut answers = answers.clone();
                answers.entry("flow_token").or_insert_with(|| json!(token));
                Incoming::Flow(answers)
            }
            (incoming, _) => incoming.clone(),
        }
    }
}

/// The cards that the choices of a statement lead to, in order.
fn leads_to(origin: &Origin, shelf: &Shelf) -> Vec<String> {
    let Some(book) = shelf.book(origin.journey.as_str()) else { return Vec::new() };
    let mut statements = book.journey.cards().flat_map(|card| &card.statements);
    let statement = statements.find(|statement| statement.position.line == origin.line);
    let names = statement.map(|statement| statement.action.leads_to()).unwrap_or_default();
    names.into_iter().map(str::to_owned).collect()
}

/// Whether somebody means this title: case and spaces around it do not matter.
fn is_label(title: &str, meant: &str) -> bool {
    title.trim().to_lowercase() == meant.trim().to_lowercase()
}

/// The name of a card as it is compared: `ReminderYes` is `reminder_yes`.
fn plain(name: &str) -> String {
    name.replace('_', "").to_lowercase()
}
