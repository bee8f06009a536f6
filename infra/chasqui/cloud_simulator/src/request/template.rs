//! The parameters of a template message, before they are compared with the template itself.
//!
//! Source: <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-message-templates>.

use serde_json::Value;

use super::content::{location, reference};
use super::{Fields, MediaUse};
use crate::graph_error::GraphError;

/// Which template a message uses, and with what.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TemplateUse {
    pub(crate) name: String,
    pub(crate) language: String,
    pub(crate) components: Vec<Component>,
}

/// One item of `template.components`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Component {
    Header(Vec<Parameter>),
    Body(Vec<Parameter>),
    Button { sub_type: String, index: usize, parameters: Vec<Parameter> },
}

/// One parameter: its type, its name when the template has named ones, and what it puts in the text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Parameter {
    pub(crate) kind: String,
    pub(crate) name: Option<String>,
    pub(crate) text: String,
    /// The parameter as sent.
    pub(crate) value: Value,
}

const SUB_TYPES: &[&str] = &["quick_reply", "url", "copy_code", "flow", "catalog", "mpm", "voice_call"];

/// Reads the `template` object.
pub(super) fn read(fields: &Fields<'_>, media: &mut Vec<MediaUse>) -> Result<TemplateUse, GraphError> {
    fields.only(&["name", "language", "components"])?;
    let name = fields.text("name", 512)?.to_owned();
    let language = fields.object("language")?;
    language.only(&["code", "policy"])?;
    if language.get("policy").is_some() {
        language.word("policy", &["deterministic"])?;
    }
    let code = language.text("code", 16)?.to_owned();
    let mut components = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for component in fields.optional_objects("components")? {
        let read = read_component(&component, media)?;
        let key = match &read {
            Component::Header(_) => "header".to_owned(),
            Component::Body(_) => "body".to_owned(),
            Component::Button { index, .. } => format!("button {index}"),
        };
        if !seen.insert(key.clone()) {
            return Err(GraphError::invalid(format!("Component {key} is given twice.")));
        }
        components.push(read);
    }
    Ok(TemplateUse { name, language: code, components })
}

fn read_component(fields: &Fields<'_>, media: &mut Vec<MediaUse>) -> Result<Component, GraphError> {
    let kind = fields.word("type", &["header", "body", "button"])?;
    if kind != "button" {
        fields.only(&["type", "parameters"])?;
        let parameters = parameters(fields, kind, media)?;
        return Ok(if kind == "header" { Component::Header(parameters) } else { Component::Body(parameters) });
    }
    fields.only(&["type", "sub_type", "index", "parameters"])?;
    let sub_type = fields.word("sub_type", SUB_TYPES)?.to_owned();
    let index = match fields.required("index")? {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.as_u64(),
        _ => None,
    };
    let index = index.and_then(|index| usize::try_from(index).ok()).filter(|index| *index < 10).ok_or_else(|| {
        GraphError::invalid(format!("{} must be a button position from 0 to 9.", fields.path_of("index")))
    })?;
    Ok(Component::Button { sub_type, index, parameters: parameters(fields, kind, media)? })
}

fn parameters(fields: &Fields<'_>, component: &str, media: &mut Vec<MediaUse>) -> Result<Vec<Parameter>, GraphError> {
    let items = match fields.required("parameters")? {
        Value::Array(items) => items,
        _ => return Err(GraphError::parameter(format!("Param {} must be an array.", fields.path_of("parameters")))),
    };
    fields
        .objects("parameters")?
        .iter()
        .zip(items)
        .map(|(item, value)| read_parameter(item, value, component, media))
        .collect()
}

fn read_parameter(
    item: &Fields<'_>,
    value: &Value,
    component: &str,
    media: &mut Vec<MediaUse>,
) -> Result<Parameter, GraphError> {
    let allowed: &[&'static str] = match component {
        "header" => &["text", "image", "video", "document", "location"],
        "body" => &["text", "currency", "date_time"],
        _ => &["text", "payload", "coupon_code", "action"],
    };
    let given = item.word("type", allowed)?;
    let Some(kind) = allowed.iter().copied().find(|kind| *kind == given) else {
        return Err(GraphError::invalid("type"));
    };
    item.only(&["type", "parameter_name", kind])?;
    let text = match kind {
        "text" => {
            let longest = if component == "header" { 60 } else { 1_024 };
            let text = item.text("text", longest)?;
            // WhatsApp refuses what would break the approved layout.
            if text.contains(['\n', '\t']) || text.contains("     ") {
                return Err(GraphError::new(
                    132_012,
                    format!(
                        "{} cannot have new-line/tab characters or more than 4 consecutive spaces.",
                        item.path_of("text")
                    ),
                ));
            }
            text.to_owned()
        }
        "payload" => item.text("payload", 128)?.to_owned(),
        "coupon_code" => item.text("coupon_code", 20)?.to_owned(),
        "currency" => {
            let money = item.object("currency")?;
            money.only(&["fallback_value", "code", "amount_1000"])?;
            money.text("code", 3)?;
            money.number("amount_1000")?;
            money.text("fallback_value", 60)?.to_owned()
        }
        "date_time" => item.object("date_time")?.text("fallback_value", 120)?.to_owned(),
        "location" => {
            location(&item.object("location")?)?;
            String::new()
        }
        "action" => item.object("action").map(|_| String::new())?,
        file => {
            let object = item.object(file)?;
            object.only(if file == "document" { &["id", "link", "filename"] } else { &["id", "link"] })?;
            reference(kind, &object, media)?;
            String::new()
        }
    };
    let name = item.optional_text("parameter_name", 128)?.map(str::to_owned);
    Ok(Parameter { kind: kind.to_owned(), name, text, value: value.clone() })
}
