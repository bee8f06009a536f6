//! What scripts reach of journeys, and what they never do.

use rehearsal::{Coverage, Missed};

use crate::run;

const PARENT: &str = "card A when contact.gone == true do\nend\n\
    card A, then: End do\n  buttons(B: \"Yes\", C: \"No\") do\n    text(\"?\")\n  end\nend\n\
    card B do\n  run_stack(\"child\")\n  then(End)\n  then(C)\nend\n\
    card C do\n  then(B when contact.again == true)\nend\n\
    card End do\nend";

const CHILD: &str = "card X, then: Y do\nend\ncard Y do\n  ask(\"Name?\")\nend";

fn missed(line: u32, card: &str, when: Option<&str>, exit: Option<&str>) -> Missed {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    Missed { line: Some(line), card: card.to_owned(), when: owned(when), exit: owned(exit) }
}

#[test]
fn cards_and_exits_that_were_never_reached() {
    let notebooks = [("a.md", PARENT), ("child.md", CHILD)];
    let mut coverage = Coverage::default();
    let mut play = |steps: &str| {
        let outcome = run(&notebooks, &format!("journey: a.md\nchildren: {{child: child.md}}\nsteps:\n{steps}"));
        assert_eq!(outcome.failure, None);
        coverage.add(&outcome, |file| format!("folder/{file}"));
        coverage.journeys()
    };
    let journeys = play("  - start\n  - bot: {}\n");
    assert_eq!(
        journeys.iter().map(|covered| covered.file.as_str()).collect::<Vec<_>>(),
        ["folder/a.md", "folder/child.md"]
    );
    assert_eq!((journeys[0].cards_reached, journeys[0].cards), (1, 5));
    assert_eq!(journeys[1].missed, [missed(2, "X", None, None), missed(4, "Y", None, None)]);

    // A second script adds to what the first one reached: through B and the child, to the end.
    let journeys = play("  - start\n  - bot: {}\n  - tap: Yes\n  - bot: {}\n  - user: Eva\n  - finished\n");
    assert_eq!(journeys[1].missed, []);
    assert_eq!(
        journeys[0].missed,
        [
            missed(2, "A", Some("contact.gone == true"), None),
            missed(4, "A", None, Some("C")),
            missed(4, "A", None, Some("End")),
            missed(14, "C", None, None),
        ]
    );
    assert_eq!((journeys[0].exits_reached, journeys[0].exits), (3, 8));

    let journeys = play(
        "  - start\n  - bot: {}\n  - tap: No\n  - start\n  - bot: {}\n  - user: what?\n  - set: {gone: true}\n  - start\n",
    );
    assert_eq!(journeys[0].missed, [missed(14, "C", None, Some("B"))]);
}

#[test]
fn a_journey_that_is_interrupted_has_not_taken_an_exit() {
    let code = "trigger(on: \"MESSAGE RECEIVED\", global: true)\ncard A do\n  x = ask(\"?\")\nend";
    let script = "journey: a.md\nsteps:\n  - start\n  - bot: {}\n  - user: hola\n  - bot: {}\n";
    let mut coverage = Coverage::default();
    coverage.add(&run(&[("a.md", code)], script), str::to_owned);
    assert_eq!(coverage.journeys()[0].missed, [missed(3, "A", None, Some("end"))]);
}

#[test]
fn cards_that_are_passed_over_are_not_reached() {
    let code = "card A, then: B do\nend\ncard B when contact.x == 1, then: C do\nend\ncard C do\n  text(\"C\")\nend";
    let outcome = run(&[("a.md", code)], "journey: a.md\nsteps:\n  - start\n  - bot: {text: C}\n  - finished\n");
    let mut coverage = Coverage::default();
    coverage.add(&outcome, str::to_owned);
    assert_eq!(coverage.journeys()[0].missed, [missed(4, "B", Some("contact.x == 1"), None)]);
}
