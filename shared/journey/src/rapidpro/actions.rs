//! Actions as statements.

use expression::{Expr, ExprKind, Span};
use serde_json::Value;

use super::expressions::{category_of, variable_of};
use super::flow::Reading;
use crate::compiler::is_name;
use crate::engine::{MediaKind, Method, limits};
use crate::floip::formulas::{literal, standing};
use crate::model::{Formula, Words};
use crate::statements::{
    Action, AddLabel, Ask, Assign, Buttons, Choices, HandOver, Http, List, Media, RunStack, SendMessageTemplate,
    Statement, Text, UpdateContact, WriteResult,
};

/// What opens a list of quick replies: a sign, because no word fits every language.
const MORE: &str = "☰";

/// What an action does.
pub(super) fn kind(action: &Value) -> &str {
    text(action, "type")
}

/// The variable of a web service.
pub(super) fn service(action: &Value) -> String {
    match text(action, "result_name") {
        "" => "webhook".to_owned(),
        name => variable_of(name),
    }
}

/// Whether a message can be the question, when an answer is waited for after it.
pub(super) fn can_ask(action: &Value) -> bool {
    kind(action) == "send_msg" && !text(action, "text").trim().is_empty() && template_of(action).is_none()
}

/// A question that says nothing: the message before it did.
pub(super) fn ask(variable: &str) -> Statement {
    let variable = Some(variable.to_owned());
    Action::Ask(Ask { variable, question: None, limit: None, content: Vec::new() }).into()
}

/// Reads an action. With a variable, the action is the question whose answer is kept there.
pub(super) fn read(action: &Value, variable: Option<&str>, reading: &mut Reading<'_>) -> Vec<Statement> {
    let one = |action: Action| vec![action.into()];
    match kind(action) {
        "send_msg" => message(action, variable, reading),
        "say_msg" => one(Action::Text(Text { body: words(action, "text", reading), options: Vec::new() })),
        "play_audio" => one(media(MediaKind::Audio, text(action, "audio_url"), reading)),
        "set_contact_name" => set("name", text(action, "name"), reading),
        "set_contact_language" => set("language", text(action, "language"), reading),
        "set_contact_field" => {
            let field = action.get("field").map(|field| text(field, "key")).unwrap_or_default();
            set(field, text(action, "value"), reading)
        }
        "set_run_result" => result(action, reading),
        "enter_flow" => enter(action, reading),
        "add_contact_groups" => labels(action, "groups", "group", reading),
        "add_input_labels" => labels(action, "labels", "label", reading),
        "call_webhook" => call(action, reading),
        "open_ticket" => {
            let note = ["note", "body"].into_iter().map(|key| text(action, key)).find(|note| !note.is_empty());
            one(Action::HandOver(HandOver { reason: note.map(|note| reading.scope.read(note)), waits: false }))
        }
        other => vec![reading.not_imported(if other.is_empty() { "an action without a type" } else { other })],
    }
}

fn text<'v>(action: &'v Value, key: &str) -> &'v str {
    action.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn words(action: &Value, key: &str, reading: &mut Reading<'_>) -> Words {
    reading.words(text(action, key), id(action), key, 0)
}

/// What its texts in other languages are found by.
fn id(action: &Value) -> Option<&str> {
    action.get("uuid").and_then(Value::as_str)
}

fn template_of(action: &Value) -> Option<&Value> {
    action.get("templating").filter(|templating| !templating.is_null())
}

/// Something to show, or a question.
fn message(action: &Value, variable: Option<&str>, reading: &mut Reading<'_>) -> Vec<Statement> {
    if let Some(templating) = template_of(action) {
        return template(action, templating, reading);
    }
    let attachments = action.get("attachments").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut shown: Vec<Statement> = attachments.iter().filter_map(|item| attachment(item.as_str()?, reading)).collect();
    let replies = action.get("quick_replies").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let replies: Vec<Words> = replies
        .iter()
        .enumerate()
        .filter_map(|(index, reply)| {
            let title = reply.as_str().or_else(|| reply.get("text")?.as_str()).filter(|title| !title.is_empty())?;
            Some(reading.words(title, id(action), "quick_replies", index))
        })
        .collect();
    let body = words(action, "text", reading);
    let is_empty = text(action, "text").trim().is_empty();
    match variable {
        None => {
            if !replies.is_empty() {
                let message = "The quick replies were left out: nothing waits for an answer after this message.";
                reading.problem("not-as-it-was", message.to_owned(), "Make it a question with buttons.");
            }
            if !is_empty {
                shown.push(Action::Text(Text { body, options: Vec::new() }).into());
            }
            shown
        }
        Some(variable) => question(variable, body, shown, replies, reading),
    }
}

/// A question: with buttons when they fit, with a list when that does, else with a free answer.
fn question(
    variable: &str,
    body: Words,
    mut shown: Vec<Statement>,
    replies: Vec<Words>,
    reading: &mut Reading<'_>,
) -> Vec<Statement> {
    let variable = Some(variable.to_owned());
    let longest = replies.iter().flat_map(Words::texts).filter_map(|text| text.as_text());
    let longest = longest.map(|title| title.chars().count()).max().unwrap_or(0);
    let (count, choices) = (replies.len(), Choices::Values(replies.clone()));
    let mut content = |body| {
        let mut content = std::mem::take(&mut shown);
        content.push(Action::Text(Text { body, options: Vec::new() }).into());
        content
    };
    if count == 0 || count > limits::ROWS || longest > limits::ROW_TITLE {
        if count > 0 {
            let message = "The quick replies are too many or too long to be tapped; they became lines of the text.";
            let hint = "WhatsApp shows at most 10, of 24 characters each.";
            reading.problem("not-as-it-was", message.to_owned(), hint);
        }
        let question = with_lines(body, &replies);
        shown.push(Action::Ask(Ask { variable, question: Some(question), limit: None, content: Vec::new() }).into());
        return shown;
    }
    if count <= limits::BUTTONS && longest <= limits::BUTTON_TITLE {
        return vec![Action::Buttons(Buttons { variable, choices, content: content(body) }).into()];
    }
    let call_to_action = Formula::text(MORE).into();
    vec![Action::List(List { variable, call_to_action, choices, content: content(body) }).into()]
}

/// A text with lines below it, in every language.
fn with_lines(body: Words, lines: &[Words]) -> Words {
    if lines.is_empty() {
        return body;
    }
    let under = |text: &Formula, language: Option<&str>| {
        let line = |words: &Words| {
            let own = language.and_then(|code| words.languages.iter().find(|(other, _)| other == code));
            crate::floip::formulas::template(own.map_or(&words.text, |(_, text)| text))
        };
        let all: Vec<String> =
            std::iter::once(crate::floip::formulas::template(text)).chain(lines.iter().map(line)).collect();
        crate::floip::formulas::from_text(&all.join("\n"))
    };
    Words {
        text: under(&body.text, None),
        languages: body.languages.iter().map(|(code, text)| (code.clone(), under(text, Some(code)))).collect(),
    }
}

/// `image/jpeg:https://…`
fn attachment(attachment: &str, reading: &mut Reading<'_>) -> Option<Statement> {
    let (kind, url) = attachment.split_once(':').filter(|(_, url)| !url.is_empty())?;
    let kind = match kind.split('/').next().unwrap_or_default() {
        "image" => MediaKind::Image,
        "audio" => MediaKind::Audio,
        "video" => MediaKind::Video,
        _ => MediaKind::Document,
    };
    Some(media(kind, url, reading).into())
}

fn media(kind: MediaKind, url: &str, reading: &mut Reading<'_>) -> Action {
    Action::Media(Media { kind, url: reading.scope.read(url), caption: None, filename: None })
}

/// A message with an approved template.
fn template(action: &Value, templating: &Value, reading: &mut Reading<'_>) -> Vec<Statement> {
    let name = templating.get("template").map(|template| text(template, "name")).unwrap_or_default();
    let variables = [templating, action].into_iter().find_map(|holder| {
        holder.get("variables").or_else(|| holder.get("template_variables")).and_then(Value::as_array)
    });
    let variables = variables.map(Vec::as_slice).unwrap_or_default();
    let items: Vec<Expr> =
        variables.iter().filter_map(Value::as_str).map(|variable| (*reading.scope.read(variable)).clone()).collect();
    let parameters = Some(Expr::new(ExprKind::List(items), Span::default()).into());
    let language = reading.flow.language.clone().unwrap_or_default();
    let message = format!("The template `{name}` is sent in the language of the flow, `{language}`.");
    reading.problem("not-as-it-was", message, "Check its name and language, such as `es` or `en_US`.");
    let (name, language) = (Formula::text(name), Formula::text(&language));
    let sent = SendMessageTemplate { variable: None, name, language, parameters, header: None, buttons: None };
    vec![Action::SendMessageTemplate(sent).into()]
}

fn set(field: &str, value: &str, reading: &mut Reading<'_>) -> Vec<Statement> {
    if !is_name(field) {
        return vec![reading.not_imported(&format!("set the field `{field}`"))];
    }
    let fields = vec![(field.to_owned(), reading.scope.read(value))];
    vec![Action::UpdateContact(UpdateContact { fields }).into()]
}

/// A result that is set: a variable, and a line of the results.
fn result(action: &Value, reading: &mut Reading<'_>) -> Vec<Statement> {
    let name = text(action, "name");
    let value = standing(reading.scope.read(text(action, "value")));
    let mut statements = vec![Action::Assign(Assign { variable: variable_of(name), value }).into(), written(name)];
    if reading.needs_category(name) {
        let value = standing(reading.scope.read(text(action, "category")));
        statements.push(Action::Assign(Assign { variable: category_of(name), value }).into());
    }
    statements
}

/// A line of the results, from the variable of that name.
pub(super) fn written(name: &str) -> Statement {
    let variable = variable_of(name);
    let key = Formula::text(&variable);
    let value = crate::floip::formulas::reference(&variable).into();
    Action::WriteResult(WriteResult { key, value, label: Some(Formula::text(name)) }).into()
}

fn enter(action: &Value, reading: &mut Reading<'_>) -> Vec<Statement> {
    let flow = action.get("flow");
    let [id, name] = ["uuid", "name"].map(|key| flow.map(|flow| text(flow, key)).unwrap_or_default());
    let is_here = reading.flows.contains_key(id);
    if !is_here {
        let message = format!("The flow `{name}` is not in this file.");
        reading.problem("more-flows", message, "Import it as well, and check what this journey calls it.");
    }
    // What comes from another file has another id here, and the same name.
    let journey = if is_here || name.is_empty() { id } else { name };
    vec![Action::RunStack(RunStack { journey: Formula::text(journey) }).into()]
}

fn labels(action: &Value, key: &str, what: &str, reading: &mut Reading<'_>) -> Vec<Statement> {
    let all = action.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut statements = Vec::new();
    for one in all {
        let name = [text(one, "name"), text(one, "name_match")].into_iter().find(|name| !name.is_empty());
        let label = reading.scope.read(name.unwrap_or_default());
        if what == "group" {
            let message = format!("The group {label} became a label of the conversation.");
            reading.problem("not-as-it-was", message, "Use a profile field where contacts are to be told apart.");
        }
        statements.push(Action::AddLabel(AddLabel { label }).into());
    }
    statements
}

fn call(action: &Value, reading: &mut Reading<'_>) -> Vec<Statement> {
    let method = text(action, "method");
    let Some(method) = Method::ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(method)) else {
        return vec![reading.not_imported(&format!("call_webhook with {method}"))];
    };
    let url = reading.scope.read(text(action, "url"));
    let body = Some(text(action, "body")).filter(|body| !body.is_empty()).map(|body| reading.scope.read(body));
    let body = body.filter(|_| method != Method::Get);
    let pairs: Vec<Expr> = action
        .get("headers")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(name, value)| {
            let value = (*reading.scope.read(value.as_str().unwrap_or_default())).clone();
            Expr::new(ExprKind::List(vec![literal(name), value]), Span::default())
        })
        .collect();
    let headers = (!pairs.is_empty()).then(|| Expr::new(ExprKind::List(pairs), Span::default()).into());
    vec![
        Action::Http(Http {
            variable: Some(service(action)),
            method,
            url,
            query: None,
            headers,
            body,
            timeout: None,
            cache_ttl: None,
            mode: None,
        })
        .into(),
    ]
}
