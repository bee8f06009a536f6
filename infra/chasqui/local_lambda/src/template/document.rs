//! The template as one tree of JSON: YAML's short tags become CloudFormation's long forms, so that `!Ref X` and
//! `{"Ref": "X"}` are the same thing from here on.

use super::error::TemplateError;
use serde_json::{Map, Value, json};
use serde_norway::Value as Yaml;

/// Reads a template's text.
pub(super) fn parse(text: &str) -> Result<Value, TemplateError> {
    let document = to_json(serde_norway::from_str(text)?, "template")?;
    match document.get("Resources") {
        Some(Value::Object(_)) => Ok(document),
        _ => Err(TemplateError::at("Resources", "is missing: this is no CloudFormation or SAM template")),
    }
}

fn to_json(yaml: Yaml, place: &str) -> Result<Value, TemplateError> {
    Ok(match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(flag) => flag.into(),
        Yaml::String(text) => text.into(),
        Yaml::Number(number) => number_to_json(&number, place)?,
        Yaml::Sequence(items) => Value::Array(
            items
                .into_iter()
                .enumerate()
                .map(|(index, item)| to_json(item, &format!("{place}[{index}]")))
                .collect::<Result<_, _>>()?,
        ),
        Yaml::Mapping(entries) => {
            let mut map = Map::new();
            for (key, value) in entries {
                let key = match key {
                    Yaml::String(key) => key,
                    Yaml::Number(key) => key.to_string(),
                    other => return Err(TemplateError::at(place, format!("a key must be text, not {other:?}"))),
                };
                let value = to_json(value, &format!("{place}.{key}"))?;
                map.insert(key, value);
            }
            Value::Object(map)
        }
        Yaml::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            let name = tag.trim_start_matches('!');
            let value = to_json(tagged.value, place)?;
            match name {
                "Ref" | "Condition" => json!({ name: value }),
                // `!GetAtt A.B.C` names attribute `B.C` of resource `A`.
                "GetAtt" => match value.as_str().and_then(|text| text.split_once('.')) {
                    Some((resource, attribute)) => json!({"Fn::GetAtt": [resource, attribute]}),
                    None => json!({"Fn::GetAtt": value}),
                },
                _ => json!({ format!("Fn::{name}"): value }),
            }
        }
    })
}

fn number_to_json(number: &serde_norway::Number, place: &str) -> Result<Value, TemplateError> {
    if let Some(whole) = number.as_i64() {
        return Ok(whole.into());
    }
    if let Some(whole) = number.as_u64() {
        return Ok(whole.into());
    }
    number
        .as_f64()
        .and_then(serde_json::Number::from_f64)
        .map(Value::Number)
        .ok_or_else(|| TemplateError::at(place, format!("{number} is not a finite number")))
}
