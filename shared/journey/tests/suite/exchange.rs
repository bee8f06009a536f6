//! Files of other programs: told apart by what they hold, and read as notebooks that name each other.

use journey::exchange::{import, import_all};
use journey::floip::{Options, export};
use journey::{format, parse, references};
use serde_json::{Value, json};

use crate::floip_files::bare;

const CLINIC: &str = include_str!("../flows/clinic.json");
const GLIFIC: &str = include_str!("../flows/advice.glific.json");
const CHECK_IN: &str = include_str!("../flows/checkin.rapidpro.json");

#[test]
fn the_kinds_of_files_are_told_apart() {
    for (json, names) in [
        (CLINIC, vec!["Check-in"]),
        (CHECK_IN, vec!["Check-in", "Survey"]),
        (r#"{"name": "one", "nodes": []}"#, vec!["one"]),
        (GLIFIC, vec!["Crop advice", "Goodbye"]),
        (r#"{"flows": [{"name": "one", "nodes": []}]}"#, vec!["one"]),
    ] {
        let all = import_all(json).unwrap();
        assert_eq!(all.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), names);
    }
}

#[test]
fn a_file_that_is_none_says_what_it_is_and_what_to_do() {
    let neither = "There are no flows in it: neither those of FLOIP (`flows` with `blocks`) nor of RapidPro, TextIt and \
                   Glific (`flows` with `nodes`).";
    let old = "This is not a file of flows: its flows are older than version 13; open and save them in a current \
               RapidPro, then export again.";
    for (json, expected) in [
        (
            "",
            "This is not JSON: EOF while parsing a value at line 1 column 0. Export the flows again, and import the file as it is.",
        ),
        (
            "# Menu",
            "This is not JSON: expected value at line 1 column 1. Export the flows again, and import the file as it is.",
        ),
        ("3", neither),
        ("[]", neither),
        (r#"{"name": "package", "dependencies": {}}"#, neither),
        (r#"{"flows": []}"#, "There is no flow in this file."),
        (r#"{"flows": [{"name": "x"}]}"#, "This is not a file of flows: missing field `blocks` at line 1 column 24."),
        (
            r#"{"specification_version": "2.0.0", "flows": []}"#,
            "This is version 2.0.0 of FLOIP, and version 1 is read: export the flows as 1.0.0-rc3 or 1.0.0-rc4.",
        ),
        (r#"{"version": 11, "flows": [{"action_sets": []}]}"#, old),
        (r#"{"version": 4, "flows": [{"definition": {"action_sets": []}}]}"#, old),
    ] {
        assert_eq!(import_all(json).unwrap_err().to_string(), expected, "{json}");
        assert_eq!(import(json).unwrap_err().to_string(), expected, "{json}");
    }
    let large = " ".repeat(journey::floip::MAX_BYTES + 1);
    assert_eq!(import(&large).unwrap_err().to_string(), "The file is larger than 20 MB; export fewer flows at once.");
}

#[test]
fn a_later_version_is_read_and_reported() {
    let flow = |version: &str| json!({"flows": [{"name": "x", "spec_version": version, "nodes": []}]}).to_string();
    let codes = |version: &str| -> Vec<&str> {
        import(&flow(version)).unwrap().problems.iter().map(|problem| problem.code).collect()
    };
    assert_eq!(codes("13.6.1"), ["no-step"]);
    assert_eq!(codes("14.1.0"), ["other-version", "no-step"]);
}

/// One program calls every flow the same, and names the file.
#[test]
fn a_flow_without_a_name_of_its_own_is_called_like_its_file() {
    let file = |flow: &str, container: &str| {
        let block = json!({"uuid": "a", "type": "Core.Log", "config": {"message": "x"}});
        let flow = json!({"name": flow, "first_block_id": "a", "blocks": [block]});
        json!({"name": container, "flows": [flow]}).to_string()
    };
    for (flow, container, name) in
        [("stack", "menu", "menu"), ("", "menu", "menu"), ("one", "menu", "one"), ("stack", "", "stack")]
    {
        assert_eq!(import(&file(flow, container)).unwrap().name, name);
    }
}

#[test]
fn only_the_first_of_several_is_imported_and_the_others_are_named() {
    let first = import(CHECK_IN).unwrap();
    assert_eq!(first.name, "Check-in");
    let last = first.problems.last().unwrap().to_string();
    assert_eq!(last, "0:0: warning: The file holds other flows too: `Survey`. Import them as well.");
}

#[test]
fn a_notebook_is_canonical_and_its_problems_have_lines() {
    let all = import_all(CHECK_IN).unwrap();
    let rename = |id: &str| all.iter().find(|one| one.id == id).map(|one| one.name.clone());
    let (notebook, problems) = all[0].notebook(rename);
    assert_eq!(format(&notebook).as_ref(), Ok(&notebook));
    let named: Vec<_> = references(&notebook).into_iter().filter_map(|reference| reference.journey).collect();
    assert_eq!(named, ["Survey"]);
    assert_eq!(problems.len(), all[0].problems.len());
    let mut placed = 0;
    for problem in problems {
        let Some(card) = problem.card else { continue };
        let line = notebook.lines().nth(problem.line as usize - 1).unwrap();
        assert!(line.starts_with(&format!("card {card}")), "{card}: {line}");
        placed += 1;
    }
    assert!(placed > 3, "{placed}");
}

#[test]
fn journeys_of_a_set_run_each_other_by_id_in_flows_and_by_name_in_notebooks() {
    let code = "card A do\n  run_stack(\"later\")\n  schedule_stack(\"later\", in: 60)\n  cancel_scheduled_stacks(\"gone\")\nend";
    let notebook = format!("```stack\n{code}\n```\n");
    let options = |name: &str| Options {
        name: name.to_owned(),
        beside: vec!["menu".into(), "later".into()],
        ..Options::default()
    };
    let menu = export(&parse(&notebook).journey, &options("menu")).unwrap();
    let later = export(&parse("```stack\ncard B do\n  text(\"x\")\nend\n```\n").journey, &options("later")).unwrap();
    let id = later.flows[0].uuid.as_str();
    let named: Vec<&Value> = menu.flows[0].blocks.iter().map(|block| &block.config["flow_id"]).collect();
    assert_eq!(named, [id, id, "gone"]);

    // What was exported here comes back with names; what went through another program with the ids it had.
    let back = |file: &str| import(file).unwrap().notebook(|name| (name == id).then(|| "later".to_owned())).0;
    assert_eq!(import(&serde_json::to_string(&menu).unwrap()).unwrap().notebook(|_| None).0, notebook);
    assert_eq!(back(&serde_json::to_string(&menu).unwrap()), notebook);
    assert_eq!(back(&bare(&menu).to_string()), notebook.replace("card A do", "card ARunStack do"));
}
