//! `MobilePrimitives.Message`: texts and media.

use super::super::export::{CardWriter, Draft};
use super::super::formulas::template;
use super::super::import::CardReader;
use super::super::resources::Shown;
use super::Exits;
use crate::engine::MediaKind;
use crate::model::Words;
use crate::statements::{Action, Media, Text};

const KIND: &str = "MobilePrimitives.Message";
const PROMPT: &str = "prompt";
/// Says that the text is written under the medium, and not sent after it.
const CAPTION: &str = "caption";
const FILENAME: &str = "filename";

pub(super) fn text(text: &Words, card: &mut CardWriter<'_, '_>) {
    let prompt = card.show_words(text);
    card.push(Draft::new(KIND, "text").named(card.name("text")).with(PROMPT, prompt));
}

pub(super) fn media(media: &Media, card: &mut CardWriter<'_, '_>) {
    let prompt = card.show(&Shown { media: vec![(media.kind, &media.url)], texts: media.caption.iter().collect() });
    let kind = media.kind.name();
    let draft = Draft::new(KIND, kind).named(card.name(kind)).with(PROMPT, prompt);
    let filename = media.filename.as_ref().map(template);
    card.push(draft.with_some(CAPTION, media.caption.as_ref().map(|_| true)).with_some(FILENAME, filename));
}

/// Whether a text that follows goes into the same block.
pub(super) fn takes_text(media: &Media) -> bool {
    media.kind != MediaKind::Audio && media.caption.is_none() && media.filename.is_none()
}

/// A medium and the text after it.
pub(in super::super) fn pair(media: &Media, text: &Text, card: &mut CardWriter<'_, '_>) {
    let prompt = card.show(&Shown { media: vec![(media.kind, &media.url)], texts: vec![&text.body] });
    let kind = media.kind.name();
    card.push(Draft::new(KIND, kind).named(card.name(kind)).with(PROMPT, prompt));
}

pub(super) fn import(card: &mut CardReader<'_, '_>) -> Exits {
    let shown = card.shown(PROMPT);
    if shown.media.is_empty() && shown.texts.is_empty() {
        card.problem("This message shows nothing.".to_owned());
        card.not_imported();
    }
    let mut texts = shown.texts.into_iter();
    for (kind, url) in shown.media {
        let caption = if card.flag(CAPTION) { texts.next() } else { None };
        let filename = card.template(FILENAME);
        card.push(Action::Media(Media { kind, url, caption, filename }));
    }
    for body in texts {
        card.push(Action::Text(Text { body, options: Vec::new() }));
    }
    Exits::Open
}
