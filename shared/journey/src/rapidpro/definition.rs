//! Exports and flow definitions, as they stand in JSON. Unknown members are passed over.

use std::collections::HashMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The version of definitions that is read.
const VERSION: u32 = 13;

/// An export, or a single definition.
pub(super) struct File(pub(super) Export);

impl<'de> Deserialize<'de> for File {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let export = if value.get("flows").is_some() {
            serde_json::from_value(value)
        } else {
            serde_json::from_value(value).map(|flow| Export { flows: vec![flow], triggers: Vec::new() })
        };
        export.map(File).map_err(D::Error::custom)
    }
}

/// Flows, and what starts them.
#[derive(Deserialize)]
pub(super) struct Export {
    pub(super) flows: Vec<Definition>,
    #[serde(default)]
    pub(super) triggers: Vec<Starter>,
}

/// What starts a flow.
#[derive(Deserialize)]
pub(super) struct Starter {
    /// `K`: a keyword, `C`: anything, `N`: a new conversation, `S`: a schedule …
    #[serde(rename = "trigger_type", default)]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) keyword: Option<String>,
    #[serde(default)]
    pub(super) keywords: Vec<String>,
    /// `F`: the message begins with the keyword, `O`: it is nothing else.
    #[serde(default)]
    pub(super) match_type: Option<String>,
    #[serde(default)]
    pub(super) flow: Option<Reference>,
}

/// Another object, by its id.
#[derive(Deserialize)]
pub(super) struct Reference {
    #[serde(default)]
    pub(super) uuid: String,
}

/// A flow. The first node is where it begins.
#[derive(Deserialize)]
pub(super) struct Definition {
    #[serde(default)]
    pub(super) uuid: String,
    #[serde(default)]
    pub(super) name: String,
    /// The version of the definition, such as `13.2.0`.
    #[serde(default)]
    spec_version: Value,
    #[serde(default)]
    pub(super) language: Option<String>,
    #[serde(default)]
    pub(super) expire_after_minutes: Option<u32>,
    /// Texts by language, then by the id of what they belong to, then by member.
    #[serde(default)]
    pub(super) localization: Option<HashMap<String, HashMap<String, Value>>>,
    pub(super) nodes: Vec<Node>,
}

impl Definition {
    /// The version, when it is later than the one that is read.
    pub(super) fn later_version(&self) -> Option<&str> {
        let version = self.spec_version.as_str()?;
        let major: u32 = version.split('.').next()?.parse().ok()?;
        (major > VERSION).then_some(version)
    }
}

/// A step: actions, then a choice of exits.
#[derive(Deserialize)]
pub(super) struct Node {
    pub(super) uuid: String,
    #[serde(default)]
    pub(super) actions: Vec<Value>,
    #[serde(default)]
    pub(super) router: Option<Router>,
    #[serde(default)]
    pub(super) exits: Vec<NodeExit>,
}

impl Node {
    /// Whether the flow waits here for an answer.
    pub(super) fn waits(&self) -> bool {
        self.router.as_ref().is_some_and(|router| router.wait.is_some())
    }

    /// The node behind an exit.
    pub(super) fn behind(&self, exit: &str) -> Option<&str> {
        self.exits.iter().find(|known| known.uuid == exit)?.destination_uuid.as_deref()
    }

    /// The node that follows when there is no router.
    pub(super) fn next(&self) -> Option<&str> {
        self.exits.first().filter(|_| self.router.is_none())?.destination_uuid.as_deref()
    }
}

/// A way out.
#[derive(Deserialize)]
pub(super) struct NodeExit {
    #[serde(default)]
    pub(super) uuid: String,
    #[serde(default)]
    pub(super) destination_uuid: Option<String>,
}

/// Chooses a way out.
#[derive(Deserialize)]
pub(super) struct Router {
    /// `switch` or `random`.
    #[serde(rename = "type", default)]
    pub(super) kind: String,
    /// What is looked at, a template.
    #[serde(default)]
    pub(super) operand: Option<String>,
    #[serde(default)]
    pub(super) result_name: Option<String>,
    #[serde(default)]
    pub(super) cases: Vec<Case>,
    #[serde(default)]
    pub(super) categories: Vec<Category>,
    #[serde(default)]
    pub(super) default_category_uuid: Option<String>,
    #[serde(default)]
    pub(super) wait: Option<Wait>,
}

/// A test, and the category it leads to.
#[derive(Deserialize)]
pub(super) struct Case {
    /// `has_any_word` and so on.
    #[serde(rename = "type", default)]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) arguments: Vec<String>,
    #[serde(default)]
    pub(super) category_uuid: String,
}

/// A group of answers, and its way out.
#[derive(Deserialize)]
pub(super) struct Category {
    #[serde(default)]
    pub(super) uuid: String,
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) exit_uuid: String,
}

/// A wait for an answer.
#[derive(Deserialize)]
pub(super) struct Wait {
    #[serde(default)]
    pub(super) timeout: Option<Timeout>,
}

/// How long, and what then.
#[derive(Deserialize)]
pub(super) struct Timeout {
    #[serde(default)]
    pub(super) seconds: u32,
    #[serde(default)]
    pub(super) category_uuid: String,
}
