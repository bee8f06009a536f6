//! Files of other programs, whichever it was: told apart by what they hold, and read as notebooks.

use serde_json::Value;

use crate::floip::{self, ImportError, Imported, MAX_BYTES};
use crate::problem::{Position, Problem};
use crate::{format, parse, print, rapidpro, rename_references};

/// Reads all journeys of a file: FLOIP, or an export of RapidPro, TextIt or Glific.
///
/// # Errors
/// When the file is neither, or as [`floip::import_all`] and [`rapidpro::import_all`].
pub fn import_all(json: &str) -> Result<Vec<Imported>, ImportError> {
    if json.len() > MAX_BYTES {
        return Err(ImportError::TooLarge);
    }
    let file: Value = serde_json::from_str(json).map_err(|error| ImportError::NotJson(error.to_string()))?;
    if rapidpro::recognises(&file) {
        rapidpro::import_all(json)
    } else if file.get("flows").is_some() {
        floip::import_all(json)
    } else {
        Err(ImportError::Unknown)
    }
}

/// Reads the first journey of such a file; that there are others is among its problems.
///
/// # Errors
/// As [`import_all`].
pub fn import(json: &str) -> Result<Imported, ImportError> {
    floip::first_of(import_all(json)?)
}

impl Imported {
    /// The journey as a canonical notebook, and what was not read as it stood, at the lines of its cards. `rename` gives
    /// other names to the journeys it names, as [`rename_references`] does.
    #[must_use]
    pub fn notebook(&self, rename: impl Fn(&str) -> Option<String>) -> (String, Vec<Problem>) {
        let renamed = rename_references(&print(&self.journey), rename);
        // Another name may be longer, and break a line.
        let notebook = format(&renamed).unwrap_or(renamed);
        let journey = parse(&notebook).journey;
        let placed = |problem: &Problem| {
            let card = journey.cards().find(|card| problem.card.as_ref() == Some(&card.name));
            let Position { line, column } = card.map(|card| card.position).unwrap_or_default();
            Problem { line, column, ..problem.clone() }
        };
        let mut problems: Vec<Problem> = self.problems.iter().map(placed).collect();
        problems.sort_by_key(|problem| problem.line);
        (notebook, problems)
    }
}
