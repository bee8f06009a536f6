//! A journey as people make it: the one model behind the notebook and the canvas.
//!
//! A [`Journey`] is a list of cells, in the order of the notebook; each may have a place on the canvas. What runs is
//! the [`crate::Program`] compiled from it.

mod formula;
mod setting;
mod trigger;
mod words;

use serde::{Deserialize, Serialize};

pub use formula::Formula;
pub use setting::Setting;
pub use trigger::{Trigger, TriggerEvent};
pub(crate) use words::base as base_language;
pub use words::{Words, is_language};

use crate::problem::Position;
use crate::statements::{Extra, Statement};

/// A whole journey: notes, code and dictionaries. Serialises to the JSON that the canvas edits.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Journey {
    /// The cells in the order of the notebook.
    pub cells: Vec<Cell>,
}

impl Journey {
    /// All cards, in source order. The first one is where the journey begins.
    pub fn cards(&self) -> impl Iterator<Item = &Card> {
        self.items().filter_map(|item| match &item.kind {
            ItemKind::Card(card) => Some(card),
            _ => None,
        })
    }

    /// All triggers, in source order.
    pub fn triggers(&self) -> impl Iterator<Item = &Trigger> {
        self.items().filter_map(|item| match &item.kind {
            ItemKind::Trigger(trigger) => Some(trigger),
            _ => None,
        })
    }

    /// All dictionaries and tables, in source order.
    pub fn sheets(&self) -> impl Iterator<Item = &Sheet> {
        self.cells.iter().filter_map(|cell| match &cell.content {
            Content::Sheet(sheet) => Some(sheet),
            _ => None,
        })
    }

    /// Triggers, settings and cards of all code cells, in source order.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.cells.iter().flat_map(|cell| match &cell.content {
            Content::Code(code) => code.items.as_slice(),
            _ => &[],
        })
    }
}

/// One cell of the notebook.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// Where it stands on the canvas, when that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What it holds.
    #[serde(flatten)]
    pub content: Content,
}

/// A place on the canvas.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The id of the section, often a UUID; may be empty. Must not contain `"`.
    pub section: String,
    /// Canvas units from the left.
    pub x: f64,
    /// Canvas units from the top.
    pub y: f64,
}

/// What a cell holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// Markdown for people, kept as it was written (blank lines at both ends aside).
    Note(String),
    /// Triggers, settings and cards.
    Code(Code),
    /// A dictionary or a table.
    Sheet(Sheet),
}

/// A dictionary (`config.items.<key>`) or a table (`quizzes.rows[0].<column>`) with the journey's own data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sheet {
    /// Which of the two it is.
    pub kind: SheetKind,
    /// The name expressions use.
    pub name: String,
    /// The version of the format, such as `0.1.0`.
    pub version: String,
    /// The column settings as written, such as `[]`.
    pub settings: String,
    /// The head of the table.
    pub columns: Vec<String>,
    /// The cells under it.
    pub rows: Vec<Vec<String>>,
    /// Where it stands.
    #[serde(skip)]
    pub position: Position,
}

/// The two kinds of [`Sheet`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SheetKind {
    /// Two columns, a key and its value.
    Dictionary,
    /// Any columns; a row is a map.
    Table,
}

/// A code cell.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Code {
    /// The name of the optional wrapper `stack Name do … end`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrapper: Option<String>,
    /// Triggers, settings and cards, in source order.
    pub items: Vec<Item>,
    /// Comments after the last item.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<String>,
}

/// A trigger, setting or card with the comments above it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// The text of each comment line, after the `#`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<String>,
    /// Where it stands.
    #[serde(skip)]
    pub position: Position,
    /// What a trigger or setting was written with that it does not know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra: Option<Box<Extra>>,
    /// What it is.
    #[serde(flatten)]
    pub kind: ItemKind,
}

impl From<ItemKind> for Item {
    fn from(kind: ItemKind) -> Self {
        Self { comments: Vec::new(), position: Position::default(), extra: None, kind }
    }
}

/// What stands at the top level of code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    /// Why the journey starts.
    Trigger(Trigger),
    /// A property of the whole journey.
    Setting(Setting),
    /// A card.
    Card(Card),
}

/// A card: statements that run from top to bottom.
///
/// Several cards may share a name: their guards are tried in source order, the one without a guard is the default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// The name other cards use.
    pub name: String,
    /// What a button or list row that leads here is called; a text, often with references. Its other languages are
    /// written as keys behind it: `card Yes, "Sí", en: "Yes" do`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Words>,
    /// Keys of the canvas such as `version` or `code_generator`, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metadata: Vec<(String, Formula)>,
    /// The condition after `when`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guard: Option<Formula>,
    /// `timeout: 60`: seconds without a reply to a question of this card, in place of the journey's `interaction_timeout`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u32>,
    /// `on_timeout: Late`: the card that follows then, in place of the one of `interaction_timeout`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_timeout: Option<String>,
    /// The card that follows when no statement leads elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<String>,
    /// What it does.
    pub statements: Vec<Statement>,
    /// Comments after the last statement.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<String>,
    /// Where it stands.
    #[serde(skip)]
    pub position: Position,
}

impl Card {
    /// A card that does nothing yet.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            label: None,
            metadata: Vec::new(),
            guard: None,
            timeout: None,
            on_timeout: None,
            then: None,
            statements: Vec::new(),
            comments: Vec::new(),
            position: Position::default(),
        }
    }
}
