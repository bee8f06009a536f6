//! Interactive messages of Glific as questions: buttons, a list, or the button that asks for a place.

use serde_json::Value;

use super::actions::{MORE, Question, ask, question, text_of};
use super::flow::Reading;
use super::glific::Shown;
use crate::engine::{MediaKind, limits};
use crate::model::{Formula, Words};
use crate::statements::{Action, Footer, Header, RequestLocation, Statement, Text};

/// Reads the action. Without a variable nothing waits for an answer.
pub(super) fn read(action: &Value, variable: Option<&str>, reading: &mut Reading<'_>) -> Vec<Statement> {
    let is_computed = !text_of(action, "expression").is_empty();
    let Some(shown) = reading.others.interactive.of(action).filter(|_| !is_computed) else {
        let what = format!("send_interactive_msg `{}`", text_of(action, "name"));
        return std::iter::once(reading.not_imported(&what)).chain(variable.map(ask)).collect();
    };
    let message = Message { shown, parameters: parameters(action) };
    message.report(reading);
    match text_of(&message.shown.content, "type") {
        "list" => message.list(variable, reading),
        "location_request_message" => {
            let body = message.words(&["body", "text"], reading);
            match variable.map(str::to_owned) {
                Some(variable) => {
                    let (variable, question) = (Some(variable), Some(body));
                    vec![Action::RequestLocation(RequestLocation { variable, question, content: Vec::new() }).into()]
                }
                None => vec![text(body)],
            }
        }
        _ => message.buttons(variable, reading),
    }
}

/// What stands in the places `{{1}}`, `{{2}}` …
fn parameters(action: &Value) -> Vec<String> {
    let parameters = action.get("params").and_then(Value::as_array).into_iter().flatten();
    parameters.map(|value| value.as_str().unwrap_or_default().to_owned()).collect()
}

struct Message {
    shown: Shown,
    parameters: Vec<String>,
}

impl Message {
    fn report(&self, reading: &mut Reading<'_>) {
        if !self.shown.unknown.is_empty() {
            let left: Vec<String> = self.shown.unknown.iter().map(|id| format!("`{id}`")).collect();
            let message =
                format!("Its texts in the languages {} were left out: those numbers are not known.", left.join(", "));
            reading.problem("no-language", message, "Write them anew with the code of their language.");
        }
        if !self.shown.languages.is_empty() {
            let codes: Vec<String> = self.shown.languages.keys().map(|code| format!("`{code}`")).collect();
            let message = format!("Its languages are numbers in the file, and were read as {}.", codes.join(", "));
            reading.problem("not-as-it-was", message, "See whether the texts are in these languages.");
        }
    }

    /// A text of the content, in all languages.
    fn words(&self, path: &[&str], reading: &mut Reading<'_>) -> Words {
        let mut read = |content: &Value| {
            let mut text = at(content, path).unwrap_or_default().to_owned();
            for (index, value) in self.parameters.iter().enumerate() {
                text = text.replace(&format!("{{{{{}}}}}", index + 1), value);
            }
            reading.scope.read(&text)
        };
        let text = read(&self.shown.content);
        let others = self.shown.languages.iter().filter(|(_, content)| at(content, path).is_some());
        let languages = others.map(|(code, content)| ((*code).to_owned(), read(content)));
        let languages = languages.filter(|(_, other)| *other != text).collect();
        Words { text, languages }
    }

    fn has(&self, path: &[&str]) -> bool {
        at(&self.shown.content, path).is_some_and(|text| !text.trim().is_empty())
    }

    fn buttons(&self, variable: Option<&str>, reading: &mut Reading<'_>) -> Vec<Statement> {
        let mut shown: Vec<Statement> = Vec::new();
        let kind = match at(&self.shown.content, &["content", "type"]) {
            Some("image") => Some(MediaKind::Image),
            Some("video") => Some(MediaKind::Video),
            Some("file" | "document") => Some(MediaKind::Document),
            _ => None,
        };
        match kind.filter(|_| self.has(&["content", "url"])) {
            Some(kind) => {
                let url = self.words(&["content", "url"], reading);
                if !url.languages.is_empty() {
                    let message = "Its pictures in other languages were left out.".to_owned();
                    reading.problem("not-as-it-was", message, "Put a condition on `contact.language`.");
                }
                shown.push(super::actions::media_of(kind, url.text).into());
            }
            None if self.has(&["content", "header"]) => {
                shown.push(header(self.words(&["content", "header"], reading)));
            }
            None => {}
        }
        let footer = self.has(&["content", "caption"]).then(|| self.words(&["content", "caption"], reading));
        let body = self.words(&["content", "text"], reading);
        let options = self.options(&["options"], reading);
        self.asked(variable, Question { body, shown, footer, replies: options, button: None }, reading)
    }

    fn list(&self, variable: Option<&str>, reading: &mut Reading<'_>) -> Vec<Statement> {
        let sections = self.shown.content.get("items").and_then(Value::as_array).map_or(0, Vec::len);
        if sections > 1 {
            let message = "The sections of the list became one list.".to_owned();
            reading.problem("not-as-it-was", message, "Say in the text what belongs together.");
        }
        let mut replies = Vec::new();
        for section in 0..sections {
            let section = section.to_string();
            replies.extend(self.options(&["items", &section, "options"], reading));
        }
        let shown = self.has(&["title"]).then(|| header(self.words(&["title"], reading)));
        let body = self.words(&["body"], reading);
        let button = ["globalButtons", "0", "title"];
        let button = if self.has(&button) { self.words(&button, reading) } else { Formula::text(MORE).into() };
        let shown = shown.into_iter().collect();
        self.asked(variable, Question { body, shown, footer: None, replies, button: Some(button) }, reading)
    }

    /// The titles of options; what else they hold is reported.
    fn options(&self, path: &[&str], reading: &mut Reading<'_>) -> Vec<Words> {
        let count = |content: &Value| value_at(content, path).and_then(Value::as_array).map_or(0, Vec::len);
        let own = count(&self.shown.content);
        if self.shown.languages.values().any(|content| count(content) != own) {
            let message = "There are not as many choices in other languages; those of the first one count.".to_owned();
            reading.problem("not-as-it-was", message, "Write the others, or take the rest out.");
        }
        let mut titles = Vec::new();
        for index in 0..own {
            let index = index.to_string();
            let inside = |key| [path, &[index.as_str(), key]].concat();
            for (key, what) in
                [("description", "What stood under a choice"), ("postbackText", "The value behind a choice")]
            {
                let said = at(&self.shown.content, &inside(key)).filter(|said| !said.is_empty());
                if said.is_some_and(|said| Some(said) != at(&self.shown.content, &inside("title"))) {
                    let message = format!("{what} was left out.");
                    reading.problem(
                        "not-as-it-was",
                        message,
                        "Say it in the text of the question, or compute the choices.",
                    );
                }
            }
            titles.push(self.words(&inside("title"), reading));
        }
        titles.retain(|title| title.text.as_text() != Some(""));
        titles
    }

    fn asked(&self, variable: Option<&str>, asked: Question, reading: &mut Reading<'_>) -> Vec<Statement> {
        if let Some(variable) = variable {
            return question(variable, asked, reading);
        }
        let message = "The choices were left out: nothing waits for an answer after this message.".to_owned();
        reading.problem("not-as-it-was", message, "Make it a question with buttons.");
        let is_shown = |statement: &Statement| !matches!(statement.action, Action::Header(_));
        let mut shown: Vec<Statement> = asked.shown.into_iter().filter(is_shown).collect();
        shown.push(text(asked.body));
        shown
    }
}

/// A text above a question; a message of its own when it is too long for that.
fn header(words: Words) -> Statement {
    if words.texts().any(|text| limits::is_longer(text, limits::HEADER)) {
        return text(words);
    }
    Action::Header(Header { text: words }).into()
}

fn text(body: Words) -> Statement {
    Action::Text(Text { body, options: Vec::new() }).into()
}

/// A footer below a question.
pub(super) fn footer(text: Words) -> Statement {
    Action::Footer(Footer { text }).into()
}

/// The text at a path of names and numbers.
fn at<'v>(content: &'v Value, path: &[&str]) -> Option<&'v str> {
    value_at(content, path)?.as_str()
}

fn value_at<'v>(content: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(content, |value, key| match value {
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        other => other.get(*key),
    })
}
