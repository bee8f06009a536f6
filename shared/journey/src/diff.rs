//! What differs between two versions of a journey, told by its parts: cards, triggers, settings, notes, dictionaries.
//!
//! A part is compared by its canonical code, so that formatting is no change. Cards are matched by name, dictionaries
//! and settings too; of several with one name (guarded cards, triggers, notes) those that are the same are matched
//! first, the others in their order. Nothing is left out: an empty [`Diff`] means equal journeys.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use similar::{Algorithm, ChangeTag, DiffOp, TextDiff, capture_diff_slices};

use crate::model::{Cell, Code, Content, Item, ItemKind, Journey, Place, SheetKind};
use crate::notation::print;

/// How many unchanged lines are shown around changed ones.
const CONTEXT: usize = 2;

/// The longest name of a note, in characters: the beginning of its text.
const NOTE_NAME: usize = 50;

/// What differs between two journeys, in the order of the newer one; what was removed comes last.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Diff {
    /// One entry for each part that differs.
    pub changes: Vec<Change>,
}

/// One part of a journey that differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// What kind of part.
    pub part: Part,
    /// What people call it: the name of the card or dictionary, the beginning of the note; empty for triggers.
    pub name: String,
    /// What became of it.
    pub kind: ChangeKind,
    /// Where it went, when it stands elsewhere now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved: Option<Move>,
    /// Its lines: all of them when it is new or gone, those around the changes when it was changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<Line>,
}

/// The kinds of parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// A trigger.
    Trigger,
    /// A setting of the whole journey.
    Setting,
    /// A card.
    Card,
    /// Markdown for people.
    Note,
    /// A dictionary.
    Dictionary,
    /// A table.
    Table,
    /// `stack Name do`, around the code of a cell.
    Wrapper,
    /// Comments at the end of a cell.
    Comment,
    /// How parts are spread over cells.
    Layout,
}

/// What became of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It says something else.
    Changed,
    /// It only stands elsewhere, on the canvas or in the notebook.
    Moved,
}

/// Where a part went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Move {
    /// Its place on the canvas before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Place>,
    /// Its place on the canvas now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Place>,
    /// Whether it passed other parts in the notebook. The order of cards matters: the first one begins, and guards are
    /// tried from top to bottom.
    pub order: bool,
}

/// A line of a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What became of it.
    pub op: LineOp,
    /// The line, without its end.
    pub text: String,
}

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineOp {
    /// It is in both.
    Same,
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It stands for unchanged lines that are left out.
    Skipped,
}

/// Compares two versions of a journey.
#[must_use]
pub fn diff(old: &Journey, new: &Journey) -> Diff {
    let (before, after) = (pieces(old), pieces(new));
    let pairs = pairs(&before, &after);
    let passed = passed(&pairs);
    let mut changes = Vec::new();
    for (index, piece) in after.iter().enumerate() {
        match pairs.iter().find(|pair| pair.1 == index) {
            None => changes.push(piece.whole(ChangeKind::Added, LineOp::Added)),
            Some(pair) => changes.extend(before[pair.0].change_to(piece, passed.contains(pair))),
        }
    }
    for (index, piece) in before.iter().enumerate() {
        if !pairs.iter().any(|pair| pair.0 == index) {
            changes.push(piece.whole(ChangeKind::Removed, LineOp::Removed));
        }
    }
    if changes.is_empty() && old != new {
        let (part, kind) = (Part::Layout, ChangeKind::Changed);
        changes.push(Change { part, name: String::new(), kind, moved: None, lines: Vec::new() });
    }
    Diff { changes }
}

/// A part of a journey, ready to be compared.
struct Piece<'a> {
    part: Part,
    name: String,
    code: String,
    place: Option<&'a Place>,
}

/// The parts of a journey, in its order.
fn pieces(journey: &Journey) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    for cell in &journey.cells {
        let place = cell.place.as_ref();
        let mut add = |part, name: &str, code: String| pieces.push(Piece { part, name: name.to_owned(), code, place });
        match &cell.content {
            Content::Note(text) => add(Part::Note, "", text.clone()),
            Content::Sheet(sheet) => {
                let part = match sheet.kind {
                    SheetKind::Dictionary => Part::Dictionary,
                    SheetKind::Table => Part::Table,
                };
                add(part, &sheet.name, printed(cell.content.clone()));
            }
            Content::Code(code) => {
                if let Some(wrapper) = &code.wrapper {
                    add(Part::Wrapper, "", format!("stack {wrapper} do"));
                }
                for item in &code.items {
                    let code = item_code(item);
                    match &item.kind {
                        ItemKind::Card(card) => add(Part::Card, &card.name, code),
                        ItemKind::Trigger(_) => add(Part::Trigger, "", code),
                        ItemKind::Setting(_) => add(Part::Setting, &setting_name(&code), code),
                    }
                }
                if !code.comments.is_empty() {
                    add(Part::Comment, "", code.comments.iter().map(|comment| format!("#{comment}\n")).collect());
                }
            }
        }
    }
    pieces
}

fn printed(content: Content) -> String {
    print(&Journey { cells: vec![Cell { place: None, content }] })
}

/// The canonical code of one item, without the fences around it.
fn item_code(item: &Item) -> String {
    let code = printed(Content::Code(Code { items: vec![item.clone()], ..Code::default() }));
    let lines: Vec<&str> = code.lines().collect();
    lines.get(1..lines.len().saturating_sub(1)).unwrap_or_default().join("\n")
}

/// `interaction_timeout` of `interaction_timeout(300)`.
fn setting_name(code: &str) -> String {
    let line = code.lines().find(|line| !line.starts_with('#')).unwrap_or_default();
    line.split('(').next().unwrap_or_default().to_owned()
}

/// Which parts of the two are the same part: their positions in each.
fn pairs(before: &[Piece<'_>], after: &[Piece<'_>]) -> Vec<(usize, usize)> {
    let mut groups: BTreeMap<(Part, &str), [Vec<usize>; 2]> = BTreeMap::new();
    for (index, piece) in before.iter().enumerate() {
        groups.entry((piece.part, &piece.name)).or_default()[0].push(index);
    }
    for (index, piece) in after.iter().enumerate() {
        groups.entry((piece.part, &piece.name)).or_default()[1].push(index);
    }
    let section = |piece: &Piece<'_>| piece.place.map(|place| place.section.clone()).filter(|id| !id.is_empty());
    let mut pairs = Vec::new();
    for [mut old, mut new] in groups.into_values() {
        let mut take = |same: &dyn Fn(&Piece<'_>, &Piece<'_>) -> bool| {
            old.retain(|&left| {
                let found = new.iter().position(|&right| same(&before[left], &after[right]));
                pairs.extend(found.map(|found| (left, new.remove(found))));
                found.is_none()
            });
        };
        take(&|left, right| left.code == right.code && left.place == right.place);
        take(&|left, right| left.code == right.code);
        take(&|left, right| section(left).is_some() && section(left) == section(right));
        take(&|_, _| true);
    }
    pairs
}

/// The pairs that passed others on their way: as few as explain the new order.
fn passed(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let (mut old, mut new) = (pairs.to_vec(), pairs.to_vec());
    old.sort_by_key(|pair| pair.0);
    new.sort_by_key(|pair| pair.1);
    let mut passed = old.clone();
    for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
        if let DiffOp::Equal { old_index, len, .. } = op {
            let kept = old.get(old_index..old_index + len).unwrap_or_default();
            passed.retain(|pair| !kept.contains(pair));
        }
    }
    passed
}

impl Piece<'_> {
    fn change(&self, kind: ChangeKind, moved: Option<Move>, lines: Vec<Line>) -> Change {
        Change { part: self.part, name: self.title(), kind, moved, lines }
    }

    fn title(&self) -> String {
        match self.part {
            Part::Note => {
                let line = self.code.lines().next().unwrap_or_default().trim_start_matches('#').trim();
                line.chars().take(NOTE_NAME).collect()
            }
            _ => self.name.clone(),
        }
    }

    fn whole(&self, kind: ChangeKind, op: LineOp) -> Change {
        let lines = self.code.lines().map(|line| Line { op, text: line.to_owned() });
        self.change(kind, None, lines.collect())
    }

    fn change_to(&self, new: &Self, passed: bool) -> Option<Change> {
        let moved = (passed || self.place != new.place).then(|| Move {
            from: self.place.cloned(),
            to: new.place.cloned(),
            order: passed,
        });
        if self.code != new.code {
            return Some(new.change(ChangeKind::Changed, moved, lines(&self.code, &new.code)));
        }
        moved.map(|moved| new.change(ChangeKind::Moved, Some(moved), Vec::new()))
    }
}

/// The changed lines and a few around them.
fn lines(old: &str, new: &str) -> Vec<Line> {
    let diff = TextDiff::from_lines(old, new);
    let mut lines = Vec::new();
    for (index, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
        if index > 0 {
            lines.push(Line { op: LineOp::Skipped, text: String::new() });
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let op = match change.tag() {
                ChangeTag::Equal => LineOp::Same,
                ChangeTag::Delete => LineOp::Removed,
                ChangeTag::Insert => LineOp::Added,
            };
            lines.push(Line { op, text: change.value().trim_end_matches('\n').to_owned() });
        }
    }
    lines
}

impl Diff {
    /// Whether the two are the same.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.changes.iter().try_for_each(|change| write!(f, "{change}"))
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            ChangeKind::Added => "added",
            ChangeKind::Removed => "removed",
            ChangeKind::Changed if self.moved.is_some() => "changed and moved",
            ChangeKind::Changed => "changed",
            ChangeKind::Moved => "moved",
        };
        let space = if self.name.is_empty() { "" } else { " " };
        writeln!(f, "{}{space}{}: {what}", self.part, self.name)?;
        for Line { op, text } in &self.lines {
            match op {
                LineOp::Same => writeln!(f, "    {text}")?,
                LineOp::Added => writeln!(f, "  + {text}")?,
                LineOp::Removed => writeln!(f, "  - {text}")?,
                LineOp::Skipped => writeln!(f, "    …")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Trigger => "trigger",
            Self::Setting => "setting",
            Self::Card => "card",
            Self::Note => "note",
            Self::Dictionary => "dictionary",
            Self::Table => "table",
            Self::Wrapper => "wrapper",
            Self::Comment => "comment",
            Self::Layout => "layout of the cells",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;

    const MENU: &str = r#"# Menu

<!-- dictionary: "config" version: "0.1.0" columns: [] -->

| Key | Value |
| --- | --- |
| price | 5 |

<!-- { section: "a", x: 0, y: 0} -->

```stack
trigger(on: "CATCH ALL")
interaction_timeout(300)

card Start when contact.known == true do
  text("Back again")
end

card Start, then: End do
  text("Hello")
end

card End do
  text("Bye")
end
```
"#;

    /// The changes that follow from replacing parts of [`MENU`], each as `part name: kind`.
    fn changed(replace: &[(&str, &str)]) -> Diff {
        let mut edited = MENU.to_owned();
        for (from, to) in replace {
            assert!(edited.contains(from), "{from}");
            edited = edited.replacen(from, to, 1);
        }
        let (old, new) = (parse(MENU), parse(&edited));
        assert_eq!((old.problems, new.problems), (Vec::new(), Vec::new()), "{edited}");
        diff(&old.journey, &new.journey)
    }

    fn heads(diff: &Diff) -> Vec<String> {
        diff.to_string().lines().filter(|line| !line.starts_with(' ')).map(str::to_owned).collect()
    }

    #[test]
    fn formatting_is_no_change() {
        assert!(changed(&[]).is_empty());
        assert!(changed(&[("  text(\"Hello\")", "        text( \"Hello\" )\n")]).is_empty());
    }

    #[test]
    fn a_changed_card_shows_its_lines() {
        let diff = changed(&[("\"Bye\")", "\"Goodbye\")\n  log(\"over\")")]);
        let shown = "card End: changed\n    card End do\n  -   text(\"Bye\")\n  +   text(\"Goodbye\")\n  +   log(\"over\")\n    end\n";
        assert_eq!(diff.to_string(), shown);
        let json = serde_json::to_value(&diff).unwrap();
        assert_eq!(json["changes"][0]["part"], "card");
        assert_eq!(json["changes"][0]["lines"][1], serde_json::json!({"op": "removed", "text": "  text(\"Bye\")"}));
        assert_eq!(serde_json::from_value::<Diff>(json).unwrap(), diff);
    }

    #[test]
    fn each_kind_of_part_is_told() {
        let cases: &[(&str, &str, &str)] = &[
            ("\"CATCH ALL\"", "\"MESSAGE RECEIVED\"", "trigger: changed"),
            ("trigger(on: \"CATCH ALL\")\n", "", "trigger: removed"),
            ("interaction_timeout(300)", "interaction_timeout(600)", "setting interaction_timeout: changed"),
            ("# Menu", "# Main menu", "note Main menu: changed"),
            ("| price | 5 |", "| price | 6 |", "dictionary config: changed"),
            ("card End do", "card New do\nend\n\ncard End do", "card New: added"),
            ("card Start when contact.known == true do\n  text(\"Back again\")\nend\n\n", "", "card Start: removed"),
            ("contact.known == true", "contact.known == false", "card Start: changed"),
            ("card End do", "# The last one.\ncard End do", "card End: changed"),
            ("end\n```", "end\n\n# To do: more.\n```", "comment: added"),
            ("end\n```", "end\n```\n\nThat is all.", "note That is all.: added"),
        ];
        for (from, to, head) in cases {
            assert_eq!(heads(&changed(&[(from, to)])), [*head], "{from} -> {to}");
        }
    }

    #[test]
    fn a_new_guard_before_the_others_is_the_only_change() {
        let guard = "card Start when contact.age > 5 do\n  text(\"Big\")\nend\n\ncard Start when contact.known";
        let diff = changed(&[("card Start when contact.known", guard)]);
        assert_eq!(heads(&diff), ["card Start: added"]);
        assert!(diff.to_string().contains("  +   text(\"Big\")"));
    }

    #[test]
    fn moving_is_not_changing() {
        let diff = changed(&[("x: 0, y: 0", "x: 10, y: 0")]);
        assert!(diff.changes.iter().all(|change| change.kind == ChangeKind::Moved && change.lines.is_empty()));
        assert_eq!(diff.changes.len(), 5);
        let moved = diff.changes[0].moved.clone().unwrap();
        assert_eq!((moved.from.unwrap().x, moved.to.unwrap().x, moved.order), (0.0, 10.0, false));

        let end = "card End do\n  text(\"Bye\")\nend\n";
        let diff = changed(&[(end, ""), ("card Start when", &format!("{end}\ncard Start when"))]);
        assert_eq!(heads(&diff), ["card End: moved"]);
        assert!(diff.changes[0].moved.as_ref().unwrap().order);

        let diff =
            changed(&[(end, ""), ("card Start when", &format!("{}\ncard Start when", end.replace("Bye", "So long")))]);
        assert_eq!(heads(&diff), ["card End: changed and moved"]);
    }

    #[test]
    fn far_lines_are_left_out() {
        let long: String = (0..20).map(|n| format!("  log(\"{n}\")\n")).collect();
        let old = parse(&format!("```stack\ncard A do\n{long}end\n```"));
        let new = parse(&format!(
            "```stack\ncard A do\n{}end\n```",
            long.replace("\"2\"", "\"two\"").replace("\"17\"", "\"x\"")
        ));
        let diff = diff(&old.journey, &new.journey);
        let ops: Vec<LineOp> = diff.changes[0].lines.iter().map(|line| line.op).collect();
        assert_eq!(ops.iter().filter(|op| **op == LineOp::Skipped).count(), 1);
        assert_eq!(ops.len(), 13);
    }

    #[test]
    fn cells_spread_differently_are_not_equal() {
        let diff = changed(&[("x: 0, y: 0} -->\n", "x: 0, y: 0} -->\n"), ("card End", "```\n```stack\ncard End")]);
        assert!(!diff.is_empty());
        let old = parse("```stack\ncard A do\nend\n\ncard B do\nend\n```");
        let new = parse("```stack\ncard A do\nend\n```\n```stack\ncard B do\nend\n```");
        assert_eq!(super::diff(&old.journey, &new.journey).to_string(), "layout of the cells: changed\n");
    }
}
