//! Which other journeys a notebook names: `run_stack`, `schedule_stack` and `cancel_scheduled_stacks`.

use expression::lexer::{TokenKind, tokenize};
use expression::{Span, parse_template};
use serde::Serialize;

use crate::model::Formula;
use crate::notation::notebook::{self, RawContent};
use crate::notation::reader::Lines;
use crate::problem::Position;

/// The statements whose first argument is the id or name of a journey.
const STATEMENTS: [&str; 3] = ["run_stack", "schedule_stack", "cancel_scheduled_stacks"];

/// A place where a notebook names another journey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reference {
    /// Its id or name; nothing when it is computed while the journey runs.
    pub journey: Option<String>,
    /// Line in the notebook, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// All places where a notebook names another journey, in its order.
#[must_use]
pub fn references(source: &str) -> Vec<Reference> {
    let lines = Lines::of(source);
    let reference = |found: Found| {
        let Position { line, column } = lines.position(found.span.start);
        Reference { journey: found.journey, line, column }
    };
    find(source).into_iter().map(reference).collect()
}

/// The notebook with other names for the journeys it names; all else stays to the letter. `rename` gives the new name,
/// or nothing to leave a name as it is.
#[must_use]
pub fn rename_references(source: &str, rename: impl Fn(&str) -> Option<String>) -> String {
    let mut renamed = String::with_capacity(source.len());
    let mut copied = 0;
    for Found { journey, span } in find(source) {
        let Some(name) = journey.as_deref().and_then(&rename) else { continue };
        renamed.push_str(source.get(copied..span.start).unwrap_or_default());
        renamed.push_str(&Formula::text(&name).to_string());
        copied = span.end;
    }
    renamed.push_str(source.get(copied..).unwrap_or_default());
    renamed
}

struct Found {
    journey: Option<String>,
    /// The argument's first token, in bytes of the notebook.
    span: Span,
}

fn find(source: &str) -> Vec<Found> {
    let mut found = Vec::new();
    for cell in notebook::split(source) {
        let RawContent::Code { source: code, offset, .. } = cell.content else { continue };
        let (tokens, _) = tokenize(code);
        let tokens: Vec<_> = tokens.iter().filter(|token| token.kind != TokenKind::Newline).collect();
        for window in tokens.windows(4) {
            let [name, open, argument, after] = window else { continue };
            let is_statement = matches!(&name.kind, TokenKind::Name(name) if STATEMENTS.contains(&name.as_str()));
            if !is_statement || open.kind != TokenKind::LeftParenthesis {
                continue;
            }
            let is_whole = matches!(after.kind, TokenKind::Comma | TokenKind::RightParenthesis);
            let journey = match &argument.kind {
                TokenKind::Text(text) if is_whole => literal(text),
                _ => None,
            };
            let span = Span { start: offset + argument.span.start, end: offset + argument.span.end };
            found.push(Found { journey, span });
        }
    }
    found
}

/// The text, when nothing in it is computed.
fn literal(text: &str) -> Option<String> {
    if !text.contains('@') {
        return Some(text.to_owned());
    }
    let template = parse_template(text);
    template.is_plain().then(|| template.source().replace("@@", "@"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTEBOOK: &str = "# run_stack(\"note\")\n\n```stack\ncard A do\n  # run_stack(\"comment\")\n  run_stack( \"7d44\" )\n  schedule_stack(\n    \"7d44\",\n    in: 60\n  )\n  cancel_scheduled_stacks(\"later\")\n  run_stack(\"@next\")\n  run_stack(next)\n  run_stack(\"a\" & \"b\")\n  run_stack(\"me@@home\")\n  log(\"run_stack(7d44)\")\nend\n```\n";

    #[test]
    fn literal_and_computed_references_are_found_with_their_places() {
        let found = references(NOTEBOOK);
        let names: Vec<Option<&str>> = found.iter().map(|reference| reference.journey.as_deref()).collect();
        assert_eq!(names, [Some("7d44"), Some("7d44"), Some("later"), None, None, None, Some("me@home")]);
        assert_eq!((found[0].line, found[0].column), (6, 14));
        assert_eq!((found[1].line, found[1].column), (8, 5));
    }

    #[test]
    fn renaming_touches_nothing_else() {
        let renamed = rename_references(NOTEBOOK, |name| (name == "7d44").then(|| "Menú \"x\" @ home".to_owned()));
        assert_eq!(
            renamed,
            NOTEBOOK
                .replace("run_stack( \"7d44\" )", "run_stack( \"Menú \\\"x\\\" @@ home\" )")
                .replace("    \"7d44\",", "    \"Menú \\\"x\\\" @@ home\",")
        );
        let back = rename_references(&renamed, |name| (name == "Menú \"x\" @ home").then(|| "7d44".to_owned()));
        assert_eq!(back, NOTEBOOK);
        assert_eq!(rename_references(NOTEBOOK, |_| None), NOTEBOOK);
    }

    #[test]
    fn what_is_no_notebook_names_nothing() {
        assert_eq!(references(""), []);
        assert_eq!(references("run_stack(\"a\")"), []);
        assert_eq!(references("```stack\nrun_stack("), []);
    }
}
