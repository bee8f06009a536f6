//! Evaluates intrinsic functions: what a name or an expression of the template means on this machine.

use super::error::TemplateError;
use super::machine::Machine;
use super::node::{Node, Resource};
use super::{identity, parameters, sub};
use serde_json::{Map, Value};
use std::cell::Cell;

/// References nested deeper than this refer to themselves.
const DEEPEST: u8 = 64;

/// A template and the machine it is read for.
pub(super) struct Scope<'t> {
    document: &'t Value,
    pub(super) machine: &'t Machine,
    depth: Cell<u8>,
}

impl<'t> Scope<'t> {
    pub(super) fn new(document: &'t Value, machine: &'t Machine) -> Result<Self, TemplateError> {
        parameters::check(document, machine)?;
        Ok(Self { document, machine, depth: Cell::new(0) })
    }

    /// A section of the template, such as `Globals`.
    pub(super) fn section(&self, name: &str) -> Option<&'t Value> {
        self.document.get(name)
    }

    /// The resources whose condition holds, in the order of the template.
    pub(super) fn resources(&self) -> Result<Vec<Resource<'_>>, TemplateError> {
        let declared = self.section("Resources").and_then(Value::as_object).into_iter().flatten();
        let mut present = Vec::new();
        for (id, definition) in declared {
            let kind = definition.get("Type").and_then(Value::as_str);
            let kind = kind.ok_or_else(|| TemplateError::at(id, "has no Type"))?.to_owned();
            let exists = match definition.get("Condition").and_then(Value::as_str) {
                Some(condition) => self.condition(condition, &format!("{id}.Condition"))?,
                None => true,
            };
            if exists {
                present.push(Resource { scope: self, id: id.clone(), kind, definition });
            }
        }
        Ok(present)
    }

    pub(super) fn resources_of(&self, kind: &str) -> Result<Vec<Resource<'_>>, TemplateError> {
        Ok(self.resources()?.into_iter().filter(|resource| resource.kind == kind).collect())
    }

    /// A node over any part of the template; `None` when it is absent or `AWS::NoValue`.
    pub(super) fn node(&self, raw: &Value, place: String) -> Result<Option<Node<'_>>, TemplateError> {
        Ok(self.head(raw, &place)?.map(|value| Node { scope: self, place, value }))
    }

    /// Evaluates `raw` if it is an intrinsic function; what is inside plain lists and maps stays as written.
    pub(super) fn head(&self, raw: &Value, place: &str) -> Result<Option<Value>, TemplateError> {
        let Some((function, argument)) = intrinsic(raw) else {
            return Ok(Some(raw.clone()));
        };
        if self.depth.get() >= DEEPEST {
            return Err(TemplateError::at(place, format!("{function} refers to itself")));
        }
        self.depth.set(self.depth.get() + 1);
        let value = self.evaluate(function, argument, place);
        self.depth.set(self.depth.get() - 1);
        value
    }

    /// Evaluates everything inside `raw` too.
    pub(super) fn full(&self, raw: &Value, place: &str) -> Result<Option<Value>, TemplateError> {
        Ok(match self.head(raw, place)? {
            Some(Value::Array(items)) => {
                let mut resolved = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    resolved.extend(self.full(item, &format!("{place}[{index}]"))?);
                }
                Some(Value::Array(resolved))
            }
            Some(Value::Object(entries)) => {
                let mut resolved = Map::new();
                for (key, value) in &entries {
                    if let Some(value) = self.full(value, &format!("{place}.{key}"))? {
                        resolved.insert(key.clone(), value);
                    }
                }
                Some(Value::Object(resolved))
            }
            other => other,
        })
    }

    /// Evaluates `raw` to text: CloudFormation passes numbers and flags as text too.
    pub(super) fn text(&self, raw: &Value, place: &str) -> Result<String, TemplateError> {
        match self.head(raw, place)? {
            Some(Value::String(text)) => Ok(text),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => Ok(value.to_string()),
            other => Err(TemplateError::at(place, format!("must be text, not {}", describe(other.as_ref())))),
        }
    }

    fn evaluate(&self, function: &str, argument: &Value, place: &str) -> Result<Option<Value>, TemplateError> {
        let text = |value: String| Ok(Some(Value::String(value)));
        match function {
            "Ref" => self.reference(&self.text(argument, place)?, place),
            "Fn::GetAtt" => {
                let [resource, attribute] = self.arguments::<2>(function, argument, place)?;
                text(self.attribute(&self.text(&resource, place)?, &self.text(&attribute, place)?, place)?)
            }
            "Fn::Sub" => text(sub::substitute(self, argument, place)?),
            "Fn::Join" => {
                let [separator, items] = self.arguments::<2>(function, argument, place)?;
                text(self.texts(&items, place)?.join(&self.text(&separator, place)?))
            }
            "Fn::Split" => {
                let [separator, source] = self.arguments::<2>(function, argument, place)?;
                let (separator, source) = (self.text(&separator, place)?, self.text(&source, place)?);
                Ok(Some(source.split(&separator).collect()))
            }
            "Fn::Select" => {
                let [index, items] = self.arguments::<2>(function, argument, place)?;
                let (index, items) = (self.text(&index, place)?, self.texts(&items, place)?);
                let chosen = index.parse::<usize>().ok().and_then(|index| items.get(index));
                text(chosen.cloned().ok_or_else(|| {
                    TemplateError::at(place, format!("Fn::Select: no item {index} in a list of {}", items.len()))
                })?)
            }
            "Fn::If" => {
                let [condition, yes, no] = self.arguments::<3>(function, argument, place)?;
                let condition = condition.as_str().unwrap_or_default();
                self.head(if self.condition(condition, place)? { &yes } else { &no }, place)
            }
            "Fn::FindInMap" => {
                let [map, first, second] = self.arguments::<3>(function, argument, place)?;
                let path = [self.text(&map, place)?, self.text(&first, place)?, self.text(&second, place)?];
                let found =
                    path.iter().try_fold(self.section("Mappings").unwrap_or(&Value::Null), |level, key| level.get(key));
                found
                    .map(|value| Some(value.clone()))
                    .ok_or_else(|| TemplateError::at(place, format!("Mappings.{} does not exist", path.join("."))))
            }
            other => Err(TemplateError::at(
                place,
                format!(
                    "{other} has no value on one machine; use a parameter, Ref, GetAtt, Sub, Join, If, Select, Split or FindInMap"
                ),
            )),
        }
    }

    /// The value of `Ref`: a pseudo parameter, a parameter, or a resource.
    pub(super) fn reference(&self, name: &str, place: &str) -> Result<Option<Value>, TemplateError> {
        if name == "AWS::NoValue" {
            return Ok(None);
        }
        if let Some(value) = parameters::pseudo(name, self.machine) {
            return Ok(Some(value.into()));
        }
        if let Some(value) = parameters::value(self.document, self.machine, name)? {
            return Ok(Some(value));
        }
        match self.resource(name, place)? {
            Some(resource) => identity::reference(&resource).map(|value| Some(value.into())),
            None => identity::made_by_sam(self, name, None)?
                .map(|value| Some(value.into()))
                .ok_or_else(|| unknown(name, place)),
        }
    }

    /// The value of `Fn::GetAtt`.
    pub(super) fn attribute(&self, name: &str, attribute: &str, place: &str) -> Result<String, TemplateError> {
        match self.resource(name, place)? {
            Some(resource) => identity::attribute(&resource, attribute, place),
            None => identity::made_by_sam(self, name, Some(attribute))?.ok_or_else(|| unknown(name, place)),
        }
    }

    fn resource(&self, id: &str, place: &str) -> Result<Option<Resource<'_>>, TemplateError> {
        let Some(definition) = self.section("Resources").and_then(|resources| resources.get(id)) else {
            return Ok(None);
        };
        let kind = definition.get("Type").and_then(Value::as_str).unwrap_or_default().to_owned();
        if let Some(condition) = definition.get("Condition").and_then(Value::as_str)
            && !self.condition(condition, place)?
        {
            return Err(TemplateError::at(
                place,
                format!("{id} does not exist here: its condition {condition} is false"),
            ));
        }
        Ok(Some(Resource { scope: self, id: id.to_owned(), kind, definition }))
    }

    /// Whether a named condition holds.
    pub(super) fn condition(&self, name: &str, place: &str) -> Result<bool, TemplateError> {
        let definition = self.section("Conditions").and_then(|conditions| conditions.get(name));
        let definition =
            definition.ok_or_else(|| TemplateError::at(place, format!("no condition is named {name:?}")))?;
        self.truth(definition, &format!("Conditions.{name}"))
    }

    fn truth(&self, raw: &Value, place: &str) -> Result<bool, TemplateError> {
        let Some((function, argument)) = intrinsic(raw) else {
            return Err(TemplateError::at(place, "is no condition: use Equals, Not, And, Or or Condition"));
        };
        let all = || -> Result<Vec<bool>, TemplateError> {
            argument.as_array().into_iter().flatten().map(|each| self.truth(each, place)).collect()
        };
        match function {
            "Condition" => self.condition(&self.text(argument, place)?, place),
            "Fn::Equals" => {
                let [left, right] = self.arguments::<2>(function, argument, place)?;
                Ok(self.text(&left, place)? == self.text(&right, place)?)
            }
            "Fn::Not" => {
                let [negated] = self.arguments::<1>(function, argument, place)?;
                Ok(!self.truth(&negated, place)?)
            }
            "Fn::And" => Ok(all()?.into_iter().all(|each| each)),
            "Fn::Or" => Ok(all()?.into_iter().any(|each| each)),
            other => {
                Err(TemplateError::at(place, format!("{other} is no condition: use Equals, Not, And, Or or Condition")))
            }
        }
    }

    fn arguments<const N: usize>(
        &self,
        function: &str,
        argument: &Value,
        place: &str,
    ) -> Result<[Value; N], TemplateError> {
        argument
            .as_array()
            .and_then(|items| <[Value; N]>::try_from(items.clone()).ok())
            .ok_or_else(|| TemplateError::at(place, format!("{function} takes a list of {N}")))
    }

    fn texts(&self, raw: &Value, place: &str) -> Result<Vec<String>, TemplateError> {
        match self.head(raw, place)? {
            Some(Value::Array(items)) => items.iter().map(|item| self.text(item, place)).collect(),
            other => Err(TemplateError::at(place, format!("must be a list, not {}", describe(other.as_ref())))),
        }
    }
}

/// The function and argument of `{"Ref": …}`, `{"Fn::…": …}` or `{"Condition": "name"}`.
fn intrinsic(raw: &Value) -> Option<(&str, &Value)> {
    let map = raw.as_object().filter(|map| map.len() == 1)?;
    let (key, argument) = map.iter().next()?;
    let is_condition = key == "Condition" && argument.is_string();
    (key == "Ref" || key.starts_with("Fn::") || is_condition).then_some((key.as_str(), argument))
}

/// A short name of what was found instead.
pub(super) fn describe(value: Option<&Value>) -> String {
    match value {
        None => "AWS::NoValue".into(),
        Some(Value::Object(_)) => "a map".into(),
        Some(Value::Array(_)) => "a list".into(),
        Some(other) => other.to_string(),
    }
}

fn unknown(name: &str, place: &str) -> TemplateError {
    TemplateError::at(place, format!("nothing in the template is named {name:?}"))
}
