//! Chats that are recorded, and played again.

use std::path::{Path, PathBuf};

use journey_tools::Status;
use journey_tools::run::Run;
use journey_tools::test::Test;

use crate::{Folder, run, shown};

const PARENT: &str = "```stack\ncard A do\n  run_stack(\"child\")\n  text(\"back\")\nend\n```\n";
const CHILD: &str = "```stack\ncard C do\n  name = ask(\"Child?\")\nend\n```\n";

fn flow(notebook: &str) -> String {
    let options = journey::floip::Options { name: "flow".to_owned(), ..journey::floip::Options::default() };
    let flow = journey::floip::export(&journey::parse(notebook).journey, &options).unwrap();
    serde_json::to_string_pretty(&flow).unwrap()
}

/// Records a chat, and plays what was recorded.
fn passes(journey: &Path, script: &Path, said: &str) -> String {
    let arguments = [shown(journey), "--record", shown(script), "--clock", "2026-03-01T10:00:00Z"];
    let ran = run::<Run>(&arguments, said);
    assert_eq!(ran.status, Status::Passed, "{}{}", ran.out, ran.errors);
    let recorded = std::fs::read_to_string(script).unwrap();
    let ran = run::<Test>(&[shown(script)], "");
    assert_eq!(ran.status, Status::Passed, "{}: {}\n{recorded}", journey.display(), ran.out);
    recorded
}

#[test]
fn a_notebook_beside_its_flow_is_there_once() {
    let folder = Folder::with(&[
        ("j.md", PARENT),
        ("j.flow.json", &flow(PARENT)),
        ("child.md", CHILD),
        ("child.flow.json", &flow(CHILD)),
        ("rec/x", ""),
    ]);
    for (number, (journey, source)) in [("j.md", "../j.md"), ("j.flow.json", "../j.flow.json")].into_iter().enumerate()
    {
        let script = folder.path(&format!("rec/{number}.test.yaml"));
        let recorded = passes(&folder.path(journey), &script, "Ana\n/start\nEva\n");
        let head = format!("journey: \"{source}\"\n");
        assert!(recorded.starts_with(&head), "{recorded}");
        assert!(recorded.contains("children:\n  child: \"../child.md\"\nsteps:"), "{recorded}");
    }
}

#[test]
fn paths_in_a_script_are_short_however_it_is_named() {
    let folder = Folder::with(&[("j/j.md", PARENT), ("j/child.md", CHILD), ("rec/x", "")]);
    for (script, source) in [
        ("j/a.test.yaml", "journey: j.md\n"),
        ("j/./b.test.yaml", "journey: j.md\n"),
        ("j/../rec/c.test.yaml", "journey: \"../j/j.md\"\n"),
        ("rec/../j/../rec/d.test.yaml", "journey: \"../j/j.md\"\n"),
    ] {
        let recorded = passes(&folder.path("rec/../j/j.md"), &folder.path(script), "Ana\n");
        assert!(recorded.starts_with(source), "{script}: {recorded}");
    }
}

#[test]
fn the_script_is_there_while_the_chat_goes_on() {
    let folder = Folder::with(&[("j.md", CHILD)]);
    let (journey, script) = (folder.path("j.md"), folder.path("none/a.test.yaml"));
    let ran = run::<Run>(&[shown(&journey), "--record", shown(&script)], "Ana\n");
    assert_eq!((ran.status, ran.out.as_str()), (Status::Unreadable, ""), "nobody talks for nothing");
    assert!(ran.errors.contains("a.test.yaml"), "{}", ran.errors);

    /// Input that looks at the script between its lines.
    struct Typed {
        lines: Vec<&'static str>,
        script: PathBuf,
        seen: Vec<String>,
    }
    impl std::io::Read for Typed {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Ok(0)
        }
    }
    impl std::io::BufRead for Typed {
        fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
            self.seen.push(std::fs::read_to_string(&self.script).unwrap());
            Ok(self.lines.first().map_or(&[], |line| line.as_bytes()))
        }
        fn consume(&mut self, bytes: usize) {
            if bytes > 0 {
                self.lines.remove(0);
            }
        }
    }
    let script = folder.path("a.test.yaml");
    let mut input = Typed { lines: vec!["//Ana\n"], script: script.clone(), seen: Vec::new() };
    let command = Run { file: journey, record: Some(script), contact: Vec::new(), clock: None, wait: false };
    let (mut out, mut errors) = (Vec::new(), Vec::new());
    let mut console = journey_tools::Console {
        input: &mut input,
        out: &mut out,
        errors: &mut errors,
        paint: rehearsal::Paint::default(),
        interactive: false,
    };
    journey_tools::Command::run(&command, &mut console).unwrap();
    let [begun, said] = &input.seen[..] else { panic!("{:#?}", input.seen) };
    assert!(begun.ends_with("  - start\n  - bot: {text: Child?}\n  - waiting\n"), "{begun}");
    assert!(said.ends_with("  - user: \"/Ana\"\n  - finished\n"), "{said}");
    let left: Vec<_> = std::fs::read_dir(folder.0.path()).unwrap().collect();
    assert_eq!(left.len(), 2, "nothing is left beside it: {left:?}");
}

/// Real journeys, with everything that is not there and all that people do to them.
#[test]
fn whatever_is_recorded_of_real_journeys_passes() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus =
        std::env::var_os("JOURNEY_CORPUS").map_or_else(|| here.join("../../../../shared/corpus"), PathBuf::from);
    let folders = std::fs::read_dir(&corpus).into_iter().flatten().flatten().map(|entry| entry.path());
    let journeys: Vec<PathBuf> = folders
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flat_map(|entries| entries.flatten().map(|entry| entry.path()))
        .filter(|path| rehearsal::is_journey(&path.to_string_lossy()))
        .collect();
    if journeys.is_empty() {
        eprintln!("skipped: no journeys in {} (set JOURNEY_CORPUS)", corpus.display());
        return;
    }
    let folder = Folder::with(&[]);
    let talks = [
        "/tap 1\n/tap 1\n/tap 1\n/tap 1\n/tap 1\nhola\n34\n/advance 5m\n/advance 25h\n/start\n/tap 2\n/tap 2\n/tap 2\n",
        "hola\n//x\n/flow {\"age\": 34}\n/location 4.6,-74.1 Bogotá\n/image a picture\n/advance 23h\n/back\nyes\n1\n2\n3\n",
        "/contact opted_in=true\n/contact language=en\n/start\n1\n1\n2\n/advance 90s\n/advance 30d\nhola\n/state\n/start\nno\n",
    ];
    for (number, journey) in journeys.iter().enumerate() {
        for (talk, said) in talks.iter().enumerate() {
            passes(journey, &folder.path(&format!("{number}-{talk}.test.yaml")), said);
        }
    }
    println!("{} journeys, {} scripts", journeys.len(), journeys.len() * talks.len());
}
