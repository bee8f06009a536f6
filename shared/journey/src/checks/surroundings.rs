//! What surrounds a journey in its organisation.

use expression::Value;

use crate::model::Trigger;

/// What a journey refers to outside of itself. What is `None` is not known here, and not checked.
#[derive(Debug, Clone, Copy, Default)]
pub struct Surroundings<'a> {
    /// The id of the journey that is checked, to tell it from its [`Neighbour`]s.
    pub id: Option<&'a str>,
    /// All profile fields, those that every contact has included.
    pub fields: Option<&'a [Field]>,
    /// All journeys of the organisation.
    pub journeys: Option<&'a [Neighbour]>,
    /// All approved templates.
    pub templates: Option<&'a [KnownTemplate]>,
    /// The global dictionaries, a map of maps, as in [`crate::Env::globals`].
    pub globals: Option<&'a Value>,
    /// The codes of the languages in which the organisation writes.
    pub languages: Option<&'a [String]>,
}

/// A profile field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name, as in `contact.<name>`.
    pub name: String,
    /// What it holds.
    pub kind: FieldKind,
    /// Whether only the service itself sets it.
    pub read_only: bool,
}

/// What a [`Field`] holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// Any text; may spell a number or date.
    Text,
    /// One of several texts.
    Choice,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// A date.
    Date,
    /// A date with a time of day.
    DateTime,
    /// A place on the map.
    Location,
}

/// A journey of the same organisation.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbour {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Why it starts.
    pub triggers: Vec<Trigger>,
    /// Whether it is published and enabled, so that others can start it.
    pub runs: bool,
}

/// A template WhatsApp approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownTemplate {
    /// Its name.
    pub name: String,
    /// Its language, such as `es` or `en_US`.
    pub language: String,
    /// How many placeholders its texts have.
    pub parameters: usize,
    /// The titles of its quick replies, in order.
    pub buttons: Vec<String>,
}

impl<'a> Surroundings<'a> {
    /// The profile field of this name, in any case.
    pub(super) fn field(&self, name: &str) -> Option<&'a Field> {
        self.fields?.iter().find(|field| field.name.eq_ignore_ascii_case(name))
    }

    /// The names of all profile fields.
    pub(super) fn field_names(&self) -> Vec<&'a str> {
        self.fields.unwrap_or_default().iter().map(|field| field.name.as_str()).collect()
    }
}
