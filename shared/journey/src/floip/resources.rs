//! Texts and media: kept apart from the blocks that show them, in every language.

use std::collections::HashSet;

use isolang::Language as Iso;
use uuid::Uuid;

use super::container::{Language, Resource, ResourceValue};
use super::formulas::{from_text, template};
use crate::engine::MediaKind;
use crate::model::{Formula, ItemKind, Journey, Setting, Words, is_language};
use crate::problem::{Position, Problem};

/// The only mode journeys are held in.
pub(super) const MODE: &str = "RICH_MESSAGING";

/// The language of texts that name none, when the journey does not say and has no other texts.
const DEFAULT_LANGUAGE: (&str, &str) = ("eng", "English");
/// The same, when it has texts in other languages: which one they translate is not known.
const UNKNOWN_LANGUAGE: (&str, &str) = ("und", "Undetermined");

/// The name space of an exported journey: the same names give the same ids.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ids(pub(super) Uuid);

impl Ids {
    pub(super) fn id(self, name: &str) -> String {
        Uuid::new_v5(&self.0, name.as_bytes()).to_string()
    }
}

/// What is shown at one place: a medium and the texts with it.
#[derive(Default)]
pub(super) struct Shown<'a> {
    pub(super) media: Vec<(MediaKind, &'a Formula)>,
    /// The body first; what opens a list second.
    pub(super) texts: Vec<&'a Words>,
}

/// Writes resources.
pub(super) struct Writer {
    ids: Ids,
    /// The journey's own language, when it says so.
    own: Option<String>,
    /// The other languages so far.
    codes: Vec<String>,
    resources: Vec<Resource>,
}

impl Writer {
    pub(super) fn new(journey: &Journey, ids: Ids) -> Self {
        let own = journey.items().find_map(|item| match &item.kind {
            ItemKind::Setting(Setting::Language(code)) => Some(code.clone()),
            _ => None,
        });
        Self { ids, own, codes: Vec::new(), resources: Vec::new() }
    }

    pub(super) fn finish(self) -> (Vec<Language>, Vec<Resource>) {
        let language = |id: String, code: &str, label: &str| Language {
            id,
            label: Some(label.to_owned()),
            variant: None,
            iso_639_3: Some(iso(code).map_or(code, |iso| iso.to_639_3()).to_owned()),
            bcp_47: code.contains('_').then(|| code.replace('_', "-")),
        };
        let unsaid = if self.codes.is_empty() { DEFAULT_LANGUAGE } else { UNKNOWN_LANGUAGE };
        let (code, label) = self.own.as_deref().map_or(unsaid, |code| (code, code));
        let own = language(language_id(self.ids, None), code, label);
        let others = self.codes.iter().map(|code| language(language_id(self.ids, Some(code)), code, code));
        (std::iter::once(own).chain(others).collect(), self.resources)
    }

    /// Keeps what is shown under a path that names its place; gives its id.
    pub(super) fn add(&mut self, path: &str, shown: &Shown<'_>) -> String {
        let mut values: Vec<ResourceValue> =
            shown.media.iter().map(|(kind, url)| self.value(None, content_type(*kind), template(url))).collect();
        values.extend(shown.texts.iter().map(|words| self.value(None, TEXT, template(&words.text))));
        let mut others: Vec<&str> = Vec::new();
        for (code, _) in shown.texts.iter().flat_map(|words| &words.languages) {
            // A second text in the journey's own language is never shown.
            if !others.contains(&code.as_str()) && self.own.as_ref() != Some(code) {
                others.push(code);
            }
        }
        for code in others {
            if !self.codes.iter().any(|known| known == code) {
                self.codes.push(code.to_owned());
            }
            // All of them in each language, so that the second stays the second.
            for words in &shown.texts {
                let own = words.languages.iter().find(|(other, _)| other == code).map_or(&words.text, |(_, text)| text);
                values.push(self.value(Some(code), TEXT, template(own)));
            }
        }
        self.push(path, values)
    }

    /// Keeps something no contact sees, such as an expression.
    pub(super) fn raw(&mut self, path: &str, text: String) -> String {
        let value = self.value(None, TEXT, text);
        self.push(path, vec![value])
    }

    fn push(&mut self, path: &str, values: Vec<ResourceValue>) -> String {
        let uuid = self.ids.id(&format!("resource/{path}"));
        self.resources.push(Resource { uuid: uuid.clone(), values });
        uuid
    }

    fn value(&self, language: Option<&str>, (content_type, mime_type): (&str, &str), value: String) -> ResourceValue {
        ResourceValue {
            language_id: language_id(self.ids, language),
            content_type: content_type.to_owned(),
            mime_type: Some(mime_type.to_owned()),
            modes: vec![MODE.to_owned()],
            value,
        }
    }
}

/// The id of a language; without a code that of the journey's own.
fn language_id(ids: Ids, code: Option<&str>) -> String {
    ids.id(&format!("language/{}", code.unwrap_or_default()))
}

const TEXT: (&str, &str) = ("TEXT", "text/plain");
const DOCUMENT_TYPE: &str = "application/pdf";

fn content_type(kind: MediaKind) -> (&'static str, &'static str) {
    match kind {
        MediaKind::Image => ("IMAGE", "application/octet-stream"),
        MediaKind::Audio => ("AUDIO", "audio/mpeg"),
        MediaKind::Video => ("VIDEO", "video/mp4"),
        MediaKind::Document => ("TEXT", DOCUMENT_TYPE),
    }
}

fn media_kind(value: &ResourceValue) -> Option<MediaKind> {
    let mime = value.mime_type.as_deref().unwrap_or("text/plain");
    match value.content_type.as_str() {
        "IMAGE" => Some(MediaKind::Image),
        "AUDIO" => Some(MediaKind::Audio),
        "VIDEO" => Some(MediaKind::Video),
        _ if mime.starts_with("application/") => Some(MediaKind::Document),
        _ => None,
    }
}

fn iso(code: &str) -> Option<Iso> {
    let base = code.split(['_', '-']).next()?;
    Iso::from_639_1(base).or_else(|| Iso::from_639_3(base))
}

/// Reads resources.
pub(super) struct Texts<'c> {
    resources: std::collections::HashMap<&'c str, &'c Resource>,
    /// The ids and codes, the main one first; a code may be unknown.
    languages: Vec<(&'c str, Option<String>)>,
    /// What the languages are called whose texts are left out, and why.
    left: Vec<(&'c str, &'static str)>,
}

/// What a resource shows, or an empty one when there is no such resource.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) media: Vec<(MediaKind, Formula)>,
    /// The body first; what opens a list second.
    pub(super) texts: Vec<Words>,
    /// The languages in which something else was shown than texts.
    pub(super) left: Vec<String>,
}

impl Found {
    pub(super) fn text(&self) -> Option<Words> {
        self.texts.first().cloned()
    }
}

impl<'c> Texts<'c> {
    pub(super) fn new(resources: impl Iterator<Item = &'c Resource>, languages: &'c [Language]) -> Self {
        let mut texts = Self { resources: std::collections::HashMap::new(), languages: Vec::new(), left: Vec::new() };
        let mut codes: Vec<String> = Vec::new();
        let mut known: HashSet<&str> = HashSet::new();
        let mut add = |id: &'c str, called: &'c str, code: Option<String>, texts: &mut Self| {
            if !known.insert(id) {
                return;
            }
            let is_second = code.as_ref().is_some_and(|code| codes.contains(code));
            if is_second {
                texts.left.push((called, "that language is there already"));
            } else if code.is_none() && !texts.languages.is_empty() {
                texts.left.push((called, "that is no ISO 639 code"));
            }
            codes.extend(code.clone());
            texts.languages.push((id, code.filter(|_| !is_second)));
        };
        for language in languages {
            let label = language.label.as_deref().filter(|label| !label.is_empty());
            add(&language.id, label.unwrap_or(&language.id), code(language), &mut texts);
        }
        for resource in resources {
            texts.resources.insert(resource.uuid.as_str(), resource);
            // Some files name languages that they do not list.
            for id in resource.values.iter().map(|value| value.language_id.as_str()) {
                add(id, id, named(id), &mut texts);
            }
        }
        texts
    }

    /// Reports the languages whose texts are left out.
    pub(super) fn report(&self, problems: &mut Vec<Problem>) {
        for (called, why) in &self.left {
            let message = format!("The texts in `{called}` were left out: {why}.");
            let problem = Problem::warning("no-language", Position::default(), message);
            problems.push(problem.hint("Write them anew with the code of their language."));
        }
    }

    /// The code of the main language, when there are others besides.
    pub(super) fn main_language(&self) -> Option<&str> {
        let [(_, main), _, ..] = self.languages.as_slice() else { return None };
        main.as_deref()
    }

    /// What is shown. Where a resource should be named, the text itself may stand.
    pub(super) fn shown(&self, reference: &str) -> Found {
        let Some(resource) = self.resources.get(reference) else {
            let is_missing = reference.is_empty() || Uuid::try_parse(reference).is_ok();
            let texts = if is_missing { Vec::new() } else { vec![from_text(reference).into()] };
            return Found { texts, ..Found::default() };
        };
        let is_ours = |value: &&ResourceValue| value.modes.is_empty() || value.modes.iter().any(|mode| mode == MODE);
        let has_ours = resource.values.iter().any(|value| value.modes.iter().any(|mode| mode == MODE));
        // What is for calls or text messages is not shown beside what is for a chat.
        let values: Vec<&ResourceValue> = resource.values.iter().filter(|value| !has_ours || is_ours(value)).collect();
        let main = self.languages.first().map(|(id, _)| *id);
        let fallback = values.first().map(|value| value.language_id.as_str());
        let has_main = values.iter().any(|value| Some(value.language_id.as_str()) == main);
        let own = if has_main { main } else { fallback };
        let mut found = Found::default();
        for value in values.iter().filter(|value| Some(value.language_id.as_str()) == own) {
            match media_kind(value) {
                Some(kind) => found.media.push((kind, from_text(&value.value))),
                None => found.texts.push(from_text(&value.value).into()),
            }
        }
        for (id, code) in self.languages.iter().filter(|(id, _)| Some(*id) != own) {
            let Some(code) = code else { continue };
            let all = || values.iter().filter(|value| value.language_id == *id);
            let media = all().filter_map(|value| Some((media_kind(value)?, from_text(&value.value))));
            let count = all().filter(|value| media_kind(value).is_none()).count();
            if count > found.texts.len() || media.into_iter().any(|medium| !found.media.contains(&medium)) {
                found.left.push(code.clone());
            }
            let theirs = all().filter(|value| media_kind(value).is_none());
            for (words, value) in found.texts.iter_mut().zip(theirs) {
                let text = from_text(&value.value);
                if text != words.text {
                    words.languages.push((code.clone(), text));
                }
            }
        }
        found
    }

    /// A resource that holds no text for people.
    pub(super) fn raw(&self, reference: &str) -> Option<&'c str> {
        let value = self.resources.get(reference)?.values.first()?;
        Some(value.value.as_str())
    }
}

/// The code texts in a language are named by.
fn code(language: &Language) -> Option<String> {
    let tag = language.bcp_47.as_deref().filter(|tag| !tag.is_empty());
    if let Some((base, country)) = tag.and_then(|tag| tag.split_once('-'))
        && country.len() == 2
    {
        let code = format!("{}_{}", base.to_lowercase(), country.to_uppercase());
        return is_language(&code).then_some(code);
    }
    let names = [tag, language.iso_639_3.as_deref(), Some(language.id.as_str()), language.label.as_deref()];
    names.into_iter().flatten().find_map(named)
}

/// The code of a language that is named by a code of any kind, or in English.
pub(crate) fn named(name: &str) -> Option<String> {
    let name = name.trim();
    let with_country = name.replace('-', "_");
    if name.len() == 5 && is_language(&with_country) {
        return Some(with_country);
    }
    let is_code = matches!(name.split(['_', '-']).next().map(str::len), Some(2 | 3));
    let iso =
        Some(name.to_lowercase()).filter(|_| is_code).and_then(|name| iso(&name)).or_else(|| Iso::from_name(name))?;
    Some(iso.to_639_1().unwrap_or(iso.to_639_3()).to_owned())
}
