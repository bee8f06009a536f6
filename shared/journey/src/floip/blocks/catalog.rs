//! `Io.Turn.WhatsAppCatalog`: the organisation's catalogue.

use super::super::export::{CardWriter, Draft};
use super::super::formulas::template;
use super::super::import::CardReader;
use super::{Exits, prompt};
use crate::statements::content::Headers;
use crate::statements::{Action, Catalog};

pub(super) const KIND: &str = "Io.Turn.WhatsAppCatalog";

pub(super) fn export<'a>(catalog: &'a Catalog, card: &mut CardWriter<'_, 'a>) {
    let draft = Draft::new(KIND, "catalog").named(card.name("catalog"));
    let draft = draft.with_some("product", catalog.product.as_ref().map(template));
    prompt::body(None, &catalog.content, Headers::None, None, draft, card);
}

pub(super) fn import(card: &mut CardReader<'_, '_>) -> Exits {
    let (content, _) = prompt::read(card);
    let product = card.template("product");
    card.push(Action::Catalog(Catalog { product, content }));
    Exits::Open
}
