//! Parameters: declared once in the template, chosen at deployment, or here by the machine.

use super::error::TemplateError;
use super::machine::Machine;
use serde_json::Value;

/// Refuses values for parameters the template does not declare: a misspelt name would change nothing.
pub(super) fn check(document: &Value, machine: &Machine) -> Result<(), TemplateError> {
    let declared = document.get("Parameters").and_then(Value::as_object);
    let is_declared = |name: &String| declared.is_some_and(|declared| declared.contains_key(name));
    if let Some(unknown) = machine.parameters.keys().find(|name| !is_declared(name)) {
        let known: Vec<_> = declared.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        let reason = format!("is no parameter of the template; it has {}", known.join(", "));
        return Err(TemplateError::at(format!("Parameters.{unknown}"), reason));
    }
    for name in machine.parameters.keys() {
        value(document, machine, name)?;
    }
    Ok(())
}

/// The value of a parameter; `None` when none has this name.
pub(super) fn value(document: &Value, machine: &Machine, name: &str) -> Result<Option<Value>, TemplateError> {
    let Some(declaration) = document.get("Parameters").and_then(|parameters| parameters.get(name)) else {
        return Ok(None);
    };
    let place = format!("Parameters.{name}");
    let value = match (machine.parameters.get(name), declaration.get("Default")) {
        (Some(chosen), _) => chosen.clone(),
        (None, Some(Value::String(text))) => text.clone(),
        (None, Some(value @ (Value::Number(_) | Value::Bool(_)))) => value.to_string(),
        (None, Some(_)) => return Err(TemplateError::at(place, "has a Default that is no text and no number")),
        (None, None) => return Err(TemplateError::at(place, "has no Default and no value was given")),
    };
    let kind = declaration.get("Type").and_then(Value::as_str).unwrap_or("String");
    allowed(declaration, &value, &place)?;
    match kind {
        "String" => Ok(Some(value.into())),
        "CommaDelimitedList" => Ok(Some(value.split(',').map(str::trim).collect())),
        "Number" => number(declaration, &value, &place).map(Some),
        kind => Err(TemplateError::at(
            place,
            format!("{kind} is looked up in an AWS account; use String, Number or CommaDelimitedList"),
        )),
    }
}

fn allowed(declaration: &Value, value: &str, place: &str) -> Result<(), TemplateError> {
    let Some(allowed) = declaration.get("AllowedValues").and_then(Value::as_array) else {
        return Ok(());
    };
    let allowed: Vec<String> =
        allowed.iter().map(|each| each.as_str().map_or_else(|| each.to_string(), str::to_owned)).collect();
    if allowed.iter().any(|each| each == value) {
        return Ok(());
    }
    Err(TemplateError::at(place, format!("{value:?} is not one of {}", allowed.join(", "))))
}

fn number(declaration: &Value, value: &str, place: &str) -> Result<Value, TemplateError> {
    let parsed: Value = serde_json::from_str(value).unwrap_or_default();
    let amount = parsed.as_f64().ok_or_else(|| TemplateError::at(place, format!("{value:?} is no number")))?;
    let bound = |name: &str| declaration.get(name).and_then(Value::as_f64);
    if bound("MinValue").is_some_and(|least| amount < least) || bound("MaxValue").is_some_and(|most| amount > most) {
        return Err(TemplateError::at(place, format!("{value} is outside MinValue and MaxValue")));
    }
    Ok(parsed)
}

/// The value of a pseudo parameter such as `AWS::Region`.
pub(super) fn pseudo(name: &str, machine: &Machine) -> Option<String> {
    Some(match name {
        "AWS::Region" => machine.region.clone(),
        "AWS::AccountId" => machine.account.clone(),
        "AWS::StackName" => machine.stack_name.clone(),
        "AWS::Partition" => "aws".into(),
        "AWS::URLSuffix" => "amazonaws.com".into(),
        "AWS::StackId" => machine.arn("cloudformation", &format!("stack/{}/local", machine.stack_name)),
        _ => return None,
    })
}
