//! Values as JSON: plain for the outside, tagged for storage.
//!
//! In storage dates, times, moments and ranges are maps with one key that begins with `@`, for example
//! `{"@date":"2026-11-22"}`; a real map that looks like one gets one more `@` before its key. A lambda cannot be stored
//! and becomes null.

use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;
use jiff::fmt::temporal::Pieces;
use jiff::tz::TimeZone;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap as _, Serializer};

use super::{RangeValue, Value};
use crate::ast::DateTimeLiteral;
use crate::date_time::DateTime;

pub(super) fn written_range(range: RangeValue) -> String {
    let natural = if range.last < range.first { -1 } else { 1 };
    let step = if range.step == natural { String::new() } else { format!("//{}", range.step) };
    format!("{}..{}{step}", range.first, range.last)
}

fn read_range(text: &str) -> Option<RangeValue> {
    let (first, rest) = text.split_once("..")?;
    let (last, step) = rest.split_once("//").map_or((rest, None), |(last, step)| (last, Some(step)));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    let step =
        step.map_or(Some(if last < first { -1 } else { 1 }), |step| step.parse().ok()).filter(|step| *step != 0)?;
    Some(RangeValue { first, last, step })
}

impl Value {
    /// The value as plain JSON: dates, times and moments as ISO 8601 text, a range as text, a lambda as null.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match self {
            Self::Null | Self::Lambda(_) => Json::Null,
            Self::Bool(value) => Json::Bool(*value),
            Self::Int(number) => Json::from(*number),
            Self::Float(number) => Json::from(*number),
            Self::Text(text) => Json::from(&**text),
            Self::Date(_) | Self::Time(_) | Self::DateTime(_) | Self::Range(_) => Json::from(self.text()),
            Self::List(items) => Json::Array(items.iter().map(Self::to_json).collect()),
            Self::Map(map) => Json::Object(map.iter().map(|(key, value)| (key.clone(), value.to_json())).collect()),
        }
    }
}

impl From<serde_json::Value> for Value {
    fn from(json: serde_json::Value) -> Self {
        use serde_json::Value as Json;
        match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(value),
            Json::Number(number) => {
                number.as_i64().map_or_else(|| number.as_f64().map_or(Self::Null, Self::Float), Self::Int)
            }
            Json::String(text) => Self::from(text),
            Json::Array(items) => Self::list(items.into_iter().map(Self::from).collect()),
            Json::Object(map) => Self::map(map.into_iter().map(|(key, value)| (key, Self::from(value)))),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let tag = match self {
            Self::Null | Self::Lambda(_) => return serializer.serialize_unit(),
            Self::Bool(value) => return serializer.serialize_bool(*value),
            Self::Int(number) => return serializer.serialize_i64(*number),
            Self::Float(number) => return serializer.serialize_f64(*number),
            Self::Text(text) => return serializer.serialize_str(text),
            Self::List(items) => return items.serialize(serializer),
            Self::Map(map) => {
                let mut fields = serializer.serialize_map(Some(map.len()))?;
                for (key, value) in &**map {
                    if looks_tagged(map) {
                        fields.serialize_entry(&format!("@{key}"), value)?;
                    } else {
                        fields.serialize_entry(key, value)?;
                    }
                }
                return fields.end();
            }
            Self::Date(_) => "@date",
            Self::Time(_) => "@time",
            Self::DateTime(_) => "@datetime",
            Self::Range(_) => "@range",
        };
        let mut tagged = serializer.serialize_map(Some(1))?;
        tagged.serialize_entry(tag, &self.text())?;
        tagged.end()
    }
}

fn looks_tagged(map: &IndexMap<String, Value>) -> bool {
    map.len() == 1 && map.keys().all(|key| key.starts_with('@'))
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of the expression language")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Int(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        #[expect(clippy::cast_precision_loss, reason = "a whole number beyond i64 is held as nearly as a float can")]
        Ok(i64::try_from(number).map_or(Value::Float(number as f64), Value::Int))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Float(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::with_capacity(access.size_hint().unwrap_or(0).min(1024));
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Value::list(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = IndexMap::<String, Value>::new();
        while let Some((key, value)) = access.next_entry()? {
            map.insert(key, value);
        }
        if looks_tagged(&map)
            && let Some((tag, content)) = map.first()
        {
            if let Some(key) = tag.strip_prefix('@').filter(|key| key.starts_with('@')) {
                return Ok(Value::map([(key, content.clone())]));
            }
            if let Some(value) = untag(tag, content) {
                return Ok(value);
            }
        }
        Ok(Value::Map(Arc::new(map)))
    }
}

/// The value behind a tag; `None` for what is not one of ours.
fn untag(tag: &str, content: &Value) -> Option<Value> {
    let Value::Text(text) = content else { return None };
    match tag {
        "@date" => text.parse().ok().map(Value::Date),
        "@time" => text.parse().ok().map(Value::Time),
        "@datetime" => read_date_time(text).map(Value::DateTime),
        "@range" => read_range(text).map(Value::Range),
        _ => None,
    }
}

/// Unlike a literal of the language, a stored moment may lie before the year 0.
fn read_date_time(text: &str) -> Option<DateTime> {
    let pieces = Pieces::parse(text).ok()?;
    let literal =
        DateTimeLiteral { civil: pieces.date().to_datetime(pieces.time()?), offset: pieces.to_numeric_offset() };
    DateTime::from_literal(literal, &TimeZone::UTC)
}
