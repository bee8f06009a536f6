//! A message as people see it: its parts by their names, the same for everything that shows or compares messages.

use journey::{Header, Message};

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
    /// The values of its placeholders.
    pub parameters: Vec<String>,
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
            Message::Template { name, language, header, parameters, buttons } => Self {
                buttons: buttons.iter().map(|button| button.title.clone()).collect(),
                template: Some(Template {
                    name: name.clone(),
                    language: language.clone(),
                    parameters: parameters.clone(),
                }),
                ..Self::under(header.as_ref())
            },
        }
    }
}

impl Parts {
    fn under(header: Option<&Header>) -> Self {
        match header {
            None => Self::default(),
            Some(Header::Text { text }) => Self { header: Some(text.clone()), ..Self::default() },
            Some(Header::Media { kind, url }) => Self { file: Some((kind.name(), url.clone())), ..Self::default() },
        }
    }

    /// What kind of message it is, in a word or two.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self { template: Some(_), .. } => "a template",
            Self { list: Some(_), .. } => "a list",
            Self { buttons, .. } if !buttons.is_empty() => "buttons",
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
        if let Some(Template { name, language, parameters }) = &self.template {
            lines.push(format!("template {name} ({language}) {}", parameters.join(" · ")).trim_end().to_owned());
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
        if !self.buttons.is_empty() {
            lines.push(self.buttons.iter().map(|title| format!("[{title}]")).collect::<Vec<_>>().join(" "));
        }
        lines
    }
}
