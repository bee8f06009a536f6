//! What the contact has on the screen: what can be tapped, and the form that can be filled in.

use journey::{Message, Origin};
use serde_json::json;

use super::Tap;
use crate::incoming::{Choice, Incoming, Surface};
use crate::shelf::Shelf;

/// The contact's phone.
#[derive(Debug, Default)]
pub(super) struct Phone {
    /// Everything that was ever shown to tap, the latest last.
    shown: Vec<Shown>,
    /// The token of the form that was sent last: it comes back with the answers.
    form: Option<String>,
}

/// Something that was shown to tap.
#[derive(Debug)]
struct Shown {
    /// The event that led to it.
    turn: u64,
    choice: Choice,
    /// The card it leads to, where that is written in the notebook.
    card: Option<String>,
}

impl Phone {
    /// A message arrives.
    pub(super) fn show(&mut self, turn: u64, message: &Message, origin: &Origin, shelf: &Shelf) {
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
        self.shown.extend(choices.into_iter().map(|choice| Shown { turn, choice, card: cards.next() }));
    }

    /// What has this label in the messages that this event led to.
    pub(super) fn shown_in(&self, turn: u64, label: &str) -> Option<&Choice> {
        let is_meant = |shown: &&Shown| shown.turn == turn && normal(&shown.choice.title) == normal(label);
        self.shown.iter().rev().find(is_meant).map(|shown| &shown.choice)
    }

    /// The latest that is meant; `titled` is the title that stands for an id in the present question.
    pub(super) fn find(&self, tap: Tap<'_>, titled: Option<&str>) -> Option<&Choice> {
        let is_meant = |shown: &&Shown| match tap {
            Tap::Label(label) => normal(&shown.choice.title) == normal(label),
            Tap::Id(_) if titled.is_some() => Some(shown.choice.title.as_str()) == titled,
            Tap::Id(id) => shown.choice.id == id || shown.card.as_ref().is_some_and(|card| plain(card) == plain(id)),
        };
        self.shown.iter().rev().find(is_meant).map(|shown| &shown.choice)
    }

    /// What can be tapped in the latest messages that have something to tap.
    pub(super) fn visible(&self) -> impl Iterator<Item = &Choice> {
        let latest = self.shown.last().map(|shown| shown.turn);
        self.shown.iter().filter(move |shown| Some(shown.turn) == latest).map(|shown| &shown.choice)
    }

    /// What is sent, as the phone sends it: the answers of a form come back with the token it was sent with.
    pub(super) fn sends(&self, incoming: &Incoming) -> Incoming {
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

/// A label as it is compared.
fn normal(label: &str) -> String {
    label.trim().to_lowercase()
}

/// The name of a card as it is compared: `ReminderYes` is `reminder_yes`.
fn plain(name: &str) -> String {
    name.replace('_', "").to_lowercase()
}
