//! Conversation scripts: what a contact does and what must come of it, written in YAML.
//!
//! ```yaml
//! journey: signup.md
//! contact: {name: Ana}
//! steps:
//!   - start
//!   - bot: {text: "Hola Ana", buttons: [Sí, No]}
//!   - tap: Sí
//!   - finished
//! ```
//!
//! [`Script::read`] reads one, [`Script::open`] fetches its journeys, [`play`](fn@play) plays it. Every kind of step is a
//! module of [`steps`], with an example that is run.

mod expect;
mod header;
mod open;
mod play;
pub mod record;
mod remarks;
pub mod steps;
pub(crate) mod yaml;

use journey::{Position, Problem};

use crate::rehearsal::Options;

pub use open::{Files, OpenError};
pub use play::{Difference, Failure, Outcome, Place, Row, Who, play};
pub use yaml::{duration, plain as value};

/// A conversation script.
#[derive(Debug)]
pub struct Script {
    /// The journey that is rehearsed.
    pub journey: Named,
    /// Its child journeys, by id or name.
    pub children: Vec<(String, Child)>,
    /// What the rehearsal begins with.
    pub options: Options,
    /// What happens, and what must come of it.
    pub steps: Vec<Step>,
    /// The line of the last step.
    pub end: u32,
}

/// A journey, and where the script names it.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// Which.
    pub source: Source,
    /// Where the script says so.
    pub at: Position,
}

/// Where a journey is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file, relative to the script.
    File(String),
    /// A journey by its name; a file of that name beside the script.
    Name(String),
}

/// What a child journey is.
#[derive(Debug, Clone, PartialEq)]
pub enum Child {
    /// A journey.
    Journey(Named),
    /// One that comes back at once.
    Return,
}

/// A step and its place.
#[derive(Debug)]
pub struct Step {
    pub(crate) at: Position,
    pub(crate) action: Box<dyn steps::Kind>,
}

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(source: &str) -> Result<Self, Vec<Problem>> {
        let root = yaml::parse(source).map_err(|problem| vec![problem])?;
        header::read(&root)
    }
}
