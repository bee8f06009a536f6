//! Reading JSON that may be wrong anywhere without letting one wrong place spoil the rest.
//!
//! An [`Object`] is read one level deep; its values stay slices of the body until somebody needs them. This is what
//! makes one malformed message in a batch of a thousand cost only itself, and keeps parsing at a few microseconds.

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// One level of a JSON object. Keys may repeat (the last one counts), values may be anything.
pub(crate) struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Object<'a> {
    /// Reads `json`; the error says what is there instead of an object.
    pub(crate) fn parse(json: &'a str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// The value of `key`; `None` when it is absent or `null`.
    pub(crate) fn get(&self, key: &str) -> Option<&'a str> {
        let (_, value) = self.0.iter().rev().find(|(name, _)| name == key)?;
        Some(value.get()).filter(|text| *text != "null")
    }

    /// All keys and values, in the order of the body.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.0.iter().map(|(key, value)| (key.as_ref(), value.get()))
    }

    /// The value of `key` as text: a string or a number, `None` when absent, `null`, empty or something else.
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        self.get(key).and_then(text)
    }

    /// The value of `key` as an integer, written as a number or as a string (Meta writes timestamps both ways).
    pub(crate) fn integer(&self, key: &str) -> Option<i64> {
        self.text(key)?.parse().ok()
    }

    /// The elements of the array `key`: empty when absent, an error when it is no array.
    pub(crate) fn items(&self, key: &str) -> Result<Vec<&'a str>, String> {
        match self.get(key) {
            None => Ok(Vec::new()),
            Some(json) => items(json).map_err(|error| format!("`{key}` is not an array: {error}")),
        }
    }
}

/// The elements of the array `json`, unread.
pub(crate) fn items(json: &str) -> Result<Vec<&str>, serde_json::Error> {
    let items: Vec<&RawValue> = serde_json::from_str(json)?;
    Ok(items.into_iter().map(RawValue::get).collect())
}

/// A JSON string or number as text; empty strings count as absent, because Meta writes absent ids all three ways.
fn text(json: &str) -> Option<String> {
    match json.as_bytes().first()? {
        b'"' => serde_json::from_str::<String>(json).ok().filter(|text| !text.is_empty()),
        b'-' | b'0'..=b'9' => Some(json.to_owned()),
        _ => None,
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Object<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut fields = Vec::with_capacity(8);
                while let Some(Key(key)) = map.next_key()? {
                    fields.push((key, map.next_value()?));
                }
                Ok(Object(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

/// A key borrowed from the body where it has no escapes (`Cow` alone would always copy).
struct Key<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;
        impl<'de> Visitor<'de> for Name {
            type Value = Key<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }
            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(name)))
            }
            fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(name.to_owned())))
            }
        }
        deserializer.deserialize_str(Name)
    }
}

/// Replaces lone surrogates (`\ud83d` without its second half) by `\ufffd`.
///
/// JSON's grammar allows them, and text cut in the middle of an emoji produces them, but no Rust string can hold one:
/// without this a person's message would be unreadable for the sake of half a character.
pub(crate) fn repair_surrogates(json: &str) -> Cow<'_, str> {
    let bytes = json.as_bytes();
    let mut repaired: Option<String> = None;
    let (mut at, mut copied) = (0, 0);
    while let Some(found) = json[at..].find('\\') {
        let start = at + found;
        let step = match escaped_unit(bytes, start) {
            Some(0xD800..=0xDBFF) if matches!(escaped_unit(bytes, start + 6), Some(0xDC00..=0xDFFF)) => 12,
            Some(0xD800..=0xDFFF) => {
                let text = repaired.get_or_insert_with(|| String::with_capacity(json.len()));
                text.push_str(&json[copied..start]);
                text.push_str("\\ufffd");
                copied = start + 6;
                6
            }
            Some(_) => 6,
            // A simple escape is two bytes, and the second is ASCII in all valid JSON.
            None if bytes.get(start + 1).is_some_and(u8::is_ascii) => 2,
            None => 1,
        };
        at = start + step;
    }
    match repaired {
        None => Cow::Borrowed(json),
        Some(mut text) => {
            text.push_str(&json[copied..]);
            Cow::Owned(text)
        }
    }
}

/// The UTF-16 unit of the escape `\uXXXX` that starts at `start`.
fn escaped_unit(bytes: &[u8], start: usize) -> Option<u16> {
    let digits = bytes.get(start..start + 6)?.strip_prefix(b"\\u")?;
    let digits = std::str::from_utf8(digits).ok().filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u16::from_str_radix(digits, 16).ok()
}

/// `deserialize_with` helpers for fields whose type Meta does not keep: wrong types count as absent.
pub(crate) mod lenient {
    use super::*;

    /// A string, number or boolean as text; empty and anything else is `None`.
    pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
        Ok(deserializer.deserialize_any(Scalar)?.filter(|text| !text.is_empty()))
    }

    /// An integer written as a number or a string; anything else is `None`.
    pub(crate) fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
        Ok(deserializer.deserialize_any(Scalar)?.and_then(|text| text.parse().ok()))
    }

    /// A number written as a number or a string; anything else is `None`.
    pub(crate) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
        Ok(deserializer.deserialize_any(Scalar)?.and_then(|text| text.parse().ok()))
    }

    /// A boolean; anything else is `false`.
    pub(crate) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
        Ok(deserializer.deserialize_any(Scalar)?.as_deref() == Some("true"))
    }

    struct Scalar;

    impl<'de> Visitor<'de> for Scalar {
        type Value = Option<String>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("anything")
        }
        fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
            Ok(Some(value.to_owned()))
        }
        fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
            Ok(Some(value.to_string()))
        }
        fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
            Ok(Some(value.to_string()))
        }
        fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
            Ok(Some(value.to_string()))
        }
        fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
            Ok(Some(value.to_string()))
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
        fn visit_none<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
        fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<Self::Value, S::Error> {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            Ok(None)
        }
        fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok(None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lone_surrogates_are_repaired_and_pairs_are_not() {
        for (input, expected) in [
            (r#""plain""#, r#""plain""#),
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""\ud83d""#, r#""\ufffd""#),
            (r#""\ude00\ud83d x""#, r#""\ufffd\ufffd x""#),
            (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\\ud83d""#, r#""\\ud83d""#),
            (r#""\\\ud83d\n""#, r#""\\\ufffd\n""#),
            (r#""\uD83Dñ""#, r#""\ufffdñ""#),
            (r#""\"#, r#""\"#),
            (r#""\u12"#, r#""\u12"#),
            ("\"\\ñ\"", "\"\\ñ\""),
        ] {
            assert_eq!(repair_surrogates(input), expected);
        }
    }

    #[test]
    fn objects_are_read_one_level_deep() {
        let object = Object::parse(r#"{"a":1,"a":"two","b":null,"c":"","d":{"x":1e999},"\u0065":7,"t":"12"}"#).unwrap();
        assert_eq!(object.text("a").as_deref(), Some("two"));
        assert_eq!(object.text("b"), None);
        assert_eq!(object.text("c"), None);
        assert_eq!(object.text("d"), None);
        assert_eq!(object.get("d"), Some(r#"{"x":1e999}"#));
        assert_eq!(object.text("e").as_deref(), Some("7"));
        assert_eq!(object.integer("t"), Some(12));
        assert!(object.items("a").is_err());
        assert!(object.items("missing").unwrap().is_empty());
        assert!(Object::parse("[]").is_err());
    }
}
