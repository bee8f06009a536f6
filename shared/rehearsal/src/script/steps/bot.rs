//! `bot: {text: "Hola Ana", buttons: [Sí, No]}`: the next message is like this.

use journey::Problem;

use super::{Kind, StepKind, Takes};
use crate::message::{List, Parts};
use crate::script::expect::{Pattern, normal};
use crate::script::play::{Failure, Play};
use crate::script::yaml::{Node, NodeKind};

pub(super) const KIND: StepKind = StepKind {
    name: "bot",
    summary: "The next message the journey sent. Only what is written is compared: `text` (or the caption), `header`, \
              `footer`, `buttons`, `list: {button, rows}`, `image`, `audio`, `video`, `document` (address or id), \
              `filename`, `call_to_action: {button, url}`, `whatsapp_flow: {button, id}`, `request_location: true`, \
              `catalog: true` and `content`. A text may be loosened with `{starts}`, `{ends}`, `{contains}` and `{matches}`; `bot: {}` is any \
              one message, a template too.",
    takes: Takes::Value,
    example: (
        "card Hello, then: Topics do\n  image(\"https://example.org/a.png\")\n  buttons(Topics: \"Sí\", End: \"No\") do\n\
         \x20   header(\"Salud\")\n    text(\"Hola @contact.name, ¿seguimos?\")\n    footer(\"Gratis\")\n  end\nend\n\
         card Topics, then: End do\n  list(\"Temas\", [Pregnancy, Vaccines]) do\n    text(\"¿Cuál?\")\n  end\nend\n\
         card Pregnancy, \"Embarazo\" do\nend\ncard Vaccines, \"Vacunas\" do\nend\ncard End do\nend",
        "  - start\n  - bot: {image: {ends: .png}}\n\
         \x20 - bot: {header: Salud, text: \"Hola Ana, ¿seguimos?\", footer: Gratis, buttons: [Sí, No]}\n\
         \x20 - tap: Sí\n  - bot: {text: {contains: Cuál}, list: {button: Temas, rows: [Embarazo, Vacunas]}}",
    ),
    fails: &[
        ("  - start\n  - bot: {image: {ends: .jpg}}", "what: \"image\""),
        (
            "  - start\n  - bot: {text: Hola Eva}\n  - bot: {image: {ends: .png}}",
            "What came instead is what line 7 expects",
        ),
        (
            "  - start\n  - bot: {}\n  - bot: {text: Hola}",
            "what: \"text\", expected: \"Hola\", actual: \"Hola Ana, ¿seguimos?\"",
        ),
        ("  - start\n  - bot: {}\n  - bot: {buttons: [Sí]}", "expected: \"[Sí]\", actual: \"[Sí] [No]\""),
        ("  - start\n  - bot: {}\n  - bot: {list: {rows: [Sí, No]}}", "what: \"list\""),
        ("  - start\n  - bot: {buttons: [Sí, No]}", "comes later; before it a step is missing"),
        ("  - start\n  - bot: {}\n  - bot: {}\n  - bot: {}", "waits for a reply in card Hello"),
        ("  - start\n  - bot: {}", "The journey sent a message with buttons that no step expects"),
    ],
    read: |node| Ok(Box::new(Step(Look::read(node, false)?))),
};

/// The files a message may have.
const FILES: [&str; 4] = ["image", "audio", "video", "document"];

/// What a message must look like.
#[derive(Debug, Default)]
pub(super) struct Look {
    /// Whether nothing is demanded of it: it may be any message, a template too.
    is_any: bool,
    header: Option<Pattern>,
    text: Option<Pattern>,
    footer: Option<Pattern>,
    buttons: Option<Vec<Pattern>>,
    list: Option<Rows>,
    file: Option<(&'static str, Pattern)>,
    filename: Option<Pattern>,
    content: Option<Pattern>,
    /// The buttons that are WhatsApp's own: whether they must be there.
    request_location: Option<bool>,
    catalog: Option<bool>,
    call_to_action: Option<Target>,
    whatsapp_flow: Option<Target>,
    pub(super) template: Option<super::template::Template>,
}

/// A button, and what it opens.
#[derive(Debug)]
struct Target {
    button: Option<Pattern>,
    target: Option<Pattern>,
}

#[derive(Debug)]
struct Rows {
    button: Option<Pattern>,
    rows: Option<Vec<(Pattern, Option<Pattern>)>>,
}

impl Look {
    /// Reads what is compared of a message; of a template also its name, language and parameters.
    pub(super) fn read(node: &Node, is_template: bool) -> Result<Self, Problem> {
        if !matches!(node.kind, NodeKind::Map(_)) {
            let name = if is_template { "template: {name: …}" } else { "bot: {text: …}" };
            return Err(node.mistake("The parts of a message have names.").hint(format!("Write `{name}`.")));
        }
        let mut fields = node.fields()?;
        let mut look = Self { is_any: node.entries()?.is_empty(), ..Self::default() };
        if look.is_any {
            return Ok(look);
        }
        if is_template {
            look.template = Some(super::template::Template::read(&mut fields)?);
            look.header = fields.take("header").map(Pattern::read).transpose()?;
            look.filename = fields.take("filename").map(Pattern::read).transpose()?;
        } else {
            for (key, part) in [("header", &mut look.header), ("text", &mut look.text), ("footer", &mut look.footer)] {
                *part = fields.take(key).map(Pattern::read).transpose()?;
            }
            look.list = fields.take("list").map(Rows::read).transpose()?;
            look.filename = fields.take("filename").map(Pattern::read).transpose()?;
            look.content = fields.take("content").map(Pattern::read).transpose()?;
            look.request_location = fields.take("request_location").map(Node::flag).transpose()?;
            look.catalog = fields.take("catalog").map(Node::flag).transpose()?;
            look.call_to_action = fields.take("call_to_action").map(|node| Target::read(node, "url")).transpose()?;
            look.whatsapp_flow = fields.take("whatsapp_flow").map(|node| Target::read(node, "id")).transpose()?;
        }
        look.buttons = fields.take("buttons").map(patterns).transpose()?;
        for kind in FILES {
            if let Some(file) = fields.take(kind) {
                if look.file.is_some() {
                    return Err(file.mistake("A message has one file.").hint("Write a step for each message."));
                }
                look.file = Some((kind, Pattern::read(file)?));
            }
        }
        fields.finish(if is_template { "A template" } else { "A message" })?;
        Ok(look)
    }

    /// Whether the message is as expected.
    fn matches(&self, parts: &Parts) -> bool {
        self.is_any
            || parts.template.is_some() == self.template.is_some() && self.differences(parts).differences.is_empty()
    }

    /// What of the message is not as expected.
    fn differences(&self, parts: &Parts) -> Box<Failure> {
        let mut failure = Box::<Failure>::default();
        if let Some(template) = &self.template {
            failure = template.differences(parts, failure);
        }
        for (what, wanted, actual) in [
            ("header", &self.header, &parts.header),
            ("text", &self.text, &parts.text),
            ("footer", &self.footer, &parts.footer),
            ("filename", &self.filename, &parts.filename),
            ("content", &self.content, &parts.content),
        ] {
            if let Some(wanted) = wanted.as_ref().filter(|wanted| !wanted.matches(actual.as_deref())) {
                let actual = actual.as_deref().map_or_else(|| "(none)".to_owned(), normal);
                failure = failure.differs(what, wanted.to_string(), actual);
            }
        }
        if let Some((kind, wanted)) = &self.file {
            let actual = parts.file.as_ref().filter(|(actual, _)| actual == kind).map(|(_, url)| url.as_str());
            if actual.is_none() || !wanted.matches(actual) {
                failure = failure.differs(kind, wanted.to_string(), actual.unwrap_or("(none)"));
            }
        }
        for (what, wanted, actual) in [
            ("request_location", self.request_location, parts.request_location),
            ("catalog", self.catalog, parts.catalog),
        ] {
            if wanted.is_some_and(|wanted| wanted != actual) {
                failure = failure.differs(what, (!actual).to_string(), actual.to_string());
            }
        }
        for (what, wanted, actual) in [
            ("call_to_action", &self.call_to_action, &parts.call_to_action),
            ("whatsapp_flow", &self.whatsapp_flow, &parts.whatsapp_flow),
        ] {
            if let Some(wanted) = wanted.as_ref().filter(|wanted| !wanted.matches(actual.as_ref())) {
                let actual =
                    actual.as_ref().map_or_else(|| "(none)".to_owned(), |(button, to)| format!("[{button}] {to}"));
                failure = failure.differs(what, wanted.line(), actual);
            }
        }
        if let Some(wanted) = &self.buttons
            && !all(wanted, &parts.buttons)
        {
            failure = failure.differs("buttons", labels(wanted), labels(&parts.buttons));
        }
        if let Some(wanted) = &self.list {
            failure = wanted.differences(parts.list.as_ref(), failure);
        }
        failure
    }

    /// As lines of text.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        lines.extend(self.template.iter().map(super::template::Template::line));
        lines.extend(self.file.iter().map(|(kind, url)| format!("({kind}) {url}")));
        lines.extend(self.filename.iter().map(|name| format!("({name})")));
        lines.extend(self.header.iter().map(|header| format!("*{header}*")));
        lines.extend(self.text.iter().flat_map(|text| text.to_string().lines().map(str::to_owned).collect::<Vec<_>>()));
        lines.extend(self.footer.iter().map(|footer| format!("_{footer}_")));
        if let Some(Rows { button, rows }) = &self.list {
            lines.push(button.as_ref().map_or_else(|| "≡".to_owned(), |button| format!("≡ {button}")));
            lines.extend(rows.iter().flatten().map(|(title, description)| match description {
                Some(description) => format!("  · {title}: {description}"),
                None => format!("  · {title}"),
            }));
        }
        lines.extend(self.content.iter().map(|content| format!("(content) {content}")));
        lines.extend(self.call_to_action.iter().chain(&self.whatsapp_flow).map(Target::line));
        lines.extend(self.request_location.filter(|asks| *asks).map(|_| "[send location]".to_owned()));
        lines.extend(self.catalog.filter(|shows| *shows).map(|_| "[catalogue]".to_owned()));
        lines.extend(self.buttons.as_ref().map(|buttons| labels(buttons)));
        if lines.is_empty() {
            lines.push("(any message)".to_owned());
        }
        lines
    }
}

impl Target {
    /// `{button: …, url: …}`
    fn read(node: &Node, target: &'static str) -> Result<Self, Problem> {
        let mut fields = node.fields()?;
        let button = fields.take("button").map(Pattern::read).transpose()?;
        let target = fields.take(target).map(Pattern::read).transpose()?;
        fields.finish("A button that opens something")?;
        Ok(Self { button, target })
    }

    fn matches(&self, actual: Option<&(String, String)>) -> bool {
        let is =
            |wanted: &Option<Pattern>, actual: &str| wanted.as_ref().is_none_or(|wanted| wanted.matches(Some(actual)));
        actual.is_some_and(|(button, target)| is(&self.button, button) && is(&self.target, target))
    }

    fn line(&self) -> String {
        let text = |pattern: &Option<Pattern>| pattern.as_ref().map_or_else(|| "(any)".to_owned(), ToString::to_string);
        format!("[{}] {}", text(&self.button), text(&self.target))
    }
}

impl Rows {
    fn read(node: &Node) -> Result<Self, Problem> {
        let mut fields = node.fields()?;
        let button = fields.take("button").map(Pattern::read).transpose()?;
        let rows = fields.take("rows");
        fields.finish("A list")?;
        let row = |node: &Node| match &node.kind {
            NodeKind::Map(entries)
                if entries.iter().any(|(key, _)| matches!(key.text(), Ok("title" | "description"))) =>
            {
                let mut fields = node.fields()?;
                let title = fields.take("title").map(Pattern::read).transpose()?;
                let description = fields.take("description").map(Pattern::read).transpose()?;
                fields.finish("A row")?;
                let title = title.ok_or_else(|| node.mistake("A row has a `title`."))?;
                Ok((title, description))
            }
            _ => Ok((Pattern::read(node)?, None)),
        };
        let rows = rows.map(|rows| rows.list()?.iter().map(row).collect::<Result<_, Problem>>()).transpose()?;
        Ok(Self { button, rows })
    }

    fn differences(&self, list: Option<&List>, failure: Box<Failure>) -> Box<Failure> {
        let Some(list) = list else { return failure.differs("list", "a list", "(none)") };
        let mut failure = failure;
        if let Some(wanted) = self.button.as_ref().filter(|wanted| !wanted.matches(Some(&list.button))) {
            failure = failure.differs("list button", wanted.to_string(), list.button.clone());
        }
        let Some(wanted) = &self.rows else { return failure };
        let is_row = |(title, description): &(Pattern, Option<Pattern>), row: &(String, Option<String>)| {
            title.matches(Some(&row.0)) && description.as_ref().is_none_or(|wanted| wanted.matches(row.1.as_deref()))
        };
        let same =
            wanted.len() == list.rows.len() && wanted.iter().zip(&list.rows).all(|(wanted, row)| is_row(wanted, row));
        if same {
            return failure;
        }
        let has_descriptions = wanted.iter().any(|(_, description)| description.is_some());
        let line = |title: String, description: Option<String>| match description {
            Some(description) if has_descriptions => format!("· {title}: {description}"),
            _ => format!("· {title}"),
        };
        let expected = wanted
            .iter()
            .map(|(title, description)| line(title.to_string(), description.as_ref().map(ToString::to_string)));
        let actual = list.rows.iter().map(|(title, description)| line(title.clone(), description.clone()));
        let lines = |rows: Vec<String>| rows.join("\n");
        failure.differs("rows", lines(expected.collect()), lines(actual.collect()))
    }
}

pub(super) fn patterns(node: &Node) -> Result<Vec<Pattern>, Problem> {
    node.list()?.iter().map(Pattern::read).collect()
}

/// Whether there are as many texts as patterns, and each is like its own.
pub(super) fn all(wanted: &[Pattern], actual: &[String]) -> bool {
    wanted.len() == actual.len() && wanted.iter().zip(actual).all(|(wanted, actual)| wanted.matches(Some(actual)))
}

fn labels<L: ToString>(labels: &[L]) -> String {
    if labels.is_empty() {
        return "(none)".to_owned();
    }
    labels.iter().map(|label| format!("[{}]", label.to_string())).collect::<Vec<_>>().join(" ")
}

/// A step that looks at the next message.
#[derive(Debug)]
pub(super) struct Step(pub(super) Look);

impl Kind for Step {
    fn play(&self, play: &mut Play) -> Result<(), Box<Failure>> {
        let Self(look) = self;
        let sent = play.next_message()?;
        let parts = &sent.message;
        if look.matches(parts) {
            play.matched(look.lines(), parts);
            return Ok(());
        }
        let kind = parts.kind();
        let failure = match (parts.template.is_some(), look.template.is_some()) {
            (true, false) => Failure::new("The journey sent a template; this `bot` expects none.")
                .hint("Write `- template: {name: …}`."),
            (false, true) => Failure::new(format!("The journey sent {kind}, not a template.")),
            _ => {
                let mut failure = look.differences(parts);
                failure.message = format!("The journey sent {kind} that is not as expected.");
                failure
            }
        };
        Err(play.unmatched(look.lines(), sent, failure))
    }

    fn expects(&self) -> Option<Vec<String>> {
        Some(self.0.lines())
    }

    fn accepts(&self, parts: &Parts) -> bool {
        self.0.matches(parts)
    }
}
