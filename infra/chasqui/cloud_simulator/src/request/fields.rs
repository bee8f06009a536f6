//! Reading one JSON object of a request strictly: every key is either read or refused.

use serde_json::{Map, Value};

use crate::graph_error::GraphError;

/// A JSON object of a request with the path that error messages name, for example `interactive['action']`.
#[derive(Debug, Clone)]
pub(crate) struct Fields<'a> {
    map: &'a Map<String, Value>,
    path: String,
}

impl<'a> Fields<'a> {
    /// The object at `path`; anything else is refused as Graph does.
    pub(crate) fn of(value: &'a Value, path: impl Into<String>) -> Result<Self, GraphError> {
        let path = path.into();
        match value {
            Value::Object(map) => Ok(Self { map, path }),
            _ => Err(GraphError::parameter(format!("Param {path} must be a JSON object."))),
        }
    }

    /// Refuses every key that is not in `known`.
    pub(crate) fn only(&self, known: &[&str]) -> Result<(), GraphError> {
        match self.map.keys().find(|key| !known.contains(&key.as_str())) {
            Some(key) => Err(GraphError::parameter(format!("Unexpected key \"{key}\" on param \"{}\".", self.path))),
            None => Ok(()),
        }
    }

    pub(crate) fn path_of(&self, key: &str) -> String {
        format!("{}['{key}']", self.path)
    }

    /// The value under `key`; an explicit `null` counts as absent.
    pub(crate) fn get(&self, key: &str) -> Option<&'a Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }

    pub(crate) fn required(&self, key: &str) -> Result<&'a Value, GraphError> {
        self.get(key).ok_or_else(|| GraphError::missing(format!("{} is required.", self.path_of(key))))
    }

    pub(crate) fn object(&self, key: &str) -> Result<Fields<'a>, GraphError> {
        Fields::of(self.required(key)?, self.path_of(key))
    }

    pub(crate) fn optional_object(&self, key: &str) -> Result<Option<Fields<'a>>, GraphError> {
        self.get(key).map(|value| Fields::of(value, self.path_of(key))).transpose()
    }

    /// A list of objects, each with its own path.
    pub(crate) fn objects(&self, key: &str) -> Result<Vec<Fields<'a>>, GraphError> {
        let path = self.path_of(key);
        let Value::Array(items) = self.required(key)? else {
            return Err(GraphError::parameter(format!("Param {path} must be an array.")));
        };
        items.iter().enumerate().map(|(index, item)| Fields::of(item, format!("{path}[{index}]"))).collect()
    }

    pub(crate) fn optional_objects(&self, key: &str) -> Result<Vec<Fields<'a>>, GraphError> {
        if self.get(key).is_none() { Ok(Vec::new()) } else { self.objects(key) }
    }

    /// A text that is present and not blank.
    pub(crate) fn text(&self, key: &str, longest: usize) -> Result<&'a str, GraphError> {
        let text = self
            .optional_text(key, longest)?
            .ok_or_else(|| GraphError::missing(format!("{} is required.", self.path_of(key))))?;
        if text.trim().is_empty() {
            return Err(GraphError::parameter(format!("Param {} must be a non-empty string.", self.path_of(key))));
        }
        Ok(text)
    }

    /// A text of at most `longest` UTF-16 units, which is the strictest reading of Meta's "characters".
    pub(crate) fn optional_text(&self, key: &str, longest: usize) -> Result<Option<&'a str>, GraphError> {
        let path = self.path_of(key);
        match self.get(key) {
            None => Ok(None),
            Some(Value::String(text)) if text.encode_utf16().count() > longest => {
                Err(GraphError::parameter(format!("Param {path} must be at most {longest} characters long.")))
            }
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(GraphError::parameter(format!("Param {path} must be a string."))),
        }
    }

    /// A text whose length WhatsApp itself (not Graph) checks: 131009 with its limits.
    pub(crate) fn label(&self, key: &str, what: &str, longest: usize) -> Result<&'a str, GraphError> {
        let text = match self.required(key)? {
            Value::String(text) => text,
            _ => return Err(GraphError::parameter(format!("Param {} must be a string.", self.path_of(key)))),
        };
        let units = text.encode_utf16().count();
        if text.trim().is_empty() || units > longest {
            return Err(GraphError::invalid(format!(
                "{what} length invalid. Min length: 1, Max length: {longest} ({} has {units})",
                self.path_of(key)
            )));
        }
        Ok(text)
    }

    pub(crate) fn optional_label(&self, key: &str, what: &str, longest: usize) -> Result<Option<&'a str>, GraphError> {
        self.get(key).map(|_| self.label(key, what, longest)).transpose()
    }

    pub(crate) fn number(&self, key: &str) -> Result<f64, GraphError> {
        // Graph takes coordinates as numbers or as decimal strings.
        match self.required(key)? {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.parse().ok().filter(|number: &f64| number.is_finite()),
            _ => None,
        }
        .ok_or_else(|| GraphError::parameter(format!("Param {} must be a number.", self.path_of(key))))
    }

    pub(crate) fn optional_flag(&self, key: &str) -> Result<Option<bool>, GraphError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(GraphError::parameter(format!("Param {} must be a boolean.", self.path_of(key)))),
        }
    }

    /// One of a closed set of words.
    pub(crate) fn word(&self, key: &str, words: &[&str]) -> Result<&'a str, GraphError> {
        let text = self.text(key, 128)?;
        if words.contains(&text) { Ok(text) } else { Err(not_one_of(&self.path_of(key), words, text)) }
    }

    /// An absolute web address.
    pub(crate) fn address(&self, key: &str, longest: usize) -> Result<&'a str, GraphError> {
        let text = self.text(key, longest)?;
        let after = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
        let host = after.split(['/', '?', '#']).next().unwrap_or_default();
        if host.is_empty() || text.chars().any(|character| character.is_whitespace() || character.is_control()) {
            return Err(GraphError::parameter(format!("Param {} is not a valid URL: \"{text}\".", self.path_of(key))));
        }
        Ok(text)
    }
}

/// Graph's refusal of a word outside an enumeration.
pub(crate) fn not_one_of(path: &str, words: &[&str], got: &str) -> GraphError {
    let words = words.iter().map(|word| word.to_uppercase()).collect::<Vec<_>>().join(", ");
    GraphError::parameter(format!("Param {path} must be one of {{{words}}} - got \"{got}\"."))
}
