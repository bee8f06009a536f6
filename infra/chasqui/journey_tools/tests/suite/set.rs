//! Sets of journeys as files.

use domain::registry::check_name;
use journey_tools::set::{Notebook, SetError, read, read_any};

use crate::Folder;

#[test]
fn a_folder_is_its_notebooks_by_name() {
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in [("b.md", "B"), ("a.md", "A"), ("README.md", "about"), ("notes.txt", "no"), ("á.md", "Á")] {
        std::fs::write(folder.path().join(file), text).unwrap();
    }
    let set = read(folder.path()).unwrap();
    let found: Vec<(&str, &str)> = set.iter().map(|one| (one.name.as_str(), one.text.as_str())).collect();
    assert_eq!(found, [("a", "A"), ("b", "B"), ("á", "Á")]);
    assert_eq!(read(&folder.path().join("b.md")).unwrap(), [Notebook { name: "b".into(), text: "B".into() }]);
}

#[test]
fn what_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(read(folder.path()), Err(SetError::Empty(_))));
    let missing = read(&folder.path().join("gone.md")).unwrap_err();
    assert!(missing.to_string().contains("gone.md"), "{missing}");
    std::fs::write(folder.path().join("bytes.md"), [0xff, 0xfe]).unwrap();
    assert!(read(&folder.path().join("bytes.md")).unwrap_err().to_string().contains("bytes.md"));
    std::fs::write(folder.path().join("x.flow.json"), "{}").unwrap();
    let flow = read(&folder.path().join("x.flow.json")).unwrap_err();
    assert!(
        flow.to_string().ends_with("is not a notebook; `journey import` and `journey convert` read flows"),
        "{flow}"
    );
}

/// Flows may be called anything; what they become can be a file and a journey.
#[test]
fn any_name_becomes_that_of_a_journey() {
    let long = "x".repeat(150);
    for (name, expected) in [
        ("Sign up", "Sign up"),
        ("Survey: Age / 2", "Survey - Age - 2"),
        ("¿Cómo estás?", "¿Cómo estás"),
        (".hidden.", "hidden"),
        ("README", "Flow README"),
        ("7d444840-9dc0-11d1-b245-5ffdce74fad2", "Flow 7d444840-9dc0-11d1-b245-5ffdce74fad2"),
        ("///", "Flow"),
        (" ", "file"),
        (long.as_str(), &long[..90]),
    ] {
        let flow = serde_json::json!({"name": name, "nodes": []}).to_string();
        let folder = Folder::with(&[("file.json", &flow)]);
        let found = read_any(&[folder.path("file.json")], &[]).unwrap();
        assert_eq!(found[0].notebook.name, expected, "{name}");
        assert_eq!(check_name(&found[0].notebook.name), Ok(()), "{name}");
    }
}

#[test]
fn notebooks_are_left_as_they_are_but_for_what_is_renamed() {
    let text = "```stack\ncard   A do\n  run_stack( '7b50' )\n  run_stack(\"b\")\n  run_stack(\"gone\")\nend\n```\n";
    let folder = Folder::with(&[("a.md", text), ("b.md", "")]);
    let renames = [("7b50".to_owned(), "b".to_owned())];
    let found = read_any(&[folder.0.path().to_owned()], &renames).unwrap();
    assert_eq!(found[0].notebook.text, text.replace("'7b50'", "\"b\""));
    let outside: Vec<_> = found[0].outside.iter().map(|place| place.journey.as_deref()).collect();
    assert_eq!(outside, [Some("gone")]);
}
