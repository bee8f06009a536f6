//! Actions as statements.

use expression::{BinaryOperator, Expr, ExprKind, Span};
use serde_json::Value;

use super::expressions::{Kind, category_of, local_of, variable_of};
use super::flow::{EVERYTHING, Reading};
use super::{interactive, left};
use crate::compiler::is_name;
use crate::engine::{MediaKind, Method, limits};
use crate::floip::formulas::{binary, call as call_of, literal, number, standing};
use crate::floip::named;
use crate::model::{Formula, Words, is_language};
use crate::statements::{
    Action, AddLabel, Ask, Assign, Buttons, Choices, Fills, HandOver, Http, List, Media, RunStack, SendMessageTemplate,
    Statement, Text, UpdateContact, Wait, WriteResult,
};

/// The longest pause, in seconds.
const LONGEST_PAUSE: i64 = 24 * 60 * 60;
/// What opens a list of quick replies: a sign, because no word fits every language.
pub(super) const MORE: &str = "☰";

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
    match kind(action) {
        "send_msg" => !text(action, "text").trim().is_empty() && template_of(action).is_none(),
        "send_interactive_msg" => true,
        _ => false,
    }
}

/// A question that says nothing: the message before it did.
pub(super) fn ask(variable: &str) -> Statement {
    let variable = Some(variable.to_owned());
    Action::Ask(Ask { variable, question: None, limit: None, content: Vec::new() }).into()
}

/// Reads an action. With a variable, the action is the question whose answer is kept there.
pub(super) fn read<'d>(action: &'d Value, variable: Option<&str>, reading: &mut Reading<'d>) -> Vec<Statement> {
    let left = left::of_action(kind(action), action);
    reading.report_left(&format!("`{}`", kind(action)), &left);
    let one = |action: Action| vec![action.into()];
    match kind(action) {
        "send_msg" => message(action, variable, reading),
        "say_msg" => {
            if !text(action, "audio_url").is_empty() {
                let message = "The recording of the message was left out; its text is sent.".to_owned();
                reading.problem("not-as-it-was", message, "Send it with `audio`.");
            }
            one(Action::Text(Text { body: words(action, "text", reading), options: Vec::new() }))
        }
        "play_audio" => one(media(MediaKind::Audio, text(action, "audio_url"), reading)),
        "set_contact_name" => set("name", text(action, "name"), reading),
        "set_contact_language" => {
            let language = text(action, "language");
            // Glific names languages in English.
            let code = Some(language).filter(|name| !is_language(name)).and_then(named);
            set("language", code.as_deref().unwrap_or(language), reading)
        }
        "set_contact_field" => {
            let field = action.get("field").map(|field| text(field, "key")).unwrap_or_default();
            if reading.scope.kind == Kind::Glific && field == "settings" {
                return vec![
                    reading.not_imported(&format!("set the settings of the contact to `{}`", text(action, "value"))),
                ];
            }
            set(field, text(action, "value"), reading)
        }
        "set_run_result" => result(action, reading),
        "enter_flow" => enter(action, reading),
        "set_contact_timezone" => set("time_zone", text(action, "timezone"), reading),
        "set_run_local" => local(action, reading),
        "add_contact_groups" => groups(action, true, reading),
        "remove_contact_groups" => groups(action, false, reading),
        "add_input_labels" => labels(action, reading),
        "call_webhook" => call(action, reading),
        "send_interactive_msg" => {
            // Its texts stand in the message that is sent.
            reading.pass_over(id(action), EVERYTHING);
            interactive::read(action, variable, reading)
        }
        "wait_for_time" => pause(action, reading),
        "open_ticket" => {
            if action.get("assignee").is_some_and(|assignee| !assignee.is_null()) {
                let message = "The conversation is handed over to everybody, not to one person.".to_owned();
                reading.problem("not-as-it-was", message, "Add `assign_chat_to(\"…\")` before.");
            }
            let note = ["note", "body"].into_iter().map(|key| text(action, key)).find(|note| !note.is_empty());
            one(Action::HandOver(HandOver { reason: note.map(|note| reading.scope.read(note)), waits: false }))
        }
        other => {
            // The whole action is reported, so its texts are not.
            reading.pass_over(id(action), EVERYTHING);
            vec![reading.not_imported(if other.is_empty() { "an action without a type" } else { other })]
        }
    }
}

/// A member that is a text; empty when it is none.
pub(super) fn text_of<'v>(action: &'v Value, key: &str) -> &'v str {
    text(action, key)
}

fn text<'v>(action: &'v Value, key: &str) -> &'v str {
    action.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Whether the flow does not go on after an action: another one takes over for good.
pub(super) fn ends(action: &Value) -> bool {
    kind(action) == "enter_flow" && action.get("terminal").and_then(Value::as_bool) == Some(true)
}

fn words<'d>(action: &'d Value, key: &'d str, reading: &mut Reading<'d>) -> Words {
    reading.words(text(action, key), id(action), key, 0)
}

/// What its texts in other languages are found by.
fn id(action: &Value) -> Option<&str> {
    action.get("uuid").and_then(Value::as_str)
}

/// The approved template a message is sent with; later versions name it beside the text.
fn template_of(action: &Value) -> Option<&Value> {
    let templating = action.get("templating").filter(|templating| !templating.is_null());
    templating.or_else(|| action.get("template").is_some_and(Value::is_object).then_some(action))
}

/// Something to show, or a question.
fn message<'d>(action: &'d Value, variable: Option<&str>, reading: &mut Reading<'d>) -> Vec<Statement> {
    if let Some(templating) = template_of(action) {
        return template(action, templating, reading);
    }
    let mut shown: Vec<Statement> =
        list(action, "attachments").iter().filter_map(|item| attachment(item.as_str()?, reading)).collect();
    let replies = replies(action, reading);
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
        Some(variable) => question(variable, Question { body, shown, footer: None, replies, button: None }, reading),
    }
}

/// The items of a member.
fn list<'v>(holder: &'v Value, key: &str) -> &'v [Value] {
    holder.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The answers that are offered.
fn replies<'d>(action: &'d Value, reading: &mut Reading<'d>) -> Vec<Words> {
    let mut replies = Vec::new();
    for (index, reply) in list(action, "quick_replies").iter().enumerate() {
        let member = |key: &str| reply.get(key).and_then(Value::as_str).unwrap_or_default();
        if member("type") == "location" {
            let message = "The button that asks for the place of the contact was left out.".to_owned();
            reading.problem("not-as-it-was", message, "Ask with `request_location`.");
            continue;
        }
        if !member("extra").is_empty() {
            let message = "What stood under a quick reply was left out.".to_owned();
            reading.problem("not-as-it-was", message, "Say it in the text of the question.");
        }
        let title = reply.as_str().unwrap_or_else(|| member("text"));
        if !title.is_empty() {
            replies.push(reading.words(title, id(action), "quick_replies", index));
        }
    }
    reading.report_count(id(action), "quick_replies", list(action, "quick_replies").len());
    replies
}

/// What a question shows.
pub(super) struct Question {
    /// Its text.
    pub(super) body: Words,
    /// What stands before the text.
    pub(super) shown: Vec<Statement>,
    /// What stands below it.
    pub(super) footer: Option<Words>,
    /// The answers that are offered.
    pub(super) replies: Vec<Words>,
    /// What opens the list that they are, when they are to be one.
    pub(super) button: Option<Words>,
}

/// A question: with buttons when they fit, with a list when that does, else with a free answer.
pub(super) fn question(variable: &str, asked: Question, reading: &mut Reading<'_>) -> Vec<Statement> {
    let Question { body, mut shown, footer, replies, button } = asked;
    let variable = Some(variable.to_owned());
    let longest = |all: &[Words]| {
        let titles = all.iter().flat_map(Words::texts).filter_map(|text| text.as_text());
        titles.map(|title| title.trim().chars().count()).max().unwrap_or(0)
    };
    let (count, length) = (replies.len(), longest(&replies));
    let choices = Choices::Values(replies.clone());
    if count == 0 || count > limits::ROWS || length > limits::ROW_TITLE {
        if count > 0 {
            let message = "The quick replies are too many or too long to be tapped; they became lines of the text.";
            let hint = "WhatsApp shows at most 10, of 24 characters each.";
            reading.problem("not-as-it-was", message.to_owned(), hint);
        }
        // Only buttons and lists have a text above and below.
        for statement in &mut shown {
            if let Action::Header(header) = &statement.action {
                *statement = Action::Text(Text { body: header.text.clone(), options: Vec::new() }).into();
            }
        }
        let lines: Vec<Words> = replies.into_iter().chain(footer).collect();
        let question = with_lines(body, &lines);
        shown.push(Action::Ask(Ask { variable, question: Some(question), limit: None, content: Vec::new() }).into());
        return shown;
    }
    let is_long = |words: &Words| words.texts().any(|text| limits::is_longer(text, limits::FOOTER));
    let (long, footer): (Vec<Words>, Vec<Words>) = footer.into_iter().partition(is_long);
    shown.push(Action::Text(Text { body: with_lines(body, &long), options: Vec::new() }).into());
    shown.extend(footer.into_iter().map(interactive::footer));
    let content = shown;
    let fits = count <= limits::BUTTONS && length <= limits::BUTTON_TITLE;
    if fits && button.is_none() {
        return vec![Action::Buttons(Buttons { variable, choices, content }).into()];
    }
    let is_long = button.as_ref().is_some_and(|button| longest(std::slice::from_ref(button)) > limits::BUTTON_TITLE);
    if is_long {
        let message = "What opens the list is too long, and a sign stands in its place.".to_owned();
        reading.problem("not-as-it-was", message, "WhatsApp shows at most 20 characters there.");
    }
    let call_to_action = button.filter(|_| !is_long).unwrap_or_else(|| Formula::text(MORE).into());
    vec![Action::List(List { variable, call_to_action, choices, content }).into()]
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
    let (kind, url) = attachment.split_once(':').unwrap_or((attachment, ""));
    let kind = match kind.split('/').next().unwrap_or_default() {
        "image" => Some(MediaKind::Image),
        "audio" => Some(MediaKind::Audio),
        "video" => Some(MediaKind::Video),
        "document" | "application" | "text" => Some(MediaKind::Document),
        _ => None,
    };
    let Some(kind) = kind.filter(|_| !url.is_empty()) else {
        let message = format!("The attachment `{attachment}` was left out.");
        reading.problem("not-as-it-was", message, "Send it with `image`, `audio`, `video` or `document`.");
        return None;
    };
    Some(media(kind, url, reading).into())
}

fn media(kind: MediaKind, url: &str, reading: &mut Reading<'_>) -> Action {
    media_of(kind, reading.scope.read(url))
}

/// A medium at an address.
pub(super) fn media_of(kind: MediaKind, url: Formula) -> Action {
    Action::Media(Media { kind, url, caption: None, filename: None })
}

/// A message with an approved template.
fn template<'d>(action: &'d Value, templating: &'d Value, reading: &mut Reading<'d>) -> Vec<Statement> {
    let name = templating.get("template").map(|template| text(template, "name")).unwrap_or_default();
    let values = values(action, templating, reading);
    let items: Vec<Expr> = values.into_iter().map(|value| (*reading.scope.read(value)).clone()).collect();
    let parameters = Some(Expr::new(ExprKind::List(items), Span::default()).into());
    if !text(templating, "expression").is_empty() || name.is_empty() {
        return vec![reading.not_imported("a message with a computed template")];
    }
    let language = reading.flow.language.clone().filter(|code| is_language(code)).unwrap_or_else(|| "en".to_owned());
    let message = format!("The template `{name}` is sent in the language of the flow, `{language}`.");
    reading.problem("not-as-it-was", message, "Check its name and language, such as `es` or `en_US`.");
    // What the template says stands in its place.
    reading.pass_over(id(action), "text");
    for key in ["attachments", "quick_replies"] {
        if !list(action, key).is_empty() {
            reading.pass_over(id(action), key);
            let message = format!("The `{key}` of the message were left out: it is sent with the template `{name}`.");
            reading.problem("not-as-it-was", message, "Give the template `image:` or `buttons:`.");
        }
    }
    let (name, language) = (Formula::text(name), Formula::text(&language));
    let sent = SendMessageTemplate {
        variable: None,
        name,
        language,
        parameters,
        header: None,
        fills: Fills::default(),
        buttons: None,
    };
    vec![Action::SendMessageTemplate(sent).into()]
}

/// The values of the placeholders in the body of a template. Some versions list them with the part they are for, others
/// all of them, with the numbers that each part takes.
fn values<'d>(action: &'d Value, templating: &'d Value, reading: &mut Reading<'d>) -> Vec<&'d str> {
    let all = [(templating, "variables"), (action, "template_variables")];
    let all = all.iter().map(|(holder, key)| list(holder, key)).find(|all| !all.is_empty()).unwrap_or_default();
    let components = list(templating, "components");
    let is_body = |part: &Value| ["name", "type"].iter().any(|key| text(part, key).starts_with("body"));
    let own = |part: &'d Value| list(part, "params").iter().filter_map(|param| param.get("value")?.as_str());
    let numbers = |part: &'d Value| {
        let numbers = part.get("variables").and_then(Value::as_object).into_iter().flatten();
        let mut numbers: Vec<(u64, u64)> =
            numbers.filter_map(|(place, number)| Some((place.parse().ok()?, number.as_u64()?))).collect();
        numbers.sort_unstable();
        numbers.into_iter().filter_map(|(_, number)| all.get(usize::try_from(number).ok()?)?.as_str())
    };
    let of = |part: &'d Value| -> Vec<&'d str> { own(part).chain(numbers(part)).collect() };
    if components.iter().any(|part| !is_body(part) && !of(part).is_empty()) {
        let message = "The values for the header and the buttons of the template were left out.".to_owned();
        reading.problem("not-as-it-was", message, "Give the template `image:` or `buttons:`.");
    }
    let of_body: Vec<&str> = components.iter().filter(|part| is_body(part)).flat_map(of).collect();
    if components.iter().any(|part| !of(part).is_empty()) {
        of_body
    } else {
        all.iter().filter_map(Value::as_str).collect()
    }
}

fn set(field: &str, value: &str, reading: &mut Reading<'_>) -> Vec<Statement> {
    if !is_name(field) {
        return vec![reading.not_imported(&format!("set the field `{field}` to `{value}`"))];
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

/// A pause of some seconds.
fn pause(action: &Value, reading: &mut Reading<'_>) -> Vec<Statement> {
    match text(action, "delay").trim().parse::<i64>() {
        Ok(seconds @ 1..=LONGEST_PAUSE) => vec![Action::Wait(Wait { seconds: number(seconds) }).into()],
        Ok(..=0) => Vec::new(),
        _ => vec![reading.not_imported(&format!("wait_for_time of `{}` seconds", text(action, "delay")))],
    }
}

fn enter(action: &Value, reading: &mut Reading<'_>) -> Vec<Statement> {
    let flow = action.get("flow");
    let [id, name] = ["uuid", "name"].map(|key| flow.map(|flow| text(flow, key)).unwrap_or_default());
    if flow.is_some_and(|flow| !text(flow, "expression").is_empty()) {
        return vec![reading.not_imported("enter_flow with a computed flow")];
    }
    let is_here = reading.others.names.contains_key(id);
    if !is_here {
        let message = format!("The flow `{name}` is not in this file.");
        reading.problem("more-flows", message, "Import it as well, and check what this journey calls it.");
    }
    // What comes from another file has another id here, and the same name.
    let journey = if is_here || name.is_empty() { id } else { name };
    vec![Action::RunStack(RunStack { journey: Formula::text(journey) }).into()]
}

/// Whether the contact is in groups from now on.
fn groups(action: &Value, inside: bool, reading: &mut Reading<'_>) -> Vec<Statement> {
    if action.get("all_groups").and_then(Value::as_bool) == Some(true) {
        return vec![reading.not_imported("remove_contact_groups from all groups")];
    }
    let mut fields = Vec::new();
    let mut statements = Vec::new();
    for group in list(action, "groups") {
        let [uuid, name] = ["uuid", "name"].map(|key| text(group, key));
        match reading.scope.groups.field(uuid, name).filter(|_| text(group, "name_match").is_empty()) {
            Some(field) => fields.push((field, Expr::new(ExprKind::Bool(inside), Span::default()).into())),
            None => statements.push(reading.not_imported(&format!("{} with a computed name", kind(action)))),
        }
    }
    if !fields.is_empty() {
        statements.push(Action::UpdateContact(UpdateContact { fields }).into());
    }
    statements
}

fn labels(action: &Value, reading: &mut Reading<'_>) -> Vec<Statement> {
    let mut statements = Vec::new();
    for label in list(action, "labels") {
        let name = [text(label, "name"), text(label, "name_match")].into_iter().find(|name| !name.is_empty());
        let label = reading.scope.read(name.unwrap_or_default());
        let message = format!("The label {label} was put on the message, and is put on the conversation now.");
        reading.problem("not-as-it-was", message, "Record a result where messages are to be counted.");
        statements.push(Action::AddLabel(AddLabel { label }).into());
    }
    statements
}

/// A value that only this run of the flow knows.
fn local(action: &Value, reading: &mut Reading<'_>) -> Vec<Statement> {
    let variable = local_of(text(action, "name"));
    let value = (*reading.scope.read(text(action, "value"))).clone();
    let known = crate::floip::formulas::reference(&variable);
    let value = match text(action, "operation") {
        "clear" => Expr::new(ExprKind::Null, Span::default()),
        "increment" => {
            let zero = (*number(0)).clone();
            let from = call_of("if", vec![call_of("is_nil_or_empty", vec![known.clone()]), zero, known]);
            let by = match &value.kind {
                ExprKind::Text(written) => written.trim().parse().map_or(value.clone(), |by| (*number(by)).clone()),
                _ => value,
            };
            binary(from, BinaryOperator::Add, by)
        }
        _ => value,
    };
    vec![Action::Assign(Assign { variable, value: standing(value.into()) }).into()]
}

fn call(action: &Value, reading: &mut Reading<'_>) -> Vec<Statement> {
    let method = text(action, "method");
    let Some(method) = Method::ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(method)) else {
        return vec![reading.not_imported(&format!("call_webhook with {method}"))];
    };
    let url = reading.scope.read(text(action, "url"));
    let body = Some(text(action, "body")).filter(|body| !body.is_empty()).map(|body| reading.scope.read(body));
    if method == Method::Get && body.is_some() {
        let message = "The body of the request was left out: `get` sends none.".to_owned();
        reading.problem("not-as-it-was", message, "Use `post`, or put it into the address.");
    }
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
