//! The signature Meta puts on every webhook: `X-Hub-Signature-256: sha256=<64 hex digits>`, an HMAC-SHA256 of the
//! **raw bytes** of the body under the app secret.
//!
//! Verify before parsing, and over the bytes as they arrived: Meta may escape characters (`\u00e4`) that a serializer
//! would write differently. Behind API Gateway, undo `isBase64Encoded` first.
//!
//! Source: <https://developers.facebook.com/docs/graph-api/webhooks/getting-started#validate-payloads>

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Name of the header, in lower case (header names are compared without case).
pub const HEADER: &str = "x-hub-signature-256";

/// Why a webhook is not believed. Answer 401 or 403 and keep nothing of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// No app secret is configured, so nothing can be verified.
    #[error("no app secret is configured: put the app secret of the Meta app into the webhook secret")]
    NoSecret,
    /// The header is absent.
    #[error("the X-Hub-Signature-256 header is missing: the request does not come from Meta")]
    Missing,
    /// The header is not `sha256=` followed by 64 hexadecimal digits.
    #[error("the X-Hub-Signature-256 header is not `sha256=` and 64 hexadecimal digits")]
    Malformed,
    /// No configured secret gives this signature.
    #[error("the signature matches none of the configured app secrets: wrong secret, or the body was changed")]
    Mismatch,
}

/// The value of the header for `body` under `secret`: what Meta would send. For simulators and tests.
pub fn sign(secret: &str, body: &[u8]) -> String {
    match keyed(secret, body) {
        Some(mac) => format!("sha256={}", hex::encode(mac.finalize().into_bytes())),
        None => String::new(),
    }
}

/// Verifies `header` over the raw `body` with each of `secrets` (the current one first, then those being rotated out),
/// in constant time. Returns the position of the secret that matched, so that a caller can tell when the old one is
/// no longer used. Blank secrets are never accepted: anyone could sign with them.
pub fn verify<S: AsRef<str>>(secrets: &[S], body: &[u8], header: Option<&str>) -> Result<usize, SignatureError> {
    if secrets.iter().all(|secret| secret.as_ref().is_empty()) {
        return Err(SignatureError::NoSecret);
    }
    let digits =
        header.ok_or(SignatureError::Missing)?.trim().strip_prefix("sha256=").ok_or(SignatureError::Malformed)?;
    let mut claimed = [0_u8; 32];
    hex::decode_to_slice(digits, &mut claimed).map_err(|_| SignatureError::Malformed)?;
    secrets
        .iter()
        .enumerate()
        .filter(|(_, secret)| !secret.as_ref().is_empty())
        .find(|(_, secret)| keyed(secret.as_ref(), body).is_some_and(|mac| mac.verify_slice(&claimed).is_ok()))
        .map(|(position, _)| position)
        .ok_or(SignatureError::Mismatch)
}

/// HMAC takes keys of any length; `None` never happens, and would fail the verification if it did.
fn keyed(secret: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(body);
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPACT: &[u8] = br#"{"object":"whatsapp_business_account","entry":[]}"#;
    const SPACED: &[u8] = br#"{"object": "whatsapp_business_account", "entry": []}"#;

    #[test]
    fn known_vectors() {
        for (secret, body, digits) in [
            ("test_app_secret", COMPACT, "dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756"),
            ("test_app_secret", SPACED, "56cbbaf4961c6cfdae48b7f116c047e5eb513d2c931baae63a2bc1afd26f803a"),
            ("otro_secreto", COMPACT, "769b03d8c2ae6498f2d1e1f7299c0ba55448c69d741e7b0bb243d852d8a8d8c7"),
        ] {
            assert_eq!(sign(secret, body), format!("sha256={digits}"));
            assert_eq!(verify(&[secret], body, Some(&format!("sha256={digits}"))), Ok(0));
        }
    }

    #[test]
    fn what_is_refused() {
        let good = sign("test_app_secret", COMPACT);
        type Case<'a> = (&'a [&'a str], &'a [u8], Option<&'a str>, SignatureError);
        let cases: &[Case<'_>] = &[
            (&[], COMPACT, Some(&good), SignatureError::NoSecret),
            (&["", ""], COMPACT, Some(&good), SignatureError::NoSecret),
            (&["test_app_secret"], COMPACT, None, SignatureError::Missing),
            (&["test_app_secret"], COMPACT, Some(""), SignatureError::Malformed),
            (&["test_app_secret"], COMPACT, Some("sha1=dec6"), SignatureError::Malformed),
            (&["test_app_secret"], COMPACT, Some("sha256=dec6"), SignatureError::Malformed),
            (&["test_app_secret"], COMPACT, Some(&good[7..]), SignatureError::Malformed),
            (&["test_app_secret"], SPACED, Some(&good), SignatureError::Mismatch),
            (&["otro_secreto"], COMPACT, Some(&good), SignatureError::Mismatch),
        ];
        for (secrets, body, header, expected) in cases {
            assert_eq!(verify(secrets, body, *header), Err(*expected), "{header:?}");
        }
        let forged = sign("", COMPACT);
        assert_eq!(verify(&["", "real"], COMPACT, Some(&forged)), Err(SignatureError::Mismatch));
    }

    #[test]
    fn an_old_secret_still_verifies_during_rotation() {
        let header = sign("previous", COMPACT);
        assert_eq!(verify(&["current", "previous"], COMPACT, Some(&header)), Ok(1));
        assert_eq!(
            verify(&["current", "previous"], COMPACT, Some(&header.to_uppercase().replace("SHA256", "sha256"))),
            Ok(1)
        );
    }

    #[test]
    fn escaped_characters_are_verified_as_they_arrived() {
        let body = br#"{"text":"ma\u00f1ana"}"#;
        let header = sign("s", body);
        assert_eq!(verify(&["s"], body, Some(&header)), Ok(0));
        assert_eq!(verify(&["s"], "{\"text\":\"mañana\"}".as_bytes(), Some(&header)), Err(SignatureError::Mismatch));
    }
}
