//! `journey functions`: the functions of the expression language.

use std::io;

use clap::Args;
use expression::functions::{Family, Function, all, families, find, suggest};
use serde_json::{Value, json};

use crate::check::unreadable;
use crate::{Command, Console, Status};

/// Shows the functions that texts and conditions of journeys can use; of one, what it takes, gives and refuses, with
/// examples.
#[derive(Debug, Args)]
pub struct Functions {
    /// One function.
    pub name: Option<String>,
    /// Prints a list for programs.
    #[arg(long)]
    pub json: bool,
}

impl Command for Functions {
    fn run(&self, console: &mut Console<'_>) -> io::Result<Status> {
        let one = match self.name.as_deref().map(|name| find(name).ok_or(name)) {
            None => None,
            Some(Ok(function)) => Some(function),
            Some(Err(name)) => {
                let meant = match suggest(name) {
                    Some(meant) => format!("Did you mean `{meant}`?"),
                    None => "`journey functions` lists them all.".to_owned(),
                };
                if self.json {
                    writeln!(console.out, "[]")?;
                }
                return unreadable(console, &format!("There is no function `{name}`. {meant}"));
            }
        };
        match (one, self.json) {
            (one, true) => {
                let list: Vec<Value> = one.map_or_else(|| all().map(as_json).collect(), |one| vec![as_json(one)]);
                writeln!(console.out, "{:#}", Value::from(list))?;
            }
            (Some(function), false) => show(console, function)?,
            (None, false) => families().iter().try_for_each(|family| list(console, family))?,
        }
        Ok(Status::Passed)
    }
}

/// A family, one line a function.
fn list(console: &mut Console<'_>, family: &Family) -> io::Result<()> {
    writeln!(console.out, "{}: {}\n", console.paint.bold(family.title), family.summary)?;
    for function in family.functions {
        writeln!(console.out, "  {}", function.signature())?;
        writeln!(console.out, "      {}", console.paint.dim(function.documentation.summary))?;
    }
    writeln!(console.out)
}

/// All about one function.
fn show(console: &mut Console<'_>, function: &Function) -> io::Result<()> {
    let about = &function.documentation;
    writeln!(console.out, "{}\n\n{}\n", console.paint.bold(function.signature()), about.summary)?;
    let width = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(left, _)| left.trim_end_matches('?').chars().count()).max().unwrap_or(0)
    };
    let wide = width(about.arguments);
    for (name, meaning) in about.arguments {
        let note = if name.ends_with('?') { " (may be left out)" } else { "" };
        writeln!(console.out, "  {:<wide$}  {meaning}{note}", name.trim_end_matches('?'))?;
    }
    let gap = if about.arguments.is_empty() { "" } else { "\n" };
    writeln!(console.out, "{gap}Result: {}.\nErrors: {}.\n", about.result, about.errors)?;
    let wide = width(about.examples);
    for (expression, value) in about.examples {
        let value = console.paint.green(value);
        writeln!(console.out, "  {expression:<wide$}  {value}")?;
    }
    Ok(())
}

fn as_json(function: &Function) -> Value {
    let about = &function.documentation;
    json!({
        "name": function.name,
        "signature": function.signature(),
        "summary": about.summary,
        "arguments": about.arguments.iter().map(|(name, meaning)| json!({"name": name, "meaning": meaning})).collect::<Vec<_>>(),
        "result": about.result,
        "errors": about.errors,
        "examples": about.examples.iter().map(|(expression, value)| json!({"expression": expression, "value": value})).collect::<Vec<_>>(),
    })
}
