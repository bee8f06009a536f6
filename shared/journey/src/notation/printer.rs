//! Writes canonical code: two spaces a level, one statement a line, long calls one argument a line.

use expression::{ExprKind, Room};

use crate::model::{Formula, Words};
use crate::statements::{Extra, Statement};

/// Longer lines are broken where that is possible.
const WIDTH: usize = 98;

/// Collects lines of code.
#[derive(Default)]
pub(crate) struct Printer {
    out: String,
    level: usize,
    /// What the statement that is written next was written with besides what it knows.
    extra: Option<Box<Extra>>,
}

/// An argument of a call, ready to be written.
#[derive(Clone)]
pub(crate) struct Argument {
    name: Option<String>,
    value: Written,
}

#[derive(Clone)]
enum Written {
    Inline(String),
    Value(Formula),
    /// A text of several lines, between `"""`.
    Long(String, Formula),
}

impl Argument {
    /// A value without a name.
    pub(crate) fn value(value: &Formula) -> Self {
        Self { name: None, value: Written::of(value) }
    }

    /// A value with a name.
    pub(crate) fn named(name: &str, value: &Formula) -> Self {
        Self { name: Some(name.to_owned()), value: Written::of(value) }
    }

    /// A text, and its other languages by name: for statements whose own argument it is.
    pub(crate) fn words(words: &Words) -> impl Iterator<Item = Self> {
        let languages = words.languages.iter().map(|(language, text)| Self::named(language, text));
        std::iter::once(Self::value(&words.text)).chain(languages)
    }

    /// Something written as it is, such as the name of a card.
    pub(crate) fn raw(text: impl Into<String>) -> Self {
        Self { name: None, value: Written::Inline(text.into()) }
    }

    /// Something written as it is, with a name.
    pub(crate) fn named_raw(name: &str, text: impl Into<String>) -> Self {
        Self { name: Some(name.to_owned()), value: Written::Inline(text.into()) }
    }
}

impl Written {
    fn of(value: &Formula) -> Self {
        let text = match &value.kind {
            ExprKind::Text(text) => text.to_string(),
            ExprKind::Interpolated(template) => template.source().to_owned(),
            _ => return Self::Value(value.clone()),
        };
        if text.contains('\n') { Self::Long(text, value.clone()) } else { Self::Value(value.clone()) }
    }
}

impl Printer {
    pub(crate) fn finish(self) -> String {
        self.out
    }

    /// A line of code at the present level.
    pub(crate) fn line(&mut self, text: &str) {
        self.indent(0);
        self.out.push_str(text);
        self.out.push('\n');
    }

    /// A line with a value, which is broken when it is too long: `before` and `after` it stands the rest.
    pub(crate) fn value_line(&mut self, before: &str, value: &Formula, after: &str) {
        self.line(&format!("{before}{}{after}", self.wrapped(value, 0, before, after)));
    }

    /// A value in a line that stands `inside` columns further in, behind one text and before another.
    pub(crate) fn wrapped(&self, value: &Formula, inside: usize, before: &str, after: &str) -> String {
        let indent = self.column() + inside;
        let column = indent + before.chars().count();
        value.wrapped(Room { width: WIDTH, indent, column, after: after.chars().count() })
    }

    /// An empty line, unless one is there already or a block just begins.
    pub(crate) fn gap(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") && !self.out.ends_with(" do\n") {
            self.out.push('\n');
        }
    }

    pub(crate) fn comments(&mut self, comments: &[String]) {
        for comment in comments {
            self.line(&format!("#{}", comment.replace('\n', " ")));
        }
    }

    /// Statements, with an empty line around those that take several lines.
    pub(crate) fn statements(&mut self, statements: &[Statement], comments: &[String]) {
        self.level += 1;
        let mut was_long = false;
        for (index, statement) in statements.iter().enumerate() {
            let start = self.out.len();
            self.comments(&statement.comments);
            let body = self.out.len();
            self.extra.clone_from(&statement.extra);
            statement.action.print(self);
            self.extra = None;
            let is_long = self.out[body..].trim_end().contains('\n');
            if index > 0 && (was_long || is_long) {
                self.out.insert(start, '\n');
            }
            was_long = is_long;
        }
        self.comments(comments);
        self.level -= 1;
    }

    /// Runs `body` one level deeper.
    pub(crate) fn nested(&mut self, body: impl FnOnce(&mut Self)) {
        self.level += 1;
        body(self);
        self.level -= 1;
    }

    /// `variable = name(arguments) do content end`
    pub(crate) fn call(&mut self, variable: Option<&str>, name: &str, arguments: &[Argument], content: &[Statement]) {
        let extra = self.extra.take();
        let extra = extra.as_deref();
        let mut head = String::new();
        if let Some(variable) = variable.or(extra.and_then(|extra| extra.variable.as_deref())) {
            head.push_str(variable);
            head.push_str(" = ");
        }
        head.push_str(name);
        let content = if content.is_empty() { extra.map_or(content, |extra| &extra.content) } else { content };
        let tail = if content.is_empty() { "" } else { " do" };
        match extra {
            Some(extra) => self.arguments(&head, &with_extra(arguments.to_vec(), extra), tail),
            None => self.arguments(&head, arguments, tail),
        }
        if !content.is_empty() {
            self.statements(content, &[]);
            self.line("end");
        }
    }

    fn arguments(&mut self, head: &str, arguments: &[Argument], tail: &str) {
        let inline: Option<Vec<String>> = arguments.iter().map(Argument::inline).collect();
        self.indent(0);
        self.out.push_str(head);
        self.out.push('(');
        let fits = |inline: &[String]| {
            let length: usize = inline.iter().map(|text| text.chars().count() + 2).sum();
            // What cannot be broken is no shorter in a line of its own.
            let is_whole = arguments.len() <= 1 && !arguments.iter().any(Argument::can_wrap);
            is_whole || self.column() + head.chars().count() + length + tail.len() <= WIDTH
        };
        match (inline.filter(|inline| fits(inline)), arguments) {
            (Some(inline), _) => self.out.push_str(&inline.join(", ")),
            (None, [only]) if !only.can_wrap() => self.argument(only, 0),
            (None, _) => {
                for (index, argument) in arguments.iter().enumerate() {
                    self.out.push_str(if index == 0 { "\n" } else { ",\n" });
                    self.indent(1);
                    self.argument(argument, 1);
                }
                self.out.push('\n');
                self.indent(0);
            }
        }
        self.out.push(')');
        self.out.push_str(tail);
        self.out.push('\n');
    }

    fn argument(&mut self, argument: &Argument, deeper: usize) {
        if let Some(name) = &argument.name {
            self.out.push_str(name);
            self.out.push_str(": ");
        }
        match &argument.value {
            Written::Inline(text) => self.out.push_str(text),
            Written::Value(value) => {
                let before = argument.name.as_ref().map_or_else(String::new, |name| format!("{name}: "));
                let text = self.wrapped(value, deeper * 2, &before, ",");
                self.out.push_str(&text);
            }
            Written::Long(text, _) => self.long_text(text, deeper),
        }
    }

    /// `"""`, the lines with their indentation, `"""`. A text that does not end with a line end says so with a backslash.
    fn long_text(&mut self, text: &str, deeper: usize) {
        self.out.push_str("\"\"\"\n");
        let escaped = text.replace('\\', "\\\\").replace("\"\"\"", "\\\"\\\"\\\"").replace('\r', "\\r");
        let (body, open) = match escaped.strip_suffix('\n') {
            Some(body) => (body, ""),
            None => (escaped.as_str(), "\\"),
        };
        for line in body.split('\n') {
            if !line.is_empty() {
                self.indent(deeper);
            }
            self.out.push_str(line);
            self.out.push('\n');
        }
        if !open.is_empty() {
            self.out.pop();
            self.out.push_str("\\\n");
        }
        self.indent(deeper);
        self.out.push_str("\"\"\"");
    }

    fn indent(&mut self, deeper: usize) {
        for _ in 0..self.level + deeper {
            self.out.push_str("  ");
        }
    }

    /// The present level of indentation, in characters.
    pub(crate) fn column(&self) -> usize {
        self.level * 2
    }

    /// The longest line that is not broken.
    pub(crate) fn width() -> usize {
        WIDTH
    }
}

/// `name(arguments)` in one line, as triggers and settings are written.
pub(crate) fn inline_call(name: &str, mut arguments: Vec<Argument>, extra: Option<&Extra>) -> String {
    if let Some(extra) = extra {
        arguments = with_extra(arguments, extra);
    }
    let inline: Vec<String> = arguments.iter().map(Argument::in_one_line).collect();
    format!("{name}({})", inline.join(", "))
}

/// Arguments with those behind them that are not known: the ones without names behind the others without names.
fn with_extra(mut arguments: Vec<Argument>, extra: &Extra) -> Vec<Argument> {
    let named = arguments.iter().position(|argument| argument.name.is_some()).unwrap_or(arguments.len());
    arguments.splice(named..named, extra.arguments.iter().map(Argument::value));
    arguments.extend(extra.options.iter().map(|(name, value)| Argument::named(name, value)));
    arguments
}

impl Argument {
    /// As it is written where it cannot have lines of its own.
    fn in_one_line(&self) -> String {
        let value = match &self.value {
            Written::Inline(text) => text.clone(),
            Written::Value(value) | Written::Long(_, value) => value.to_string(),
        };
        self.name.as_ref().map_or_else(|| value.clone(), |name| format!("{name}: {value}"))
    }

    fn inline(&self) -> Option<String> {
        match (&self.name, &self.value) {
            (_, Written::Long(..)) => None,
            (Some(name), Written::Inline(text)) => Some(format!("{name}: {text}")),
            (None, Written::Inline(text)) => Some(text.clone()),
            (Some(name), Written::Value(value)) => Some(format!("{name}: {value}")),
            (None, Written::Value(value)) => Some(value.to_string()),
        }
    }

    /// Whether lines of its own make it shorter.
    fn can_wrap(&self) -> bool {
        matches!(&self.value, Written::Value(value) if value.can_wrap())
    }
}
