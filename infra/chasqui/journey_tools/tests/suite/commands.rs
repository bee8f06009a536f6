//! `check`, `fmt`, `run` and `test`.

use journey_tools::Status;
use journey_tools::check::Check;
use journey_tools::fmt::Fmt;
use journey_tools::run::Run;
use journey_tools::test::Test;
use serde_json::Value;

use crate::{Folder, run, shown};

const GOOD: &str = "# Greeting\n\n```stack\ncard Start, then: Start do\n  name = ask(\"What is your name?\")\n  text(\"Hello @name\")\nend\n```\n";
const BAD: &str = "```stack\ncard Start, then: Fin do\n  foo(1)\nend\n```\n";
const UNREADABLE: &str = "```stack\ncard Start do\n  text(\"x\"\nend\n```\n";
const PASSES: &str = "journey: good.md\nsteps:\n  - start\n  - bot: {text: What is your name?}\n  - user: Eva\n  - bot: {text: Hello Eva}\n  - bot: {}\n";
const FAILS: &str = "journey: good.md\nsteps:\n  - start\n  - bot: {text: What is your age?}\n";

#[test]
fn check_shows_the_line_and_exits_with_one() {
    let folder =
        Folder::with(&[("bad.md", BAD), ("good.md", GOOD), ("README.md", "# Only a text"), (".hidden/x.md", BAD)]);
    let ran = run::<Check>(&[shown(folder.0.path())], "");
    assert_eq!(ran.status, Status::Failed);
    for part in [
        "bad.md:2:1: fault[unknown-card]: There is no card `Fin`.\n  2 | card Start, then: Fin do\n    | ^\n",
        "bad.md:3:3: fault[unknown-statement]: There is no statement or function `foo`.\n  3 |   foo(1)\n    |   ^\n",
        "2 journeys: 0 errors, 2 faults, 0 warnings\n",
    ] {
        assert!(ran.out.contains(part), "{part}\n---\n{}", ran.out);
    }
    assert!(!ran.out.contains("README") && !ran.out.contains("hidden"), "{}", ran.out);
    let ran = run::<Check>(&[shown(&folder.path("good.md"))], "");
    assert_eq!((ran.status, ran.out.as_str()), (Status::Passed, "1 journey: 0 errors, 0 warnings\n"));
}

#[test]
fn check_gives_programs_a_list() {
    let folder = Folder::with(&[("bad.md", BAD), ("good.md", GOOD)]);
    let bad = folder.path("bad.md");
    let ran = run::<Check>(&["--json", shown(&bad)], "");
    assert_eq!(ran.status, Status::Failed);
    let list = ran.json();
    assert_eq!(list.as_array().unwrap().len(), 2);
    for (key, value) in
        [("file", Value::from(shown(&bad))), ("line", 2.into()), ("column", 1.into()), ("severity", "fault".into())]
    {
        assert_eq!(list[0][key], value, "{key}");
    }
    let ran = run::<Check>(&["--json", shown(&folder.path("good.md"))], "");
    assert_eq!((ran.status, ran.json()), (Status::Passed, serde_json::json!([])));
}

#[test]
fn journeys_of_a_folder_are_looked_at_together() {
    let trigger = "```stack\ntrigger(on: \"CATCH ALL\")\ncard A do\n  text(\"x\")\nend\n```\n";
    let calls = "```stack\ncard A do\n  run_stack(\"lunch\")\n  run_stack(\"lunhc\")\nend\n```\n";
    let folder =
        Folder::with(&[("s/lunch.md", trigger), ("s/two.md", trigger), ("s/calls.md", calls), ("t/lunch.md", trigger)]);
    let ran = run::<Check>(&[shown(folder.0.path())], "");
    assert_eq!(ran.status, Status::Passed);
    for part in [
        "s/calls.md:4:3: warning[unknown-journey]: There is no journey `lunhc`.\n",
        "= Did you mean `lunch`?\n",
        "s/lunch.md:2:1: warning[same-trigger]: The journey `two` has the same trigger.\n",
        "s/two.md:2:1: warning[same-trigger]: The journey `lunch` has the same trigger.\n",
        "4 journeys: 0 errors, 3 warnings\n",
    ] {
        assert!(ran.out.contains(part), "{part}\n---\n{}", ran.out);
    }
    // What is named alone may have its neighbours elsewhere.
    let ran = run::<Check>(&[shown(&folder.path("s/calls.md"))], "");
    assert_eq!(ran.out, "1 journey: 0 errors, 0 warnings\n");
}

#[test]
fn parse_only_asks_no_more_than_whether_it_can_be_read() {
    let folder = Folder::with(&[("bad.md", BAD), ("unreadable.md", UNREADABLE)]);
    assert_eq!(run::<Check>(&["--parse-only", shown(&folder.path("bad.md"))], "").status, Status::Passed);
    let ran = run::<Check>(&["--parse-only", shown(&folder.path("unreadable.md"))], "");
    assert_eq!(ran.status, Status::Failed);
    assert!(ran.out.contains("error[syntax]"), "{}", ran.out);
}

#[test]
fn what_is_not_there_or_no_journey_exits_with_two() {
    let folder = Folder::with(&[("data.csv", "a,b"), ("latin.md", "x")]);
    std::fs::write(folder.path("latin.md"), [0xe9, b'\n']).unwrap();
    for (name, why) in [
        ("none.md", "none.md: there is no such file"),
        ("data.csv", "is not a journey; a journey is a notebook, `.md`, or a flow, `.flow.json`"),
        ("latin.md", "it is not a text in UTF-8"),
    ] {
        let path = folder.path(name);
        let ran = run::<Check>(&["--json", shown(&path)], "");
        assert_eq!(ran.status, Status::Unreadable, "{name}");
        assert!(ran.errors.contains(why), "{name}: {}", ran.errors);
        assert_eq!((&ran.json()[0]["file"], &ran.json()[0]["code"]), (&shown(&path).into(), &"unreadable".into()));
        assert_eq!(run::<Fmt>(&[shown(&path)], "").status, Status::Unreadable, "{name}");
        assert_eq!(run::<Run>(&[shown(&path)], "").status, Status::Unreadable, "{name}");
    }
}

#[test]
fn fmt_writes_canonical_code_and_leaves_errors_alone() {
    let crooked = "# Note\n\n```stack\ncard   Start do\n text('Hi')\nend\n```\n";
    let folder = Folder::with(&[
        ("crooked.md", crooked),
        ("good.md", GOOD),
        ("unreadable.md", UNREADABLE),
        ("notes.md", "*  a"),
    ]);
    let all = folder.0.path().to_owned();
    let ran = run::<Fmt>(&["--check", shown(&all)], "");
    assert_eq!(ran.status, Status::Failed);
    assert!(ran.out.contains("crooked.md is not formatted"), "{}", ran.out);
    assert!(!ran.out.contains("good.md") && !ran.out.contains("notes.md"), "{}", ran.out);
    assert_eq!(folder.text("crooked.md"), crooked, "--check changes nothing");

    let ran = run::<Fmt>(&[shown(&all)], "");
    assert_eq!(ran.status, Status::Failed, "one has errors");
    assert!(ran.out.contains("unreadable.md has errors; it stays as it is"), "{}", ran.out);
    assert_eq!(folder.text("unreadable.md"), UNREADABLE);
    assert_eq!(folder.text("crooked.md"), "# Note\n\n```stack\ncard Start do\n  text(\"Hi\")\nend\n```\n");
    assert_eq!(folder.text("notes.md"), "*  a", "a document without code is not a notebook");
    let ran = run::<Fmt>(&["--check", shown(&folder.path("crooked.md"))], "");
    assert_eq!((ran.status, ran.out.as_str()), (Status::Passed, ""));
}

#[test]
fn test_says_what_failed_and_exits_with_one() {
    let folder = Folder::with(&[("good.md", GOOD), ("a.test.yaml", PASSES), ("deep/er/b.test.yaml", FAILS)]);
    std::fs::write(folder.path("deep/er/good.md"), GOOD).unwrap();
    let ran = run::<Test>(&[shown(folder.0.path())], "");
    assert_eq!(ran.status, Status::Failed);
    for part in [
        "✓ ",
        "✗ ",
        "b.test.yaml:4: The journey sent a text that is not as expected.",
        "text expected What is your age?\n       actual   What is your name?",
        "/deep/er/good.md:5\n",
        "1 passed, 1 failed",
    ] {
        assert!(ran.out.contains(part), "{part}\n---\n{}", ran.out);
    }
    let ran = run::<Test>(&[shown(&folder.path("a.test.yaml"))], "");
    assert_eq!(ran.status, Status::Passed);
    assert!(ran.out.contains("\n1 passed"), "{}", ran.out);
}

#[test]
fn test_gives_programs_an_object() {
    let folder = Folder::with(&[
        ("good.md", GOOD),
        ("a.test.yaml", PASSES),
        ("b.test.yaml", FAILS),
        ("c.test.yaml", "steps: 1"),
    ]);
    let ran = run::<Test>(&["--json", shown(folder.0.path())], "");
    assert_eq!(ran.status, Status::Unreadable);
    let object = ran.json();
    assert_eq!((&object["passed"], &object["failed"], &object["unreadable"]), (&1.into(), &2.into(), &1.into()));
    let scripts = object["scripts"].as_array().unwrap();
    assert_eq!(
        scripts.iter().map(|script| script["passed"].as_bool().unwrap()).collect::<Vec<_>>(),
        [true, false, false]
    );
    assert_eq!(scripts[1]["failure"]["line"], 4);
    assert_eq!(scripts[1]["failure"]["place"]["line"], 5);
    assert_eq!(scripts[1]["conversation"][1]["expected"][0], "What is your age?");
    assert_eq!(scripts[2]["problems"][0]["line"], 1);
    assert_eq!(run::<Test>(&["--json", shown(folder.0.path())], "").out, ran.out, "the same each time");
}

#[test]
fn scripts_that_cannot_be_read_exit_with_two_and_broken_journeys_with_one() {
    let folder = Folder::with(&[
        ("bad.md", UNREADABLE),
        ("a.test.yaml", "journey: bad.md\nsteps: [start]"),
        ("b.test.yaml", "journey: none.md\nsteps: [start]"),
        ("c.test.yaml", "journey: bad.md\nstep: [start]"),
    ]);
    for (script, status, says) in [
        ("a.test.yaml", Status::Failed, "error[syntax]"),
        ("b.test.yaml", Status::Unreadable, "`none.md` cannot be read"),
        ("c.test.yaml", Status::Unreadable, "Did you mean `steps`?"),
        ("d.test.yaml", Status::Unreadable, ""),
    ] {
        let ran = run::<Test>(&[shown(&folder.path(script))], "");
        assert_eq!(ran.status, status, "{script}");
        assert!(ran.out.contains(says), "{script}: {}", ran.out);
    }
    let empty = Folder::with(&[("good.md", GOOD)]);
    let ran = run::<Test>(&[shown(empty.0.path())], "");
    assert_eq!(ran.status, Status::Unreadable);
    assert!(ran.out.contains("there is no script here; the name of one ends in `.test.yaml`"), "{}", ran.out);
}

#[test]
fn what_cannot_be_read_keeps_nothing_else_from_being_looked_at() {
    let folder = Folder::with(&[
        ("s/good.md", GOOD),
        ("s/a.test.yaml", PASSES),
        ("s/b.test.yml", FAILS),
        ("empty/good.md", GOOD),
        ("bad.md", BAD),
    ]);
    std::fs::write(folder.path("s/latin.test.yaml"), [0xe9, b'\n']).unwrap();
    let paths = ["none.test.yaml", "s", "empty"].map(|name| folder.path(name));
    let paths = paths.each_ref().map(|path| shown(path));
    let ran = run::<Test>(&[&["--json"][..], &paths[..]].concat(), "");
    assert_eq!(ran.status, Status::Unreadable);
    let object = ran.json();
    assert_eq!((&object["passed"], &object["failed"], &object["unreadable"]), (&1.into(), &4.into(), &3.into()));
    let said: Vec<(String, String)> = object["scripts"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|script| script["problems"].as_array().into_iter().flatten())
        .map(|problem| (problem["file"].as_str().unwrap().to_owned(), problem["message"].as_str().unwrap().to_owned()))
        .collect();
    for (file, why) in [
        ("s/latin.test.yaml", "it is not a text in UTF-8"),
        ("none.test.yaml", "there is no such file"),
        ("empty", "there is no script here"),
    ] {
        let file = folder.path(file);
        assert!(said.iter().any(|(in_file, message)| in_file == shown(&file) && message.contains(why)), "{said:?}");
    }
    let ran = run::<Test>(&paths, "");
    assert_eq!(ran.status, Status::Unreadable);
    assert!(ran.out.contains("1 passed, 1 failed, 3 could not be read"), "{}", ran.out);

    let ran = run::<Check>(&["--json", paths[0], shown(&folder.path("bad.md"))], "");
    assert_eq!(ran.status, Status::Unreadable);
    let codes: Vec<Value> = ran.json().as_array().unwrap().iter().map(|problem| problem["code"].clone()).collect();
    assert_eq!(codes, ["unreadable", "unknown-card", "unknown-statement"]);
    let ran = run::<Fmt>(&["--check", paths[0], shown(&folder.path("s"))], "");
    assert_eq!((ran.status, ran.out.as_str()), (Status::Unreadable, ""));
}

#[test]
fn a_script_that_is_named_twice_plays_once() {
    let folder = Folder::with(&[("good.md", GOOD), ("a.test.yaml", PASSES), ("b/x", "")]);
    let root = shown(folder.0.path()).to_owned();
    let ways = ["", "a.test.yaml", "./a.test.yaml", "b/../a.test.yaml"].map(|way| format!("{root}/{way}"));
    let ran = run::<Test>(&ways.each_ref().map(String::as_str), "");
    assert!(ran.out.contains("\n1 passed"), "{}", ran.out);
}

#[test]
fn test_says_where_the_fault_is() {
    let folder = Folder::with(&[
        ("j/bad.md", UNREADABLE),
        ("j/good.md", GOOD),
        ("s/a.test.yaml", "journey: ../j/bad.md\nsteps: [start]"),
        ("s/b.test.yaml", &FAILS.replace("good.md", "../j/good.md")),
    ]);
    let (script, journey) = (folder.path("s/a.test.yaml"), folder.path("j/bad.md"));
    let ran = run::<Test>(&[shown(&script)], "");
    let what =
        format!("{}: The script was not played, because its journey {} has errors.", shown(&script), shown(&journey));
    assert!(ran.out.contains(&what), "{}", ran.out);
    // Files are named from where the command is run.
    let (script, journey) = (folder.path("s/b.test.yaml"), folder.path("j/good.md"));
    let ran = run::<Test>(&[shown(&script)], "");
    assert!(ran.out.contains(&format!("card Start, {}:5", shown(&journey))), "{}", ran.out);
    let ran = run::<Test>(&["--json", shown(&script)], "");
    assert_eq!(ran.json()["scripts"][0]["failure"]["place"]["file"], shown(&journey));
}

#[test]
fn what_deserves_a_look_is_told_and_passes() {
    let journey = "```stack\ncard A do\n  run_stack(\"Child\")\n  run_stack(\"nowhere\")\n  schedule_stack(\"later\", in: 60)\nend\n```\n";
    let script = "journey: a.md\nchildren: {child: return, later: return, unused: return}\n\
        http:\n  - {url: \"https://x.example/*\"}\nsteps: [start, finished]\n";
    let folder = Folder::with(&[("a.md", journey), ("a.test.yaml", script)]);
    let path = folder.path("a.test.yaml");
    let ran = run::<Test>(&[shown(&path)], "");
    assert_eq!(ran.status, Status::Passed);
    let remarks = [
        "The journey `Child` is none of `children`, so it was not run. Did you mean `child`?",
        "The journey `nowhere` is none of `children`, so it was not run. Add `children: {nowhere: …}`, with its file or `return`.",
        "The entry `child` of `children` was not used.",
        "The entry `unused` of `children` was not used.",
        "Entry 1 of `http`, for https://x.example/*, answered nothing.",
    ];
    for remark in remarks {
        assert!(ran.out.contains(&format!("{}: remark: {remark}\n", shown(&path))), "{remark}\n---\n{}", ran.out);
    }
    let ran = run::<Test>(&["--json", shown(&path)], "");
    assert_eq!(ran.json()["scripts"][0]["remarks"], serde_json::json!(remarks));
    assert_eq!(ran.json()["passed"], 1);
}

#[test]
fn a_chat_is_recorded_as_a_script_that_passes() {
    let folder = Folder::with(&[("journeys/good.md", GOOD), ("journeys/broken.md", UNREADABLE), ("scripts/x", "")]);
    let (journey, script) = (folder.path("journeys/good.md"), folder.path("scripts/said.test.yaml"));
    let arguments = [
        shown(&journey),
        "--record",
        shown(&script),
        "--clock",
        "2026-03-01T10:00:00Z",
        "--contact",
        "name=Ana",
        "age=34",
    ];
    let ran = run::<Run>(&arguments, "Eva\n/advance 1h\n/nonsense\n/state\n/quit\nnever read\n");
    assert_eq!(ran.status, Status::Passed, "{}", ran.errors);
    for part in
        ["bot What is your name?", "bot Hello Eva", "No reply came in time", "There is no /nonsense", "age = 34"]
    {
        assert!(ran.out.contains(part), "{part}\n---\n{}", ran.out);
    }
    assert!(ran.out.contains("broken.md has errors, and is left out"), "{}", ran.out);
    let recorded = folder.text("scripts/said.test.yaml");
    for part in [
        "journey: \"../journeys/good.md\"\nclock: 2026-03-01T10:00:00Z\n",
        "contact: {name: Ana, age: 34}\n",
        "  - finished\n",
    ] {
        assert!(recorded.contains(part), "{part}\n---\n{recorded}");
    }
    assert_eq!(run::<Test>(&[shown(&script)], "").status, Status::Passed);
    let again = run::<Run>(&arguments, "");
    assert_eq!(again.status, Status::Unreadable, "a script is not written over");
    assert_eq!(folder.text("scripts/said.test.yaml"), recorded);
}

#[test]
fn a_chat_may_wait_for_a_trigger_and_a_broken_journey_is_shown() {
    let folder = Folder::with(&[("good.md", GOOD), ("bad.md", UNREADABLE)]);
    let ran = run::<Run>(&["--wait", shown(&folder.path("good.md"))], "hola\n");
    assert_eq!(ran.status, Status::Passed);
    assert!(ran.out.contains("no trigger matches"), "{}", ran.out);
    let ran = run::<Run>(&[shown(&folder.path("bad.md"))], "hola\n");
    assert_eq!(ran.status, Status::Failed);
    assert!(ran.out.contains("error[syntax]"), "{}", ran.out);
}

#[test]
fn coverage_shows_what_was_never_reached() {
    let more = "```stack\ncard Start, then: Other do\n  buttons(Yes: \"Yes\") do\n    text(\"?\")\n  end\nend\ncard Yes do\nend\ncard Other do\nend\n```\n";
    let script = "journey: ../a.md\nsteps: [start, bot: {}, tap: Yes]";
    let folder = Folder::with(&[("a.md", more), ("tests/a.test.yaml", script), ("tests/b.test.yaml", script)]);
    let tests = folder.path("tests");
    let ran = run::<Test>(&["--coverage", shown(&tests)], "");
    assert_eq!(ran.status, Status::Passed, "{}", ran.out);
    let file = folder.path("a.md");
    for part in [
        format!("{}: 2 of 3 cards and 2 of 4 exits reached\n", file.display()),
        format!("  {}:2 card Start never leads to Other\n", file.display()),
        format!("  {}:9 card Other is never entered\n", file.display()),
    ] {
        assert!(ran.out.contains(&part), "{part}\n---\n{}", ran.out);
    }
    let ran = run::<Test>(&["--coverage", "--json", shown(&tests)], "");
    assert_eq!(ran.json()["coverage"][0]["missed"][1]["card"], "Other");
    assert_eq!(ran.json()["not_played"], serde_json::json!([]), "there is no journey in this folder");
    assert_eq!(run::<Test>(&["--json", shown(&tests)], "").json()["coverage"], Value::Null);

    for (name, text) in [("b.md", GOOD), ("a.flow.json", "{}"), ("tests/c.md", GOOD), ("notes.md", "# Notes")] {
        std::fs::write(folder.path(name), text).unwrap();
    }
    let ran = run::<Test>(&["--coverage", shown(folder.0.path())], "");
    let (b, c) = (folder.path("b.md"), folder.path("tests/c.md"));
    let what = format!("No script plays these journeys:\n  {}\n  {}\n", b.display(), c.display());
    assert!(ran.out.contains(&what), "{}", ran.out);
    let ran = run::<Test>(&["--coverage", "--json", shown(folder.0.path())], "");
    assert_eq!(ran.json()["not_played"], serde_json::json!([shown(&b), shown(&c)]));
}

#[test]
fn a_chat_may_begin_as_a_script_does() {
    let journey = "```stack\ncard Start do\n  r = get(\"https://cms.example/x\")\n  text(\"@contact.name: @r.body.title\")\n  run_stack(\"5c6b\")\nend\n```\n";
    let script = "journey: a.md\ncontact: {name: Ana}\nchildren: {5c6b: sub/child.md}\nhttp: [{url: \"*\", json: {title: Hola}}]\nsteps: [start]";
    let child = "```stack\ncard Child do\n  ask(\"Child?\")\nend\n```\n";
    let folder =
        Folder::with(&[("s/a.md", journey), ("s/sub/child.md", child), ("s/a.test.yaml", script), ("b/x", "")]);
    let (script, recorded) = (folder.path("s/a.test.yaml"), folder.path("b/b.test.yaml"));
    let ran = run::<Run>(&[shown(&script), "--contact", "name=Eva", "--record", shown(&recorded)], "yes\n");
    assert_eq!(ran.status, Status::Passed, "{}{}", ran.out, ran.errors);
    assert!(ran.out.contains("bot Eva: Hola\n") && ran.out.contains("bot Child?"), "{}", ran.out);
    let ran = run::<Test>(&[shown(&recorded)], "");
    assert_eq!(ran.status, Status::Passed, "{}\n{}", ran.out, folder.text("b/b.test.yaml"));

    let broken = Folder::with(&[("a.test.yaml", "journey: none.md\nsteps: [start]"), ("b.test.yaml", "x")]);
    for name in ["a.test.yaml", "b.test.yaml", "c.test.yaml"] {
        assert_eq!(run::<Run>(&[shown(&broken.path(name))], "").status, Status::Unreadable, "{name}");
    }
}

#[test]
fn flows_are_tested_like_notebooks() {
    let options = journey::floip::Options { name: "Greeting".to_owned(), ..journey::floip::Options::default() };
    let flow = journey::floip::export(&journey::parse(GOOD).journey, &options).unwrap();
    let flow = serde_json::to_string_pretty(&flow).unwrap();
    let script = PASSES.replace("good.md", "good.flow.json");
    let folder =
        Folder::with(&[("good.flow.json", &flow), ("a.test.yaml", &script), ("bad.flow.json", "{\"flows\": []}")]);
    let ran = run::<Test>(&["--coverage", shown(&folder.path("a.test.yaml"))], "");
    assert_eq!(ran.status, Status::Passed, "{}", ran.out);
    let fails = script.replace("Hello Eva", "Hello Joe");
    std::fs::write(folder.path("b.test.yaml"), fails).unwrap();
    let ran = run::<Test>(&[shown(&folder.path("b.test.yaml"))], "");
    assert!(ran.out.contains("good.flow.json\n"), "{}", ran.out);
    let ran = run::<Test>(&["--json", "--coverage", shown(&folder.path("b.test.yaml"))], "");
    let place = &ran.json()["scripts"][0]["failure"]["place"];
    assert_eq!((&place["card"], &place["line"]), (&"Start".into(), &Value::Null), "a flow has no lines");
    assert!(!ran.out.contains("(line "), "{}", ran.out);
    for missed in ran.json()["coverage"][0]["missed"].as_array().unwrap() {
        assert_eq!(missed["line"], Value::Null, "{missed}");
    }
    let wrong = "```stack\ncard Start do\n  text(\"@foo(1)\")\nend\n```\n";
    let wrong = journey::floip::export(&journey::parse(wrong).journey, &options).unwrap();
    std::fs::write(folder.path("wrong.flow.json"), serde_json::to_string(&wrong).unwrap()).unwrap();
    let ran = run::<Check>(&[shown(&folder.path("wrong.flow.json"))], "");
    let list = run::<Check>(&["--json", shown(&folder.path("wrong.flow.json"))], "").json();
    assert_eq!((&list[0]["card"], &list[0]["line"]), (&"Start".into(), &Value::Null), "{list}");
    let place = format!("{}: ", folder.path("wrong.flow.json").display());
    assert!(ran.out.starts_with(&place) && ran.out.contains("\n    = in card Start\n"), "{}", ran.out);
    let ran = run::<Check>(&[shown(folder.0.path())], "");
    assert_eq!(ran.status, Status::Failed);
    assert!(ran.out.contains("bad.flow.json: error[bad-flow]: There is no flow in this file."), "{}", ran.out);
    let ran = run::<Fmt>(&[shown(&folder.path("good.flow.json"))], "");
    assert_eq!(ran.status, Status::Unreadable);
    assert_eq!(folder.text("good.flow.json"), flow, "a flow is not written as a notebook");
}
