//! `Io.Turn.WhatsAppCallToAction`: a button that opens a web page.

use super::super::export::{CardWriter, Draft};
use super::super::formulas::template;
use super::super::import::CardReader;
use super::{Exits, prompt};
use crate::statements::content::Headers;
use crate::statements::{Action, CallToAction};

pub(super) const KIND: &str = "Io.Turn.WhatsAppCallToAction";

pub(super) fn export<'a>(call: &'a CallToAction, card: &mut CardWriter<'_, 'a>) {
    let button = card.show_words(&call.button);
    let draft = Draft::new(KIND, "call_to_action").named(card.name("call_to_action"));
    prompt::body(
        None,
        &call.content,
        Headers::Any,
        None,
        draft.with("button", button).with("url", template(&call.url)),
        card,
    );
}

pub(super) fn import(card: &mut CardReader<'_, '_>) -> Exits {
    let (content, _) = prompt::read(card);
    match (card.words("button"), card.template("url")) {
        (Some(button), Some(url)) => card.push(Action::CallToAction(CallToAction { button, url, content })),
        _ => card.not_imported(),
    }
    Exits::Open
}
