//! Journeys read from files, whatever they are written in: one row of a table for each format.

use journey::{Journey, Parsed, Position, Problem, Program, Surroundings, exchange};

/// What reads a text, and the end of the names of the files it reads.
type Format = (&'static str, fn(&str) -> Loaded);

/// All formats a journey may be kept in.
const FORMATS: &[Format] = &[(".md", notebook), (".flow.json", flow)];

/// A journey as it stands in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// What could be read, and what is wrong with the notation.
    pub parsed: Parsed,
    /// What the lines of journey and problems are counted in: the text itself, or the notebook it stands for.
    pub text: String,
}

/// A file whose name ends in nothing that is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a journey; a journey is a notebook, `.md`, or a flow, `.flow.json`")]
pub struct NotAJourney(pub String);

/// Whether files of this name are read as journeys.
#[must_use]
pub fn is_journey(file: &str) -> bool {
    format_of(file).is_some()
}

/// The ends of the names of journeys' files, such as `.md`.
pub fn suffixes() -> impl Iterator<Item = &'static str> {
    FORMATS.iter().map(|(suffix, _)| *suffix)
}

/// The name of the journey in a file: that of the file, without its folder and suffix.
#[must_use]
pub fn name_of(file: &str) -> &str {
    let file = file.rsplit(['/', '\\']).next().unwrap_or(file);
    FORMATS.iter().find_map(|(suffix, _)| file.strip_suffix(suffix)).unwrap_or(file)
}

/// Reads the text of a file of this name.
///
/// # Errors
/// When the name is not that of a journey. What is wrong inside the text is in the answer.
pub fn load(file: &str, text: &str) -> Result<Loaded, NotAJourney> {
    let (_, read) = format_of(file).ok_or_else(|| NotAJourney(file.to_owned()))?;
    Ok(read(text))
}

fn format_of(file: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|(suffix, _)| file.ends_with(suffix))
}

fn notebook(text: &str) -> Loaded {
    Loaded { parsed: journey::parse(text), text: text.to_owned() }
}

/// A flow has no lines: they are those of the notebook it is imported as.
fn flow(text: &str) -> Loaded {
    match exchange::import(text) {
        Ok(imported) => {
            let (text, problems) = imported.notebook(|_| None);
            let Loaded { parsed: Parsed { journey, .. }, text } = notebook(&text);
            Loaded { parsed: Parsed { journey, problems }, text }
        }
        Err(error) => {
            let problem = Problem::error("bad-flow", Position::default(), error.to_string());
            Loaded { parsed: Parsed { journey: Journey::default(), problems: vec![problem] }, text: String::new() }
        }
    }
}

impl Loaded {
    /// Everything that is wrong: with the notation, and with what it says; by line.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        self.parsed.check(&Surroundings::default())
    }

    /// What runs.
    ///
    /// # Errors
    /// The errors, when there is one.
    pub fn program(&self) -> Result<Program, Vec<Problem>> {
        if self.parsed.problems.iter().any(Problem::is_error) {
            return Err(self.problems().into_iter().filter(Problem::is_error).collect());
        }
        journey::compile(&self.parsed.journey)
            .map_err(|problems| problems.into_iter().filter(Problem::is_error).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_formats() {
        assert!(load("journey.txt", "").is_err());
        assert!(load("md", "").is_err());
        assert!(load("flow.json", "").is_err());
        assert_eq!(name_of("b/signup.flow.json"), "signup");
        assert_eq!(name_of("a/b/welcome.md"), "welcome");
        assert_eq!(name_of("welcome"), "welcome");
        let loaded = load("x.md", "```stack\ncard A do\n  text(\n```\n").unwrap();
        assert!(loaded.program().is_err());
        let loaded = load("x.md", "```stack\ncard A, then: B do\nend\n```\n").unwrap();
        assert_eq!(loaded.program().unwrap_err()[0].code, "unknown-card");
    }

    #[test]
    fn flows_have_the_lines_of_the_notebook_they_are_imported_as() {
        for bad in ["", "[]", "{", "{\"flows\": []}"] {
            let problems = load("x.flow.json", bad).unwrap().problems();
            assert_eq!(problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), ["bad-flow"], "{bad}");
            assert!(load("x.flow.json", bad).unwrap().program().is_err(), "{bad}");
        }
        let source = "```stack\ncard A do\n  name = ask(\"Name?\")\n  text(\"Hello @name\")\nend\n```\n";
        let options = journey::floip::Options::default();
        let flow = journey::floip::export(&journey::parse(source).journey, &options).unwrap();
        let loaded = load("x.flow.json", &serde_json::to_string(&flow).unwrap()).unwrap();
        assert!(loaded.program().is_ok(), "{:#?}", loaded.problems());
        let line = loaded.parsed.journey.cards().next().unwrap().position.line;
        assert!(loaded.text.lines().nth(line as usize - 1).unwrap().starts_with("card "), "{}", loaded.text);
    }
}
