//! The examples of the guides are true.

use std::path::Path;

use crate::passes;

/// The contents of the fenced blocks of the guides to journeys and to scripts.
fn blocks() -> Vec<String> {
    let mut blocks = Vec::new();
    for guide in ["../journey/README.md", "README.md"] {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(guide)).unwrap();
        let parts: Vec<&str> = text.split("\n```").collect();
        blocks.extend(parts.iter().skip(1).step_by(2).map(|block| block.split_once('\n').unwrap().1.to_owned()));
    }
    blocks
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
