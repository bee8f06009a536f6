//! Where programs come from.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::compiler::Program;

/// The id of a journey. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JourneyId(Arc<str>);

impl JourneyId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for JourneyId {
    fn from(id: &str) -> Self {
        Self(id.into())
    }
}

impl From<String> for JourneyId {
    fn from(id: String) -> Self {
        Self(id.into())
    }
}

impl Borrow<str> for JourneyId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for JourneyId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JourneyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The journeys of an organisation, as the engine needs them: loaded beforehand, because the engine waits for nothing.
pub trait Library {
    /// The published revision of a journey, by its id or name.
    fn published(&self, reference: &str) -> Option<(JourneyId, u32, Arc<Program>)>;

    /// Whether a session on an older revision of this journey moves to the published one. It does so where it enters a
    /// card of a name that one has too: a card that has begun is finished as it began, and variables stay. Otherwise a
    /// session stays on its revision to the end.
    fn migrates(&self, id: &str) -> bool {
        let _ = id;
        false
    }

    /// A revision a session runs on, published or not.
    fn revision(&self, id: &str, revision: u32) -> Option<Arc<Program>>;
}
