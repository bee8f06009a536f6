//! The reference of all functions, as a Markdown text for people.

use std::fmt::{self, Write as _};

use super::{Family, Function, families};

const INTRODUCTION: &str = "\
# Functions of journeys

Names of functions may be written in any case. An argument in brackets may be left out; one that ends in `…` may be
repeated. The examples are expressions of a journey's code, evaluated on Sunday 22 November 2026 at 10:00 in UTC.
";

/// The whole reference: a chapter a family, a section a function, with its signature, arguments and examples.
#[must_use]
pub fn documentation() -> String {
    let mut out = INTRODUCTION.to_owned();
    for family in families() {
        // Writing to a String does not fail.
        let _ = write_family(&mut out, family);
    }
    out
}

fn write_family(out: &mut String, family: &Family) -> fmt::Result {
    write!(out, "\n## {}\n\n{}\n", family.title, family.summary)?;
    family.functions.iter().try_for_each(|function| write_function(out, function))
}

fn write_function(out: &mut String, function: &Function) -> fmt::Result {
    let documentation = &function.documentation;
    write!(out, "\n### {}\n\n`{}`\n\n{}\n", function.name, function.signature(), documentation.summary)?;
    if !documentation.arguments.is_empty() {
        out.push_str("\n| argument | |\n|---|---|\n");
        for (name, meaning) in documentation.arguments {
            let (name, note) = match name.strip_suffix('?') {
                Some(name) => (name, " (may be left out)"),
                None if name.ends_with('…') => (*name, " (may be left out or repeated)"),
                None => (*name, ""),
            };
            writeln!(out, "| `{name}` | {}{note} |", cell(meaning))?;
        }
    }
    write!(out, "\n- Result: {}.\n- Errors: {}.\n", documentation.result, documentation.errors)?;
    out.push_str("\n| expression | value |\n|---|---|\n");
    documentation
        .examples
        .iter()
        .try_for_each(|(expression, value)| writeln!(out, "| `{}` | `{}` |", cell(expression), cell(value)))
}

impl Function {
    /// `left(text, count)`; what may be left out stands in brackets.
    #[must_use]
    pub fn signature(&self) -> String {
        let argument = |(name, _): &(&str, &str)| match name.strip_suffix('?') {
            Some(name) => format!("[{name}]"),
            None => (*name).to_owned(),
        };
        let arguments: Vec<String> = self.documentation.arguments.iter().map(argument).collect();
        format!("{}({})", self.name, arguments.join(", "))
    }
}

/// A text for a cell of a table, where a bar would end the cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
