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
fn a_tap_on_an_earlier_message_goes_where_a_trigger_leads_that_may_interrupt_and_else_brings_the_question_again() {
    let menu = "card Menu do\n  buttons(Name: \"Empezar\", Name: \"Ayuda\") do\n    text(\"¿Qué quieres?\")\n  end\nend\n\
        card Name do\n  who = ask(\"¿Cómo te llamas?\")\n  text(\"Hola, @who\")\nend";
    let help = "trigger(on: \"MESSAGE RECEIVED\", global: true) when has_only_phrase(event.message.button.text, \"ayuda\")\n\
        card Help do\n  text(\"Te ayudamos\")\nend";
    let begin = "  - start\n  - bot: {}\n  - user: empezar!\n  - bot: {text: \"¿Cómo te llamas?\"}\n";
    passes(
        &[("menu.md", menu)],
        &format!(
            "journey: menu.md\nsteps:\n{begin}  - tap: Ayuda\n  - bot: {{text: \"¿Cómo te llamas?\"}}\n\
             \x20 - user: Ayuda\n  - bot: {{text: \"Hola, Ayuda\"}}\n  - finished\n"
        ),
    );
    passes(
        &[("menu.md", menu), ("help.md", help)],
        &format!(
            "journey: menu.md\nchildren: {{help: help.md}}\nsteps:\n{begin}  - tap: Ayuda\n\
             \x20 - bot: {{text: Te ayudamos}}\n  - finished\n"
        ),
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
fn a_journey_that_schedules_itself_for_ever_fails_the_script() {
    let code = "card A do\n  schedule_stack(\"a\", in: 0)\nend";
    let script = "journey: a.md\nsteps:\n  - start\n  - advance: 1h\n  - scheduled: [{journey: a}]\n";
    let failure = run(&[("a.md", code)], script).failure.unwrap();
    assert_eq!(failure.line, 4);
    assert!(failure.message.starts_with("More than 100000 timers and scheduled journeys"), "{failure:?}");
}

#[test]
fn what_is_due_in_three_years_fires() {
    let code = "trigger(every: \"day\", at: \"09:00\", time_zone: \"UTC\")\ncard A do\n  add_label(\"x\")\nend";
    let script = "journey: a.md\nclock: 2026-03-01T10:00:00Z\nsteps:\n  - advance: 1100d\n";
    let outcome = run(&[("a.md", code)], script);
    assert_eq!(outcome.failure, None);
    let rang = outcome.events.iter().filter(|event| matches!(event, rehearsal::Event::Rang { .. })).count();
    assert_eq!(rang, 1100);
}

#[test]
fn what_clocks_skip_rings_once_at_the_first_moment_after_it() {
    // On 6 September 2026 clocks in Santiago go from 23:59 to 01:00; on 4 April 2027 they show 23:30 twice before it.
    let code =
        "trigger(every: \"day\", at: \"AT\", time_zone: \"America/Santiago\")\ncard A do\n  add_label(\"x\")\nend";
    let rings = |at: &str, clock: &str, days: u32| {
        let script = format!("journey: a.md\nclock: {clock}\nsteps:\n  - advance: {days}d\n");
        let outcome = run(&[("a.md", &code.replace("AT", at))], &script);
        assert_eq!(outcome.failure.map(|failure| failure.message), None);
        outcome.events.iter().filter(|event| matches!(event, rehearsal::Event::Rang { .. })).count()
    };
    assert_eq!(rings("00:00", "2026-09-05T12:00:00Z", 1), 1);
    assert_eq!(rings("00:30", "2026-09-05T12:00:00Z", 3), 3);
    assert_eq!(rings("23:30", "2027-04-03T12:00:00Z", 1), 1);
    assert_eq!(rings("23:30", "2027-04-03T12:00:00Z", 2), 2);
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
fn labels_of_the_latest_message_with_choices_can_be_written_and_those_of_earlier_ones_tapped() {
    let code = "card A, then: A do\n  buttons(B: \"Sí\") do\n    text(\"¿Seguimos?\")\n  end\nend\n\
        card B, then: A do\n  what = ask(\"¿Qué es?\")\n  text(\"@event.message.type @what\")\nend";
    passes(
        &[("a.md", code)],
        "journey: a.md\nsteps:\n  - start\n  - bot: {}\n\
         \x20 - user: SÍ\n  - bot: {text: \"¿Qué es?\"}\n\
         # What was chosen is only a text when it is written again.\n\
         \x20 - user: Sí\n  - bot: {text: text Sí}\n  - bot: {}\n\
         \x20 - tap: sí\n  - bot: {text: \"¿Qué es?\"}\n\
         # What is still on the screen further up can be tapped: that answers an earlier question, not this one.\n\
         \x20 - tap: Sí\n  - bot: {text: \"¿Qué es?\"}\n",
    );
    let code = "interaction_timeout(300)\ncard A do\n  buttons(B: \"Sí\") do\n    text(\"¿Seguimos?\")\n  end\nend\n\
        card B, then: C do\n  topic = list(\"Temas\", C, [[\"v\", \"Vacunas\"]]) do\n    text(\"¿Cuál?\")\n  end\nend\n\
        card C do\n  x = ask(\"Otra\")\n  text(\"@event.message.type @x\")\nend\n";
    let answers = |code: &str, act: &str| {
        let lead = "trigger(on: \"CATCH ALL\")\ncard T when event.message.type == \"interactive\" do\n  text(\"tapped\")\nend\n\
            card T do\n  text(\"written\")\nend";
        let script = format!(
            "journey: a.md\nchildren: {{t: t.md}}\nsteps:\n  - start\n  - bot: {{}}\n  - advance: 10m\n  - finished\n  - {act}\n"
        );
        run(&[("a.md", code), ("t.md", lead)], &script).conversation.last().unwrap().actual.clone()
    };
    for act in ["user: Sí", "tap: Sí"] {
        assert_eq!(answers(code, act), ["tapped"], "{act} after the time to reply is over");
    }
    passes(
        &[("a.md", code)],
        "journey: a.md\nsteps:\n  - start\n  - bot: {}\n  - user: \" sí \"\n  - bot: {}\n\
         # Of a message above the latest one with choices a label is only a text; it can be tapped.\n\
         \x20 - user: vacunas\n  - bot: {text: Otra}\n  - user: Sí\n  - bot: {text: text Sí}\n  - finished\n",
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

const TOPICS: &str = "card A, then: Show do\n\
    \x20 r = get(\"https://cms.example/topics\", query: [[\"lang\", contact.language]])\nend\n\
    card Show when r.status == 200 do\n  text(\"@map(r.body.names, &upper(&1))\")\nend\n\
    card Show do\n  text(\"Nothing: @r.error\")\nend";

#[test]
fn web_services_answer_as_it_is_written_down() {
    let script = |http: &str, text: &str| {
        format!(
            "journey: a.md\ncontact: {{language: es}}\nhttp:\n{http}\nsteps:\n  - start\n  - bot: {{text: \"{text}\"}}\n"
        )
    };
    for (http, text) in [
        ("  - {method: get, url: \"https://cms.example/*\", query: {lang: es}, json: {names: [a, b]}}", "AB"),
        ("  - {url: \"*\", query: {lang: en}, json: {names: [x]}}\n  - {url: \"*\", json: {names: [b]}}", "B"),
        ("  - {url: \"https://cms.example/topics?lang=es\", text: '{\"names\": [\"c\"]}'}", "C"),
        ("  - {url: \"*\", fail: timeout}", "Nothing: timeout"),
    ] {
        passes(&[("a.md", TOPICS)], &script(http, text));
    }
}

#[test]
fn a_call_nothing_answers_fails_the_script_and_names_it() {
    for http in [
        "[]",
        "[{method: post, url: \"*\"}]",
        "[{url: \"https://other.example/*\"}]",
        "[{url: \"*\", query: {lang: en}}]",
    ] {
        let script =
            format!("journey: a.md\ncontact: {{language: es}}\nhttp: {http}\nsteps:\n  - start\n  - bot: {{}}\n");
        let failure = run(&[("a.md", TOPICS)], &script).failure.unwrap();
        assert!(failure.message.contains("GET https://cms.example/topics?lang=es"), "{failure:?}");
        let hint = failure.hint.unwrap();
        assert!(hint.contains("{method: get, url: \"https://cms.example/topics\", status: 200"), "{hint}");
        assert_eq!((failure.line, failure.place.unwrap().line), (5, Some(3)));
    }
}

#[test]
fn a_journey_that_asks_for_ever_comes_to_an_end() {
    let code = "card A, then: A do\n  r = get(\"https://cms.example/x\")\nend";
    let script = "journey: a.md\nhttp: [{url: \"*\"}]\nsteps:\n  - start\n  - finished\n";
    passes(&[("a.md", code)], script);
    let outcome = run(&[("a.md", code)], &script.replace("finished", "waiting"));
    let calls = outcome.events.iter().filter(|event| matches!(event, rehearsal::Event::Called { .. })).count();
    assert_eq!(calls, domain::room::CALLS);
    assert_eq!(outcome.failure.unwrap().remarks, [domain::room::too_many_calls()]);
}

#[test]
fn a_pause_ends_when_time_passes() {
    let code = "card A do\n  text(\"One\")\n  wait(5)\n  text(\"Two\")\nend";
    passes(
        &[("a.md", code)],
        "journey: a.md\nsteps:\n  - start\n  - bot: {text: One}\n  - user: hurry\n  - silence\n  - advance: 4s\n\
         \x20 - silence\n  - waiting\n  - advance: 1s\n  - bot: {text: Two}\n  - finished\n",
    );
}

#[test]
fn a_form_comes_back_to_the_question_it_was_sent_with() {
    let code = "card A, then: A do\n  form = whatsapp_flow(\"123\", \"Open\", screen: \"ONE\") do\n    text(\"A form\")\n  end\n\
        \x20 text(\"Age @form.age\")\nend";
    passes(
        &[("a.md", code)],
        "journey: a.md\nsteps:\n  - start\n  - bot: {text: A form, whatsapp_flow: {button: Open, id: 123}}\n\
         \x20 - user: {flow: {age: 34}}\n  - bot: {text: Age 34}\n  - bot: {whatsapp_flow: {button: Open}}\n",
    );
}

#[test]
fn places_links_and_catalogues() {
    let code = "card A do\n  place = request_location(\"Where?\")\n  text(\"@place.latitude @place.name\")\n\
        \x20 call_to_action(\"Map\", \"https://example.org/map\") do\n    text(\"This way\")\n  end\n\
        \x20 catalog() do\n    text(\"Look\")\n  end\n  send_content(\"faq\")\nend";
    let script = "journey: a.md\nsteps:\n  - start\n  - bot: {text: \"Where?\", request_location: true}\n\
        \x20 - user: {location: {lat: 4.5, lon: -74, name: Plaza}}\n  - bot: {text: 4.5 Plaza, request_location: false}\n\
        \x20 - bot: {call_to_action: {button: Map, url: {ends: /map}}}\n  - bot: {text: Look, catalog: true}\n\
        \x20 - bot: {content: faq}\n  - finished\n";
    passes(&[("a.md", code)], script);
    for (right, wrong, what) in [
        ("ends: /map", "ends: /other", "call_to_action"),
        ("catalog: true", "catalog: false", "catalog"),
        ("content: faq", "content: other", "content"),
        ("request_location: true", "request_location: false", "request_location"),
        ("catalog: true", "whatsapp_flow: {button: x}", "whatsapp_flow"),
    ] {
        let failure = run(&[("a.md", code)], &script.replace(right, wrong)).failure.unwrap();
        assert_eq!(failure.differences[0].what, what, "{failure:?}");
    }
}

#[test]
fn triggers_fire_by_the_clock_even_inside_a_journey() {
    let code = "trigger(interval: \"-1d\", relative_to: \"contact.due\") when contact.opted_in == true\n\
        trigger(every: \"monday\", at: \"09:00\", time_zone: \"UTC\")\n\
        card A do\n  text(\"It is @(weekday(now())) @(hour(now()))\")\nend";
    let other = "trigger(on: \"CATCH ALL\")\ncard B do\n  ask(\"Still there?\")\nend";
    passes(
        &[("a.md", code), ("b.md", other)],
        // 2026-03-01 is a Sunday; the first day of the week is 1.
        "journey: b.md\nclock: 2026-03-01T10:00:00Z\ncontact: {due: 2026-03-05T12:00:00Z, opted_in: false}\nchildren: {a: a.md}\nsteps:\n\
         \x20 - advance: 22h 59m\n  - user: hola\n  - bot: {text: \"Still there?\"}\n\
         \x20 - advance: 1m\n  - bot: {text: It is 2 9}\n  - finished\n\
         \x20 - advance: 3d\n  - silence\n\
         \x20 - set: {due: 2026-03-06T12:00:00Z, opted_in: true}\n  - advance: 1d\n  - bot: {text: It is 5 12}\n",
    );
}

#[test]
fn the_first_visit_comes_before_other_triggers_and_only_once() {
    let code = "trigger(on: \"FIRST VISIT\")\ncard A do\n  text(\"Welcome\")\nend";
    let other = "trigger(on: \"MESSAGE RECEIVED\") when has_only_phrase(event.message.text.body, \"hola\")\ncard B do\n  text(\"Hola\")\nend";
    passes(
        &[("a.md", code), ("b.md", other)],
        "journey: a.md\nchildren: {b: b.md}\nsteps:\n  - user: hola\n  - bot: {text: Welcome}\n  - user: hola\n  - bot: {text: Hola}\n",
    );
}

#[test]
fn experiments_draw_by_the_seed_and_erased_data_is_gone() {
    let code = "card A do\n  experiment(\"greeting\", B: 50, C: 50)\nend\ncard B do\n  text(\"B\")\n  cull_data()\nend\ncard C do\n  text(\"C\")\nend";
    let said = |seed: u8| {
        let script = format!(
            "journey: a.md\nseed: {seed}\ncontact: {{age: 3}}\nsteps:\n  - start\n  - bot: {{}}\n  - start\n  - bot: {{}}\n"
        );
        let outcome = run(&[("a.md", code)], &script);
        assert_eq!(outcome.failure, None);
        assert_eq!(
            outcome.conversation[1].actual, outcome.conversation[3].actual,
            "the same contact goes the same way"
        );
        outcome.conversation[1].actual[0].clone()
    };
    let arms: std::collections::BTreeSet<String> = (0..20).map(said).collect();
    assert_eq!(arms.into_iter().collect::<Vec<_>>(), ["B", "C"]);
    let seed = (0..20).find(|seed| said(*seed) == "B").unwrap();
    let script = format!(
        "journey: a.md\nseed: {seed}\ncontact: {{age: 3}}\nsteps:\n  - start\n  - bot: {{}}\n  - contact: {{age: null}}\n  - results: {{greeting: B}}\n"
    );
    passes(&[("a.md", code)], &script);
}

#[test]
fn a_time_out_may_lead_to_a_card() {
    let code = "interaction_timeout(300, then: Gone)\ncard A do\n  ask(\"Name?\")\nend\ncard Gone do\n  text(\"Until next time\")\nend";
    passes(
        &[("a.md", code)],
        "journey: a.md\nsteps:\n  - start\n  - bot: {}\n  - advance: 4m 59s\n  - silence\n  - advance: 1s\n  - bot: {text: Until next time}\n  - finished\n",
    );
}
