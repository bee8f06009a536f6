//! The simulated host answers as the service does.

use crate::{passes, run};

const MENU: &str = "trigger(on: \"MESSAGE RECEIVED\") when has_only_phrase(event.message.text.body, \"menu\")\n\
    card Menu do\n  x = ask(\"Menu?\")\n  text(\"You said @x\")\nend";

const HELP: &str = "trigger(on: \"MESSAGE RECEIVED\", global: true) when has_only_phrase(event.message.text.body, \"help\")\n\
    trigger(on: \"CATCH ALL\")\n\
    card Help do\n  text(\"Help is here\")\nend";

#[test]
fn a_live_journey_answers_before_triggers_but_not_before_one_that_interrupts() {
    passes(
        &[("menu.md", MENU), ("help.md", HELP)],
        "journey: menu.md\nchildren: {help: help.md}\nsteps:\n\
         \x20 - user: anything\n  - bot: {text: Help is here}\n\
         \x20 - user: menu\n  - bot: {text: \"Menu?\"}\n\
         \x20 - user: menu\n  - bot: {text: You said menu}\n  - finished\n\
         \x20 - user: menu\n  - bot: {text: \"Menu?\"}\n\
         \x20 - user: help\n  - bot: {text: Help is here}\n  - finished\n",
    );
}

#[test]
fn of_two_equal_triggers_the_rehearsed_journey_answers() {
    for (first, second) in [("a", "z"), ("z", "a")] {
        let code = |text: &str| format!("trigger(on: \"CATCH ALL\")\ncard A do\n  text(\"{text}\")\nend");
        let (mine, theirs) = (code("mine"), code("theirs"));
        let script = format!(
            "journey: {first}.md\nchildren: {{{second}: {second}.md}}\nsteps:\n  - user: x\n  - bot: {{text: mine}}\n"
        );
        passes(&[(&format!("{first}.md"), &mine), (&format!("{second}.md"), &theirs)], &script);
    }
}

#[test]
fn a_child_comes_back_and_a_stub_at_once() {
    let parent = "card A do\n  run_stack(\"7f3a\")\n  run_stack(\"child\")\n  text(\"back\")\nend";
    let child = "card C do\n  name = ask(\"Child?\")\n  text(\"@name, child\")\nend";
    let script = "journey: parent.md\nchildren: {7f3a: return, child: child.md}\nsteps:\n\
        \x20 - start\n  - bot: {text: \"Child?\"}\n  - waiting\n  - user: Eva\n  - bot: {text: \"Eva, child\"}\n\
        \x20 - bot: {text: back}\n  - finished\n";
    passes(&[("parent.md", parent), ("child.md", child)], script);
    // Without the child the journey goes on, as it does in the service, and the failure says why.
    let outcome = run(&[("parent.md", parent)], "journey: parent.md\nsteps:\n  - start\n  - bot: {text: \"Child?\"}\n");
    let failure = outcome.failure.unwrap();
    assert!(failure.remarks[0].contains("There is no published journey `7f3a`"), "{failure:?}");
}

#[test]
fn what_is_due_fires_in_order() {
    let code = "interaction_timeout(7200)\ncard A do\n  schedule_stack(\"late\", in: 7200)\n  schedule_stack(\"soon\", in: 60)\n\
        \x20 schedule_stack(\"soon\", in: 3600)\n  ask(\"Still there?\")\nend";
    let say = |text: &str| format!("card S do\n  text(\"{text} at @(hour(now())):@(minute(now()))\")\nend");
    let (soon, late) = (say("soon"), say("late"));
    passes(
        &[("a.md", code), ("soon.md", &soon), ("late.md", &late)],
        "journey: a.md\nclock: 2026-03-01T10:00:00Z\nchildren: {soon: soon.md, late: {name: late}}\nsteps:\n\
         \x20 - start\n  - bot: {}\n  - scheduled: [{journey: late}, {journey: soon, in: 1m}, {journey: soon, in: 1h}]\n\
         \x20 - advance: 3h\n\
         \x20 - bot: {text: \"soon at 10:1\"}\n  - bot: {text: \"soon at 11:0\"}\n  - bot: {text: \"late at 12:0\"}\n\
         \x20 - scheduled: []\n  - finished\n",
    );
}

#[test]
fn a_journey_that_schedules_itself_for_ever_comes_to_an_end() {
    let code = "card A do\n  schedule_stack(\"a\", in: 0)\nend";
    passes(&[("a.md", code)], "journey: a.md\nsteps:\n  - start\n  - advance: 1h\n  - scheduled: [{journey: a}]\n");
}

#[test]
fn an_unknown_journey_that_is_due_fails_the_script() {
    let code = "card A do\n  schedule_stack(\"5c6b\", in: 60)\nend";
    let script = "journey: a.md\nsteps:\n  - start\n  - scheduled: [{journey: 5c6b, in: 1m}]\n  - advance: 1h\n";
    let failure = run(&[("a.md", code)], script).failure.unwrap();
    assert_eq!(failure.line, 5);
    assert!(failure.hint.unwrap().contains("children: {5c6b: …}"));
}

#[test]
fn labels_of_the_latest_messages_can_be_written_and_those_of_earlier_ones_tapped() {
    let code = "card A, then: A do\n  buttons(B: \"Sí\") do\n    text(\"¿Seguimos?\")\n  end\nend\n\
        card B, then: A do\n  what = ask(\"¿Qué es?\")\n  text(\"@event.message.type @what\")\nend";
    passes(
        &[("a.md", code)],
        "journey: a.md\nsteps:\n  - start\n  - bot: {}\n\
         \x20 - user: SÍ\n  - bot: {text: \"¿Qué es?\"}\n\
         # A text that is the label of an earlier message is only a text.\n\
         \x20 - user: Sí\n  - bot: {text: text Sí}\n  - bot: {}\n\
         \x20 - tap: sí\n  - bot: {text: \"¿Qué es?\"}\n\
         # What is still on the screen further up can be tapped.\n\
         \x20 - tap: Sí\n  - bot: {text: interactive Sí}\n  - bot: {}\n",
    );
}

#[test]
fn globals_and_the_line_are_there_and_the_seed_decides() {
    let code = "card A do\n  text(\"@global.config.clinic @global.line.working_hours @rand_between(1, 1000000)\")\nend";
    let script = |seed: u8| {
        format!(
            "journey: a.md\nseed: {seed}\nglobals: {{config: {{clinic: San Juan}}}}\nline: {{working_hours: \"9-17\"}}\n\
             steps:\n  - start\n  - bot: {{text: {{starts: \"San Juan 9-17 \"}}}}\n"
        )
    };
    let said = |seed: u8| {
        let outcome = run(&[("a.md", code)], &script(seed));
        assert_eq!(outcome.failure, None);
        outcome.conversation[1].actual.clone()
    };
    assert_eq!(said(7), said(7));
    assert_ne!(said(7), said(8));
}
