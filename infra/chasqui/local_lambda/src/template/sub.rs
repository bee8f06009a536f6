//! `Fn::Sub`: `${Name}`, `${Resource.Attribute}`, `${!literal}`, with variables of its own in the long form.

use super::error::TemplateError;
use super::scope::{Scope, describe};
use serde_json::Value;

pub(super) fn substitute(scope: &Scope<'_>, argument: &Value, place: &str) -> Result<String, TemplateError> {
    let (text, variables) = match argument {
        Value::String(text) => (text.as_str(), &Value::Null),
        Value::Array(parts) => match parts.as_slice() {
            [Value::String(text), variables @ Value::Object(_)] => (text.as_str(), variables),
            _ => return Err(TemplateError::at(place, "Fn::Sub takes a text, or a list of a text and a map")),
        },
        other => return Err(TemplateError::at(place, format!("Fn::Sub takes a text, not {}", describe(Some(other))))),
    };
    let mut output = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        output.push_str(before);
        let (name, after) = after
            .split_once('}')
            .ok_or_else(|| TemplateError::at(place, format!("Fn::Sub: ${{{after} is not closed")))?;
        rest = after;
        if let Some(literal) = name.strip_prefix('!') {
            output.push_str("${");
            output.push_str(literal);
            output.push('}');
        } else if let Some(variable) = variables.get(name) {
            output.push_str(&scope.text(variable, place)?);
        } else if let Some((resource, attribute)) = name.split_once('.') {
            output.push_str(&scope.attribute(resource, attribute, place)?);
        } else {
            let value = scope.reference(name, place)?;
            output.push_str(&scope.text(&value.unwrap_or(Value::Null), place)?);
        }
    }
    output.push_str(rest);
    Ok(output)
}
