//! What a journey records can be told beforehand.

use journey::{Recording, parse, results};

const SURVEY: &str = r#"
card Start, then: Age do
  reason = buttons(Pain: "I am in pain", CheckUp: "A check-up") do
    text("Why do you come, @contact.name?")
  end
end

card Age, then: Where do
  age = ask("How old are you?")
  write_result("age", age, label: "Age")
  write_result("reason", "@reason")
end

card Where, then: Day do
  place = request_location("Where are you?")
  write_result("place", place, label: "Place")
end

card Day do
  day = list("Days", ["Monday", "Friday"]) do
    text("Which day?")
  end

  write_result("day", Day, label: "Day")
  write_result("visits", 1)
  write_result("@reason", 1)
  write_result("visits", 2, label: "Visits")
  write_result("age", "unknown")
  write_result("when", now())
  arm = experiment("greeting", Pain: 1, CheckUp: 2)
end

card Pain do
  day = "today"
  later = buttons(map(["a"], &[&1, &1])) do
    text("Later?")
  end

  write_result("later", later)
  write_result("any_day", day)
end

card CheckUp do
end
"#;

#[test]
fn every_key_is_told_once_with_its_label_and_kind() {
    let parsed = parse(&format!("```stack\n{SURVEY}```\n"));
    assert_eq!(parsed.problems, []);
    let found = results([&parsed.journey]);
    let told: Vec<_> = found.iter().map(|one| (one.key.as_str(), one.label.as_str(), one.kind.clone())).collect();
    let choice = |values: &[&str]| Recording::Choice(values.iter().map(|value| (*value).to_owned()).collect());
    assert_eq!(
        told,
        [
            ("age", "Age", Recording::Open),
            ("reason", "Why do you come, @contact.name?", choice(&["pain", "check_up"])),
            ("place", "Place", Recording::Place),
            ("day", "Day", Recording::Open),
            ("visits", "Visits", Recording::Number),
            ("when", "when", Recording::Open),
            ("greeting", "greeting", choice(&["Pain", "CheckUp"])),
            ("later", "Later?", Recording::Text),
            ("any_day", "Which day?", Recording::Open),
        ]
    );
}

#[test]
fn a_journey_that_records_nothing_has_no_results() {
    assert_eq!(results([]), []);
    assert_eq!(results([&parse("").journey]), []);
    assert_eq!(results([&parse("```stack\ncard A do\n  text(\"x\")\nend\n```").journey]), []);
}

#[test]
fn what_an_older_revision_recorded_is_there_too() {
    let revision = |statements: &str| parse(&format!("```stack\ncard A do\n{statements}\nend\n```")).journey;
    let new = revision("x = buttons([\"a\", \"b\"]) do\n  text(\"?\")\nend\nwrite_result(\"x\", x, label: \"New\")");
    let old = revision(
        "x = buttons([\"b\", \"c\"]) do\n  text(\"?\")\nend\nwrite_result(\"x\", x, label: \"Old\")\n\
         write_result(\"gone\", 1)",
    );
    let found = results([&new, &old]);
    let told: Vec<_> = found.iter().map(|one| (one.key.as_str(), one.label.as_str())).collect();
    assert_eq!(told, [("x", "New"), ("gone", "gone")]);
    assert_eq!(found[0].kind, Recording::Choice(["a", "b", "c"].map(str::to_owned).to_vec()));
}
