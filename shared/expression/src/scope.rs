//! Where names get their values.

use std::hash::BuildHasher;

use indexmap::IndexMap;

use crate::value::Value;

/// Looks up the first name of a reference, for example the `contact` of `contact.name`.
///
/// Values are cheap to clone: maps, lists and texts are shared.
pub trait Scope {
    /// The value of `name`, which is given in lower case, or `None` when there is no such name.
    fn get(&self, name: &str) -> Option<Value>;
}

impl<S: BuildHasher> Scope for IndexMap<String, Value, S> {
    fn get(&self, name: &str) -> Option<Value> {
        IndexMap::get(self, name).cloned()
    }
}

impl<F: Fn(&str) -> Option<Value>> Scope for F {
    fn get(&self, name: &str) -> Option<Value> {
        self(name)
    }
}
