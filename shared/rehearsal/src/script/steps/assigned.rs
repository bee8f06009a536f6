//! `assigned: helpdesk@example.org`: who is in charge of the conversation.

use super::{Kind, StepKind, Takes};
use crate::script::play::{Failure, Play};

pub(super) const KIND: StepKind = StepKind {
    name: "assigned",
    summary: "The operator in charge of the conversation, by e-mail address; null means nobody.",
    takes: Takes::ValueOrNull,
    example: (
        "card Help do\n  assign_chat_to(\"helpdesk@example.org\")\nend",
        "  - assigned: null\n  - start\n  - assigned: helpdesk@example.org",
    ),
    fails: &[
        ("  - start\n  - assigned: null", "expected: \"(nobody)\", actual: \"helpdesk@example.org\""),
        ("  - assigned: helpdesk@example.org", "actual: \"(nobody)\""),
    ],
    read: |node| {
        let operator = if node.is_null() { None } else { Some(node.filled_text()?.to_owned()) };
        Ok(Box::new(Assigned(operator)))
    },
};

#[derive(Debug)]
struct Assigned(Option<String>);

impl Kind for Assigned {
    fn play(&self, play: &mut Play) -> Result<(), Box<Failure>> {
        let actual = &play.rehearsal.conversation().assignee;
        if *actual == self.0 {
            return Ok(());
        }
        let shown = |operator: &Option<String>| operator.clone().unwrap_or_else(|| "(nobody)".to_owned());
        let failure = Failure::new("The conversation is not assigned as expected.");
        let failure = failure.differs("assigned", shown(&self.0), shown(actual));
        Err(play.stands_otherwise(failure))
    }
}
