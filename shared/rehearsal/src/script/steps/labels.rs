//! `labels: [requested_help]`: the labels of the conversation.

use super::{Kind, StepKind, Takes};
use crate::script::header::texts;
use crate::script::play::{Failure, Play};

pub(super) const KIND: StepKind = StepKind {
    name: "labels",
    summary: "The labels of the conversation: these and no others, in any order.",
    takes: Takes::Value,
    example: (
        "card Help do\n  add_label(\"requested_help\")\n  add_label(\"urgent\")\nend",
        "  - labels: []\n  - start\n  - labels: [urgent, requested_help]",
    ),
    fails: &[
        ("  - start\n  - labels: [urgent]", "expected: \"urgent\", actual: \"requested_help, urgent\""),
        ("  - start\n  - labels: [urgent, requested_help, more]", "what: \"labels\""),
    ],
    read: |node| Ok(Box::new(Labels(texts(node)?))),
};

#[derive(Debug)]
struct Labels(Vec<String>);

impl Kind for Labels {
    fn play(&self, play: &mut Play) -> Result<(), Box<Failure>> {
        let sorted = |labels: &[String]| {
            let mut labels = labels.to_vec();
            labels.sort();
            labels.dedup();
            labels
        };
        let (expected, actual) = (sorted(&self.0), sorted(&play.rehearsal.conversation().labels));
        if expected == actual {
            return Ok(());
        }
        let shown = |labels: Vec<String>| if labels.is_empty() { "(none)".to_owned() } else { labels.join(", ") };
        let failure = Failure::new("The labels are not as expected.");
        Err(play.stands_otherwise(failure.differs("labels", shown(expected), shown(actual))))
    }
}
