//! A message as people see it: its parts by their names, the same for everything that shows or compares messages.

use journey::{ButtonFill, Effect, FillKind, Header, Message};
use whatsapp::message::parameter_text;

/// The parts of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    /// The text above the body.
    pub header: Option<String>,
    /// The body, or the caption of a file.
    pub text: Option<String>,
    /// The text below the body.
    pub footer: Option<String>,
    /// The titles of the buttons.
    pub buttons: Vec<String>,
    /// The list.
    pub list: Option<List>,
    /// A file: its kind, such as `image`, and its address or id.
    pub file: Option<(&'static str, String)>,
    /// The name a document is shown with.
    pub filename: Option<String>,
    /// The template.
    pub template: Option<Template>,
    /// Whether it asks for a place, with WhatsApp's own button.
    pub request_location: bool,
    /// A button that opens a web page: its text, and the address.
    pub call_to_action: Option<(String, String)>,
    /// A form inside WhatsApp: the text of the button that opens it, and its id.
    pub whatsapp_flow: Option<(String, String)>,
    /// Whether it shows the catalogue.
    pub catalog: bool,
    /// A piece of the organisation's content, by its id.
    pub content: Option<String>,
}

/// A list to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// The button that opens it.
    pub button: String,
    /// The titles of the rows, and what is written under them.
    pub rows: Vec<(String, Option<String>)>,
}

/// What is said of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Its name.
    pub name: String,
    /// Its language.
    pub language: String,
    /// The values of its placeholders, as they go out.
    pub parameters: Vec<String>,
    /// Their names; none when they are numbered.
    pub names: Vec<String>,
    /// The place of its header.
    pub location: Option<String>,
    /// The ends of the addresses of its buttons.
    pub url_suffix: Option<String>,
    /// The codes its buttons copy.
    pub copy_code: Option<String>,
}

impl Template {
    /// As lines of text.
    fn lines(&self) -> Vec<String> {
        let Self { name, language, parameters, names, location, url_suffix, copy_code } = self;
        let parameter = |(index, text): (usize, &String)| match names.get(index) {
            Some(name) => format!("{name}: {text}"),
            None => text.clone(),
        };
        let parameters: Vec<String> = parameters.iter().enumerate().map(parameter).collect();
        let mut lines = vec![format!("template {name} ({language}) {}", parameters.join(" · ")).trim_end().to_owned()];
        lines.extend(location.iter().map(|place| format!("(location) {place}")));
        lines.extend(url_suffix.iter().map(|suffix| format!("[…{suffix}]")));
        lines.extend(copy_code.iter().map(|code| format!("[copy {code}]")));
        lines
    }
}

/// The place of a header.
fn place(header: &Header) -> Option<String> {
    let Header::Location { latitude, longitude, name, address } = header else { return None };
    Some(format!("{latitude}, {longitude} {name} {address}").trim_end().to_owned())
}

/// What fills the buttons of a kind.
fn filled(fills: &[ButtonFill], kind: FillKind) -> Option<String> {
    let texts: Vec<String> =
        fills.iter().filter(|fill| fill.kind == kind).map(|fill| parameter_text(&fill.text)).collect();
    (!texts.is_empty()).then(|| texts.join(" · "))
}

impl From<&Message> for Parts {
    fn from(message: &Message) -> Self {
        match message {
            Message::Text { body } => Self { text: Some(body.clone()), ..Self::default() },
            Message::Buttons { header, body, footer, buttons } => Self {
                text: Some(body.clone()),
                footer: footer.clone(),
                buttons: buttons.iter().map(|button| button.title.clone()).collect(),
                ..Self::under(header.as_ref())
            },
            Message::List { header, body, footer, button, rows } => Self {
                header: header.clone(),
                text: Some(body.clone()),
                footer: footer.clone(),
                list: Some(List {
                    button: button.clone(),
                    rows: rows.iter().map(|row| (row.title.clone(), row.description.clone())).collect(),
                }),
                ..Self::default()
            },
            Message::Media { kind, url, caption, filename } => Self {
                text: caption.clone(),
                file: Some((kind.name(), url.clone())),
                filename: filename.clone(),
                ..Self::default()
            },
            Message::Template { name, language, header, parameters, names, buttons, fills } => Self {
                buttons: buttons.iter().map(|button| button.title.clone()).collect(),
                template: Some(Template {
                    name: name.clone(),
                    language: language.clone(),
                    parameters: parameters.iter().map(|text| parameter_text(text)).collect(),
                    names: names.clone(),
                    location: header.as_ref().and_then(place),
                    url_suffix: filled(fills, FillKind::UrlSuffix),
                    copy_code: filled(fills, FillKind::CopyCode),
                }),
                ..Self::under(header.as_ref()).with_acceptable_header()
            },
            Message::RequestLocation { body } => {
                Self { text: Some(body.clone()), request_location: true, ..Self::default() }
            }
            Message::CallToAction { header, body, footer, button, url } => Self {
                text: Some(body.clone()),
                footer: footer.clone(),
                call_to_action: Some((button.clone(), url.clone())),
                ..Self::under(header.as_ref())
            },
            Message::Flow { header, body, footer, button, flow, .. } => Self {
                text: Some(body.clone()),
                footer: footer.clone(),
                whatsapp_flow: Some((button.clone(), flow.clone())),
                ..Self::under(header.as_ref())
            },
            Message::Catalog { body, footer, .. } => {
                Self { text: Some(body.clone()), footer: footer.clone(), catalog: true, ..Self::default() }
            }
        }
    }
}

impl Parts {
    /// What an effect sends, if it sends anything.
    #[must_use]
    pub fn of(effect: &Effect) -> Option<Self> {
        match effect {
            Effect::Send(message) => Some(Self::from(message)),
            Effect::SendContent { content } => Some(Self { content: Some(content.clone()), ..Self::default() }),
            _ => None,
        }
    }

    fn under(header: Option<&Header>) -> Self {
        match header {
            None => Self::default(),
            Some(Header::Text { text }) => Self { header: Some(text.clone()), ..Self::default() },
            Some(Header::Media { kind, url, filename }) => {
                Self { file: Some((kind.name(), url.clone())), filename: filename.clone(), ..Self::default() }
            }
            Some(Header::Location { .. }) => Self::default(),
        }
    }

    /// The header of a template, which is made acceptable as its other parameters are.
    fn with_acceptable_header(self) -> Self {
        Self { header: self.header.map(|header| parameter_text(&header)), ..self }
    }

    /// What kind of message it is, in a word or two.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self { template: Some(_), .. } => "a template",
            Self { content: Some(_), .. } => "a piece of content",
            Self { request_location: true, .. } => "a request for a place",
            Self { call_to_action: Some(_), .. } => "a link",
            Self { whatsapp_flow: Some(_), .. } => "a form",
            Self { catalog: true, .. } => "the catalogue",
            Self { list: Some(_), .. } => "a list",
            Self { buttons, .. } if !buttons.is_empty() => "a message with buttons",
            Self { file: Some((kind, _)), .. } => match *kind {
                "image" => "an image",
                "audio" => "a sound",
                "video" => "a video",
                _ => "a document",
            },
            _ => "a text",
        }
    }

    /// The message as lines of text.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(template) = &self.template {
            lines.extend(template.lines());
        }
        if let Some((kind, url)) = &self.file {
            lines.push(format!("({kind}) {url}"));
        }
        lines.extend(self.filename.iter().map(|name| format!("({name})")));
        lines.extend(self.header.iter().map(|header| format!("*{header}*")));
        lines.extend(self.text.iter().flat_map(|text| text.lines().map(str::to_owned)));
        lines.extend(self.footer.iter().map(|footer| format!("_{footer}_")));
        if let Some(List { button, rows }) = &self.list {
            lines.push(format!("≡ {button}"));
            lines.extend(rows.iter().map(|(title, description)| match description {
                Some(description) => format!("  · {title}: {description}"),
                None => format!("  · {title}"),
            }));
        }
        lines.extend(self.content.iter().map(|content| format!("(content) {content}")));
        lines.extend(self.call_to_action.iter().map(|(button, url)| format!("[{button}] {url}")));
        lines.extend(self.whatsapp_flow.iter().map(|(button, flow)| format!("[{button}] form {flow}")));
        lines.extend(self.request_location.then(|| "[send location]".to_owned()));
        lines.extend(self.catalog.then(|| "[catalogue]".to_owned()));
        if !self.buttons.is_empty() {
            lines.push(self.buttons.iter().map(|title| format!("[{title}]")).collect::<Vec<_>>().join(" "));
        }
        lines
    }
}
