//! The strict reading of `POST /{phone_number_id}/messages`.
//!
//! Everything a request can get wrong on its own is found here, without looking at the simulated world: shapes, unknown
//! keys, lengths, counts. Limits are those of
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages>.

mod contacts;
mod content;
mod fields;
mod interactive;
mod template;

use serde_json::Value;

use crate::graph_error::GraphError;
pub(crate) use fields::Fields;
pub(crate) use template::{Component, Parameter, TemplateUse};

/// The message types of the documentation, in the order Graph lists them.
const TYPES: &[&str] = &[
    "audio",
    "contacts",
    "document",
    "image",
    "interactive",
    "location",
    "reaction",
    "sticker",
    "template",
    "text",
    "video",
];

/// Top-level keys the endpoint knows. Graph ignores other ones silently; the simulator notes them in its log.
const TOP_LEVEL: &[&str] = &[
    "messaging_product",
    "recipient_type",
    "to",
    "recipient",
    "recipient_identity_key_hash",
    "type",
    "context",
    "biz_opaque_callback_data",
    "status",
    "message_id",
    "typing_indicator",
    "messaging_account_id",
    "message_send_ttl_seconds",
];

/// A request that is well formed.
#[derive(Debug, Clone)]
pub(crate) enum Request {
    /// A message for a person.
    Message(Box<Outbound>),
    /// A read receipt, with or without "typing…".
    Read { message_id: String, typing: bool },
}

/// A well-formed message.
#[derive(Debug, Clone)]
pub(crate) struct Outbound {
    pub(crate) recipient: Recipient,
    /// The word under `type`.
    pub(crate) kind: &'static str,
    /// The object (or array) under the key named by `kind`, as sent.
    pub(crate) content: Value,
    /// `context.message_id`.
    pub(crate) reply_to: Option<String>,
    pub(crate) callback_data: Option<String>,
    /// Uploaded media the message refers to, with the kind it is used as.
    pub(crate) media: Vec<MediaUse>,
    /// The parameters of a template message.
    pub(crate) template: Option<TemplateUse>,
    /// Top-level keys Graph would ignore: probably a mistake of the caller.
    pub(crate) ignored: Vec<String>,
}

/// Whom a message is for; a phone number wins when both are given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Recipient {
    Phone { input: String, digits: String },
    UserId(String),
}

impl Recipient {
    /// What the answer repeats as `contacts[0].input`.
    pub(crate) fn input(&self) -> &str {
        match self {
            Self::Phone { input, .. } => input,
            Self::UserId(id) => id,
        }
    }
}

/// One use of an uploaded media id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MediaUse {
    pub(crate) id: String,
    pub(crate) kind: &'static str,
}

/// Reads a request body.
pub(crate) fn read(body: &Value) -> Result<Request, GraphError> {
    let fields = Fields::of(body, "body")?;
    match fields.get("messaging_product") {
        None => return Err(GraphError::parameter("The parameter messaging_product is required.")),
        Some(Value::String(product)) if product == "whatsapp" => {}
        Some(other) => return Err(fields::not_one_of("messaging_product", &["whatsapp"], &plain(other))),
    }
    if fields.get("status").is_some() {
        return read_receipt(&fields);
    }
    if let Some(Value::String(kind)) = fields.get("recipient_type")
        && kind != "individual"
    {
        return Err(fields::not_one_of("recipient_type", &["individual"], kind));
    }
    let recipient = recipient(&fields)?;
    let kind = match fields.get("type") {
        None => "text",
        Some(Value::String(given)) => match TYPES.iter().find(|kind| *kind == given) {
            Some(kind) => kind,
            None => return Err(fields::not_one_of("type", TYPES, given)),
        },
        Some(other) => return Err(fields::not_one_of("type", TYPES, &plain(other))),
    };
    let content = fields
        .get(kind)
        .ok_or_else(|| GraphError::missing(format!("Parameter of type {kind} is missing: the key \"{kind}\".")))?;
    let reply_to = match fields.optional_object("context")? {
        None => None,
        Some(context) => {
            context.only(&["message_id"])?;
            Some(wamid(&context, "message_id")?.to_owned())
        }
    };
    let callback_data = fields.optional_text("biz_opaque_callback_data", 512)?.map(str::to_owned);
    if let Some(hash) = fields.get("recipient_identity_key_hash")
        && !hash.is_string()
    {
        return Err(GraphError::parameter("Param recipient_identity_key_hash must be a string."));
    }

    let mut media = Vec::new();
    let mut used = None;
    match kind {
        "interactive" => interactive::check(&Fields::of(content, kind)?, &mut media)?,
        "contacts" => contacts::check(content)?,
        "template" => used = Some(template::read(&Fields::of(content, kind)?, &mut media)?),
        _ => content::check(kind, &Fields::of(content, kind)?, &mut media)?,
    }
    let ignored = fields_ignored(body, kind);
    Ok(Request::Message(Box::new(Outbound {
        recipient,
        kind,
        content: content.clone(),
        reply_to,
        callback_data,
        media,
        template: used,
        ignored,
    })))
}

fn fields_ignored(body: &Value, kind: &str) -> Vec<String> {
    let keys = body.as_object().into_iter().flat_map(|map| map.keys());
    keys.filter(|key| !TOP_LEVEL.contains(&key.as_str()) && *key != kind).cloned().collect()
}

fn read_receipt(fields: &Fields<'_>) -> Result<Request, GraphError> {
    fields.only(&["messaging_product", "status", "message_id", "typing_indicator"])?;
    fields.word("status", &["read"])?;
    let message_id = wamid(fields, "message_id")?.to_owned();
    let typing = match fields.optional_object("typing_indicator")? {
        None => false,
        Some(indicator) => {
            indicator.only(&["type"])?;
            indicator.word("type", &["text"])?;
            true
        }
    };
    Ok(Request::Read { message_id, typing })
}

fn recipient(fields: &Fields<'_>) -> Result<Recipient, GraphError> {
    match (fields.get("to"), fields.get("recipient")) {
        (Some(to), _) => {
            let Value::String(input) = to else {
                return Err(GraphError::parameter("Param to must be a string."));
            };
            let digits: String = input.chars().filter(char::is_ascii_digit).collect();
            let punctuation_only =
                input.chars().all(|character| character.is_ascii_digit() || "+ -().".contains(character));
            if !punctuation_only || !(7..=15).contains(&digits.len()) {
                return Err(GraphError::invalid(format!(
                    "Param to is not a valid WhatsApp phone number: \"{input}\"."
                )));
            }
            Ok(Recipient::Phone { input: input.clone(), digits })
        }
        (None, Some(Value::String(id))) if is_user_id(id) => Ok(Recipient::UserId(id.clone())),
        (None, Some(other)) => {
            Err(GraphError::invalid(format!("Param recipient is not a business-scoped user id: \"{}\".", plain(other))))
        }
        (None, None) => Err(GraphError::parameter("The parameter to is required.")),
    }
}

/// `CC.` or `CC.ENT.` and up to 128 letters and digits.
pub(crate) fn is_user_id(text: &str) -> bool {
    let Some((country, rest)) = text.split_once('.') else { return false };
    let scoped = rest.strip_prefix("ENT.").unwrap_or(rest);
    country.len() == 2
        && country.bytes().all(|byte| byte.is_ascii_uppercase())
        && (1..=128).contains(&scoped.len())
        && scoped.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn wamid<'a>(fields: &Fields<'a>, key: &str) -> Result<&'a str, GraphError> {
    let id = fields.text(key, 512)?;
    if id.starts_with("wamid.") {
        Ok(id)
    } else {
        Err(GraphError::invalid(format!("{} is not a WhatsApp message id: \"{id}\".", fields.path_of(key))))
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests;
