//! The journeys of a rehearsal: all of them published, each with one revision.

use std::sync::Arc;

use journey::{Journey, JourneyId, Library, Problem, Program, TraceEvent};

use crate::load::Loaded;

/// The revision of every journey of a rehearsal.
const REVISION: u32 = 1;

/// A journey of a rehearsal.
#[derive(Debug)]
pub struct Book {
    /// Its id.
    pub id: JourneyId,
    /// Its name.
    pub name: String,
    /// The file it was read from, as it is shown to people; none for a child that only comes back.
    pub file: Option<String>,
    /// Whether people see the lines its statements have; those of a flow are of a notebook nobody sees.
    pub has_lines: bool,
    /// The model.
    pub journey: Journey,
    /// What runs.
    pub program: Arc<Program>,
}

/// The journeys of a rehearsal; the first is the one that is rehearsed.
#[derive(Debug, Default)]
pub struct Shelf {
    books: Vec<Book>,
}

impl Shelf {
    /// The profile fields that the journeys set or read.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &str> {
        self.books.iter().flat_map(|book| book.program.fields())
    }

    /// Adds a journey under this id, which is also its name when it has no other.
    ///
    /// # Errors
    /// What is wrong with the journey, when it cannot run.
    pub fn add(&mut self, id: &str, name: &str, file: Option<&str>, loaded: Loaded) -> Result<(), Vec<Problem>> {
        let program = Arc::new(loaded.program()?);
        let (id, name, file) = (JourneyId::from(id), name.to_owned(), file.map(str::to_owned));
        let (has_lines, journey) = (loaded.text.is_some(), loaded.parsed.journey);
        self.books.push(Book { id, name, file, has_lines, journey, program });
        Ok(())
    }

    /// Adds a journey that does nothing and comes back at once.
    pub fn add_return(&mut self, id: &str) {
        let journey = journey::parse("```stack\ncard Return do\nend\n```\n").journey;
        let program = journey::compile(&journey).unwrap_or_default().into();
        let (id, name) = (JourneyId::from(id), id.to_owned());
        self.books.push(Book { id, name, file: None, has_lines: false, journey, program });
    }

    /// The journeys, in the order in which they were added.
    #[must_use]
    pub fn books(&self) -> &[Book] {
        &self.books
    }

    /// A journey by its id.
    #[must_use]
    pub fn book(&self, id: &str) -> Option<&Book> {
        self.books.iter().find(|book| book.id.as_str() == id)
    }

    /// A line behind the name of a card, where people see the lines of the journey.
    pub(crate) fn line(&self, journey: &JourneyId, line: u32) -> String {
        if self.has_lines(journey) { format!(" (line {line})") } else { String::new() }
    }

    fn has_lines(&self, journey: &JourneyId) -> bool {
        self.book(journey.as_str()).is_some_and(|book| book.has_lines)
    }

    /// What the engine noted of a journey, without a line that nobody sees.
    pub(crate) fn note(&self, journey: &JourneyId, note: &TraceEvent) -> String {
        let text = note.to_string();
        if self.has_lines(journey) {
            return text;
        }
        // It stands behind the name of the card.
        let without = text.split_once(" (line ").and_then(|(card, rest)| Some((card, rest.split_once(')')?.1)));
        without.map_or_else(|| text.clone(), |(card, rest)| format!("{card}{rest}"))
    }
}

impl Library for Shelf {
    fn published(&self, reference: &str) -> Option<(JourneyId, u32, Arc<Program>)> {
        let by_id = self.book(reference);
        let book = by_id.or_else(|| self.books.iter().find(|book| book.name == reference))?;
        Some((book.id.clone(), REVISION, Arc::clone(&book.program)))
    }

    fn revision(&self, id: &str, revision: u32) -> Option<Arc<Program>> {
        let book = self.book(id).filter(|_| revision == REVISION)?;
        Some(Arc::clone(&book.program))
    }
}
