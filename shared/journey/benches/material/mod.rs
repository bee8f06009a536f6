//! What the benchmarks of the engine work on. `cargo chasqui bench` measures its budgets on the same.

use std::fmt::Write as _;
use std::sync::Arc;

use journey::{JourneyId, Library, Program};

/// Five cards that ask, check, remember and answer, with expressions.
pub(crate) const FIVE_CARDS: &str = r#"```stack
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

/// A round of the five cards: a wrong word, a button, a wrong age, a right one. It ends where it began.
pub(crate) const REPLIES: [&str; 4] = ["quizás", "Sí", "mucho", "34"];

/// A library of one journey.
pub(crate) struct One(pub(crate) Arc<Program>);

impl Library for One {
    fn published(&self, _: &str) -> Option<(JourneyId, u32, Arc<Program>)> {
        Some((JourneyId::from("6b2f8d0e-4f0a-4b52-9a53-0d3f6f6f8f11"), 3, Arc::clone(&self.0)))
    }

    fn revision(&self, _: &str, _: u32) -> Option<Arc<Program>> {
        Some(Arc::clone(&self.0))
    }
}

/// A notebook of about 100 KB in the manner of a real one.
pub(crate) fn large_notebook() -> String {
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
