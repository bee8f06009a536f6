//! Budgets: 60,000 sprints a second with the session decoded and encoded each time; 5 ms to parse and compile 100 KB.

#![allow(
    clippy::expect_used,
    missing_docs,
    reason = "a benchmark that cannot go on has failed; criterion's macro has no docs"
)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use expression::Value;
use jiff::{Timestamp, tz::TimeZone};
use journey::{Budgets, Env, Input, JourneyId, Library, Program, Reply, Session, advance, compile, parse, start};
use serde_json::json;

const FIVE_CARDS: &str = r#"```stack
card Start, then: Again do
  score = 0
  buttons(Ask: "Sí", Stop: "No") do
    text("Hola @contact.name, ¿empezamos?")
  end
end

card Again, then: Again do
  buttons(Ask: "Sí", Stop: "No") do
    text("Elige un botón, @contact.name")
  end
end

card Ask, then: Check do
  age = ask("¿Cuántos años tienes?")
end

card Check when not isnumber(age) or age > 120 or age < 10, then: Ask do
  score = score + 1
  text("Eso no parece una edad: @age (van @score intentos)")
end

card Check, then: Again do
  update_contact(age: "@age")
  write_result("age", age, label: "Edad")
  text("Gracias, @(upper(left(contact.name, 1)))@(lower(right(contact.name, len(contact.name) - 1))): @if(age < 18, 'joven', 'persona adulta')")
end

card Stop do
  text("Adiós")
end
```
"#;

struct One(Arc<Program>);

impl Library for One {
    fn published(&self, _: &str) -> Option<(JourneyId, u32, Arc<Program>)> {
        Some((JourneyId::from("6b2f8d0e-4f0a-4b52-9a53-0d3f6f6f8f11"), 3, Arc::clone(&self.0)))
    }

    fn revision(&self, _: &str, _: u32) -> Option<Arc<Program>> {
        Some(Arc::clone(&self.0))
    }
}

fn sprints(c: &mut Criterion) {
    let parsed = parse(FIVE_CARDS);
    assert_eq!(parsed.problems, []);
    let library = One(Arc::new(compile(&parsed.journey).expect("it compiles")));
    let contact = Value::from(json!({"name": "Ana", "language": "es", "opted_in": true, "city": "Quito"}));
    let globals = Value::from(json!({}));
    let event = Value::from(json!({"message": {"id": "wamid.1", "type": "text", "text": {"body": "Sí"}}}));
    let env = Env {
        now: "2026-03-01T10:00:00Z".parse::<Timestamp>().expect("a moment"),
        time_zone: TimeZone::UTC,
        seed: 7,
        contact: &contact,
        globals: &globals,
        event: &event,
        budgets: Budgets::default(),
    };
    // A round of the journey: a wrong word, a button, a wrong age, a right one.
    let replies = ["quizás", "Sí", "mucho", "34"];
    let first = start(&library, "main", &env).expect("it starts").session.expect("it waits");
    let stored = serde_json::to_vec(&first).expect("it is stored");
    let mut group = c.benchmark_group("sprints");
    group.throughput(Throughput::Elements(replies.len() as u64));
    group.bench_function("four replies, session decoded and encoded each time", |bencher| {
        bencher.iter(|| {
            let mut stored = stored.clone();
            for reply in replies {
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

/// A notebook of about 100 KB in the manner of a real one.
fn large_notebook() -> String {
    let mut notebook = String::new();
    let mut index = 0;
    while notebook.len() < 100_000 {
        let next = index + 1;
        let _ = write!(
            notebook,
            r#"# Part {index}

A note of the author about this part, as real notebooks have them.

<!-- {{ section: "section-{index}", x: {index}, y: 48}} -->

```stack
card Question{index} when contact.stage == {index} and not is_nil_or_empty(contact.name), then: Wrong{index} do
  # Remember where we are
  update_contact(stage: {index})
  items = map(filter(config.rows, &(&1.part == {index})), &[&1.title, &1.title])

  buttons(Right{index}: "Sí", Wrong{index}: "No", Other{index}: "@contact.language") do
    text("""
    Hola @contact.name, esta es la pregunta {index}.

    ¿Es correcto que @(1 + {index}) sea más que {index}?
    """)
  end
end

card Question{index}, then: Right{index} do
  log("Nothing to ask in part {index}")
end

card Right{index}, then: Wrong{index} do
  write_result("answer_{index}", "right", label: "Answer")
  age = ask("¿Cuántos años tienes?")
end

card Wrong{index} when not isnumber(age) or age > 120, then: Other{index} do
  text("Eso no parece una edad: @age")
end

card Wrong{index}, then: Other{index} do
  text("De acuerdo, @contact.name")
  then(Other{index} when has_only_phrase(event.message.text.body, "no"))
end

card Other{index} do
  schedule_stack("part-{next}", in: 23 * 60 * 60)
end
```

"#
        );
        index = next;
    }
    notebook
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
    assert!(compile(&parse(&source).journey).is_ok());
    group.finish();
}

criterion_group!(benches, sprints, notebooks);
criterion_main!(benches);
