//! Any text is a template: what does not parse stays text and is listed where it stands.
#![cfg_attr(fuzzing, no_main)]

use expression::{Environment, Value, parse_template};
use indexmap::IndexMap;
use jiff::{Timestamp, tz::TimeZone};

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));

/// Reads `data` as a text with references, and writes it.
pub(crate) fn run(data: &[u8]) {
    let source = String::from_utf8_lossy(data);
    let template = parse_template(&source);
    assert_eq!(template.source(), source);
    for problem in template.problems() {
        assert!(source.get(problem.span.start..problem.span.end).is_some(), "{problem}");
    }
    let _ = template.references();
    let contact = Value::map([("name", Value::from("Ana")), ("age", Value::Int(30)), ("first-name", Value::Null)]);
    let list = Value::list(vec![contact.clone(), Value::from("@contact.name")]);
    let scope = IndexMap::from([("contact".to_owned(), contact), ("list".to_owned(), list)]);
    let environment = Environment::new(Timestamp::UNIX_EPOCH, TimeZone::UTC).with_budget(50_000);
    let environment = environment.with_max_output(4 * 1024);
    let written = template.render(&scope, &environment);
    if template.is_plain() && source.len() < 4 * 1024 && !source.contains("@@") {
        assert_eq!(written.as_deref(), Ok(&*source));
    }
    let _ = template.evaluate(&scope, &environment);
}
