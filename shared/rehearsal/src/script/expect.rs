//! How what came is compared with what a script expects.

use std::fmt;

use journey::{Problem, nearest};
use regex::Regex;
use serde_json::Value as Json;

use super::yaml::{Node, NodeKind, plain};

/// What a text must be like. All its tests hold for a text that matches; one without tests matches any.
#[derive(Debug, Clone)]
pub(crate) struct Pattern(Vec<Test>);

#[derive(Debug, Clone)]
enum Test {
    Equals(String),
    Starts(String),
    Ends(String),
    Contains(String),
    Matches(Regex),
}

/// The keys of a loose [`Pattern`].
const LOOSE: [&str; 4] = ["starts", "ends", "contains", "matches"];

impl Pattern {
    /// A text, or a map of `starts`, `ends`, `contains` and `matches`.
    pub(crate) fn read(node: &Node) -> Result<Self, Problem> {
        if node.is_null() {
            return Ok(Self(vec![Test::Equals(String::new())]));
        }
        if !matches!(node.kind, NodeKind::Map(_)) {
            return Ok(Self(vec![Test::Equals(normal(node.text()?))]));
        }
        let mut fields = node.fields()?;
        let mut tests = Vec::new();
        for key in LOOSE {
            let Some(node) = fields.take(key) else { continue };
            let text = node.text()?;
            tests.push(match key {
                "starts" => Test::Starts(normal(text)),
                "ends" => Test::Ends(normal(text)),
                "contains" => Test::Contains(normal(text)),
                _ => Test::Matches(Regex::new(text).map_err(|error| {
                    let error = error.to_string();
                    let last = error.lines().last().unwrap_or_default().trim_start_matches("error: ");
                    node.mistake(format!("`{text}` is not a regular expression: {last}."))
                })?),
            });
        }
        fields.finish("The comparison of a text")?;
        Ok(Self(tests))
    }

    /// Whether the text matches; no text is an empty one.
    pub(crate) fn matches(&self, text: Option<&str>) -> bool {
        let text = normal(text.unwrap_or_default());
        self.0.iter().all(|test| match test {
            Test::Equals(wanted) => text == *wanted,
            Test::Starts(wanted) => text.starts_with(wanted.as_str()),
            Test::Ends(wanted) => text.ends_with(wanted.as_str()),
            Test::Contains(wanted) => text.contains(wanted.as_str()),
            Test::Matches(regex) => regex.is_match(&text),
        })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("(any)");
        }
        for (index, test) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            match test {
                Test::Equals(text) => f.write_str(text)?,
                Test::Starts(text) => write!(f, "{text}…")?,
                Test::Ends(text) => write!(f, "…{text}")?,
                Test::Contains(text) => write!(f, "…{text}…")?,
                Test::Matches(regex) => write!(f, "/{regex}/")?,
            }
        }
        Ok(())
    }
}

/// A text as it is compared: one kind of line ends, no spaces at the end of lines.
pub(crate) fn normal(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let lines: Vec<&str> = text.split('\n').map(str::trim_end).collect();
    lines.join("\n").trim_end().to_owned()
}

/// What a value must be.
#[derive(Debug, Clone)]
pub(crate) enum Expected {
    /// Like this text.
    Like(Pattern),
    /// Equal to this.
    Equal(Json),
}

impl Expected {
    /// A value, or a loose pattern.
    pub(crate) fn read(node: &Node) -> Result<Self, Problem> {
        let is_loose = |(key, _): &(Node, Node)| key.text().is_ok_and(|key| LOOSE.contains(&key));
        match &node.kind {
            NodeKind::Map(entries) if !entries.is_empty() && entries.iter().all(is_loose) => {
                Pattern::read(node).map(Self::Like)
            }
            NodeKind::Map(entries) => match entries.as_slice() {
                [(key, _)] if let Some(meant) = misspelt(key) => {
                    Err(key.mistake(format!("`{}` is no comparison of a text.", key.written())).hint(format!(
                        "Did you mean `{meant}`? A value with this member is written in quotes: `{{\"{}\": …}}`.",
                        key.written()
                    )))
                }
                _ => Ok(Self::Equal(node.json())),
            },
            _ => Ok(Self::Equal(node.json())),
        }
    }

    /// Whether the value is as expected; one that is not there is null.
    pub(crate) fn matches(&self, value: &Json) -> bool {
        match self {
            Self::Like(pattern) if value.is_null() => pattern.matches(None),
            Self::Like(pattern) => pattern.matches(Some(&shown(value))),
            Self::Equal(wanted) => equal(wanted, value),
        }
    }
}

/// Whether a value, when it is written down, reads as a comparison or as one that is misspelt.
pub(crate) fn is_comparison(value: &Json) -> bool {
    let Json::Object(members) = value else { return false };
    let is_loose = |key: &String| LOOSE.contains(&key.as_str());
    let is_near = members.len() == 1 && members.keys().all(|key| nearest(key, &LOOSE).is_some());
    !members.is_empty() && (is_near || members.keys().all(is_loose))
}

/// The key of a loose [`Pattern`] that a key without quotes nearly is.
fn misspelt(key: &Node) -> Option<&'static str> {
    let NodeKind::Scalar { text, plain: true } = &key.kind else { return None };
    nearest(text, &LOOSE)
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Like(pattern) => pattern.fmt(f),
            Self::Equal(value) => f.write_str(&shown(value)),
        }
    }
}

/// A value as people read it.
pub(crate) fn shown(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Null => "(unset)".to_owned(),
        other => other.to_string(),
    }
}

/// Numbers by their value, booleans also as text, an empty text like none, texts without spaces at line ends.
fn equal(wanted: &Json, value: &Json) -> bool {
    let is_empty = |value: &Json| value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
    if is_empty(wanted) || is_empty(value) {
        return is_empty(wanted) && is_empty(value);
    }
    match (wanted, value) {
        (Json::Array(wanted), Json::Array(value)) => {
            wanted.len() == value.len() && wanted.iter().zip(value).all(|(wanted, value)| equal(wanted, value))
        }
        (Json::Object(wanted), Json::Object(value)) => {
            wanted.len() == value.len()
                && wanted.iter().all(|(key, wanted)| value.get(key).is_some_and(|value| equal(wanted, value)))
        }
        (Json::String(wanted), Json::String(value)) if normal(wanted) == normal(value) => true,
        _ => same(number, wanted, value) || same(truth, wanted, value),
    }
}

/// Whether both can be read so, as the same.
fn same<T: PartialEq>(read: impl Fn(&Json) -> Option<T>, wanted: &Json, value: &Json) -> bool {
    read(wanted).is_some_and(|wanted| read(value) == Some(wanted))
}

fn truth(value: &Json) -> Option<bool> {
    match value {
        Json::Bool(value) => Some(*value),
        Json::String(text) if text.trim().eq_ignore_ascii_case("true") => Some(true),
        Json::String(text) if text.trim().eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

fn number(value: &Json) -> Option<f64> {
    match value {
        Json::Number(number) => number.as_f64(),
        // A number with a zero or a plus in front is somebody's code or telephone.
        Json::String(text) if !text.trim_start().starts_with('+') => plain(text.trim()).as_f64(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::yaml::parse;
    use super::*;
    use serde_json::json;

    fn pattern(source: &str) -> Result<Pattern, Problem> {
        Pattern::read(&parse(source).unwrap())
    }

    #[test]
    fn bad_patterns() {
        for (source, message) in [
            ("[a]", "a list"),
            ("{starts: [a]}", "a list"),
            ("{matches: \"(\"}", "not a regular expression: unclosed group"),
            ("{begins: a}", "has no `begins`"),
        ] {
            let problem = pattern(source).unwrap_err();
            assert!(problem.message.contains(message), "{source}: {problem}");
        }
        assert_eq!(pattern("{start: a}").unwrap_err().hint.unwrap(), "Did you mean `starts`?");
    }

    #[test]
    fn texts() {
        for (source, text, is_match) in [
            ("Hola Ana", "Hola Ana", true),
            ("Hola Ana", "hola Ana", false),
            ("Hola Ana", "Hola Ana!", false),
            ("34", "34", true),
            ("\"a  \\r\\nb\\n\"", "a\nb", true),
            ("\" a\"", "a", false),
            ("\"\"", "", true),
            ("{}", "whatever", true),
            ("{starts: Hola}", "Hola Ana", true),
            ("{starts: Hola}", "¡Hola Ana", false),
            ("{ends: .png}", "https://x.example/a.png", true),
            ("{ends: .png}", "https://x.example/a.png?", false),
            ("{contains: lo}", "hola, lola", true),
            ("{contains: zz}", "hola", false),
            ("{starts: H, ends: a}", "Hola", true),
            ("{starts: H, ends: o}", "Hola", false),
            ("{matches: \"^[0-9]{4}$\"}", "1234", true),
            ("{matches: \"^[0-9]{4}$\"}", "12345", false),
        ] {
            assert_eq!(pattern(source).unwrap().matches(Some(text)), is_match, "{source} and {text}");
        }
        assert!(pattern("\"\"").unwrap().matches(None));
        assert!(!pattern("x").unwrap().matches(None));
    }

    #[test]
    fn values() {
        for (wanted, value, is_match) in [
            (json!(34), json!("34"), true),
            (json!("34"), json!(34), true),
            (json!(34), json!(34.0), true),
            (json!(34), json!("34 years"), false),
            (json!(34), json!(35), false),
            (json!("034"), json!("34"), false),
            (json!("034"), json!(34), false),
            (json!("34"), json!("34.0"), true),
            (json!("+57300"), json!("57300"), false),
            (json!("inf"), json!("infinity"), false),
            (json!("True"), json!(true), true),
            (json!("True"), json!("true"), true),
            (json!(true), json!("TRUE"), true),
            (json!("true"), json!(true), true),
            (json!(true), json!(1), false),
            (json!(true), json!("yes"), false),
            (json!(false), Json::Null, false),
            (Json::Null, json!(""), true),
            (json!(""), Json::Null, true),
            (Json::Null, json!(0), false),
            (json!("a "), json!("a"), true),
            (json!("a"), json!("A"), false),
            (json!([1, "2"]), json!(["1", 2]), true),
            (json!([1]), json!([1, 2]), false),
            (json!({"a": 1}), json!({"a": "1"}), true),
            (json!({"a": 1}), json!({"a": 1, "b": 2}), false),
        ] {
            assert_eq!(Expected::Equal(wanted.clone()).matches(&value), is_match, "{wanted} and {value}");
        }
    }

    #[test]
    fn nothing_is_like_an_empty_text() {
        let expected = |source: &str| Expected::read(&parse(source).unwrap());
        for (source, is_match) in [
            ("{matches: .+}", false),
            ("{matches: \"^$\"}", true),
            ("{contains: unset}", false),
            ("{starts: (}", false),
            ("{ends: )}", false),
            ("{starts: \"\"}", true),
        ] {
            assert_eq!(expected(source).unwrap().matches(&Json::Null), is_match, "{source}");
        }
        let problem = expected("{start: A}").unwrap_err();
        assert!(problem.message.contains("`start` is no comparison"), "{problem}");
        assert!(problem.hint.unwrap().starts_with("Did you mean `starts`?"));
        for source in ["{\"start\": A}", "{name: A}", "{start: A, b: 1}"] {
            assert!(matches!(expected(source).unwrap(), Expected::Equal(_)), "{source}");
        }
    }
}
