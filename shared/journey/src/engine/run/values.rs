//! The values of a sprint: what expressions see, and what is kept.

use std::sync::Arc;

use expression::{DateTime, EvaluationError, ExprKind, Scope, Value};
use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};

use super::Run;
use crate::compiler::Program;
use crate::engine::env::{holds, moment};
use crate::engine::size::stored_size;
use crate::engine::{Env, JourneyId, chance, limits};
use crate::model::{Formula, Words};

/// What expressions see.
struct View<'r> {
    variables: Option<&'r IndexMap<String, Value>>,
    program: Option<&'r Program>,
    contact: &'r Value,
    block: &'r Value,
    env: &'r Env<'r>,
}

impl Scope for View<'_> {
    fn get(&self, name: &str) -> Option<Value> {
        if let Some(value) = self.variables.and_then(|variables| variables.get(name)) {
            return Some(value.clone());
        }
        match name {
            "contact" => Some(self.contact.clone()),
            "block" => Some(self.block.clone()).filter(|block| *block != Value::Null),
            _ => {
                let sheet = self.program.and_then(|program| program.sheets.get(name)).cloned();
                let unset = || self.program.is_some_and(|program| program.variables.contains(name));
                sheet.or_else(|| self.env.lookup(name)).or_else(|| unset().then_some(Value::Null))
            }
        }
    }
}

impl Run<'_> {
    fn view(&self) -> View<'_> {
        let live = self.frames.last();
        View {
            variables: live.map(|live| &live.frame.variables),
            program: live.map(|live| &*live.program),
            contact: &self.contact,
            block: &self.block,
            env: self.env,
        }
    }

    /// The value of an expression; nothing, with a note in the trace, when it fails.
    pub(crate) fn value(&mut self, formula: &Formula) -> Value {
        self.try_value(formula).unwrap_or_default()
    }

    /// The value of an expression, or a note in the trace.
    pub(crate) fn try_value(&mut self, formula: &Formula) -> Option<Value> {
        let share = self.begin_work();
        let result = formula.evaluate(&self.view(), &self.environment);
        self.end_work(share);
        result.map_err(|error| self.failed(&formula.to_string(), &error)).ok()
    }

    /// Gives the next expression its share of the work that is left: one that explodes leaves the others theirs.
    fn begin_work(&self) -> u64 {
        let share = self.work.min(self.env.budgets.expression);
        self.environment.set_budget(share);
        share
    }

    fn end_work(&mut self, share: u64) {
        self.work = self.work.saturating_sub(share - self.environment.budget_left());
    }

    /// The value of an expression that is stored for good, in a profile field or a result. Nothing, with a note in the
    /// trace, when it fails or cannot be stored.
    pub(crate) fn lasting_value(&mut self, formula: &Formula) -> Option<Value> {
        let value = self.try_value(formula)?;
        if stored_size(&value, limits::LASTING).is_some() {
            return Some(value);
        }
        let most = limits::LASTING / 1024;
        self.mistake(format!(
            "`{formula}` was not stored: it has more than {most} KB, nests too deeply, or there is a function in it."
        ));
        None
    }

    /// The text of an expression. Of a text with expressions in it, what fails stays as it was typed, and the rest of it
    /// arrives.
    pub(crate) fn text(&mut self, formula: &Formula) -> String {
        match &formula.kind {
            ExprKind::Text(text) => text.to_string(),
            ExprKind::Interpolated(template) => {
                let mut errors = Vec::new();
                let share = self.begin_work();
                let text = template.render_with(&self.view(), &self.environment, &mut |typed, error| {
                    errors.push((typed.to_owned(), error));
                });
                self.end_work(share);
                errors.iter().for_each(|(typed, error)| self.failed(typed, error));
                text
            }
            _ => self.value(formula).text(),
        }
    }

    /// A text in the contact's language, as far as it is there.
    pub(crate) fn words(&mut self, words: &Words) -> String {
        let text = match words.languages.is_empty() {
            true => &words.text,
            false => {
                let wanted = self.contact.field("language").map(Value::text);
                let own = self.frames.last().and_then(|live| live.program.language());
                words.in_language(wanted.as_deref(), own)
            }
        };
        self.text(text)
    }

    /// What a button is called, in the contact's language and no longer than WhatsApp shows.
    pub(crate) fn title(&mut self, words: &Words, limit: usize) -> String {
        let title = self.words(words);
        let mut title = limits::shorten(&title, limit, self);
        if title.is_empty() {
            self.mistake("The button has no title.".to_owned());
            title.push('…');
        }
        title
    }

    /// Whether a condition holds; one that fails does not.
    pub(crate) fn holds(&mut self, formula: &Formula) -> bool {
        self.try_value(formula).is_some_and(|value| holds(&value))
    }

    /// The value of an expression as a whole number.
    pub(crate) fn whole_number(&mut self, formula: &Formula) -> Option<i64> {
        let value = self.try_value(formula)?;
        let number = match value.acting() {
            Value::Int(number) => Some(*number),
            #[expect(clippy::cast_possible_truncation, reason = "checked: small enough to be exact")]
            Value::Float(number) if number.abs() < 9e15 => Some(number.round() as i64),
            Value::Text(text) => text.trim().parse().ok(),
            _ => None,
        };
        if number.is_none() {
            self.mistake(format!("`{formula}` is `{}`, not a number.", value.text()));
        }
        number
    }

    /// The value of an expression as names and values: a map, or a list of pairs.
    pub(crate) fn pairs(&mut self, formula: &Formula) -> Vec<(String, Value)> {
        let value = self.value(formula);
        let items = match value.acting() {
            Value::Null => return Vec::new(),
            Value::Map(map) => return map.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
            Value::List(items) => Arc::clone(items),
            _ => Arc::default(),
        };
        let pair = |item: &Value| match item.acting() {
            Value::List(pair) => Some((pair.first()?.text(), pair.get(1)?.clone())),
            _ => None,
        };
        let pairs: Vec<_> = items.iter().filter_map(pair).collect();
        if pairs.len() < items.len() || items.is_empty() {
            self.mistake(format!("`{formula}` is not a list of pairs such as `[[\"name\", \"value\"]]`."));
        }
        pairs
    }

    /// The value of an expression as a moment.
    pub(crate) fn moment(&mut self, formula: &Formula) -> Option<Timestamp> {
        let value = self.try_value(formula)?;
        let moment = moment(&value, &self.environment.time_zone);
        if moment.is_none() {
            self.mistake(format!("`{formula}` is `{}`, not a date and time.", value.text()));
        }
        moment.map(DateTime::timestamp)
    }

    /// The moment some seconds from now.
    pub(crate) fn after(&self, seconds: i64) -> Option<Timestamp> {
        self.env.now.checked_add(SignedDuration::from_secs(seconds)).ok()
    }

    /// The id of a journey; the reference itself when none is published under it.
    pub(crate) fn journey(&self, reference: &str) -> JourneyId {
        self.library.published(reference).map_or_else(|| reference.into(), |(journey, _, _)| journey)
    }

    /// Keeps a value in a variable.
    pub(crate) fn keep(&mut self, variable: Option<&str>, value: Value) {
        if let (Some(variable), Some(live)) = (variable, self.frames.last_mut()) {
            match live.frame.variables.get_mut(variable) {
                Some(kept) => *kept = value,
                None => {
                    live.frame.variables.insert(variable.to_owned(), value);
                }
            }
        }
    }

    /// Makes a field of the contact visible to the rest of the sprint.
    pub(crate) fn set_field(&mut self, name: &str, value: &Value) {
        let mut fields = match &self.contact {
            Value::Map(fields) => (**fields).clone(),
            _ => IndexMap::new(),
        };
        // Names are case-insensitive: a field that is there already keeps its spelling.
        let known = fields.keys().find(|known| known.eq_ignore_ascii_case(name)).cloned();
        fields.insert(known.unwrap_or_else(|| name.to_owned()), value.clone());
        self.contact = Value::from(fields);
    }

    /// Makes the last answer visible as `block.value` and `block.response`.
    pub(in crate::engine) fn remember(&mut self, response: &str, value: &Value) {
        self.block = Value::map([("value", value.clone()), ("response", Value::from(response))]);
    }

    /// Forgets the contact's fields and what the journeys have learnt, as the host does outside.
    pub(crate) fn forget_contact(&mut self) {
        if let Value::Map(fields) = &self.contact {
            self.contact = Value::map(fields.keys().map(|name| (name.clone(), Value::Null)));
        }
        for live in &mut self.frames {
            live.frame.variables.clear();
        }
        self.block = Value::Null;
    }

    /// A number that is always the same for this contact and this name.
    pub(crate) fn lot(&self, name: &str) -> u64 {
        chance::hash([self.env.contact_id, name])
    }

    fn failed(&mut self, formula: &str, error: &EvaluationError) {
        self.mistake(format!("`{formula}`: {error}."));
    }

    /// Gives up what cannot be stored while the journey waits: functions, the variables that are too large by themselves,
    /// then the largest, until the rest fits together. Of an answer of a web service only the body goes. What is gone is
    /// null or an error value then, and the trace says so.
    pub(super) fn trim(&mut self) {
        let variables = || self.frames.iter().flat_map(|live| live.frame.variables.values());
        let total: Option<usize> = variables().map(|value| stored_size(value, limits::VARIABLES)).sum();
        if total.is_some_and(|total| total <= limits::VARIABLES) {
            return;
        }
        let mut sized = Vec::new();
        for (index, live) in self.frames.iter().enumerate() {
            for (name, value) in &live.frame.variables {
                // What is larger than may be stored counts as larger than anything.
                let size = stored_size(value, limits::VARIABLES).unwrap_or(usize::MAX);
                sized.push((size, index, name.clone()));
            }
        }
        sized.sort_by_key(|(size, ..)| std::cmp::Reverse(*size));
        let mut total: usize = sized.iter().map(|(size, ..)| size).filter(|size| **size < usize::MAX).sum();
        for (size, index, name) in sized {
            if size < usize::MAX && total <= limits::VARIABLES {
                return;
            }
            let Some(value) = self.frames.get_mut(index).and_then(|live| live.frame.variables.get_mut(&name)) else {
                continue;
            };
            let before = std::mem::take(value);
            if matches!(before, Value::Lambda(_)) {
                let message = "is a function, and not kept while the journey waits. Write it where it is used.";
                self.mistake(format!("`{name}` {message}"));
                continue;
            }
            let gone = || Value::error("it was too large to be kept");
            let without_body = with_body(&before, gone()).filter(|rest| stored_size(rest, limits::LASTING).is_some());
            let (what, rest) = match without_body {
                Some(rest) => (format!("{name}.body"), rest),
                None => (name, gone()),
            };
            let kept = stored_size(&rest, limits::VARIABLES).unwrap_or(0);
            *value = rest;
            total = total.saturating_sub(if size < usize::MAX { size } else { 0 }) + kept;
            self.mistake(format!(
                "`{what}` was not kept while the journey waits: what is kept has {} KB at most. Keep the part you need \
                 in a variable of its own, and set this one to nil.",
                limits::VARIABLES / 1024
            ));
        }
    }
}

/// An answer of a web service with another body; nothing when the value is none.
fn with_body(value: &Value, body: Value) -> Option<Value> {
    let Value::Map(fields) = value else { return None };
    if !fields.contains_key("status") || !fields.contains_key("body") {
        return None;
    }
    let mut fields = IndexMap::clone(fields);
    fields.insert("body".to_owned(), body);
    Some(Value::from(fields))
}
