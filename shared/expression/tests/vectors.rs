//! The cases in `vectors/`: an expression, the data it sees, and its value or error. One file a topic.
//!
//! A case is `{expr, form, context?, mode?, clock?, zone?, language?}` and either `expect: {type, value}` or `error`, the message.
//! `form` is "block" (what stands inside `@(…)`), "template" (a whole text) or "code". A file's `context` holds for the
//! cases that have none of their own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "tests may")]

use std::collections::HashSet;
use std::path::Path;

use expression::functions::all;
use expression::lexer::{TokenKind, tokenize};
use expression::{Dialect, Environment, Locale, Mode, Value, parse_expression, parse_template};
use indexmap::IndexMap;
use jiff::{Timestamp, tz::TimeZone};
use serde::Deserialize;
use serde_json::Value as Json;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    about: String,
    #[serde(default)]
    context: IndexMap<String, Json>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    expr: String,
    form: Form,
    context: Option<IndexMap<String, Json>>,
    #[serde(default)]
    mode: Version,
    #[serde(default = "sunday")]
    clock: Timestamp,
    #[serde(default = "utc")]
    zone: String,
    #[serde(default)]
    language: String,
    expect: Option<Expected>,
    error: Option<String>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Form {
    Block,
    Template,
    Code,
}

#[derive(Deserialize, Clone, Copy, Default)]
#[serde(rename_all = "lowercase")]
enum Version {
    #[default]
    V2,
    V3,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    r#type: String,
    #[serde(default)]
    value: Json,
}

fn sunday() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

fn utc() -> String {
    "UTC".to_owned()
}

fn files() -> Vec<(String, File)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut paths: Vec<_> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: &Path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let file = serde_json::from_str(&std::fs::read_to_string(path).unwrap());
        (name.clone(), file.unwrap_or_else(|error| panic!("{name}: {error}")))
    };
    paths.iter().map(|path| read(path)).collect()
}

impl Case {
    fn evaluate(&self, file: &File) -> Result<Value, String> {
        let mode = match self.mode {
            Version::V2 => Mode::V2,
            Version::V3 => Mode::V3,
        };
        let context = self.context.as_ref().unwrap_or(&file.context);
        let context = context.iter().map(|(key, json)| (key.clone(), Value::from(json.clone())));
        let Value::Map(scope) = mode.read(Value::map(context)) else { unreachable!() };
        let environment = Environment::new(self.clock, TimeZone::get(&self.zone).unwrap());
        let environment = environment.with_locale(Locale::of(&self.language));
        let dialect = match self.form {
            Form::Template => {
                let template = parse_template(&self.expr);
                return template.evaluate(&*scope, &environment).map_err(|error| error.to_string());
            }
            Form::Block => Dialect::Template,
            Form::Code => Dialect::Code,
        };
        let expression = parse_expression(&self.expr, dialect).map_err(|error| error.to_string())?;
        expression.evaluate(&*scope, &environment).map_err(|error| error.to_string())
    }

    /// What is wrong, if anything is.
    fn problem(&self, file: &File) -> Option<String> {
        match (&self.expect, &self.error, self.evaluate(file)) {
            (Some(expected), None, Ok(value)) => {
                let found = described(&value, &expected.r#type);
                let wanted = (expected.r#type.as_str(), expected.value.clone());
                (found != wanted).then(|| format!("gave {found:?} instead of {wanted:?}"))
            }
            (None, Some(wanted), Err(error)) => {
                (*wanted != error).then(|| format!("stopped with {error:?} instead of {wanted:?}"))
            }
            (Some(_), None, Err(error)) => Some(format!("stopped with {error:?}")),
            (None, Some(_), Ok(value)) => Some(format!("gave {value:?} instead of an error")),
            _ => Some("a case has either `expect` or `error`".to_owned()),
        }
    }
}

/// The type and plain value. A map that acts as a value counts as that, unless a map is `wanted`.
fn described(value: &Value, wanted: &str) -> (&'static str, Json) {
    if value.is_error() {
        return ("error value", Json::Null);
    }
    let value = if wanted == "map" { value } else { value.acting() };
    let name = match value {
        Value::Null => "nil",
        Value::Bool(_) => "boolean",
        Value::Int(_) | Value::Float(_) => "number",
        Value::Text(_) => "text",
        Value::Date(_) => "date",
        Value::Time(_) => "time",
        Value::DateTime(_) => "datetime",
        Value::Range(_) => "range",
        Value::List(_) => "list",
        Value::Map(_) => "map",
        Value::Lambda(_) => "lambda",
    };
    (name, value.to_json())
}

#[test]
fn every_case_holds() {
    let (mut count, mut failures) = (0, Vec::new());
    for (name, file) in files() {
        assert!(!file.about.is_empty(), "{name} does not say what it is about");
        for (index, case) in file.cases.iter().enumerate() {
            count += 1;
            if let Some(problem) = case.problem(&file) {
                failures.push(format!("{name}, case {index}: `{}` {problem}", case.expr));
            }
        }
    }
    assert!(failures.is_empty(), "{} of {count} cases:\n{}", failures.len(), failures.join("\n"));
    assert!(count > 900, "only {count} cases");
}

#[test]
fn what_has_a_value_passes_the_check() {
    for (name, file) in files() {
        for case in file.cases.iter().filter(|case| case.expect.is_some()) {
            let problems = match case.form {
                Form::Template => continue, // what does not parse stays text there
                Form::Block => parse_expression(&case.expr, Dialect::Template),
                Form::Code => parse_expression(&case.expr, Dialect::Code),
            };
            let problems = problems.unwrap().check();
            // `is_error` is there to be asked about what would stop an evaluation.
            assert!(problems.is_empty() || case.expr.contains("is_error("), "{name}: `{}`: {problems:?}", case.expr);
        }
    }
}

#[test]
fn every_function_has_cases() {
    let mut called = HashSet::new();
    for (_, file) in files() {
        for case in &file.cases {
            let (tokens, _) = tokenize(&case.expr);
            called.extend(tokens.windows(2).filter_map(|pair| match (&pair[0].kind, &pair[1].kind) {
                (TokenKind::Name(name), TokenKind::LeftParenthesis) => Some(name.to_lowercase()),
                _ => None,
            }));
        }
    }
    let missing: Vec<&str> = all().map(|function| function.name).filter(|name| !called.contains(*name)).collect();
    assert!(missing.is_empty(), "no case calls {missing:?}");
}
