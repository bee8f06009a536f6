//! `Io.Turn.WhatsAppSendFlow`: a form inside WhatsApp.

use super::super::export::{CardWriter, Draft};
use super::super::formulas::{expression, template};
use super::super::import::CardReader;
use super::{Exits, prompt};
use crate::statements::content::Headers;
use crate::statements::{Action, WhatsappFlow};

pub(super) const KIND: &str = "Io.Turn.WhatsAppSendFlow";

pub(super) fn export<'a>(flow: &'a WhatsappFlow, card: &mut CardWriter<'_, 'a>) {
    let button = card.show_words(&flow.button);
    let mut draft = Draft::new(KIND, "whatsapp_flow").with("flow_id", template(&flow.flow)).with("button", button);
    draft.name.clone_from(&flow.variable);
    let draft = draft.with_some("screen", flow.screen.as_ref().map(template));
    let draft = draft.with_some("data", flow.data.as_ref().map(|data| expression(data)));
    prompt::body(None, &flow.content, Headers::Any, None, draft, card);
}

pub(super) fn import(card: &mut CardReader<'_, '_>) -> Exits {
    let (content, _) = prompt::read(card);
    let (flow, button) = (card.template("flow_id"), card.words("button"));
    let (Some(flow), Some(button)) = (flow, button) else {
        card.not_imported();
        return Exits::Open;
    };
    let (screen, data) = (card.template("screen"), card.expression("data"));
    let variable = card.variable();
    card.push(Action::WhatsappFlow(WhatsappFlow { variable, flow, button, screen, data, content }));
    Exits::Open
}
