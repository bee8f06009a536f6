//! Bodies: JSON objects, and nothing that serde would also take for one.

use std::fmt;
use std::marker::PhantomData;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::{Number, Value};

use crate::problem::Problem;

/// The body of a request: a JSON object that reads as `T`.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let read: Result<Json<Object<T>>, JsonRejection> = Json::from_request(request, state).await;
        let Json(Object(body)) = read?;
        Ok(Self(body))
    }
}

/// A JSON object that reads as `T`. Serde also reads a struct from an array, member by member in their order: whoever
/// sends that means something else, and what it is read as would change with every new member.
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData)).map(Self)
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

/// A number without a fraction, however it is written: to JSON, `2.0` is the same as `2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Whole(pub(crate) u64);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = Number::deserialize(deserializer)?;
        let float = || {
            let float = number.as_f64().filter(|float| float.fract() == 0.0 && (0.0..EXACT).contains(float));
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "it is neither large nor negative"
            )]
            float.map(|float| float as u64)
        };
        // As far as `int64` goes, which is what the description says.
        let whole = number.as_u64().filter(|whole| i64::try_from(*whole).is_ok()).or_else(float);
        whole
            .map(Self)
            .ok_or_else(|| D::Error::custom(format!("{number} is not a whole number from 0 to {}", i64::MAX)))
    }
}

/// Up to here a float is exact.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Whether `given`, which was read and written again as `written`, has an array where an object belongs: for what is read
/// by types that are not made for this API, and have objects in objects.
pub(crate) fn has_array_for_object(given: &Value, written: &Value) -> bool {
    match (given, written) {
        (Value::Array(_), Value::Object(_)) => true,
        (Value::Array(given), Value::Array(written)) => {
            given.iter().zip(written).any(|(given, written)| has_array_for_object(given, written))
        }
        (Value::Object(given), Value::Object(written)) => given
            .iter()
            .any(|(name, given)| written.get(name).is_some_and(|written| has_array_for_object(given, written))),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Named {
        name: String,
        #[serde(default)]
        loud: bool,
    }

    fn read(body: &Value) -> Result<Named, String> {
        serde_json::from_value(body.clone()).map(|Object(named)| named).map_err(|error| error.to_string())
    }

    #[test]
    fn a_body_is_an_object() {
        assert_eq!(read(&json!({"name": "a"})), Ok(Named { name: "a".to_owned(), loud: false }));
        for other in [json!(["a"]), json!(["a", true]), json!([]), json!("a"), json!(null), json!(1)] {
            let error = read(&other).unwrap_err();
            assert!(error.contains("expected a JSON object"), "{other}: {error}");
        }
        assert!(read(&json!({"name": "a", "more": 1})).unwrap_err().contains("unknown field `more`"));
    }

    #[test]
    fn whole_numbers_are_read_however_they_are_written() {
        let read = |text: &str| serde_json::from_str::<Whole>(text).ok();
        for (text, expected) in [("0", 0), ("12", 12), ("12.0", 12), ("1e3", 1000), ("-0.0", 0)] {
            assert_eq!(read(text), Some(Whole(expected)), "{text}");
        }
        assert_eq!(read("9223372036854775807"), Some(Whole(i64::MAX.unsigned_abs())));
        for bad in ["-1", "1.5", "9223372036854775808", "1e300", "\"1\"", "null", "[1]"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn arrays_are_found_where_objects_belong() {
        let written = json!({"type": "text", "text": {"body": "a"}, "list": [{"id": "1"}, 2], "empty": []});
        assert!(!has_array_for_object(&written, &written));
        for given in [json!(["text"]), json!({"text": ["a"]}), json!({"list": [["1"], 2]})] {
            assert!(has_array_for_object(&given, &written), "{given}");
        }
        assert!(!has_array_for_object(&json!({"unknown": ["a"], "list": []}), &written));
    }
}
