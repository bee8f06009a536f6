//! Fetches the journeys of a script.

use journey::{Position, Problem};

use super::{Child, Named, Script, Source};
use crate::load::{load, name_of, suffixes};
use crate::shelf::Shelf;

/// Reads a file beside the script; the error says why it cannot be read.
pub type Files<'f> = &'f dyn Fn(&str) -> Result<String, String>;

/// Why the journeys of a script cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The script names a journey that cannot be read: the script is wrong.
    #[error("{}", .0.message)]
    Script(Box<Problem>),
    /// A journey has errors.
    #[error("{file} has errors")]
    Journey {
        /// Its file.
        file: String,
        /// The text that the lines of the errors are counted in.
        text: String,
        /// The errors.
        problems: Vec<Problem>,
    },
}

impl Script {
    /// Fetches the journey and its children.
    ///
    /// # Errors
    /// When a file cannot be read, or a journey has errors.
    pub fn open(&self, files: Files<'_>) -> Result<Shelf, OpenError> {
        let mut shelf = Shelf::default();
        // A child that is the journey itself has that id too.
        let own_id = self.children.iter().find_map(|(id, child)| match child {
            Child::Journey(named) if named.source == self.journey.source => Some(id.as_str()),
            _ => None,
        });
        add(&mut shelf, own_id, &self.journey, files)?;
        for (id, child) in &self.children {
            match child {
                Child::Return => shelf.add_return(id),
                Child::Journey(_) if own_id == Some(id) => {}
                Child::Journey(named) => add(&mut shelf, Some(id), named, files)?,
            }
        }
        Ok(shelf)
    }
}

fn add(shelf: &mut Shelf, id: Option<&str>, named: &Named, files: Files<'_>) -> Result<(), OpenError> {
    let (file, source) = read(named, files)?;
    let loaded = load(&file, &source).map_err(|error| wrong(named.at, error.to_string(), None))?;
    let (name, text) = (name_of(&file), loaded.text.clone().unwrap_or_default());
    let added = shelf.add(id.unwrap_or(name), name, Some(&file), loaded);
    added.map_err(|problems| OpenError::Journey { file, text, problems })
}

/// The name of the file, and its text.
fn read(named: &Named, files: Files<'_>) -> Result<(String, String), OpenError> {
    match &named.source {
        Source::File(file) => match files(file) {
            Ok(source) => Ok((file.clone(), source)),
            Err(why) => {
                Err(wrong(named.at, format!("`{file}` cannot be read: {why}."), Some("Paths begin at the script.")))
            }
        },
        Source::Name(name) => {
            let candidates = suffixes().map(|suffix| format!("{name}{suffix}"));
            let found = candidates.into_iter().find_map(|file| files(&file).ok().map(|source| (file, source)));
            let hint = Some("A journey is called after its file.");
            found.ok_or_else(|| wrong(named.at, format!("There is no journey `{name}` beside the script."), hint))
        }
    }
}

fn wrong(at: Position, message: String, hint: Option<&str>) -> OpenError {
    let problem = super::yaml::mistake(at, message);
    OpenError::Script(Box::new(match hint {
        Some(hint) => problem.hint(hint),
        None => problem,
    }))
}
