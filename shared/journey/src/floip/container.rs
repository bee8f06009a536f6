//! The objects of FLOIP 1.0.0-rc3, as they stand in JSON.
//!
//! Reading is lenient where tools differ: what may be absent may be null too, and unknown members are passed over.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// The version of the specification that is written.
pub const VERSION: &str = "1.0.0-rc3";

/// A file: flows, and the texts and media they show.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Container {
    /// [`VERSION`].
    #[serde(default, deserialize_with = "nullable")]
    pub specification_version: String,
    /// Its id.
    #[serde(default, deserialize_with = "nullable")]
    pub uuid: String,
    /// What people call it.
    #[serde(default, deserialize_with = "nullable")]
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// What the specification does not know.
    #[serde(default)]
    pub vendor_metadata: Value,
    /// The flows.
    pub flows: Vec<Flow>,
    /// The texts and media; release candidate 4 keeps them in the flows.
    #[serde(default, deserialize_with = "nullable")]
    pub resources: Vec<Resource>,
}

/// A flow: a graph of blocks.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Flow {
    /// Its id, which other flows run it by.
    #[serde(default, deserialize_with = "nullable")]
    pub uuid: String,
    /// Its name.
    #[serde(default, deserialize_with = "nullable")]
    pub name: String,
    /// What people call it.
    #[serde(default)]
    pub label: Option<String>,
    /// When it was changed, a date and time.
    #[serde(default, deserialize_with = "nullable")]
    pub last_modified: String,
    /// Seconds without a reply after which it ends.
    #[serde(default)]
    pub interaction_timeout: Option<u32>,
    /// How it can be held: `RICH_MESSAGING`, `SMS` …
    #[serde(default, deserialize_with = "nullable")]
    pub supported_modes: Vec<String>,
    /// Where it begins.
    #[serde(default, deserialize_with = "nullable")]
    pub first_block_id: String,
    /// Where it ends when it is left early; may be empty.
    #[serde(default)]
    pub exit_block_id: Option<String>,
    /// The languages of its texts, the main one first.
    #[serde(default, deserialize_with = "nullable")]
    pub languages: Vec<Language>,
    /// Its blocks, in any order.
    pub blocks: Vec<Block>,
    /// The texts and media, in release candidate 4.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<Resource>,
    /// What the specification does not know.
    #[serde(default)]
    pub vendor_metadata: Value,
}

/// A language of the texts of a flow.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Language {
    /// What resources name it by.
    #[serde(default, deserialize_with = "nullable")]
    pub id: String,
    /// What people call it.
    #[serde(default)]
    pub label: Option<String>,
    /// A variant of the language.
    #[serde(default)]
    pub variant: Option<String>,
    /// Its code of three letters.
    #[serde(default)]
    pub iso_639_3: Option<String>,
    /// Its BCP 47 tag, such as `pt-BR`.
    #[serde(default)]
    pub bcp_47: Option<String>,
}

/// One step of a flow.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// Its id.
    pub uuid: String,
    /// Its name, which its value is kept under.
    #[serde(default, deserialize_with = "nullable")]
    pub name: String,
    /// What people call it.
    #[serde(default)]
    pub label: Option<String>,
    /// What it means, for analysis.
    #[serde(default)]
    pub semantic_label: Option<String>,
    /// What it does, such as `MobilePrimitives.Message`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The particulars of its type.
    #[serde(default)]
    pub config: Value,
    /// Where it leads.
    #[serde(default, deserialize_with = "nullable")]
    pub exits: Vec<Exit>,
    /// Free labels.
    #[serde(default)]
    pub tags: Value,
    /// Where it stands on a canvas.
    #[serde(default)]
    pub ui_metadata: Value,
    /// What the specification does not know.
    #[serde(default)]
    pub vendor_metadata: Value,
}

/// A way out of a block.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Exit {
    /// Its id.
    #[serde(default, deserialize_with = "nullable")]
    pub uuid: String,
    /// Its name.
    #[serde(default, deserialize_with = "nullable")]
    pub name: String,
    /// The condition under which it is taken.
    #[serde(default)]
    pub test: Option<String>,
    /// Whether it is taken when no other is.
    #[serde(default)]
    pub default: Option<bool>,
    /// The block that follows; the flow ends when there is none.
    #[serde(default)]
    pub destination_block: Option<String>,
    /// Particulars.
    #[serde(default)]
    pub config: Value,
    /// What it means, for analysis.
    #[serde(default)]
    pub semantic_label: Option<String>,
    /// What the specification does not know.
    #[serde(default)]
    pub vendor_metadata: Value,
}

impl Exit {
    /// Whether it is taken when no other is.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.default == Some(true)
    }
}

/// A text or medium in several languages and modes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Resource {
    /// What blocks name it by.
    pub uuid: String,
    /// Its versions.
    #[serde(default, deserialize_with = "nullable")]
    pub values: Vec<ResourceValue>,
}

/// One version of a resource.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ResourceValue {
    /// The id of its language.
    #[serde(default, deserialize_with = "nullable")]
    pub language_id: String,
    /// `TEXT`, `AUDIO`, `IMAGE`, `VIDEO`.
    #[serde(default, deserialize_with = "nullable")]
    pub content_type: String,
    /// Its media type.
    #[serde(default)]
    pub mime_type: Option<String>,
    /// The modes it is for.
    #[serde(default, deserialize_with = "nullable")]
    pub modes: Vec<String>,
    /// The text, or the address of the medium.
    #[serde(default, deserialize_with = "nullable")]
    pub value: String,
}

/// Reads null as if the member were absent.
fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
