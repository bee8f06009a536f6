//! The notebook notation: text to [`Journey`] and back, without loss.

pub(crate) mod call;
mod code;
mod habits;
mod items;
mod layout;
pub(crate) mod notebook;
pub(crate) mod printer;
pub(crate) mod reader;

use std::borrow::Cow;

use crate::checks::Surroundings;
use crate::compiler::check_in;
use crate::model::{Cell, Content, Journey};
use crate::problem::Problem;
use notebook::RawContent;
use printer::Printer;
use reader::Lines;

/// What [`parse`] found: the journey as far as it could be read, and everything that is wrong with its notation.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// All that could be read.
    pub journey: Journey,
    /// All mistakes in the notation, in source order. Without a [`crate::Severity::Error`] nothing was lost.
    pub problems: Vec<Problem>,
}

/// Reads a notebook. Never fails as a whole: after a mistake it goes on at the next line, `end` or card, so all
/// mistakes of a notebook are found at once.
#[must_use]
pub fn parse(source: &str) -> Parsed {
    let source = &*with_newlines(source);
    let lines = Lines::of(source);
    let mut problems = Vec::new();
    let mut cells = Vec::new();
    for raw in notebook::split(source) {
        let content = match raw.content {
            RawContent::Note(text) => Content::Note(text.to_owned()),
            RawContent::Sheet(sheet) => Content::Sheet(sheet),
            RawContent::Code { source, offset, closed } => {
                if !closed {
                    let position = lines.position(offset.saturating_sub(1));
                    problems.push(
                        Problem::error("open-fence", position, "This code is never closed.")
                            .expected("a line of backticks")
                            .hint("Close the code with as many backticks as opened it."),
                    );
                }
                Content::Code(code::parse(source, offset, &lines, &mut problems))
            }
        };
        cells.push(Cell { place: raw.place, content });
    }
    let has_code = cells.iter().any(|cell| matches!(cell.content, Content::Code(_)));
    if let Some(stray) = notebook::stray_code(source).filter(|_| !has_code) {
        let problem = Problem::error("syntax", lines.position(stray), "These cards stand in a note, which is not run.");
        problems.push(problem.expected("a code cell").hint("Code cells begin with ```stack."));
    }
    problems.sort_by_key(|problem| (problem.line, problem.column));
    Parsed { journey: Journey { cells }, problems }
}

/// The text with line ends as they are written everywhere but on Windows.
fn with_newlines(source: &str) -> Cow<'_, str> {
    if source.contains("\r\n") { Cow::Owned(source.replace("\r\n", "\n")) } else { Cow::Borrowed(source) }
}

impl Parsed {
    /// Everything that is wrong, by line: with the notation, and with what it says in its organisation. This is what
    /// decides whether a journey can be published: it can when nothing of it [`is an error`](Problem::is_error).
    #[must_use]
    pub fn check(&self, surroundings: &Surroundings<'_>) -> Vec<Problem> {
        let mut problems = self.problems.clone();
        // Of what could not be read at all there is nothing more to say.
        if problems.is_empty() || !self.journey.cells.is_empty() {
            let found = check_in(&self.journey, surroundings).into_iter();
            // What could not be read may have been the cards.
            let is_told = self.problems.iter().any(Problem::is_error);
            problems.extend(found.filter(|problem| !(is_told && problem.code == "no-card")));
        }
        problems.sort_by_key(|problem| (problem.line, problem.column));
        problems
    }
}

/// Formats a notebook: its code in the canonical form, everything else as it was (line ends of Windows aside). Notes,
/// places on the canvas, comments and the journey itself stay the same, and what is formatted already stays as it is.
///
/// # Errors
/// All mistakes of the notation, when there is one: what could not be read would be lost.
pub fn format(source: &str) -> Result<String, Vec<Problem>> {
    let Parsed { journey, problems } = parse(source);
    if problems.iter().any(Problem::is_error) { Err(problems) } else { Ok(print(&journey)) }
}

/// Prints a journey as its canonical notebook: `parse(&print(j)).journey == j`.
#[must_use]
pub fn print(journey: &Journey) -> String {
    let mut out = String::new();
    for cell in &journey.cells {
        if !out.is_empty() {
            out.push('\n');
        }
        if let Some(place) = &cell.place {
            notebook::print_place(&mut out, place);
        }
        match &cell.content {
            Content::Note(text) if text.is_empty() => {}
            Content::Note(text) => {
                out.push_str(text);
                out.push('\n');
            }
            Content::Sheet(sheet) => notebook::print_sheet(&mut out, sheet),
            Content::Code(code) => {
                let mut printer = Printer::default();
                layout::print(code, &mut printer);
                notebook::print_code(&mut out, &printer.finish());
            }
        }
    }
    out
}
