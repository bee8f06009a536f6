//! The examples of the README are true.

use std::path::Path;

use crate::passes;

/// The contents of the fenced blocks of the README, in order.
fn blocks() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let text = std::fs::read_to_string(path).unwrap();
    let parts: Vec<&str> = text.split("\n```").collect();
    parts.iter().skip(1).step_by(2).map(|block| block.split_once('\n').unwrap().1.to_owned()).collect()
}

#[test]
fn the_script_passes_with_the_journey() {
    let blocks = blocks();
    let block =
        |begins: &str| blocks.iter().find(|block| block.starts_with(begins)).unwrap_or_else(|| panic!("{begins}"));
    let (journey, script) = (block("trigger(on:"), block("journey: water.md"));
    passes(&[("water.md", journey)], script);

    let more = block("children:");
    let reminder = "card R do\n  text(\"Recuerda\")\nend";
    passes(&[("water.md", journey), ("reminder.md", reminder)], &script.replace("steps:", &format!("{more}\nsteps:")));
}
