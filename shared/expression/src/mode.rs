//! How what enters a journey from outside is read.

use indexmap::IndexMap;

use crate::value::Value;

/// The two readings of the data an expression works with: a contact's fields, an answer, the body of a response.
///
/// Journeys are written for [`Mode::V2`]. The caller reads the data once, with [`Mode::read`], before it evaluates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Mode {
    /// Texts are read as what they spell ([`Value::coerced`]) and keys become lower case.
    #[default]
    V2,
    /// Everything is taken as it is. A [`crate::Scope`] is still asked for names in lower case.
    V3,
}

impl Mode {
    /// The value as expressions of this mode see it.
    #[must_use]
    pub fn read(self, value: Value) -> Value {
        match (self, value) {
            (Self::V3, value) => value,
            (Self::V2, Value::Text(text)) => Value::coerced(&text),
            (Self::V2, Value::List(items)) => Value::list(items.iter().map(|item| self.read(item.clone())).collect()),
            (Self::V2, Value::Map(map)) => {
                let mut read = IndexMap::with_capacity(map.len());
                for (key, value) in &*map {
                    let lower = key.to_lowercase();
                    // Of keys that differ in their case alone, the one in lower case counts, otherwise the first.
                    if lower == *key || !read.contains_key(&lower) {
                        read.insert(lower, self.read(value.clone()));
                    }
                }
                Value::from(read)
            }
            (Self::V2, value) => value,
        }
    }
}
