//! `check --explain` and `functions`: the commands that explain.

use journey_tools::Status;
use journey_tools::check::Check;
use journey_tools::functions::Functions;

use crate::run;

#[test]
fn a_problem_is_explained_by_its_code() {
    let ran = run::<Check>(&["--explain", "unknown-card"], "");
    assert_eq!(ran.status, Status::Passed);
    for part in ["# `unknown-card` (fault)\n\nThere is no card of this name.\n", "Not like this:", "But like this:"] {
        assert!(ran.out.contains(part), "{part}\n---\n{}", ran.out);
    }
    for (code, says) in [("not-imported", "Nothing does what a step did"), ("bad-script", "The script has a step")] {
        let ran = run::<Check>(&["--explain", code], "");
        assert!(ran.out.starts_with(&format!("# `{code}`\n\n{says}")), "{}", ran.out);
    }
    for (code, says) in [
        ("unknown-crad", "There is no problem `unknown-crad`. Did you mean `unknown-card`?\n"),
        ("nonsense", "There is no problem `nonsense`. `journey check --explain` lists them all.\n"),
    ] {
        let ran = run::<Check>(&["--explain", code], "");
        assert_eq!((ran.status, ran.out.as_str(), ran.errors.as_str()), (Status::Unreadable, "", says));
    }
}

#[test]
fn all_problems_are_listed() {
    let ran = run::<Check>(&["--explain"], "");
    assert_eq!(ran.status, Status::Passed);
    for check in journey::checks::all() {
        let line = ran.out.lines().find(|line| line.split_whitespace().next() == Some(check.code));
        assert!(line.is_some_and(|line| line.ends_with(check.summary)), "{}", check.code);
    }
    assert!(ran.out.contains("\nno-counterpart ") && ran.out.contains("\nbad-flow "), "{}", ran.out);
}

/// Every code of a script or file is explained: those in the sources of what reads them.
#[test]
fn what_scripts_report_is_explained() {
    let sources = [
        include_str!("../../../../../shared/rehearsal/src/load.rs"),
        include_str!("../../../../../shared/rehearsal/src/script/yaml.rs"),
        include_str!("../../src/test.rs"),
    ];
    for (code, meaning) in rehearsal::REPORTS {
        assert!(sources.iter().any(|source| source.contains(&format!("\"{code}\""))), "{code} is never reported");
        assert!(meaning.ends_with('.') && journey::checks::find(code).is_none(), "{code}");
    }
}

#[test]
fn a_function_is_shown_with_its_examples() {
    let ran = run::<Functions>(&["ROUND"], "");
    assert_eq!(ran.status, Status::Passed);
    for part in [
        "round(number, [decimals])\n\n",
        "  decimals  0 to 20; 0 when left out (may be left out)\n",
        "\nResult: text.\nErrors: a value that is not a number.\n",
        "  round(3.14159, 2)  \"3.14\"\n",
    ] {
        assert!(ran.out.contains(part), "{part}\n---\n{}", ran.out);
    }
    for (name, says) in [
        ("roundd", "There is no function `roundd`. Did you mean `round`?\n"),
        ("abracadabra", "There is no function `abracadabra`. `journey functions` lists them all.\n"),
    ] {
        let ran = run::<Functions>(&[name], "");
        assert_eq!((ran.status, ran.out.as_str(), ran.errors.as_str()), (Status::Unreadable, "", says));
    }
}

#[test]
fn all_functions_are_listed() {
    let ran = run::<Functions>(&[], "");
    let list = run::<Functions>(&["--json"], "").json();
    let list = list.as_array().unwrap();
    assert!(list.len() > 100, "{}", list.len());
    for function in list {
        let signature = function["signature"].as_str().unwrap();
        assert!(ran.out.contains(&format!("\n  {signature}\n")), "{signature}");
    }
    let one = run::<Functions>(&["left", "--json"], "").json();
    assert_eq!((&one[0]["name"], one.as_array().unwrap().len()), (&"left".into(), 1));
}
