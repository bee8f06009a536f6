//! `send_message_template("nudge", "es", ["@contact.name"], buttons: [Start])`: sends an approved template.
//!
//! ```text
//! send_message_template(name, language, [parameters])                        the parameters of its body, in order
//! send_message_template(…, image: "https://…")                               the file of its header; also video:, document:
//! send_message_template(…, buttons: [CardA, CardB])                          its quick replies lead to cards
//! sent = send_message_template(…, buttons: ["Sí", "No"])                     its quick replies are values
//! then(Go when sent.index == 0)                                              which one was tapped, from 0
//! ```
//!
//! - Templates are the only messages that may be sent when the contact has not written for 24 hours.
//! - WhatsApp refuses empty parameters: `-` stands for one.
//! - With `buttons:` the journey waits for an answer; one that is none of them lets the card go on.

use expression::{ExprKind, Value};
use serde::{Deserialize, Serialize};

use super::Kind;
use super::choices::{Choices, Limits, Menu};
use crate::compiler::Compiler;
use crate::engine::{Answer, Header, MediaKind, Message, Next, Run, Step, limits};
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
    /// `buttons:`, its quick replies, in its order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buttons: Option<Choices>,
}

const HEADERS: [MediaKind; 3] = [MediaKind::Image, MediaKind::Video, MediaKind::Document];

impl SendMessageTemplate {
    pub(super) fn read(call: &mut Call) -> Result<Self, Problem> {
        let name = call.required("the name of a template")?;
        let language = call.required("the language of the template")?;
        let parameters = call.next();
        let header = HEADERS.into_iter().find_map(|kind| call.named(kind.name()).map(|url| (kind, url)));
        let buttons = call.named("buttons").map(Choices::of);
        // Without buttons nothing is answered, and the variable would stay empty; it is kept all the same.
        Ok(Self { variable: call.take_variable(), name, language, parameters, header, buttons })
    }
}

impl Kind for SendMessageTemplate {
    fn print(&self, printer: &mut Printer) {
        let mut arguments = vec![Argument::value(&self.name), Argument::value(&self.language)];
        arguments.extend(self.parameters.as_ref().map(Argument::value));
        arguments.extend(self.header.as_ref().map(|(kind, url)| Argument::named(kind.name(), url)));
        arguments.extend(self.buttons.as_ref().map(|buttons| Argument::named_raw("buttons", buttons.as_list())));
        printer.call(self.variable.as_deref(), "send_message_template", &arguments, &[]);
    }

    fn compile(&self, compiler: &mut Compiler<'_>) -> Box<dyn Step> {
        if let Some(parameters) = &self.parameters
            && matches!(parameters.kind, ExprKind::Text(_) | ExprKind::Interpolated(_))
        {
            let hint = "Write them as a list: `[\"…\", \"…\"]`.".to_owned();
            compiler.error("bad-parameters", "The parameters of a template are a list.".to_owned(), Some(hint));
        }
        let limits = Limits { count: limits::TEMPLATE_BUTTONS, title: limits::TEMPLATE_BUTTON_TITLE };
        Box::new(SendTemplate {
            variable: compiler.variable(self.variable.as_deref()),
            name: compiler.formula(&self.name),
            language: compiler.formula(&self.language),
            parameters: self.parameters.as_ref().map(|parameters| Parameters::of(&compiler.formula(parameters))),
            header: self.header.as_ref().map(|(kind, url)| (*kind, compiler.formula(url))),
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
    buttons: Option<Menu>,
}

/// The parameters of a template.
#[derive(Debug)]
enum Parameters {
    /// Written one by one: one that fails leaves the others as they are.
    Each(Vec<Formula>),
    /// A computed list.
    Computed(Formula),
}

impl Parameters {
    fn of(formula: &Formula) -> Self {
        match &formula.kind {
            ExprKind::List(items) => Self::Each(items.iter().cloned().map(Formula::from).collect()),
            _ => Self::Computed(formula.clone()),
        }
    }

    /// The texts. WhatsApp refuses a template with an empty one, and nothing would arrive: a dash stands for it.
    fn texts(&self, run: &mut Run<'_>) -> Vec<String> {
        let mut texts: Vec<String> = match self {
            Self::Each(items) => items.iter().map(|item| run.text(item)).collect(),
            Self::Computed(list) => match run.value(list) {
                Value::List(values) => values.iter().map(Value::text).collect(),
                Value::Null => Vec::new(),
                one => vec![one.text()],
            },
        };
        for (index, text) in texts.iter_mut().enumerate() {
            if text.trim().is_empty() {
                run.mistake(format!("Parameter {} of the template is empty; `{EMPTY}` stands for it.", index + 1));
                *text = EMPTY.to_owned();
            }
        }
        texts
    }
}

/// What stands for an empty parameter.
const EMPTY: &str = "-";

impl Step for SendTemplate {
    fn run(&self, run: &mut Run<'_>) -> Next {
        let name = run.text(&self.name);
        let language = run.text(&self.language);
        if name.trim().is_empty() {
            run.mistake("The name of the template is empty; it was not sent.".to_owned());
            return Next::Continue;
        }
        let parameters = self.parameters.as_ref().map(|parameters| parameters.texts(run)).unwrap_or_default();
        let header = self.header.as_ref().map(|(kind, url)| Header::Media { kind: *kind, url: run.text(url) });
        let mut wait = None;
        let mut buttons = Vec::new();
        if let Some(menu) = &self.buttons {
            let offers = menu.offers(run);
            let (opened, choices) = run.offer(offers, limits::TEMPLATE_BUTTONS, limits::TEMPLATE_BUTTON_TITLE);
            buttons = choices.into_iter().map(|(choice, _)| choice).collect();
            wait = Some(opened);
        }
        run.send(Message::Template { name, language, header, parameters, buttons });
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
