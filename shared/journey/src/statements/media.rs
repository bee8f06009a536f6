//! `image("https://…")`, `audio`, `video`, `document`: sends a file.
//!
//! - The address is public and begins with `https://`, or it is the id of a file at Meta.
//! - `caption:` is the text under an image, a video or a document, at most 1,024 characters; `filename:` the name of a document.
//! - A voice message in several languages is written as a text in several languages is: `audio("https://…/es.ogg", en: "https://…/en.ogg")`.

use serde::{Deserialize, Serialize};

use super::Kind;
use crate::compiler::Compiler;
use crate::engine::{Header, MediaKind, Message, Next, Run, Step, limits};
use crate::model::{Formula, Words};
use crate::notation::call::Call;
use crate::notation::printer::{Argument, Printer};
use crate::problem::Problem;

/// Sends a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Media {
    /// What it is.
    pub kind: MediaKind,
    /// Its address, or the id of a stored file; in several languages as [`Words::of`] reads them.
    pub url: Formula,
    /// `caption:`, shown under it; audio has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<Words>,
    /// `filename:`, of a document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<Formula>,
}

impl Media {
    pub(super) fn read(call: &mut Call) -> Result<Self, Problem> {
        let kind = match call.name.as_str() {
            "image" => MediaKind::Image,
            "audio" => MediaKind::Audio,
            "video" => MediaKind::Video,
            _ => MediaKind::Document,
        };
        let url = call.required_words("the address of the file")?.to_formula();
        Ok(Self { kind, url, caption: call.named("caption").map(Words::of), filename: call.named("filename") })
    }

    pub(super) fn ready(&self, compiler: &mut Compiler<'_>) -> ReadyMedia {
        if self.caption.is_some() && self.kind == MediaKind::Audio {
            let hint = "Send a text before or after it.".to_owned();
            compiler.warning("audio-caption", "WhatsApp shows no caption under audio.".to_owned(), Some(hint));
        }
        let caption = self.caption.as_ref().map(|caption| compiler.words(caption));
        let filename = self.filename.as_ref().map(|filename| compiler.formula(filename));
        ReadyMedia { kind: self.kind, url: compiler.words(&Words::of(self.url.clone())), caption, filename }
    }
}

impl Kind for Media {
    fn print(&self, printer: &mut Printer) {
        let mut arguments = vec![Argument::value(&self.url)];
        arguments.extend(self.caption.as_ref().map(|caption| Argument::named("caption", &caption.to_formula())));
        arguments.extend(self.filename.as_ref().map(|filename| Argument::named("filename", filename)));
        printer.call(None, self.kind.name(), &arguments, &[]);
    }

    fn compile(&self, compiler: &mut Compiler<'_>) -> Box<dyn Step> {
        Box::new(self.ready(compiler))
    }
}

/// A file that is ready to be sent.
#[derive(Debug)]
pub(crate) struct ReadyMedia {
    pub(crate) kind: MediaKind,
    url: Words,
    caption: Option<Words>,
    filename: Option<Formula>,
}

impl ReadyMedia {
    pub(crate) fn message(&self, run: &mut Run<'_>) -> Option<Message> {
        let url = self.address(run)?;
        let caption = self.caption.as_ref().filter(|_| self.kind != MediaKind::Audio);
        let caption = caption.map(|caption| run.words(caption)).filter(|caption| !caption.trim().is_empty());
        let caption = caption.map(|caption| limits::shorten(&caption, limits::CAPTION, run));
        let filename = self.filename.as_ref().map(|filename| run.text(filename));
        Some(Message::Media { kind: self.kind, url, caption, filename })
    }

    pub(crate) fn header(&self, run: &mut Run<'_>) -> Option<Header> {
        let url = self.address(run)?;
        Some(Header::Media { kind: self.kind, url, filename: None })
    }

    fn address(&self, run: &mut Run<'_>) -> Option<String> {
        let url = run.words(&self.url).trim().to_owned();
        if url.is_empty() {
            run.mistake(format!("The address of the {} is empty; it was not sent.", self.kind.name()));
            return None;
        }
        Some(url)
    }
}

impl Step for ReadyMedia {
    fn run(&self, run: &mut Run<'_>) -> Next {
        if let Some(message) = self.message(run) {
            run.send(message);
        }
        Next::Continue
    }
}
