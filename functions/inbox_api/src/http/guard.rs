//! What no route takes: names that nothing can have, bodies that are too large, and NUL, which no text can hold.

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, MatchedPath, RawPathParams, Request};
use axum::middleware::Next;
use axum::response::Response;

use crate::access;
use crate::problem::Problem;

/// The longest name of anything, in bytes. Ours are shorter; a journey's name has at most 100 characters.
const LONGEST_NAME: usize = 512;

/// Refuses what no route takes.
pub(crate) async fn check(path: MatchedPath, request: Request, next: Next) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let names = RawPathParams::from_request_parts(&mut parts, &()).await;
    let names = names.map_err(|_| Problem::bad_request("The path is not UTF-8."))?;
    names.iter().try_for_each(|(_, name)| check_name(name))?;
    let most = access::rule_of(&parts.method, path.as_str()).map_or(0, |rule| rule.body);
    // Where none is expected, one is of no meaning and does no harm.
    let body = if most == 0 { Body::empty() } else { body };
    let Ok(bytes) = to_bytes(body, most).await else {
        return Err(Problem::too_large(format!(
            "The body is larger than {most} bytes, the most that this route takes."
        )));
    };
    if holds_nul(&bytes) {
        return Err(Problem::bad_request(
            "The body holds the character NUL (`\\u0000`), which no text can have. Leave it out.",
        ));
    }
    Ok(next.run(Request::from_parts(parts, Body::from(bytes))).await)
}

/// Refuses the name of something that nothing can have: the table would not take it as a key.
pub(crate) fn check_name(name: &str) -> Result<(), Problem> {
    if name.len() <= LONGEST_NAME && !name.chars().any(char::is_control) {
        return Ok(());
    }
    let detail = format!("Nothing has such a name: one has at most {LONGEST_NAME} bytes, and no control characters.");
    Err(Problem::not_found(detail))
}

/// Whether a JSON text holds NUL, as it is or escaped.
fn holds_nul(text: &[u8]) -> bool {
    let mut rest = text.iter().enumerate();
    while let Some((at, byte)) = rest.next() {
        match byte {
            0 => return true,
            // What follows a backslash belongs to it: in `\\u0000` it is another backslash.
            b'\\' if text[at + 1..].starts_with(b"u0000") => return true,
            b'\\' => drop(rest.next()),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_an_end_and_no_control_characters() {
        for good in ["", "0192f", "¿Qué tal?", &"x".repeat(LONGEST_NAME)] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in ["\0", "a\nb", "\u{85}", &"x".repeat(LONGEST_NAME + 1)] {
            assert!(check_name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn nul_is_found_however_it_is_written() {
        for text in [r#"{"a":"\u0000"}"#, r#"{"a":"b\\\u0000"}"#, r#"{"\u0000":1}"#, "\0", "\"\0\"", r#""\n\u0000""#] {
            assert!(holds_nul(text.as_bytes()), "{text}");
        }
        for text in ["", "{}", r#"{"a":"\\u0000"}"#, r#""\u0001""#, r#""\u000""#, "\\", r#""\\\\u0000""#] {
            assert!(!holds_nul(text.as_bytes()), "{text}");
        }
    }
}
