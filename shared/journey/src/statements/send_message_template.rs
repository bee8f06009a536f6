//! `send_message_template("nudge", "es", ["@contact.name"], buttons: [Start])`: sends an approved template.
//!
//! ```text
//! send_message_template(name, language, [parameters])                        the parameters of its body, in order
//! send_message_template(name, language, [["day", "lunes"], …])               the parameters of its body, by name
//! send_message_template(…, image: "https://…")                               the file of its header; also video:, document:
//! send_message_template(…, document: "https://…", filename: "plan.pdf")      the name the document is shown with
//! send_message_template(…, header: "@contact.name")                          the parameter of a header that is a text
//! send_message_template(…, location: [["latitude", 4.6], ["longitude", -74.1], ["name", "Clínica"], ["address", "Calle 1"]])
//! send_message_template(…, url: "@id", copy_code: "AB12")             fill the buttons behind the quick replies
//! send_message_template(…, url: [[0, "@id"], [2, "map"]])             say which buttons, from 0
//! send_message_template(…, buttons: [CardA, CardB])                          its quick replies lead to cards
//! sent = send_message_template(…, buttons: ["Sí", "No"])                     its quick replies are values
//! then(Go when sent.index == 0)                                              which one was tapped, from 0
//! ```
//!
//! - Templates are the only messages that may be sent when the contact has not written for 24 hours.
//! - WhatsApp refuses empty parameters: `-` stands for one. It refuses line ends, tabs and rows of blanks too: each of them goes
//!   out as one blank.
//! - A place may also be what `request_location` gave.
//! - With `buttons:` the journey waits for an answer; one that is none of them lets the card go on.

use expression::{Expr, ExprKind, Value};
use serde::{Deserialize, Serialize};

use super::Kind;
use super::choices::{Choices, Limits, Menu};
use crate::compiler::Compiler;
use crate::engine::{Answer, ButtonFill, FillKind, Header, MediaKind, Message, Next, Run, Step, limits, plain};
use crate::model::Formula;
use crate::notation::call::Call;
use crate::notation::printer::{Argument, Printer};
use crate::problem::Problem;

/// Sends an approved template: the only message that may begin a conversation. With buttons it waits for an answer; the
/// variable then holds the chosen text, and `.index` its number from 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SendMessageTemplate {
    /// Keeps the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variable: Option<String>,
    /// The name of the template.
    pub name: Formula,
    /// Its language, such as `es` or `en_US`.
    pub language: Formula,
    /// The values of its placeholders, a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Formula>,
    /// `image:`, `video:` or `document:`, the medium of its header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<(MediaKind, Formula)>,
    /// What else fills it.
    #[serde(flatten)]
    pub fills: Fills,
    /// `buttons:`, its quick replies, in its order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buttons: Option<Choices>,
}

/// What fills the parts of a template that few have.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Fills {
    /// `filename:`, the name the document of its header is shown with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<Formula>,
    /// `header:`, the parameter of a header that is a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header_text: Option<Formula>,
    /// `location:`, the place of its header: a map or pairs of `latitude`, `longitude`, `name` and `address`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Formula>,
    /// `url:`, the end of the address of a button: a text, or pairs of the number of a button and a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url_suffix: Option<Formula>,
    /// `copy_code:`, the code that a button copies, as for `url:`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy_code: Option<Formula>,
}

impl SendMessageTemplate {
    /// Whether it fills more than the body by place, the media of the header and quick replies.
    pub(crate) fn has_parts_of_its_own(&self) -> bool {
        let named = |parameters: &Formula| match &parameters.kind {
            ExprKind::List(items) => items.iter().any(|item| matches!(item.kind, ExprKind::List(_))),
            _ => false,
        };
        self.fills != Fills::default() || self.parameters.as_ref().is_some_and(named)
    }
}

impl Fills {
    fn read(call: &mut Call) -> Self {
        Self {
            filename: call.named("filename"),
            header_text: call.named("header"),
            location: call.named("location"),
            url_suffix: call.named("url"),
            copy_code: call.named("copy_code"),
        }
    }

    /// All of them, by the names they are written with.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&'static str, &Formula)> {
        [
            ("filename", &self.filename),
            ("header", &self.header_text),
            ("location", &self.location),
            ("url", &self.url_suffix),
            ("copy_code", &self.copy_code),
        ]
        .into_iter()
        .filter_map(|(name, formula)| Some((name, formula.as_ref()?)))
    }
}

const HEADERS: [MediaKind; 3] = [MediaKind::Image, MediaKind::Video, MediaKind::Document];

impl SendMessageTemplate {
    pub(super) fn read(call: &mut Call) -> Result<Self, Problem> {
        let name = call.required("the name of a template")?;
        let language = call.required("the language of the template")?;
        let parameters = call.next();
        let header = HEADERS.into_iter().find_map(|kind| call.named(kind.name()).map(|url| (kind, url)));
        let (fills, buttons) = (Fills::read(call), call.named("buttons").map(Choices::of));
        // Without buttons nothing is answered, and the variable would stay empty; it is kept all the same.
        Ok(Self { variable: call.take_variable(), name, language, parameters, header, fills, buttons })
    }
}

impl Kind for SendMessageTemplate {
    fn print(&self, printer: &mut Printer) {
        let mut arguments = vec![Argument::value(&self.name), Argument::value(&self.language)];
        arguments.extend(self.parameters.as_ref().map(Argument::value));
        arguments.extend(self.header.as_ref().map(|(kind, url)| Argument::named(kind.name(), url)));
        arguments.extend(self.fills.all().map(|(name, formula)| Argument::named(name, formula)));
        arguments.extend(self.buttons.as_ref().map(|buttons| Argument::named_raw("buttons", buttons.as_list())));
        printer.call(self.variable.as_deref(), "send_message_template", &arguments, &[]);
    }

    fn compile(&self, compiler: &mut Compiler<'_>) -> Box<dyn Step> {
        if let Some(parameters) = &self.parameters
            && matches!(parameters.kind, ExprKind::Text(_) | ExprKind::Interpolated(_))
        {
            let hint = "Write them as a list: `[\"…\", \"…\"]`.".to_owned();
            compiler.warning("bad-parameters", "The parameters of a template are a list; this is sent as the only one.".to_owned(), Some(hint));
        }
        self.fills.all().for_each(|(_, formula)| drop(compiler.formula(formula)));
        let limits = Limits { count: limits::TEMPLATE_BUTTONS, title: limits::TEMPLATE_BUTTON_TITLE };
        Box::new(SendTemplate {
            variable: compiler.variable(self.variable.as_deref()),
            name: compiler.formula(&self.name),
            language: compiler.formula(&self.language),
            parameters: self.parameters.as_ref().map(|parameters| Parameters::of(&compiler.formula(parameters))),
            header: self.header.as_ref().map(|(kind, url)| (*kind, compiler.formula(url))),
            fills: self.fills.clone(),
            buttons: self.buttons.as_ref().map(|buttons| buttons.compile(compiler, limits)),
        })
    }

    fn leads_to(&self) -> Vec<&str> {
        self.buttons.as_ref().map(Choices::cards).unwrap_or_default()
    }
}

#[derive(Debug)]
struct SendTemplate {
    variable: Option<String>,
    name: Formula,
    language: Formula,
    parameters: Option<Parameters>,
    header: Option<(MediaKind, Formula)>,
    fills: Fills,
    buttons: Option<Menu>,
}

/// The parameters of a template.
#[derive(Debug)]
enum Parameters {
    /// Written one by one: one that fails leaves the others as they are.
    Each(Vec<Formula>),
    /// Written as pairs of a name and a value.
    Named(Vec<(Formula, Formula)>),
    /// A computed list.
    Computed(Formula),
}

impl Parameters {
    fn of(formula: &Formula) -> Self {
        let ExprKind::List(items) = &formula.kind else { return Self::Computed(formula.clone()) };
        let pair = |item: &Expr| match &item.kind {
            ExprKind::List(pair) => match pair.as_slice() {
                [name, value] => Some((name.clone().into(), value.clone().into())),
                _ => None,
            },
            _ => None,
        };
        match items.iter().map(pair).collect::<Option<Vec<_>>>() {
            Some(pairs) if !pairs.is_empty() => Self::Named(pairs),
            _ => Self::Each(items.iter().cloned().map(Formula::from).collect()),
        }
    }

    /// The texts, and their names if they have any. WhatsApp refuses a template with an empty one, and nothing would arrive: a
    /// dash stands for it.
    fn texts(&self, run: &mut Run<'_>) -> (Vec<String>, Vec<String>) {
        let (names, mut texts): (Vec<String>, Vec<String>) = match self {
            Self::Each(items) => (Vec::new(), items.iter().map(|item| text(item, run)).collect()),
            Self::Named(pairs) => {
                pairs.iter().map(|(name, value)| (run.text(name).trim().to_owned(), text(value, run))).unzip()
            }
            Self::Computed(list) => match run.value(list) {
                Value::List(values) => match values.iter().map(pair).collect::<Option<Vec<_>>>() {
                    Some(pairs) if !pairs.is_empty() => pairs.into_iter().unzip(),
                    _ => (Vec::new(), values.iter().map(|value| plain(value.clone()).text()).collect()),
                },
                Value::Null => (Vec::new(), Vec::new()),
                one => (Vec::new(), vec![plain(one).text()]),
            },
        };
        for (index, text) in texts.iter_mut().enumerate() {
            if text.trim().is_empty() {
                run.mistake(format!("Parameter {} of the template is empty; `{EMPTY}` stands for it.", index + 1));
                *text = EMPTY.to_owned();
            }
        }
        (names, texts)
    }
}

/// A name and a text.
fn pair(value: &Value) -> Option<(String, String)> {
    match value.acting() {
        Value::List(pair) if pair.len() == 2 => Some((pair.first()?.text(), plain(pair.get(1)?.clone()).text())),
        _ => None,
    }
}

/// What a parameter says: of a text with expressions in it, what fails stays as it was typed.
fn text(formula: &Formula, run: &mut Run<'_>) -> String {
    match &formula.kind {
        ExprKind::Text(_) | ExprKind::Interpolated(_) => run.text(formula),
        _ => plain(run.value(formula)).text(),
    }
}

/// What stands for an empty parameter.
const EMPTY: &str = "-";

impl SendTemplate {
    /// What fills the header: a file, a place or a text.
    fn header(&self, run: &mut Run<'_>) -> Option<Header> {
        if let Some((kind, url)) = &self.header {
            let filename = self.fills.filename.as_ref().filter(|_| *kind == MediaKind::Document);
            let filename = filename.map(|filename| run.text(filename)).filter(|filename| !filename.trim().is_empty());
            return Some(Header::Media { kind: *kind, url: run.text(url), filename });
        }
        if let Some(location) = &self.fills.location {
            return place(location, run);
        }
        let header = self.fills.header_text.as_ref().map(|header| text(header, run))?;
        Some(Header::Text { text: if header.trim().is_empty() { EMPTY.to_owned() } else { header } })
    }

    /// What fills the buttons that are no quick replies; one that is not said which stands behind those and the others.
    fn fills(&self, quick_replies: usize, run: &mut Run<'_>) -> Vec<ButtonFill> {
        let mut fills: Vec<ButtonFill> = Vec::new();
        for (kind, formula) in [(FillKind::UrlSuffix, &self.fills.url_suffix), (FillKind::CopyCode, &self.fills.copy_code)] {
            let Some(formula) = formula else { continue };
            let given: Vec<(Option<usize>, String)> = match plain(run.value(formula)) {
                Value::List(pairs) => {
                    pairs.iter().filter_map(pair).map(|(index, text)| (index.trim().parse().ok(), text)).collect()
                }
                Value::Map(pairs) => pairs.iter().map(|(index, text)| (index.trim().parse().ok(), text.text())).collect(),
                one => vec![(Some(quick_replies + fills.len()), one.text())],
            };
            for (index, text) in given {
                match index.filter(|index| *index < limits::TEMPLATE_BUTTONS).and_then(|index| u8::try_from(index).ok()) {
                    Some(index) if !text.trim().is_empty() => fills.push(ButtonFill { index, kind, text }),
                    _ => run.mistake(format!("`{formula}` fills no button of the template; it was left out.")),
                }
            }
        }
        fills
    }
}

/// The place of a header.
fn place(formula: &Formula, run: &mut Run<'_>) -> Option<Header> {
    let given = run.pairs(formula);
    let part = |name: &str| given.iter().find(|(part, _)| part.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    let degrees = |name: &str| part(name).and_then(|value| value.text().trim().parse::<f64>().ok());
    let said = |name: &str| part(name).map(Value::text).unwrap_or_default();
    let (Some(latitude), Some(longitude)) = (degrees("latitude"), degrees("longitude")) else {
        run.mistake(format!("`{formula}` is no place: it needs `latitude` and `longitude`. The header was left out."));
        return None;
    };
    Some(Header::Location { latitude, longitude, name: said("name"), address: said("address") })
}

impl Step for SendTemplate {
    fn run(&self, run: &mut Run<'_>) -> Next {
        let name = run.text(&self.name);
        let language = run.text(&self.language);
        if name.trim().is_empty() {
            run.mistake("The name of the template is empty; it was not sent.".to_owned());
            return Next::Continue;
        }
        let (names, parameters) = self.parameters.as_ref().map(|parameters| parameters.texts(run)).unwrap_or_default();
        let header = self.header(run);
        let mut wait = None;
        let mut buttons = Vec::new();
        if let Some(menu) = &self.buttons {
            let offers = menu.offers(run);
            let (opened, choices) = run.offer(offers, limits::TEMPLATE_BUTTONS, limits::TEMPLATE_BUTTON_TITLE);
            buttons = choices.into_iter().map(|(choice, _)| choice).collect();
            wait = Some(opened);
        }
        let fills = self.fills(buttons.len(), run);
        run.send(Message::Template { name, language, header, parameters, names, buttons, fills });
        wait.map_or(Next::Continue, Next::Wait)
    }

    fn resume(&self, run: &mut Run<'_>, answer: &Answer<'_>) -> Next {
        let (Answer::Chosen(chosen), Some(menu)) = (answer, &self.buttons) else {
            run.keep(self.variable.as_deref(), answer.value(None, run.locale()));
            return Next::NotUnderstood { by_card: true };
        };
        let value = Value::map([
            ("__value__", Value::from(chosen.title.as_str())),
            ("index", i64::try_from(chosen.index).map_or(Value::Null, Value::Int)),
        ]);
        run.keep(self.variable.as_deref(), value);
        menu.follow(chosen)
    }
}
