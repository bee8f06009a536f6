//! What went wrong, as text for people: problems with their source line, failures with both sides of a conversation.

use std::fmt::Write as _;

use journey::{Problem, Severity};
use similar::{ChangeTag, TextDiff};

use crate::coverage::{Covered, Missed};
use crate::paint::Paint;
use crate::script::{Difference, Failure, Row, Who};

/// The width of one column of a conversation, in characters.
const COLUMN: usize = 46;

/// How much of a text is shown in one line, and how much of it before the place where it differs.
const WIDTH: usize = 90;
const CONTEXT: usize = 30;

/// How many rows of a conversation are shown before the one that failed.
const BEFORE: usize = 8;

/// A problem with its place, the line it is in, and what to do about it.
#[must_use]
pub fn problem(file: &str, source: &str, problem: &Problem, paint: Paint) -> String {
    let Problem { code, severity, message, line, column, card, .. } = problem;
    let severity = match severity {
        Severity::Error => paint.red(format!("error[{code}]")),
        Severity::Warning => paint.yellow(format!("warning[{code}]")),
        Severity::Hint => paint.dim(format!("hint[{code}]")),
    };
    // What is about a file as a whole has no line.
    let place = if *line == 0 { format!("{file}:") } else { format!("{file}:{line}:{column}:") };
    let place = paint.bold(place);
    let mut out = format!("{place} {severity}: {message}\n");
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    if let Some(text) = usize::try_from(*line).ok().and_then(|line| source.lines().nth(line.checked_sub(1)?)) {
        // The caret stands under the same tabs and wide letters as the text above it.
        let before = text.chars().take(usize::try_from(column.saturating_sub(1)).unwrap_or(0));
        let indent: String = before.map(|letter| if letter == '\t' { '\t' } else { ' ' }).collect();
        let _ = writeln!(out, "  {} {text}", paint.dim(format!("{number} |")));
        let _ = writeln!(out, "  {} {indent}{}", paint.dim(format!("{margin} |")), paint.red("^"));
    }
    let mut more = Vec::new();
    more.extend(card.as_ref().map(|card| format!("in card {card}")));
    more.extend(problem.expected.as_ref().map(|expected| format!("expected {expected}")));
    more.extend(problem.hint.clone());
    for line in more {
        let _ = writeln!(out, "  {margin} {} {line}", paint.dim("="));
    }
    out
}

/// Why a script failed: where, what differs, what to do, and the conversation in two columns.
#[must_use]
pub fn failure(file: &str, failure: &Failure, conversation: &[Row], paint: Paint) -> String {
    let mut out = format!("{} {}\n", paint.bold(format!("{file}:{}:", failure.line)), paint.red(&failure.message));
    for difference in &failure.differences {
        out.push('\n');
        differs(&mut out, difference, paint);
    }
    if let Some(place) = &failure.place {
        let _ = writeln!(out, "\n  {} {}, {}", paint.dim("card"), place.card, in_file(&place.file, place.line));
    }
    if let Some(hint) = &failure.hint {
        let mut lines = hint.lines();
        let _ = writeln!(out, "\n  {} {}", paint.dim("hint"), lines.next().unwrap_or_default());
        for line in lines {
            let _ = writeln!(out, "  {line}");
        }
    }
    if !failure.remarks.is_empty() {
        out.push('\n');
        for remark in &failure.remarks {
            let _ = writeln!(out, "  {} {remark}", paint.yellow("log"));
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
    let Difference { what, expected, actual } = difference;
    if !expected.contains('\n') && !actual.contains('\n') {
        let same = expected.chars().zip(actual.chars()).take_while(|(left, right)| left == right).count();
        // Long texts are shown from shortly before they part.
        let longest = expected.chars().count().max(actual.chars().count());
        let skipped = if longest > WIDTH { same.saturating_sub(CONTEXT) } else { 0 };
        let cut = |text: &str| {
            let before = if skipped > 0 { "…" } else { "" };
            let shown: String = text.chars().skip(skipped).take(WIDTH).collect();
            let after = if text.chars().count() > skipped + WIDTH { "…" } else { "" };
            format!("{before}{shown}{after}")
        };
        let width = what.chars().count();
        let _ = writeln!(out, "  {} {} {}", paint.dim(what), paint.green("expected"), cut(expected));
        let _ = writeln!(out, "  {} {}   {}", " ".repeat(width), paint.red("actual"), cut(actual));
        // Where they part: worth showing only when they begin alike.
        if same > 3 {
            let before = same - skipped + usize::from(skipped > 0);
            let _ = writeln!(out, "  {} {}{}", " ".repeat(width + 9), " ".repeat(before), paint.red("^"));
        }
        return;
    }
    let _ = writeln!(out, "  {} ({} {})", paint.dim(what), paint.green("- expected"), paint.red("+ actual"));
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
    for row in conversation.iter().skip(first) {
        let mark = if row.same { "  " } else { "! " };
        let (left, right) = (wrap(&row.expected, row.who), wrap(&row.actual, row.who));
        for index in 0..left.len().max(right.len()).max(1) {
            let (left, right) = (cell(&left, index), cell(&right, index));
            let left = format!("{left}{}", " ".repeat(COLUMN.saturating_sub(left.chars().count())));
            let (left, right) = match (row.same, row.who) {
                (false, _) => (paint.green(left), paint.red(right)),
                (true, Who::Contact) => (paint.cyan(left), paint.cyan(right)),
                (true, Who::Journey | Who::State) => (left, right.to_owned()),
            };
            let mark = if index == 0 { paint.red(mark) } else { "  ".to_owned() };
            let _ = writeln!(out, "{}", format!("{mark}{left} │ {right}").trim_end());
        }
    }
}

fn cell(lines: &[String], index: usize) -> &str {
    lines.get(index).map_or("", String::as_str)
}

/// Lines no longer than a column; what the contact does has a mark before it, and so has what is no part of the talk.
fn wrap(lines: &[String], who: Who) -> Vec<String> {
    let indent = match who {
        Who::Contact => "> ",
        Who::Journey => "  ",
        Who::State => "= ",
    };
    let mut wrapped = Vec::new();
    for line in lines {
        let letters: Vec<char> = line.chars().collect();
        let mut rest = letters.as_slice();
        loop {
            let width = COLUMN - indent.len();
            let fits = rest.len() <= width;
            let space = rest.iter().take(width + 1).rposition(|letter| *letter == ' ').filter(|at| *at > width / 2);
            let end = if fits { rest.len() } else { space.unwrap_or(width) };
            wrapped.push(format!("{indent}{}", rest[..end].iter().collect::<String>()));
            rest = &rest[end..];
            if let Some((' ', tail)) = rest.split_first() {
                rest = tail;
            }
            if rest.is_empty() {
                break;
            }
        }
    }
    wrapped
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
        assert!(text.lines().all(|line| line.chars().count() <= 2 * COLUMN + 5), "{text}");
    }
}
