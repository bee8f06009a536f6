//! A place in the template: reads values of the kind that is expected there, or says which place is wrong.

use super::error::TemplateError;
use super::scope::{Scope, describe};
use serde_json::Value;

/// One entry of `Resources`.
pub(super) struct Resource<'s> {
    pub(super) scope: &'s Scope<'s>,
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) definition: &'s Value,
}

impl<'s> Resource<'s> {
    /// Its `Properties`; empty when it has none.
    pub(super) fn properties(&self) -> Result<Node<'s>, TemplateError> {
        self.part("Properties")
    }

    /// `Properties` or `Metadata`; empty when absent.
    pub(super) fn part(&self, name: &str) -> Result<Node<'s>, TemplateError> {
        let place = format!("{}.{name}", self.id);
        let value = match self.definition.get(name) {
            Some(raw) => self.scope.head(raw, &place)?,
            None => None,
        };
        Ok(Node { scope: self.scope, place, value: value.unwrap_or_else(|| Value::Object(Default::default())) })
    }
}

/// A value of the template and where it stands.
pub(super) struct Node<'s> {
    pub(super) scope: &'s Scope<'s>,
    pub(super) place: String,
    pub(super) value: Value,
}

impl<'s> Node<'s> {
    /// The entry `name` of a map; `None` when it is absent or `AWS::NoValue`.
    pub(super) fn get(&self, name: &str) -> Result<Option<Node<'s>>, TemplateError> {
        match &self.value {
            Value::Object(map) => match map.get(name) {
                Some(raw) => self.child(raw, format!("{}.{name}", self.place)),
                None => Ok(None),
            },
            _ => Err(self.expected("a map")),
        }
    }

    /// As [`Node::get`], and absence is an error.
    pub(super) fn require(&self, name: &str) -> Result<Node<'s>, TemplateError> {
        self.get(name)?.ok_or_else(|| TemplateError::at(format!("{}.{name}", self.place), "is missing"))
    }

    /// The entry at the end of a path of maps.
    pub(super) fn find(&self, path: &[&str]) -> Result<Option<Node<'s>>, TemplateError> {
        match path {
            [] => Ok(None),
            [last] => self.get(last),
            [first, rest @ ..] => match self.get(first)? {
                Some(node) => node.find(rest),
                None => Ok(None),
            },
        }
    }

    /// All entries of a map, in order.
    pub(super) fn entries(&self) -> Result<Vec<(String, Node<'s>)>, TemplateError> {
        let Value::Object(map) = &self.value else { return Err(self.expected("a map")) };
        let mut entries = Vec::with_capacity(map.len());
        for (name, raw) in map {
            entries.extend(self.child(raw, format!("{}.{name}", self.place))?.map(|node| (name.clone(), node)));
        }
        Ok(entries)
    }

    /// All items of a list.
    pub(super) fn items(&self) -> Result<Vec<Node<'s>>, TemplateError> {
        let Value::Array(items) = &self.value else { return Err(self.expected("a list")) };
        let mut nodes = Vec::with_capacity(items.len());
        for (index, raw) in items.iter().enumerate() {
            nodes.extend(self.child(raw, format!("{}[{index}]", self.place))?);
        }
        Ok(nodes)
    }

    pub(super) fn text(&self) -> Result<String, TemplateError> {
        self.scope.text(&self.value, &self.place)
    }

    /// A number, written as one or as text.
    pub(super) fn number<T: std::str::FromStr>(&self) -> Result<T, TemplateError> {
        self.text()?.parse().map_err(|_| self.expected("a number that fits"))
    }

    pub(super) fn flag(&self) -> Result<bool, TemplateError> {
        self.text()?.parse().map_err(|_| self.expected("true or false"))
    }

    /// Everything below, resolved.
    pub(super) fn full(&self) -> Result<Value, TemplateError> {
        Ok(self.scope.full(&self.value, &self.place)?.unwrap_or_default())
    }

    /// An error at this place.
    pub(super) fn error(&self, reason: impl Into<String>) -> TemplateError {
        TemplateError::at(&self.place, reason)
    }

    fn child(&self, raw: &Value, place: String) -> Result<Option<Node<'s>>, TemplateError> {
        let value = self.scope.head(raw, &place)?;
        Ok(value.map(|value| Node { scope: self.scope, place, value }))
    }

    fn expected(&self, kind: &str) -> TemplateError {
        self.error(format!("must be {kind}, not {}", describe(Some(&self.value))))
    }
}
