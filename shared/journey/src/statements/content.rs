//! What stands between `do` and `end` of a question: texts and media, in order, a header and a footer.

use super::media::ReadyMedia;
use super::{Action, Statement};
use crate::compiler::Compiler;
use crate::engine::{Header, Message, Run, limits};
use crate::model::Words;

/// The content of a question, ready to be sent.
#[derive(Debug, Default)]
pub(crate) struct Content {
    items: Vec<Item>,
    header: Option<Words>,
    footer: Option<Words>,
}

#[derive(Debug)]
enum Item {
    Text(Words),
    Media(ReadyMedia),
}

/// A body with what WhatsApp shows around it; everything else has been sent before it.
pub(crate) struct Body {
    pub(crate) header: Option<Header>,
    pub(crate) body: String,
    pub(crate) footer: Option<String>,
}

/// What may be the header of a message with choices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Headers {
    /// A text, image, video or document.
    Any,
    /// Only a text: lists.
    Text,
    /// None: a file goes out before it.
    None,
}

impl Content {
    /// Checks the content of the statement `owner`.
    pub(crate) fn compile(statements: &[Statement], compiler: &mut Compiler<'_>, owner: &str) -> Self {
        let mut content = Self::default();
        for statement in statements {
            compiler.at(statement.position);
            match &statement.action {
                Action::Text(text) => content.items.push(Item::Text(compiler.words(&text.body))),
                Action::Media(media) => content.items.push(Item::Media(media.ready(compiler))),
                Action::Header(header) => content.header = Some(header.check(compiler)),
                Action::Footer(footer) => content.footer = Some(footer.check(compiler)),
                _ => compiler.fault(
                    "bad-content",
                    format!("This cannot stand inside `{owner} … do`."),
                    Some("Only text, image, audio, video, document, header and footer can; move it above.".to_owned()),
                ),
            }
        }
        content
    }

    /// Adds a text in front, such as the question of `ask("…")`.
    pub(crate) fn with_text(mut self, text: Words) -> Self {
        self.items.insert(0, Item::Text(text));
        self
    }

    pub(crate) fn has_text(&self) -> bool {
        self.items.iter().any(|item| matches!(item, Item::Text(_)))
    }

    /// Checks that there is a text, which WhatsApp needs with `what`.
    pub(crate) fn require_text(&self, compiler: &mut Compiler<'_>, what: &str) {
        if !self.has_text() {
            let hint = "WhatsApp needs one: add `do`, `text(\"…\")` and `end`.".to_owned();
            compiler.fault("no-body", format!("{what} no text."), Some(hint));
        }
    }

    /// Warns of a header where none is shown.
    pub(crate) fn refuse_header(&self, compiler: &mut Compiler<'_>) {
        if self.header.is_some() {
            let message = "A header is not shown with this.".to_owned();
            compiler.warning("lost-header", message, Some("Make it a text.".to_owned()));
        }
    }

    /// Warns of a footer where none is shown.
    pub(crate) fn refuse_footer(&self, compiler: &mut Compiler<'_>) {
        if self.footer.is_some() {
            let message = "A footer is not shown with this.".to_owned();
            compiler.warning("lost-footer", message, Some("Make it a text.".to_owned()));
        }
    }

    /// Sends everything, in order.
    pub(crate) fn send(&self, run: &mut Run<'_>) {
        for item in &self.items {
            item.send(run);
        }
    }

    /// Sends everything but the last text, which becomes the body, and a medium beside it, which becomes the header.
    pub(crate) fn body(&self, run: &mut Run<'_>, headers: Headers) -> Body {
        let header_text = self.header.as_ref().map(|header| run.words(header)).filter(|text| !text.trim().is_empty());
        let mut header = header_text.map(|text| Header::Text { text: limits::shorten(&text, limits::HEADER, run) });
        let last = self.items.iter().rposition(|item| matches!(item, Item::Text(_)));
        let beside = last.and_then(|last| {
            let can_be_header = |index: &usize| {
                matches!(self.items.get(*index), Some(Item::Media(media)) if media.kind.can_be_header())
            };
            let free = headers == Headers::Any && header.is_none();
            let before = last.checked_sub(1).filter(can_be_header);
            before.or(Some(last + 1).filter(can_be_header)).filter(|_| free)
        });
        let mut body = String::new();
        for (index, item) in self.items.iter().enumerate() {
            match item {
                Item::Text(text) if Some(index) == last => body = run.words(text),
                Item::Media(media) if Some(index) == beside => header = media.header(run),
                item => item.send(run),
            }
        }
        let mut body = limits::send_all_but_last(&body, limits::BODY, run);
        if body.is_empty() {
            run.mistake("The text of the question is empty; WhatsApp needs one.".to_owned());
            body.push('…');
        }
        let footer = self.footer.as_ref().map(|footer| run.words(footer)).filter(|text| !text.trim().is_empty());
        let footer = footer.map(|text| limits::shorten(&text, limits::FOOTER, run));
        Body { header, body, footer }
    }
}

impl Item {
    fn send(&self, run: &mut Run<'_>) {
        match self {
            Self::Text(text) => {
                let text = run.words(text);
                run.say(&text);
            }
            Self::Media(media) => {
                if let Some(message) = media.message(run) {
                    run.send(message);
                }
            }
        }
    }
}

impl Body {
    /// The message without choices, for when there are none to show.
    pub(crate) fn into_text(self) -> Message {
        Message::Text { body: self.body }
    }
}
