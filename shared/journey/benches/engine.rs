//! Budgets: 60,000 sprints a second with the session decoded and encoded each time; 5 ms to parse and compile 100 KB,
//! and 20 ms to check them.

#![allow(
    clippy::expect_used,
    missing_docs,
    reason = "a benchmark that cannot go on has failed; criterion's macro has no docs"
)]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use expression::Value;
use jiff::Timestamp;
use journey::{Env, Input, Reply, Session, advance, check, compile, parse, start};
use serde_json::json;

mod material;

use material::{FIVE_CARDS, One, REPLIES, large_notebook};

fn sprints(c: &mut Criterion) {
    let parsed = parse(FIVE_CARDS);
    assert_eq!(parsed.problems, []);
    let library = One(Arc::new(compile(&parsed.journey).expect("it compiles")));
    let contact = Value::from(json!({"name": "Ana", "language": "es", "opted_in": true, "city": "Quito"}));
    let globals = Value::from(json!({}));
    let event = Value::from(json!({"message": {"id": "wamid.1", "type": "text", "text": {"body": "Sí"}}}));
    let env = Env {
        seed: 7,
        contact: &contact,
        globals: &globals,
        event: &event,
        ..Env::at("2026-03-01T10:00:00Z".parse::<Timestamp>().expect("a moment"))
    };
    let first = start(&library, "main", &env).expect("it starts").session.expect("it waits");
    let stored = serde_json::to_vec(&first).expect("it is stored");
    let mut group = c.benchmark_group("sprints");
    group.throughput(Throughput::Elements(REPLIES.len() as u64));
    group.bench_function("four replies, session decoded and encoded each time", |bencher| {
        bencher.iter(|| {
            let mut stored = stored.clone();
            for reply in REPLIES {
                let session: Session = serde_json::from_slice(&stored).expect("a session");
                let sprint = advance(&library, session, Input::Reply(Reply::text(reply)), &env).expect("it goes on");
                black_box(&sprint.effects);
                stored = serde_json::to_vec(&sprint.session.expect("it waits")).expect("it is stored");
            }
            stored
        });
    });
    group.finish();
}

fn notebooks(c: &mut Criterion) {
    let source = large_notebook();
    let mut group = c.benchmark_group("notebook");
    group.throughput(Throughput::Bytes(source.len() as u64));
    group.bench_function("parse and compile 100 KB", |bencher| {
        bencher.iter(|| {
            let parsed = parse(black_box(&source));
            assert_eq!(parsed.problems.len(), 0);
            compile(&parsed.journey).map_err(|problems| problems.len())
        });
    });
    group.bench_function("parse 100 KB", |bencher| bencher.iter(|| parse(black_box(&source))));
    let journey = parse(&source).journey;
    assert!(compile(&journey).is_ok());
    group.bench_function("check 100 KB", |bencher| bencher.iter(|| check(black_box(&journey))));
    group.finish();
}

criterion_group!(benches, sprints, notebooks);
criterion_main!(benches);
