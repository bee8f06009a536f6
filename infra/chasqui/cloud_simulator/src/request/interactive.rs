//! Interactive messages: reply buttons, lists, links, location and contact requests, flows.
//!
//! Source: <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages#interactive-object>.

use std::collections::HashSet;

use serde_json::Value;

use super::content::reference;
use super::{Fields, MediaUse};
use crate::graph_error::GraphError;

/// Kinds of the documentation that need a commerce catalogue or a calling set-up, which no simulated business has.
const NOT_SET_UP: &[&str] = &[
    "product",
    "product_list",
    "catalog_message",
    "carousel",
    "address_message",
    "voice_call",
    "call_permission_request",
];
const KINDS: &[&str] = &["button", "list", "cta_url", "location_request_message", "request_contact_info", "flow"];

/// Checks the `interactive` object.
pub(super) fn check(fields: &Fields<'_>, media: &mut Vec<MediaUse>) -> Result<(), GraphError> {
    fields.only(&["type", "header", "body", "footer", "action"])?;
    let kind = match fields.text("type", 64)? {
        kind if NOT_SET_UP.contains(&kind) => {
            return Err(GraphError::invalid(format!("Interactive type {kind} is not set up for this business.")));
        }
        kind if KINDS.contains(&kind) => kind,
        other => return Err(super::fields::not_one_of("interactive['type']", KINDS, other)),
    };
    let longest_body = if kind == "list" { 4_096 } else { 1_024 };
    words(&fields.object("body")?, "Body text", longest_body)?;
    if let Some(footer) = fields.optional_object("footer")? {
        words(&footer, "Footer text", 60)?;
    }
    if let Some(found) = fields.optional_object("header")? {
        match kind {
            "list" => header(&found, &["text"], media)?,
            "location_request_message" | "request_contact_info" => {
                return Err(GraphError::parameter(format!(
                    "Unexpected key \"header\" on param \"interactive\" of type {kind}."
                )));
            }
            _ => header(&found, &["text", "image", "video", "document"], media)?,
        }
    }
    let action = fields.object("action")?;
    match kind {
        "button" => buttons(&action),
        "list" => list(&action),
        "cta_url" => link(&action),
        "flow" => flow(&action),
        "location_request_message" => named(&action, "send_location"),
        _ => named(&action, "request_contact_info"),
    }
}

fn words(fields: &Fields<'_>, what: &str, longest: usize) -> Result<(), GraphError> {
    fields.only(&["text"])?;
    fields.label("text", what, longest).map(drop)
}

fn header(fields: &Fields<'_>, allowed: &[&'static str], media: &mut Vec<MediaUse>) -> Result<(), GraphError> {
    let given = fields.word("type", allowed)?;
    let Some(kind) = allowed.iter().copied().find(|kind| *kind == given) else { return Ok(()) };
    fields.only(&["type", kind])?;
    match kind {
        "text" => fields.label("text", "Header text", 60).map(drop),
        _ => {
            let file = fields.object(kind)?;
            file.only(if kind == "document" { &["id", "link", "filename"] } else { &["id", "link"] })?;
            reference(kind, &file, media)
        }
    }
}

/// An id people never see: unique, within its length, without spaces at its ends.
fn identifier<'a>(
    fields: &Fields<'a>,
    what: &str,
    longest: usize,
    seen: &mut HashSet<&'a str>,
) -> Result<(), GraphError> {
    let id = fields.label("id", what, longest)?;
    if id.trim() != id {
        return Err(GraphError::invalid(format!("{what} must not begin or end with a space: \"{id}\".")));
    }
    if seen.insert(id) {
        Ok(())
    } else {
        Err(GraphError::invalid(format!("Duplicated {}: \"{id}\".", what.to_lowercase())))
    }
}

fn buttons(action: &Fields<'_>) -> Result<(), GraphError> {
    action.only(&["buttons"])?;
    let buttons = action.objects("buttons")?;
    if buttons.is_empty() || buttons.len() > 3 {
        return Err(GraphError::invalid("Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3"));
    }
    let (mut ids, mut titles) = (HashSet::new(), HashSet::new());
    for button in &buttons {
        button.only(&["type", "reply"])?;
        button.word("type", &["reply"])?;
        let reply = button.object("reply")?;
        reply.only(&["id", "title"])?;
        identifier(&reply, "Button id", 256, &mut ids)?;
        let title = reply.label("title", "Button title", 20)?;
        if !titles.insert(title) {
            return Err(GraphError::invalid(format!("Duplicated button title: \"{title}\".")));
        }
    }
    Ok(())
}

fn list(action: &Fields<'_>) -> Result<(), GraphError> {
    action.only(&["button", "sections"])?;
    action.label("button", "List button", 20)?;
    let sections = action.objects("sections")?;
    if sections.is_empty() || sections.len() > 10 {
        return Err(GraphError::invalid("Invalid sections count. Min allowed sections: 1, Max allowed sections: 10"));
    }
    let mut ids = HashSet::new();
    let mut total = 0;
    for section in &sections {
        section.only(&["title", "rows"])?;
        if section.optional_label("title", "Section title", 24)?.is_none() && sections.len() > 1 {
            return Err(GraphError::missing(format!(
                "{} is required when there is more than one section.",
                section.path_of("title")
            )));
        }
        let rows = section.objects("rows")?;
        if rows.is_empty() {
            return Err(GraphError::invalid(format!("{} must have at least one row.", section.path_of("rows"))));
        }
        total += rows.len();
        for row in &rows {
            row.only(&["id", "title", "description"])?;
            identifier(row, "Row id", 200, &mut ids)?;
            row.label("title", "Row title", 24)?;
            row.optional_label("description", "Row description", 72)?;
        }
    }
    if total > 10 {
        return Err(GraphError::invalid(format!("Total row count exceed max allowed count: 10 (got {total})")));
    }
    Ok(())
}

fn link(action: &Fields<'_>) -> Result<(), GraphError> {
    action.only(&["name", "parameters"])?;
    action.word("name", &["cta_url"])?;
    let parameters = action.object("parameters")?;
    parameters.only(&["display_text", "url"])?;
    parameters.label("display_text", "Link text", 20)?;
    parameters.address("url", 2_000).map(drop)
}

fn named(action: &Fields<'_>, name: &str) -> Result<(), GraphError> {
    action.only(&["name"])?;
    action.word("name", &[name]).map(drop)
}

fn flow(action: &Fields<'_>) -> Result<(), GraphError> {
    action.only(&["name", "parameters"])?;
    action.word("name", &["flow"])?;
    let parameters = action.object("parameters")?;
    parameters.only(&[
        "flow_message_version",
        "flow_id",
        "flow_name",
        "flow_cta",
        "flow_token",
        "mode",
        "flow_action",
        "flow_action_payload",
    ])?;
    parameters.word("flow_message_version", &["3"])?;
    match (parameters.optional_text("flow_id", 128)?, parameters.optional_text("flow_name", 256)?) {
        (Some(_), Some(_)) => return Err(GraphError::invalid("Only one of flow_id and flow_name may be given.")),
        (None, None) => {
            return Err(GraphError::missing(format!("{} or flow_name is required.", parameters.path_of("flow_id"))));
        }
        _ => {}
    }
    parameters.label("flow_cta", "Flow button", 20)?;
    parameters.optional_text("flow_token", 1_024)?;
    if parameters.get("mode").is_some() {
        parameters.word("mode", &["draft", "published"])?;
    }
    let exchange = match parameters.get("flow_action") {
        None => false,
        Some(_) => parameters.word("flow_action", &["navigate", "data_exchange"])? == "data_exchange",
    };
    match parameters.optional_object("flow_action_payload")? {
        Some(_) if exchange => Err(GraphError::invalid("flow_action_payload belongs to flow_action navigate only.")),
        Some(payload) => {
            payload.only(&["screen", "data"])?;
            payload.text("screen", 256)?;
            match payload.get("data") {
                Some(Value::Object(data)) if data.is_empty() => {
                    Err(GraphError::invalid(format!("{} must not be empty.", payload.path_of("data"))))
                }
                Some(data) => Fields::of(data, payload.path_of("data")).map(drop),
                None => Ok(()),
            }
        }
        None => Ok(()),
    }
}
