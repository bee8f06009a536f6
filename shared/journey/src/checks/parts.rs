//! What the statements of a card are made of, in the same form for all of them: what they show, compute and lead to.

use expression::{Expr, ExprKind};

use crate::engine::limits;
use crate::model::{Formula, Words};
use crate::statements::{Action, Choices, Moment, Statement};

/// What a statement is made of.
#[derive(Debug, Default)]
pub(super) struct Parts<'a> {
    /// What is computed, texts for people aside.
    pub(super) formulas: Vec<&'a Formula>,
    /// What people read.
    pub(super) words: Vec<(Shown, &'a Words)>,
    /// The cards it may lead to.
    pub(super) leads_to: Vec<&'a str>,
    /// The variable it sets.
    pub(super) sets: Option<&'a str>,
    /// The statements between its `do` and `end`.
    pub(super) content: &'a [Statement],
    /// Whether the conversation rests here for a while.
    pub(super) waits: bool,
    /// Whether people are asked something.
    pub(super) asks: bool,
}

/// Where people read a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    Text,
    Body,
    Header,
    Footer,
    Caption,
    Button,
    TemplateButton,
    FlowButton,
    ListButton,
    Row,
}

impl Shown {
    /// What it is called and how many characters WhatsApp shows of it.
    pub(super) fn limit(self) -> (&'static str, usize) {
        match self {
            Self::Text => ("text", limits::TEXT),
            Self::Body => ("text of a question", limits::BODY),
            Self::Header => ("header", limits::HEADER),
            Self::Footer => ("footer", limits::FOOTER),
            Self::Caption => ("caption", limits::CAPTION),
            Self::Button => ("button", limits::BUTTON_TITLE),
            Self::TemplateButton => ("button of a template", limits::TEMPLATE_BUTTON_TITLE),
            Self::FlowButton => ("button of a form", limits::FLOW_BUTTON),
            Self::ListButton => ("button of a list", limits::LIST_BUTTON),
            Self::Row => ("row", limits::ROW_TITLE),
        }
    }

    /// Whether the compiler itself looks at the length of a constant text here.
    pub(super) fn is_compiled(self) -> bool {
        !matches!(self, Self::Text | Self::Body | Self::Caption)
    }
}

impl<'a> Parts<'a> {
    pub(super) fn of(action: &'a Action) -> Self {
        let mut parts = Self::default();
        match action {
            Action::Text(text) => {
                parts.words.push((Shown::Text, &text.body));
                parts.formulas.extend(text.options.iter().map(|(_, value)| value));
            }
            Action::Media(media) => {
                parts.formulas.push(&media.url);
                parts.formulas.extend(&media.filename);
                parts.words.extend(media.caption.iter().map(|caption| (Shown::Caption, caption)));
            }
            Action::Header(header) => parts.words.push((Shown::Header, &header.text)),
            Action::Footer(footer) => parts.words.push((Shown::Footer, &footer.text)),
            Action::Buttons(buttons) => {
                parts.choices(&buttons.choices, Shown::Button);
                parts.ask(buttons.variable.as_ref(), &buttons.content);
            }
            Action::List(list) => {
                parts.words.push((Shown::ListButton, &list.call_to_action));
                parts.choices(&list.choices, Shown::Row);
                parts.ask(list.variable.as_ref(), &list.content);
            }
            Action::Ask(ask) => {
                parts.words.extend(ask.question.iter().map(|question| (Shown::Text, question)));
                parts.formulas.extend(&ask.limit);
                parts.ask(ask.variable.as_ref(), &ask.content);
            }
            Action::UpdateContact(update) => parts.formulas.extend(update.fields.iter().map(|(_, value)| value)),
            Action::WriteResult(result) => {
                parts.formulas.extend([&result.key, &result.value]);
                parts.formulas.extend(&result.label);
            }
            Action::RunStack(run) => {
                parts.formulas.push(&run.journey);
                parts.waits = true;
            }
            Action::ScheduleStack(schedule) => {
                let (Moment::In(moment) | Moment::At(moment)) = &schedule.moment;
                parts.formulas.extend([&schedule.journey, moment]);
            }
            Action::CancelScheduledStacks(cancel) => parts.formulas.push(&cancel.journey),
            Action::Log(log) => parts.formulas.push(&log.message),
            Action::AddLabel(label) => parts.formulas.push(&label.label),
            Action::AssignChatTo(assign) => parts.formulas.push(&assign.operator),
            Action::SendMessageTemplate(template) => {
                parts.formulas.extend([&template.name, &template.language]);
                parts.formulas.extend(&template.parameters);
                parts.formulas.extend(template.header.iter().map(|(_, url)| url));
                parts.formulas.extend(template.fills.all().map(|(_, formula)| formula));
                parts.sets = template.variable.as_deref();
                if let Some(buttons) = &template.buttons {
                    parts.choices(buttons, Shown::TemplateButton);
                    (parts.waits, parts.asks) = (true, true);
                }
            }
            Action::SendContent(content) => {
                parts.formulas.push(&content.content);
                parts.sets = content.variable.as_deref();
                (parts.waits, parts.asks) = (content.waits, content.waits);
            }
            Action::RequestLocation(request) => {
                parts.words.extend(request.question.iter().map(|question| (Shown::Body, question)));
                parts.ask(request.variable.as_ref(), &request.content);
            }
            Action::WhatsappFlow(flow) => {
                parts.formulas.push(&flow.flow);
                parts.formulas.extend(flow.screen.iter().chain(&flow.data));
                parts.words.push((Shown::FlowButton, &flow.button));
                parts.ask(flow.variable.as_ref(), &flow.content);
            }
            Action::CallToAction(call) => {
                parts.words.push((Shown::Button, &call.button));
                parts.formulas.push(&call.url);
                parts.content = &call.content;
            }
            Action::Catalog(catalog) => {
                parts.formulas.extend(&catalog.product);
                parts.content = &catalog.content;
            }
            Action::Http(http) => {
                let options = [&http.query, &http.headers, &http.body, &http.timeout, &http.cache_ttl, &http.mode];
                parts.formulas.push(&http.url);
                parts.formulas.extend(options.into_iter().flatten());
                parts.sets = http.variable.as_deref();
                parts.waits = true;
            }
            Action::Wait(wait) => {
                parts.formulas.push(&wait.seconds);
                parts.waits = true;
            }
            Action::MarkAsRead(mark) => parts.formulas.extend(&mark.message),
            Action::Experiment(experiment) => {
                parts.formulas.push(&experiment.name);
                parts.formulas.extend(experiment.arms.iter().map(|(_, weight)| weight));
                parts.leads_to.extend(experiment.arms.iter().map(|(card, _)| card.as_str()));
                parts.sets = experiment.variable.as_deref();
            }
            Action::HandOver(hand_over) => {
                parts.formulas.extend(&hand_over.reason);
                parts.waits = hand_over.waits;
            }
            Action::Then(then) => {
                parts.formulas.extend(&then.guard);
                parts.leads_to.push(&then.card);
            }
            Action::Assign(assign) => {
                parts.formulas.push(&assign.value);
                parts.sets = Some(&assign.variable);
            }
            Action::Evaluate(evaluate) => parts.formulas.push(&evaluate.expression),
            Action::Call(call) => {
                // What it means is not known here; a bare name may well be a card it leads to.
                for argument in call.arguments.iter().chain(call.options.iter().map(|(_, value)| value)) {
                    let names = names(argument);
                    if names.is_empty() {
                        parts.formulas.push(argument);
                    }
                    parts.leads_to.extend(names);
                }
                parts.sets = call.variable.as_deref();
                parts.content = &call.content;
            }
            Action::ShowTyping(_) | Action::CullData(_) => {}
        }
        parts
    }

    fn ask(&mut self, variable: Option<&'a String>, content: &'a [Statement]) {
        self.sets = variable.map(String::as_str);
        self.content = content;
        (self.waits, self.asks) = (true, true);
    }

    fn choices(&mut self, choices: &'a Choices, shown: Shown) {
        match choices {
            Choices::Cards(cards) => self.leads_to.extend(cards.iter().map(String::as_str)),
            Choices::Labelled(labels) => {
                self.leads_to.extend(labels.iter().map(|(card, _)| card.as_str()));
                self.words.extend(labels.iter().map(|(_, label)| (shown, label)));
            }
            Choices::Values(values) => self.words.extend(values.iter().map(|value| (shown, value))),
            Choices::Dynamic { card, items } => {
                self.leads_to.extend(card.as_deref());
                self.formulas.push(items);
            }
        }
    }

    /// Everything that is computed, texts for people included.
    pub(super) fn computed(&self) -> impl Iterator<Item = &'a Formula> {
        let texts = self.words.iter().flat_map(|(_, words)| words.texts());
        self.formulas.iter().copied().chain(texts)
    }
}

/// The names, when an expression is nothing but a name or a list of names.
fn names(formula: &Formula) -> Vec<&str> {
    fn name(expr: &Expr) -> Option<&str> {
        match &expr.kind {
            ExprKind::Name(name) => Some(name.as_str()),
            _ => None,
        }
    }
    match &formula.kind {
        ExprKind::List(items) => items.iter().map(name).collect::<Option<_>>().unwrap_or_default(),
        _ => formula.as_name().into_iter().collect(),
    }
}
