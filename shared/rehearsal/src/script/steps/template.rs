//! `template: {name: nudge_m1, language: es, parameters: [Ana]}`: the next message is this template.

use journey::Problem;

use super::bot::{Look, Step, all, patterns};
use super::{StepKind, Takes};
use crate::message::Parts;
use crate::script::expect::Pattern;
use crate::script::play::Failure;
use crate::script::yaml::{Fields, NodeKind};

pub(super) const KIND: StepKind = StepKind {
    name: "template",
    summary: "The next message is a template: `name`, `language`, `parameters` (a list, or by name), `buttons`, `url`, \
              `copy_code`, and `image`, `video`, `document` (with its `filename`), `location` or `header` above it. Only what is written is compared; `template: {}` is any one message, as `bot: {}` is.",
    takes: Takes::Value,
    example: (
        "card Nudge do\n  send_message_template(\"nudge_m1\", \"es\", [\"@contact.name\"], image: \"https://example.org/a.png\", buttons: [Go])\nend\n\
         card Go, \"Seguir\" do\n  text(\"Vamos\")\nend",
        "  - start\n  - template: {name: nudge_m1, language: es, parameters: [Ana], image: {ends: .png}, buttons: [Seguir]}\n\
         \x20 - tap: Seguir\n  - bot: {text: Vamos}\n  - start\n  - bot: {}\n  - tap: Seguir\n  - template: {}",
    ),
    fails: &[
        ("  - start\n  - template: {name: nudge_m2}", "what: \"name\", expected: \"nudge_m2\", actual: \"nudge_m1\""),
        ("  - start\n  - template: {parameters: [Eva]}", "what: \"parameters\""),
        ("  - start\n  - template: {language: en}", "what: \"language\""),
        ("  - start\n  - template: {parameters: {name: Ana}}", "what: \"names of parameters\""),
        ("  - start\n  - template: {url: x}", "what: \"url\""),
        ("  - start\n  - bot: {text: Hola}", "The journey sent a template; this `bot` expects none."),
        (
            "  - start\n  - bot: {}\n  - tap: Seguir\n  - template: {name: x}",
            "The journey sent a text, not a template.",
        ),
    ],
    read: |node| Ok(Box::new(Step(Look::read(node, true)?))),
};

/// What is said of a template.
#[derive(Debug)]
pub(super) struct Template {
    name: Option<Pattern>,
    language: Option<Pattern>,
    parameters: Option<Vec<Pattern>>,
    /// The names of the parameters, when they are written with names.
    names: Option<Vec<String>>,
    location: Option<Pattern>,
    url_suffix: Option<Pattern>,
    copy_code: Option<Pattern>,
}

impl Template {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Problem> {
        let mut pattern = |name| fields.take(name).map(Pattern::read).transpose();
        let mut template = Self {
            name: pattern("name")?,
            language: pattern("language")?,
            location: pattern("location")?,
            url_suffix: pattern("url")?,
            copy_code: pattern("copy_code")?,
            parameters: None,
            names: None,
        };
        match fields.take("parameters") {
            Some(node) if matches!(node.kind, NodeKind::Map(_)) => {
                let entries = node.entries()?;
                template.names = Some(entries.iter().map(|(name, _)| name.key()).collect());
                let values: Result<Vec<Pattern>, Problem> =
                    entries.iter().map(|(_, value)| Pattern::read(value)).collect();
                template.parameters = Some(values?);
            }
            node => template.parameters = node.map(patterns).transpose()?,
        }
        Ok(template)
    }

    pub(super) fn differences(&self, parts: &Parts, mut failure: Box<Failure>) -> Box<Failure> {
        let Some(template) = &parts.template else { return failure };
        for (what, wanted, actual) in
            [("name", &self.name, &template.name), ("language", &self.language, &template.language)]
        {
            if let Some(wanted) = wanted.as_ref().filter(|wanted| !wanted.matches(Some(actual))) {
                failure = failure.differs(what, wanted.to_string(), actual.clone());
            }
        }
        for (what, wanted, actual) in [
            ("location", &self.location, &template.location),
            ("url", &self.url_suffix, &template.url_suffix),
            ("copy_code", &self.copy_code, &template.copy_code),
        ] {
            if let Some(wanted) = wanted.as_ref().filter(|wanted| !wanted.matches(actual.as_deref())) {
                let actual = actual.as_deref().unwrap_or("(none)");
                failure = failure.differs(what, wanted.to_string(), actual.to_owned());
            }
        }
        if let Some(wanted) = self.names.as_ref().filter(|wanted| **wanted != template.names) {
            return failure.differs("names of parameters", wanted.join(" · "), template.names.join(" · "));
        }
        match &self.parameters {
            Some(wanted) if !all(wanted, &template.parameters) => {
                let wanted: Vec<String> = wanted.iter().map(ToString::to_string).collect();
                failure.differs("parameters", wanted.join(" · "), template.parameters.join(" · "))
            }
            _ => failure,
        }
    }

    pub(super) fn line(&self) -> String {
        let text = |pattern: &Option<Pattern>| pattern.as_ref().map(ToString::to_string);
        let mut line = "template".to_owned();
        line.extend(text(&self.name).map(|name| format!(" {name}")));
        line.extend(text(&self.language).map(|language| format!(" ({language})")));
        let parameters = self.parameters.iter().flatten().map(ToString::to_string).collect::<Vec<_>>().join(" · ");
        format!("{line} {parameters}").trim_end().to_owned()
    }
}
