//! What an expression works with.

use std::fmt::Write as _;
use std::sync::Arc;

use indexmap::IndexMap;
use jiff::civil;

use crate::ast::Expr;
use crate::date_time::DateTime;
use crate::environment::Environment;
use crate::error::EvaluationError;

mod coerce;
mod json;
mod weight;

pub(crate) use coerce::Number;

/// The key of a map's own value: a map that has it acts as that value in functions and operators, while its other
/// keys stay readable (`has_phone(x).phonenumber`).
pub(crate) const OWN_VALUE: &str = "__value__";
/// The `__type__` of an error.
const ERROR_TYPE: &str = "expression/v1error";

/// A value. Cheap to clone: what can be large is shared.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Value {
    /// Nothing: `nil`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction, always finite when an expression made it.
    Float(f64),
    /// Text.
    Text(Arc<str>),
    /// A day of the calendar.
    Date(civil::Date),
    /// A time of day.
    Time(civil::Time),
    /// A moment.
    DateTime(DateTime),
    /// Whole numbers from one to another.
    Range(RangeValue),
    /// Values in order.
    List(Arc<Vec<Value>>),
    /// Values by name, in the order they were added.
    Map(Arc<IndexMap<String, Value>>),
    /// A function written in the expression: `&(&1 * 2)`.
    Lambda(Lambda),
}

/// `first..last//step`, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RangeValue {
    /// The first number.
    pub first: i64,
    /// The bound; included when a step meets it.
    pub last: i64,
    /// How far it is from one number to the next, negative to count down; never 0.
    pub step: i64,
}

impl RangeValue {
    /// How many numbers there are.
    #[must_use]
    pub fn len(self) -> u64 {
        let (first, last, step) = (i128::from(self.first), i128::from(self.last), i128::from(self.step));
        if step == 0 || (last - first).signum() == -step.signum() {
            return 0;
        }
        u64::try_from((last - first) / step + 1).unwrap_or(u64::MAX)
    }

    /// Whether there is no number.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The number at `index`, from 0.
    #[must_use]
    pub fn get(self, index: u64) -> Option<i64> {
        if index >= self.len() {
            return None;
        }
        i64::try_from(i128::from(self.first) + i128::from(self.step) * i128::from(index)).ok()
    }
}

/// The body of a lambda.
#[derive(Debug, Clone, PartialEq)]
pub struct Lambda(pub(crate) Arc<Expr>);

impl Value {
    /// A list.
    #[must_use]
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(Arc::new(items))
    }

    /// A map from its pairs.
    pub fn map<K: Into<String>>(pairs: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Map(Arc::new(pairs.into_iter().map(|(key, value)| (key.into(), value)).collect()))
    }

    /// An error a function gives back instead of stopping the evaluation; `is_error` tells it from other values.
    #[must_use]
    pub fn error(message: &str) -> Self {
        Self::map([
            ("__type__", Self::from(ERROR_TYPE)),
            ("error", Self::Bool(true)),
            ("message", Self::from(message)),
            (OWN_VALUE, Self::Null),
        ])
    }

    /// Whether this is what [`Self::error`] makes.
    #[must_use]
    pub fn is_error(&self) -> bool {
        matches!(self, Self::Map(map) if matches!(map.get("__type__"), Some(Self::Text(kind)) if &**kind == ERROR_TYPE))
    }

    /// The value that acts in functions and operators: of a map with `__value__`, that one.
    #[must_use]
    pub fn acting(&self) -> &Self {
        let mut value = self;
        while let Self::Map(map) = value
            && let Some(own) = map.get(OWN_VALUE)
        {
            value = own;
        }
        value
    }

    /// Whether a condition holds with this value: all do but `nil`, `false` and the text "false" in any case.
    #[must_use]
    pub fn truthy(&self) -> bool {
        match self.acting() {
            Self::Null | Self::Bool(false) => false,
            Self::Text(text) => !text.eq_ignore_ascii_case("false"),
            _ => true,
        }
    }

    /// A field of a map: by its name as written, in lower case, or in any case.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Self> {
        let Self::Map(map) = self else { return None };
        map.get_index(self.field_index(name)?).map(|(_, value)| value)
    }

    /// Where [`Self::field`] stands in the map.
    pub(crate) fn field_index(&self, name: &str) -> Option<usize> {
        let Self::Map(map) = self else { return None };
        map.get_index_of(name).or_else(|| {
            let folded = name.to_lowercase();
            map.get_index_of(&folded).or_else(|| map.keys().position(|key| key.to_lowercase() == folded))
        })
    }

    /// [`Self::field`] of the map, or else of the value it acts as. What was looked for and not found (`has_date(…)` is then
    /// false) has no parts: they are nothing. A search that has to go through the keys is paid for.
    pub(crate) fn find_field(&self, name: &str, env: &Environment) -> Result<Option<&Self>, EvaluationError> {
        let Self::Map(map) = self else { return Ok((*self == Self::Bool(false)).then_some(&Self::Null)) };
        if let Some(value) = map.get(name) {
            return Ok(Some(value));
        }
        env.spend_output(name.len() / 8 + map.len())?;
        match self.field(name) {
            None if !std::ptr::eq(self.acting(), self) => self.acting().find_field(name, env),
            found => Ok(found),
        }
    }

    /// What kind of value it is, for messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "true or false",
            Self::Int(_) | Self::Float(_) => "a number",
            Self::Text(_) => "a text",
            Self::Date(_) => "a date",
            Self::Time(_) => "a time",
            Self::DateTime(_) => "a date and time",
            Self::Range(_) => "a range",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
            Self::Lambda(_) => "a lambda",
        }
    }

    /// The kind and the start of the value, for messages.
    pub(crate) fn describe(&self) -> String {
        if self.is_error()
            && let Some(message) = self.field("message")
        {
            return format!("an error (`{}`)", message.text());
        }
        if matches!(self, Self::Null | Self::Lambda(_) | Self::List(_) | Self::Map(_)) {
            return self.kind().to_owned();
        }
        let written;
        let text = match self {
            Self::Text(text) => &**text,
            other => {
                written = other.text();
                &written
            }
        };
        let short: String = text.chars().take(40).collect();
        let dots = if short.len() < text.len() { "…" } else { "" };
        format!("{} (`{short}{dots}`)", self.kind())
    }

    /// How the value prints in a text: dates as ISO 8601, lists without a separator, maps as JSON, nothing for `nil`.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        self.write_text(&mut out);
        out
    }

    /// [`Self::text`], appended.
    pub fn write_text(&self, out: &mut String) {
        // Writing to a String does not fail.
        let _ = match self.acting() {
            Self::Null | Self::Lambda(_) => Ok(()),
            Self::Bool(value) => write!(out, "{value}"),
            Self::Int(number) => write!(out, "{number}"),
            Self::Float(number) => write!(out, "{number:?}"),
            Self::Text(text) => out.write_str(text),
            Self::Date(date) => write!(out, "{date}"),
            Self::Time(time) => write!(out, "{time}"),
            Self::DateTime(moment) => write!(out, "{moment}"),
            Self::Range(range) => write!(out, "{}", json::written_range(*range)),
            Self::List(items) => {
                items.iter().for_each(|item| item.write_text(out));
                Ok(())
            }
            map @ Self::Map(_) => write!(out, "{}", map.to_json()),
        };
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.into())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value.into())
    }
}

impl From<DateTime> for Value {
    fn from(value: DateTime) -> Self {
        Self::DateTime(value)
    }
}

impl From<Vec<Value>> for Value {
    fn from(value: Vec<Value>) -> Self {
        Self::list(value)
    }
}

impl From<IndexMap<String, Value>> for Value {
    fn from(value: IndexMap<String, Value>) -> Self {
        Self::Map(Arc::new(value))
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
