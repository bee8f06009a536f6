//! Checks of a message before it is sent: every problem at once, each with what to do about it.

use super::content::{CaptionedMedia, MediaSource, OutboundMessage};
use super::interactive::{Action, Body, ButtonAction, Header, Interactive, ListAction};
use super::template::{Component, ComponentKind, Parameter, Template};
use crate::contact_card::ContactCard;
use crate::limits::{self, Limit, Unit, length};
use std::collections::HashSet;
use std::fmt;

/// What is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// No more than this.
    AtMost(usize),
    /// No fewer than this.
    AtLeast(usize),
    /// Any number, in another form.
    Form,
}

/// One reason Meta would refuse a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {bound} ({advice})", bound = BoundText(self))]
pub struct LimitError {
    /// Where, as a path on the wire: `interactive.action.sections[0].rows[3].title`.
    pub field: String,
    /// What is allowed.
    pub limit: Bound,
    /// What is there, in `unit`; 0 for a wrong form.
    pub actual: usize,
    /// What is counted. Characters are UTF-16 units: see [`crate::limits`].
    pub unit: Unit,
    /// What to do about it.
    pub advice: &'static str,
}

struct BoundText<'a>(&'a LimitError);

impl fmt::Display for BoundText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LimitError { limit, actual, unit, .. } = self.0;
        match limit {
            Bound::AtMost(max) => write!(f, "at most {max} {unit}, not {actual}"),
            Bound::AtLeast(min) => write!(f, "at least {min} {unit}, not {actual}"),
            Bound::Form => f.write_str("not as WhatsApp wants it"),
        }
    }
}

/// Collects problems.
#[derive(Default)]
pub(super) struct Checker(Vec<LimitError>);

impl Checker {
    pub(super) fn report(
        &mut self,
        field: impl Into<String>,
        limit: Bound,
        actual: usize,
        unit: Unit,
        advice: &'static str,
    ) {
        self.0.push(LimitError { field: field.into(), limit, actual, unit, advice });
    }

    pub(super) fn form(&mut self, field: impl Into<String>, advice: &'static str) {
        self.report(field, Bound::Form, 0, Unit::Form, advice);
    }

    /// Text that may be empty.
    pub(super) fn length(&mut self, field: impl Into<String>, text: &str, limit: Limit, advice: &'static str) {
        let actual = length(text);
        if actual > limit.max {
            self.report(field, Bound::AtMost(limit.max), actual, limit.unit, advice);
        }
    }

    /// Text that must say something.
    fn required(&mut self, field: impl Into<String>, text: &str, limit: Limit, advice: &'static str) {
        let field = field.into();
        self.not_blank(&field, text);
        self.length(field, text, limit, advice);
    }

    fn not_blank(&mut self, field: &str, text: &str) {
        if text.trim().is_empty() {
            self.report(field, Bound::AtLeast(1), 0, Unit::Characters, "write something here");
        }
    }

    fn count(&mut self, field: &str, actual: usize, limit: Limit, advice: &'static str) {
        if actual == 0 {
            self.report(field, Bound::AtLeast(1), 0, limit.unit, "add at least one");
        }
        if actual > limit.max {
            self.report(field, Bound::AtMost(limit.max), actual, limit.unit, advice);
        }
    }

    fn unique<'a>(&mut self, field: &str, ids: impl Iterator<Item = &'a str>) {
        let mut seen = HashSet::new();
        if !ids.into_iter().all(|id| seen.insert(id)) {
            self.form(field, "give every choice its own id");
        }
    }

    fn source(&mut self, field: &str, source: &MediaSource) {
        match source {
            MediaSource::Id { id } => self.not_blank(&format!("{field}.id"), id),
            MediaSource::Link { link } => self.link(format!("{field}.link"), link),
        }
    }

    fn link(&mut self, field: impl Into<String>, link: &str) {
        let rest = link.strip_prefix("https://").or_else(|| link.strip_prefix("http://"));
        if rest.is_none_or(|rest| rest.is_empty() || rest.contains(char::is_whitespace)) {
            self.form(field, "use a whole address that starts with https://");
        }
    }

    fn captioned(&mut self, field: &str, media: &CaptionedMedia) {
        self.source(field, &media.source);
        self.caption(field, media.caption.as_deref());
    }

    fn caption(&mut self, field: &str, caption: Option<&str>) {
        let advice = "shorten the caption, or send the rest as a text of its own";
        self.length(format!("{field}.caption"), caption.unwrap_or_default(), limits::CAPTION, advice);
    }

    pub(super) fn finish(self) -> Result<(), Vec<LimitError>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }
}

impl OutboundMessage {
    /// Everything Meta would refuse in the content for its size or form. Whether the window is open or the template
    /// approved is not known here.
    pub fn check(&self) -> Result<(), Vec<LimitError>> {
        let mut checker = Checker::default();
        self.check_with(&mut checker);
        checker.finish()
    }

    pub(super) fn check_with(&self, checker: &mut Checker) {
        match self {
            Self::Text(text) => {
                checker.required("text.body", &text.body, limits::TEXT_BODY, "split it into several messages");
            }
            Self::Image(media) => checker.captioned("image", media),
            Self::Video(media) => checker.captioned("video", media),
            Self::Audio(audio) => checker.source("audio", &audio.source),
            Self::Document(document) => {
                checker.source("document", &document.source);
                checker.caption("document", document.caption.as_deref());
            }
            Self::Sticker(sticker) => checker.source("sticker", &sticker.source),
            Self::Location(location) => {
                if !(-90.0..=90.0).contains(&location.latitude) {
                    checker.form("location.latitude", "degrees north, from -90 to 90");
                }
                if !(-180.0..=180.0).contains(&location.longitude) {
                    checker.form("location.longitude", "degrees east, from -180 to 180");
                }
            }
            Self::Contacts(cards) => contacts(checker, cards),
            Self::Reaction(reaction) => checker.not_blank("reaction.message_id", &reaction.message_id),
            Self::Interactive(message) => interactive(checker, message),
            Self::Template(message) => template(checker, message),
        }
    }
}

fn contacts(checker: &mut Checker, cards: &[ContactCard]) {
    checker.count("contacts", cards.len(), limits::CONTACT_CARDS, "send them in several messages");
    for (position, card) in cards.iter().enumerate() {
        let name = &card.name;
        checker.not_blank(
            &format!("contacts[{position}].name.formatted_name"),
            name.formatted_name.as_deref().unwrap_or_default(),
        );
        let parts = [&name.first_name, &name.last_name, &name.middle_name, &name.suffix, &name.prefix];
        if parts.iter().all(|part| part.is_none()) {
            checker.form(
                format!("contacts[{position}].name"),
                "beside formatted_name, give at least one part of the name, such as first_name",
            );
        }
    }
}

fn interactive(checker: &mut Checker, message: &Interactive) {
    let body = match &message.action {
        Action::Button(_) => limits::BUTTONS_BODY,
        Action::List(_) => limits::LIST_BODY,
        Action::CtaUrl(_) => limits::CTA_BODY,
        Action::LocationRequestMessage(_) | Action::RequestContactInfo(_) => limits::REQUEST_BODY,
        Action::Flow(_) => limits::FLOW_BODY,
        Action::CatalogMessage(_) => limits::CATALOG_BODY,
    };
    let text = message.body.as_ref().map_or("", |Body { text }| text);
    checker.required("interactive.body.text", text, body, "say the first part in a text of its own");
    if let Some(header) = &message.header {
        interactive_header(checker, header, &message.action);
    }
    if let Some(footer) = &message.footer {
        checker.required("interactive.footer.text", &footer.text, limits::INTERACTIVE_FOOTER, "shorten the footer");
    }
    match &message.action {
        Action::Button(action) => buttons(checker, action),
        Action::List(action) => list(checker, action),
        Action::CtaUrl(action) => {
            let field = "interactive.action.parameters";
            checker.required(
                format!("{field}.display_text"),
                &action.display_text,
                limits::CTA_TEXT,
                "shorten the label",
            );
            checker.link(format!("{field}.url"), &action.url);
        }
        Action::LocationRequestMessage(_) | Action::RequestContactInfo(_) => {
            if message.header.is_some() || message.footer.is_some() {
                checker.form("interactive", "a request has a body only: leave header and footer out");
            }
        }
        Action::Flow(flow) => {
            let field = "interactive.action.parameters";
            checker.required(format!("{field}.flow_cta"), &flow.cta, limits::FLOW_CTA, "shorten the label");
        }
        Action::CatalogMessage(_) => {
            if message.header.is_some() {
                checker.form("interactive.header", "a catalogue has no header: leave it out");
            }
        }
    }
}

fn interactive_header(checker: &mut Checker, header: &Header, action: &Action) {
    let field = "interactive.header";
    match header {
        Header::Text { text } => {
            checker.required(format!("{field}.text"), text, limits::INTERACTIVE_HEADER, "shorten the header");
        }
        _ if matches!(action, Action::List(_)) => {
            checker.form(field, "a list has a text header only: send the file as a message before it");
        }
        Header::Image { image } => checker.source(&format!("{field}.image"), &image.source),
        Header::Video { video } => checker.source(&format!("{field}.video"), &video.source),
        Header::Document { document } => checker.source(&format!("{field}.document"), &document.source),
    }
}

fn buttons(checker: &mut Checker, action: &ButtonAction) {
    let field = "interactive.action.buttons";
    checker.count(field, action.buttons.len(), limits::REPLY_BUTTONS, "use a list for more than three choices");
    checker.unique(field, action.buttons.iter().map(|button| button.id.as_str()));
    for (position, button) in action.buttons.iter().enumerate() {
        let field = format!("{field}[{position}].reply");
        checker.required(format!("{field}.title"), &button.title, limits::BUTTON_TITLE, "shorten the label");
        checker.required(format!("{field}.id"), &button.id, limits::BUTTON_ID, "use a shorter id");
    }
}

fn list(checker: &mut Checker, action: &ListAction) {
    let field = "interactive.action";
    checker.required(format!("{field}.button"), &action.button, limits::LIST_BUTTON, "shorten the label");
    let sections = format!("{field}.sections");
    checker.count(&sections, action.sections.len(), limits::LIST_SECTIONS, "merge sections");
    let rows = || action.sections.iter().flat_map(|section| &section.rows);
    checker.count(
        &format!("{sections}[].rows"),
        rows().count(),
        limits::LIST_ROWS,
        "ten rows in all sections together: put the rest behind a row \"more\"",
    );
    checker.unique(&sections, rows().map(|row| row.id.as_str()));
    for (position, section) in action.sections.iter().enumerate() {
        let field = format!("{sections}[{position}]");
        let title = section.title.as_deref().unwrap_or_default();
        if action.sections.len() > 1 {
            checker.required(format!("{field}.title"), title, limits::SECTION_TITLE, "shorten the title");
        } else {
            checker.length(format!("{field}.title"), title, limits::SECTION_TITLE, "shorten the title");
        }
        for (position, row) in section.rows.iter().enumerate() {
            let field = format!("{field}.rows[{position}]");
            checker.required(
                format!("{field}.title"),
                &row.title,
                limits::ROW_TITLE,
                "shorten the label, and put the rest into the description",
            );
            checker.required(format!("{field}.id"), &row.id, limits::ROW_ID, "use a shorter id");
            checker.length(
                format!("{field}.description"),
                row.description.as_deref().unwrap_or_default(),
                limits::ROW_DESCRIPTION,
                "shorten the description",
            );
        }
    }
}

fn template(checker: &mut Checker, message: &Template) {
    let name = &message.name;
    checker.required("template.name", name, limits::TEMPLATE_NAME, "use the name the template was made with");
    if !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') {
        checker.form("template.name", "lower-case letters, digits and underscores only");
    }
    checker.not_blank("template.language.code", &message.language.code);
    let buttons = message.components.iter().filter(|component| component.kind == ComponentKind::Button).count();
    if buttons > limits::TEMPLATE_BUTTONS.max {
        let limit = Bound::AtMost(limits::TEMPLATE_BUTTONS.max);
        checker.report("template.components", limit, buttons, Unit::Items, "a template has ten buttons at most");
    }
    let body_only = message.components.iter().all(|component| component.kind == ComponentKind::Body);
    for (position, part) in message.components.iter().enumerate() {
        component(checker, &format!("template.components[{position}]"), part, body_only);
    }
}

fn component(checker: &mut Checker, field: &str, part: &Component, body_only: bool) {
    if part.kind == ComponentKind::Button {
        if part.sub_type.is_none() {
            checker.form(format!("{field}.sub_type"), "say what kind of button: quick_reply, url, copy_code, flow");
        }
        if part.index.is_none_or(|index| usize::from(index) >= limits::TEMPLATE_BUTTONS.max) {
            checker.form(format!("{field}.index"), "say which button, from 0 to 9");
        }
    }
    let text_limit = match part.kind {
        ComponentKind::Header => limits::TEMPLATE_HEADER_TEXT,
        ComponentKind::Button => limits::TEMPLATE_URL,
        _ if body_only => limits::TEMPLATE_ONLY_BODY_TEXT,
        _ => limits::TEMPLATE_BODY_TEXT,
    };
    for (position, parameter) in part.parameters.iter().enumerate() {
        let field = format!("{field}.parameters[{position}]");
        match parameter {
            Parameter::Text { text, .. } => {
                let field = format!("{field}.text");
                if text.contains(['\n', '\r', '\t']) || text.contains("     ") {
                    checker
                        .form(field.clone(), "no line breaks, tabs or more than four spaces in a row inside a blank");
                }
                checker.required(field, text, text_limit, "shorten what fills this blank");
            }
            Parameter::Image { image } => checker.source(&format!("{field}.image"), &image.source),
            Parameter::Video { video } => checker.source(&format!("{field}.video"), &video.source),
            Parameter::Document { document } => checker.source(&format!("{field}.document"), &document.source),
            Parameter::Payload { payload } => checker.not_blank(&format!("{field}.payload"), payload),
            Parameter::CouponCode { coupon_code } => {
                checker.required(
                    format!("{field}.coupon_code"),
                    coupon_code,
                    limits::COUPON_CODE,
                    "use a shorter code",
                );
            }
            Parameter::Currency { .. }
            | Parameter::DateTime { .. }
            | Parameter::Location { .. }
            | Parameter::Action { .. }
            | Parameter::Other(_) => {}
        }
    }
}
