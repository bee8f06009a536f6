//! What is shown with a question: the texts and media between `do` and `end`.

use super::super::export::{CardWriter, Draft};
use super::super::import::CardReader;
use super::super::resources::Shown;
use super::message;
use crate::engine::MediaKind;
use crate::model::Words;
use crate::statements::content::Headers;
use crate::statements::{Action, Footer, Header, Media, Statement, Text};

const PROMPT: &str = "prompt";
const HEADER: &str = "header";
const FOOTER: &str = "footer";

/// Something that is shown.
enum Item<'a> {
    Text(&'a Words),
    Media(&'a Media),
}

/// What is shown, in order: the question, then the content.
fn items<'a>(question: Option<&'a Words>, content: &'a [Statement]) -> Vec<Item<'a>> {
    let content = content.iter().filter_map(|statement| match &statement.action {
        Action::Text(text) => Some(Item::Text(&text.body)),
        Action::Media(media) => Some(Item::Media(media)),
        _ => None,
    });
    question.map(Item::Text).into_iter().chain(content).collect()
}

/// Shows the content of a question with a body: the last text, and a medium beside it. Everything else is sent before,
/// as messages of their own, and so is a medium that says more than a prompt can hold, unless it is the header and says no
/// more here either. `more` stands after the body, such as what opens a list.
pub(super) fn body<'a>(
    question: Option<&'a Words>,
    content: &'a [Statement],
    headers: Headers,
    more: Option<&'a Words>,
    draft: Draft,
    card: &mut CardWriter<'_, 'a>,
) {
    let items = items(question, content);
    let is_free =
        headers == Headers::Any && !content.iter().any(|statement| matches!(&statement.action, Action::Header(_)));
    let is_plain = |media: &Media| media.caption.is_none() && media.filename.is_none();
    let is_header = |index: &usize| match items.get(*index) {
        Some(Item::Media(media)) => media.kind != MediaKind::Audio && (is_free || is_plain(media)),
        _ => false,
    };
    let last = items.iter().rposition(|item| matches!(item, Item::Text(_)));
    let beside = last.and_then(|last| last.checked_sub(1).filter(is_header).or(Some(last + 1).filter(is_header)));
    let mut shown = Shown::default();
    for (index, item) in items.iter().enumerate() {
        match item {
            Item::Text(text) if Some(index) == last => shown.texts.push(text),
            Item::Media(media) if Some(index) == beside => shown.media.push((media.kind, &media.url)),
            item => send(item, card),
        }
    }
    let mut draft = draft;
    for statement in content {
        match &statement.action {
            Action::Header(header) => draft = draft.with(HEADER, card.show_words(&header.text)),
            Action::Footer(footer) => draft = draft.with(FOOTER, card.show_words(&footer.text)),
            _ => {}
        }
    }
    shown.texts.extend(more);
    let prompt = card.show(&shown);
    card.push(draft.with(PROMPT, prompt));
}

/// Shows the content of a free question: the last item with the question itself, everything else before it.
pub(super) fn question<'a>(
    question: Option<&'a Words>,
    content: &'a [Statement],
    draft: Draft,
    card: &mut CardWriter<'_, 'a>,
) {
    let mut items = items(question, content);
    let last = items.pop();
    for item in &items {
        send(item, card);
    }
    let mut shown = Shown::default();
    match last {
        Some(Item::Text(text)) => shown.texts.push(text),
        Some(Item::Media(media)) => {
            shown.media.push((media.kind, &media.url));
            shown.texts.extend(&media.caption);
        }
        None => {}
    }
    let prompt = card.show(&shown);
    card.push(draft.with(PROMPT, prompt));
}

fn send(item: &Item<'_>, card: &mut CardWriter<'_, '_>) {
    match item {
        Item::Text(text) => message::text(text, card),
        Item::Media(media) => message::media(media, card),
    }
}

/// Reads what is shown with a question that has a body; and what stands after the body.
pub(super) fn read(card: &mut CardReader<'_, '_>) -> (Vec<Statement>, Option<Words>) {
    let mut content = Vec::new();
    if let Some(text) = card.words(HEADER) {
        content.push(Action::Header(Header { text }));
    }
    let mut prompts = [PROMPT, "question_prompt"].into_iter().map(|key| card.shown(key));
    let shown = prompts.find(|shown| !shown.texts.is_empty() || !shown.media.is_empty()).unwrap_or_default();
    for (kind, url) in shown.media {
        content.push(Action::Media(Media { kind, url, caption: None, filename: None }));
    }
    let mut texts = shown.texts.into_iter();
    if let Some(body) = texts.next() {
        content.push(Action::Text(Text { body, options: Vec::new() }));
    }
    if let Some(text) = card.words(FOOTER) {
        content.push(Action::Footer(Footer { text }));
    }
    (content.into_iter().map(Statement::from).collect(), texts.next())
}

/// Takes the text out of what is shown.
pub(super) fn take_text(content: &mut Vec<Statement>) -> Option<Words> {
    let at = content.iter().position(|statement| matches!(statement.action, Action::Text(_)))?;
    match content.remove(at).action {
        Action::Text(text) => Some(text.body),
        _ => None,
    }
}

/// Reads what a free question shows: the question, when it is nothing but a text, or its content.
pub(super) fn read_question(card: &mut CardReader<'_, '_>) -> (Option<Words>, Vec<Statement>) {
    let (mut content, _) = read(card);
    match content.as_mut_slice() {
        [Statement { action: Action::Text(text), .. }] => (Some(text.body.clone()), Vec::new()),
        _ => (None, content),
    }
}
