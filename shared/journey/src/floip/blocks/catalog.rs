//! `Io.Turn.WhatsAppCatalog`: the organisation's catalogue.

use super::super::export::{CardWriter, Draft};
use super::super::formulas::template;
use super::super::import::CardReader;
use super::{Exits, prompt};
use crate::statements::content::Headers;
use crate::statements::{Action, Catalog, Text};

pub(super) const KIND: &str = "Io.Turn.WhatsAppCatalog";

/// The product whose picture is shown, here and as WhatsApp calls it.
const PRODUCT: [&str; 2] = ["product", "thumbnail_product_retailer_id"];

pub(super) fn export<'a>(catalog: &'a Catalog, card: &mut CardWriter<'_, 'a>) {
    let draft = Draft::new(KIND, "catalog").named(card.name("catalog"));
    let draft = draft.with_some(PRODUCT[0], catalog.product.as_ref().map(template));
    prompt::body(None, &catalog.content, Headers::None, None, draft, card);
}

pub(super) fn import(card: &mut CardReader<'_, '_>) -> Exits {
    let (mut content, _) = prompt::read(card);
    let product = PRODUCT.into_iter().find_map(|key| card.template(key));
    if !content.iter().any(|statement| matches!(statement.action, Action::Text(_))) {
        match card.words("body") {
            Some(body) => content.insert(0, Action::Text(Text { body, options: Vec::new() }).into()),
            None => card.tell("It has no text, and WhatsApp shows none without: write one.".to_owned()),
        }
    }
    card.push(Action::Catalog(Catalog { product, content }));
    Exits::Open
}
