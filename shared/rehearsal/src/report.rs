//! What went wrong, as text for people: problems with their source line, failures with both sides of a conversation.

use std::fmt::Write as _;

use journey::{Problem, Severity};
use similar::{ChangeTag, TextDiff};

use crate::coverage::{Covered, Missed};
use crate::paint::Paint;
use crate::script::{Difference, Failure, Row, Who};
use crate::terminal::{clean, common, padded, part, shortly_before, width, wrapped};

/// The width of one column of a conversation.
const COLUMN: usize = 46;

/// How much of a text is shown in one line, how much of a line of a notebook, and how many letters of both before the place
/// that matters.
const WIDTH: usize = 90;
const SOURCE: usize = 120;
const CONTEXT: usize = 30;

/// How many rows of a conversation are shown before the one that failed, and from there on.
const BEFORE: usize = 8;
const AFTER: usize = 20;

/// How many lines of a row are shown that is as expected, and of one that is not.
const MATCHED: usize = 6;
const UNMATCHED: usize = 24;

/// A problem with its place, the line it is in, and what to do about it.
#[must_use]
pub fn problem(file: &str, source: &str, problem: &Problem, paint: Paint) -> String {
    let Problem { code, severity, message, line, column, card, .. } = problem;
    let severity = match severity {
        Severity::Error => paint.red(format!("error[{code}]")),
        Severity::Fault => paint.red(format!("fault[{code}]")),
        Severity::Warning => paint.yellow(format!("warning[{code}]")),
        Severity::Hint => paint.dim(format!("hint[{code}]")),
    };
    // What is about a file as a whole has no line.
    let place = if *line == 0 { format!("{file}:") } else { format!("{file}:{line}:{column}:") };
    let place = paint.bold(place);
    let mut out = format!("{place} {severity}: {}\n", clean(message));
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    if let Some(text) = usize::try_from(*line).ok().and_then(|line| source.lines().nth(line.checked_sub(1)?)) {
        let column = usize::try_from(column.saturating_sub(1)).unwrap_or(0);
        let place = text.char_indices().nth(column).map_or(text.len(), |(index, _)| index);
        let from = if width(text) > SOURCE { shortly_before(text, place, CONTEXT) } else { 0 };
        // The caret stands under the same tabs and wide letters as the text above it.
        let before = format!("{}{}", if from > 0 { "…" } else { "" }, &text[from..place]);
        let indent = between_tabs(&before, |part| " ".repeat(width(part)));
        let _ =
            writeln!(out, "  {} {}", paint.dim(format!("{number} |")), between_tabs(&part(text, from, SOURCE), clean));
        let _ = writeln!(out, "  {} {indent}{}", paint.dim(format!("{margin} |")), paint.red("^"));
    }
    let mut more = Vec::new();
    more.extend(card.as_ref().map(|card| format!("in card {card}")));
    more.extend(problem.expected.as_ref().map(|expected| format!("expected {expected}")));
    more.extend(problem.hint.clone());
    for line in more {
        let _ = writeln!(out, "  {margin} {} {}", paint.dim("="), clean(&line));
    }
    out
}

/// A text with its tabs, and everything else in it as it is shown.
fn between_tabs(text: &str, shown: impl Fn(&str) -> String) -> String {
    text.split('\t').map(shown).collect::<Vec<_>>().join("\t")
}

/// Why a script failed: where, what differs, what to do, and the conversation in two columns.
#[must_use]
pub fn failure(file: &str, failure: &Failure, conversation: &[Row], paint: Paint) -> String {
    let mut out =
        format!("{} {}\n", paint.bold(format!("{file}:{}:", failure.line)), paint.red(clean(&failure.message)));
    for difference in &failure.differences {
        out.push('\n');
        differs(&mut out, difference, paint);
    }
    if let Some(place) = &failure.place {
        let _ = writeln!(out, "\n  {} {}, {}", paint.dim("card"), place.card, in_file(&place.file, place.line));
    }
    if let Some(hint) = &failure.hint {
        let hint = clean(hint);
        let mut lines = hint.lines();
        let _ = writeln!(out, "\n  {} {}", paint.dim("hint"), lines.next().unwrap_or_default());
        for line in lines {
            let _ = writeln!(out, "  {line}");
        }
    }
    if !failure.remarks.is_empty() {
        out.push('\n');
        for remark in &failure.remarks {
            let _ = writeln!(out, "  {} {}", paint.yellow("log"), clean(remark));
        }
    }
    if !conversation.is_empty() {
        out.push('\n');
        columns(&mut out, conversation, paint);
    }
    out
}

/// What scripts reached of a journey, and what they never did.
#[must_use]
pub fn coverage(covered: &Covered, paint: Paint) -> String {
    let Covered { file, cards, cards_reached, exits, exits_reached, missed } = covered;
    let head = format!("{cards_reached} of {cards} cards and {exits_reached} of {exits} exits reached");
    let head = if missed.is_empty() { paint.green(head) } else { paint.yellow(head) };
    let mut out = format!("{} {head}\n", paint.bold(format!("{file}:")));
    for Missed { line, card, when, exit } in missed {
        let place = in_file(file, *line);
        let when = when.as_ref().map_or_else(String::new, |when| paint.dim(format!(" when {when}")));
        let _ = match exit {
            None => writeln!(out, "  {place} card {card}{when} is never entered"),
            Some(to) => writeln!(out, "  {place} card {card}{when} never leads to {to}"),
        };
    }
    out
}

/// A place in a file, where it has lines.
fn in_file(file: &str, line: Option<u32>) -> String {
    line.map_or_else(|| file.to_owned(), |line| format!("{file}:{line}"))
}

fn differs(out: &mut String, difference: &Difference, paint: Paint) {
    let what = clean(&difference.what);
    let (expected, actual) = (clean(&difference.expected), clean(&difference.actual));
    if !expected.contains('\n') && !actual.contains('\n') {
        let same = common(&expected, &actual);
        // Long texts are shown from shortly before they part.
        let is_long = width(&expected).max(width(&actual)) > WIDTH;
        let from = if is_long { shortly_before(&expected, same, CONTEXT) } else { 0 };
        let margin = " ".repeat(width(&what));
        let _ = writeln!(out, "  {} {} {}", paint.dim(&what), paint.green("expected"), part(&expected, from, WIDTH));
        let _ = writeln!(out, "  {margin} {}   {}", paint.red("actual"), part(&actual, from, WIDTH));
        // Where they part: worth showing only when they begin alike.
        if width(&expected[..same]) > 3 {
            let before = width(&expected[from..same]) + usize::from(from > 0);
            let _ = writeln!(out, "  {margin} {}{}", " ".repeat("expected ".len() + before), paint.red("^"));
        }
        return;
    }
    let _ = writeln!(out, "  {} ({} {})", paint.dim(&what), paint.green("- expected"), paint.red("+ actual"));
    for change in TextDiff::from_lines(expected.as_str(), actual.as_str()).iter_all_changes() {
        let line = change.value().trim_end_matches('\n');
        let line = match change.tag() {
            ChangeTag::Delete => paint.green(format!("- {line}")),
            ChangeTag::Insert => paint.red(format!("+ {line}")),
            ChangeTag::Equal => format!("  {line}"),
        };
        let _ = writeln!(out, "    {line}");
    }
}

/// The conversation as it was expected, and as it was.
fn columns(out: &mut String, conversation: &[Row], paint: Paint) {
    let failed = conversation.iter().position(|row| !row.same).unwrap_or(conversation.len());
    let first = failed.saturating_sub(BEFORE);
    let head = format!("  {:<COLUMN$} │ {}", "expected", "actual");
    let _ = writeln!(out, "{}", paint.dim(head));
    let _ = writeln!(out, "{}", paint.dim(format!("  {}─┼─{}", "─".repeat(COLUMN), "─".repeat(COLUMN))));
    if first > 0 {
        let _ = writeln!(out, "{}", paint.dim(format!("  … {first} more before")));
    }
    for row in &conversation[first..conversation.len().min(failed + AFTER)] {
        let mark = if row.same { "  " } else { "! " };
        let (left, right) = (cells(&row.expected, row), cells(&row.actual, row));
        for index in 0..left.len().max(right.len()).max(1) {
            let cell = |side: &[String]| side.get(index).cloned().unwrap_or_default();
            let (left, right) = (padded(&cell(&left), COLUMN), cell(&right));
            let (left, right) = match (row.same, row.who) {
                (false, _) => (paint.green(left), paint.red(right)),
                (true, Who::Contact) => (paint.cyan(left), paint.cyan(right)),
                (true, Who::Journey | Who::State) => (left, right),
            };
            let mark = if index == 0 { paint.red(mark) } else { "  ".to_owned() };
            let _ = writeln!(out, "{}", format!("{mark}{left} │ {right}").trim_end());
        }
    }
    let left = conversation.len().saturating_sub(failed + AFTER);
    if left > 0 {
        let _ = writeln!(out, "{}", paint.dim(format!("  … {left} more behind")));
    }
}

/// One side of a row, in lines no wider than a column: what the contact does has a mark before it, and so has what is no
/// part of the talk. What is long is shortened, all the more when it is as expected.
fn cells(side: &[String], row: &Row) -> Vec<String> {
    let mark = match row.who {
        Who::Contact => "> ",
        Who::Journey => "  ",
        Who::State => "= ",
    };
    let lines = side.iter().flat_map(|line| wrapped(&clean(line), COLUMN - mark.len()));
    let mut cells: Vec<String> = lines.map(|line| format!("{mark}{line}")).collect();
    let most = if row.same { MATCHED } else { UNMATCHED };
    if cells.len() > most {
        cells.truncate(most - 1);
        cells.push(format!("{mark}…"));
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use journey::Position;

    #[test]
    fn a_problem_shows_its_line() {
        let position = Position { line: 2, column: 8 };
        let wrong = Problem::error("unknown-card", position, "There is no card `Fin`.").hint("Did you mean `Final`?");
        let source = "card A do\n\tthen(Fin)\nend";
        assert_eq!(
            problem("a.md", source, &wrong.card("A"), Paint::default()),
            "a.md:2:8: error[unknown-card]: There is no card `Fin`.\n  2 | \tthen(Fin)\n    | \t      ^\n    = in card A\n    = Did you mean `Final`?\n"
        );
        // A place outside the text, or none, is no reason to fail.
        let nowhere = Problem::warning("x", Position::default(), "Somewhere.");
        assert_eq!(problem("a.md", source, &nowhere, Paint::default()), "a.md: warning[x]: Somewhere.\n");
        assert!(problem("a.md", "", &nowhere, Paint { colours: true }).contains("\u{1b}[33mwarning[x]\u{1b}[0m"));
    }

    #[test]
    fn the_caret_stands_under_wide_letters_and_long_lines_are_cut() {
        let caret_under = |source: &str, column: u32| {
            let wrong = Problem::warning("x", Position { line: 1, column }, "Wrong.");
            let text = problem("a.md", source, &wrong, Paint::default());
            let lines: Vec<String> = text.lines().skip(1).map(str::to_owned).collect();
            let before = lines[1].split('^').next().unwrap().to_owned();
            assert!(width(&lines[0]) <= SOURCE + 10, "{text}");
            lines[0].char_indices().find(|(index, _)| width(&lines[0][..*index]) == width(&before)).unwrap().1
        };
        assert_eq!(caret_under("text(\"日本🎉\") X", 13), 'X');
        assert_eq!(caret_under(&format!("{}X{}", "日本 ".repeat(100), "y".repeat(500)), 301), 'X');
        let wrong = Problem::warning("x", Position { line: 1, column: 1 }, "No \u{1b}[31m here.");
        let text = problem("a.md", "text(\"\u{1b}[2J\")", &wrong, Paint::default());
        assert!(!text.contains('\u{1b}') && text.contains("No ␛[31m here."), "{text}");
    }

    #[test]
    fn long_texts_are_shown_where_they_part() {
        let (expected, actual) = ("palabra ".repeat(20) + "una", "palabra ".repeat(20) + "otra");
        let mut out = String::new();
        differs(&mut out, &Difference { what: "text".into(), expected, actual }, Paint::default());
        let tail = &"palabra ".repeat(20)[160 - CONTEXT..];
        let caret = " ".repeat(2 + 4 + 1 + 9 + 1 + CONTEXT) + "^";
        assert_eq!(out, format!("  text expected …{tail}una\n       actual   …{tail}otra\n{caret}\n"));
    }

    #[test]
    fn a_failure_shows_both_sides() {
        let row = |who, expected: &str, actual: &str, same| Row {
            who,
            expected: expected.lines().map(str::to_owned).collect(),
            actual: actual.lines().map(str::to_owned).collect(),
            same,
        };
        let long = "palabra ".repeat(8);
        let conversation = [row(Who::Contact, "hola", "hola", true), row(Who::Journey, "Hola Ana\n[Sí]", &long, false)];
        let failed = Failure {
            line: 7,
            message: "The journey sent a text that is not as expected.".into(),
            differences: vec![
                Difference { what: "text".into(), expected: "Hola Ana".into(), actual: "Hola Eva".into() },
                Difference { what: "rows".into(), expected: "a\nb".into(), actual: "a\nc".into() },
            ],
            hint: Some("Look again:\n  - bot: {}".into()),
            ..Failure::default()
        };
        let text = failure("a.test.yaml", &failed, &conversation, Paint::default());
        for part in [
            "a.test.yaml:7: The journey sent a text that is not as expected.\n",
            "  text expected Hola Ana\n       actual   Hola Eva\n                     ^\n",
            "      a\n    - b\n    + c\n",
            "  hint Look again:\n    - bot: {}\n",
            "> hola                                         │ > hola\n",
            "!   Hola Ana                                     │   palabra palabra",
            "    [Sí]                                         │   palabra palabra",
        ] {
            assert!(text.contains(part), "{part}\n---\n{text}");
        }
        assert!(text.lines().all(|line| width(line) <= 2 * COLUMN + 5), "{text}");
        // What is long is shortened, all the more when it is as expected, and the columns keep their width.
        let long = "👩‍👩‍👧‍👦 日本語テキスト ".repeat(40) + "\u{1b}[31m";
        let rows = |same| [row(Who::Journey, &long, &long, same), row(Who::State, "age: 3", "age: 4", false)];
        let table = |same| failure("a.test.yaml", &failed, &rows(same), Paint::default());
        assert_eq!((table(true).matches(" │ ").count(), table(true).contains('\u{1b}')), (8, false), "{}", table(true));
        assert!(table(false).matches(" │ ").count() > 20 && table(false).contains("␛[31m"), "{}", table(false));
        assert!(table(true).contains("! = age: 3 "), "{}", table(true));
        let many: Vec<Row> = (0..1000).map(|number| row(Who::Journey, "", &number.to_string(), number < 500)).collect();
        let text = failure("a.test.yaml", &failed, &many, Paint::default());
        assert!(text.contains("… 492 more before") && text.contains("│   519\n  … 480 more behind\n"), "{text}");
        assert!(!text.contains("│   520"), "{text}");
        let endless =
            failure("a.test.yaml", &failed, &[row(Who::Journey, "", &"x".repeat(9000), false)], Paint::default());
        assert_eq!(endless.lines().filter(|line| line.contains(" │ ")).count(), UNMATCHED + 1, "{endless}");
        for line in table(false).lines().filter(|line| line.contains(" │ ")) {
            assert_eq!(width(line.split(" │ ").next().unwrap()), COLUMN + 2, "{line}");
        }
    }
}
