//! Characters as codes, and texts made safe for other places.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{Function, function};
use crate::context::Arguments;
use crate::error::EvaluationError;
use crate::value::Value;

type Result = std::result::Result<Value, EvaluationError>;

pub(super) static FUNCTIONS: &[Function] = &[
    function!("char", Eager(char_), "The character with a code of Unicode.", ["code": "a whole number"], "text",
        errors: "a code no character has", "char(65)" => "\"A\""),
    function!("unichar", Eager(char_), "The character with a code of Unicode.", ["code": "a whole number"], "text",
        errors: "a code no character has", "unichar(8364)" => "\"€\"", "unichar(10)" => "\"\\n\""),
    function!("code", Eager(code), "The code of the first character.", ["text": "a text"], "number",
        errors: "a text without characters", "code(\"A\")" => "65"),
    function!("unicode", Eager(code), "The code of the first character.", ["text": "a text"], "number",
        errors: "a text without characters", "unicode(\"€\")" => "8364"),
    function!("url_encode", Eager(url_encode), "A text made safe for a part of an address (RFC 3986).",
        ["text": "a text"], "text", errors: "none", "url_encode(\"a b&ñ\")" => "\"a%20b%26%C3%B1\""),
    function!("url_decode", Eager(url_decode), "The text behind a part of an address; `+` is a space.",
        ["text": "a text"], "text", errors: "none: what is not encoded stays",
        "url_decode(\"a%20b+c\")" => "\"a b c\"", "url_decode(\"100%\")" => "\"100%\""),
    function!("base64_encode", Eager(base64_encode), "A text in base 64 (RFC 4648).", ["text": "a text"], "text",
        errors: "none", "base64_encode(\"hola\")" => "\"aG9sYQ==\""),
    function!("base64_decode", Eager(base64_decode), "The text behind base 64 (RFC 4648).", ["text": "a text"], "text",
        errors: "what is not base 64 of a text gives an error value",
        "base64_decode(\"aG9sYQ==\")" => "\"hola\"", "is_error(base64_decode(\"!\"))" => "true"),
];

fn char_(arguments: &Arguments<'_>) -> Result {
    let character = u32::try_from(arguments.int(0)?).ok().and_then(char::from_u32);
    let character = character.ok_or_else(|| arguments.invalid(0, "no character has this code"))?;
    Ok(Value::from(character.to_string()))
}

fn code(arguments: &Arguments<'_>) -> Result {
    let first = arguments.text(0)?.chars().next();
    let first = first.ok_or_else(|| arguments.invalid(0, "the text has no characters"))?;
    Ok(Value::Int(u32::from(first).into()))
}

fn url_encode(arguments: &Arguments<'_>) -> Result {
    let text = arguments.text(0)?;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    arguments.made(encoded)
}

fn url_decode(arguments: &Arguments<'_>) -> Result {
    let text = arguments.text(0)?;
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let mut ahead = bytes.clone();
        let encoded = match (byte, ahead.next(), ahead.next()) {
            (b'%', Some(high), Some(low)) => hex_pair(high, low),
            _ => None,
        };
        if let Some(value) = encoded {
            decoded.push(value);
            bytes = ahead;
        } else {
            decoded.push(if byte == b'+' { b' ' } else { byte });
        }
    }
    arguments.made(String::from_utf8_lossy(&decoded).into_owned())
}

fn hex_pair(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? * 16 + digit(low)?)
}

fn base64_encode(arguments: &Arguments<'_>) -> Result {
    arguments.made(STANDARD.encode(arguments.text(0)?.as_bytes()))
}

fn base64_decode(arguments: &Arguments<'_>) -> Result {
    let text = arguments.text(0)?;
    match STANDARD.decode(text.trim()).map(String::from_utf8) {
        Ok(Ok(decoded)) => arguments.made(decoded),
        _ => Ok(Value::error("this is not base 64 of a text")),
    }
}
