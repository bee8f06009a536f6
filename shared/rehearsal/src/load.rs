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
    /// What its lines are counted in; nothing for a flow, whose lines are of a notebook nobody sees.
    pub text: Option<String>,
}

/// What a file of a journey is.
pub const A_JOURNEY_IS: &str = "a journey is a notebook, `.md`, or a flow, `.flow.json`";

/// A file whose name ends in nothing that is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a journey; {A_JOURNEY_IS}")]
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
    Loaded { parsed: journey::parse(text), text: Some(text.to_owned()) }
}

/// A flow is read as the notebook it is imported as.
fn flow(text: &str) -> Loaded {
    match exchange::import(text) {
        Ok(imported) => {
            let (text, problems) = imported.notebook(|_| None);
            let journey = journey::parse(&text).journey;
            let problems = problems.into_iter().map(|problem| at_card(&journey, problem)).collect();
            Loaded { parsed: Parsed { journey, problems }, text: None }
        }
        Err(error) => {
            let problem = Problem::error("bad-flow", Position::default(), error.to_string());
            Loaded { parsed: Parsed { journey: Journey::default(), problems: vec![problem] }, text: None }
        }
    }
}

/// A problem with its card in place of its line.
fn at_card(journey: &Journey, mut problem: Problem) -> Problem {
    let card = || journey.cards().filter(|card| card.position.line <= problem.line).last();
    problem.card = problem.card.or_else(|| card().map(|card| card.name.clone()));
    Problem { line: 0, column: 0, ..problem }
}

impl Loaded {
    /// Everything that is wrong: with the notation, and with what it says among others; in order.
    #[must_use]
    pub fn problems(&self, surroundings: &Surroundings<'_>) -> Vec<Problem> {
        self.with_lines(self.parsed.check(surroundings))
    }

    /// Problems at the lines that people see.
    fn with_lines(&self, problems: Vec<Problem>) -> Vec<Problem> {
        match self.text {
            Some(_) => problems,
            None => problems.into_iter().map(|problem| at_card(&self.parsed.journey, problem)).collect(),
        }
    }

    /// What runs.
    ///
    /// # Errors
    /// The errors, when there is one.
    pub fn program(&self) -> Result<Program, Vec<Problem>> {
        if self.parsed.problems.iter().any(Problem::is_error) {
            return Err(self.problems(&Surroundings::default()).into_iter().filter(Problem::is_error).collect());
        }
        journey::compile(&self.parsed.journey)
            .map_err(|problems| self.with_lines(problems.into_iter().filter(Problem::is_error).collect()))
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
        assert!(loaded.program().is_ok(), "a card that is not there keeps nothing from running");
    }

    #[test]
    fn problems_of_flows_have_a_card_and_no_line() {
        let problems = |loaded: &Loaded| loaded.problems(&Surroundings::default());
        for bad in ["", "[]", "{", "{\"flows\": []}"] {
            let loaded = load("x.flow.json", bad).unwrap();
            let codes: Vec<_> = problems(&loaded).iter().map(|problem| problem.code).collect();
            assert_eq!(codes, ["bad-flow"], "{bad}");
            assert!(loaded.program().is_err(), "{bad}");
        }
        let source = "```stack\ncard A, then: B do\n  name = ask(\"Name?\")\nend\ncard B do\n  text(\"Hello @foo(1)\")\nend\n```\n";
        let options = journey::floip::Options::default();
        let flow = journey::floip::export(&journey::parse(source).journey, &options).unwrap();
        let loaded = load("x.flow.json", &serde_json::to_string(&flow).unwrap()).unwrap();
        let found = problems(&loaded);
        assert!(!found.is_empty());
        for Problem { line, column, card, .. } in &found {
            assert_eq!((*line, *column, card.as_deref()), (0, 0, Some("B")), "{found:#?}");
        }
    }
}
