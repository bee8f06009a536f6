//! Exports and flow definitions, as they stand in JSON. Unknown members are passed over.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::glific::{self, Interactive};

/// The version of definitions that is read.
const VERSION: u32 = 13;

/// An export, or a single definition.
pub(super) struct File(pub(super) Export);

impl<'de> Deserialize<'de> for File {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let export = if glific::recognises(&value) {
            glific::export(&value)
        } else if value.get("flows").is_some() {
            serde_json::from_value(value)
        } else {
            serde_json::from_value(value).map(|flow| Export { flows: vec![flow], ..Export::default() })
        };
        export.map(File).map_err(D::Error::custom)
    }
}

/// Flows, and what starts them.
#[derive(Default, Deserialize)]
pub(super) struct Export {
    pub(super) flows: Vec<Definition>,
    #[serde(default, deserialize_with = "nullable")]
    pub(super) triggers: Vec<Starter>,
    #[serde(default, deserialize_with = "nullable")]
    pub(super) campaigns: Vec<Campaign>,
    #[serde(default, deserialize_with = "nullable")]
    pub(super) groups: Vec<Group>,
    /// The interactive messages that flows of Glific send.
    #[serde(skip)]
    pub(super) interactive: Interactive,
}

/// A group of contacts.
#[derive(Deserialize)]
pub(super) struct Group {
    #[serde(default, deserialize_with = "nullable")]
    pub(super) uuid: String,
    #[serde(default, deserialize_with = "nullable")]
    pub(super) name: String,
    /// What fills it by itself, when something does.
    #[serde(default, deserialize_with = "nullable")]
    pub(super) query: String,
}

/// What happens at some time around dates of the contacts of a group.
#[derive(Deserialize)]
pub(super) struct Campaign {
    #[serde(default, deserialize_with = "nullable")]
    pub(super) name: String,
    #[serde(default)]
    pub(super) group: Option<Reference>,
    #[serde(default, deserialize_with = "nullable")]
    pub(super) events: Vec<Event>,
}

/// One of these times.
#[derive(Deserialize)]
pub(super) struct Event {
    #[serde(default, deserialize_with = "nullable")]
    pub(super) uuid: String,
    /// `F`: a flow starts, `M`: a message is sent.
    #[serde(rename = "event_type", default, deserialize_with = "nullable")]
    pub(super) kind: String,
    /// How long after the date; negative for before.
    #[serde(default)]
    pub(super) offset: i64,
    /// `M`inutes, `H`ours, `D`ays or `W`eeks.
    #[serde(default, deserialize_with = "nullable")]
    pub(super) unit: String,
    /// The field of the contact with the date.
    #[serde(default)]
    pub(super) relative_to: Option<Field>,
    /// The hour of the day; -1 for that of the date.
    #[serde(default)]
    pub(super) delivery_hour: Option<i64>,
    /// `I`: it interrupts a flow that is under way, `S`: it leaves it alone, `P`: it runs beside it.
    #[serde(default)]
    pub(super) start_mode: Option<String>,
    #[serde(default)]
    pub(super) flow: Option<Reference>,
    /// The text by language, or only the text.
    #[serde(default)]
    pub(super) message: Value,
    #[serde(default)]
    pub(super) base_language: Option<String>,
}

/// A field of the contact.
#[derive(Deserialize)]
pub(super) struct Field {
    #[serde(default, deserialize_with = "nullable")]
    pub(super) key: String,
}

/// What starts a flow.
#[derive(Default, Deserialize)]
pub(super) struct Starter {
    /// `K`: a keyword, `C`: anything, `N`: a new conversation, `S`: a schedule …
    #[serde(rename = "trigger_type", default)]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) keyword: Option<String>,
    #[serde(default, deserialize_with = "nullable")]
    pub(super) keywords: Vec<String>,
    /// `F`: the message begins with the keyword, `O`: it is nothing else.
    #[serde(default)]
    pub(super) match_type: Option<String>,
    #[serde(default)]
    pub(super) flow: Option<Reference>,
    /// The groups it is for.
    #[serde(default, deserialize_with = "nullable")]
    pub(super) groups: Vec<Reference>,
    /// The groups it is not for.
    #[serde(default, deserialize_with = "nullable")]
    pub(super) exclude_groups: Vec<Reference>,
    /// The channel it is for.
    #[serde(default)]
    pub(super) channel: Value,
    /// What else it says.
    #[serde(flatten)]
    pub(super) rest: Map<String, Value>,
}

impl Starter {
    /// A trigger of whole messages.
    pub(super) fn of_keywords(keywords: Vec<String>, uuid: &str, name: &str) -> Self {
        let flow = Some(Reference { uuid: uuid.to_owned(), name: name.to_owned() });
        Self { kind: "K".to_owned(), keywords, match_type: Some("O".to_owned()), flow, ..Self::default() }
    }
}

/// Another object, by its id.
#[derive(Deserialize)]
pub(super) struct Reference {
    #[serde(default, deserialize_with = "nullable")]
    pub(super) uuid: String,
    #[serde(default, deserialize_with = "nullable")]
    pub(super) name: String,
}

/// Reads null as if the member were absent.
fn nullable<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
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
    pub(super) localization: Option<BTreeMap<String, BTreeMap<String, Value>>>,
    pub(super) nodes: Vec<Node>,
    /// `messaging`, `voice` …
    #[serde(rename = "type", default)]
    pub(super) kind: Option<String>,
    /// How the editor shows it, with the notes that stick there.
    #[serde(rename = "_ui", default)]
    pub(super) view: Value,
    /// What else it says.
    #[serde(flatten)]
    pub(super) rest: Map<String, Value>,
    /// What stood beside it and was not read.
    #[serde(skip)]
    pub(super) left: Vec<String>,
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
    /// What else it says.
    #[serde(flatten)]
    pub(super) rest: Map<String, Value>,
}

/// A test, and the category it leads to.
#[derive(Deserialize)]
pub(super) struct Case {
    #[serde(default)]
    pub(super) uuid: String,
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
    /// `msg`, or `dial` in a call.
    #[serde(rename = "type", default)]
    pub(super) kind: Option<String>,
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
