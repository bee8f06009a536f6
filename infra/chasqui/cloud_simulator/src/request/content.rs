//! The simple message types: text, media, location, reaction.

use super::{Fields, MediaUse, wamid};
use crate::graph_error::GraphError;

/// Checks the object of one of the simple types.
pub(super) fn check(kind: &'static str, fields: &Fields<'_>, media: &mut Vec<MediaUse>) -> Result<(), GraphError> {
    match kind {
        "text" => {
            fields.only(&["body", "preview_url"])?;
            fields.text("body", 4_096)?;
            fields.optional_flag("preview_url").map(drop)
        }
        "image" | "video" => {
            fields.only(&["id", "link", "caption"])?;
            fields.optional_text("caption", 1_024)?;
            reference(kind, fields, media)
        }
        "audio" => {
            fields.only(&["id", "link", "voice"])?;
            fields.optional_flag("voice")?;
            reference(kind, fields, media)
        }
        "document" => {
            fields.only(&["id", "link", "caption", "filename"])?;
            fields.optional_text("caption", 1_024)?;
            fields.optional_text("filename", 240)?;
            reference(kind, fields, media)
        }
        "sticker" => {
            fields.only(&["id", "link"])?;
            reference(kind, fields, media)
        }
        "location" => location(fields),
        "reaction" => reaction(fields),
        _ => Err(GraphError::new(131_051, format!("Message type {kind} is not supported."))),
    }
}

/// Exactly one of an uploaded `id` and a web `link`.
pub(super) fn reference(kind: &'static str, fields: &Fields<'_>, media: &mut Vec<MediaUse>) -> Result<(), GraphError> {
    match (fields.get("id"), fields.get("link")) {
        (Some(_), Some(_)) => Err(GraphError::parameter(format!("Param {kind} takes either id or link, not both."))),
        (None, None) => {
            Err(GraphError::missing(format!("{} or {} is required.", fields.path_of("id"), fields.path_of("link"))))
        }
        (Some(_), None) => {
            media.push(MediaUse { id: fields.text("id", 128)?.to_owned(), kind });
            Ok(())
        }
        (None, Some(_)) => fields.address("link", 2_048).map(drop),
    }
}

/// A place; also the parameter of a template's location header.
pub(super) fn location(fields: &Fields<'_>) -> Result<(), GraphError> {
    fields.only(&["latitude", "longitude", "name", "address"])?;
    for (key, limit) in [("latitude", 90.0), ("longitude", 180.0)] {
        let degrees = fields.number(key)?;
        if degrees.abs() > limit {
            return Err(GraphError::invalid(format!("{} must be between -{limit} and {limit}.", fields.path_of(key))));
        }
    }
    fields.optional_text("name", 1_000)?;
    fields.optional_text("address", 1_000).map(drop)
}

fn reaction(fields: &Fields<'_>) -> Result<(), GraphError> {
    fields.only(&["message_id", "emoji"])?;
    wamid(fields, "message_id")?;
    let Some(emoji) = fields.optional_text("emoji", 32)? else {
        return Err(GraphError::missing(format!("{} is required.", fields.path_of("emoji"))));
    };
    // Letters and spaces are never part of an emoji; digits, # and * are (keycaps), but only with a symbol after them.
    let letters = emoji.chars().any(|character| character.is_alphabetic() || character.is_whitespace());
    if letters || (!emoji.is_empty() && emoji.is_ascii()) {
        return Err(GraphError::invalid(format!(
            "{} must be one emoji, or empty to remove the reaction.",
            fields.path_of("emoji")
        )));
    }
    Ok(())
}
