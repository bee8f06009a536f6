//! Parsing and evaluating: what a journey does for every message.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "tests may")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use expression::{DEFAULT_BUDGET, Dialect, Environment, Value, parse_expression, parse_template};
use indexmap::IndexMap;
use jiff::{Timestamp, tz::TimeZone};

const GUARD: &str = "not isnumber(age) or age > 120 and contact.opted_in == true";
const LAMBDA: &str = "filter(items, &(&1.title == \"item 7\"))[0].id";
const TEXT: &str =
    "Hello @contact.name, you have @count(items) tasks and @(100 - age) years to go. Write to info@support.com";

fn scope() -> IndexMap<String, Value> {
    let item = |id: i64| Value::map([("id", Value::Int(id)), ("title", Value::from(format!("item {id}")))]);
    let contact = [("name", Value::from("Ana")), ("opted_in", Value::Bool(true))];
    IndexMap::from([
        ("age".to_owned(), Value::Int(30)),
        ("items".to_owned(), Value::list((0..20).map(item).collect())),
        ("contact".to_owned(), Value::map(contact)),
    ])
}

fn environment() -> Environment {
    Environment::new(Timestamp::UNIX_EPOCH, TimeZone::UTC).with_budget(DEFAULT_BUDGET)
}

fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse");
    group.bench_function("guard", |bencher| bencher.iter(|| parse_expression(black_box(GUARD), Dialect::Code)));
    group.bench_function("lambda", |bencher| bencher.iter(|| parse_expression(black_box(LAMBDA), Dialect::Code)));
    group.bench_function("template", |bencher| bencher.iter(|| parse_template(black_box(TEXT))));
    group.finish();
}

fn evaluate(criterion: &mut Criterion) {
    let scope = scope();
    let mut group = criterion.benchmark_group("evaluate");
    for (name, source) in [("guard", GUARD), ("lambda over 20 items", LAMBDA)] {
        let expression = parse_expression(source, Dialect::Code).expect("parses");
        group.bench_function(name, |bencher| bencher.iter(|| expression.evaluate(&scope, &environment())));
    }
    let template = parse_template(TEXT);
    group.bench_function("template", |bencher| bencher.iter(|| template.render(&scope, &environment())));
    group.finish();
}

criterion_group!(benches, parse, evaluate);
criterion_main!(benches);
