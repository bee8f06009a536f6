//! Uploaded and received files.
//!
//! Source: <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media>.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::graph_error::GraphError;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// How long a download address works.
pub(crate) const ADDRESS_MS: i64 = 5 * 60 * 1_000;

const KINDS: &[(&str, usize, &[&str])] = &[
    ("audio", 16 << 20, &["audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"]),
    ("image", 5 << 20, &["image/jpeg", "image/png"]),
    ("sticker", 500 << 10, &["image/webp"]),
    ("video", 16 << 20, &["video/mp4", "video/3gpp"]),
    (
        "document",
        100 << 20,
        &[
            "text/plain",
            "application/pdf",
            "application/msword",
            "application/vnd.ms-excel",
            "application/vnd.ms-powerpoint",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ],
    ),
];

/// One file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Media {
    pub(crate) id: String,
    pub(crate) mime_type: String,
    pub(crate) filename: Option<String>,
    pub(crate) expires_ms: i64,
    /// Download addresses given out: the key and when it ends.
    #[serde(default)]
    pub(crate) addresses: Vec<(String, i64)>,
    #[serde(with = "as_base64")]
    pub(crate) bytes: Vec<u8>,
}

impl Media {
    /// A file the business uploads: kept 30 days, of a kind and size WhatsApp takes.
    pub(crate) fn uploaded(
        id: String,
        mime_type: &str,
        filename: Option<String>,
        bytes: Vec<u8>,
        now_ms: i64,
    ) -> Result<Self, GraphError> {
        let essence = essence(mime_type);
        let Some((kind, most, _)) = KINDS.iter().find(|(_, _, types)| types.contains(&essence)) else {
            let types = KINDS.iter().flat_map(|(_, _, types)| types.iter().copied()).collect::<Vec<_>>().join(", ");
            return Err(GraphError::parameter(format!(
                "Param file must be a file with one of the following types: {types}. Received file of type '{mime_type}'."
            )));
        };
        if bytes.is_empty() || bytes.len() > *most {
            return Err(GraphError::new(
                131_053,
                format!("A file of kind {kind} must have 1 to {most} bytes, got {}.", bytes.len()),
            ));
        }
        Ok(Self {
            id,
            mime_type: mime_type.into(),
            filename,
            expires_ms: now_ms + 30 * DAY_MS,
            addresses: Vec::new(),
            bytes,
        })
    }

    /// A file a person sent: kept 7 days, of any kind.
    pub(crate) fn received(id: String, mime_type: &str, filename: Option<String>, bytes: Vec<u8>, now_ms: i64) -> Self {
        Self {
            id,
            mime_type: mime_type.into(),
            filename,
            expires_ms: now_ms + 7 * DAY_MS,
            addresses: Vec::new(),
            bytes,
        }
    }

    /// Whether it can be sent as this kind of message.
    pub(crate) fn serves(&self, kind: &str) -> Result<(), GraphError> {
        let types = KINDS.iter().find(|(name, _, _)| *name == kind).map_or(&[][..], |(_, _, types)| types);
        if types.contains(&essence(&self.mime_type)) {
            return Ok(());
        }
        Err(GraphError::invalid(format!("Media {} is {}, which cannot be sent as {kind}.", self.id, self.mime_type)))
    }

    /// The digest as webhooks give it.
    pub(crate) fn sha256_base64(&self) -> String {
        STANDARD.encode(Sha256::digest(&self.bytes))
    }

    /// The answer of `GET /{media_id}`; its digest is hexadecimal, unlike the webhook's.
    pub(crate) fn view(&self, url: &str) -> Value {
        json!({
            "messaging_product": "whatsapp", "url": url, "mime_type": self.mime_type,
            "sha256": hex::encode(Sha256::digest(&self.bytes)), "file_size": self.bytes.len(), "id": self.id,
        })
    }
}

fn essence(mime_type: &str) -> &str {
    mime_type.split(';').next().unwrap_or_default().trim()
}

mod as_base64 {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uploads_are_checked() {
        let upload = |mime: &str, size: usize| Media::uploaded("1".into(), mime, None, vec![0; size], 0);
        assert_eq!(upload("image/gif", 10).unwrap_err().code, 100);
        assert_eq!(upload("image/png", 0).unwrap_err().code, 131_053);
        assert_eq!(upload("image/png", (5 << 20) + 1).unwrap_err().code, 131_053);
        let voice = upload("audio/ogg; codecs=opus", 10).unwrap();
        assert!(voice.serves("audio").is_ok());
        assert_eq!(voice.serves("image").unwrap_err().code, 131_009);
    }

    #[test]
    fn digests_and_storage() {
        let file = Media::received("1".into(), "image/png", None, b"abc".to_vec(), 0);
        assert_eq!(file.sha256_base64(), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
        assert_eq!(file.view("u")["sha256"], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let back: Media = serde_json::from_str(&serde_json::to_string(&file).unwrap()).unwrap();
        assert_eq!(back.bytes, b"abc");
    }
}
