//! YAML as a tree in which everything knows its place, so that every mistake can be shown at its line.

use std::borrow::Cow;

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use journey::{Position, Problem, nearest};
use saphyr_parser::{Event, Marker, Parser, ScalarStyle};
use serde_json::{Map, Number, Value as Json};

/// How deep a script may be nested.
const DEEPEST: usize = 64;

/// A node and its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) at: Position,
    pub(crate) kind: NodeKind,
}

/// What a [`Node`] is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum NodeKind {
    /// A text; `plain` when it has no quotes, so that it may also be a number, a boolean or null.
    Scalar { text: String, plain: bool },
    /// `- …`
    List(Vec<Node>),
    /// `key: …`, in order.
    Map(Vec<(Node, Node)>),
}

/// Reads one document.
pub(crate) fn parse(source: &str) -> Result<Node, Problem> {
    let mut reader = Reader { parser: Parser::new_from_str(source), depth: 0 };
    let root = loop {
        match reader.next()? {
            (Event::StreamStart | Event::DocumentStart(_) | Event::Nothing, _) => {}
            (event, at) => match reader.node(event, at)? {
                Some(node) => break node,
                None => return Err(mistake(at, "This file is empty.").hint("Write `journey:` and `steps:`.")),
            },
        }
    };
    loop {
        match reader.next()? {
            (Event::StreamEnd, _) => return Ok(root),
            (Event::DocumentStart(_), at) => {
                return Err(mistake(at, "A file has one script.").hint("Put the second one into a file of its own."));
            }
            _ => {}
        }
    }
}

/// Something that is wrong in a script.
pub(crate) fn mistake(at: Position, message: impl Into<String>) -> Problem {
    Problem::error("bad-script", at, message)
}

struct Reader<'s> {
    parser: Parser<'s, saphyr_parser::StrInput<'s>>,
    depth: usize,
}

impl<'s> Reader<'s> {
    fn next(&mut self) -> Result<(Event<'s>, Position), Problem> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => Ok((event, position(&span.start))),
            Some(Err(error)) => {
                let message = format!("This is not YAML: {}.", error.info().trim_end_matches('.'));
                let hint = match error.info().contains("tab") {
                    true => "Indent with spaces; YAML takes no tabs for that.",
                    false => "A text with `: `, ` #` or a bracket at its beginning needs quotes.",
                };
                Err(mistake(position(error.marker()), message).hint(hint))
            }
            None => Ok((Event::StreamEnd, Position::default())),
        }
    }

    /// The node that begins with an event; nothing at the end.
    fn node(&mut self, event: Event<'s>, at: Position) -> Result<Option<Node>, Problem> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(mistake(at, "This is nested too deeply."));
        }
        let kind = match event {
            Event::Scalar(text, style, _, tag) => {
                let plain = style == ScalarStyle::Plain && tag.is_none();
                NodeKind::Scalar { text: Cow::into_owned(text), plain }
            }
            Event::SequenceStart(..) => {
                let mut items = Vec::new();
                loop {
                    let (event, at) = self.next()?;
                    match self.node(event, at)? {
                        Some(item) => items.push(item),
                        None => break NodeKind::List(items),
                    }
                }
            }
            Event::MappingStart(..) => {
                let mut entries: Vec<(Node, Node)> = Vec::new();
                loop {
                    let (event, at) = self.next()?;
                    let Some(key) = self.node(event, at)? else { break NodeKind::Map(entries) };
                    let (event, at) = self.next()?;
                    let Some(value) = self.node(event, at)? else { break NodeKind::Map(entries) };
                    if entries.iter().any(|(known, _)| known.is_same_key(&key)) {
                        return Err(mistake(key.at, format!("`{}` is there twice.", key.written())));
                    }
                    entries.push((key, value));
                }
            }
            Event::Alias(_) => {
                return Err(mistake(at, "A script has no aliases.").hint("Write the value again."));
            }
            _ => {
                self.depth -= 1;
                return Ok(None);
            }
        };
        self.depth -= 1;
        Ok(Some(Node { at, kind }))
    }
}

fn position(marker: &Marker) -> Position {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Position { line: number(marker.line()), column: number(marker.col()).saturating_add(1) }
}

impl Node {
    /// A problem at this place.
    pub(crate) fn mistake(&self, message: impl Into<String>) -> Problem {
        mistake(self.at, message)
    }

    /// What it is, in a few words, for messages.
    pub(crate) fn written(&self) -> String {
        match &self.kind {
            NodeKind::Scalar { text, .. } => text.chars().take(40).collect(),
            NodeKind::List(_) => "a list".to_owned(),
            NodeKind::Map(_) => "a map".to_owned(),
        }
    }

    /// Whether it is null: nothing at all, `null` or `~`.
    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.kind, NodeKind::Scalar { text, plain: true } if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// The text, just as it is written: `34` and `true` are texts as well.
    pub(crate) fn text(&self) -> Result<&str, Problem> {
        match &self.kind {
            NodeKind::Scalar { text, .. } if !self.is_null() => Ok(text),
            _ => Err(self.mistake(format!("A text is expected here, not {}.", self.kind_name()))),
        }
    }

    /// A text that says something.
    pub(crate) fn filled_text(&self) -> Result<&str, Problem> {
        self.text().and_then(|text| {
            if text.trim().is_empty() { Err(self.mistake("An empty text says nothing here.")) } else { Ok(text) }
        })
    }

    /// Whether both are the same key, in quotes or not.
    fn is_same_key(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            (NodeKind::Scalar { text, .. }, NodeKind::Scalar { text: other, .. }) => text == other,
            (kind, other) => kind == other,
        }
    }

    /// The text of a key.
    pub(crate) fn key(&self) -> String {
        self.text().unwrap_or_default().to_owned()
    }

    fn kind_name(&self) -> &'static str {
        match &self.kind {
            NodeKind::Scalar { .. } if self.is_null() => "nothing",
            NodeKind::Scalar { .. } => "a text",
            NodeKind::List(_) => "a list",
            NodeKind::Map(_) => "a map",
        }
    }

    /// The items of a list.
    pub(crate) fn list(&self) -> Result<&[Node], Problem> {
        match &self.kind {
            NodeKind::List(items) => Ok(items),
            _ => Err(self
                .mistake(format!("A list is expected here, not {}.", self.kind_name()))
                .hint("Write `[a, b]`, or each item on a line of its own after `- `.")),
        }
    }

    /// The entries of a map whose keys are free.
    pub(crate) fn entries(&self) -> Result<&[(Node, Node)], Problem> {
        match &self.kind {
            NodeKind::Map(entries) => Ok(entries),
            _ => Err(self
                .mistake(format!("A map is expected here, not {}.", self.kind_name()))
                .hint("Write `{key: value}`, or each `key: value` on a line of its own.")),
        }
    }

    /// A map whose keys are known.
    pub(crate) fn fields(&self) -> Result<Fields<'_>, Problem> {
        let entries = self.entries()?;
        for (key, _) in entries {
            key.text()?;
        }
        Ok(Fields { entries, asked: Vec::new() })
    }

    /// The value as JSON.
    pub(crate) fn json(&self) -> Json {
        match &self.kind {
            NodeKind::Scalar { text, plain: true } => plain(text),
            NodeKind::Scalar { text, .. } => Json::from(text.as_str()),
            NodeKind::List(items) => Json::Array(items.iter().map(Self::json).collect()),
            NodeKind::Map(entries) => {
                Json::Object(entries.iter().map(|(key, value)| (key.key(), value.json())).collect())
            }
        }
    }

    /// A map of values.
    pub(crate) fn json_map(&self) -> Result<Map<String, Json>, Problem> {
        self.fields()?; // keys are texts
        Ok(self.entries()?.iter().map(|(key, value)| (key.key(), value.json())).collect())
    }

    /// A moment.
    pub(crate) fn moment(&self) -> Result<Timestamp, Problem> {
        let text = self.text()?;
        text.parse()
            .map_err(|_| self.mistake(format!("`{text}` is not a moment.")).hint("Write it as `2026-03-01T10:00:00Z`."))
    }

    /// A length of time.
    pub(crate) fn duration(&self) -> Result<SignedDuration, Problem> {
        let text = self.text()?;
        duration(text).ok_or_else(|| self.mistake(format!("`{text}` is not a length of time.")).hint(DURATION_HINT))
    }

    /// `true` or `false`.
    pub(crate) fn flag(&self) -> Result<bool, Problem> {
        self.json().as_bool().ok_or_else(|| self.mistake("Here stands `true` or `false`."))
    }

    /// A whole number.
    pub(crate) fn number<N: TryFrom<i64>>(&self, what: &str) -> Result<N, Problem> {
        let number = self.json().as_i64().and_then(|number| N::try_from(number).ok());
        number.ok_or_else(|| self.mistake(format!("`{}` is not {what}.", self.written())))
    }
}

/// How a length of time is written.
pub(crate) const DURATION_HINT: &str = "Write a number and a unit, such as `90s`, `5m`, `23h`, `2d` or `1h 30m`.";

/// A length of time, such as `1h 30m` or `2d`: a day has 24 hours.
pub fn duration(text: &str) -> Option<SignedDuration> {
    let span: Span = text.trim().parse().ok()?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    (!duration.is_negative()).then_some(duration)
}

/// What a text without quotes means (the core schema of YAML 1.2).
#[must_use]
pub fn plain(text: &str) -> Json {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Json::Null,
        "true" | "True" | "TRUE" => return Json::Bool(true),
        "false" | "False" | "FALSE" => return Json::Bool(false),
        _ => {}
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_number = digits.starts_with(|first: char| first.is_ascii_digit())
        && digits.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, '.' | 'e' | 'E' | '-' | '+'))
        // A number with a zero in front is somebody's code or telephone.
        && !(digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0."));
    if !is_number {
        return Json::from(text);
    }
    let text_without_plus = text.strip_prefix('+').unwrap_or(text);
    if let Ok(number) = text_without_plus.parse::<i64>() {
        return Json::from(number);
    }
    text_without_plus.parse::<f64>().ok().and_then(Number::from_f64).map_or_else(|| Json::from(text), Json::Number)
}

/// The entries of a map whose keys are known; one that nobody asks for is a mistake.
#[derive(Debug)]
pub(crate) struct Fields<'n> {
    entries: &'n [(Node, Node)],
    asked: Vec<&'static str>,
}

impl<'n> Fields<'n> {
    /// The value of a key, if it is there.
    pub(crate) fn take(&mut self, key: &'static str) -> Option<&'n Node> {
        self.asked.push(key);
        let is_it = |name: &Node| name.text() == Ok(key);
        self.entries.iter().find(|(name, _)| is_it(name)).map(|(_, value)| value)
    }

    /// Reports the first key nobody asked for. `what` has these keys.
    pub(crate) fn finish(self, what: &str) -> Result<(), Problem> {
        for (key, _) in self.entries {
            let name = key.text()?;
            if !self.asked.contains(&name) {
                return Err(unknown(key, what, &self.asked));
            }
        }
        Ok(())
    }
}

/// A key that means nothing here.
pub(crate) fn unknown(key: &Node, what: &str, known: &[&str]) -> Problem {
    let name = key.written();
    let hint = match nearest(&name, known) {
        Some(near) => format!("Did you mean `{near}`?"),
        None => format!("There are: {}.", known.join(", ")),
    };
    key.mistake(format!("{what} has no `{name}`.")).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn mistakes_have_a_place() {
        for (source, line, column, message) in [
            ("", 1, 1, "empty"),
            ("# nothing\n", 2, 1, "empty"),
            ("a: 1\nb: [1", 3, 1, "not YAML"),
            ("a: 1\na: 2", 2, 1, "`a` is there twice"),
            ("a: 1\n\"a\": 2", 2, 1, "`a` is there twice"),
            ("{'a': 1, a: 2}", 1, 10, "`a` is there twice"),
            ("a: &x 1\nb: *x", 2, 4, "no aliases"),
            ("a: 1\n---\nb: 2", 2, 1, "one script"),
            ("a: b: c", 1, 5, "not YAML"),
        ] {
            let problem = parse(source).unwrap_err();
            assert!(problem.message.contains(message), "{source:?}: {problem}");
            assert_eq!((problem.line, problem.column), (line, column), "{source:?}: {problem}");
        }
        for tabs in ["a:\n\tb: 1\n", "a:\n  - b: 1\n\t  c: 2\n"] {
            let problem = parse(tabs).unwrap_err();
            assert!(problem.hint.as_ref().unwrap().contains("spaces"), "{tabs:?}: {problem:?}");
        }
        let deep = "[".repeat(70) + &"]".repeat(70);
        assert!(parse(&deep).unwrap_err().message.contains("deeply"));
        assert!(parse(&"[".repeat(100_000)).is_err());
    }

    #[test]
    fn values_without_quotes() {
        let source = "[1, -2.5, 0, 007, +573001, true, null, ~, '', \"34\", 1.2.3, 10:30, 1e3, no, é]";
        assert_eq!(
            parse(source).unwrap().json(),
            json!([1, -2.5, 0, "007", 573_001, true, null, null, "", "34", "1.2.3", "10:30", 1000.0, "no", "é"])
        );
    }

    #[test]
    fn lengths_of_time() {
        for bad in ["", "5", "five minutes", "-5m", "5 parsecs", "1h30"] {
            assert_eq!(duration(bad), None, "{bad}");
        }
        for (text, seconds) in
            [("90s", 90), ("23h", 82_800), ("2d", 172_800), ("1h 30m", 5_400), ("1w", 604_800), ("PT5M", 300)]
        {
            assert_eq!(duration(text), Some(SignedDuration::from_secs(seconds)), "{text}");
        }
    }
}
