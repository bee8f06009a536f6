//! Splits a Markdown notebook into cells, and prints cells back.
//!
//! ````text
//! <!-- { section: "…", x: 192, y: 312} -->     the place of the next cell on the canvas
//! ```stack … ```                                code; any fence length of three or more
//! <!-- dictionary: "config" … --> + table       a dictionary
//! anything else                                 a note, kept as it is
//! ````

use std::fmt::Write as _;

use crate::model::{Place, Sheet, SheetKind};
use crate::problem::Position;

/// A cell as it stands in the source, not yet understood.
#[derive(Debug, PartialEq)]
pub(crate) struct RawCell<'a> {
    pub(crate) place: Option<Place>,
    pub(crate) content: RawContent<'a>,
}

/// What a [`RawCell`] holds.
#[derive(Debug, PartialEq)]
pub(crate) enum RawContent<'a> {
    Note(&'a str),
    /// The code between the fences; `offset` is where it begins in the notebook, in bytes.
    Code {
        source: &'a str,
        offset: usize,
        closed: bool,
    },
    Sheet(Sheet),
}

/// Splits a notebook. Nothing can fail: what is not understood is a note.
pub(crate) fn split(source: &str) -> Vec<RawCell<'_>> {
    // Some editors begin a file with a mark of its encoding.
    let begin = source.len() - source.trim_start_matches('\u{feff}').len();
    Splitter { source, at: begin, note_from: begin, place: None, cells: Vec::new() }.run()
}

struct Splitter<'a> {
    source: &'a str,
    /// Start of the line that is looked at.
    at: usize,
    note_from: usize,
    place: Option<Place>,
    cells: Vec<RawCell<'a>>,
}

impl<'a> Splitter<'a> {
    fn run(mut self) -> Vec<RawCell<'a>> {
        while self.at < self.source.len() {
            let line = self.line_at(self.at);
            let text = line.trim();
            if let Some(fence) = Fence::open(text) {
                self.fence(&fence, line);
            } else if text.starts_with("<!--") {
                self.comment(line);
            } else {
                self.at += line.len();
            }
        }
        self.end_note(self.source.len(), true);
        self.cells
    }

    /// The line that begins at `at`, with its line end.
    fn line_at(&self, at: usize) -> &'a str {
        let rest = &self.source[at..];
        rest.find('\n').map_or(rest, |end| &rest[..=end])
    }

    fn fence(&mut self, fence: &Fence, line: &'a str) {
        let start = self.at;
        let body = start + line.len();
        let mut at = body;
        let mut closed = false;
        while at < self.source.len() && !closed {
            let next = self.line_at(at);
            closed = fence.closes(next.trim());
            if !closed {
                at += next.len();
            }
        }
        let after = at + if closed { self.line_at(at).len() } else { 0 };
        if fence.is_stack {
            self.end_note(start, false);
            self.push(RawContent::Code { source: &self.source[body..at], offset: body, closed });
            self.note_from = after;
        }
        self.at = after;
    }

    fn comment(&mut self, line: &'a str) {
        let start = self.at;
        let Some(end) = self.source[start..].find("-->") else {
            self.at += line.len();
            return;
        };
        let inside_from = start + line.find("<!--").unwrap_or(0) + 4;
        let inside_to = start + end;
        let inside = self.source.get(inside_from..inside_to).unwrap_or("").trim();
        let after_comment = inside_to + 3;
        let rest = self.line_at(after_comment);
        let next_line = after_comment + rest.len();
        if !rest.trim().is_empty() {
            self.at = next_line;
        } else if let Some(place) = read_place(inside) {
            self.end_note(start, true);
            self.place = Some(place);
            (self.at, self.note_from) = (next_line, next_line);
        } else if let Some(mut sheet) = read_sheet_head(inside) {
            self.end_note(start, false);
            let line = self.source[..start].bytes().filter(|byte| *byte == b'\n').count() + 1;
            sheet.position = Position { line: u32::try_from(line).unwrap_or(u32::MAX), column: 1 };
            let after = self.table(next_line, &mut sheet);
            self.push(RawContent::Sheet(sheet));
            (self.at, self.note_from) = (after, after);
        } else {
            self.at = next_line;
        }
    }

    /// Reads the table that follows the head of a dictionary; returns where it ends.
    fn table(&self, from: usize, sheet: &mut Sheet) -> usize {
        let mut at = from;
        while at < self.source.len() && self.line_at(at).trim().is_empty() {
            at += self.line_at(at).len();
        }
        let mut rows = Vec::new();
        let mut end = from;
        while at < self.source.len() {
            let line = self.line_at(at);
            let Some(row) = read_row(line.trim()) else { break };
            at += line.len();
            end = at;
            rows.push(row);
        }
        let mut rows = rows.into_iter();
        sheet.columns = rows.next().unwrap_or_default();
        sheet.rows = rows
            .enumerate()
            .filter(|(index, row)| {
                let is_rule = row.iter().all(|cell| !cell.is_empty() && cell.chars().all(|c| matches!(c, '-' | ':')));
                *index != 0 || !is_rule
            })
            .map(|(_, row)| row)
            .collect();
        end
    }

    /// Ends the note before `end`. `keep_empty`: a place without any content is an empty note; before
    /// code or a dictionary the place belongs to what follows.
    fn end_note(&mut self, end: usize, keep_empty: bool) {
        let text = trim_blank_lines(&self.source[self.note_from.min(end)..end]);
        if !text.is_empty() || (keep_empty && self.place.is_some()) {
            self.push(RawContent::Note(text));
        }
    }

    fn push(&mut self, content: RawContent<'a>) {
        let place = self.place.take();
        self.cells.push(RawCell { place, content });
    }
}

/// Removes blank lines at both ends and the line end of the last line; inner text is untouched.
fn trim_blank_lines(text: &str) -> &str {
    let text = text.trim_end();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if !line.trim().is_empty() {
            break;
        }
        start += line.len();
    }
    &text[start..]
}

struct Fence {
    mark: char,
    length: usize,
    is_stack: bool,
}

impl Fence {
    fn open(line: &str) -> Option<Self> {
        let mark = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let info = line.trim_start_matches(mark);
        let length = line.len() - info.len();
        // ``` a `b` ``` on one line is inline code, not a fence.
        (length >= 3 && !info.contains('`')).then(|| Self {
            mark,
            length,
            is_stack: mark == '`' && info.trim() == "stack",
        })
    }

    fn closes(&self, line: &str) -> bool {
        line.len() >= self.length && line.chars().all(|c| c == self.mark)
    }
}

/// Where a notebook has cards outside of any code, in bytes: the fence around them, if there is one.
pub(crate) fn stray_code(source: &str) -> Option<usize> {
    let mut fence: Option<(Fence, usize)> = None;
    let mut at = 0;
    for line in source.split_inclusive('\n') {
        let text = line.trim();
        fence = match fence {
            Some((open, _)) if open.closes(text) => None,
            None => Fence::open(text).map(|open| (open, at)),
            open => open,
        };
        if text.starts_with("card ") && text.ends_with(" do") {
            return Some(fence.map_or(at, |(_, start)| start));
        }
        at += line.len();
    }
    None
}

/// `{ section: "…", x: 192, y: 312}`
fn read_place(inside: &str) -> Option<Place> {
    let pairs = read_pairs(inside.strip_prefix('{')?.strip_suffix('}')?)?;
    let [("section", section), ("x", x), ("y", y)] = pairs.as_slice() else {
        return None;
    };
    Some(Place { section: unquote(section)?.to_owned(), x: x.parse().ok()?, y: y.parse().ok()? })
}

/// `dictionary: "config"  version: "0.1.0"  columns: []`
fn read_sheet_head(inside: &str) -> Option<Sheet> {
    let pairs = read_pairs(inside)?;
    let [(kind, name), ("version", version), ("columns", settings)] = pairs.as_slice() else {
        return None;
    };
    let kind = match *kind {
        "dictionary" => SheetKind::Dictionary,
        "table" => SheetKind::Table,
        _ => return None,
    };
    Some(Sheet {
        kind,
        name: unquote(name)?.to_owned(),
        version: unquote(version)?.to_owned(),
        settings: (*settings).to_owned(),
        columns: Vec::new(),
        rows: Vec::new(),
        position: Position::default(),
    })
}

fn unquote(text: &str) -> Option<&str> {
    text.strip_prefix('"')?.strip_suffix('"')
}

/// `key: value` pairs, divided by commas or white space; a value is `"…"`, `[…]` or a bare word.
fn read_pairs(mut text: &str) -> Option<Vec<(&str, &str)>> {
    let mut pairs = Vec::new();
    loop {
        text = text.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        if text.is_empty() {
            return Some(pairs);
        }
        let (key, rest) = text.split_once(':')?;
        let rest = rest.trim_start();
        let end = match rest.chars().next()? {
            '"' => rest[1..].find('"')? + 2,
            '[' => closing_bracket(rest)?,
            _ => rest.find(|c: char| c.is_whitespace() || c == ',').unwrap_or(rest.len()),
        };
        pairs.push((key.trim(), &rest[..end]));
        text = &rest[end..];
    }
}

fn closing_bracket(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, c) in text.char_indices() {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(index + 1);
        }
    }
    None
}

/// The cells of `| a | b |`; `\|` is a pipe, `\\` a backslash, `<br>` a line end.
fn read_row(line: &str) -> Option<Vec<String>> {
    let mut chars = line.strip_prefix('|')?.chars().peekable();
    let mut row = Vec::new();
    let mut cell = String::new();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek().is_some_and(|next| matches!(next, '|' | '\\')) => cell.extend(chars.next()),
            '|' => row.push(finish_cell(&mut cell)),
            _ => cell.push(c),
        }
    }
    if !cell.trim().is_empty() {
        row.push(finish_cell(&mut cell));
    }
    Some(row)
}

fn finish_cell(cell: &mut String) -> String {
    let text = cell.trim().replace("<br>", "\n");
    cell.clear();
    text
}

/// Prints the comment that places a cell on the canvas.
pub(crate) fn print_place(out: &mut String, place: &Place) {
    let Place { section, x, y } = place;
    let _ = writeln!(out, "<!-- {{ section: \"{section}\", x: {x}, y: {y}}} -->\n");
}

/// Prints code between fences longer than any fence inside it.
pub(crate) fn print_code(out: &mut String, code: &str) {
    let inner = code.lines().map(|line| line.trim_start().chars().take_while(|c| *c == '`').count()).max().unwrap_or(0);
    let fence = "`".repeat(3.max(inner + 1));
    let _ = write!(out, "{fence}stack\n{code}{fence}\n");
}

/// Prints a dictionary or table: its head as a comment, its rows as an aligned Markdown table.
pub(crate) fn print_sheet(out: &mut String, sheet: &Sheet) {
    let kind = match sheet.kind {
        SheetKind::Dictionary => "dictionary",
        SheetKind::Table => "table",
    };
    let Sheet { name, version, settings, .. } = sheet;
    let _ = writeln!(out, "<!--\n {kind}: \"{name}\"\nversion: \"{version}\"\ncolumns: {settings}\n-->");
    if sheet.columns.is_empty() && sheet.rows.is_empty() {
        return;
    }
    let escape = |cell: &String| cell.replace('\\', "\\\\").replace('|', "\\|").replace('\n', "<br>");
    let rows: Vec<Vec<String>> =
        std::iter::once(&sheet.columns).chain(&sheet.rows).map(|row| row.iter().map(escape).collect()).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let longest = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
            longest.max().unwrap_or(0).max(3)
        })
        .collect();
    out.push('\n');
    for (index, row) in rows.iter().enumerate() {
        out.push('|');
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(out, " {cell:<width$} |");
        }
        out.push('\n');
        if index == 0 {
            out.push('|');
            for width in widths.iter().take(row.len()) {
                let _ = write!(out, " {} |", "-".repeat(*width));
            }
            out.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(text: &str) -> RawCell<'_> {
        RawCell { place: None, content: RawContent::Note(text) }
    }

    #[test]
    fn bad_input_is_a_note() {
        for source in [
            "<!-- never closed",
            "<!-- { section: \"a\", x: 1 } -->",
            "<!-- { section: \"a\", x: one, y: 2 } -->",
            "<!-- { section: a, x: 1, y: 2 } -->",
            "<!-- dictionary: config -->",
            "<!-- dictionary: \"c\" version: \"1\" columns: [ -->",
            "<!-- { section: \"a\", x: 1, y: 2 } --> and more",
            "```elixir\ncard A do\n```",
            "````markdown\n```stack\n```\n````",
            "``` stack` ```",
            "<!---->",
            "<!-->",
        ] {
            assert_eq!(split(source), [note(source)], "{source}");
        }
        assert_eq!(split(""), []);
        assert_eq!(split("\n  \n"), []);
        assert_eq!(split("\u{feff}"), []);
    }

    #[test]
    fn an_open_fence_runs_to_the_end() {
        let cells = split("```stack\ncard A do");
        let [RawCell { content: RawContent::Code { source, offset, closed }, .. }] = cells.as_slice() else {
            panic!("{cells:?}");
        };
        assert_eq!((*source, *offset, *closed), ("card A do", 9, false));
    }

    #[test]
    fn cells_in_order_with_places() {
        let source = "# Title\n\n  text\n\n<!-- { section: \"s1\", x: -840, y: 0.5} -->\n\n````stack\ncard A do\n```\nend\n````\nafter\n<!-- { section: \"\", x: 1, y: 2} -->\n<!-- { section: \"z\", x: 1, y: 2} -->\n\nnote two\n\n";
        let cells = split(source);
        let place = |section: &str, x: f64, y: f64| Some(Place { section: section.into(), x, y });
        assert_eq!(
            cells,
            [
                note("# Title\n\n  text"),
                RawCell {
                    place: place("s1", -840.0, 0.5),
                    content: RawContent::Code { source: "card A do\n```\nend\n", offset: 71, closed: true }
                },
                note("after"),
                RawCell { place: place("", 1.0, 2.0), content: RawContent::Note("") },
                RawCell { place: place("z", 1.0, 2.0), content: RawContent::Note("note two") },
            ]
        );
    }

    #[test]
    fn a_table_without_column_names_keeps_its_rows() {
        let source = "<!-- dictionary: \"c\" version: \"1\" columns: [] -->\n|\n| --- | --- |\n| a | b |\n|\n| - |";
        let cells = split(source);
        let [RawCell { content: RawContent::Sheet(sheet), .. }] = cells.as_slice() else {
            panic!("{cells:?}");
        };
        assert_eq!(sheet.columns, [""; 0]);
        assert_eq!(sheet.rows, [vec!["a", "b"], vec![], vec!["-"]]);
        let mut printed = String::new();
        print_sheet(&mut printed, sheet);
        let RawContent::Sheet(again) = &split(&printed)[0].content else { panic!("{printed}") };
        assert_eq!((&again.columns, &again.rows), (&sheet.columns, &sheet.rows), "{printed}");
    }

    #[test]
    fn dictionaries_and_tables() {
        let source = "<!--\n dictionary: \"config\"\nversion: \"0.1.0\"\ncolumns: [] \n-->\n\n| Key | Value |\n| --- | :-: |\n| token | a\\|b |\n| dash | --- |\n\nnote";
        let cells = split(source);
        let RawContent::Sheet(sheet) = &cells[0].content else {
            panic!("{cells:?}");
        };
        assert_eq!(sheet.name, "config");
        assert_eq!(sheet.columns, ["Key", "Value"]);
        assert_eq!(sheet.rows, [["token", "a|b"], ["dash", "---"]]);
        assert_eq!(cells[1], note("note"));
        let mut printed = String::new();
        print_sheet(&mut printed, sheet);
        assert_eq!(split(&printed)[0].content, RawContent::Sheet(sheet.clone()));
    }
}
