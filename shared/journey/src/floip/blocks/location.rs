//! `Io.Turn.WhatsAppRequestLocation`: asks for a place.

use super::super::export::{CardWriter, Draft};
use super::super::import::CardReader;
use super::{Exits, prompt};
use crate::statements::content::Headers;
use crate::statements::{Action, RequestLocation};

pub(super) const KIND: &str = "Io.Turn.WhatsAppRequestLocation";

pub(super) fn export<'a>(request: &'a RequestLocation, card: &mut CardWriter<'_, 'a>) {
    let mut draft = Draft::new(KIND, "request_location");
    draft.name.clone_from(&request.variable);
    prompt::body(request.question.as_ref(), &request.content, Headers::None, None, draft, card);
}

pub(super) fn import(card: &mut CardReader<'_, '_>) -> Exits {
    let (question, content) = prompt::read_question(card);
    let variable = card.variable();
    card.push(Action::RequestLocation(RequestLocation { variable, question, content }));
    Exits::Open
}
