//! `convert`: files of other programs become notebooks, and notebooks flows.

use journey_tools::Status;
use journey_tools::check::Check;
use journey_tools::convert::Convert;
use journey_tools::fmt::Fmt;
use journey_tools::test::Test;
use serde_json::{Value, json};

use crate::{Folder, run, shown};

/// An export with two flows, the first of which runs the second, one of another file and sends a mail.
fn export() -> String {
    let enter = |id: &str, name: &str| json!({"type": "enter_flow", "flow": {"uuid": id, "name": name}});
    let say = |text: &str| json!({"type": "send_msg", "text": text});
    let node = |actions: Value| json!({"uuid": "n", "actions": actions, "exits": [{"uuid": "x"}]});
    let sign_up =
        [say("Hola"), enter("f-2", "Survey: Age"), enter("f-9", "Bye / Later"), json!({"type": "send_email"})];
    json!({"version": "13", "flows": [
        {"uuid": "f-1", "name": "Sign up", "spec_version": "13.1.0", "nodes": [node(json!(sign_up))]},
        {"uuid": "f-2", "name": "Survey: Age", "spec_version": "13.1.0", "nodes": [node(json!([say("¿Edad?")]))]},
    ]})
    .to_string()
}

const SCRIPT: &str = "journey: Sign up.md\nchildren: {Survey - Age: Survey - Age.md, Bye - Later: return}\nsteps:\n  \
                      - start\n  - bot: {text: Hola}\n  - bot: {text: ¿Edad?}\n  - finished\n";

#[test]
fn an_export_becomes_journeys_that_are_checked_and_tested() {
    let folder = Folder::with(&[("export.json", &export()), ("bye.json", &bye())]);
    let to = folder.path("journeys");
    let files = [folder.path("export.json"), folder.path("bye.json")];
    let ran = run::<Convert>(&[shown(&files[0]), shown(&files[1]), "--to", shown(&to)], "");
    assert_eq!(ran.status, Status::Passed, "{}", ran.errors);
    for part in [
        "/journeys/Sign up.md:4:1: warning[not-imported]: `send_email` could not be imported.\n  4 | card Hola do\n",
        "    = in card Hola\n    = A line in the log stands in its place; build the step anew.\n",
        "3 journeys in ",
        "journeys, 3 written.\n",
        "Nothing starts these by itself, since their flows have no trigger; add one where there was one:\n",
        "/journeys/Sign up.md\n\n",
    ] {
        assert!(ran.out.contains(part), "{part}\n---\n{}", ran.out);
    }
    // They name each other by the names that files can have, whichever file they came from.
    let text = folder.text("journeys/Sign up.md");
    assert!(text.contains("run_stack(\"Survey - Age\")") && text.contains("run_stack(\"Bye - Later\")"), "{text}");
    assert!(!ran.out.contains("not among them") && !ran.out.contains("Age.md\n"), "{}", ran.out);

    std::fs::write(to.join("a.test.yaml"), SCRIPT).unwrap();
    for ran in
        [run::<Check>(&[shown(&to)], ""), run::<Fmt>(&["--check", shown(&to)], ""), run::<Test>(&[shown(&to)], "")]
    {
        assert_eq!(ran.status, Status::Passed, "{}{}", ran.out, ran.errors);
    }
}

#[test]
fn a_script_may_name_a_journey_that_an_export_beside_it_holds() {
    let folder = Folder::with(&[
        ("export.json", &export()),
        ("bye.json", &bye()),
        ("package.json", "{\"name\": \"no export\"}"),
        ("a.test.yaml", SCRIPT),
        ("b.test.yaml", "journey: {name: Survey - Age}\nsteps:\n  - start\n  - bot: {text: ¿Edad?}\n  - finished\n"),
        ("c.test.yaml", "journey: Other.md\nsteps:\n  - start\n"),
    ]);
    let [a, b, c] = ["a", "b", "c"].map(|name| folder.path(&format!("{name}.test.yaml")));
    let ran = run::<Test>(&[shown(&a), shown(&b)], "");
    assert_eq!(ran.status, Status::Passed, "{}{}", ran.out, ran.errors);
    let ran = run::<Test>(&[shown(&c)], "");
    assert_eq!(ran.status, Status::Unreadable);
    let why = "`Other.md` cannot be read: there is no such file, and no export beside it holds a journey of that name.";
    assert!(ran.out.contains(why), "{}", ran.out);
    // What is there counts, not what was exported.
    std::fs::write(folder.path("Survey - Age.md"), "```stack\ncard A do\n  text(\"mine\")\nend\n```\n").unwrap();
    assert_eq!(run::<Test>(&[shown(&b)], "").status, Status::Failed);
}

/// Exports of other programs with scripts that hold the right conversation: played as they are, and after `convert`.
/// Scripts of what others ran into, for those who have them beside the project.
#[test]
fn the_shared_cases_are_as_their_scripts_say() {
    let cases = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/cases");
    if !cases.is_dir() {
        eprintln!("skipped: there is no folder ../shared/cases beside the project");
        return;
    }
    let ran = run::<Test>(&[shown(&cases)], "");
    assert_eq!(ran.status, Status::Passed, "{}{}", ran.out, ran.errors);
}

#[test]
fn imported_cases_are_played_as_their_scripts_say() {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let cases = here.join("../../../../shared/cases");
    let Ok(entries) = std::fs::read_dir(&cases) else {
        eprintln!("skipped: there is no folder ../shared/cases beside the project");
        return;
    };
    let mut played = 0;
    let mut failed = Vec::new();
    for case in entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        let files = || std::fs::read_dir(&case).unwrap().map(|entry| entry.unwrap().path());
        let exports: Vec<_> = files()
            .filter(|path| path.extension().is_some_and(|end| end == "json") && !path.ends_with("webhooks.json"))
            .collect();
        if exports.is_empty() {
            continue;
        }
        let folder = Folder::with(&[]);
        for script in files().filter(|path| path.extension().is_some_and(|end| end == "yaml")) {
            std::fs::copy(&script, folder.path(script.file_name().unwrap().to_str().unwrap())).unwrap();
        }
        let to = folder.path("");
        let converted = run::<Convert>(&[shown(&exports[0]), "--to", shown(&to)], "");
        for ran in [run::<Test>(&[shown(&case)], ""), converted, run::<Test>(&[shown(&to)], "")] {
            if ran.status != Status::Passed {
                failed.push(format!("{}{}", ran.out, ran.errors));
            }
        }
        played += 1;
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(played > 0);
}

fn bye() -> String {
    let nodes = json!([{"uuid": "n", "actions": [{"type": "send_msg", "text": "Chau"}], "exits": []}]);
    json!({"name": "Bye / Later", "uuid": "f-77", "nodes": nodes}).to_string()
}

#[test]
fn what_is_not_in_the_files_is_listed_and_can_be_named() {
    let folder = Folder::with(&[("export.json", &export())]);
    let (file, to) = (folder.path("export.json"), folder.path("journeys"));
    let arguments = [shown(&file), "--to", shown(&to)];
    let ran = run::<Convert>(&arguments, "");
    for part in [
        "These journeys are named and not among them; --rename <id>=<name> says what one is called here:\n",
        "  `Bye / Later`: ",
        "/journeys/Sign up.md:7:13\n",
    ] {
        assert!(ran.out.contains(part), "{part}\n---\n{}", ran.out);
    }
    let renamed = [&arguments[..], &["--rename", "Bye / Later=bye", "--overwrite"]].concat();
    let ran = run::<Convert>(&renamed, "");
    assert_eq!(ran.status, Status::Passed, "{}", ran.errors);
    assert!(folder.text("journeys/Sign up.md").contains("run_stack(\"bye\")"));
}

#[test]
fn a_flow_beside_its_notebook_only_says_how_others_call_it() {
    let menu = "# A note that no flow holds.\n\n```stack\ncard A do\n  text(\"Menú\")\nend\n```\n";
    let other = "```stack\ncard A do\n  run_stack(\"ID\")\nend\n```\n";
    let folder = Folder::with(&[("menu.md", menu)]);
    let ran = run::<Convert>(&[shown(&folder.path("menu.md")), "--to", shown(&folder.path("")), "--floip"], "");
    assert_eq!(ran.status, Status::Passed, "{}", ran.errors);
    let flow: Value = serde_json::from_str(&folder.text("menu.flow.json")).unwrap();
    let id = flow["flows"][0]["uuid"].as_str().unwrap();
    std::fs::write(folder.path("other.md"), other.replace("ID", id)).unwrap();

    let to = folder.path("to");
    let ran = run::<Convert>(&[shown(&folder.path("")), "--to", shown(&to)], "");
    assert_eq!(ran.status, Status::Passed, "{}", ran.errors);
    assert!(ran.out.contains("2 journeys in "), "{}", ran.out);
    assert_eq!(folder.text("to/menu.md"), menu);
    assert_eq!(folder.text("to/other.md"), other.replace("ID", "menu"));
    let both = [folder.path("menu.md"), folder.path("menu.flow.json")];
    let ran = run::<Convert>(&[shown(&both[0]), shown(&both[1]), "--to", shown(&to), "--overwrite"], "");
    assert_eq!(ran.status, Status::Unreadable, "both were asked for");
}

#[test]
fn notebooks_become_flows_and_come_back_as_they_were() {
    let menu = "# A note\n\n```stack\ntrigger(on: \"CATCH ALL\")\n\ncard Menu do\n  text(\"Hola\")\n  run_stack(\"later\")\nend\n```\n";
    let later = "```stack\ncard Later do\n  text(\"Chau\")\nend\n```\n";
    let folder = Folder::with(&[("in/menu.md", menu), ("in/later.md", later), ("in/README.md", "About")]);
    let (notebooks, flows, back) = (folder.path("in"), folder.path("flows"), folder.path("back"));
    let ran = run::<Convert>(&[shown(&notebooks), "--to", shown(&flows), "--floip"], "");
    assert_eq!(ran.status, Status::Passed, "{}{}", ran.out, ran.errors);
    for part in [
        "Other programs miss these",
        "\n  menu.md: The note `# A note` is not in a flow.",
        "\n  menu.md:4: `trigger(on: \"CATCH ALL\")` is not in a flow.",
    ] {
        assert!(ran.out.contains(part), "{part}\n---\n{}", ran.out);
    }
    let flow: Value = serde_json::from_str(&folder.text("flows/menu.flow.json")).unwrap();
    let other: Value = serde_json::from_str(&folder.text("flows/later.flow.json")).unwrap();
    assert_eq!(flow["specification_version"], "1.0.0-rc3");
    assert_eq!(flow["flows"][0]["blocks"][1]["config"]["flow_id"], other["flows"][0]["uuid"]);

    let ran = run::<Convert>(&[shown(&flows), "--to", shown(&back)], "");
    assert_eq!((ran.status, ran.errors.as_str()), (Status::Passed, ""));
    assert_eq!((folder.text("back/menu.md").as_str(), folder.text("back/later.md").as_str()), (menu, later));
    assert!(!folder.path("back/README.md").exists());
}

#[test]
fn programs_are_told_the_same() {
    let folder = Folder::with(&[("export.json", &export())]);
    let (file, to) = (folder.path("export.json"), folder.path("journeys"));
    let arguments = [shown(&file), "--to", shown(&to), "--json"];
    let told = run::<Convert>(&arguments, "").json();
    let first = &told["journeys"][0];
    assert_eq!((&first["name"], &first["from"]), (&"Sign up".into(), &shown(&file).into()));
    assert_eq!((&first["file"], &first["written"]), (&shown(&to.join("Sign up.md")).into(), &true.into()));
    let codes = first["problems"].as_array().unwrap().iter().map(|problem| problem["code"].as_str().unwrap());
    assert_eq!(codes.collect::<Vec<_>>(), ["more-flows", "not-imported"]);
    assert_eq!(first["outside"], json!([{"journey": "Bye / Later", "line": 7, "column": 13}]));
    assert_eq!((&first["is_idle"], &told["journeys"][1]["is_idle"]), (&true.into(), &false.into()));
    // Again, and nothing is to be done.
    let told = run::<Convert>(&arguments, "").json();
    assert_eq!((&told["journeys"][0]["written"], &told["journeys"][1]["written"]), (&false.into(), &false.into()));
}

#[test]
fn programs_are_told_what_is_wrong() {
    let folder = Folder::with(&[("open.md", "```stack\ncard A do\n  text(\"x\"\nend\n```\n"), ("good.md", "# Good\n")]);
    let to = folder.path("to");
    let ran = run::<Convert>(&[shown(folder.0.path()), "--to", shown(&to), "--json"], "");
    assert_eq!((ran.status, ran.errors.as_str()), (Status::Failed, "There are errors; nothing was written.\n"));
    let told = ran.json();
    assert_eq!(told["journeys"].as_array().unwrap().len(), 1);
    let wrong = &told["journeys"][0];
    assert_eq!(
        (&wrong["name"], &wrong["written"], &wrong["problems"][0]["line"]),
        (&"open".into(), &false.into(), &4.into())
    );
    assert!(!to.exists());
}

#[test]
fn nothing_is_written_when_something_is_wrong() {
    let good = "```stack\ncard A do\n  text(\"x\")\nend\n```\n";
    let open = "```stack\ncard A do\n  text(\"x\"\nend\n```\n";
    let empty = "# Only a note\n";
    let flow = |name: &str| json!({"name": name, "nodes": []}).to_string();
    let folder = Folder::with(&[
        ("good.md", good),
        ("open.md", open),
        ("note.md", empty),
        ("text.json", "# Menu"),
        ("other.json", "{\"name\": \"package\"}"),
        ("version.json", "{\"specification_version\": \"2\", \"flows\": []}"),
        ("one.json", &flow("Good")),
        ("two.json", "{\"flows\": [{\"name\": \"x\", \"nodes\": []}, {\"name\": \"X\", \"nodes\": []}]}"),
        ("data.csv", "a,b"),
        ("empty/README.md", "About"),
    ]);
    std::fs::write(folder.path("latin.json"), [0xe9]).unwrap();
    let to = folder.path("to");
    for (given, floip, status, says) in [
        (vec!["good.md", "open.md"], false, Status::Failed, "open.md:4:1: error[syntax]"),
        (vec!["good.md", "open.md"], true, Status::Failed, "open.md:4:1: error[syntax]"),
        (vec!["good.md", "note.md"], true, Status::Failed, "error[no-card]"),
        (vec!["text.json"], false, Status::Unreadable, "text.json: This is not JSON: expected value at line 1"),
        (vec!["other.json"], false, Status::Unreadable, "other.json: There are no flows in it: neither those of FLOIP"),
        (
            vec!["version.json"],
            false,
            Status::Unreadable,
            "version.json: This is version 2 of FLOIP, and version 1 is read",
        ),
        (vec!["latin.json"], false, Status::Unreadable, "latin.json: it is not a text in UTF-8"),
        (vec!["gone.json"], false, Status::Unreadable, "gone.json: there is no such file"),
        (vec!["gone.txt"], false, Status::Unreadable, "gone.txt: there is no such file"),
        (
            vec!["data.csv"],
            false,
            Status::Unreadable,
            "data.csv is neither a notebook, .md, nor a file of flows, .json",
        ),
        (vec!["empty"], false, Status::Unreadable, "empty has no journeys; those are notebooks"),
        (vec!["good.md", "one.json"], false, Status::Unreadable, "one.json would both become the journey `Good`"),
        (vec!["two.json"], false, Status::Unreadable, "two.json: two flows would be called `X`; rename one of them"),
    ] {
        let paths: Vec<_> = given.iter().map(|name| folder.path(name)).collect();
        let mut arguments: Vec<&str> = paths.iter().map(|path| shown(path)).collect();
        arguments.extend(["--to", shown(&to)]);
        arguments.extend(floip.then_some("--floip"));
        let ran = run::<Convert>(&arguments, "");
        assert_eq!(ran.status, status, "{given:?}: {}{}", ran.out, ran.errors);
        assert!(format!("{}{}", ran.out, ran.errors).contains(says), "{given:?}: {}{}", ran.out, ran.errors);
        assert!(!to.exists(), "{given:?}");
    }
}

#[test]
fn what_is_there_is_not_lost() {
    let crooked = "```stack\ncard   A do\n text('x')\nend\n```\n";
    let folder = Folder::with(&[("in/a.md", crooked), ("in/b.md", crooked), ("to/a.md", "mine")]);
    let (from, to) = (folder.path("in"), folder.path("to"));
    let arguments = [shown(&from), "--to", shown(&to)];
    let ran = run::<Convert>(&arguments, "");
    assert_eq!(ran.status, Status::Unreadable);
    assert!(
        ran.errors.contains("to/a.md says something else already; nothing was written. With --overwrite"),
        "{}",
        ran.errors
    );
    assert_eq!((folder.text("to/a.md").as_str(), folder.path("to/b.md").exists()), ("mine", false));
    let ran = run::<Convert>(&[&arguments[..], &["--overwrite"]].concat(), "");
    assert_eq!(ran.status, Status::Passed, "{}", ran.errors);
    assert_eq!(folder.text("to/a.md"), "```stack\ncard A do\n  text(\"x\")\nend\n```\n");
    let left: Vec<_> = std::fs::read_dir(&to).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn a_folder_that_cannot_be_written_stays_as_it_was() {
    let folder = Folder::with(&[("in/a.md", "# A\n"), ("in/b.md", "# B\n"), ("to/.b.md.part/x", ""), ("file", "")]);
    let (from, to, file) = (folder.path("in"), folder.path("to"), folder.path("file"));
    let ran = run::<Convert>(&[shown(&from), "--to", shown(&to)], "");
    assert_eq!(ran.status, Status::Unreadable);
    assert!(ran.errors.contains(".b.md.part"), "{}", ran.errors);
    assert!(!to.join("a.md").exists() && !to.join(".a.md.part").exists());
    assert_eq!(run::<Convert>(&[shown(&from), "--to", shown(&file)], "").status, Status::Unreadable);
}
